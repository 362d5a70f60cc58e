"""A bill: the lines of an invoice, from what was won, what the show charges, a coupon and credit.

The order is items, bundles, coupon, shipping, tax, credit (docs/decisions/0014). Every line is rounded by itself, so
that the lines add up to the total, which is never below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.coupon import Coupon
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money, minor_digits
from bot.domain.pricing import Pricing, Shipping, Tax, saved_by_bundles
from bot.domain.show import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Won:
    """Pieces of an item that a buyer has."""

    item: Item
    options: tuple[str, ...]
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What goes into the same parcel and was billed before."""

    pieces: int = 0
    goods_cents: int = 0
    """After discounts."""
    shipping_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an invoice says, and what it takes from elsewhere."""

    lines: tuple[Line, ...]
    coupon_cents: int = 0
    """What the coupon took off."""
    credit_cents: int = 0
    """What the buyer's credit pays."""

    @property
    def total_cents(self) -> int:
        """What is left to pay."""
        return sum(line.amount_cents for line in self.lines)


def draw(
    won: Sequence[Won],
    currency: str,
    pricing: Pricing,
    *,
    before: Before = Before(),
    pickup: bool = False,
    coupon: Coupon | None = None,
    credit_cents: int = 0,
    least_cents: int = 1,
) -> Bill:
    """The bill for these pieces.

    While one of them has no price it is about the pieces alone: the rest comes with the price. Credit leaves either
    nothing to pay or at least `least_cents`, as the provider charges no less.
    """
    lines = [*_items(won), *_bundles(won, currency)]
    if not lines or any(line.unit_cents is None for line in lines):
        return Bill(lines=tuple(lines))
    goods = _sum(lines)
    cut = coupon.cut(goods, currency) if coupon is not None else 0
    if coupon is not None and cut:
        percent = f" ({coupon.worth})" if coupon.percent is not None else ""
        lines.append(_line(LineKind.DISCOUNT, f"Coupon {coupon.code}{percent}", -cut))
    goods -= cut
    shipping = 0 if pickup else _shipping(pricing.shipping, _pieces(won), goods, before)
    if shipping:
        lines.append(_line(LineKind.SHIPPING, _shipping_text(shipping, before), shipping))
    if pricing.tax is not None:
        lines += _taxes(pricing.tax, goods + (shipping if pricing.tax.on_shipping else 0), currency)
    credit = _credit(_sum(lines), credit_cents, least_cents, currency)
    if credit:
        lines.append(_line(LineKind.CREDIT, "Store credit", -credit))
    return Bill(lines=tuple(lines), coupon_cents=cut, credit_cents=credit)


def _items(won: Sequence[Won]) -> list[Line]:
    """The same item and options become one line."""
    pieces: dict[tuple[int, tuple[str, ...]], int] = {}
    by_id = {one.item.id: one.item for one in won}
    for one in won:
        key = (one.item.id, one.options)
        pieces[key] = pieces.get(key, 0) + one.quantity
    return [
        Line(
            code=by_id[item_id].whole_code,
            title=by_id[item_id].title,
            options=options,
            quantity=quantity,
            unit_cents=by_id[item_id].price_cents,
        )
        for (item_id, options), quantity in pieces.items()
    ]


def _bundles(won: Sequence[Won], currency: str) -> list[Line]:
    """What bundles take off, a line for each item: its options count together."""
    by_id: dict[int, Item] = {}
    for one in won:
        by_id.setdefault(one.item.parent_id or one.item.id, one.item)
    saved = saved_by_bundles(one.item.of_it(one.quantity) for one in won)
    return [
        _line(LineKind.DISCOUNT, item.bundle.called(item.whole_code, item.title, currency), -saved[item_id])
        for item_id, item in by_id.items()
        if item_id in saved and item.bundle is not None
    ]


def _shipping(rules: Shipping, pieces: int, goods: int, before: Before) -> int:
    """What the parcel costs with these pieces in it, less what was billed for it; at most the goods come back."""
    due = rules.cost(before.pieces + pieces, before.goods_cents + goods)
    return max(due - before.shipping_cents, -goods)


def _shipping_text(shipping: int, before: Before) -> str:
    if shipping < 0:
        return "Shipping billed before, now less"
    return "Shipping, beside what was billed before" if before.shipping_cents else "Shipping"


def _taxes(tax: Tax, base: int, currency: str) -> list[Line]:
    cents = tax.of(max(base, 0), currency)
    if not tax.included:
        return [_line(LineKind.TAX, tax.label, cents)] if cents else []
    return [_line(LineKind.TAX, f"{tax.label} included: {Money(cents, currency)}", 0)]


def _credit(total: int, balance: int, least: int, currency: str) -> int:
    if balance >= total:
        return total
    step = 10 if minor_digits(currency) == 3 else 1
    used = max(min(balance, total - least), 0)
    return used // step * step


def _pieces(won: Sequence[Won]) -> int:
    return sum(one.quantity for one in won)


def _sum(lines: Sequence[Line]) -> int:
    return sum(line.amount_cents for line in lines)


def _line(kind: LineKind, title: str, cents: int) -> Line:
    return Line(kind=kind, code="", title=title, options=(), quantity=1, unit_cents=cents)
