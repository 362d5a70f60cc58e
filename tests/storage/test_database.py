"""The database: its shape, its transactions, and what one deed may rely on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import counters, tables, workspaces
from storage.database import Database, sync_url
from storage.revisions import NEWEST
from storage.rows import insert_rows, run_with_rows
from storage.upgrade import migrate

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    assert migrate(database_url) == migrate(database_url) == NEWEST, "running them again does nothing"
    engine = sa.create_engine(sync_url(sa.make_url(database_url)))
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


async def test_an_error_does_not_repeat_what_was_to_be_written(database: Database) -> None:
    def fail(tx: sa.Connection) -> None:
        tx.execute(sa.text("SELECT 1 FROM nowhere WHERE token = :token"), {"token": "a-pay-link"})

    for run in (database.read, database.write):
        with pytest.raises(sa.exc.DBAPIError) as failed:
            await run(fail)
        assert "nowhere" in str(failed.value)
        assert "a-pay-link" not in str(failed.value)


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


async def test_commits_are_on_disk_before_they_are_believed(sqlite_url: str) -> None:
    def pragmas(tx: sa.Connection) -> tuple[object, object, object]:
        ask = [
            tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        return ask[0], ask[1], ask[2]

    database = Database(sqlite_url)
    assert await database.write(pragmas) == ("wal", 2, 1)
    await database.close()


async def test_what_the_server_says_about_commits_is_left_to_it(postgres_url: str) -> None:
    def chosen_here(tx: sa.Connection) -> list[str]:
        ask = "SELECT name FROM pg_settings WHERE source = 'session' AND name IN ('synchronous_commit', 'fsync')"
        return list(tx.scalars(sa.text(ask)))

    database = Database(postgres_url)
    assert await database.write(chosen_here) == []
    await database.close()


async def test_one_statement_takes_a_whole_batch(database: Database) -> None:
    def sum_up(tx: sa.Connection) -> int:
        sql = "SELECT SUM(r.n) FROM {rows} WHERE r.who = :who"
        rows = [(1, "mai"), (2, "lan"), (39, "mai")]
        ((total,),) = run_with_rows(tx, sql, {"n": "bigint", "who": "text"}, rows, who="mai")
        return int(total)

    assert await database.read(sum_up) == 40


async def test_rows_that_cannot_be_are_refused_like_anything_else_and_not_shown(database: Database) -> None:
    workspace_id = await database.write(workspaces.ensure_first, NOON)

    def twice(tx: sa.Connection) -> None:
        counters.add(tx, workspace_id, "n")
        columns, rows = {"name": "text", "value": "bigint"}, [("pst-secret", 1)] * 2
        insert_rows(tx, "counters", columns, rows, workspace_id=workspace_id)

    with pytest.raises(sa.exc.DBAPIError) as refused:
        await database.write(twice)
    if database.is_sqlite:
        assert isinstance(refused.value, sa.exc.IntegrityError)
        assert "secret" not in str(refused.value)
    with pytest.raises(sa.exc.ProgrammingError if not database.is_sqlite else sa.exc.OperationalError):
        await database.read(run_with_rows, "SELECT nothing FROM {rows}", {"n": "bigint"}, [(1,)])
    assert await database.read(counters.all_of, workspace_id) == {}


def test_moments_know_their_zone() -> None:
    east = datetime(2026, 11, 20, 19, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=7)))
    assert tables.from_millis(tables.to_millis(east)) == datetime(2026, 11, 20, 12, 0, 0, 123_000, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        tables.to_millis(datetime(2026, 11, 20))  # noqa: DTZ001
