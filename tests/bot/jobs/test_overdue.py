"""Work that has been under way for far too long is counted, on both databases; what may rest is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.jobs.overdue import OVERDUE_AFTER, engine_url, overdue

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEGAN = NOON - OVERDUE_AFTER - timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """The engine's database, with the only table of it that counts."""
    made = sa.create_engine(engine_url(sa.make_url(database_url)))
    schema = "" if made.dialect.name == "sqlite" else "dbos."
    with made.begin() as connection:
        if schema:
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS dbos CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA dbos")
        connection.exec_driver_sql(
            f"CREATE TABLE {schema}workflow_status (status text, name text, started_at_epoch_ms bigint)"
        )
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("status", "name", "began", "count"),
    [
        ("PENDING", "place_invoice", BEGAN, 1),
        ("PENDING", "settle", BEGAN, 1),
        ("PENDING", "place_invoice", BEGAN + timedelta(seconds=2), 0),
        ("PENDING", "deliver", BEGAN, 0),
        ("SUCCESS", "place_invoice", BEGAN, 0),
        ("ENQUEUED", "place_invoice", BEGAN, 0),
    ],
)
def test_only_what_should_have_ended_is_overdue(
    engine: sa.Engine, database_url: str, status: str, name: str, began: datetime, count: int
) -> None:
    schema = None if engine.dialect.name == "sqlite" else "dbos"
    columns = map(sa.column, ("status", "name", "started_at_epoch_ms"))
    table = sa.table("workflow_status", *columns, schema=schema)
    with engine.begin() as connection:
        values = {"status": status, "name": name, "started_at_epoch_ms": int(began.timestamp() * 1000)}
        connection.execute(table.insert().values(values))
    assert overdue(sa.make_url(database_url), NOON) == count


def test_before_the_first_start_nothing_is_overdue(database_url: str) -> None:
    url = sa.make_url(database_url)
    assert overdue(url, NOON) == 0
    assert url.get_backend_name() != "sqlite" or not Path(str(engine_url(url).database)).exists(), (
        "asking makes no file"
    )
