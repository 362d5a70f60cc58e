"""Dead letters: durable work that gave up, until somebody tries it again or sets it aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import dead_letters as table


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One piece of work that gave up: its `kind` and `attempt` are those of the durable engine's key."""

    workspace_id: int
    kind: str
    """invoice, void, balance, deliver, settle, refund or run."""
    subject_id: int
    """The invoice, delivery, kept event, refund or run it was about."""
    attempt: int
    reason: str
    happened_at: datetime


def _dead_letter(row: sa.Row[Any]) -> DeadLetter:
    return DeadLetter(
        workspace_id=row.workspace_id,
        kind=row.kind,
        subject_id=row.subject_id,
        attempt=row.attempt,
        reason=row.reason,
        happened_at=row.happened_at,
    )


def keep(
    tx: sa.Connection,
    workspace_id: int,
    *,
    kind: str,
    subject_id: int,
    attempt: int,
    reason: str,
    now: datetime,
    settled: bool = False,
) -> bool:
    """Write down that an attempt gave up; False when that is known. With `settled` nobody needs to see to it."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    made = tx.scalar(
        insert(table)
        .values(
            workspace_id=workspace_id,
            kind=kind,
            subject_id=subject_id,
            attempt=attempt,
            reason=reason,
            happened_at=now,
            settled_at=now if settled else None,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject_id", "attempt"])
        .returning(table.c.id)
    )
    return made is not None


def settle(tx: sa.Connection, workspace_id: int, kind: str, subject_id: int, now: datetime) -> bool:
    """Note that somebody has seen to this work; False when there was nothing to see to."""
    changed = tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.kind == kind,
            table.c.subject_id == subject_id,
            table.c.settled_at.is_(None),
        )
        .values(settled_at=now)
    )
    return changed.rowcount > 0


def unsettled(tx: sa.Connection, workspace_id: int, *, limit: int = 200) -> list[DeadLetter]:
    """What nobody has seen to yet, newest first."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.settled_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return [_dead_letter(row) for row in rows]


def is_kept(
    tx: sa.Connection, workspace_id: int, kind: str, subject_id: int, attempt: int, *, settled: bool = False
) -> bool:
    """Whether it is known that this attempt gave up; with `settled`, whether somebody has seen to it."""
    kept = sa.select(table.c.id).where(
        table.c.workspace_id == workspace_id,
        table.c.kind == kind,
        table.c.subject_id == subject_id,
        table.c.attempt == attempt,
    )
    return tx.scalar(kept.where(table.c.settled_at.is_not(None)) if settled else kept) is not None


def count_since(tx: sa.Connection, workspace_id: int, kind: str, since: datetime) -> int:
    """How many of a kind gave up since then and wait for somebody."""
    counted: int | None = tx.scalar(
        sa.select(sa.func.count()).where(
            table.c.workspace_id == workspace_id,
            table.c.kind == kind,
            table.c.happened_at >= since,
            table.c.settled_at.is_(None),
        )
    )
    return counted or 0
