"""What a scoreboard says: a line per item, newest first, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.show import Item, Show, ShowStatus
from messaging.templates import called
from messaging.texts import Texts

MOST_NAMES = 3
"""Winners named in a line; that there are more is said by dots."""
_LONGEST_NAME = 24
_LONGEST_TITLE = 60


def board_text(texts: Texts, show: Show, items: Sequence[Item], winners: dict[int, list[str]], *, limit: int) -> str:
    """The whole message, in at most `limit` UTF-16 units; items that are closed go first when there is no room.

    `winners` has up to one name more than is shown.
    """
    ended = [texts.say("board_ended")] if show.status is ShowStatus.ENDED else []
    fixed = "".join([show.title, "\n", *(f"\n\n{line}" for line in ended)])
    ordered = sorted(items, key=lambda item: (not item.open, -item.id))
    left = limit - _units(fixed) - _units(_more(texts, len(items)))
    lines: list[str] = []
    for item in ordered:
        line = f"\n{_line(texts, item, winners.get(item.id, []))}"
        left -= _units(line)
        if left < 0:
            break
        lines.append(line)
    dropped = len(ordered) - len(lines)
    more = _more(texts, dropped) if dropped else ""
    return "".join([show.title, "\n" if lines else "", *lines, more, *(f"\n\n{line}" for line in ended)])


def _line(texts: Texts, item: Item, winners: Sequence[str]) -> str:
    name = called(item.code, item.title[:_LONGEST_TITLE])
    price = f", {item.price}" if item.price is not None else ""
    if item.left <= 0:
        state = texts.say("board_sold_out")
    else:
        state = texts.say("board_left", left=item.left) if item.open else texts.say("board_closed")
    parts = [f"{name}{price}: {state}"]
    if winners:
        named = ", ".join(winner[:_LONGEST_NAME] for winner in winners[:MOST_NAMES])
        parts.append(f"{named}{' …' if len(winners) > MOST_NAMES else ''}")
    if item.waiting:
        parts.append(texts.say("board_waiting", count=item.waiting))
    return " · ".join(parts)


def _more(texts: Texts, count: int) -> str:
    return f"\n{texts.say('board_more', count=count)}"


def _units(text: str) -> int:
    """As Telegram counts: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2
