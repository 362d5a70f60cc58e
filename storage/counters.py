"""How often something was heard and set aside."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import counters as table


def add(tx: sa.Connection, workspace_id: int, name: str, by: int = 1) -> None:
    """Count `by` more of `name`."""
    tx.execute(_ADD, {"workspace_id": workspace_id, "name": name, "by": by})


_ADD = sa.text(
    "INSERT INTO counters (workspace_id, name, value) VALUES (:workspace_id, :name, :by) "
    "ON CONFLICT (workspace_id, name) DO UPDATE SET value = counters.value + excluded.value"
)


def all_of(tx: sa.Connection, workspace_id: int) -> dict[str, int]:
    """Every count of the workspace."""
    rows = tx.execute(sa.select(table.c.name, table.c.value).where(table.c.workspace_id == workspace_id))
    return {name: value for name, value in rows}
