"""Stripe's smallest units and ours: the same money in both directions."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.stripe.amounts import check_chargeable, from_stripe, least_charge, to_stripe
from bot.domain.money import Money, currencies
from bot.kit.errors import Refused

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a shared machine is proves nothing."""


@pytest.mark.parametrize(
    ("money", "at_stripe"),
    [
        (Money(1234, "USD"), 1234),
        (Money(1234, "JPY"), 1234),
        (Money(1234, "VND"), 1234),
        (Money(1230, "KWD"), 1230),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(1200, "HUF"), 1200),
        (Money(1200, "TWD"), 1200),
        (Money(1200, "RSD"), 1200),
    ],
)
def test_an_amount_is_sent_in_the_unit_stripe_counts_in(money: Money, at_stripe: int) -> None:
    assert to_stripe(money) == at_stripe
    assert from_stripe(at_stripe, money.currency.lower()) == money


@unhurried
@given(amount=st.integers(0, 10**9), currency=st.sampled_from(sorted(currencies())))
def test_what_goes_to_stripe_comes_back_as_the_same_money(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    try:
        sent = to_stripe(money)
    except Refused:
        return
    assert from_stripe(sent, currency) == money


def test_what_stripe_cannot_express_is_refused() -> None:
    assert to_stripe(Money(12340, "LYD")) == 1234
    with pytest.raises(Refused, match="fractions"):
        to_stripe(Money(12345, "LYD"))


def test_money_too_fine_for_us_is_never_rounded_up() -> None:
    assert from_stripe(599, "isk") == Money(5, "ISK")


@pytest.mark.parametrize(
    ("least", "currency"),
    [(50, "USD"), (30, "GBP"), (1000, "THB"), (200, "MYR"), (17500, "HUF"), (50, "JPY")],
)
def test_the_least_stripe_charges_is_enough_and_one_unit_less_is_not(least: int, currency: str) -> None:
    assert least_charge(currency) == least
    check_chargeable(Money(least, currency))
    with pytest.raises(Refused, match="no less than"):
        check_chargeable(Money(least - 1, currency))


@pytest.mark.parametrize(
    ("most", "currency"),
    [
        (99_999_999, "USD"),
        (99_999_999, "VND"),
        (999_999_999, "INR"),
        (9_999_999_999, "COP"),
        (999_999_999_999, "IDR"),
    ],
)
def test_the_most_stripe_charges_is_allowed_and_one_unit_more_is_not(most: int, currency: str) -> None:
    check_chargeable(Money(most, currency))
    with pytest.raises(Refused, match="no more than"):
        check_chargeable(Money(most + 1, currency))


@pytest.mark.parametrize("currency", ["USD", "VND", "KWD", "ISK", "PHP"])
def test_nothing_to_pay_is_no_reason_to_refuse(currency: str) -> None:
    check_chargeable(Money(0, currency))
