"""The Ecommerce API: payments as charges, and refunds of them, once per idempotency key.

https://docs.clover.com/dev/docs/ecommerce-refunding-payments
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.clover.books import Merchant, Payment, Refund, new_id
from sandbox.clover.errors import Refused

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


class Memory:
    """What was asked under each key, and what came of it."""

    def __init__(self) -> None:
        self._saved: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}

    def before(self, merchant: Merchant, key: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to the same request, or None for a new one."""
        found = self._saved.get((merchant.id, key))
        if found is None:
            return None
        if found[0] != asked:
            raise Refused(400, "This idempotency key was used for another request", code="idempotency_key_in_use")
        return found[1]

    def keep(self, merchant: Merchant, key: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        """Remember what came of it."""
        self._saved[merchant.id, key] = (asked, answer)


def create_refund(merchant: Merchant, asked: dict[str, Any], key: str | None, memory: Memory) -> dict[str, Any]:
    """POST /v1/refunds."""
    if key is not None and not _KEY.fullmatch(key):
        raise Refused(400, "idempotency-key must be a version 4 UUID", code="invalid_idempotency_key")
    if unknown := set(asked) - {"charge", "amount", "reason", "external_reference_id", "metadata"}:
        raise Refused(400, f"Unrecognized field {sorted(unknown)[0]}", code="parameter_unknown")
    before = memory.before(merchant, key, asked) if key is not None else None
    if before is not None:
        return before
    payment = merchant.payments.get(str(asked.get("charge")))
    if payment is None:
        raise Refused(404, "No such charge", code="resource_missing")
    if asked.get("reason") not in (None, *_REASONS):
        raise Refused(400, "Unknown reason", code="parameter_invalid")
    refund = Refund(
        id=new_id(),
        charge=payment.id,
        amount=_amount(merchant, payment, asked.get("amount")),
        made=merchant.now(),
        status=merchant.refund_status,
        reason=asked.get("reason"),
    )
    merchant.refunds[refund.id] = refund
    answer = _refund(refund)
    if key is not None:
        memory.keep(merchant, key, asked, answer)
    return answer


def refund(merchant: Merchant, refund_id: str) -> dict[str, Any]:
    """GET /v1/refunds/{refundId}."""
    found = merchant.refunds.get(refund_id)
    if found is None:
        raise Refused(404, "No such refund", code="resource_missing")
    return _refund(found)


def charge(merchant: Merchant, charge_id: str) -> dict[str, Any]:
    """GET /v1/charges/{chargeId}."""
    found = merchant.payments.get(charge_id)
    if found is None:
        raise Refused(404, "No such charge", code="resource_missing")
    return _charge(merchant, found)


def charges(merchant: Merchant, asked: Mapping[str, str]) -> dict[str, Any]:
    """GET /v1/charges."""
    limit = asked.get("limit", "10")
    if not limit.isdecimal() or set(asked) - {"limit"}:
        raise Refused(400, "Unknown parameter", code="parameter_unknown")
    found = [_charge(merchant, one) for one in merchant.payments.values()]
    return {"object": "list", "data": found[: int(limit)], "has_more": len(found) > int(limit)}


def _amount(merchant: Merchant, payment: Payment, given: Any) -> int:
    """The whole of it without an amount; a part only of a plain payment over one line."""
    left = payment.amount - merchant.refunded(payment.id)
    amount = left if given is None else given
    if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
        raise Refused(400, "Amount must be above 0", code="amount_invalid")
    if amount > left:
        raise Refused(400, "Refund amount exceeds the refundable amount", code="amount_too_large")
    lines = merchant.orders[payment.order_id].lines
    if given is not None and (len(lines) > 1 or payment.tax or payment.tip):
        raise Refused(400, "Partial refunds are not supported for this charge", code="partial_refund_unsupported")
    return amount


def _refund(one: Refund) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id,
        "object": "refund",
        "amount": one.amount,
        "charge": one.charge,
        "created": int(one.made * 1000),
        "status": one.status,
    }
    return shown | ({"reason": one.reason} if one.reason else {})


def _charge(merchant: Merchant, one: Payment) -> dict[str, Any]:
    return {
        "id": one.id,
        "object": "charge",
        "amount": one.amount,
        "amount_refunded": merchant.refunded(one.id),
        "currency": merchant.currency.lower(),
        "created": int(one.made * 1000),
        "captured": one.result == "SUCCESS",
        "paid": one.result == "SUCCESS",
        "status": "succeeded" if one.result == "SUCCESS" else "failed",
    }
