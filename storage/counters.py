"""How often something was heard and set aside."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import counters as table


def add(tx: sa.Connection, workspace_id: int, name: str, by: int = 1) -> None:
    """Count `by` more of `name`."""
    where = (table.c.workspace_id == workspace_id, table.c.name == name)
    changed = tx.execute(table.update().where(*where).values(value=table.c.value + by))
    if changed.rowcount == 0:
        tx.execute(table.insert().values(workspace_id=workspace_id, name=name, value=by))


def all_of(tx: sa.Connection, workspace_id: int) -> dict[str, int]:
    """Every count of the workspace."""
    rows = tx.execute(sa.select(table.c.name, table.c.value).where(table.c.workspace_id == workspace_id))
    return {name: value for name, value in rows}
