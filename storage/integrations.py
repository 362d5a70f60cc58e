"""Integrations: a workspace's connections to providers; their credentials are sealed and bound to their place."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.crypto import Vault
from storage.tables import integrations as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One connection, without its credentials."""

    id: int
    workspace_id: int
    provider: str
    status: str
    """active, inactive or error."""
    display_name: str
    account_id: str
    livemode: bool
    settings: dict[str, Any]
    error: str
    connected_at: datetime | None
    sealed: bytes | None = field(repr=False)


def _bound_to(workspace_id: int, provider: str) -> str:
    return f"integrations/{workspace_id}/{provider}/credentials"


def _integration(row: sa.Row[Any]) -> Integration:
    return Integration(
        id=row.id,
        workspace_id=row.workspace_id,
        provider=row.provider,
        status=row.status,
        display_name=row.display_name,
        account_id=row.account_id,
        livemode=row.livemode,
        settings=row.settings,
        error=row.error,
        connected_at=row.connected_at,
        sealed=row.credentials_enc,
    )


def get(tx: sa.Connection, workspace_id: int, provider: str) -> Integration | None:
    """The workspace's connection to this provider, past or present, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.provider == provider)
    ).one_or_none()
    return None if row is None else _integration(row)


def by_id(tx: sa.Connection, workspace_id: int, integration_id: int) -> Integration | None:
    """One connection, or None."""
    row = tx.execute(_BY_ID, {"workspace": workspace_id, "this": integration_id}).one_or_none()
    return None if row is None else _integration(row)


_ONE = table.c.workspace_id == sa.bindparam("workspace"), table.c.id == sa.bindparam("this")
_BY_ID = sa.select(table).where(*_ONE)


def usable(tx: sa.Connection, workspace_id: int) -> list[Integration]:
    """Connections that can be billed through, oldest first."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.status == "active").order_by(table.c.id)
    )
    return [_integration(row) for row in rows]


def connected(tx: sa.Connection) -> list[Integration]:
    """Connections of every workspace, those in trouble too: what each provider has on record is looked at."""
    rows = tx.execute(
        sa.select(table).where(table.c.status != "inactive", table.c.credentials_enc.is_not(None)).order_by(table.c.id)
    )
    return [_integration(row) for row in rows]


def by_account(tx: sa.Connection, provider: str, account_id: str) -> list[Integration]:
    """Connections of every workspace to this account of a provider that are not cut."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.provider == provider, table.c.account_id == account_id, table.c.status != "inactive")
        .order_by(table.c.id)
    )
    return [_integration(row) for row in rows]


def is_shared(tx: sa.Connection, workspace_id: int, integration: Integration) -> bool:
    """Whether another workspace is connected to the same account."""
    return any(one.workspace_id != workspace_id for one in by_account(tx, integration.provider, integration.account_id))


def set_settings(tx: sa.Connection, workspace_id: int, integration_id: int, settings: dict[str, Any]) -> None:
    """Replace what was decided about a connection."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.id == integration_id)
        .values(settings=settings)
    )


def lock(tx: sa.Connection, workspace_id: int, provider: str) -> Integration | None:
    """The workspace's connection, held until the transaction ends, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.provider == provider).with_for_update()
    ).one_or_none()
    return None if row is None else _integration(row)


def connect(
    tx: sa.Connection,
    vault: Vault,
    workspace_id: int,
    provider: str,
    *,
    display_name: str,
    account_id: str,
    livemode: bool,
    credentials: dict[str, str],
    settings: dict[str, Any],
    now: datetime,
) -> int:
    """Store a validated connection, over an earlier one of the same provider."""
    sealed = vault.seal(json.dumps(credentials).encode(), bound_to=_bound_to(workspace_id, provider))
    values = {
        "status": "active",
        "display_name": display_name,
        "account_id": account_id,
        "livemode": livemode,
        "credentials_enc": sealed,
        "settings": settings,
        "error": "",
        "connected_at": now,
    }
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    connection_id: int = tx.execute(
        insert(table)
        .values(workspace_id=workspace_id, provider=provider, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "provider"], set_=values)
        .returning(table.c.id)
    ).scalar_one()
    return connection_id


def credentials(vault: Vault, integration: Integration) -> dict[str, str] | None:
    """The secrets of a connection, opened; None after a disconnect. Raises CannotDecrypt."""
    if integration.sealed is None:
        return None
    opened = vault.open(integration.sealed, bound_to=_bound_to(integration.workspace_id, integration.provider))
    secrets: dict[str, str] = json.loads(opened)
    return secrets


def keep_credentials(
    tx: sa.Connection,
    vault: Vault,
    workspace_id: int,
    provider: str,
    newer: Mapping[str, str],
    *,
    but_not: Collection[str] = (),
) -> dict[str, str] | None:
    """Store newer credentials of a connection over those it has, without these names; None when it is cut."""
    integration = lock(tx, workspace_id, provider)
    kept = credentials(vault, integration) if integration is not None and integration.status != "inactive" else None
    if kept is None:
        return None
    together = {name: value for name, value in {**kept, **newer}.items() if name not in but_not}
    sealed = vault.seal(json.dumps(together).encode(), bound_to=_bound_to(workspace_id, provider))
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.provider == provider)
        .values(credentials_enc=sealed)
    )
    return together


def disconnect(tx: sa.Connection, workspace_id: int, provider: str) -> None:
    """Forget the credentials; the row stays, as invoices refer to it."""
    tx.execute(
        table.update()
        .where(table.c.workspace_id == workspace_id, table.c.provider == provider)
        .values(status="inactive", credentials_enc=None, error="")
    )


def set_health(tx: sa.Connection, workspace_id: int, integration_id: int, *, error: str) -> None:
    """Note that the provider accepts (no error) or refuses these credentials; what is known already is left alone."""
    health = {"status": "error" if error else "active", "error": error}
    tx.execute(_SET_HEALTH, {"workspace": workspace_id, "this": integration_id, "known": error, **health})


_SET_HEALTH = table.update().where(
    *_ONE,
    table.c.status != "inactive",
    # Every invoice says so: while nothing changes they do not wait for each other at this row.
    table.c.error != sa.bindparam("known"),
)
