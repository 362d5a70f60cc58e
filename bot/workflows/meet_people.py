"""Meets people and feeds: whoever and whatever is heard for the first time gets a place in our books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.show import Show
from bot.kit.text import clean_text
from bot.workflows.read_comments import Heard, Shelf
from bot.workflows.tell import Parcel, tell_operators
from messaging.base import Button
from messaging.texts import known_language
from storage import buyers, channels

PersonKey = tuple[int, str, str]
"""(channel, kind, platform user id)."""
FeedKey = tuple[int, str]
"""(channel, id of the group, post or video)."""
_REMEMBERED = 50_000

Listening = Sequence[tuple[Show, Shelf]]


class People:
    """The buyers behind platform ids, remembered as long as nothing about any show changes."""

    def __init__(self) -> None:
        self._known: dict[PersonKey, int] = {}
        self._as_of: tuple[tuple[int, int], ...] = ()

    def look_again(self, listening: Listening) -> None:
        """Whom somebody turned out to be may have changed when a show did, in whichever process."""
        as_of = tuple((show.id, show.items_version) for show, _ in listening)
        if as_of != self._as_of:
            self._known.clear()
            self._as_of = as_of

    def meet(
        self,
        tx: sa.Connection,
        workspace_id: int,
        heard: Sequence[Heard],
        now: datetime,
        new: dict[PersonKey, int],
    ) -> list[int | None]:
        """The buyer behind each comment, None where the platform does not say; whom we meet goes into `new`."""
        authors = [(one.comment.author, _person_key(one)) for one in heard]
        met: dict[PersonKey, int] = {}
        strangers = {
            key: buyers.Author(
                channel_id=one.channel_id,
                platform=one.platform,
                kind=person.kind,
                platform_user_id=person.id,
                username=clean_text(person.username),
                name=clean_text(person.name)[:200],
                language=known_language(person.language) or "",
            )
            for one, (person, key) in zip(heard, authors, strict=True)
            if person is not None and key not in self._known
        }
        if strangers:
            met = buyers.known(tx, workspace_id, strangers)
            met |= buyers.meet(tx, workspace_id, [who for key, who in strangers.items() if key not in met], now)
            new.update(met)
        people = self._known
        return [None if person is None else people[key] if key in people else met[key] for person, key in authors]

    def remember(self, new: Mapping[PersonKey, int]) -> None:
        """Keep whom a batch has met that is committed now."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known.update(new)


class Feeds:
    """The feeds that were ever heard, and which of them are muted."""

    def __init__(self) -> None:
        self._muted: dict[FeedKey, bool] = {}
        self._as_of: tuple[tuple[int, int], ...] = ()

    def meet(
        self,
        tx: sa.Connection,
        workspace_id: int,
        heard: Sequence[Heard],
        listening: Listening,
        now: datetime,
        parcels: list[Parcel],
    ) -> frozenset[FeedKey]:
        """Write down the feeds heard for the first time, and name those that are muted.

        A group nobody named for the show is reported to the operators, who can mute it.
        """
        here: dict[FeedKey, str] = {}
        for one in heard:
            here.setdefault((one.channel_id, one.comment.feed_id), one.comment.feed_title)
        as_of = tuple((show.id, show.items_version) for show, _ in listening)
        if as_of != self._as_of or not here.keys() <= self._muted.keys():
            known = channels.feeds_of(tx, workspace_id)
            self._muted = {(feed.channel_id, feed.external_id): feed.muted for feed in known}
            self._as_of = as_of
        for (channel_id, feed), title in here.items():
            if (channel_id, feed) in self._muted:
                continue
            feed_id = channels.add_feed(tx, workspace_id, channel_id, external_id=feed, title=title, now=now)
            if title and not any(feed in shelf.chosen.get(channel_id, ()) for _, shelf in listening):
                parcels += _tell_of_feed(tx, workspace_id, feed_id, title, now)
        return frozenset(key for key, muted in self._muted.items() if muted)


def _person_key(one: Heard) -> PersonKey:
    person = one.comment.author
    return (one.channel_id, person.kind, person.id) if person is not None else (one.channel_id, "", "")


def _tell_of_feed(tx: sa.Connection, workspace_id: int, feed_id: int, title: str, now: datetime) -> list[Parcel]:
    return tell_operators(
        tx,
        workspace_id,
        f"Now hearing “{title}” too.",
        key=f"feed:{feed_id}",
        now=now,
        buttons=[[Button(title="Stop listening to it", payload=f"mute {feed_id}")]],
    )
