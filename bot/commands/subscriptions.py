"""Commands about what buyers pay again and again, and about their own page at the provider."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.commands.naming import find_buyer
from bot.commands.payments import number
from bot.commands.sums import read_money
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.subscription import ASKED, OVER, Change, Subscription, can
from bot.kit.errors import BadInput, Busy, OutcomeUnknown, Unreachable
from bot.kit.redact import redact
from bot.workflows.keep_subscriptions import (
    Wanted,
    change_subscription,
    look_at_subscription,
    open_again,
    open_subscription,
)
from bot.workflows.open_portals import open_portal
from messaging.base import Button
from storage import buyers, subscriptions

commands = Commands()

MOST_LISTED = 8
_CHANGES = {Change.PAUSE: "Pause", Change.RESUME: "Resume", Change.CANCEL: "Cancel"}


@commands.add(
    "subscribe <buyer...> <amount> day|week|month|year <title...>",
    topic="money",
    example="subscribe @mai 25 month A box a month",
)
async def subscribe(context: Context, who: str, amount: str, interval: str, title: str) -> Reply | str:
    """have a buyer pay the same sum again and again; they get the page for the first payment in private

    Their card is kept at the provider with the first payment, and charged each time from then on.
    """
    show = await context.show()
    interval = interval.lower()
    buyer = await find_buyer(context, show, who, line=f"subscribe {{}} {amount} {interval} {title}")
    price = read_money(amount, show.currency)
    wanted = Wanted(
        order_id=f"chat:{context.key}",
        buyer_id=buyer.id,
        title=" ".join(title.split())[:250],
        amount=price,
        interval=interval,
        by=context.by,
    )
    try:
        made = await open_subscription(context.assistant, context.workspace_id, wanted)
    except (Busy, Unreachable, OutcomeUnknown) as trouble:
        known = await context.assistant.database.read(subscriptions.named, context.workspace_id, wanted.order_id)
        return Reply(text=f"{redact(trouble.message)} Nothing is begun twice by trying again.", buttons=_again(known))
    return _begun(made, buyer.label)


@commands.add("subscription again <id>", topic="")
async def subscription_again(context: Context, subscription_id: str) -> Reply | str:
    """go on with one of which nobody knows whether it began"""
    made = await open_again(context.assistant, context.workspace_id, number(subscription_id))
    return _begun(made, await _label(context, made))


@commands.add("subscription cancel <id>", topic="")
async def subscription_cancel(context: Context, subscription_id: str) -> Reply | str:
    """ask before a subscription is ended"""
    found = await _the(context, subscription_id)
    who = await _label(context, found)
    text = f"End {who}'s subscription {_what(found)} at once? It cannot be begun again, only a new one."
    return Reply(text=text, buttons=button("End it", f"subscription end {found.id}"))


@commands.add("subscription pause|resume|end <id>", topic="")
async def subscription_change(context: Context, what: str, subscription_id: str) -> Reply | str:
    """pause, resume or end a subscription"""
    change = Change.CANCEL if what.lower() == "end" else Change(what.lower())
    now = await change_subscription(
        context.assistant, context.workspace_id, number(subscription_id), change, by=context.by
    )
    return Reply(text=_line(now, await _label(context, now)), buttons=_buttons(now, ""))


@commands.add("subscriptions [<buyer...>]", topic="money", example="subscriptions @mai")
async def subscriptions_(context: Context, who: str | None) -> Reply | str:
    """list what buyers pay again and again, with buttons to pause, resume and cancel; or one buyer's, ended ones too"""
    buyer_id = None
    if who is not None:
        show = await context.show()
        buyer_id = (await find_buyer(context, show, who, line="subscriptions {}")).id
    found, labels = await context.assistant.database.read(_listed, context.workspace_id, buyer_id)
    if not found:
        return "No subscription. To begin one: /subscribe @mai 25 month A box a month"
    now = await asyncio.gather(*(look_at_subscription(context.assistant, one) for one in found[:MOST_LISTED]))
    lines = [f"{place}. {_line(one, labels[one.buyer_id])}" for place, one in enumerate(now, 1)]
    if len(found) > MOST_LISTED:
        lines.append("… and more. For one buyer: /subscriptions @mai")
    rows = tuple(row for place, one in enumerate(now, 1) for row in _buttons(one, f" {place}"))
    return Reply(text="\n".join(lines), buttons=rows)


@commands.add("portal <buyer...>", topic="money", private=True, example="portal @mai")
async def portal(context: Context, who: str) -> Reply | str:
    """have a link to a buyer's own page at the provider, where they change their card or end what they pay"""
    show = await context.show()
    buyer = await find_buyer(context, show, who, line="portal {}")
    url = await open_portal(context.assistant, context.workspace_id, buyer)
    return Reply(
        text=f"For {buyer.label} alone, and only for some minutes:\n{url}",
        buttons=((Button(title="Copy the link", copy=url),),),
    )


def _begun(made: Subscription, label: str) -> Reply | str:
    if made.external_url is None:
        return _line(made, label)
    return f"{_line(made, label)}. I send them the page for the first payment."


def _what(found: Subscription) -> str:
    return f"“{found.title}”, {found.amount} each {found.interval}"


def _line(found: Subscription, label: str) -> str:
    stands = {ASKED: "not known whether it began", "incomplete": "first payment to come"}
    return f"{label}: {_what(found)}: {stands.get(found.status, found.status.replace('_', ' '))}"


def _again(made: Subscription | None) -> tuple[tuple[Button, ...], ...]:
    return () if made is None else button("Try again", f"subscription again {made.id}")


def _buttons(found: Subscription, place: str) -> tuple[tuple[Button, ...], ...]:
    """One row with what can be done to it."""
    if found.status == ASKED:
        return _again(found)
    row = tuple(
        Button(title=f"{title}{place}", payload=f"subscription {change.value} {found.id}")
        for change, title in _CHANGES.items()
        if can(change, found.status)
    )
    return (row,) if row else ()


def _listed(tx: sa.Connection, workspace_id: int, buyer_id: int | None) -> tuple[list[Subscription], dict[int, str]]:
    found = subscriptions.listed(
        tx, workspace_id, but=OVER if buyer_id is None else (), buyer_id=buyer_id, limit=MOST_LISTED + 1
    )
    people = buyers.many(tx, workspace_id, {one.buyer_id for one in found})
    return found, {known_as: buyer.label for known_as, buyer in people.items()}


async def _the(context: Context, subscription_id: str) -> Subscription:
    wanted = number(subscription_id)
    found = await context.assistant.database.read(subscriptions.get, context.workspace_id, wanted)
    if found is None:
        raise BadInput("There is no such subscription.")
    return found


async def _label(context: Context, found: Subscription) -> str:
    buyer = await context.assistant.database.read(buyers.get, context.workspace_id, found.buyer_id)
    assert buyer is not None, "subscriptions refer to their buyer"
    return buyer.label
