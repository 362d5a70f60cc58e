"""Subscriptions: what buyers pay again and again, reserved here, and as their providers report it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.subscription import OVER, Subscription
from storage.tables import subscriptions as table

_NEVER = datetime.fromtimestamp(0, UTC)
"""When the provider said something last, before it has: what it reports is newer, whatever its clock says."""


def _subscription(row: sa.Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        workspace_id=row.workspace_id,
        order_id=row.order_id,
        buyer_id=row.buyer_id,
        integration_id=row.integration_id,
        provider=row.provider,
        account_id=row.account_id,
        external_id=row.external_id,
        external_url=row.external_url,
        title=row.title,
        amount_cents=row.amount_cents,
        currency=row.currency,
        interval=row.interval,
        status=row.status,
        error=row.error,
        changes=row.changes,
        created_at=row.created_at,
    )


def reserve(
    tx: sa.Connection,
    workspace_id: int,
    *,
    order_id: str,
    buyer_id: int,
    integration_id: int,
    provider: str,
    account_id: str,
    title: str,
    amount_cents: int,
    currency: str,
    interval: str,
    by: str,
    now: datetime,
) -> None:
    """One of ours, before its provider hears of it; its id makes the keys. Nothing, when there is one of that name."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(table)
        .values(
            workspace_id=workspace_id,
            order_id=order_id,
            buyer_id=buyer_id,
            integration_id=integration_id,
            provider=provider,
            account_id=account_id,
            title=title,
            amount_cents=amount_cents,
            currency=currency,
            interval=interval,
            by=by,
            created_at=now,
            updated_at=_NEVER,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "order_id"])
    )


def get(tx: sa.Connection, workspace_id: int, subscription_id: int) -> Subscription | None:
    """One of them, or None."""
    return _one(tx, sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id == subscription_id))


def lock(tx: sa.Connection, workspace_id: int, subscription_id: int) -> Subscription | None:
    """The same, held until the transaction ends."""
    mine = sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id == subscription_id)
    return _one(tx, mine.with_for_update())


def named(tx: sa.Connection, workspace_id: int, order_id: str) -> Subscription | None:
    """The one with this name of ours, or None."""
    return _one(tx, sa.select(table).where(table.c.workspace_id == workspace_id, table.c.order_id == order_id))


def listed(
    tx: sa.Connection,
    workspace_id: int,
    *,
    before: int | None = None,
    but: Collection[str] = (),
    buyer_id: int | None = None,
    limit: int,
) -> list[Subscription]:
    """Those before the id `before`, newest first; without those that stand so, or of one buyer only."""
    query = sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    if but:
        query = query.where(table.c.status.not_in(list(but)))
    if buyer_id is not None:
        query = query.where(table.c.buyer_id == buyer_id)
    return [_subscription(row) for row in tx.execute(query)]


def change(tx: sa.Connection, workspace_id: int, subscription_id: int, **values: Any) -> None:
    """Set columns of one."""
    tx.execute(
        table.update().where(table.c.workspace_id == workspace_id, table.c.id == subscription_id).values(**values)
    )


def heard(
    tx: sa.Connection, workspace_id: int, *, provider: str, account_id: str, external_id: str, status: str, at: datetime
) -> bool:
    """Note how one stands, as of a moment by the provider's clock; False when it is not ours, or more is known.

    One that is over stays so: what else is reported of it was on its way before.
    """
    changed = tx.execute(
        table.update()
        .where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.account_id == account_id,
            table.c.external_id == external_id,
            table.c.updated_at <= at,
            table.c.status.not_in(list(OVER)),
        )
        .values(status=status, updated_at=at)
    )
    return changed.rowcount > 0


def _one(tx: sa.Connection, query: sa.Select[Any]) -> Subscription | None:
    row = tx.execute(query).one_or_none()
    return None if row is None else _subscription(row)
