"""Subscriptions: what buyers pay again and again, as their providers report it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.tables import subscriptions as table


def heard(
    tx: sa.Connection, workspace_id: int, *, provider: str, account_id: str, external_id: str, status: str, at: datetime
) -> bool:
    """Note how one stands, as of a moment by the provider's clock; False when it is not ours, or more is known."""
    changed = tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.account_id == account_id,
            table.c.external_id == external_id,
            table.c.updated_at <= at,
        )
        .values(status=status, updated_at=at)
    )
    return changed.rowcount > 0
