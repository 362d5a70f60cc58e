"""Looking into JSON of any shape: every look gives something usable, and none ever raises."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.kit.text import clean_text

UNDATED = datetime.fromtimestamp(0, UTC)
"""The time of what has none."""

_LONGEST_ID = 200
_LARGEST_NUMBER = 10**100
_SECONDS_END = 10**11
"""Larger timestamps are milliseconds: as seconds they would be past the year 5000."""
_WORD = re.compile(r"[a-z][a-z_]{0,39}")


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The text, safe to keep, or an empty one."""
    return clean_text(value) if isinstance(value, str) else ""


def identifier(value: object) -> str:
    """An id as text, or "" for what cannot be one. Platforms send numbers and texts for the same id."""
    if isinstance(value, str):
        plain = value.isascii() and "\0" not in value  # as nearly all are
        return value if len(value) <= _LONGEST_ID and (plain or clean_text(value) == value) else ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER:
        return str(value)
    return ""


def moment(value: object) -> datetime | None:
    """A time in UTC from seconds, milliseconds or ISO 8601, or None."""
    try:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(value) if value > 0 else None
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


@functools.lru_cache(1024)
def _from_number(value: float) -> datetime:
    return datetime.fromtimestamp(value if value < _SECONDS_END else value / 1000, UTC)


def word(value: object) -> str:
    """A short plain word for naming a kind; kinds are counted, so not everything sent may become one."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unknown"


def fingerprint(value: object) -> str:
    """An id made of the content, for what came without one: the same content has the same id."""
    try:
        content = json.dumps(value, sort_keys=True)
    except (RecursionError, TypeError, ValueError):
        content = repr(type(value)) if not isinstance(value, Mapping) else repr(sorted(map(str, value)))
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()
