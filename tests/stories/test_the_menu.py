"""What operators send most stands in their chat's menu, and in nobody else's."""

from __future__ import annotations

import json

import pytest

from bot.commands.desk import COMMANDS
from bot.commands.menu import WORDS, menu_of
from tests.shop import Shop
from tests.stories.sales import sells_dresses


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: there is nothing in it."""
    return sqlite_url


def test_every_word_of_the_menu_is_a_command_that_needs_nothing_behind_it() -> None:
    menu = menu_of(COMMANDS)
    assert tuple(menu) == WORDS
    assert all(word.isascii() and word.islower() and 1 <= len(word) <= 32 for word in menu)
    assert all(1 <= len(text) <= 256 for text in menu.values())
    assert all(COMMANDS.find(word)[0].role == "operator" for word in menu if word != "help")


def set_menus(shop: Shop) -> int:
    """How often one was set so far."""
    return sum(call.path.endswith("/setMyCommands") for call in shop.telegram.calls)


async def test_who_pairs_has_the_menu_and_it_is_set_again_only_when_it_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, _ = await sells_dresses(shop, "Mai")
    await shop.assistant.errands_done()
    ((key, listed),) = shop.bot.commands.items()
    assert json.loads(key)[0] == {"type": "chat", "chat_id": operator.person.id}, "and Mai has none"
    assert [one["command"] for one in listed] == list(WORDS)
    await operator.person.says(f"/{listed[1]['command']}", to=shop.bot)
    await operator.hears("Friday")
    assert set_menus(shop) == 1

    await shop.close()
    await shop.open()
    await shop.assistant.errands_done()
    assert set_menus(shop) == 1
    monkeypatch.setattr("bot.commands.menu.WORDS", ("status",))
    await shop.close()
    await shop.open()
    await shop.assistant.errands_done()
    assert [one["command"] for one in shop.bot.commands[key]] == ["status"]


async def test_a_telegram_that_sets_no_menus_stops_nobody(shop: Shop) -> None:
    shop.telegram.fail("status", path="MyCommands", status=500, body={"ok": False, "error_code": 500}, times=99)
    operator, _ = await sells_dresses(shop, "Mai")
    await shop.assistant.errands_done()
    await operator.says("/status", hears="Friday")
    assert shop.bot.commands == {}
