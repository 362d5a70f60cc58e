"""Store credit: movements that are only ever added, and the balance they sum up to, which is never below zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.tables import credit_balances as balances
from storage.tables import credit_movements as movements


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Credit that came or went."""

    amount_cents: int
    currency: str
    reason: str
    invoice_id: int | None
    moved_at: datetime


def move(
    tx: sa.Connection,
    workspace_id: int,
    buyer_id: int,
    *,
    currency: str,
    amount_cents: int,
    reason: str,
    now: datetime,
    invoice_id: int | None = None,
) -> bool:
    """Add to a buyer's credit, or take from it; False when there is not as much."""
    whose = {"workspace_id": workspace_id, "buyer": buyer_id, "currency": currency}
    tx.execute(_OPEN, whose)
    moved = tx.execute(
        balances.update()
        .where(
            balances.c.workspace_id == workspace_id,
            balances.c.buyer_id == buyer_id,
            balances.c.currency == currency,
            balances.c.balance_cents + amount_cents >= 0,
        )
        .values(balance_cents=balances.c.balance_cents + amount_cents)
    )
    if not moved.rowcount:
        return False
    tx.execute(
        movements.insert().values(
            workspace_id=workspace_id,
            buyer_id=buyer_id,
            currency=currency,
            amount_cents=amount_cents,
            reason=reason,
            invoice_id=invoice_id,
            moved_at=now,
        )
    )
    return True


_OPEN = sa.text(
    "INSERT INTO credit_balances (workspace_id, buyer_id, currency, balance_cents) "
    "VALUES (:workspace_id, :buyer, :currency, 0) ON CONFLICT (buyer_id, currency) DO NOTHING"
)


def balance(tx: sa.Connection, workspace_id: int, buyer_id: int, currency: str) -> int:
    """What a buyer has in one currency."""
    return tx.scalar(_BALANCE, {"workspace": workspace_id, "buyer": buyer_id, "currency": currency}) or 0


def lock(tx: sa.Connection, workspace_id: int, buyer_id: int, currency: str) -> int | None:
    """The same, held until the transaction ends; None for a buyer who never had any."""
    had: int | None = tx.scalar(_LOCK, {"workspace": workspace_id, "buyer": buyer_id, "currency": currency})
    return had


_BALANCE = sa.select(balances.c.balance_cents).where(
    balances.c.workspace_id == sa.bindparam("workspace"),
    balances.c.buyer_id == sa.bindparam("buyer"),
    balances.c.currency == sa.bindparam("currency"),
)
_LOCK = _BALANCE.with_for_update()


def balances_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> dict[str, int]:
    """What a buyer has, by currency."""
    rows = tx.execute(
        sa.select(balances.c.currency, balances.c.balance_cents)
        .where(balances.c.workspace_id == workspace_id, balances.c.buyer_id == buyer_id)
        .order_by(balances.c.currency)
    )
    return {currency: cents for currency, cents in rows}


def newest(tx: sa.Connection, workspace_id: int, buyer_id: int, *, limit: int = 10) -> list[Movement]:
    """How a buyer's credit moved, the newest first."""
    rows = tx.execute(
        sa.select(movements)
        .where(movements.c.workspace_id == workspace_id, movements.c.buyer_id == buyer_id)
        .order_by(movements.c.id.desc())
        .limit(limit)
    )
    return [
        Movement(
            amount_cents=row.amount_cents,
            currency=row.currency,
            reason=row.reason,
            invoice_id=row.invoice_id,
            moved_at=row.moved_at,
        )
        for row in rows
    ]


def used_by(tx: sa.Connection, workspace_id: int, invoice_ids: Iterable[int]) -> int:
    """How much credit these invoices use now."""
    these = list(invoice_ids)
    moved = tx.scalar(_MOVED, {"workspace": workspace_id, "invoices": these}) if these else 0
    return -int(moved or 0)


_MOVED = sa.select(sa.func.sum(movements.c.amount_cents)).where(
    movements.c.workspace_id == sa.bindparam("workspace"),
    movements.c.invoice_id.in_(sa.bindparam("invoices", expanding=True)),
)
