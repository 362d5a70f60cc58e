"""Feeds: what moves in a workspace, read and rendered once for all the consoles that follow it.

Nothing is written to a console here. Each takes the next messages when it is done with the last, so a slow one holds
up nobody and nothing piles up for it: it falls behind what is kept, and reads for itself until it has caught up.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from bot.api.changes import Look, Place, Told, look_after
from bot.workflows.assistant import Assistant

BREATH, HURRY = 0.1, 0.04
"""Seconds between two looks, and after a full one: a burst of commits is told in a few big steps."""
LOOK_ANYWAY = 1.0
"""Seconds after which to look without a ring: another process may have written."""
KEPT = 1_000_000
"""Bytes of the newest messages that are kept: all the memory that a feed takes, however big the show."""


class Feed:
    """The newest messages of one workspace; older ones are read again by whoever wants them."""

    def __init__(self, assistant: Assistant, workspace_id: int, place: Place) -> None:
        self._assistant = assistant
        self._workspace_id = workspace_id
        self._looks: deque[Look] = deque()
        """One begins where the one before it ends."""
        self._end = place
        self._size = 0
        self._not_before = 0.0
        self._looking: asyncio.Task[None] | None = None
        self.followers = 0

    async def after(self, place: Place) -> Sequence[Told]:
        """The next messages after a place, as soon as there are any."""
        while True:
            if kept := self._kept(place):
                return kept
            if place < (begin := self._begin):
                if missed := await self._read_again(place):
                    return missed
                place = begin  # nothing lies between the two
                continue
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_on(), name="feed")
            await asyncio.shield(self._looking)

    def go_on_from(self, place: Place) -> None:
        """Forget what was before a place, when nobody has come this far yet."""
        if place > self._end:
            self._looks.clear()
            self._size, self._end = 0, place

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    @property
    def _begin(self) -> Place:
        return self._looks[0].since if self._looks else self._end

    def _kept(self, place: Place) -> Sequence[Told]:
        """What is kept of the messages after a place, if nothing is missing in between: of one look."""
        if place < self._begin:
            return ()
        look = next((look for look in self._looks if look.upto > place), None)
        return look.messages[bisect_right(look.messages, place, key=_place) :] if look else ()

    async def _look_on(self) -> None:
        """Keep the next look that finds something."""
        loop, bell = asyncio.get_running_loop(), self._assistant.bell
        while True:
            await asyncio.sleep(self._not_before - loop.time())
            ring = bell.listen()
            try:
                look = await self._read(self._end)
                self._not_before = loop.time() + (HURRY if look.full else BREATH)
                if look.messages:
                    self._keep(look)
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(ring, LOOK_ANYWAY)
            finally:
                bell.forget(ring)

    def _keep(self, look: Look) -> None:
        if look.since != self._end:
            return  # somebody who came meanwhile has made it go on from elsewhere
        self._looks.append(look)
        self._end = look.upto
        self._size += look.size
        while self._size > KEPT and len(self._looks) > 1:
            self._size -= self._looks.popleft().size

    async def _read(self, place: Place) -> Look:
        public_url = self._assistant.settings.public_url
        return await self._assistant.database.read(look_after, self._workspace_id, place, public_url=public_url)

    async def _read_again(self, place: Place) -> Sequence[Told]:
        """The same from the database, at the pace of a full look."""
        look = await self._read(place)
        await asyncio.sleep(HURRY)
        return look.messages


def _place(told: Told) -> Place:
    return told.place


class Feeds:
    """The feeds of all workspaces that somebody follows."""

    def __init__(self) -> None:
        self._feeds: dict[int, Feed] = {}

    @asynccontextmanager
    async def follow(self, assistant: Assistant, workspace_id: int, now: Place) -> AsyncIterator[Feed]:
        """A workspace's feed, for somebody who comes `now`; it is gone with the last who follows it."""
        feed = self._feeds.setdefault(workspace_id, Feed(assistant, workspace_id, now))
        feed.go_on_from(now)
        feed.followers += 1
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers:
                del self._feeds[workspace_id]
                await feed.stop()
