"""Pages for somebody else's orders at Square: one link for each, paid by what came, and gone when it is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.base import CheckoutOrder, CheckoutStyle
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from tests.adapters.square_shop import SquareShop, a_square_shop, line, until_done

CHECKOUT = CheckoutStyle.CHECKOUT
ORDERED = CheckoutOrder(
    workspace_uid="5h0p00000000cafe",
    order_id="web-1001/" + "x" * 190,
    invoice_id=None,
    currency="USD",
    lines=(line("", title="Blue dress", quantity=2, unit_cents=1990),),
    title="Two dresses",
    customer_id=None,
    buyer_name="",
    success_url="https://shop.example/thanks",
    cancel_url="https://shop.example/cart",
    fee_cents=0,
)


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


async def test_an_order_has_a_link_for_a_page_and_the_same_one_for_the_same_key(shop: SquareShop) -> None:
    page = await shop.provider.open_checkout(ORDERED, key="la-page-5h0p00000000cafe-1-1-and-more-than-square-takes")
    assert page == await shop.provider.open_checkout(
        ORDERED, key="la-page-5h0p00000000cafe-1-1-and-more-than-square-takes"
    )
    (link,), (made,) = shop.all("payment_link"), shop.all("order")
    assert (page.external_id, page.url, page.state, page.expires_at) == (made["id"], link["url"], "open", None)
    assert page.total == Money(3980, "USD")
    assert link["checkout_options"] == {"allow_tipping": False, "redirect_url": "https://shop.example/thanks"}
    assert made["reference_id"] == "web-1001/" + "x" * 30 + "…"
    assert made["metadata"]["live_assist_order"] == ORDERED.order_id
    again = await shop.provider.open_checkout(ORDERED, key="k2")
    assert again.external_id != page.external_id


async def test_a_page_that_is_asked_about_keeps_its_address_and_costs_one_call(shop: SquareShop) -> None:
    page = await shop.provider.open_checkout(ORDERED, key="k")
    before = len(shop.calls)
    asked = await shop.provider.ask_checkout(page.external_id)
    assert (asked.state, asked.keeps_url) == ("open", True)
    assert shop.calls[before:] == [f"GET /v2/orders/{page.external_id}"]


async def test_a_page_is_paid_when_all_of_it_came(shop: SquareShop) -> None:
    page = await shop.provider.open_checkout(ORDERED, key="k")
    shop.square.pay(page.external_id, 1000)
    assert (await shop.provider.ask_checkout(page.external_id)).state == "open"
    payment = shop.square.pay(page.external_id)["id"]
    assert (await shop.provider.ask_checkout(page.external_id)).state == "paid"
    assert (await shop.provider.close_checkout(page.external_id)).state == "paid"
    assert [one.amount.amount for one in await shop.provider.payments_of(page.external_id, CHECKOUT)] == [1000, 2980]
    assert await shop.provider.find_invoice(payment) == page.external_id


async def test_a_page_that_is_closed_takes_its_order_with_it(shop: SquareShop) -> None:
    page = await shop.provider.open_checkout(ORDERED, key="k")
    assert (await shop.provider.close_checkout(page.external_id)).state == "expired"
    assert [one["state"] for one in shop.all("order")] == ["CANCELED"]
    assert not shop.all("payment_link")
    assert (await shop.provider.ask_checkout(page.external_id)).state == "expired"


@pytest.mark.parametrize("fault", ["drop_response", "status_after", "cut"])
async def test_a_lost_answer_opens_no_second_page(shop: SquareShop, fault: str) -> None:
    shop.square.fail(fault, path="/payment-links")
    page = await until_done(lambda: shop.provider.open_checkout(ORDERED, key="k"))
    assert [one["url"] for one in shop.all("payment_link")] == [page.url]


async def test_a_key_that_was_used_with_another_way_back_finds_its_page(shop: SquareShop) -> None:
    shop.square.fail("drop_response", path="/payment-links")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.open_checkout(ORDERED, key="k")
    elsewhere = replace(ORDERED, success_url="https://shop.example/thank-you")
    page = await shop.provider.open_checkout(elsewhere, key="k")
    assert [one["url"] for one in shop.all("payment_link")] == [page.url]


async def test_what_square_would_refuse_is_refused_before_it_is_asked(shop: SquareShop) -> None:
    for lines in ((), (line(unit_cents=0),), tuple(line() for _ in range(501))):
        with pytest.raises(Refused):
            await shop.provider.open_checkout(replace(ORDERED, lines=lines), key="k")
    assert not shop.square.calls


async def test_another_currency_than_the_locations_is_refused_with_what_to_do(shop: SquareShop) -> None:
    with pytest.raises(Refused, match="currency of your Square location"):
        await shop.provider.open_checkout(replace(ORDERED, currency="EUR"), key="k")
    assert not shop.all("payment_link")
