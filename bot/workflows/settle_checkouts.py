"""Settles what a provider answered about a page to pay on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Checkout as Page
from bot.domain.checkout import CheckoutEvent
from bot.domain.money import Money
from bot.workflows.note_checkouts import note_page
from bot.workflows.settle_payments import apply_event
from bot.workflows.tell import Parcel
from storage import checkouts

_STANDS: Mapping[str, CheckoutEvent] = {"paid": CheckoutEvent.PAID, "expired": CheckoutEvent.EXPIRED}
"""What a provider's answer means to the page that was asked about; an open one stays as it is."""


def settle_answer(tx: sa.Connection, workspace_id: int, checkout_id: int, page: Page, now: datetime) -> list[Parcel]:
    """Note what a provider answered about a page, and what it means to the page's invoice."""
    event = _STANDS.get(page.state)
    if event is None:
        checkouts.asked(tx, workspace_id, checkout_id, now)
        return []
    paid = page.total if event is CheckoutEvent.PAID else None
    return settle_page(tx, workspace_id, checkout_id, event, paid=paid, payment_ref=page.payment_id, now=now)


def settle_page(
    tx: sa.Connection,
    workspace_id: int,
    checkout_id: int,
    event: CheckoutEvent,
    *,
    paid: Money | None = None,
    payment_ref: str | None = None,
    now: datetime,
) -> list[Parcel]:
    """Note one event of a page, and have its invoice hear of it."""
    noted = note_page(tx, workspace_id, checkout_id, event, paid=paid, payment_ref=payment_ref, now=now)
    if noted.invoice is None or noted.event is None:
        return []
    return apply_event(
        tx,
        noted.invoice,
        noted.event,
        amount=noted.money.amount if noted.money else None,
        currency=noted.money.currency if noted.money else None,
        reason=None,
        now=now,
        ref=noted.provider_ref,
        payment_id=noted.payment_ref,
    )
