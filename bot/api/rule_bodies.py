"""The rules of a show as JSON: their schema, and how a change of some of them is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.api.bodies import Field
from bot.api.shapes import Json
from bot.domain.show_rules import (
    LONGEST_MINUTES,
    LONGEST_WORD,
    MOST_PIECES,
    MOST_WORDS,
    WORD_KINDS,
    Again,
    HoldFrom,
    ShowRules,
)
from bot.problems import Problem

_FLAG: Json = {"type": "boolean"}
_WORD: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_WORD}


def _number(least: int, most: int, *, null: bool) -> Json:
    return {"type": ["integer", "null"] if null else "integer", "minimum": least, "maximum": most}


_RULES: dict[str, Json] = {
    "again": {"enum": [*(again.value for again in Again), None]},
    "most_per_buyer": _number(1, MOST_PIECES, null=True),
    "partial": _FLAG,
    "late_minutes": _number(0, LONGEST_MINUTES, null=False),
    "cancel": _FLAG,
    "hold_minutes": _number(1, LONGEST_MINUTES, null=True),
    "hold_from": {"enum": [start.value for start in HoldFrom]},
    "remind_minutes": _number(0, LONGEST_MINUTES, null=False),
    "turn_minutes": _number(1, LONGEST_MINUTES, null=True),
    "answers": _FLAG,
    "scoreboard": _FLAG,
    "words": {
        "type": "object",
        "additionalProperties": False,
        "properties": {kind: {"type": "array", "maxItems": MOST_WORDS, "items": _WORD} for kind in WORD_KINDS},
    },
}
SHAPE: Json = {"type": "object", "additionalProperties": False, "properties": _RULES, "required": list(_RULES)}
"""All rules of a show, as they are answered."""


def _read(value: Any) -> Callable[[ShowRules], ShowRules]:
    """What makes of a show's rules the ones it should go by."""
    if not isinstance(value, Mapping) or not value.keys() <= _RULES.keys():
        raise ValueError
    given = {name: _named(name, one) for name, one in value.items()}
    return lambda rules: replace(rules, **given)


def _named(name: str, value: Any) -> Any:
    """The value of one rule. Raises Problem with what it may be."""
    try:
        return _value(name, value)
    except ValueError:
        raise Problem(400, "BAD_REQUEST", f"rules.{name} is {_may_be(name)}.") from None


def _may_be(name: str) -> str:
    schema = _RULES[name]
    if schema is _FLAG:
        return "true or false"
    if name == "words":
        kinds = ", ".join(WORD_KINDS)
        return f"an object with some of {kinds}, each at most {MOST_WORDS} words of 1 to {LONGEST_WORD} letters"
    if "enum" in schema:
        return f"one of {', '.join('null' if one is None else one for one in schema['enum'])}"
    null = ", or null for none" if "null" in schema["type"] else ""
    return f"a whole number from {schema['minimum']} to {schema['maximum']}{null}"


def _value(name: str, value: Any) -> Any:
    schema = _RULES[name]
    if name == "words":
        return _words(value)
    if "enum" in schema:
        kind = Again if name == "again" else HoldFrom
        return value if value is None and None in schema["enum"] else kind(value)
    if schema is _FLAG:
        if not isinstance(value, bool):
            raise ValueError
        return value
    if value is None and "null" in schema["type"]:
        return None
    if type(value) is not int or not schema["minimum"] <= value <= schema["maximum"]:
        raise ValueError
    return value


def _words(value: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not value.keys() <= set(WORD_KINDS):
        raise ValueError
    read: dict[str, tuple[str, ...]] = {}
    for kind, words in value.items():
        if not isinstance(words, list) or len(words) > MOST_WORDS or not all(map(_is_word, words)):
            raise ValueError
        if words:
            read[kind] = tuple(dict.fromkeys(" ".join(word.split()).lower() for word in words))
    return MappingProxyType(read)


def _is_word(word: Any) -> bool:
    """Commas are what words are told apart by in chat."""
    return isinstance(word, str) and word.isprintable() and 0 < len(word.strip()) <= LONGEST_WORD and _plain(word)


def _plain(word: str) -> bool:
    return not any(char in ",，、" for char in word)


RULES = Field(
    says=f"an object with some of {', '.join(_RULES)}, each as the show answers it",
    schema={"type": "object", "additionalProperties": False, "properties": _RULES},
    read=_read,
)
