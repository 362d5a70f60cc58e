"""What happened with integrations, for the seller to read; no secret gets here (`bot.workflows.note_integrations`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.tables import integration_logs as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    id: int
    provider: str
    level: str
    """info, warning or error."""
    event: str
    """connected, tested, synced, refused, disconnected, …"""
    message: str
    details: dict[str, Any]
    happened_at: datetime


def add(
    tx: sa.Connection,
    workspace_id: int,
    provider: str,
    *,
    level: str,
    event: str,
    message: str,
    details: dict[str, Any],
    now: datetime,
) -> None:
    """Write one entry down."""
    tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            provider=provider,
            level=level,
            event=event,
            message=message,
            details=details,
            happened_at=now,
        )
    )


def page(
    tx: sa.Connection, workspace_id: int, provider: str, *, before: int | None = None, level: str = "", limit: int
) -> list[Entry]:
    """Entries before that one, newest first, of one level or of all."""
    rows = (
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.provider == provider)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        rows = rows.where(table.c.id < before)
    if level:
        rows = rows.where(table.c.level == level)
    return [
        Entry(
            id=row.id,
            provider=row.provider,
            level=row.level,
            event=row.event,
            message=row.message,
            details=row.details,
            happened_at=row.happened_at,
        )
        for row in tx.execute(rows)
    ]


def count_since(tx: sa.Connection, workspace_id: int, provider: str, event: str, since: datetime) -> int:
    """How often something happened since then."""
    found = tx.scalar(
        sa.select(sa.func.count()).where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.event == event,
            table.c.happened_at >= since,
        )
    )
    return found or 0


def prune(tx: sa.Connection, before: datetime, keep: int) -> None:
    """Forget entries older than that, and of every integration all but the newest `keep`."""
    tx.execute(table.delete().where(table.c.happened_at < before))
    ranked = sa.select(
        table.c.id,
        sa.func.row_number()
        .over(partition_by=(table.c.workspace_id, table.c.provider), order_by=table.c.id.desc())
        .label("place"),
    ).subquery()
    tx.execute(table.delete().where(table.c.id.in_(sa.select(ranked.c.id).where(ranked.c.place > keep))))
