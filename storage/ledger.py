"""The ledger and the claims it causes, written a whole batch at a time.

Every statement handles all rows of the batch at once, carried as one JSON parameter, so that their number does not
grow with the batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import events
from storage.database import with_rows
from storage.events import EventKind
from storage.tables import to_millis

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger, ready to be written."""

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
    """What replay needs beyond the columns: the wishes of a comment, the change of an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """One row of the claims, ready to be written."""

    seq: int
    wish: int
    item_id: int | None
    item_code: str
    buyer_id: int | None
    quantity: int
    options: tuple[str, ...]
    status: str
    reason: str
    position: int | None


def _run(
    tx: sa.Connection, sql: str, columns: dict[str, str], rows: Sequence[_Row], **more: Any
) -> sa.CursorResult[Any]:
    return tx.execute(with_rows(tx, sql, columns), {"rows": json.dumps(rows, ensure_ascii=False), **more})


def seen_before(
    tx: sa.Connection, workspace_id: int, comments: Iterable[tuple[int, str]]
) -> set[tuple[int, str, str, int]]:
    """What the ledger already holds about these (channel, comment id): (channel, comment id, verb, revision)."""
    found = _run(
        tx,
        "SELECT l.channel_id, l.comment_id, l.verb, l.revision FROM {rows} "
        "{join} ledger l ON l.channel_id = r.channel_id AND l.comment_id = r.comment_id "
        "WHERE l.workspace_id = :workspace_id",
        {"channel_id": "bigint", "comment_id": "text"},
        [{"channel_id": channel, "comment_id": comment} for channel, comment in comments],
        workspace_id=workspace_id,
    )
    return {(row.channel_id, row.comment_id, row.verb, row.revision) for row in found}


def stock(tx: sa.Connection, workspace_id: int, show_id: int, item_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """The counters of these items, locked in a fixed order: (id, code, quantity, won, waiting, open)."""
    lock = "" if tx.dialect.name == "sqlite" else " FOR UPDATE OF i"
    return list(
        _run(
            tx,
            "SELECT i.id, i.code, i.quantity, i.won, i.waiting, i.open FROM {rows} {join} items i ON i.id = r.id "
            "WHERE i.workspace_id = :workspace_id AND i.show_id = :show_id ORDER BY i.id" + lock,
            {"id": "bigint"},
            [{"id": item_id} for item_id in item_ids],
            workspace_id=workspace_id,
            show_id=show_id,
        )
    )


def active_claims(tx: sa.Connection, workspace_id: int, show_id: int, buyer_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """What these buyers already have or wait for in the show: (item_id, buyer_id, options, status)."""
    return list(
        _run(
            tx,
            "SELECT c.item_id, c.buyer_id, c.options, c.status FROM {rows} "
            "{join} claims c ON c.show_id = :show_id AND c.buyer_id = r.id "
            "WHERE c.workspace_id = :workspace_id AND c.item_id IS NOT NULL "
            "AND c.status IN ('winner', 'waitlisted', 'offered')",
            {"id": "bigint"},
            [{"id": buyer_id} for buyer_id in buyer_ids],
            workspace_id=workspace_id,
            show_id=show_id,
        )
    )


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
    "entry": "text",
    "commented_at": "bigint",
}
_CLAIM = {
    "seq": "bigint",
    "wish": "bigint",
    "item_id": "bigint",
    "item_code": "text",
    "buyer_id": "bigint",
    "quantity": "bigint",
    "options": "text",
    "status": "text",
    "reason": "text",
    "position": "bigint",
}


def write_entries(tx: sa.Connection, workspace_id: int, show_id: int, entries: Sequence[Entry], now: datetime) -> None:
    """Append to the ledger; consoles hear of comments and awards from here, of the rest from what it changed."""
    names = ", ".join(_ENTRY)
    picks = ", ".join(f"r.{name}" for name in _ENTRY)
    rows = [
        {
            **{name: getattr(entry, name) for name in _ENTRY},
            "entry": None if entry.entry is None else json.dumps(entry.entry, ensure_ascii=False),
            "commented_at": to_millis(entry.commented_at),
        }
        for entry in entries
    ]
    _run(
        tx,
        f"INSERT INTO ledger (workspace_id, show_id, decided_at, {names}) "
        f"SELECT :workspace_id, :show_id, :now, {picks} FROM {{rows}} WHERE true",
        _ENTRY,
        rows,
        workspace_id=workspace_id,
        show_id=show_id,
        now=to_millis(now),
    )
    told = [entry.seq for entry in entries if entry.kind in ("comment", "award")]
    if told:
        kind = EventKind.CLAIM_CREATED
        events.note(tx, workspace_id, kind, told[0], last_id=told[-1], show_id=show_id, now=now)


def write_claims(tx: sa.Connection, workspace_id: int, show_id: int, claims: Sequence[NewClaim], now: datetime) -> None:
    """Add the claims that the entries caused."""
    if not claims:
        return
    names = ", ".join(_CLAIM)
    picks = ", ".join(f"r.{name}" for name in _CLAIM)
    rows = [
        {**{name: getattr(claim, name) for name in _CLAIM}, "options": options_text(claim.options)} for claim in claims
    ]
    _run(
        tx,
        f"INSERT INTO claims (workspace_id, show_id, decided_at, {names}) "
        f"SELECT :workspace_id, :show_id, :now, {picks} FROM {{rows}} WHERE true",
        _CLAIM,
        rows,
        workspace_id=workspace_id,
        show_id=show_id,
        now=to_millis(now),
    )


def write_stock(tx: sa.Connection, workspace_id: int, show_id: int, counters: Iterable[tuple[int, int, int]]) -> None:
    """Set the counters of items: (item id, won, waiting)."""
    rows = [{"id": item_id, "won": won, "waiting": waiting} for item_id, won, waiting in counters]
    if rows:
        _run(
            tx,
            "UPDATE items SET won = r.won, waiting = r.waiting FROM {rows} "
            "WHERE items.id = r.id AND items.workspace_id = :workspace_id AND items.show_id = :show_id",
            {"id": "bigint", "won": "bigint", "waiting": "bigint"},
            rows,
            workspace_id=workspace_id,
            show_id=show_id,
        )


def write_next_seq(tx: sa.Connection, workspace_id: int, show_id: int, next_seq: int) -> None:
    """Remember where the ledger goes on."""
    tx.execute(
        sa.text("UPDATE shows SET next_seq = :next_seq WHERE id = :show_id AND workspace_id = :workspace_id"),
        {"next_seq": next_seq, "show_id": show_id, "workspace_id": workspace_id},
    )


def options_text(options: tuple[str, ...]) -> str:
    """Options as they are kept, so that equal options are equal text."""
    return json.dumps(options, ensure_ascii=False, separators=(",", ":"))
