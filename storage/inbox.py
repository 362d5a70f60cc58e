"""The inbox: every event that is acted on after it is kept, once per (source, event id).

Bodies are sealed: a chat message may hold a secret key, and a webhook a buyer's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import inbox as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One kept event."""

    id: int
    workspace_id: int
    source: str
    event_id: str
    kind: str
    body_enc: bytes | None
    received_at: datetime
    handled_at: datetime | None
    outcome: str


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(
        id=row.id,
        workspace_id=row.workspace_id,
        source=row.source,
        event_id=row.event_id,
        kind=row.kind,
        body_enc=row.body_enc,
        received_at=row.received_at,
        handled_at=row.handled_at,
        outcome=row.outcome,
    )


def keep(
    tx: sa.Connection,
    workspace_id: int,
    *,
    source: str,
    event_id: str,
    kind: str,
    body_enc: bytes | None,
    now: datetime,
    outcome: str | None = None,
) -> int | None:
    """Keep an event; None when it is already kept. With an `outcome` there is nothing left to do about it."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    kept: int | None = tx.scalar(
        insert(table)
        .values(
            workspace_id=workspace_id,
            source=source,
            event_id=event_id,
            kind=kind,
            body_enc=body_enc,
            received_at=now,
            handled_at=None if outcome is None else now,
            outcome=outcome or "",
        )
        .on_conflict_do_nothing(index_elements=["source", "event_id"])
        .returning(table.c.id)
    )
    return kept


def get(tx: sa.Connection, workspace_id: int, inbox_id: int) -> Kept | None:
    """One kept event, or None."""
    row = tx.execute(sa.select(table).where(table.c.id == inbox_id, table.c.workspace_id == workspace_id)).one_or_none()
    return None if row is None else _kept(row)


def done(tx: sa.Connection, workspace_id: int, inbox_id: int, outcome: str, now: datetime) -> bool:
    """Mark an event as acted on, and forget its body; False when somebody else already did."""
    changed = tx.execute(
        table.update()
        .where(table.c.id == inbox_id, table.c.workspace_id == workspace_id, table.c.handled_at.is_(None))
        .values(handled_at=now, outcome=outcome, body_enc=None)
    )
    return changed.rowcount == 1


def waiting(tx: sa.Connection, before: datetime, limit: int = 500) -> list[Kept]:
    """Events of every workspace kept before `before` and not acted on, oldest first: what a crash left behind."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.handled_at.is_(None), table.c.received_at <= before)
        .order_by(table.c.received_at, table.c.id)
        .limit(limit)
    )
    return [_kept(row) for row in rows]
