"""Closes a void invoice in our books: its claims go to the invoice that takes it over, or are free again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.domain.invoice import Invoice, InvoiceStatus
from bot.workflows.draw_bills import give_back, keep_bill
from storage import claims, coupons, invoices, runs, shows


def close_void(tx: sa.Connection, invoice: Invoice, now: datetime) -> bool:
    """Mark a locked invoice void; True when another invoice took its claims over."""
    workspace_id = invoice.workspace_id
    invoices.change(tx, workspace_id, invoice.id, status=InvoiceStatus.VOID)
    successor = invoices.successor(tx, workspace_id, invoice.id)
    if successor is not None:
        invoices.lock(tx, workspace_id, successor.id)  # before coupons and credit, as whoever places it does
        coupons.pass_on(tx, workspace_id, invoice.id, successor.id)
    give_back(tx, invoice, now)
    if successor is None:
        claims.unbill(tx, workspace_id, invoice.id)
        runs.settle(tx, workspace_id, invoice.id, InvoiceStatus.VOID.value)
        return False
    carried = [claim for claim in claims.on_invoice(tx, workspace_id, invoice.id) if claim.status is ClaimStatus.WINNER]
    claims.bill(tx, workspace_id, [claim.id for claim in carried], successor.id)
    claims.unbill(tx, workspace_id, invoice.id)  # whatever was released meanwhile
    show = shows.get(tx, workspace_id, successor.show_id)
    assert show is not None, "invoices refer to their show"
    keep_bill(tx, show, successor, now)
    runs.settle(tx, workspace_id, invoice.id, "replaced")
    return True
