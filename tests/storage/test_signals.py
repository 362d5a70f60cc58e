"""What one process says, the others hear at once; nobody hears himself, and a broken connection is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from storage.signals import Signals
from storage.standing import Broken, Standing

SOON = 60.0


class Process:
    """One process, and what it hears."""

    def __init__(self, url: str, name: str) -> None:
        self.standing = Standing(sa.make_url(url), name)
        self.signals = Signals(self.standing)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.signals.on("moved", self.heard.put_nowait)

    async def hears(self) -> str:
        """The next word."""
        return await asyncio.wait_for(self.heard.get(), SOON)


@pytest.fixture
async def processes(postgres_url: str) -> AsyncIterator[list[Process]]:
    opened = [Process(postgres_url, name) for name in ("first", "second", "third")]
    for process in opened:
        await process.standing.start()
    yield opened
    for process in opened:
        await process.signals.stop()
        await process.standing.stop()


async def test_everybody_else_hears_it_once(processes: list[Process]) -> None:
    first, *others = processes
    for _ in range(100):
        first.signals.send("moved", "1")
    first.signals.send("unheard of")
    first.signals.send("moved", "2")
    for other in others:
        assert [await other.hears(), await other.hears()] == ["1", "2"]
    await others[0].signals.stop()
    others[0].signals.send("moved", "3")
    assert await first.hears() == "3", "and none of its own before"
    assert all(other.heard.empty() for other in others[:1])


async def test_a_connection_that_was_cut_is_opened_again_and_listens_again(processes: list[Process]) -> None:
    first, second, _ = processes
    await first.standing.ask("SELECT pg_terminate_backend($1)", second.standing.pid)
    await second.standing.ended()
    with pytest.raises(Broken):
        await second.standing.ask("SELECT 1")
    async with asyncio.timeout(SOON):
        while not second.standing.pid:  # noqa: ASYNC110 - it is mended in its own time
            await asyncio.sleep(0.02)
    first.signals.send("moved", "again")
    assert await second.hears() == "again"


async def test_statements_that_fail_do_not_cost_the_connection(processes: list[Process]) -> None:
    first, *_ = processes
    session = first.standing.pid
    with pytest.raises(Exception, match="division by zero"):
        await first.standing.ask("SELECT 1 / 0")
    assert await first.standing.ask("SELECT 1 AS one") == [(1,)]
    assert first.standing.pid == session
