"""Orders refunds: how much goes back, of which payments and by whom, reserved here and sent by a durable job each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability
from adapters.registry import provider_class
from bot.domain.books import DISPUTE, UNSETTLED, Books, Method, Payment, RefundStatus
from bot.domain.invoice import HAS_MONEY, Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.keep_books import Said, add_up, books_of, keep_books
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.settle_refunds import money_went_back
from bot.workflows.tell import Parcel, hand_over
from storage import buyers, invoices, refunds


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What goes back now."""

    buyer: str
    invoice: Invoice
    sent: Money
    """By the provider."""
    by_hand: tuple[tuple[Money, Method], ...]
    """What the operator has to hand back, and which way it came."""


async def order_refund(
    assistant: Assistant,
    workspace_id: int,
    invoice_id: int,
    cents: int | None,
    *,
    by: str,
    key: str = "",
    reason: str = "",
    but: int | None = None,
) -> Ordered:
    """Have so much of what came for an invoice sent back, in minor units; all there is without a sum.

    With a `key` it is done once. Operators hear of what is handed back, `but` the one who is answered. Raises BadInput
    when it cannot be, or not so much.
    """
    deed = Deed.of(by, key)
    ordered, going, parcels = await assistant.database.write(
        _order, workspace_id, invoice_id, cents, deed, reason, but, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    for refund_id in going:
        await assistant.jobs.refund(workspace_id, refund_id, 1)
    return ordered


async def refund_again(assistant: Assistant, workspace_id: int, refund_id: int, *, by: str) -> Ordered | None:
    """Try a refund again: one that failed anew, and one that nobody knows of by asking first. None when it is going.

    Raises BadInput when it is settled.
    """
    refund = await assistant.database.read(refunds.get, workspace_id, refund_id)
    if refund is None or refund.invoice_id is None or refund.kind == DISPUTE:
        raise BadInput("There is no such refund.")
    if refund.status is RefundStatus.FAILED:
        amount, key = refund.amount_cents, f"refund-again-{refund_id}"
        return await order_refund(
            assistant, workspace_id, refund.invoice_id, amount, by=by, key=key, reason=refund.reason
        )
    if refund.status is not RefundStatus.ASKED:
        raise BadInput("That refund is on its way, or has arrived.")
    tries = refund.tries + 1
    await assistant.database.write(_note_try, workspace_id, refund_id, tries)
    await assistant.jobs.refund(workspace_id, refund_id, tries)
    return None


def _note_try(tx: sa.Connection, workspace_id: int, refund_id: int, tries: int) -> None:
    refunds.change(tx, workspace_id, refund_id, tries=tries)


def _order(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    cents: int | None,
    deed: Deed,
    reason: str,
    but: int | None,
    now: datetime,
) -> tuple[Ordered, list[int], list[Parcel]]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id) if invoice else None
    if invoice is None or buyer is None:
        raise BadInput("There is no such invoice.")
    begin(tx, workspace_id, deed, now)
    before = _books(tx, invoice, now)
    wanted = _checked(invoice, before, buyer.label, cents)
    going: list[int] = []
    by_hand: list[tuple[Money, Method]] = []
    for payment in sorted(before.paid, key=lambda one: (one.is_manual, -one.id)):
        part = min(before.available(payment), wanted)
        if not part:
            continue
        wanted -= part
        if not payment.is_manual:
            _check_offered(payment, buyer.label)
        status = RefundStatus.SUCCEEDED if payment.is_manual else RefundStatus.ASKED
        made = refunds.add(
            tx, workspace_id, payment, amount_cents=part, status=status, reason=reason, by=deed.by, now=now
        )
        if payment.is_manual:
            by_hand.append((Money(part, invoice.currency), Method(payment.method)))
        else:
            going.append(made)
    parcels = money_went_back(tx, invoice, before, add_up(tx, invoice), now, but=but) if by_hand else []
    sent = sum(one.amount_cents for one in refunds.of_invoice(tx, workspace_id, invoice_id) if one.id in going)
    again = invoices.get(tx, workspace_id, invoice_id)
    assert again is not None, "it is locked"
    ordered = Ordered(buyer=buyer.label, invoice=again, sent=Money(sent, invoice.currency), by_hand=tuple(by_hand))
    return ordered, going, parcels


def _books(tx: sa.Connection, invoice: Invoice, now: datetime) -> Books:
    """The books of an invoice; what was paid before there were books is written down now."""
    books = books_of(tx, invoice)
    if not books.paid and invoice.status in HAS_MONEY and invoice.paid_cents and invoice.external_id is not None:
        said = Said(event=InvoiceEvent.PAYMENT, amount=invoice.paid_cents, ref=invoice.external_id)
        return keep_books(tx, invoice, said, now).after
    return books


def _checked(invoice: Invoice, books: Books, label: str, cents: int | None) -> int:
    """How much goes back. Raises BadInput with how much may."""
    if invoice.is_covered:
        raise BadInput(
            f"There is no money in {label}'s invoice: coupon or credit covers it. To give that back: /void {label}"
        )
    paid, back = Money(books.paid_cents, invoice.currency), Money(books.refunded_cents, invoice.currency)
    if not paid.amount:
        raise BadInput(f"Nothing was paid for {label}'s invoice {invoice.number}, so nothing can go back.")
    available = Money(books.available_cents, invoice.currency)
    if not available.amount:
        under_way = any(one.status in UNSETTLED for one in books.refunds)
        where = "is on its way back, disputed, or back already" if under_way else "went back already"
        raise BadInput(f"All that {label} paid for {invoice.number} {where}.")
    if cents is not None and cents > available.amount:
        went = f", and {back} went back" if back.amount else ""
        raise BadInput(f"{label} paid {paid} for {invoice.number}{went}: at most {available} can be sent back.")
    return available.amount if cents is None else cents


def _check_offered(payment: Payment, label: str) -> None:
    provider = provider_class(payment.provider)
    if Capability.REFUND not in provider.capabilities:
        raise BadInput(f"{provider.display_name} takes no refunds from here. Send it back to {label} in its dashboard.")
