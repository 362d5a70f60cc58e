"""Stripe's v1 parameters on the wire: `a[b][0][c]=d`, as a form body or a query string."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import Refused

FORM = "application/x-www-form-urlencoded"

_KEY = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|\[\]")
_DEEPEST = 12


def decode(raw: str) -> dict[str, Any]:
    """Nested text; an indexed array stays a dictionary until a kind asks for a list."""
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=20_000)
    except (UnicodeDecodeError, ValueError) as unreadable:
        raise Refused("Invalid request: the parameters could not be decoded.") from unreadable
    tree: dict[str, Any] = {}
    for key, value in pairs:
        if not _KEY.fullmatch(key):
            raise Refused(f"Received unknown parameter: {key}", code="parameter_unknown", param=key)
        path = _PART.findall(key)
        if len(path) > _DEEPEST:
            raise Refused("Invalid request: parameters are nested too deeply.", param=path[0])
        _put(tree, path, value)
    return tree


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    here: Any = tree
    for at, part in enumerate(path):
        last = at == len(path) - 1
        empty: Any = value if last else ([] if path[at + 1] == "[]" else {})
        if part == "[]":
            if not last:
                # Without an index nobody could tell the second key of one object from the first of the next.
                raise Refused("Invalid array: give its objects an index, as in lines[0][amount].", param=path[0])
            here.append(value)
            return
        if last or part not in here:
            here[part] = empty
        elif not isinstance(here[part], type(empty)):
            raise Refused(f"Invalid object: '{path[0]}' was given in two forms.", param=path[0])
        here = here[part]
