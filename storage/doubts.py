"""Doubts: comments that can be read in two ways, until an operator says what is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.tables import ledger, resolutions, shows

# Spelt out, so that the index of unclear entries is used.
_AMBIGUOUS: sa.ColumnElement[str] = sa.literal_column("'ambiguous'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One unclear comment, by its entry in the ledger."""

    show_id: int
    seq: int
    channel_id: int | None
    feed_id: str
    comment_id: str | None
    buyer_id: int | None
    text: str
    reason: str
    commented_at: datetime
    maybe: tuple[tuple[tuple[str, int, tuple[str, ...]], ...], ...]
    """The claims it may mean, each a row of (item, quantity, options)."""


def _doubt(row: sa.Row[Any]) -> Doubt:
    return Doubt(
        show_id=row.show_id,
        seq=row.seq,
        channel_id=row.channel_id,
        feed_id=row.feed_id,
        comment_id=row.comment_id,
        buyer_id=row.buyer_id,
        text=row.text,
        reason=row.reason,
        commented_at=row.commented_at,
        maybe=tuple(
            tuple((item, quantity, tuple(options)) for item, quantity, options in choice)
            for choice in (row.entry or {}).get("maybe", ())
        ),
    )


def _unclear(workspace_id: int, show_id: int) -> sa.ColumnElement[bool]:
    mine = ledger.c.workspace_id == workspace_id, ledger.c.show_id == show_id
    return sa.and_(*mine, ledger.c.status == _AMBIGUOUS, ledger.c.kind == "comment")


def _still_open() -> sa.ColumnElement[bool]:
    """Nobody resolved it, and its comment was neither edited nor deleted since."""
    resolved = sa.exists().where(resolutions.c.show_id == ledger.c.show_id, resolutions.c.seq == ledger.c.seq)
    newer = ledger.alias("newer")
    changed = sa.exists().where(
        newer.c.channel_id == ledger.c.channel_id,
        newer.c.comment_id == ledger.c.comment_id,
        newer.c.kind == "comment",
        newer.c.id > ledger.c.id,
    )
    return sa.and_(~resolved, ~changed)


def open_in(tx: sa.Connection, workspace_id: int, show_id: int, *, limit: int) -> list[Doubt]:
    """What is unclear in a show, oldest first; first what an operator can choose between."""
    rows = tx.execute(
        sa.select(ledger)
        .where(_unclear(workspace_id, show_id), _still_open())
        .order_by(ledger.c.entry.is_(None), ledger.c.seq)
        .limit(limit)
    )
    return [_doubt(row) for row in rows]


def count_open(tx: sa.Connection, workspace_id: int, show_id: int) -> int:
    """How much is unclear in a show."""
    query = sa.select(sa.func.count()).select_from(ledger)
    return tx.scalar(query.where(_unclear(workspace_id, show_id), _still_open())) or 0


def find(tx: sa.Connection, workspace_id: int, show_id: int, seq: int) -> Doubt | None:
    """One unclear comment, resolved or not; None when this entry is none."""
    row = tx.execute(sa.select(ledger).where(_unclear(workspace_id, show_id), ledger.c.seq == seq)).one_or_none()
    return None if row is None else _doubt(row)


def is_open(tx: sa.Connection, workspace_id: int, doubt: Doubt) -> bool:
    """Whether it still waits for an operator."""
    found = tx.scalar(
        sa.select(ledger.c.id).where(_unclear(workspace_id, doubt.show_id), ledger.c.seq == doubt.seq, _still_open())
    )
    return found is not None


def resolved_by(tx: sa.Connection, workspace_id: int, doubt: Doubt) -> str | None:
    """Who resolved it, or None."""
    entry = tx.scalar(
        sa.select(ledger.c.entry)
        .join(
            resolutions,
            sa.and_(resolutions.c.show_id == ledger.c.show_id, resolutions.c.resolved_seq == ledger.c.seq),
        )
        .where(
            resolutions.c.workspace_id == workspace_id,
            resolutions.c.show_id == doubt.show_id,
            resolutions.c.seq == doubt.seq,
        )
    )
    return None if entry is None else str(entry["by"])


def resolve(tx: sa.Connection, workspace_id: int, doubt: Doubt, resolved_seq: int) -> None:
    """Record that the entry `resolved_seq` says what the comment means."""
    tx.execute(
        resolutions.insert().values(
            workspace_id=workspace_id, show_id=doubt.show_id, seq=doubt.seq, resolved_seq=resolved_seq
        )
    )


def resolutions_of(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[int, int]:
    """Unclear comment → the entry that says what it means; both by their numbers in the ledger of a show."""
    rows = tx.execute(
        sa.select(resolutions.c.seq, resolutions.c.resolved_seq)
        .where(resolutions.c.workspace_id == workspace_id, resolutions.c.show_id == show_id)
        .order_by(resolutions.c.seq)
    )
    return {row.seq: row.resolved_seq for row in rows}


def reopen(tx: sa.Connection, workspace_id: int, show_id: int, seq: int) -> None:
    """Let it be unclear again what the comment means."""
    tx.execute(
        resolutions.delete().where(
            resolutions.c.workspace_id == workspace_id, resolutions.c.show_id == show_id, resolutions.c.seq == seq
        )
    )


def look(tx: sa.Connection, workspace_id: int, show_id: int) -> None:
    """Record that an operator looked at all there is by now."""
    tx.execute(
        shows.update()
        .where(shows.c.id == show_id, shows.c.workspace_id == workspace_id)
        .values(doubts_seen=shows.c.next_seq)
    )
