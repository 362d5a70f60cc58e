"""Turns: what writers of one workspace do one after the other, where there is no row yet that they could lock.

SQLite has one writer at a time anyway. On PostgreSQL a turn lasts until the transaction ends, and whoever waited for it
sees what the one before has done. Nobody takes one while holding a row that is locked by others after taking it.
"""

from __future__ import annotations

from enum import IntEnum

import sqlalchemy as sa


class Turn(IntEnum):
    """What a turn is about; the numbers are the classes of PostgreSQL's advisory locks."""

    FIRST_WORKSPACE = 0x6601
    PAIRING = 0x6602
    MEETING = 0x6603
    GOING_LIVE = 0x6604
    CONNECTING = 0x6605


def take(tx: sa.Connection, workspace_id: int, turn: Turn) -> None:
    """Wait for the turn, and have it until the transaction ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(_TAKE, {"turn": turn.value, "workspace_id": workspace_id})


_TAKE = sa.text("SELECT pg_advisory_xact_lock(CAST(:turn AS integer), CAST(:workspace_id AS integer))")
