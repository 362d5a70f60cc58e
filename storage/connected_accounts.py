"""Accounts of workspaces under the platform's own, as they were last seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.onboarding import Standing
from storage.tables import connected_accounts as table


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedAccount:
    """One workspace's account at one provider."""

    workspace_id: int
    provider: str
    account_id: str
    status: str
    step: str
    rejection_reason: str
    business_name: str
    country: str
    default_currency: str
    charges_enabled: bool
    payouts_enabled: bool
    updated_at: datetime


def _account(row: sa.Row[Any]) -> ConnectedAccount:
    return ConnectedAccount(
        workspace_id=row.workspace_id,
        provider=row.provider,
        account_id=row.account_id,
        status=row.status,
        step=row.step,
        rejection_reason=row.rejection_reason,
        business_name=row.business_name,
        country=row.country,
        default_currency=row.default_currency,
        charges_enabled=row.charges_enabled,
        payouts_enabled=row.payouts_enabled,
        updated_at=row.updated_at,
    )


def get(tx: sa.Connection, workspace_id: int, provider: str) -> ConnectedAccount | None:
    """The workspace's account, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.provider == provider)
    ).one_or_none()
    return None if row is None else _account(row)


def owners(tx: sa.Connection, provider: str, account_id: str) -> list[int]:
    """The workspaces with this account: an event says whose it is only by the account."""
    return list(
        tx.scalars(
            sa.select(table.c.workspace_id)
            .where(table.c.provider == provider, table.c.account_id == account_id)
            .order_by(table.c.workspace_id)
        )
    )


def keep(tx: sa.Connection, workspace_id: int, provider: str, standing: Standing, now: datetime) -> None:
    """Note how an account stands; the first time, that it is this workspace's."""
    seen = {
        "account_id": standing.account_id,
        "status": standing.status.value,
        "step": standing.step.value,
        "rejection_reason": standing.rejection_reason,
        "business_name": standing.business_name,
        "country": standing.country,
        "default_currency": standing.currency,
        "charges_enabled": standing.charges_enabled,
        "payouts_enabled": standing.payouts_enabled,
        "updated_at": now,
    }
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(table)
        .values(workspace_id=workspace_id, provider=provider, created_at=now, **seen)
        .on_conflict_do_update(index_elements=["workspace_id", "provider"], set_=seen)
    )
