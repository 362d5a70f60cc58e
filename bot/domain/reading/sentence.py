"""The items of one comment, collected sign by sign; every doubt is raised, never settled by a guess."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.reading.market import REGRETS
from bot.domain.reading.meaning import NoReading, TwoReadings
from bot.domain.reading.roles import VERBS, Role, Sign

TALK = (Role.CHATTER, Role.HEDGE, Role.CART)
_LOOSE_JOINS = (",", ";", "/", "\n", "plus")  # may stand before a quantity, unlike “and” and “&”
_CODE = re.compile(r"[A-Z]{1,4}[0-9]{1,5}")  # A99+1 is surely meant as a code, though the show does not have it
_MANY = 10
"""Nobody asks for so many pieces of one item after another."""
_AFTER_A_CODE = (Role.NUMBER, Role.QUANTITY, Role.OPTION, Role.JOIN, *VERBS)


@dataclass(slots=True)
class Draft:
    """One item as far as it is heard."""

    item: str | None = None
    known: bool = True
    number: int | None = None
    """The code as a number, while it could still be a quantity."""
    quantity: int | None = None
    options: list[str] = field(default_factory=list)
    counted: bool = False
    """The quantity came after an option, so that another option with a quantity is another claim."""
    borrowed: bool = False
    """Named after a comma: its claim word stands before another item."""

    def is_empty(self) -> bool:
        return self.item is None and self.quantity is None and not self.options


class Sentence:
    """Hears the signs of a comment in order; `drafts` are the items it names."""

    def __init__(self, signs: list[Sign], context: str | None, max_quantity: int) -> None:
        self.context = context
        self.max_quantity = max_quantity
        self.draft = Draft()
        self.drafts = [self.draft]
        self.verb: Sign | None = None
        self.in_line = False
        self.hedge: str | None = None
        self.talk_before = self.talk_between = self.talk_after = False
        self.signs = signs
        self.listed = _are_listed(signs)
        self.at = 0
        for self.at in range(len(signs)):
            self._hear(self.at)

    @property
    def has_talk(self) -> bool:
        """Whether there are words beside the claim."""
        return self.talk_before or self.talk_between or self.talk_after

    @property
    def _trailing(self) -> bool:
        """Whether each quantity follows its item: “12번 1개 13번 2개”."""
        telling = [sign for sign in self.signs if sign.role in (Role.CODE, Role.QUANTITY)]
        return telling[0].role is Role.CODE and telling[-1].role is Role.QUANTITY

    def _hear(self, at: int) -> None:
        sign = self.signs[at]
        before = self.signs[at - 1] if at else None
        after = self.signs[at + 1] if at + 1 < len(self.signs) else None
        hear = _HEARD.get(sign.role)
        if hear is not None:
            hear(self, sign, before, after)

    def _next(self) -> Draft:
        self.draft = Draft()
        self.drafts.append(self.draft)
        return self.draft

    def _verb(self, sign: Sign, _before: Sign | None, _after: Sign | None) -> None:
        if self.verb is None and self.talk_after:
            raise TwoReadings(f"{self.draft.item} and “{sign.text}” may not belong together")
        if self.verb is not None and self.draft.item is not None and sign.role is Role.CLAIM:
            self._next()
        if self.verb is None or sign.role is not Role.CLAIM:
            self.verb = sign
        self.talk_between = False

    def _unclear(self, sign: Sign, _before: Sign | None, _after: Sign | None) -> None:
        raise TwoReadings(sign.text)

    def _talk(self, sign: Sign, _before: Sign | None = None, _after: Sign | None = None) -> None:
        if sign.role is Role.HEDGE and not self._excuses(sign):
            self.hedge = sign.text
        if self.draft.item is not None:
            if self.draft.borrowed:
                raise TwoReadings(f"{self.draft.item} could be claimed too or only talked about")
            self.talk_after = True
        elif self.verb is not None:
            self.talk_between = True
        else:
            self.talk_before = True

    def _excuses(self, sign: Sign) -> bool:
        """Whether it is only why something is given back."""
        return self.verb is not None and self.verb.role is Role.CANCEL and sign.text in REGRETS

    def _code(self, sign: Sign, before: Sign | None, after: Sign | None) -> None:
        draft = self.draft
        if draft.item is None:
            if self.talk_between and self.verb is not None:
                raise TwoReadings(f"“{self.verb.text}” and {sign.text} may not belong together")
            if self.verb is not None and self.context not in (None, sign.text) and self._may_count(sign):
                raise TwoReadings(f"{sign.text} could be item {sign.text} or a quantity of {self.context}")
        else:
            joined = before is not None and before.role is Role.JOIN
            if self.talk_after and self.hedge is not None:
                raise TwoReadings(f"“{self.hedge}” leaves open what is claimed")
            if self.talk_after and not _is_plus(after):
                raise TwoReadings(f"{sign.text} could be claimed too or only talked about")
            if not joined and draft.quantity is None and not self.listed:
                if self._may_count(sign):
                    raise TwoReadings(f"{sign.text} could be item {sign.text} or the quantity of {draft.item}")
                if draft.number is not None and before is not None and before.role is Role.CODE:
                    raise TwoReadings(f"{draft.item} could be an item or the quantity of {sign.text}")
            draft = self._next()
            draft.borrowed = joined and self.verb is not None and not _is_plus(after)
        draft.item = sign.text
        draft.number = sign.number if self._may_count(sign) else None

    def _may_count(self, sign: Sign) -> bool:
        """Whether the number of a code could be meant as a quantity."""
        return sign.number is not None and sign.how != "marked" and sign.number <= self.max_quantity

    def _unknown(self, sign: Sign, before: Sign | None, after: Sign | None) -> None:
        certain = sign.how == "marked"
        ends = after is None or after.role in _AFTER_A_CODE
        if self.draft.item is None and self._beside_the_verb(before, after) and (certain or ends):
            self.draft.item, self.draft.known = sign.text, False
        elif certain and self.verb is not None and before is not None and before.role is Role.JOIN:
            draft = self._next()
            draft.item, draft.known, draft.borrowed = sign.text, False, True
        elif _is_plus(after) and not self.has_talk and _CODE.fullmatch(sign.text):
            draft = self.draft if self.draft.item is None else self._next()
            draft.item, draft.known = sign.text, False
        elif _is_plus(after):
            raise TwoReadings(f"“{sign.text}” is no item of this show")
        else:
            self._talk(sign)

    def _beside_the_verb(self, before: Sign | None, after: Sign | None) -> bool:
        if before is not None:
            return before.role in VERBS
        return after is not None and after.role in VERBS and len(self.signs) == 2

    def _number(self, sign: Sign, before: Sign | None, after: Sign | None) -> None:
        draft = self.draft
        if draft.item is None:
            if draft.quantity is not None:
                raise TwoReadings(f"{sign.text} is one number too many")
            if after is not None and after.role is Role.CODE:
                self._check_place(sign, before)
                draft.quantity = sign.number
            elif self.verb is not None and self.verb.how == "place":
                if self.context is None:
                    raise TwoReadings(f"“{self.verb.text}{sign.text}” could be an item or a place in the queue")
                self.in_line = True
            elif self.context is not None and self.verb is not None:
                draft.quantity = sign.number
            elif self._beside_the_verb(before, after):
                if after is not None and after.role is Role.CHATTER and (sign.number or _MANY) < _MANY:
                    self._counted_talk(sign, after)
                else:
                    draft.item, draft.known = sign.text, False
            else:
                self._talk(sign)
            return
        if before is not None and before.role is Role.JOIN:
            if after is not None and after.role is Role.CODE:  # “12 and 2 A7”
                self._next().quantity = sign.number
                return
            if self.verb is not None and before.text not in _LOOSE_JOINS:
                draft = self._next()
                draft.item, draft.known, draft.borrowed = sign.text, False, True
                return
            raise TwoReadings(f"{sign.text} could be a quantity or an item the show does not have")
        self._check_place(sign, before)
        if not draft.known:
            if self.talk_after:
                raise NoReading("nothing that names an item")
            raise TwoReadings(f"{draft.item} is no item of this show, so {sign.text} could be one too or a quantity")
        if self.talk_after:
            raise TwoReadings(f"{sign.text} could be a quantity or only talk")
        if draft.quantity is not None:
            raise TwoReadings(f"{sign.text} is one number too many")
        draft.quantity, draft.counted = sign.number, bool(draft.options)

    def _counted_talk(self, sign: Sign, after: Sign) -> None:
        """“I want 2 dresses” may ask for two of what is shown; “buy 2 get 1 free” goes on and asks for nothing."""
        if self.at + 2 == len(self.signs):
            raise TwoReadings(f"{sign.text} could be an item or how many of “{after.text}”")
        self._talk(sign)

    def _check_place(self, sign: Sign, before: Sign | None) -> None:
        if before is not None and before.how == "place":
            raise TwoReadings(f"“{before.text}{sign.text}” could be a place in the queue or a quantity")

    def _quantity(self, sign: Sign, before: Sign | None, after: Sign | None) -> None:
        draft = self.draft
        leads = sign.how == "leading" and after is not None and after.role is Role.CODE
        if draft.item is not None and leads and after is not None:
            if draft.quantity is None and (before is None or before.role is not Role.JOIN) and not self._trailing:
                raise TwoReadings(f"{sign.text} could be the quantity of {draft.item} or of {after.text}")
            if draft.quantity is not None or not self._trailing:
                draft = self._next()
        if draft.quantity is not None or (self.talk_after and sign.how == "plus"):
            raise TwoReadings(f"“{sign.text}” is one number too many")
        draft.quantity, draft.counted = sign.number, bool(draft.options)

    def _next_beside_options(self) -> Role | None:
        return next((sign.role for sign in self.signs[self.at :] if sign.role is not Role.OPTION), None)

    def _option(self, sign: Sign, _before: Sign | None, _after: Sign | None) -> None:
        if self.talk_after:
            raise TwoReadings(f"“{sign.text}” could be an option or only talk")
        if self.draft.counted and self._next_beside_options() is Role.QUANTITY:
            item = self.draft.item
            self._next().item = item
        if sign.text not in self.draft.options:
            self.draft.options.append(sign.text)


_HEARD: Mapping[Role, Callable[[Sentence, Sign, Sign | None, Sign | None], None]] = {
    Role.CODE: Sentence._code,
    Role.NUMBER: Sentence._number,
    Role.QUANTITY: Sentence._quantity,
    Role.OPTION: Sentence._option,
    Role.UNKNOWN: Sentence._unknown,
    **dict.fromkeys(VERBS, Sentence._verb),
    Role.UNCLEAR: Sentence._unclear,
    **dict.fromkeys(TALK, Sentence._talk),
}


def _are_listed(signs: list[Sign]) -> bool:
    """Whether three items or more stand in a row and none can be so many of the one before: “sold 12 13 14”."""
    at = [place for place, sign in enumerate(signs) if sign.role is Role.CODE]
    if len(at) < 3 or at[-1] - at[0] != len(at) - 1 or len({signs[place].text for place in at}) < len(at):
        return False
    return all((signs[place].number or 0) >= _MANY for place in at[1:])


def _is_plus(sign: Sign | None) -> bool:
    return sign is not None and sign.role is Role.QUANTITY and sign.how == "plus"
