"""Tries again what is stuck, by the ways there are for each kind of it, or sets it aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import Invoice
from bot.workflows.assistant import Assistant
from bot.workflows.balance_invoices import order_balance
from bot.workflows.issue_invoices import retry_invoices
from bot.workflows.list_stuck import Stuck, list_stuck
from bot.workflows.order_refunds import refund_again
from bot.workflows.send_links import resend
from bot.workflows.void_invoices import order_void
from storage import dead_letters, invoices


async def retry_stuck(
    assistant: Assistant,
    workspace_id: int,
    stuck: Sequence[Stuck],
    *,
    channel_id: int | None = None,
    chat_id: str = "",
) -> int:
    """Try these again, under the next attempt's key each; returns how many are under way.

    Invoices show their progress in the chat, one message per show.
    """
    going = 0
    shows: dict[int, list[Invoice]] = {}
    for one in stuck:
        if one.kind == "invoice":
            invoice = await assistant.database.read(invoices.get, workspace_id, one.subject_id)
            assert invoice is not None, "invoices are never deleted"
            shows.setdefault(invoice.show_id, []).append(invoice)
        else:
            going += await _again(assistant, workspace_id, one)
    for show_id, refused in shows.items():
        issued = await retry_invoices(
            assistant,
            workspace_id,
            show_id,
            only=[invoice.buyer_id for invoice in refused],
            channel_id=channel_id,
            chat_id=chat_id,
        )
        going += len(issued.invoices)
    for one in stuck:
        await assistant.database.write(dead_letters.settle, workspace_id, one.kind, one.subject_id, assistant.now())
    return going


async def set_aside(assistant: Assistant, workspace_id: int, stuck: Stuck) -> None:
    """Leave something as it is, and list it no more unless it is tried again and gets stuck once more."""
    await assistant.database.write(_set_aside, workspace_id, stuck, assistant.now())


def find_stuck(tx: sa.Connection, workspace_id: int, kind: str, subject_id: int) -> Stuck | None:
    """What is stuck under this name, or None when it goes on already."""
    found = (one for one in list_stuck(tx, workspace_id) if (one.kind, one.subject_id) == (kind, subject_id))
    return next(found, None)


async def _again(assistant: Assistant, workspace_id: int, stuck: Stuck) -> bool:
    match stuck.kind:
        case "void":
            await order_void(assistant, workspace_id, stuck.subject_id)
        case "balance":
            await order_balance(assistant, workspace_id, stuck.subject_id)
        case "refund":
            await refund_again(assistant, workspace_id, stuck.subject_id, by="")
        case "deliver":
            return await resend(assistant, workspace_id, stuck.subject_id)
        case "settle":
            await assistant.jobs.settle(workspace_id, stuck.subject_id, stuck.attempt + 1)
        case "run":
            await assistant.jobs.watch_run(workspace_id, stuck.subject_id, stuck.attempt + 1)
        case _:
            return False
    return True


def _set_aside(tx: sa.Connection, workspace_id: int, stuck: Stuck, now: datetime) -> None:
    if not dead_letters.settle(tx, workspace_id, stuck.kind, stuck.subject_id, now):
        dead_letters.keep(
            tx,
            workspace_id,
            kind=stuck.kind,
            subject_id=stuck.subject_id,
            attempt=stuck.attempt,
            reason=stuck.reason,
            now=now,
            settled=True,
        )
