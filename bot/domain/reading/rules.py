"""How a show reads comments: its markets, its own words, and what the comment answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot.domain.reading.market import COMMON, Market
from bot.domain.reading.markets import LOCAL, MARKETS
from bot.domain.reading.normal import atoms, normalise
from bot.domain.reading.roles import Role

# Where a word means several things in the chosen markets, the first of these holds.
_PRECEDENCE = (
    *(Role.PENDING, Role.BID, Role.ASIDE, Role.QUEUE, Role.CANCEL, Role.CLAIM, Role.QUESTION, Role.OPENING, Role.CART),
    *(
        Role.ALONE,
        Role.POLITE,
        Role.SPAN,
        Role.HEDGE,
        Role.JOIN,
        Role.AMOUNT,
        Role.UNIT,
        Role.MEASURE,
        Role.MARKER,
        Role.ORDINAL,
    ),
    *(Role.PLUS, Role.EVERY, Role.FILLER, Role.CHATTER),
)
_OWN = {
    "claim_words": Role.CLAIM,
    "cancel_words": Role.CANCEL,
    "question_words": Role.QUESTION,
    "queue_words": Role.QUEUE,
    "cart_words": Role.CART,
}
"""A shop's own words → what they mean; of a word with two meanings the first counts."""
_SPLITTING = frozenset(_PRECEDENCE) - {Role.CHATTER, Role.FILLER}
_GLUED_BEHIND = (Role.CLAIM, Role.CANCEL)
_GLUED_BEFORE = (*_GLUED_BEHIND, Role.AMOUNT, Role.MEASURE, Role.MARKER)
_DOUBLED = re.compile(r"(.)\1+")
_BETWEEN_NAMES = re.compile(r"[\s,;/]+")
_NOTHING = "(?!)"

#: Scripts written without spaces between words (Thai to Khmer, kana, Han, Hangul).
UNSPACED = "\u0e00-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = re.compile(f"[{UNSPACED}]")


Phrases = tuple[tuple[tuple[str, ...], Role], ...]
"""Phrases that begin with the same word: the words that follow it, and the meaning."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The words of some markets, ready for look-up."""

    phrases: Mapping[str, Phrases]
    """First word → (the words that follow, meaning), longest phrase first."""
    inside: re.Pattern[str]
    """Splits a run of an unspaced script at the words it holds."""
    leading: re.Pattern[str]
    """A word with something glued behind it: “sold12”, “soldddd12”, “qty2”."""
    trailing: re.Pattern[str]
    """A claim, cancel or polite word glued behind something: “A7sold”, “A7pls”."""
    stretched: Mapping[str, str]
    """Words without doubled letters → the word: “SOLD” for a buyer's “soooldd”."""
    places: frozenset[str]
    named: frozenset[str]
    of: frozenset[str]
    """Between a number and a code, makes it a quantity."""
    those: frozenset[str]
    """Stands for the item behind such a word: “5 of those”."""
    short_phones: bool
    """Whether a number of eight digits is somebody's phone."""

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
    question_words: tuple[str, ...] = ()
    queue_words: tuple[str, ...] = ()
    cart_words: tuple[str, ...] = ()
    single_item: str | None = None
    """The only item a comment can be about, as under a post that shows one item."""
    reply_to: str | None = None
    """The item of the message this comment answers; it goes before `single_item`."""
    max_quantity: int = 99
    """More pieces than this in one comment are for the operator to confirm."""
    words: Vocabulary = field(init=False, repr=False, compare=False)

    @classmethod
    def heard_in(cls, markets: str, words: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> Rules:
        """The rules of a show in these markets, named with commas between; "" means every word that cannot collide.

        `words` are the shop's own, by what they mean: claim, cancel, question, queue or cart.
        """
        return cls(
            markets=market_names(markets),
            claim_words=words.get("claim", ()),
            cancel_words=words.get("cancel", ()),
            question_words=words.get("question", ()),
            queue_words=words.get("queue", ()),
            cart_words=words.get("cart", ()),
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", vocabulary(self.markets, tuple(getattr(self, kind) for kind in _OWN)))


def market_names(text: str) -> tuple[str, ...]:
    """Names of markets from a text with commas between them, or spaces, or “/”."""
    return tuple(filter(None, _BETWEEN_NAMES.split(text.lower())))


@lru_cache(maxsize=512)
def vocabulary(markets: tuple[str, ...], own: tuple[tuple[str, ...], ...]) -> Vocabulary:
    """The words of these markets and the shop's `own`, by meaning; unknown markets are a ValueError."""
    unknown = [name for name in markets if name not in MARKETS]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such market; the markets are {', '.join(MARKETS)}.")
    chosen: list[Market] = [MARKETS[name] for name in markets or MARKETS]
    excluded: frozenset[str] = frozenset() if markets else LOCAL
    known = [(word, role) for role, words in zip(_OWN.values(), own, strict=True) for word in words]
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
    single = {words[0]: role for words, role in meanings.items() if len(words) == 1}
    spelt = [(word, role) for word, role in single.items() if word.isascii()]
    return Vocabulary(
        phrases=MappingProxyType(
            {first: tuple(sorted(rest, key=lambda phrase: -len(phrase[0]))) for first, rest in phrases.items()}
        ),
        inside=_any_of(word for word, role in single.items() if role in _SPLITTING and _UNSPACED.search(word)),
        leading=_any_of((word for word, role in spelt if role in _GLUED_BEFORE), _long_drawn),
        trailing=re.compile(
            f"(.+?){_any_of(word for word, role in spelt if role in _GLUED_BEHIND or is_polite(word, role)).pattern}"
        ),
        stretched=MappingProxyType({drawn: word for word in single if len(drawn := undoubled(word)) > 2}),
        places=frozenset(normalise(word) for market in chosen for word in market.places),
        named=frozenset(" ".join(_split(word)).lower() for market in (*chosen, COMMON) for word in market.named),
        of=frozenset(normalise(word) for market in (*chosen, COMMON) for word in market.of),
        those=frozenset(normalise(word) for word in COMMON.those),
        short_phones=bool(markets) and any(market.short_phones for market in chosen),
    )


def is_polite(word: str, role: Role | None) -> bool:
    """Whether the word says please, and is too long to be the end of a code: “A7C”."""
    return role is Role.POLITE and len(word) > 2


def _split(phrase: str) -> tuple[str, ...]:
    """The words of a phrase as the comment will show them: “扣1” is one, “i'll take” are two."""
    return tuple(filter(None, ("".join(atoms(word)) for word in normalise(phrase).split())))


def undoubled(word: str) -> str:
    """The word with every letter once where it is doubled: “soooldd” and “sold” are the same."""
    return _DOUBLED.sub(r"\1", word)


def _any_of(words: Iterable[str], spelt: Callable[[str], str] = re.escape) -> re.Pattern[str]:
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile(f"({'|'.join(map(spelt, longest_first)) or _NOTHING})")


def _long_drawn(word: str) -> str:
    """A pattern for the word with its letters held: “soldddd”. Short words stay as they are: “cff” is none."""
    return "".join(f"{re.escape(letter)}+" for letter in word) if len(word) > 3 else re.escape(word)
