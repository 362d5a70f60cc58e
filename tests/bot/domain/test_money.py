"""Prices as operators type them, and the arithmetic of whole minor units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money, MoneyError, currencies, is_currency, minor_digits


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.90", "USD", 1990),
        ("19,90", "EUR", 1990),
        ("19.9", "USD", 1990),
        ("0.29", "USD", 29),
        (".50", "USD", 50),
        ("0", "USD", 0),
        ("20", "USD", 2000),
        ("  20  ", "USD", 2000),
        ("1,234.50", "USD", 123450),
        ("1.234,50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1\u00a0234,50 €", "EUR", 123450),
        ("1'234.50", "CHF", 123450),
        ("1’234.50", "CHF", 123450),
        ("1,234,567.89", "USD", 123456789),
        ("1.234.567", "EUR", 123456700),
        ("1,23,456.50", "INR", 12345650),
        ("1.234", "USD", 123400),
        ("1,234", "USD", 123400),
        ("150.000", "IDR", 15000000),
        ("$19.90", "USD", 1990),
        ("$ 19.90", "USD", 1990),
        ("$5", "TWD", 500),
        ("$5", "SGD", 500),
        ("$20.000", "COP", 2000000),
        ("19.90 USD", "USD", 1990),
        ("usd 19.90", "USD", 1990),
        ("$19.90 USD", "USD", 1990),
        ("US$5", "USD", 500),
        ("NT$500", "TWD", 50000),
        ("NT 500", "TWD", 50000),
        ("€5", "EUR", 500),
        ("£5.99", "GBP", 599),
        ("RM 12.50", "MYR", 1250),
        ("Rp. 50.000", "IDR", 5000000),
        ("199,-", "NOK", 19900),
        ("199:-", "SEK", 19900),
        ("5.–", "CHF", 500),
        ("199 kr", "SEK", 19900),
        ("฿290", "THB", 29000),
        ("500円", "JPY", 500),
        ("¥500", "JPY", 500),
        ("￥500", "CNY", 50000),
        ("1,250", "JPY", 1250),
        ("1.250", "JPY", 1250),
        ("150.000đ", "VND", 150000),
        ("₩12,000", "KRW", 12000),
        ("１９．９０", "USD", 1990),
        ("＄１９", "USD", 1900),
        ("١٩٫٩٠", "USD", 1990),
        ("1.234", "KWD", 1234),
        ("1,234.500", "KWD", 1234500),
        ("5", "BHD", 5000),
        ("999999999999", "JPY", 999999999999),
        ("19.90", "usd", 1990),
    ],
)
def test_a_price_is_read_as_it_is_written_around_the_world(text: str, currency: str, amount: int) -> None:
    assert Money.parse(text, currency) == Money(amount, currency.upper())


@pytest.mark.parametrize(
    ("text", "currency", "sentence"),
    [
        ("", "USD", "There is no price. Send a number, for example 5.00."),
        (" \u200b ", "USD", "There is no price. Send a number, for example 5.00."),
        ("-5", "USD", "A price cannot be negative. Send a number, for example 5.00."),
        ("−5", "USD", "A price cannot be negative. Send a number, for example 5.00."),
        ("$-5", "USD", "A price cannot be negative. Send a number, for example 5.00."),
        ("($5)", "USD", "A price cannot be negative. Send a number, for example 5.00."),
        ("NaN", "USD", "“NaN” is not a price. Send one number, for example 5.00."),
        ("inf", "JPY", "“inf” is not a price. Send one number, for example 5."),
        ("free", "USD", "“free” is not a price. Send one number, for example 5.00."),
        ("5 each", "USD", "“5 each” is not a price. Send one number, for example 5.00."),
        ("1e5", "USD", "“1e5” is not a price. Send one number, for example 5.00."),
        ("+5", "USD", "“+5” is not a price. Send one number, for example 5.00."),
        ("5-10", "USD", "“5-10” is not a price. Send one number, for example 5.00."),
        ("5 10", "USD", "“5 10” is not one number. Send it like 5.00."),
        ("1,2,3", "USD", "“1,2,3” is not one number. Send it like 5.00."),
        ("12,34,5", "USD", "“12,34,5” is not one number. Send it like 5.00."),
        ("1.234,567.89", "USD", "“1.234,567.89” is not one number. Send it like 5.00."),
        ("1..5", "USD", "“1..5” is not one number. Send it like 5.00."),
        ("19.999", "USD", None),
        ("1234.500", "USD", "“1234.500” has too many decimals: USD has 2 decimals, for example 5.00."),
        ("0.500", "USD", "“0.500” has too many decimals: USD has 2 decimals, for example 5.00."),
        ("19.90", "JPY", "“19.90” has too many decimals: JPY has no decimals, for example 5."),
        ("1,234", "KWD", "“1,234” could be 1234 or 1.234. Send it without the comma."),
        ("1234567890123", "USD", "“1234567890123” is too large: a price has at most 12 digits."),
        (
            "¥500",
            "USD",
            "¥500 looks like JPY or CNY, but this show is in USD. Send the price in USD, for example 5.00.",
        ),
        (
            "19.90 EUR",
            "USD",
            "19.90 EUR looks like EUR, but this show is in USD. Send the price in USD, for example 5.00.",
        ),
        (
            "$5",
            "EUR",
            "$5 looks like USD or another currency written $, but this show is in EUR. "
            "Send the price in EUR, for example 5.00.",
        ),
        (
            "NT$500",
            "JPY",
            "NT$500 looks like TWD, but this show is in JPY. Send the price in JPY, for example 5.",
        ),
        ("5", "XXX", "“XXX” is not a currency code such as USD."),
        ("5", "", "“” is not a currency code such as USD."),
    ],
)
def test_what_is_no_price_is_refused_with_a_sentence(text: str, currency: str, sentence: str | None) -> None:
    if sentence is None:
        assert Money.parse(text, currency) == Money(1999900, currency)  # three digits group thousands
        return
    with pytest.raises(MoneyError) as refused:
        Money.parse(text, currency)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("amount", "currency", "shown", "plain"),
    [
        (1990, "USD", "19.90 USD", "19.90"),
        (5, "USD", "0.05 USD", "0.05"),
        (123456789, "USD", "1,234,567.89 USD", "1234567.89"),
        (1250, "JPY", "1,250 JPY", "1250"),
        (1234, "KWD", "1.234 KWD", "1.234"),
        (-1990, "USD", "-19.90 USD", "-19.90"),
        (100, "TWD", "1.00 TWD", "1.00"),
    ],
)
def test_money_is_shown_with_its_currency(amount: int, currency: str, shown: str, plain: str) -> None:
    money = Money(amount, currency)
    assert (money.show(), str(money), money.plain()) == (shown, shown, plain)


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF"),
        (2, "USD EUR GBP TWD HUF IDR THB PHP COP CZK SEK NOK DKK HKD SGD MYR CNY RSD ALL LAK MMK"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    ],
)
def test_minor_units_are_those_payment_services_count(digits: int, codes: str) -> None:
    assert {code: minor_digits(code) for code in codes.split()} == dict.fromkeys(codes.split(), digits)


def test_currencies_are_those_in_use_today() -> None:
    assert {"USD", "EUR", "JPY", "TWD", "VND", "XAF"} <= currencies()
    assert not is_currency("DEM")
    assert not is_currency("usd")
    assert not is_currency("XTR")


def test_money_adds_within_one_currency_only() -> None:
    assert Money(1990, "USD") + Money(10, "USD") == Money(2000, "USD")
    with pytest.raises(MoneyError, match=r"19\.90 USD and 500 JPY are different currencies"):
        Money(1990, "USD") + Money(500, "JPY")


def test_a_price_is_multiplied_by_a_number_of_pieces() -> None:
    assert Money(1990, "USD") * 3 == 3 * Money(1990, "USD") == Money(5970, "USD")
    with pytest.raises(TypeError):
        Money(1990, "USD") * 1.5  # type: ignore[operator]


@pytest.mark.parametrize("amount", [19.9, True, "5"])
def test_money_is_never_a_float(amount: object) -> None:
    with pytest.raises(TypeError, match="whole minor units"):
        Money(amount, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["usd", "", "US$"])
def test_money_needs_a_currency_in_capitals(currency: str) -> None:
    with pytest.raises(MoneyError, match="is not a currency code"):
        Money(5, currency)


@given(st.integers(0, 10**12 - 1), st.sampled_from(sorted(currencies())))
def test_what_we_show_we_can_read(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.parse(money.show(), currency) == money
    assert Money.parse(money.plain(), currency) == money


@given(st.text(), st.sampled_from(["USD", "JPY", "KWD", "EUR"]))
def test_any_text_is_an_amount_or_a_sentence(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except MoneyError as refused:
        outcome = str(refused)
    else:
        outcome = money.show()
    assert outcome.endswith((".", f" {currency}"))
