"""Payment links: a page that stays, takes one payment, and is closed by hand or by that payment.

https://docs.stripe.com/api/payment-link
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.stripe import items, orders
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.checkouts import is_paid
from adapters.stripe.client import Client
from adapters.stripe.repeats import KEYS_LAST, Answer, every, find, id_of, once
from adapters.stripe.words import short
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused

if TYPE_CHECKING:
    from stripe.params import PaymentLinkCreateParams, PaymentLinkCreateParamsPaymentIntentData

_TOTAL = "live_assist_total"
"""A link does not say what it is over: we write it there, in Stripe's smallest unit."""

_MOST_SEARCHED = 2000
"""How many links are looked through for one of ours: lists of links cannot be cut by date."""

_OVER = "This link is closed. Ask the seller for a new one."
_LONGEST_DESCRIPTION = 1000


class Links:
    """The payment links of one account."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._api = client.v1.payment_links
        self._sessions = client.v1.checkout.sessions

    async def place(self, order: InvoiceOrder) -> ProviderInvoice:
        """Make the link exist, once, however often this is called with the same order."""
        total = items.check(order.lines, order.currency)
        keys = orders.Keys.of(order, late=self._clock() - order.first_tried_at >= KEYS_LAST)
        if order.external_id:
            answer = await self._client.call(self._api.retrieve_async(order.external_id))
        else:
            known = await self._find(order) if keys.late else None
            answer = known or await once(
                self._client,
                keys.invoice,
                lambda options: self._api.create_async(self._params(order, total), options),
                lambda: self._find(order),
            )
        placed = await self._read(answer)
        if placed.state == "void":
            raise Refused("This payment link was closed at Stripe. Make a new one.", code="link_closed")
        if placed.state == "open" and placed.total != total:
            raise Refused(f"The link at Stripe is not over {total}. Void it and make a new one.", code="amount_differs")
        return placed

    async def ask(self, external_id: str) -> ProviderInvoice:
        """The link as it stands now."""
        return await self._read(await self._client.call(self._api.retrieve_async(external_id)))

    async def close(self, external_id: str, *, key: str) -> ProviderInvoice:
        """Close the link, and the pages it has opened: a buyer who is on one could pay still."""

        async def closed() -> Answer | None:
            answer = await self._client.call(self._api.retrieve_async(external_id))
            return None if answer.get("active") is True else answer

        answer = await once(
            self._client,
            key,
            lambda options: self._api.update_async(external_id, {"active": False}, options),
            closed,
        )
        for session in await every(self._client, self._sessions.list_async, payment_link=external_id, status="open"):
            page = id_of(session)
            with suppress(Refused):  # it was completed, or is over by itself
                await self._client.call(
                    self._sessions.expire_async(page, options={"idempotency_key": f"la-close-{page}"})
                )
        over = await self._read(answer)
        return replace(over, state="void") if over.state == "open" else over

    async def _read(self, answer: Answer) -> ProviderInvoice:
        """A link in our words; whether it was paid its sessions say. One whose payment is under way is still open.

        https://docs.stripe.com/payment-links/post-payment
        """
        external_id, url, currency = id_of(answer), answer.get("url"), answer.get("currency")
        if not isinstance(currency, str) or not isinstance(url, str):
            raise OutcomeUnknown("Stripe's payment link could not be understood.", code="unreadable")
        is_open = answer.get("active") is True
        counted = ((answer.get("restrictions") or {}).get("completed_sessions") or {}).get("count")
        completed = (
            []
            if is_open and counted == 0
            else await every(self._client, self._sessions.list_async, payment_link=external_id, status="complete")
        )
        paid = sum(one.get("amount_total") or 0 for one in completed if is_paid(one))
        given = (answer.get("metadata") or {}).get(_TOTAL, "")
        return ProviderInvoice(
            external_id=external_id,
            customer_id=None,
            url=url if is_open else None,
            state="paid" if paid else "open" if is_open or completed else "void",
            total=from_stripe(int(given) if given.isdigit() else paid, currency),
            amount_paid=from_stripe(paid, currency).amount,
        )

    async def _find(self, order: InvoiceOrder) -> Answer | None:
        return await find(self._client, self._api.list_async, orders.invoice_mark(order), most=_MOST_SEARCHED)

    def _params(self, order: InvoiceOrder, total: Money) -> PaymentLinkCreateParams:
        payment: PaymentLinkCreateParamsPaymentIntentData = {"metadata": orders.invoice_mark(order)}
        if description := short(order.memo, _LONGEST_DESCRIPTION):
            payment["description"] = description
        params: PaymentLinkCreateParams = {
            "line_items": cast(
                "Any", items.items(order.lines, order.currency, order.memo or order.number, most=items.MOST_ON_LINK)
            ),
            "inactive_message": _OVER,
            # Stripe copies it to every page that the link opens.
            "metadata": orders.invoice_metadata(order) | {_TOTAL: str(to_stripe(total))},
            "payment_intent_data": payment,
            "restrictions": {"completed_sessions": {"limit": 1}},
        }
        if self._client.for_account and order.fee_cents:
            params["application_fee_amount"] = to_stripe(Money(order.fee_cents, order.currency))
        return params
