"""Pages to pay on, as rows of the payments: reserved before they are opened, kept as long as money may come by them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.books import PaymentStatus
from bot.domain.checkout import Checkout
from bot.domain.invoice import OPEN, Line
from storage.invoices import line_data, line_of
from storage.tables import integrations, invoices
from storage.tables import payments as table


def _checkout(row: sa.Row[Any]) -> Checkout:
    return Checkout(
        id=row.id,
        workspace_id=row.workspace_id,
        order_id=row.order_id,
        invoice_id=row.invoice_id,
        provider=row.provider,
        account_id=row.account_id,
        provider_ref=row.provider_ref,
        payment_ref=row.payment_ref,
        url=row.checkout_url,
        method=row.method,
        fee_cents=row.fee_cents,
        amount_cents=row.amount_cents,
        currency=row.currency,
        status=PaymentStatus(row.status),
        title=row.title,
        lines=tuple(line_of(data) for data in row.line_items),
        attempt=row.attempt,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        created_at=row.created_at,
    )


def reserve(
    tx: sa.Connection,
    workspace_id: int,
    *,
    order_id: str,
    invoice_id: int | None,
    provider: str,
    account_id: str,
    currency: str,
    title: str,
    lines: Sequence[Line],
    until: datetime,
    by: str = "",
    now: datetime,
) -> int | None:
    """A page of ours, before the provider hears of it; its id makes the provider's idempotency keys.

    Whoever reserved it is waited for `until` then. None when somebody else has just reserved one for the order.
    """
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    made: int | None = tx.execute(
        insert(table)
        .values(
            workspace_id=workspace_id,
            order_id=order_id,
            invoice_id=invoice_id,
            provider=provider,
            account_id=account_id,
            amount_cents=sum(line.amount_cents for line in lines),
            currency=currency,
            status=PaymentStatus.PENDING.value,
            title=title,
            line_items=[line_data(line) for line in lines],
            by=by,
            expires_at=until,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "order_id"])
        .returning(table.c.id)
    ).scalar_one_or_none()
    return made


def get(tx: sa.Connection, workspace_id: int, checkout_id: int) -> Checkout | None:
    """One page, or None."""
    return _one(tx, table.c.workspace_id == workspace_id, table.c.id == checkout_id)


def lock(tx: sa.Connection, workspace_id: int, checkout_id: int) -> Checkout | None:
    """The same, held until the transaction ends."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id == checkout_id).with_for_update()
    ).one_or_none()
    return None if row is None else _checkout(row)


def of_order(tx: sa.Connection, workspace_id: int, order_id: str) -> Checkout | None:
    """The page of an order, or None."""
    return _one(tx, table.c.workspace_id == workspace_id, table.c.order_id == order_id)


def lock_order(tx: sa.Connection, workspace_id: int, order_id: str) -> Checkout | None:
    """The same, held until the transaction ends."""
    row = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.order_id == order_id).with_for_update()
    ).one_or_none()
    return None if row is None else _checkout(row)


def by_ref(tx: sa.Connection, workspace_id: int, provider: str, provider_ref: str) -> Checkout | None:
    """The page a provider means by its own id, or None."""
    return _one(
        tx,
        table.c.workspace_id == workspace_id,
        table.c.provider == provider,
        table.c.provider_ref == provider_ref,
        sa.or_(table.c.title != "", table.c.invoice_id.is_(None)),  # money that came for an invoice there has none
    )


def owner(tx: sa.Connection, provider: str, provider_ref: str) -> int | None:
    """The workspace of the page a provider means by its own id, or None."""
    found: int | None = tx.scalar(
        sa.select(table.c.workspace_id)
        .where(table.c.provider == provider, table.c.provider_ref == provider_ref)
        .limit(1)
    )
    return found


def of_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> list[Checkout]:
    """Every page that was ever opened for an invoice, newest first."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.invoice_id == invoice_id,
            table.c.title != "",  # money that was only written down has none
        )
        .order_by(table.c.id.desc())
    )
    return [_checkout(row) for row in rows]


def count_of_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> int:
    """How many payments of any kind there are for an invoice, whatever became of them: the next one's number."""
    query = sa.select(sa.func.count()).where(table.c.workspace_id == workspace_id, table.c.invoice_id == invoice_id)
    return int(tx.scalar(query) or 0)


def change(tx: sa.Connection, workspace_id: int, checkout_id: int, **values: Any) -> None:
    """Set columns of a page; a status is given as a PaymentStatus."""
    if isinstance(values.get("status"), PaymentStatus):
        values["status"] = values["status"].value
    tx.execute(table.update().where(table.c.workspace_id == workspace_id, table.c.id == checkout_id).values(**values))


def refused(tx: sa.Connection, workspace_id: int, checkout_id: int) -> None:
    """Note that a page was not opened, and will not be."""
    change(tx, workspace_id, checkout_id, status=PaymentStatus.FAILED, expires_at=None)


def let_go(tx: sa.Connection, workspace_id: int, checkout_id: int) -> None:
    """Note that nobody is opening a page now, whatever came of the last try."""
    change(tx, workspace_id, checkout_id, expires_at=None)


def asked(tx: sa.Connection, workspace_id: int, checkout_id: int, now: datetime) -> None:
    """Note that the provider was asked about a page."""
    change(tx, workspace_id, checkout_id, asked_at=now)


def to_ask(
    tx: sa.Connection,
    *,
    now: datetime,
    asked_before: datetime,
    unheard_before: datetime,
    unheard: Collection[int],
    unheard_since: datetime,
    but_not: Collection[int],
    limit: int,
) -> list[Checkout]:
    """Pages of every workspace that money may still come by and that are due to be asked about, longest ago first.

    `unheard_before` is for those that nothing else tells us of: pages whose time is over, or that ask for more than is
    still to be paid, and those of the integrations that are `unheard`, if they were made `unheard_since` then. Those of
    the integrations in `but_not` are left alone.
    """
    last_asked = sa.func.coalesce(table.c.asked_at, table.c.created_at)
    joined = table.join(
        integrations,
        sa.and_(
            integrations.c.workspace_id == table.c.workspace_id,
            integrations.c.provider == table.c.provider,
            integrations.c.account_id == table.c.account_id,
            integrations.c.status != "inactive",
        ),
    ).outerjoin(invoices, invoices.c.id == table.c.invoice_id)
    of_nothing = sa.or_(
        invoices.c.status.not_in([status.value for status in OPEN]),
        invoices.c.amount_cents - invoices.c.paid_cents != table.c.amount_cents,
    )
    over = sa.or_(table.c.expires_at <= now, sa.and_(table.c.invoice_id.is_not(None), of_nothing))
    untold = sa.and_(integrations.c.id.in_(list(unheard)), table.c.created_at >= unheard_since)
    rows = tx.execute(
        sa.select(table)
        .select_from(joined)
        .where(
            table.c.status.in_((PaymentStatus.PENDING.value, PaymentStatus.FAILED.value)),
            table.c.provider_ref.is_not(None),
            table.c.checkout_url.is_not(None),
            integrations.c.id.not_in(list(but_not)),
            sa.or_(
                last_asked <= asked_before,
                sa.and_(last_asked <= unheard_before, sa.or_(over, untold)),
            ),
        )
        .order_by(last_asked, table.c.id)
        .limit(limit)
    )
    return [_checkout(row) for row in rows]


def listed(
    tx: sa.Connection,
    workspace_id: int,
    *,
    before: int | None,
    status: str | None,
    provider: str | None,
    limit: int,
) -> list[Checkout]:
    """Payments of every kind before the id `before`, newest first; narrowed to a status or a provider."""
    query = sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    if status is not None:
        query = query.where(table.c.status == status)
    if provider is not None:
        query = query.where(table.c.provider == provider)
    return [_checkout(row) for row in tx.execute(query)]


def _one(tx: sa.Connection, *where: sa.ColumnElement[bool]) -> Checkout | None:
    row = tx.execute(sa.select(table).where(*where).order_by(table.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _checkout(row)
