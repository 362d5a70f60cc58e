"""Settles invoices that leave nothing to pay: a coupon or credit covers them, and no provider hears of them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import Invoice, InvoiceEvent, after
from bot.workflows.choose_texts import texts_of
from bot.workflows.tell import Parcel, tell_buyer, tell_operators
from messaging.templates import covered_message
from storage import buyers, invoices, runs, shows


def settle_covered(tx: sa.Connection, invoice: Invoice, now: datetime) -> list[Parcel]:
    """Mark a locked invoice over nothing paid; its buyer and the operators are told."""
    workspace_id = invoice.workspace_id
    status = after(invoice.status, InvoiceEvent.PAYMENT)
    invoices.change(tx, workspace_id, invoice.id, status=status, paid_at=now)
    runs.settle(tx, workspace_id, invoice.id, status.value)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id)
    show = shows.get(tx, workspace_id, invoice.show_id)
    assert buyer is not None
    assert show is not None
    texts = texts_of(tx, buyer, show)
    parcels = tell_operators(
        tx,
        workspace_id,
        f"{buyer.label} has nothing to pay: invoice {invoice.number} is covered by coupon or credit.",
        key=f"covered:{invoice.id}",
        now=now,
    )
    return parcels + tell_buyer(
        tx,
        workspace_id,
        buyer.id,
        covered_message(texts, buyer.name or buyer.handle, show.title, invoice),
        purpose="thanks",
        key=f"thanks:{invoice.id}",
        invoice_id=invoice.id,
        now=now,
    )
