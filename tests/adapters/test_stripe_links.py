"""Payment links at Stripe: each exists once, takes one payment, and is closed with the pages it has opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from adapters.base import PaymentState
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from sandbox.stripe.payments import BANK
from tests.at_stripe import DISCOUNT, LINES, LINK, ORDER, PAGE, STRIPES_FAILURE, AtStripe

LINKS = "/v1/payment_links"
BY_LINK = replace(ORDER, style=LINK)


def links(shop: AtStripe) -> int:
    """How many links there are."""
    return len(list(shop.books.all("payment_link")))


async def test_a_link_takes_one_call_and_one_payment(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(BY_LINK)
    assert shop.calls == [f"POST {LINKS}"]
    assert placed.external_id.startswith("plink_")
    assert (placed.state, placed.total, placed.amount_paid) == ("open", Money(4150, "USD"), 0)
    assert placed.url is not None
    asked = shop.asked(f"POST {LINKS}")
    assert asked["restrictions"] == {"completed_sessions": {"limit": "1"}}
    assert asked["metadata"] == {
        "live_assist_workspace": "5h0p",
        "live_assist_invoice": "7",
        "live_assist_attempt": "1",
        "live_assist_buyer": "3",
        "live_assist_number": "2026-0007",
        "live_assist_total": "4150",
    }
    assert asked["inactive_message"] == "This link is closed. Ask the seller for a new one."


async def test_a_buyer_follows_the_link_pays_and_nobody_can_pay_again(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    placed = await shop.provider.place_invoice(BY_LINK)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(str(placed.url)) as shown:
            assert "A7 Silk scarf" in await shown.text()
            page = shown.url
        async with browser.post(page, data={"choice": "pay"}) as paid:
            assert "is paid" in await paid.text()
        async with browser.get(str(placed.url)) as again:
            assert "This link is closed" in await again.text()
    asked = await shop.provider.ask_invoice(placed.external_id, LINK)
    assert (asked.state, asked.amount_paid, asked.url) == ("paid", 4150, None)
    (fact,) = await shop.facts()
    assert (fact.state, fact.external_id, fact.amount) == (PaymentState.PAID, placed.external_id, Money(4150, "USD"))
    assert (fact.workspace_uid, fact.invoice_id) == ("5h0p", 7)
    assert fact.checkout_id is not None
    assert await shop.provider.find_invoice(str(fact.payment_id)) == placed.external_id


async def test_that_somebody_left_the_page_says_nothing_of_the_link(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    placed = await shop.provider.place_invoice(BY_LINK)
    shop.stripe.visit_link(placed.external_id)
    shop.clock.now += timedelta(hours=25)
    assert (await shop.provider.ask_invoice(placed.external_id, LINK)).state == "open"
    assert [(one.kind, one.state) for one in await shop.facts()] == [("checkout.session.expired", PaymentState.UNKNOWN)]


@pytest.mark.parametrize("lines", [(*LINES, DISCOUNT), tuple(replace(LINES[0], code=str(n)) for n in range(21))])
async def test_what_a_link_does_not_take_becomes_one_item(shop_at_stripe: AtStripe, lines: tuple[object, ...]) -> None:
    shop = shop_at_stripe
    order = replace(BY_LINK, lines=lines)
    placed = await shop.provider.place_invoice(order)
    assert placed.total == order.total
    assert len(shop.asked(f"POST {LINKS}")["line_items"]) == 1
    assert shop.stripe.visit_link(placed.external_id)["amount_total"] == order.total.amount


async def test_a_link_over_something_unpriced_is_refused(shop_at_stripe: AtStripe) -> None:
    with pytest.raises(Refused, match="has no price yet"):
        await shop_at_stripe.provider.place_invoice(replace(BY_LINK, lines=(replace(LINES[0], unit_cents=None),)))
    assert shop_at_stripe.calls == []


async def test_the_same_order_again_is_the_same_link_and_another_attempt_another(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    first = await shop.provider.place_invoice(BY_LINK)
    assert await shop.provider.place_invoice(BY_LINK) == first
    assert await shop.provider.place_invoice(replace(BY_LINK, external_id=first.external_id)) == first
    assert (await shop.provider.place_invoice(replace(BY_LINK, attempt=2))).external_id != first.external_id
    assert links(shop) == 2


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=25)])
async def test_a_lost_answer_and_a_repeat_make_one_link(shop_at_stripe: AtStripe, later: timedelta) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("drop_response", method="POST", path=LINKS)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(BY_LINK)
    for number in range(150):  # more than a page of the seller's own
        (ours,) = [one for one in shop.books.all("payment_link") if one["metadata"]]
        shop.books.keep({**ours, "id": f"plink_{number}", "metadata": {}})
    shop.clock.now += later
    assert (await shop.provider.place_invoice(BY_LINK)).external_id == ours["id"]
    assert links(shop) == 151


async def test_a_failure_of_stripes_is_looked_into_and_passed_by(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("status_after", method="POST", path=LINKS, status=500, body=STRIPES_FAILURE)
    await shop.provider.place_invoice(BY_LINK)
    assert links(shop) == 1
    shop.stripe.crash(path=LINKS)
    await shop.provider.place_invoice(replace(BY_LINK, attempt=2))
    assert links(shop) == 2


async def test_a_closed_link_takes_no_money_nor_does_a_page_it_had_opened(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(BY_LINK)
    page = shop.stripe.visit_link(placed.external_id)["id"]
    assert (await shop.provider.void_invoice(placed.external_id, key="v1", style=LINK)).state == "void"
    assert (await shop.provider.ask_checkout(page)).state == "expired"
    assert (await shop.provider.void_invoice(placed.external_id, key="v1", style=LINK)).state == "void"
    with pytest.raises(Refused, match="was closed at Stripe"):
        await shop.provider.place_invoice(replace(BY_LINK, external_id=placed.external_id))


async def test_a_link_that_was_paid_cannot_be_taken_back(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(BY_LINK)
    shop.stripe.pay_session(shop.stripe.visit_link(placed.external_id)["id"])
    closed = await shop.provider.void_invoice(placed.external_id, key="v1", style=LINK)
    assert (closed.state, closed.amount_paid) == ("paid", 4150)
    assert await shop.provider.place_invoice(replace(BY_LINK, external_id=placed.external_id)) == closed


async def test_a_payment_under_way_keeps_a_link_open_without_a_page(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(BY_LINK)
    session = shop.stripe.visit_link(placed.external_id)["id"]
    shop.stripe.pay_session(session, BANK)
    asked = await shop.provider.ask_invoice(placed.external_id, LINK)
    assert (asked.state, asked.url, asked.amount_paid) == ("open", None, 0)
    shop.stripe.settle_session(session)
    assert (await shop.provider.ask_invoice(placed.external_id, LINK)).state == "paid"


async def test_the_platforms_share_is_taken_from_a_connected_accounts_link_only(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    order = replace(BY_LINK, fee_cents=124)
    await shop.provider.place_invoice(order)
    assert "application_fee_amount" not in shop.asked(f"POST {LINKS}")
    seller = shop.for_seller()
    placed = await seller.place_invoice(replace(order, first_tried_at=shop.clock.now))
    assert shop.asked(f"POST {LINKS}")["application_fee_amount"] == "124"
    shop.stripe.pay_session(shop.stripe.visit_link(placed.external_id)["id"])
    (charge,) = shop.stripe.accounts["acct_seller"].all("charge")
    assert charge["application_fee_amount"] == 124


async def test_a_page_is_opened_and_not_placed(shop_at_stripe: AtStripe) -> None:
    with pytest.raises(Refused, match="opened when the buyer comes"):
        await shop_at_stripe.provider.place_invoice(replace(ORDER, style=type(LINK).CHECKOUT))
    assert PAGE.total == ORDER.total
