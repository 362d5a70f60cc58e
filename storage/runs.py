"""Runs: one operator's order to invoice or send, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import events
from storage.database import new_id
from storage.events import EventKind
from storage.tables import invoices, run_parts, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of long work, with the chat message that shows its progress."""

    id: int
    workspace_id: int
    show_id: int
    kind: str
    channel_id: int | None
    chat_id: str
    message_id: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One invoice's part in a run; `outcome` is empty while it is under way."""

    invoice_id: int
    outcome: str
    reason: str
    amount_cents: int
    buyer_id: int


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=row.id,
        workspace_id=row.workspace_id,
        show_id=row.show_id,
        kind=row.kind,
        channel_id=row.channel_id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def create(
    tx: sa.Connection,
    workspace_id: int,
    *,
    show_id: int,
    kind: str,
    channel_id: int | None,
    chat_id: str,
    invoice_ids: Sequence[int],
    now: datetime,
) -> int:
    """A run over these invoices, reported to the chat it was ordered in."""
    made = tx.execute(
        runs.insert().values(
            workspace_id=workspace_id,
            show_id=show_id,
            kind=kind,
            channel_id=channel_id,
            chat_id=chat_id,
            created_at=now,
        )
    )
    run_id = new_id(made)
    tx.execute(
        run_parts.insert(),
        [{"workspace_id": workspace_id, "run_id": run_id, "invoice_id": invoice_id} for invoice_id in invoice_ids],
    )
    events.note(tx, workspace_id, EventKind.RUN_PROGRESS, run_id, now=now)
    return run_id


def get(tx: sa.Connection, workspace_id: int, run_id: int) -> Run | None:
    """One run, or None."""
    row = tx.execute(sa.select(runs).where(runs.c.id == run_id, runs.c.workspace_id == workspace_id)).one_or_none()
    return None if row is None else _run(row)


def unfinished(tx: sa.Connection) -> list[Run]:
    """Runs of every workspace that still have to be reported to the end."""
    return [_run(row) for row in tx.execute(sa.select(runs).where(runs.c.finished_at.is_(None)).order_by(runs.c.id))]


def parts(tx: sa.Connection, workspace_id: int, run_id: int) -> list[Part]:
    """Every invoice of the run and what became of it."""
    rows = tx.execute(
        sa.select(run_parts, invoices.c.amount_cents, invoices.c.buyer_id)
        .join(invoices, invoices.c.id == run_parts.c.invoice_id)
        .where(run_parts.c.run_id == run_id, run_parts.c.workspace_id == workspace_id)
        .order_by(run_parts.c.invoice_id)
    )
    return [
        Part(
            invoice_id=row.invoice_id,
            outcome=row.outcome,
            reason=row.reason,
            amount_cents=row.amount_cents,
            buyer_id=row.buyer_id,
        )
        for row in rows
    ]


def outcomes(tx: sa.Connection, workspace_id: int, run_id: int) -> dict[str, int]:
    """How many parts of a run have which outcome; those under way are at the empty one."""
    rows = tx.execute(
        sa.select(run_parts.c.outcome, sa.func.count())
        .where(run_parts.c.run_id == run_id, run_parts.c.workspace_id == workspace_id)
        .group_by(run_parts.c.outcome)
    )
    return {outcome: count for outcome, count in rows}


def note_wait(tx: sa.Connection, workspace_id: int, invoice_id: int, reason: str) -> None:
    """Note what an invoice waits for in every run that waits for it."""
    tx.execute(
        run_parts.update()
        .where(
            run_parts.c.workspace_id == workspace_id, run_parts.c.invoice_id == invoice_id, run_parts.c.outcome == ""
        )
        .values(reason=reason)
    )


def settle(tx: sa.Connection, workspace_id: int, invoice_id: int, outcome: str, reason: str = "") -> None:
    """Note the outcome for an invoice in every run that waits for it."""
    which = {"workspace": workspace_id, "invoice": invoice_id}
    moved = tx.scalars(_SETTLE, {**which, "outcome": outcome, "reason": reason}).all()
    for run_id in moved:
        events.note(tx, workspace_id, EventKind.RUN_PROGRESS, run_id)


_SETTLE = (
    run_parts.update()
    .where(
        run_parts.c.workspace_id == sa.bindparam("workspace"),
        run_parts.c.invoice_id == sa.bindparam("invoice"),
        run_parts.c.outcome == "",
    )
    .returning(run_parts.c.run_id)
)


def show_in(tx: sa.Connection, workspace_id: int, run_id: int, message_id: str) -> None:
    """Remember the message that shows the progress."""
    tx.execute(
        runs.update().where(runs.c.id == run_id, runs.c.workspace_id == workspace_id).values(message_id=message_id)
    )


def move_chat(tx: sa.Connection, workspace_id: int, channel_id: int, *, old: str, new: str) -> None:
    """A group has another id now: runs that are under way are shown there, in a new message."""
    tx.execute(
        runs.update()
        .where(
            runs.c.workspace_id == workspace_id,
            runs.c.channel_id == channel_id,
            runs.c.chat_id == old,
            runs.c.finished_at.is_(None),
        )
        .values(chat_id=new, message_id=None)
    )


def finish(tx: sa.Connection, workspace_id: int, run_id: int, now: datetime) -> bool:
    """The run is over; False when somebody else said so already."""
    changed = tx.execute(
        runs.update()
        .where(runs.c.id == run_id, runs.c.workspace_id == workspace_id, runs.c.finished_at.is_(None))
        .values(finished_at=now)
    )
    if changed.rowcount != 1:
        return False
    events.note(tx, workspace_id, EventKind.RUN_PROGRESS, run_id, now=now)
    return True
