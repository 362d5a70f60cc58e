"""Payment links at Square: a page to pay on that lasts until it is deleted, and the order behind it.

A link goes by the id of its order, for that is what Square names when money comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.square import orders
from adapters.square.client import ONCE, Answer, Client, part, rows
from adapters.square.invoices import KEYS_LAST, Invoices, check_total
from adapters.square.places import Places
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, OutsideError, Refused

PAGE = 1000
"""The most payment links there are on a page.

https://developer.squareup.com/reference/square/checkout-api/list-payment-links
"""


class Links:
    """The payment links of one account."""

    def __init__(self, client: Client, places: Places, invoices: Invoices, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._places = places
        self._invoices = invoices
        self._clock = clock
        self._api = client.api

    async def place(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the link exist, once per order."""
        orders.check(order)
        if order.external_id:
            made = await self._order(order.external_id)
            return _payable(read(made, await self._link_of(order.external_id)))
        keys = orders.Keys.of(order, late=self._clock() - order.first_tried_at >= KEYS_LAST)
        marks = orders.mark(order)
        if keys.late and (found := await self._invoices.find_order(marks, order.first_tried_at)):
            return _payable(read(found, await self._link_of(str(found["id"]))))
        link, made = await self.make(
            key=keys.link,
            order=orders.square_order(order, await self._places.id(), None),
            options=orders.link_options(order.return_url, order.fee_cents, order.currency),
            note=order.memo,
            marks=marks,
            since=order.first_tried_at,
            total=order.total,
        )
        return read(made, link)

    async def make(
        self,
        *,
        key: str,
        order: Any,
        options: Any,
        note: str,
        marks: Mapping[str, str],
        since: datetime,
        total: Money,
    ) -> tuple[Answer, Answer]:
        """A link and its order, once per key; `marks` find again what was made since then, when the key was used."""

        async def there() -> Answer | None:
            found = await self._invoices.find_order(marks, since)
            return await self._link_of(str(found["id"])) if found else None

        link = await self._invoices.once(
            key,
            lambda this: self._api.checkout.payment_links.create(
                idempotency_key=this,
                order=order,
                checkout_options=options,
                description=orders.short(note, 4096),
                payment_note=orders.short(note, 500),
                request_options=ONCE,
            ),
            "payment_link",
            there,
        )
        order_id = link.get("order_id")
        if not isinstance(order_id, str):
            raise OutcomeUnknown("Square's link has no order.", code="unreadable")
        made = await self._order(order_id)
        try:
            check_total(made, total)
        except Refused:
            with suppress(OutsideError):
                await self._delete(str(link.get("id")))
            raise
        return link, made

    async def ask(self, order_id: str) -> ProviderInvoice:
        """How the order behind a link stands now."""
        return read(await self._order(order_id), None)

    async def void(self, order_id: str) -> ProviderInvoice:
        """Delete the link, which cancels its order; answers "paid" when money was faster."""
        made = await self._order(order_id)
        if read(made, None).state != "open":
            return read(made, None)
        link = await self._link_of(order_id)
        if link is None:  # deleted in the Dashboard, or by a try whose answer was lost
            await self._invoices.cancel_order(made)
        else:
            try:
                deleted = await self._delete(str(link.get("id")))
                if deleted.get("cancelled_order_id") == order_id:
                    return replace(read(made, None), state="void")
            except NotAuthorised:
                raise
            except (Refused, OutcomeUnknown):
                if read(made := await self._order(order_id), None).state == "open":
                    raise
                return read(made, None)
        made = await self._order(order_id)
        if read(made, None).state == "open":
            raise OutcomeUnknown("Square has not cancelled the order of this link yet.", code="still_open")
        return read(made, None)

    async def _link_of(self, order_id: str) -> Answer | None:
        """The link to an order. Square does not find it by that, so all of them are looked through."""
        pages = self._client.pages(
            lambda more: self._api.checkout.payment_links.list(limit=PAGE, **more, request_options=ONCE)
        )
        async for page in pages:
            for link in rows(page, "payment_links"):
                if link.get("order_id") == order_id:
                    return link
        return None

    async def _order(self, order_id: str) -> Answer:
        return part(await self._client.call(lambda: self._api.orders.get(order_id, request_options=ONCE)), "order")

    async def _delete(self, link_id: str) -> Answer:
        return await self._client.call(lambda: self._api.checkout.payment_links.delete(link_id, request_options=ONCE))


def read(made: Answer, link: Answer | None) -> ProviderInvoice:
    """The order behind a link in our words.

    It is a DRAFT until it is paid, and may stay OPEN until it is sent: what came for it says whether it is paid.
    https://developer.squareup.com/docs/checkout-api/common-pitfalls
    """
    total, order_id, state = orders.from_money(made.get("total_money")), made.get("id"), made.get("state")
    if total is None or not isinstance(order_id, str) or state not in ("OPEN", "DRAFT", "COMPLETED", "CANCELED"):
        raise OutcomeUnknown(f"Square's order could not be understood (state {state!r}).", code="unreadable")
    paid = paid_of(made, total)
    url = link.get("url") if link else None
    return ProviderInvoice(
        external_id=order_id,
        customer_id=None,
        url=url if isinstance(url, str) else None,
        state="void" if state == "CANCELED" else "paid" if paid >= total.amount or state == "COMPLETED" else "open",
        total=total,
        amount_paid=paid,
    )


def _payable(there: ProviderInvoice) -> ProviderInvoice:
    """Nobody is sent to a page that is not there any more. Raises Refused when it was deleted."""
    if there.state == "void" or (there.state == "open" and there.url is None):
        raise Refused("This payment link was deleted at Square. Void the invoice and make a new one.", code="link_gone")
    return there


def paid_of(made: Answer, total: Money) -> int:
    """What came for an order, in minor units: what is not due any more, or else what its tenders come to.

    Without a tender nothing came, and an order that is paid may have no sum that is due.
    https://developer.squareup.com/docs/orders-api/how-it-works
    """
    came = [orders.from_money(one.get("amount_money")) for one in rows(made, "tenders")]
    tendered = sum(one.amount for one in came if one is not None and one.currency == total.currency)
    due = orders.from_money(made.get("net_amount_due_money"))
    return max(total.amount - due.amount, 0) if came and due is not None else tendered
