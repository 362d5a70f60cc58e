"""Commands about items: listing what is sold, and changing it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.commands.item_lines import EXAMPLE, barred, describe, read_change, read_item
from bot.commands.naming import goes_to
from bot.commands.table import Commands, Context, Reply
from bot.domain.option_stock import gathered, row_code
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows.mirror_stock import link_item, unlink_item
from bot.workflows.stock_items import NewItem, add_items, edit_item, remove_item
from bot.workflows.stock_options import NoSuchItem
from storage import items

commands = Commands()

MOST_LINES = 300


@commands.add("item add <lines...>", topic="items", example=f"item add {EXAMPLE}")
async def item_add(context: Context, lines: str) -> Reply | str:
    """add items, one per line: code, title, price, pieces — like 12 Blue dress 19.90 x3

    All but the code may be left out: without a price it is set later, without pieces there is one. Options go in
    brackets: A7 Dress (S, M, L) 20 x3, or each with pieces of its own: A7 Dress (S x2, M x3) 20. A bundle goes behind
    the price: 14 Socks 20 3 for 50 x9. More lines in the same message are more items.
    """
    show = await context.show()
    typed = [line for line in lines.split("\n") if line.strip()]
    if len(typed) > MOST_LINES:
        raise BadInput(f"Those are {len(typed)} lines. Send at most {MOST_LINES} at once.")
    good: list[NewItem] = []
    wrong: list[str] = []
    for line in typed:
        try:
            good.append(read_item(line, show.currency))
        except BadInput as problem:
            wrong.append(f"✗ {line}: {problem.message}")
    made: list[Item | BadInput] = []
    if good:
        made = await add_items(context.assistant, context.workspace_id, show.id, good, by=context.by, key=context.key)
    added = [f"✓ {describe(one)}" for one in made if isinstance(one, Item)]
    wrong += [f"✗ {one.message}" for one in made if isinstance(one, BadInput)]
    if wrong and not added:
        wrong.append(f"Nothing was added. Each line like: /item add {EXAMPLE}")
    elif wrong:
        wrong.insert(0, "Not added:")
    return "\n".join([*added, *wrong])


@commands.add("item edit <code> <changes...>", topic="items", example="item edit 12 19.90 x5")
async def item_edit(context: Context, code: str, changes: str) -> Reply | str:
    """change an item: a price like 19.90, 3 for 50, no bundle, pieces like x5 or +2, close, open, reserved, or title …

    Where options have pieces of their own, name the one: A7 M x5. Several changes go into one line, the title last.
    With more pieces the next in line are served at once. A closed item takes no claims until it is open again; a
    reserved one is given away by /award alone, until it is open.
    """
    show = await context.show()
    code, changes = await context.assistant.database.read(_row_meant, context.workspace_id, show, code, changes)
    change = read_change(changes, show.currency)
    try:
        changed = await edit_item(
            context.assistant, context.workspace_id, show.id, code, change, by=context.by, key=context.key
        )
    except NoSuchItem as no:
        raise NoSuchItem(f"{no.message} To add it: /item add {code} {changes}") from None
    lines = [f"{describe(changed.item)}{barred(changed.item)}"]
    lines += [goes_to(claim, label) for claim, label in changed.promoted]
    if changed.waiting_invoices:
        lines.append("Invoices waited for this price. Now send: /invoice retry")
    return "\n".join(lines)


@commands.add("item list", topic="items")
async def item_list(context: Context) -> Reply | str:
    """list the items of this show, with what is left"""
    show = await context.show()
    there = await context.assistant.database.read(items.of_show, context.workspace_id, show.id)
    if not there:
        return f"“{show.title}” has no items yet. Send: /item add {EXAMPLE}"
    return "\n".join([f"“{show.title}”", *(f"{describe(item)}{_stand(item)}" for item in gathered(there))])


@commands.add("item remove <code>", topic="items", example="item remove 12")
async def item_remove(context: Context, code: str) -> Reply | str:
    """take an item out that nobody has claimed"""
    show = await context.show()
    item = await remove_item(context.assistant, context.workspace_id, show.id, code, by=context.by, key=context.key)
    return f"{f'{item.code} {item.title}'.strip()} is out."


@commands.add("item link <code> <catalog_id>", topic="items", example="item link 12 W62UWFY35CWMYGVWK6TWJDNI")
async def item_link(context: Context, code: str, catalog_id: str) -> Reply | str:
    """have a provider's catalogue count an item, too: from now on there are as many as it counts

    What is sold over the counter is taken off here, and what is claimed here is taken off there, twice a minute while
    the show is live. At Square it is the id of a variation. Where options have pieces of their own, each is linked by
    its code: A7/M.
    """
    show = await context.show()
    linked = await link_item(
        context.assistant, context.workspace_id, show.id, code, catalog_id, by=context.by, key=context.key
    )
    item = linked.item
    return f"{linked.provider} counts {item.code} now: {item.left} left{f', {item.won} won' if item.won else ''}."


@commands.add("item unlink <code>", topic="items", example="item unlink 12")
async def item_unlink(context: Context, code: str) -> Reply | str:
    """count an item only here again; both counts stay as they are"""
    show = await context.show()
    item = await unlink_item(context.assistant, context.workspace_id, show.id, code)
    return f"{item.code} is counted only here now: {item.left} left."


def _row_meant(tx: sa.Connection, workspace_id: int, show: Show, code: str, changes: str) -> tuple[str, str]:
    """The row of stock that “A7 M x5” is about, and what is to change; the item itself when none is named."""
    item = items.by_code(tx, workspace_id, show.id, code)
    if item is None or not items.rows_of(tx, workspace_id, item.id):
        return code, changes
    words = changes.split()
    for count in range(len(words) - 1, 0, -1):
        row = items.by_code(tx, workspace_id, show.id, row_code(item.code, words[:count]))
        if row is not None and row.parent_id == item.id:
            return row.code, " ".join(words[count:])
    try:
        read_change(words[0], show.currency)
    except BadInput:
        if words[0].lower() != "title" and len(words) > 1:
            return row_code(item.code, [words[0]]), " ".join(words[1:])
    return code, changes


def _stand(item: Item) -> str:
    left = f", {item.left} left" if item.won and item.left else ", sold out" if not item.left else ""
    waiting = f", {item.waiting} waiting" if item.waiting else ""
    return f"{left}{waiting}{barred(item)}"
