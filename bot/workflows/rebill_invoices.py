"""Bills anew: an unpaid invoice whose bill would be another one today is replaced by one that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.issue_invoices import Issued, hand_over_run, redrawn, start_run, take_the_place_of
from storage import invoices, shows


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
    issued = await assistant.database.write(
        _reserve, workspace_id, show_id, only=only, channel_id=channel_id, chat_id=chat_id, now=assistant.now()
    )
    assistant.spawn(hand_over_run(assistant, workspace_id, issued))
    return issued


def _reserve(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None,
    channel_id: int | None,
    chat_id: str,
    now: datetime,
) -> Issued:
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput("There is no such show.")
    invoices.lock_of_show(tx, workspace_id, show_id)
    there = invoices.of_show(tx, workspace_id, show_id)
    made: list[tuple[int, int]] = []
    under_way = 0
    for old in there:
        if old.status not in (InvoiceStatus.DRAFT, InvoiceStatus.SENT):
            continue
        if only is not None and old.buyer_id not in only:
            continue
        if old.is_being_made or old.lacks_page or invoices.successor(tx, workspace_id, old.id) is not None:
            under_way += 1
            continue
        bill = redrawn(tx, show, old, now)
        if bill.lines != old.lines and all(line.unit_cents is not None for line in bill.lines):
            made.append((take_the_place_of(tx, workspace_id, old, bill, now), 1))
    return start_run(tx, workspace_id, show, made, under_way, channel_id, chat_id, now)
