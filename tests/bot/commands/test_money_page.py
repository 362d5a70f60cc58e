"""The page about money says what the code goes by."""

from __future__ import annotations

from pathlib import Path

from bot.commands.money_page import WORDS, money_page
from bot.domain.invoice import TRANSITIONS, InvoiceEvent


def test_the_page_is_made_of_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "money.md"
    assert page.read_text("utf-8") == money_page(), (
        "make it again: .venv/bin/python -m bot.commands.money_page > docs/money.md"
    )


def test_whatever_can_happen_is_on_it() -> None:
    assert set(WORDS) == set(InvoiceEvent)
    assert all(words in money_page() for words in WORDS.values())


def test_every_move_is_on_it() -> None:
    told = [line for line in money_page().splitlines() if line.startswith("| ") and line.count("|") == 4]
    assert sum(len(line.split("|")[2].split(",")) for line in told) == len(TRANSITIONS) + 1  # and the head
