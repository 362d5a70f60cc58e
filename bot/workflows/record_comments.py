"""Records comments as they come: whatever arrived while the last commit ran goes into the next one.

Natural group commit: no lingering, no fixed batch size, one commit under way per workspace. Whoever called
`record` is answered when their comments are on disk and decided, not before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from bot.kit.errors import Busy
from bot.problems import is_database_trouble
from bot.workflows.assistant import Assistant
from bot.workflows.decide_comments import Decider, Effects
from bot.workflows.read_comments import Heard
from bot.workflows.tell import hand_over
from bot.workflows.void_invoices import order_void

_log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 500
LONGEST_WAIT = 1.0
"""Seconds. Whoever would wait longer is sent away at once, to come again: Facebook gives up after five."""
RETRY_PAUSES = (0.1, 0.3, 0.9, 1.5)
"""Seconds before a commit is tried again that a restarting database server, or a meeting of two writers, undid."""


def too_many(wait: float) -> Busy:
    """What is said to whoever would have to wait so many seconds."""
    return Busy("More comments are coming in than can be kept.", code="too_much", retry_after=wait)


_Waiting = tuple[Sequence[Heard], asyncio.Future[None]]


class Recorder:
    """The desk where comments queue up, one line per workspace."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lines: dict[int, _Line] = {}

    async def record(self, workspace_id: int, heard: Sequence[Heard]) -> None:
        """Keep and decide these comments; returns once they are on disk."""
        if not heard:
            return
        line = self._lines.get(workspace_id)
        if line is None:
            line = self._lines[workspace_id] = _Line(self._assistant, workspace_id)
        await line.join(heard)

    def check(self, workspace_id: int) -> None:
        """Raise Busy when a comment that came now would wait too long for its turn."""
        line = self._lines.get(workspace_id)
        if line is not None and (wait := line.wait()) > LONGEST_WAIT:
            raise too_many(wait)

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        for line in self._lines.values():
            await line.close()


class _Line:
    def __init__(self, assistant: Assistant, workspace_id: int) -> None:
        self._assistant = assistant
        self._workspace_id = workspace_id
        self._decider = Decider(assistant.settings.public_url)
        self._waiting: deque[_Waiting] = deque()
        self._length = 0
        """Comments that wait."""
        self._each = 0.0
        """Seconds a comment took lately."""
        self._since: float | None = None
        """When the commit under way began."""
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()
        self._task = asyncio.create_task(self._work(), name=f"comments of workspace {workspace_id}")

    def wait(self) -> float:
        """Seconds until a comment that came now would be decided, as things go."""
        under_way = 0.0 if self._since is None else self._loop.time() - self._since
        # What small batches cost each says nothing about large ones, and two of those are soon done.
        return under_way + (self._length * self._each if self._length > 2 * MOST_IN_A_BATCH else 0.0)

    async def join(self, heard: Sequence[Heard]) -> None:
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append((heard, done))
        self._length += len(heard)
        self._come.set()
        await done

    async def close(self) -> None:
        if self._waiting:
            await asyncio.wait([done for _, done in self._waiting])
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _work(self) -> None:
        while True:
            await self._come.wait()
            taken: list[_Waiting] = []
            count = 0
            while self._waiting and (not taken or count + len(self._waiting[0][0]) <= MOST_IN_A_BATCH):
                taken.append(self._waiting.popleft())
                count += len(taken[-1][0])
            if not self._waiting:
                self._come.clear()
            self._length -= count
            self._since = self._loop.time()
            await self._decide(taken)
            took = (self._loop.time() - self._since) / count
            self._each = took if not self._each else 0.8 * self._each + 0.2 * took
            self._since = None

    async def _decide(self, taken: list[_Waiting]) -> None:
        """One commit for all; when that fails over what is in it, one each, so that a poisoned comment fails alone."""
        try:
            effects = await self._commit([one for heard, _ in taken for one in heard])
        except Exception as failure:
            if len(taken) > 1 and not is_database_trouble(failure):
                for single in taken:
                    await self._decide([single])
                return
            known = is_database_trouble(failure)
            _log.error(
                "comments of workspace %s could not be kept: %s",
                self._workspace_id,
                failure,
                exc_info=None if known else failure,
            )
            for _, done in taken:
                if not done.done():
                    done.set_exception(failure)
            return
        for _, done in taken:
            if not done.done():
                done.set_result(None)
        for invoice_id in effects.voids:
            self._assistant.spawn(order_void(self._assistant, self._workspace_id, invoice_id))
        if effects.parcels:
            self._assistant.spawn(hand_over(self._assistant, self._workspace_id, effects.parcels))

    async def _commit(self, heard: Sequence[Heard]) -> Effects:
        """Decide and keep. Repeating it is safe, even when only the answer to the commit was lost: all is kept once.

        SQLite has waited for its lock already; a database server that is away may be back in a moment.
        """
        pauses = () if self._assistant.database.is_sqlite else RETRY_PAUSES
        for pause in pauses:
            try:
                return await self._commit_once(heard)
            except Exception as trouble:
                if not is_database_trouble(trouble):
                    raise
                _log.warning("comments of workspace %s are kept in %s s: %s", self._workspace_id, pause, trouble)
                await asyncio.sleep(pause)
        return await self._commit_once(heard)

    async def _commit_once(self, heard: Sequence[Heard]) -> Effects:
        assistant = self._assistant
        effects = await assistant.database.write(self._decider.decide, self._workspace_id, heard, assistant.now())
        self._decider.remember(effects)
        return effects
