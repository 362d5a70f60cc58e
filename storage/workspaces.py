"""Workspaces: one seller's business each; every other row belongs to one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import turns
from storage.database import new_id
from storage.tables import workspaces as table
from storage.turns import Turn

UNNAMED = "My shop"
"""What the first workspace is called until somebody names it; buyers are not shown it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One seller's business."""

    id: int
    uid: str
    """Tells this workspace from every other anywhere: two installs may share an account at a provider."""
    name: str
    plan: str
    currency: str
    fee_basis_points: int
    """The platform's share of what goes through a connected account, in hundredths of a percent."""
    current_show_id: int | None
    """The show that commands are about."""


def ensure_first(tx: sa.Connection, now: datetime) -> int:
    """The first workspace of an install, made on first use; its plan is business."""
    oldest = sa.select(sa.func.min(table.c.id))
    found: int | None = tx.scalar(oldest)
    if found is None:
        turns.take(tx, 0, Turn.FIRST_WORKSPACE)  # replicas may start for the first time together
        found = tx.scalar(oldest)
    if found is not None:
        return found
    return add(tx, name=UNNAMED, plan="business", now=now)


def add(tx: sa.Connection, *, name: str, plan: str, now: datetime) -> int:
    """One more workspace."""
    made = tx.execute(
        table.insert().values(uid=secrets.token_hex(8), name=name, plan=plan, currency="USD", created_at=now)
    )
    return new_id(made)


def first(tx: sa.Connection) -> int:
    """The first workspace, which every started service has."""
    found: int | None = tx.scalar(sa.select(sa.func.min(table.c.id)))
    assert found is not None, "the service makes one at its first start"
    return found


def exists(tx: sa.Connection, workspace_id: int) -> bool:
    """Whether there is such a workspace."""
    return tx.scalar(sa.select(table.c.id).where(table.c.id == workspace_id)) is not None


def set_fee(tx: sa.Connection, workspace_id: int, basis_points: int) -> None:
    """The platform's share from now on, in hundredths of a percent."""
    tx.execute(table.update().where(table.c.id == workspace_id).values(fee_basis_points=basis_points))


def get(tx: sa.Connection, workspace_id: int) -> Workspace:
    """The workspace; it exists, as its id came from one of its rows."""
    return _workspace(tx.execute(_GET, {"this": workspace_id}).one())


def everyone(tx: sa.Connection) -> list[Workspace]:
    """Every workspace of this install, oldest first."""
    return [_workspace(row) for row in tx.execute(sa.select(table).order_by(table.c.id))]


def _workspace(row: sa.Row[Any]) -> Workspace:
    return Workspace(
        id=row.id,
        uid=row.uid,
        name=row.name,
        plan=row.plan,
        currency=row.currency,
        fee_basis_points=row.fee_basis_points,
        current_show_id=row.current_show_id,
    )


_GET = sa.select(table).where(table.c.id == sa.bindparam("this"))


def set_plan(tx: sa.Connection, workspace_id: int, plan: str) -> None:
    """What it may connect from now on."""
    tx.execute(table.update().where(table.c.id == workspace_id).values(plan=plan))


def rename(tx: sa.Connection, workspace_id: int, name: str) -> None:
    """What it is called from now on."""
    tx.execute(table.update().where(table.c.id == workspace_id).values(name=name))


def by_uid(tx: sa.Connection, uid: str) -> int | None:
    """The workspace with this uid, or None when it is of another install."""
    found: int | None = tx.scalar(sa.select(table.c.id).where(table.c.uid == uid))
    return found


def use_show(tx: sa.Connection, workspace_id: int, show_id: int) -> None:
    """Make this the show that commands are about."""
    tx.execute(table.update().where(table.c.id == workspace_id).values(current_show_id=show_id))


def use_currency(tx: sa.Connection, workspace_id: int, currency: str) -> None:
    """What new shows are priced in, unless they say otherwise."""
    tx.execute(table.update().where(table.c.id == workspace_id).values(currency=currency))
