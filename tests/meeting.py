"""Two writers who meet: the second begins when the first has done everything but commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from storage.database import Database

T = TypeVar("T")
P = ParamSpec("P")

PATIENCE = 60.0
"""Seconds a writer gets to come to its commit, or to a lock that somebody holds."""


class LateCommit(Database):
    """A database on PostgreSQL that holds its first write back, done but not committed, until `commit`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.done = asyncio.Event()
        self.commit = asyncio.Event()

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it, and wait."""
        async with self._engine.connect() as connection, connection.begin():
            result = await connection.run_sync(work, *args, **kwargs)
            self.done.set()
            await self.commit.wait()
        return result


async def meet(late: LateCommit, first: Coroutine[Any, Any, Any], second: Coroutine[Any, Any, Any]) -> tuple[Any, Any]:
    """What each of two deeds came to, an error too, when the second begins before the commit of the first.

    The first writes through `late`. The second runs until it is over, or waits for something the first has locked.
    """
    async with asyncio.timeout(PATIENCE):
        one = asyncio.create_task(first)
        one.add_done_callback(lambda _: late.done.set())
        await late.done.wait()
        other = asyncio.create_task(second)
        while not other.done() and not await late.read(_somebody_waits):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
        late.commit.set()
        found = await asyncio.gather(one, other, return_exceptions=True)
    return found[0], found[1]


def _somebody_waits(tx: sa.Connection) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(tx.execute(sa.text(waiting)).scalar_one())
