"""Coupons, as rows, and which invoice uses one: counted in the statement that takes a use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.coupon import Coupon
from storage.database import new_id
from storage.tables import coupon_uses as uses
from storage.tables import coupons as table


def _coupon(row: sa.Row[Any]) -> Coupon:
    return Coupon(
        id=row.id,
        code=row.code,
        percent=row.percent,
        amount_cents=row.amount_cents,
        currency=row.currency,
        least_cents=row.least_cents,
        most_uses=row.most_uses,
        used=row.used,
        until=row.until,
        open=row.open,
    )


def add(
    tx: sa.Connection,
    workspace_id: int,
    *,
    code: str,
    percent: int | None,
    amount_cents: int | None,
    currency: str,
    least_cents: int | None,
    most_uses: int | None,
    until: datetime | None,
    now: datetime,
) -> int:
    """A new coupon. Raises IntegrityError when the code is taken."""
    made = tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            code=code,
            percent=percent,
            amount_cents=amount_cents,
            currency=currency,
            least_cents=least_cents,
            most_uses=most_uses,
            until=until,
            created_at=now,
        )
    )
    return new_id(made)


def by_code(tx: sa.Connection, workspace_id: int, code: str) -> Coupon | None:
    """The coupon with this code, or None."""
    row = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id, table.c.code == code)).one_or_none()
    return None if row is None else _coupon(row)


def get(tx: sa.Connection, workspace_id: int, coupon_id: int) -> Coupon | None:
    """One coupon, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id == coupon_id)
    ).one_or_none()
    return None if row is None else _coupon(row)


def newest(tx: sa.Connection, workspace_id: int, *, limit: int = 30) -> list[Coupon]:
    """Coupons, newest first."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id.desc()).limit(limit)
    )
    return [_coupon(row) for row in rows]


def set_open(tx: sa.Connection, workspace_id: int, coupon_id: int, *, is_open: bool) -> None:
    """Let nobody new use a coupon, or let them again."""
    tx.execute(table.update().where(table.c.workspace_id == workspace_id, table.c.id == coupon_id).values(open=is_open))


def use(tx: sa.Connection, workspace_id: int, coupon_id: int, buyer_id: int, invoice_id: int) -> bool:
    """Take one use for an invoice; False when the buyer has used it already, or it is used up."""
    values = {"workspace_id": workspace_id, "coupon": coupon_id, "buyer": buyer_id, "invoice": invoice_id}
    if not tx.execute(_USE, values).rowcount:
        return False
    counted = tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.id == coupon_id,
            sa.or_(table.c.most_uses.is_(None), table.c.used < table.c.most_uses),
        )
        .values(used=table.c.used + 1)
    )
    if not counted.rowcount:
        tx.execute(uses.delete().where(uses.c.workspace_id == workspace_id, uses.c.invoice_id == invoice_id))
        return False
    return True


_USE = sa.text(
    "INSERT INTO coupon_uses (workspace_id, coupon_id, buyer_id, invoice_id) "
    "VALUES (:workspace_id, :coupon, :buyer, :invoice) ON CONFLICT DO NOTHING"
)


def used_by(tx: sa.Connection, workspace_id: int, coupon_id: int, buyer_id: int) -> int | None:
    """The invoice by which a buyer uses a coupon, or None."""
    found: int | None = tx.scalar(
        sa.select(uses.c.invoice_id).where(
            uses.c.workspace_id == workspace_id,
            uses.c.coupon_id == coupon_id,
            uses.c.buyer_id == buyer_id,
        )
    )
    return found


def on_invoices(tx: sa.Connection, workspace_id: int, invoice_ids: Iterable[int]) -> list[int]:
    """The coupons that these invoices use."""
    return list(tx.scalars(_ON_INVOICES, {"workspace": workspace_id, "invoices": list(invoice_ids)}))


_ON_INVOICES = sa.select(uses.c.coupon_id).where(
    uses.c.workspace_id == sa.bindparam("workspace"),
    uses.c.invoice_id.in_(sa.bindparam("invoices", expanding=True)),
)


def give_back(tx: sa.Connection, workspace_id: int, invoice_id: int) -> None:
    """The use of an invoice is free again; without one nothing happens."""
    freed = list(
        tx.scalars(
            uses.delete()
            .where(uses.c.workspace_id == workspace_id, uses.c.invoice_id == invoice_id)
            .returning(uses.c.coupon_id)
        )
    )
    for coupon_id in freed:
        tx.execute(
            table.update()
            .where(table.c.workspace_id == workspace_id, table.c.id == coupon_id)
            .values(used=table.c.used - 1)
        )


def pass_on(tx: sa.Connection, workspace_id: int, invoice_id: int, successor_id: int) -> None:
    """The use of an invoice goes to the one that takes it over, unless that has one."""
    taken = sa.exists().where(uses.c.invoice_id == successor_id).correlate(None)
    tx.execute(
        uses.update()
        .where(uses.c.workspace_id == workspace_id, uses.c.invoice_id == invoice_id, ~taken)
        .values(invoice_id=successor_id)
    )
