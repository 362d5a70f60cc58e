"""Pacing: how often we may call somebody, kept by spacing the calls out before they are made.

Each limit is a key (an account, a chat) with a time between calls and a burst that may go at once; it takes
one number per key (the generic cell rate algorithm). Whoever asks first goes first, and waiting for a slow chat
holds up nobody else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from bot.kit.errors import Busy

PATIENCE = 10.0
"""Seconds that the first in line waits. What takes longer gives Busy at once, to be done later."""
LATE = 0.005
"""Seconds that somebody who waited may wake up too late without those behind having to wait longer for it."""
FORGET_ABOVE = 1024
"""So many keys are remembered before the idle ones are looked for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One call per `every` seconds for `key` on average, and up to `burst` at once after a quiet time."""

    key: Hashable
    every: float
    burst: int = 1


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
    users: int = 0

    def every(self, limit: Limit, now: float) -> float:
        return max(limit.every, self.slower) if now < self.slow_until else limit.every

    def opens_at(self, limit: Limit) -> float:
        return max(self.paused_until, self.due - (limit.burst - 1) * limit.every)

    def take(self, limit: Limit, now: float, *, waited: bool) -> None:
        since = max(now - LATE, self.opens_at(limit)) if waited else now
        self.due = max(self.due, since) + self.every(limit, now)

    def is_idle(self, now: float) -> bool:
        return not self.users and max(self.due, self.paused_until, self.slow_until) <= now


_Held = Sequence[tuple[_Lane, Limit]]


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

    async def turn(self, key: Hashable, *, every: float, burst: int = 1) -> None:
        """Wait until one more call is allowed for `key`. Raises Busy when that is long."""
        await self.turns(Limit(key, every, burst))

    async def turns(self, *limits: Limit) -> None:
        """Wait until all these limits allow one more call, then count it in each. Raises Busy as `turn` does.

        Narrowest first, the one everybody shares last: it is held only by a call that waits for nothing else.
        """
        *narrow, shared = [(self._enter(limit), limit) for limit in limits]
        try:
            async with AsyncExitStack() as held:
                for lane, _ in narrow:
                    await held.enter_async_context(lane.lock)
                await self._go(narrow, shared)
        finally:
            for lane, _ in (*narrow, shared):
                lane.users -= 1

    def pause(self, key: Hashable, seconds: float) -> None:
        """Let nothing through for `key` for so long: the service has said not now."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.paused_until = max(lane.paused_until, self._clock() + seconds)

    def slow(self, key: Hashable, every: float, seconds: float) -> None:
        """For so long, leave at least `every` seconds between two calls for `key`: also for those who wait already."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.slower, lane.slow_until = every, self._clock() + seconds

    def _every(self, limit: Limit) -> float:
        lane = self._lanes.get(limit.key)
        return limit.every if lane is None else lane.every(limit, self._clock())

    async def _go(self, narrow: _Held, shared: tuple[_Lane, Limit]) -> None:
        while True:
            waited = await self._until_open(narrow)
            async with shared[0].lock:
                waited_for_all = await self._until_open([shared])
                now = self._clock()
                # A chat may have been paused while this call waited for its turn among all.
                if all(lane.opens_at(limit) <= now for lane, limit in narrow):
                    for lane, limit in narrow:
                        lane.take(limit, now, waited=waited)
                    shared[0].take(shared[1], now, waited=waited_for_all)
                    return

    async def _until_open(self, held: _Held) -> bool:
        """Wait for all of these; false when there was nothing to wait for."""
        waited = False
        while True:
            now = self._clock()
            wait = max((lane.opens_at(limit) - now for lane, limit in held), default=0.0)
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
