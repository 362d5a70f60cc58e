"""What Stripe reports: signed bytes in, facts out, whatever API version wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NoReturn

from adapters.base import AccountState, AccountUpdate, PaymentState, PaymentUpdate, SubscriptionUpdate, Update
from adapters.stripe.amounts import from_stripe
from adapters.stripe.subscriptions import status_of
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged
from bot.kit.signatures import verify_timestamped

STATES: Mapping[str, PaymentState] = {
    "invoice.paid": PaymentState.PAID,
    "invoice.payment_failed": PaymentState.FAILED,
    "invoice.voided": PaymentState.VOIDED,
    "checkout.session.completed": PaymentState.PAID,
    "checkout.session.async_payment_succeeded": PaymentState.PAID,
    "checkout.session.async_payment_failed": PaymentState.FAILED,
    "checkout.session.expired": PaymentState.EXPIRED,
    "charge.refunded": PaymentState.REFUNDED,
    "refund.updated": PaymentState.REFUND_FAILED,
    "refund.failed": PaymentState.REFUND_FAILED,
    "charge.dispute.created": PaymentState.DISPUTED,
    "charge.dispute.closed": PaymentState.DISPUTE_LOST,
}
"""The events about money that we ask for and act on; `_state` says when they mean something else, or nothing."""

ACCOUNTS: Mapping[str, AccountState] = {
    "account.application.deauthorized": AccountState.DISCONNECTED,
    "account.updated": AccountState.CHANGED,
}

SUBSCRIPTIONS = frozenset(
    f"customer.subscription.{what}" for what in ("created", "updated", "deleted", "paused", "resumed")
)

HEARD = (*sorted(STATES), *sorted(ACCOUNTS), *sorted(SUBSCRIPTIONS))
"""All that an endpoint of ours asks for."""

_ABOUT = {
    "invoice": "invoice",
    "checkout": "checkout.session",
    "charge.dispute": "dispute",
    "charge": "charge",
    "refund": "refund",
    "account.application": "application",
    "account": "account",
    "customer.subscription": "subscription",
}
"""What an event is about, by the beginning of its name; the longest that fits counts."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_TEXT = 500


def read(headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str]) -> list[Update]:
    """Verify and translate one delivery. Raises Forged, or BadInput when it is signed and yet no JSON."""
    given = [value for name, value in headers.items() if name.lower() == "stripe-signature"]
    if len(given) != 1 or not verify_timestamped(given[0], body, secrets=secrets, now=now):
        raise Forged
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadInput("Stripe sent something that is not JSON.") from error
    return [translate(event, now, unnamed=sha256(body).hexdigest())]


def translate(event: Any, now: datetime, *, unnamed: str = "") -> Update:
    """One event in our words, delivered or listed; what is strange about it makes it UNKNOWN.

    `now` dates an event that does not, and `unnamed` is the id of one that has none.
    """
    raw = event if isinstance(event, dict) else {"body": event}
    about = _dict(_dict(raw.get("data")).get("object"))
    kind, what = _text(raw.get("type")) or "", about_of(raw.get("type"))
    # Thin events (object "v2.core.event") carry no object. https://docs.stripe.com/event-destinations
    is_sound = _id(raw.get("id")) is not None and raw.get("object") == "event" and about.get("object", what) == what
    shared: dict[str, Any] = {
        "provider": "stripe",
        "event_id": _id(raw.get("id")) or unnamed,
        "kind": kind,
        "account_id": _id(raw.get("account")),
        "happened_at": _moment(raw.get("created"), now),
        "livemode": raw.get("livemode") is not False,
        "raw": raw,
    }
    if is_sound and kind in ACCOUNTS:
        account = shared["account_id"] or (_id(about.get("id")) if what == "account" else None)
        return AccountUpdate(**shared | {"account_id": account, "state": ACCOUNTS[kind]})
    if is_sound and kind in SUBSCRIPTIONS and (external_id := _id(about.get("id"))):
        return SubscriptionUpdate(**shared, external_id=external_id, status=status_of(about))
    state = _state(kind, about) if is_sound else PaymentState.UNKNOWN
    metadata = _dict(about.get("metadata"))
    return PaymentUpdate(
        **shared,
        state=state,
        external_id=_external_id(what, about),
        payment_id=_id_in(about, "payment_intent") if what != "invoice" else None,
        checkout_id=_id(about.get("id")) if what == "checkout.session" else None,
        refund_id=_id(about.get("id")) if state is PaymentState.REFUND_FAILED else None,
        workspace_uid=_text(metadata.get("live_assist_workspace")),
        invoice_id=_whole(metadata.get("live_assist_invoice")),
        order_id=_text(metadata.get("live_assist_order")) or _text(about.get("client_reference_id")) or None,
        amount=_amount(about, what, state),
        reason=_reason(about, state),
    )


def about_of(kind: Any) -> str:
    """What an event of this name is about; an invoice when the name says nothing."""
    words = kind.split(".") if isinstance(kind, str) else []
    return next((_ABOUT[name] for end in (2, 1) if (name := ".".join(words[:end])) in _ABOUT), "invoice")


def _state(kind: str, about: dict[str, Any]) -> PaymentState:
    """What an event means, with what its object says about it."""
    state, status = STATES.get(kind, PaymentState.UNKNOWN), about.get("status")
    if kind == "invoice.paid":
        return state if about.get("status", "paid") == "paid" else PaymentState.UNKNOWN
    if kind == "charge.refunded":
        return state if about.get("refunded") is True else PaymentState.PARTLY_REFUNDED
    if kind.startswith("refund."):
        # One that goes well is told, with all that went back, by charge.refunded; one that fails, by refund.failed.
        is_news = kind == "refund.failed" or status == "canceled"
        return state if is_news else PaymentState.UNKNOWN
    if kind == "charge.dispute.closed":
        return _VERDICTS.get(str(status), PaymentState.UNKNOWN)
    if not kind.startswith("checkout.session."):
        return state
    if about.get("mode", "payment") != "payment":
        return PaymentState.UNKNOWN
    # A bank transfer completes a page days before the money comes, if it does.
    # https://docs.stripe.com/checkout/fulfillment#delayed-notification
    if state is PaymentState.PAID and about.get("payment_status") not in ("paid", "no_payment_required"):
        return PaymentState.UNKNOWN
    # Whoever comes to a payment link opens a page; that one of them is over says nothing of the link.
    if state is PaymentState.EXPIRED and about.get("payment_link") is not None:
        return PaymentState.UNKNOWN
    return state


_VERDICTS = {
    "won": PaymentState.DISPUTE_WON,
    "warning_closed": PaymentState.DISPUTE_WON,
    "lost": PaymentState.DISPUTE_LOST,
}
"""How a dispute ended; a warning that is closed took no money. https://docs.stripe.com/api/disputes/object"""


def _external_id(what: str, about: dict[str, Any]) -> str | None:
    if what == "invoice":
        return _id(about.get("id"))
    if what == "checkout.session":
        return _id_in(about, "payment_link")
    # A charge named its invoice until 2025.
    # https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
    return _id_in(about, "invoice")


_AMOUNTS = {
    "invoice": "amount_paid",
    "checkout.session": "amount_total",
    "charge": "amount_refunded",
    "refund": "amount",
    "dispute": "amount",
}
_SUMLESS = (PaymentState.UNKNOWN, PaymentState.FAILED, PaymentState.VOIDED, PaymentState.EXPIRED)


def _amount(about: dict[str, Any], what: str, state: PaymentState) -> Money | None:
    if state in _SUMLESS:
        return None
    amount, currency = _whole(about.get(_AMOUNTS[what])), about.get("currency")
    if amount is None or not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None
    return from_stripe(amount, currency)


def _reason(about: dict[str, Any], state: PaymentState) -> str | None:
    if state is PaymentState.FAILED:
        return next(_reasons(about), None)
    if state is PaymentState.REFUND_FAILED:
        return _text(about.get("failure_reason"))
    disputes = (PaymentState.DISPUTED, PaymentState.DISPUTE_WON, PaymentState.DISPUTE_LOST)
    return _text(about.get("reason")) if state in disputes else None


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


def _id_in(about: dict[str, Any], name: str) -> str | None:
    """The id of another thing, whether or not it is shown whole."""
    given = about.get(name)
    return _id(given.get("id") if isinstance(given, dict) else given)


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
