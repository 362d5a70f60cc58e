"""Bills anew: an unpaid invoice whose bill would be another one today is replaced by one that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.show import Show
from bot.workflows.assistant import Assistant
from bot.workflows.reserve_invoices import Issued, Reserved, redrawn, reserve_in_a_run, reserve_like
from storage import invoices


async def rebill_invoices(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None = None,
    channel_id: int | None = None,
    chat_id: str = "",
) -> Issued:
    """Replace every unpaid invoice that would say something else by now, of all buyers or `only` of these.

    The old one is closed at the provider first; when it was paid meanwhile, it stays and nothing replaces it.
    """

    def reserve(tx: sa.Connection, show: Show, held: list[Invoice], now: datetime) -> Reserved:
        made: list[tuple[int, int]] = []
        under_way = 0
        for old in held:
            if old.status not in (InvoiceStatus.DRAFT, InvoiceStatus.SENT):
                continue
            if only is not None and old.buyer_id not in only:
                continue
            if old.is_being_made or old.lacks_page or invoices.successor(tx, workspace_id, old.id) is not None:
                under_way += 1
                continue
            bill = redrawn(tx, show, [old], now)
            if bill.lines != old.lines and all(line.unit_cents is not None for line in bill.lines):
                made.append((reserve_like(tx, old, bill, now, replaces_id=old.id), 1))
        return made, under_way

    return await reserve_in_a_run(assistant, workspace_id, show_id, reserve, channel_id=channel_id, chat_id=chat_id)
