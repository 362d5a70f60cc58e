"""What answering many comments at once needs: whom to address, by which doors, and the messages themselves.

Every statement serves the whole batch.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.invoice import OPEN
from bot.domain.money import Money
from bot.domain.pricing import Pieces
from storage import events
from storage.events import EventKind
from storage.items import pieces
from storage.rows import look_up, run_with_rows
from storage.tables import deliveries as deliveries_table
from storage.tables import from_millis, to_millis


class Addressee(NamedTuple):
    """A buyer, as an answer calls them."""

    name: str
    language: str
    silent: bool
    """Nothing is answered: they are blocked."""
    owes: bool
    """They may claim nothing before a deposit."""


class Door(NamedTuple):
    """One private chat with a buyer."""

    buyer_id: int
    channel_id: int
    kind: str
    chat_id: str
    reachable: bool | None
    last_inbound_at: datetime | None


class NewMessage(NamedTuple):
    """A message ready to be written down, once per key."""

    key: str
    buyer_id: int | None
    channel_id: int | None
    chat_id: str
    text: str
    buttons: list[list[dict[str, str]]]


class InCart(NamedTuple):
    """One thing a buyer has or waits for."""

    buyer_id: int
    status: str
    position: int | None
    quantity: int
    options: tuple[str, ...]
    code: str
    title: str
    of_it: Pieces
    """The same pieces, with what they cost."""


class Payable(NamedTuple):
    """An invoice of a buyer that can be paid now."""

    buyer_id: int
    due_cents: int
    currency: str
    pay_token: str
    url: str

    @property
    def due(self) -> Money:
        """What is still to be paid."""
        return Money(self.due_cents, self.currency)


_ID = {"id": "bigint"}


def addressees(tx: sa.Connection, workspace_id: int, buyer_ids: Collection[int]) -> dict[int, Addressee]:
    """These buyers, by id."""
    found = run_with_rows(
        tx,
        "SELECT b.id, b.name, b.handle, b.language, b.blocked, b.deposit_due "
        "FROM {rows} {join} buyers b ON b.id = r.id WHERE b.workspace_id = :workspace_id",
        _ID,
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
    )
    return {row[0]: Addressee(row[1] or row[2], row[3], bool(row[4]), bool(row[5])) for row in found}


def doors(tx: sa.Connection, workspace_id: int, buyer_ids: Collection[int]) -> list[Door]:
    """The private chats with these buyers, oldest first."""
    found = look_up(
        tx,
        "i.id, i.buyer_id, i.channel_id, i.kind, i.chat_id, i.reachable, i.last_inbound_at",
        "identities i",
        "i.buyer_id = r.id AND i.workspace_id = :workspace_id AND i.chat_id <> ''",
        _ID,
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
    )
    return [
        Door(row[1], row[2], row[3], row[4], None if row[5] is None else bool(row[5]), row[6] and from_millis(row[6]))
        for row in sorted(found, key=lambda row: int(row[0]))
    ]


def titles(tx: sa.Connection, workspace_id: int, item_ids: Collection[int]) -> dict[int, tuple[str, int | None]]:
    """Item id → (title, price in minor units)."""
    found = run_with_rows(
        tx,
        "SELECT i.id, i.title, i.price_cents FROM {rows} {join} items i ON i.id = r.id "
        "WHERE i.workspace_id = :workspace_id",
        _ID,
        [(item_id,) for item_id in item_ids],
        workspace_id=workspace_id,
    )
    return {row[0]: (row[1], row[2]) for row in found}


def in_carts(tx: sa.Connection, workspace_id: int, show_id: int, buyer_ids: Collection[int]) -> list[InCart]:
    """What these buyers have in a show and have not paid, and what they wait for, in the order decided."""
    found = run_with_rows(
        tx,
        "SELECT c.buyer_id, c.status, c.position, c.quantity, c.options, c.item_code, i.title, "
        "COALESCE(i.parent_id, i.id), i.price_cents, i.bundle_pieces, i.bundle_cents "
        "FROM {rows} {join} claims c ON c.show_id = :show_id AND c.buyer_id = r.id "
        "LEFT JOIN items i ON i.id = c.item_id LEFT JOIN invoices v ON v.id = c.invoice_id "
        "WHERE c.workspace_id = :workspace_id AND c.status IN ('winner', 'waitlisted', 'offered') "
        "AND v.paid_at IS NULL ORDER BY c.seq, c.wish",
        _ID,
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
        show_id=show_id,
    )
    return [
        InCart._make((*row[:4], tuple(json.loads(row[4])), row[5], row[6] or "", pieces(row[3], *row[7:])))
        for row in found
    ]


def payable(tx: sa.Connection, workspace_id: int, buyer_ids: Collection[int]) -> list[Payable]:
    """The open invoices of these buyers that have a link, of whichever show."""
    statuses = ", ".join(f"'{status.value}'" for status in sorted(OPEN))
    found = run_with_rows(
        tx,
        "SELECT v.buyer_id, v.amount_cents - v.paid_cents, v.currency, v.pay_token, v.external_url "
        "FROM {rows} JOIN invoices v ON v.buyer_id = r.id "
        f"WHERE v.workspace_id = :workspace_id AND v.status IN ({statuses}) AND v.external_url IS NOT NULL "
        "ORDER BY v.id",
        _ID,
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
    )
    return [Payable(*row) for row in found]


def told_since(
    tx: sa.Connection, workspace_id: int, purpose: str, buyer_ids: Collection[int], since: datetime
) -> set[int]:
    """Who of these buyers was written a message with this purpose since then."""
    found = run_with_rows(
        tx,
        "SELECT d.buyer_id FROM {rows} {join} deliveries d ON d.buyer_id = r.id "
        "WHERE d.workspace_id = :workspace_id AND d.purpose = :purpose AND d.created_at > :since",
        _ID,
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
        purpose=purpose,
        since=to_millis(since),
    )
    return {row[0] for row in found}


def queue_all(
    tx: sa.Connection, workspace_id: int, purpose: str, messages: Sequence[NewMessage], now: datetime
) -> list[tuple[int, int | None, int | None, str]]:
    """Write messages down, each once per key: (delivery, buyer, channel, chat) of those that are new."""
    if not messages:
        return []
    found = run_with_rows(
        tx,
        "INSERT INTO deliveries "
        "(workspace_id, purpose, dedupe_key, buyer_id, channel_id, chat_id, text, buttons, tried, created_at) "
        "SELECT CAST(:workspace_id AS bigint), CAST(:purpose AS text), r.dedupe_key, r.buyer_id, r.channel_id, "
        "r.chat_id, r.text, r.buttons, '[]', CAST(:now AS bigint) FROM {rows} WHERE true "
        "ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, buyer_id, channel_id, chat_id",
        _MESSAGE,
        [
            (f"{workspace_id}:{one.key}", *one[1:5], json.dumps(one.buttons, ensure_ascii=False, separators=(",", ":")))
            for one in messages
        ],
        workspace_id=workspace_id,
        purpose=purpose,
        now=to_millis(now),
    )
    made: list[tuple[int, int | None, int | None, str]] = sorted((row[0], row[1], row[2], row[3]) for row in found)
    for delivery_id, buyer_id, _, _ in made:
        if buyer_id is not None:
            events.note(tx, workspace_id, EventKind.DELIVERY_UPDATED, delivery_id, now=now)
    return made


_MESSAGE = {
    "dedupe_key": "text",
    "buyer_id": "bigint",
    "channel_id": "bigint",
    "chat_id": "text",
    "text": "text",
    "buttons": "text",
}


def key_of(tx: sa.Connection, workspace_id: int, delivery_id: int) -> str:
    """The key a message was written down under, without its workspace."""
    key: Any = tx.scalar(
        sa.select(deliveries_table.c.dedupe_key).where(
            deliveries_table.c.id == delivery_id, deliveries_table.c.workspace_id == workspace_id
        )
    )
    return str(key or "").partition(":")[2]
