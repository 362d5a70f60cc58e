"""Draws: giveaways with the seed they were opened with, who took part, and who won."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import new_id
from storage.tables import buyers, draw_winners, identities, ledger, operator_identities
from storage.tables import draws as table

PAGE = 5_000
"""Comments read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One giveaway."""

    id: int
    show_id: int
    prize: str
    item_code: str
    """The item it is; empty for anything else."""
    word: str
    """What a comment must have in it to take part; empty when every comment does."""
    places: int
    seed: str
    fingerprint: str
    """Of the seed: what is published before."""
    opened_by: str
    opened_at: datetime
    drawn_by: str
    drawn_at: datetime | None
    upto_seq: int
    """The first entry of the show's ledger that came too late."""
    entrants: tuple[int, ...]
    """The numbers of the buyers who took part, smallest first."""
    entrants_hash: str


def _draw(row: sa.Row[Any]) -> Draw:
    return Draw(
        id=row.id,
        show_id=row.show_id,
        prize=row.prize,
        item_code=row.item_code,
        word=row.word,
        places=row.places,
        seed=row.seed,
        fingerprint=row.fingerprint,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        drawn_by=row.drawn_by,
        drawn_at=row.drawn_at,
        upto_seq=row.upto_seq,
        entrants=tuple(row.entrants),
        entrants_hash=row.entrants_hash,
    )


def open_one(tx: sa.Connection, workspace_id: int, **fields: Any) -> int:
    """A giveaway that nobody has won yet; returns its number."""
    return new_id(tx.execute(table.insert().values(workspace_id=workspace_id, entrants=[], **fields)))


def get(tx: sa.Connection, workspace_id: int, draw_id: int) -> Draw | None:
    """One giveaway, or None."""
    mine = table.c.workspace_id == workspace_id, table.c.id == draw_id
    row = tx.execute(sa.select(table).where(*mine)).one_or_none()
    return None if row is None else _draw(row)


def lock(tx: sa.Connection, workspace_id: int, draw_id: int) -> Draw | None:
    """The same, held until the transaction ends."""
    mine = table.c.workspace_id == workspace_id, table.c.id == draw_id
    row = tx.execute(sa.select(table).where(*mine).with_for_update()).one_or_none()
    return None if row is None else _draw(row)


def of_show(tx: sa.Connection, workspace_id: int, show_id: int, *, limit: int = 10) -> list[Draw]:
    """The giveaways of a show, newest first."""
    mine = table.c.workspace_id == workspace_id, table.c.show_id == show_id
    return [_draw(row) for row in tx.execute(sa.select(table).where(*mine).order_by(table.c.id.desc()).limit(limit))]


def settle(
    tx: sa.Connection,
    workspace_id: int,
    draw_id: int,
    *,
    by: str,
    upto_seq: int,
    entrants: Sequence[int],
    entrants_hash: str,
    winners: Sequence[int],
    now: datetime,
) -> None:
    """Record how a giveaway was drawn; the winners first place first."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == draw_id)
        .values(drawn_by=by, drawn_at=now, upto_seq=upto_seq, entrants=list(entrants), entrants_hash=entrants_hash)
    )
    tx.execute(
        draw_winners.insert(),
        [
            {"workspace_id": workspace_id, "draw_id": draw_id, "buyer_id": buyer_id, "place": place}
            for place, buyer_id in enumerate(winners, 1)
        ],
    )


def winners(tx: sa.Connection, workspace_id: int, draw_id: int) -> list[int]:
    """The buyers who won, first place first."""
    mine = draw_winners.c.workspace_id == workspace_id, draw_winners.c.draw_id == draw_id
    return list(tx.scalars(sa.select(draw_winners.c.buyer_id).where(*mine).order_by(draw_winners.c.place)))


def commenters(tx: sa.Connection, workspace_id: int, show_id: int, *, before: int) -> set[int]:
    """Everybody who commented in a show before this entry of its ledger."""
    return set(
        tx.scalars(
            sa.select(ledger.c.buyer_id).where(*_comments(workspace_id, show_id), ledger.c.seq < before).distinct()
        )
    )


def comments(
    tx: sa.Connection, workspace_id: int, show_id: int, *, after: int, before: int
) -> list[tuple[int, int, str]]:
    """A page of comments between two entries of a ledger: (entry, buyer, text)."""
    query = (
        sa.select(ledger.c.seq, ledger.c.buyer_id, ledger.c.text)
        .where(*_comments(workspace_id, show_id), ledger.c.seq > after, ledger.c.seq < before)
        .order_by(ledger.c.seq)
        .limit(PAGE)
    )
    return [(row.seq, row.buyer_id, row.text) for row in tx.execute(query)]


def _comments(workspace_id: int, show_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    mine = ledger.c.workspace_id == workspace_id, ledger.c.show_id == show_id
    return (*mine, ledger.c.kind == "comment", ledger.c.buyer_id.is_not(None))


def left_out(tx: sa.Connection, workspace_id: int) -> Collection[int]:
    """Who cannot win: blocked buyers, operators, and whoever won before in this workspace."""
    blocked = sa.select(buyers.c.id).where(buyers.c.workspace_id == workspace_id, buyers.c.blocked)
    before = sa.select(draw_winners.c.buyer_id).where(draw_winners.c.workspace_id == workspace_id)
    ours = (
        sa.select(identities.c.buyer_id)
        .join(
            operator_identities,
            sa.and_(
                operator_identities.c.channel_id == identities.c.channel_id,
                operator_identities.c.platform_user_id == identities.c.platform_user_id,
            ),
        )
        .where(identities.c.workspace_id == workspace_id, operator_identities.c.workspace_id == workspace_id)
    )
    return set(tx.scalars(sa.union(blocked, before, ours)))
