"""The menu of an operator's chat: what is sent most, each with one tap of the thumb that is free."""

from __future__ import annotations

from bot.commands.table import Commands

WORDS = (
    *("live", "status", "claims", "doubts", "undo", "scoreboard"),
    *("buyers", "end", "owed", "resend", "stuck", "help"),
)
"""In the order of an evening. A tap sends the word alone, so that only what needs nothing behind it is among them."""


def menu_of(commands: Commands) -> dict[str, str]:
    """Word → what it does, of those that there are in this variant."""
    shown = [command for command in commands if command.topic]
    fitting = ((word, command) for word in WORDS for command in shown if command.arguments(word) is not None)
    return {word: command.help for word, command in fitting}
