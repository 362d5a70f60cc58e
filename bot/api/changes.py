"""What moved, as consoles are told it: each event with how its subject stands now, as the text that is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import sqlalchemy as sa

from bot.api import people
from bot.api.shapes import Json, claim_json, moment
from bot.api.standing import Standing, deliveries_now, invoices_now, runs_now, shows_now
from storage import claims, events
from storage.claims import LedgerRow
from storage.events import Event, EventKind

AT_ONCE = 200
"""Messages of one look: enough to keep up with a hot show, few enough to hold up nobody else."""


class Place(NamedTuple):
    """How far somebody has followed: an event, and of a batch the messages already had. Written `123.4`."""

    event: int
    part: int = 0

    @classmethod
    def parse(cls, text: str) -> Place:
        """Raises ValueError for anything that is no place."""
        if not (found := re.fullmatch(r"([0-9]{1,18})(?:\.([0-9]{1,18})?)?", text)):
            raise ValueError("a place is written like 123.4")
        return cls(int(found[1]), int(found[2] or 0))

    def __str__(self) -> str:
        return f"{self.event}.{self.part}"


class Told(NamedTuple):
    """One message: where it stands, and what is sent."""

    place: Place
    text: bytes


class Look(NamedTuple):
    """The messages from one place to another, none left out."""

    since: Place
    upto: Place
    messages: Sequence[Told]
    full: bool
    """Whether there may be more already."""

    @property
    def size(self) -> int:
        """Bytes of what is sent."""
        return sum(len(told.text) for told in self.messages)


def now_at(tx: sa.Connection, workspace_id: int) -> Place:
    """The place of somebody who has seen everything so far."""
    return Place(events.latest(tx, workspace_id) + 1)


def look_after(tx: sa.Connection, workspace_id: int, since: Place, limit: int = AT_ONCE, public_url: str = "") -> Look:
    """The next messages after a place, at most so many, each rendered once; invoices with their links to `public_url`.

    What moved more than once among them is told once, the last time: it would only be said again how it stands now.
    """
    found = events.after(tx, workspace_id, since.event, limit=limit + 1)
    taken = list(_as_many_as(found, since, limit))
    newest = {_subject(event): event.id for event in taken}
    told = [event for event in taken if newest[_subject(event)] == event.id]
    stand = _standing(tx, workspace_id, told, rows=since.part + limit, public_url=public_url)
    messages: list[Told] = []
    for event in told:
        at = moment(event.happened_at)
        for part, data in enumerate(stand(event), 1):
            if (place := Place(event.id, part)) > since:
                message = {"id": str(place), "type": event.kind.value, "at": at, "data": data}
                messages.append(Told(place, _encode(message).encode()))
    full = len(taken) < len(found) or len(messages) > limit
    del messages[limit:]
    return Look(since, messages[-1].place if messages else since, messages, full)


def _as_many_as(found: Sequence[Event], since: Place, limit: int) -> Iterator[Event]:
    """The first events, as long as they make no more messages than that; the last of them may make more."""
    room = limit
    for event in found:
        if room <= 0:
            return
        yield event
        messages = event.last_id - event.subject_id + 1
        room -= max(messages - since.part, 0) if event.id == since.event else messages


def _subject(event: Event) -> tuple[EventKind, int]:
    """What an event is about; new claims are about themselves."""
    return event.kind, event.id if event.kind is EventKind.CLAIM_CREATED else event.subject_id


def _standing(
    tx: sa.Connection, workspace_id: int, told: Sequence[Event], *, rows: int, public_url: str
) -> Callable[[Event], Iterator[Json]]:
    """How the subjects of these events stand now, read together; of new claims so many `rows` at most.

    An event has as many messages as when it happened, so that places stay true: what is gone is told as {}.
    """
    ids = {kind: [event.subject_id for event in told if event.kind is kind] for kind in EventKind}
    created = [event for event in told if event.kind is EventKind.CLAIM_CREATED]
    stretches = [(event.show_id or 0, event.subject_id, event.last_id) for event in created]
    entries: dict[int, list[LedgerRow]] = {event.id: [] for event in created}
    if stretches:
        for place, row in claims.ledger_between(tx, workspace_id, stretches, limit=rows):
            entries[created[place].id].append(row)
    updated = ids[EventKind.CLAIM_UPDATED]
    moved = claims.ledger_of(tx, workspace_id, updated) if updated else {}
    theirs = {row.buyer_id for row in chain(*entries.values(), moved.values()) if row.buyer_id is not None}
    known = people.known(tx, workspace_id, theirs)
    others = {kind: read(tx, workspace_id, ids[kind]) for kind, read in _READ.items() if ids[kind]}
    if billed := ids[EventKind.INVOICE_UPDATED]:
        others[EventKind.INVOICE_UPDATED] = invoices_now(tx, workspace_id, billed, public_url)

    def stand(event: Event) -> Iterator[Json]:
        match event.kind:
            case EventKind.CLAIM_CREATED:
                for row in entries[event.id]:
                    yield {"show_id": row.show_id} | claim_json(row, known.get(row.buyer_id or 0))
            case EventKind.CLAIM_UPDATED:
                now = moved.get(event.subject_id)
                yield {"show_id": now.show_id} | claim_json(now, known.get(now.buyer_id or 0)) if now else {}
            case kind:
                yield others[kind].get(event.subject_id, {})

    return stand


_READ: Mapping[EventKind, Standing] = {
    EventKind.SHOW_UPDATED: shows_now,
    EventKind.DELIVERY_UPDATED: deliveries_now,
    EventKind.RUN_PROGRESS: runs_now,
}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
