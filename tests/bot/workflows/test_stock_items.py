"""Stocking a show: what goes into the books with every change."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.money import Money
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows.run_shows import new_show
from bot.workflows.stock_items import NewItem, add_items, edit_item, remove_item
from bot.workflows.stock_options import ItemChange
from storage import claims, items, shows
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401

HAT = NewItem(code="12", title="Hat", price=Money(500, "USD"), quantity=2)


@pytest.fixture
async def show_id(shop: Shop) -> int:
    return (await new_show(shop.assistant, shop.workspace_id, "Friday")).id


async def test_every_change_is_in_the_ledger_with_the_stock_of_the_moment(shop: Shop, show_id: int) -> None:
    where = (shop.assistant, shop.workspace_id, show_id)
    await add_items(*where, [HAT])
    await edit_item(*where, "12", ItemChange(quantity=3, open=False))
    await remove_item(*where, "12")
    page = await shop.read(claims.ledger_page, shop.workspace_id, show_id)
    assert [(row.kind, row.reason) for row in page] == [("item", "added"), ("item", "changed"), ("item", "removed")]
    assert (await shop.read(shows.get, shop.workspace_id, show_id)).items_version == 3


async def test_the_same_item_added_twice_at_once_is_there_once(shop: Shop, show_id: int) -> None:
    where = (shop.assistant, shop.workspace_id, show_id)
    made = await asyncio.gather(*(add_items(*where, [HAT]) for _ in range(8)))
    assert [isinstance(one, Item) for answer in made for one in answer].count(True) == 1
    assert len(await shop.read(items.of_show, shop.workspace_id, show_id)) == 1


async def test_nothing_is_stocked_in_a_show_of_another_workspace(shop: Shop, show_id: int) -> None:
    elsewhere = (shop.assistant, shop.workspace_id + 1, show_id)
    for deed in (
        add_items(*elsewhere, [HAT]),
        edit_item(*elsewhere, "12", ItemChange()),
        remove_item(*elsewhere, "12"),
    ):
        with pytest.raises(BadInput, match="no such show"):
            await deed
