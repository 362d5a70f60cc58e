"""A comment → the claim it means.

Every market writes differently ("sold 12", "A+1", "CF A1"), numbers may be codes, quantities, sizes or phone
numbers, and most comments are talk. What can be read in two ways is `ambiguous` and for the operator, never a
guess: a wrong claim costs a sale, a question to the operator costs a tap.
"""

from __future__ import annotations

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.grammar import interpret
from bot.domain.reading.markets import MARKETS
from bot.domain.reading.meaning import Kind, Reading, Wanted
from bot.domain.reading.normal import normalise, normalise_code
from bot.domain.reading.rules import Rules, market_names
from bot.domain.reading.signs import MOST_SIGNS, find_signs

__all__ = ["MARKETS", "Catalogue", "Kind", "Reading", "Rules", "Wanted", "market_names", "normalise_code", "read"]

LONGEST_COMMENT = 2_000
_LONGEST_NORMAL = 3 * LONGEST_COMMENT  # an emoji gets a space on either side; some ligatures become eighteen letters
_TOO_LONG = Reading(Kind.NONE, (), None, "too long to be a claim")
_PLAIN_RULES = Rules()


def read(text: str, items: Catalogue, rules: Rules = _PLAIN_RULES) -> Reading:
    """What a comment means in a show that sells these items. Never raises, whatever the text."""
    if len(text) > LONGEST_COMMENT:
        return _TOO_LONG
    normal = normalise(text)
    if len(normal) > _LONGEST_NORMAL:
        return _TOO_LONG
    signs, phone = find_signs(normal, items, rules.words)
    if len(signs) > MOST_SIGNS:
        return _TOO_LONG
    return interpret(signs, phone, items, rules)
