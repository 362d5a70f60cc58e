"""Moves claims on after they were decided: releasing, awarding, and closing up the line behind.

Every function here runs inside a write transaction on a show that the caller has locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, promote
from bot.domain.show import Item, Show
from bot.workflows.keep_deeds import Deed
from storage import claims, items, ledger, shows

NEXT_IN_LINE = "next in line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move did to a claim and to the line behind it."""

    claim: Claim
    promoted: tuple[Claim, ...]


def release(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    claim: Claim,
    *,
    kind: str,
    reason: str,
    now: datetime,
    deed: Deed | None = None,
) -> Moved:
    """Take an item back from a buyer, or a buyer out of the line; whoever is next gets what is free.

    Without a deed it is no operator's doing, and nothing that can be undone.
    """
    assert claim.status in ACTIVE, "only an active claim can be released"
    claims.move(tx, workspace_id, claim.id, status=ClaimStatus.RELEASED, reason=reason, now=now)
    if claim.item_id is not None:
        item = items.lock(tx, workspace_id, [claim.item_id])[claim.item_id]
        if claim.status is ClaimStatus.WINNER:
            items.change(tx, workspace_id, item.id, won=item.won - claim.quantity)
        else:
            items.change(tx, workspace_id, item.id, waiting=item.waiting - 1)
            claims.close_ranks(tx, workspace_id, item.id, behind=claim.position or 0)
    promoted = () if claim.item_id is None else serve_line(tx, workspace_id, claim.item_id, now)
    write_down(
        tx,
        workspace_id,
        show,
        kind=kind,
        buyer_id=claim.buyer_id,
        status=ClaimStatus.RELEASED.value,
        reason=reason,
        entry={
            "claim": claim.id,
            "item": claim.item_code,
            "was": _was(claim),
            "promoted": [winner.id for winner in promoted],
            **(deed.marks if deed is not None else {}),
        },
        now=now,
    )
    shows.note(tx, workspace_id, show.id, now)
    return Moved(claim=claim, promoted=promoted)


def serve_line(tx: sa.Connection, workspace_id: int, item_id: int, now: datetime) -> tuple[Claim, ...]:
    """Give what is free of an item to the first in line, and close the line up."""
    item = items.lock(tx, workspace_id, [item_id])[item_id]
    line = claims.waiters(tx, workspace_id, item_id)
    winners, rest = promote(item.left, line)
    if not winners:
        return ()
    taken = sum(waiter.quantity for waiter in line if waiter.claim_id in winners)
    items.change(tx, workspace_id, item_id, won=item.won + taken, waiting=len(rest))
    for claim_id in winners:
        claims.move(tx, workspace_id, claim_id, status=ClaimStatus.WINNER, reason=NEXT_IN_LINE, now=now)
    claims.close_ranks(tx, workspace_id, item_id, behind=len(winners), by=len(winners))
    found = (claims.get(tx, workspace_id, claim_id) for claim_id in winners)
    return tuple(claim for claim in found if claim is not None)


def award(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    item: Item,
    buyer_id: int,
    *,
    quantity: int,
    waiting: Claim | None,
    deed: Deed,
    now: datetime,
    settles: Claim | None = None,
) -> Claim:
    """Give an item to a buyer on an operator's word; one who was waiting leaves the line for it.

    A claim that had no item yet is settled by it: the award is a claim of its own, and nobody is given that item
    twice. The caller has checked that enough is left.
    """
    assert quantity <= item.left, "never more than there is"
    reason = f"awarded by {deed.by}"
    seq = write_down(
        tx,
        workspace_id,
        show,
        kind="award",
        buyer_id=buyer_id,
        status=ClaimStatus.WINNER.value,
        reason=reason,
        entry={
            "item": item.code,
            "quantity": quantity,
            "claim": waiting.id if waiting else None,
            "was": _was(waiting) if waiting else None,
            "settles": {"claim": settles.id, "reason": settles.reason} if settles else None,
            **deed.marks,
        },
        now=now,
    )
    if waiting is not None:
        claims.move(tx, workspace_id, waiting.id, status=ClaimStatus.WINNER, reason=reason, now=now)
        claims.close_ranks(tx, workspace_id, item.id, behind=waiting.position or 0)
    else:
        given = ledger.NewClaim(
            seq=seq,
            wish=0,
            item_id=item.id,
            item_code=item.code,
            buyer_id=buyer_id,
            quantity=quantity,
            options=(),
            status=ClaimStatus.WINNER.value,
            reason=reason,
            position=None,
        )
        ledger.write_claims(tx, workspace_id, show.id, [given], now)
    if settles is not None:
        reason = f"has {item.code}, awarded by {deed.by}"
        claims.move(tx, workspace_id, settles.id, status=ClaimStatus.DUPLICATE, reason=reason, now=now)
    items.change(
        tx,
        workspace_id,
        item.id,
        won=item.won + quantity,
        waiting=item.waiting - (1 if waiting is not None else 0),
    )
    shows.note(tx, workspace_id, show.id, now)
    held = claims.active(tx, workspace_id, show.id, buyer_id=buyer_id, item_id=item.id)
    return next(claim for claim in held if claim.seq == seq or (waiting is not None and claim.id == waiting.id))


def note_item(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    what: str,
    *,
    before: Item | None,
    after: Item | None,
    now: datetime,
    deed: Deed | None = None,
    promoted: Iterable[Claim] = (),
    claim_ids: Iterable[int] = (),
) -> None:
    """Write into the ledger that an item was added, changed or removed.

    Replay needs to know the stock of the moment; undoing needs what the item was, who was `promoted` by the change,
    and which claims (`claim_ids`) lost the item they named. Without a deed it is nothing that can be undone.
    """
    item = after or before
    assert item is not None, "a change is about an item"
    entry = {
        "item": item.code,
        "before": _fields(before),
        "after": _fields(after),
        "promoted": [claim.id for claim in promoted],
        "claims": list(claim_ids),
        **(deed.marks if deed is not None else {}),
    }
    write_down(tx, workspace_id, show, kind="item", verb=what, reason=what, entry=entry, now=now)


def write_down(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    *,
    kind: str,
    reason: str,
    entry: Mapping[str, Any],
    now: datetime,
    verb: str = "",
    buyer_id: int | None = None,
    status: str = "",
) -> int:
    """Append what was no comment to the ledger; returns its number there."""
    seq = shows.take_seq(tx, workspace_id, show)
    written = ledger.Entry(
        seq=seq,
        kind=kind,
        channel_id=None,
        feed_id="",
        comment_id=None,
        verb=verb,
        revision=0,
        buyer_id=buyer_id,
        text="",
        status=status,
        reason=reason,
        commented_at=now,
        entry=entry,
    )
    ledger.write_entries(tx, workspace_id, show.id, [written], now)
    return seq


def _was(claim: Claim) -> dict[str, Any]:
    return {
        "status": claim.status.value,
        "reason": claim.reason,
        "position": claim.position,
        "invoice": claim.invoice_id,
    }


def _fields(item: Item | None) -> dict[str, Any] | None:
    if item is None:
        return None
    return {
        "id": item.id,
        "title": item.title,
        "price_cents": item.price_cents,
        "quantity": item.quantity,
        "options": item.options,
        "open": item.open,
        "bundle_pieces": item.bundle_pieces,
        "bundle_cents": item.bundle_cents,
    }
