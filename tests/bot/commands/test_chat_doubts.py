"""Operators settle what is unclear: told once, one tap each, and never a guess."""

from __future__ import annotations

import pytest

from messaging.base import Button
from tests.bot.commands.conftest import Chatter, Shop


@pytest.fixture
async def ann(shop: Shop) -> Chatter:
    """An operator with a live show of two dresses and one bangle."""
    ann = await shop.operator("Ann")
    await ann.says("/show new Friday")
    await ann.says("/item add 12 Dress 10 x2\n13 Scarf 5 x1\nA7 Bangle 45 x1")
    await ann.says("/live")
    return ann


async def buttons(ann: Chatter, text: str = "/doubts") -> dict[str, str]:
    """The buttons of the answer: what is on them, and what a tap on them sends."""
    (*_, reply) = await ann.replies(text)
    return {one["title"]: one["payload"] for row in reply.buttons for one in row}


async def test_nothing_is_unclear_in_a_quiet_show(ann: Chatter) -> None:
    await ann.says("/doubts", hears="Nothing is unclear in “Friday”.")


async def test_an_operator_taps_what_an_unclear_comment_means(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 12 13")
    shop.clock.passes(minutes=3)
    answer = "1 comment is unclear:\n1. @mai, 3 min ago: “sold 12 13”. Unclear because: 13 could be item 13 or"
    await ann.says("/doubts", hears=answer)
    shown = await buttons(ann)
    assert list(shown) == ["12 ×1 + 13 ×1", "12 ×1", "Nothing"]  # twelve or thirteen of anything do not exist
    await ann.taps(shown["12 ×1 + 13 ×1"], hears="12 → @mai\n13 → @mai")
    await ann.says("/doubts", hears="Nothing is unclear")
    await ann.says("/claims", hears=["12 Dress: 1 of 2 won\n  @mai", "13 Scarf: 1 of 1 won\n  @mai"])
    assert [one.text[:32] for one in await shop.told("promotion")] == [
        "Good news: 12 Dress is yours! Yo",
        "Good news: 13 Scarf is yours! Yo",
    ]


async def test_a_second_tap_says_who_was_first(shop: Shop, ann: Chatter) -> None:
    bob = await shop.operator("Bob")
    await shop.comments("mai", "sold 12 or 13")
    shown = await buttons(ann)
    await ann.taps(shown["12 ×1"], hears="12 → @mai")
    await bob.taps(shown["13 ×1"], hears="“sold 12 or 13” is already resolved by Ann.")
    await ann.taps(shown["12 ×1"], hears="already resolved by Ann")
    await ann.says("/claims", hears="12 Dress: 1 of 2 won\n  @mai\nNobody yet: 13, A7")


async def test_what_is_sold_out_by_now_is_waited_for(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 13 maybe")
    await shop.comments("lan", "sold 13")
    shown = await buttons(ann)
    await ann.taps(shown["13 ×1"], hears="13 → @mai, who waits: sold out; number 1 in line")
    assert await shop.told("promotion") == []
    await ann.says("/release 13 @lan", hears="13 → @mai")


async def test_who_has_it_already_gets_no_second(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 12 maybe")
    await shop.comments("mai", "sold 12")
    await ann.taps((await buttons(ann))["12 ×1"], hears="12 → @mai? No: already has 12")


async def test_nothing_is_an_answer_too(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 12 jk")
    await ann.taps((await buttons(ann))["Nothing"], hears="“sold 12 jk” claims nothing.")
    await ann.says("/doubts", hears="Nothing is unclear")
    await ann.says("/undo", hears="Undone: that comment is unclear again: /doubts.")
    await ann.says("/doubts", hears="sold 12 jk")


async def test_a_choice_can_be_undone_and_made_again(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 13 or A7")
    await shop.comments("lan", "sold 13 maybe")
    shown = await buttons(ann)
    await ann.taps(shown["1: 13 ×1"], hears="13 → @mai")
    await ann.taps(shown["2: 13 ×1"], hears="who waits")
    await ann.says("/undo", hears="Undone: 13 taken back from @lan; that comment is unclear again")
    await ann.says("/undo", hears="13 taken back from @mai")
    assert "not yours after all" in (await shop.told("promotion"))[-1].text
    await ann.taps(shown["1: A7 ×1"], hears="A7 → @mai")
    await ann.taps(shown["2: 13 ×1"], hears="13 → @lan")


async def test_what_is_billed_since_stays(shop: Shop, ann: Chatter) -> None:
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12 maybe")
    await ann.taps((await buttons(ann))["12 ×1"])
    await ann.says("/end")
    await ann.says("/invoice all")
    await ann.says("/undo", hears="@mai is billed for 12 already. Instead: /release 12 @mai")


async def test_operators_are_told_once_until_they_look(shop: Shop, ann: Chatter) -> None:
    async def news() -> list[str]:
        return [one.text for one in await shop.told("notice") if "unclear" in one.text]

    await shop.comments("mai", "sold 12 13")
    assert await news() == [
        "“Friday”: “sold 12 13” is unclear, so it waits for you: 13 could be item 13 or the quantity of 12."
    ]
    for buyer in ("lan", "hoa"):
        await shop.comments(buyer, "sold 12 or 13")
    await shop.comments("lan", "sold!")  # nothing to tap there
    assert len(await news()) == 1
    (note,) = [one for one in await shop.told("notice") if "unclear" in one.text]
    assert note.buttons == [[vars_of(Button(title="Show what is unclear", payload="doubts"))]]
    await ann.says("/doubts")
    await shop.comments("kim", "sold 13 or A7")
    await shop.comments("bo", "sold 13 or A7")
    assert len(await news()) == 2
    shop.clock.passes(minutes=15)
    await shop.comments("an", "sold 13 or A7")
    assert len(await news()) == 3


def vars_of(button: Button) -> dict[str, str]:
    return {"title": button.title, "url": button.url, "payload": button.payload}


async def test_a_long_list_comes_in_parts_that_a_messenger_message_can_carry(shop: Shop, ann: Chatter) -> None:
    for number in range(7):
        await shop.comments(f"buyer{number}", "sold 12 or 13")
    (reply,) = await ann.replies("/doubts")
    assert reply.text.startswith("7 comments are unclear:\n1. @buyer0, just now")
    assert reply.text.endswith("… and 4 more")
    assert sum(map(len, reply.buttons)) == 12
    (reply,) = await ann.replies(reply.buttons[0][0]["payload"], tap=True)
    assert (reply.text, reply.buttons[0][0]["title"]) == ("12 → @buyer0", "6 more")


async def test_what_names_no_item_comes_last_with_a_hint(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold!")
    await shop.comments("lan", "sold 12 maybe")
    await ann.says("/doubts", hears=["1. @lan", "2. @mai, just now: “sold!”", "If it is a claim: /award <code> @mai"])
    assert list(await buttons(ann)) == ["1: 12 ×1", "1: Nothing", "2: Nothing"]


async def test_a_deleted_comment_is_not_unclear_any_more(shop: Shop, ann: Chatter) -> None:
    comment = await shop.comments("mai", "sold 12 maybe")
    shown = await buttons(ann)
    await shop.comments("mai", "sold 12 maybe", deletes=comment)
    await ann.says("/doubts", hears="Nothing is unclear")
    await ann.taps(shown["12 ×1"], hears="was edited or deleted since, so there is nothing to resolve")


async def test_deleting_the_comment_later_gives_back_what_it_came_to(shop: Shop, ann: Chatter) -> None:
    comment = await shop.comments("mai", "sold 13 maybe")
    await ann.taps((await buttons(ann))["13 ×1"], hears="13 → @mai")
    await shop.comments("lan", "sold 13")
    await shop.comments("mai", "", deletes=comment)
    await ann.says("/claims 13", hears="13 Scarf: 1 of 1 won\n  @lan")


@pytest.mark.parametrize("line", ["doubts 1 99 1", "doubts 1 8 9", "doubts x y z", "doubts 99 1 1", "doubts 1 3 0"])
async def test_a_tap_on_what_is_not_there_says_so(shop: Shop, ann: Chatter, line: str) -> None:
    await shop.comments("mai", "sold 12 maybe")
    await ann.taps(line, hears="There is nothing like that to resolve. See /doubts")


async def test_the_lists_say_how_much_is_unclear(shop: Shop, ann: Chatter) -> None:
    await shop.comments("mai", "sold 12 maybe")
    await ann.says("/claims", hears="1 unclear: /doubts")
    await ann.says("/status", hears="1 unclear: /doubts")


async def test_a_question_to_the_operator_ends_with_its_own_mark(shop: Shop, ann: Chatter) -> None:
    await ann.says("/item add C3 Cup (S x2, M x3) 20")
    await shop.comments("mai", "sold c3")
    (note,) = [one for one in await shop.told("notice") if "unclear" in one.text]
    assert note.text.endswith("waits for you: which C3: S or M?")
