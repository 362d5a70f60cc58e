"""A page to pay on: what it is for, and what can happen to its payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.books import PaymentStatus
from bot.domain.invoice import Line
from bot.domain.money import Money


class CheckoutEvent(StrEnum):
    """What can happen to a page to pay on, whoever reports it."""

    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


_S, _E = PaymentStatus, CheckoutEvent

TRANSITIONS: dict[tuple[PaymentStatus, CheckoutEvent], PaymentStatus] = {
    (_S.PENDING, _E.EXPIRED): _S.EXPIRED,
    (_S.PENDING, _E.FAILED): _S.FAILED,
    (_S.FAILED, _E.EXPIRED): _S.EXPIRED,
    # Money beats the clock.
    (_S.PENDING, _E.PAID): _S.PAID,
    (_S.EXPIRED, _E.PAID): _S.PAID,
    (_S.FAILED, _E.PAID): _S.PAID,
}
"""Every change of state there is; a pair that is not here changes nothing."""


def after(status: PaymentStatus, event: CheckoutEvent) -> PaymentStatus:
    """The state after `event`; the same state when the event means nothing there."""
    return TRANSITIONS.get((status, event), status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A page to pay on, of an invoice or of somebody else's order, with the provider's side of it."""

    id: int
    workspace_id: int
    order_id: str
    """`invoice-<id>-<n>` for an invoice's page; else whatever the API's caller calls it."""
    invoice_id: int | None
    provider: str
    account_id: str
    provider_ref: str | None
    """The provider's page; None while it is being opened."""
    payment_ref: str | None
    """What was paid there."""
    url: str | None
    method: str
    """How it was paid; empty while it is not known."""
    fee_cents: int | None
    """What the provider keeps of it; None while it does not say."""
    amount_cents: int
    currency: str
    status: PaymentStatus
    title: str
    lines: tuple[Line, ...]
    attempt: int
    """Which page of this order it is."""
    asked_at: datetime | None
    """When the provider was last asked about it."""
    expires_at: datetime | None
    """When the page ends; of a page that is being opened, until when whoever opens it is waited for."""
    paid_at: datetime | None
    created_at: datetime

    @property
    def total(self) -> Money:
        """What is asked for on it."""
        return Money(self.amount_cents, self.currency)
