"""Hears what platforms tell us: kept first, on disk, and only then acted on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.workflows.assistant import Assistant
from bot.workflows.follow_feeds import follow_feed
from bot.workflows.greet_buyers import settle_echo, settle_reachability
from bot.workflows.read_comments import Heard
from bot.workflows.record_comments import Recorder
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.watch_groups import settle_standing
from messaging.base import Comment, Echo, Event, FeedMoved, Message, Person, Reachability, Standing, Unknown
from storage import counters, inbox
from storage.channels import Channel

_log = logging.getLogger(__name__)

TakeMessage = Callable[[Channel, Message, int], Awaitable[None]]
"""What is done with a kept message: (channel, message, inbox id). Called again after a crash, so it bears repeating."""


class Ears:
    """Where every platform event comes in."""

    def __init__(self, assistant: Assistant, recorder: Recorder, take: TakeMessage) -> None:
        self._assistant = assistant
        self._recorder = recorder
        self._take = take
        self._in_hand: set[int] = set()
        self._chats: dict[tuple[int, str], asyncio.Lock] = {}

    def check(self, channel: Channel) -> None:
        """Raise Busy when comments come in faster than they can be kept."""
        self._recorder.check(channel.workspace_id)

    async def hear(self, channel: Channel, events: Sequence[Event]) -> None:
        """Keep these events; returns when they are on disk and the comments among them are decided."""
        heard: list[Heard] = []
        others: list[Event] = []
        for event in events:
            if isinstance(event, Comment):
                heard.append(Heard(channel.id, channel.platform, event))
            else:
                others.append(event)
        if others:
            kept = await self._assistant.database.write(_keep, self._assistant, channel, others)
            for inbox_id, event in kept:
                self._begin(channel, inbox_id, event)
        await self._recorder.record(channel.workspace_id, heard)

    async def take_up(self, kept: inbox.Kept, channel: Channel) -> None:
        """Act on an event that a crash left behind."""
        if kept.id in self._in_hand or kept.body_enc is None:
            return
        self._begin(channel, kept.id, _opened(self._assistant, kept))

    def _begin(self, channel: Channel, inbox_id: int, event: Event) -> None:
        self._in_hand.add(inbox_id)
        self._assistant.spawn(self._act(channel, inbox_id, event))

    async def _act(self, channel: Channel, inbox_id: int, event: Event) -> None:
        """Act on one event; events of one chat one after the other."""
        chat = getattr(event, "chat_id", "") or getattr(event, "person_id", "")
        lock = self._chats.setdefault((channel.id, chat), asyncio.Lock())
        try:
            async with lock:
                if isinstance(event, Message):
                    await self._take(channel, event, inbox_id)
                elif isinstance(event, Standing):
                    await settle_standing(self._assistant, channel, event)
                elif isinstance(event, Reachability | Echo):
                    parcels = await self._assistant.database.write(_settle, channel, event, self._assistant.now())
                    await hand_over(self._assistant, channel.workspace_id, parcels)
                await self._assistant.database.write(
                    inbox.done, channel.workspace_id, inbox_id, "acted on", self._assistant.now()
                )
        finally:
            self._in_hand.discard(inbox_id)
            if len(self._chats) > _CHATS_REMEMBERED:
                self._chats = {key: lock for key, lock in self._chats.items() if lock.locked()}


_CHATS_REMEMBERED = 10_000
_KINDS: dict[str, type[Message] | type[Reachability] | type[Standing] | type[Echo]] = {
    "message": Message,
    "reachability": Reachability,
    "standing": Standing,
    "echo": Echo,
}
_OVER_AT_ONCE: dict[type[Event], str] = {Unknown: "not acted on", FeedMoved: "acted on"}
"""What has nothing left to be acted on once it is kept, and what is noted of it."""
_NAMES: dict[type[Event], str] = {FeedMoved: "feed_moved", **{kind: name for name, kind in _KINDS.items()}}


def _settle(tx: sa.Connection, channel: Channel, event: Reachability | Echo, now: datetime) -> list[Parcel]:
    if isinstance(event, Reachability):
        return settle_reachability(tx, channel, event)
    return settle_echo(tx, channel, event, now)


def _source(channel: Channel) -> str:
    return f"{channel.platform}:{channel.id}"


def _keep(
    tx: sa.Connection, assistant: Assistant, channel: Channel, events: Sequence[Event]
) -> list[tuple[int, Event]]:
    """Keep each event once; what is returned still has to be acted on.

    Where a group has moved is acted on at once: the comments that came along with it are the new group's.
    """
    new: list[tuple[int, Event]] = []
    now = assistant.now()
    for event in events:
        if isinstance(event, Comment):
            continue
        outcome = _OVER_AT_ONCE.get(type(event))
        body = None
        if isinstance(event, FeedMoved):
            follow_feed(tx, channel.workspace_id, channel.id, old=event.feed_id, new=event.to)
        if outcome is None:
            body = assistant.vault.seal(_pack(event), bound_to=f"inbox/{channel.workspace_id}/{_source(channel)}")
        kept = inbox.keep(
            tx,
            channel.workspace_id,
            source=_source(channel),
            event_id=event.event_id,
            kind=event.kind if isinstance(event, Unknown) else _NAMES[type(event)],
            body_enc=body,
            now=now,
            outcome=outcome,
        )
        if kept is None:
            counters.add(tx, channel.workspace_id, f"{channel.platform}_events_again")
        elif outcome is None:
            new.append((kept, event))
        elif isinstance(event, Unknown):
            counters.add(tx, channel.workspace_id, f"{channel.platform}_events_not_acted_on")
    return new


def _pack(event: Message | Reachability | Standing | FeedMoved | Echo | Unknown) -> bytes:
    return json.dumps(asdict(event), default=datetime.isoformat).encode()


def _opened(assistant: Assistant, kept: inbox.Kept) -> Event:
    assert kept.body_enc is not None, "only events that wait have a body"
    data: dict[str, Any] = json.loads(
        assistant.vault.open(kept.body_enc, bound_to=f"inbox/{kept.workspace_id}/{kept.source}")
    )
    for name in ("sent_at", "at"):
        if name in data:
            data[name] = datetime.fromisoformat(data[name])
    if "person" in data:
        data["person"] = Person(**data["person"])
    return _KINDS[kept.kind](**data)
