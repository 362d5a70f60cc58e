"""The kinds a field of a request can be: each looks at JSON, and refuses it the way Square does."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.square.errors import Refused

Json = dict[str, Any]


class Kind(ABC):
    """What one field may be."""

    @abstractmethod
    def check(self, given: Any, field: str) -> None:
        """Refuse what does not fit, naming `field`."""


@dataclass(frozen=True)
class Text(Kind):
    """Text of so many characters."""

    longest: int | None = None
    least: int = 0

    def check(self, given: Any, field: str) -> None:
        if not isinstance(given, str):
            raise Refused("EXPECTED_STRING", f"Expected a string value for `{field}`.", field=field)
        if len(given) < self.least:
            raise Refused("VALUE_TOO_SHORT", f"`{field}` must not be shorter than {self.least}.", field=field)
        if self.longest is not None and len(given) > self.longest:
            raise Refused("VALUE_TOO_LONG", f"`{field}` must not be longer than {self.longest}.", field=field)


@dataclass(frozen=True)
class Matching(Text):
    """Text of a certain form, such as a day."""

    pattern: str = ""

    def check(self, given: Any, field: str) -> None:
        super().check(given, field)
        if not re.fullmatch(self.pattern, given):
            raise Refused("INVALID_VALUE", f"`{field}` is not well formed: {given!r}.", field=field)


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number."""

    least: int | None = None
    most: int | None = None

    def check(self, given: Any, field: str) -> None:
        if isinstance(given, bool) or not isinstance(given, int):
            raise Refused("EXPECTED_INTEGER", f"Expected an integer value for `{field}`.", field=field)
        if self.least is not None and given < self.least:
            raise Refused("VALUE_TOO_LOW", f"`{field}` must be at least {self.least}.", field=field)
        if self.most is not None and given > self.most:
            raise Refused("VALUE_TOO_HIGH", f"`{field}` must be at most {self.most}.", field=field)


@dataclass(frozen=True)
class Boolean(Kind):
    """`true` or `false`."""

    def check(self, given: Any, field: str) -> None:
        if not isinstance(given, bool):
            raise Refused("EXPECTED_BOOLEAN", f"Expected a boolean value for `{field}`.", field=field)


class Choice(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, given: Any, field: str) -> None:
        Text().check(given, field)
        if given not in self.words:
            raise Refused("INVALID_ENUM_VALUE", f"`{given}` is not a valid enum value for `{field}`.", field=field)


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of so many of a kind."""

    item: Kind
    longest: int | None = None

    def check(self, given: Any, field: str) -> None:
        if not isinstance(given, list):
            raise Refused("EXPECTED_ARRAY", f"Expected an array for `{field}`.", field=field)
        if self.longest is not None and len(given) > self.longest:
            raise Refused("ARRAY_LENGTH_TOO_LONG", f"`{field}` has more than {self.longest} entries.", field=field)
        for number, one in enumerate(given):
            self.item.check(one, f"{field}[{number}]")


@dataclass(frozen=True)
class Metadata(Kind):
    """Our own data on it. https://developer.squareup.com/docs/build-basics/metadata"""

    def check(self, given: Any, field: str) -> None:
        if not isinstance(given, dict):
            raise Refused("EXPECTED_MAP", f"Expected a map for `{field}`.", field=field)
        if len(given) > 10:
            raise Refused("TOO_MANY_MAP_ENTRIES", f"`{field}` has more than 10 entries.", field=field)
        for name, value in given.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
                raise Refused("MAP_KEY_LENGTH_TOO_LONG", f"`{field}` has a bad key: {name[:80]!r}.", field=field)
            Text(255).check(value, f"{field}.{name}")


@dataclass(frozen=True)
class Shape(Kind):
    """An object with these fields and no others."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def check(self, given: Any, field: str) -> None:
        if not isinstance(given, dict):
            raise Refused("EXPECTED_OBJECT", f"Expected an object for `{field}`.", field=field or None)
        prefix = f"{field}." if field else ""
        for name in self.required:
            if given.get(name) is None:
                raise Refused(
                    "MISSING_REQUIRED_PARAMETER", f"Missing required parameter `{prefix}{name}`.", field=prefix + name
                )
        for name, value in given.items():
            kind = self.fields.get(name)
            if kind is None:
                raise Refused("UNKNOWN_BODY_PARAMETER", f"Unrecognized field: `{prefix}{name}`.", field=prefix + name)
            kind.check(value, prefix + name)
