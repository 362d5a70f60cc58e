"""Operators have the scoreboard sent anew, where there is one."""

from __future__ import annotations

from storage import scoreboards
from storage.scoreboards import Board, BoardStatus
from tests.bot.commands.conftest import GROUP, Chatter, Shop


async def boards(shop: Shop) -> list[Board]:
    return list(await shop.read(scoreboards.of_show, shop.workspace_id, 1))


async def shown(shop: Shop, message_id: str) -> None:
    """The scoreboard of the group was sent."""
    (board,) = await boards(shop)
    await shop.write(scoreboards.settle, shop.workspace_id, board, BoardStatus.SHOWN, message_id)


async def test_a_group_gets_its_scoreboard_with_the_first_comment_and_only_one(shop: Shop, seller: Chatter) -> None:
    await seller.says("/scoreboard", hears="the scoreboard comes with the first comment there")
    await shop.comments("mai", "hello")
    await shop.comments("lan", "sold 12")
    assert [(board.chat_id, board.status) for board in await boards(shop)] == [(GROUP, BoardStatus.WANTED)]


async def test_asked_for_in_private_it_comes_anew_in_every_group_and_the_old_one_goes(
    shop: Shop, seller: Chatter
) -> None:
    await shop.comments("mai", "hello")
    await shown(shop, "77")
    await seller.says("/scoreboard", hears="The scoreboard comes anew in 1 group.")
    (board,) = await boards(shop)
    assert (board.status, board.message_id, board.attempt) == (BoardStatus.WANTED, None, 2)
    assert shop.platform.deleted == [(GROUP, "77")]


async def test_asked_for_in_a_group_it_is_its_own_answer(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await shown(shop, "77")
    await seller.says("/scoreboard again", group="-100900", hears="")
    assert [(board.chat_id, board.status) for board in await boards(shop)] == [
        (GROUP, BoardStatus.SHOWN),
        ("-100900", BoardStatus.WANTED),
    ]


async def test_what_was_asked_for_while_it_was_being_sent_is_sent_again(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    (board,) = await boards(shop)
    assert await shop.write(scoreboards.begin, shop.workspace_id, board)
    await seller.says("/scoreboard")
    await shop.write(scoreboards.settle, shop.workspace_id, board, BoardStatus.SHOWN, "77")
    (after,) = await boards(shop)
    assert (after.status, after.message_id) == (BoardStatus.WANTED, None)


async def test_there_is_none_before_the_show_without_items_or_where_it_is_off(shop: Shop, operator: Chatter) -> None:
    await operator.says("/show new Friday")
    await operator.says("/scoreboard", hears="To start it: /live")
    await operator.says("/live")
    await operator.says("/scoreboard", hears="Send: /item add")
    await operator.says("/rules scoreboard off")
    await operator.says("/scoreboard", hears="/rules scoreboard on")
    await shop.comments("mai", "hello")
    assert await boards(shop) == []
