"""The light of a buyer: how they pay, from what they won, paid and owe in every show."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.buyer import Account, Light, light, owed


def account(show_id: int = 1, *, over: bool = True, currency: str = "USD", **counted: Any) -> Account:
    return Account(show_id=show_id, over=over, currency=currency, **counted)


PAID = account(1, paid=1)
UNPAID = account(2, unpaid=1, unpaid_cents=1990)
PARTLY = account(3, unpaid=1, partly_paid=1, unpaid_cents=500)
ONE_OF_TWO = account(4, paid=1, unpaid=1, unpaid_cents=700)
WON_TONIGHT = account(5, over=False, won=1, won_cents=300)
WON_BEFORE = account(6, won=1, won_cents=300)
UNPRICED_BEFORE = account(7, won=1)


@pytest.mark.parametrize(
    ("accounts", "shown"),
    [
        ([], Light.GREY),
        ([WON_TONIGHT], Light.GREEN),
        ([PAID], Light.GREEN),
        ([PAID, WON_TONIGHT], Light.GREEN),
        ([UNPAID], Light.RED),
        ([WON_BEFORE], Light.RED),
        ([UNPRICED_BEFORE], Light.RED),
        ([PAID, UNPAID], Light.RED),
        ([PARTLY], Light.YELLOW),
        ([ONE_OF_TWO], Light.YELLOW),
        ([PARTLY, ONE_OF_TWO, PAID, WON_TONIGHT], Light.YELLOW),
        ([PARTLY, UNPAID], Light.RED),
    ],
)
def test_the_light_says_how_a_buyer_pays(accounts: list[Account], shown: Light) -> None:
    assert light(accounts) is shown
    assert light(reversed(accounts)) is shown


def test_what_is_due_is_summed_up_by_currency_and_tonight_is_not_due_yet() -> None:
    in_euros = account(8, currency="EUR", unpaid=1, unpaid_cents=1200)
    assert owed([PAID, UNPAID, WON_BEFORE, WON_TONIGHT, in_euros]) == {"USD": 2290, "EUR": 1200}
    assert owed([PAID, WON_TONIGHT]) == {}
