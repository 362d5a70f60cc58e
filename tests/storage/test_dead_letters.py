"""A dead letter is kept once per attempt, and waits for somebody until it is settled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from storage import dead_letters, workspaces
from storage.database import Database

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.write(workspaces.ensure_first, NOON)
    yield database
    await database.close()


async def keep(database: Database, kind: str, subject: int, attempt: int, minutes: int = 0, **more: bool) -> bool:
    """Something gives up, so many minutes after noon."""
    return await database.write(
        dead_letters.keep,
        1,
        kind=kind,
        subject_id=subject,
        attempt=attempt,
        reason="the database did not do its part",
        now=NOON + timedelta(minutes=minutes),
        **more,
    )


async def test_an_attempt_is_written_down_once_and_the_next_one_again(database: Database) -> None:
    assert await keep(database, "invoice", 7, 1)
    assert not await keep(database, "invoice", 7, 1, minutes=5)
    assert await keep(database, "invoice", 7, 2, minutes=6)
    assert await keep(database, "void", 7, 1, minutes=7)
    waiting = await database.read(dead_letters.unsettled, 1)
    assert [(one.kind, one.attempt) for one in waiting] == [("void", 1), ("invoice", 2), ("invoice", 1)]
    assert waiting[-1].happened_at == NOON
    assert waiting[-1].reason == "the database did not do its part"
    assert await database.read(dead_letters.is_kept, 1, "invoice", 7, 2)
    assert not await database.read(dead_letters.is_kept, 1, "invoice", 7, 3)


async def test_what_somebody_has_seen_to_waits_no_more(database: Database) -> None:
    await keep(database, "settle", 7, 1)
    await keep(database, "settle", 8, 1)
    assert await database.write(dead_letters.settle, 1, "settle", 7, NOON)
    assert not await database.write(dead_letters.settle, 1, "settle", 7, NOON)
    assert [one.subject_id for one in await database.read(dead_letters.unsettled, 1)] == [8]
    assert await database.read(dead_letters.is_kept, 1, "settle", 7, 1, settled=True)
    assert not await database.read(dead_letters.is_kept, 1, "settle", 8, 1, settled=True)
    assert await keep(database, "invoice", 9, 1, settled=True)
    assert [one.subject_id for one in await database.read(dead_letters.unsettled, 1)] == [8]


async def test_how_many_of_a_kind_gave_up_lately_is_counted(database: Database) -> None:
    for subject in range(3):
        await keep(database, "invoice", subject, 1, minutes=subject)
    await keep(database, "void", 0, 1)
    assert await database.read(dead_letters.count_since, 1, "invoice", NOON + timedelta(minutes=1)) == 2
    await database.write(dead_letters.settle, 1, "invoice", 2, NOON)
    assert await database.read(dead_letters.count_since, 1, "invoice", NOON + timedelta(minutes=1)) == 1


async def test_another_workspace_sees_none_of_it(database: Database) -> None:
    await keep(database, "invoice", 7, 1)
    assert await database.read(dead_letters.unsettled, 2) == []
    assert not await database.write(dead_letters.settle, 2, "invoice", 7, NOON)
    assert not await database.read(dead_letters.is_kept, 2, "invoice", 7, 1)
    assert await database.read(dead_letters.count_since, 2, "invoice", NOON) == 0
