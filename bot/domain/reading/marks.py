"""The marks between the words of a comment: “+1”, “x2”, “A-”, and what joins, asks and separates."""

from __future__ import annotations

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.market import NUMBERS
from bot.domain.reading.roles import VERBS, Role, Sign
from bot.domain.reading.rules import Vocabulary
from bot.domain.reading.tokens import Tokens, split_number

LONGEST_NUMBER = 9
SOMEBODY_ELSE = "to somebody else"
EACH = "各"
KNOCK = "扣"
"""“Type it”: 扣1 is +1 where the comment is about one item, 扣12 names item 12."""
_MOST_ADDED = 9
"""“12+3” asks for three even where there is an item 3; “12+13” may well name item 13."""
_IDLE = (Role.CHATTER, Role.FILLER)


class Marks:
    """A comment that is being read, as far as its marks go."""

    def __init__(self, text: str, catalogue: Catalogue, words: Vocabulary) -> None:
        self.tokens = Tokens(text)
        self.catalogue = catalogue
        self.codes = catalogue.codes
        self.options = catalogue.options
        self.words = words
        self.marked = False
        self.signs: list[Sign] = []

    def _emit(self, role: Role, text: str, number: int | None = None, how: str = "", length: int = 1) -> None:
        self.signs.append(Sign(role, text, number, how))
        self.tokens.at += length
        self.marked = False

    def _doubt(self, text: str, *maybe: Sign | None, how: str = "", length: int = 1) -> None:
        """Something that could stand for any of these; what there is none of is left out."""
        self._emit(Role.UNCLEAR, text, how=how, length=length)
        self.signs[-1] = self.signs[-1]._replace(maybe=tuple((one,) for one in maybe if one is not None))

    def _item(self, word: str) -> Sign | None:
        """The item that this word certainly names."""
        return Sign(Role.CODE, self.codes[word], how="marked") if word in self.codes else None

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

    def _punctuation(self, word: str) -> None:
        if word == "?":
            self._emit(Role.QUESTION, "?")
        elif word in ",;\n/&":
            if word == "\n":
                self._stop()
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
        elif word == "@":
            self._emit(Role.HEDGE, SOMEBODY_ELSE)
        elif word in "%$":
            self._emit(Role.CHATTER, word)
        else:
            self.tokens.at += 1
            if word in ".!":
                self._stop()

    def _stop(self) -> None:
        """“So pretty! Sold 12”: what was only talk is over, and says nothing about the rest."""
        talk = [sign for sign in self.signs if sign.role is not Role.POLITE]  # “Yes! 12!” is no talk
        if all(sign.role in _IDLE for sign in talk):
            self.signs[:] = [Sign(Role.FILLER, sign.text) for sign in talk[:1]]

    def _plus(self, word: str) -> None:
        following = self.tokens.peek(1)
        if following not in self.codes and (parts := split_number(following) or self._split_counted(following)):
            self.tokens.split(parts, ahead=1)  # “A+1B+1”, “+1pls”, “+兩件”
            following = parts[0]
        amount = self._amount(following)
        if amount is not None:
            spaced = word == "+" and amount > 1 and not self.tokens.glued() and not self.tokens.glued(1)
            if word == "=" and self._last() in VERBS:  # “CF=12”
                self.tokens.at += 1
            elif (spaced or amount > _MOST_ADDED) and self._last() is Role.CODE and following in self.codes:
                self._doubt(
                    f"“{word} {following}” could be a quantity or item {following}",
                    self._item(following),
                    Sign(Role.QUANTITY, following, amount),
                    length=2,
                )
            else:
                unit = self.words.role(self.tokens.peek(2)) is Role.UNIT
                self._emit(Role.QUANTITY, f"{word}{following}", amount, "plus", length=2 + unit)
        elif following.isdecimal() and self._last() is Role.CODE:
            self._emit(Role.UNCLEAR, f"“{word}{following}” is no quantity", length=2)
        elif word == "+" and following in self.codes:
            self._emit(Role.JOIN, word)
        elif word == "=":
            self.tokens.at += 1
        elif self._last() is Role.CODE and self.tokens.glued():
            self._emit(Role.UNCLEAR, f"“{self.signs[-1].text}+” does not say how many", length=1 + (following == "+"))
        else:
            self._emit(Role.CHATTER, word)

    def _split_counted(self, word: str) -> list[str]:
        """A number word and its unit, “兩件”; nothing when the word is not made of these."""
        counted = word[:1] in NUMBERS and self.words.role(word[1:]) is Role.UNIT
        return [word[:1], word[1:]] if counted else []

    def _minus(self) -> None:
        """“A-” gives A back; between words it is a dash."""
        following = self.tokens.peek(1)
        glued_on = self.tokens.glued(1) and following not in ",;\n!.?"
        ends = not glued_on or self.words.role(following) is Role.POLITE  # “A-謝謝”
        code = self.signs[-1].text if self._last() is Role.CODE else None
        if code is not None and glued_on and following.isdecimal():
            less = f"“{code}-{following}” could be another item or less of {code}"
            self._doubt(less, self._item(following), length=2)
        elif code is not None and glued_on and self.tokens.glued() and following in self.codes:
            self._doubt(f"“{code}-{following}” could be these two or all between", self._item(following), length=2)
        elif code is not None and ((self.tokens.glued() and ends) or not following):
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
            if not known_sides or (on_the_right and not on_the_left) or _is_counted(last, amount):  # "12 x2"
                self._emit(Role.QUANTITY, f"x{following}", amount, length=2)
            elif last is not None and last.role is Role.CODE and (on_the_right or not on_the_left):
                self._emit(Role.UNCLEAR, f"“{last.text}x{following}” could be of item {last.text} or {following}")
            elif self._lead():  # "2x 12"
                self.tokens.at += 1
            else:
                self._emit(Role.CHATTER, word)
        elif following.isdecimal() and self._last() is Role.CODE:
            self._emit(Role.UNCLEAR, f"“x{following}” is no quantity", length=2)
        elif (following in self.codes or self._last() is Role.NUMBER) and self._lead():
            self.tokens.at += 1
        elif last is not None and last.role is Role.CODE and last.number is not None and self.tokens.glued():
            self._emit(Role.UNCLEAR, f"“{last.text}x” could be item {last.text} or a quantity")
        elif word == "*":  # “*A7*”
            self.tokens.at += 1
        else:
            self._emit(Role.CHATTER, word)

    def _knock(self, code: str) -> None:
        amount = self._amount(code)
        if amount is None or amount > _MOST_ADDED:
            self._emit(Role.CLAIM, KNOCK)
        else:
            unclear = f"“{KNOCK}{code}” could be item {code} or a quantity"
            self._doubt(unclear, self._item(code), Sign(Role.QUANTITY, code, amount, "plus"), how="codes", length=2)

    def _each(self) -> None:
        """“A1、B3各一件” asks for one of each item; “A1各1” for every colour of one."""
        plus = self.tokens.peek(1) == "+"
        amount = self._amount(self.tokens.peek(1 + plus))
        codes = [at for at, sign in enumerate(self.signs) if sign.role is Role.CODE]
        if len(codes) < 2 or amount is None or any(sign.role is Role.QUANTITY for sign in self.signs):
            self._every()
            return
        unit = self.words.role(self.tokens.peek(2 + plus)) is Role.UNIT
        for at in reversed(codes):
            self.signs.insert(at + 1, Sign(Role.QUANTITY, f"+{amount}", amount, "plus"))
        self.tokens.at += 2 + plus + unit

    def _every(self) -> None:
        codes = [sign.text for sign in self.signs if sign.role is Role.CODE]
        if codes:
            code = codes[-1]
            counted = self._amount(self.tokens.peek(1)) is not None  # “A各1”
            self._emit(Role.UNCLEAR, f"every colour of {code} is asked for", length=1 + counted)
        else:
            self._emit(Role.CHATTER, self.tokens.peek())


def _is_counted(code: Sign | None, amount: int) -> bool:
    """Whether “12 x 2” can only be two of item 12: nobody asks for twelve of item 2."""
    if code is None or code.role is not Role.CODE or code.number is None:
        return False
    return amount <= _MOST_ADDED < code.number
