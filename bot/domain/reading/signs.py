"""A comment as a row of signs: claim word, code, number, option, separator, chatter, …

This half knows spelling and nothing of meaning; `grammar` decides what the signs say together.
"""

from __future__ import annotations

import re

from bot.domain.reading.catalogue import SIZES_AND_COLOURS, Catalogue
from bot.domain.reading.market import NUMBERS
from bot.domain.reading.marks import EACH, KNOCK, SOMEBODY_ELSE, Marks
from bot.domain.reading.normal import MEANINGFUL
from bot.domain.reading.roles import VERBS, Role, Sign
from bot.domain.reading.rules import Phrases, Vocabulary
from bot.domain.reading.tokens import COMPOUND, respell, without_contacts

MOST_SIGNS = 200
"""What has more says too much to be a claim."""
_LONGEST_CODE = 12
_POINTING = (":", ".")
_BESIDE_AN_OPTION = (Role.MEASURE, Role.FILLER, Role.ORDINAL)
_PLAIN = frozenset(
    (
        *(Role.CLAIM, Role.CANCEL, Role.QUESTION, Role.PENDING, Role.OPENING, Role.QUEUE, Role.CART),
        *(Role.BID, Role.ASIDE, Role.ALONE, Role.POLITE, Role.HEDGE, Role.JOIN, Role.CHATTER),
    )
)
"""These mean the same wherever they stand, but for “sold no 12”."""
_PRICE = re.compile(r"[0-9]+(?:K|RB|RIBU|JT)")
_DATE = re.compile(r"[-/](?:19|20)[0-9]{2}$")
_ORDINAL = re.compile(r"([0-9]+)(?:ST|ND|RD|TH)")
_TIMES = re.compile("[0-9]{1,2}X")
_SIZED = re.compile("([A-Z]+)([0-9]+)")
_BODY = re.compile("[0-9]{2,3}(?:KG|KÝ|KÍ|KI|CM)|1M[0-9]{1,2}")
"""A buyer's weight and height, which say a size: “A1 M 50kg 1m60”."""


def find_signs(text: str, catalogue: Catalogue, words: Vocabulary) -> tuple[list[Sign], str | None]:
    """The signs of a normalised comment, and the phone number in it."""
    text, phone = without_contacts(text, catalogue, short_phones=words.short_phones)
    return _Scan(text, catalogue, words).run(), phone


class _Scan(Marks):
    """Words and numbers."""

    def run(self) -> list[Sign]:
        while (word := self.tokens.peek()) and len(self.signs) <= MOST_SIGNS:
            if word.isalnum():
                self._word(word)
            elif word in MEANINGFUL or word == "\n":
                self._punctuation(word)
            elif "$" in word:
                self._emit(Role.CHATTER, word, how="price")
            elif word[-1].isdecimal() and (numbers := COMPOUND.fullmatch(word)):
                self._compound(word, numbers)
            else:
                self._word(word)
        return self.signs

    def _compound(self, word: str, numbers: re.Match[str]) -> None:
        code = self.codes.get(word.replace(".", "-"))
        if code is not None:
            self._emit(Role.CODE, code, how="marked")
        else:
            # “12-2” and “12/13” may be about item 12; “12:30” is a time, “12.5” a price, and “10/10” praise
            first, mark = numbers[1], numbers[2]
            about = first in self.codes and mark in "-/" and word != f"{first}{mark}{first}" and not _DATE.search(word)
            self._emit(Role.UNCLEAR, f"“{word.lower()}” is not one number", how="codes" if about else "")
            if about:
                self.signs[-1] = self.signs[-1]._replace(maybe=self._about(word))

    def _about(self, word: str) -> tuple[tuple[Sign, ...], ...]:
        """What “12-13” and “12/2” may say of items: each of them, or so many of the first."""
        parts = re.split("[-/]", word)
        items = tuple(item for part in parts if (item := self._item(part)) is not None)
        counts = len(parts) == 2 and (number := self._amount(parts[1])) is not None
        counted = (*items[:1], Sign(Role.QUANTITY, parts[1], number)) if counts else ()
        return tuple(filter(None, (items, counted)))

    def _word(self, word: str) -> None:
        if word in self.catalogue.beginnings and self._several():
            return
        begun = self.words.phrases.get(word)
        phrase, length = (None, 0) if begun is None else self._phrase(begun)
        if phrase is not None and length > 1:
            self._meant(phrase, word, length)
        elif word.isdecimal() and (word in self.codes or (word not in self.options and phrase is None)):
            self._number(word)
        elif word in self.codes:
            self._code(word)
        elif word in self.options:
            self._option(word)
        elif phrase is not None:
            self._meant(phrase, word, length)
        elif word == "X":
            self._times(word)
        elif word in NUMBERS and self._counts():
            self._number(word)
        elif word in NUMBERS and self._ends():
            self._emit(Role.QUANTITY, word.lower(), self._amount(word))
        else:
            pieces = respell(word, self.catalogue, self.words)
            if len(pieces) > 1 or pieces[0] != word:
                self.tokens.split(pieces)
            else:
                self._unknown(word)

    def _code(self, word: str) -> None:
        """An item of the show, unless the same word is one of its options and an item was named already."""
        code = self.codes[word]
        if word in self.options and any(sign.role is Role.CODE for sign in self.signs):
            option = Sign(Role.OPTION, self.options[word])
            self._doubt(f"“{code}” could be an item or an option", self._item(word), option)
        else:
            verb = None if self.marked else self.words.role(word)
            how = "marked" if self.marked else "word" if verb in VERBS else ""
            self._emit(Role.CODE, code, self._amount(word), how)
            if verb in VERBS:
                self.signs[-1] = self.signs[-1]._replace(maybe=((Sign(verb, word.lower()),),))

    def _several(self) -> bool:
        """A name in several parts: “t-shirt”, “x large”, “A 12”."""
        parts, spaced, ends = self._parts()
        for count in range(len(parts), 1, -1):
            name = "".join(parts[:count])
            found = self.codes.get(name) or self.options.get(name)
            if found is None:
                continue
            length = ends[count - 1]
            times = self._multiplies(parts[:count], length)
            if times and self.tokens.glued(1) is self.tokens.glued(length):  # “2x12”, “2 x 12”
                return False
            alone = times or any(part in self.codes or part in self.options for part in parts[:count])
            if alone and (times or any(spaced[:count])) and any(map(str.isdecimal, parts[:count])):
                shown = " ".join(parts[:count]).lower()
                self._doubt(f"“{shown}” could be {found} or two things", length=length)
                apart = tuple(map(self._plain, parts[:count]))
                self.signs[-1] = self.signs[-1]._replace(maybe=((self._plain(name),), apart))
            elif name in self.codes:
                self._emit(Role.CODE, found, how="marked", length=length)
            else:
                self._emit(Role.OPTION, found, length=length)
            return True
        return False

    def _multiplies(self, parts: list[str], length: int) -> bool:
        """Whether the size “2x” stands before an item, and so may be twice that."""
        following = self.tokens.peek(length)
        return (following in self.codes or following == "#") and _TIMES.fullmatch("".join(parts)) is not None

    def _option(self, word: str) -> None:
        option = Sign(Role.OPTION, self.options[word])
        if self._multiplies([word], 1):  # “2x 12”
            number = int(word[:-1])
            count = Sign(Role.QUANTITY, str(number), number, "leading")
            self._doubt(f"“{word.lower()}” could be {option.text} or a quantity", count, option)
        else:
            self._emit(*option[:2])

    def _plain(self, word: str) -> Sign:
        """The item, option or number that this word by itself is."""
        if word in self.options and word not in self.codes:
            return Sign(Role.OPTION, self.options[word])
        return self._item(word) or Sign(Role.NUMBER, word, self._amount(word))

    def _parts(self) -> tuple[list[str], list[bool], list[int]]:
        """The next words that may form a name: each word, whether a space stands before it, where it ends."""
        parts, spaced, ends = [self.tokens.peek()], [False], [1]
        ahead = 1
        while len(parts) < self.catalogue.longest:
            glued = self.tokens.glued(ahead) and self.tokens.glued(ahead + 1)
            hyphen = glued and self.tokens.peek(ahead) in ("-", ".")
            ahead += hyphen or self.tokens.peek(ahead) == "#"  # “lot #7”
            part = self.tokens.peek(ahead)
            if not part or part in MEANINGFUL or part == "\n" or (parts[-1][-1] + part[0]).isdecimal():
                break
            ahead += 1
            parts.append(part)
            spaced.append(not hyphen)
            ends.append(ahead)
        return parts, spaced, ends

    def _phrase(self, begun: Phrases) -> tuple[Role | None, int]:
        for rest, role in begun:
            if not rest or self.tokens.follows(rest):
                return role, 1 + len(rest)
        return None, 0

    def _meant(self, role: Role, word: str, length: int) -> None:
        if role in _PLAIN and word != "NO":
            shown = word if length == 1 else " ".join(self.tokens.peek(ahead) for ahead in range(length))
            self._emit(role, shown.lower(), how=self._verb(word, shown.lower()), length=length)
        else:
            self._placed(role, word, length)

    def _verb(self, word: str, shown: str) -> str:
        return "place" if word in self.words.places else "named" if shown in self.words.named else ""

    def _placed(self, role: Role, word: str, length: int) -> None:
        """A word whose meaning depends on its place."""
        ahead = length + (self.tokens.peek(length) in _POINTING)
        following = self.tokens.peek(ahead)
        if role is Role.MARKER or (word == "NO" and self._last() is Role.CLAIM and following.isdecimal()):
            self.tokens.at += ahead
            self.marked = True
        elif role is Role.AMOUNT and self._amount(following) is not None:
            unit = self.words.role(self.tokens.peek(ahead + 1)) is Role.UNIT
            self._emit(Role.QUANTITY, following, self._amount(following), length=ahead + 1 + unit)
        elif role is Role.MEASURE and following in self.options:
            self._emit(Role.OPTION, self.options[following], length=ahead + 1)
        elif role in _BESIDE_AN_OPTION and (self._is_choice(ahead) or self._last() is Role.OPTION):
            self.tokens.at += length
        elif role is Role.MEASURE and following.isdecimal() and following not in self.options:
            self._emit(Role.UNCLEAR, f"{word.lower()} {following} is no option of this show", length=ahead + 1)
        elif role is Role.PLUS and word == KNOCK and self._last() is not Role.CODE and following in self.codes:
            self._knock(following)
        elif role is Role.PLUS:
            self._plus("+")
        elif role is Role.EVERY and word == EACH:
            self._each()
        elif role is Role.EVERY:
            self._every()
        elif role is Role.SPAN:
            self._emit(Role.CHATTER, word.lower(), length=length)
        elif role is Role.FILLER and word == "TO" and self._names_another(following):
            self._emit(Role.HEDGE, SOMEBODY_ELSE, length=length)
        elif role in (Role.UNIT, Role.ORDINAL, Role.AMOUNT, Role.MEASURE):
            self._emit(Role.FILLER, word.lower(), length=length)
        else:
            self._emit(role, word.lower(), length=length)

    def _counts(self) -> bool:
        """Whether a number word stands where a number would: after a code, or before a unit or a code."""
        following = self.tokens.peek(1)
        counted = following in self.codes or self.words.role(following) is Role.UNIT
        return self._last() is Role.CODE or counted or following in self.words.of

    def _ends(self) -> bool:
        """Whether a claim ends with this word, as in “I'll take two please”."""
        following = self.tokens.peek(1)
        claimed = any(sign.role is Role.CLAIM for sign in self.signs)
        return claimed and (not following or self.words.role(following) is Role.POLITE)

    def _number(self, word: str) -> None:
        number = self._amount(word)
        following = self.tokens.peek(1)
        meant = self.words.role(following) if following else None
        known = word in self.codes
        if meant is Role.SPAN and not self.marked:
            self._emit(Role.CHATTER, f"{word} {following.lower()}", length=2)
        elif meant is Role.HEDGE and self.words.role(self.tokens.peek(2)) is Role.SPAN and not self.marked:
            self._emit(Role.CHATTER, f"{word} {following.lower()}", length=3)  # “I need 7 more days”
        elif meant is Role.ORDINAL or (self.marked and not known):
            role = Role.CODE if known else Role.UNKNOWN
            self._emit(role, self.codes.get(word, word), number, "marked", length=1 + (meant is Role.ORDINAL))
        elif meant is Role.MEASURE and self.tokens.glued(1) and not known:
            self._emit(Role.UNCLEAR, f"{word}{following.lower()} is no option of this show", length=2)
        elif meant is Role.UNIT and number is not None and not self.marked:
            if known and not self._names() and self.tokens.peek(2) not in self.codes:
                count = Sign(Role.QUANTITY, word, number, "leading")
                self._doubt(f"{word} could be an item or a quantity", self._item(word), count, length=2)
            else:
                self._emit(Role.QUANTITY, word, number, "leading", length=2)
        elif following in self.words.of and number is not None and self._before_a_code(2):
            self._emit(Role.QUANTITY, word, number, "leading", length=2)
        elif following in self.words.of and number is not None and self.tokens.peek(2) in self.words.those:
            self._emit(Role.QUANTITY, word, number, "leading", length=3)  # “I want 5 of those”
        elif known:
            self._code(word)
        elif number is None and self.signs and self._last() in (Role.CODE, Role.OPTION):
            self._emit(Role.UNCLEAR, f"{word} is no quantity")
        elif number is None:
            self._emit(Role.CHATTER, word)
        else:
            self._emit(Role.NUMBER, word, number)

    def _is_choice(self, ahead: int) -> bool:
        """Whether an option comes that many words ahead, or a word like “size” and then one."""
        ahead += self.words.role(self.tokens.peek(ahead)) is Role.MEASURE
        return self.tokens.peek(ahead) in self.options

    def _names_another(self, name: str) -> bool:
        """Whether “sold 12 to Jane” says who got it; the comment ends with the name."""
        sold = any(sign.role is Role.CLAIM and sign.text == "sold" for sign in self.signs)
        unknown = name.isalpha() and not (name in self.codes or name in self.options or name in self.words.phrases)
        return sold and unknown and not self.tokens.peek(2).isalnum()

    def _sized(self, word: str) -> list[str]:
        """An option and the number glued behind it, “M2件”; nothing without a unit: “M6” may be a buyer's height."""
        found = _SIZED.fullmatch(word)
        counted = self.words.role(self.tokens.peek(1)) is Role.UNIT
        return [found[1], found[2]] if found and counted and found[1] in self.options else []

    def _names(self) -> bool:
        """Whether an item was named so far."""
        return any(sign.role in (Role.CODE, Role.UNKNOWN) for sign in self.signs)

    def _before_a_code(self, ahead: int) -> bool:
        """Whether a code comes that many words ahead, as in “2 of 12” and “2 of #12”."""
        return self.tokens.peek(ahead + (self.tokens.peek(ahead) == "#")) in self.codes

    def _unknown(self, word: str) -> None:
        """Talk, an emoji, or the code of an item the show does not have (yet)."""
        if len(word) == 1 and not word.isalnum():
            self.tokens.at += 1
            self._stop()
            return
        digits = any(map(str.isdecimal, word))
        short = word.isascii() and len(word) <= 2
        plus = self.tokens.glued(1) and self.tokens.peek(1) == "+" and self.tokens.peek(2).isdecimal()
        added = plus and not word.isascii() and len(word) <= 4
        if word == "OFF" and self._last() is Role.CODE and len(self.signs) > 1 and self.signs[-2].text == "take":
            self.signs[-2] = Sign(Role.UNCLEAR, "“take … off” may give it back or bargain")
            self.tokens.at += 1
        elif self.words.role(self.tokens.peek(1)) is Role.EVERY and all(letter in self.codes for letter in word):
            self.tokens.split(list(word))  # “AB各+1”
        elif digits and _PRICE.fullmatch(word):
            self._emit(Role.CHATTER, word.lower(), how="price")
        elif digits and _BODY.fullmatch(word):
            self._emit(Role.POLITE, word.lower())
        elif digits and self._names() and (sized := self._sized(word)):
            self.tokens.split(sized)
        elif digits and (ordinal := _ORDINAL.fullmatch(word)) and ordinal[1] in self.codes:
            self._doubt(f"“{word.lower()}” could be item {ordinal[1]} or only talk", self._item(ordinal[1]))
        elif len(word) <= _LONGEST_CODE and (digits or short or added or self.marked):
            self._emit(Role.UNKNOWN, word, how="marked" if self.marked or digits else _how(word))
        else:
            self._emit(Role.CHATTER, word.lower(), how=_how(word))


def _how(word: str) -> str:
    return "unlisted" if word in SIZES_AND_COLOURS else ""
