"""Comments in whole shows, written as a table: a line is a meaning and, behind “←”, the comments that mean it.

“⏎” is a new line, “☎” the phone number left in the comment; `about` is the only item a comment can be about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain.reading import Catalogue, Reading, Rules, Wanted, read


@dataclass(frozen=True, slots=True)
class Show:
    markets: str
    items: str
    options: str
    lines: str
    about: str | None = None
    reply_to: str | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.markets or 'any'}: {self.items}"


def of(wanted: Wanted) -> str:
    return f"{wanted.item}x{wanted.quantity}" + (f"({','.join(wanted.options)})" if wanted.options else "")


def said(reading: Reading) -> str:
    return " ".join([reading.kind, *map(of, reading.claims), *([f"☎{reading.phone}"] if reading.phone else [])])


def is_read_as_written(show: Show) -> None:
    """Every comment of the show means what its line says."""
    sells = Catalogue.of(show.items.split(","), filter(None, show.options.split(",")))
    rules = replace(Rules.heard_in(show.markets, show.words), single_item=show.about, reply_to=show.reply_to)
    for line in show.lines.strip().splitlines():
        meaning, _, comments = line.strip().partition(" ← ")
        readings = {comment: said(read(comment.replace("⏎", "\n"), sells, rules)) for comment in comments.split(" | ")}
        assert readings == dict.fromkeys(readings, meaning)
