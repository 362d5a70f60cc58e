"""The pace of everything that several processes call together: booked in the database, kept here."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from bot.kit.errors import Busy
from bot.kit.pacing import PATIENCE, Limit, Pace
from storage import paces
from storage.signals import Signals
from storage.standing import Broken, Standing

_log = logging.getLogger(__name__)

TOO_LATE, LATE_SHARE = 0.02, 1 / 25
"""Seconds after which a place is over, or that share of the time between two where it is more: a process that was held
up must not crowd what another one does on time."""
BOOKED_AGAIN = 2
"""How often: a process that is held up all the time has to go on somehow."""
_PAUSED = "pace"
_PAUSES_REMEMBERED = 1024


class SharedPace(Pace):
    """A pace that replicas keep together.

    A call first books its place in every limit, narrowest first: while it waits for a slow chat it has no place in the
    line of all. Then it goes through the pace of this process, which mends what two places booked at different times
    cannot promise: that calls of one chat, held up by the crowd of all, do not leave together.
    """

    def __init__(
        self,
        standing: Standing,
        signals: Signals,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(sleep=sleep, patience=patience)
        self._standing = standing
        self._signals = signals
        self._pauses: dict[str, int] = {}
        self._telling: set[asyncio.Task[None]] = set()
        signals.on(_PAUSED, self._paused_elsewhere)

    async def turns(self, *limits: Limit) -> None:
        """Wait until all these limits allow one more call by anybody. Raises Busy when that is long."""
        names = [_name(limit.key) for limit in limits]
        while True:
            if self._telling:
                await asyncio.wait(self._telling)
            before = [self._pauses.get(name) for name in names]
            for name, limit in zip(names, limits, strict=True):
                await self._book(name, limit)
            # A place from before a pause is worth nothing: everybody would leave at its end.
            if before == [self._pauses.get(name) for name in names]:
                break
        await super().turns(*limits)

    def pause(self, key: Hashable, seconds: float) -> None:
        """Let nothing through for `key` for so long, in no process."""
        self._hold(key, seconds)
        telling = asyncio.create_task(self._tell(key, seconds))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _book(self, name: str, limit: Limit) -> None:
        """Wait for a place of our own. One that we come to too late is another's neighbour: then we take a new one."""
        for _ in range(BOOKED_AGAIN + 1):
            asked = time.monotonic()
            place = await self._place(name, limit)
            if place.seconds > 0:
                await self._sleep(place.seconds)
            if time.monotonic() - asked - place.seconds <= max(TOO_LATE, LATE_SHARE * limit.every):
                return

    async def _place(self, name: str, limit: Limit) -> paces.Booking:
        try:
            place = await paces.book(
                self._standing, name, every=self._every(limit), burst=limit.burst, patience=self._patience
            )
        except Broken:
            raise Busy("the database that keeps our pace is away", code="paced", retry_after=1.0) from None
        if not place.taken:
            raise Busy("too much at once", code="paced", retry_after=place.seconds)
        return place

    async def _tell(self, key: Hashable, seconds: float) -> None:
        try:
            await paces.pause(self._standing, _name(key), seconds)
        except Broken:
            _log.warning("other processes could not be told of a pause of %.0f seconds", seconds)
        self._signals.send(_PAUSED, json.dumps([key, seconds]))

    def _paused_elsewhere(self, word: str) -> None:
        key, seconds = json.loads(word)
        self._hold(_hashable(key), seconds)

    def _hold(self, key: Hashable, seconds: float) -> None:
        super().pause(key, seconds)
        if len(self._pauses) > _PAUSES_REMEMBERED:
            self._pauses.clear()
        name = _name(key)
        self._pauses[name] = self._pauses.get(name, 0) + 1


def _name(key: Hashable) -> str:
    """What a limit is called in the database: the same in every process."""
    return json.dumps(key)


def _hashable(key: Any) -> Hashable:
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
