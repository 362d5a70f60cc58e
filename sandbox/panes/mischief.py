"""Mischief: webhooks that come twice, late, or not until they are let go."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.evening.stage import Stage
from sandbox.panes.board import Board

LATE = 5.0
"""Seconds."""
LOOK_EVERY = 0.2


class Mischief:
    """Three switches. `twice` is for Facebook's and the provider's webhooks, the others are for the provider's."""

    def __init__(self, stage: Stage, board: Board) -> None:
        self._stage = stage
        self._board = board
        self._repeated = 0
        """How many of the provider's events have been seen to."""
        self.twice = self.late = self.held = False
        self._tell()

    def switch(self, *, twice: bool, late: bool, held: bool) -> None:
        """Set all three."""
        provider = self._stage.till.stand_in
        self._repeat()  # what has happened so far is not sent twice
        self._stage.facebook.webhooks.duplicates = int(twice)
        provider.delay_webhooks("*", LATE if late else 0.0)
        if held and not self.held:
            provider.hold_webhooks()
        elif self.held and not held:
            provider.release_webhooks(duplicate=int(twice))
            self._repeated = self._events_so_far()
        self.twice, self.late, self.held = twice, late, held
        self._tell()

    async def watch(self) -> None:
        """Send again what the provider has sent, for ever."""
        while True:
            self._repeat()
            await asyncio.sleep(LOOK_EVERY)

    def _repeat(self) -> None:
        if self.held:
            return
        events = self._stage.till.events()
        if self.twice:
            for event_id in events[self._repeated :]:
                self._stage.till.stand_in.redeliver(event_id)
        self._repeated = len(events)

    def _events_so_far(self) -> int:
        return len(self._stage.till.events())

    def _tell(self) -> None:
        told: dict[str, Any] = {"twice": self.twice, "late": self.late, "held": self.held}
        self._board.put("webhooks", told)
