"""Trying how a comment would be read, before a buyer writes it."""

from __future__ import annotations

import pytest

from storage import claims
from tests.bot.commands.conftest import Chatter, Shop
from tests.postgres import one_database


async def test_there_has_to_be_a_show(operator: Chatter) -> None:
    await operator.says("/try sold 12", hears="There is no show yet.")


@one_database
@pytest.mark.parametrize(
    ("comment", "answer"),
    [
        ("sold 12 x2", "Read as a claim of 12 ×2. Why: the word “sold” and code 12."),
        ("A7 red", "Read as a claim of A7 (red). Why: code A7 alone."),
        (
            "sold 99 0912345678",
            "Read as a claim of 99, which “Friday sale” does not have (yet), with the phone number 0912345678. "
            "Why: the word “sold” and code 99.",
        ),
        ("12+1 14+1", "Read as a claim of 12 and 14. Why: “+1” and codes 12, 14."),
        ("pass 12", "Read as giving back 12. Why: the word “pass” and code 12."),
        ("sold next 12", "Read as waiting in line for 12. Why: the word “sold next” and code 12."),
        ("sold next", "Read as waiting in line for something. Why: the word “sold next”."),
        ("how much is 12", "Read as a question. Why: a question."),
        ("cart", "Read as asking for what they have. Why: the word “cart”."),
        ("lovely", "Read as talk. Why: nothing that names an item."),
        (
            "sold 12 14",
            "Read as unclear, so left to you. Why: 14 could be item 14 or the quantity of 12. "
            "You would be asked to choose: 12 and 14; 12 ×14; 14 ×12; 12; nothing.",
        ),
    ],
)
async def test_the_answer_says_what_it_means_and_why(shop: Shop, seller: Chatter, comment: str, answer: str) -> None:
    await seller.says("/item add A7 Scarf (red, blue) 9")
    assert await seller.says(f"/try {comment}") == answer
    assert await shop.read(claims.active, shop.workspace_id, 1) == []


async def test_the_shops_own_words_are_tried_too(seller: Chatter) -> None:
    await seller.says("/rules words claim gimme")
    assert await seller.says("/try gimme 12") == "Read as a claim of 12. Why: the word “gimme” and code 12."
