"""How often Clover may be called: so many requests a second, and so many at once, for a merchant and for an app.

https://docs.clover.com/dev/docs/api-usage-rate-limits
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from bot.kit.pacing import Limit, Pace

# A little below 16 and 50 a second, as two requests may arrive closer together than they left.
MERCHANT_EVERY = 1 / 15.5
APP_EVERY = 1 / 48.5
MERCHANT_AT_ONCE = 5
APP_AT_ONCE = 10

PAUSE = 1.0
"""Seconds to wait after a refusal that names none: "your app must pause for one second"."""

_under_way: WeakKeyDictionary[Pace, dict[Hashable, asyncio.Semaphore]] = WeakKeyDictionary()
"""What is under way in this process, for everybody who shares a pace."""


class Pacing:
    """The turns of one merchant. Tokens come and go, so the merchant's id stands for theirs."""

    def __init__(self, pace: Pace, merchant_id: str, app_id: str) -> None:
        self._pace = pace
        self._merchant = Limit(("clover", merchant_id), MERCHANT_EVERY)
        self._app = Limit(("clover", "app", app_id), APP_EVERY) if app_id else None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Around one request, when it may be made. Raises Busy when that is long."""
        limits = [self._merchant] if self._app is None else [self._merchant, self._app]
        async with self._slot(self._merchant.key, MERCHANT_AT_ONCE):
            if self._app is None:
                await self._pace.turns(*limits)
                yield
                return
            async with self._slot(self._app.key, APP_AT_ONCE):
                await self._pace.turns(*limits)
                yield

    def refused(self, headers: Mapping[str, str], wait: float | None) -> None:
        """Clover answered 429: let nothing through for a while, of the merchant's or of the whole app's.

        "If a request is made before this time, the waiting period increases."
        """
        named = {name.lower().removeprefix("x-ratelimit-")[:10] for name in headers}
        if self._app is not None and "crosstoken" in named:
            self._pace.pause(self._app.key, wait or PAUSE)
            if not named & {"tokenlimit", "tokenconcu"}:
                return
        self._pace.pause(self._merchant.key, wait or PAUSE)

    def _slot(self, key: Hashable, most: int) -> asyncio.Semaphore:
        return _under_way.setdefault(self._pace, {}).setdefault(key, asyncio.Semaphore(most))
