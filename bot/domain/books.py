"""The books of one invoice: what came for it, what went back, and what the whole of it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.invoice import InvoiceEvent

MANUAL = "manual"
"""The provider of money that an operator wrote down."""


class Method(StrEnum):
    """How money came that an operator wrote down."""

    CASH = "cash"
    CARD = "card"
    CHECK = "check"
    BANK_TRANSFER = "bank_transfer"
    OTHER = "other"

    @property
    def word(self) -> str:
        """As it is typed and read."""
        return "bank" if self is Method.BANK_TRANSFER else self.value


class PaymentStatus(StrEnum):
    """Where money that is to come stands."""

    PENDING = "pending"
    """Asked for on a page, or said to be on its way."""
    PAID = "paid"
    EXPIRED = "expired"
    """The page is over."""
    FAILED = "failed"
    """It did not come after all."""


class RefundStatus(StrEnum):
    """Where money that is to go back stands."""

    ASKED = "asked"
    """Reserved here; the provider may or may not know."""
    PENDING = "pending"
    """On its way, by the provider's word; of a dispute: open."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It did not go back; of a dispute: won."""


UNSETTLED = frozenset({RefundStatus.ASKED, RefundStatus.PENDING})
REFUND, DISPUTE = "refund", "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came for an invoice, or may come."""

    id: int
    workspace_id: int
    order_id: str
    invoice_id: int | None
    provider: str
    account_id: str
    provider_ref: str | None
    """The page at the provider."""
    payment_ref: str | None
    """What the provider calls the money that was paid there; None while it has not told."""
    method: str
    amount_cents: int
    refunded_cents: int
    """What the provider says went back of it, in all."""
    fee_cents: int | None
    currency: str
    status: PaymentStatus
    note: str
    by: str
    slip: dict[str, str] | None
    """Where a picture of a transfer was sent: `channel`, `file`, `chat` and `message`."""
    paid_at: datetime | None
    created_at: datetime

    @property
    def is_manual(self) -> bool:
        """Whether an operator wrote it down, so that no provider knows of it."""
        return self.provider == MANUAL and self.payment_ref is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that goes back, or that a buyer's bank takes back."""

    id: int
    workspace_id: int
    invoice_id: int | None
    payment_id: int | None
    kind: str
    """refund or dispute."""
    provider: str
    account_id: str
    payment_ref: str
    provider_ref: str | None
    """What the provider calls it, from the moment it took it on."""
    amount_cents: int
    currency: str
    status: RefundStatus
    reason: str
    error: str
    by: str
    attempt: int
    """Rises only after a definite refusal; part of the idempotency key."""
    tries: int
    """Rises with every order to try again; part of the job's id."""
    before_cents: int | None
    """What had gone back of the payment when the provider was about to be asked; None before that."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that is known of an invoice's money."""

    payments: Sequence[Payment]
    refunds: Sequence[Refund]

    @property
    def paid(self) -> Sequence[Payment]:
        """What came."""
        return [one for one in self.payments if one.status is PaymentStatus.PAID]

    @property
    def paid_cents(self) -> int:
        """Its sum."""
        return sum(one.amount_cents for one in self.paid)

    @property
    def refunded_cents(self) -> int:
        """What went back of it."""
        return sum(map(self.went_back, self.paid))

    @property
    def all_came_back(self) -> bool:
        """Whether something was on its way back, did not get there, and nothing else went."""
        return not self.refunded_cents and any(map(_came_back, self.refunds))

    @property
    def available_cents(self) -> int:
        """What may still be sent back."""
        return sum(map(self.available, self.paid))

    def went_back(self, payment: Payment) -> int:
        """How much of one payment went back.

        What the provider says of it in all counts, or what it told of each of our refunds where that is more: whichever
        is heard first. A refund that failed on its way is among the former. What a bank took is in neither.
        """
        ours = [one for one in self.refunds if one.payment_id == payment.id]
        sent = _sum(one for one in ours if one.kind == REFUND and one.status is RefundStatus.SUCCEEDED)
        came_back = _sum(filter(_came_back, ours))
        lost = _sum(one for one in ours if one.kind == DISPUTE and one.status is RefundStatus.SUCCEEDED)
        return min(max(payment.refunded_cents - came_back, sent) + lost, payment.amount_cents)

    def available(self, payment: Payment) -> int:
        """How much of one payment may still be sent back; what is on its way, or disputed, may not."""
        under_way = _sum(one for one in self.refunds if one.payment_id == payment.id and one.status in UNSETTLED)
        return max(payment.amount_cents - self.went_back(payment) - under_way, 0)


def _came_back(refund: Refund) -> bool:
    return refund.kind == REFUND and refund.status is RefundStatus.FAILED and refund.provider_ref is not None


def _sum(refunds: Iterable[Refund]) -> int:
    return sum(one.amount_cents for one in refunds)


def meaning(event: InvoiceEvent, *, paid: int, refunded: int, total: int) -> InvoiceEvent:
    """What an event about one payment means for the whole invoice, given its sums in minor units.

    A part that completes the sum pays it; a payment that went back whole is only a part where others stayed. One that
    went back in part, by its provider's word, is never the whole: how much came may not have been heard yet.
    """
    if event is InvoiceEvent.PART_PAYMENT and paid >= total:
        return InvoiceEvent.PAYMENT
    if event is InvoiceEvent.REFUND and refunded < paid:
        return InvoiceEvent.PART_REFUND
    return event
