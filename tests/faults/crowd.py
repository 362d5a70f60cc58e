"""A crowd under a live video: everybody wants one, and Facebook hands it on until it is acknowledged."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.facebook.pages import Comment, LiveVideo
from tests.faults.processes import ServedShop, until

AT_ONCE = 16
"""Webhooks that Facebook has under way."""
EXPECTED = frozenset({200, 503, 0})
"""What Facebook may be told in bad times: kept, later, or nothing at all; never that something broke."""


@dataclass
class Crowd:
    """Goes on commenting until it is stopped."""

    shop: ServedShop
    live: LiveVideo
    comments: list[Comment] = field(default_factory=list)
    _shouting: asyncio.Task[None] | None = None

    @classmethod
    async def gathers(cls, shop: ServedShop) -> Crowd:
        """Under a live video that has just begun."""
        assert shop.page is not None
        shop.facebook.webhooks.lanes = asyncio.Semaphore(AT_ONCE)
        return cls(shop, await shop.page.goes_live("Friday"))

    async def __aenter__(self) -> Crowd:
        self._shouting = asyncio.create_task(self._shout())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Everybody falls silent; what they said arrives."""
        assert self._shouting is not None
        self._shouting.cancel()
        with suppress(asyncio.CancelledError):
            await self._shouting
        await self.shop.facebook.drain()

    async def says_one(self) -> Comment:
        """One more buyer wants one."""
        buyer = self.shop.commenter(f"Buyer {len(self.comments)}")
        self.comments.append(comment := await buyer.comments(self.live, "sold 12"))
        return comment

    async def is_heard(self, more: int = 20) -> None:
        """Wait until so many more comments have been acknowledged than there are now."""
        enough = self.acknowledged + more
        await until(lambda: self.acknowledged >= enough)

    async def is_refused(self, times: int = 10) -> None:
        """Wait until so many webhooks have been sent away for later."""
        enough = self.statuses[503] + times
        await until(lambda: self.statuses[503] >= enough)

    @property
    def acknowledged(self) -> int:
        """How many deliveries were answered with 200."""
        return self.statuses[200]

    @property
    def statuses(self) -> Counter[int]:
        """How often Facebook was answered what; 0 is no answer."""
        return Counter(attempt.status for sent in self.shop.facebook.webhooks.deliveries for attempt in sent.attempts)

    async def _shout(self) -> None:
        under_way = self.shop.facebook.webhooks
        while True:
            if sum(not sent.acknowledged for sent in under_way.deliveries[-2 * AT_ONCE :]) < AT_ONCE:
                await self.says_one()
            await asyncio.sleep(0.005)
