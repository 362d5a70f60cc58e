"""Price lines: what an operator types about shipping, taxes and coupons, understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.commands.sums import read_money
from bot.domain.coupon import coupon_key
from bot.domain.money import Money
from bot.domain.pricing import WHOLE, Shipping, ShippingKind, Tax
from bot.kit.errors import BadInput

SHIPPING_EXAMPLE = "/shipping flat 7 free over 100"
TAX_EXAMPLE = "/tax 8.25% Sales tax"
COUPON_EXAMPLE = "/coupon new SUMMER 10% x20 until 2026-12-31"
LONGEST_TAX = 40

_PERCENT = re.compile(r"(?P<whole>\d{1,3})(?:[.,](?P<rest>\d{1,3}))?\s?%")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """A coupon as an operator describes it."""

    code: str
    percent: int | None
    amount: Money | None
    least: Money | None
    most_uses: int | None
    until: datetime | None


def read_shipping(text: str, before: Shipping, currency: str) -> Shipping:
    """`flat 7`, `per item 2 up to 9`, `free over 100`, `off`, `pickup on`, several in a row. Raises BadInput."""
    rest, shipping = " ".join(text.split()), before
    while rest:
        for pattern, change in _SHIPPING.items():
            found = re.match(pattern.replace("PRICE", rf"(\S*\d\S*(?: {currency})?)"), rest, re.IGNORECASE)
            if found is not None:
                shipping = change(shipping, [read_money(price, currency).amount for price in found.groups() if price])
                rest = rest[found.end() :].strip(" ,;")
                break
        else:
            raise BadInput(
                f"I do not understand “{rest}”. Send flat 7, per item 2 up to 9, free over 100, free off, pickup on "
                f"or off, like {SHIPPING_EXAMPLE}"
            )
    return shipping


_SHIPPING: Mapping[str, Callable[[Shipping, list[int]], Shipping]] = {
    r"off\b": lambda was, _: Shipping(pickup=was.pickup),
    r"pickup on\b": lambda was, _: replace(was, pickup=True),
    r"pickup off\b": lambda was, _: replace(was, pickup=False),
    r"free off\b": lambda was, _: replace(was, free_over_cents=None),
    r"free (?:over|from) PRICE": lambda was, cents: replace(was, free_over_cents=cents[0]),
    r"flat PRICE": lambda was, cents: replace(was, kind=ShippingKind.FLAT, cents=cents[0], most_cents=None),
    r"per (?:item|piece) PRICE(?: up to PRICE)?": lambda was, cents: replace(
        was, kind=ShippingKind.PER_ITEM, cents=cents[0], most_cents=cents[1] if cents[1:] else None
    ),
}


def describe_shipping(shipping: Shipping, currency: str) -> str:
    """“7.00 USD, free over 100.00 USD; pickup is possible”."""

    def money(cents: int) -> str:
        return str(Money(cents, currency))

    match shipping.kind:
        case ShippingKind.NONE:
            said = "nothing"
        case ShippingKind.FLAT:
            said = money(shipping.cents)
        case ShippingKind.PER_ITEM:
            most = f", at most {money(shipping.most_cents)}" if shipping.most_cents is not None else ""
            said = f"{money(shipping.cents)} per item{most}"
    if shipping.free_over_cents is not None and shipping.kind is not ShippingKind.NONE:
        said += f", free over {money(shipping.free_over_cents)}"
    return f"{said}; pickup is possible" if shipping.pickup else said


def read_tax(text: str) -> Tax | None:
    """`8.25% Sales tax`, `7% VAT included`, with `without shipping` at the end, or `off`. Raises BadInput."""
    plain = " ".join(text.split())
    if plain.lower() in ("off", "none", "0%"):
        return None
    plain, without = re.subn(r"[,;]? (?:without|not on) shipping\Z", "", plain, flags=re.IGNORECASE)
    plain, included = re.subn(r",? included\Z", "", plain, flags=re.IGNORECASE)
    found = _PERCENT.search(plain)
    rate = _rate(found) if found is not None else 0
    if found is None or not 0 < rate <= WHOLE:
        raise BadInput(f"“{text}” is no tax. Send a percentage and its name, like {TAX_EXAMPLE}, or /tax off")
    name = " ".join(f"{plain[: found.start()]} {plain[found.end() :]}".split()) or "Tax"
    if len(name) > LONGEST_TAX:
        raise BadInput(f"The name of the tax is too long: at most {LONGEST_TAX} characters.")
    return Tax(name=name, rate=rate, included=bool(included), on_shipping=not without)


def describe_tax(tax: Tax | None) -> str:
    """“Sales tax 8.25%, added to goods and shipping”."""
    if tax is None:
        return "none"
    on = "goods and shipping" if tax.on_shipping else "goods, not to shipping"
    return f"{tax.label}, in the prices already" if tax.included else f"{tax.label}, added to {on}"


def read_coupon(code: str, text: str, currency: str) -> NewCoupon:
    """A code, and `10%` or `5.00`, with `x20`, `until 2026-12-31`, `from 30` in any order. Raises BadInput."""
    key = coupon_key(code)
    if key is None:
        raise BadInput(f"“{code}” is no code: 2 to 20 letters and numbers, like {COUPON_EXAMPLE}")
    percent: int | None = None
    amount: Money | None = None
    least: Money | None = None
    most_uses: int | None = None
    until: datetime | None = None
    words = text.split()
    while words:
        word = words.pop(0)
        if word.lower() in ("from", "over") and words:
            least = read_money(words.pop(0), currency)
        elif word.lower() == "until" and words:
            until = _end_of(words.pop(0))
        elif (found := re.fullmatch(r"[x×](\d{1,9})", word, re.IGNORECASE)) is not None and int(found[1]):
            most_uses = int(found[1])
        elif (found := _PERCENT.fullmatch(word)) is not None:
            percent = _rate(found)
        elif word.upper() != currency:
            amount = read_money(word, currency)
    if (percent is None) == (amount is None):
        raise BadInput(f"Send either a percentage or an amount, like {COUPON_EXAMPLE}")
    if (percent is not None and not 0 < percent <= WHOLE) or (amount is not None and not amount.amount):
        raise BadInput(f"That takes nothing off, or more than there is. Like {COUPON_EXAMPLE}")
    return NewCoupon(code=key, percent=percent, amount=amount, least=least, most_uses=most_uses, until=until)


def read_credit(text: str, currency: str) -> tuple[Money, str]:
    """`5.00 sorry for the delay`, or `-5.00` to take some back: the amount, below zero then, and the reason."""
    found = re.match(rf"(?P<minus>[-−–]?)(?P<price>\S*\d\S*(?: {currency})?)\s*(?P<why>.*)", text, re.I | re.S)
    if found is None:
        raise BadInput("Send the amount and why, like /credit @mai 5.00 sorry for the delay")
    amount = read_money(found["price"], currency)
    if not amount.amount:
        raise BadInput("Send an amount above zero, like /credit @mai 5.00 sorry for the delay")
    return (amount * -1 if found["minus"] else amount), " ".join(found["why"].split())


def _rate(found: re.Match[str]) -> int:
    return int(found["whole"]) * 1_000 + int((found["rest"] or "").ljust(3, "0"))


def _end_of(day: str) -> datetime:
    try:
        last = date.fromisoformat(day)
        return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadInput(f"“{day}” is no day. Send it like 2026-12-31") from None
