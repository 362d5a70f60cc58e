"""The scoreboard of a group: one message, edited as things move, on the real wire of Telegram."""

from __future__ import annotations

import pytest

import bot.jobs.boards
from sandbox.telegram import Person
from sandbox.telegram.chats import Message
from tests.shop import PATIENCE, Shop


@pytest.fixture(autouse=True)
def _swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits come as fast as things move."""
    monkeypatch.setattr(bot.jobs.boards, "EVERY", 0.2)
    monkeypatch.setattr(bot.jobs.boards, "BREATH", 0.05)


def boards(shop: Shop) -> list[Message]:
    """The scoreboards that are in the group."""
    assert shop.group is not None
    return [one for one in shop.group.messages if one.sender.is_bot and "12 Dress" in one.text and not one.deleted]


async def reads(somebody: Person, shop: Shop, contains: str) -> str:
    """What the scoreboard says, as soon as it says this."""
    return (await somebody.hears(contains=contains, in_chat=shop.group, timeout=PATIENCE)).text


async def test_the_board_goes_from_three_left_to_sold_out_in_one_message(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x3", "14 Hat 5")
    mai, lan, hoa = [await shop.buyer(name) for name in ("Mai", "Lan", "Hoa")]
    await mai.says("hello", to=shop.group)
    assert await reads(mai, shop, "3 left") == "Friday\n\n14 Hat, 5.00 USD: 1 left\n12 Dress, 19.90 USD: 3 left"
    await mai.says("sold 12", to=shop.group)
    await reads(mai, shop, "2 left · Mai")
    await lan.says("sold 12 x2", to=shop.group)
    await reads(mai, shop, "12 Dress, 19.90 USD: sold out · Mai, Lan")
    await hoa.says("sold 12", to=shop.group)
    await reads(mai, shop, "sold out · Mai, Lan · 1 waiting")
    await operator.says("/end", hears="has ended")
    await reads(mai, shop, "The show has ended. Thank you all!")
    (board,) = boards(shop)
    assert len(board.edits) >= 4
    assert len(set(board.edits)) == len(board.edits)


async def test_a_board_that_was_deleted_comes_again_and_one_that_is_asked_for_comes_below(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x3")
    mai = await shop.buyer("Mai")
    await mai.says("hello", to=shop.group)
    await reads(mai, shop, "3 left")
    boards(shop)[0].deleted = True
    await mai.says("sold 12", to=shop.group)
    await reads(mai, shop, "2 left")
    (second,) = boards(shop)
    await operator.says("/scoreboard", hears="anew in 1 group")
    await reads(mai, shop, "2 left")
    (third,) = boards(shop)
    assert second.deleted
    assert third.id > second.id


async def test_after_a_restart_the_same_message_is_edited(shop: Shop) -> None:
    await shop.open()
    await shop.opens_show("12 Dress 19.90 x3")
    mai = await shop.buyer("Mai")
    await mai.says("hello", to=shop.group)
    await reads(mai, shop, "3 left")
    await shop.close()
    await shop.open()
    await mai.says("sold 12", to=shop.group)
    await reads(mai, shop, "2 left")
    assert len(boards(shop)) == 1


async def test_a_board_whose_sending_broke_off_is_not_sent_twice_unless_somebody_says_so(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x3")
    mai = await shop.buyer("Mai")
    shop.telegram.fail("status_after", path="sendMessage", contains="3+left", times=1, status=502)
    await mai.says("hello", to=shop.group)
    await operator.hears("The scoreboard in “Sale group” may or may not have arrived")
    await mai.says("sold 12", to=shop.group)
    await shop.heard()
    assert len(boards(shop)) == 1
    await operator.says("/scoreboard again", hears="anew in 1 group")
    await reads(mai, shop, "2 left")


async def test_a_show_without_a_scoreboard_keeps_the_group_to_its_people(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Dress 19.90 x3")
    await operator.says("/rules scoreboard off", hears="scoreboard is now off")
    mai = await shop.buyer("Mai")
    await mai.says("sold 12", to=shop.group)
    assert await shop.claims() == [("mai", "winner")]
    await operator.says("/scoreboard", hears="/rules scoreboard on")
    await operator.says("/rules scoreboard on", hears="scoreboard is now on")
    await mai.says("sold 12", to=shop.group)
    await reads(mai, shop, "2 left")
    assert len(boards(shop)) == 1
