"""What was kept of a show, page by page: its ledger, and the claims and items that the ledger has to explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.domain.show import Show
from storage import shows
from storage.rows import run_with_rows
from storage.tables import claims, items, ledger

PAGE = 1_000
"""Rows read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """One row of the ledger, as far as decisions follow from it."""

    seq: int
    kind: str
    channel_id: int | None
    comment_id: str | None
    verb: str
    buyer_id: int | None
    text: str
    status: str
    reason: str
    facts: Mapping[str, Any]
    """What it says beyond the columns: the wishes of a comment, the change of an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """One row of the claims, with the code of the item it names."""

    seq: int
    wish: int
    buyer_id: int | None
    item: str | None
    item_code: str
    quantity: int
    options: tuple[str, ...]
    status: str
    reason: str
    position: int | None


def hold(tx: sa.Connection, workspace_id: int, show_id: int) -> Show | None:
    """One show, or None; from here to its end, the transaction sees everything as it is now.

    SQLite does so by itself. On PostgreSQL every statement would see what was committed meanwhile.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    return shows.get(tx, workspace_id, show_id)


def entries(tx: sa.Connection, workspace_id: int, show_id: int) -> Iterator[KeptEntry]:
    """The ledger, in the order decided."""
    query = sa.select(ledger).where(ledger.c.workspace_id == workspace_id, ledger.c.show_id == show_id)
    last = 0
    while rows := tx.execute(query.where(ledger.c.seq > last).order_by(ledger.c.seq).limit(PAGE)).all():
        for row in rows:
            yield KeptEntry(
                seq=row.seq,
                kind=row.kind,
                channel_id=row.channel_id,
                comment_id=row.comment_id,
                verb=row.verb,
                buyer_id=row.buyer_id,
                text=row.text,
                status=row.status,
                reason=row.reason,
                facts=row.entry or {},
            )
        last = rows[-1].seq


def kept_claims(tx: sa.Connection, workspace_id: int, show_id: int) -> Iterator[KeptClaim]:
    """The claims as they stand, in the order made."""
    place = (claims.c.seq, claims.c.wish)
    query = (
        sa.select(claims, items.c.code)
        .outerjoin(items, items.c.id == claims.c.item_id)
        .where(claims.c.workspace_id == workspace_id, claims.c.show_id == show_id)
        .order_by(*place)
        .limit(PAGE)
    )
    last = (0, 0)
    while rows := tx.execute(query.where(sa.tuple_(*place) > last)).all():
        for row in rows:
            yield KeptClaim(
                seq=row.seq,
                wish=row.wish,
                buyer_id=row.buyer_id,
                item=row.code,
                item_code=row.item_code,
                quantity=row.quantity,
                options=tuple(row.options),
                status=row.status,
                reason=row.reason,
                position=row.position,
            )
        last = (rows[-1].seq, rows[-1].wish)


def names_of(tx: sa.Connection, workspace_id: int, show_id: int, claim_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(entry, wish) of claims which the ledger names by their ids, as far as they are of this show."""
    if not claim_ids:
        return []
    rows = run_with_rows(
        tx,
        "SELECT c.id, c.seq, c.wish FROM {rows} {join} claims c ON c.id = r.id "
        "WHERE c.workspace_id = :workspace_id AND c.show_id = :show_id",
        {"id": "bigint"},
        [(claim_id,) for claim_id in claim_ids],
        workspace_id=workspace_id,
        show_id=show_id,
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    return [found[claim_id] for claim_id in claim_ids if claim_id in found]


def first_said(tx: sa.Connection, workspace_id: int, show: Show, verb: str, now: Any) -> Any:
    """What a show said of itself (`verb` is market or rules) before it was first changed; `now` if it never was."""
    change = tx.scalar(
        sa.select(ledger.c.entry)
        .where(
            ledger.c.workspace_id == workspace_id,
            ledger.c.show_id == show.id,
            ledger.c.kind == "show",
            ledger.c.verb == verb,
        )
        .order_by(ledger.c.seq)
        .limit(1)
    )
    return now if change is None else change.get("before", now)
