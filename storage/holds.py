"""Holds: until when an item is kept for who won it, or offered to who is next, and what of it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import HOLDING, ClaimStatus
from bot.domain.invoice import HAS_MONEY
from bot.domain.show import Show
from storage.tables import OTHER_THAN_COMMENTS, buyers, invoices, ledger, to_millis
from storage.tables import claims as table

_WINNER = table.c.status == ClaimStatus.WINNER.value
_OWN_MINUTES = (
    sa.select(buyers.c.hold_minutes)
    .where(buyers.c.id == table.c.buyer_id, buyers.c.workspace_id == table.c.workspace_id)
    .scalar_subquery()
)
"""A buyer's own time to pay; 0 is all the time there is, and none is the show's."""
_PAID = (
    sa.exists()
    .where(
        invoices.c.id == table.c.invoice_id,
        invoices.c.workspace_id == table.c.workspace_id,
        invoices.c.status.in_([status.value for status in HAS_MONEY]),
    )
    .correlate(table)
)


def begin(tx: sa.Connection, workspace_id: int, show: Show, claim_ids: Sequence[int], now: datetime) -> None:
    """Let the time to pay begin for claims that have just come to win, if it runs in this show."""
    if show.holds_run and claim_ids:
        _set(tx, workspace_id, show, now, table.c.id.in_(claim_ids))


def begin_since(tx: sa.Connection, workspace_id: int, show: Show, seq: int, now: datetime) -> None:
    """The same for whoever won by an entry of the ledger from `seq` on."""
    if show.holds_run:
        _set(tx, workspace_id, show, now, table.c.seq >= seq)


def begin_anew(tx: sa.Connection, workspace_id: int, show: Show, now: datetime, *, buyer_id: int | None = None) -> None:
    """Let it begin now for everything won in a show and not paid, or for one buyer's; or let none run any more."""
    mine = () if buyer_id is None else (table.c.buyer_id == buyer_id,)
    if show.holds_run:
        _set(tx, workspace_id, show, now, *mine)
    else:
        tx.execute(
            table.update()
            .where(table.c.workspace_id == workspace_id, table.c.show_id == show.id, _WINNER, *mine)
            .where(table.c.due_at.is_not(None))
            .values(due_at=None)
        )


def _set(tx: sa.Connection, workspace_id: int, show: Show, now: datetime, *which: sa.ColumnElement[bool]) -> None:
    minutes = sa.func.coalesce(_OWN_MINUTES, show.rules.hold_minutes or 0)
    due = sa.literal(to_millis(now), sa.BigInteger) + 60_000 * minutes
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show.id, _WINNER, *which)
        .where(sa.or_(table.c.due_at.is_not(None), minutes > 0), ~_PAID)
        .values(due_at=sa.case((minutes > 0, due)))
    )


def stop(tx: sa.Connection, workspace_id: int, invoice_id: int) -> None:
    """There is money in an invoice: no time runs any more for what it bills."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.invoice_id == invoice_id, _WINNER)
        .where(table.c.due_at.is_not(None))
        .values(due_at=None)
    )


def end_at(tx: sa.Connection, workspace_id: int, claim_id: int, due_at: datetime | None) -> None:
    """Let the time of one claim end at another moment, or run no more."""
    tx.execute(table.update().where(table.c.workspace_id == workspace_id, table.c.id == claim_id).values(due_at=due_at))


def set_own(tx: sa.Connection, workspace_id: int, buyer_id: int, minutes: int | None) -> None:
    """Give a buyer a time to pay of their own: 0 is all the time there is, None the show's."""
    tx.execute(
        buyers.update()
        .where(buyers.c.workspace_id == workspace_id, buyers.c.id == buyer_id)
        .values(hold_minutes=minutes)
    )


def running(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int) -> list[tuple[int, datetime]]:
    """What of a buyer's in a show has an end: (claim id, when)."""
    rows = tx.execute(
        sa.select(table.c.id, table.c.due_at)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.show_id == show_id,
            table.c.buyer_id == buyer_id,
            table.c.due_at.is_not(None),
            table.c.status.in_([status.value for status in HOLDING]),
        )
        .order_by(table.c.seq, table.c.wish)
    )
    return [(claim_id, due_at) for claim_id, due_at in rows]


def due_shows(tx: sa.Connection, now: datetime) -> list[tuple[int, int]]:
    """(workspace, show) of every show in which something has come to its end."""
    rows = tx.execute(
        sa.select(table.c.workspace_id, table.c.show_id)
        .where(table.c.due_at <= now)
        .distinct()
        .order_by(table.c.workspace_id, table.c.show_id)
    )
    return [(workspace_id, show_id) for workspace_id, show_id in rows]


def due(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime, *, limit: int) -> list[int]:
    """The claims of a show whose time has come, whose came first before all others."""
    # Without `+ 0` SQLite would find them by their show, of which most claims are not due.
    rows = tx.scalars(
        sa.select(table.c.id)
        .where(table.c.workspace_id == workspace_id, table.c.show_id + 0 == show_id, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.seq, table.c.wish)
        .limit(limit)
    )
    return list(rows)


class Unreminded(NamedTuple):
    """A claim whose time to pay runs, and whose buyer was not reminded of its end."""

    workspace_id: int
    show_id: int
    buyer_id: int
    claim_id: int
    item_id: int
    due_at: datetime
    minutes: int | None
    """The buyer's own time to pay."""


def unreminded(tx: sa.Connection, now: datetime, *, of: tuple[int, int] | None = None) -> list[Unreminded]:
    """Every such claim for whose item nobody waits, soonest end first; `of` is the workspace and show to look at."""
    waits = table.alias("waits")
    query = sa.select(
        table.c.workspace_id,
        table.c.show_id,
        table.c.buyer_id,
        table.c.id,
        table.c.item_id,
        table.c.due_at,
        _OWN_MINUTES.label("minutes"),
    ).where(
        table.c.due_at > now,
        _WINNER,
        table.c.reminded_of.is_distinct_from(table.c.due_at),
        ~_PAID,
        ~sa.exists().where(
            waits.c.item_id == table.c.item_id,
            waits.c.status == ClaimStatus.WAITLISTED.value,
            waits.c.workspace_id == table.c.workspace_id,
        ),
    )
    if of is not None:
        query = query.where(table.c.workspace_id == of[0], table.c.show_id == of[1])
    rows: Sequence[Any] = tx.execute(query.order_by(table.c.due_at, table.c.seq, table.c.wish)).all()
    return [Unreminded(*row) for row in rows]


def reminded(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int]) -> None:
    """Note that their buyers know when the time of these claims ends."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id.in_(claim_ids))
        .values(reminded_of=table.c.due_at)
    )


def expired_of(
    tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, invoice_id: int, *, reason: str
) -> list[int]:
    """The claims an invoice billed when they were taken back for this `reason`, and which nobody has given back since.

    The ledger knows it also when they are unbilled by now; it is asked only when there are such claims of the buyer.
    """
    taken = set(
        tx.scalars(
            sa.select(table.c.id).where(
                table.c.workspace_id == workspace_id,
                table.c.show_id == show_id,
                table.c.buyer_id == buyer_id,
                table.c.status == ClaimStatus.RELEASED.value,
                table.c.reason == reason,
                sa.or_(table.c.invoice_id.is_(None), table.c.invoice_id == invoice_id),
            )
        )
    )
    if not taken:
        return []
    entries = tx.scalars(
        sa.select(ledger.c.entry).where(
            ledger.c.workspace_id == workspace_id,
            ledger.c.show_id == show_id,
            OTHER_THAN_COMMENTS,
            ledger.c.kind == "hold",
            ledger.c.verb == "expired",
            ledger.c.buyer_id == buyer_id,
        )
    )
    billed = {entry["claim"] for entry in entries if entry["was"]["invoice"] == invoice_id}
    return sorted(taken & billed)


def look_again(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int], invoice_id: int, now: datetime) -> None:
    """Have claims that were taken back looked at by the clock, on the invoice that was paid."""
    tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.id.in_(claim_ids),
            table.c.status == ClaimStatus.RELEASED.value,
        )
        .values(invoice_id=invoice_id, due_at=now)
    )
