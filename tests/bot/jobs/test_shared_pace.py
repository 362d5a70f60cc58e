"""Two processes on one database keep one pace between them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from bot.jobs.shared_pace import SharedPace
from bot.kit.errors import Busy
from bot.kit.pacing import Limit
from storage import paces
from storage.database import Database
from storage.signals import Signals
from storage.standing import Standing


@dataclass
class Process:
    """What one process has of the pace."""

    pace: SharedPace
    standing: Standing


@pytest.fixture
async def processes(postgres_url: str) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as open_connections:
        opened = []
        for name in ("first", "second"):
            standing = Standing(sa.make_url(postgres_url), name)
            signals = Signals(standing)
            pace = SharedPace(standing, signals, patience=3.0)
            await standing.start()
            open_connections.push_async_callback(standing.stop)
            open_connections.push_async_callback(signals.stop)
            opened.append(Process(pace, standing))
        yield opened


async def went(pace: SharedPace, times: list[float], *limits: Limit) -> None:
    await pace.turns(*limits)
    times.append(time.monotonic())


async def test_the_calls_of_two_processes_are_spaced_as_if_they_were_one(processes: list[Process]) -> None:
    times: list[float] = []
    began = time.monotonic()
    limit = Limit(("bot", "1"), every=0.05)
    await asyncio.gather(*(went(process.pace, times, limit) for _ in range(10) for process in processes))
    assert len(times) == 20
    assert max(times) - began >= 19 * 0.05 * 0.99, "not one of them was in a hurry"


async def test_two_processes_together_make_no_more_calls_in_any_second_than_one_may(processes: list[Process]) -> None:
    limit = Limit(("bot", "1"), every=0.001, burst=50, most=20, seconds=0.5)
    arrived: list[float] = []

    async def call(pace: SharedPace, answer: float) -> None:
        with await pace.turns(limit):
            await asyncio.sleep(answer / 2)
            arrived.append(time.monotonic())
            await asyncio.sleep(answer / 2)

    for answer in (0.0, 0.03, 0.3):
        arrived.clear()
        await asyncio.gather(*(call(process.pace, answer) for _ in range(30) for process in processes))
        assert len(arrived) == 60
        arrived.sort()
        together = [later - earlier for earlier, later in zip(arrived, arrived[20:], strict=False)]
        assert min(together) >= 0.3, "nearly half a second, however this machine is held up"
        assert max(arrived) - min(arrived) < 30, "and nobody waited for nothing"


async def test_a_place_taken_before_a_wait_for_another_is_not_given_to_somebody_else_meanwhile(
    processes: list[Process],
) -> None:
    first, second = processes
    everybody = Limit(("bot", "1"), every=0.001, most=1, seconds=2.5)
    chat = Limit(("bot", "1", "mai"), every=0.001, most=1, seconds=1.5)
    await first.pace.turns(everybody)
    await first.pace.turns(chat, everybody)
    left = time.monotonic()
    await second.pace.turns(chat)
    assert time.monotonic() - left >= 0.7


async def test_a_place_is_free_for_everybody_that_time_after_its_call_was_answered(processes: list[Process]) -> None:
    first, second = processes
    limit = Limit(("bot", "1"), every=0.001, most=1, seconds=0.5, on_its_way=60.0)
    with await first.pace.turns(limit):
        answered = time.monotonic()
    await asyncio.sleep(0.2)  # until then nobody but the first knows of the answer
    await second.pace.turns(limit)
    assert time.monotonic() - answered >= 0.45, "and not before"


async def test_a_place_that_is_taken_by_somebody_else_is_not_given_back_by_who_had_it_before(
    processes: list[Process],
) -> None:
    first, second = processes
    limit = Limit(("bot", "1"), every=0.001, most=1, seconds=0.3, on_its_way=0.0)
    with await first.pace.turns(limit):
        await second.pace.turns(replace(limit, seconds=60.0))
    await asyncio.sleep(0.5)
    with pytest.raises(Busy):
        await first.pace.turns(limit)


async def test_who_waits_for_a_chat_takes_no_place_among_all(processes: list[Process]) -> None:
    first, second = processes
    everybody = Limit(("bot", "1"), every=0.001, burst=9, most=2, seconds=60.0)
    chat = Limit(("bot", "1", "mai"), every=0.001, most=1, seconds=2.5)
    await first.pace.turns(chat, everybody)
    waiting = asyncio.create_task(second.pace.turns(chat, everybody))
    await asyncio.sleep(0.2)
    await first.pace.turns(Limit(("bot", "1", "ann"), every=0.001, most=1), everybody)
    with pytest.raises(Busy):
        await waiting


async def test_who_waits_too_long_for_a_place_is_busy_and_takes_none(processes: list[Process]) -> None:
    first, second = processes
    limit = Limit(("bot", "1"), every=0.001, most=1, seconds=60.0)
    await first.pace.turns(limit)
    for _ in range(2):
        with pytest.raises(Busy) as busy:
            await second.pace.turns(limit)
        assert busy.value.retry_after == pytest.approx(60, abs=20)


async def test_a_limit_that_is_found_to_be_wider_has_more_places_at_once(processes: list[Process]) -> None:
    first, second = processes
    narrow = Limit(("bot", "1"), every=0.001, burst=9, most=1, seconds=60.0)
    await first.pace.turns(narrow)
    for _ in range(2):
        await second.pace.turns(replace(narrow, most=3))
    with pytest.raises(Busy):
        await second.pace.turns(replace(narrow, most=3))


async def test_a_burst_is_a_burst_for_both_together(processes: list[Process]) -> None:
    first, second = processes
    limit = Limit(("group", "1"), every=60.0, burst=4)
    for process in (first, second, first, second):
        await process.pace.turns(limit)
    for process in processes:
        with pytest.raises(Busy):
            await process.pace.turns(limit)


async def test_a_line_that_is_too_long_is_busy_at_once_and_takes_no_place(processes: list[Process]) -> None:
    first, second = processes
    limit = Limit(("private replies", "1"), every=24.0)
    await first.pace.turns(limit)
    waits = []
    for process in (first, second, first):
        with pytest.raises(Busy) as busy:
            await process.pace.turns(limit)
        waits.append(busy.value.retry_after or 0.0)
    assert all(20 < wait <= 24 for wait in waits)


async def test_a_chat_that_must_wait_has_no_place_in_the_line_of_all(processes: list[Process]) -> None:
    first, second = processes
    everybody = Limit(("bot", "2"), every=0.01)
    slow = Limit(("bot", "2", "mai"), every=2.9)
    await first.pace.turns(slow, everybody)
    waiting = asyncio.create_task(first.pace.turns(slow, everybody))
    for number in range(8):
        await second.pace.turns(Limit(("bot", "2", str(number)), every=2.9), everybody)
    assert not waiting.done()
    waiting.cancel()


async def test_a_pause_in_one_process_holds_in_the_other_even_for_who_waits_already(processes: list[Process]) -> None:
    first, second = processes
    limit = Limit(("bot", "3"), every=0.3)
    await first.pace.turns(limit)
    times: list[float] = []
    waiting = [asyncio.create_task(went(process.pace, times, limit)) for process in (first, second, second)]
    await asyncio.sleep(0)
    began = time.monotonic()
    first.pace.pause(limit.key, 1.0)
    await asyncio.gather(*waiting)
    assert min(times) - began >= 0.99
    apart = [later - earlier for earlier, later in itertools.pairwise(sorted(times))]
    assert min(apart) >= 0.1, "after the pause they go one by one again, on a busy machine not to the hundredth"


async def test_a_long_pause_is_busy_in_both_and_in_one_that_comes_later(
    processes: list[Process], postgres_url: str
) -> None:
    first, second = processes
    limit = Limit(("chat", "1"), every=0.01)
    first.pace.pause(limit.key, 3600)
    later = Standing(sa.make_url(postgres_url), "later")
    try:
        for process in (first, second):
            with pytest.raises(Busy) as busy:
                await process.pace.turns(limit)
            assert busy.value.retry_after == pytest.approx(3600, abs=5)
        await later.start()
        with pytest.raises(Busy):
            await SharedPace(later, Signals(later)).turns(limit)
    finally:
        await later.stop()


async def test_without_its_database_nothing_is_called(processes: list[Process]) -> None:
    first, _ = processes
    await first.standing.stop()
    with pytest.raises(Busy):
        await first.pace.turns(Limit("chat", every=0.01))


async def test_idle_limits_are_forgotten_and_booked_ones_are_not(processes: list[Process], postgres_url: str) -> None:
    first, _ = processes
    await first.pace.turns(Limit("idle", every=0.001))
    await first.pace.turns(Limit("booked", every=3600))
    await first.pace.turns(Limit("was counted", every=0.001, most=2, seconds=-1.0))
    await first.pace.turns(Limit("counts", every=0.001, most=1, seconds=3600))
    database = Database(postgres_url)
    try:
        assert await database.write(paces.prune, 0.0) == 1
        with pytest.raises(Busy):
            await first.pace.turns(Limit("booked", every=3600))
        with pytest.raises(Busy):
            await first.pace.turns(Limit("counts", every=0.001, most=1, seconds=3600))
        kept = sa.text("SELECT DISTINCT key FROM pace_places")
        assert await database.read(lambda tx: tx.scalars(kept).all()) == ['"counts"']
    finally:
        await database.close()
