"""Reserves invoices: drafts of ours, in one run, which durable jobs take to their provider after the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from bot.domain.bill import Bill
from bot.domain.invoice import Invoice
from bot.domain.show import Show
from bot.workflows.assistant import Assistant
from bot.workflows.draw_bills import draft_bill
from bot.workflows.hold_shows import hold_show
from storage import buyers, claims, invoices, items, runs

Reserved: TypeAlias = tuple[list[tuple[int, int]], int]
"""(invoice id, tries) of everything to be placed, and how many buyers were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What an order to invoice set in motion."""

    run_id: int | None
    invoices: tuple[tuple[int, int], ...]
    """(invoice id, tries) of everything to be placed."""
    under_way: int
    """Buyers who were left out because their invoice is being made right now."""


async def reserve_in_a_run(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    reserve: Callable[[sa.Connection, Show, list[Invoice], datetime], Reserved],
    *,
    channel_id: int | None,
    chat_id: str,
) -> Issued:
    """Have `reserve` make its invoices, with the show and all its invoices held; the run is shown in this chat."""

    def deed(tx: sa.Connection, now: datetime) -> Issued:
        show = hold_show(tx, workspace_id, show_id)
        made, under_way = reserve(tx, show, invoices.lock_of_show(tx, workspace_id, show_id), now)
        return start_run(tx, show, made, channel_id, chat_id, now, under_way=under_way)

    issued = await assistant.database.write(deed, assistant.now())
    assistant.spawn(hand_over_run(assistant, workspace_id, issued))
    return issued


def start_run(
    tx: sa.Connection,
    show: Show,
    made: Sequence[tuple[int, int]],
    channel_id: int | None,
    chat_id: str,
    now: datetime,
    *,
    under_way: int = 0,
) -> Issued:
    """One run of what was made, if anything was."""
    run_id = None
    if made:
        run_id = runs.create(
            tx,
            show.workspace_id,
            show_id=show.id,
            kind="invoice",
            channel_id=channel_id,
            chat_id=chat_id,
            invoice_ids=[invoice_id for invoice_id, _ in made],
            now=now,
        )
    return Issued(run_id=run_id, invoices=tuple(made), under_way=under_way)


async def hand_over_run(assistant: Assistant, workspace_id: int, issued: Issued) -> None:
    """Nobody waits for this: the run is on disk, and what a crash leaves out, the sweep finds."""
    if issued.run_id is not None:
        await assistant.jobs.watch_run(workspace_id, issued.run_id)
    for invoice_id, tries in issued.invoices:
        await assistant.jobs.place_invoice(workspace_id, invoice_id, tries)


def redrawn(tx: sa.Connection, show: Show, old: Sequence[Invoice], now: datetime) -> Bill:
    """The bill of what these invoices of one buyer at one provider bill, as it would be drawn now."""
    ids = [invoice.id for invoice in old]
    billed = [claim for invoice_id in ids for claim in claims.on_invoice(tx, show.workspace_id, invoice_id)]
    return draft_bill(
        tx,
        show,
        old[0].buyer_id,
        billed,
        items.many(tx, show.workspace_id, {claim.item_id for claim in billed if claim.item_id is not None}),
        provider=old[0].provider,
        now=now,
        instead_of=ids,
    )


def reserve_like(tx: sa.Connection, old: Invoice, bill: Bill, now: datetime, *, replaces_id: int | None) -> int:
    """An invoice with this bill for the buyer of an `old` one, where that was made; returns its id."""
    buyer = buyers.get(tx, old.workspace_id, old.buyer_id)
    return invoices.reserve(
        tx,
        old.workspace_id,
        show_id=old.show_id,
        integration_id=old.integration_id,
        provider=old.provider,
        account_id=old.account_id,
        buyer_id=old.buyer_id,
        buyer_handle=buyer.handle if buyer else "",
        buyer_platform_user_id=buyer.platform_user_id if buyer else "",
        currency=old.currency,
        lines=bill.lines,
        replaces_id=replaces_id,
        style=old.style,
        now=now,
    )
