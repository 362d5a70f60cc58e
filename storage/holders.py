"""Holders: who has what of a show, and who waits, a page of buyers at a time."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ACTIVE
from bot.domain.pricing import Pieces
from storage.items import pieces
from storage.tables import claims, items


class Held(NamedTuple):
    """What a buyer has, or waits for. A tuple, as lists are long."""

    buyer_id: int
    item_code: str
    quantity: int
    options: list[str]
    status: str
    of_it: Pieces
    """The same pieces, with what they cost."""


def of_show(tx: sa.Connection, workspace_id: int, show_id: int, *, after: int = 0, limit: int = 100) -> list[Held]:
    """What the next `limit` buyers after the id `after` have, by buyer and then as decided."""
    active = (
        claims.c.workspace_id == workspace_id,
        claims.c.show_id == show_id,
        claims.c.status.in_([status.value for status in ACTIVE]),
        claims.c.item_id.is_not(None),
    )
    page = (
        sa.select(claims.c.buyer_id)
        .where(*active, claims.c.buyer_id > after)
        .distinct()
        .order_by(claims.c.buyer_id)
        .limit(limit)
    )
    found = tx.execute(
        sa.select(
            claims.c.buyer_id,
            claims.c.item_code,
            claims.c.quantity,
            claims.c.options,
            claims.c.status,
            sa.func.coalesce(items.c.parent_id, items.c.id),
            items.c.price_cents,
            items.c.bundle_pieces,
            items.c.bundle_cents,
        )
        .join(items, items.c.id == claims.c.item_id)
        .where(*active, claims.c.buyer_id.in_(tx.scalars(page).all()))
        .order_by(claims.c.buyer_id, claims.c.seq, claims.c.wish)
    )
    return [Held(*row[:5], of_it=pieces(row[2], *row[5:])) for row in found]
