"""Commands about money: invoicing, sending links, voiding, and how the evening stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from adapters.base import PaymentProvider
from adapters.registry import display_name
from bot.commands.naming import find_buyer, plain_name
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.domain.offers import works_in
from bot.domain.show import Show, ShowStatus
from bot.kit.errors import BadInput
from bot.workflows.deliver_messages import UNANSWERED
from bot.workflows.explain_invoices import check_claims, status_word, why_nothing
from bot.workflows.find_connections import connections
from bot.workflows.issue_invoices import issue_invoices, retry_invoices
from bot.workflows.list_stuck import list_stuck
from bot.workflows.offer_providers import is_offered, offered
from bot.workflows.remind_buyers import remind_buyers
from bot.workflows.reserve_invoices import Issued
from bot.workflows.run_shows import current_show
from bot.workflows.send_links import resend, send_links
from bot.workflows.void_invoices import TO_BE_VOIDED, check_voidable, order_void
from messaging.base import Button
from storage import buyers, channels, counters, deliveries, doubts, integrations, invoices, shows, tallies
from storage.deliveries import DeliveryStatus

commands = Commands()

_NEEDS_A_HAND = {
    DeliveryStatus.MANUAL: "copy the link by hand",
    DeliveryStatus.FAILED: "not delivered",
    DeliveryStatus.UNKNOWN: "not sure it arrived",
}
MOST_LISTED = 8


@commands.add("invoice all|retry|<buyer...>", topic="money", example="invoice @mai")
async def invoice(context: Context, whom: str) -> Reply | str:
    """bill everybody, try the refused ones again, or bill one buyer

    One invoice per buyer, with the link sent in private. What is billed is not billed twice, so it may be sent again
    at any time.
    """
    show = await context.show()
    if plain_name(whom).lower() == "retry":
        issued = await retry_invoices(
            context.assistant,
            context.workspace_id,
            show.id,
            channel_id=context.channel.id,
            chat_id=context.message.chat_id,
        )
        return _left_out(issued) if issued.run_id is not None else "Nothing to try again: no invoice was refused."
    only = await _only(context, show, whom, "invoice {}")
    await context.assistant.database.read(check_claims, show)
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
    return await context.assistant.database.read(why_nothing, show, only, issued.under_way)


@commands.add("retry", topic="")
async def retry(context: Context) -> Reply | str:
    """try the refused invoices again"""
    return await invoice(context, "retry")


@commands.add("send all|<buyer...>", topic="money", example="send @mai")
async def send(context: Context, whom: str) -> Reply | str:
    """send the pay links that did not arrive yet, or one buyer's once more"""
    show = await context.show()
    await send_links(
        context.assistant,
        context.workspace_id,
        show.id,
        only=await _only(context, show, whom, "send {}"),
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    return ""


@commands.add("resend [<buyer...>]", topic="money", example="resend @mai")
async def resend_(context: Context, whom: str | None) -> Reply | str:
    """send every link again that failed or may not have arrived, or one buyer's link"""
    if context.message.tap_id is not None and whom is not None and whom.isdecimal():
        going = await resend(context.assistant, context.workspace_id, int(whom[:18]))
        return "Sending it again." if going else "Not sent again: it is under way, or has nothing to say any more."
    return await send(context, whom or "all")


@commands.add("remind [<buyer...>]", topic="money", example="remind @mai")
async def remind(context: Context, whom: str | None) -> Reply | str:
    """remind everybody who has an unpaid link, once a day at most, or one buyer now"""
    show = await context.show()
    await remind_buyers(
        context.assistant,
        context.workspace_id,
        show.id,
        only=await _only(context, show, whom or "all", "remind {}"),
        by=context.by,
        key=context.key,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    return ""


@commands.add("void <buyer...>", topic="money", example="void @mai")
async def void(context: Context, who: str) -> Reply | str:
    """void a buyer's unpaid invoice; what was on it can be billed again"""
    show = await context.show()
    buyer = await find_buyer(context, show, who, line="void {}")
    theirs = await context.assistant.database.read(invoices.of_show, context.workspace_id, show.id, buyer_id=buyer.id)
    if not theirs:
        raise BadInput(f"{buyer.label} has no invoice in “{show.title}”.")
    unpaid = [one for one in theirs if one.status in TO_BE_VOIDED]
    unpaid = unpaid or [one for one in theirs if one.is_covered]
    for one in unpaid or theirs[-1:]:
        check_voidable(one, buyer.label)
    for one in unpaid:
        await order_void(context.assistant, context.workspace_id, one.id)
    return f"Voiding {buyer.label}'s invoice of {' and '.join(str(one.total) for one in unpaid)}."


@commands.add("status", topic="money")
async def status(context: Context) -> Reply | str:
    """say how the show, the invoices and the connections stand"""
    lines, again = await context.assistant.database.read(
        _status, context.workspace_id, context.assistant.settings.public_url, context.now
    )
    lines += await _connections(context)
    lines.append(await context.assistant.database.read(_channels, context))
    return Reply(text="\n".join(lines), buttons=again)


async def _only(context: Context, show: Show, whom: str, line: str) -> Collection[int] | None:
    if plain_name(whom).lower() == "all":
        return None
    return [(await find_buyer(context, show, whom, line=line)).id]


def _left_out(issued: Issued) -> str:
    """The run's own message shows the progress; only what it leaves out is said here."""
    if not issued.under_way:
        return ""
    return f"{issued.under_way} left out: their invoice is being made right now. Send it again in a minute."


def _status(
    tx: sa.Connection, workspace_id: int, public_url: str, now: datetime
) -> tuple[list[str], tuple[tuple[Button, ...], ...]]:
    lines: list[str] = []
    again: list[tuple[Button, ...]] = []
    if not shows.newest(tx, workspace_id, limit=1):
        lines.append("No show yet. Send: /show new My first show")
    else:
        show = current_show(tx, workspace_id)
        lines += _show_lines(tx, show, now)
        hands, again = _hands(tx, show, public_url)
        lines += hands
    if gave_up := len(list_stuck(tx, workspace_id)):
        lines.append(f"{gave_up} stuck: /stuck")
    if unanswered := counters.all_of(tx, workspace_id).get(f"{UNANSWERED}{now:%Y-%m-%d}"):
        lines.append(f"Answers not given today: {unanswered}")
    return lines, tuple(again)


async def _connections(context: Context) -> list[str]:
    """How each provider is connected, of those there are in this installation."""
    variant = context.assistant.settings.variant
    there = await context.assistant.database.read(connections, context.workspace_id)
    lines = [_integration_line(one) for one in there if is_offered(one.provider, variant)]
    if not works_in("integrations", variant):
        return lines
    lines = lines or ["No payment provider. In private: /stripe connect"]
    known = {one.provider for one in there}
    lines += [
        f"{provider.display_name}: what the settings say is not connected. To try it now: /{provider.name} test"
        for provider in offered(variant).values()
        if provider.name not in known and _is_in_settings(context, provider)
    ]
    return lines


def _show_lines(tx: sa.Connection, show: Show, now: datetime) -> list[str]:
    tally = tallies.of_show(tx, show.workspace_id, show.id)
    totals = invoices.totals(tx, show.workspace_id, show.id)
    title = f"“{show.title}”: {show.status.value}"
    if show.status is ShowStatus.LIVE and show.started_at is not None:
        minutes = int((now - show.started_at).total_seconds() // 60)
        title += f" for {minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f" for {minutes} min"
    lines = [
        title,
        f"{tally['comments']} comments, {tally.get('winner', 0)} winners, {tally.get('waitlisted', 0)} waiting",
    ]
    if unclear := doubts.count_open(tx, show.workspace_id, show.id):
        lines.append(f"{unclear} unclear: /doubts")
    if tally.get("offered"):
        lines.append(f"{tally['offered']} asked whether they want what became free")
    for state, total in totals.items():
        line = f"{total.number} {status_word(InvoiceStatus(state))}: {Money(total.amount_cents, show.currency)}"
        if state == InvoiceStatus.PARTLY_PAID:
            line += f", {Money(max(total.amount_cents - total.paid_cents, 0), show.currency)} of it open"
        elif state == InvoiceStatus.PARTLY_REFUNDED:
            line += f", {Money(total.refunded_cents, show.currency)} of it back"
        lines.append(line)
    return lines if totals else [*lines, "No invoices yet."]


def _hands(tx: sa.Connection, show: Show, public_url: str) -> tuple[list[str], list[tuple[Button, ...]]]:
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
        lines.append(f"• {label}: {_NEEDS_A_HAND[link.status]} {one.pay_link(public_url) or ''}".rstrip())
        rows += button(f"Send {label} again"[:40], f"resend {link.id}")
    if len(stuck) > MOST_LISTED:
        lines.append(f"… and {len(stuck) - MOST_LISTED} more")
    return lines, rows


def _is_in_settings(context: Context, provider: type[PaymentProvider]) -> bool:
    try:
        return provider.from_settings(context.assistant.app_of(provider.name)) is not None
    except BadInput:
        return True


def _integration_line(one: integrations.Integration) -> str:
    mode = "live mode" if one.livemode else "test mode"
    state = f"{one.status}, {mode}" if one.status == "active" else "disconnected"
    if one.status == "error":
        state = f"not working: {one.error}"
    return f"{display_name(one.provider)}: {one.display_name}, {state}"


def _channels(tx: sa.Connection, context: Context) -> str:
    muted = [feed.title or feed.external_id for feed in channels.feeds_of(tx, context.workspace_id) if feed.muted]
    there = [
        f"{connected.channel.platform.capitalize()}: {connected.channel.title}"
        for connected in context.assistant.connected.values()
        if connected.channel.workspace_id == context.workspace_id
    ]
    return "\n".join([*there, *([f"Not listening to: {', '.join(muted)}"] if muted else [])])
