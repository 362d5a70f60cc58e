"""A normalised comment cut into words, numbers and punctuation, contacts set aside."""

from __future__ import annotations

import re

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.normal import MEANINGFUL
from bot.domain.reading.roles import Role
from bot.domain.reading.rules import UNSPACED, Vocabulary

_TOKEN = re.compile(
    rf"( *)(\n|\$ ?[0-9][0-9.,]{{0,11}}|[0-9][0-9.,]{{0,11}}\$|[0-9]+(?:[-:/.][0-9]+)+"
    rf"|[^\s{re.escape(MEANINGFUL)}]+|[{re.escape(MEANINGFUL)}])"
)
COMPOUND = re.compile(r"[0-9]+(?:[-:/.][0-9]+)+")  # 12:30, 10/10, 2.5, 1-2
_RUN = re.compile(r"\S+")
_NOT_FOR_US = re.compile(r"@\w|://|WWW\.")  # mentions, mail addresses, links
_PHONE = re.compile(
    r"(?<![0-9A-Z$#*=])(?:\+[1-9][0-9]{0,2}(?:[ .-]?\(?[1-9][0-9]{0,3}\)?)(?:[ .-]?[0-9]{2,4}){1,4}"
    r"|0[0-9]{1,4}(?:[ .-][0-9]{2,6}){1,3}"
    r"|\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}"
    r"|[0-9]{9,11})(?![0-9])"
)
_TIMES = re.compile(r"([0-9]+)(X)(.+)|(.*[0-9])(X)([0-9]+)|(X)([0-9]+)|([0-9]+)(X)")
_NUMBER_FIRST = re.compile(r"([0-9]+)(\D+)")
_LONGEST_COMPOSED = 32
_SCRIPTS = re.compile(f"([{UNSPACED}]+)")


class Tokens:
    """The words, numbers and signs of a comment, read from left to right."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.findall(text)
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

    def split(self, pieces: list[str]) -> None:
        """Put the pieces of the current word in its place."""
        self._gaps[self.at : self.at + 1] = [self._gaps[self.at], *[""] * (len(pieces) - 1)]
        self._words[self.at : self.at + 1] = pieces


def without_contacts(text: str, catalogue: Catalogue) -> tuple[str, str | None]:
    """The text without mentions, links and phone numbers, which are never quantities; and the number."""
    if "@" in text or "://" in text or "WWW." in text:
        text = _RUN.sub(lambda run: " " if _NOT_FOR_US.search(run[0]) else run[0], text)
    phones: list[str] = []

    def take(found: re.Match[str]) -> str:
        digits = re.sub(r"[^0-9]", "", found[0])
        is_code = any(group in catalogue.codes for group in re.split(r"[^0-9]+", found[0]))
        if is_code or not 9 <= len(digits) <= (15 if found[0].startswith("+") else 11):
            return found[0]
        phones.append(f"+{digits}" if found[0].startswith("+") else digits)
        return " "

    return _PHONE.sub(take, text), phones[0] if phones else None


def split_word(word: str, catalogue: Catalogue, words: Vocabulary) -> list[str]:
    """What a run of letters and digits is made of: “sold12”, “A7x2”, “2pcs”, “我要A1”."""
    codes = catalogue.codes
    if len(word) > _LONGEST_COMPOSED and word.isascii():
        return [word]
    if "X" in word and (times := _TIMES.fullmatch(word)):
        pieces = [piece for piece in times.groups() if piece]
        if all(piece == "X" or piece.isdecimal() or piece in codes for piece in pieces):
            return pieces
    if (lead := words.leading.match(word)) and lead.end() < len(word):
        rest = word[lead.end() :]
        if rest.isdecimal() or rest in codes:
            return [lead[0], rest]
    if (number := _NUMBER_FIRST.fullmatch(word)) and words.role(number[2]) in (
        Role.UNIT,
        Role.ORDINAL,
        Role.CLAIM,
        Role.CANCEL,
    ):
        return [number[1], number[2]]
    if word.isascii():
        return [word]
    pieces = [piece for piece in words.inside.split(word) if piece] if words.inside else [word]
    return pieces if len(pieces) > 1 else [piece for piece in _SCRIPTS.split(word) if piece]
