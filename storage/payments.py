"""Payments: money that came for invoices in whatever way, or is said to be coming, row by row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.books import Payment, PaymentStatus
from storage.tables import payments as table


def _payment(row: sa.Row[Any]) -> Payment:
    return Payment(
        id=row.id,
        workspace_id=row.workspace_id,
        order_id=row.order_id,
        invoice_id=row.invoice_id,
        provider=row.provider,
        account_id=row.account_id,
        provider_ref=row.provider_ref,
        payment_ref=row.payment_ref,
        method=row.method,
        amount_cents=row.amount_cents,
        refunded_cents=row.refunded_cents,
        fee_cents=row.fee_cents,
        currency=row.currency,
        status=PaymentStatus(row.status),
        note=row.note,
        by=row.by,
        slip=row.slip,
        paid_at=row.paid_at,
        created_at=row.created_at,
    )


def add(
    tx: sa.Connection,
    workspace_id: int,
    *,
    order_id: str,
    invoice_id: int,
    provider: str,
    account_id: str,
    amount_cents: int,
    currency: str,
    status: PaymentStatus,
    now: datetime,
    provider_ref: str | None = None,
    payment_ref: str | None = None,
    method: str = "",
    note: str = "",
    by: str = "",
    slip: dict[str, str] | None = None,
) -> int | None:
    """Write money down, once per `order_id`; None when that is written already."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    made: int | None = tx.scalar(
        insert(table)
        .values(
            workspace_id=workspace_id,
            order_id=order_id,
            invoice_id=invoice_id,
            provider=provider,
            account_id=account_id,
            provider_ref=provider_ref,
            payment_ref=payment_ref,
            method=method,
            amount_cents=amount_cents,
            currency=currency,
            status=status.value,
            line_items=[],
            note=note,
            by=by,
            slip=slip,
            paid_at=now if status is PaymentStatus.PAID else None,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "order_id"])
        .returning(table.c.id)
    )
    return made


def get(tx: sa.Connection, workspace_id: int, payment_id: int) -> Payment | None:
    """One payment, or None."""
    row = tx.execute(
        sa.select(table).where(table.c.id == payment_id, table.c.workspace_id == workspace_id)
    ).one_or_none()
    return None if row is None else _payment(row)


def of_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[Payment]:
    """What came for an invoice, or may come, oldest first."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.invoice_id == invoice_id)
        .order_by(table.c.id)
    )
    return [_payment(row) for row in rows]


def unlearned(tx: sa.Connection, *, paid_since: datetime, asked_before: datetime, limit: int = 25) -> list[Payment]:
    """Payments of every workspace that came by a way nobody knows yet, and were not asked about since, oldest first."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.status == PaymentStatus.PAID.value,
            table.c.method == "",
            table.c.provider_ref.is_not(None),
            table.c.paid_at >= paid_since,
            sa.or_(table.c.asked_at.is_(None), table.c.asked_at <= asked_before),
        )
        .order_by(table.c.id)
        .limit(limit)
    )
    return [_payment(row) for row in rows]


def invoice_of(tx: sa.Connection, workspace_id: int, provider: str, provider_ref: str) -> int | None:
    """The invoice that a page at a provider was for, also when another page has taken its place."""
    found: int | None = tx.scalar(
        sa.select(table.c.invoice_id)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.provider_ref == provider_ref,
            table.c.invoice_id.is_not(None),
        )
        .limit(1)
    )
    return found


def pages_of(
    tx: sa.Connection, workspace_id: int, provider: str, account_id: str, payment_refs: Collection[str]
) -> dict[str, str]:
    """The pages at a provider that its payments of these ids came by, of those that are in our books."""
    rows = tx.execute(
        sa.select(table.c.payment_ref, table.c.provider_ref).where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.account_id == account_id,
            table.c.payment_ref.in_(payment_refs),
            table.c.provider_ref.is_not(None),
        )
    )
    return {row.payment_ref: row.provider_ref for row in rows}


def change(tx: sa.Connection, workspace_id: int, payment_id: int, **values: Any) -> None:
    """Set columns of a payment; a status is given as a PaymentStatus."""
    if isinstance(values.get("status"), PaymentStatus):
        values["status"] = values["status"].value
    tx.execute(table.update().where(table.c.id == payment_id, table.c.workspace_id == workspace_id).values(**values))
