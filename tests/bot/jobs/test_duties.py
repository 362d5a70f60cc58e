"""A duty is done by one process at a time, and by another within seconds when that one is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.jobs import duties, locks
from bot.jobs.duties import AllMine, Shared
from storage.standing import Standing
from tests.shop import PATIENCE

Connect = Callable[[str], Awaitable[Standing]]


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "LOOK_EVERY", 0.02)


@pytest.fixture
async def connect(postgres_url: str) -> AsyncIterator[Connect]:
    """Opens one process's standing connection."""
    async with AsyncExitStack() as opened:

        async def connect(name: str) -> Standing:
            standing = Standing(sa.make_url(postgres_url), name)
            await standing.start()
            opened.push_async_callback(standing.stop)
            return standing

        yield connect


class Desk:
    """Where the duty is done, and by whom."""

    def __init__(self) -> None:
        self.at_it: list[str] = []
        self.changed = asyncio.Condition()

    async def work(self, name: str) -> None:
        """Be at it until somebody ends it."""
        await self._note(self.at_it.append, name)
        try:
            await asyncio.Event().wait()
        finally:
            await self._note(self.at_it.remove, name)

    async def until(self, *names: str) -> None:
        """Wait until just these are at it."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: self.at_it == list(names))

    async def _note(self, change: Callable[[str], None], name: str) -> None:
        async with self.changed:
            change(name)
            self.changed.notify_all()


@pytest.fixture
async def tasks() -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    begun: dict[str, asyncio.Task[None]] = {}
    yield begun
    for task in begun.values():
        task.cancel()
    await asyncio.gather(*begun.values(), return_exceptions=True)


async def test_one_does_it_and_the_next_one_when_that_one_stops(
    connect: Connect, tasks: dict[str, asyncio.Task[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    tried: list[Standing] = []

    async def take(standing: Standing, name: str) -> bool:
        taken = await locks.take(standing, name)
        tried.append(standing)
        return taken

    monkeypatch.setattr(duties, "take", take)
    first, second = await connect("first"), await connect("second")
    tasks["first"] = asyncio.create_task(Shared(first).carry_out("polling", lambda: desk.work("first")))
    await desk.until("first")
    tasks["second"] = asyncio.create_task(Shared(second).carry_out("polling", lambda: desk.work("second")))
    async with asyncio.timeout(PATIENCE):
        while tried.count(second) < 3:  # noqa: ASYNC110 - it tries now and then
            await asyncio.sleep(0.01)
    assert desk.at_it == ["first"]
    tasks["first"].cancel()
    await desk.until("second")


async def test_a_process_that_loses_its_connection_stops_before_another_one_begins(
    connect: Connect, tasks: dict[str, asyncio.Task[None]]
) -> None:
    desk = Desk()
    first, second = await connect("first"), await connect("second")
    tasks["first"] = asyncio.create_task(Shared(first).carry_out("polling", lambda: desk.work("first")))
    await desk.until("first")
    await second.ask("SELECT pg_terminate_backend($1)", first.pid)
    await desk.until()
    tasks["second"] = asyncio.create_task(Shared(second).carry_out("polling", lambda: desk.work("second")))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE), desk.changed:
        await desk.changed.wait_for(lambda: len(desk.at_it) == 1)
    assert desk.at_it in (["first"], ["second"]), "whoever was faster, but one of them"


async def test_different_duties_are_done_side_by_side(connect: Connect, tasks: dict[str, asyncio.Task[None]]) -> None:
    desk = Desk()
    first, second = Shared(await connect("first")), Shared(await connect("second"))
    tasks["a"] = asyncio.create_task(first.carry_out("polling for channel 1", lambda: desk.work("1")))
    await desk.until("1")
    tasks["b"] = asyncio.create_task(second.carry_out("polling for channel 2", lambda: desk.work("2")))
    await desk.until("1", "2")


async def test_who_comes_second_waits_for_the_first_to_be_done(connect: Connect) -> None:
    first, second = Shared(await connect("first")), Shared(await connect("second"))
    order: list[str] = []

    async def deed(shared: Shared, name: str) -> None:
        async with shared.alone("start"):
            order.append(f"{name} begins")
            await asyncio.sleep(0.05)
            order.append(f"{name} ends")

    await asyncio.gather(deed(first, "first"), deed(second, "second"))
    assert [line.partition(" ")[2] for line in order] == ["begins", "ends", "begins", "ends"]
    assert order[0].split()[0] == order[1].split()[0]


async def test_the_only_process_does_everything_itself() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    mine = AllMine()
    async with mine.alone("start"):
        await mine.carry_out("polling", work)
    assert done == ["work"]
    assert not mine.others
