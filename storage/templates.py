"""A shop's own words to its buyers, as rows."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import templates as table


def of_workspace(tx: sa.Connection, workspace_id: int) -> dict[tuple[str, str], str]:
    """(kind, language) → the shop's text."""
    rows = tx.execute(_OF_WORKSPACE, {"workspace": workspace_id})
    return {(row.kind, row.language): row.text for row in rows}


_OF_WORKSPACE = sa.select(table.c.kind, table.c.language, table.c.text).where(
    table.c.workspace_id == sa.bindparam("workspace")
)


def put(tx: sa.Connection, workspace_id: int, *, kind: str, language: str, text: str, now: datetime) -> None:
    """Say it like this from now on."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(table)
        .values(workspace_id=workspace_id, kind=kind, language=language, text=text, changed_at=now)
        .on_conflict_do_update(
            index_elements=["workspace_id", "kind", "language"], set_={"text": text, "changed_at": now}
        )
    )


def remove(tx: sa.Connection, workspace_id: int, *, kind: str, language: str) -> bool:
    """Say it in our words again; False when it was never changed."""
    gone = tx.execute(
        table.delete().where(table.c.workspace_id == workspace_id, table.c.kind == kind, table.c.language == language)
    )
    return gone.rowcount == 1
