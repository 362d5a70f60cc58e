"""Moves claims on after they were decided: releasing, awarding, and closing up the line behind.

Every function here runs inside a write transaction on a show that the caller has locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, promote
from bot.domain.show import Item, Show
from storage import claims, items, ledger, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move did to a claim and to the line behind it."""

    claim: Claim
    promoted: tuple[Claim, ...]


def release(
    tx: sa.Connection, workspace_id: int, show: Show, claim: Claim, *, kind: str, reason: str, now: datetime
) -> Moved:
    """Take an item back from a buyer, or a buyer out of the line; whoever is next gets what is free."""
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
    _write(tx, workspace_id, show, claim, kind=kind, status="released", reason=reason, promoted=promoted, now=now)
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
        claims.move(tx, workspace_id, claim_id, status=ClaimStatus.WINNER, reason="next in line", now=now)
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
    by: str,
    now: datetime,
) -> Claim:
    """Give an item to a buyer on an operator's word; one who was waiting leaves the line for it.

    The caller has checked that enough is left.
    """
    assert quantity <= item.left, "never more than there is"
    reason = f"awarded by {by}"
    seq = shows.take_seq(tx, workspace_id, show)
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
    entry = ledger.Entry(
        seq=seq,
        kind="award",
        channel_id=None,
        feed_id="",
        comment_id=None,
        verb="",
        revision=0,
        buyer_id=buyer_id,
        text="",
        status=ClaimStatus.WINNER.value,
        reason=reason,
        commented_at=now,
        entry={"item": item.code, "quantity": quantity, "claim": waiting.id if waiting else None},
    )
    ledger.write_entries(tx, workspace_id, show.id, [entry], now)
    items.change(
        tx,
        workspace_id,
        item.id,
        won=item.won + quantity,
        waiting=item.waiting - (1 if waiting is not None else 0),
    )
    held = claims.active(tx, workspace_id, show.id, buyer_id=buyer_id, item_id=item.id)
    return next(claim for claim in held if claim.seq == seq or (waiting is not None and claim.id == waiting.id))


def note_item(tx: sa.Connection, workspace_id: int, show: Show, item: Item, what: str, now: datetime) -> None:
    """Write into the ledger that an item was added or changed: replay needs to know the stock of the moment."""
    entry = ledger.Entry(
        seq=shows.take_seq(tx, workspace_id, show),
        kind="item",
        channel_id=None,
        feed_id="",
        comment_id=None,
        verb=what,
        revision=0,
        buyer_id=None,
        text="",
        status="",
        reason=what,
        commented_at=now,
        entry={"item": item.code, "quantity": item.quantity, "open": item.open},
    )
    ledger.write_entries(tx, workspace_id, show.id, [entry], now)


def _write(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    claim: Claim,
    *,
    kind: str,
    status: str,
    reason: str,
    promoted: tuple[Claim, ...],
    now: datetime,
) -> None:
    entry = ledger.Entry(
        seq=shows.take_seq(tx, workspace_id, show),
        kind=kind,
        channel_id=None,
        feed_id="",
        comment_id=None,
        verb="",
        revision=0,
        buyer_id=claim.buyer_id,
        text="",
        status=status,
        reason=reason,
        commented_at=now,
        entry={"claim": claim.id, "item": claim.item_code, "promoted": [winner.id for winner in promoted]},
    )
    ledger.write_entries(tx, workspace_id, show.id, [entry], now)
