"""Checkout sessions: a page that is made when the buyer comes, takes one payment, and ends.

https://docs.stripe.com/api/checkout/sessions
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.base import Checkout, CheckoutOrder
from adapters.stripe import items
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.client import Client
from adapters.stripe.repeats import KEYS_LAST, Answer, find, id_in, id_of, once
from adapters.stripe.words import LONGEST_METADATA, short
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsPaymentIntentData

_JUST_NOW = timedelta(seconds=10)

_LONGEST_REFERENCE = 200
_LONGEST_DESCRIPTION = 1000


class Checkouts:
    """The checkout pages of one account."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._api = client.v1.checkout.sessions

    async def open(self, order: CheckoutOrder, *, key: str) -> Checkout:
        """Open a page, once per key; a repeat finds the page of the first try, whatever became of it."""
        items.check(order.lines, order.currency)
        try:
            answer = await self._create(order, key, order.customer_id)
        except Refused as no:
            if no.code != "resource_missing" or not order.customer_id:
                raise
            answer = await self._create(order, f"{key}-anyone", None)  # the seller deleted this customer
        made = answer.get("created")
        if isinstance(made, int) and self._clock() - datetime.fromtimestamp(made, UTC) <= _JUST_NOW:
            return read(answer)
        return await self.ask(id_of(answer))  # under a key that was used before, the answer is as it was then

    async def ask(self, external_id: str) -> Checkout:
        """The page as it stands now."""
        return read(await self._client.call(self._api.retrieve_async(external_id)))

    async def close(self, external_id: str) -> Checkout:
        """Expire an open page; answers with what it has become when it is not open any more."""

        async def over() -> Answer | None:
            answer = await self._client.call(self._api.retrieve_async(external_id))
            return None if answer.get("status") == "open" else answer

        try:
            return read(
                await once(
                    self._client,
                    f"la-close-{external_id}",
                    lambda options: self._api.expire_async(external_id, options=options),
                    over,
                )
            )
        except Refused:
            answer = await over()
            if answer is None:
                raise
            return read(answer)

    async def _create(self, order: CheckoutOrder, key: str, customer: str | None) -> Answer:
        return await once(
            self._client,
            key,
            lambda options: self._api.create_async(self._params(order, key, customer), options),
            lambda: find(
                self._client,
                self._api.list_async,
                mark(order, key),
                since=self._clock() - KEYS_LAST,
                wanted={"customer": customer} if customer else None,
            ),
        )

    def _params(self, order: CheckoutOrder, key: str, customer: str | None) -> SessionCreateParams:
        """Nothing in it tells the time: asked for again, it is the same request.

        So the page ends when Stripe ends it by itself, after 24 hours, which is as long as its key is remembered.
        https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at
        """
        payment: SessionCreateParamsPaymentIntentData = {"metadata": mark(order, key)}
        if description := short(order.title, _LONGEST_DESCRIPTION):
            payment["description"] = description
        if self._client.for_account and order.fee_cents:
            payment["application_fee_amount"] = to_stripe(Money(order.fee_cents, order.currency))
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": items.items(order.lines, order.currency, order.title, most=items.MOST_ON_PAGE),
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "client_reference_id": short(order.order_id, _LONGEST_REFERENCE),
            "metadata": mark(order, key),
            "payment_intent_data": payment,
        }
        if customer:
            params["customer"] = customer
        return params


def mark(order: CheckoutOrder, key: str) -> dict[str, str]:
    """The metadata by which the page of this try is found again, and its payment known for ours."""
    marks = {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_order": short(order.order_id, LONGEST_METADATA),
        "live_assist_key": short(key, LONGEST_METADATA),
    }
    return marks | ({"live_assist_invoice": str(order.invoice_id)} if order.invoice_id is not None else {})


def is_paid(answer: Answer) -> bool:
    """Whether the money came; a bank transfer completes a page days before it does.

    https://docs.stripe.com/checkout/fulfillment#delayed-notification
    """
    return answer.get("status") == "complete" and answer.get("payment_status") in ("paid", "no_payment_required")


def read(answer: Answer) -> Checkout:
    """A session of Stripe's in our words. One whose payment is under way is open, and has no page any more."""
    status, currency, total = answer.get("status"), answer.get("currency"), answer.get("amount_total")
    ends, url = answer.get("expires_at"), answer.get("url")
    if status not in ("open", "complete", "expired") or not isinstance(currency, str) or not isinstance(total, int):
        raise OutcomeUnknown(f"Stripe's checkout could not be understood (status {status!r}).", code="unreadable")
    return Checkout(
        external_id=id_of(answer),
        url=url if status == "open" and isinstance(url, str) else None,
        state="paid" if is_paid(answer) else "expired" if status == "expired" else "open",
        expires_at=datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) else None,
        payment_id=id_in(answer, "payment_intent"),
        total=from_stripe(total, currency),
    )
