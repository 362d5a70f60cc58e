"""Subscriptions: something that is paid again and again; Stripe makes its invoices and reports them.

https://docs.stripe.com/api/subscriptions
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from adapters.base import ProviderSubscription, SubscriptionOrder
from adapters.stripe import customers
from adapters.stripe.amounts import check_chargeable, from_stripe, to_stripe
from adapters.stripe.client import Client
from adapters.stripe.repeats import KEYS_LAST, Answer, find, id_in, id_of, once
from adapters.stripe.words import LONGEST_NAME, short
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused

if TYPE_CHECKING:
    import stripe
    from stripe import RequestOptions
    from stripe.params import SubscriptionCreateParams

_STATUSES = {
    "active": "active",
    "trialing": "active",
    "paused": "paused",
    "past_due": "past_due",
    "unpaid": "past_due",
    "incomplete": "incomplete",
    "incomplete_expired": "canceled",
    "canceled": "canceled",
}
"""Stripe's status in our words. https://docs.stripe.com/api/subscriptions/object#subscription_object-status"""

_LONGEST_DESCRIPTION = 500
"""https://docs.stripe.com/api/subscriptions/create#create_subscription-description"""

_INTERVALS = ("day", "week", "month", "year")


def status_of(about: Mapping[str, Any]) -> str:
    """A subscription's status in our words; one whose invoices are held back counts as paused."""
    status = str(about.get("status") or "")
    if status in ("active", "past_due", "trialing") and about.get("pause_collection"):
        return "paused"
    return _STATUSES.get(status, status)


class Subscriptions:
    """The subscriptions of one account."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._api = client.v1.subscriptions

    async def open(self, order: SubscriptionOrder, *, key: str) -> ProviderSubscription:
        """Begin one, once per key; its first invoice waits on a page for the buyer, who leaves a card by paying."""
        if order.interval not in _INTERVALS:
            raise Refused(
                f"Stripe bills by {', '.join(_INTERVALS)}, not by “{order.interval}”.", code="interval_unknown"
            )
        if order.amount.amount <= 0:
            raise Refused(f"A subscription of {order.amount} is none. Give it a price.", code="amount_too_small")
        check_chargeable(order.amount)
        since = order.first_tried_at
        late = self._clock() - since >= KEYS_LAST
        customer = order.customer_id or await customers.customer_of(
            self._client,
            customers.Buyer.of(order),
            customers.key_of(order.workspace_uid, order.buyer_id, late=late),
            since=since,
            late=late,
        )
        wanted = {"customer": customer, "status": "all"}

        async def begun() -> Answer | None:
            return await find(self._client, self._all, _mark(order), since=since, wanted=wanted)

        answer = await begun() if late else None
        if answer is not None:
            return read(answer)
        listing = self._client.v1.products.list_async
        product = await once(
            self._client,
            f"{key}-product",
            lambda options: self._client.v1.products.create_async(
                {"name": short(order.title, LONGEST_NAME) or "Subscription", "metadata": _mark(order)}, options
            ),
            lambda: find(self._client, listing, _mark(order), since=since),
        )
        return read(
            await once(
                self._client,
                key,
                lambda options: self._api.create_async(
                    _params(order, customer, id_of(product), fee=self._client.for_account), options
                ),
                begun,
            )
        )

    async def ask(self, external_id: str) -> ProviderSubscription:
        """As it stands now, with the page of its last invoice while that is to be paid."""
        return read(await self._retrieve(external_id))

    async def change(self, external_id: str, change: str, *, key: str) -> ProviderSubscription:
        """Pause, resume or cancel it; one that is so already is fine.

        Paused, it makes no invoices; resumed, it begins a new period that is billed at once.
        https://docs.stripe.com/api/subscriptions/pause, https://docs.stripe.com/api/subscriptions/resume
        """
        if change not in ("pause", "resume", "cancel"):
            raise Refused(f"A subscription cannot be “{change}”.", code="change_unknown")
        if change == "resume" and (await self._retrieve(external_id)).get("pause_collection"):
            post = self._collect_again(external_id)  # it was paused in the Dashboard, which holds invoices back
        else:
            post = getattr(self, f"_{change}")(external_id)
        wanted = {"pause": "paused", "resume": "active", "cancel": "canceled"}[change]

        async def done() -> Answer | None:
            answer = await self._retrieve(external_id)
            return answer if status_of(answer) == wanted else None

        try:
            return read(await once(self._client, key, post, done))
        except Refused:
            answer = await done()
            if answer is None:
                raise
            return read(answer)

    async def _retrieve(self, external_id: str) -> Answer:
        return await self._client.call(self._api.retrieve_async(external_id, {"expand": ["latest_invoice"]}))

    def _all(self, params: Any) -> Awaitable[stripe.StripeObject]:
        return self._api.list_async(cast("Any", {**params, "expand": ["data.latest_invoice"]}))

    def _pause(self, external_id: str) -> Callable[[RequestOptions], Awaitable[stripe.StripeObject]]:
        return lambda options: self._api.pause_async(external_id, {}, options)

    def _resume(self, external_id: str) -> Callable[[RequestOptions], Awaitable[stripe.StripeObject]]:
        return lambda options: self._api.resume_async(external_id, {"billing_cycle_anchor": {"type": "now"}}, options)

    def _collect_again(self, external_id: str) -> Callable[[RequestOptions], Awaitable[stripe.StripeObject]]:
        return lambda options: self._api.update_async(external_id, {"pause_collection": ""}, options)

    def _cancel(self, external_id: str) -> Callable[[RequestOptions], Awaitable[stripe.StripeObject]]:
        return lambda options: self._api.cancel_async(external_id, {}, options)


def _mark(order: SubscriptionOrder) -> dict[str, str]:
    """The metadata by which it is found again. It names no invoice: those it makes are Stripe's, and none of ours."""
    return {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_subscription": str(order.subscription_id),
        "live_assist_buyer": str(order.buyer_id),
    }


def _params(order: SubscriptionOrder, customer: str, product: str, *, fee: bool) -> SubscriptionCreateParams:
    params: SubscriptionCreateParams = {
        "customer": customer,
        "items": [
            {
                "price_data": {
                    "currency": order.amount.currency.lower(),
                    "product": product,
                    "recurring": {"interval": order.interval},
                    "unit_amount": to_stripe(order.amount),
                },
                "quantity": 1,
            }
        ],
        "metadata": _mark(order),
        # Otherwise it is refused for want of a card; so its first invoice is open, and has a page.
        # https://docs.stripe.com/billing/subscriptions/overview#payment-behavior
        "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"},
        "expand": ["latest_invoice"],
    }
    if title := short(order.title, _LONGEST_DESCRIPTION):
        params["description"] = title
    if fee and order.fee_basis_points:
        params["application_fee_percent"] = order.fee_basis_points / 100
    return params


def read(answer: Answer) -> ProviderSubscription:
    """A subscription of Stripe's in our words."""
    status, currency = status_of(answer), answer.get("currency")
    if not status:
        raise OutcomeUnknown("Stripe's subscription could not be understood.", code="unreadable")
    invoice = answer.get("latest_invoice")
    page = invoice.get("hosted_invoice_url") if isinstance(invoice, dict) and invoice.get("status") == "open" else None
    return ProviderSubscription(
        external_id=id_of(answer),
        customer_id=id_in(answer, "customer"),
        status=status,
        amount=_amount(answer, currency) if isinstance(currency, str) else None,
        url=page if isinstance(page, str) else None,
    )


def _amount(answer: Answer, currency: str) -> Money | None:
    total = 0
    for row in (answer.get("items") or {}).get("data") or []:
        unit = (row.get("price") or {}).get("unit_amount")
        if not isinstance(unit, int):
            return None  # metered, or in tiers
        total += unit * (row.get("quantity") or 1)
    return from_stripe(total, currency)
