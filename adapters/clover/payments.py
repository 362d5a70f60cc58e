"""Payments and refunds, as the platform and the Ecommerce API have them: two ways to look at the same money."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from adapters.base import ProviderPayment, ProviderRefund, RefundState
from adapters.clover.client import Client
from adapters.clover.merchants import Merchant
from adapters.clover.wire import ADVICE_ELSE, NotPermitted
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused

_CAME = frozenset({"SUCCESS", "AUTH_COMPLETED"})
"""Results of a payment that brought money. https://docs.clover.com/dev/reference/getpayment"""

_REFUNDS = {"succeeded": RefundState.SUCCEEDED, "pending": RefundState.PENDING, "failed": RefundState.FAILED}


class Payments:
    """The payments of one merchant."""

    def __init__(self, client: Client, merchant: Merchant) -> None:
        self._client = client
        self._merchant = merchant

    async def ask(self, payment_id: str) -> ProviderPayment:
        """One payment as it stands now. Raises Refused when there is none, or no money came with it."""
        try:
            said = await self._look(payment_id)
        except NotAuthorised:
            if not self._client.has_own_key:
                raise
            return await self._ask_charge(payment_id)
        return await self.read(said)

    async def _look(self, payment_id: str) -> dict[str, Any]:
        """A payment with its refunds, or without, where the token may not see those."""
        path = f"/payments/{quote(payment_id, safe='')}"
        try:
            return await self._client.platform(path, {"expand": "tender,refunds"})
        except Refused as no:
            if not isinstance(no, NotPermitted) and no.code != "http_400":
                raise
        return await self._client.platform(path)

    async def of_order(self, order_id: str) -> tuple[Money, tuple[ProviderPayment, ...]]:
        """What an order of theirs comes to, and the money that came for it."""
        try:
            said = await self._client.platform(f"/orders/{quote(order_id, safe='')}", {"expand": "payments"})
        except NotAuthorised:
            if not self._client.has_own_key:
                raise
            raise Refused("Clover does not let a private key look at orders: ask for the payment.") from None
        ids = [one.get("id") for one in elements(said.get("payments")) if came(one)]
        total = Money(whole(said.get("total")) or 0, await self._currency())
        return total, tuple([await self.ask(one) for one in ids if isinstance(one, str)])

    async def read(self, said: Mapping[str, Any]) -> ProviderPayment:
        """A payment of the platform's in our words; a tip is the merchant's own affair and not in the amount."""
        payment_id, amount = said.get("id"), whole(said.get("amount"))
        if not isinstance(payment_id, str) or amount is None:
            raise OutcomeUnknown("Clover's payment could not be understood.", code="unreadable")
        if not came(said):
            raise Refused(f"Clover says that payment {payment_id} brought no money.", code="not_paid")
        refunds = [whole(one.get("amount")) or 0 for one in elements(said.get("refunds"))]
        return ProviderPayment(
            payment_id=payment_id,
            amount=Money(amount, await self._currency()),
            refunded_cents=sum(refunds),
            method=_method(said.get("tender")),
            fee_cents=None,
            paid_at=moment(said.get("createdTime")),
        )

    async def refund(self, payment_id: str, amount: Money, *, key: str) -> ProviderRefund:
        """Send money back, once per key.

        The whole of a payment is asked for without an amount: with one, Clover may take it for a part, and of some
        payments it refunds no parts. https://docs.clover.com/dev/docs/ecommerce-refunding-payments
        """
        asked: dict[str, Any] = {"charge": payment_id, "reason": "requested_by_customer"}
        is_part = amount.amount != await self._whole_of(payment_id)
        if is_part:
            asked["amount"] = amount.amount
        try:
            said = await self._client.ecommerce("/refunds", asked, key=_uuid(key))
        except NotAuthorised:
            raise
        except Refused as no:
            if not is_part:
                raise
            raise Refused(
                f"{no.message.removesuffix(ADVICE_ELSE).rstrip()} It refunds no part of a payment with several lines, "
                "taxes or a tip: refund the whole of it, or refund the part in the Clover dashboard.",
                code=no.code,
            ) from no
        return _read_refund(said, amount, payment_id)

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it stands now."""
        said = await self._client.ecommerce(f"/refunds/{quote(refund_id, safe='')}")
        return _read_refund(said, Money(0, await self._currency()), "")

    async def _whole_of(self, payment_id: str) -> int | None:
        """What a payment was over; None when this key may not know."""
        try:
            return (await self.ask(payment_id)).amount.amount
        except NotAuthorised:
            return None

    async def _ask_charge(self, payment_id: str) -> ProviderPayment:
        """The same payment as a charge. https://docs.clover.com/dev/reference/getcharge"""
        said = await self._client.ecommerce(f"/charges/{quote(payment_id, safe='')}")
        amount, currency = whole(said.get("amount")), said.get("currency")
        if amount is None or not isinstance(currency, str) or len(currency) != 3:
            raise OutcomeUnknown("Clover's charge could not be understood.", code="unreadable")
        if said.get("paid") is not True or said.get("captured") is False:
            raise Refused(f"Clover says that payment {payment_id} brought no money.", code="not_paid")
        return ProviderPayment(
            payment_id=payment_id,
            amount=Money(amount, currency.upper()),
            refunded_cents=whole(said.get("amount_refunded")) or 0,
            method="card",
            fee_cents=None,
            paid_at=moment(said.get("created")),
        )

    async def _currency(self) -> str:
        return await self._merchant.currency() or "USD"


def came(said: Mapping[str, Any]) -> bool:
    """Whether a payment of the platform's brought money."""
    return said.get("result") in _CAME


def elements(said: Any) -> list[dict[str, Any]]:
    """The objects of a list of Clover's: `{"elements": [...]}`, or nothing when it was not asked for."""
    found = said.get("elements") if isinstance(said, dict) else said
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def whole(value: Any) -> int | None:
    """An amount in cents, or None for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15 else None


def moment(value: Any) -> datetime | None:
    """A moment in milliseconds since the epoch, as Clover writes them."""
    number = whole(value)
    return datetime.fromtimestamp(number / 1000, UTC) if number and 0 < number < 10**14 else None


def _method(tender: Any) -> str:
    """`com.clover.tender.credit_card` and the like, in our words."""
    key = tender.get("labelKey") if isinstance(tender, dict) else None
    name = key.rpartition(".")[2].lower() if isinstance(key, str) else ""
    return "card" if name in ("", "credit_card", "debit_card") else name


def _read_refund(said: Mapping[str, Any], asked: Money, payment_id: str) -> ProviderRefund:
    refund_id, status = said.get("id"), said.get("status")
    if not isinstance(refund_id, str) or not refund_id:
        raise OutcomeUnknown("Clover did not say which refund that is.", code="unreadable")
    amount, charge, reason = whole(said.get("amount")), said.get("charge"), said.get("failure_reason")
    return ProviderRefund(
        refund_id=refund_id,
        payment_id=charge if isinstance(charge, str) else payment_id,
        amount=Money(asked.amount if amount is None else amount, asked.currency),
        state=_REFUNDS.get(str(status), RefundState.FAILED if status == "canceled" else RefundState.PENDING),
        reason=reason if isinstance(reason, str) else None,
    )


def _uuid(key: str) -> str:
    """Clover wants a UUID of version 4 as a key: this one is made of ours, so that a repeat has the same."""
    return str(uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))
