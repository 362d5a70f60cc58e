"""Pacing: how often we may call somebody, kept by spacing the calls out before they are made.

Each limit is a key (an account, a chat) with a time between calls and a burst that may go at once; it takes
one number per key (the generic cell rate algorithm). Whoever asks first goes first, and waiting for a slow chat
holds up nobody else.

Spacing alone does not keep a limit of so many calls in any second to the last one: a call that is held up on its way
arrives beside those behind it. Such a limit also has places. A call takes one, and gives it back that second after it
was answered, for by then it has surely been counted; so nothing is refused, and nothing of the pace is given away
for safety.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType

from bot.kit.errors import Busy

PATIENCE = 10.0
"""Seconds that the first in line waits. What takes longer gives Busy at once, to be done later."""
LATE = 0.005
"""Seconds that somebody who waited may wake up too late without those behind having to wait longer for it."""
ON_ITS_WAY = 0.04
"""Seconds after which a call is taken to have been counted though it has no answer yet: some answers take long. The
more, the surer; and the slower with somebody who takes that long to answer."""
FORGET_ABOVE = 1024
"""So many keys are remembered before the idle ones are looked for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One call per `every` seconds for `key` on average, and up to `burst` at once after a quiet time.

    With `most`: never more than that in any `seconds`, as whoever is called counts them.
    """

    key: Hashable
    every: float
    burst: int = 1
    most: int = 0
    seconds: float = 1.0
    on_its_way: float = ON_ITS_WAY


@dataclass(eq=False, slots=True)
class Place:
    """One of the `most` places of a limit, for one call."""

    limit: Limit
    free_at: float = math.inf

    def leave(self, now: float) -> None:
        """The call is made now: it arrives in a moment."""
        self.free_at = now + self.limit.on_its_way + self.limit.seconds

    def give_back(self, now: float) -> None:
        """The call has been answered, so it had arrived before."""
        self.free_at = min(self.free_at, now + self.limit.seconds)


class Turn:
    """Leave for one call, which is made inside of it: `with await pace.turns(…):`."""

    def __init__(self, places: Sequence[Place] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock

    def __enter__(self) -> None:
        now = self._clock()
        for place in self._places:
            place.leave(now)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        now = self._clock()
        for place in self._places:
            place.give_back(now)


@dataclass(eq=False, slots=True)
class _Lane:
    """What is known of one key."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    due: float = float("-inf")
    """When every call made so far has been paid for in time."""
    paused_until: float = float("-inf")
    slower: float = 0.0
    """Seconds that a call takes at least, until `slow_until`."""
    slow_until: float = float("-inf")
    places: list[Place] = field(default_factory=list)
    users: int = 0

    def every(self, limit: Limit, now: float) -> float:
        return max(limit.every, self.slower) if now < self.slow_until else limit.every

    def most(self, limit: Limit, now: float) -> int:
        return min(limit.most, round(limit.seconds / self.slower)) if now < self.slow_until else limit.most

    def opens_at(self, limit: Limit, now: float) -> float:
        return max(self._due_at(limit), self._free_at(limit, now))

    def take(self, limit: Limit, now: float, *, waited: bool, place: Place | None) -> None:
        since = max(now - LATE, self._due_at(limit)) if waited else now
        self.due = max(self.due, since) + self.every(limit, now)
        if place is not None:
            place.leave(now)
            self.places.append(place)

    def pause(self, until: float) -> None:
        self.paused_until = max(self.paused_until, until)

    def is_idle(self, now: float) -> bool:
        ends = (self.due, self.paused_until, self.slow_until, *(place.free_at for place in self.places))
        return not self.users and max(ends) <= now

    def _due_at(self, limit: Limit) -> float:
        return max(self.paused_until, self.due - (limit.burst - 1) * limit.every)

    def _free_at(self, limit: Limit, now: float) -> float:
        """When there is a place; in the past when there is one."""
        if not limit.most or len(self.places) < (most := self.most(limit, now)):
            return -math.inf
        self.places = [place for place in self.places if place.free_at > now]
        missing = len(self.places) - most
        if missing < 0:
            return -math.inf
        return sorted(place.free_at for place in self.places)[missing]


Held = Sequence[tuple[_Lane, Limit]]
"""What a call waits for at once."""


class Pace:
    """The pace of everything one process calls."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._patience = patience
        self._lanes: dict[Hashable, _Lane] = {}
        self._sweep_above = FORGET_ABOVE

    @property
    def remembered(self) -> int:
        """How many keys take up memory."""
        return len(self._lanes)

    async def turns(self, *limits: Limit) -> Turn:
        """Wait until all these limits allow one more call, then count it in each. Raises Busy when that is long.

        Narrowest first, the one everybody shares last: it is held only by a call that waits for nothing else.
        """
        *narrow, shared = [(self._enter(limit), limit) for limit in limits]
        try:
            async with AsyncExitStack() as held:
                for lane, _ in narrow:
                    await held.enter_async_context(lane.lock)
                return await self._go(narrow, shared)
        finally:
            for lane, _ in (*narrow, shared):
                lane.users -= 1

    def pause(self, key: Hashable, seconds: float) -> None:
        """Let nothing through for `key` for so long: the service has said not now."""
        self._lanes.setdefault(key, _Lane()).pause(self._clock() + seconds)

    def slow(self, key: Hashable, every: float, seconds: float) -> None:
        """For so long, leave at least `every` seconds between two calls for `key`: also for those who wait already."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.slower, lane.slow_until = every, self._clock() + seconds

    def _every(self, limit: Limit) -> float:
        lane = self._lanes.get(limit.key)
        return limit.every if lane is None else lane.every(limit, self._clock())

    async def _go(self, narrow: Held, shared: tuple[_Lane, Limit]) -> Turn:
        everything = (*narrow, shared)
        while True:
            waited = await self._open(narrow)
            async with shared[0].lock:
                waited_for_all = await self._open([shared])
                now = self._clock()
                # A chat may have been paused while this call waited for its turn among all.
                if any(lane.opens_at(limit, now) > now for lane, limit in narrow):
                    continue
                places = await self._choose(everything)
                if places is None:
                    continue
                now = self._clock()
                for (lane, limit), place in zip(everything, places, strict=True):
                    lane.take(limit, now, waited=waited_for_all if lane is shared[0] else waited, place=place)
                return Turn([place for place in places if place is not None], self._clock)

    async def _choose(self, held: Held) -> Sequence[Place | None] | None:
        """The place to take in each of these, if it has places; None when something is in the way after all."""
        return [Place(limit) if limit.most else None for _, limit in held]

    async def _open(self, held: Held) -> bool:
        """Wait for all of these; whether there was anything to wait for. Raises Busy."""
        waited = False
        while True:
            now = self._clock()
            wait = max((lane.opens_at(limit, now) - now for lane, limit in held), default=0.0)
            if wait <= 0:
                return waited
            waited = True
            if wait > self._patience:
                raise Busy("too much at once", code="paced", retry_after=wait)
            await self._sleep(wait)

    def _enter(self, limit: Limit) -> _Lane:
        if len(self._lanes) > self._sweep_above:
            self._forget_idle()
        lane = self._lanes.setdefault(limit.key, _Lane())
        lane.users += 1
        return lane

    def _forget_idle(self) -> None:
        now = self._clock()
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.is_idle(now)}
        # Looking at every key costs; with twice as many as are busy now, it is paid for by what came since.
        self._sweep_above = max(FORGET_ABOVE, 2 * len(self._lanes))
