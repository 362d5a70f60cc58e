"""Deciding by rules: without any it comes to what is decided without, and with any nothing is oversold."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.claim import ClaimStatus, Stock, Wish, decide
from bot.domain.deciding import Holding, Terms, decide_by
from bot.domain.reading import MARKETS
from bot.domain.reading.habits import second_comment
from bot.domain.show_rules import Again

_wish = st.tuples(st.integers(0, 3), st.integers(1, 5), st.sampled_from([(), ("M",)]))
_wishes = st.lists(_wish, max_size=20)


@given(_wishes, st.integers(1, 8), st.booleans(), st.booleans())
def test_without_rules_it_is_first_come_first_served(
    wishes: list[tuple[int, int, tuple[str, ...]]], quantity: int, is_open: bool, reserved: bool
) -> None:
    stock = Stock(1, "12", quantity, 0, 0, is_open, reserved)
    other = copy.deepcopy(stock)
    held: dict[int, list[Holding]] = {}
    for seq, (buyer, pieces, options) in enumerate(wishes):
        wish = Wish("12", 1, pieces, options)
        outcome = decide_by(Terms(), wish, other, held.setdefault(buyer, []), (seq, 0))
        assert outcome.made == [decide(wish, buyer, stock)]
        assert (stock.won, stock.waiting) == (other.won, other.waiting)


@given(
    _wishes,
    st.integers(1, 8),
    st.builds(Terms, again=st.sampled_from(Again), most=st.sampled_from([None, 1, 3]), partial=st.booleans()),
)
def test_whatever_the_rules_nothing_is_oversold_and_nobody_has_more_than_the_most(
    wishes: list[tuple[int, int, tuple[str, ...]]], quantity: int, terms: Terms
) -> None:
    stock = Stock(1, "12", quantity, 0, 0, open=True)
    held: dict[int, list[Holding]] = {}
    for seq, (buyer, pieces, options) in enumerate(wishes):
        mine = held.setdefault(buyer, [])
        outcome = decide_by(terms, Wish("12", 1, pieces, options), stock, mine, (seq, 0))
        assert outcome.made, "every wish becomes a claim"
        assert all(one.quantity for one in mine)
        everybody = [one for theirs in held.values() for one in theirs]
        won = [one.quantity for one in everybody if one.status is ClaimStatus.WINNER]
        assert sum(won) == stock.won <= quantity
        assert sum(one.status is ClaimStatus.WAITLISTED for one in everybody) == stock.waiting
        assert terms.most is None or sum(one.quantity for one in mine) <= terms.most


def test_a_second_comment_replaces_only_where_all_markets_agree() -> None:
    assert {name for name in MARKETS if second_comment(name) is not Again.IGNORE} == {"nordic"}
    assert second_comment("nordic") is Again.REPLACE
    assert second_comment("nordic,us") is Again.IGNORE
    assert second_comment("") is Again.IGNORE
