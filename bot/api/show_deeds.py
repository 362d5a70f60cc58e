"""Shows and their items, changed through the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.api import bodies
from bot.api.bodies import required
from bot.api.finding import the_item, the_show
from bot.api.rule_bodies import RULES
from bot.api.shapes import Json, item_json, show_json
from bot.api.table import Order, change, refused_as
from bot.domain.money import Money
from bot.domain.pricing import Bundle
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.problems import Problem
from bot.workflows.edit_shows import edit_show, set_options
from bot.workflows.run_shows import end_show, go_live, new_show
from bot.workflows.stock_items import NewItem, add_items, check_saves, edit_item, remove_item, restock_options
from bot.workflows.stock_options import ItemChange, WhichOption, whole_item


async def _new_show(order: Order) -> Json:
    given = order.given
    show = await new_show(
        order.assistant, order.workspace_id, given["title"], given.get("currency"), by=order.by, key=order.key
    )
    if "market" in given:
        show = await edit_show(order.assistant, order.workspace_id, show.id, market=given["market"])
    return show_json(show)


async def _edit_show(order: Order) -> Json:
    show = await order.look(the_show, order.names)
    if order.given:
        show = await edit_show(order.assistant, order.workspace_id, show.id, **order.given)
    return show_json(show)


async def _start(order: Order) -> Json:
    show = await order.look(the_show, order.names)
    with refused_as("SHOW_ALREADY_LIVE"):
        return show_json(await go_live(order.assistant, order.workspace_id, show.id, {}))


async def _end(order: Order) -> Json:
    show = await order.look(the_show, order.names)
    with refused_as("SHOW_NOT_LIVE"):
        ended, _ = await end_show(order.assistant, order.workspace_id, show.id)
    return show_json(ended)


async def _add_item(order: Order) -> Json:
    show = await order.look(the_show, order.names)
    given = order.given
    price = _price(given.get("price_cents"), show.currency)
    _check_bundle(given.get("bundle"), price)
    _check_stock(given)
    wanted = NewItem(
        code=given["code"],
        title=given.get("title", ""),
        price=price,
        quantity=given.get("quantity", 1),
        options=given.get("options", ()),
        stock=given.get("stock", ()),
        bundle=given.get("bundle"),
    )
    (made,) = await add_items(order.assistant, order.workspace_id, show.id, [wanted], by=order.by, key=order.key)
    if isinstance(made, BadInput):
        raise Problem(409, "ITEM_CODE_TAKEN", made.message)
    return item_json(made)


async def _edit_item(order: Order) -> Json:
    item = await order.look(the_item, order.names)
    given = order.given
    _check_stock(given)
    with _refused_by_options():
        if "stock" in given:
            item = await restock_options(
                order.assistant, order.workspace_id, item.show_id, item.code, given["stock"], by=order.by
            )
        if given.keys() - {"options", "stock"}:
            item = await _change_item(order, item)
        if "options" in given:
            item = await set_options(order.assistant, order.workspace_id, item.show_id, item.code, given["options"])
    return item_json(await order.look(whole_item, item))


async def _change_item(order: Order, item: Item) -> Item:
    given = order.given
    _check_bundle(given.get("bundle"), _price(given.get("price_cents"), item.currency) or item.price)
    wanted = ItemChange(
        title=given.get("title"),
        price=_price(given.get("price_cents"), item.currency),
        quantity=given.get("quantity"),
        open=given.get("open"),
        reserved=given.get("reserved"),
        bundle=given.get("bundle"),
        no_bundle="bundle" in given and given["bundle"] is None,
    )
    changed = await edit_item(order.assistant, order.workspace_id, item.show_id, item.code, wanted, by=order.by)
    return changed.item


@contextmanager
def _refused_by_options() -> Iterator[None]:
    """What is refused as pieces belong to options, or do not, has a code of its own."""
    with refused_as("ITEM_WON_ALREADY"):
        try:
            yield
        except WhichOption as no:
            raise Problem(409, "OPTION_UNCLEAR", no.message) from None


async def _remove_item(order: Order) -> Json:
    item = await order.look(the_item, order.names)
    with refused_as("ITEM_CLAIMED"):
        return item_json(await remove_item(order.assistant, order.workspace_id, item.show_id, item.code, by=order.by))


def _check_stock(given: Mapping[str, Any]) -> None:
    if "stock" in given and given.keys() & {"quantity", "options"}:
        raise Problem(400, "BAD_REQUEST", "Send stock, which counts each option, or quantity and options.")


def _check_bundle(bundle: Bundle | None, price: Money | None) -> None:
    if bundle is None:
        return
    with refused_as("BUNDLE_SAVES_NOTHING"):
        if price is None:
            raise BadInput("A bundle needs the price of one piece, too.")
        check_saves(bundle, price)


def _price(cents: int | None, currency: str) -> Money | None:
    return None if cents is None else Money(cents, currency)


SHOW, ITEMS = "/api/shows/{show_id}", "/api/shows/{show_id}/items"

ROUTES = (
    change(
        "POST",
        "/api/shows",
        "Make a draft; commands in chat are about it from now on",
        _new_show,
        status=201,
        answers="Show",
        body={"title": required(bodies.SHOW_TITLE), "currency": bodies.CURRENCY, "market": bodies.MARKET},
        once=True,
    ),
    change(
        "PATCH",
        SHOW,
        "Change what a show is called, whose claim words apply, or by which rules it goes",
        _edit_show,
        answers="Show",
        body={"title": bodies.SHOW_TITLE, "market": bodies.MARKET, "rules": RULES},
    ),
    change(
        "POST",
        f"{SHOW}/start",
        "Go live, or live again; a live show stays as it is",
        _start,
        answers="Show",
        conflicts=("SHOW_ALREADY_LIVE",),
    ),
    change(
        "POST",
        f"{SHOW}/end",
        "End a live show; an ended one stays as it is",
        _end,
        answers="Show",
        conflicts=("SHOW_NOT_LIVE",),
    ),
    change(
        "POST",
        ITEMS,
        "Add an item",
        _add_item,
        status=201,
        answers="Item",
        body={
            "code": required(bodies.CODE),
            "title": bodies.ITEM_TITLE,
            "price_cents": bodies.PRICE,
            "quantity": bodies.PIECES,
            "options": bodies.OPTIONS,
            "stock": bodies.STOCK,
            "bundle": bodies.BUNDLE,
        },
        conflicts=("ITEM_CODE_TAKEN", "BUNDLE_SAVES_NOTHING"),
        once=True,
    ),
    change(
        "PATCH",
        f"{ITEMS}/{{code}}",
        "Change an item; more pieces serve the waitlist, and `stock` changes the pieces of the options it names",
        _edit_item,
        answers="Item",
        body={
            "title": bodies.ITEM_TITLE,
            "price_cents": bodies.NEW_PRICE,
            "quantity": bodies.PIECES,
            "options": bodies.OPTIONS,
            "stock": bodies.STOCK,
            "open": bodies.OPEN,
            "reserved": bodies.OPEN,
            "bundle": bodies.BUNDLE,
        },
        conflicts=("ITEM_WON_ALREADY", "OPTION_UNCLEAR", "BUNDLE_SAVES_NOTHING"),
    ),
    change(
        "DELETE",
        f"{ITEMS}/{{code}}",
        "Take out an item that nobody has or waits for; it comes back as it was",
        _remove_item,
        answers="Item",
        conflicts=("ITEM_CLAIMED",),
    ),
)
