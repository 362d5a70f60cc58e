"""Draws bills: what a buyer's claims come to, with the coupon and the credit that an invoice takes, and gives back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from adapters.registry import provider_class
from bot.domain.bill import Before, Bill, Won, draw
from bot.domain.claim import Claim, ClaimStatus
from bot.domain.coupon import Coupon
from bot.domain.invoice import Invoice, InvoiceStatus, LineKind
from bot.domain.pricing import ShippingKind
from bot.domain.show import Item, Show
from storage import claims, coupons, credits, invoices, items, terms

BILLED = (
    InvoiceStatus.DRAFT,
    InvoiceStatus.SENT,
    InvoiceStatus.PARTLY_PAID,
    InvoiceStatus.PAID,
    InvoiceStatus.PARTLY_REFUNDED,
)
"""Invoices whose shipping counts as billed, once the provider has them."""


def draft_bill(
    tx: sa.Connection,
    show: Show,
    buyer_id: int,
    billed: Iterable[Claim],
    by_id: Mapping[int, Item],
    *,
    provider: str,
    now: datetime,
    instead_of: Collection[int] = (),
) -> Bill:
    """The bill for these claims as it would be drawn now; nothing is taken for it.

    What the invoices it is drawn `instead_of` use of coupons and credit counts as free.
    """
    credit = credits.balance(tx, show.workspace_id, buyer_id, show.currency)
    credit += credits.used_by(tx, show.workspace_id, instead_of)
    return _draft(tx, show, buyer_id, billed, by_id, provider, now, instead_of, credit)[0]


def keep_bill(tx: sa.Connection, show: Show, invoice: Invoice, now: datetime) -> Bill:
    """Draw the bill of a locked invoice of this show that the provider does not have yet, and take what it uses.

    Doing it again takes nothing twice: what the invoice uses already is its own.
    """
    workspace_id = invoice.workspace_id
    billed = claims.on_invoice(tx, workspace_id, invoice.id)
    by_id = items.many(tx, workspace_id, {claim.item_id for claim in billed if claim.item_id is not None})
    free = credits.lock(tx, workspace_id, invoice.buyer_id, invoice.currency)
    used = 0 if free is None else credits.used_by(tx, workspace_id, [invoice.id])
    what = (tx, show, invoice.buyer_id, billed, by_id, invoice.provider, now, (invoice.id,), (free or 0) + used)
    bill, coupon = _draft(*what)
    if not _take_coupon(tx, invoice, bill, coupon):
        bill, _ = _draft(*what, with_coupon=False)
    _move_credit(tx, invoice, used - bill.credit_cents, now)
    if bill.lines != invoice.lines:
        invoices.rewrite_lines(tx, workspace_id, invoice.id, bill.lines)
    return bill


def give_credit_back(tx: sa.Connection, invoice: Invoice, now: datetime) -> None:
    """Let go of the credit of a locked invoice whose money went back; doing it again does nothing."""
    credits.lock(tx, invoice.workspace_id, invoice.buyer_id, invoice.currency)
    _move_credit(tx, invoice, credits.used_by(tx, invoice.workspace_id, [invoice.id]), now)


def give_back(tx: sa.Connection, invoice: Invoice, now: datetime) -> None:
    """Let go of the coupon and the credit of a locked invoice that will not be paid; doing it again does nothing."""
    give_credit_back(tx, invoice, now)
    coupons.give_back(tx, invoice.workspace_id, invoice.id)


def _draft(
    tx: sa.Connection,
    show: Show,
    buyer_id: int,
    billed: Iterable[Claim],
    by_id: Mapping[int, Item],
    provider: str,
    now: datetime,
    instead_of: Collection[int],
    credit_cents: int,
    with_coupon: bool = True,
) -> tuple[Bill, Coupon | None]:
    agreed = terms.of(tx, show.workspace_id, show.id, buyer_id)
    coupon = None
    if with_coupon and agreed.coupon_id is not None:
        coupon = _usable(tx, show, buyer_id, agreed.coupon_id, now, instead_of)
    ships = show.pricing.shipping.kind is not ShippingKind.NONE and not agreed.pickup
    bill = draw(
        [
            Won(item=by_id[claim.item_id], options=claim.options, quantity=claim.quantity)
            for claim in billed
            if claim.item_id is not None and claim.status is ClaimStatus.WINNER
        ],
        show.currency,
        show.pricing,
        before=_before(tx, show, buyer_id, instead_of) if ships else Before(),
        pickup=agreed.pickup,
        coupon=coupon,
        credit_cents=credit_cents,
        least_cents=provider_class(provider).least_charge(show.currency),
    )
    return bill, coupon


def _usable(
    tx: sa.Connection, show: Show, buyer_id: int, coupon_id: int, now: datetime, instead_of: Collection[int]
) -> Coupon | None:
    coupon = coupons.get(tx, show.workspace_id, coupon_id)
    if coupon is None or coupon.id in coupons.on_invoices(tx, show.workspace_id, instead_of):
        return coupon
    if coupon.why_not(show.currency, now) or coupons.used_by(tx, show.workspace_id, coupon.id, buyer_id) is not None:
        return None
    return coupon


def _before(tx: sa.Connection, show: Show, buyer_id: int, instead_of: Collection[int]) -> Before:
    """What is in the parcel already: of this show, and of the shows just before it that are sent later."""
    theirs = [
        invoice
        for invoice in invoices.of_buyer(tx, show.workspace_id, buyer_id, currency=show.currency, statuses=BILLED)
        if invoice.show_id <= show.id
        and invoice.id not in instead_of
        and (invoice.status is not InvoiceStatus.DRAFT or invoice.is_placed)
    ]
    parcel = {show.id}
    later = terms.later_shows(tx, show.workspace_id, buyer_id)
    for show_id in sorted({invoice.show_id for invoice in theirs} - parcel, reverse=True):
        if show_id not in later:
            break
        parcel.add(show_id)
    lines = [line for invoice in theirs if invoice.show_id in parcel for line in invoice.lines]
    return Before(
        pieces=sum(line.quantity for line in lines if line.kind is LineKind.ITEM),
        goods_cents=sum(line.amount_cents for line in lines if line.kind in (LineKind.ITEM, LineKind.DISCOUNT)),
        shipping_cents=sum(line.amount_cents for line in lines if line.kind is LineKind.SHIPPING),
    )


def _take_coupon(tx: sa.Connection, invoice: Invoice, bill: Bill, coupon: Coupon | None) -> bool:
    """Have the invoice use the coupon its bill counts on, and no other; False when somebody was faster."""
    held = coupons.on_invoices(tx, invoice.workspace_id, [invoice.id])
    wanted = [coupon.id] if coupon is not None and bill.coupon_cents else []
    if held == wanted:
        return True
    coupons.give_back(tx, invoice.workspace_id, invoice.id)
    return all(coupons.use(tx, invoice.workspace_id, one, invoice.buyer_id, invoice.id) for one in wanted)


def _move_credit(tx: sa.Connection, invoice: Invoice, cents: int, now: datetime) -> None:
    if not cents:
        return
    moved = credits.move(
        tx,
        invoice.workspace_id,
        invoice.buyer_id,
        currency=invoice.currency,
        amount_cents=cents,
        reason=f"{'used by' if cents < 0 else 'given back by'} {invoice.number}",
        invoice_id=invoice.id,
        now=now,
    )
    assert moved, "the balance is locked, and was enough"
