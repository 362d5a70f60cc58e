"""Money: whole minor units of one currency, and the many ways people type it.

Text becomes `Money` once, at the edge, and never passes through a float. One separator followed by exactly
three digits groups thousands ("1,234" and "1.234" are 1234.00 USD); any other last one marks the decimals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from babel.core import get_global
from babel.numbers import get_currency_precision

MAX_DIGITS = 12

# CLDR counts the coins people still use; payment services count ISO 4217 minor units. Where the two differ,
# these hold. TWD and HUF agree on two. ISK and UGX have none here, as in ISO: that Stripe wants their amounts
# with "00" behind is for its adapter. MGA stays without: its subunit is a fifth, and Stripe takes none.
# https://docs.stripe.com/currencies
MINOR_DIGITS: Mapping[str, int] = MappingProxyType(
    {"AFN": 2, "ALL": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2, "MMK": 2, "RSD": 2, "SOS": 2}
    | {"SYP": 2, "YER": 2}
)

# What people write beside a price, and the currencies it may mean (the likeliest first).
MARKS: Mapping[str, str] = MappingProxyType(
    {
        "$": "USD AUD CAD HKD NZD SGD TWD MXN ARS BBD BMD BND BSD BZD CLP COP CUP DOP FJD GYD JMD KYD LRD NAD"
        " SBD SRD TTD UYU XCD",
        "US$": "USD",
        "A$": "AUD",
        "AU$": "AUD",
        "C$": "CAD",
        "CA$": "CAD",
        "HK$": "HKD",
        "MX$": "MXN",
        "NT": "TWD",
        "NT$": "TWD",
        "NZ$": "NZD",
        "R$": "BRL",
        "S$": "SGD",
        "SG$": "SGD",
        "¥": "JPY CNY",
        "円": "JPY",
        "元": "CNY TWD HKD",
        "RMB": "CNY",
        "€": "EUR",
        "£": "GBP EGP FKP GIP SHP",
        "₩": "KRW",
        "원": "KRW",
        "₫": "VND",
        "Đ": "VND",
        "฿": "THB",
        "บาท": "THB",
        "₱": "PHP",
        "₹": "INR",
        "RM": "MYR",
        "RP": "IDR",
        "RS": "INR LKR NPR PKR",
        "KR": "SEK NOK DKK ISK",
        "ZŁ": "PLN",
        "KČ": "CZK",
        "FT": "HUF",
        "FR": "CHF",
        "₺": "TRY",
        "₴": "UAH",
        "₪": "ILS",
        "₽": "RUB",
    }
)

_PRICE = re.compile(r"(?P<before>[^0-9.,]*)(?P<number>[.,]?[0-9](?:[0-9.,' ]*[0-9])?)(?P<after>[^0-9]*)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<by>[.,' ])[0-9]{3})(?:(?P=by)[0-9]{3})*")
_GROUPED_BY_LAKH = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_ROUND = re.compile(r"[.,:]-+$")  # "199,-" and "5.-": no cents, as written in much of Europe
_ABBREVIATED = re.compile(r"(?<=[^\W\d_])\. ?")  # the dot of "Rp. 5000" is no decimal point
_SIGNS = str.maketrans(dict.fromkeys("−–—‐‑﹣", "-") | dict.fromkeys("’ʼ`´", "'") | {"٫": ".", "٬": ","})


class MoneyError(ValueError):
    """Not an amount of money; the message is for the operator who typed it."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units ("cents") and its ISO 4217 currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"money is counted in whole minor units, not {self.amount!r}")
        if not (self.currency.isalpha() and self.currency.isupper()):
            raise MoneyError(f"“{self.currency}” is not a currency code such as USD.")

    @classmethod
    def parse(cls, text: str, currency: str, *, noun: str = "price") -> Money:
        """What an operator typed as a price, or as what the `noun` says; `MoneyError` with a sentence for them."""
        currency = currency.strip().upper()
        if not is_currency(currency):
            raise MoneyError(f"“{currency}” is not a currency code such as USD.")
        plain = _plain(text)
        example = cls(5 * 10 ** minor_digits(currency), currency).plain()
        if not plain:
            raise MoneyError(f"There is no {noun}. Send a number, for example {example}.")
        found = _PRICE.fullmatch(plain)
        if found is None:
            raise MoneyError(f"“{_short(text)}” is not a {noun}. Send one number, for example {example}.")
        bracketed = found["before"].startswith("(") and found["after"].endswith(")")  # a bookkeeper's minus
        if "-" in found["before"] or bracketed:
            raise MoneyError(f"A {noun} cannot be negative. Send a number, for example {example}.")
        for mark in (found["before"].strip(), found["after"].strip()):
            if mark:
                _check_mark(mark, text, currency, example, noun)
        return cls(_minor_units(found["number"], text, currency, example, noun), currency)

    def plain(self) -> str:
        """The amount as most APIs and spreadsheets want it: "1234.50", "1250"."""
        return self._written("")

    def show(self) -> str:
        """The amount as people read it: "1,234.50 USD", "1,250 JPY"."""
        return f"{self._written(',')} {self.currency}"

    def __str__(self) -> str:
        return self.show()

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        if other.currency != self.currency:
            raise MoneyError(f"{self} and {other} are different currencies and cannot be added.")
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            return NotImplemented
        return Money(self.amount * count, self.currency)

    __rmul__ = __mul__

    def _written(self, group: str) -> str:
        digits = minor_digits(self.currency)
        sign = "-" if self.amount < 0 else ""
        whole, rest = divmod(abs(self.amount), 10**digits)
        written = f"{whole:,}".replace(",", group)
        return f"{sign}{written}.{rest:0{digits}}" if digits else f"{sign}{written}"


@cache
def currencies() -> frozenset[str]:
    """The ISO codes of the currencies that are legal tender somewhere today."""
    return frozenset(
        code
        for used in get_global("territory_currencies").values()
        for code, _, until, tender in used
        if until is None and tender
    )


def is_currency(code: str) -> bool:
    """Whether this is the ISO code of a currency in use, in capitals."""
    return code in currencies()


@cache
def minor_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for USD, 0 for JPY, 3 for KWD."""
    own = MINOR_DIGITS.get(currency)
    return get_currency_precision(currency) if own is None else own


def _plain(text: str) -> str:
    """One spelling for full-width and other digits, signs, quotes and spaces."""
    folded = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS).upper()
    digits = "".join(str(unicodedata.decimal(char, char)) for char in folded if unicodedata.category(char) != "Cf")
    return _ROUND.sub("", _ABBREVIATED.sub(" ", " ".join(digits.split()))).strip()


def _short(text: str) -> str:
    shown = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return shown if len(shown) <= 40 else shown[:39] + "…"


def _check_mark(mark: str, text: str, currency: str, example: str, noun: str) -> None:
    """Refuse a symbol, a code or a word that is not this currency's."""
    meant = (mark if is_currency(mark) else MARKS.get(mark, "")).split()
    if not meant:
        raise MoneyError(f"“{_short(text)}” is not a {noun}. Send one number, for example {example}.")
    if currency not in meant:
        likely = " or ".join(meant) if len(meant) <= 4 else f"{meant[0]} or another currency written {mark}"
        raise MoneyError(
            f"{_short(text)} looks like {likely}, but this show is in {currency}. "
            f"Send the {noun} in {currency}, for example {example}."
        )


def _minor_units(number: str, text: str, currency: str, example: str, noun: str) -> int:
    digits = minor_digits(currency)
    whole, cents = _split(number, text, digits, example)
    if sum(map(str.isdecimal, number)) > MAX_DIGITS:
        raise MoneyError(f"“{_short(text)}” is too large: a {noun} has at most {MAX_DIGITS} digits.")
    if len(cents) > digits:
        allowed = f"{digits} decimals" if digits else "no decimals"
        raise MoneyError(f"“{_short(text)}” has too many decimals: {currency} has {allowed}, for example {example}.")
    return int(whole + cents.ljust(digits, "0"))


def _split(number: str, text: str, digits: int, example: str) -> tuple[str, str]:
    """The digits before and after the decimal separator, grouping gone."""
    if number.isdecimal():
        return number, ""
    grouped = _GROUPED.fullmatch(number)
    if grouped and not number.startswith("0"):
        alone = number.count(grouped["by"]) == 1
        if alone and digits >= 3 and grouped["by"] in ".,":
            if grouped["by"] == ",":
                whole, _, rest = number.partition(",")
                raise MoneyError(
                    f"“{_short(text)}” could be {whole}{rest} or {whole}.{rest}. Send it without the comma."
                )
        else:
            return number.replace(grouped["by"], ""), ""
    if _GROUPED_BY_LAKH.fullmatch(number):
        return number.replace(",", ""), ""
    at = max(number.rfind("."), number.rfind(","))
    whole, cents = number[:at], number[at + 1 :]
    grouped = _GROUPED.fullmatch(whole) or _GROUPED_BY_LAKH.fullmatch(whole)
    separate = grouped is None or number[at] not in whole
    if at >= 0 and cents.isdecimal() and separate and (grouped or whole.isdecimal() or not whole):
        return "".join(filter(str.isdecimal, whole)) or "0", cents
    raise MoneyError(f"“{_short(text)}” is not one number. Send it like {example}.")
