"""Commands about payments: what came by hand, taken back again, and money sent back."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from bot.commands.naming import Unclear, find_buyer, names
from bot.commands.sums import read_money
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.books import Method
from bot.domain.buyer import Buyer
from bot.domain.invoice import HAS_MONEY, Invoice, InvoiceStatus
from bot.domain.money import Money
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.balance_invoices import order_balance
from bot.workflows.explain_invoices import status_word
from bot.workflows.order_refunds import Ordered, order_refund, refund_again
from bot.workflows.record_payments import TAKES, Part, Recorded, record_payment, undo_payment
from bot.workflows.settle_refunds import ITEMS_STAY
from bot.workflows.take_slips import confirm_slip, refuse_slip, slip_of
from storage import invoices

commands = Commands()

METHODS = {method.word: method for method in Method}
_SUM = re.compile(r"\W?\d")
"""How a sum begins, with or without a sign before it."""
_WORDS_BEHIND = re.compile(r"([@#][^\s@#]\S*)\s+(\S.*)", re.DOTALL)
"""A handle or a number, neither of which has a space in it, and what else was written."""
_PART = re.compile(rf"({'|'.join(METHODS)})\b", re.IGNORECASE)
MOST_LISTED = 8


@commands.add("paid again <invoice>", topic="")
async def paid_again(context: Context, invoice_id: str) -> Reply | str:
    """see to an invoice's page again, after something was paid another way"""
    found = await invoice_by_id(context, invoice_id)
    await order_balance(context.assistant, context.workspace_id, found.id)
    if found.waits_for_page:
        return f"Making a page for the {found.rest} that is left. Its link goes out as soon as it is there."
    return "Trying again."


@commands.add("paid on <invoice> <how...>", topic="")
async def paid_on(context: Context, invoice_id: str, how: str) -> Reply | str:
    """write down that this invoice was paid"""
    found = await invoice_by_id(context, invoice_id)
    if how.lower() == "undo":
        return await _undo(context, found)
    return await _record(context, found, how)


@commands.add("paid <buyer...> undo", topic="money", example="paid @mai undo")
async def paid_undo(context: Context, who: str) -> Reply | str:
    """take back what you wrote down last as paid, within a week; the pay link asks for it again"""
    buyer, theirs = await invoices_meant(context, who, line="paid {} undo", which=lambda one: one.paid_cents > 0)
    if not theirs:
        raise BadInput(f"Nothing was written down as paid by {buyer.label}.")
    return await _undo(context, the_one(theirs, f"What of {buyer.label}?", "paid on {} undo"))


@commands.add("paid <buyer...> cash|card|check|bank|other [<amount...>]", topic="money", example="paid @mai cash 20")
async def paid(context: Context, who: str, method: str, amount: str | None) -> Reply | str:
    """write down what a buyer paid by hand: all that is open, or so much

    What came two ways goes in one line: /paid @mai cash 20 card 15. Their pay link is closed, or asks for the rest, so
    that nobody pays twice.
    """
    how = f"{method} {amount or ''}".strip()
    buyer, theirs = await invoices_meant(context, who, line=f"paid {{}} {how}", which=lambda one: one.status in TAKES)
    if not theirs:
        raise BadInput(await context.assistant.database.read(_why_not, context.workspace_id, buyer))
    found = the_one(theirs, f"Which invoice of {buyer.label}?", f"paid on {{}} {how}")
    return await _record(context, found, how)


@commands.add("paid how <invoice>", topic="")
async def paid_which_way(context: Context, invoice_id: str) -> Reply | str:
    """ask how an invoice was paid"""
    return _which_way(await invoice_by_id(context, invoice_id))


@commands.add("paid <buyer...>", topic="")
async def paid_how(context: Context, who: str) -> Reply | str:
    """ask how a buyer paid"""
    if (more := _WORDS_BEHIND.fullmatch(who)) is not None:
        raise BadInput(f"How did {more[1]} pay? One of {', '.join(METHODS)}, like: /paid {more[1]} cash 20")
    buyer, theirs = await invoices_meant(context, who, line="paid {}", which=lambda one: one.status in TAKES)
    if not theirs:
        raise BadInput(await context.assistant.database.read(_why_not, context.workspace_id, buyer))
    return _which_way(the_one(theirs, f"Which invoice of {buyer.label}?", "paid how {}"))


def _which_way(invoice: Invoice) -> Reply:
    ways = [button(word.capitalize(), f"paid on {invoice.id} {word}") for word in METHODS]
    text = f"{invoice.rest} of {invoice.number} is open. How was it paid? A part goes like this: /paid @mai cash 20"
    return Reply(text=text, buttons=tuple(row for way in ways for row in way))


@commands.add("refund again <refund>", topic="")
async def refund_again_(context: Context, refund_id: str) -> Reply | str:
    """try a refund again"""
    ordered = await refund_again(context.assistant, context.workspace_id, number(refund_id), by=context.by)
    return "Trying again." if ordered is None else _goes_back(ordered)


@commands.add("refund of <invoice> [<amount...>]", topic="")
async def refund_of(context: Context, invoice_id: str, amount: str | None) -> Reply | str:
    """send money of this invoice back"""
    return await _refund(context, await invoice_by_id(context, invoice_id), amount)


@commands.add("refund <buyer...> [<amount>]", topic="money", example="refund @mai 5")
async def refund(context: Context, who: str, amount: str | None) -> Reply | str:
    """send back what a buyer paid, all of it or so much

    What came by hand is only written down: you hand it back. The items stay theirs until you /release them.
    """
    if amount is not None and not _SUM.match(amount):
        who, amount = f"{who} {amount}", None
    if (words := _WORDS_BEHIND.fullmatch(who)) is not None:  # never all the money for a sum that was not understood
        raise BadInput(f"“{words[2]}” is no sum of money. Like: /refund {words[1]} 5")
    more = f" {amount}" if amount else ""
    buyer, theirs = await invoices_meant(
        context, who, line=f"refund {{}}{more}", which=lambda one: one.status in HAS_MONEY
    )
    if not theirs:
        raise BadInput(f"{buyer.label} has paid nothing yet.")
    left = [one for one in theirs if one.paid_cents > one.refunded_cents] or theirs[-1:]
    found = the_one(left, f"Which payment of {buyer.label}?", f"refund of {{}}{more}", paid=True)
    return await _refund(context, found, amount)


@commands.add("slip yes <payment>", topic="")
async def slip_yes(context: Context, payment_id: str) -> Reply | str:
    """say that a transfer came, of which a buyer sent a picture"""
    invoice = await confirm_slip(context.assistant, context.workspace_id, number(payment_id), by=context.by)
    return f"Written down: all of {invoice.number} is paid."


@commands.add("slip no <payment>", topic="")
async def slip_no(context: Context, payment_id: str) -> Reply | str:
    """say that it did not come"""
    invoice = await refuse_slip(context.assistant, context.workspace_id, number(payment_id), by=context.by)
    return f"They are told that it has not come. {invoice.rest} of {invoice.number} is open."


async def _record(context: Context, invoice: Invoice, how: str) -> Reply:
    recorded = await record_payment(
        context.assistant,
        context.workspace_id,
        invoice.id,
        read_parts(how, invoice.currency),
        by=context.by,
        key=context.key,
        slip=slip_of(context.channel, context.message),
        but=context.answered,
    )
    return Reply(text=_written_down(recorded), buttons=button("Undo", f"paid on {invoice.id} undo"))


async def _undo(context: Context, invoice: Invoice) -> str:
    undone = await undo_payment(
        context.assistant, context.workspace_id, invoice.id, by=context.by, key=context.key, but=context.answered
    )
    (payment,) = undone.parts
    amount = Money(payment.amount_cents, payment.currency)
    return f"Taken back: {amount} ({Method(payment.method).word}). {undone.buyer} owes {undone.invoice.rest} again."


async def _refund(context: Context, invoice: Invoice, amount: str | None) -> str:
    cents = None if amount is None else read_money(amount, invoice.currency).amount
    ordered = await order_refund(
        context.assistant,
        context.workspace_id,
        invoice.id,
        cents,
        by=context.by,
        key=context.key,
        but=context.answered,
    )
    return _goes_back(ordered)


def _written_down(recorded: Recorded) -> str:
    parts = names(f"{Money(one.amount_cents, one.currency)} ({Method(one.method).word})" for one in recorded.parts)
    rest = recorded.invoice.rest
    if recorded.invoice.status is InvoiceStatus.PAID:
        return f"Written down: {parts}. {recorded.buyer} has paid all of {recorded.invoice.number}."
    return f"Written down: {parts}. {recorded.buyer} owes {rest} more; their pay link will ask for that."


def _goes_back(ordered: Ordered) -> str:
    lines = []
    if ordered.sent.amount:
        lines.append(f"Sending {ordered.sent} back to {ordered.buyer}. I will tell you when it is done.")
    if ordered.by_hand:
        parts = names(f"{amount} ({method.word})" for amount, method in ordered.by_hand)
        lines.append(f"Hand {parts} back to {ordered.buyer} yourself: it is written down as done.")
    return "\n".join([*lines, ITEMS_STAY])


def read_parts(how: str, currency: str) -> list[Part]:
    """“cash 20 card 15” as its parts; a sum may be left out of one. Raises BadInput."""
    before, *pieces = _PART.split(how.strip())
    if before.strip() or not pieces:
        raise BadInput(f"How was it paid? One of {', '.join(METHODS)}, like: cash 20")
    return [
        Part(method=METHODS[word.lower()], cents=read_money(amount, currency).amount if amount.strip() else None)
        for word, amount in zip(pieces[::2], pieces[1::2], strict=True)
    ]


async def invoices_meant(
    context: Context, who: str, *, line: str, which: Callable[[Invoice], bool]
) -> tuple[Buyer, list[Invoice]]:
    """A buyer, and their invoices that may be meant: of the current show, or, when it has none, of any."""
    show = await context.show()
    buyer = await find_buyer(context, show, who, line=line)
    return buyer, await context.assistant.database.read(_meant, show, buyer, which)


def _meant(tx: sa.Connection, show: Show, buyer: Buyer, which: Callable[[Invoice], bool]) -> list[Invoice]:
    every = invoices.all_of_buyer(tx, show.workspace_id, buyer.id)
    fit = [one for one in every if which(one)]
    return [one for one in fit if one.show_id == show.id] or fit


def the_one(theirs: list[Invoice], question: str, line: str, *, paid: bool = False) -> Invoice:
    """The one invoice there is. Raises Unclear with a button for each, the newest first."""
    if len(theirs) == 1:
        return theirs[0]
    shown = theirs[::-1][:MOST_LISTED]
    rows = tuple(
        row
        for one in shown
        for row in button(
            f"{one.number}: {Money(one.paid_cents - one.refunded_cents, one.currency) if paid else one.rest}",
            line.format(one.id),
        )
    )
    raise Unclear(Reply(text=question, buttons=rows))


def _why_not(tx: sa.Connection, workspace_id: int, buyer: Buyer) -> str:
    every = [one for one in invoices.all_of_buyer(tx, workspace_id, buyer.id) if one.status is not InvoiceStatus.VOID]
    if every:
        return f"{buyer.label}'s invoice is {status_word(every[-1].status)} already."
    return f"{buyer.label} has no invoice to be paid. To make one: /invoice {buyer.label}"


async def invoice_by_id(context: Context, invoice_id: str) -> Invoice:
    """The invoice that a button names. Raises BadInput."""
    found = await context.assistant.database.read(invoices.get, context.workspace_id, number(invoice_id))
    if found is None:
        raise BadInput("There is no such invoice.")
    return found


def number(typed: str) -> int:
    """An id as a button carries it; 0 is nobody's."""
    return int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else 0
