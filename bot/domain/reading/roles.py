"""What one word or sign of a comment does in it."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple, TypeVar

E = TypeVar("E", bound=type[Enum])


def at_hand(kinds: E) -> E:
    """The same, but quick: before Python 3.12 a function looks a member up at every use, a hundred times a comment."""
    for kind in kinds:
        type.__setattr__(kinds, kind.name, kind)
    return kinds


@at_hand
class Role(Enum):
    """What one word or sign of a comment does."""

    CLAIM = auto()
    CANCEL = auto()
    QUESTION = auto()
    PENDING = auto()
    OPENING = auto()
    QUEUE = auto()
    ALONE = auto()
    CART = auto()
    BID = auto()
    ASIDE = auto()
    POLITE = auto()
    FILLER = auto()
    HEDGE = auto()
    SPAN = auto()
    JOIN = auto()
    UNIT = auto()
    AMOUNT = auto()
    MEASURE = auto()
    MARKER = auto()
    ORDINAL = auto()
    PLUS = auto()
    EVERY = auto()
    CHATTER = auto()
    CODE = auto()
    """An item of the show."""
    UNKNOWN = auto()
    """Looks like a code, and the show does not have it."""
    NUMBER = auto()
    """A number that is no code."""
    QUANTITY = auto()
    """Certainly a quantity: “x2”, “+1”, “2 pcs”."""
    OPTION = auto()
    MINUS = auto()
    UNCLEAR = auto()
    """Could be several things; the text says which."""

    __hash__ = object.__hash__  # every comment is sorted by roles, and Enum's own hash is ten times slower


VERBS = (Role.CLAIM, Role.CANCEL, Role.QUEUE, Role.MINUS)


class Sign(NamedTuple):
    """One word or sign of a comment."""

    role: Role
    text: str
    """As people would quote it; for a code or an option the show's own spelling."""
    number: int | None = None
    how: str = ""
    """More about it.

    “marked”: certainly a code (#12). “leading” (2x A7), “plus” (A7+2): quantities. “place”: cf, as in “cf2”.
    “named”: a claim word that says nothing without an item. “word”: an item that is called like a claim word.
    “unlisted”: a size or a colour the show does not list. “price”: 150k.
    “codes”: numbers of which the first is an item (12-2).
    """
    maybe: tuple[tuple[Sign, ...], ...] = ()
    """What an unclear sign could stand for (with nothing here, for nothing); of a “word” the word."""
