"""Clover's pages to pay on: opened when the buyer comes, to the cent, for a quarter of an hour."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.clover import carts
from adapters.clover.checkouts import read_time
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused
from sandbox.clover import MERCHANT_ID, PRIVATE_KEY
from tests.adapters.clover_shop import BANGLE, COUPON, NOW, ORDER, RINGS, Town, a_town, order

CHECKOUTS = "/invoicingcheckoutservice/v1/checkouts"


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as opened:
        yield opened


async def test_a_click_opens_a_page_over_what_is_to_be_paid(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    assert page.state == "open"
    assert page.url is not None
    assert page.url.startswith(f"{town.clover.url}/checkout/{page.external_id}")
    assert page.total == Money(4100, "USD")
    assert page.expires_at == NOW + timedelta(minutes=15)
    (asked,) = town.asked("POST", CHECKOUTS)
    assert json.loads(asked) == {
        "customer": {},
        "shoppingCart": {
            "lineItems": [
                {"name": "12 Jade bangle (green)", "price": 2500, "unitQty": 1, "note": "Friday · Lan · invoice-7"},
                {"name": "7 Ring", "price": 800, "unitQty": 2},
            ]
        },
        "redirectUrls": {
            "success": "https://shop.example/pay/t0ken?paid",
            "failure": "https://shop.example/pay/t0ken",
            "cancel": "https://shop.example/pay/t0ken",
        },
    }


async def test_with_something_taken_off_the_page_has_one_line_over_what_is_left(town: Town) -> None:
    page = await town.provider.open_checkout(order(BANGLE, RINGS, COUPON), key="k")
    session = town.clover.merchant.sessions[page.external_id]
    assert session.total == 2500 + 1600 - 505
    assert [line["name"] for line in session.lines] == ["12 Jade bangle (green), 2 × 7 Ring, less Coupon HELLO"]


async def test_what_costs_nothing_is_not_on_the_page(town: Town) -> None:
    gift = Line(code="99", title="Gift", options=(), quantity=1, unit_cents=0)
    page = await town.provider.open_checkout(order(gift, RINGS), key="k")
    assert [line["name"] for line in town.clover.merchant.sessions[page.external_id].lines] == ["7 Ring"]


line = st.builds(
    Line,
    kind=st.sampled_from([LineKind.ITEM, LineKind.SHIPPING, LineKind.TAX]),
    code=st.text(max_size=5),
    title=st.text(max_size=200),
    options=st.just(()),
    quantity=st.integers(1, 9),
    unit_cents=st.integers(0, 100_000),
)
less = st.builds(
    Line,
    kind=st.sampled_from([LineKind.DISCOUNT, LineKind.CREDIT, LineKind.PAYMENT]),
    code=st.just(""),
    title=st.text(max_size=200),
    options=st.just(()),
    quantity=st.just(1),
    unit_cents=st.integers(-100_000, -1),
)


@given(st.lists(line, min_size=1, max_size=8), st.lists(less, max_size=3))
def test_whatever_is_on_it_the_cart_comes_to_the_same_cent(lines: list[Line], taken_off: list[Line]) -> None:
    asked = order(*lines, *taken_off)
    if asked.total.amount <= 0:
        with pytest.raises(Refused, match="nothing to pay"):
            carts.check(asked, "USD")
        return
    cart = carts.lines(asked)
    assert sum(one["price"] * one["unitQty"] for one in cart) == asked.total.amount
    assert all(one["price"] > 0 and 1 <= len(one["name"]) <= 127 for one in cart)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/pay",
        "https://localhost/pay",
        "https://127.0.0.1/pay",
        "https://10.0.0.7:8080/pay",
        "https://[::1]/pay",
        "https://shop.local/pay",
        "https://intranet/pay",
    ],
)
async def test_where_nobody_can_go_back_to_is_not_named(town: Town, url: str) -> None:
    page = await town.provider.open_checkout(order(success_url=url, cancel_url=url), key="k")
    assert town.clover.merchant.sessions[page.external_id].redirects == {}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (order(currency="CAD"), "charges in USD"),
        (order(BANGLE, COUPON, Line(kind=LineKind.CREDIT, code="", title="", options=(), quantity=1, unit_cents=-1995)),
         "nothing to pay"),
        (order(Line(code="1", title="Ring", options=(), quantity=1, unit_cents=None)), "no price"),
    ],
    ids=["another currency", "nothing left", "no price"],
)  # fmt: skip
async def test_what_clover_would_get_wrong_is_refused_before_it_is_asked(town: Town, asked: Any, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await town.provider.open_checkout(asked, key="k")
    assert town.asked("POST", CHECKOUTS) == []


async def test_a_key_that_may_not_know_the_currency_charges_dollars_and_no_dong(town: Town) -> None:
    town.clover.merchant.key_reads_platform = False
    assert (await town.provider.open_checkout(ORDER, key="k")).state == "open"
    with pytest.raises(Refused, match="USD or CAD"):
        await town.provider.open_checkout(order(currency="VND"), key="k")


async def test_the_currency_is_asked_for_once(town: Town) -> None:
    for _ in range(3):
        await town.provider.open_checkout(ORDER, key="k")
    assert len(town.asked("GET", "/properties")) == 1


async def test_a_lost_answer_leaves_a_page_that_nobody_pays_on(town: Town) -> None:
    town.clover.fail("drop_response", method="POST", path=CHECKOUTS)
    with pytest.raises(OutcomeUnknown):
        await town.provider.open_checkout(ORDER, key="k")
    page = await town.provider.open_checkout(ORDER, key="k")
    town.clover.pay(page.external_id)
    town.seconds += 15 * 60
    assert town.clover.books()[MERCHANT_ID]["pages"] == {"expired": 1, "paid": 1}


async def test_a_page_is_open_then_paid(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    asked = await town.provider.ask_checkout(page.external_id)
    assert (asked.state, asked.url, asked.total) == ("open", page.url, ORDER.total)
    payment = town.clover.pay(page.external_id)
    asked = await town.provider.ask_checkout(page.external_id)
    assert (asked.state, asked.url, asked.payment_id, asked.total) == ("paid", None, payment.id, ORDER.total)


async def test_a_page_ends_after_a_quarter_of_an_hour(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    town.seconds += 15 * 60 - 1
    assert (await town.provider.ask_checkout(page.external_id)).state == "open"
    town.seconds += 1
    assert (await town.provider.ask_checkout(page.external_id)).state == "expired"


async def test_a_page_that_clover_does_not_show_is_neither_open_nor_over(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    town.clover.merchant.pages_can_be_asked = False
    for deed in (town.provider.ask_checkout, town.provider.close_checkout):
        with pytest.raises(Refused):
            await deed(page.external_id)


async def test_a_page_that_is_asked_about_has_the_address_it_was_opened_with(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    assert (await town.provider.ask_checkout(page.external_id)).keeps_url


async def test_a_page_cannot_be_closed_and_that_is_what_is_said(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    assert (await town.provider.close_checkout(page.external_id)).state == "open"
    town.clover.pay(page.external_id)
    assert (await town.provider.close_checkout(page.external_id)).state == "paid"


async def test_the_key_of_somebody_else_opens_nothing(town: Town) -> None:
    for keys in ({"merchant_id": MERCHANT_ID, "private_key": "0" * 36}, {"merchant_id": "0THER0000SH0P",
                 "private_key": PRIVATE_KEY}):  # fmt: skip
        provider = town.opened(keys)
        with pytest.raises(Refused) as no:
            await provider.open_checkout(ORDER, key="k")
        await provider.close()
        assert isinstance(no.value, NotAuthorised) or "X-Clover-Merchant-Id" in no.value.message
    assert town.clover.merchant.sessions == {}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2025-07-04T23:57:25.541+0000", 1751673445.541),
        ("2022-03-03@02:02:42.839+0000", 1646272962.839),
        ("2025-07-04 23:57:25Z", 1751673445),
        ("2025-07-04T19:57:25.541-04:00", 1751673445.541),
        (1751673445541, 1751673445.541),
        (1751673445, 1751673445),
    ],
)
def test_every_way_in_which_clover_writes_a_moment_is_read(written: Any, seconds: float) -> None:
    found = read_time(written)
    assert found is not None
    assert found.timestamp() == pytest.approx(seconds)


@pytest.mark.parametrize("written", ["", "soon", "2025-13-45T00:00:00Z", None, True, -1, 10**20, [], {}])
def test_what_is_no_moment_is_none(written: Any) -> None:
    assert read_time(written) is None
