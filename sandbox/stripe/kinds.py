"""The kinds a parameter can be: each turns wire text into a value, or refuses it the way Stripe does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.stripe.errors import Refused, empty, missing

Params = dict[str, Any]


class Kind(ABC):
    """What one parameter may be."""

    @abstractmethod
    def read(self, given: Any, param: str) -> Any:
        """The value meant by `given`, or Refused naming `param`."""


def _text(given: Any, param: str, *, noun: str) -> str:
    if not isinstance(given, str):
        raise Refused(f"Invalid {noun}: {given}", param=param)
    return given


@dataclass(frozen=True)
class Text(Kind):
    """Text up to `longest` characters; an empty one unsets the field."""

    longest: int = 5000

    def read(self, given: Any, param: str) -> str | None:
        text = _text(given, param, noun="string")
        if len(text) > self.longest:
            raise Refused(
                f"Invalid string: {text[:10]}...{text[-4:]}; must be at most {self.longest} characters",
                param=param,
            )
        return text or None


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number, written out: no fraction, no exponent."""

    least: int | None = None
    most: int | None = None

    def read(self, given: Any, param: str) -> int:
        text = _text(given, param, noun="integer")
        if not text:
            raise empty(param)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise Refused(f"Invalid integer: {text}", code="parameter_invalid_integer", param=param)
        number = int(text)
        bound = None
        if self.least is not None and number < self.least:
            bound = f"greater than or equal to {self.least}"
        if self.most is not None and number > self.most:
            bound = f"less than or equal to {self.most}"
        if bound:
            raise Refused(f"This value must be {bound}.", code="parameter_invalid_integer", param=param)
        return number


@dataclass(frozen=True)
class Fraction(Kind):
    """A decimal number as text, up to twelve places."""

    def read(self, given: Any, param: str) -> Decimal:
        text = _text(given, param, noun="decimal")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise Refused(f"Invalid decimal: {text}", param=param) from None
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -12 or abs(number) >= 10**12:
            raise Refused(f"Invalid decimal: {text}; must contain at maximum twelve decimal places.", param=param)
        return number


@dataclass(frozen=True)
class Percent(Kind):
    """A number from 0 to 100, up to two places."""

    def read(self, given: Any, param: str) -> float:
        number = Fraction().read(given, param)
        if not 0 <= number <= 100 or number != round(number, 2):
            raise Refused(f"{param} must be between 0 and 100, with at most two decimal places.", param=param)
        return float(number)


@dataclass(frozen=True)
class Boolean(Kind):
    """`true` or `false`."""

    def read(self, given: Any, param: str) -> bool:
        text = _text(given, param, noun="boolean")
        if not text:
            raise empty(param)
        if text not in ("true", "false"):
            raise Refused(f"Invalid boolean: {text}", param=param)
        return text == "true"


class Choice(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, given: Any, param: str) -> str:
        text = _text(given, param, noun="string")
        if not text:
            raise empty(param)
        if text not in self.words:
            known = self.words[:20]
            allowed = f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else known[0]
            raise Refused(f"Invalid {param}: must be one of {allowed}", param=param)
        return text


@dataclass(frozen=True)
class ListOf(Kind):
    """A list, written `a[0]=…&a[1]=…` or `a[]=…`."""

    item: Kind
    longest: int | None = None

    def read(self, given: Any, param: str) -> list[Any]:
        if given == "":
            return []
        if isinstance(given, dict) and all(key.isascii() and key.isdigit() for key in given):
            given = [given[key] for key in sorted(given, key=int)]
        if not isinstance(given, list):
            raise Refused("Invalid array", param=param)
        if self.longest is not None and len(given) > self.longest:
            raise Refused(f"Array {param} exceeded maximum {self.longest} allowed elements.", param=param)
        if "" in given:
            raise empty(param)
        return [self.item.read(value, f"{param}[{at}]") for at, value in enumerate(given)]


@dataclass(frozen=True)
class Metadata(Kind):
    """Key-value pairs: 50 of them, keys up to 40, values up to 500. https://docs.stripe.com/api/metadata"""

    def read(self, given: Any, param: str) -> dict[str, str] | None:
        if given == "":
            return None
        if not isinstance(given, dict):
            raise Refused("Invalid object", param=param)
        for key, value in given.items():
            here = f"{param}[{key}]"
            if not isinstance(value, str):
                raise Refused("Metadata values must be strings.", param=here)
            if len(key) > 40:
                raise Refused(
                    f"Metadata keys can have up to 40 characters, but you passed in a key that is {len(key)} "
                    f"characters. Invalid key: {key}",
                    param=param,
                )
            if len(value) > 500:
                raise Refused(
                    "Metadata values can have up to 500 characters, but you passed in a value that is "
                    f"{len(value)} characters. Invalid value: {value[:30]}...",
                    param=here,
                )
        return given


@dataclass(frozen=True)
class Either(Kind):
    """A scalar or an object, as `created=5` or `created[gte]=5`."""

    scalar: Kind
    shape: Kind

    def read(self, given: Any, param: str) -> Any:
        return (self.scalar if isinstance(given, str) else self.shape).read(given, param)


@dataclass(frozen=True)
class Clearable(Kind):
    """A parameter that an empty value unsets."""

    kind: Kind

    def read(self, given: Any, param: str) -> Any:
        return None if given == "" else self.kind.read(given, param)


@dataclass(frozen=True)
class Retired(Kind):
    """A parameter this API version took away, refused with a code of its own."""

    code: str

    def read(self, given: Any, param: str) -> Any:
        raise Refused(f"The parameter {param} is no longer supported.", code=self.code, param=param)


@dataclass(frozen=True)
class Shape(Kind):
    """An object with known fields; anything else in it is refused."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = field(default=())

    def read(self, given: Any, param: str = "") -> Params:
        if not isinstance(given, dict):
            raise Refused("Invalid object", param=param)
        unknown = [_inside(param, name) for name in given if name not in self.fields]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            raise Refused(
                f"Received unknown parameter{plural}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )
        for name in self.required:
            if name not in given:
                raise missing(_inside(param, name))
            if given[name] == "":
                raise empty(_inside(param, name))
        return {name: self.fields[name].read(value, _inside(param, name)) for name, value in given.items()}


def _inside(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name
