"""Resolves what buyers claimed before there was such an item: once it is listed, in the order they wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus, Stock, Wish
from bot.domain.deciding import Holding, Key, Terms, decide_by
from bot.domain.option_stock import same_code
from bot.domain.show import Item, Show
from bot.workflows.decide_by_rules import keep_changes
from bot.workflows.move_claims import serve_line
from storage import claims, flags, holdings, items, ledger, restoring


@dataclass(slots=True, kw_only=True)
class Resolved:
    """What became of claims that had no item."""

    won: tuple[Claim, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    """What the ledger keeps of it, so that it can be derived again and taken back; empty when there was no claim."""


def resolve_unmatched(tx: sa.Connection, workspace_id: int, show: Show, item: Item, now: datetime) -> Resolved:
    """Decide the claims that named this item before it was there, by the rules that decide comments.

    As long as nobody may claim it, they wait.
    """
    if not item.open or item.reserved:
        return Resolved()
    named = [
        row
        for row in holdings.unmatched(tx, workspace_id, show.id)
        if row.buyer_id is not None and same_code(row.item_code, item.code)
    ]
    if not named:
        return Resolved()
    refusals = flags.refusals(tx, workspace_id, [row.buyer_id for row in named])
    terms = Terms.of(show.rules, show.market)
    stock = Stock(item.id, item.code, item.quantity, item.won, item.waiting, item.open, item.reserved)
    held: dict[int, list[Holding]] = {}
    changed: dict[Key, Holding] = {}
    parts: list[ledger.NewClaim] = []
    for row in named:
        wish = Wish(item.code, item.id, row.quantity, tuple(row.options))
        mine = held.setdefault(row.buyer_id, [])
        refused = refusals.get(row.buyer_id, "")
        outcome = decide_by(terms, wish, stock, mine, (row.seq, row.wish), refused=refused)
        first, *rest = outcome.made
        if rest:
            parts.append(_part(tx, workspace_id, show, row, item, first.quantity, first.reason, parts, mine))
            (first,) = rest
        holdings.settle(
            tx,
            workspace_id,
            row.id,
            status=first.status,
            item_id=item.id,
            item_code=item.code,
            quantity=first.quantity,
            reason=first.reason,
            position=first.position,
            now=now,
        )
        for one in outcome.changed:
            changed[one.key] = one
    ledger.write_claims(tx, workspace_id, show.id, parts, now)
    keep_changes(tx, workspace_id, show, changed, now)
    items.change(tx, workspace_id, item.id, won=stock.won, waiting=stock.waiting)
    restoring.line_up(tx, workspace_id, item.id)
    serve_line(tx, workspace_id, show, item.id, now)
    active = claims.active(tx, workspace_id, show.id, item_id=item.id)
    facts = {
        "resolved": [(row.id, row.quantity, row.reason) for row in named],
        "refused": [(row.id, refusals[row.buyer_id]) for row in named if row.buyer_id in refusals],
        "again": terms.again,
    }
    return Resolved(won=tuple(claim for claim in active if claim.status is ClaimStatus.WINNER), facts=facts)


def _part(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    row: sa.Row[Any],
    item: Item,
    quantity: int,
    reason: str,
    parts: list[ledger.NewClaim],
    mine: list[Holding],
) -> ledger.NewClaim:
    """What of a claim is won at once, beside the claim itself, which waits for the rest in its own place."""
    of_comment = [part.wish for part in parts if part.seq == row.seq]
    wish = max([holdings.last_wish(tx, workspace_id, show.id, row.seq), *of_comment]) + 1
    mine[-2].key, mine[-1].key = (row.seq, wish), (row.seq, row.wish)
    return ledger.NewClaim(
        row.seq,
        wish,
        item.id,
        item.code,
        row.buyer_id,
        quantity,
        ClaimStatus.WINNER.value,
        reason,
        None,
        tuple(row.options),
    )
