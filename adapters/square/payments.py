"""Money that came and money that goes back, at Square."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters.base import CheckoutStyle, ProviderPayment, ProviderRefund, RefundState
from adapters.square import orders
from adapters.square.client import ONCE, Answer, Client, part, rows
from adapters.square.invoices import Invoices, metadata_of
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused

_LONGEST_REASON = 192

_METHODS = {"BANK_ACCOUNT": "bank_transfer"}
_REFUNDS = {
    "PENDING": RefundState.PENDING,
    "COMPLETED": RefundState.SUCCEEDED,
    "REJECTED": RefundState.FAILED,
    "FAILED": RefundState.FAILED,
}
_WENT_WRONG = ("FAILED", "CANCELED")


class Payments:
    """The payments of one account."""

    def __init__(self, client: Client, invoices: Invoices) -> None:
        self._client = client
        self._invoices = invoices
        self._api = client.api

    async def of(self, external_id: str, style: CheckoutStyle) -> tuple[ProviderPayment, ...]:
        """What came for an invoice, or for the order of a link, oldest first."""
        order_id = external_id
        if style is CheckoutStyle.INVOICE:
            answer = await self._client.call(lambda: self._api.invoices.get(external_id, request_options=ONCE))
            order_id = str(part(answer, "invoice").get("order_id"))
        answer = await self._client.call(lambda: self._api.orders.get(order_id, request_options=ONCE))
        found = []
        for payment_id in _tendered(part(answer, "order")):
            payment = await self._payment(payment_id)
            if payment is not None and payment.get("status") not in _WENT_WRONG:
                found.append(read_payment(payment))
        return tuple(found)

    async def refund(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send it back, once per key. https://developer.squareup.com/reference/square/refunds-api/refund-payment"""
        back: Any = orders.money(amount)
        answer = await self._client.call(
            lambda: self._api.refunds.refund_payment(
                idempotency_key=orders.fit(key),
                amount_money=back,
                payment_id=payment_id,
                reason=orders.short(reason, _LONGEST_REASON),
                request_options=ONCE,
            )
        )
        return read_refund(part(answer, "refund"))

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """How it stands now."""
        answer = await self._client.call(lambda: self._api.refunds.get(refund_id, request_options=ONCE))
        return read_refund(part(answer, "refund"))

    async def invoice_of(self, payment_id: str) -> str | None:
        """The invoice, or the order of a link or a page, that a payment was for; None when we made none of them."""
        payment = await self._payment(payment_id)
        order_id = payment.get("order_id") if payment else None
        if not order_id:
            return None
        try:
            answer = await self._client.call(lambda: self._api.orders.get(order_id, request_options=ONCE))
        except Refused as no:
            if no.code == "NOT_FOUND":
                return None
            raise
        made = part(answer, "order")
        metadata = metadata_of(made)
        if metadata.get("live_assist_style") == CheckoutStyle.PAYMENT_LINK or "live_assist_order" in metadata:
            return str(order_id)
        if "live_assist_invoice" not in metadata:
            return None
        invoice = await self._invoices.invoice_of(made)
        return str(invoice["id"]) if invoice else None

    async def _payment(self, payment_id: str) -> Answer | None:
        try:
            answer = await self._client.call(lambda: self._api.payments.get(payment_id, request_options=ONCE))
        except Refused as no:
            if no.code == "NOT_FOUND":
                return None
            raise
        return part(answer, "payment")


def read_payment(payment: Answer) -> ProviderPayment:
    """A payment of Square's in our words."""
    amount = orders.from_money(payment.get("total_money") or payment.get("amount_money"))
    if amount is None:
        raise OutcomeUnknown("Square's payment has no amount.", code="unreadable")
    back = orders.from_money(payment.get("refunded_money"))
    kept = [orders.from_money(fee.get("amount_money")) for fee in rows(payment, "processing_fee")]
    source = str(payment.get("source_type") or "card")
    return ProviderPayment(
        payment_id=str(payment.get("id")),
        amount=amount,
        refunded_cents=back.amount if back else 0,
        method=_METHODS.get(source, source.lower()),
        fee_cents=sum(fee.amount for fee in kept if fee) if kept else None,
        paid_at=moment(payment.get("created_at")),
    )


def read_refund(refund: Answer) -> ProviderRefund:
    """A refund of Square's in our words."""
    amount, state = orders.from_money(refund.get("amount_money")), _REFUNDS.get(str(refund.get("status")))
    if amount is None or state is None:
        raise OutcomeUnknown("Square's refund could not be understood.", code="unreadable")
    failed = state is RefundState.FAILED
    return ProviderRefund(
        refund_id=str(refund.get("id")),
        payment_id=str(refund.get("payment_id") or ""),
        amount=amount,
        state=state,
        reason=f"Square says it is {str(refund.get('status')).lower()}." if failed else None,
    )


def moment(text: Any) -> datetime | None:
    """A moment as Square writes it (RFC 3339); None for anything else."""
    try:
        when = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return when if when.tzinfo else None


def _tendered(made: Answer) -> Iterator[str]:
    """The payments of an order; a tender goes by its payment's id, where it does not name it.

    https://developer.squareup.com/reference/square/objects/Tender
    """
    for tender in rows(made, "tenders"):
        if payment_id := tender.get("payment_id") or tender.get("id"):
            yield str(payment_id)
