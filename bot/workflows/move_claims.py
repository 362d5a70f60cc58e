"""Moves claims on after they were decided: releasing, awarding, and closing up the line behind.

Every function here runs inside a write transaction on a show that the caller has locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, HOLDING, Claim, ClaimStatus, promote
from bot.domain.show import Item, Show
from bot.workflows.keep_deeds import Deed
from storage import claims, holds, items, ledger, shows

NEXT_IN_LINE = "next in line"
TURN = "next in line, who is asked"


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
    verb: str = "",
    serve: bool = True,
) -> Moved:
    """Take an item back from a buyer, or a buyer out of the line; whoever is next gets what is free.

    Without a deed it is no operator's doing, and nothing that can be undone. Whoever takes many back at once has the
    line served when all are free (`serve_freed`).
    """
    assert claim.status in ACTIVE, "only an active claim can be released"
    claims.move(tx, workspace_id, claim.id, status=ClaimStatus.RELEASED, reason=reason, now=now)
    if claim.item_id is not None:
        item = items.lock(tx, workspace_id, [claim.item_id])[claim.item_id]
        if claim.status in HOLDING:
            items.change(tx, workspace_id, item.id, won=item.won - claim.quantity)
        else:
            items.change(tx, workspace_id, item.id, waiting=item.waiting - 1)
            claims.close_ranks(tx, workspace_id, item.id, behind=claim.position or 0)
    promoted = serve_line(tx, workspace_id, show, claim.item_id, now) if serve and claim.item_id is not None else ()
    write_down(
        tx,
        workspace_id,
        show,
        kind=kind,
        verb=verb,
        buyer_id=claim.buyer_id,
        status=ClaimStatus.RELEASED.value,
        reason=reason,
        entry={
            "claim": claim.id,
            "item": claim.item_code,
            "was": was(claim),
            "promoted": [winner.id for winner in promoted],
            **(deed.marks if deed is not None else {}),
        },
        now=now,
    )
    shows.note(tx, workspace_id, show.id, now)
    return Moved(claim=claim, promoted=promoted)


def serve_freed(
    tx: sa.Connection, workspace_id: int, show: Show, item_id: int, code: str, now: datetime
) -> tuple[Claim, ...]:
    """Serve the line of an item of which pieces were taken back without it, as an entry of its own."""
    promoted = serve_line(tx, workspace_id, show, item_id, now)
    if promoted:
        entry = {"item": code, "promoted": [claim.id for claim in promoted]}
        write_down(tx, workspace_id, show, kind="turn", verb="served", reason=NEXT_IN_LINE, entry=entry, now=now)
    return promoted


def serve_line(tx: sa.Connection, workspace_id: int, show: Show, item_id: int, now: datetime) -> tuple[Claim, ...]:
    """Give what is free of an item to the first in line, or ask them where a show has turns; close the line up."""
    item = items.lock(tx, workspace_id, [item_id])[item_id]
    line = claims.waiters(tx, workspace_id, item_id)
    winners, rest = promote(item.left, line)
    if not winners:
        return ()
    taken = sum(waiter.quantity for waiter in line if waiter.claim_id in winners)
    items.change(tx, workspace_id, item_id, won=item.won + taken, waiting=len(rest))
    status, reason, until = ClaimStatus.WINNER, NEXT_IN_LINE, None
    if (minutes := show.rules.turn_minutes) is not None:
        status, reason, until = ClaimStatus.OFFERED, TURN, now + timedelta(minutes=minutes)
    for claim_id in winners:
        claims.move(tx, workspace_id, claim_id, status=status, reason=reason, due_at=until, now=now)
    if until is None:
        holds.begin(tx, workspace_id, show, winners, now)
    claims.close_ranks(tx, workspace_id, item_id, behind=len(winners), by=len(winners))
    return tuple(claims.many(tx, workspace_id, winners))


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
    offered = waiting is not None and waiting.status is ClaimStatus.OFFERED
    more = 0 if offered else quantity  # what is offered is set aside already
    assert more <= item.left, "never more than there is"
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
            "was": was(waiting) if waiting else None,
            "settles": {"claim": settles.id, "reason": settles.reason} if settles else None,
            **deed.marks,
        },
        now=now,
    )
    if waiting is not None:
        claims.move(tx, workspace_id, waiting.id, status=ClaimStatus.WINNER, reason=reason, now=now)
        if not offered:
            claims.close_ranks(tx, workspace_id, item.id, behind=waiting.position or 0)
    else:
        given = ledger.NewClaim(
            seq=seq,
            wish=0,
            item_id=item.id,
            item_code=item.code,
            buyer_id=buyer_id,
            quantity=quantity,
            options=item.options if item.parent_id is not None else (),
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
        won=item.won + more,
        waiting=item.waiting - (1 if waiting is not None and not offered else 0),
    )
    shows.note(tx, workspace_id, show.id, now)
    held = claims.active(tx, workspace_id, show.id, buyer_id=buyer_id, item_id=item.id)
    won = next(claim for claim in held if claim.seq == seq or (waiting is not None and claim.id == waiting.id))
    holds.begin(tx, workspace_id, show, [won.id], now)
    return won


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
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write into the ledger that an item was added, changed or removed.

    Replay needs to know the stock of the moment; undoing needs what the item was, who was `promoted` by the change,
    which claims (`claim_ids`) lost the item they named, and what `more` there is to it. Without a deed it is nothing
    that can be undone.
    """
    item = after or before
    assert item is not None, "a change is about an item"
    entry = {
        "item": item.code,
        "before": _fields(before),
        "after": _fields(after),
        "promoted": [claim.id for claim in promoted],
        "claims": list(claim_ids),
        **more,
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


def was(claim: Claim) -> dict[str, Any]:
    """How a claim stood before it was moved, for the ledger."""
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
        "reserved": item.reserved,
        "parent": None if item.parent_id is None else item.whole_code,
        "bundle_pieces": item.bundle_pieces,
        "bundle_cents": item.bundle_cents,
    }
