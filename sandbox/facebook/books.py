"""What Facebook remembers: Pages, people, every object by its id, and a way to wait for a change."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import TypeVar

from sandbox.facebook.pages import Comment, LiveVideo, Page, Post, Video
from sandbox.facebook.people import Conversation, Person
from sandbox.facebook.webhooks import Event, Webhooks

T = TypeVar("T")
Node = Page | Post | LiveVideo | Video | Comment


class Books:
    """One Facebook. `now` is its clock, in seconds since the epoch."""

    def __init__(self, *, app_id: str, webhooks: Webhooks, now: Callable[[], float]) -> None:
        self.app_id = app_id
        self.webhooks = webhooks
        self.now = now
        self.pages: dict[str, Page] = {}
        self.people: dict[str, Person] = {}
        self.authors: dict[str, Person] = {}
        """By the id that comments carry."""
        self.nodes: dict[str, Node] = {}
        self.conversations: dict[tuple[str, str], Conversation] = {}
        """By Page id and PSID: a PSID means somebody on one Page only."""
        self._changed = asyncio.Condition()
        # Starting from the clock, a stand-in that starts again never gives an old id to a new comment.
        self._ids = itertools.count(int(now() * 1000) * 1000)

    def add_page(self, page_id: str, name: str, token: str) -> Page:
        page = Page(self, page_id=page_id, name=name, token=token)
        self.pages[page_id] = self.nodes[page_id] = page
        return page

    def person(self, name: str) -> Person:
        """The person of this name, who begins to exist when first asked for."""
        if name not in self.people:
            person = Person(self, name)
            self.people[name] = self.authors[person.author_id] = person
        return self.people[name]

    def new_id(self) -> str:
        return str(next(self._ids))

    def new_mid(self) -> str:
        return "m_" + secrets.token_urlsafe(33)

    def tell(self, event: Event) -> None:
        """Send an event to the callback if its Page is subscribed to such."""
        if event.field in self.pages[event.page_id].subscribed_fields:
            self.webhooks.offer(event)

    async def announce(self) -> None:
        """Wake everybody who waits for a change."""
        async with self._changed:
            self._changed.notify_all()

    async def wait_for(self, find: Callable[[], T | None], timeout: float) -> T | None:
        """What `find` finds, as soon as it finds something; None when time is up."""
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: find() is not None)
        except TimeoutError:
            return None
        return find()
