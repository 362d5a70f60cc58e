"""Invoices, as rows."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.invoice import HAS_MONEY, OPEN, Invoice, InvoiceStatus, Line, LineKind
from storage import events
from storage.database import new_id
from storage.events import EventKind
from storage.tables import claims
from storage.tables import invoices as table


class Total(NamedTuple):
    """How many invoices, and what they come to in minor units."""

    number: int
    amount_cents: int
    paid_cents: int
    refunded_cents: int


def line_of(data: dict[str, Any]) -> Line:
    """A line from how it is kept."""
    return Line(
        kind=LineKind(data.get("kind", LineKind.ITEM)),
        code=data["code"],
        title=data["title"],
        options=tuple(data["options"]),
        quantity=data["quantity"],
        unit_cents=data["unit_cents"],
    )


def line_data(line: Line) -> dict[str, Any]:
    """A line as it is kept, and as the API shows it."""
    return {
        "kind": line.kind.value,
        "code": line.code,
        "title": line.title,
        "options": list(line.options),
        "quantity": line.quantity,
        "unit_cents": line.unit_cents,
        "amount_cents": line.amount_cents,
    }


def _invoice(row: sa.Row[Any]) -> Invoice:
    return Invoice(
        id=row.id,
        workspace_id=row.workspace_id,
        show_id=row.show_id,
        integration_id=row.integration_id,
        provider=row.provider,
        account_id=row.account_id,
        number=row.number,
        buyer_id=row.buyer_id,
        external_id=row.external_id,
        external_url=row.external_url,
        customer_id=row.customer_id,
        status=InvoiceStatus(row.status),
        attempt=row.attempt,
        tries=row.tries,
        pay_token=row.pay_token,
        style=row.style,
        paid_cents=row.paid_cents,
        refunded_cents=row.refunded_cents,
        open_cents=row.open_cents,
        how_to_pay=row.how_to_pay,
        amount_cents=row.amount_cents,
        currency=row.currency,
        lines=tuple(line_of(data) for data in row.line_items),
        error_message=row.error_message,
        replaces_id=row.replaces_id,
        merged_into_id=row.merged_into_id,
        first_tried_at=row.first_tried_at,
        sent_at=row.sent_at,
        paid_at=row.paid_at,
        created_at=row.created_at,
    )


def reserve(
    tx: sa.Connection,
    workspace_id: int,
    *,
    show_id: int,
    integration_id: int,
    provider: str,
    account_id: str,
    buyer_id: int,
    buyer_handle: str,
    buyer_platform_user_id: str,
    currency: str,
    lines: Sequence[Line],
    replaces_id: int | None,
    style: str = "invoice",
    now: datetime,
) -> int:
    """A draft of ours, before the provider hears of it; its id makes the provider's idempotency keys."""
    made = tx.execute(
        _NEW,
        {
            "workspace_id": workspace_id,
            "show_id": show_id,
            "integration_id": integration_id,
            "provider": provider,
            "account_id": account_id,
            "number": "",
            "pay_token": secrets.token_urlsafe(16),
            "style": style,
            "buyer_id": buyer_id,
            "buyer_handle": buyer_handle,
            "buyer_platform_user_id": buyer_platform_user_id,
            "status": InvoiceStatus.DRAFT.value,
            "amount_cents": sum(line.amount_cents for line in lines),
            "currency": currency,
            "line_items": [line_data(line) for line in lines],
            "replaces_id": replaces_id,
            "created_at": now,
        },
    )
    invoice_id = new_id(made)
    change(tx, workspace_id, invoice_id, number=f"LA-{show_id}-{invoice_id}")
    return invoice_id


def get(tx: sa.Connection, workspace_id: int, invoice_id: int) -> Invoice | None:
    """One invoice, or None."""
    row = tx.execute(_GET, {"this": invoice_id, "workspace": workspace_id}).one_or_none()
    return None if row is None else _invoice(row)


_ONE = table.c.id == sa.bindparam("this"), table.c.workspace_id == sa.bindparam("workspace")
_GET = sa.select(table).where(*_ONE)
_LOCK = _GET.with_for_update()
_CHANGE = table.update().where(*_ONE)
_NEW = table.insert()


def many(tx: sa.Connection, workspace_id: int, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """These invoices by id."""
    rows = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id, table.c.id.in_(list(invoice_ids))))
    return {row.id: _invoice(row) for row in rows}


def lock(tx: sa.Connection, workspace_id: int, invoice_id: int) -> Invoice | None:
    """The same, held until the transaction ends."""
    row = tx.execute(_LOCK, {"this": invoice_id, "workspace": workspace_id}).one_or_none()
    return None if row is None else _invoice(row)


def lock_of_show(tx: sa.Connection, workspace_id: int, show_id: int) -> list[Invoice]:
    """Every invoice of a show, oldest first, held until the transaction ends: whoever is closing one is waited for."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show_id)
        .order_by(table.c.id)
        .with_for_update()
    )
    return [_invoice(row) for row in rows]


def by_external_id(tx: sa.Connection, workspace_id: int, provider: str, external_id: str) -> Invoice | None:
    """The invoice a provider means by its own id, or None."""
    row = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.provider == provider,
            table.c.external_id == external_id,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _invoice(row)


def open_by_external_ids(
    tx: sa.Connection, workspace_id: int, provider: str, account_id: str, external_ids: Iterable[str]
) -> list[Invoice]:
    """The unpaid invoices of this account that any of these ids means, oldest first."""
    found: list[Invoice] = []
    ids = list(external_ids)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        rows = tx.execute(
            sa.select(table).where(
                table.c.workspace_id == workspace_id,
                table.c.provider == provider,
                table.c.account_id == account_id,
                table.c.external_id.in_(ids[start : start + _IDS_AT_ONCE]),
                table.c.status.in_([status.value for status in OPEN]),
            )
        )
        found += map(_invoice, rows)
    return sorted(found, key=lambda invoice: invoice.id)


_IDS_AT_ONCE = 500


def first_made(tx: sa.Connection, workspace_id: int, provider: str, account_id: str) -> datetime | None:
    """When the first invoice was made in this account; None when none was."""
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(table.c.created_at)).where(
            table.c.workspace_id == workspace_id, table.c.provider == provider, table.c.account_id == account_id
        )
    )
    return found


def by_pay_token(tx: sa.Connection, pay_token: str) -> Invoice | None:
    """The invoice behind a buyer's link, of whichever workspace, or None."""
    row = tx.execute(sa.select(table).where(table.c.pay_token == pay_token)).one_or_none() if pay_token else None
    return None if row is None else _invoice(row)


def in_place_of(tx: sa.Connection, workspace_id: int, invoice: Invoice) -> Invoice | None:
    """The invoice that has taken this one over and is not void itself, or None."""
    row = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.buyer_id == invoice.buyer_id,
            sa.or_(table.c.replaces_id == invoice.id, table.c.id == invoice.merged_into_id),
            table.c.status != InvoiceStatus.VOID.value,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _invoice(row)


def owner(tx: sa.Connection, provider: str, external_id: str) -> int | None:
    """The workspace of the invoice a provider means by its own id, or None."""
    found: int | None = tx.scalar(
        sa.select(table.c.workspace_id).where(table.c.provider == provider, table.c.external_id == external_id).limit(1)
    )
    return found


def of_show(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    buyer_id: int | None = None,
    statuses: Iterable[InvoiceStatus] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Invoice]:
    """Invoices of a show after the id `after`, oldest first; narrowed to a buyer, some statuses, the first `limit`."""
    query = (
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show_id, table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    if buyer_id is not None:
        query = query.where(table.c.buyer_id == buyer_id)
    if statuses is not None:
        query = query.where(table.c.status.in_([status.value for status in statuses]))
    return [_invoice(row) for row in tx.execute(query)]


def successor(tx: sa.Connection, workspace_id: int, invoice_id: int) -> Invoice | None:
    """The invoice, not placed yet, that takes this one over, or None."""
    merged_into = (
        sa.select(table.c.merged_into_id)
        .where(table.c.workspace_id == workspace_id, table.c.id == invoice_id)
        .scalar_subquery()
    )
    row = tx.execute(
        sa.select(table).where(
            table.c.workspace_id == workspace_id,
            sa.or_(table.c.replaces_id == invoice_id, table.c.id == merged_into),
            table.c.status.in_((InvoiceStatus.DRAFT.value, InvoiceStatus.ERROR.value)),
            table.c.external_id.is_(None),
            table.c.external_url.is_(None),
        )
    ).one_or_none()
    return None if row is None else _invoice(row)


def taken_over_by(tx: sa.Connection, workspace_id: int, invoice: Invoice) -> list[Invoice]:
    """The invoices that this one takes over, oldest first, however they stand."""
    whose = {"workspace": workspace_id, "buyer": invoice.buyer_id}
    rows = tx.execute(_TAKEN_OVER, {**whose, "replaces": invoice.replaces_id, "successor": invoice.id})
    return [_invoice(row) for row in rows]


_TAKEN_OVER = (
    sa.select(table)
    .where(
        table.c.workspace_id == sa.bindparam("workspace"),
        table.c.buyer_id == sa.bindparam("buyer"),
        sa.or_(table.c.id == sa.bindparam("replaces"), table.c.merged_into_id == sa.bindparam("successor")),
    )
    .order_by(table.c.id)
)


def unpaid_of_buyer(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[Invoice]:
    """What a buyer can still pay, oldest first, in every show."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.buyer_id == buyer_id,
            table.c.status.in_([status.value for status in OPEN]),
        )
        .order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def count_open_at(tx: sa.Connection, workspace_id: int, provider: str, *, but_in: str | None = None) -> int:
    """How many unpaid invoices there are at a provider, leaving out those `but_in` this account of it."""
    query = sa.select(sa.func.count()).where(
        table.c.workspace_id == workspace_id,
        table.c.provider == provider,
        table.c.status.in_([status.value for status in OPEN]),
        sa.or_(table.c.external_id.is_not(None), table.c.external_url.is_not(None)),
    )
    if but_in is not None:
        query = query.where(table.c.account_id != but_in)
    return tx.scalars(query).one()


def unpaid(tx: sa.Connection, workspace_id: int, *, limit: int) -> list[Invoice]:
    """What can still be paid, newest first, in every show."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.status.in_([status.value for status in OPEN]),
            table.c.external_url.is_not(None),
        )
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return [_invoice(row) for row in rows]


def of_buyer(
    tx: sa.Connection, workspace_id: int, buyer_id: int, *, currency: str, statuses: Iterable[InvoiceStatus]
) -> list[Invoice]:
    """A buyer's invoices of every show in one currency and these statuses, oldest first."""
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.workspace_id == workspace_id,
            table.c.buyer_id == buyer_id,
            table.c.currency == currency,
            table.c.status.in_([status.value for status in statuses]),
        )
        .order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def all_of_buyer(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[Invoice]:
    """Every invoice of a buyer, oldest first, in every show."""
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.buyer_id == buyer_id).order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def in_error(tx: sa.Connection, workspace_id: int, *, limit: int = 200) -> list[Invoice]:
    """What could not be made, newest first, in every show."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.workspace_id == workspace_id, table.c.status == InvoiceStatus.ERROR.value)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return [_invoice(row) for row in rows]


def to_ask(
    tx: sa.Connection,
    *,
    asked_before: datetime,
    drafts_before: datetime,
    unheard: Collection[int],
    but_not: Collection[int],
    limit: int,
) -> list[Invoice]:
    """Unpaid invoices of every workspace that the provider was not asked about since, longest ago first.

    `drafts_before` is for those that nothing else tells us of: without a page to pay on yet, or of the integrations
    that are `unheard`. Those of the integrations in `but_not` are left alone.
    """
    last_asked = sa.func.coalesce(table.c.asked_at, table.c.created_at)
    rows = tx.execute(
        sa.select(table)
        .where(
            table.c.status.in_([status.value for status in OPEN]),
            table.c.external_id.is_not(None),
            table.c.integration_id.not_in(list(but_not)),
            sa.or_(
                last_asked <= asked_before,
                sa.and_(
                    last_asked <= drafts_before,
                    sa.or_(table.c.external_url.is_(None), table.c.integration_id.in_(list(unheard))),
                ),
            ),
        )
        .order_by(last_asked, table.c.id)
        .limit(limit)
    )
    return [_invoice(row) for row in rows]


def unplaced(tx: sa.Connection) -> list[Invoice]:
    """Drafts of every workspace that the provider does not have yet: work a crash may have left behind."""
    rows = tx.execute(
        sa.select(table)
        .where(table.c.status == InvoiceStatus.DRAFT.value, table.c.external_url.is_(None))
        .order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def off_balance(tx: sa.Connection) -> list[Invoice]:
    """Invoices of every workspace whose page asks for something else than what is left to pay: work that is left."""
    left = sa.case((table.c.amount_cents > table.c.paid_cents, table.c.amount_cents - table.c.paid_cents), else_=0)
    unpaid = table.c.status.in_((InvoiceStatus.SENT.value, InvoiceStatus.PARTLY_PAID.value))
    rows = tx.execute(
        sa.select(table)
        .where(
            sa.or_(
                unpaid & (table.c.open_cents != left),
                unpaid
                & table.c.external_id.is_(None)
                & table.c.external_url.is_(None)
                & table.c.error_message.is_(None),  # else it waits for an operator
                table.c.status.in_([status.value for status in HAS_MONEY]) & ~unpaid & (table.c.open_cents > 0),
            )
        )
        .order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def with_a_released_claim(tx: sa.Connection) -> list[Invoice]:
    """Unpaid invoices of every workspace that bill something taken back: a crash kept them from being voided."""
    released = (
        sa.exists()
        .where(claims.c.invoice_id == table.c.id, claims.c.status == ClaimStatus.RELEASED.value)
        .correlate(table)
    )
    rows = tx.execute(
        sa.select(table).where(table.c.status.in_([status.value for status in OPEN]), released).order_by(table.c.id)
    )
    return [_invoice(row) for row in rows]


def change(tx: sa.Connection, workspace_id: int, invoice_id: int, **values: Any) -> None:
    """Set columns of an invoice; a status is given as an InvoiceStatus."""
    if isinstance(values.get("status"), InvoiceStatus):
        values["status"] = values["status"].value
    tx.execute(_CHANGE, {"this": invoice_id, "workspace": workspace_id, **values})
    events.note(tx, workspace_id, EventKind.INVOICE_UPDATED, invoice_id)


def begin(tx: sa.Connection, workspace_id: int, invoice_id: int, **values: Any) -> None:
    """Note under what its provider is about to be called; nothing moves of what people are shown of an invoice."""
    tx.execute(_CHANGE, {"this": invoice_id, "workspace": workspace_id, **values})


def asked(tx: sa.Connection, workspace_id: int, invoice_id: int, now: datetime) -> None:
    """Note that the provider was asked about an invoice."""
    tx.execute(
        table.update().where(table.c.id == invoice_id, table.c.workspace_id == workspace_id).values(asked_at=now)
    )


def rewrite_lines(tx: sa.Connection, workspace_id: int, invoice_id: int, lines: Sequence[Line]) -> None:
    """Take a new snapshot of what an invoice bills, before the provider has it."""
    change(
        tx,
        workspace_id,
        invoice_id,
        line_items=[line_data(line) for line in lines],
        amount_cents=sum(line.amount_cents for line in lines),
    )


def totals(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[str, Total]:
    """Status → how many, and what they come to."""
    rows = tx.execute(
        sa.select(
            table.c.status,
            sa.func.count(),
            sa.func.sum(table.c.amount_cents),
            sa.func.sum(table.c.paid_cents),
            sa.func.sum(table.c.refunded_cents),
        )
        .where(table.c.workspace_id == workspace_id, table.c.show_id == show_id)
        .group_by(table.c.status)
    )
    return {status: Total(count, *map(int, sums)) for status, count, *sums in rows}
