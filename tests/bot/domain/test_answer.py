"""What a buyer is answered, given what was decided."""

from __future__ import annotations

import pytest

from bot.domain.answer import Answer, answers_to
from bot.domain.claim import ClaimStatus, Stock
from messaging.texts.kinds import ANSWERS


def stock(*, quantity: int = 3, won: int = 0, opened: bool = True) -> Stock:
    return Stock(1, "12", quantity, won, 0, opened)


def hears(
    status: ClaimStatus, *, wanted: int = 1, position: int | None = None, of: Stock | None = None, limited: bool = False
) -> list[Answer]:
    return list(answers_to(status, wanted=wanted, position=position, stock=of, limited=limited))


def test_who_waits_hears_their_place() -> None:
    assert hears(ClaimStatus.WAITLISTED, position=2, of=stock(won=3)) == [Answer("waitlisted", position=2)]


def test_the_first_who_wants_more_than_is_left_hears_how_much_that_is() -> None:
    told = hears(ClaimStatus.WAITLISTED, wanted=2, position=1, of=stock(won=2))
    assert told == [Answer("only_left", left=1), Answer("waitlisted", position=1)]


def test_who_wants_more_than_exists_hears_what_is_left_or_that_nothing_is() -> None:
    assert hears(ClaimStatus.REJECTED, wanted=9, of=stock(won=1)) == [Answer("only_left", left=2)]
    assert hears(ClaimStatus.REJECTED, wanted=9, of=stock(won=3)) == [Answer("sold_out")]


def test_a_closed_item_is_closed_however_much_is_wanted() -> None:
    assert hears(ClaimStatus.REJECTED, wanted=9, of=stock(opened=False)) == [Answer("closed")]


def test_a_limit_is_named_where_the_show_has_one_and_else_a_person_has_to_speak() -> None:
    assert hears(ClaimStatus.REJECTED, of=stock(), limited=True) == [Answer("limit")]
    assert hears(ClaimStatus.REJECTED, of=stock()) == []
    assert hears(ClaimStatus.REJECTED) == []


def test_talk_is_not_answered() -> None:
    assert hears(ClaimStatus.IGNORED) == []


@pytest.mark.parametrize("status", ClaimStatus)
def test_everything_that_is_answered_can_be_said(status: ClaimStatus) -> None:
    assert {answer.kind for answer in hears(status, position=1, of=stock())} <= ANSWERS
