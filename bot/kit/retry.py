"""Trying again what may pass: at most three more times, longer each time, never two callers in step."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.kit.errors import Busy, OutcomeUnknown, Unreachable

T = TypeVar("T")

RETRIES = 3
LONGEST_WAIT = 60.0
"""Seconds; somebody who asks us to wait longer is tried again by hand or by the next sweep."""


async def with_retries(
    deed: Callable[[], Awaitable[T]],
    *,
    first_wait: float = 0.5,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> T:
    """Do `deed`; after Busy, Unreachable or OutcomeUnknown do it again, up to `RETRIES` times.

    Doing it again after OutcomeUnknown is right only for deeds that ask first or carry an idempotency key.
    """
    wait = first_wait
    for left in range(RETRIES, -1, -1):
        try:
            return await deed()
        except (Busy, Unreachable, OutcomeUnknown) as trouble:
            asked = trouble.retry_after if isinstance(trouble, Busy) and trouble.retry_after else 0.0
            if left == 0 or asked > LONGEST_WAIT:
                raise
            await sleep(max(asked, wait) + jitter() * wait)
            wait *= 2
    raise AssertionError("the last try returns or raises")
