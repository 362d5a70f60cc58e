"""Turns: what becomes free is offered to the first in line, who takes it, lets it go, or does not answer."""

from __future__ import annotations

import pytest

from bot.workflows.expire_claims import expire_claims
from bot.workflows.replay_show import replay_show
from storage import items, tallies
from storage.deliveries import Delivery
from tests.bot.commands.conftest import Chatter, Shop, payloads


@pytest.fixture(name="turns")
async def a_show_with_turns(shop: Shop, seller: Chatter) -> Chatter:
    """Two pieces of 12, five buyers, and fifteen minutes to say yes."""
    await seller.says("/rules turn 15 min")
    for buyer in ("mai", "lan", "hoa", "kim", "bo"):
        await shop.comments(buyer, "sold 12")
    return seller


def buyer(shop: Shop, name: str) -> Chatter:
    """The person whose comments are `name`'s, in their private chat."""
    return shop.person(name, as_buyer=True)


async def offers(shop: Shop) -> list[Delivery]:
    return await shop.told("offer")


async def agrees(shop: Shop) -> None:
    """The books hold, and the ledger leads to them."""
    replayed = await replay_show(shop.assistant.database, shop.workspace_id, 1)
    assert replayed.agrees, replayed.lines


async def test_what_is_released_is_offered_to_the_first_in_line(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai", hears="12 → @hoa (asked)")
    (offer,) = await offers(shop)
    assert offer.text == "It is your turn: 12 Blue dress. It is yours if you say so within 15 min."
    assert offer.id in shop.jobs.delivered
    assert payloads(offer) == ["turn yes 3", "turn no 3"]
    said = await turns.says("/claims 12")
    assert said == "12 Blue dress: 1 of 2 won\n  @lan\n  offered: @hoa (15 min)\n  waiting: 1. @kim, 2. @bo"
    (dress, _) = await shop.read(items.of_show, shop.workspace_id, 1)
    assert (dress.won, dress.waiting) == (2, 2), "what is offered is set aside"
    assert (await shop.read(tallies.of_show, shop.workspace_id, 1))["offered"] == 1
    await shop.comments("cam", "sold 12")
    await turns.says("/who 12", hears="3. @cam")
    await turns.says("/status", hears="1 asked whether they want what became free")
    await agrees(shop)


async def test_who_takes_it_has_it_and_a_second_tap_says_so(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    hoa = buyer(shop, "hoa")
    await hoa.taps("turn yes 3", hears="12 Blue dress is yours! Your pay link follows.")
    await hoa.taps("turn yes 3", hears="12 Blue dress is yours already.")
    await hoa.taps("turn no 3", hears="12 Blue dress is yours. If you do not want it, please write to us.")
    assert len(shop.platform.taps) == 3, "no button keeps spinning"
    await turns.says("/claims 12", hears="2 of 2 won\n  @lan, @hoa\n  waiting: 1. @kim")
    await agrees(shop)


async def test_who_says_no_thanks_makes_room_for_the_next(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    hoa = buyer(shop, "hoa")
    await hoa.taps("turn no 3", hears="All right, 12 Blue dress goes to the next in line. Thank you for saying so!")
    await hoa.taps("turn no 3", hears="You let 12 Blue dress go.")
    await hoa.taps("turn yes 3", hears="If you want it after all, claim it once more in the comments.")
    assert [payloads(offer)[0] for offer in await offers(shop)] == ["turn yes 3", "turn yes 4"]
    await buyer(shop, "kim").taps("turn yes 4", hears="is yours!")
    await turns.says("/claims 12", hears="2 of 2 won\n  @lan, @kim\n  waiting: 1. @bo")
    await agrees(shop)


async def test_who_does_not_answer_in_time_loses_the_turn_and_everybody_hears_of_it(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    shop.clock.passes(minutes=14)
    assert await expire_claims(shop.assistant) == 0
    shop.clock.passes(minutes=1)
    assert await expire_claims(shop.assistant) == 1
    assert await expire_claims(shop.assistant) == 0, "nothing is done twice"
    assert (await shop.told("notice"))[
        -1
    ].text == "“Friday sale”: time is up.\nNo answer: 12 @hoa\nNext in line is asked: 12 @kim"
    (sorry,) = await shop.told("expiry")
    assert sorry.text == "Your time to say yes to 12 Blue dress is over, so the next in line is asked."
    await buyer(shop, "hoa").taps("turn yes 3", hears="Sorry, your time for 12 Blue dress was up.")
    assert len(await offers(shop)) == 2
    await turns.says("/claims 12", hears="  offered: @kim (15 min)\n  waiting: 1. @bo")
    await agrees(shop)


async def test_a_yes_before_the_clock_looks_still_counts(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    shop.clock.passes(minutes=16)
    await buyer(shop, "hoa").taps("turn yes 3", hears="is yours!")
    assert await expire_claims(shop.assistant) == 0
    await agrees(shop)


async def test_a_question_is_for_nobody_else(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    for stranger in (buyer(shop, "kim"), shop.person("Nobody"), turns):
        for payload in ("turn yes 3", "turn no 3", "turn yes 999"):
            await stranger.taps(payload, hears="That question was for somebody else.")
    await turns.says("/claims 12", hears="offered: @hoa")


async def test_what_is_not_a_button_of_ours_is_greeted_as_ever(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    hoa = buyer(shop, "hoa")
    for text in ("turn yes 3", "turn yes", "turn maybe 3"):
        assert "is yours" not in await hoa.says(text)
    await hoa.taps("turn maybe 3")
    await turns.says("/claims 12", hears="offered: @hoa")


async def test_more_pieces_are_offered_to_as_many_as_there_are(shop: Shop, turns: Chatter) -> None:
    await turns.says("/item edit 12 +2", hears="12 → @hoa (asked)\n12 → @kim (asked)")
    await turns.says("/claims 12", hears="2 of 4 won\n  @mai, @lan\n  offered: @hoa (15 min), @kim (15 min)\n")
    await turns.says("/undo", hears="@hoa waits again, number 1; @kim waits again, number 2")
    sorry = (await shop.told("promotion"))[-1]
    assert sorry.text == (
        "Sorry, that was a mistake: it is not your turn for 12 Blue dress yet. You are number 2 in line."
    )
    await buyer(shop, "kim").taps("turn yes 4", hears="It is not your turn for 12 Blue dress yet: you are number 2")
    await agrees(shop)


async def test_an_operator_awards_what_is_offered(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    await turns.says("/award 12 @hoa x2", hears="@hoa is being offered 12 ×1. To give it to them: /award 12 @hoa")
    await turns.says("/award 12 @hoa", hears="12 → @hoa (sold out)")
    await turns.says("/claims 12", hears="2 of 2 won\n  @lan, @hoa\n  waiting: 1. @kim")
    shop.clock.passes(seconds=1)
    await turns.says("/undo", hears="Undone: 12 is offered to @hoa again")
    assert len(await offers(shop)) == 2
    await turns.says("/claims 12", hears="1 of 2 won\n  @lan\n  offered: @hoa (15 min)\n  waiting: 1. @kim")
    await agrees(shop)


async def test_an_operator_releases_what_is_offered_and_takes_that_back(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    await turns.says("/release 12 @hoa", hears="12 is not offered to @hoa any more.\n12 → @kim (asked)")
    await turns.says("/undo", hears="Undone: 12 is offered to @hoa again; @kim waits again, number 1.")
    await turns.says("/claims 12", hears="  @lan\n  offered: @hoa (15 min)\n  waiting: 1. @kim, 2. @bo")
    await turns.says("/undo", hears="Undone: @mai has 12 again; @hoa waits again, number 1.")
    await turns.says("/claims 12", hears="  @mai, @lan\n  waiting: 1. @hoa, 2. @kim, 3. @bo")
    await agrees(shop)


async def test_an_undone_release_takes_the_offer_back_whoever_is_asked_by_then(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    await buyer(shop, "hoa").taps("turn no 3")
    await turns.says("/undo", hears="Undone: @mai has 12 again; @kim waits again, number 1.")
    await turns.says("/claims 12", hears="2 of 2 won\n  @mai, @lan\n  waiting: 1. @kim, 2. @bo")
    await buyer(shop, "kim").taps("turn yes 4", hears="It is not your turn for 12 Blue dress yet")
    await agrees(shop)


async def test_a_release_is_not_undone_when_the_next_one_took_the_item_from_another(shop: Shop, turns: Chatter) -> None:
    await turns.says("/release 12 @mai")
    await buyer(shop, "hoa").taps("turn no 3")
    await buyer(shop, "kim").taps("turn yes 4")
    await turns.says("/undo", hears="12 is won by others since, so it cannot go back to @mai.")
    await agrees(shop)


async def test_a_deleted_comment_offers_its_item_to_the_next(shop: Shop, seller: Chatter) -> None:
    await seller.says("/rules turn 15 min")
    written = [await shop.comments(name, "sold 12") for name in ("mai", "lan", "hoa", "kim")]
    await shop.comments("mai", "", deletes=written[0])
    await shop.comments("hoa", "", deletes=written[2])
    assert [payloads(offer)[0] for offer in await offers(shop)] == ["turn yes 3", "turn yes 4"]
    await seller.says("/claims 12", hears="1 of 2 won\n  @lan\n  offered: @kim (15 min)")
    await agrees(shop)


async def test_without_turns_whoever_is_next_has_it_at_once(shop: Shop, turns: Chatter) -> None:
    await turns.says("/rules turn off")
    await turns.says("/release 12 @mai", hears="12 → @hoa")
    assert not await offers(shop)
    await turns.says("/claims 12", hears="2 of 2 won\n  @lan, @hoa\n  waiting: 1. @kim")
    await agrees(shop)
