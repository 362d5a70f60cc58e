"""Placing, asking for and closing invoices at Square: each deed happens once, however often it is asked for.

An invoice takes four calls: customer, order, draft, publish. Each carries a key made of our ids, so a repeat is
answered with what the first try did. How long Square keeps keys is not documented; after a day, and when a key was used
for something else, we look for what bears our mark before we do more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.square import orders
from adapters.square.client import ONCE, Answer, Client, KeySpent, part, rows
from adapters.square.places import Places
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, OutsideError, Refused

KEYS_LAST = timedelta(hours=23)
LONG_AGO = timedelta(seconds=5)
"""After so long a try is a repeat: its keys bring back what the first one saw, and the buyer may have paid since."""
MOST_KEYS = 9
PAGE = 200

_CLOCKS_DIFFER = timedelta(hours=1)

_STATES = {
    "DRAFT": "draft",
    "UNPAID": "open",
    "SCHEDULED": "open",
    "PARTIALLY_PAID": "open",
    "PAYMENT_PENDING": "open",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "paid",
    "REFUNDED": "paid",
    "CANCELED": "void",
    "FAILED": "void",
}
"""Square's status in our words. https://developer.squareup.com/reference/square/enums/InvoiceStatus"""


class Invoices:
    """The invoices of one account."""

    def __init__(self, client: Client, places: Places, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._places = places
        self._clock = clock
        self._api = client.api

    async def place(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the invoice exist and be payable, continuing from wherever an earlier try got to."""
        orders.check(order)
        now = self._clock()
        keys = orders.Keys.of(order, late=now - order.first_tried_at >= KEYS_LAST)
        since = now if keys.late else order.first_tried_at
        if order.external_id:
            answer = await self._get(order.external_id)
        else:
            answer = (await self._find(order) if keys.late else None) or await self._begin(order, keys, since)
        try:
            _check_agrees(answer, order)
            if answer.get("status") == "DRAFT" and orders.is_priced(order):
                answer = await self._publish(answer, order, keys)
            if now - order.first_tried_at >= LONG_AGO:
                answer = await self._get(_id(answer))
            return await self._with_page(answer)
        except NotAuthorised:
            raise
        except Refused:
            if not order.external_id:
                await self._take_back(_id(answer))
            raise

    async def ask(self, external_id: str) -> ProviderInvoice:
        """The invoice as it stands now."""
        return read(await self._get(external_id))

    async def void(self, external_id: str) -> ProviderInvoice:
        """Close an unpaid invoice; a draft is deleted, there is no other way to be rid of it."""
        answer = await self._get(external_id)
        for last in (False, True):
            invoice = read(answer)
            if invoice.state not in ("draft", "open"):
                return invoice
            try:
                return await self._close(answer)
            except (Refused, OutcomeUnknown) as trouble:
                if isinstance(trouble, NotAuthorised):
                    raise
                # It may have been paid, published or edited between the question and the call, or be closed already.
                answer = await self._get_or_gone(answer)
                if last and read(answer).state in ("draft", "open"):
                    raise
        return read(answer)

    async def _begin(self, order: InvoiceOrder, keys: orders.Keys, since: datetime) -> Answer:
        customer = order.customer_id or await self._customer(order, keys)
        try:
            return await self._draft(order, keys, customer, since)
        except Refused as no:
            if isinstance(no, NotAuthorised) or not await self._is_gone(customer):
                raise
        # The seller deleted this customer. Every invoice of this buyer must agree on one successor.
        keys = orders.Keys.of(order, late=keys.late, customer=customer)
        return await self._draft(order, keys, await self._customer(order, keys), since)

    async def _customer(self, order: InvoiceOrder, keys: orders.Keys) -> str:
        async def made() -> Answer | None:
            query: Any = {"filter": {"reference_id": {"exact": orders.customer_mark(order)}}}
            found = await self._client.call(
                lambda: self._api.customers.search(query=query, limit=1, request_options=ONCE)
            )
            return next(iter(rows(found, "customers")), None)

        known = await made() if keys.late else None
        return _id(
            known
            or await self.once(
                keys.customer,
                lambda key: self._api.customers.create(
                    idempotency_key=key, **orders.customer(order), request_options=ONCE
                ),
                "customer",
                made,
            )
        )

    async def _is_gone(self, customer_id: str) -> bool:
        try:
            await self._client.call(lambda: self._api.customers.get(customer_id, request_options=ONCE))
        except Refused as no:
            return no.code == "NOT_FOUND"
        return False

    async def _draft(self, order: InvoiceOrder, keys: orders.Keys, customer: str, since: datetime) -> Answer:
        location = await self._places.id()
        body: Any = orders.square_order(order, location, customer)
        made = await self.once(
            keys.order,
            lambda key: self._api.orders.create(order=body, idempotency_key=key, request_options=ONCE),
            "order",
            lambda: self.find_order(orders.mark(order), order.first_tried_at),
        )
        try:
            check_total(made, order.total)
            draft: Any = orders.invoice(
                order, location_id=location, order_id=_id(made), customer_id=customer, since=since
            )
            return await self.once(
                keys.invoice,
                lambda key: self._api.invoices.create(invoice=draft, idempotency_key=key, request_options=ONCE),
                "invoice",
                lambda: self.invoice_of(made),
            )
        except NotAuthorised:
            raise
        except Refused:
            await self.cancel_order(made)
            raise

    async def _publish(self, answer: Answer, order: InvoiceOrder, keys: orders.Keys) -> Answer:
        """The invoice when it is published. What somebody changed in between is read again, and published if it agrees.

        A version is published under a key of its own: with another one, the key would be another request's.
        """
        external_id = _id(answer)
        for last in (False, True):
            version = _version(answer)
            key = orders.fit(f"{keys.publish}-{version}")
            try:
                published = await self._client.call(
                    partial(
                        self._api.invoices.publish,
                        external_id,
                        version=version,
                        idempotency_key=key,
                        request_options=ONCE,
                    )
                )
                return part(published, "invoice")
            except (Refused, KeySpent) as no:
                if isinstance(no, NotAuthorised):
                    raise
                answer = await self._get(external_id)  # published already is as good, and so is paid
                if answer.get("status") != "DRAFT":
                    break
                if last or _version(answer) == version:
                    raise
                _check_agrees(answer, order)
        return answer

    async def _with_page(self, answer: Answer) -> ProviderInvoice:
        """An invoice that can be paid, with the address of its page, which may be a moment later than itself."""
        invoice = read(answer)
        if invoice.state == "open" and invoice.url is None:
            invoice = read(await self._get(invoice.external_id))
        if invoice.state == "open" and invoice.url is None:
            raise OutcomeUnknown("Square has not said yet where this invoice is paid.", code="no_page")
        return invoice

    async def _close(self, answer: Answer) -> ProviderInvoice:
        external_id, version = _id(answer), _version(answer)
        if answer.get("status") == "DRAFT":
            await self._client.call(
                lambda: self._api.invoices.delete(external_id, version=version, request_options=ONCE)
            )
            return replace(read(answer), state="void")
        cancelled = await self._client.call(
            lambda: self._api.invoices.cancel(external_id, version=version, request_options=ONCE)
        )
        return read(part(cancelled, "invoice"))

    async def _take_back(self, external_id: str) -> None:
        """Leave no draft behind that was refused halfway: the next try begins with a new one."""
        with suppress(OutsideError):
            answer = await self._get(external_id)
            if answer.get("status") == "DRAFT":
                await self._close(answer)  # its order is cancelled with it

    async def cancel_order(self, made: Answer) -> None:
        """Leave no order behind that nobody can pay."""
        change: Any = {"location_id": made.get("location_id"), "version": made.get("version"), "state": "CANCELED"}
        with suppress(OutsideError):
            await self._client.call(lambda: self._api.orders.update(_id(made), order=change, request_options=ONCE))

    async def _get(self, external_id: str) -> Answer:
        answer = await self._client.call(lambda: self._api.invoices.get(external_id, request_options=ONCE))
        return part(answer, "invoice")

    async def _get_or_gone(self, before: Answer) -> Answer:
        """The invoice as it is now; a draft that is deleted counts as cancelled."""
        try:
            return await self._get(_id(before))
        except Refused as no:
            if no.code != "NOT_FOUND" or before.get("status") != "DRAFT":
                raise
            return before | {"status": "CANCELED"}

    async def _find(self, order: InvoiceOrder) -> Answer | None:
        made = await self.find_order(orders.mark(order), order.first_tried_at)
        return await self.invoice_of(made) if made else None

    async def find_order(self, marks: Mapping[str, str], since: datetime) -> Answer | None:
        """The order with these marks in its metadata, not cancelled, since the first try.

        https://developer.squareup.com/docs/orders-api/manage-orders/search-orders
        """
        location = await self._places.id()
        query: Any = {
            "filter": {
                "date_time_filter": {
                    "created_at": {"start_at": (since - _CLOCKS_DIFFER).isoformat(timespec="seconds")}
                },
                "state_filter": {"states": ["DRAFT", "OPEN", "COMPLETED"]},
            },
            "sort": {"sort_field": "CREATED_AT", "sort_order": "DESC"},
        }
        pages = self._client.pages(
            lambda more: self._api.orders.search(
                location_ids=[location], query=query, limit=PAGE, **more, request_options=ONCE
            )
        )
        async for page in pages:
            for found in rows(page, "orders"):
                if all(metadata_of(found).get(name) == value for name, value in marks.items()):
                    return found
        return None

    async def invoice_of(self, made: Answer) -> Answer | None:
        """The invoice of an order, among those of its customer; a cancelled one does not count."""
        who: Any = {"location_ids": [made.get("location_id")]}
        if made.get("customer_id"):
            who["customer_ids"] = [made["customer_id"]]
        pages = self._client.pages(
            lambda more: self._api.invoices.search(query={"filter": who}, limit=PAGE, **more, request_options=ONCE)
        )
        async for page in pages:
            for found in rows(page, "invoices"):
                if found.get("order_id") == made.get("id") and found.get("status") != "CANCELED":
                    return found
        return None

    async def once(
        self,
        key: str,
        post: Callable[[str], Awaitable[Any]],
        noun: str,
        done: Callable[[], Awaitable[Answer | None]],
    ) -> Answer:
        """Post under `key`. When it was used for something else, ask whether it is `done`; if not, take the next one.

        The next keys are as predictable as the first, so two processes at the same order still do it once.
        """
        number = 1
        while True:
            this = key if number == 1 else orders.fit(f"{key}-{number}")
            try:
                return part(await self._client.call(partial(post, this)), noun)
            except KeySpent:
                answer = await done()
                if answer is not None:
                    return answer
                if number == MOST_KEYS:
                    raise
                number += 1


def read(answer: Answer) -> ProviderInvoice:
    """An invoice of Square's in our words."""
    status = answer.get("status")
    state = _STATES.get(str(status))
    total, paid = sums(answer)
    if state is None or total is None:
        raise OutcomeUnknown(f"Square's invoice could not be understood (status {status!r}).", code="unreadable")
    recipient, url = answer.get("primary_recipient"), answer.get("public_url")
    customer = recipient.get("customer_id") if isinstance(recipient, dict) else None
    return ProviderInvoice(
        external_id=_id(answer),
        customer_id=customer if isinstance(customer, str) else None,
        url=url if isinstance(url, str) and state != "draft" else None,
        state=state,
        total=total,
        amount_paid=paid,
    )


def sums(answer: Answer) -> tuple[Money | None, int]:
    """What an invoice asks for, and what came for it, in minor units."""
    total: Money | None = None
    paid = 0
    for request in rows(answer, "payment_requests"):
        asked = orders.from_money(request.get("computed_amount_money"))
        if asked is None:
            continue
        total = Money(asked.amount + (total.amount if total else 0), asked.currency)
        came = orders.from_money(request.get("total_completed_amount_money"))
        paid += came.amount if came else 0
    if total is not None and not paid and answer.get("status") == "PAID":
        paid = total.amount  # it says so itself, if not how much came
    return total or orders.from_money(answer.get("next_payment_amount_money")), paid


def metadata_of(made: Answer) -> Answer:
    """What we wrote on an order."""
    found = made.get("metadata")
    return found if isinstance(found, dict) else {}


def check_total(made: Answer, total: Money) -> None:
    """Never ask for another sum than ours."""
    if orders.from_money(made.get("total_money")) != total:
        raise Refused(
            f"Square's sum for this is {orders.from_money(made.get('total_money'))}, not {total}. "
            "Sell in the currency of your Square location, and look at its taxes and discounts.",
            code="amount_differs",
        )


def _check_agrees(answer: Answer, order: InvoiceOrder) -> None:
    """Never hand out a link for another sum than ours. Paid is paid: what to do then is not decided here."""
    invoice = read(answer)
    if invoice.state == "void":
        raise Refused("This invoice was cancelled at Square. Make a new one.", code="invoice_void")
    if invoice.state != "paid" and invoice.total != order.total:
        raise Refused(
            f"The invoice at Square is not over {order.total}. Void it and make a new one.", code="amount_differs"
        )


def _id(answer: Answer) -> str:
    given = answer.get("id")
    if not isinstance(given, str) or not given:
        raise OutcomeUnknown("Square's answer names nothing.", code="unreadable")
    return given


def _version(answer: Answer) -> int:
    given = answer.get("version", 0)
    return given if isinstance(given, int) else 0
