"""Reads the comments of a live show that nobody told us of: the main path at home, and a net below the webhooks.

A comment found here is the same one as the webhook's, and goes the same way. A deletion cannot be seen by reading,
and an edit only while the comment is among the newest.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from bot.domain.show import Show, ShowStatus
from bot.kit.errors import Busy, OutsideError, Refused
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.hear_events import Ears
from bot.workflows.tell import hand_over
from bot.workflows.tell_shut_out import tell_unheard
from messaging.base import CannotReach, Comment, ReadableFeed, ReadsComments, Verb, edit_revision
from storage import channels, comments, cursors, shows
from storage.channels import Channel

_log = logging.getLogger(__name__)

T = TypeVar("T")

READ_EVERY = timedelta(seconds=10)
"""How often while nobody can call us."""
READ_SELDOM = timedelta(minutes=1)
"""How often while webhooks tell us: only what they missed is left to find."""
GRACE = timedelta(minutes=2)
"""How long after its end a show is still read, for what was written just before."""
GRACE_AT_FIRST = timedelta(days=1)
"""The same for the first look: we may have been away at the end."""
LATE_BY = timedelta(seconds=30)
"""A comment may be listed this much later than one that was written after it."""
LONGEST_REST = timedelta(minutes=15)
"""How long a feed that fails is left alone in the end."""
AT_ONCE = 500
"""Comments decided in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    times: int
    """Failures in a row."""
    until: datetime


class Backfill:
    """The looks of one process at every Page; it remembers only what may be forgotten."""

    def __init__(self, assistant: Assistant, ears: Ears) -> None:
        self._assistant = assistant
        self._ears = ears
        self.every = READ_SELDOM if assistant.settings.public_url else READ_EVERY
        self._grace = GRACE_AT_FIRST
        self._over_at: dict[int, datetime] = {}
        """Show → when it was last seen not to be live: what was written in a pause is no claim."""
        self._broadcast: dict[int, dict[str, ReadableFeed]] = {}
        """Channel → what it has broadcast in the shows that are read now: its comments end later than it does."""
        self._chosen: dict[tuple[int, str], ReadableFeed | None] = {}
        """(channel, id as chosen) → the feed that is meant, or None when there is none."""
        self._rests: dict[str, _Rest] = {}

    async def look(self) -> None:
        """Read every feed of every show that is live or has just ended, once."""
        for connected in list(self._assistant.connected.values()):
            if isinstance(connected.platform, ReadsComments):
                await self._catch_up(connected.channel, connected.platform)
        self._grace = GRACE

    async def _catch_up(self, channel: Channel, platform: ReadsComments) -> None:
        assistant, workspace_id, now = self._assistant, channel.workspace_id, self._assistant.now()
        everything = await assistant.database.read(_shows, workspace_id)
        self._over_at |= {show.id: now for show in everything if show.status is ShowStatus.ENDED}
        listening = [show for show in everything if self._is_read(show, now)]
        if not listening:
            self._broadcast.pop(channel.id, None)
            return
        floor = min(self._begin(show) for show in listening)
        found: list[Comment] = []
        reached: dict[str, datetime] = {}
        for feed in await self._feeds(channel, platform, listening):
            name = f"comments:{channel.id}:{feed.listed_under}"
            cursor = await assistant.database.read(cursors.get, workspace_id, name)
            place = datetime.fromtimestamp(int(cursor.place), UTC) if cursor else floor
            listed = (
                await self._try(channel, name, partial(platform.list_comments, feed, max(floor, place - LATE_BY))) or []
            )
            found += listed
            newest = max((comment.written_at for comment in listed), default=place)
            if newest > place:
                reached[name] = newest
        await self._hear(channel, [one for one in found if any(self._hears(show, one) for show in listening)])
        for name, newest in reached.items():
            await assistant.database.write(cursors.move, workspace_id, name, str(int(newest.timestamp())), now)

    async def _feeds(
        self, channel: Channel, platform: ReadsComments, listening: Sequence[Show]
    ) -> Collection[ReadableFeed]:
        """What these shows hear of the channel: the feeds chosen for them, else those heard so far and what is live.

        Comments of a chosen feed are heard under the id it was chosen by: newer Pages name the post of a video
        otherwise than the video.
        """
        places = await self._assistant.database.read(_places, channel, [show.id for show in listening])
        feeds = [ReadableFeed(feed_id=feed_id, listed_under=feed_id) for feed_id in places.heard]
        for given in places.chosen:
            feed = await self._find(channel, platform, given)
            if feed is not None:
                feeds.append(feed if feed.feed_id in places.chosen else replace(feed, feed_id=given))
        if places.hears_all:
            live = await self._try(channel, f"live:{channel.id}", platform.live_feeds) or []
            broadcast = self._broadcast.setdefault(channel.id, {})
            broadcast |= {feed.feed_id: feed for feed in live}
            feeds += broadcast.values()
        return {feed.listed_under: feed for feed in feeds if feed.feed_id not in places.muted}.values()

    async def _find(self, channel: Channel, platform: ReadsComments, given: str) -> ReadableFeed | None:
        key = (channel.id, given)
        if key not in self._chosen:
            asked = await self._try(channel, f"feed:{channel.id}:{given}", lambda: _found(platform, given))
            if asked is None:
                return None
            (self._chosen[key],) = asked
        return self._chosen[key]

    async def _hear(self, channel: Channel, found: Sequence[Comment]) -> None:
        """Hear what is new, in the order of writing: comments never heard of, and texts they did not have before."""
        ids = {comment.comment_id for comment in found}
        known = await self._assistant.database.read(comments.texts_of, channel.workspace_id, channel.id, ids)
        news: dict[str, Comment] = {}
        for comment in sorted(found, key=lambda one: one.written_at):
            texts = known.get(comment.comment_id)
            if texts is None:
                news[comment.comment_id] = comment
            elif texts.isdisjoint((comment.text, redact(comment.text))):
                revision = edit_revision(comment.text)
                news[comment.comment_id] = comment._replace(verb=Verb.EDITED, revision=revision)
        if news:
            _log.info("%s comments under %s found by reading", len(news), channel.title)
        for batch in _batches(list(news.values())):
            await self._ears.hear(channel, batch)

    async def _try(self, channel: Channel, what: str, deed: Callable[[], Awaitable[T]]) -> T | None:
        """What `deed` gives; None when it fails now or failed lately. What fails is left alone, longer each time.

        Of what only a person can mend the operators hear.
        """
        now = self._assistant.now()
        before = self._rests.get(what)
        if before is not None and now < before.until:
            return None
        try:
            given = await deed()
        except OutsideError as trouble:
            times = before.times + 1 if before else 1
            asked = timedelta(seconds=trouble.retry_after or 0) if isinstance(trouble, Busy) else timedelta()
            rest = LONGEST_REST if isinstance(trouble, Refused) else self.every * 2 ** min(times - 1, 10)
            self._rests[what] = _Rest(times=times, until=now + max(min(rest, LONGEST_REST), asked))
            _log.log(logging.WARNING if times == 1 else logging.INFO, "%s cannot be read: %s", what, trouble)
            if isinstance(trouble, Refused) and not isinstance(trouble, CannotReach):
                parcels = await self._assistant.database.write(
                    tell_unheard, channel.workspace_id, channel.id, trouble, now
                )
                await hand_over(self._assistant, channel.workspace_id, parcels)
            return None
        self._rests.pop(what, None)
        return given

    def _is_read(self, show: Show, now: datetime) -> bool:
        if show.status is ShowStatus.ENDED and show.ended_at is not None:
            return now - show.ended_at <= max(self._grace, timedelta(minutes=show.rules.late_minutes))
        return show.status is ShowStatus.LIVE

    def _begin(self, show: Show) -> datetime:
        """From when on what was written belongs to a show, or belongs again after a pause."""
        assert show.started_at is not None, "a show that is read has been live"
        begun = show.started_at.replace(microsecond=0)
        paused = self._over_at.get(show.id) if show.status is ShowStatus.LIVE else None
        return max(begun, paused) if paused else begun

    def _hears(self, show: Show, comment: Comment) -> bool:
        return show.hears(comment.written_at) and comment.written_at >= self._begin(show)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where some shows listen in one channel."""

    chosen: frozenset[str]
    heard: frozenset[str]
    muted: frozenset[str]
    hears_all: bool
    """Whether one of them hears the whole channel."""


def _places(tx: sa.Connection, channel: Channel, show_ids: Sequence[int]) -> _Places:
    chosen: set[str] = set()
    heard: set[str] = set()
    hears_all = False
    for show_id in show_ids:
        only = channels.chosen_feeds(tx, channel.workspace_id, show_id).get(channel.id)
        if only:
            chosen |= only
        else:
            hears_all = True
            heard.update(comments.feeds_heard(tx, channel.workspace_id, show_id, channel.id))
    feeds = channels.feeds_of(tx, channel.workspace_id)
    return _Places(
        chosen=frozenset(chosen),
        heard=frozenset(heard),
        muted=frozenset(feed.external_id for feed in feeds if feed.muted and feed.channel_id == channel.id),
        hears_all=hears_all,
    )


def _shows(tx: sa.Connection, workspace_id: int) -> list[Show]:
    """The live show, and the newest others."""
    live, newest = shows.live(tx, workspace_id), shows.newest(tx, workspace_id)
    return [*newest, *([live] if live is not None and live not in newest else [])]


async def _found(platform: ReadsComments, given: str) -> tuple[ReadableFeed | None]:
    """The answer, in a wrapping that tells “there is none” from “cannot be asked”."""
    return (await platform.find_feed(given),)


def _batches(news: Sequence[Comment]) -> Iterator[Sequence[Comment]]:
    for start in range(0, len(news), AT_ONCE):
        yield news[start : start + AT_ONCE]
