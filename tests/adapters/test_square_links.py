"""Payment links at Square: one per order, gone when it is let go of, and paid by what came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.base import CheckoutStyle
from bot.domain.invoice import LineKind
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from tests.adapters.square_shop import ORDER, SquareShop, a_square_shop, line

LINK = CheckoutStyle.PAYMENT_LINK
ASKED = replace(ORDER, style=LINK, return_url="https://assist.example/pay/abc", fee_cents=120)


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


async def test_a_link_is_one_call_and_leads_back_to_us(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    (link,) = shop.all("payment_link")
    assert shop.calls == ["POST /v2/online-checkout/payment-links", f"GET /v2/orders/{link['order_id']}"]
    assert (placed.external_id, placed.url, placed.state) == (link["order_id"], link["url"], "open")
    assert placed.total == Money(4150, "USD")
    assert link["checkout_options"] == {
        "allow_tipping": False,
        "redirect_url": "https://assist.example/pay/abc",
        "app_fee_money": {"amount": 120, "currency": "USD"},
    }


async def test_the_same_order_again_is_the_same_link(shop: SquareShop) -> None:
    assert await shop.provider.place_invoice(ASKED) == await shop.provider.place_invoice(ASKED)
    assert len(shop.all("payment_link")) == 1


@pytest.mark.parametrize("fault", ["drop_response", "status_after", "cut"])
@pytest.mark.parametrize("step", ["/payment-links", "/v2/orders/"])
async def test_a_lost_answer_makes_no_second_link(shop: SquareShop, fault: str, step: str) -> None:
    shop.square.fail(fault, path=step)
    placed = await shop.place_until_done(ASKED)
    assert [one["url"] for one in shop.all("payment_link")] == [placed.url]


async def test_a_lost_answer_is_found_again_a_day_later(shop: SquareShop) -> None:
    shop.square.fail("drop_response", path="/payment-links")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ASKED)
    shop.clock.now += timedelta(hours=25)
    placed = await shop.provider.place_invoice(ASKED)
    assert [one["url"] for one in shop.all("payment_link")] == [placed.url]


async def test_one_that_was_begun_is_found_by_its_order(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    assert await shop.provider.place_invoice(replace(ASKED, external_id=placed.external_id)) == placed


async def test_a_link_without_a_price_is_refused(shop: SquareShop) -> None:
    with pytest.raises(Refused, match="needs all its prices"):
        await shop.provider.place_invoice(replace(ASKED, lines=(line(), line(unit_cents=None))))
    assert not shop.square.calls


async def test_what_is_taken_off_is_off_the_link(shop: SquareShop) -> None:
    lines = (line(), line("", title="Shipping", unit_cents=500, kind=LineKind.SHIPPING))
    off = line("", title="Credit", unit_cents=-2700, kind=LineKind.CREDIT)
    placed = await shop.provider.place_invoice(replace(ASKED, lines=(*lines, off)))
    assert placed.total == Money(300, "USD")


async def test_one_that_is_paid_says_so_though_its_order_stays_open(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    shop.square.pay(placed.external_id)
    assert [one["state"] for one in shop.all("order")] == ["OPEN"]
    found = await shop.provider.ask_invoice(placed.external_id, LINK)
    assert (found.state, found.amount_paid) == ("paid", 4150)
    assert (await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "paid"
    assert len(shop.all("payment_link")) == 1


async def test_one_that_is_paid_by_a_gift_card_and_a_card_is_paid_when_both_came(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    shop.square.pay(placed.external_id, 2000)
    found = await shop.provider.ask_invoice(placed.external_id, LINK)
    assert (found.state, found.amount_paid) == ("open", 2000)
    shop.square.pay(placed.external_id)
    found = await shop.provider.ask_invoice(placed.external_id, LINK)
    assert (found.state, found.amount_paid) == ("paid", 4150)
    assert [one.amount.amount for one in await shop.provider.payments_of(placed.external_id, LINK)] == [2000, 2150]


async def test_an_order_that_has_no_sum_due_any_more_is_paid(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    (order,) = shop.all("order")
    del order["net_amount_due_money"]
    assert (await shop.provider.ask_invoice(placed.external_id, LINK)).state == "open"
    shop.square.pay(placed.external_id)
    del order["net_amount_due_money"]
    assert (await shop.provider.ask_invoice(placed.external_id, LINK)).state == "paid"


async def test_a_link_that_is_let_go_of_is_deleted_with_its_order(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    await shop.provider.place_invoice(replace(ASKED, invoice_id=8))
    for _ in range(2):
        assert (await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "void"
    assert len(shop.all("payment_link")) == 1
    assert sorted(one["state"] for one in shop.all("order")) == ["CANCELED", "DRAFT"]


@pytest.mark.parametrize("fault", ["drop_response", "status_after", "cut"])
async def test_a_lost_answer_to_deleting_is_deleted_all_the_same(shop: SquareShop, fault: str) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    shop.square.fail(fault, path="/payment-links/", method="DELETE")
    try:
        await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)
    except OutcomeUnknown:
        assert fault == "cut"
    assert (await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "void"
    assert not shop.all("payment_link")


async def test_a_link_somebody_deleted_without_its_order_is_closed_too(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    shop.books.drop("payment_link", shop.all("payment_link")[0]["id"])
    assert (await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "void"


async def test_nobody_is_sent_to_a_link_that_is_gone(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    for gone in ("payment_link", ""):
        if gone:
            shop.books.drop(gone, shop.all(gone)[0]["id"])
        else:
            await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)
        with pytest.raises(Refused, match="was deleted at Square"):
            await shop.provider.place_invoice(replace(ASKED, external_id=placed.external_id))


async def test_what_square_says_is_cancelled_with_its_link_is_not_asked_about_again(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)
    assert shop.calls[-1].startswith("DELETE /v2/online-checkout/payment-links/")


async def test_a_link_is_found_among_very_many(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ASKED)
    for number in range(1100):
        shop.books.keep("payment_link", {"id": f"X{number}", "order_id": f"O{number}", "version": 1, "url": "x"})
    shop.books.drop("payment_link", (link := shop.all("payment_link")[0])["id"])
    shop.books.keep("payment_link", link)
    assert (await shop.provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "void"
    assert shop.calls.count("GET /v2/online-checkout/payment-links") == 2
