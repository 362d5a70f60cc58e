"""JSON bodies, read strictly: every field is known, of its kind and within its bounds, or a 400 names it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.api.shapes import Json
from bot.commands.item_lines import LONGEST_CODE, LONGEST_TITLE, MOST_OPTIONS
from bot.domain.books import Method
from bot.domain.money import MAX_DIGITS, is_currency
from bot.domain.pricing import Bundle
from bot.domain.reading import MARKETS, normalise_code
from bot.problems import Problem
from bot.webhooks import whole_body
from bot.workflows import run_shows
from bot.workflows.stock_items import MOST_PIECES

LONGEST_HANDLE = 100
LONGEST_OPTION = 60
MOST_BUYERS = 1000
LARGEST_ID = 10**18 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a body: how it is read, and what a person and a machine are told about it."""

    says: str
    """What follows “price_cents is” in the refusal."""
    schema: Json
    read: Callable[[Any], Any]
    """The value as we use it. Raises ValueError for any other."""
    required: bool = False


Body = Mapping[str, Field]
NOTHING: Body = {}


async def read_body(request: web.Request, body: Body) -> dict[str, Any]:
    """The fields that were sent. Raises Problem; no body at all is the same as an empty object."""
    raw = await whole_body(request)
    if raw and request.content_type != "application/json":
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json.")
    try:
        given = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        raise _bad("The body is not JSON.") from None
    if not isinstance(given, dict):
        raise _bad("The body is one JSON object.")
    for name in given:
        if name not in body:
            raise _bad(f"There is no field {_shown(name)} here. {_there_are(body)}")
    for name, field in body.items():
        if field.required and name not in given:
            raise _bad(f"{name} is missing. It is {field.says}.")
    return {name: _read(name, body[name], value) for name, value in given.items()}


def required(field: Field) -> Field:
    """The same, not to be left out."""
    return replace(field, required=True)


def text(longest: int, *, least: int = 0) -> Field:
    """One line of text; spaces at its ends and line breaks do not count."""

    def read(value: Any) -> str:
        return _line(value, longest, least)

    return Field(
        says=f"text of {least} to {longest} characters",
        schema={"type": "string", "minLength": least, "maxLength": longest},
        read=read,
    )


def whole(least: int, most: int, what: str = "", *, null: str = "") -> Field:
    """A whole number; `null` says what its absence means, where that is allowed."""

    def read(value: Any) -> int | None:
        if null and value is None:
            return None
        return _whole(value, least, most)

    return Field(
        says=f"a whole number{what} from {least} to {most}" + (f", or null for {null}" if null else ""),
        schema={"type": ["integer", "null"] if null else "integer", "minimum": least, "maximum": most},
        read=read,
    )


def _line(value: Any, longest: int, least: int = 1) -> str:
    if not isinstance(value, str):
        raise ValueError
    line = " ".join(value.split())
    # Control characters and halves of a pair are no text to any database.
    if not least <= len(line) <= longest or any(unicodedata.category(char) in ("Cc", "Cs") for char in line):
        raise ValueError
    return line


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _code(value: Any) -> str:
    code = _line(value, LONGEST_CODE)
    if " " in code or not normalise_code(code):
        raise ValueError
    return code


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not is_currency(value):
        raise ValueError
    return value


def _market(value: Any) -> str:
    """As it is kept: empty for none."""
    if value is None:
        return ""
    names = _line(value, 100).replace(" ", "").split(",")
    if any(name not in MARKETS for name in names):
        raise ValueError
    return ",".join(dict.fromkeys(names))


def _options(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_OPTIONS:
        raise ValueError
    return tuple(dict.fromkeys(_line(name, LONGEST_OPTION) for name in value))


def _stock(value: Any) -> tuple[tuple[tuple[str, ...], int], ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_OPTIONS:
        raise ValueError
    rows = tuple(map(_stock_row, value))
    if len({frozenset(options) for options, _ in rows}) < len(rows):
        raise ValueError
    return rows


def _stock_row(value: Any) -> tuple[tuple[str, ...], int]:
    if not isinstance(value, dict) or value.keys() != {"options", "quantity"}:
        raise ValueError
    options = _options(value["options"])
    if not options or any("/" in name for name in options):
        raise ValueError
    return options, _whole(value["quantity"], 1, MOST_PIECES)


def _bundle(value: Any) -> Bundle | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() != {"pieces", "price_cents"}:
        raise ValueError
    return Bundle(pieces=_whole(value["pieces"], 2, MOST_PIECES), cents=_whole(value["price_cents"], 1, _MOST_CENTS))


def _method(value: Any) -> Method:
    if not isinstance(value, str):
        raise ValueError
    return Method(value)


def _handle(value: Any) -> str:
    handle = _line(value, LONGEST_HANDLE)
    if handle.startswith("#"):  # an operator's way to write an id; here it is a number
        raise ValueError
    return handle


def _person(value: Any) -> int | str:
    return _handle(value) if isinstance(value, str) else _whole(value, 1, LARGEST_ID)


def _people(value: Any) -> list[int | str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_BUYERS:
        raise ValueError
    return [_person(who) for who in value]


_MOST_CENTS = 10**MAX_DIGITS - 1
SHOW_TITLE = text(run_shows.LONGEST_TITLE, least=1)
ITEM_TITLE = text(LONGEST_TITLE)
PRICE = whole(1, _MOST_CENTS, " of minor units", null="no price yet")
NEW_PRICE = whole(1, _MOST_CENTS, " of minor units")
PIECES = whole(1, MOST_PIECES)
BUYER_ID = whole(1, LARGEST_ID)
CODE = Field(
    says=f"a code like 12 or A7: at most {LONGEST_CODE} characters, a letter or a number among them, no space",
    schema={"type": "string", "minLength": 1, "maxLength": LONGEST_CODE, "pattern": r"^\S+$"},
    read=_code,
)
CURRENCY = Field(
    says="the ISO code of a currency in use, like USD",
    schema={"type": "string", "pattern": "^[A-Z]{3}$"},
    read=_currency,
)
MARKET = Field(
    says=f"one or more of {', '.join(MARKETS)}, with commas between, or null for every word that cannot collide",
    schema={"type": ["string", "null"], "examples": ["us", "us,ph"]},
    read=_market,
)
OPTIONS = Field(
    says=f"a list of at most {MOST_OPTIONS} names like S, M and L, each of 1 to {LONGEST_OPTION} characters",
    schema={
        "type": "array",
        "maxItems": MOST_OPTIONS,
        "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_OPTION},
    },
    read=_options,
)
STOCK = Field(
    says=(
        f'a list of at most {MOST_OPTIONS} like {{"options": ["M"], "quantity": 3}}, each with other names, '
        f"none of them with a slash"
    ),
    schema={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_OPTIONS,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "options": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_OPTIONS,
                    "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_OPTION, "pattern": "^[^/]+$"},
                },
                "quantity": PIECES.schema,
            },
            "required": ["options", "quantity"],
        },
    },
    read=_stock,
)
BUNDLE = Field(
    says=f'like {{"pieces": 3, "price_cents": 5000}} with 2 to {MOST_PIECES} pieces, or null for none',
    schema={
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "pieces": {"type": "integer", "minimum": 2, "maximum": MOST_PIECES},
            "price_cents": NEW_PRICE.schema,
        },
        "required": ["pieces", "price_cents"],
    },
    read=_bundle,
)
OPEN = Field(says="true or false", schema={"type": "boolean"}, read=_flag)
METHOD = Field(
    says=f"one of {', '.join(Method)}",
    schema={"type": "string", "enum": [method.value for method in Method]},
    read=_method,
)
AMOUNT = whole(1, _MOST_CENTS, " of minor units")
NOTE = text(200)
HANDLE = Field(
    says=f"a handle like @mai, of at most {LONGEST_HANDLE} characters",
    schema={"type": "string", "minLength": 1, "maxLength": LONGEST_HANDLE, "pattern": "^[^#]"},
    read=_handle,
)
BUYER = Field(
    says=f"the id of a buyer, or {HANDLE.says}",
    schema={"anyOf": [BUYER_ID.schema, HANDLE.schema]},
    read=_person,
)
BUYERS = Field(
    says=f"a list of 1 to {MOST_BUYERS} ids or handles",
    schema={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_BUYERS,
        "items": BUYER.schema,
    },
    read=_people,
)


def _read(name: str, field: Field, value: Any) -> Any:
    try:
        return field.read(value)
    except ValueError:
        raise _bad(f"{name} is {field.says}.") from None


def _bad(message: str) -> Problem:
    return Problem(400, "BAD_REQUEST", message)


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:39]}…")


def _there_are(body: Body) -> str:
    return f"There are: {', '.join(body)}." if body else "There are none."
