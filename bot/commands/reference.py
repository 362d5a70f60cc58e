"""The commands as a page: docs/commands.md is made of the same table that reads them."""

from __future__ import annotations

from bot.commands.desk import COMMANDS
from bot.commands.table import Command

HEAD = """\
# Commands

Typed in a private chat with the bot, or in the group where you sell. `<…>` is for you to fill in, `[…]` may be left
out, `…|…` is a choice. This page is made of the table that reads them: `.venv/bin/python -m bot.commands.reference`.
"""


def reference() -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    for topic, commands in COMMANDS.topics().items():
        parts.append(f"## {topic.capitalize()}\n")
        parts += map(_line, commands)
        parts.append("")
    return "\n".join(parts)


def _line(command: Command) -> str:
    line = f"- `/{command.usage}` — {command.help}{_limits(command.private, command.role)}"
    line += f". {command.details.rstrip('.')}" if command.details else ""
    return line + (f". Like `/{command.example}`" if command.example else "")


def _limits(private: bool, role: str) -> str:
    limits = ["in the private chat only"] * private + ["for the owner"] * (role == "owner")
    return f" *({', '.join(limits)})*" if limits else ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(reference())
