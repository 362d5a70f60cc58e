"""Items of a show, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.book import SHARED
from bot.domain.pricing import Bundle, Pieces
from bot.domain.reading import normalise_code
from bot.domain.show import Item, Show
from storage.database import new_id
from storage.tables import claims, stock_links
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
        reserved=row.reserved,
        won=row.won,
        waiting=row.waiting,
        bundle=None if row.bundle_pieces is None else Bundle(pieces=row.bundle_pieces, cents=row.bundle_cents),
        parent_id=row.parent_id,
    )


def of_show(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Item]:
    """Every item, in the order added."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.show_id == show_id).order_by(table.c.id)
    )
    return [_item(row) for row in rows]


def by_code(tx: sa.Connection, workspace_id: int, show_id: int, code: str) -> Item | None:
    """The item with this code, however it is written, or the row of stock called so (“A7/M”); or None."""
    keys = list(dict.fromkeys([_row_key(code), normalise_code(code)]))
    rows = tx.execute(
        sa.select(table).where(
            table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.code_key.in_(keys)
        )
    ).all()
    found = {row.code_key: _item(row) for row in rows}
    return next((found[key] for key in keys if key in found), None)


def rows_of(tx: sa.Connection, workspace_id: int, item_id: int) -> list[Item]:
    """The rows of stock of an item, in the order added; none for one that has one stock for everything."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.parent_id == item_id).order_by(table.c.id)
    )
    return [_item(row) for row in rows]


def _row_key(code: str) -> str:
    return "/".join(map(normalise_code, code.split("/")))


def many(tx: sa.Connection, workspace_id: int, item_ids: Iterable[int]) -> dict[int, Item]:
    """These items by id, of whichever shows."""
    rows = tx.execute(_MANY, {"workspace": workspace_id, "items": list(item_ids)})
    return {row.id: _item(row) for row in rows}


_MANY = sa.select(table).where(
    table.c.workspace_id == sa.bindparam("workspace"), table.c.id.in_(sa.bindparam("items", expanding=True))
)


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
    parent_id: int | None = None,
    bundle_pieces: int | None = None,
    bundle_cents: int | None = None,
    now: datetime,
) -> int:
    """A new item, or with a parent a row of its stock. Raises IntegrityError when the code is taken."""
    made = tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            show_id=show.id,
            code=code,
            code_key=normalise_code(code) if parent_id is None else _row_key(code),
            parent_id=parent_id,
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
    """Set `title`, `price_cents`, the two columns of its bundle, `quantity`, `options`, `open`, `reserved`, `won` …

    Rows of its stock have the same title, price and so on.
    """
    tx.execute(table.update().where(table.c.id == item_id, table.c.workspace_id == workspace_id).values(**values))
    if shared := {name: value for name, value in values.items() if name in SHARED}:
        tx.execute(
            table.update().where(table.c.parent_id == item_id, table.c.workspace_id == workspace_id).values(**shared)
        )


def remove(tx: sa.Connection, workspace_id: int, item_id: int) -> None:
    """Take an item out that nobody claimed, with its link to a catalogue; claims that named it keep its code."""
    tx.execute(stock_links.delete().where(stock_links.c.item_id == item_id, stock_links.c.workspace_id == workspace_id))
    tx.execute(
        claims.update().where(claims.c.item_id == item_id, claims.c.workspace_id == workspace_id).values(item_id=None)
    )
    tx.execute(table.delete().where(table.c.id == item_id, table.c.workspace_id == workspace_id))


def pieces(
    quantity: int, item_id: int | None, price_cents: int | None, bundle_pieces: int | None, bundle_cents: int | None
) -> Pieces:
    """So many pieces of an item, from what a row says of it."""
    bundle = None if bundle_pieces is None or bundle_cents is None else Bundle(pieces=bundle_pieces, cents=bundle_cents)
    return Pieces(item_id=item_id or 0, quantity=quantity, unit_cents=price_cents, bundle=bundle)
