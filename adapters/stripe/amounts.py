"""Stripe's idea of an amount: its smallest unit per currency, the least and the most it charges.

https://docs.stripe.com/currencies
"""

from __future__ import annotations

from bot.domain.money import Money, minor_digits
from bot.kit.errors import Refused

# https://docs.stripe.com/currencies#zero-decimal. UGX is missing: like ISK it is sent with two decimals, 00.
_ZERO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
# https://docs.stripe.com/currencies#three-decimal: the last digit must be 0.
_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))

# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in Stripe's units. Stripe goes by the
# currency the seller is paid out in; where that is another one, it has the last word.
_LEAST = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
_MOST = {"IDR": 999_999_999_999, "COP": 9_999_999_999, "INR": 999_999_999}
_MOST_ELSEWHERE = 99_999_999


def to_stripe(money: Money) -> int:
    """The amount in Stripe's smallest unit; raises Refused when Stripe's unit is too coarse for it."""
    ours, theirs = minor_digits(money.currency), _decimals(money.currency)
    if theirs >= ours:
        return money.amount * int(10 ** (theirs - ours))
    whole, rest = divmod(money.amount, 10 ** (ours - theirs))
    if rest:
        raise Refused(f"Stripe takes no fractions of {money.currency} that small: {money}.", code="amount_not_whole")
    return int(whole)


def from_stripe(amount: int, currency: str) -> Money:
    """Money from an amount Stripe told us; what is finer than our smallest unit is cut off."""
    currency = currency.upper()
    ours, theirs = minor_digits(currency), _decimals(currency)
    if ours >= theirs:
        return Money(amount * int(10 ** (ours - theirs)), currency)
    return Money(amount // int(10 ** (theirs - ours)), currency)


def least_charge(currency: str) -> int:
    """The least Stripe charges, in our minor units."""
    return from_stripe(_LEAST.get(currency, 1), currency).amount or 1


def check_chargeable(total: Money) -> None:
    """Raise Refused for a total Stripe cannot charge; nothing at all is fine, it is paid at once."""
    amount = to_stripe(total)
    least = _LEAST.get(total.currency, 1)
    most = _MOST.get(total.currency, _MOST_ELSEWHERE)
    if 0 < amount < least:
        raise Refused(
            f"Stripe charges no less than {from_stripe(least, total.currency)} and this invoice is {total}. "
            "Add an item or raise a price.",
            code="amount_too_small",
        )
    if amount > most:
        raise Refused(
            f"Stripe charges no more than {from_stripe(most, total.currency)} and this invoice is {total}. "
            "Split it into smaller ones.",
            code="amount_too_large",
        )
    if total.currency in _THREE_DECIMALS and amount % 10:
        raise Refused(
            f"Stripe wants amounts in {total.currency} to end in 0; this invoice is {total}. Round a price.",
            code="amount_not_round",
        )


def _decimals(currency: str) -> int:
    return 0 if currency in _ZERO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
