"""The pace of everything that several processes call together: booked in the database, kept here.

What is counted by the second has its places in the database, and a call takes one when it is about to be made. What has
longer between two calls is booked ahead, so that nobody asks again and again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
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
LATEST = 0.4
"""Seconds after which a place is not used any more that was booked for a moment: it may be over when others hear of
it."""
GATHER = 0.03
"""Seconds after which others are told of places: they ask for those that are free, a second after they were taken."""
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
        self._to_tell: dict[_SharedPlace, None] = {}
        self._telling: asyncio.Task[None] | None = None
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
        return await super().turns(*limits)

    def pause(self, key: Hashable, seconds: float) -> None:
        """Let nothing through for `key` for so long, in no process."""
        self._hold(key, seconds)
        telling = asyncio.create_task(self._tell(key, seconds))
        self._pausing.add(telling)
        telling.add_done_callback(self._pausing.discard)

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

    async def _choose(self, held: Held) -> Sequence[Place | None] | None:
        """Also among all processes: in every limit, or in none, while nobody else of this process is in the line.

        A place among all may be free only in a moment, and is booked. Who must wait for a chat waits outside the line.
        """
        counted = [(lane, limit) for lane, limit in held if limit.most]
        if not counted:
            return await super()._choose(held)
        asked = time.monotonic()
        wishes = [
            paces.Wish(
                key=_name(limit.key),
                most=lane.most(limit, asked),
                seconds=limit.seconds + limit.on_its_way,
                patience=self._patience if lane is held[-1][0] else 0.0,
            )
            for lane, limit in counted
        ]
        try:
            seats = await paces.take(self._standing, wishes)
        except Broken:
            raise Busy("the database that keeps our pace is away", code="paced", retry_after=1.0) from None
        wait = max(0.0, *(seat.seconds for seat in seats))
        places = {
            limit: _SharedPlace(
                limit=limit,
                tell=self._tell_soon,
                name=wish.key,
                number=seat.number,
                until=seat.until,
                ours_until=asked + wait + wish.seconds,
            )
            for (_, limit), wish, seat in zip(counted, wishes, seats, strict=True)
            if seat.number
        }
        if len(places) == len(counted):
            await self._sleep(wait)
            now = time.monotonic()
            late = now - asked - wait
            if late < LATEST and not any(lane.paused_until > now for lane, _ in counted):
                return [places.get(limit) for _, limit in held]
        else:
            for (lane, _), wish, seat in zip(counted, wishes, seats, strict=True):
                if seat.seconds > wish.patience:
                    lane.pause(asked + seat.seconds)
            await self._sleep(_AT_LEAST)
        for place in places.values():
            place.let_go(time.monotonic())
        return None

    def _tell_soon(self, place: _SharedPlace) -> None:
        """Others are to know when this place is free, together with what else they are to know by then."""
        self._to_tell[place] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_of_places(), name="places")

    async def _tell_of_places(self) -> None:
        while self._to_tell:
            await asyncio.sleep(GATHER)
            changed, self._to_tell = self._to_tell, {}
            now = time.monotonic()
            with suppress(Broken):
                told = await paces.tell(self._standing, [place.change(now) for place in changed])
                for place in changed:
                    place.until = told.get((place.name, place.number), 0)

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
    """A place that was taken for a call that is made and answered soon: others are told when it is free otherwise."""

    tell: Callable[[_SharedPlace], None]
    name: str
    number: int
    until: int
    """By the database's clock; 0 when it is known to be somebody else's by now."""
    ours_until: float
    """The same as far as others know, by our clock."""

    def leave(self, now: float) -> None:
        """The call is made now, maybe after a wait for something else."""
        Place.leave(self, now)
        if self.free_at > self.ours_until + self.limit.on_its_way / 2:
            self.tell(self)

    def give_back(self, now: float) -> None:
        """The call has been answered."""
        Place.give_back(self, now)
        if self.free_at != self.ours_until:
            self.tell(self)

    def let_go(self, now: float) -> None:
        """No call is made."""
        self.free_at = now
        self.tell(self)

    def change(self, now: float) -> paces.Change:
        """What others are told now."""
        self.ours_until = self.free_at
        return paces.Change(key=self.name, number=self.number, until=self.until, seconds=self.free_at - now)


def _name(key: Hashable) -> str:
    """What a limit is called in the database: the same in every process."""
    return json.dumps(key)


def _hashable(key: Any) -> Hashable:
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
