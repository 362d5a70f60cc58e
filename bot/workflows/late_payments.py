"""Late payments: what an invoice billed and the clock took back is looked at again when it is paid after all."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import HAS_MONEY, Invoice, InvoiceStatus
from storage import holds

NOT_PAID = "not paid in time"
"""Why the clock takes back what was won."""


def note_money(tx: sa.Connection, invoice: Invoice, status: InvoiceStatus, now: datetime) -> bool:
    """Money came into a locked invoice: no time runs any more for what it bills.

    True when the clock has taken some of it back. That is due again at once: who has the show then decides whether it
    is still free (`expire_claims`).
    """
    if status not in HAS_MONEY:
        return False
    holds.stop(tx, invoice.workspace_id, invoice.id)
    if status not in (InvoiceStatus.PAID, InvoiceStatus.PARTLY_PAID):
        return False
    workspace_id = invoice.workspace_id
    taken = holds.expired_of(tx, workspace_id, invoice.show_id, invoice.buyer_id, invoice.id, reason=NOT_PAID)
    if taken:
        holds.look_again(tx, workspace_id, taken, invoice.id, now)
    return bool(taken)
