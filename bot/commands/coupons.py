"""Commands about coupons and store credit."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.commands.naming import find_buyer
from bot.commands.price_lines import COUPON_EXAMPLE, read_coupon, read_credit
from bot.commands.prices import billed_anew
from bot.commands.table import Commands, Context, Reply
from bot.domain.buyer import Buyer
from bot.domain.coupon import Coupon
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.workflows.give_credit import give_credit
from bot.workflows.run_coupons import Offer, apply_coupon, from_how_much, new_coupon, switch_coupon
from storage import coupons, credits

commands = Commands()


@commands.add("coupon new <code> <what...>", topic="prices", example=COUPON_EXAMPLE.removeprefix("/"))
async def coupon_new(context: Context, code: str, what: str) -> Reply | str:
    """make a coupon: 10% or 5.00 off; x20 for twenty uses, until 2026-12-31, from 30 for a minimum

    One counts on an invoice, and once for each buyer. Buyers may also write the code to the bot in private.
    """
    show = await context.show()
    read = read_coupon(code, what, show.currency)
    if read.until is not None and read.until <= context.now:
        raise BadInput(f"That day is over, so nobody could use {read.code}. Send a later one, like until 2030-12-31")
    made = await new_coupon(
        context.assistant,
        context.workspace_id,
        Offer(
            code=read.code,
            percent=read.percent,
            amount_cents=read.amount.amount if read.amount else None,
            currency=show.currency,
            least_cents=read.least.amount if read.least else None,
            most_uses=read.most_uses,
            until=read.until,
        ),
        by=context.by,
        key=context.key,
    )
    return f"{_described(made)}. For one buyer: /coupon {made.code} @mai"


@commands.add("coupon list", topic="prices")
async def coupon_list(context: Context) -> Reply | str:
    """list the coupons, with how often each was used"""
    found = await context.assistant.database.read(coupons.newest, context.workspace_id)
    if not found:
        return f"There are no coupons yet. Send: {COUPON_EXAMPLE}"
    return "\n".join(_described(one) for one in found)


@commands.add("coupon off|on <code>", topic="prices", example="coupon off SUMMER")
async def coupon_switch(context: Context, how: str, code: str) -> Reply | str:
    """let nobody new use a coupon, or let them again"""
    on = how.lower() == "on"
    coupon = await switch_coupon(context.assistant, context.workspace_id, code, on=on)
    return f"{coupon.code} is {'on' if on else 'off'}."


@commands.add("coupon <code> <buyer...>", topic="prices", example="coupon SUMMER @mai")
async def coupon(context: Context, code: str, who: str) -> Reply | str:
    """have a coupon count on a buyer's bill of this show; an unpaid invoice is billed anew"""
    if code.lower() == "new":
        raise BadInput(f"Send the code and what it takes off, like {COUPON_EXAMPLE}")
    show = await context.show()
    buyer = await find_buyer(context, show, who, line=f"coupon {code} {{}}")
    applied = await apply_coupon(context.assistant, context.workspace_id, show.id, buyer.id, code)
    said = f"{applied.code} takes {applied.worth} off what {buyer.label} has in “{show.title}”."
    return f"{said}{from_how_much(applied, show)}{await billed_anew(context, show, buyer)}"


@commands.add("credit <buyer> <what...>", topic="prices", example="credit @mai 5.00 sorry for the delay")
async def credit_give(context: Context, who: str, what: str) -> Reply | str:
    """give a buyer store credit, with a reason; it pays for their next invoice by itself

    An amount below zero takes some back. Credit of an invoice that is voided comes back by itself.
    """
    show = await context.show()
    amount, reason = read_credit(what, show.currency)
    buyer = await find_buyer(context, show, who, line=f"credit {{}} {what}")
    balance = await give_credit(
        context.assistant, context.workspace_id, buyer.id, amount, reason, by=context.by, key=context.key
    )
    return f"{buyer.label} has {balance} of credit now. To use it on an unpaid invoice: /rebill {buyer.label}"


@commands.add("credit <buyer>", topic="prices", example="credit @mai")
async def credit(context: Context, who: str) -> Reply | str:
    """say how much store credit a buyer has, and how it came and went"""
    buyer = await find_buyer(context, await context.show(), who, line="credit {}")
    return await context.assistant.database.read(_credit, context.workspace_id, buyer)


def _credit(tx: sa.Connection, workspace_id: int, buyer: Buyer) -> str:
    has = credits.balances_of(tx, workspace_id, buyer.id)
    if not has:
        return f"{buyer.label} has no credit. To give some: /credit {buyer.label} 5.00 and why"
    lines = [f"{buyer.label} has {' and '.join(str(Money(cents, currency)) for currency, cents in has.items())}."]
    for one in credits.newest(tx, workspace_id, buyer.id):
        sign = "+" if one.amount_cents > 0 else ""
        lines.append(f"{one.moved_at:%Y-%m-%d} {sign}{Money(one.amount_cents, one.currency)} {one.reason}")
    return "\n".join(lines)


def _described(coupon: Coupon) -> str:
    """“SUMMER: 10% off, from 30.00 USD on, until 2026-12-31, used 3 of 20”."""
    parts = [f"{coupon.code}: {coupon.worth} off"]
    if coupon.least_cents:
        parts.append(f"from {Money(coupon.least_cents, coupon.currency)} on")
    if coupon.until is not None:
        parts.append(f"until {coupon.until - timedelta(days=1):%Y-%m-%d}")
    parts.append(f"used {coupon.used}" if coupon.most_uses is None else f"used {coupon.used} of {coupon.most_uses}")
    return ", ".join(parts if coupon.open else [*parts, "off"])
