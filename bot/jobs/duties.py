"""Duties: what one replica does for all of them, until it is gone and another one does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, ClassVar, Protocol

from bot.jobs.locks import let_go, take
from storage.standing import Broken, Standing

LOOK_EVERY = 1.0
"""Seconds between two looks whether somebody else's duty is free."""
_TURN_EVERY = 0.1

Work = Callable[[], Coroutine[Any, Any, None]]


class Duties(Protocol):
    """Who does what, among all processes on one database."""

    others: ClassVar[bool]
    """Whether there may be other processes."""

    async def carry_out(self, duty: str, work: Work) -> None:
        """Do `work` for as long as the duty is ours; wait while it is somebody else's."""

    def alone(self, deed: str) -> AbstractAsyncContextManager[None]:
        """Nobody else is at `deed` meanwhile."""


class AllMine:
    """The duties of the only process there is."""

    others: ClassVar[bool] = False

    async def carry_out(self, duty: str, work: Work) -> None:
        """Do it."""
        await work()

    @asynccontextmanager
    async def alone(self, deed: str) -> AsyncIterator[None]:
        """There is nobody else."""
        yield


class Shared:
    """The duties of one replica among others: each is a lock of its standing connection."""

    others: ClassVar[bool] = True

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    async def carry_out(self, duty: str, work: Work) -> None:
        """Take the lock as soon as it is free, work while the session that holds it lasts, then begin again."""
        lock = f"duty/{duty}"
        while True:
            with suppress(Broken):
                if await take(self._standing, lock):
                    try:
                        await self._while_it_lasts(work)
                    finally:
                        with suppress(Broken):
                            await let_go(self._standing, lock)
            await asyncio.sleep(LOOK_EVERY)

    @asynccontextmanager
    async def alone(self, deed: str) -> AsyncIterator[None]:
        """Wait for everybody who is at it already."""
        lock = f"deed/{deed}"
        while not await take(self._standing, lock):  # noqa: ASYNC110 - a lock that is let go rings no bell
            await asyncio.sleep(_TURN_EVERY)
        try:
            yield
        finally:
            with suppress(Broken):
                await let_go(self._standing, lock)

    async def _while_it_lasts(self, work: Work) -> None:
        doing = asyncio.create_task(work())
        ended = asyncio.create_task(self._standing.ended())
        try:
            await asyncio.wait({doing, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (doing, ended):
                task.cancel()
            await asyncio.gather(doing, ended, return_exceptions=True)
        if doing.done() and not doing.cancelled():
            doing.result()
