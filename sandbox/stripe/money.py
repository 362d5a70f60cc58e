"""What Stripe says about money: currencies, the least it will charge, and how an amount is written out."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.errors import Refused

MOST = 99_999_999
"""Eight digits. https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""

LEAST_CHARGE = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""In minor units. For other currencies the settled equivalent decides; here, anything above zero will do."""

_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMAL = "bhd jod kwd omr tnd"
_TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf
    cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils
    inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn
    nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd
    std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer zar zmw
"""

ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
THREE_DECIMAL = frozenset(_THREE_DECIMAL.split())
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | frozenset(_TWO_DECIMAL.split())
"""https://docs.stripe.com/currencies"""


def currency(given: str, param: str = "currency") -> str:
    """The currency in the lower case Stripe answers with."""
    lower = given.lower()
    if lower not in CURRENCIES:
        raise Refused(
            f"Invalid currency: {lower}. Stripe currently supports these currencies: {', '.join(sorted(CURRENCIES))}",
            param=param,
        )
    return lower


def within_limit(amount: int, code: str, param: str = "amount") -> int:
    """The amount, unless it has more than eight digits or a third decimal that is not zero."""
    if abs(amount) > MOST:
        raise Refused(f"Amount must be no more than {written(MOST, code)}", code="amount_too_large", param=param)
    if code in THREE_DECIMAL and amount % 10:
        raise Refused(f"Amounts in {code} must end in 0.", code="parameter_invalid_integer", param=param)
    return amount


def chargeable(amount: int, code: str, param: str = "amount") -> int:
    """The amount, unless it is below the least Stripe charges."""
    least = LEAST_CHARGE.get(code, 1)
    if amount < least:
        raise Refused(f"Amount must be at least {written(least, code)} {code}", code="amount_too_small", param=param)
    return within_limit(amount, code, param)


def times(unit_amount: Decimal, quantity: int) -> int:
    """A unit price, perhaps with fractions of a cent, for a quantity: in whole minor units."""
    return int((unit_amount * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def plain(number: Decimal) -> str:
    """A decimal as Stripe writes `*_decimal` fields: no exponent, no trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def written(amount: int, code: str) -> str:
    """An amount for a person: `$12.50`, `¥1,250`, `KWD 3.500`."""
    places = 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2
    symbol = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(code, f"{code.upper()} ")
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{Decimal(abs(amount)).scaleb(-places):,.{places}f}"
