"""The writer's thread: deeds are done in it one after the other, first come first served."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

_Outcome = tuple[Any, BaseException | None]


class Writer:
    """One thread, and the line before it.

    An executor would do, for twice the CPU of a hop: there each deed has two futures, with locks of their own.
    """

    def __init__(self) -> None:
        self._line: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()
        self._closed = False

    async def do(self, deed: Callable[[], T]) -> T:
        """Do this when its turn comes, unless nobody waits for it any more by then; raises what it raises."""
        if self._closed:
            raise RuntimeError("the database is closed")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._line.put((deed, done))
        return await done

    def close(self) -> None:
        """Finish what is in line, then end."""
        self._closed = True
        self._line.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._line.get()) is not None:
            deed, done = first
            if not done.cancelled():
                outcome = _outcome(deed)
                with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                    done.get_loop().call_soon_threadsafe(_tell, done, *outcome)
                del outcome
            del first, deed, done  # nothing is held while there is nothing to do


def _outcome(deed: Callable[[], Any]) -> _Outcome:
    try:
        return deed(), None
    except BaseException as failure:
        return None, failure


def _tell(done: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if done.cancelled():
        return
    if failure is None:
        done.set_result(result)
    else:
        done.set_exception(failure)
