"""The inbox: every event that is acted on after it is kept, once per (source, event id).

Bodies are sealed: a chat message may hold a secret key, and a webhook a buyer's name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import inbox as table

_AT_ONCE = 500
PAGE = 500
"""How many of all waiting events are read at once."""


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


def known(tx: sa.Connection, workspace_id: int, source: str, event_ids: Collection[str]) -> set[str]:
    """Which of these events are kept already."""
    found: set[str] = set()
    ids = list(event_ids)
    for start in range(0, len(ids), _AT_ONCE):
        found.update(
            tx.scalars(
                sa.select(table.c.event_id).where(
                    table.c.workspace_id == workspace_id,
                    table.c.source == source,
                    table.c.event_id.in_(ids[start : start + _AT_ONCE]),
                )
            )
        )
    return found


def get(tx: sa.Connection, workspace_id: int, inbox_id: int) -> Kept | None:
    """One kept event, or None."""
    row = tx.execute(sa.select(table).where(table.c.id == inbox_id, table.c.workspace_id == workspace_id)).one_or_none()
    return None if row is None else _kept(row)


def lock(tx: sa.Connection, workspace_id: int, inbox_id: int) -> Kept | None:
    """The same, held until the transaction ends."""
    row = tx.execute(
        sa.select(table).where(table.c.id == inbox_id, table.c.workspace_id == workspace_id).with_for_update()
    ).one_or_none()
    return None if row is None else _kept(row)


def done(tx: sa.Connection, workspace_id: int, inbox_id: int, outcome: str, now: datetime) -> bool:
    """Mark an event as acted on, and forget its body; False when somebody else already did."""
    changed = tx.execute(
        table.update()
        .where(table.c.id == inbox_id, table.c.workspace_id == workspace_id, table.c.handled_at.is_(None))
        .values(handled_at=now, outcome=outcome, body_enc=None)
    )
    return changed.rowcount == 1


def set_aside(tx: sa.Connection, workspace_id: int, inbox_id: int, why: str) -> None:
    """Say why an event is still waiting to be acted on."""
    tx.execute(
        table.update()
        .where(table.c.id == inbox_id, table.c.workspace_id == workspace_id, table.c.handled_at.is_(None))
        .values(outcome=why)
    )


def waiting(tx: sa.Connection, before: datetime, after: Kept | None = None) -> list[Kept]:
    """The next page of events of every workspace kept before `before` and not acted on, oldest first, `after` one."""
    query = sa.select(table).where(table.c.handled_at.is_(None), table.c.received_at <= before)
    if after is not None:
        query = query.where(sa.tuple_(table.c.received_at, table.c.id) > (after.received_at, after.id))
    rows = tx.execute(query.order_by(table.c.received_at, table.c.id).limit(PAGE))
    return [_kept(row) for row in rows]
