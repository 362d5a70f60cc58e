"""Items of a show, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.pricing import Bundle
from bot.domain.reading import normalise_code
from bot.domain.show import Item, Show
from storage.database import new_id
from storage.tables import claims
from storage.tables import items as table


def _item(row: sa.Row[Any]) -> Item:
    return Item(
        id=row.id,
        show_id=row.show_id,
        code=row.code,
        title=row.title,
        price_cents=row.price_cents,
        currency=row.currency,
        quantity=row.quantity,
        options=tuple(row.options),
        open=row.open,
        won=row.won,
        waiting=row.waiting,
        bundle=None if row.bundle_pieces is None else Bundle(pieces=row.bundle_pieces, cents=row.bundle_cents),
    )


def of_show(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Item]:
    """Every item, in the order added."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.show_id == show_id).order_by(table.c.id)
    )
    return [_item(row) for row in rows]


def by_code(tx: sa.Connection, workspace_id: int, show_id: int, code: str) -> Item | None:
    """The item with this code, however it is written, or None."""
    row = tx.execute(
        sa.select(table).where(
            table.c.workspace_id == workspace_id,
            table.c.show_id == show_id,
            table.c.code_key == normalise_code(code),
        )
    ).one_or_none()
    return None if row is None else _item(row)


def many(tx: sa.Connection, workspace_id: int, item_ids: Iterable[int]) -> dict[int, Item]:
    """These items by id, of whichever shows."""
    rows = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id.in_(list(item_ids))))
    return {row.id: _item(row) for row in rows}


def lock(tx: sa.Connection, workspace_id: int, item_ids: Sequence[int]) -> dict[int, Item]:
    """These items, held in a fixed order until the transaction ends."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.id.in_(item_ids))
        .order_by(table.c.id)
        .with_for_update()
    )
    return {row.id: _item(row) for row in rows}


def add(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    *,
    code: str,
    title: str,
    price_cents: int | None,
    quantity: int,
    options: Sequence[str] = (),
    bundle_pieces: int | None = None,
    bundle_cents: int | None = None,
    now: datetime,
) -> int:
    """A new item. Raises IntegrityError when the code is taken."""
    made = tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            show_id=show.id,
            code=code,
            code_key=normalise_code(code),
            title=title,
            price_cents=price_cents,
            bundle_pieces=bundle_pieces,
            bundle_cents=bundle_cents,
            currency=show.currency,
            quantity=quantity,
            options=list(options),
            created_at=now,
        )
    )
    return new_id(made)


def change(tx: sa.Connection, workspace_id: int, item_id: int, **values: Any) -> None:
    """Set `title`, `price_cents`, the bundle's two columns, `quantity`, `options`, `open`, `won` or `waiting`."""
    tx.execute(table.update().where(table.c.id == item_id, table.c.workspace_id == workspace_id).values(**values))


def remove(tx: sa.Connection, workspace_id: int, item_id: int) -> None:
    """Take an item out that nobody claimed; claims that named it keep its code."""
    tx.execute(
        claims.update().where(claims.c.item_id == item_id, claims.c.workspace_id == workspace_id).values(item_id=None)
    )
    tx.execute(table.delete().where(table.c.id == item_id, table.c.workspace_id == workspace_id))
