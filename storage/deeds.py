"""Deeds: what operators did to a show, each kept once, and the newest one that was not taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import inbox
from storage.tables import inbox as inbox_table
from storage.tables import ledger

_SOURCE = "deed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One ledger entry of a deed; most deeds have just one."""

    seq: int
    kind: str
    """release, award, resolve or item."""
    verb: str
    """Of an item: added, changed or removed; resolved."""
    entry: Mapping[str, Any]


def keep(tx: sa.Connection, workspace_id: int, key: str, now: datetime) -> bool:
    """Keep that this deed is done, in its own transaction; False when it was done before."""
    made = inbox.keep(
        tx,
        workspace_id,
        source=_SOURCE,
        event_id=f"{workspace_id}:{key}",
        kind=_SOURCE,
        body_enc=None,
        now=now,
        outcome="done",
    )
    return made is not None


def is_kept(tx: sa.Connection, workspace_id: int, key: str) -> bool:
    """Whether this deed was done before."""
    found = tx.scalar(
        sa.select(inbox_table.c.id).where(
            inbox_table.c.workspace_id == workspace_id,
            inbox_table.c.source == _SOURCE,
            inbox_table.c.event_id == f"{workspace_id}:{key}",
        )
    )
    return found is not None


def newest(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Part]:
    """The parts of the newest deed that was not taken back, last part first; none when there is no such deed.

    What comments caused is no deed. Taking back is none either, so that it goes further back each time.
    """
    rows = tx.execute(
        sa.select(ledger.c.seq, ledger.c.kind, ledger.c.verb, ledger.c.entry)
        .where(
            ledger.c.workspace_id == workspace_id,
            ledger.c.show_id == show_id,
            ledger.c.kind != "comment",
            ledger.c.entry.is_not(None),
        )
        .order_by(ledger.c.seq.desc())
    )
    undone: set[int] = set()
    parts: list[Part] = []
    for row in rows:
        if row.kind == "undo":
            undone.update(row.entry["undoes"])
        elif "deed" in row.entry and row.seq not in undone:
            if parts and parts[0].entry["deed"] != row.entry["deed"]:
                break
            parts.append(Part(seq=row.seq, kind=row.kind, verb=row.verb, entry=row.entry))
    rows.close()
    return parts
