"""Commands about money: invoicing, sending links, voiding, and how the evening stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.commands.naming import find_buyer
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.money import Money
from bot.domain.show import Show, ShowStatus
from bot.kit.errors import BadInput
from bot.workflows.connect_providers import connections
from bot.workflows.issue_invoices import Issued, issue_invoices, retry_invoices
from bot.workflows.run_shows import current_show
from bot.workflows.send_links import resend, send_links
from bot.workflows.void_invoices import order_void
from messaging.base import Button
from storage import buyers, channels, claims, deliveries, integrations, invoices, shows
from storage.deliveries import DeliveryStatus

commands = Commands()

_TO_BE_VOIDED = (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR, InvoiceStatus.PARTLY_PAID)
_NEEDS_A_HAND = {
    DeliveryStatus.MANUAL: "copy the link by hand",
    DeliveryStatus.FAILED: "not delivered",
    DeliveryStatus.UNKNOWN: "not sure it arrived",
}
MOST_LISTED = 8


@commands.add("invoice all|retry|<buyer...>", topic="money")
async def invoice(context: Context, whom: str) -> Reply | str:
    """bill everybody, try the refused ones again, or bill one buyer"""
    show = await _show(context)
    if whom.lower() == "retry":
        issued = await retry_invoices(
            context.assistant,
            context.workspace_id,
            show.id,
            channel_id=context.channel.id,
            chat_id=context.message.chat_id,
        )
        return _left_out(issued) if issued.run_id is not None else "Nothing to try again: no invoice was refused."
    only = await _only(context, show, whom, "invoice {}")
    await context.assistant.database.read(_check_claims, show)
    issued = await issue_invoices(
        context.assistant,
        context.workspace_id,
        show.id,
        only=only,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    if issued.run_id is not None:
        return _left_out(issued)
    return await context.assistant.database.read(_why_nothing, show, only, issued.under_way)


@commands.add("retry", topic="")
async def retry(context: Context) -> Reply | str:
    """try the refused invoices again"""
    return await invoice(context, "retry")


@commands.add("send all|<buyer...>", topic="money")
async def send(context: Context, whom: str) -> Reply | str:
    """send the pay links that did not arrive yet, or one buyer's once more"""
    show = await _show(context)
    await send_links(
        context.assistant,
        context.workspace_id,
        show.id,
        only=await _only(context, show, whom, "send {}"),
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    return ""


@commands.add("resend <number>", topic="")
async def resend_one(context: Context, number: str) -> Reply | str:
    """send one message again"""
    if not number.isdecimal():
        raise BadInput("Tap the button under the message about that delivery.")
    going = await resend(context.assistant, context.workspace_id, int(number[:18]))
    return "Sending it again." if going else "Not sent again: it is under way, or has nothing to say any more."


@commands.add("void <buyer...>", topic="money")
async def void(context: Context, who: str) -> Reply | str:
    """void a buyer's unpaid invoice; what was on it can be billed again"""
    show = await _show(context)
    buyer = await find_buyer(context, show, who, line="void {}")
    theirs = await context.assistant.database.read(invoices.of_show, context.workspace_id, show.id, buyer_id=buyer.id)
    if not theirs:
        raise BadInput(f"{buyer.label} has no invoice in “{show.title}”.")
    unpaid = [one for one in theirs if one.status in _TO_BE_VOIDED]
    if not unpaid:
        newest = theirs[-1]
        if newest.status is InvoiceStatus.PAID:
            raise BadInput(f"{buyer.label} paid already. Refund it in your {newest.provider.title()} dashboard.")
        raise BadInput(f"{buyer.label}'s invoice is {_word(newest.status)} already.")
    if any(one.status is InvoiceStatus.DRAFT and one.external_id is None for one in unpaid):
        raise BadInput(f"{buyer.label}'s invoice is being made right now. Try again in a minute.")
    for one in unpaid:
        await order_void(context.assistant, context.workspace_id, one.id)
    return f"Voiding {buyer.label}'s invoice of {' and '.join(str(one.total) for one in unpaid)}."


@commands.add("status", topic="money")
async def status(context: Context) -> Reply | str:
    """say how the show, the invoices and the connections stand"""
    lines, again = await context.assistant.database.read(_status, context.workspace_id, context.now)
    if context.assistant.settings.stripe.secret_key and not any(line.startswith("Stripe") for line in lines):
        lines.append("Stripe: the key in STRIPE_SECRET_KEY is not connected. To try it now: /stripe test")
    lines.append(await context.assistant.database.read(_channels, context))
    return Reply(text="\n".join(lines), buttons=again)


async def _show(context: Context) -> Show:
    return await context.assistant.database.read(current_show, context.workspace_id)


async def _only(context: Context, show: Show, whom: str, line: str) -> Collection[int] | None:
    if whom.lower() == "all":
        return None
    return [(await find_buyer(context, show, whom, line=line)).id]


def _left_out(issued: Issued) -> str:
    """The run's own message shows the progress; only what it leaves out is said here."""
    if not issued.under_way:
        return ""
    return f"{issued.under_way} left out: their invoice is being made right now. Send it again in a minute."


def _check_claims(tx: sa.Connection, show: Show) -> None:
    """The show must have ended, or have claims."""
    if show.status is ShowStatus.DRAFT and not claims.active(tx, show.workspace_id, show.id):
        raise BadInput(f"“{show.title}” is a draft without claims: nothing to bill. To start it: /live")


def _why_nothing(tx: sa.Connection, show: Show, only: Collection[int] | None, under_way: int) -> str:
    if under_way:
        return "Their invoices are being made right now."
    theirs = [
        one
        for one in invoices.of_show(tx, show.workspace_id, show.id)
        if (only is None or one.buyer_id in only) and one.status is not InvoiceStatus.VOID
    ]
    if not theirs:
        return "No winners yet: nothing to bill." if only is None else "They have won nothing yet: nothing to bill."
    lines = [f"Nothing new to bill: {_counted(theirs)}."]
    if any(one.status is InvoiceStatus.ERROR for one in theirs):
        lines.append("To try the refused ones again: /invoice retry")
    if missing := sorted({code for one in theirs if one.status is InvoiceStatus.DRAFT for code in one.unpriced}):
        lines.append(f"Waiting for a price: {', '.join(missing)}. Set it: /item edit {missing[0]} 19.90")
    return "\n".join(lines)


def _counted(found: Collection[Invoice]) -> str:
    counts: dict[str, int] = {}
    for one in found:
        counts[_word(one.status)] = counts.get(_word(one.status), 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _word(status: InvoiceStatus) -> str:
    return "refused" if status is InvoiceStatus.ERROR else status.value.replace("_", " ")


def _status(tx: sa.Connection, workspace_id: int, now: datetime) -> tuple[list[str], tuple[tuple[Button, ...], ...]]:
    lines: list[str] = []
    again: list[tuple[Button, ...]] = []
    if not shows.newest(tx, workspace_id, limit=1):
        lines.append("No show yet. Send: /show new My first show")
    else:
        show = current_show(tx, workspace_id)
        lines += _show_lines(tx, show, now)
        hands, again = _hands(tx, show)
        lines += hands
    lines += [_integration_line(one) for one in connections(tx, workspace_id)] or [
        "No payment provider. In private: /stripe connect <key>"
    ]
    return lines, tuple(again)


def _show_lines(tx: sa.Connection, show: Show, now: datetime) -> list[str]:
    tally = claims.tally(tx, show.workspace_id, show.id)
    totals = invoices.totals(tx, show.workspace_id, show.id)
    title = f"“{show.title}”: {show.status.value}"
    if show.status is ShowStatus.LIVE and show.started_at is not None:
        minutes = int((now - show.started_at).total_seconds() // 60)
        title += f" for {minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f" for {minutes} min"
    lines = [
        title,
        f"{tally['comments']} comments, {tally.get('winner', 0)} winners, {tally.get('waitlisted', 0)} waiting",
    ]
    if tally.get("ambiguous"):
        lines.append(f"{tally['ambiguous']} comments for you to decide")
    for state, (count, amount) in totals.items():
        lines.append(f"{count} {_word(InvoiceStatus(state))}: {Money(amount, show.currency)}")
    return lines if totals else [*lines, "No invoices yet."]


def _hands(tx: sa.Connection, show: Show) -> tuple[list[str], list[tuple[Button, ...]]]:
    """Links that need the operator's hand, and a button each to send them again."""
    unpaid = {
        one.id: one
        for one in invoices.of_show(tx, show.workspace_id, show.id)
        if one.status in (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.PARTLY_PAID)
    }
    links = deliveries.links_of(tx, show.workspace_id, unpaid)
    stuck = [(unpaid[key], link) for key, link in links.items() if link.status in _NEEDS_A_HAND]
    people = buyers.many(tx, show.workspace_id, [one.buyer_id for one, _ in stuck])
    lines: list[str] = []
    rows: list[tuple[Button, ...]] = []
    for one, link in stuck[:MOST_LISTED]:
        label = people[one.buyer_id].label
        lines.append(f"• {label}: {_NEEDS_A_HAND[link.status]} {one.external_url or ''}".rstrip())
        rows += button(f"Send {label} again"[:40], f"resend {link.id}")
    if len(stuck) > MOST_LISTED:
        lines.append(f"… and {len(stuck) - MOST_LISTED} more")
    return lines, rows


def _integration_line(one: integrations.Integration) -> str:
    mode = "live mode" if one.livemode else "test mode"
    state = f"{one.status}, {mode}" if one.status == "active" else "disconnected"
    if one.status == "error":
        state = f"not working: {one.error}"
    return f"{one.provider.title()}: {one.display_name}, {state}"


def _channels(tx: sa.Connection, context: Context) -> str:
    muted = [feed.title or feed.external_id for feed in channels.feeds_of(tx, context.workspace_id) if feed.muted]
    there = [
        f"{connected.channel.platform.capitalize()}: {connected.channel.title}"
        for connected in context.assistant.connected.values()
        if connected.channel.workspace_id == context.workspace_id
    ]
    return "\n".join([*there, *([f"Not listening to: {', '.join(muted)}"] if muted else [])])
