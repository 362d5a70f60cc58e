"""Giveaways in chat: the fingerprint first, then the draw, and what becomes of the prize."""

from __future__ import annotations

import hashlib
import re

from bot.commands.desk import take
from bot.domain import giveaway
from bot.workflows.merge_buyers import merge_buyers
from bot.workflows.prove_giveaways import prove_giveaway
from messaging.base import Message, Person
from storage import draws, items
from storage.tables import draws as draws_table
from storage.tables import operator_identities
from tests.bot.commands.conftest import Chatter, Shop, payloads

CROWD = ("mai", "lan", "hoa", "kim", "an", "bo")


async def _crowd(shop: Shop, text: str = "so pretty") -> None:
    for buyer in CROWD:
        await shop.comments(buyer, text)


def _said(text: str, what: str) -> str:
    found = re.search(rf"{what} ([0-9a-f]{{64}})", text)
    assert found is not None, text
    return found[1]


async def test_anybody_can_compute_the_draw_from_what_was_published(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop)
    before = await seller.says("/giveaway Gift card x2", hears="Giveaway 1: Gift card, 2 winners. Everybody who has")
    promised = re.search(r"\(SHA-256\) is ([0-9a-f]{64})", before)
    assert promised is not None
    answer = await seller.taps("giveaway draw 1", hears="6 took part")
    seed = _said(answer, "seed")
    assert hashlib.sha256(seed.encode()).hexdigest() == promised[1] == _said(answer, "fingerprint")
    entrants = range(1, 7)  # they met us in this order
    assert hashlib.sha256(b"1\n2\n3\n4\n5\n6").hexdigest() == _said(answer, "list hash")
    winners = giveaway.draw(seed, entrants, 2)
    assert answer.startswith(f"🎉 @{CROWD[winners[0] - 1]} and @{CROWD[winners[1] - 1]} win Gift card!")
    assert answer.endswith(f"numbers of the winners {winners[0]}, {winners[1]}")
    told = await shop.told("giveaway")
    assert [one.buyer_id for one in told] == winners
    assert {one.text for one in told} == {"Congratulations, you won the giveaway: Gift card!"}
    assert {one.id for one in told} <= set(shop.jobs.delivered)


async def test_a_draw_is_drawn_once(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop)
    await seller.says("/giveaway 12")
    first = await seller.taps("giveaway draw 1")
    await shop.comments("late", "hello")
    assert await seller.taps("giveaway draw 1") == first
    assert len(await shop.told("giveaway")) == 1
    await seller.says("/giveaway", hears="1. 12 Blue dress: drawn")


async def test_a_giveaway_is_opened_once_however_often_the_message_is_acted_on(shop: Shop, seller: Chatter) -> None:
    message = Message(
        event_id="event",
        chat_id="private-Ann",
        chat_title="Ann",
        private=True,
        person=Person(id="person-Ann", kind="user"),
        text="/giveaway 12",
        message_id="m",
        sent_at=shop.clock(),
    )
    for _ in range(2):
        await take(shop.assistant, shop.channel, message, inbox_id=900_000)
    (reply,) = await seller.replies("/giveaway")
    assert reply.text == "1. 12 Blue dress: open"
    assert payloads(reply) == ["giveaway draw 1"]


async def test_writing_more_is_no_better_chance_and_some_do_not_take_part(shop: Shop, seller: Chatter) -> None:
    for _ in range(3):
        await shop.comments("mai", "me me me")
    await shop.comments("lan", "hello")
    await shop.comments("rude", "hello")
    await seller.says("/block @rude")
    await shop.comments("person", "I am the seller")
    shop_ids = await shop.read(draws.commenters, shop.workspace_id, 1, before=10_000)
    assert len(shop_ids) == 4
    await seller.says("/giveaway Mug x5")
    answer = await seller.taps("giveaway draw 1", hears="3 took part, for 5 prizes")
    assert "@rude" not in answer


async def test_operators_do_not_win_their_own_giveaway(shop: Shop, seller: Chatter) -> None:
    await shop.operator("bob")
    await shop.comments("bob", "hello")
    await shop.write(_pair_with_comments_of, shop, "bob")
    await seller.says("/giveaway Mug")
    await seller.taps(
        "giveaway draw 1", hears="1 has commented, but all are blocked, operators or won a giveaway before."
    )
    await shop.comments("lan", "hello")
    await seller.taps("giveaway draw 1", hears="🎉 @lan wins Mug!")


def _pair_with_comments_of(tx: object, shop: Shop, name: str) -> None:
    """Here people have other ids in private chats; on Telegram they have one."""
    tx.execute(  # type: ignore[attr-defined]
        operator_identities.update()
        .where(operator_identities.c.platform_user_id == f"person-{name}")
        .values(platform_user_id=f"id-{name}")
    )


async def test_who_won_before_does_not_win_again_whoever_they_turn_out_to_be(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/giveaway Mug")
    await seller.taps("giveaway draw 1", hears="@mai wins")
    await seller.says("/end")
    await seller.says("/show new Saturday")
    await seller.says("/live")
    await shop.comments("mai", "hello")
    await shop.comments("mai.fb", "hello")
    await merge_buyers(shop.assistant, shop.workspace_id, 2, 1, by="Ann")
    await seller.says("/giveaway Card")
    await seller.taps("giveaway draw 2", hears="1 has commented, but all are blocked")
    await shop.comments("lan", "hello")
    await seller.taps("giveaway draw 2", hears="@lan wins Card!")
    proof = await shop.read(prove_giveaway, shop.workspace_id, 1)
    assert proof.agrees
    assert "winner       1 @mai.fb" in proof.lines


async def test_only_who_writes_the_word_takes_part(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "so unlucky")
    await seller.says("/giveaway word LUCKY Gift card", hears="Giveaway 1: Gift card. Whoever writes LUCKY takes part.")
    await seller.taps("giveaway draw 1", hears="Nobody has written “LUCKY” yet.")
    await shop.comments("lan", "Lucky!!")
    await seller.taps("giveaway draw 1", hears=["@lan wins Gift card!", "1 took part"])


async def test_a_prize_from_the_stock_is_set_aside_once(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/giveaway 12")
    (reply,) = await seller.replies("giveaway draw 1", tap=True)
    assert payloads(reply) == ["giveaway aside 1", "award 12 #1 x1"]
    await seller.taps("giveaway aside 1", hears="12 is set aside for @mai, free: no invoice will have it on. 1 left.")
    await seller.taps("giveaway aside 1", hears="12 was taken out already.")
    (dress, _) = await shop.read(items.of_show, shop.workspace_id, 1)
    assert (dress.quantity, dress.won) == (1, 0)
    await seller.says("/undo", hears="2 pieces again")


async def test_the_last_piece_is_set_aside_by_closing_the_item(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "hello")
    await seller.says("/giveaway 14")
    await seller.taps("giveaway draw 1")
    await seller.taps(
        "giveaway aside 1", hears="14 is set aside for @mai, free: no invoice will have it on. It is closed."
    )


async def test_a_sold_out_prize_has_nothing_to_tap(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 14")
    await seller.says("/giveaway 14")
    (reply,) = await seller.replies("giveaway draw 1", tap=True)
    assert reply.buttons == []
    await seller.taps("giveaway aside 1", hears="There is nothing left to take out of the stock.")


async def test_what_is_no_giveaway_is_said_so(shop: Shop, seller: Chatter) -> None:
    await seller.says("/giveaway", hears="“Friday sale” has no giveaway. To open one: /giveaway 12 Blue dress")
    await seller.says("/giveaway draw 9", hears="There is no giveaway 9. Send /giveaway to see them.")
    await seller.says("/giveaway draw x", hears="Tap a button")
    await seller.says("/giveaway 12 x0", hears="A giveaway has 1 to 20 winners.")
    await seller.says(f"/giveaway {'x' * 201}", hears="too long to be read out")
    await seller.says("/giveaway Dress xL", hears="Giveaway 1: Dress xL.")


async def test_a_changed_draw_does_not_add_up(shop: Shop, seller: Chatter) -> None:
    await _crowd(shop)
    await seller.says("/giveaway Mug")
    await seller.taps("giveaway draw 1")
    assert (await shop.read(prove_giveaway, shop.workspace_id, 1)).agrees
    for change in ({"seed": "0" * 64}, {"entrants": [1, 2]}, {"entrants_hash": "0" * 64}, {"fingerprint": "0"}):
        kept = await shop.read(draws.get, shop.workspace_id, 1)
        await shop.write(lambda tx, values=change: tx.execute(draws_table.update().values(**values)))
        proof = await shop.read(prove_giveaway, shop.workspace_id, 1)
        assert not proof.agrees, change
        assert proof.lines[-1].startswith("It does NOT add up")
        (name,) = change
        await shop.write(lambda tx, n=name, k=kept: tx.execute(draws_table.update().values({n: getattr(k, n)})))
