"""Settles disputes: a buyer asks their bank for the money back; opened, won or lost, as it is heard."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from adapters.registry import display_name
from bot.domain.books import DISPUTE, RefundStatus
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.workflows.keep_books import Said, add_up, books_of, payment_for
from bot.workflows.settle_refunds import money_went_back
from bot.workflows.tell import Parcel, label_of, tell_operators
from storage import refunds

_STANDS = {
    InvoiceEvent.DISPUTED: RefundStatus.PENDING,
    InvoiceEvent.DISPUTE_WON: RefundStatus.FAILED,
    InvoiceEvent.DISPUTE_LOST: RefundStatus.SUCCEEDED,
}
DISPUTES = frozenset(_STANDS)
_LATER = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.SUCCEEDED)
"""What is heard of a dispute counts when it is further on than what is known."""


def settle_dispute(tx: sa.Connection, invoice: Invoice, said: Said, reason: str | None, now: datetime) -> list[Parcel]:
    """Write down how a dispute about a locked invoice stands; the operators are told once of each."""
    workspace_id, stands = invoice.workspace_id, _STANDS[said.event]
    before = books_of(tx, invoice)
    payment = payment_for(tx, invoice, said, now, least=0)
    known = refunds.dispute_of(tx, workspace_id, payment.id)
    if known is not None and _LATER.index(stands) <= _LATER.index(known.status):
        return []
    amount = said.amount or payment.amount_cents or invoice.amount_cents
    if said.event is InvoiceEvent.DISPUTE_LOST:
        gone = before.went_back(payment) + amount
        if payment.amount_cents < gone:  # not all that came was heard of yet
            rest = invoice.amount_cents - before.paid_cents + payment.amount_cents
            payment = payment_for(tx, invoice, said, now, least=max(rest, amount))
    if known is None:
        refunds.add(
            tx,
            workspace_id,
            payment,
            kind=DISPUTE,
            amount_cents=amount,
            status=stands,
            reason=reason or "",
            now=now,
        )
    else:
        refunds.change(tx, workspace_id, known.id, status=stands, settled_at=now)
    books = add_up(tx, invoice)
    parcels = tell_operators(
        tx,
        workspace_id,
        _told(tx, invoice, said.event, Money(amount, invoice.currency), reason),
        key=f"{said.event.value}:{invoice.id}:{payment.id}",
        now=now,
    )
    if said.event is not InvoiceEvent.DISPUTE_LOST:
        return parcels
    return parcels + money_went_back(tx, invoice, before, books, now, by_bank=True)


def _told(tx: sa.Connection, invoice: Invoice, event: InvoiceEvent, amount: Money, reason: str | None) -> str:
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    why = f" ({reason.replace('_', ' ')})" if reason else ""
    if event is InvoiceEvent.DISPUTE_WON:
        return f"You won the dispute with {who}: the {amount} stays yours."
    if event is InvoiceEvent.DISPUTE_LOST:
        return f"You lost the dispute with {who}{why}: the {amount} is gone."
    return (
        f"{who} disputes the payment of {amount} at their bank{why}. "
        f"Answer it in your {display_name(invoice.provider)} dashboard: without an answer the money goes back."
    )
