"""A giveaway: who wins follows from a seed that was fixed before, and from who took part; anybody can compute it again.

docs/giveaway.md says the same to people who do not read this.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable

_SPACE = 1 << 256
"""How many different digests there are."""


def fingerprint(text: str) -> str:
    """SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def listed(entrants: Iterable[int]) -> str:
    """The list of who takes part, as it is hashed: the numbers of the buyers, smallest first, one a line."""
    return "\n".join(map(str, sorted(set(entrants))))


def draw(seed: str, entrants: Iterable[int], places: int) -> list[int]:
    """The winners, first place first; fewer than there are places when fewer took part.

    A place goes to the one whose position in what is left of the list is a number drawn from the seed, the list and the
    place. Numbers that would favour the first positions are thrown away, so every entrant has the same chance.
    """
    left = sorted(set(entrants))
    of_list = fingerprint(listed(left))
    winners: list[int] = []
    for place in range(1, min(places, len(left)) + 1):
        fair = _SPACE - _SPACE % len(left)
        attempt = 0
        while (number := _number(seed, f"{of_list}:{place}:{attempt}")) >= fair:
            attempt += 1
        winners.append(left.pop(number % len(left)))
    return winners


def takes_part(text: str, word: str) -> bool:
    """Whether a comment has the word in it, in any case and width; “unlucky” does not have LUCKY in it."""
    return re.search(rf"(?<![a-z0-9]){re.escape(_plain(word))}(?![a-z0-9])", _plain(text)) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _number(seed: str, about: str) -> int:
    return int.from_bytes(hmac.digest(seed.encode(), about.encode(), "sha256"), "big")
