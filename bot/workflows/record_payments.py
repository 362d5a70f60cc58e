"""Records payments that operators tell of: cash, card, check, bank transfer; in parts, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from bot.domain.books import MANUAL, Method, Payment, PaymentStatus, meaning
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.explain_invoices import status_word
from bot.workflows.keep_books import Entry, add_up, books_of
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.settle_payments import enter_money
from bot.workflows.tell import Parcel, hand_over, tell_operators
from bot.workflows.void_invoices import next_try
from storage import buyers, invoices, payments

TAKES = (
    InvoiceStatus.DRAFT,
    InvoiceStatus.SENT,
    InvoiceStatus.PARTLY_PAID,
    InvoiceStatus.ERROR,
    InvoiceStatus.EXPIRED,
)
"""Where an invoice stands that an operator can write a payment on."""
UNDO_WITHIN = timedelta(days=7)
"""How long an operator may take back that something was paid."""
MOST_PARTS = 6

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sum that came one way."""

    method: Method
    cents: int | None
    """Minor units; None is all that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was written down, or taken back."""

    buyer: str
    invoice: Invoice
    """As it is now."""
    parts: tuple[Payment, ...]


async def record_payment(
    assistant: Assistant,
    workspace_id: int,
    invoice_id: int,
    parts: Sequence[Part],
    *,
    by: str,
    key: str = "",
    note: str = "",
    slip: dict[str, str] | None = None,
    but: int | None = None,
) -> Recorded:
    """Write down that an invoice was paid, or a part of it; the page at its provider is closed, or asks for the rest.

    With a `key` it is done once. Operators hear of it, `but` the one who is answered. Raises BadInput when it does not
    fit what is open.
    """
    deed = Deed.of(by, key)
    recorded, parcels = await assistant.database.write(
        _record, workspace_id, invoice_id, parts, deed, note, slip, but, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    await assistant.jobs.balance_invoice(workspace_id, invoice_id, recorded.invoice.tries)
    return recorded


async def undo_payment(
    assistant: Assistant, workspace_id: int, invoice_id: int, *, by: str, key: str = "", but: int | None = None
) -> Recorded:
    """Take back what was written down last for an invoice. Raises BadInput when there is nothing, or it is too late.

    Operators hear of it, `but` the one who is answered.
    """
    deed = Deed.of(by, key)
    recorded, parcels = await assistant.database.write(_undo, workspace_id, invoice_id, deed, but, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    await assistant.jobs.balance_invoice(workspace_id, invoice_id, recorded.invoice.tries)
    return recorded


def check_takes(invoice: Invoice, label: str) -> None:
    """Raises BadInput with why nothing can be written down as paid for this invoice of the buyer called `label`."""
    if invoice.is_being_made:
        raise BadInput(f"{label}'s invoice is being made right now. Try again in a minute.")
    if invoice.status not in TAKES:
        raise BadInput(f"{label}'s invoice is {status_word(invoice.status)} already.")
    if invoice.unpriced:
        code = invoice.unpriced[0]
        raise BadInput(f"{code} has no price yet. Set it with /item edit {code} 19.90 and send /invoice retry")


def _record(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    parts: Sequence[Part],
    deed: Deed,
    note: str,
    slip: dict[str, str] | None,
    but: int | None,
    now: datetime,
) -> tuple[Recorded, list[Parcel]]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id) if invoice else None
    if invoice is None or buyer is None:
        raise BadInput("There is no such invoice.")
    begin(tx, workspace_id, deed, now)
    check_takes(invoice, buyer.label)
    sums = _sums(invoice, parts, buyer.label)

    def write() -> list[int | None]:
        return [
            payments.add(
                tx,
                workspace_id,
                order_id=f"paid-{deed.key}-{place}",
                invoice_id=invoice_id,
                provider=MANUAL,
                account_id="",
                method=part.method.value,
                amount_cents=cents,
                currency=invoice.currency,
                status=PaymentStatus.PAID,
                note=note,
                by=deed.by,
                slip=slip,
                now=now,
            )
            for place, (part, cents) in enumerate(zip(parts, sums, strict=True), 1)
        ]

    made, parcels = enter_by_hand(tx, invoice, write, now, but=but)
    return _recorded(tx, invoice, buyer.label, [one for one in made if one is not None]), parcels


def enter_by_hand(
    tx: sa.Connection, invoice: Invoice, write: Callable[[], T], now: datetime, *, but: int | None = None
) -> tuple[T, list[Parcel]]:
    """Enter what `write` adds to the books of a locked invoice: its page asks for too much from then on.

    Operators hear of it, `but` the one who is answered.
    """
    if invoice.open_cents is None and invoice.is_placed:
        invoices.change(tx, invoice.workspace_id, invoice.id, open_cents=invoice.rest.amount)
    before = books_of(tx, invoice)
    made = write()
    books = add_up(tx, invoice)
    event = meaning(
        InvoiceEvent.PART_PAYMENT, paid=books.paid_cents, refunded=books.refunded_cents, total=invoice.amount_cents
    )
    parcels = enter_money(tx, invoice, Entry(event=event, before=before, after=books), now, but=but)
    next_try(tx, invoice.workspace_id, invoice.id)
    return made, parcels


def _sums(invoice: Invoice, parts: Sequence[Part], label: str) -> list[int]:
    """What each part comes to; at most one may be “all the rest”."""
    if not 1 <= len(parts) <= MOST_PARTS or sum(part.cents is None for part in parts) > 1:
        raise BadInput("Say how much came in each way, like: cash 20 card 15")
    said = sum(part.cents or 0 for part in parts)
    sums = [invoice.rest.amount - said if part.cents is None else part.cents for part in parts]
    if sum(sums) > invoice.rest.amount or any(cents <= 0 for cents in sums):
        raise BadInput(f"{label} owes {invoice.rest} on {invoice.number}, and no more can be written down as paid.")
    if invoice.status is InvoiceStatus.ERROR and sum(sums) < invoice.rest.amount:
        raise BadInput(
            f"{label}'s invoice was refused, so nothing would ask for the rest. First: /invoice retry. "
            f"Or write down all of it."
        )
    return sums


def _undo(
    tx: sa.Connection, workspace_id: int, invoice_id: int, deed: Deed, but: int | None, now: datetime
) -> tuple[Recorded, list[Parcel]]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id) if invoice else None
    if invoice is None or buyer is None:
        raise BadInput("There is no such invoice.")
    begin(tx, workspace_id, deed, now)
    books = books_of(tx, invoice)
    last = next((one for one in reversed(books.paid) if one.is_manual), None)
    if last is None:
        raise BadInput(f"Nothing was written down as paid for {buyer.label}'s invoice {invoice.number}.")
    if now - last.created_at > UNDO_WITHIN:
        raise BadInput(f"That was written down more than {UNDO_WITHIN.days} days ago. Send it back: /refund")
    if books.refunded_cents or any(one.payment_id == last.id for one in books.refunds):
        raise BadInput(f"Money of {invoice.number} went back already, so what was paid stays written down.")
    payments.change(tx, workspace_id, last.id, status=PaymentStatus.FAILED, note=f"taken back by {deed.by}")
    after_all = add_up(tx, invoice)
    event = InvoiceEvent.PART_UNPAID if after_all.paid_cents else InvoiceEvent.UNPAID
    status = invoice.status if after_all.paid_cents >= invoice.amount_cents else after(invoice.status, event)
    paid_at = {} if status is InvoiceStatus.PAID else {"paid_at": None}
    invoices.change(tx, workspace_id, invoice_id, status=status, tries=invoice.tries + 1, **paid_at)
    recorded = _recorded(tx, invoice, buyer.label, [last])
    amount = Money(last.amount_cents, last.currency)
    parcels = tell_operators(
        tx,
        workspace_id,
        f"{deed.by} took back that {buyer.label} paid {amount} ({Method(last.method).word}): "
        f"{recorded.invoice.rest} of {invoice.number} is open.",
        key=f"not-paid:{last.id}",
        now=now,
        but=but,
    )
    return recorded, parcels


def _recorded(tx: sa.Connection, invoice: Invoice, label: str, made: Sequence[int | Payment]) -> Recorded:
    again = invoices.get(tx, invoice.workspace_id, invoice.id)
    assert again is not None, "it is locked"
    found = (one if isinstance(one, Payment) else payments.get(tx, invoice.workspace_id, one) for one in made)
    return Recorded(buyer=label, invoice=again, parts=tuple(one for one in found if one is not None))
