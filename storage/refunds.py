"""Refunds: money that goes back, reserved here before a provider hears of it; and what banks take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.books import DISPUTE, REFUND, UNSETTLED, Payment, Refund, RefundStatus
from bot.kit.aging import Turns
from storage.asking import is_due
from storage.database import new_id
from storage.tables import refunds as table


def _refund(row: sa.Row[Any]) -> Refund:
    return Refund(
        id=row.id,
        workspace_id=row.workspace_id,
        invoice_id=row.invoice_id,
        payment_id=row.payment_id,
        kind=row.kind,
        provider=row.provider,
        account_id=row.account_id,
        payment_ref=row.payment_ref,
        provider_ref=row.provider_ref,
        amount_cents=row.amount_cents,
        currency=row.currency,
        status=RefundStatus(row.status),
        reason=row.reason,
        error=row.error,
        by=row.by,
        attempt=row.attempt,
        tries=row.tries,
        before_cents=row.before_cents,
        created_at=row.created_at,
    )


def add(
    tx: sa.Connection,
    workspace_id: int,
    payment: Payment,
    *,
    amount_cents: int,
    status: RefundStatus,
    now: datetime,
    kind: str = REFUND,
    reason: str = "",
    by: str = "",
) -> int:
    """Reserve money of a payment to go back; its id makes the provider's idempotency key."""
    made = tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            invoice_id=payment.invoice_id,
            payment_id=payment.id,
            kind=kind,
            provider=payment.provider,
            account_id=payment.account_id,
            payment_ref=payment.payment_ref or "",
            amount_cents=amount_cents,
            currency=payment.currency,
            status=status.value,
            reason=reason,
            by=by,
            created_at=now,
            settled_at=None if status in UNSETTLED else now,
        )
    )
    return new_id(made)


def get(tx: sa.Connection, workspace_id: int, refund_id: int) -> Refund | None:
    """One refund, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.id == refund_id, table.c.workspace_id == workspace_id)
    ).one_or_none()
    return None if row is None else _refund(row)


def of_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[Refund]:
    """What went back of an invoice, or may, oldest first; disputes too."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.invoice_id == invoice_id)
        .order_by(table.c.id)
    )
    return [_refund(row) for row in rows]


def dispute_of(tx: sa.Connection, workspace_id: int, payment_id: int) -> Refund | None:
    """The dispute about a payment, however it stands, or None."""
    row = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.payment_id == payment_id, table.c.kind == DISPUTE)
        .order_by(table.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _refund(row)


def unasked(tx: sa.Connection) -> list[Refund]:
    """Refunds of every workspace that no provider has answered yet: work a crash may have left behind."""
    rows = tx.execute(
        sa.select(table).where(table.c.kind == REFUND, table.c.status == RefundStatus.ASKED.value).order_by(table.c.id)
    )
    return [_refund(row) for row in rows]


def on_their_way(tx: sa.Connection, turns: Turns, *, limit: int = 50) -> list[Refund]:
    """Refunds of every workspace on their way whose turn it is to be asked about, longest ago first."""
    last_asked = sa.func.coalesce(table.c.asked_at, table.c.created_at)
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.kind == REFUND,
            table.c.status == RefundStatus.PENDING.value,
            is_due(turns, made=table.c.created_at, asked=last_asked),
        )
        .order_by(last_asked, table.c.id)
        .limit(limit)
    )
    return [_refund(row) for row in rows]


def asked(tx: sa.Connection, workspace_id: int, refund_id: int, now: datetime) -> None:
    """Note that the provider was asked about a refund."""
    change(tx, workspace_id, refund_id, asked_at=now)


def change(tx: sa.Connection, workspace_id: int, refund_id: int, **values: Any) -> None:
    """Set columns of a refund; a status is given as a RefundStatus."""
    if isinstance(values.get("status"), RefundStatus):
        values["status"] = values["status"].value
    tx.execute(table.update().where(table.c.id == refund_id, table.c.workspace_id == workspace_id).values(**values))
