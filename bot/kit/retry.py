"""Trying again what may pass: at most three more times, longer each time, as told where we are told, never in step.

Durable work that meets nobody at all waits until somebody is there: that is no try.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.kit.errors import Busy, OutcomeUnknown, OutsideError, Unreachable

T = TypeVar("T")

RETRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before each retry."""

    first: float
    """Seconds before the first one."""
    growth: float
    """How many times longer before each next one."""
    longest: float
    """Seconds; whoever asks to be left alone for longer is not tried again without a person's word."""

    def wait(self, trouble: OutsideError, retries: int, *, jitter: Callable[[], float] = random.random) -> float | None:
        """Seconds until it may be tried again after `retries` retries; None when it is not to be."""
        may_pass = isinstance(trouble, Busy | Unreachable | OutcomeUnknown) and trouble.again
        if retries >= RETRIES or not may_pass:
            return None
        ours = self.first * self.growth**retries
        asked = trouble.retry_after if isinstance(trouble, Busy) and trouble.retry_after else ours
        return None if asked > self.longest else asked + jitter() * min(asked, ours)


WHILE_SOMEBODY_WAITS = Backoff(first=0.5, growth=2.0, longest=60.0)
IN_GOOD_TIME = Backoff(first=0.5, growth=6.0, longest=3600.0)
"""For durable work: a hiccup is over at once, and half a minute of failures needs nobody's hand."""

WAITS = 40
"""How often durable work comes back to where nobody was: for about an hour, then it is left to a person."""
LONGEST_PAUSE = 60.0
"""Seconds between two of those, and up to as many again, never in step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """When durable work is to be tried again."""

    seconds: float
    counts: bool
    """Whether this was one of its tries: not when nobody was there to be asked."""


def later(
    trouble: OutsideError, retries: int, waits: int, *, jitter: Callable[[], float] = random.random
) -> Later | None:
    """When to try durable work again, after so many retries and waits for anybody; None when it is not to be."""
    if isinstance(trouble, Unreachable) and trouble.again:
        if waits >= WAITS:
            return None
        pause = min(IN_GOOD_TIME.first * IN_GOOD_TIME.growth**waits, LONGEST_PAUSE)
        return Later(seconds=pause * (1 + jitter()), counts=False)
    seconds = IN_GOOD_TIME.wait(trouble, retries, jitter=jitter)
    return None if seconds is None else Later(seconds=seconds, counts=True)


async def with_retries(
    deed: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """Do `deed` while somebody waits for it; after Busy, Unreachable or OutcomeUnknown do it again.

    Doing it again after OutcomeUnknown is right only for deeds that ask first or carry an idempotency key.
    """
    retries = 0
    while True:
        try:
            return await deed()
        except OutsideError as trouble:
            seconds = WHILE_SOMEBODY_WAITS.wait(trouble, retries)
            if seconds is None:
                raise
        await sleep(seconds)
        retries += 1
