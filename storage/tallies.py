"""Tallies: how many claims of a show stand at each status, counted as they move instead of whenever somebody asks."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from storage.rows import run_with_rows
from storage.tables import OTHER_THAN_COMMENTS, ledger, shows
from storage.tables import tallies as table


def add(tx: sa.Connection, workspace_id: int, show_id: int, moved: Mapping[str, int]) -> None:
    """Count claims that came to a status, or with less than nothing went from it; whoever does it holds the show."""
    run_with_rows(
        tx,
        "INSERT INTO tallies (workspace_id, show_id, status, claims) "
        "SELECT CAST(:workspace_id AS bigint), CAST(:show_id AS bigint), r.status, r.claims FROM {rows} WHERE true "
        "ON CONFLICT (show_id, status) DO UPDATE SET claims = tallies.claims + excluded.claims",
        {"status": "text", "claims": "bigint"},
        list(moved.items()),
        workspace_id=workspace_id,
        show_id=show_id,
    )


def of_show(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[str, int]:
    """How many claims stand at each status, and how many comments were heard (`comments`)."""
    mine = table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.claims > 0
    rows = tx.execute(sa.select(table.c.status, table.c.claims).where(*mine).order_by(table.c.status))
    return {status: count for status, count in rows} | {"comments": _comments(tx, workspace_id, show_id)}


def _comments(tx: sa.Connection, workspace_id: int, show_id: int) -> int:
    """Every number of the ledger that was given away, but for the few entries that are something else."""
    others = (
        sa.select(sa.func.count())
        .select_from(ledger)
        .where(ledger.c.workspace_id == workspace_id, ledger.c.show_id == show_id, OTHER_THAN_COMMENTS)
        .scalar_subquery()
    )
    heard: int | None = tx.scalar(
        sa.select(shows.c.next_seq - 1 - others).where(shows.c.workspace_id == workspace_id, shows.c.id == show_id)
    )
    return heard or 0
