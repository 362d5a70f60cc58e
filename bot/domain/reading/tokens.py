"""A normalised comment cut into words, numbers and punctuation, contacts set aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.normal import MEANINGFUL
from bot.domain.reading.roles import VERBS, Role
from bot.domain.reading.rules import UNSPACED, Vocabulary, is_polite, undoubled

_TOKEN = re.compile(
    rf"( *)(\n|\$ ?[0-9][0-9.,]{{0,11}}|[0-9][0-9.,]{{0,11}}\$|[0-9]+(?:[-:/.][0-9]+)+|X[0-9]+\.[0-9]+"
    rf"|[^\s{re.escape(MEANINGFUL)}]+|[{re.escape(MEANINGFUL)}])"
)
COMPOUND = re.compile(r"X?([0-9]+)([-:/.])[0-9]+(?:[-:/.][0-9]+)*")  # 12:30, 10/10, x2.5, 1-2
_RUN = re.compile(r"\S+")
_FOR_ANOTHER = re.compile(r"\b(?:TO|FOR) *@\w\S*")
_NOT_FOR_US = re.compile(r"@\w|://|WWW\.")  # mentions, mail addresses, links
_LIKE_A_PHONE = re.compile("[0-9][0-9 .()-]{6}")  # most comments have none, and the next is slow
_PHONE = re.compile(
    r"(?:- *)?(?<![0-9A-Z$#*=])"  # “A7 - 0901234567”: the dash gives nothing back
    r"(\+1[ .-]?\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}"
    r"|\+7[ .-]?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{2}"
    r"|\+[2-689][0-9]{1,2}(?:[ .-]?\(?[1-9][0-9]{0,3}\)?)(?:[ .-]?[0-9]{2,4}){1,4}"
    r"|00[1-9][0-9]{8,11}"
    r"|0[0-9](?:[ .-][0-9]{2}){4}"  # 06 12 34 56 78
    r"|0[0-9]{1,4}[ .-][0-9]{3,4}[ .-][0-9]{3,5}"
    r"|0[0-9]{1,4}[ .-][0-9]{5,8}"
    r"|0[0-9]{1,3}[ .-][0-9]{2,3}(?:[ .-][0-9]{2}){2,3}"  # 070-123 45 67
    r"|08[0-9]{8,11}"  # Indonesia's may have thirteen digits
    r"|(?:52|62|63|82|84|86|886)[0-9]{9,11}"
    r"|1[3-9][0-9](?:[ .-][0-9]{4}){2}"
    r"|1[.-][2-9][0-9]{2}[.-][0-9]{3}[.-][0-9]{4}"
    r"|(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}"
    r"|[679][0-9]{2}(?: [0-9]{3}){2}|[679][0-9]{2}(?: [0-9]{2}){3}"  # Spain
    r"|[1-9][0-9](?: [0-9]{4}){2}"  # Mexico
    r"|[0-9]{9,11})(?![0-9])"
)
_SHORT_PHONE = re.compile(
    r"(?:- *)?(?<![0-9A-Z+*=$#])([2-9][0-9]{3}[ -]?[0-9]{4}|[2-9][0-9](?: [0-9]{2}){3}|[2-9][0-9]{2} [0-9]{2} [0-9]{3})"
    r"(?![0-9])"
)
_DIGITS = re.compile("[0-9]+")
_TIMES = re.compile(r"([0-9]+)(X)(.+)|(.+)(X)([0-9]+)|(X)([0-9]+)|([0-9]+)(X)")
_NUMBER_FIRST = re.compile(r"([0-9]+)(\D.*)", re.DOTALL)
_AFTER_A_NUMBER = (Role.UNIT, Role.ORDINAL, Role.CLAIM, Role.CANCEL)
_ENDINGS = ("S", "D", "ED", "R", "ER", "ING")  # “claims” is a word, whatever item S is
_LONGEST_COMPOSED = 32
_SCRIPTS = re.compile(f"([{UNSPACED}]+)")


class Tokens:
    """The words, numbers and signs of a comment, read from left to right."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.findall(text.rstrip())
        self.at = 0
        self._gaps: list[str] = [gap for gap, _ in found]
        self._words: list[str] = [word for _, word in found]

    def peek(self, ahead: int = 0) -> str:
        """The word this many places ahead, or an empty string past the end."""
        at = self.at + ahead
        return self._words[at] if at < len(self._words) else ""

    def glued(self, ahead: int = 0) -> bool:
        """Whether nothing stands between that word and the one before it."""
        at = self.at + ahead
        return at < len(self._words) and not self._gaps[at]

    def follows(self, words: tuple[str, ...]) -> bool:
        """Whether the next words are these."""
        return tuple(self._words[self.at + 1 : self.at + 1 + len(words)]) == words

    def split(self, pieces: Sequence[str], ahead: int = 0) -> None:
        """Put the pieces of a word in its place."""
        at = self.at + ahead
        self._gaps[at : at + 1] = [self._gaps[at], *[""] * (len(pieces) - 1)]
        self._words[at : at + 1] = pieces


def without_contacts(text: str, catalogue: Catalogue, *, short_phones: bool) -> tuple[str, str | None]:
    """The text without mentions, links and phone numbers, which are never quantities; and the number."""
    if "@" in text or "://" in text or "WWW." in text:
        text = _FOR_ANOTHER.sub(" @ ", text)  # a lone @ stands for whoever it is
        text = _RUN.sub(lambda run: " " if _NOT_FOR_US.search(run[0]) else run[0], text)
    phones: list[str] = []

    def take(found: re.Match[str]) -> str:
        number = found[1]
        digits = re.sub(r"[^0-9]", "", number)
        longest = 15 if number.startswith("+") else 13 if number[0] in "05689" else 11
        if _names_an_item(number, catalogue) or not (8 if short_phones else 9) <= len(digits) <= longest:
            return found[0]
        phones.append(f"+{digits}" if number.startswith("+") else digits)
        return " "

    if _LIKE_A_PHONE.search(text):
        text = _PHONE.sub(take, text)
        if short_phones:
            text = _SHORT_PHONE.sub(take, text)
    return text, phones[0] if phones else None


def _names_an_item(number: str, catalogue: Catalogue) -> bool:
    """Whether what looks like a phone number is made of codes: “sold 612 345 678”. With 0 or + it begins as one."""
    groups = _DIGITS.findall(number)
    if number[0] in "+0":
        groups = groups[: number[0] == "0"]
    elif groups[0] == "1":  # “1-555-123-4567”
        groups = groups[1:]
    return any(group in catalogue.codes or (len(group) < 3 and group in catalogue.options) for group in groups)


def split_number(word: str) -> list[str]:
    """A number and what is glued behind it; nothing when the word does not begin with a number."""
    found = _NUMBER_FIRST.fullmatch(word)
    return [found[1], found[2]] if found else []


def _with_option(word: str, catalogue: Catalogue) -> list[str]:
    """A code and an option behind it, “A7blue”; nothing when the word is none. “12XL” is no item 1 in 2XL."""
    cuts = range(1, min(len(word), _LONGEST_COMPOSED))
    found = [c for c in cuts if word[c:] in catalogue.options and word[:c] in catalogue.codes]
    best = min(found, key=lambda c: word[c - 1 : c + 1].isdecimal(), default=None)
    return [word[:best], word[best:]] if best is not None else []


def respell(word: str, catalogue: Catalogue, words: Vocabulary) -> Sequence[str]:
    """What an unknown run of letters and digits is made of, or meant to be; the word itself if it is just that."""
    return _respelt(word, catalogue, words) if len(word) <= _LONGEST_COMPOSED else _respell(word, catalogue, words)


def _respell(word: str, catalogue: Catalogue, words: Vocabulary) -> Sequence[str]:
    pieces = split_word(word, catalogue, words)
    return pieces if len(pieces) > 1 else (words.stretched.get(undoubled(word), word),)


_respelt = lru_cache(maxsize=20_000)(_respell)  # everybody uses the same few words


def _times(word: str, catalogue: Catalogue) -> list[str]:
    """The parts of “A7x2” and “x2”; nothing when the word is none."""
    found = _TIMES.fullmatch(word) if "X" in word else None
    pieces = [piece for piece in found.groups() if piece] if found else []
    known = all(p == "X" or p.isdecimal() or p in catalogue.codes or p in catalogue.options for p in pieces)
    return pieces if known else []


def split_word(word: str, catalogue: Catalogue, words: Vocabulary) -> Sequence[str]:
    """What a run of letters and digits is made of: “sold12”, “A7x2”, “2pcs”, “我要A1”."""
    codes = catalogue.codes
    if len(word) > _LONGEST_COMPOSED and word.isascii():
        return [word]
    if times := _times(word, catalogue):
        return times
    if (lead := words.leading.match(word)) and lead.end() < len(word):
        rest = word[lead.end() :]
        fits = rest in codes or (rest in catalogue.options and words.role(lead[0]) is Role.MEASURE)
        if (times := _times(rest, catalogue)) and words.role(lead[0]) in VERBS:  # “sold12x2”
            return [lead[0], *times]
        if rest.isdecimal() or (fits and rest not in _ENDINGS):
            return [lead[0], rest]
        if named := _with_option(rest, catalogue):
            return [lead[0], *named]
    if number := split_number(word):
        meant = words.role(number[1])
        if meant in _AFTER_A_NUMBER or is_polite(number[1], meant):
            return number
    if not word.isalpha():
        if named := _with_option(word, catalogue):
            return named
        if (behind := words.trailing.fullmatch(word)) and behind[1] in codes:
            return [behind[1], behind[2]]
    if word.isascii():
        return [word]
    pieces = [piece for piece in words.inside.split(word) if piece]
    return pieces if len(pieces) > 1 else [piece for piece in _SCRIPTS.split(word) if piece]
