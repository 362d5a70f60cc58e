"""Events: what moved in a workspace, in order, so that a console can follow and catch up without gaps.

An event points at what moved; whoever follows reads how it stands now. It is written in the transaction that moves
the thing, so there is none for a change that did not happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from storage.rows import insert_rows, run_with_rows
from storage.tables import events as table
from storage.tables import to_millis


class EventKind(StrEnum):
    """What a console can follow."""

    CLAIM_CREATED = "claim.created"
    CLAIM_UPDATED = "claim.updated"
    SHOW_UPDATED = "show.updated"
    INVOICE_UPDATED = "invoice.updated"
    DELIVERY_UPDATED = "delivery.updated"
    RUN_PROGRESS = "run.progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that moved. For CLAIM_CREATED the ids are ledger numbers of the show, from first to last."""

    id: int
    kind: EventKind
    show_id: int | None
    subject_id: int
    last_id: int
    happened_at: datetime


_Noted = tuple[int, str, int | None, int, int]
_noted: WeakKeyDictionary[sa.Connection, dict[_Noted, int]] = WeakKeyDictionary()
"""What moved in the transaction a connection is in, each thing once, with its moment in milliseconds."""


def note(
    tx: sa.Connection,
    workspace_id: int,
    kind: EventKind,
    subject_id: int,
    *,
    show_id: int | None = None,
    last_id: int | None = None,
    now: datetime | None = None,
) -> None:
    """Say that something moved; it is written down once, at the end of the transaction.

    The moment is for people to read and for pruning; nothing is decided by it, so it may come from the wall clock.
    """
    happened = (workspace_id, kind.value, show_id, subject_id, subject_id if last_id is None else last_id)
    _noted.setdefault(tx, {}).setdefault(happened, to_millis(now or datetime.now(UTC)))


def write_down(tx: sa.Connection) -> bool:
    """Write down what moved in this transaction, the last thing that is done in it; false when nothing did.

    Whoever follows goes by the ids, so they have to become visible in their order: on PostgreSQL, where several may
    write at once, the writers of a workspace take turns from here to their commit.
    """
    noted = _noted.pop(tx, None)
    if not noted:
        return False
    rows = [(*happened, at) for happened, at in noted.items()]
    if tx.dialect.name == "sqlite":
        insert_rows(tx, "events", _COLUMNS, rows)
        return True
    for workspace_id in sorted({happened[0] for happened in noted}):
        own = [row for row in rows if row[0] == workspace_id]
        run_with_rows(tx, _TAKE_TURN_AND_INSERT, _COLUMNS, own, events=_TURNS, turn_of=workspace_id)
    return True


_COLUMNS = {
    "workspace_id": "bigint",
    "kind": "text",
    "show_id": "bigint",
    "subject_id": "bigint",
    "last_id": "bigint",
    "happened_at": "bigint",
}
_TURNS = 0x6576  # "ev": what these advisory locks are about
_TAKE_TURN_AND_INSERT = f"""
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(CAST(:events AS integer), CAST(:turn_of AS integer)))
    INSERT INTO events ({", ".join(_COLUMNS)})
    SELECT {", ".join(f"r.{name}" for name in _COLUMNS)} FROM turn CROSS JOIN {{rows}}
"""
"""An id is given to a row as it is inserted, so after the turn was waited for."""


def latest(tx: sa.Connection, workspace_id: int) -> int:
    """The id of the newest event; 0 when there is none yet."""
    newest: int | None = tx.scalar(_LATEST, {"workspace": workspace_id})
    return newest or 0


_LATEST = sa.select(sa.func.max(table.c.id)).where(table.c.workspace_id == sa.bindparam("workspace"))


def after(tx: sa.Connection, workspace_id: int, event_id: int, *, limit: int = 200) -> list[Event]:
    """What moved since, oldest first, beginning with `event_id` itself: of a batch a part may be missing."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.id >= event_id)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [
        Event(
            id=row.id,
            kind=EventKind(row.kind),
            show_id=row.show_id,
            subject_id=row.subject_id,
            last_id=row.last_id,
            happened_at=row.happened_at,
        )
        for row in rows
    ]


def prune(tx: sa.Connection, before: datetime) -> int:
    """Forget what moved before; returns how many events that were. Works for every workspace."""
    return tx.execute(sa.text("DELETE FROM events WHERE happened_at < :before"), {"before": to_millis(before)}).rowcount
