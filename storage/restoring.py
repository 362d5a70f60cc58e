"""What taking back needs of claims and items: a line numbered anew, an item back in its old place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.show import Show
from storage import items
from storage.tables import claims as table
from storage.tables import items as items_table


def line_up(tx: sa.Connection, workspace_id: int, item_id: int) -> None:
    """Number everybody who waits for an item anew, in the order they claimed."""
    line = (
        sa.select(
            table.c.id,
            sa.func.row_number().over(order_by=(table.c.seq, table.c.wish)).label("place"),
        )
        .where(
            table.c.workspace_id == workspace_id,
            table.c.item_id == item_id,
            table.c.status == ClaimStatus.WAITLISTED.value,
        )
        .subquery()
    )
    tx.execute(
        table.update()
        .where(table.c.id == line.c.id, table.c.workspace_id == workspace_id)
        .values(position=line.c.place)
    )


def naming(tx: sa.Connection, workspace_id: int, item_id: int) -> list[int]:
    """The ids of all claims about an item, whatever became of them."""
    query = sa.select(table.c.id).where(table.c.workspace_id == workspace_id, table.c.item_id == item_id)
    return list(tx.scalars(query.order_by(table.c.id)))


def reattach(tx: sa.Connection, workspace_id: int, claim_ids: Sequence[int], item_id: int) -> None:
    """Let claims name an item again that was taken out and came back."""
    tx.execute(
        table.update().where(table.c.workspace_id == workspace_id, table.c.id.in_(claim_ids)).values(item_id=item_id)
    )


def for_pieces(tx: sa.Connection, workspace_id: int, claim_id: int, quantity: int) -> None:
    """Let a claim be for so many pieces."""
    tx.execute(
        table.update().where(table.c.id == claim_id, table.c.workspace_id == workspace_id).values(quantity=quantity)
    )


def put_back(tx: sa.Connection, workspace_id: int, show: Show, old_id: int, *, now: datetime, **fields: Any) -> int:
    """Add an item that was taken out, in its old place unless SQLite gave its id away since; returns its id."""
    made = items.add(tx, workspace_id, show, now=now, **fields)
    if tx.scalar(sa.select(items_table.c.id).where(items_table.c.id == old_id)) is not None:
        return made
    tx.execute(
        items_table.update()
        .where(items_table.c.id == made, items_table.c.workspace_id == workspace_id)
        .values(id=old_id)
    )
    return old_id


def made_by(tx: sa.Connection, workspace_id: int, show_id: int, seq: int) -> int:
    """The id of the claim that an award made."""
    made: int | None = tx.scalar(
        sa.select(table.c.id).where(
            table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.seq == seq
        )
    )
    assert made is not None, "claims are never deleted"
    return made
