"""Stocks a show: items are added, changed and taken out, and more pieces serve the waitlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import Claim
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.domain.option_stock import row_code
from bot.domain.pricing import Bundle
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows import move_claims
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import hold_show
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.stock_options import (
    AddedItem,
    ItemChange,
    WhichOption,
    add_item,
    add_option,
    check_change,
    the_item,
    whole_item,
)
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.tell_promoted import tell_promoted
from storage import buyers, invoices, items, restoring, shows

MOST_PIECES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as an operator describes it."""

    code: str
    title: str = ""
    price: Money | None = None
    """None is unpriced."""
    quantity: int = 1
    options: tuple[str, ...] = ()
    stock: tuple[tuple[tuple[str, ...], int], ...] = ()
    """Options or combinations with pieces of their own; then `quantity` and `options` say nothing."""
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An item after a change, and what the change did."""

    item: Item
    promoted: tuple[tuple[Claim, str], ...]
    """Claims that came off the waitlist, with what their buyer is called."""
    waiting_invoices: int
    """Invoices that wait for this item's price."""


async def add_items(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    wanted: Sequence[NewItem],
    *,
    by: str = "an operator",
    key: str = "",
) -> list[Item | BadInput]:
    """Add what can be added; for each one wanted its item, or why not. One that fails does not stop the others.

    Whoever claimed one of them before it was there gets it, or their place in line, in the order they wrote.
    """
    deed = Deed.of(by, key)
    made, parcels = await assistant.database.write(_add, workspace_id, show_id, wanted, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return made


async def edit_item(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    code: str,
    change: ItemChange,
    *,
    by: str = "an operator",
    key: str = "",
) -> Changed:
    """Change an item; the waitlist is served when there are more pieces. Raises BadInput when it cannot be."""
    deed = Deed.of(by, key)
    changed, parcels = await assistant.database.write(_edit, workspace_id, show_id, code, change, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return changed


async def restock_options(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    code: str,
    stock: Sequence[tuple[tuple[str, ...], int]],
    *,
    by: str = "an operator",
) -> Item:
    """Give options, or combinations, of an item so many pieces each, all or none; new ones are added.

    Raises WhichOption where the item's options have no pieces of their own, and BadInput when fewer are left than won.
    """
    deed = Deed.of(by, "")
    item, parcels = await assistant.database.write(_restock, workspace_id, show_id, code, stock, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return item


async def remove_item(
    assistant: Assistant, workspace_id: int, show_id: int, code: str, *, by: str = "an operator", key: str = ""
) -> Item:
    """Take an item out that nobody has or waits for. Raises BadInput when somebody does."""
    deed = Deed.of(by, key)
    return await assistant.database.write(_remove, workspace_id, show_id, code, deed, assistant.now())


def _add(
    tx: sa.Connection, workspace_id: int, show_id: int, wanted: Sequence[NewItem], deed: Deed, now: datetime
) -> tuple[list[Item | BadInput], list[Parcel]]:
    show = hold_show(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    made: list[Item | BadInput] = []
    parcels: list[Parcel] = []
    for new in wanted:
        taken = items.by_code(tx, workspace_id, show_id, new.code)
        if taken is not None:
            price = f" {new.price.plain()}" if new.price else ""
            made.append(
                BadInput(f"{taken.code} is there already. To change it: /item edit {taken.code}{price} x{new.quantity}")
            )
            continue
        names = tuple(dict.fromkeys(name for options, _ in new.stock for name in options))
        added = AddedItem(
            code=new.code,
            title=new.title,
            price_cents=new.price.amount if new.price else None,
            quantity=0 if new.stock else new.quantity,
            options=names or new.options,
            bundle=new.bundle,
        )
        parcels += add_item(tx, workspace_id, show, added, deed, now)
        item = the_item(tx, workspace_id, show, new.code)
        for options, quantity in new.stock:
            parcels += add_item(tx, workspace_id, show, AddedItem.row(item, options, quantity), deed, now)
        made.append(whole_item(tx, workspace_id, the_item(tx, workspace_id, show, new.code)))
    if any(isinstance(one, Item) for one in made):
        shows.touch_items(tx, workspace_id, show_id, now)
    return made, parcels


def _edit(
    tx: sa.Connection, workspace_id: int, show_id: int, code: str, change: ItemChange, deed: Deed, now: datetime
) -> tuple[Changed, list[Parcel]]:
    show = hold_show(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    return _edit_one(tx, workspace_id, show, code, change, deed, now)


def _restock(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    code: str,
    stock: Sequence[tuple[tuple[str, ...], int]],
    deed: Deed,
    now: datetime,
) -> tuple[Item, list[Parcel]]:
    show = hold_show(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    item = the_item(tx, workspace_id, show, code)
    known = {frozenset(row.options): row.code for row in items.rows_of(tx, workspace_id, item.id)}
    if not known:
        raise WhichOption(f"No option of {item.code} has a stock of its own: send the quantity of all.")
    parcels: list[Parcel] = []
    for options, quantity in stock:
        row = known.get(frozenset(options)) or row_code(item.code, options)
        parcels += _edit_one(tx, workspace_id, show, row, ItemChange(quantity=quantity), deed, now)[1]
    return whole_item(tx, workspace_id, the_item(tx, workspace_id, show, code)), parcels


def _edit_one(
    tx: sa.Connection, workspace_id: int, show: Show, code: str, change: ItemChange, deed: Deed, now: datetime
) -> tuple[Changed, list[Parcel]]:
    """Change an item of a locked show, as part of a deed."""
    if added := add_option(tx, workspace_id, show, code, change, deed, now):
        return Changed(item=added.item, promoted=(), waiting_invoices=0), added.parcels
    item = the_item(tx, workspace_id, show, code)
    check_change(tx, workspace_id, item, change)
    quantity = change.quantity if change.more is None else item.quantity + change.more
    if quantity is not None:
        _check_quantity(item, quantity)
    if change.bundle is not None:
        _check_bundle(item, change.bundle, change.price or item.price)
    wanted = {
        "title": change.title,
        "price_cents": change.price.amount if change.price is not None else None,
        "open": change.open,
        "reserved": change.reserved,
        "quantity": quantity,
    }
    values: dict[str, Any] = {
        name: value for name, value in wanted.items() if value is not None and value != getattr(item, name)
    }
    bundle = None if change.no_bundle else change.bundle or item.bundle
    if bundle != item.bundle:
        values["bundle_pieces"] = bundle.pieces if bundle else None
        values["bundle_cents"] = bundle.cents if bundle else None
    promoted = _change(tx, workspace_id, show, item, values, deed, now) if values else ()
    known = buyers.many(tx, workspace_id, [claim.buyer_id for claim in promoted if claim.buyer_id is not None])
    changed = Changed(
        item=whole_item(tx, workspace_id, the_item(tx, workspace_id, show, code)),
        promoted=tuple((claim, known[claim.buyer_id].label) for claim in promoted if claim.buyer_id in known),
        waiting_invoices=_waiting_for_price(tx, workspace_id, show.id, item.code) if change.price else 0,
    )
    return changed, tell_promoted(tx, workspace_id, promoted, now)


def recount(tx: sa.Connection, workspace_id: int, show: Show, item: Item, quantity: int, now: datetime) -> list[Parcel]:
    """Let there be so many of an item of a locked show, as somebody else counted: nobody here did that, or undoes it.

    There can be none of it, but never fewer than are won.
    """
    assert quantity >= item.won, "never more than there is"
    promoted = _change(tx, workspace_id, show, item, {"quantity": quantity}, None, now)
    return tell_promoted(tx, workspace_id, promoted, now)


def _change(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    item: Item,
    values: dict[str, Any],
    deed: Deed | None,
    now: datetime,
) -> tuple[Claim, ...]:
    """Change an item and serve its line; returns who was promoted."""
    items.change(tx, workspace_id, item.id, **values)
    promoted = move_claims.serve_line(tx, workspace_id, show, item.id, now)
    after = the_item(tx, workspace_id, show, item.code)
    move_claims.note_item(
        tx, workspace_id, show, "changed", before=item, after=after, deed=deed, promoted=promoted, now=now
    )
    shows.touch_items(tx, workspace_id, show.id, now)
    return promoted


def _check_bundle(item: Item, bundle: Bundle, price: Money | None) -> None:
    if price is None:
        raise BadInput(
            f"{item.code} needs a price for one piece, too: /item edit {item.code} 20 {bundle.text(item.currency)}"
        )
    check_saves(bundle, price)


def check_saves(bundle: Bundle, price: Money) -> None:
    """Raises BadInput when so many single pieces are no dearer."""
    if bundle.cents >= bundle.pieces * price.amount:
        raise BadInput(
            f"{bundle.text(price.currency)} saves nothing: {bundle.pieces} single pieces are {bundle.pieces * price}."
        )


def _check_quantity(item: Item, quantity: int) -> None:
    if not 1 <= quantity <= MOST_PIECES:
        raise BadInput(
            f"{item.code} has {item.quantity} now; it can have 1 to {MOST_PIECES:,}. "
            f"To stop new claims: /item edit {item.whole_code} close"
        )
    if quantity < item.won:
        raise BadInput(
            f"{item.won} of {item.code} are won already, so it cannot be {quantity}. "
            f"Take one back first: /release {item.code} <buyer>"
        )


def _remove(tx: sa.Connection, workspace_id: int, show_id: int, code: str, deed: Deed, now: datetime) -> Item:
    show = hold_show(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    item = whole_item(tx, workspace_id, the_item(tx, workspace_id, show, code))
    if item.parent_id is not None:
        raise BadInput(f"{item.code} is part of {item.whole_code}. To take that out: /item remove {item.whole_code}")
    if item.won or item.waiting:
        raise BadInput(
            f"{item.code} has {item.won} won and {item.waiting} waiting, so it stays. "
            f"To stop new claims: /item edit {item.code} close"
        )
    for one in (*item.stock, the_item(tx, workspace_id, show, code)):
        about_it = restoring.naming(tx, workspace_id, one.id)
        move_claims.note_item(
            tx, workspace_id, show, "removed", before=one, after=None, deed=deed, claim_ids=about_it, now=now
        )
        items.remove(tx, workspace_id, one.id)
    shows.touch_items(tx, workspace_id, show_id, now)
    return item


def _waiting_for_price(tx: sa.Connection, workspace_id: int, show_id: int, code: str) -> int:
    drafts = invoices.of_show(tx, workspace_id, show_id, statuses=[InvoiceStatus.DRAFT])
    return sum(code in invoice.unpriced for invoice in drafts)
