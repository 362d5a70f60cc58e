"""Cursors: how far something outside was read, so that the next look goes on from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import cursors as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in something outside, and when we got there."""

    place: str
    """In whatever terms the source has: a moment, an id."""
    moved_at: datetime


def get(tx: sa.Connection, workspace_id: int, source: str) -> Cursor | None:
    """How far a source was read, or None before the first look."""
    row = tx.execute(
        sa.select(table.c.place, table.c.moved_at).where(table.c.workspace_id == workspace_id, table.c.source == source)
    ).one_or_none()
    return None if row is None else Cursor(place=row.place, moved_at=row.moved_at)


def move(tx: sa.Connection, workspace_id: int, source: str, place: str, now: datetime) -> None:
    """Everything before `place` is kept."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(table)
        .values(workspace_id=workspace_id, source=source, place=place, moved_at=now)
        .on_conflict_do_update(index_elements=["workspace_id", "source"], set_={"place": place, "moved_at": now})
    )
