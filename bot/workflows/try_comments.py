"""Reads comments nobody sent, to see what they would mean: for `live-assist parse` and for `/try` in chat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.option_stock import gathered
from bot.domain.reading import Catalogue, Reading, Rules, read
from bot.domain.show import Show
from bot.domain.show_rules import WORD_KINDS
from bot.kit.errors import BadInput
from bot.workflows.run_shows import current_show
from storage import items

# A reader and a writer for every line would cost as much as half the reading.
_JSON = json.JSONDecoder(strict=False)  # a NUL may be in a comment
_LINE = json.JSONEncoder(ensure_ascii=False)


class Tried(NamedTuple):
    """What a comment would mean in a show."""

    show: Show
    reading: Reading
    unlisted: frozenset[str]
    """Codes it names that the show does not have."""


def try_comment(tx: sa.Connection, workspace_id: int, text: str) -> Tried:
    """Read a comment as the current show would. Raises BadInput while there is none."""
    show = current_show(tx, workspace_id)
    here = items.of_show(tx, workspace_id, show.id)
    options = sorted({option for item in here for option in item.options})
    catalogue = Catalogue.of([item.code for item in gathered(here)], options)
    reading = read(text, catalogue, Rules.heard_in(show.market, show.rules.words))
    return Tried(show, reading, frozenset(one.item for one in reading.claims if catalogue.find(one.item) is None))


def read_request(request: Mapping[str, Any]) -> Reading:
    """Read the comment a request describes. Raises BadInput with what is wrong with it.

    `text` is the comment. The rest may be left out: `items` and `options`, lists of codes and of names; `market`, a
    name or several, in a list or with commas; `words`, with lists `claim`, `cancel`, `question`, `queue` and `cart`;
    `single_item` and `reply_to`, each the code of an item, which need not be among `items`.
    """
    text = request.get("text")
    if not isinstance(text, str):
        raise BadInput("“text” has to be the comment")
    words = request.get("words") or {}
    if not isinstance(words, dict):
        raise BadInput(f"“words” has to hold lists: {', '.join(WORD_KINDS)}")
    market = request.get("market") or ""
    if isinstance(market, list):
        market = ",".join(_names(request, "market"))
    if not isinstance(market, str):
        raise BadInput("“market” has to be a name, like us")
    own = tuple([_names(words, kind) for kind in WORD_KINDS]) if words else ()
    about = _name(request, "single_item"), _name(request, "reply_to")
    codes = (*_names(request, "items"), *filter(None, about))
    return read(text, _catalogue(codes, _names(request, "options")), _rules(market, own, *about))


class Answer(NamedTuple):
    """What is said about one line of requests."""

    line: str
    mistake: str
    """What is wrong with the line, in a sentence; empty when nothing is."""


def read_lines(lines: Iterable[bytes]) -> Iterator[Answer]:
    """Read a request per line; each is answered, also one that cannot be read. Lines with nothing in them are none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Answer(as_json(read_request(_request(line))), "")
        except BadInput as mistake:
            said = f"line {number}: {mistake}"
            yield Answer(_as_json(kind="none", claims=[], phone=None, reason=f"not read: {mistake}"), said)


def as_json(reading: Reading) -> str:
    """A reading on one line."""
    claims = [{"item": one.item, "quantity": one.quantity, "options": one.options} for one in reading.claims]
    return _as_json(kind=reading.kind.value, claims=claims, phone=reading.phone, reason=reading.reason)


def _as_json(**values: Any) -> str:
    # half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes an escape again
    return _LINE.encode(values).encode("utf-8", "backslashreplace").decode()


def _request(line: bytes) -> dict[str, Any]:
    try:
        found = _JSON.decode(line.decode("utf-8").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise BadInput("it is no JSON") from None
    if not isinstance(found, dict):
        raise BadInput("it is no JSON object")
    return found


@lru_cache(maxsize=64)
def _rules(market: str, own: tuple[tuple[str, ...], ...], single_item: str | None, reply_to: str | None) -> Rules:
    try:
        rules = Rules.heard_in(market, dict(zip(WORD_KINDS, own, strict=False)))
    except ValueError as unknown:
        raise BadInput(str(unknown)) from None
    return replace(rules, single_item=single_item, reply_to=reply_to)


@lru_cache(maxsize=64)
def _catalogue(codes: tuple[str, ...], options: tuple[str, ...]) -> Catalogue:
    return Catalogue.of(codes, options)


def _names(request: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """A list of names; a number counts as it is written."""
    found = request.get(field)
    if found is None:
        return ()
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise BadInput(f"“{field}” has to be a list of texts")
    if all(type(one) is str for one in found):
        return tuple(found)
    return tuple([_text(one, field) for one in found])


def _name(request: Mapping[str, Any], field: str) -> str | None:
    found = request.get(field)
    return None if found is None else _text(found, field)


def _text(found: object, field: str) -> str:
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise BadInput(f"“{field}” has to be made of texts")
    return str(found)
