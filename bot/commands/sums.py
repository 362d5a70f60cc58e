"""Sums of money, as operators type them."""

from __future__ import annotations

from bot.domain.money import Money, MoneyError
from bot.kit.errors import BadInput


def read_money(text: str, currency: str, *, noun: str = "sum") -> Money:
    """“19.90”, “$20” or “1.000 đ”. Raises BadInput with what is wrong; `noun` says what the sum is."""
    try:
        return Money.parse(text, currency, noun=noun)
    except MoneyError as no:
        raise BadInput(str(no)) from None
