"""Claims as they stand: looking them up, and moving them on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, Waiter
from storage import events
from storage.events import EventKind
from storage.tables import claims as table
from storage.tables import ledger

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
    )


def _select(workspace_id: int) -> sa.Select[Any]:
    return (
        sa.select(*_CLAIM_COLUMNS)
        .join(ledger, sa.and_(ledger.c.show_id == table.c.show_id, ledger.c.seq == table.c.seq))
        .where(table.c.workspace_id == workspace_id)
    )


def get(tx: sa.Connection, workspace_id: int, claim_id: int) -> Claim | None:
    """One claim, or None."""
    row = tx.execute(_select(workspace_id).where(table.c.id == claim_id)).one_or_none()
    return None if row is None else _claim(row)


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


def unbilled_winners(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int | None = None) -> list[Claim]:
    """Winner claims that no invoice bills yet."""
    query = _select(workspace_id).where(
        table.c.show_id == show_id,
        table.c.status == ClaimStatus.WINNER.value,
        table.c.invoice_id.is_(None),
        table.c.buyer_id.is_not(None),
    )
    if buyer_id is not None:
        query = query.where(table.c.buyer_id == buyer_id)
    return [_claim(row) for row in tx.execute(query.order_by(table.c.seq, table.c.wish))]


def on_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[Claim]:
    """The claims an invoice bills."""
    rows = tx.execute(_select(workspace_id).where(table.c.invoice_id == invoice_id).order_by(table.c.seq, table.c.wish))
    return [_claim(row) for row in rows]


def comments_behind(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[sa.Row[Any]]:
    """The comments whose claims an invoice bills, newest first: (channel_id, feed_id, comment_id, commented_at)."""
    return list(
        tx.execute(
            sa.select(ledger.c.channel_id, ledger.c.feed_id, ledger.c.comment_id, ledger.c.commented_at)
            .join(table, sa.and_(ledger.c.show_id == table.c.show_id, ledger.c.seq == table.c.seq))
            .where(
                table.c.workspace_id == workspace_id,
                table.c.invoice_id == invoice_id,
                ledger.c.comment_id.is_not(None),
            )
            .distinct()
            .order_by(ledger.c.commented_at.desc(), ledger.c.comment_id)
        )
    )


def bill(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int], invoice_id: int | None) -> None:
    """Record which invoice bills these claims; None takes them off."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id.in_(claim_ids))
        .values(invoice_id=invoice_id)
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
    position: int | None = None,
) -> None:
    """Give a claim its new status."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == claim_id)
        .values(status=status.value, reason=reason, position=position, decided_at=now)
    )
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One entry of the ledger beside the claim it made, if any: what the API shows."""

    seq: int
    wish: int | None
    kind: str
    comment_id: str | None
    buyer_id: int | None
    text: str
    status: str
    reason: str
    claim: Claim | None
    commented_at: datetime
    decided_at: datetime


def ledger_page(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    after: tuple[int, int] = (0, -1),
    limit: int = 100,
) -> list[LedgerRow]:
    """A page of the ledger after (seq, wish), oldest first; a comment with two wishes gives two rows."""
    query = (
        _ledger(workspace_id)
        .where(
            ledger.c.show_id == show_id,
            sa.or_(ledger.c.seq > after[0], sa.and_(ledger.c.seq == after[0], after[1] < _WISH)),
        )
        .limit(limit)
    )
    return [_ledger_row(row) for row in tx.execute(query)]


def ledger_between(tx: sa.Connection, workspace_id: int, show_id: int, first: int, last: int) -> list[LedgerRow]:
    """The ledger from one number to another, both included."""
    query = _ledger(workspace_id).where(ledger.c.show_id == show_id, ledger.c.seq.between(first, last))
    return [_ledger_row(row) for row in tx.execute(query)]


def ledger_of(tx: sa.Connection, workspace_id: int, claim_id: int) -> LedgerRow | None:
    """The ledger entry that made a claim, with the claim as it stands."""
    row = tx.execute(_ledger(workspace_id).where(table.c.id == claim_id)).one_or_none()
    return None if row is None else _ledger_row(row)


_WISH = sa.func.coalesce(table.c.wish, 0)


def _ledger(workspace_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            ledger,
            table.c.id.label("claim_id"),
            table.c.wish,
            table.c.item_id,
            table.c.item_code,
            table.c.quantity,
            table.c.options,
            table.c.status.label("claim_status"),
            table.c.reason.label("claim_reason"),
            table.c.position,
            table.c.invoice_id,
            table.c.decided_at.label("claim_decided_at"),
        )
        .outerjoin(table, sa.and_(ledger.c.show_id == table.c.show_id, ledger.c.seq == table.c.seq))
        .where(ledger.c.workspace_id == workspace_id)
        .order_by(ledger.c.seq, _WISH)
    )


def _ledger_row(row: sa.Row[Any]) -> LedgerRow:
    claim = None
    if row.claim_id is not None:
        claim = Claim(
            id=row.claim_id,
            show_id=row.show_id,
            seq=row.seq,
            comment_id=row.comment_id,
            text=row.text,
            buyer_id=row.buyer_id,
            item_id=row.item_id,
            item_code=row.item_code,
            quantity=row.quantity,
            options=tuple(row.options),
            status=ClaimStatus(row.claim_status),
            reason=row.claim_reason,
            position=row.position,
            invoice_id=row.invoice_id,
            commented_at=row.commented_at,
            decided_at=row.claim_decided_at,
        )
    return LedgerRow(
        seq=row.seq,
        wish=row.wish,
        kind=row.kind,
        comment_id=row.comment_id,
        buyer_id=row.buyer_id,
        text=row.text,
        status=row.status,
        reason=row.reason,
        claim=claim,
        commented_at=row.commented_at,
        decided_at=row.decided_at,
    )


def tally(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[str, int]:
    """How many claims stand at each status, and how many comments were heard (`comments`)."""
    rows = tx.execute(
        sa.select(table.c.status, sa.func.count())
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show_id)
        .group_by(table.c.status)
    )
    counts = {status: count for status, count in rows}
    counts["comments"] = (
        tx.scalar(
            sa.select(sa.func.count())
            .select_from(ledger)
            .where(ledger.c.workspace_id == workspace_id, ledger.c.show_id == show_id, ledger.c.kind == "comment")
        )
        or 0
    )
    return counts
