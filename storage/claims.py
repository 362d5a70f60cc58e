"""Claims as they stand: looking them up, and moving them on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, Waiter
from storage import events, tallies
from storage.events import EventKind
from storage.rows import run_with_rows
from storage.tables import claims as table
from storage.tables import from_millis, ledger

_CLAIM_COLUMNS = (
    table,
    ledger.c.comment_id,
    ledger.c.text,
    ledger.c.commented_at,
)


def _claim(row: sa.Row[Any]) -> Claim:
    return Claim(
        id=row.id,
        show_id=row.show_id,
        seq=row.seq,
        comment_id=row.comment_id,
        text=row.text,
        buyer_id=row.buyer_id,
        item_id=row.item_id,
        item_code=row.item_code,
        quantity=row.quantity,
        options=tuple(row.options),
        status=ClaimStatus(row.status),
        reason=row.reason,
        position=row.position,
        invoice_id=row.invoice_id,
        commented_at=row.commented_at,
        decided_at=row.decided_at,
        due_at=row.due_at,
    )


def _select(workspace_id: int | sa.BindParameter[int]) -> sa.Select[Any]:
    return (
        sa.select(*_CLAIM_COLUMNS)
        .join(ledger, sa.and_(ledger.c.show_id == table.c.show_id, ledger.c.seq == table.c.seq))
        .where(table.c.workspace_id == workspace_id)
    )


def get(tx: sa.Connection, workspace_id: int, claim_id: int) -> Claim | None:
    """One claim, or None."""
    row = tx.execute(_select(workspace_id).where(table.c.id == claim_id)).one_or_none()
    return None if row is None else _claim(row)


def many(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int]) -> list[Claim]:
    """These claims, in the order of their ids as given."""
    rows = tx.execute(_select(workspace_id).where(table.c.id.in_(claim_ids)))
    found = {row.id: _claim(row) for row in rows}
    return [found[claim_id] for claim_id in claim_ids if claim_id in found]


def active(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    buyer_id: int | None = None,
    item_id: int | None = None,
) -> list[Claim]:
    """Winners and waiters of a show, in the order decided; narrowed to a buyer or an item."""
    query = _select(workspace_id).where(
        table.c.show_id == show_id, table.c.status.in_([status.value for status in ACTIVE])
    )
    if buyer_id is not None:
        query = query.where(table.c.buyer_id == buyer_id)
    if item_id is not None:
        query = query.where(table.c.item_id == item_id)
    return [_claim(row) for row in tx.execute(query.order_by(table.c.seq, table.c.wish))]


def of_comments(
    tx: sa.Connection, workspace_id: int, channel_id: int, comment_ids: Iterable[str]
) -> list[tuple[str, Claim]]:
    """(comment id, claim) for claims that came from these comments, whichever show they are in."""
    rows = tx.execute(
        _select(workspace_id)
        .where(ledger.c.channel_id == channel_id, ledger.c.comment_id.in_(list(comment_ids)))
        .order_by(table.c.seq, table.c.wish)
    )
    return [(row.comment_id, _claim(row)) for row in rows]


def of_entry(tx: sa.Connection, workspace_id: int, show_id: int, seq: int) -> list[Claim]:
    """The claims that an entry of the ledger made, in the order of its wishes."""
    query = _select(workspace_id).where(table.c.show_id == show_id, table.c.seq == seq)
    return [_claim(row) for row in tx.execute(query.order_by(table.c.wish))]


def unbilled_winners(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Claim]:
    """Winner claims of a buyer that no invoice bills yet."""
    query = _select(workspace_id).where(
        table.c.show_id == show_id,
        table.c.status == ClaimStatus.WINNER.value,
        table.c.invoice_id.is_(None),
        table.c.buyer_id.is_not(None),
    )
    return [_claim(row) for row in tx.execute(query.order_by(table.c.seq, table.c.wish))]


def on_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[Claim]:
    """The claims an invoice bills, in the order made."""
    rows = tx.execute(_ON_INVOICE, {"workspace": workspace_id, "invoice": invoice_id})
    return [_claim(row) for row in rows]


_ON_INVOICE = (
    _select(sa.bindparam("workspace"))
    .where(table.c.invoice_id == sa.bindparam("invoice"))
    .order_by(table.c.show_id, table.c.seq, table.c.wish)
)


def comments_behind(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[sa.Row[Any]]:
    """The comments whose claims an invoice bills, newest first: (channel_id, comment_id, commented_at)."""
    return _comments(tx, workspace_id, table.c.invoice_id == invoice_id)


def comments_offered(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[sa.Row[Any]]:
    """The same of the claims that are offered to a buyer, for as long as they are."""
    offered = table.c.status == ClaimStatus.OFFERED.value, table.c.due_at.is_not(None)
    return _comments(tx, workspace_id, table.c.buyer_id == buyer_id, *offered)


def _comments(tx: sa.Connection, workspace_id: int, *which: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    return list(
        tx.execute(
            sa.select(ledger.c.channel_id, ledger.c.comment_id, ledger.c.commented_at)
            .join(table, sa.and_(ledger.c.show_id == table.c.show_id, ledger.c.seq == table.c.seq))
            .where(table.c.workspace_id == workspace_id, *which, ledger.c.comment_id.is_not(None))
            .distinct()
            .order_by(ledger.c.commented_at.desc(), ledger.c.comment_id)
        )
    )


def bill(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int], invoice_id: int | None) -> None:
    """Record which invoice bills these claims; None takes them off."""
    which = {"workspace": workspace_id, "claims": list(claim_ids)}
    tx.execute(_BILL, {**which, "invoice_id": invoice_id})


_BILL = table.update().where(
    table.c.workspace_id == sa.bindparam("workspace"), table.c.id.in_(sa.bindparam("claims", expanding=True))
)


def unbill(tx: sa.Connection, workspace_id: int, invoice_id: int) -> None:
    """Take every claim off an invoice that will never be paid."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.invoice_id == invoice_id)
        .values(invoice_id=None)
    )


def waiters(tx: sa.Connection, workspace_id: int, item_id: int) -> list[Waiter]:
    """The waitlist of an item, first in line first."""
    rows = tx.execute(
        sa.select(table.c.id, table.c.quantity, table.c.position)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.item_id == item_id,
            table.c.status == ClaimStatus.WAITLISTED.value,
        )
        .order_by(table.c.position)
    )
    return [Waiter(row.id, row.quantity, row.position) for row in rows]


def move(
    tx: sa.Connection,
    workspace_id: int,
    claim_id: int,
    *,
    status: ClaimStatus,
    reason: str,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Give a claim its new status, in the tally of its show, too; no time runs for it but until `due_at`.

    It loses its place in the line; one that goes back there is given its place by `restoring`.
    """
    mine = table.c.workspace_id == workspace_id, table.c.id == claim_id
    before = tx.execute(sa.select(table.c.show_id, table.c.status).where(*mine)).one()
    tx.execute(
        table.update()
        .where(*mine)
        .values(status=status.value, reason=reason, position=None, decided_at=now, due_at=due_at)
    )
    if before.status != status.value:
        tallies.add(tx, workspace_id, before.show_id, {before.status: -1, status.value: 1})
    events.note(tx, workspace_id, EventKind.CLAIM_UPDATED, claim_id, now=now)


def close_ranks(tx: sa.Connection, workspace_id: int, item_id: int, *, behind: int, by: int = 1) -> None:
    """Move everybody who waits behind `behind` up by `by` places."""
    tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.item_id == item_id,
            table.c.status == ClaimStatus.WAITLISTED.value,
            table.c.position > behind,
        )
        .values(position=table.c.position - by)
    )


class LedgerRow(NamedTuple):
    """One entry of the ledger beside the claim it made, if any: what the API shows. A tuple, as lists are long."""

    show_id: int
    seq: int
    kind: str
    comment_id: str | None
    buyer_id: int | None
    """Whose the claim is; without a claim, who wrote it."""
    text: str
    status: str
    """The claim's; without a claim the entry's. The same goes for the two below."""
    reason: str
    decided_at: datetime
    commented_at: datetime
    claim_id: int | None
    wish: int | None
    item_id: int | None
    item_code: str | None
    quantity: int | None
    options: tuple[str, ...]
    position: int | None
    invoice_id: int | None
    due_at: datetime | None
    maybe: Sequence[Sequence[tuple[str, int, Sequence[str]]]] = ()
    """Of an unclear comment: the claims it may mean, each a row of (item, quantity, options)."""

    @property
    def claim(self) -> Claim | None:
        """The claim by itself."""
        if self.claim_id is None:
            return None
        return Claim(
            id=self.claim_id,
            show_id=self.show_id,
            seq=self.seq,
            comment_id=self.comment_id,
            text=self.text,
            buyer_id=self.buyer_id,
            item_id=self.item_id,
            item_code=self.item_code or "",
            quantity=self.quantity or 0,
            options=self.options,
            status=ClaimStatus(self.status),
            reason=self.reason,
            position=self.position,
            invoice_id=self.invoice_id,
            commented_at=self.commented_at,
            decided_at=self.decided_at,
            due_at=self.due_at,
        )


def ledger_page(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    after: tuple[int, int] = (0, -1),
    limit: int = 100,
) -> list[LedgerRow]:
    """A page of the ledger after (seq, wish), oldest first; a comment with two wishes gives two rows."""
    seq, wish = after
    found = tx.execute(
        _PAGE, {"workspace_id": workspace_id, "show_id": show_id, "seq": seq, "wish": wish, "limit": limit}
    )
    return [_ledger_row(row) for row in found]


def ledger_between(
    tx: sa.Connection, workspace_id: int, stretches: Sequence[tuple[int, int, int]], *, limit: int
) -> list[tuple[int, LedgerRow]]:
    """The rows of several stretches of ledgers, each (show, first seq, last seq), beside the place of their stretch."""
    found = run_with_rows(
        tx,
        f"SELECT {_SHOWN}, r.place FROM {{rows}} {{join}} ledger l ON l.show_id = r.show_id AND l.seq = r.seq "
        f"LEFT JOIN {_CLAIM_OF_ENTRY} WHERE l.workspace_id = :workspace_id "
        "ORDER BY r.place, l.seq, c.wish LIMIT :limit",
        {"place": "bigint", "show_id": "bigint", "seq": "bigint"},
        # Number by number, because PostgreSQL would rather read a whole show than guess how long a stretch is.
        [
            (place, show_id, seq)
            for place, (show_id, first, last) in enumerate(stretches)
            for seq in range(first, last + 1)
        ],
        workspace_id=workspace_id,
        limit=limit,
    )
    return [(row[-1], _ledger_row(row[:-1])) for row in found]


def ledger_of(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int]) -> dict[int, LedgerRow]:
    """Claim id → the ledger entry that made the claim, with the claim as it stands."""
    found = run_with_rows(
        tx,
        f"SELECT {_SHOWN} FROM {{rows}} {{join}} claims c ON c.id = r.id "
        "JOIN ledger l ON l.show_id = c.show_id AND l.seq = c.seq WHERE c.workspace_id = :workspace_id",
        {"id": "bigint"},
        [(claim_id,) for claim_id in claim_ids],
        workspace_id=workspace_id,
    )
    rows = map(_ledger_row, found)
    return {row.claim_id: row for row in rows if row.claim_id is not None}


_SHOWN = (
    "l.show_id, l.seq, l.kind, l.comment_id, coalesce(c.buyer_id, l.buyer_id), l.text, coalesce(c.status, l.status), "
    "coalesce(c.reason, l.reason), coalesce(c.decided_at, l.decided_at), l.commented_at, "
    "c.id, c.wish, c.item_id, c.item_code, c.quantity, c.options, c.position, c.invoice_id, c.due_at, "
    "CASE WHEN l.status = 'ambiguous' THEN l.entry END"
)
_CLAIM_OF_ENTRY = "claims c ON c.show_id = l.show_id AND c.seq = l.seq"
_PAGE = sa.text(
    f"SELECT {_SHOWN} FROM ("
    "SELECT * FROM ledger WHERE workspace_id = :workspace_id AND show_id = :show_id AND seq >= :seq "
    "ORDER BY seq LIMIT CAST(:limit AS bigint) + 1"  # every entry gives a row, but for the one that was begun
    f") l LEFT JOIN {_CLAIM_OF_ENTRY} WHERE l.seq > :seq OR coalesce(c.wish, 0) > :wish "
    "ORDER BY l.seq, c.wish LIMIT :limit"
)
"""The entries are picked by their numbers before anything is joined to them: a page costs the same in every show."""


def _ledger_row(row: Sequence[Any]) -> LedgerRow:
    entry, (decided_at, commented_at), claim = row[:8], row[8:10], row[10:15]
    options, position, invoice_id, due_at, unclear = row[15:]
    chosen = tuple(json.loads(options)) if options and options != "[]" else ()
    when = from_millis(decided_at), from_millis(commented_at)
    due = None if due_at is None else from_millis(due_at)
    maybe = json.loads(unclear).get("maybe", ()) if unclear else ()
    return LedgerRow._make((*entry, *when, *claim, chosen, position, invoice_id, due, maybe))
