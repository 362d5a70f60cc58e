"""What Stripe reports: signed bytes in, facts out, whatever API version wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NoReturn

from adapters.base import PaymentState, PaymentUpdate
from adapters.stripe.amounts import from_stripe
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged
from bot.kit.signatures import verify_timestamped

STATES: Mapping[str, PaymentState] = {
    "invoice.paid": PaymentState.PAID,
    "invoice.payment_failed": PaymentState.FAILED,
    "invoice.voided": PaymentState.VOIDED,
    "charge.refunded": PaymentState.REFUNDED,
    "charge.dispute.created": PaymentState.DISPUTED,
}
"""The events we ask for and act on."""

_ABOUT = {"charge.refunded": "charge", "charge.dispute.created": "dispute"}
"""What an event is about, where that is no invoice."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_TEXT = 500


def read(headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str]) -> list[PaymentUpdate]:
    """Verify and translate one delivery. Raises Forged, or BadInput when it is signed and yet no JSON."""
    given = [value for name, value in headers.items() if name.lower() == "stripe-signature"]
    if len(given) != 1 or not verify_timestamped(given[0], body, secrets=secrets, now=now):
        raise Forged
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadInput("Stripe sent something that is not JSON.") from error
    return [translate(event, now, unnamed=sha256(body).hexdigest())]


def translate(event: Any, now: datetime, *, unnamed: str = "") -> PaymentUpdate:
    """One event in our words, delivered or listed; what is strange about it makes it UNKNOWN.

    `now` dates an event that does not, and `unnamed` is the id of one that has none.
    """
    raw = event if isinstance(event, dict) else {"body": event}
    about = _dict(_dict(raw.get("data")).get("object"))
    event_id, kind = _id(raw.get("id")), _text(raw.get("type")) or ""
    what = _ABOUT.get(kind, "invoice")
    state = STATES.get(kind, PaymentState.UNKNOWN)
    # Thin events (object "v2.core.event") carry no invoice. https://docs.stripe.com/event-destinations
    if event_id is None or raw.get("object") != "event" or about.get("object", what) != what:
        state = PaymentState.UNKNOWN
    if state is PaymentState.PAID and about.get("status", "paid") != "paid":
        state = PaymentState.UNKNOWN
    if state is PaymentState.REFUNDED and about.get("refunded") is not True:
        state = PaymentState.PARTLY_REFUNDED
    return PaymentUpdate(
        provider="stripe",
        event_id=event_id or unnamed,
        kind=kind,
        state=state,
        account_id=_id(raw.get("account")),
        # A charge named its invoice until 2025.
        # https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
        external_id=_id(about.get("id" if what == "invoice" else "invoice")),
        payment_id=_id(about.get("payment_intent")) if what != "invoice" else None,
        workspace_uid=_text(_dict(about.get("metadata")).get("live_assist_workspace")),
        invoice_id=_whole(_dict(about.get("metadata")).get("live_assist_invoice")),
        amount=_amount(about, state),
        reason=_reason(about, state),
        happened_at=_moment(raw.get("created"), now),
        livemode=raw.get("livemode") is True,
        raw=raw,
    )


_AMOUNTS = {
    PaymentState.PAID: "amount_paid",
    PaymentState.REFUNDED: "amount_refunded",
    PaymentState.PARTLY_REFUNDED: "amount_refunded",
    PaymentState.DISPUTED: "amount",
}


def _amount(about: dict[str, Any], state: PaymentState) -> Money | None:
    amount, currency = _whole(about.get(_AMOUNTS.get(state, ""))), about.get("currency")
    if amount is None or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    return from_stripe(amount, currency)


def _reason(about: dict[str, Any], state: PaymentState) -> str | None:
    if state is PaymentState.FAILED:
        return next(_reasons(about), None)
    return _text(about.get("reason")) if state is PaymentState.DISPUTED else None


def _reasons(invoice: dict[str, Any]) -> Iterator[str]:
    """Why a payment failed, likeliest first: the place has moved with API versions, and may be an id only.

    https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
    """
    payments = _dict(invoice.get("payments")).get("data")
    paid_with = [_dict(_dict(one).get("payment")) for one in (payments if isinstance(payments, list) else [])]
    for place in [*paid_with, invoice]:
        intent, charge = _dict(place.get("payment_intent")), _dict(place.get("charge"))
        yield from _texts(_dict(intent.get("last_payment_error")).get("message"))
        yield from _texts(charge.get("failure_message"))
    yield from _texts(_dict(invoice.get("last_payment_error")).get("message"))
    yield from _texts(_dict(invoice.get("last_finalization_error")).get("message"))


def _texts(value: Any) -> list[str]:
    text = _text(value)
    return [text] if text else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    clean = "".join(char for char in value if char.isprintable() or char.isspace())
    return " ".join(clean.split())[:_LONGEST_TEXT]


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):  # as text, a number of thousands of digits would raise
        return value if abs(value) < 10**18 else None
    return int(value) if _WHOLE.fullmatch(value) else None


def _moment(value: Any, now: datetime) -> datetime:
    seconds = _whole(value)
    try:
        return now if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
