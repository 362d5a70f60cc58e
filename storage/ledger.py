"""The ledger and the claims it causes, written a whole batch at a time.

Every statement handles all rows of the batch at once (`storage.rows`), so that their number does not grow with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage import events, tallies
from storage.events import EventKind
from storage.rows import insert_rows, look_up, run_fixed, run_with_rows, update_rows
from storage.tables import to_millis


class Entry(NamedTuple):
    """One row of the ledger, ready to be written. A tuple, as a hot show makes hundreds a second."""

    seq: int
    kind: str
    channel_id: int | None
    feed_id: str
    comment_id: str | None
    verb: str
    revision: int
    buyer_id: int | None
    text: str
    status: str
    reason: str
    commented_at: datetime
    entry: Any = None
    """What replay needs beyond the columns: the wishes of a comment, the change of an item.

    A mapping; its `entry_text` will do when it is written.
    """


class NewClaim(NamedTuple):
    """One row of the claims, ready to be written."""

    seq: int
    wish: int
    item_id: int | None
    item_code: str
    buyer_id: int | None
    quantity: int
    status: str
    reason: str
    position: int | None
    options: tuple[str, ...] = ()


def seen_before(
    tx: sa.Connection, workspace_id: int, comments: Iterable[tuple[int, str]]
) -> set[tuple[int, str, str, int]]:
    """What the ledger already holds about these (channel, comment id): (channel, comment id, verb, revision)."""
    found = look_up(
        tx,
        "l.channel_id, l.comment_id, l.verb, l.revision",
        "ledger l",
        "l.channel_id = r.channel_id AND l.comment_id = r.comment_id AND l.workspace_id = :workspace_id",
        {"channel_id": "bigint", "comment_id": "text"},
        list(comments),
        workspace_id=workspace_id,
    )
    return {(row[0], row[1], row[2], row[3]) for row in found}


class Counters(NamedTuple):
    """How much of an item there is, and what became of it."""

    id: int
    code: str
    quantity: int
    won: int
    waiting: int
    open: bool


class Active(NamedTuple):
    """What a buyer has of an item, or waits for."""

    item_id: int
    buyer_id: int
    options: str
    status: str


def stock(tx: sa.Connection, workspace_id: int, show_id: int, item_ids: Iterable[int]) -> list[Counters]:
    """The counters of these items, locked in a fixed order."""
    lock = "" if tx.dialect.name == "sqlite" else " FOR NO KEY UPDATE OF i"
    found = run_with_rows(
        tx,
        "SELECT i.id, i.code, i.quantity, i.won, i.waiting, i.open FROM {rows} {join} items i ON i.id = r.id "
        "WHERE i.workspace_id = :workspace_id AND i.show_id = :show_id ORDER BY i.id" + lock,
        {"id": "bigint"},
        [(item_id,) for item_id in item_ids],
        workspace_id=workspace_id,
        show_id=show_id,
    )
    return [Counters._make((*row[:5], bool(row[5]))) for row in found]


def active_claims(
    tx: sa.Connection, workspace_id: int, show_id: int, wishes: Iterable[tuple[int, int]]
) -> list[Active]:
    """What these buyers already have, or wait for, of these items (buyer id, item id), under whatever options."""
    # Without `|| ''` PostgreSQL may find the claims by item and status, which are ever more as the show goes on.
    found = look_up(
        tx,
        "c.item_id, c.buyer_id, c.options, c.status",
        "claims c",
        "c.show_id = :show_id AND c.buyer_id = r.buyer_id AND c.item_id = r.item_id "
        "AND c.workspace_id = :workspace_id AND c.status || '' IN ('winner', 'waitlisted', 'offered')",
        {"buyer_id": "bigint", "item_id": "bigint"},
        list(wishes),
        workspace_id=workspace_id,
        show_id=show_id,
    )
    return [Active._make(row) for row in found]


_ENTRY = {
    "seq": "bigint",
    "kind": "text",
    "channel_id": "bigint",
    "feed_id": "text",
    "comment_id": "text",
    "verb": "text",
    "revision": "bigint",
    "buyer_id": "bigint",
    "text": "text",
    "status": "text",
    "reason": "text",
    "commented_at": "bigint",
    "entry": "text",
}
_CLAIM = {
    "seq": "bigint",
    "wish": "bigint",
    "item_id": "bigint",
    "item_code": "text",
    "buyer_id": "bigint",
    "quantity": "bigint",
    "status": "text",
    "reason": "text",
    "position": "bigint",
    "options": "text",
}


def write_entries(tx: sa.Connection, workspace_id: int, show_id: int, entries: Sequence[Entry], now: datetime) -> None:
    """Append to the ledger; consoles hear from here of what makes claims, of the rest from what it changed."""
    rows = [(*entry[:-2], to_millis(entry.commented_at), _text_of(entry.entry)) for entry in entries]
    insert_rows(tx, "ledger", _ENTRY, rows, workspace_id=workspace_id, show_id=show_id, decided_at=to_millis(now))
    told = [entry.seq for entry in entries if entry.kind in ("comment", "award", "resolve")]
    if told:
        kind = EventKind.CLAIM_CREATED
        events.note(tx, workspace_id, kind, told[0], last_id=told[-1], show_id=show_id, now=now)


def write_claims(tx: sa.Connection, workspace_id: int, show_id: int, claims: Sequence[NewClaim], now: datetime) -> None:
    """Add the claims that the entries caused, and count them."""
    if claims:
        rows = [(*claim[:-1], options_text(claim.options)) for claim in claims]
        insert_rows(tx, "claims", _CLAIM, rows, workspace_id=workspace_id, show_id=show_id, decided_at=to_millis(now))
        tallies.add(tx, workspace_id, show_id, Counter(claim.status for claim in claims))


def write_stock(tx: sa.Connection, workspace_id: int, show_id: int, counters: Iterable[tuple[int, int, int]]) -> None:
    """Set the counters of items: (item id, won, waiting)."""
    update_rows(tx, "items", _COUNTERS, list(counters), workspace_id=workspace_id, show_id=show_id)


_COUNTERS = {"id": "bigint", "won": "bigint", "waiting": "bigint"}


def write_next_seq(tx: sa.Connection, workspace_id: int, show_id: int, next_seq: int) -> None:
    """Remember where the ledger goes on."""
    run_fixed(tx, _NEXT_SEQ, next_seq=next_seq, show_id=show_id, workspace_id=workspace_id)


_NEXT_SEQ = "UPDATE shows SET next_seq = :next_seq WHERE id = :show_id AND workspace_id = :workspace_id"


def entry_text(entry: Any) -> str:
    """What replay needs, as it is kept."""
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _text_of(entry: Any) -> str | None:
    return entry if entry is None or isinstance(entry, str) else entry_text(entry)


def options_text(options: tuple[str, ...]) -> str:
    """Options as they are kept, so that equal options are equal text."""
    if not options:
        return "[]"
    return json.dumps(options, ensure_ascii=False, separators=(",", ":"))
