"""Connected accounts: a workspace's own at a provider, below the platform's."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import connected_accounts as table


def owners(tx: sa.Connection, provider: str, account_id: str) -> list[int]:
    """The workspaces whose account this is, oldest first."""
    return list(
        tx.scalars(
            sa.select(table.c.workspace_id)
            .where(table.c.provider == provider, table.c.account_id == account_id)
            .order_by(table.c.id)
        )
    )
