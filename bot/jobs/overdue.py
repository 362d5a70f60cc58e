"""Work that takes far too long: what a doctor asks about, without the engine running."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from storage.database import sync_url

OVERDUE_AFTER = timedelta(minutes=15)
_NEVER_RESTS = ("place_invoice", "void_invoice", "balance_invoice", "refund", "settle")
"""A delivery may wait for its chat, and a run for its deliveries; these either go on or are queued again."""


def engine_url(url: sa.URL) -> sa.URL:
    """Where the engine keeps its tables: in PostgreSQL beside ours, or in a file beside a SQLite file."""
    if url.get_backend_name() != "sqlite":
        return sync_url(url)
    assert url.database is not None, "a SQLite database is a file"
    return sync_url(url.set(database=url.database.removesuffix(".db") + "-jobs.db"))


def overdue(url: sa.URL, now: datetime) -> int:
    """How many pieces of work were begun long ago and have not ended. Blocking."""
    where = engine_url(url)
    if where.get_backend_name() == "sqlite" and not Path(where.database or "").exists():
        return 0
    engine = sa.create_engine(where)
    table = sa.table(
        "workflow_status",
        *map(sa.column, ("status", "name", "started_at_epoch_ms")),
        schema=None if engine.dialect.name == "sqlite" else "dbos",
    )
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table(table.name, schema=table.schema):
                return 0
            late = sa.select(sa.func.count()).where(
                table.c.status == "PENDING",
                table.c.name.in_(_NEVER_RESTS),
                table.c.started_at_epoch_ms < int((now - OVERDUE_AFTER).timestamp() * 1000),
            )
            return int(connection.scalar(late) or 0)
    finally:
        engine.dispose()
