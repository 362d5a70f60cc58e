"""Pairing: the code on the console, and how guesses are counted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.workflows.count_wrong_codes import TRIES_PER_IDENTITY, TRIES_PER_WORKSPACE, WINDOW, WrongCodes
from bot.workflows.pair_operators import ALPHABET, greet_first_operator, normal_code
from storage.channels import Channel
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BOT = Channel(id=1, workspace_id=1, platform="telegram", external_id="1", title="Bot")
PAGE = Channel(id=2, workspace_id=1, platform="messenger", external_id="2", title="Page")


def test_wrong_codes_are_counted_for_each_identity_by_itself() -> None:
    wrong = WrongCodes()
    for _ in range(TRIES_PER_IDENTITY):
        assert not wrong.blocked(BOT, "7", NOON)
        wrong.add(BOT, "7", NOON)
    assert wrong.blocked(BOT, "7", NOON)
    assert not wrong.blocked(BOT, "8", NOON)
    assert not wrong.blocked(PAGE, "7", NOON)


def test_wrong_codes_are_forgotten_after_their_time_one_by_one() -> None:
    wrong = WrongCodes()
    for minute in range(TRIES_PER_IDENTITY):
        wrong.add(BOT, "7", NOON + timedelta(minutes=minute))
    assert wrong.blocked(BOT, "7", NOON + WINDOW - timedelta(seconds=1))
    assert not wrong.blocked(BOT, "7", NOON + WINDOW)


def test_a_workspace_is_flooded_by_many_together() -> None:
    wrong = WrongCodes()
    for guess in range(TRIES_PER_WORKSPACE):
        assert not wrong.flooded(1, NOON)
        wrong.add(BOT, str(guess), NOON)
    assert wrong.flooded(1, NOON)
    assert not wrong.flooded(2, NOON)
    assert not wrong.flooded(1, NOON + WINDOW)


def test_codes_are_compared_without_regard_to_how_they_are_written() -> None:
    assert {normal_code(text) for text in ("ABCD-EFGH", "abcdefgh", " ab cd–ef gh ")} == {"ABCDEFGH"}


async def test_a_code_has_only_letters_that_cannot_be_mistaken(shop: Shop) -> None:
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", await shop.code())
    assert not set("IO01") & set(ALPHABET)


async def test_the_person_at_the_console_is_shown_a_code_that_makes_the_owner(shop: Shop) -> None:
    said: list[str] = []
    await greet_first_operator(shop.assistant, shop.workspace_id, said.append)
    assert "First bot (https://t.me/shop_bot)" in said[0]
    await shop.person("Ann").says(said[0].rpartition("  ")[2], hears="You are the owner")
    await greet_first_operator(shop.assistant, shop.workspace_id, said.append)
    assert len(said) == 1


async def test_whoever_starts_without_a_chat_is_told_what_to_set(shop: Shop) -> None:
    shop.assistant.connected.clear()
    said: list[str] = []
    await greet_first_operator(shop.assistant, shop.workspace_id, said.append)
    assert "set TELEGRAM_BOT_TOKEN" in said[0]
    assert "/pair " in said[-1]
