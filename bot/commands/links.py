"""Commands about pay links: an operator has one to copy, or all that are not paid."""

from __future__ import annotations

import sqlalchemy as sa

from bot.commands.naming import find_buyer
from bot.commands.table import Commands, Context, Reply
from bot.domain.invoice import Invoice, InvoiceStatus
from bot.kit.errors import BadInput
from messaging.base import Button
from storage import buyers, invoices

commands = Commands()

MOST_LISTED = 30
MOST_BUTTONS = 6
COPY = "Copy {label}'s link"
"""Shown where the platform can copy; elsewhere the link in the text is held down."""


@commands.add("link [<buyer...>]", topic="money", private=True, example="link @mai")
async def link(context: Context, who: str | None) -> Reply | str:
    """have a buyer's pay link to copy, or every link that is not paid"""
    if who is None:
        return await _all(context)
    show = await context.show()
    buyer = await find_buyer(context, show, who, line="link {}")
    unpaid = await context.assistant.database.read(invoices.unpaid_of_buyer, context.workspace_id, buyer.id)
    public_url = context.assistant.settings.public_url
    links = [(one, url) for one in unpaid if (url := one.pay_link(public_url)) is not None]
    if not links:
        raise BadInput(_why_none(buyer.label, unpaid))
    return Reply(
        text="\n".join(f"{buyer.label}, {one.number}, {one.rest}:\n{url}" for one, url in links),
        buttons=tuple(_copy(buyer.label, url) for _, url in links[:MOST_BUTTONS]),
    )


async def _all(context: Context) -> Reply | str:
    found, labels = await context.assistant.database.read(_unpaid, context.workspace_id)
    public_url = context.assistant.settings.public_url
    links = [(labels[one.buyer_id], one, url) for one in found if (url := one.pay_link(public_url)) is not None]
    if not links:
        return "No pay link is open: everything that was billed is paid or closed."
    lines = [f"• {label}, {one.rest}: {url}" for label, one, url in links[:MOST_LISTED]]
    if len(found) > MOST_LISTED:
        lines.append("… and more. For one buyer: /link @handle")
    return Reply(text="\n".join(lines))


def _unpaid(tx: sa.Connection, workspace_id: int) -> tuple[list[Invoice], dict[int, str]]:
    found = invoices.unpaid(tx, workspace_id, limit=MOST_LISTED + 1)
    known = buyers.many(tx, workspace_id, {one.buyer_id for one in found})
    return found, {buyer_id: buyer.label for buyer_id, buyer in known.items()}


def _copy(label: str, url: str) -> tuple[Button, ...]:
    return (Button(title=COPY.format(label=label)[:40], copy=url),)


def _why_none(label: str, unpaid: list[Invoice]) -> str:
    if any(one.waits_for_page for one in unpaid):
        return f"{label} has no page for what is left to pay. To have a new one: /invoice retry"
    if any(one.status is InvoiceStatus.DRAFT for one in unpaid):
        return f"{label}'s invoice has no link yet: it is being made, or waits for a price. See /status"
    return f"{label} has nothing to pay. To bill what they won: /invoice {label}"
