"""The rules of a show: what the shop has decided about claims, holds and answers, beside what every show does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

LONGEST_MINUTES = 60 * 24 * 60
"""Sixty days: longer than any shop holds anything."""
MOST_PIECES = 10_000
MOST_WORDS = 50
LONGEST_WORD = 40
WORD_KINDS = ("claim", "cancel", "question", "queue", "cart")


class Again(StrEnum):
    """What a second comment about the same item and options means."""

    IGNORE = "ignore"
    ADD = "add"
    REPLACE = "replace"


class HoldFrom(StrEnum):
    """When the time to pay begins."""

    CLAIM = "claim"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRules:
    """What a shop decided for one show. Minutes are whole minutes; None means that there is no such limit."""

    again: Again | None = None
    """A second comment; None is what its markets are used to."""
    most_per_buyer: int | None = None
    """Pieces of one item that one buyer may win by comments."""
    partial: bool = False
    """A buyer who wants more than there is gets what there is and waits for the rest."""
    late_minutes: int = 0
    """How long after the end a comment still claims."""
    cancel: bool = False
    """Whether a comment like “pass 12” gives an item back."""
    hold_minutes: int | None = None
    """How long a winner has to pay before the item goes to the next in line."""
    hold_from: HoldFrom = HoldFrom.END
    remind_minutes: int = 30
    """How long before a hold runs out its buyer is reminded; 0 reminds nobody."""
    turn_minutes: int | None = None
    """How long an item that became free is offered to the next in line; None gives it to them at once."""
    answers: bool = False
    """Whether every claim is answered by itself."""
    scoreboard: bool = True
    """Whether a Telegram group has one message that says how the items stand."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The shop's own words, by what they mean: one of `WORD_KINDS`. They go before those of the markets."""

    @property
    def held_from_claim(self) -> bool:
        """Whether the time to pay begins with the claim; otherwise it begins with the end of the show."""
        return self.hold_minutes is not None and self.hold_from is HoldFrom.CLAIM

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> ShowRules:
        """The rules from what was kept of them; what is absent is as in every show."""
        known: dict[str, Any] = {one.name: kept[one.name] for one in fields(cls) if one.name in kept}
        if known.get("again") is not None:
            known["again"] = Again(known["again"])
        if "hold_from" in known:
            known["hold_from"] = HoldFrom(known["hold_from"])
        if "words" in known:
            known["words"] = MappingProxyType({kind: tuple(words) for kind, words in known["words"].items()})
        return cls(**known)

    def kept(self) -> dict[str, Any]:
        """What is to be kept: only what is not as in every show."""
        plain = ShowRules()
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        different = {name: value for name, value in values.items() if value != getattr(plain, name)}
        return {name: dict(value) if name == "words" else value for name, value in different.items()}


class NoSuchRule(ValueError):
    """What was typed is no rule, or no value of it; says what to type instead."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the rules, as it is typed and read out."""

    name: str
    usage: str
    set: Callable[[ShowRules, str], ShowRules]
    say: Callable[[ShowRules], str]


def change(rules: ShowRules, name: str, value: str) -> ShowRules:
    """The rules with one of them set, as an operator typed it. Raises NoSuchRule."""
    rule = rule_called(name)
    try:
        return rule.set(rules, " ".join(value.split()).lower())
    except ValueError:
        raise NoSuchRule(f"“{value}” cannot be. Send it like this: /rules {rule.usage}") from None


def rule_called(name: str) -> Rule:
    """The rule an operator means. Raises NoSuchRule."""
    rule = RULES.get(name.lower())
    if rule is None:
        raise NoSuchRule(f"There is no rule “{name}”. The rules are: {', '.join(RULES)}.")
    return rule


_DURATION = re.compile(r"(\d{1,6}) ?(m|min|minutes?|h|hours?|d|days?)?")
_UNITS = {"m": 1, "h": 60, "d": 24 * 60}
_ON, _OFF = ("on", "yes", "true"), ("off", "no", "false", "none", "never")


def minutes(text: str) -> int | None:
    """“90”, “90 min”, “2 h”, “1 day” or “off”, in minutes. Raises ValueError."""
    if text in _OFF:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    total = int(found[1]) * _UNITS[(found[2] or "m")[0]]
    if not 1 <= total <= LONGEST_MINUTES:
        raise ValueError(text)
    return total


def duration(total: int) -> str:
    """Minutes as people say them: “90 min”, “2 h”, “1 day”."""
    if total and total % (24 * 60) == 0:
        days = total // (24 * 60)
        return "1 day" if days == 1 else f"{days} days"
    return f"{total // 60} h" if total and total % 60 == 0 else f"{total} min"


def _flag(text: str) -> bool:
    if text not in (*_ON, *_OFF):
        raise ValueError(text)
    return text in _ON


def _count(text: str) -> int | None:
    if text in _OFF:
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_PIECES:
        raise ValueError(text)
    return int(text)


def _hold(rules: ShowRules, text: str) -> ShowRules:
    """“30 min”, “24 h from claim”, “off”."""
    length, _, start = text.partition(" from ")
    changed = replace(rules, hold_minutes=minutes(length.strip()))
    return replace(changed, hold_from=HoldFrom(start.strip().removeprefix("the "))) if start else changed


def _say_hold(rules: ShowRules) -> str:
    if rules.hold_minutes is None:
        return "off: what is won stays won until you release it"
    return f"{duration(rules.hold_minutes)} to pay, from the {rules.hold_from.value}"


def _words(rules: ShowRules, text: str) -> ShowRules:
    """“claim gimme, need it”, “cancel off”."""
    kind, _, listed = text.partition(" ")
    given = () if listed in _OFF else tuple(dict.fromkeys(filter(None, map(str.strip, re.split("[,，、]", listed)))))
    if (
        kind not in WORD_KINDS
        or not listed
        or len(given) > MOST_WORDS
        or any(len(word) > LONGEST_WORD for word in given)
    ):
        raise ValueError(text)
    others = {known: words for known, words in rules.words.items() if known != kind}
    return replace(rules, words=MappingProxyType(others | ({kind: given} if given else {})))


def _say_words(rules: ShowRules) -> str:
    said = "; ".join(f"{kind}: {', '.join(rules.words[kind])}" for kind in WORD_KINDS if kind in rules.words)
    return said or "those of its markets"


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule(
                "again",
                "again ignore|add|replace|market",
                lambda rules, text: replace(rules, again=None if text == "market" else Again(text)),
                lambda rules: rules.again.value if rules.again else "as its markets are used to",
            ),
            Rule(
                "most",
                "most <pieces>|off",
                lambda rules, text: replace(rules, most_per_buyer=_count(text)),
                lambda rules: f"{rules.most_per_buyer} of one item" if rules.most_per_buyer else "off",
            ),
            Rule(
                "partial",
                "partial on|off",
                lambda rules, text: replace(rules, partial=_flag(text)),
                lambda rules: "what is left, and in line for the rest" if rules.partial else "off: all or in line",
            ),
            Rule(
                "late",
                "late <minutes>|off",
                lambda rules, text: replace(rules, late_minutes=minutes(text) or 0),
                lambda rules: f"{duration(rules.late_minutes)} after the end" if rules.late_minutes else "off",
            ),
            Rule(
                "cancel",
                "cancel on|off",
                lambda rules, text: replace(rules, cancel=_flag(text)),
                lambda rules: "buyers may, by comment" if rules.cancel else "off",
            ),
            Rule("hold", "hold <time>|off [from claim|end]", _hold, _say_hold),
            Rule(
                "remind",
                "remind <time>|off",
                lambda rules, text: replace(rules, remind_minutes=minutes(text) or 0),
                lambda rules: f"{duration(rules.remind_minutes)} before" if rules.remind_minutes else "off",
            ),
            Rule(
                "turn",
                "turn <time>|off",
                lambda rules, text: replace(rules, turn_minutes=minutes(text)),
                lambda rules: f"{duration(rules.turn_minutes)} each" if rules.turn_minutes else "off: theirs at once",
            ),
            Rule(
                "answers",
                "answers on|off",
                lambda rules, text: replace(rules, answers=_flag(text)),
                lambda rules: "on" if rules.answers else "off",
            ),
            Rule(
                "scoreboard",
                "scoreboard on|off",
                lambda rules, text: replace(rules, scoreboard=_flag(text)),
                lambda rules: "on" if rules.scoreboard else "off",
            ),
            Rule("words", "words claim|cancel|question|queue|cart <words, ...>|off", _words, _say_words),
        )
    }
)
"""What `/rules` lists and sets."""
