"""Releases and awards: an operator's word on who has an item, and everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus
from bot.domain.invoice import HAS_MONEY, Invoice, InvoiceStatus
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows import move_claims
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import Deed, DoneBefore, begin
from bot.workflows.stock_options import check_one
from bot.workflows.tell import Parcel, hand_over, label_of
from bot.workflows.tell_promoted import tell_promoted, tell_released
from bot.workflows.void_invoices import TO_BE_VOIDED, order_void
from storage import buyers, claims, deeds, invoices, items, shows

KEEPS_MONEY = HAS_MONEY - {InvoiceStatus.REFUNDED}
"""Where an invoice stands whose items are not taken back: money first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A claim that was taken back, and what became of the piece."""

    claim: Claim
    buyer: str
    promoted: tuple[tuple[Claim, str], ...]
    """Who got it instead, with what they are called."""
    item: Item | None
    voided: Invoice | None
    """The unpaid invoice that billed it; it is being voided."""
    rest: bool
    """Whether its buyer has won something else that can be billed when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awarded:
    """A claim that an operator gave."""

    claim: Claim
    item: Item


async def release_claim(assistant: Assistant, workspace_id: int, claim_id: int, *, by: str, key: str = "") -> Released:
    """Take a claim back; the next in line gets it, and an unpaid invoice with it on is voided.

    With a `key` it is done once. Raises BadInput when it cannot be taken back.
    """
    deed = Deed.of(by, key)
    released, parcels = await assistant.database.write(_release, workspace_id, claim_id, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    if released.voided is not None:
        await order_void(assistant, workspace_id, released.voided.id)
    return released


async def award_item(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    item_id: int,
    buyer_id: int,
    *,
    quantity: int | None,
    by: str,
    key: str = "",
) -> Awarded:
    """Give an item to a buyer, out of turn if need be; one who waits leaves the line for it.

    Without a quantity it is what they wait for, else one. With a `key` it is done once. Raises BadInput when not
    enough is left.
    """
    deed = Deed.of(by, key)
    awarded, parcels = await assistant.database.write(
        _award, workspace_id, show_id, item_id, buyer_id, quantity, deed, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    return awarded


def _release(
    tx: sa.Connection, workspace_id: int, claim_id: int, deed: Deed, now: datetime
) -> tuple[Released, list[Parcel]]:
    found = claims.get(tx, workspace_id, claim_id)
    show = shows.lock(tx, workspace_id, found.show_id) if found else None
    claim = claims.get(tx, workspace_id, claim_id)  # again, now that nobody else can move it
    if show is None or claim is None or claim.status not in ACTIVE:
        if deeds.is_kept(tx, workspace_id, deed.key):
            raise DoneBefore
        raise BadInput("That claim is released already.")
    begin(tx, workspace_id, deed, now)
    label = label_of(tx, workspace_id, claim.buyer_id)
    claim, billed = with_its_invoice(tx, workspace_id, claim)
    if billed is not None:
        _check_not_paid(billed, claim, label)
    moved = move_claims.release(
        tx, workspace_id, show, claim, kind="release", reason=f"released by {deed.by}", deed=deed, now=now
    )
    known = buyers.many(tx, workspace_id, [won.buyer_id for won in moved.promoted if won.buyer_id is not None])
    released = Released(
        claim=claim,
        buyer=label,
        promoted=tuple((won, known[won.buyer_id].label) for won in moved.promoted if won.buyer_id in known),
        item=items.by_code(tx, workspace_id, show.id, claim.item_code),
        voided=billed if billed is not None and billed.status in TO_BE_VOIDED else None,
        rest=any(
            one.status is ClaimStatus.WINNER and one.invoice_id in (None, claim.invoice_id)
            for one in claims.active(tx, workspace_id, show.id, buyer_id=claim.buyer_id)
        ),
    )
    parcels = tell_promoted(tx, workspace_id, moved.promoted, now)
    if show.rules.answers:
        parcels += tell_released(tx, workspace_id, claim, now)
    return released, parcels


def with_its_invoice(tx: sa.Connection, workspace_id: int, claim: Claim) -> tuple[Claim, Invoice | None]:
    """A claim beside the invoice that bills it, held: while we waited for one, its claims may have gone to the next."""
    while claim.invoice_id is not None:
        billed = invoices.lock(tx, workspace_id, claim.invoice_id)
        again = claims.get(tx, workspace_id, claim.id)
        assert again is not None, "claims are never deleted"
        if again.invoice_id == claim.invoice_id:
            return again, billed
        claim = again
    return claim, None


def _check_not_paid(invoice: Invoice, claim: Claim, label: str) -> None:
    if invoice.is_covered:
        raise BadInput(f"{label}'s {claim.item_code} is covered by coupon or credit. Void that first: /void {label}")
    if invoice.status in KEEPS_MONEY:
        raise BadInput(
            f"{label} paid for {claim.item_code} already (invoice {invoice.number}). "
            f"Send the money back first: /refund {label}"
        )
    if invoice.is_being_made:
        raise BadInput(f"{label}'s invoice is being made right now. Try again in a minute.")


def _award(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    item_id: int,
    buyer_id: int,
    quantity: int | None,
    deed: Deed,
    now: datetime,
) -> tuple[Awarded, list[Parcel]]:
    show = shows.lock(tx, workspace_id, show_id)
    item = items.lock(tx, workspace_id, [item_id]).get(item_id)
    buyer = buyers.get(tx, workspace_id, buyer_id)
    if show is None or item is None or buyer is None:
        raise BadInput("That item is gone. Send /item list")
    buyer_id = buyer.id  # whom they turned out to be, when they were merged meanwhile
    check_one(tx, workspace_id, item)
    begin(tx, workspace_id, deed, now)
    held = claims.active(tx, workspace_id, show_id, buyer_id=buyer_id, item_id=item_id)
    offered = next((claim for claim in held if claim.status is ClaimStatus.OFFERED), None)
    waiting = offered or next((claim for claim in held if claim.status is ClaimStatus.WAITLISTED), None)
    has = sum(claim.quantity for claim in held if claim.status is ClaimStatus.WINNER)
    if quantity is None and waiting is None and has:
        raise BadInput(
            f"{buyer.label} has {item.code} ×{has} already. For one more: /award {item.code} {buyer.label} x1"
        )
    pieces = quantity or (waiting.quantity if waiting else 1)
    if offered is not None and pieces != offered.quantity:
        raise BadInput(
            f"{buyer.label} is being offered {item.code} ×{offered.quantity}. To give it to them: "
            f"/award {item.code} {buyer.label}. For another number, first: /release {item.code} {buyer.label}"
        )
    if offered is None and pieces > item.left:
        raise BadInput(_not_enough(item, buyer.label, pieces))
    fits = waiting if waiting is not None and waiting.quantity == pieces else None
    given = move_claims.award(tx, workspace_id, show, item, buyer_id, quantity=pieces, waiting=fits, deed=deed, now=now)
    parcels = tell_promoted(tx, workspace_id, [given], now)
    if waiting is not None and fits is None:
        moved = move_claims.release(
            tx,
            workspace_id,
            show,
            waiting,
            kind="release",
            reason=f"awarded ×{pieces} instead",
            deed=deed,
            now=now,
        )
        parcels += tell_promoted(tx, workspace_id, moved.promoted, now)
    return Awarded(claim=given, item=_again(tx, workspace_id, item)), parcels


def _not_enough(item: Item, label: str, pieces: int) -> str:
    left = f"only {item.left} of {item.quantity} left" if item.left else f"all {item.quantity} are won"
    line = f" {item.waiting} wait in line and come first." if item.waiting else ""
    more = item.won + item.waiting + pieces
    return (
        f"{item.code}: {left}.{line} If there are more pieces: /item edit {item.code} x{more} "
        f"and then /award {item.code} {label}"
    )


def _again(tx: sa.Connection, workspace_id: int, item: Item) -> Item:
    return items.lock(tx, workspace_id, [item.id])[item.id]
