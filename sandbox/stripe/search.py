"""Stripe's search query language. https://docs.stripe.com/search#search-query-language"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.stripe.books import Books
from sandbox.stripe.errors import Refused
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource

_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CLAUSE = re.compile(
    rf"""\s*(?P<negated>-?)(?P<field>\w+)(?:\[(?P<key>{_STRING})\])?
    (?P<operator>:|~|>=|<=|>|<)\s*(?P<value>{_STRING}|-?\d+|null)""",
    re.VERBOSE,
)
_JOIN = re.compile(r"\s+(AND|OR|and|or)?\s*")

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}

Test = Callable[[Resource], bool]


def search(books: Books, rows: Sequence[Resource], params: Params, url: str, fields: Sequence[str]) -> Resource:
    """The rows a query finds, a page at a time. Here what was written a moment ago is already found."""
    matches = _parse(params["query"], fields)
    found = [row for row in rows if matches(row)]
    start = _start(params.get("page"), len(found))
    end = start + params.get("limit", 10)
    return {
        "object": "search_result",
        "data": [books.present(row) for row in found[start:end]],
        "has_more": end < len(found),
        "next_page": f"page_{end}" if end < len(found) else None,
        "url": url,
    }


def _start(page: str | None, total: int) -> int:
    if page is None:
        return 0
    number = page.removeprefix("page_")
    if number == page or not number.isdigit() or int(number) > total:
        raise Refused(f"Invalid page: {page}", param="page")
    return int(number)


def _parse(query: str, fields: Sequence[str]) -> Test:
    tests: list[Test] = []
    joins: set[str] = set()
    at = 0
    query = query.strip()
    while at < len(query) or not tests:
        clause = _CLAUSE.match(query, at)
        if clause is None:
            raise Refused(
                'We were unable to parse your search query. Try using the format `metadata["key"]:"value"`.',
                param="query",
            )
        tests.append(_test(clause, fields))
        at = clause.end()
        if at < len(query):
            join = _JOIN.match(query, at)
            if join is None or join.end() == len(query):
                raise Refused("We were unable to parse your search query.", param="query")
            joins.add((join[1] or "AND").upper())
            at = join.end()
    if len(joins) > 1:
        raise Refused("You can't combine AND and OR in one search query.", param="query")
    if "OR" in joins:
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)


def _test(clause: re.Match[str], fields: Sequence[str]) -> Test:
    field, key, operator = clause["field"], clause["key"], clause["operator"]
    if (key is None) == (field == "metadata") or field not in (*fields, "metadata"):
        raise Refused(f"Field `{field}` is an unsupported search field for this resource.", param="query")
    wanted = _value(clause["value"])
    if operator in _COMPARE and not isinstance(wanted, int):
        raise Refused(f"The operator `{operator}` takes a number.", param="query")

    def passes(row: Resource) -> bool:
        given = row["metadata"].get(_value(key)) if key is not None else row[field]
        if wanted is None or given is None:
            return wanted is None and given is None
        if operator in _COMPARE:
            return _COMPARE[operator](int(given), wanted)
        if operator == "~":
            return str(wanted).lower() in str(given).lower()
        return str(given).lower() == str(wanted).lower()

    return (lambda row: not passes(row)) if clause["negated"] else passes


def _value(written: str) -> str | int | None:
    if written[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return None if written == "null" else int(written)
