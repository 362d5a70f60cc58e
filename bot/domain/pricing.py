"""What a show charges beside its prices: bundles, shipping and tax, and how parts of an amount are rounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from bot.domain.money import Money, minor_digits

WHOLE = 100_000
"""A percentage is kept in thousandths of a percent: 8.25% is 8,250 of these."""


def round_half_up(part: int, whole: int, currency: str) -> int:
    """part ÷ whole in minor units, half up, never below zero.

    In a currency of three decimals the last one is 0, as cards charge no finer.
    """
    step = 10 if minor_digits(currency) == 3 else 1
    return (2 * part + whole * step) // (2 * whole * step) * step


def percent_text(rate: int) -> str:
    """A rate as people write it: “8.25%”."""
    whole, rest = divmod(rate, 1_000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """So many pieces of one item for one price."""

    pieces: int
    cents: int

    def cost(self, quantity: int, unit_cents: int) -> int:
        """The least that so many pieces cost, in bundles and single pieces; fewer than a bundle never cost more."""
        bundles, rest = divmod(quantity, self.pieces)
        bundle = min(self.cents, self.pieces * unit_cents)
        return bundles * bundle + min(rest * unit_cents, bundle)

    def text(self, currency: str) -> str:
        """“3 for 50.00 USD”."""
        return f"{self.pieces} for {Money(self.cents, currency)}"

    def called(self, code: str, title: str, currency: str) -> str:
        """What a line says that takes off what it saves: “3 for 50.00 USD: 14 Socks”."""
        return f"{self.text(currency)}: {code} {title}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of one item that a buyer has."""

    item_id: int
    """The item as a whole: its options count together."""
    quantity: int
    unit_cents: int | None
    """None while it has no price."""
    bundle: Bundle | None

    @property
    def cents(self) -> int:
        """What they cost one by one."""
        return self.quantity * (self.unit_cents or 0)


def saved_by_bundles(pieces: Iterable[Pieces]) -> dict[int, int]:
    """Item → what its bundle takes off all the pieces one buyer has of it, in minor units; only where it does."""
    counts: dict[int, int] = {}
    first: dict[int, Pieces] = {}
    for one in pieces:
        first.setdefault(one.item_id, one)
        counts[one.item_id] = counts.get(one.item_id, 0) + one.quantity
    saved = {}
    for item_id, one in first.items():
        if one.bundle is not None and one.unit_cents is not None:
            count = counts[item_id]
            saved[item_id] = count * one.unit_cents - one.bundle.cost(count, one.unit_cents)
    return {item_id: cents for item_id, cents in saved.items() if cents}


def goods_cents(pieces: Sequence[Pieces]) -> int:
    """What one buyer's pieces come to in minor units, before anything else of a bill."""
    return sum(one.cents for one in pieces) - sum(saved_by_bundles(pieces).values())


class ShippingKind(StrEnum):
    """How shipping is charged."""

    NONE = "none"
    FLAT = "flat"
    PER_ITEM = "per_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """What sending one parcel costs its buyer."""

    kind: ShippingKind = ShippingKind.NONE
    cents: int = 0
    """Of the parcel, or of each piece in it."""
    most_cents: int | None = None
    """The most that all pieces together cost."""
    free_over_cents: int | None = None
    """Goods for this much, after discounts, are sent for nothing."""
    pickup: bool = False
    """Whether buyers may fetch their things."""

    def cost(self, pieces: int, goods_cents: int) -> int:
        """What a parcel of so many pieces, for so much money, costs."""
        if not pieces or (self.free_over_cents is not None and goods_cents >= self.free_over_cents):
            return 0
        match self.kind:
            case ShippingKind.NONE:
                return 0
            case ShippingKind.FLAT:
                return self.cents
            case ShippingKind.PER_ITEM:
                each = pieces * self.cents
                return each if self.most_cents is None else min(each, self.most_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax on everything that is sold."""

    name: str
    rate: int
    """In thousandths of a percent."""
    included: bool = False
    """Whether the prices have it in them already: then it is shown and not added."""
    on_shipping: bool = True

    @property
    def label(self) -> str:
        """“Sales tax 8.25%”."""
        return f"{self.name} {percent_text(self.rate)}"

    def of(self, cents: int, currency: str) -> int:
        """The tax on an amount, or in it."""
        return round_half_up(cents * self.rate, WHOLE + self.rate if self.included else WHOLE, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """What one show adds to the prices of its items."""

    shipping: Shipping = Shipping()
    tax: Tax | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Pricing:
        """The pricing from what was kept of it."""
        shipping, tax = dict(kept.get("shipping") or {}), kept.get("tax")
        if "kind" in shipping:
            shipping["kind"] = ShippingKind(shipping["kind"])
        return cls(shipping=Shipping(**shipping), tax=Tax(**tax) if tax else None)

    def kept(self) -> dict[str, Any]:
        """What is to be kept: only what is not as in a plain show."""
        plain = Shipping()
        shipping = {
            one.name: getattr(self.shipping, one.name)
            for one in fields(Shipping)
            if getattr(self.shipping, one.name) != getattr(plain, one.name)
        }
        kept: dict[str, Any] = {}
        if shipping:
            kept["shipping"] = shipping
        if self.tax is not None:
            kept["tax"] = asdict(self.tax)
        return kept

    def in_another_currency(self) -> Pricing:
        """What of it still holds where amounts do not: the tax, and that buyers may fetch their things."""
        return Pricing(shipping=Shipping(pickup=self.shipping.pickup), tax=self.tax)
