"""What a bill says: to the minor unit, in every currency, and never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.bill import Before, Bill, Won, draw
from bot.domain.coupon import Coupon
from bot.domain.invoice import LineKind
from bot.domain.pricing import WHOLE, Bundle, Pricing, Shipping, ShippingKind, Tax, round_half_up
from bot.domain.show import Item

NOTHING = Before()
CURRENCIES = ("USD", "VND", "KWD")


def an_item(number: int = 12, cents: int | None = 2000, bundle: Bundle | None = None, currency: str = "USD") -> Item:
    return Item(
        id=number,
        show_id=1,
        code=str(number),
        title="Socks",
        price_cents=cents,
        currency=currency,
        quantity=100,
        options=(),
        open=True,
        won=0,
        waiting=0,
        bundle=bundle,
    )


def won(quantity: int = 1, *options: str, **item: Any) -> Won:
    return Won(item=an_item(**item), options=options, quantity=quantity)


def a_coupon(**values: Any) -> Coupon:
    plain: dict[str, Any] = {"percent": None, "amount_cents": None, "least_cents": None, "most_uses": None}
    return Coupon(
        **({"id": 1, "code": "SUMMER", "currency": "USD", "used": 0, "until": None, "open": True} | plain | values)
    )


def said(bill: Bill) -> list[tuple[str, str, int]]:
    return [(line.kind.value, line.description, line.amount_cents) for line in bill.lines]


_bundle = st.none() | st.builds(Bundle, pieces=st.integers(2, 5), cents=st.integers(1, 20_000))
_won = st.lists(
    st.builds(
        lambda number, quantity, option, cents, bundle: (number, quantity, option, cents, bundle),
        st.integers(1, 4),
        st.integers(1, 9),
        st.sampled_from([(), ("S",), ("M",)]),
        st.integers(1, 9_999),
        _bundle,
    ),
    min_size=1,
    max_size=5,
)
_shipping = st.builds(
    Shipping,
    kind=st.sampled_from(ShippingKind),
    cents=st.integers(1, 2_000),
    most_cents=st.none() | st.integers(1, 4_000),
    free_over_cents=st.none() | st.integers(1, 30_000),
)
_tax = st.none() | st.builds(
    Tax, name=st.just("VAT"), rate=st.integers(1, 30_000), included=st.booleans(), on_shipping=st.booleans()
)
_coupon = (
    st.none()
    | st.builds(a_coupon, percent=st.integers(1, WHOLE), least_cents=st.none() | st.integers(1, 9_999))
    | st.builds(a_coupon, amount_cents=st.integers(1, 50_000))
)


def _things(drawn: Sequence[tuple[int, int, tuple[str, ...], int, Bundle | None]], currency: str) -> list[Won]:
    """An item has one price and one bundle, however often it was won."""
    first = {number: (cents, bundle) for number, _, _, cents, bundle in reversed(drawn)}
    return [
        won(quantity, *option, number=number, cents=first[number][0], bundle=first[number][1], currency=currency)
        for number, quantity, option, _, _ in drawn
    ]


@given(
    drawn=_won,
    currency=st.sampled_from(CURRENCIES),
    shipping=_shipping,
    tax=_tax,
    coupon=_coupon,
    credit=st.integers(0, 60_000),
    least=st.integers(1, 500),
    before=st.builds(
        Before, pieces=st.integers(0, 5), goods_cents=st.integers(0, 9_999), shipping_cents=st.integers(0, 4_000)
    ),
    pickup=st.booleans(),
)
def test_a_bill_adds_up_and_is_never_below_zero(
    drawn: Any,
    currency: str,
    shipping: Shipping,
    tax: Tax | None,
    coupon: Coupon | None,
    credit: int,
    least: int,
    before: Before,
    pickup: bool,
) -> None:
    things = _things(drawn, currency)
    coupon = coupon and replace(coupon, currency=currency)
    pricing = Pricing(shipping=shipping, tax=tax)
    more: dict[str, Any] = {"before": before, "pickup": pickup, "coupon": coupon, "least_cents": least}
    bill = draw(things, currency, pricing, credit_cents=credit, **more)
    gross = draw(things, currency, pricing, **more)
    by_kind = {kind: sum(line.amount_cents for line in bill.lines if line.kind is kind) for kind in LineKind}
    assert bill.total_cents == sum(by_kind.values()) >= 0
    assert all(line.amount_cents == line.quantity * (line.unit_cents or 0) for line in bill.lines)
    assert by_kind[LineKind.ITEM] == sum(one.quantity * (one.item.price_cents or 0) for one in things)
    assert by_kind[LineKind.ITEM] + by_kind[LineKind.DISCOUNT] >= 0 >= by_kind[LineKind.DISCOUNT]
    assert by_kind[LineKind.TAX] >= 0
    assert (by_kind[LineKind.CREDIT], bill.total_cents) == (-bill.credit_cents, gross.total_cents - bill.credit_cents)
    assert 0 <= bill.credit_cents <= credit
    # What credit leaves can be charged, or is nothing at all.
    assert not bill.credit_cents or bill.total_cents == 0 or bill.total_cents >= least
    assert bill.total_cents == 0 or credit < gross.total_cents


@given(
    quantity=st.integers(1, 60),
    unit=st.integers(1, 5_000),
    bundle=st.builds(Bundle, pieces=st.integers(2, 9), cents=st.integers(1, 40_000)),
)
def test_bundles_are_never_dearer_than_single_pieces_and_the_cheapest_way_there_is(
    quantity: int, unit: int, bundle: Bundle
) -> None:
    cost = bundle.cost(quantity, unit)
    ways = [
        count * bundle.cents + max(quantity - count * bundle.pieces, 0) * unit
        for count in range(quantity // bundle.pieces + 2)
    ]
    assert cost == min(ways) <= quantity * unit
    assert bundle.cost(quantity + 1, unit) >= cost


@given(first=st.integers(1, 9), second=st.integers(1, 9), cents=st.integers(1, 5_000), shipping=_shipping)
def test_shipping_over_two_invoices_is_shipping_over_one(
    first: int, second: int, cents: int, shipping: Shipping
) -> None:
    pricing = Pricing(shipping=shipping)

    def bill(quantity: int, before: Before = NOTHING) -> Bill:
        return draw([won(quantity, cents=cents)], "USD", pricing, before=before)

    def shipped(*bills: Bill) -> int:
        return sum(line.amount_cents for one in bills for line in one.lines if line.kind is LineKind.SHIPPING)

    paid = bill(first)
    rest = bill(second, Before(pieces=first, goods_cents=first * cents, shipping_cents=shipped(paid)))
    due = shipped(bill(first + second))
    assert shipped(paid, rest) == max(due, shipped(paid) - second * cents)


@given(part=st.integers(0, 10**9), whole=st.integers(1, 10**6), currency=st.sampled_from(CURRENCIES))
def test_a_half_is_rounded_up(part: int, whole: int, currency: str) -> None:
    step = 10 if currency == "KWD" else 1
    steps = (Decimal(part) / (whole * step)).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(part, whole, currency) == int(steps) * step


def test_everything_at_once_to_the_cent() -> None:
    things = [won(2, "S", bundle=Bundle(pieces=3, cents=5000)), won(2, "M", bundle=Bundle(pieces=3, cents=5000))]
    pricing = Pricing(shipping=Shipping(kind=ShippingKind.FLAT, cents=700), tax=Tax(name="Sales tax", rate=8_250))
    bill = draw(things, "USD", pricing, coupon=a_coupon(percent=10_000), credit_cents=500)
    assert said(bill) == [
        ("item", "12 Socks (S)", 4000),
        ("item", "12 Socks (M)", 4000),
        ("discount", "3 for 50.00 USD: 12 Socks", -1000),
        ("discount", "Coupon SUMMER (10%)", -700),
        ("shipping", "Shipping", 700),
        ("tax", "Sales tax 8.25%", 578),
        ("credit", "Store credit", -500),
    ]
    assert bill.total_cents == 7078


@pytest.mark.parametrize(
    ("currency", "cents", "tax"),
    [("USD", 1990, "1.30 USD"), ("VND", 199_000, "13,019 VND"), ("KWD", 1990, "0.130 KWD")],
)
def test_a_tax_that_is_in_the_prices_is_shown_and_not_added(currency: str, cents: int, tax: str) -> None:
    pricing = Pricing(tax=Tax(name="VAT", rate=7_000, included=True))
    bill = draw([won(cents=cents, currency=currency)], currency, pricing)
    assert said(bill)[-1] == ("tax", f"VAT 7% included: {tax}", 0)
    assert bill.total_cents == cents


def test_shipping_is_taxed_unless_it_is_said_that_it_is_not() -> None:
    for on_shipping, cents in ((True, 270), (False, 200)):
        pricing = Pricing(
            shipping=Shipping(kind=ShippingKind.FLAT, cents=700),
            tax=Tax(name="Tax", rate=10_000, on_shipping=on_shipping),
        )
        assert said(draw([won()], "USD", pricing))[-1] == ("tax", "Tax 10%", cents)


def test_while_a_price_is_missing_the_bill_is_about_the_pieces_alone() -> None:
    pricing = Pricing(shipping=Shipping(kind=ShippingKind.FLAT, cents=700), tax=Tax(name="Tax", rate=10_000))
    bill = draw([won(), won(number=14, cents=None)], "USD", pricing, coupon=a_coupon(percent=10_000), credit_cents=500)
    assert [line.kind for line in bill.lines] == [LineKind.ITEM, LineKind.ITEM]
    assert (bill.coupon_cents, bill.credit_cents) == (0, 0)


def test_what_brings_the_parcel_over_the_free_limit_gives_the_shipping_back() -> None:
    pricing = Pricing(shipping=Shipping(kind=ShippingKind.FLAT, cents=700, free_over_cents=10_000))
    before = Before(pieces=1, goods_cents=9_000, shipping_cents=700)
    assert said(draw([won()], "USD", pricing, before=before))[-1] == (
        "shipping",
        "Shipping billed before, now less",
        -700,
    )
    assert draw([won(cents=300)], "USD", pricing, before=replace(before, goods_cents=9_900)).total_cents == 0


def test_what_is_fetched_is_not_shipped() -> None:
    pricing = Pricing(shipping=Shipping(kind=ShippingKind.FLAT, cents=700))
    assert draw([won()], "USD", pricing, pickup=True).total_cents == 2000


def test_pricing_is_kept_and_read_again() -> None:
    pricing = Pricing(
        shipping=Shipping(kind=ShippingKind.PER_ITEM, cents=200, most_cents=900, free_over_cents=10_000, pickup=True),
        tax=Tax(name="VAT", rate=7_000, included=True, on_shipping=False),
    )
    assert Pricing.of(pricing.kept()) == pricing
    assert Pricing().kept() == {}
    assert pricing.in_another_currency() == Pricing(shipping=Shipping(pickup=True), tax=pricing.tax)
