"""What the person at the terminal sees: a line per act, and the table at the end."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from sandbox.evening.books import Books, Row, differences, written

LABEL, CELL = 28, 11
UNKNOWN = "–"
"""In the place of what a side cannot know."""


class Report:
    """Writes to standard output; in colour only where somebody looks at it."""

    def __init__(self, *, talkative: bool) -> None:
        self._talkative = talkative
        self._colours = sys.stdout.isatty()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows ?, and the evening goes on

    def line(self, text: str = "") -> None:
        """One line."""
        print(text, flush=True)

    def aside(self, text: str) -> None:
        """What is only interesting to somebody who watches."""
        if self._talkative:
            self.line(f"    {text}")

    def act(self, title: str, detail: str) -> None:
        """An act that went well."""
        self.line(f"{self._paint('✓', 32)} {title:<22} {detail}")

    def failed(self, reason: str, log: str) -> None:
        """An act that did not, with what the service wrote last."""
        self.line(f"{self._paint('✗', 31)} {reason}")
        if log:
            self.line("\nThe service's last words:")
            self.line(log)

    def verdict(self, sides: Sequence[Books]) -> int:
        """Print the table and what differs; the exit code: 0 only when all sides agree."""
        self.line()
        self.line(" " * LABEL + "".join(f"{books.side:>{CELL}}" for books in sides))
        for row in Row:
            cells = [written(row, books.counts[row]) if row in books.counts else UNKNOWN for books in sides]
            agree = len(set(cells) - {UNKNOWN}) <= 1
            mark = self._paint("✓", 32) if agree else self._paint("✗", 31)
            self.line(f"{row:<{LABEL}}" + "".join(f"{cell:>{CELL}}" for cell in cells) + f"  {mark}")
        found = differences(sides)
        self.line()
        if not found:
            self.line("All sides agree, to the cent.")
            return 0
        self.line(f"{len(found)} difference{'s' if len(found) > 1 else ''}:")
        for difference in found:
            self.line(f"{self._paint('✗', 31)} {difference}")
        return 1

    def _paint(self, text: str, colour: int) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colours else text
