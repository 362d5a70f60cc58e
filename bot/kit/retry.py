"""Trying again what may pass: at most three more times, longer each time, as told where we are told, never in step."""

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
"""For durable work: a hiccup is over at once, and half a minute without the service needs nobody's hand."""


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
