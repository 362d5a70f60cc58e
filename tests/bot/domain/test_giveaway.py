"""A giveaway: anybody who has the seed and the list comes to the same winners, and nobody has a better chance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.giveaway import draw, fingerprint, listed, takes_part

DOCS = Path(__file__).parents[3] / "docs" / "giveaway.md"

_entrants = st.lists(st.integers(1, 10**9), min_size=1, max_size=60)


@given(st.text(alphabet="0123456789abcdef", min_size=1, max_size=64), _entrants, st.integers(1, 20))
def test_the_winners_are_different_entrants_whatever_the_order_and_however_often_they_wrote(
    seed: str, entrants: list[int], places: int
) -> None:
    winners = draw(seed, entrants, places)
    assert len(set(winners)) == len(winners) == min(places, len(set(entrants)))
    assert set(winners) <= set(entrants)
    assert winners == draw(seed, [*reversed(entrants), *entrants], places)
    assert winners[:1] == draw(seed, entrants, 1), "more prizes do not change who is first"


def test_the_program_in_the_documentation_comes_to_the_same_winners() -> None:
    program = DOCS.read_text("utf-8").split("```python\n")[1].split("```")[0]
    there: dict[str, object] = {}
    exec(program, there)
    theirs = there["winners"]
    assert callable(theirs)
    for number in range(200):
        seed, entrants = f"{number:064x}", list(range(3, 3 + number % 40 + 1))
        assert theirs(seed, entrants, 3) == draw(seed, entrants, 3)


def test_a_known_draw_stays_what_it_was() -> None:
    entrants = [2, 3, 5, 7, 11]
    assert listed(entrants) == "2\n3\n5\n7\n11"
    assert fingerprint("2\n3\n5\n7\n11") == "3c672c7defcae113ac9cafab91d4eba0f6ea57d9e490298214ea3fe88b5a0e4e"
    assert draw("00ff", entrants, 3) == [7, 2, 11]


def test_everybody_has_the_same_chance() -> None:
    won = Counter(draw(f"seed {number}", range(1, 7), 1)[0] for number in range(6_000))
    assert sorted(won) == [1, 2, 3, 4, 5, 6]
    assert all(850 < count < 1150 for count in won.values()), won


@pytest.mark.parametrize(
    ("text", "word", "takes"),
    [
        ("LUCKY", "lucky", True),
        ("me lucky!!", "LUCKY", True),
        ("ｌｕｃｋｙ", "LUCKY", True),
        ("so unlucky", "LUCKY", False),
        ("lucky7", "LUCKY", False),
        ("我要抽奖了", "抽奖", True),
        ("may mắn nhé", "may mắn", True),
        ("hello", "LUCKY", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
    ],
)
def test_a_word_is_found_as_people_write_it(text: str, word: str, takes: bool) -> None:
    assert takes_part(text, word) is takes
