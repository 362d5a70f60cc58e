"""Tells of money that came: the buyer is thanked, the operators hear how much, and when it came twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.money import Money
from bot.workflows.choose_texts import texts_for
from bot.workflows.keep_books import Entry
from bot.workflows.tell import Parcel, label_of, tell_buyer, tell_operators
from messaging.base import Button
from storage import claims, items


def tell_of_money(
    tx: sa.Connection,
    invoice: Invoice,
    status: InvoiceStatus,
    entry: Entry,
    now: datetime,
    *,
    paid: Money | None = None,
    late: bool = False,
    but: int | None = None,
) -> list[Parcel]:
    """Money came into a locked invoice, which is at `status` now and was at its own before.

    `paid` is what the provider said, in its currency; `late` when the clock had taken back what it bills; `but` the
    operator who wrote it down.
    """
    parcels = _tell_twice(tx, invoice, entry, now)
    if status is InvoiceStatus.PAID and invoice.status is not InvoiceStatus.PAID:
        return _tell_paid(tx, invoice, entry, paid, now, late=late, but=but) + parcels
    if status is InvoiceStatus.PARTLY_PAID and (entry.came or invoice.status is not status):
        return _tell_part(tx, invoice, entry, now, late=late, but=but) + parcels
    return parcels


def _tell_paid(
    tx: sa.Connection,
    invoice: Invoice,
    entry: Entry,
    paid: Money | None,
    now: datetime,
    *,
    late: bool,
    but: int | None,
) -> list[Parcel]:
    label = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    told = f"{label} paid {invoice.total}."
    odd = len(entry.after.paid) == 1 and entry.after.paid_cents != invoice.amount_cents
    if paid is not None and (odd or paid.currency != invoice.currency):
        told = f"{label} paid {paid}; the invoice was {invoice.total}. Please check."
    buttons: list[list[Button]] = []
    if late:
        told += " Their time to pay was over: what becomes of the items follows."
    elif invoice.status is InvoiceStatus.VOID:
        told += " The invoice was void already: send the money back, or give them the items with /award."
        buttons = _refund_button(invoice, entry.after.available_cents)
    elif gone := _no_longer_theirs(tx, invoice):
        told += f" {gone} is no longer theirs: send the money for it back with /refund, or give it to them with /award."
    # A payment may be taken back and another come: the money that completed the sum tells one time from another.
    newest = max((one.id for one in entry.after.paid), default=0)
    key = f"paid:{invoice.id}:{newest}"
    parcels = tell_operators(tx, invoice.workspace_id, told, key=key, now=now, buttons=buttons, but=but)
    return parcels + tell_buyer(
        tx,
        invoice.workspace_id,
        invoice.buyer_id,
        texts_for(tx, invoice.workspace_id, invoice.buyer_id, invoice.show_id).say("thanks", total=invoice.total),
        purpose="thanks",
        key=f"thanks:{invoice.id}:{newest}",
        invoice_id=invoice.id,
        now=now,
    )


def _no_longer_theirs(tx: sa.Connection, invoice: Invoice) -> str:
    """The codes of what an invoice bills and was taken back before it could be closed; "" when all is theirs."""
    billed = claims.on_invoice(tx, invoice.workspace_id, invoice.id)
    taken = {one.item_id for one in billed if one.status is ClaimStatus.RELEASED and one.item_id is not None}
    return ", ".join(sorted(item.code for item in items.many(tx, invoice.workspace_id, taken).values()))


def _tell_part(
    tx: sa.Connection, invoice: Invoice, entry: Entry, now: datetime, *, late: bool, but: int | None
) -> list[Parcel]:
    came = Money(entry.came, invoice.currency)
    rest = Money(max(invoice.amount_cents - entry.after.paid_cents, 0), invoice.currency)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    told = f"{who} paid {came} of {invoice.total}; {rest} is open."
    if late:
        told += " Their time to pay was over: what becomes of the items follows."
    key = f"part:{invoice.id}:{entry.after.paid_cents}"
    texts = texts_for(tx, invoice.workspace_id, invoice.buyer_id, invoice.show_id)
    return tell_operators(tx, invoice.workspace_id, told, key=key, now=now, but=but) + tell_buyer(
        tx,
        invoice.workspace_id,
        invoice.buyer_id,
        texts.say("part_thanks", paid=came, total=rest),
        purpose="thanks",
        key=key,
        invoice_id=invoice.id,
        now=now,
    )


def _tell_twice(tx: sa.Connection, invoice: Invoice, entry: Entry, now: datetime) -> list[Parcel]:
    """Money that came by two ways for the same thing is for the operator to send back."""
    over = min(entry.came, entry.after.paid_cents - invoice.amount_cents)
    if over <= 0 or len(entry.after.paid) < 2:
        return []
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"{who} paid twice: {Money(entry.after.paid_cents, invoice.currency)} came for an invoice of "
        f"{invoice.total}. {Money(over, invoice.currency)} is too much.",
        key=f"twice:{invoice.id}:{entry.after.paid_cents}",
        now=now,
        buttons=_refund_button(invoice, over),
    )


def _refund_button(invoice: Invoice, cents: int) -> list[list[Button]]:
    amount = Money(cents, invoice.currency)
    return [[Button(title=f"Refund {amount}", payload=f"refund of {invoice.id} {amount.plain()}")]]
