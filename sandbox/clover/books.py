"""What Clover knows of one merchant."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LASTS = 15 * 60.0
"""Seconds a page can be paid on. https://docs.clover.com/dev/docs/creating-a-hosted-checkout-session"""

GOOD_CARD = "6011 3610 0000 6668"
DECLINED_CARD = "4005 5192 0000 0004"

_ID = string.ascii_uppercase.replace("I", "").replace("L", "").replace("O", "").replace("U", "") + string.digits


class Declined(Exception):
    """The card was declined."""


class NotOpen(Exception):
    """Nobody can pay on this page any more."""


@dataclass(kw_only=True)
class Session:
    """A page to pay on."""

    id: str
    made: float
    lines: list[dict[str, Any]]
    redirects: dict[str, str]
    order_id: str | None = None
    """The order that paying makes."""

    @property
    def total(self) -> int:
        return sum(line["price"] * line["unitQty"] for line in self.lines)

    @property
    def ends(self) -> float:
        return self.made + LASTS


@dataclass(kw_only=True)
class Payment:
    """Money that came, or did not."""

    id: str
    order_id: str
    amount: int
    made: float
    result: str
    tip: int = 0
    tax: int = 0
    tender: str = "com.clover.tender.credit_card"


@dataclass(kw_only=True)
class Refund:
    """Money that went back."""

    id: str
    charge: str
    amount: int
    made: float
    status: str
    reason: str | None


@dataclass(kw_only=True)
class Merchant:
    """One merchant, with everything of theirs."""

    id: str
    name: str
    currency: str
    country: str
    private_key: str
    now: Callable[[], float]
    announce: Callable[[Merchant, dict[str, Any]], None]
    signing_secret: str = ""
    webhook_url: str = ""
    key_reads_platform: bool = True
    """Whether the private key may read the merchant's books, too."""
    pages_can_be_asked: bool = True
    """Whether a page can be looked at, which is in use and in no documentation."""
    refund_status: str = "succeeded"
    sessions: dict[str, Session] = field(default_factory=dict)
    orders: dict[str, Session] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    customers: list[dict[str, Any]] = field(default_factory=list)

    def open_page(self, lines: list[dict[str, Any]], redirects: dict[str, str]) -> Session:
        """A new page."""
        session = Session(id=str(uuid.uuid4()), made=self.now(), lines=lines, redirects=redirects)
        self.sessions[session.id] = session
        return session

    def state_of(self, session: Session) -> str:
        """OPEN, PAID or EXPIRED."""
        if session.order_id is not None:
            return "PAID"
        return "OPEN" if self.now() < session.ends else "EXPIRED"

    def pay(self, session_id: str, card: str = GOOD_CARD, *, tip: int = 0) -> Payment:
        """Pay on a page. Raises NotOpen, or Declined, of which the merchant is told as well."""
        session = self.sessions[session_id]
        if self.state_of(session) != "OPEN":
            raise NotOpen
        declined = card == DECLINED_CARD
        payment = Payment(
            id=new_id(),
            order_id=new_id(),
            amount=session.total,
            made=self.now(),
            result="FAIL" if declined else "SUCCESS",
            tip=tip,
        )
        said = "Decline" if declined else "Approved"
        if not declined:
            session.order_id = payment.order_id
            self.orders[payment.order_id] = session
            self.payments[payment.id] = payment
        self.announce(
            self,
            {
                "createdTime": int(payment.made * 1000),
                "message": f"{said} for {payment.amount}",
                "status": "DECLINED" if declined else "APPROVED",
                "type": "PAYMENT",
                "id": payment.id,
                "merchantId": self.id,
                "data": session.id,
            },
        )
        if declined:
            raise Declined
        return payment

    def swipe(self, amount: int) -> Payment:
        """A card at the counter: a payment that no page was for."""
        session = Session(
            id=new_id(),
            made=self.now(),
            lines=[{"name": "Counter", "price": amount, "unitQty": 1}],
            redirects={},
            order_id=new_id(),
        )
        assert session.order_id is not None
        self.orders[session.order_id] = session
        payment = Payment(id=new_id(), order_id=session.order_id, amount=amount, made=self.now(), result="SUCCESS")
        self.payments[payment.id] = payment
        return payment

    def refunded(self, payment_id: str) -> int:
        """How much of a payment went back, or is on its way."""
        return sum(one.amount for one in self.refunds.values() if one.charge == payment_id and one.status != "failed")

    def summary(self) -> dict[str, Any]:
        """Counts for whoever compares books."""
        states = [self.state_of(session) for session in self.sessions.values()]
        return {
            "pages": {state.lower(): states.count(state) for state in sorted(set(states))},
            "payments": len(self.payments),
            "paid_total": sum(one.amount for one in self.payments.values()),
            "refunded_total": sum(self.refunded(payment_id) for payment_id in self.payments),
        }


def new_id() -> str:
    """Thirteen letters and digits, as Clover names things."""
    return "".join(random.choices(_ID, k=13))


def written(moment: float) -> str:
    """A moment as it stands in a page's answer: `2025-07-04T23:57:25.541+0000`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
