"""Items and the rows of stock their options may have: adding one, and what can be said of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.money import Money
from bot.domain.option_stock import gathered_one, row_code
from bot.domain.pricing import Bundle
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows.keep_deeds import Deed
from bot.workflows.move_claims import note_item
from bot.workflows.resolve_unmatched import resolve_unmatched
from bot.workflows.tell import Parcel
from bot.workflows.tell_promoted import tell_promoted
from storage import items, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """What is to be different about an item; None stays as it is."""

    title: str | None = None
    price: Money | None = None
    quantity: int | None = None
    more: int | None = None
    """Pieces on top of what there are; fewer when negative."""
    open: bool | None = None
    reserved: bool | None = None
    """Whether only the seller gives it away."""
    bundle: Bundle | None = None
    no_bundle: bool = False
    """Pieces are sold one by one again."""


class NoSuchItem(BadInput):
    """The show has no such item."""


class WhichOption(BadInput):
    """Pieces belong to the options of this item, or to the item as a whole, and the change says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedItem:
    """An item, or a row of the stock of one, about to be added."""

    code: str
    title: str
    price_cents: int | None
    quantity: int
    options: tuple[str, ...]
    bundle: Bundle | None = None
    parent: Item | None = None

    @classmethod
    def row(cls, item: Item, options: tuple[str, ...], quantity: int) -> AddedItem:
        """A row of the stock of this item."""
        return cls(
            code=row_code(item.code, options),
            title=item.title,
            price_cents=item.price_cents,
            quantity=quantity,
            options=options,
            bundle=item.bundle,
            parent=item,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedOption:
    """A row of stock that was added, and messages it caused."""

    item: Item
    parcels: list[Parcel]


def the_item(tx: sa.Connection, workspace_id: int, show: Show, code: str) -> Item:
    """The item an operator means, or the row of its stock. Raises NoSuchItem with the codes there are."""
    item = items.by_code(tx, workspace_id, show.id, code)
    if item is None:
        codes = [known.code for known in items.of_show(tx, workspace_id, show.id)]
        have = f"There are: {', '.join(codes[:20])}{'…' if len(codes) > 20 else ''}." if codes else "It has none yet."
        raise NoSuchItem(f"“{show.title}” has no item {code}. {have}")
    return item


def whole_item(tx: sa.Connection, workspace_id: int, item: Item) -> Item:
    """An item with the rows of its stock in it, and their sums."""
    return item if item.parent_id is not None else gathered_one(item, items.rows_of(tx, workspace_id, item.id))


def check_one(tx: sa.Connection, workspace_id: int, item: Item) -> None:
    """Raises BadInput for an item of which an option has to be named."""
    if item.parent_id is None and (rows := items.rows_of(tx, workspace_id, item.id)):
        codes = ", ".join(row.code for row in rows)
        raise WhichOption(f"Which {item.code}? Each option has a stock of its own: {codes}")


def check_change(tx: sa.Connection, workspace_id: int, item: Item, change: ItemChange) -> None:
    """Raises BadInput for a change that is not this item's to have: pieces belong to options, the rest to the item."""
    counts = change.quantity is not None or change.more is not None
    said = change.title, change.price, change.open, change.reserved, change.bundle, change.no_bundle or None
    says = any(one is not None for one in said)
    if counts:
        check_one(tx, workspace_id, item)
    if says and item.parent_id is not None:
        raise BadInput(f"{item.code} has only its pieces to itself. For the rest: /item edit {item.whole_code}")


def add_item(
    tx: sa.Connection, workspace_id: int, show: Show, new: AddedItem, deed: Deed, now: datetime
) -> list[Parcel]:
    """Add one, as part of a deed, and decide what was claimed of it before it was there."""
    items.add(
        tx,
        workspace_id,
        show,
        code=new.code,
        title=new.title,
        price_cents=new.price_cents,
        quantity=new.quantity,
        options=new.options,
        parent_id=new.parent.id if new.parent is not None else None,
        bundle_pieces=new.bundle.pieces if new.bundle else None,
        bundle_cents=new.bundle.cents if new.bundle else None,
        now=now,
    )
    item = the_item(tx, workspace_id, show, new.code)
    if new.parent is not None and (new.parent.open, new.parent.reserved) != (item.open, item.reserved):
        items.change(tx, workspace_id, item.id, open=new.parent.open, reserved=new.parent.reserved)
        item = the_item(tx, workspace_id, show, new.code)
    resolved = resolve_unmatched(tx, workspace_id, show, item, now)
    note_item(tx, workspace_id, show, "added", before=None, after=item, deed=deed, more=resolved.facts, now=now)
    return tell_promoted(tx, workspace_id, resolved.won, now)


def add_option(
    tx: sa.Connection, workspace_id: int, show: Show, code: str, change: ItemChange, deed: Deed, now: datetime
) -> AddedOption | None:
    """Add the row of stock that “A7/L x2” asks for, when item A7 has rows and no such one; None when it has."""
    if items.by_code(tx, workspace_id, show.id, code) is not None or "/" not in code:
        return None
    name, *options = code.split("/")
    item = items.by_code(tx, workspace_id, show.id, name)
    if item is None or not all(options) or not items.rows_of(tx, workspace_id, item.id):
        return None
    quantity = change.quantity or change.more or 0
    if quantity < 1 or change.title is not None or change.price is not None:
        raise NoSuchItem(f"{item.code} has no {code}. To add it: /item edit {code} x3")
    known = tuple(dict.fromkeys((*item.options, *options)))
    if known != item.options:
        items.change(tx, workspace_id, item.id, options=list(known))
        after = the_item(tx, workspace_id, show, name)
        note_item(tx, workspace_id, show, "changed", before=item, after=after, deed=deed, now=now)
    row = AddedItem.row(item, tuple(options), quantity)
    parcels = add_item(tx, workspace_id, show, row, deed, now)
    shows.touch_items(tx, workspace_id, show.id, now)
    return AddedOption(item=the_item(tx, workspace_id, show, row.code), parcels=parcels)
