"""Commands that show claims: who has what, who waits, and what each buyer owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.commands.lights import lit, warned
from bot.commands.naming import line_of, pieces
from bot.commands.table import Commands, Context, Reply
from bot.domain.buyer import Account, Buyer
from bot.domain.claim import Claim, ClaimStatus
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.domain.option_stock import item_code, with_pieces
from bot.domain.pricing import goods_cents
from bot.domain.show import Item, Show
from bot.domain.spans import until
from bot.workflows.run_shows import current_show
from bot.workflows.stock_options import the_item
from storage import accounts, buyers, claims, doubts, invoices, items, tallies

commands = Commands()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A show as it stands: its items, who has or awaits them, and how many comments are left over."""

    show: Show
    items: Sequence[Item]
    claims: Sequence[Claim]
    people: dict[int, Buyer]
    accounts: dict[int, list[Account]]
    """What they won and paid in every show."""
    tally: dict[str, int]
    invoices: dict[int, InvoiceStatus]
    unclear: int
    """Comments that wait for an operator to say what they mean."""

    def label(self, claim: Claim) -> str:
        if claim.buyer_id not in self.people:
            return "somebody"
        return warned(self.people[claim.buyer_id], self.accounts.get(claim.buyer_id, ()))


@commands.add("claims [<code>]", topic="claims", example="claims 12")
async def claims_(context: Context, code: str | None) -> Reply | str:
    """list winners and waitlists, of every item or of one

    A sign beside a name says to look twice: 🟡 paid a part of what is due, 🔴 owes, 🚫 is blocked.
    """
    standing = await context.assistant.database.read(_standing, context.workspace_id)
    if code is not None:
        item = await context.assistant.database.read(the_item, context.workspace_id, standing.show, code)
        rows = [row for row in standing.items if row.parent_id == item.id] or [item]
        return "\n".join(line for row in rows for line in _item_lines(row, standing, context.now))
    claimed = [item for item in standing.items if item.won or item.waiting]
    if not standing.items:
        return f"“{standing.show.title}” has no items yet. Send: /item add 12 Blue dress 19.90 x3"
    lines = [line for item in claimed for line in _item_lines(item, standing, context.now)]
    if not claimed:
        lines.append("No claims yet.")
    elif len(claimed) < len(standing.items):
        lines.append(f"Nobody yet: {', '.join(item.code for item in standing.items if item not in claimed)}")
    if count := standing.tally.get(ClaimStatus.REJECTED.value):
        lines.append(f"{count} rejected")
    if standing.unclear:
        lines.append(f"{standing.unclear} unclear: /doubts")
    return "\n".join(lines)


@commands.add("who <code>", topic="claims", example="who 12")
async def who(context: Context, code: str) -> Reply | str:
    """say who has an item, and who waits for it"""
    return await claims_(context, code)


@commands.add("buyers", topic="claims")
async def buyers_(context: Context) -> Reply | str:
    """list every buyer with what they won and what it comes to

    🟢 owes nothing, 🟡 paid a part of what is due, 🔴 owes from a show that is over, or an invoice, 🚫 is blocked.
    """
    standing = await context.assistant.database.read(_standing, context.workspace_id)
    won: dict[int, list[Claim]] = {}
    for claim in standing.claims:
        if claim.status is ClaimStatus.WINNER and claim.buyer_id is not None:
            won.setdefault(claim.buyer_id, []).append(claim)
    if not won:
        return "Nobody has won anything yet."
    return "\n".join(_buyer_line(buyer_id, theirs, standing) for buyer_id, theirs in won.items())


def _standing(tx: sa.Connection, workspace_id: int) -> _Standing:
    show = current_show(tx, workspace_id)
    held = claims.active(tx, workspace_id, show.id)
    ids = {claim.buyer_id for claim in held if claim.buyer_id is not None}
    return _Standing(
        show=show,
        items=with_pieces(items.of_show(tx, workspace_id, show.id)),
        claims=held,
        people=buyers.many(tx, workspace_id, ids),
        accounts=accounts.of_buyers(tx, workspace_id, ids),
        tally=tallies.of_show(tx, workspace_id, show.id),
        unclear=doubts.count_open(tx, workspace_id, show.id),
        invoices={invoice.id: invoice.status for invoice in invoices.of_show(tx, workspace_id, show.id)},
    )


def _item_lines(item: Item, standing: _Standing, now: datetime) -> list[str]:
    held = [claim for claim in standing.claims if claim.item_id == item.id]
    won = [f"{standing.label(c)}{_detail(c)}{_time(c, now)}" for c in held if c.status is ClaimStatus.WINNER]
    asked = [f"{standing.label(c)}{_detail(c)}{_time(c, now)}" for c in held if c.status is ClaimStatus.OFFERED]
    offered = sum(c.quantity for c in held if c.status is ClaimStatus.OFFERED)
    line = sorted((c for c in held if c.position is not None), key=lambda c: c.position or 0)
    lines = [f"{f'{item.code} {item.title}'.strip()}: {item.won - offered} of {item.quantity} won"]
    if won:
        lines.append(f"  {', '.join(won)}")
    if asked:
        lines.append(f"  offered: {', '.join(asked)}")
    if line:
        waiting = ", ".join(f"{c.position}. {standing.label(c)}{_detail(c)}" for c in line)
        lines.append(f"  waiting: {waiting}")
    return lines


def _time(claim: Claim, now: datetime) -> str:
    """How long an offer, or the time to pay, still lasts."""
    return "" if claim.due_at is None else f" ({until(claim.due_at, now)})"


def _detail(claim: Claim) -> str:
    in_code = item_code(claim.item_code, claim.options) != claim.item_code
    options = f" ({', '.join(claim.options)})" if claim.options and not in_code else ""
    return f"{options}{pieces(claim.quantity)}"


def _buyer_line(buyer_id: int, won: list[Claim], standing: _Standing) -> str:
    by_id = {item.id: item for item in standing.items}
    theirs = [(c, by_id[c.item_id]) for c in won if c.item_id in by_id]
    owed = Money(goods_cents([item.of_it(c.quantity) for c, item in theirs]), standing.show.currency)
    unpriced = [c.item_code for c, item in theirs if item.price_cents is None]
    bills = sorted({standing.invoices[c.invoice_id].value.replace("_", " ") for c in won if c.invoice_id})
    who = lit(standing.people[buyer_id], standing.accounts.get(buyer_id, ()))
    parts = [f"{who}: {', '.join(map(line_of, won))}, {owed}"]
    if unpriced:
        parts.append(f"no price yet: {', '.join(dict.fromkeys(unpriced))}")
    parts += bills if all(c.invoice_id for c in won) else [*bills, "not billed yet"]
    return ", ".join(parts)
