"""Reminds buyers of what they have not paid, by an operator's word: one message each, and one a day at most."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.invoice import OPEN, Invoice
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.tell import Parcel, hand_over, tell_buyer
from messaging.templates import pay_buttons, reminder_message
from storage import deliveries, invoices, runs

AT_MOST_EVERY = timedelta(days=1)
"""How often a buyer is reminded who is not named."""


async def remind_buyers(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None = None,
    by: str,
    key: str = "",
    channel_id: int | None = None,
    chat_id: str = "",
) -> int:
    """Remind whoever has not paid in this show, or `only` these buyers, also when they were reminded today.

    What others wait for is no reason not to: an operator asks for it. Returns how many are reminded. Raises BadInput
    when there is nobody.
    """
    deed = Deed.of(by, key)
    run_id, count, parcels = await assistant.database.write(
        _remind,
        workspace_id,
        show_id,
        only=only,
        deed=deed,
        channel_id=channel_id,
        chat_id=chat_id,
        public_url=assistant.settings.public_url,
        now=assistant.now(),
    )
    await assistant.jobs.watch_run(workspace_id, run_id)
    await hand_over(assistant, workspace_id, parcels)
    return count


def _remind(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None,
    deed: Deed,
    channel_id: int | None,
    chat_id: str,
    public_url: str,
    now: datetime,
) -> tuple[int, int, list[Parcel]]:
    begin(tx, workspace_id, deed, now)
    unpaid: dict[int, list[Invoice]] = {}
    for invoice in invoices.of_show(tx, workspace_id, show_id, statuses=OPEN):
        if invoice.is_payable and invoice.rest.amount and (only is None or invoice.buyer_id in only):
            unpaid.setdefault(invoice.buyer_id, []).append(invoice)
    lately = deliveries.reminded_since(tx, workspace_id, unpaid, now - AT_MOST_EVERY) if only is None else set()
    wanted = {buyer_id: theirs for buyer_id, theirs in unpaid.items() if buyer_id not in lately}
    if not wanted:
        raise BadInput(
            "Everybody who owes something was reminded within a day. To remind one all the same: /remind @mai"
            if unpaid
            else "Nobody to remind: there is no unpaid link."
        )
    parcels: list[Parcel] = []
    for buyer_id, theirs in wanted.items():
        texts = texts_for(tx, workspace_id, buyer_id, show_id)
        how = dict.fromkeys(one.how_to_pay for one in theirs if one.how_to_pay)
        parcels += tell_buyer(
            tx,
            workspace_id,
            buyer_id,
            "\n".join([reminder_message(texts, theirs), *how]),
            purpose="reminder",
            key=f"reminded:{deed.key}:{buyer_id}",
            invoice_id=theirs[-1].id,
            buttons=pay_buttons(texts, theirs, public_url),
            now=now,
        )
    run_id = runs.create(
        tx,
        workspace_id,
        show_id=show_id,
        kind="remind",
        channel_id=channel_id,
        chat_id=chat_id,
        invoice_ids=[theirs[-1].id for theirs in wanted.values()],
        now=now,
    )
    return run_id, len(wanted), parcels
