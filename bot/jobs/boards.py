"""Keeps the scoreboards in groups up to what moves, for as long as the service runs; one process at a time does."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from bot.jobs.duties import Duties
from bot.workflows.assistant import Assistant
from bot.workflows.show_scoreboards import Looked, Scoreboards

_log = logging.getLogger(__name__)

EVERY = 4.0
"""Seconds between two edits of a group's message: Telegram lets 20 messages a minute into a group."""
BREATH = 0.5
"""Seconds between two looks, while things move that no scoreboard shows."""


class Boards:
    """The loop behind the scoreboards."""

    def __init__(self, assistant: Assistant, duties: Duties) -> None:
        self._assistant = assistant
        self._duties = duties
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; without a platform that can edit there is nothing to be done."""
        if any(connected.platform.can_edit for connected in self._assistant.connected.values()):
            self._task = asyncio.create_task(self._duties.carry_out("the scoreboards", self._go_on), name="scoreboards")

    async def stop(self) -> None:
        """Stop; whoever takes over brings up what is behind."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go_on(self) -> None:
        """What moves first is shown at once, what moves after it together."""
        shown, bell = Scoreboards(self._assistant), self._assistant.bell
        ours = False
        while True:
            heard = bell.listen()
            try:
                if not ours:
                    await shown.take_over()
                    ours = True
                looked = await shown.bring_up()
            except Exception:
                _log.exception("the scoreboards could not be looked at; they are again in %s s", EVERY)
                looked = Looked(touched=True, behind=True)
            await asyncio.sleep(EVERY if looked.touched else BREATH)
            if looked.behind:
                bell.forget(heard)
            else:
                await heard
