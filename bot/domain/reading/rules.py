"""How a show reads comments: its markets, its own words, and what the comment answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot.domain.reading.markets import COMMON, LOCAL, MARKETS, Market
from bot.domain.reading.normal import atoms, normalise
from bot.domain.reading.roles import Role

# Where a word means several things in the chosen markets, the first of these holds.
_PRECEDENCE = (
    *(Role.PENDING, Role.ASIDE, Role.QUEUE, Role.CANCEL, Role.CLAIM, Role.QUESTION, Role.OPENING, Role.CART),
    *(Role.POLITE, Role.HEDGE, Role.JOIN, Role.AMOUNT, Role.UNIT, Role.MEASURE, Role.MARKER, Role.ORDINAL),
    *(Role.PLUS, Role.EVERY, Role.FILLER, Role.CHATTER),
)
_SPLITTING = frozenset(_PRECEDENCE) - {Role.CHATTER, Role.FILLER}

#: Scripts written without spaces between words (Thai to Khmer, kana, Han, Hangul).
UNSPACED = "\u0e00-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of some markets, ready for look-up."""

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Role], ...]]
    """First word → (the words that follow, meaning), longest phrase first."""
    inside: re.Pattern[str] | None
    """Splits a run of an unspaced script at the words it holds."""
    leading: re.Pattern[str]
    """A claim or cancel word with something glued behind it: “sold12”."""
    places: frozenset[str]

    def role(self, word: str) -> Role | None:
        """What this single word means, if anything."""
        for rest, role in self.phrases.get(word, ()):
            if not rest:
                return role
        return None


@dataclass(frozen=True, slots=True)
class Rules:
    """How comments of a show are read. Cheap to `dataclasses.replace`, say for each `reply_to`."""

    markets: tuple[str, ...] = ()
    """Names from `MARKETS`; none means every word that cannot collide."""
    claim_words: tuple[str, ...] = ()
    """The shop's own claim words, beside those of the markets."""
    cancel_words: tuple[str, ...] = ()
    single_item: str | None = None
    """The only item a comment can be about, as under a post that shows one item."""
    reply_to: str | None = None
    """The item of the message this comment answers; it goes before `single_item`."""
    max_quantity: int = 99
    """More pieces than this in one comment are for the operator to confirm."""
    words: Vocabulary = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", vocabulary(self.markets, self.claim_words, self.cancel_words))


@lru_cache(maxsize=512)
def vocabulary(markets: tuple[str, ...], claim: tuple[str, ...], cancel: tuple[str, ...]) -> Vocabulary:
    """The words of these markets and of the shop; unknown markets are a ValueError."""
    unknown = [name for name in markets if name not in MARKETS]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such market; the markets are {', '.join(MARKETS)}.")
    chosen: list[Market] = [MARKETS[name] for name in markets or MARKETS]
    excluded: frozenset[str] = frozenset() if markets else LOCAL
    known = [(word, Role.CLAIM) for word in claim] + [(word, Role.CANCEL) for word in cancel]
    for role in _PRECEDENCE:
        for market in chosen:
            known += [(word, role) for word in sorted(getattr(market, role.name.lower()) - excluded)]
        known += [(word, role) for word in sorted(getattr(COMMON, role.name.lower()))]
    meanings: dict[tuple[str, ...], Role] = {}
    for word, role in known:
        meanings.setdefault(_split(word), role)
    meanings.pop((), None)
    phrases: dict[str, list[tuple[tuple[str, ...], Role]]] = {}
    for words, role in meanings.items():
        phrases.setdefault(words[0], []).append((words[1:], role))
    return Vocabulary(
        phrases=MappingProxyType(
            {first: tuple(sorted(rest, key=lambda phrase: -len(phrase[0]))) for first, rest in phrases.items()}
        ),
        inside=_any_of(
            words[0]
            for words, role in meanings.items()
            if len(words) == 1 and role in _SPLITTING and _UNSPACED.search(words[0])
        ),
        leading=_any_of(
            words[0]
            for words, role in meanings.items()
            if len(words) == 1 and role in (Role.CLAIM, Role.CANCEL) and words[0].isascii()
        )
        or re.compile("(?!)"),
        places=frozenset(normalise(word) for market in chosen for word in market.places),
    )


def _split(phrase: str) -> tuple[str, ...]:
    """The words of a phrase as the comment will show them: “扣1” is one, “i'll take” are two."""
    return tuple(filter(None, ("".join(atoms(word)) for word in normalise(phrase).split())))


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})") if longest_first else None
