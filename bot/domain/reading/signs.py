"""A comment as a row of signs: claim word, code, number, option, separator, chatter, …

This half knows spelling and nothing of meaning; `grammar` decides what the signs say together.
"""

from __future__ import annotations

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.markets import NUMBERS
from bot.domain.reading.normal import MEANINGFUL
from bot.domain.reading.roles import Role, Sign
from bot.domain.reading.rules import Vocabulary
from bot.domain.reading.tokens import COMPOUND, Tokens, split_word, without_contacts

LONGEST_NUMBER = 9
_LONGEST_CODE = 12


def find_signs(text: str, catalogue: Catalogue, words: Vocabulary) -> tuple[list[Sign], str | None]:
    """The signs of a normalised comment, and the phone number in it."""
    text, phone = without_contacts(text, catalogue)
    return _Scan(text, catalogue, words).run(), phone


class _Scan:
    def __init__(self, text: str, catalogue: Catalogue, words: Vocabulary) -> None:
        self.tokens = Tokens(text)
        self.catalogue = catalogue
        self.codes = catalogue.codes
        self.options = catalogue.options
        self.words = words
        self.marked = False
        self.signs: list[Sign] = []

    def run(self) -> list[Sign]:
        while word := self.tokens.peek():
            if word in MEANINGFUL or word == "\n":
                self._punctuation(word)
            elif "$" in word:
                self._emit(Role.CHATTER, word)
            elif word[0].isdecimal() and not word.isalnum() and COMPOUND.fullmatch(word):
                self._compound(word)
            else:
                self._word(word)
        return self.signs

    # Small helpers

    def _emit(self, role: Role, text: str, number: int | None = None, how: str = "", length: int = 1) -> None:
        self.signs.append(Sign(role, text, number, how))
        self.tokens.at += length
        self.marked = False

    def _last(self) -> Role | None:
        return self.signs[-1].role if self.signs else None

    def _amount(self, word: str) -> int | None:
        if word.isdecimal():
            return int(word) if len(word) <= LONGEST_NUMBER else None
        return NUMBERS.get(word)

    def _lead(self) -> bool:
        """Turn the number just read into a quantity: it was the 2 of “2x A7”."""
        if not self.signs or self.signs[-1].number is None:
            return False
        last = self.signs[-1]
        if last.role in (Role.NUMBER, Role.CODE):
            self.signs[-1] = Sign(Role.QUANTITY, str(last.number), last.number, "leading")
        return last.role in (Role.NUMBER, Role.CODE)

    # Punctuation

    def _punctuation(self, word: str) -> None:
        if word == "?":
            self._emit(Role.QUESTION, "?")
        elif word in ",;\n/&":
            self._emit(Role.JOIN, word)
        elif word == "#":
            self.tokens.at += 1
            self.marked = True
        elif word == "-":
            self._minus()
        elif word == "*":
            self._times(word)
        elif word in "+=":
            self._plus(word)
        elif word in "%$@":
            self._emit(Role.CHATTER, word)
        else:
            self.tokens.at += 1

    def _plus(self, word: str) -> None:
        following = self.tokens.peek(1)
        amount = self._amount(following)
        if amount is not None:
            spaced = not self.tokens.glued() and not self.tokens.glued(1)
            if spaced and self._last() is Role.CODE and following in self.codes:
                self._emit(Role.UNCLEAR, f"“{word} {following}” could be a quantity or item {following}", length=2)
            else:
                self._emit(Role.QUANTITY, f"{word}{following}", amount, "plus", length=2)
        elif word == "+" and following in self.codes:
            self._emit(Role.JOIN, word)
        elif word == "=":
            self.tokens.at += 1
        else:
            self._emit(Role.CHATTER, word)

    def _minus(self) -> None:
        """“A-” gives A back; between words it is a dash."""
        following = self.tokens.peek(1)
        glued_on = self.tokens.glued(1) and following not in ",;\n!.?"
        if self._last() is Role.CODE and glued_on and self.tokens.glued() and following.isdecimal():
            code = self.signs[-1].text
            self._emit(Role.UNCLEAR, f"“{code}-{following}” could be another item or less of {code}", length=2)
        elif self._last() is Role.CODE and not glued_on and (self.tokens.glued() or not following):
            self._emit(Role.MINUS, "-")
        else:
            self.tokens.at += 1

    def _times(self, word: str) -> None:
        """“12 x 2”, “2 x A7”: which side is the quantity depends on which is an item."""
        following = self.tokens.peek(1)
        last = self.signs[-1] if self.signs else None
        amount = self._amount(following)
        if word == "*" and following == "+":
            self._every()
        elif amount is not None:
            on_the_left, on_the_right = self.tokens.glued(), self.tokens.glued(1)
            known_sides = last is not None and last.number is not None and following in self.codes
            if not known_sides or (on_the_right and not on_the_left):  # "12 x2"
                self._emit(Role.QUANTITY, f"x{following}", amount, length=2)
            elif last is not None and last.role is Role.CODE and (on_the_right or not on_the_left):
                self._emit(Role.UNCLEAR, f"“{last.text}x{following}” could be of item {last.text} or {following}")
            elif self._lead():  # "2x 12"
                self.tokens.at += 1
            else:
                self._emit(Role.CHATTER, word)
        elif (following in self.codes or self._last() is Role.NUMBER) and self._lead():
            self.tokens.at += 1
        elif last is not None and last.role is Role.CODE and last.number is not None and self.tokens.glued():
            self._emit(Role.UNCLEAR, f"“{last.text}x” could be item {last.text} or a quantity")
        else:
            self._emit(Role.CHATTER, word)

    def _every(self) -> None:
        if self._last() is Role.CODE:
            code = self.signs[-1].text
            self._emit(Role.UNCLEAR, f"every colour of {code} is asked for")
        else:
            self._emit(Role.CHATTER, self.tokens.peek())

    # Words and numbers

    def _compound(self, word: str) -> None:
        code = self.codes.get(word)
        if code is None:
            self._emit(Role.UNCLEAR, f"“{word}” is not one number")
        else:
            self._emit(Role.CODE, code, how="marked")

    def _word(self, word: str) -> None:
        if word in self.catalogue.beginnings and self._several():
            return
        phrase, length = self._phrase(word)
        if phrase is not None and length > 1:
            self._meant(phrase, word, length)
        elif word.isdecimal() and (word in self.codes or word not in self.options):
            self._number(word)
        elif word in self.codes:
            self._code(word)
        elif word in self.options:
            self._emit(Role.OPTION, self.options[word])
        elif phrase is not None:
            self._meant(phrase, word, length)
        elif word == "X":
            self._times(word)
        elif word in NUMBERS and self._counts():
            self._number(word)
        else:
            pieces = split_word(word, self.catalogue, self.words)
            if len(pieces) > 1:
                self.tokens.split(pieces)
            else:
                self._unknown(word)

    def _code(self, word: str) -> None:
        """An item of the show, unless the same word is one of its options and an item was named already."""
        code = self.codes[word]
        if word in self.options and any(sign.role is Role.CODE for sign in self.signs):
            self._emit(Role.UNCLEAR, f"“{code}” could be an item or an option")
        else:
            self._emit(Role.CODE, code, self._amount(word), "marked" if self.marked else "")

    def _several(self) -> bool:
        """A name in several parts: “t-shirt”, “x large”, “A 12”."""
        parts, spaced, ends = self._parts()
        for count in range(len(parts), 1, -1):
            name = "".join(parts[:count])
            found = self.codes.get(name) or self.options.get(name)
            if found is None:
                continue
            alone = any(part in self.codes or part in self.options for part in parts[:count])
            length = ends[count - 1]
            if alone and any(spaced[:count]) and any(map(str.isdecimal, parts[:count])):
                shown = " ".join(parts[:count]).lower()
                self._emit(Role.UNCLEAR, f"“{shown}” could be {found} or two things", length=length)
            elif name in self.codes:
                self._emit(Role.CODE, found, how="marked", length=length)
            else:
                self._emit(Role.OPTION, found, length=length)
            return True
        return False

    def _parts(self) -> tuple[list[str], list[bool], list[int]]:
        """The next words that may form a name: each word, whether a space stands before it, where it ends."""
        parts, spaced, ends = [self.tokens.peek()], [False], [1]
        ahead = 1
        while len(parts) < self.catalogue.longest:
            glued = self.tokens.glued(ahead) and self.tokens.glued(ahead + 1)
            hyphen = glued and self.tokens.peek(ahead) in ("-", ".")
            ahead += hyphen
            part = self.tokens.peek(ahead)
            if not part or part in MEANINGFUL or part == "\n" or (parts[-1][-1] + part[0]).isdecimal():
                break
            ahead += 1
            parts.append(part)
            spaced.append(not hyphen)
            ends.append(ahead)
        return parts, spaced, ends

    def _phrase(self, word: str) -> tuple[Role | None, int]:
        for rest, role in self.words.phrases.get(word, ()):
            if not rest or self.tokens.follows(rest):
                return role, 1 + len(rest)
        return None, 0

    def _meant(self, role: Role, word: str, length: int) -> None:
        ahead = length + (self.tokens.peek(length) == ":")
        following = self.tokens.peek(ahead)
        if role is Role.MARKER:
            self.tokens.at += ahead
            self.marked = True
        elif role is Role.AMOUNT and self._amount(following) is not None:
            self._emit(Role.QUANTITY, following, self._amount(following), length=ahead + 1)
        elif role is Role.MEASURE and following.isdecimal() and following not in self.options:
            self._emit(Role.UNCLEAR, f"{word.lower()} {following} is no option of this show", length=ahead + 1)
        elif role is Role.PLUS:
            self._plus("+")
        elif role is Role.EVERY:
            self._every()
        elif role in (Role.UNIT, Role.ORDINAL, Role.AMOUNT, Role.MEASURE):
            self._emit(Role.FILLER, word.lower(), length=length)
        else:
            shown = " ".join(self.tokens.peek(ahead) for ahead in range(length)).lower()
            self._emit(role, shown, how="place" if word in self.words.places else "", length=length)

    def _counts(self) -> bool:
        """Whether a number word stands where a number would: after a code, or before a unit or a code."""
        following = self.tokens.peek(1)
        counted = following in self.codes or self.words.role(following) is Role.UNIT
        return self._last() is Role.CODE or counted or following == "OF"

    def _number(self, word: str) -> None:
        number = self._amount(word)
        following = self.tokens.peek(1)
        meant = self.words.role(following) if following else None
        known = word in self.codes
        if meant is Role.ORDINAL or (self.marked and not known):
            role = Role.CODE if known else Role.UNKNOWN
            self._emit(role, self.codes.get(word, word), number, "marked", length=1 + (meant is Role.ORDINAL))
        elif meant is Role.UNIT and number is not None and not self.marked:
            named = any(sign.role in (Role.CODE, Role.UNKNOWN) for sign in self.signs)
            if known and not named and self.tokens.peek(2) not in self.codes:
                self._emit(Role.UNCLEAR, f"{word} could be an item or a quantity", length=2)
            else:
                self._emit(Role.QUANTITY, word, number, "leading", length=2)
        elif following == "OF" and number is not None and self.tokens.peek(2) in self.codes:
            self._emit(Role.QUANTITY, word, number, "leading", length=2)
        elif known:
            self._code(word)
        elif number is None:
            self._emit(Role.CHATTER, word)
        else:
            self._emit(Role.NUMBER, word, number)

    def _unknown(self, word: str) -> None:
        """Talk, an emoji, or the code of an item the show does not have (yet)."""
        if len(word) == 1 and not word.isalnum():
            self.tokens.at += 1
            return
        digits = any(map(str.isdecimal, word))
        short = word.isascii() and len(word) <= 2
        plus = self.tokens.glued(1) and self.tokens.peek(1) == "+" and self.tokens.peek(2).isdecimal()
        added = plus and not word.isascii() and len(word) <= 4
        if len(word) <= _LONGEST_CODE and (digits or short or added or self.marked):
            self._emit(Role.UNKNOWN, word, how="marked" if self.marked or digits else "")
        else:
            self._emit(Role.CHATTER, word.lower())
