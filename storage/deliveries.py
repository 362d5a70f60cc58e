"""Deliveries: every message on its way to a person, and how far it got."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.invoice import OPEN
from storage import events
from storage.events import EventKind
from storage.tables import deliveries as table
from storage.tables import invoices


class DeliveryStatus(StrEnum):
    """How far a message got."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MANUAL = "manual"


REPLY = "reply"
"""The purpose of what answers a command, a tap or a buyer's word."""
BELOW = "comment:"
"""What a chat id begins with that is a comment's: an answer below it, which everybody there sees."""
NOT_THROUGH = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.MANUAL})
"""What a message has become that waits for a person's word."""
PAGE = 1000
"""How many of all waiting messages are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt ladder to get a message to somebody."""

    id: int
    workspace_id: int
    purpose: str
    """link, offer, promotion, giveaway, reminder, expiry, thanks, subscription, answer, cart, notice, prompt or
    reply.
    """
    buyer_id: int | None
    invoice_id: int | None
    channel_id: int | None
    chat_id: str
    """Where it goes, when that was fixed from the start; a buyer's message finds its own way."""
    text: str
    picture: str
    """What the channel was sent, to be shown with it; empty for none."""
    buttons: list[list[dict[str, str]]]
    status: DeliveryStatus
    rung: str
    attempt: int
    error: str
    tried: list[str]
    """Rungs of the ladder that were tried and refused."""
    platform_message_id: str | None
    created_at: datetime
    sent_at: datetime | None

    @property
    def chat(self) -> str:
        """Messages with the same chat keep their order."""
        return f"{self.channel_id}:{self.chat_id}" if self.buyer_id is None else f"buyer:{self.buyer_id}"

    @property
    def reply(self) -> bool:
        """Whether it answers what somebody wrote, and waits for nothing but other replies."""
        return self.purpose == REPLY


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        workspace_id=row.workspace_id,
        purpose=row.purpose,
        buyer_id=row.buyer_id,
        invoice_id=row.invoice_id,
        channel_id=row.channel_id,
        chat_id=row.chat_id,
        text=row.text,
        picture=row.picture,
        buttons=row.buttons,
        status=DeliveryStatus(row.status),
        rung=row.rung,
        attempt=row.attempt,
        error=row.error,
        tried=row.tried,
        platform_message_id=row.platform_message_id,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def queue(
    tx: sa.Connection,
    workspace_id: int,
    *,
    purpose: str,
    dedupe_key: str,
    text: str,
    now: datetime,
    buttons: list[list[dict[str, str]]] | None = None,
    buyer_id: int | None = None,
    invoice_id: int | None = None,
    channel_id: int | None = None,
    chat_id: str = "",
    picture: str = "",
) -> int | None:
    """Write down a message to be sent; None when one with this key was written before. Send it after the commit."""
    made: int | None = tx.scalar(
        _QUEUE[tx.dialect.name],
        {
            "workspace_id": workspace_id,
            "purpose": purpose,
            "dedupe_key": dedupe_key,
            "buyer_id": buyer_id,
            "invoice_id": invoice_id,
            "channel_id": channel_id,
            "chat_id": chat_id,
            "text": text,
            "picture": picture,
            "buttons": buttons or [],
            "tried": [],
            "status": DeliveryStatus.QUEUED.value,
            "created_at": now,
        },
    )
    if made is not None and buyer_id is not None:
        events.note(tx, workspace_id, EventKind.DELIVERY_UPDATED, made, now=now)
    return made


_QUEUE = {
    dialect: insert(table).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(table.c.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def get(tx: sa.Connection, workspace_id: int, delivery_id: int) -> Delivery | None:
    """One delivery, or None."""
    row = tx.execute(_GET, {"this": delivery_id, "workspace": workspace_id}).one_or_none()
    return None if row is None else _delivery(row)


_ONE = table.c.id == sa.bindparam("this"), table.c.workspace_id == sa.bindparam("workspace")
_GET = sa.select(table).where(*_ONE)
_CHANGE = table.update().where(*_ONE)


def many(tx: sa.Connection, workspace_id: int, delivery_ids: Iterable[int]) -> dict[int, Delivery]:
    """These deliveries by id."""
    rows = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id.in_(list(delivery_ids))))
    return {row.id: _delivery(row) for row in rows}


def queued(tx: sa.Connection, after: int = 0) -> list[Delivery]:
    """The next page of messages of every workspace that wait to be sent, by id, from `after` this one."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.status == DeliveryStatus.QUEUED.value, table.c.id > after)
        .order_by(table.c.id)
        .limit(PAGE)
    )
    return [_delivery(row) for row in rows]


def begin(tx: sa.Connection, workspace_id: int, delivery_id: int, rung: str) -> bool:
    """Mark as `sending` by this rung, just before the call; False when it is no longer waiting."""
    begun = {"status": DeliveryStatus.SENDING.value, "rung": rung, "error": ""}
    return tx.execute(_BEGIN, {"this": delivery_id, "workspace": workspace_id, **begun}).rowcount == 1


_BEGIN = _CHANGE.where(table.c.status == DeliveryStatus.QUEUED.value)


def settle(
    tx: sa.Connection,
    workspace_id: int,
    delivery_id: int,
    status: DeliveryStatus,
    *,
    error: str = "",
    tried: list[str] | None = None,
    platform_message_id: str | None = None,
    sent_at: datetime | None = None,
    unless: DeliveryStatus | None = None,
) -> bool:
    """Record how the call went; False, and nothing changed, when it is known to be `unless`."""
    values: dict[str, Any] = {"status": status.value, "error": error}
    if tried is not None:
        values["tried"] = tried
    if platform_message_id is not None:
        values["platform_message_id"] = platform_message_id
    if sent_at is not None:
        values["sent_at"] = sent_at
    known = {"this": delivery_id, "workspace": workspace_id, "known": "" if unless is None else unless.value}
    settled = tx.execute(_SETTLE, {**known, **values}).one_or_none()
    if settled is None:
        return False
    _note(tx, workspace_id, delivery_id, settled.buyer_id)
    return True


_SETTLE = _CHANGE.where(table.c.status != sa.bindparam("known")).returning(table.c.buyer_id)


def again(tx: sa.Connection, workspace_id: int, delivery_id: int, *, but: Iterable[DeliveryStatus] = ()) -> int | None:
    """Queue a message once more from the first rung, `but` not as it stands now; returns its new attempt, or None."""
    queued = tx.execute(
        table.update()
        .where(
            table.c.id == delivery_id,
            table.c.workspace_id == workspace_id,
            table.c.status.not_in([status.value for status in but]),
        )
        .values(
            status=DeliveryStatus.QUEUED.value,
            attempt=table.c.attempt + 1,
            tried=[],
            error="",
            rung="",
        )
        .returning(table.c.attempt, table.c.buyer_id)
    ).one_or_none()
    if queued is None:
        return None
    _note(tx, workspace_id, delivery_id, queued.buyer_id)
    return int(queued.attempt)


def move_chat(tx: sa.Connection, workspace_id: int, channel_id: int, *, old: str, new: str) -> None:
    """A group has another id now, and its messages other numbers: what waits goes there, and answers none of them."""
    answers = f"{BELOW}{old}:"
    tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.channel_id == channel_id,
            table.c.status == DeliveryStatus.QUEUED.value,
            sa.or_(table.c.chat_id == old, table.c.chat_id.startswith(answers, autoescape=True)),
        )
        .values(chat_id=new)
    )


def _note(tx: sa.Connection, workspace_id: int, delivery_id: int, buyer_id: int | None) -> None:
    """Consoles follow what goes to buyers; answers to operators are seen in their chat."""
    if buyer_id is not None:
        events.note(tx, workspace_id, EventKind.DELIVERY_UPDATED, delivery_id)


def links_of(tx: sa.Connection, workspace_id: int, invoice_ids: Iterable[int]) -> dict[int, Delivery]:
    """Invoice id → the newest delivery of its link."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.purpose == "link",
            table.c.invoice_id.in_(list(invoice_ids)),
        )
        .order_by(table.c.id)
    )
    return {row.invoice_id: _delivery(row) for row in rows}


def reminded_since(tx: sa.Connection, workspace_id: int, buyer_ids: Iterable[int], since: datetime) -> set[int]:
    """Which of these buyers were reminded of something since then, or are about to be."""
    found = tx.scalars(
        sa.select(table.c.buyer_id).where(
            table.c.workspace_id == workspace_id,
            table.c.purpose == "reminder",
            table.c.buyer_id.in_(list(buyer_ids)),
            table.c.created_at > since,
            table.c.status.not_in([status.value for status in NOT_THROUGH]),
        )
    )
    return {buyer_id for buyer_id in found if buyer_id is not None}


def stuck_with(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[Delivery]:
    """Links a buyer could not be given, to try again now that they opened the door."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.buyer_id == buyer_id,
            table.c.purpose == "link",
            table.c.status.in_((DeliveryStatus.MANUAL.value, DeliveryStatus.FAILED.value)),
        )
        .order_by(table.c.id)
    )
    return [_delivery(row) for row in rows]


def links_not_through(tx: sa.Connection, workspace_id: int, *, limit: int = 200) -> list[Delivery]:
    """Pay links that did not reach their buyers and can still be used, newest first."""
    rows = tx.execute(
        sa.select(table)
        .join(invoices, sa.and_(invoices.c.id == table.c.invoice_id, invoices.c.workspace_id == table.c.workspace_id))
        .where(
            table.c.workspace_id == workspace_id,
            table.c.purpose == "link",
            table.c.status.in_([status.value for status in NOT_THROUGH]),
            invoices.c.status.in_([status.value for status in OPEN]),
        )
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def rungs_used(tx: sa.Connection, workspace_id: int, buyer_id: int, *, but: int) -> set[str]:
    """The rungs by which this buyer's other messages went out, or may have: a private reply is spent by any of them."""
    rows = tx.execute(
        sa.select(table.c.rung).where(
            table.c.workspace_id == workspace_id,
            table.c.buyer_id == buyer_id,
            table.c.id != but,
            table.c.status.in_([status.value for status in _OUT]),
        )
    )
    return {row.rung for row in rows}


_OUT = (DeliveryStatus.SENDING, DeliveryStatus.SENT, DeliveryStatus.UNKNOWN)
