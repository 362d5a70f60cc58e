"""What the signs of a comment say together: one reading, or an honest “ambiguous”."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.reading.catalogue import Catalogue
from bot.domain.reading.choices import choices
from bot.domain.reading.meaning import Kind, NoReading, Reading, TwoReadings, Wanted
from bot.domain.reading.roles import VERBS, Role, Sign
from bot.domain.reading.rules import Rules
from bot.domain.reading.sentence import TALK, Draft, Sentence

_NO_ITEM = "nothing that names an item"
_UNSETTLED = (Role.ALONE, Role.POLITE, Role.OPENING, Role.FILLER, Role.MINUS, Role.JOIN)
_NO_CLAIM = (Role.QUESTION, Role.ASIDE, Role.BID)
_CODES_AND_OPTIONS = {Role.CODE, Role.OPTION, Role.NUMBER, Role.QUANTITY, Role.JOIN, Role.POLITE}
_CART = {Role.CART, Role.QUESTION, Role.JOIN}
_NOT_A_CODE_ALONE = (*TALK, Role.UNKNOWN)


def interpret(signs: list[Sign], phone: str | None, catalogue: Catalogue, rules: Rules) -> Reading:
    """The reading of a comment, given its signs."""
    context = catalogue.find(rules.reply_to) or catalogue.find(rules.single_item)
    signs = _settled(_listed(_worded(signs), catalogue), context)
    if not signs:
        return Reading(Kind.NONE, (), phone, "a phone number alone" if phone else _NO_ITEM)
    roles = {sign.role for sign in signs}
    evident = phone is not None or not roles.isdisjoint(VERBS) or _plus(signs) is not None
    try:
        kind = _kind(signs, roles, evident)
        if kind in (Kind.QUESTION, Kind.CART):
            carts = [sign.text for sign in signs if sign.role is Role.CART]
            return Reading(kind, (), phone, "a question" if kind is Kind.QUESTION else f"the word “{carts[0]}”")
        heard = Sentence(signs, context, rules.max_quantity)
        kind = Kind.QUEUE if heard.in_line else kind
        claims = _claims(heard, kind, evident, catalogue)
    except NoReading as why:
        return Reading(Kind.NONE, (), phone, str(why))
    except TwoReadings as doubt:
        if evident or Role.CODE in roles or any(sign.how == "codes" for sign in signs):
            return Reading(Kind.AMBIGUOUS, (), phone, str(doubt), choices(signs, context, catalogue))
        return Reading(Kind.NONE, (), phone, _NO_ITEM)
    return Reading(kind, claims, phone, _reason(heard, claims, signs, phone))


def _worded(signs: list[Sign]) -> list[Sign]:
    """Items called like a claim word: beside another item, “mine A1”, it is the word that is meant."""
    words = {sign.text for sign in signs if sign.how == "word"}
    if not words:
        return signs
    others = any(sign.role is Role.CODE and sign.how != "word" for sign in signs)
    if others:
        return [sign.maybe[0][0] if sign.how == "word" else sign for sign in signs]
    if len(words) > 1:
        unclear = f"“{'” and “'.join(sorted(words))}” are items and words, too"
        return [*signs, Sign(Role.UNCLEAR, unclear)]
    return signs


def _listed(signs: list[Sign], catalogue: Catalogue) -> list[Sign]:
    """“A1 black S” claims where no show says what items come in; where one does, black may be no choice."""
    unlisted = next((sign for sign in signs if sign.how == "unlisted"), None)
    if unlisted is None or signs[0].role is not Role.CODE:
        return signs
    named: list[Sign] = []
    for sign in signs:
        if sign.how == "unlisted":
            while named[-1].role is Role.FILLER:  # “A1 in black”
                named.pop()
        else:
            named.append(sign)
    if not _CODES_AND_OPTIONS.issuperset(sign.role for sign in named):
        return signs
    if catalogue.options or signs[0].number is not None:
        return [*named, Sign(Role.UNCLEAR, f"“{unlisted.text.lower()}” is no option of this show")]
    return named


def _settled(signs: list[Sign], context: str | None) -> list[Sign]:
    """Politeness dropped, and words settled whose meaning depends on where they stand."""
    roles = {sign.role for sign in signs}
    if roles.isdisjoint(_UNSETTLED):
        return signs
    if context is not None and Role.ALONE in roles and roles <= {Role.ALONE, Role.POLITE}:
        return [sign._replace(role=Role.CLAIM) for sign in signs if sign.role is Role.ALONE]
    signs = [sign for sign in signs if sign.role not in (Role.ALONE, Role.POLITE)]
    idle = roles.isdisjoint(VERBS) and _plus(signs) is None
    settled: list[Sign] = []
    named = False
    for at, sign in enumerate(signs):
        named = named or sign.role is Role.CODE
        # "sold 12 for my 2 girls"
        counts = named and at + 1 < len(signs) and signs[at + 1].role is Role.NUMBER
        if sign.role is Role.OPENING:
            settled.append(sign._replace(role=Role.CHATTER if settled else Role.QUESTION))
        elif sign.role is Role.FILLER and (counts or idle):
            settled.append(sign._replace(role=Role.CHATTER))
        elif sign.role is not Role.FILLER and (sign.role is not Role.MINUS or Role.CLAIM not in roles):
            settled.append(sign)
    while settled and settled[-1].role is Role.JOIN:
        settled.pop()
    return settled


def _kind(signs: list[Sign], roles: set[Role], evident: bool) -> Kind:
    """What the comment is, by its words alone."""
    if Role.PENDING in roles:
        return Kind.QUESTION
    if roles <= _CART and next((sign for sign in signs if sign.role is not Role.JOIN), signs[0]).role is Role.CART:
        return Kind.CART
    for at, sign in enumerate(signs) if not roles.isdisjoint(_NO_CLAIM) else ():
        if sign.role in _NO_CLAIM:
            asks = sign.role is Role.QUESTION or (sign.role is Role.ASIDE and Role.QUESTION in roles)
            opened = {signs[0].role, signs[1].role} == {Role.CLAIM, Role.CODE} if at > 1 else False
            if opened and (at > 2 or sign.text != "?"):
                raise TwoReadings(f"a claim and {'a question' if asks else f'“{sign.text}”'} in one comment")
            if asks:
                return Kind.QUESTION
            if sign.role is Role.BID:
                raise NoReading("a bid, unmatched: items of a show have a fixed price")
            raise NoReading(f"“{sign.text}” is no claim")
    if not evident and not roles.isdisjoint(_NOT_A_CODE_ALONE):
        raise NoReading("no claim word" if Role.CODE in roles else _NO_ITEM)
    if Role.QUEUE in roles:
        if Role.CLAIM not in roles and not roles.isdisjoint(TALK):
            raise NoReading("no claim word")
        return Kind.QUEUE
    if Role.CANCEL in roles or Role.MINUS in roles:
        return _cancel(signs, roles)
    return Kind.CLAIM


def _cancel(signs: list[Sign], roles: set[Role]) -> Kind:
    """A cancel, unless something is claimed as well; “I want to cancel 12” claims nothing."""
    if Role.MINUS in roles and not roles.isdisjoint(TALK):
        raise TwoReadings("“-” could give the item back or be a dash")
    order = [sign.role for sign in signs]
    if Role.CLAIM in roles or _plus(signs) is not None:
        cancels = order.index(Role.CANCEL) if Role.CANCEL in roles else len(order)
        named = order.index(Role.CODE) if Role.CODE in roles else len(order)
        closes = cancels == len(order) - 1 and Role.CLAIM not in roles and order.count(Role.CODE) == 1  # “A1+1取消”
        if not closes and (cancels > named or Role.CLAIM in order[cancels:] or _plus(signs) is not None):
            raise TwoReadings("a claim and a cancel in one comment")
    return Kind.CANCEL


def _claims(heard: Sentence, kind: Kind, evident: bool, catalogue: Catalogue) -> tuple[Wanted, ...]:
    """The items the comment names, once nothing about them is in doubt."""
    drafts = [draft for draft in heard.drafts if not draft.is_empty()]
    word = heard.verb.text if heard.verb else ""
    if not drafts and heard.verb is not None and heard.context is not None:
        drafts = [Draft()]
    if all(draft.item is None for draft in drafts):
        if heard.context is None and evident:
            if kind is Kind.QUEUE and " " in word and not drafts:
                return ()
            plain = heard.verb is not None and heard.verb.how != "named"
            if plain and not heard.has_talk and kind is not Kind.QUEUE:
                raise TwoReadings(f"“{word}” names no item")
        if heard.context is None or not (evident or any(draft.quantity is not None for draft in drafts)):
            raise NoReading(_NO_ITEM)
        if heard.has_talk:
            raise TwoReadings(f"it could be about {heard.context} or only talk")
    elif heard.talk_before:
        if not any(draft.item is not None and draft.known for draft in drafts):
            raise NoReading(_NO_ITEM)
        raise TwoReadings("an item in a longer sentence")
    if heard.hedge is not None:
        raise TwoReadings(f"“{heard.hedge}” may take it back")
    if heard.verb is None and any(sign.how == "price" for sign in heard.signs):
        raise TwoReadings("a price, as in a bid, and no claim word")
    if len(drafts) == 1:
        return (_wanted(drafts[0], heard, catalogue),)
    counted = sum(sign.role is Role.QUANTITY for sign in heard.signs)  # “12x2 13x3” counts each
    bare = not evident and sum(draft.number is not None for draft in drafts) > max(1, counted)
    if bare and (not _joined(heard.signs) or _is_counting(drafts)):
        raise TwoReadings("several numbers and no claim word")
    claims = tuple(dict.fromkeys(_wanted(draft, heard, catalogue) for draft in drafts))
    if len({(wanted.item, wanted.options) for wanted in claims}) < len(claims):
        raise TwoReadings("the same item with two quantities")
    return claims


def _wanted(draft: Draft, heard: Sentence, catalogue: Catalogue) -> Wanted:
    item = draft.item or heard.context
    quantity = 1 if draft.quantity is None else draft.quantity
    if item is None:
        raise TwoReadings("a quantity or an option without its item")
    if quantity == 0:
        raise NoReading("a quantity of 0")
    if quantity > heard.max_quantity:
        raise TwoReadings(f"{quantity} of {item} is more than the {heard.max_quantity} one comment may ask for")
    if not draft.options:
        return Wanted(item, quantity, ())
    options = tuple(sorted(draft.options, key=catalogue.rank.__getitem__))
    for several, alike in (("sizes", catalogue.sizes), ("colours", catalogue.colours)):
        if len(one_of := [option for option in options if option in alike]) > 1:
            raise TwoReadings(f"{item} in two {several}, {' and '.join(one_of)}")
    return Wanted(item, quantity, options)


def _joined(signs: Sequence[Sign]) -> bool:
    """Whether nothing but items are named, with “and” or a comma before each further one."""
    rest = [at for at, sign in enumerate(signs) if sign.role is Role.CODE][1:]
    return all(signs[at - 1].role is Role.JOIN and signs[at - 1].text != "/" for at in rest)


def _is_counting(drafts: Sequence[Draft]) -> bool:
    """“1, 2, 3”, or down like “5, 4, 3”, as a crowd does before a draw or a drop."""
    numbers = [draft.number or 0 for draft in drafts]
    first, count = numbers[0], len(numbers)
    up, down = range(1, count + 1), range(first, first - count, -1)
    return count > 2 and numbers in (list(up), list(down))


def _plus(signs: Sequence[Sign]) -> Sign | None:
    """The first “+1” of the comment, which claims as a word does."""
    for sign in signs:
        if sign.role is Role.QUANTITY and sign.how == "plus":
            return sign
    return None


def _reason(heard: Sentence, claims: tuple[Wanted, ...], signs: list[Sign], phone: str | None) -> str:
    codes = claims[0].item if len(claims) == 1 else ", ".join(dict.fromkeys(wanted.item for wanted in claims))
    named = f"code{'s' if ', ' in codes else ''} {codes}"
    plus = _plus(signs)
    if heard.verb is not None and not codes:
        return f"the word “{heard.verb.text}”"
    about = f"item {codes}, which the comment is about" if all(draft.item is None for draft in heard.drafts) else named
    if heard.verb is not None:
        return f"the {'sign' if heard.verb.role is Role.MINUS else 'word'} “{heard.verb.text}” and {about}"
    if plus is not None:
        return f"“{plus.text}” and {about}"
    return f"{named} and a phone number" if phone else f"{named} alone"
