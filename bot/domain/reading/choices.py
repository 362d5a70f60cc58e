"""The claims between which an ambiguous comment leaves the choice, so that an operator settles it with one tap.

Nothing here decides: each choice is what the comment says if one of its doubts is settled one way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.meaning import Wanted
from bot.domain.reading.roles import Role, Sign

MOST = 4
_MOST_DOUBTS = 5
"""Signs of one comment that are turned over; in a longer one the rest are taken as they stand."""
_COUNTS = (Role.NUMBER, Role.QUANTITY)
_APART = (Role.HEDGE, Role.QUEUE, Role.QUESTION, Role.ASIDE)
"""“12 or 13”: likelier one of them than all."""
_BACK = (Role.CANCEL, Role.MINUS)
"""“sold 12 pass 13”: surely not all of them."""
_SAYS = (Role.CODE, Role.UNKNOWN, Role.NUMBER, Role.QUANTITY, Role.OPTION, Role.JOIN, Role.UNCLEAR)

Choice = tuple[Wanted, ...]


def choices(signs: Sequence[Sign], context: str | None, catalogue: Catalogue) -> tuple[Choice, ...]:
    """What the comment may claim, likeliest first. Only items of the show; none when it names none of them."""
    telling = [sign for sign in signs if sign.role in _SAYS]
    whole: list[Choice] = []
    for way in product(*_ways(telling)):
        whole += _claims([sign for some in way for sign in some], context, catalogue)
    single: list[Choice] = [(wanted,) for choice in whole[:1] for wanted in choice]
    roles = {sign.role for sign in signs}
    if not roles.isdisjoint(_BACK):
        whole = []
    found = whole + single if roles.isdisjoint(_APART) else single + whole
    return tuple(islice(dict.fromkeys(found), MOST))


def _ways(signs: Sequence[Sign]) -> Iterator[tuple[tuple[Sign, ...], ...]]:
    """For each sign what it can stand for."""
    doubts = 0
    for at, sign in enumerate(signs):
        ways = _alternatives(sign, signs[at - 1] if at else None, signs[at + 1] if at + 1 < len(signs) else None)
        doubts += len(ways) > 1
        yield ways if doubts <= _MOST_DOUBTS else ways[:1]


def _alternatives(sign: Sign, before: Sign | None, after: Sign | None) -> tuple[tuple[Sign, ...], ...]:
    if sign.role is Role.UNCLEAR:
        return sign.maybe or ((),)
    if sign.role is Role.CODE and sign.number is not None and sign.how != "marked":
        if before is not None and before.role in (Role.CODE, Role.OPTION, Role.UNCLEAR):
            return (sign,), (Sign(Role.QUANTITY, sign.text, sign.number),)
        if after is not None and after.role in (Role.CODE, Role.UNCLEAR):
            return (sign,), (Sign(Role.QUANTITY, sign.text, sign.number, "leading"),)
    return ((sign,),)


@dataclass(slots=True)
class _Draft:
    item: str | None = None
    quantity: int | None = None
    options: list[str] = field(default_factory=list)
    known: bool = True


def _claims(signs: Sequence[Sign], context: str | None, catalogue: Catalogue) -> Iterator[Choice]:
    """What these signs claim together; several for two sizes or colours, none when they contradict each other."""
    drafts = _drafts(signs)
    if not any(draft.item or not draft.known for draft in drafts) and context is not None:
        drafts[0].item = context
    named = [draft for draft in drafts if draft.known and draft.item is not None]
    for picked in product(*(_kinds(draft, catalogue) for draft in named)):
        claims = tuple(dict.fromkeys(wanted for some in picked for wanted in some))
        distinct = {(wanted.item, wanted.options) for wanted in claims}
        if claims and len(distinct) == len(claims) and all(wanted.quantity > 0 for wanted in claims):
            yield claims


def _drafts(signs: Sequence[Sign]) -> list[_Draft]:
    drafts = [_Draft()]
    for at, sign in enumerate(signs):
        draft = drafts[-1]
        following = signs[at + 1].role if at + 1 < len(signs) else None
        if sign.role in (Role.CODE, Role.UNKNOWN):
            if draft.item is not None or not draft.known:
                drafts.append(draft := _Draft())
            draft.item, draft.known = sign.text, sign.role is Role.CODE
        elif sign.role is Role.OPTION:
            if draft.quantity is not None and draft.options and following in _COUNTS:
                drafts.append(draft := _Draft(item=draft.item, known=draft.known))
            if sign.text not in draft.options:
                draft.options.append(sign.text)
        elif sign.role in _COUNTS and sign.number is not None:
            if draft.item is not None and following is Role.CODE and sign.how == "leading":
                drafts.append(draft := _Draft())
            if draft.quantity is None:
                draft.quantity = sign.number
    return drafts


def _kinds(draft: _Draft, catalogue: Catalogue) -> list[Choice]:
    """The draft in each of the sizes and colours it names, and in all of them."""
    kinds: list[tuple[str, ...]] = [tuple(sorted(draft.options, key=catalogue.rank.__getitem__))]
    for alike in (catalogue.sizes, catalogue.colours):
        kinds = [kind for several in kinds for kind in _one_of(several, alike)]
    each = [Wanted(draft.item or "", 1 if draft.quantity is None else draft.quantity, kind) for kind in kinds]
    return [(one,) for one in each] + ([tuple(each)] if len(each) > 1 else [])


def _one_of(options: tuple[str, ...], alike: frozenset[str]) -> list[tuple[str, ...]]:
    """The options with each of those that exclude one another."""
    chosen = [option for option in options if option in alike]
    if len(chosen) < 2:
        return [options]
    return [tuple(option for option in options if option not in alike or option == one) for one in chosen]
