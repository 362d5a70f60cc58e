"""Settles money that went back: the invoice says so, its credit goes back too, the buyer and the operators are told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.books import Books, Refund, RefundStatus, meaning
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.money import Money
from bot.workflows.choose_texts import texts_for
from bot.workflows.draw_bills import give_credit_back
from bot.workflows.explain_invoices import status_word
from bot.workflows.keep_books import add_up
from bot.workflows.late_payments import note_money
from bot.workflows.tell import Parcel, label_of, tell_buyer, tell_operators
from messaging.base import Button
from storage import buyers, invoices, refunds, runs

ITEMS_STAY = "What they won stays theirs; to take it back: /release"


def money_went_back(
    tx: sa.Connection,
    invoice: Invoice,
    before: Books,
    books: Books,
    now: datetime,
    *,
    by_bank: bool = False,
    event: InvoiceEvent = InvoiceEvent.REFUND,
    but: int | None = None,
) -> list[Parcel]:
    """Have a locked invoice follow its books after more went back than they said before.

    `by_bank` it went in a dispute. By the `event`, a provider may have said that it was only a part. Operators hear of
    it, `but` the one who is answered.
    """
    if books.all_came_back:
        return []  # an old report of what did not get there
    sums = {"paid": books.paid_cents, "refunded": books.refunded_cents, "total": invoice.amount_cents}
    status = move(tx, invoice, meaning(event, **sums), now)
    back = Money(max(books.refunded_cents - before.refunded_cents, 0), invoice.currency)
    if status is invoice.status and not back.amount:
        return []
    if status is InvoiceStatus.REFUNDED and not by_bank:
        give_credit_back(tx, invoice, now)
    buyer = buyers.get(tx, invoice.workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    key = f"back:{invoice.id}:{books.refunded_cents}:{len(books.refunds)}"
    went = "" if by_bank or not back.amount else f" {back} went back."
    told = f"{buyer.label}'s invoice of {invoice.total} is now {status_word(status)}.{went} {ITEMS_STAY}"
    parcels = tell_operators(tx, invoice.workspace_id, told, key=key, now=now, but=but)
    if by_bank or not back.amount:
        return parcels
    texts = texts_for(tx, invoice.workspace_id, buyer.id, invoice.show_id)
    return parcels + tell_buyer(
        tx,
        invoice.workspace_id,
        buyer.id,
        texts.say("money_back", total=back),
        purpose="thanks",
        key=key,
        invoice_id=invoice.id,
        now=now,
    )


def refund_did_not_go(
    tx: sa.Connection, invoice: Invoice, refund: Refund, why: str, now: datetime, *, provider_ref: str | None = None
) -> list[Parcel]:
    """A refund of a locked invoice did not go, or came back; once."""
    if refund.status is RefundStatus.FAILED:
        return []
    workspace_id = invoice.workspace_id
    known = {"provider_ref": provider_ref} if provider_ref else {}
    refunds.change(
        tx, workspace_id, refund.id, status=RefundStatus.FAILED, error=why, settled_at=now, before_cents=None, **known
    )
    books = add_up(tx, invoice)
    status = move(tx, invoice, InvoiceEvent.REFUND_FAILED, now)
    if status is not invoice.status and books.refunded_cents:
        again = invoices.get(tx, workspace_id, invoice.id)
        assert again is not None, "it is locked"
        move(tx, again, InvoiceEvent.PART_REFUND, now)
    who = label_of(tx, workspace_id, invoice.buyer_id)
    amount = Money(refund.amount_cents, refund.currency)
    return tell_operators(
        tx,
        workspace_id,
        f"The refund of {amount} to {who} did not go through: {why.rstrip('.')}. "
        f"Try again, or send it back another way.",
        key=f"no-refund:{refund.id}:{refund.attempt}",
        now=now,
        buttons=[[Button(title="Try again", payload=f"refund again {refund.id}")]],
    )


def move(tx: sa.Connection, invoice: Invoice, event: InvoiceEvent, now: datetime) -> InvoiceStatus:
    """Where a locked invoice with money in it stands after an event; its time to pay runs no more."""
    status = after(invoice.status, event)
    if status is not invoice.status:
        invoices.change(tx, invoice.workspace_id, invoice.id, status=status)
        runs.settle(tx, invoice.workspace_id, invoice.id, status.value)
        note_money(tx, invoice, status, now)
    return status
