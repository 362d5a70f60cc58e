"""Commands that move claims: taking an item back from a buyer, and giving one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.commands.naming import find_buyer, goes_to, line_of, pieces
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.buyer import Buyer
from bot.domain.claim import HOLDING, Claim, ClaimStatus
from bot.domain.option_stock import row_code
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.stock_options import NoSuchItem, the_item
from storage import buyers, claims, items

commands = Commands()


@commands.add("release claim:<number>", topic="")
async def release_one(context: Context, number: str) -> Reply | str:
    """take back one claim by its number"""
    if not number.isdecimal():
        raise BadInput("Tap a button, or send /release <code> <buyer>")
    return await _release(context, int(number[:18]))


@commands.add("release <code> <buyer...>", topic="claims", example="release 12 @mai")
async def release(context: Context, code: str, who: str) -> Reply | str:
    """take an item back from a buyer; the next in line gets it

    A buyer who waits leaves the line. Where just one buyer has the item, its code is enough. An unpaid invoice with it
    on is voided; what is paid has to be refunded first.
    """
    read = context.assistant.database.read
    show = await context.show()
    item, who = await _item_and_buyer(context, show, code, who)
    buyer = await find_buyer(context, show, who, line=f"release {item.code} {{}}")
    held = await read(_held_of, context.workspace_id, show.id, item, buyer.id)
    if not held:
        raise BadInput(f"{buyer.label} neither has {item.code} nor waits for it.")
    return await _release_of(
        context, held, f"{buyer.label} claimed {item.code} {len(held)} times. Which one?", {buyer.id: buyer}
    )


@commands.add("release <code>", topic="")
async def release_from_holder(context: Context, code: str) -> Reply | str:
    """take an item back from whoever has it, or from a buyer whatever they have"""
    read = context.assistant.database.read
    show = await context.show()
    try:
        item = await read(the_item, context.workspace_id, show, code)
    except NoSuchItem:
        if not code.startswith("@"):
            raise
        buyer = await find_buyer(context, show, code, line="release {}")
        held = await read(claims.active, context.workspace_id, show.id, buyer_id=buyer.id)
        nobody, which = f"{buyer.label} neither has anything nor waits.", f"Which one of {buyer.label}?"
    else:
        held = await read(_held_of, context.workspace_id, show.id, item)
        held = [claim for claim in held if claim.status in HOLDING]
        nobody, which = f"Nobody has {item.code}.", f"{len(held)} have {item.code}. From whom?"
    if not held:
        raise BadInput(nobody)
    people = await read(buyers.many, context.workspace_id, [one.buyer_id for one in held if one.buyer_id is not None])
    return await _release_of(context, held, which, people)


@commands.add("award <code> <buyer...> [x<count>]", topic="claims", example="award 12 @mai x2")
async def award(context: Context, code: str, who: str, count: str | None) -> Reply | str:
    """give an item to a buyer, in or out of turn; x2 for two pieces

    One who waits leaves the line for it. Where options have pieces of their own: /award A7 @mai M. Nobody gets more
    than there is: more pieces come with /item edit 12 +1
    """
    if count is not None and not count.isdecimal():
        who, count = f"{who} x{count}", None  # a name of two words, of which the second is Xuan
    if count is not None and int(count[:9]) == 0:
        raise BadInput("x0 is no number of pieces. Write it like x2")
    show = await context.show()
    item, who = await _item_and_buyer(context, show, code, who)
    times = f" x{count}" if count else ""
    buyer = await find_buyer(context, show, who, line=f"award {item.code} {{}}{times}")
    awarded = await award_item(
        context.assistant,
        context.workspace_id,
        show.id,
        item.id,
        buyer.id,
        quantity=int(count[:9]) if count else None,
        by=context.by,
        key=context.key,
    )
    left = f"{awarded.item.left} left" if awarded.item.left else "sold out"
    return f"{item.code} → {buyer.label}{pieces(awarded.claim.quantity)} ({left})"


async def _item_and_buyer(context: Context, show: Show, code: str, who: str) -> tuple[Item, str]:
    """The item and whom; also when they were typed the other way round."""

    def look(tx: sa.Connection) -> tuple[Item, str]:
        *name, last = who.split(" ")
        swapped = items.by_code(tx, context.workspace_id, show.id, last)
        if swapped is not None and items.by_code(tx, context.workspace_id, show.id, code) is None:
            return swapped, " ".join([code, *name])
        item = the_item(tx, context.workspace_id, show, code)
        row = items.by_code(tx, context.workspace_id, show.id, row_code(item.code, [last]))  # “A7 @mai M”
        return (row, " ".join(name)) if name and row is not None and row.parent_id == item.id else (item, who)

    return await context.assistant.database.read(look)


def _held_of(
    tx: sa.Connection, workspace_id: int, show_id: int, item: Item, buyer_id: int | None = None
) -> list[Claim]:
    """Who has an item, or any of its options, or waits for it."""
    rows = items.rows_of(tx, workspace_id, item.id) or [item]
    return [
        claim for row in rows for claim in claims.active(tx, workspace_id, show_id, buyer_id=buyer_id, item_id=row.id)
    ]


async def _release_of(context: Context, held: Sequence[Claim], which: str, people: dict[int, Buyer]) -> Reply | str:
    """Take the only one of these claims back, or ask which."""
    if len(held) == 1:
        return await _release(context, held[0].id)
    alone = len(people) == 1
    rows = tuple(
        row
        for claim in held
        for row in button(
            f"{line_of(claim)}, {_state(claim)}" if alone else f"{people[claim.buyer_id or 0].label}, {line_of(claim)}",
            f"release claim:{claim.id}",
        )
    )
    return Reply(text=which, buttons=rows)


async def _release(context: Context, claim_id: int) -> str:
    released = await release_claim(context.assistant, context.workspace_id, claim_id, by=context.by, key=context.key)
    claim = released.claim
    if claim.status is ClaimStatus.WINNER:
        lines = [f"{line_of(claim)} taken back from {released.buyer}."]
    elif claim.status is ClaimStatus.OFFERED:
        lines = [f"{line_of(claim)} is not offered to {released.buyer} any more."]
    else:
        lines = [f"{released.buyer} does not wait for {line_of(claim)} any more."]
    lines += [goes_to(won, label) for won, label in released.promoted]
    if claim.status in HOLDING and not released.promoted and released.item is not None:
        lines.append(f"{released.item.left} of {released.item.quantity} left.")
    if released.voided is not None:
        then = f" When it is, /invoice {released.buyer} bills the rest." if released.rest else ""
        lines.append(f"Their unpaid invoice of {released.voided.total} is being voided.{then}")
    return "\n".join(lines)


def _state(claim: Claim) -> str:
    if claim.status is ClaimStatus.OFFERED:
        return "offered"
    return "won" if claim.status is ClaimStatus.WINNER else f"waiting, number {claim.position}"
