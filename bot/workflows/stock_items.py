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
from bot.domain.show import Item, Show
from bot.kit.errors import BadInput
from bot.workflows import move_claims
from bot.workflows.assistant import Assistant
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.tell_promoted import tell_promoted
from storage import buyers, claims, invoices, items, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as an operator describes it."""

    code: str
    title: str = ""
    price: Money | None = None
    """None is unpriced."""
    quantity: int = 1
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """What is to be different about an item; None stays as it is."""

    title: str | None = None
    price: Money | None = None
    quantity: int | None = None
    open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An item after a change, and what the change did."""

    item: Item
    promoted: tuple[tuple[Claim, str], ...]
    """Claims that came off the waitlist, with what their buyer is called."""
    waiting_invoices: int
    """Invoices that wait for this item's price."""


async def add_items(
    assistant: Assistant, workspace_id: int, show_id: int, wanted: Sequence[NewItem]
) -> list[Item | BadInput]:
    """Add what can be added; for each one wanted its item, or why not. One that fails does not stop the others."""
    return await assistant.database.write(_add, workspace_id, show_id, wanted, assistant.now())


async def edit_item(assistant: Assistant, workspace_id: int, show_id: int, code: str, change: ItemChange) -> Changed:
    """Change an item; the waitlist is served when there are more pieces. Raises BadInput when it cannot be."""
    changed, parcels = await assistant.database.write(_edit, workspace_id, show_id, code, change, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return changed


async def remove_item(assistant: Assistant, workspace_id: int, show_id: int, code: str) -> Item:
    """Take an item out that nobody has or waits for. Raises BadInput when somebody does."""
    return await assistant.database.write(_remove, workspace_id, show_id, code, assistant.now())


def the_item(tx: sa.Connection, workspace_id: int, show: Show, code: str) -> Item:
    """The item an operator means. Raises BadInput with the codes there are."""
    item = items.by_code(tx, workspace_id, show.id, code)
    if item is None:
        codes = [known.code for known in items.of_show(tx, workspace_id, show.id)]
        have = f"There are: {', '.join(codes[:20])}{'…' if len(codes) > 20 else ''}." if codes else "It has none yet."
        raise BadInput(f"“{show.title}” has no item {code}. {have}")
    return item


def _add(
    tx: sa.Connection, workspace_id: int, show_id: int, wanted: Sequence[NewItem], now: datetime
) -> list[Item | BadInput]:
    show = _locked(tx, workspace_id, show_id)
    made: list[Item | BadInput] = []
    for new in wanted:
        taken = items.by_code(tx, workspace_id, show_id, new.code)
        if taken is not None:
            price = f" {new.price.plain()}" if new.price else ""
            made.append(
                BadInput(f"{taken.code} is there already. To change it: /item edit {taken.code}{price} x{new.quantity}")
            )
            continue
        items.add(
            tx,
            workspace_id,
            show,
            code=new.code,
            title=new.title,
            price_cents=new.price.amount if new.price else None,
            quantity=new.quantity,
            options=new.options,
            now=now,
        )
        made.append(_noted(tx, workspace_id, show, new.code, "added", now))
    if any(isinstance(one, Item) for one in made):
        shows.touch_items(tx, workspace_id, show_id)
    return made


def _edit(
    tx: sa.Connection, workspace_id: int, show_id: int, code: str, change: ItemChange, now: datetime
) -> tuple[Changed, list[Parcel]]:
    show = _locked(tx, workspace_id, show_id)
    item = the_item(tx, workspace_id, show, code)
    values: dict[str, Any] = {}
    if change.title is not None:
        values["title"] = change.title
    if change.price is not None:
        values["price_cents"] = change.price.amount
    if change.open is not None:
        values["open"] = change.open
    if change.quantity is not None:
        if change.quantity < item.won:
            raise BadInput(
                f"{item.won} of {item.code} are won already, so it cannot be {change.quantity}. "
                f"Take one back first: /release {item.code} <buyer>"
            )
        values["quantity"] = change.quantity
    items.change(tx, workspace_id, item.id, **values)
    shows.touch_items(tx, workspace_id, show_id)
    _noted(tx, workspace_id, show, item.code, "changed", now)
    promoted = move_claims.serve_line(tx, workspace_id, item.id, now) if change.quantity is not None else ()
    known = buyers.many(tx, workspace_id, [claim.buyer_id for claim in promoted if claim.buyer_id is not None])
    changed = Changed(
        item=the_item(tx, workspace_id, show, code),
        promoted=tuple((claim, known[claim.buyer_id].label) for claim in promoted if claim.buyer_id in known),
        waiting_invoices=_waiting_for_price(tx, workspace_id, show_id, item.code) if change.price else 0,
    )
    return changed, tell_promoted(tx, workspace_id, promoted, now)


def _remove(tx: sa.Connection, workspace_id: int, show_id: int, code: str, now: datetime) -> Item:
    show = _locked(tx, workspace_id, show_id)
    item = the_item(tx, workspace_id, show, code)
    holders = claims.active(tx, workspace_id, show_id, item_id=item.id)
    if holders:
        raise BadInput(
            f"{item.code} has {item.won} won and {item.waiting} waiting, so it stays. "
            f"To stop new claims: /item edit {item.code} close"
        )
    move_claims.note_item(tx, workspace_id, show, item, "removed", now)
    items.remove(tx, workspace_id, item.id)
    shows.touch_items(tx, workspace_id, show_id)
    return item


def _locked(tx: sa.Connection, workspace_id: int, show_id: int) -> Show:
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput("There is no such show.")
    return show


def _noted(tx: sa.Connection, workspace_id: int, show: Show, code: str, what: str, now: datetime) -> Item:
    item = the_item(tx, workspace_id, show, code)
    move_claims.note_item(tx, workspace_id, show, item, what, now)
    return item


def _waiting_for_price(tx: sa.Connection, workspace_id: int, show_id: int, code: str) -> int:
    drafts = invoices.of_show(tx, workspace_id, show_id, statuses=[InvoiceStatus.DRAFT])
    return sum(code in invoice.unpriced for invoice in drafts)
