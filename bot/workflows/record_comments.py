"""Records comments as they come: whatever arrived while the last commit ran goes into the next one.

Natural group commit: no lingering, no fixed batch size, one commit under way per workspace. Whoever called
`record` is answered when their comments are on disk and decided, not before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from bot.workflows.assistant import Assistant
from bot.workflows.decide_comments import Decider, Effects, Heard
from bot.workflows.tell import hand_over

_log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 500


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

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        for line in self._lines.values():
            await line.close()


class _Line:
    def __init__(self, assistant: Assistant, workspace_id: int) -> None:
        self._assistant = assistant
        self._workspace_id = workspace_id
        self._decider = Decider()
        self._waiting: list[tuple[Sequence[Heard], asyncio.Future[None]]] = []
        self._come = asyncio.Event()
        self._task = asyncio.create_task(self._work(), name=f"comments of workspace {workspace_id}")

    async def join(self, heard: Sequence[Heard]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((heard, done))
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
            taken: list[tuple[Sequence[Heard], asyncio.Future[None]]] = []
            count = 0
            while self._waiting and (not taken or count + len(self._waiting[0][0]) <= MOST_IN_A_BATCH):
                taken.append(self._waiting.pop(0))
                count += len(taken[-1][0])
            if not self._waiting:
                self._come.clear()
            await self._decide(taken)

    async def _decide(self, taken: list[tuple[Sequence[Heard], asyncio.Future[None]]]) -> None:
        """One commit for all; when it fails, one each, so that a poisoned comment fails alone."""
        try:
            effects = await self._commit([one for heard, _ in taken for one in heard])
        except Exception as failure:
            if len(taken) == 1:
                _log.exception("comments of workspace %s could not be kept", self._workspace_id)
                if not taken[0][1].done():
                    taken[0][1].set_exception(failure)
                return
            for single in taken:
                await self._decide([single])
            return
        for _, done in taken:
            if not done.done():
                done.set_result(None)
        if effects.parcels:
            self._assistant.spawn(hand_over(self._assistant, self._workspace_id, effects.parcels))

    async def _commit(self, heard: Sequence[Heard]) -> Effects:
        assistant = self._assistant
        effects = await assistant.database.write(self._decider.decide, self._workspace_id, heard, assistant.now())
        self._decider.remember(effects)
        return effects
