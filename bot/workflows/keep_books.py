"""Keeps the books of money: what providers say came and went back, in any order and however often.

A provider's fact gives the whole of it: all that came for one page so far, all that went back of one payment so far.
So the larger figure counts, and hearing the smaller one again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.books import REFUND, Books, Payment, PaymentStatus, RefundStatus, meaning
from bot.domain.invoice import Invoice, InvoiceEvent
from storage import invoices, payments, refunds

CAME = frozenset({InvoiceEvent.PAYMENT, InvoiceEvent.PART_PAYMENT})
WENT_BACK = frozenset({InvoiceEvent.REFUND, InvoiceEvent.PART_REFUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a provider says about money."""

    event: InvoiceEvent
    amount: int | None
    """In minor units and in all; None when it does not say."""
    ref: str | None
    """The page at the provider."""
    payment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of the books."""

    event: InvoiceEvent
    """What it means for the invoice as a whole."""
    before: Books
    after: Books

    @property
    def came(self) -> int:
        """Money in minor units that nobody knew of before."""
        return self.after.paid_cents - self.before.paid_cents

    @property
    def went_back(self) -> int:
        """The same of money that went back; below zero when it came again."""
        return self.after.refunded_cents - self.before.refunded_cents


def books_of(tx: sa.Connection, invoice: Invoice) -> Books:
    """The books of an invoice, which whoever changes them holds."""
    return Books(
        payments=payments.of_invoice(tx, invoice.workspace_id, invoice.id),
        refunds=refunds.of_invoice(tx, invoice.workspace_id, invoice.id),
    )


def keep_books(tx: sa.Connection, invoice: Invoice, said: Said, now: datetime) -> Entry:
    """Write down what a provider says about the money of a locked invoice."""
    before = books_of(tx, invoice)
    if said.event in CAME:
        _came(tx, invoice, before, said, now)
    elif said.event in WENT_BACK:
        _went_back(tx, invoice, before, said, now)
    its_own = invoice.external_id is None or said.ref in (None, invoice.external_id)
    if said.event in CAME | WENT_BACK and invoice.open_cents is not None and its_own:
        came = books_of(tx, invoice).paid_cents - before.paid_cents
        over = said.event is not InvoiceEvent.PART_PAYMENT
        invoices.change(
            tx, invoice.workspace_id, invoice.id, open_cents=0 if over else max(invoice.open_cents - came, 0)
        )
    after = add_up(tx, invoice)
    event = meaning(said.event, paid=after.paid_cents, refunded=after.refunded_cents, total=invoice.amount_cents)
    return Entry(event=event, before=before, after=after)


def add_up(tx: sa.Connection, invoice: Invoice) -> Books:
    """Have a locked invoice say what its books come to."""
    books = books_of(tx, invoice)
    sums = {"paid_cents": books.paid_cents, "refunded_cents": books.refunded_cents}
    if books.payments and sums != {"paid_cents": invoice.paid_cents, "refunded_cents": invoice.refunded_cents}:
        invoices.change(tx, invoice.workspace_id, invoice.id, **sums)
    return books


def payment_for(tx: sa.Connection, invoice: Invoice, said: Said, now: datetime, *, least: int) -> Payment:
    """The payment that something which happened afterwards is about; `least` of it must have come.

    With nothing at least it may be one that nobody has heard of, and that waits.
    """
    books = books_of(tx, invoice)
    ref, payment_id = said.ref, said.payment_id
    named = next((one for one in books.payments if payment_id and one.payment_ref == payment_id), None)
    on_page = [one for one in books.payments if one.provider_ref == ref and ref is not None]
    found = named or next((one for one in on_page if payment_id is None or _may_be(one, said, least)), None)
    status = PaymentStatus.PAID if least else PaymentStatus.PENDING
    has = found.amount_cents if found is not None and found.status is PaymentStatus.PAID else 0
    if payment_id:
        _part_from(tx, invoice, books, [one for one in on_page if one != found], least - has)
    if found is None:
        return _write(tx, invoice, books, said, least, status, now)
    values: dict[str, object] = {}
    if payment_id and found.payment_ref is None:
        values["payment_ref"] = payment_id
    if least and found.status is not PaymentStatus.PAID:
        values |= {"status": status, "amount_cents": least, "paid_at": now}
    elif least > found.amount_cents:
        values["amount_cents"] = least
    if values:
        payments.change(tx, invoice.workspace_id, found.id, **values)
    again = payments.get(tx, invoice.workspace_id, found.id)
    assert again is not None, "payments are never deleted"
    return again


def _part_from(tx: sa.Connection, invoice: Invoice, books: Books, others: Sequence[Payment], cents: int) -> None:
    """What came on a page is told in all: so much of it is found to be another payment's, and no new money.

    Of what names no payment, so is what went back of it.
    """
    for one in others:
        stays = books.went_back(one) if one.payment_ref is not None else 0
        part = min(one.amount_cents - stays, cents) if one.status is PaymentStatus.PAID else 0
        if part > 0:
            cents -= part
            left = one.amount_cents - part
            back = min(one.refunded_cents, left)
            payments.change(tx, invoice.workspace_id, one.id, amount_cents=left, refunded_cents=back)


def _may_be(one: Payment, said: Said, least: int) -> bool:
    """Whether what names no payment may be all of the one that is named now.

    Not when more than `least` came with it and that is the whole of the payment, nor when more went back of it.
    """
    if one.payment_ref is not None:
        return False
    if one.status is not PaymentStatus.PAID or not least:
        return True
    return one.refunded_cents <= least and (said.event is not InvoiceEvent.REFUND or one.amount_cents <= least)


def _came(tx: sa.Connection, invoice: Invoice, books: Books, said: Said, now: datetime) -> None:
    """Raise what came on this page to what the provider says came on it in all."""
    on_page = [one for one in books.payments if said.ref is not None and one.provider_ref == said.ref]
    known = sum(one.amount_cents for one in on_page if one.status is PaymentStatus.PAID)
    amount = said.amount
    if amount is None:
        unknown = said.event is InvoiceEvent.PAYMENT and not known
        amount = max(invoice.amount_cents - books.paid_cents, 0) if unknown else known
    ours = [one for one in on_page if one.payment_ref == said.payment_id]
    waits = [one for one in on_page if one.status is not PaymentStatus.PAID]
    row = next(iter(ours or waits), None)
    more = amount - known
    if more <= 0:
        if said.payment_id and len(on_page) == 1 and on_page[0].payment_ref is None:
            payments.change(tx, invoice.workspace_id, on_page[0].id, payment_ref=said.payment_id)
    elif row is None:
        _write(tx, invoice, books, said, more, PaymentStatus.PAID, now)
    else:
        has = row.amount_cents if row.status is PaymentStatus.PAID else 0
        payments.change(
            tx,
            invoice.workspace_id,
            row.id,
            status=PaymentStatus.PAID,
            amount_cents=has + more,
            currency=invoice.currency,
            payment_ref=said.payment_id or row.payment_ref,
            paid_at=row.paid_at or now,
        )


def _went_back(tx: sa.Connection, invoice: Invoice, books: Books, said: Said, now: datetime) -> None:
    """Raise what went back of this payment, and settle those of our refunds that are among it."""
    on_page = [one for one in books.paid if said.ref is not None and one.provider_ref == said.ref]
    if said.payment_id is None and on_page:
        if said.event is InvoiceEvent.REFUND:
            _all_went_back(tx, invoice, books, on_page, said, now)
        return
    whole = max(invoice.amount_cents - books.paid_cents, 0) if said.event is InvoiceEvent.REFUND else 0
    payment = payment_for(tx, invoice, said, now, least=whole if said.amount is None else said.amount)
    amount = said.amount
    if amount is None:
        amount = payment.amount_cents if said.event is InvoiceEvent.REFUND else payment.refunded_cents
    _raise_back(tx, invoice, payment, amount, now)


def _all_went_back(
    tx: sa.Connection, invoice: Invoice, books: Books, on_page: Sequence[Payment], said: Said, now: datetime
) -> None:
    """Everything that came on a page went back, whatever its payments are: each of them tells of itself as well."""
    unheard = (said.amount or 0) - sum(one.amount_cents for one in on_page)
    nameless = next((one for one in on_page if one.payment_ref is None), None)
    if unheard > 0 and nameless is not None:
        payments.change(tx, invoice.workspace_id, nameless.id, amount_cents=nameless.amount_cents + unheard)
    elif unheard > 0:
        _write(tx, invoice, books, said, unheard, PaymentStatus.PAID, now)
    for one in books_of(tx, invoice).paid:
        if one.provider_ref == said.ref:
            _raise_back(tx, invoice, one, one.amount_cents, now)


def _raise_back(tx: sa.Connection, invoice: Invoice, payment: Payment, amount: int, now: datetime) -> None:
    """Raise what went back of a payment, and settle those of our refunds that are among it."""
    if amount <= payment.refunded_cents:
        return
    payments.change(tx, invoice.workspace_id, payment.id, refunded_cents=amount)
    settled = 0
    for refund in refunds.of_invoice(tx, invoice.workspace_id, invoice.id):
        if refund.payment_id != payment.id or refund.kind != REFUND:
            continue
        if refund.status is RefundStatus.PENDING and settled + refund.amount_cents <= amount:
            refunds.change(tx, invoice.workspace_id, refund.id, status=RefundStatus.SUCCEEDED, settled_at=now)
        if refund.status in (RefundStatus.PENDING, RefundStatus.SUCCEEDED):
            settled += refund.amount_cents


def _write(
    tx: sa.Connection,
    invoice: Invoice,
    books: Books,
    said: Said,
    amount: int,
    status: PaymentStatus,
    now: datetime,
) -> Payment:
    made = payments.add(
        tx,
        invoice.workspace_id,
        order_id=f"invoice-{invoice.id}-{len(books.payments) + 1}",
        invoice_id=invoice.id,
        provider=invoice.provider,
        account_id=invoice.account_id,
        provider_ref=said.ref,
        payment_ref=said.payment_id,
        amount_cents=amount,
        currency=invoice.currency,
        status=status,
        now=now,
    )
    assert made is not None, "the invoice is locked, and its payments are numbered"
    payment = payments.get(tx, invoice.workspace_id, made)
    assert payment is not None, "it was just written"
    return payment
