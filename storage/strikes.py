"""Strikes: what buyers got them for, and taking one back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.buyers import count_strikes
from storage.tables import strikes as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One strike of one buyer."""

    id: int
    reason: str
    given_at: datetime


def of_buyer(tx: sa.Connection, workspace_id: int, buyer_id: int, *, limit: int = 5) -> list[Strike]:
    """The strikes that stand, newest first."""
    rows = tx.execute(
        sa.select(table.c.id, table.c.reason, table.c.given_at)
        .where(table.c.workspace_id == workspace_id, table.c.buyer_id == buyer_id, table.c.taken_back_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return [Strike(id=row.id, reason=row.reason, given_at=row.given_at) for row in rows]


def take_back(tx: sa.Connection, workspace_id: int, buyer_id: int, now: datetime) -> int | None:
    """Take the newest strike back; returns how many are left, or None when there was none."""
    newest = of_buyer(tx, workspace_id, buyer_id, limit=1)
    if not newest:
        return None
    tx.execute(
        table.update().where(table.c.workspace_id == workspace_id, table.c.id == newest[0].id).values(taken_back_at=now)
    )
    return count_strikes(tx, workspace_id, buyer_id)
