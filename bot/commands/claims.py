"""Commands about claims: who has what, who waits, taking back and giving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.commands.naming import find_buyer, line_of, pieces
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.buyer import Buyer
from bot.domain.claim import Claim, ClaimStatus
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.run_shows import current_show
from bot.workflows.stock_items import the_item
from storage import buyers, claims, invoices, items

commands = Commands()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A show as it stands: its items, who has or awaits them, and how many comments are left over."""

    show: Show
    items: Sequence[Item]
    claims: Sequence[Claim]
    people: dict[int, Buyer]
    tally: dict[str, int]
    invoices: dict[int, InvoiceStatus]

    def label(self, claim: Claim) -> str:
        return self.people[claim.buyer_id].label if claim.buyer_id in self.people else "somebody"


@commands.add("claims [<code>]", topic="claims")
async def claims_(context: Context, code: str | None) -> Reply | str:
    """list winners and waitlists, of every item or of one"""
    standing = await context.assistant.database.read(_standing, context.workspace_id)
    if code is not None:
        item = await context.assistant.database.read(the_item, context.workspace_id, standing.show, code)
        return "\n".join(_item_lines(item, standing))
    claimed = [item for item in standing.items if item.won or item.waiting]
    if not standing.items:
        return f"“{standing.show.title}” has no items yet. Send: /item add 12 Blue dress 19.90 x3"
    lines = [line for item in claimed for line in _item_lines(item, standing)]
    if not claimed:
        lines.append("No claims yet.")
    elif len(claimed) < len(standing.items):
        lines.append(f"Nobody yet: {', '.join(item.code for item in standing.items if item not in claimed)}")
    for status, meaning in ((ClaimStatus.AMBIGUOUS, "for you to decide"), (ClaimStatus.REJECTED, "rejected")):
        if count := standing.tally.get(status.value):
            lines.append(f"{count} {meaning}")
    return "\n".join(lines)


@commands.add("who <code>", topic="claims")
async def who(context: Context, code: str) -> Reply | str:
    """say who has an item, and who waits for it"""
    return await claims_(context, code)


@commands.add("buyers", topic="claims")
async def buyers_(context: Context) -> Reply | str:
    """list every buyer with what they won and what it comes to"""
    standing = await context.assistant.database.read(_standing, context.workspace_id)
    won: dict[int, list[Claim]] = {}
    for claim in standing.claims:
        if claim.status is ClaimStatus.WINNER and claim.buyer_id is not None:
            won.setdefault(claim.buyer_id, []).append(claim)
    if not won:
        return "Nobody has won anything yet."
    return "\n".join(_buyer_line(buyer_id, theirs, standing) for buyer_id, theirs in won.items())


@commands.add("release claim:<number>", topic="")
async def release_one(context: Context, number: str) -> Reply | str:
    """take back one claim by its number"""
    if not number.isdecimal():
        raise BadInput("Tap a button, or send /release <code> <buyer>")
    return await _release(context, int(number[:18]))


@commands.add("release <code> <buyer...>", topic="claims")
async def release(context: Context, code: str, who: str) -> Reply | str:
    """take an item back from a buyer; the next in line gets it"""
    read = context.assistant.database.read
    show = await read(current_show, context.workspace_id)
    item = await read(the_item, context.workspace_id, show, code)
    buyer = await find_buyer(context, show, who, line=f"release {code} {{}}")
    held = await read(claims.active, context.workspace_id, show.id, buyer_id=buyer.id, item_id=item.id)
    if not held:
        raise BadInput(f"{buyer.label} neither has {item.code} nor waits for it.")
    if len(held) > 1:
        return Reply(
            text=f"{buyer.label} claimed {item.code} {len(held)} times. Which one?",
            buttons=tuple(
                row
                for claim in held
                for row in button(f"{line_of(claim)}, {_state(claim)}", f"release claim:{claim.id}")
            ),
        )
    return await _release(context, held[0].id)


@commands.add("award <code> <buyer...> [x<count>]", topic="claims")
async def award(context: Context, code: str, who: str, count: str | None) -> Reply | str:
    """give an item to a buyer, in or out of turn; x2 for two pieces"""
    read = context.assistant.database.read
    if count is not None and not count.isdecimal():
        who, count = f"{who} x{count}", None  # a name of two words, of which the second is Xuan
    if count is not None and int(count[:9]) == 0:
        raise BadInput("x0 is no number of pieces. Write it like x2")
    show = await read(current_show, context.workspace_id)
    item = await read(the_item, context.workspace_id, show, code)
    times = f" x{count}" if count else ""
    buyer = await find_buyer(context, show, who, line=f"award {code} {{}}{times}")
    awarded = await award_item(
        context.assistant,
        context.workspace_id,
        show.id,
        item.id,
        buyer.id,
        quantity=int(count[:9]) if count else None,
        by=context.operator.name if context.operator else "an operator",
    )
    left = f"{awarded.item.left} left" if awarded.item.left else "sold out"
    return f"{item.code} → {buyer.label}{pieces(awarded.claim.quantity)} ({left})"


async def _release(context: Context, claim_id: int) -> str:
    by = context.operator.name if context.operator else "an operator"
    released = await release_claim(context.assistant, context.workspace_id, claim_id, by=by)
    claim = released.claim
    if claim.status is ClaimStatus.WINNER:
        lines = [f"{line_of(claim)} taken back from {released.buyer}."]
    else:
        lines = [f"{released.buyer} does not wait for {line_of(claim)} any more."]
    lines += [f"{claim.item_code} → {label}{pieces(won.quantity)}" for won, label in released.promoted]
    if claim.status is ClaimStatus.WINNER and not released.promoted and released.item is not None:
        lines.append(f"{released.item.left} of {released.item.quantity} left.")
    if released.voided is not None:
        lines.append(
            f"Their unpaid invoice of {released.voided.total} is being voided. "
            f"When it is, /invoice {released.buyer} bills the rest."
        )
    return "\n".join(lines)


def _standing(tx: sa.Connection, workspace_id: int) -> _Standing:
    show = current_show(tx, workspace_id)
    held = claims.active(tx, workspace_id, show.id)
    return _Standing(
        show=show,
        items=items.of_show(tx, workspace_id, show.id),
        claims=held,
        people=buyers.many(tx, workspace_id, {claim.buyer_id for claim in held if claim.buyer_id is not None}),
        tally=claims.tally(tx, workspace_id, show.id),
        invoices={invoice.id: invoice.status for invoice in invoices.of_show(tx, workspace_id, show.id)},
    )


def _item_lines(item: Item, standing: _Standing) -> list[str]:
    held = [claim for claim in standing.claims if claim.item_id == item.id]
    won = [f"{standing.label(c)}{_detail(c)}" for c in held if c.status is ClaimStatus.WINNER]
    line = sorted((c for c in held if c.position is not None), key=lambda c: c.position or 0)
    lines = [f"{f'{item.code} {item.title}'.strip()}: {item.won} of {item.quantity} won"]
    if won:
        lines.append(f"  {', '.join(won)}")
    if line:
        waiting = ", ".join(f"{c.position}. {standing.label(c)}{_detail(c)}" for c in line)
        lines.append(f"  waiting: {waiting}")
    return lines


def _detail(claim: Claim) -> str:
    options = f" ({', '.join(claim.options)})" if claim.options else ""
    return f"{options}{pieces(claim.quantity)}"


def _state(claim: Claim) -> str:
    return "won" if claim.status is ClaimStatus.WINNER else f"waiting, number {claim.position}"


def _buyer_line(buyer_id: int, won: list[Claim], standing: _Standing) -> str:
    prices = {item.id: item.price_cents for item in standing.items}
    owed = Money(sum(c.quantity * (prices.get(c.item_id or 0) or 0) for c in won), standing.show.currency)
    unpriced = [c.item_code for c in won if prices.get(c.item_id or 0) is None]
    bills = sorted({standing.invoices[c.invoice_id].value.replace("_", " ") for c in won if c.invoice_id})
    parts = [f"{standing.people[buyer_id].label}: {', '.join(map(line_of, won))}, {owed}"]
    if unpriced:
        parts.append(f"no price yet: {', '.join(dict.fromkeys(unpriced))}")
    parts += bills if all(c.invoice_id for c in won) else [*bills, "not billed yet"]
    return ", ".join(parts)
