"""Merges what a buyer has not paid, of whichever shows, into one invoice: the old ones are closed first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import hold_show
from bot.workflows.reserve_invoices import Issued, hand_over_run, redrawn, reserve_like, start_run
from storage import coupons, invoices, terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Invoices that are on their way to be one."""

    issued: Issued
    old: tuple[Invoice, ...]
    left: int
    """Unpaid ones that stay as they are: of another currency or account, or waiting for a price."""


async def merge_invoices(
    assistant: Assistant, workspace_id: int, buyer_id: int, *, channel_id: int | None = None, chat_id: str = ""
) -> Merged:
    """One invoice in the place of all that a buyer has not paid; it belongs to the newest of their shows.

    One that is paid meanwhile stays, and the new one bills the rest. Raises BadInput when there are not two to merge.
    """
    merged = await assistant.database.write(_reserve, workspace_id, buyer_id, channel_id, chat_id, assistant.now())
    assistant.spawn(hand_over_run(assistant, workspace_id, merged.issued))
    return merged


def _reserve(
    tx: sa.Connection, workspace_id: int, buyer_id: int, channel_id: int | None, chat_id: str, now: datetime
) -> Merged:
    held = _hold(tx, workspace_id, buyer_id)
    unpaid = invoices.unpaid_of_buyer(tx, workspace_id, buyer_id)
    _check_settled(tx, unpaid)
    ready = [one for one in unpaid if one.status is not InvoiceStatus.PARTLY_PAID and not one.unpriced]
    if not ready:
        part = any(one.status is InvoiceStatus.PARTLY_PAID for one in unpaid)
        raise BadInput(
            f"They have no unpaid invoice{' but what is partly paid, which stays by itself' if part else ''}."
        )
    newest = max(ready, key=lambda one: (one.show_id, one.id))
    alike = (newest.currency, newest.integration_id, newest.account_id)
    old = [one for one in ready if (one.currency, one.integration_id, one.account_id) == alike]
    if len(old) < 2:
        raise BadInput(f"They have one unpaid invoice, {newest.number} over {newest.total}: nothing to merge.")
    show = held[newest.show_id]
    invoice_id = _one(tx, show, newest, old, now)
    for one in old:
        invoices.change(tx, workspace_id, one.id, merged_into_id=invoice_id)
    issued = start_run(tx, show, [(invoice_id, 1)], channel_id, chat_id, now)
    return Merged(issued=issued, old=tuple(old), left=len(unpaid) - len(old))


def _hold(tx: sa.Connection, workspace_id: int, buyer_id: int) -> dict[int, Show]:
    """The shows of what is unpaid, held with their invoices in a fixed order."""
    held: dict[int, Show] = {}
    for show_id in sorted({one.show_id for one in invoices.unpaid_of_buyer(tx, workspace_id, buyer_id)}):
        held[show_id] = hold_show(tx, workspace_id, show_id)
        invoices.lock_of_show(tx, workspace_id, show_id)
    return held


def _check_settled(tx: sa.Connection, unpaid: list[Invoice]) -> None:
    for one in unpaid:
        successor = invoices.successor(tx, one.workspace_id, one.id)
        if successor is not None and successor.status is InvoiceStatus.ERROR:
            raise BadInput(f"The invoice in the place of {one.number} was refused. First send /invoice retry")
        if successor is not None or one.is_being_made or one.lacks_page:
            raise BadInput(f"Their invoice {one.number} is being made right now. Try again in a minute.")


def _one(tx: sa.Connection, show: Show, newest: Invoice, old: list[Invoice], now: datetime) -> int:
    """The invoice in their place; their claims come to it as each of them is closed."""
    workspace_id, ids = show.workspace_id, [one.id for one in old]
    used = coupons.on_invoices(tx, workspace_id, ids)
    if used and terms.of(tx, workspace_id, show.id, newest.buyer_id).coupon_id is None:
        terms.agree(tx, workspace_id, show.id, newest.buyer_id, coupon_id=used[0])
    return reserve_like(tx, newest, redrawn(tx, show, old, now), now, replaces_id=None)
