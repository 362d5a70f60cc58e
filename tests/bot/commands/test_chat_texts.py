"""Operators read and change what buyers are told, and in which language."""

from __future__ import annotations

import pytest

from messaging.texts import KINDS
from storage.deliveries import Delivery
from tests.bot.commands.conftest import Chatter, Shop, open_shop


async def promoted(shop: Shop, seller: Chatter) -> Delivery:
    """Lan is told that the hat is hers."""
    await shop.comments("mai", "sold 14")
    await shop.comments("lan", "sold 14")
    await seller.says("/release 14 @mai")
    return (await shop.told("promotion"))[-1]


async def test_every_text_is_listed_and_those_of_the_shop_are_marked(seller: Chatter) -> None:
    await seller.says("/template list", hears=list(KINDS))
    await seller.says("/template got_it th จองแล้ว {code}", hears=["“got_it” in th is now", "• จองแล้ว {code}"])
    await seller.says("/template list", hears="got_it: a claim won — yours in th")


async def test_a_text_is_read_with_what_it_knows_and_how_to_change_it(seller: Chatter) -> None:
    await seller.says(
        "/template waitlisted es",
        hears=["lista de espera", "it needs {code}, {position}", "/template waitlisted es <your text>"],
    )
    await seller.says("/template waitlisted", hears="number {position} in line")


async def test_a_text_without_what_the_buyer_has_to_know_is_refused(seller: Chatter) -> None:
    await seller.says("/template got_it en {name}, yours!", hears="“got_it” needs {code}")
    await seller.says("/template got_it en {code} for {nmae}", hears=["{nmae}", "It may use {code}, {item}"])
    await seller.says("/template got_it klingon {code}", hears="I write en, es")
    await seller.says("/template goodbye en bye", hears="/template list shows them all")


async def test_a_text_of_the_shop_is_what_buyers_read_until_it_is_reset(shop: Shop, seller: Chatter) -> None:
    await seller.says("/template promoted en Yay, {item} goes to you.")
    assert (await promoted(shop, seller)).text == "Yay, 14 Hat goes to you."
    await seller.says("/template promoted en reset", hears="Good news")
    await seller.says("/template promoted en reset", hears="is as built in.")


async def test_a_buyer_reads_the_language_an_operator_says(shop: Shop, seller: Chatter) -> None:
    await shop.comments("lan", "sold 12")
    await seller.says("/language @lan", hears="reads what the show speaks, English")
    await seller.says("/language @lan vi", hears="@lan reads Tiếng Việt from now on.")
    await seller.says("/language @lan", hears="@lan reads Tiếng Việt.")
    assert (await promoted(shop, seller)).text.startswith("Tin vui: 14 Hat là của bạn!")


async def test_auto_is_what_the_show_speaks_again(shop: Shop, seller: Chatter) -> None:
    await shop.comments("lan", "sold 12")
    await seller.says("/language @lan vi")
    await seller.says("/language @lan auto", hears="reads what the show speaks")
    assert (await promoted(shop, seller)).text.startswith("Good news")


@pytest.mark.parametrize("line", ["/language Anna Lee", "/language Anna Lee sv"])
async def test_a_name_of_two_words_is_not_taken_for_a_language(shop: Shop, seller: Chatter, line: str) -> None:
    await shop.comments("anna", "sold 12", name="Anna Lee")
    await seller.says(line, hears="@anna reads")


async def test_a_language_nobody_wrote_down_is_refused_with_those_there_are(shop: Shop, seller: Chatter) -> None:
    await shop.comments("lan", "sold 12")
    await seller.says("/language @lan klingon", hears="I do not write “klingon”. I write en, es")


async def test_a_shop_does_not_read_the_words_of_another(seller: Chatter, shop: Shop) -> None:
    await seller.says("/template promoted en Yay, {item} goes to you.")
    other = await open_shop(shop.assistant, shop.clock, shop.jobs, shop.stripe, name="Second")
    stranger = await other.operator("Zoe")
    await stranger.says("/template list", hears="promoted: what they waited for is theirs\n")
