"""The pace of everything that several processes call together: booked in the database, kept here.

What is counted by the second has its places in the database, and a call takes one when it is about to be made. What has
longer between two calls is booked ahead, so that nobody asks again and again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.kit.errors import Busy
from bot.kit.pacing import PATIENCE, Held, Limit, Pace, Place, Turn
from storage import paces
from storage.signals import Signals
from storage.standing import Broken, Standing

_log = logging.getLogger(__name__)

TOO_LATE, LATE_SHARE = 0.02, 1 / 25
"""Seconds after which a place is over, or that share of the time between two where it is more: a process that was held
up must not crowd what another one does on time."""
BOOKED_AGAIN = 2
"""How often: a process that is held up all the time has to go on somehow."""
_AT_LEAST = 0.001
"""Seconds to wait for a place that somebody else was quicker to take."""
_PAUSED = "pace"
_PAUSES_REMEMBERED = 1024


class SharedPace(Pace):
    """A pace that replicas keep together.

    A call first books its time in every limit that is booked ahead, narrowest first: while it waits for a slow chat it
    is not in the line of all. Then it goes through the pace of this process, which mends what two times booked apart
    cannot promise: that calls of one chat, held up by the crowd of all, do not leave together. There it takes its
    places, which whoever is first in this process's line asks the database for.
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
        self._pausing: set[asyncio.Task[None]] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        signals.on(_PAUSED, self._paused_elsewhere)

    async def turns(self, *limits: Limit) -> Turn:
        """Wait until all these limits allow one more call by anybody. Raises Busy when that is long."""
        ahead = [limit for limit in limits if not limit.most]
        names = [_name(limit.key) for limit in ahead]
        while True:
            if self._pausing:
                await asyncio.wait(self._pausing)
            before = [self._pauses.get(name) for name in names]
            for name, limit in zip(names, ahead, strict=True):
                await self._book(name, limit)
            # A place from before a pause is worth nothing: everybody would leave at its end.
            if before == [self._pauses.get(name) for name in names]:
                break
        turn = await super().turns(*limits)
        if self._keeping:  # a place that was taken before a long wait for another one: nobody else may have it first
            await asyncio.wait(self._keeping)
        return turn

    def pause(self, key: Hashable, seconds: float) -> None:
        """Let nothing through for `key` for so long, in no process."""
        self._hold(key, seconds)
        _in_background(self._tell(key, seconds), self._pausing)

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

    async def _open(self, held: Held) -> tuple[bool, list[Place | None]]:
        """Also among all processes."""
        waited, places = await super()._open(held)
        for number, (lane, limit) in enumerate(held):
            if limit.most:
                most = lane.most(limit, time.monotonic())
                place, waited_for_others = await self._take(_name(limit.key), limit, most)
                places[number] = place
                waited = waited or waited_for_others
        return waited, places

    async def _take(self, name: str, limit: Limit, most: int) -> tuple[Place, bool]:
        waited = False
        while True:
            asked = time.monotonic()
            try:
                seat = await paces.take(self._standing, name, most=most, seconds=limit.seconds + limit.on_its_way)
            except Broken:
                raise Busy("the database that keeps our pace is away", code="paced", retry_after=1.0) from None
            if seat.number:
                ends = asked + limit.seconds + limit.on_its_way
                return _SharedPlace(limit, keep=self._keep, name=name, number=seat.number, ours_until=ends), waited
            if seat.seconds > self._patience:
                raise Busy("too much at once", code="paced", retry_after=seat.seconds)
            waited = True
            await self._sleep(max(seat.seconds, _AT_LEAST))

    def _keep(self, name: str, number: int, seconds: float) -> None:
        """Others must not have this place as early as was said when it was taken."""
        _in_background(self._tell_to_keep(name, number, seconds), self._keeping)

    async def _tell_to_keep(self, name: str, number: int, seconds: float) -> None:
        with suppress(Broken):
            await paces.keep(self._standing, name, number, seconds)

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


@dataclass(eq=False, slots=True, kw_only=True)
class _SharedPlace(Place):
    """A place that was taken for a call that is made and answered soon. One that takes longer keeps it longer."""

    keep: Callable[[str, int, float], None]
    name: str
    number: int
    ours_until: float

    def leave(self, now: float) -> None:
        """The call is made now, maybe after a wait for something else."""
        Place.leave(self, now)
        self._keep(now, spare=self.limit.on_its_way / 2)

    def give_back(self, now: float) -> None:
        """The call has been answered."""
        Place.give_back(self, now)
        self._keep(now, spare=0.0)

    def _keep(self, now: float, *, spare: float) -> None:
        if self.free_at > self.ours_until + spare:
            self.keep(self.name, self.number, self.free_at - now)
            self.ours_until = self.free_at


def _in_background(telling: Coroutine[Any, Any, None], under_way: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(telling)
    under_way.add(task)
    task.add_done_callback(under_way.discard)


def _name(key: Hashable) -> str:
    """What a limit is called in the database: the same in every process."""
    return json.dumps(key)


def _hashable(key: Any) -> Hashable:
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
