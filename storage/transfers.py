"""Money the platform sends to workspaces' accounts, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import new_id
from storage.tables import transfers as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer."""

    id: int
    workspace_id: int
    provider: str
    account_id: str
    amount_cents: int
    currency: str
    description: str
    status: str
    """asked, sent or refused."""
    provider_ref: str | None
    error: str
    created_at: datetime


def _transfer(row: sa.Row[Any]) -> Transfer:
    return Transfer(
        id=row.id,
        workspace_id=row.workspace_id,
        provider=row.provider,
        account_id=row.account_id,
        amount_cents=row.amount_cents,
        currency=row.currency,
        description=row.description,
        status=row.status,
        provider_ref=row.provider_ref,
        error=row.error,
        created_at=row.created_at,
    )


def named(tx: sa.Connection, workspace_id: int, order_id: str) -> Transfer | None:
    """The transfer with this name of ours, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.order_id == order_id)
    ).one_or_none()
    return None if row is None else _transfer(row)


def reserve(
    tx: sa.Connection,
    workspace_id: int,
    *,
    provider: str,
    account_id: str,
    order_id: str,
    amount_cents: int,
    currency: str,
    description: str,
    by: str,
    now: datetime,
) -> int:
    """A transfer of ours, before the provider hears of it; its id makes the provider's idempotency key."""
    return new_id(
        tx.execute(
            table.insert().values(
                workspace_id=workspace_id,
                provider=provider,
                account_id=account_id,
                order_id=order_id,
                amount_cents=amount_cents,
                currency=currency,
                description=description,
                by=by,
                created_at=now,
            )
        )
    )


def settle(
    tx: sa.Connection, workspace_id: int, transfer_id: int, *, provider_ref: str | None = None, error: str = ""
) -> None:
    """Note that it was sent, or why not."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == transfer_id)
        .values(status="sent" if provider_ref else "refused", provider_ref=provider_ref, error=error)
    )
