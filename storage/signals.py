"""Signals: what one process says to the others on the same PostgreSQL, to be heard at once or not at all.

Nothing may depend on a signal: whoever was not listening finds out by looking now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from storage.standing import Broken, Standing

BREATH = 0.03
"""Seconds between two signals of one name and word: a burst of commits is one signal."""
_CHANNEL = "live_assist"
_LONGEST = 7000
"""PostgreSQL takes up to 8,000 bytes."""


class Signals:
    """Hears the other processes, and speaks to them: a name (what it is about), and perhaps a word."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._heard_by: dict[str, Callable[[str], None]] = {}
        self._waiting: dict[tuple[str, str], None] = {}
        self._task: asyncio.Task[None] | None = None
        standing.listen(_CHANNEL, self._hear)

    def on(self, name: str, hear: Callable[[str], None]) -> None:
        """Have `hear(word)` called when another process sends this."""
        self._heard_by[name] = hear

    def send(self, name: str, word: str = "") -> None:
        """Say something soon, outside of every transaction; the same again until then is said once."""
        self._waiting[name, word] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._speak(), name="signals")

    async def stop(self) -> None:
        """Say what is left to say."""
        if self._task is not None:
            await self._task

    async def _speak(self) -> None:
        while self._waiting:
            said, self._waiting = self._waiting, {}
            words = [f"{name} {word}"[:_LONGEST] for name, word in said]
            with suppress(Broken):
                await self._standing.ask("SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word", _CHANNEL, words)
            await asyncio.sleep(BREATH)

    def _hear(self, pid: int, payload: str) -> None:
        if pid == self._standing.pid:
            return
        name, _, word = payload.partition(" ")
        if (hear := self._heard_by.get(name)) is not None:
            hear(word)
