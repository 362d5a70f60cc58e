"""What a comment can mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.reading.roles import at_hand


@at_hand
class Kind(StrEnum):
    """What a comment is."""

    CLAIM = "claim"
    CANCEL = "cancel"
    QUESTION = "question"
    QUEUE = "queue"
    CART = "cart"
    NONE = "none"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item a comment names."""

    item: str
    """The show's own spelling of the code, or the normal form of a code the show does not have."""
    quantity: int
    options: tuple[str, ...]
    """Names from the catalogue, in its order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The one meaning of a comment."""

    kind: Kind
    claims: tuple[Wanted, ...]
    """What is claimed, given back or queued for; empty for every other kind."""
    phone: str | None
    """Contact the buyer left in the comment."""
    reason: str
    """Why it was read so, for the ledger and the operator."""
    maybe: tuple[tuple[Wanted, ...], ...] = ()
    """The claims between which an ambiguous comment leaves the choice, likeliest first; at most four."""


class NoReading(Exception):
    """The comment is only talk; the message says why."""


class TwoReadings(Exception):
    """The comment can be read in two ways; the message says which."""
