"""The page of commands says what the table says."""

from __future__ import annotations

from pathlib import Path

from bot.commands.reference import reference


def test_the_page_is_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "commands.md"
    assert page.read_text("utf-8") == reference(), (
        "make it again: .venv/bin/python -m bot.commands.reference > docs/commands.md"
    )
