"""The page about claims says what the tests have read."""

from __future__ import annotations

from pathlib import Path

from bot.commands.claims_page import claims_page, meaning
from bot.domain.reading import MARKETS
from bot.domain.reading.examples import EXAMPLES, Row


def test_the_page_is_made_of_the_examples() -> None:
    page = Path(__file__).parents[3] / "docs" / "claims.md"
    assert page.read_text("utf-8") == claims_page(), (
        "make it again: .venv/bin/python -m bot.commands.claims_page > docs/claims.md"
    )


def test_every_market_is_on_it() -> None:
    assert set(EXAMPLES) == set(MARKETS)
    assert all(f"(`{market}`)" in claims_page() for market in MARKETS)


def test_a_meaning_is_said_in_words() -> None:
    said = {
        "claim 12x2(blue,M) A7x1 ☎0901234567": "claims 12 (blue, M) ×2, A7; phone 0901234567",
        "queue": "waits in line",
        "queue 12x1": "waits in line for 12",
        "ambiguous": "unclear: yours to decide",
    }
    assert {one: meaning(Row("us", None, one, ())) for one in said} == said
    assert meaning(Row("us", "12", "claim 12x1", ())) == "claims 12, where it can only be about 12"
