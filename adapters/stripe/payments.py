"""Money that came, and money that goes back.

https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from adapters.base import CheckoutStyle, ProviderPayment, ProviderRefund, RefundState
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.checkouts import is_paid
from adapters.stripe.client import Client
from adapters.stripe.repeats import Answer, every, find, id_in, id_of, once
from adapters.stripe.words import LONGEST_METADATA, short
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
"""Those that Stripe knows; a fraudulent one puts the card on its block list, so it is said only when we are told so.

https://docs.stripe.com/api/refunds/create#create_refund-reason
"""

_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class Payments:
    """The payments and refunds of one account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._v1 = client.v1

    async def of(self, external_id: str, style: CheckoutStyle) -> tuple[ProviderPayment, ...]:
        """What was paid for an invoice, a link or a checkout, by Stripe."""
        if style is CheckoutStyle.INVOICE:
            paid = await every(self._client, self._v1.invoice_payments.list_async, invoice=external_id, status="paid")
            intents = [id_in(one.get("payment") or {}, "payment_intent") for one in paid]
        elif style is CheckoutStyle.PAYMENT_LINK:
            listing = self._v1.checkout.sessions.list_async
            sessions = await every(self._client, listing, payment_link=external_id, status="complete")
            intents = [id_in(one, "payment_intent") for one in sessions if is_paid(one)]
        else:
            session = await self._client.call(self._v1.checkout.sessions.retrieve_async(external_id))
            intents = [id_in(session, "payment_intent")] if is_paid(session) else []
        found = [(intent, await self._charge_of(intent)) for intent in intents if intent]
        return tuple(_payment(intent, charge) for intent, charge in found if charge is not None)

    async def refund(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send so much of a payment back, once per key.

        Of a connected account's payment the platform's share goes back with it, in proportion.
        """
        names = "charge" if payment_id.startswith(("ch_", "py_")) else "payment_intent"
        params: dict[str, Any] = {
            names: payment_id,
            "amount": to_stripe(amount),
            "reason": reason if reason in _REASONS else "requested_by_customer",
            "metadata": _mark(key) | ({"live_assist_reason": short(reason, LONGEST_METADATA)} if reason else {}),
        }
        if self._client.for_account and await self._has_fee(payment_id):
            params["refund_application_fee"] = True
        answer = await once(
            self._client,
            key,
            lambda options: self._v1.refunds.create_async(cast("RefundCreateParams", params), options),
            lambda: find(self._client, self._v1.refunds.list_async, _mark(key), wanted={names: payment_id}),
        )
        return _refund(answer)

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        return _refund(await self._client.call(self._v1.refunds.retrieve_async(refund_id)))

    async def _has_fee(self, payment_id: str) -> bool:
        charge = await self._charge_of(payment_id)
        return bool(charge and charge.get("application_fee_amount"))

    async def _charge_of(self, payment_id: str) -> Answer | None:
        """The charge by which a payment came: the last one that was tried."""
        if payment_id.startswith("pi_"):
            intent = await self._client.call(
                self._v1.payment_intents.retrieve_async(payment_id, {"expand": ["latest_charge.balance_transaction"]})
            )
            charge = intent.get("latest_charge")
            if charge is None or isinstance(charge, dict):
                return charge
            payment_id = str(charge)
        return await self._client.call(self._v1.charges.retrieve_async(payment_id, {"expand": ["balance_transaction"]}))


def _mark(key: str) -> dict[str, str]:
    return {"live_assist_refund": short(key, LONGEST_METADATA)}


def _payment(payment_id: str, charge: Answer) -> ProviderPayment:
    amount, currency = charge.get("amount_captured", charge.get("amount")), charge.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        raise OutcomeUnknown("Stripe's payment could not be understood.", code="unreadable")
    paid_at = charge.get("created")
    return ProviderPayment(
        payment_id=payment_id,
        amount=from_stripe(amount, currency),
        refunded_cents=from_stripe(charge.get("amount_refunded") or 0, currency).amount,
        method=str((charge.get("payment_method_details") or {}).get("type") or "card"),
        fee_cents=_fee(charge, currency),
        paid_at=datetime.fromtimestamp(paid_at, UTC) if isinstance(paid_at, int) else None,
    )


def _fee(charge: Answer, currency: str) -> int | None:
    """What is kept of a payment, by Stripe and the platform; None where it is kept in another currency, or not yet.

    https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-fee
    """
    booked = charge.get("balance_transaction")
    fee = booked.get("fee") if isinstance(booked, dict) and booked.get("currency") == currency else None
    return from_stripe(fee, currency).amount if isinstance(fee, int) else None


def _refund(answer: Answer) -> ProviderRefund:
    amount, currency = answer.get("amount"), answer.get("currency")
    state = _STATES.get(str(answer.get("status")))
    if state is None or not isinstance(amount, int) or not isinstance(currency, str):
        raise OutcomeUnknown(f"Stripe's refund could not be understood ({answer.get('status')!r}).", code="unreadable")
    failed = answer.get("failure_reason") or answer.get("status")
    return ProviderRefund(
        refund_id=id_of(answer),
        payment_id=id_in(answer, "payment_intent") or id_in(answer, "charge") or "",
        amount=from_stripe(amount, currency),
        state=state,
        reason=str(failed).replace("_", " ") if state is RefundState.FAILED else None,
    )
