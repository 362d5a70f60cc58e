"""The database: its shape, its transactions, and what one deed may rely on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import counters, tables, workspaces
from storage.database import Database, migrate, sync_url, with_rows

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path}/deep/live-assist.db"
    migrate(url)
    opened = Database(url)
    yield opened
    await opened.close()


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/live-assist.db"
    assert migrate(url) == migrate(url), "running them again does nothing"
    engine = sa.create_engine(sync_url(sa.make_url(url)))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


async def test_a_failed_deed_leaves_nothing_behind(database: Database) -> None:
    workspace_id = await database.write(workspaces.ensure_first, NOON)

    def half(tx: sa.Connection) -> None:
        counters.add(tx, workspace_id, "half")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await database.write(half)
    assert await database.read(counters.all_of, workspace_id) == {}


async def test_a_read_keeps_nothing_even_if_it_writes(database: Database) -> None:
    workspace_id = await database.write(workspaces.ensure_first, NOON)
    await database.read(counters.add, workspace_id, "stray")
    assert await database.read(counters.all_of, workspace_id) == {}


async def test_many_writers_at_once_all_count(database: Database) -> None:
    workspace_id = await database.write(workspaces.ensure_first, NOON)
    await asyncio.gather(*(database.write(counters.add, workspace_id, "n") for _ in range(50)))
    assert await database.read(counters.all_of, workspace_id) == {"n": 50}


async def test_another_process_writing_is_waited_for(database: Database) -> None:
    workspace_id = await database.write(workspaces.ensure_first, NOON)
    other = Database(database.url.render_as_string())
    try:
        await asyncio.gather(
            *(db.write(counters.add, workspace_id, "n") for _ in range(10) for db in (database, other))
        )
    finally:
        await other.close()
    assert await database.read(counters.all_of, workspace_id) == {"n": 20}


async def test_commits_are_on_disk_before_they_are_believed(database: Database) -> None:
    def pragmas(tx: sa.Connection) -> tuple[object, object, object]:
        ask = [
            tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        return ask[0], ask[1], ask[2]

    assert await database.write(pragmas) == ("wal", 2, 1)


async def test_one_statement_takes_a_whole_batch(database: Database) -> None:
    def sum_up(tx: sa.Connection) -> int:
        sql = with_rows(tx, "SELECT SUM(r.n) FROM {rows} WHERE r.who = 'mai'", {"n": "bigint", "who": "text"})
        rows = '[{"n": 1, "who": "mai"}, {"n": 2, "who": "lan"}, {"n": 39, "who": "mai"}]'
        return int(tx.execute(sql, {"rows": rows}).scalar_one())

    assert await database.read(sum_up) == 40


def test_moments_know_their_zone() -> None:
    east = datetime(2026, 11, 20, 19, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=7)))
    assert tables.from_millis(tables.to_millis(east)) == datetime(2026, 11, 20, 12, 0, 0, 123_000, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        tables.to_millis(datetime(2026, 11, 20))  # noqa: DTZ001
