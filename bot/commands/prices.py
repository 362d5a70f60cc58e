"""Commands about what a show charges: shipping, pickup, sending later, taxes, and billing anew."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.naming import find_buyer, names, plain_name
from bot.commands.price_lines import SHIPPING_EXAMPLE, describe_shipping, describe_tax, read_shipping, read_tax
from bot.commands.table import Commands, Context, Reply
from bot.domain.buyer import Buyer
from bot.domain.show import Show
from bot.workflows.merge_invoices import merge_invoices
from bot.workflows.rebill_invoices import rebill_invoices
from bot.workflows.reserve_invoices import Issued
from bot.workflows.set_prices import agree_later, agree_pickup, set_pricing

commands = Commands()


@commands.add("shipping", topic="prices")
async def shipping(context: Context) -> Reply | str:
    """say what shipping costs in this show"""
    show = await context.show()
    return f"{_shipping(show)} To change it: {SHIPPING_EXAMPLE}"


@commands.add("shipping <what...>", topic="prices", example="shipping flat 7 free over 100")
async def shipping_set(context: Context, what: str) -> Reply | str:
    """set it: flat 7, per item 2 up to 9, free over 100, free off, off, pickup on

    It is charged once per show and buyer, however many invoices that takes. New shows begin with the same.
    """
    show = await set_pricing(
        context.assistant,
        context.workspace_id,
        (await context.show()).id,
        lambda show: replace(show.pricing, shipping=read_shipping(what, show.pricing.shipping, show.currency)),
    )
    return _shipping(show)


@commands.add("pickup <buyer...>", topic="prices", example="pickup @mai")
async def pickup(context: Context, who: str) -> Reply | str:
    """a buyer fetches what they have in this show: no shipping; pickup off @mai has it sent after all"""
    show, buyer, on = await _whom(context, who, "pickup")
    await agree_pickup(context.assistant, context.workspace_id, show.id, buyer.id, on=on)
    said = "is on pickup: no shipping" if on else "has it sent"
    return f"{buyer.label} {said} in “{show.title}”.{await billed_anew(context, show, buyer)}"


@commands.add("later <buyer...>", topic="prices", example="later @mai")
async def later(context: Context, who: str) -> Reply | str:
    """send what a buyer has in this show with what they have in a later one: shipping is charged once for both

    What is paid stays. The next invoice bills the difference to what one parcel costs. later off @mai ends it.
    """
    show, buyer, on = await _whom(context, who, "later")
    await agree_later(context.assistant, context.workspace_id, show.id, buyer.id, on=on)
    if not on:
        return f"What {buyer.label} has in “{show.title}” is sent by itself."
    return f"What {buyer.label} has in “{show.title}” is sent later; the next invoice bills the rest of the shipping."


@commands.add("tax", topic="prices")
async def tax(context: Context) -> Reply | str:
    """say which tax this show adds"""
    return _tax(await context.show())


@commands.add("tax <what...>", topic="prices", example="tax 8.25% Sales tax")
async def tax_set(context: Context, what: str) -> Reply | str:
    """set it: 8.25% Sales tax is added, 7% VAT included is only shown; off

    It is on the goods after discounts, and on shipping; without shipping at the end leaves that out. Leave it off
    where your payment provider computes taxes.
    """
    wanted = read_tax(what)
    show = await set_pricing(
        context.assistant,
        context.workspace_id,
        (await context.show()).id,
        lambda show: replace(show.pricing, tax=wanted),
    )
    return _tax(show)


@commands.add("rebill all|<buyer...>", topic="prices", example="rebill @mai")
async def rebill(context: Context, whom: str) -> Reply | str:
    """bill unpaid invoices anew, with the prices, shipping, taxes, coupons and credit of now

    Only those whose bill has changed: the old link stops working and a new one goes out.
    """
    show = await context.show()
    only = None
    if plain_name(whom).lower() != "all":
        only = [(await find_buyer(context, show, whom, line="rebill {}")).id]
    issued = await _rebill(context, show, only)
    if issued.run_id is None and not issued.under_way:
        return "Nothing to bill anew: no unpaid invoice would say anything else."
    left_out = "Left out what is being made right now or was refused. Try again in a minute, or send /invoice retry"
    return left_out if issued.under_way else ""


@commands.add("onebill <buyer...>", topic="prices", example="onebill @mai")
async def onebill(context: Context, who: str) -> Reply | str:
    """merge what a buyer has not paid, of all shows, into one invoice with one shipping

    The old links stop working. It counts as an invoice of the newest of these shows, with the prices of that show.
    """
    buyer = await find_buyer(context, await context.show(), who, line="onebill {}")
    merged = await merge_invoices(
        context.assistant,
        context.workspace_id,
        buyer.id,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    said = f"Making one invoice of {names(one.number for one in merged.old)} for {buyer.label}."
    return f"{said} {merged.left} more cannot be merged with these." if merged.left else said


async def billed_anew(context: Context, show: Show, buyer: Buyer) -> str:
    """Bill a buyer's unpaid invoice anew because of what was agreed, and say so; empty when there is none."""
    issued = await _rebill(context, show, [buyer.id])
    if issued.under_way:
        return " Their invoice is being made right now; if it comes without: /rebill " + buyer.label
    return " Their unpaid invoice is billed anew." if issued.run_id is not None else ""


async def _rebill(context: Context, show: Show, only: list[int] | None) -> Issued:
    return await rebill_invoices(
        context.assistant,
        context.workspace_id,
        show.id,
        only=only,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )


async def _whom(context: Context, who: str, command: str) -> tuple[Show, Buyer, bool]:
    """The show, the buyer, and whether it is to be on: `off @mai` is not."""
    first, _, rest = who.partition(" ")
    on = first.lower() not in ("on", "off") or not rest
    if not on:
        on, who = first.lower() == "on", rest
    show = await context.show()
    line = f"{command} {{}}" if on else f"{command} off {{}}"
    return show, await find_buyer(context, show, who, line=line), on


def _shipping(show: Show) -> str:
    return f"Shipping in “{show.title}”: {describe_shipping(show.pricing.shipping, show.currency)}."


def _tax(show: Show) -> str:
    return f"Tax in “{show.title}”: {describe_tax(show.pricing.tax)}."
