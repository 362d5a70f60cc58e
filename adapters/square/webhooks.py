"""What Square reports: signed bytes in, facts out.

https://developer.squareup.com/docs/webhooks/v2webhook-events-tech-ref
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NoReturn

from adapters.base import AccountState, AccountUpdate, PaymentState, PaymentUpdate, Update
from adapters.square.invoices import sums
from adapters.square.orders import from_money
from adapters.square.payments import moment
from bot.domain.money import Money
from bot.kit.errors import BadInput, Forged
from bot.kit.signatures import verify_square

STATES: Mapping[str, PaymentState] = {
    "invoice.payment_made": PaymentState.PAID,
    "invoice.scheduled_charge_failed": PaymentState.FAILED,
    "invoice.canceled": PaymentState.VOIDED,
    "invoice.deleted": PaymentState.VOIDED,
    "invoice.refunded": PaymentState.REFUNDED,
    "payment.created": PaymentState.PAID,
    "payment.updated": PaymentState.PAID,
    "refund.updated": PaymentState.REFUND_FAILED,
    "order.updated": PaymentState.VOIDED,
    "dispute.created": PaymentState.DISPUTED,
    "dispute.state.updated": PaymentState.DISPUTED,
}
"""The events we act on, and what each means when nothing in it says otherwise."""

REVOKED = "oauth.authorization.revoked"

_INVOICES = {
    "PAID": PaymentState.PAID,
    "PARTIALLY_PAID": PaymentState.PARTLY_PAID,
    "REFUNDED": PaymentState.REFUNDED,
    "PARTIALLY_REFUNDED": PaymentState.PARTLY_REFUNDED,
}
_DISPUTES = {
    "WON": PaymentState.DISPUTE_WON,
    "INQUIRY_CLOSED": PaymentState.DISPUTE_WON,
    "LOST": PaymentState.DISPUTE_LOST,
    "ACCEPTED": PaymentState.DISPUTE_LOST,
    "EVIDENCE_REQUIRED": PaymentState.DISPUTED,
    "INQUIRY_EVIDENCE_REQUIRED": PaymentState.DISPUTED,
}

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_LONGEST_TEXT = 500

Json = dict[str, Any]


def read(headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str], url: str) -> list[Update]:
    """Verify and translate one delivery. Raises Forged, or BadInput when it is signed and yet no JSON.

    A setting may hold two keys, with a comma between, while one takes the other's place.
    """
    secrets = [secret for key in secrets for secret in key.replace(",", " ").split()]
    given = [value for name, value in headers.items() if name.lower() == "x-square-hmacsha256-signature"]
    if len(given) != 1 or not body or not verify_square(given[0], body, url=url, secrets=secrets):
        raise Forged
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadInput("Square sent something that is not JSON.") from error
    environment = next((value for name, value in headers.items() if name.lower() == "square-environment"), "")
    return [translate(event, now, livemode=environment.lower() != "sandbox", unnamed=sha256(body).hexdigest())]


def translate(event: Any, now: datetime, *, livemode: bool, unnamed: str = "") -> Update:
    """One event in our words; what is strange about it makes it UNKNOWN.

    `now` dates an event that does not, and `unnamed` is the id of one that has none.
    """
    raw = event if isinstance(event, dict) else {"body": event}
    kind, account_id = _text(raw.get("type")) or "", _id(raw.get("merchant_id"))
    event_id = _id(raw.get("event_id"))
    happened_at = moment(raw.get("created_at")) or now
    if kind == REVOKED and event_id:
        return AccountUpdate(
            provider="square",
            event_id=event_id,
            kind=kind,
            state=AccountState.DISCONNECTED,
            account_id=account_id,
            happened_at=happened_at,
            livemode=livemode,
            raw=raw,
        )
    fact = _Fact(kind, _dict(raw.get("data"))) if event_id else None
    return PaymentUpdate(
        provider="square",
        event_id=event_id or unnamed,
        kind=kind,
        state=fact.state if fact else PaymentState.UNKNOWN,
        account_id=account_id,
        external_id=fact.external_id if fact else None,
        payment_id=fact.payment_id if fact else None,
        refund_id=fact.refund_id if fact else None,
        confirm=fact is not None and fact.confirm,
        workspace_uid=None,
        invoice_id=None,
        amount=fact.amount if fact else None,
        reason=fact.reason if fact else None,
        happened_at=happened_at,
        livemode=livemode,
        raw=raw,
    )


class _Fact:
    """What one event says about money."""

    def __init__(self, kind: str, data: Json) -> None:
        self.state = STATES.get(kind, PaymentState.UNKNOWN)
        self.external_id: str | None = None
        self.payment_id: str | None = None
        self.refund_id: str | None = None
        self.amount: Money | None = None
        self.reason: str | None = None
        self.confirm = False
        if self.state is PaymentState.UNKNOWN:
            return
        noun, about = kind.partition(".")[0], _dict(data.get("object"))
        match noun:
            case "invoice":
                self._invoice(kind, data, _dict(about.get("invoice")))
            case "payment":
                self._payment(_dict(about.get("payment")))
            case "refund":
                self._refund(_dict(about.get("refund")))
            case "order":
                self._order(_dict(about.get("order_updated")))
            case "dispute":
                self._dispute(_dict(about.get("dispute")))

    def _invoice(self, kind: str, data: Json, invoice: Json) -> None:
        self.external_id = _id(invoice.get("id")) or _id(data.get("id"))
        total, paid = sums(invoice)
        if kind in ("invoice.payment_made", "invoice.refunded"):
            self.state = _INVOICES.get(str(invoice.get("status")), PaymentState.UNKNOWN)
        if total is not None and self.state in (PaymentState.PAID, PaymentState.PARTLY_PAID, PaymentState.REFUNDED):
            self.amount = Money(paid, total.currency)
        if self.external_id is None:
            self.state = PaymentState.UNKNOWN

    def _payment(self, payment: Json) -> None:
        """A payment of an invoice is told by the invoice; here, only that it failed or went back.

        The order is what a payment link goes by; one of anything else is nothing we know. A payment that does not say
        by which of Square's products it came has to be traced. A link may be paid by several payments, such as a gift
        card and a card for the rest, so that the order is asked what came in all.
        """
        self.payment_id, order_id = _id(payment.get("id")), _id(payment.get("order_id"))
        product = _dict(payment.get("application_details")).get("square_product")
        is_of_invoice = product == "INVOICES"
        self.external_id = order_id if product and not is_of_invoice else None
        total, back = (
            from_money(payment.get("total_money") or payment.get("amount_money")),
            from_money(payment.get("refunded_money")),
        )
        status = payment.get("status")
        if self.payment_id is None or total is None or not (is_of_invoice or order_id):
            self.state = PaymentState.UNKNOWN
        elif status == "COMPLETED" and back is not None and back.amount > 0:
            self.state = PaymentState.REFUNDED if back.amount >= total.amount else PaymentState.PARTLY_REFUNDED
            self.amount = back
        elif status == "COMPLETED" and not is_of_invoice:
            self.amount, self.confirm = total, True
        elif status == "FAILED":
            self.state, self.reason = PaymentState.FAILED, _why(payment)
        else:
            self.state = PaymentState.UNKNOWN

    def _refund(self, refund: Json) -> None:
        """One that did not get there, or did: then the payment is asked how much of it went back in all."""
        self.refund_id, self.payment_id = _id(refund.get("id")), _id(refund.get("payment_id"))
        self.amount = from_money(refund.get("amount_money"))
        status = refund.get("status")
        if self.refund_id is None or self.payment_id is None:
            self.state = PaymentState.UNKNOWN
        elif status in ("REJECTED", "FAILED"):
            self.reason = f"Square says it is {str(status).lower()}"
        elif status == "COMPLETED":
            self.state, self.confirm = PaymentState.PARTLY_REFUNDED, True
        else:
            self.state = PaymentState.UNKNOWN

    def _order(self, order: Json) -> None:
        """The order of a payment link whose link was deleted; what is paid is told by the payment."""
        self.external_id = _id(order.get("order_id"))
        if self.external_id is None or order.get("state") != "CANCELED":
            self.state = PaymentState.UNKNOWN

    def _dispute(self, dispute: Json) -> None:
        self.payment_id = _id(_dict(dispute.get("disputed_payment")).get("payment_id"))
        self.state = (
            _DISPUTES.get(str(dispute.get("state")), PaymentState.UNKNOWN) if self.payment_id else PaymentState.UNKNOWN
        )
        self.amount = from_money(dispute.get("amount_money"))
        self.reason = (_text(dispute.get("reason")) or "").lower() or None


def _why(payment: Json) -> str | None:
    errors = _dict(payment.get("card_details")).get("errors")
    for error in errors if isinstance(errors, list) else []:
        if said := _text(_dict(error).get("detail")) or _text(_dict(error).get("code")):
            return said
    return None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    clean = "".join(char for char in value if char.isprintable() or char.isspace())
    return " ".join(clean.split())[:_LONGEST_TEXT]


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
