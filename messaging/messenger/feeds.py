"""Reading what was written under a Page's posts and live videos, for whatever the webhook did not bring.

https://developers.facebook.com/docs/graph-api/reference/live-video/comments
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote

from bot.kit.errors import NotAuthorised, Refused
from messaging.base import Comment, ReadableFeed, Verb
from messaging.messenger.events import person
from messaging.shapes import identifier, mapping, moment, sequence, text

PAGE = "100"
"""Comments in one answer: the most Facebook gives."""
_PLACES = ("after", "until", "offset", "__paging_token")
"""Parameters by which Facebook finds a page of a list."""
FIELDS = "id,from{id,name},message,created_time,parent{id}"


class Read(Protocol):
    """A way to read from the Graph."""

    def __call__(self, path: str, **params: str) -> Awaitable[dict[str, Any]]:
        """The answer; raises an OutsideError."""


class Feeds:
    """What is written under one Page."""

    def __init__(self, page_id: str, read: Read) -> None:
        self._page_id = page_id
        self._read = read
        self._posts: dict[str, str] = {}
        """Video → its post, which never changes."""

    async def live(self) -> list[ReadableFeed]:
        """Under the Page's live videos."""
        told = await self._read(f"{self._page_id}/live_videos", broadcast_status='["LIVE"]', fields="id,video{id}")
        found = []
        for one in map(mapping, sequence(told.get("data"))):
            live_id, video_id = identifier(one.get("id")), identifier(mapping(one.get("video")).get("id"))
            post = await self._post_of(video_id) if video_id else ""
            if post:
                found.append(ReadableFeed(feed_id=post, listed_under=post))
            elif live_id:
                found.append(ReadableFeed(feed_id=f"{self._page_id}_{video_id or live_id}", listed_under=live_id))
        return found

    async def find(self, given: str) -> ReadableFeed | None:
        """Under the post, or the video, with this id."""
        post = given if "_" in given else await self._post_of(given)
        return ReadableFeed(feed_id=post, listed_under=post) if post else None

    async def comments(self, feed: ReadableFeed, since: datetime) -> list[Comment]:
        """Newest first, as Facebook advises for live videos, until what was written before `since`.

        By default it leaves out answers and whatever it thinks little of.
        """
        since = since.replace(microsecond=0)  # as Facebook dates comments
        found: list[Comment] = []
        more: dict[str, str] = {}
        while True:
            told = await self._read(
                f"{quote(feed.listed_under, safe='')}/comments",
                order="reverse_chronological",
                filter="stream",
                live_filter="no_filter",
                fields=FIELDS,
                limit=PAGE,
                **more,
            )
            rows = [mapping(row) for row in sequence(told.get("data"))]
            found += [comment for row in rows if (comment := read_listed(row, feed, page_id=self._page_id)) is not None]
            # A page may be short, or empty, and not be the last one: only that there is no next one says so.
            oldest = min((written for row in rows if (written := moment(row.get("created_time")))), default=since)
            before, more = more, _place_of_next(mapping(told.get("paging")))
            if oldest < since or not more or more == before:
                found.reverse()  # comments of the same second keep Facebook's order
                return sorted(found, key=lambda comment: comment.written_at)

    async def _post_of(self, video_id: str) -> str:
        """The post a video is in, as its comments name it, or "" when there is no such video."""
        if video_id not in self._posts:
            try:
                told = await self._read(quote(video_id, safe=""), fields="post_id")
            except NotAuthorised:
                raise
            except Refused:
                return ""
            post = identifier(told.get("post_id"))
            self._posts[video_id] = post if not post or "_" in post else f"{self._page_id}_{post}"
        return self._posts[video_id]


def _place_of_next(paging: Mapping[str, Any]) -> dict[str, str]:
    """What asks for the next page: its cursor, or the place that its address names; nothing when there is none.

    https://developers.facebook.com/docs/graph-api/results
    """
    if not (address := text(paging.get("next"))):
        return {}
    if after := text(mapping(paging.get("cursors")).get("after")):
        return {"after": after}
    given = parse_qsl(address.partition("?")[2].partition("#")[0])
    return {name: value for name, value in given if name in _PLACES}


def read_listed(row: Mapping[str, Any], feed: ReadableFeed, *, page_id: str) -> Comment | None:
    """One comment of a list, the same as the webhook brings; None for the Page's own, and for what is none."""
    author = mapping(row.get("from"))
    author_id, comment_id = identifier(author.get("id")), identifier(row.get("id"))
    written_at = moment(row.get("created_time"))
    if author_id == page_id or not comment_id or written_at is None:
        return None
    return Comment(
        feed_id=feed.feed_id,
        feed_title="",
        comment_id=comment_id,
        verb=Verb.ADDED,
        revision=0,
        author=person(author_id, "commenter", author) if author_id else None,
        text=text(row.get("message")),
        written_at=written_at,
        reply_to=identifier(mapping(row.get("parent")).get("id")) or None,
    )
