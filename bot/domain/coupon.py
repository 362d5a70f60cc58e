"""A coupon: a code that takes something off one bill of a buyer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.money import Money
from bot.domain.pricing import WHOLE, percent_text, round_half_up

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{1,19}")
_TAKEN = frozenset({"NEW", "LIST", "OFF", "ON", "ALL"})


def coupon_key(text: str) -> str | None:
    """How a code is compared, or None for what cannot be one."""
    key = text.strip().upper()
    return key if _CODE.fullmatch(key) and key not in _TAKEN else None


class WhyNot(StrEnum):
    """Why a coupon does not count."""

    OFF = "off"
    RUN_OUT = "run_out"
    USED_UP = "used_up"
    USED_BEFORE = "used_before"
    """By the same buyer."""
    OTHER_CURRENCY = "other_currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One code, and what it is good for."""

    id: int
    code: str
    percent: int | None
    """In thousandths of a percent."""
    amount_cents: int | None
    currency: str
    """Of the amount and the minimum; a percentage without a minimum counts in every currency."""
    least_cents: int | None
    """The goods have to cost this much."""
    most_uses: int | None
    used: int
    until: datetime | None
    """From this moment on it counts no more."""
    open: bool

    @property
    def worth(self) -> str:
        """“10%” or “5.00 USD”."""
        if self.percent is not None:
            return percent_text(self.percent)
        return str(Money(self.amount_cents or 0, self.currency))

    def cut(self, goods_cents: int, currency: str) -> int:
        """What it takes off goods that cost so much; nothing while they cost too little."""
        if goods_cents < (self.least_cents or 0) or not self.counts_in(currency):
            return 0
        if self.percent is not None:
            return min(round_half_up(goods_cents * self.percent, WHOLE, currency), goods_cents)
        return min(self.amount_cents or 0, goods_cents)

    def counts_in(self, currency: str) -> bool:
        """Whether it counts in a show of this currency."""
        return currency == self.currency or (self.amount_cents is None and self.least_cents is None)

    def why_not(self, currency: str, now: datetime) -> WhyNot | None:
        """Why nobody new can use it; None when they can."""
        if not self.open:
            return WhyNot.OFF
        if self.until is not None and now >= self.until:
            return WhyNot.RUN_OUT
        if self.most_uses is not None and self.used >= self.most_uses:
            return WhyNot.USED_UP
        return None if self.counts_in(currency) else WhyNot.OTHER_CURRENCY
