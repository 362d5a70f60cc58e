"""What moved, as consoles are told it: each event with how its subject stands now."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.api.shapes import Json, claim_json, item_json, moment, show_json
from bot.api.standing import claim_now, delivery_now, invoice_now, run_now
from storage import buyers, claims, events, items, shows
from storage.events import Event, EventKind


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far somebody has followed: an event, and of a batch the messages already had. Written `123.4`."""

    event: int
    part: int = 0

    @classmethod
    def parse(cls, text: str) -> Place:
        """Raises ValueError for anything that is no place."""
        event, _, part = text.partition(".")
        if not (event.isdecimal() and (part or "0").isdecimal()) or len(text) > 30 or not text.isascii():
            raise ValueError("a place is written like 123.4")
        return cls(int(event), int(part or 0))

    def __str__(self) -> str:
        return f"{self.event}.{self.part}"


def changes_after(tx: sa.Connection, workspace_id: int, place: Place) -> list[Json]:
    """The messages after `place`, in order; some of them, when there are many."""
    return [
        {"id": str(here), "type": event.kind.value, "at": moment(event.happened_at), "data": data}
        for event in events.after(tx, workspace_id, place.event)
        for part, data in enumerate(_subjects(tx, workspace_id, event), 1)
        if (here := Place(event.id, part)) > place
    ]


def now_at(tx: sa.Connection, workspace_id: int) -> Place:
    """The place of somebody who has seen everything so far."""
    return Place(events.latest(tx, workspace_id), _EVERYTHING)


_EVERYTHING = 1_000_000


def _subjects(tx: sa.Connection, workspace_id: int, event: Event) -> list[Json]:
    """How the subjects of an event stand now; as many as when it happened, so that places stay true."""
    match event.kind:
        case EventKind.CLAIM_CREATED:
            rows = claims.ledger_between(tx, workspace_id, event.show_id or 0, event.subject_id, event.last_id)
            known = buyers.many(tx, workspace_id, {row.buyer_id for row in rows if row.buyer_id is not None})
            return [{"show_id": event.show_id} | claim_json(row, known.get(row.buyer_id or 0)) for row in rows]
        case EventKind.CLAIM_UPDATED:
            claim = claims.get(tx, workspace_id, event.subject_id)
            return [{"show_id": claim.show_id} | claim_now(tx, workspace_id, claim.id) if claim else {}]
        case EventKind.SHOW_UPDATED:
            show = shows.get(tx, workspace_id, event.subject_id)
            here = items.of_show(tx, workspace_id, event.subject_id)
            return [show_json(show) | {"items": [item_json(item) for item in here]} if show else {}]
        case EventKind.INVOICE_UPDATED:
            return [invoice_now(tx, workspace_id, event.subject_id)]
        case EventKind.DELIVERY_UPDATED:
            return [delivery_now(tx, workspace_id, event.subject_id)]
        case EventKind.RUN_PROGRESS:
            return [run_now(tx, workspace_id, event.subject_id)]
