"""Item lines: what an operator types to list an item, understood.

`12 Blue dress (S, M, L) 19.90 x3` is code, title, options, price and pieces; all but the code may be left out.

- The code comes first and has no spaces.
- Pieces are `x3`, `×3` or `3x`, at the end, before or after the price.
- The price is the last word beside the pieces, if it looks like one: a number, with or without a currency. A number
  followed by more title is part of the title: in “12 Levi 501 jeans” nothing is a price, in “12 Levi 501” it is.
- Two numbers at the end, of which the first looks like the price (“19.90 3”), are asked about, not guessed.
- Brackets with a comma or a slash in them are the options; with pieces in them, “(S x2, M x3)” or “(S/blue x2)”, each
  option or combination has a stock of its own.
- `3 for 50` behind the price is a bundle.

What was understood is always said in the answer.
"""

from __future__ import annotations

import re
import unicodedata

from bot.commands.sums import read_money
from bot.domain.money import MARKS, Money, is_currency
from bot.domain.pricing import Bundle
from bot.domain.reading import normalise_code
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows.stock_items import MOST_PIECES, NewItem, check_saves
from bot.workflows.stock_options import ItemChange

LONGEST_CODE = 20
LONGEST_TITLE = 200
MOST_OPTIONS = 50

EXAMPLE = "12 Blue dress 19.90 x3"

_PIECES = re.compile(r"[x×*](?P<after>-?\d+)|(?P<before>\d+)[x×]", re.IGNORECASE)
_MORE = re.compile(r"(?P<sign>[+−-])(?P<count>\d{1,9})")
_COMMAS = ",，、"
_OPTIONS = re.compile(rf"\(([^()]*[/{_COMMAS}][^()]*)\)")
_OPTION_STOCK = re.compile(rf"\(([^()]*?\s[x×*] ?\d+\s*(?:[{_COMMAS}][^()]*)?)\)", re.IGNORECASE)
_TITLED = re.compile(r"\btitle\s+(?P<title>.+)\Z", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(?P<mark>[^\d\s]*?)[-+−(]*(?P<number>\d[\d.,'’]*)\)?(?P<unit>[^\d\s]*)")
_NOT_A_NUMBER = re.compile(r"[-+]?(?:nan|inf(?:inity)?|\d[\d.,]*e[-+]?\d+)", re.IGNORECASE)
_SIGNS = "-+−()"
_DIVIDERS = " -–—:;,=|@"


def read_item(line: str, currency: str) -> NewItem:
    """One item line. Raises BadInput with the reason, and how to write it."""
    code, _, rest = line.strip().partition(" ")
    _check_code(code)
    options: tuple[str, ...] = ()
    stock: tuple[tuple[tuple[str, ...], int], ...] = ()
    if (bracket := _OPTION_STOCK.search(rest)) is not None:
        stock = _read_stock(bracket[1])
        rest = f"{rest[: bracket.start()]} {rest[bracket.end() :]}"
    elif (bracket := _OPTIONS.search(rest)) is not None:
        options = tuple(dict.fromkeys(name for part in re.split(f"[/{_COMMAS}]", bracket[1]) if (name := part.strip())))
        rest = f"{rest[: bracket.start()]} {rest[bracket.end() :]}"
    words = rest.split()
    pieces = _take_pieces(words)
    bundle = _take_bundle(words, currency)
    if pieces is None and bundle is not None:
        pieces = _take_pieces(words)
    price = _take_price(words, currency)
    if pieces is None:
        pieces = _take_pieces(words)
    if bundle is not None:
        if price is None:
            raise BadInput(f"A bundle needs the price of one piece before it, like 20 {bundle.text(currency)}")
        check_saves(bundle, price)
    title = " ".join(words).strip(_DIVIDERS)
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"That title is too long: at most {LONGEST_TITLE} characters.")
    if stock and pieces is not None:
        raise BadInput("The options have pieces of their own, so leave out those at the end.")
    if max(len(options), len(stock)) > MOST_OPTIONS:
        raise BadInput(f"Those are too many options: at most {MOST_OPTIONS}.")
    return NewItem(
        code=code,
        title=title,
        price=price,
        quantity=1 if pieces is None else pieces,
        options=options,
        stock=stock,
        bundle=bundle,
    )


def read_change(changes: str, currency: str) -> ItemChange:
    """What follows `/item edit 12`: `19.90`, `3 for 50`, `no bundle`, `x5`, `+2`, `close`, `open`, `reserved`.

    `title …` comes last.
    """
    titled = _TITLED.search(changes)
    before = changes[: titled.start()] if titled else changes
    words = re.sub(r"(?<!\S)([+−-]) (?=\d+(?!\S))", r"\1", before).split()
    pieces = price = more = None
    is_open: bool | None = None
    reserved: bool | None = None
    bundle: Bundle | None = None
    no_bundle = False
    while words:
        unread = len(words)
        if [word.lower() for word in words[-2:]] == ["no", "bundle"]:
            no_bundle = True
            del words[-2:]
        elif bundle is None and (bundle := _take_bundle(words, currency)) is not None:
            continue
        elif words[-1].lower() in ("close", "closed", "open"):
            is_open = words.pop().lower() == "open"
            reserved = False if is_open else reserved
        elif words[-1].lower() == "reserved":
            reserved = bool(words.pop())
        elif more is None and (found := _MORE.fullmatch(words[-1])) is not None:
            more = int(found["count"]) * (1 if found["sign"] == "+" else -1)
            words.pop()
        elif pieces is None:
            pieces = _take_pieces(words)
        if len(words) == unread and price is None:
            price = _take_price(words, currency)
        if len(words) == unread:
            raise BadInput(
                f"I do not understand “{words[-1]}”. Send a price like 19.90, 3 for 50 or no bundle, "
                f"pieces like x5 or +2, close, open, reserved, or title and the new title."
            )
    if pieces is not None and more is not None:
        raise BadInput("Send either all pieces, like x5, or how many more or fewer, like +2 or -1.")
    if bundle is not None and no_bundle:
        raise BadInput("Send either a bundle, like 3 for 50, or no bundle.")
    new_title = " ".join(titled["title"].split()) if titled else None
    if new_title is not None and len(new_title) > LONGEST_TITLE:
        raise BadInput(f"That title is too long: at most {LONGEST_TITLE} characters.")
    return ItemChange(
        title=new_title,
        price=price,
        quantity=pieces,
        more=more,
        open=is_open,
        reserved=reserved,
        bundle=bundle,
        no_bundle=no_bundle,
    )


def _read_stock(text: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    """“S x2, M x3, L” or “S/blue x2, M/red”: options or combinations with their pieces; one that says none has one."""
    stock: dict[tuple[str, ...], int] = {}
    for part in filter(None, map(str.strip, re.split(f"[{_COMMAS}]", text))):
        words = part.split()
        pieces = _take_pieces(words)
        options = tuple(filter(None, map(str.strip, " ".join(words).split("/"))))
        if not options or options in stock:
            raise BadInput(f"I do not understand the option “{part}”. Write each once, like (S x2, M x3)")
        stock[options] = 1 if pieces is None else pieces
    return tuple(stock.items())


def describe(item: Item) -> str:
    """An item as it was understood: “12 Blue dress, 19.90 USD, 3 pieces”."""
    parts = [f"{item.code} {item.title}".strip()]
    if item.stock:
        parts.append(", ".join(f"{'/'.join(row.options)} ×{row.quantity}" for row in item.stock))
    elif item.options and item.parent_id is None:
        parts.append("/".join(item.options))
    parts.append(str(item.price) if item.price is not None else "no price yet")
    if item.bundle is not None:
        parts.append(item.bundle.text(item.currency))
    parts.append(pieces_text(item.quantity))
    return ", ".join(parts)


def barred(item: Item) -> str:
    """Why no comment can claim an item, behind what it is: “, closed”; empty when any can."""
    return ", closed" if not item.open else ", only by /award" if item.reserved else ""


def pieces_text(count: int) -> str:
    """A number of pieces in words."""
    return "1 piece" if count == 1 else f"{count} pieces"


def _check_code(code: str) -> None:
    if not normalise_code(code):
        raise BadInput(f"“{code}” has no letter or number in it. Begin with a code, like {EXAMPLE}")
    if len(code) > LONGEST_CODE:
        raise BadInput(f"The code is too long: at most {LONGEST_CODE} characters. Like {EXAMPLE}")


def _take_pieces(words: list[str]) -> int | None:
    """Take the number of pieces off the end, if it is there."""
    found = _PIECES.fullmatch(words[-1]) if words else None
    count = 1
    if found is None and len(words) > 1 and words[-1].isdecimal() and words[-2].lower() in ("x", "×"):
        found, count = _PIECES.fullmatch(f"x{words[-1]}"), 2
    if found is None:
        return None
    pieces = int((found["after"] or found["before"])[:12])
    if not 1 <= pieces <= MOST_PIECES:
        raise BadInput(f"{words[-1]} cannot be: 1 to {MOST_PIECES:,} pieces, like x3")
    del words[-count:]
    return pieces


def _take_bundle(words: list[str], currency: str) -> Bundle | None:
    """Take a bundle off the end, if it is there: so many pieces, “for”, and what they cost together."""
    for count in (4, 3):
        typed = words[-count:]
        if len(typed) < count or typed[1].lower() != "for" or not typed[0].isdecimal():
            continue
        if not _looks_like_a_price(typed[2:], count - 2, currency):
            continue
        pieces = int(typed[0][:9])
        price = read_money(" ".join(typed[2:]), currency, noun="price")
        if not 2 <= pieces <= MOST_PIECES or price.amount == 0:
            raise BadInput(f"“{' '.join(typed)}” is no bundle. Send at least two pieces and a price, like 3 for 50")
        del words[-count:]
        return Bundle(pieces=pieces, cents=price.amount)
    return None


def _take_price(words: list[str], currency: str) -> Money | None:
    """Take the price off the end, if what is there looks like one."""
    count = next((count for count in (2, 1) if _looks_like_a_price(words[-count:], count, currency)), 0)
    if not count:
        return None
    typed = " ".join(words[-count:])
    if count == 1 and typed.isdecimal() and len(words) > 1 and _is_surely_a_price(words[-2], currency):
        raise BadInput(f"Is {words[-2]} or {typed} the price? For {typed} pieces write {words[-2]} x{typed}")
    price = read_money(typed, currency, noun="price")
    if price.amount == 0:
        raise BadInput("A price of 0 cannot be billed. Leave it out, and set it later with /item edit")
    del words[-count:]
    return price


def _looks_like_a_price(words: list[str], count: int, currency: str) -> bool:
    if len(words) != count:
        return False
    if count == 1:
        found = _NUMBER.fullmatch(words[0])
        if found is None:
            return _NOT_A_NUMBER.fullmatch(words[0]) is not None
        return all(_is_mark(mark, currency) for mark in (found["mark"], found["unit"]) if mark)
    first, second = words
    for mark, number in ((first, second), (second, first)):
        bare = _NUMBER.fullmatch(number)
        beside = mark.strip(_SIGNS) and _is_mark(mark, currency)  # in “Dress - 19.90” the dash is no minus
        if beside and bare is not None and not bare["mark"] and not bare["unit"]:
            return True
    return False


def _is_surely_a_price(word: str, currency: str) -> bool:
    return not word.isdecimal() and _looks_like_a_price([word], 1, currency)


def _is_mark(mark: str, currency: str) -> bool:
    """Whether this beside a number makes it money: a sign, a currency's code, or a word for this very currency.

    “10ft” is a length in a dollar show, though forint are written Ft.
    """
    bare = mark.strip(_SIGNS)
    plain = bare.upper()
    if not plain or plain == currency:
        return True
    if not plain.isalpha():
        return plain in MARKS or (len(plain) == 1 and unicodedata.category(plain) == "Sc")
    return (is_currency(plain) and bare == plain) or currency in MARKS.get(plain, "").split()
