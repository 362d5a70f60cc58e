"""Checkout pages at Stripe: opened when the buyer comes, once per key, and paid when the money is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from adapters.base import CheckoutOrder, PaymentState
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from sandbox.stripe.payments import BANK
from tests.at_stripe import DISCOUNT, LINES, PAGE, STARTED, STRIPES_FAILURE, AtStripe

SESSIONS = "/v1/checkout/sessions"
OURS = ("5h0p", 7, "invoice-7")
"""Workspace, invoice and order, as every fact of a page names them."""


def sessions(shop: AtStripe) -> int:
    """How many pages there are."""
    return len(list(shop.books.all("checkout.session")))


async def test_a_page_is_over_what_is_owed_and_says_whose_it_is(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    page = await shop.provider.open_checkout(PAGE, key="c1")
    assert (page.state, page.total, page.payment_id) == ("open", Money(4150, "USD"), None)
    assert page.url is not None
    assert page.expires_at == STARTED + timedelta(hours=24)
    asked = shop.asked(f"POST {SESSIONS}")
    marks = {"live_assist_workspace": "5h0p", "live_assist_order": "invoice-7", "live_assist_key": "c1"}
    marks |= {"live_assist_invoice": "7"}
    assert asked["metadata"] == asked["payment_intent_data"]["metadata"] == marks
    assert asked["client_reference_id"] == "invoice-7"
    assert asked["mode"] == "payment"
    assert "payment_method_types" not in asked
    assert "customer" not in asked
    (kept,) = shop.books.all("checkout.session")
    items = [(one["description"], one["quantity"], one["amount_total"]) for one in kept["line_items"]["data"]]
    assert items == [("12 Jade bangle (green)", 1, 2500), ("A7 Silk scarf", 2, 1650)]


async def test_a_buyer_who_is_known_is_named_and_one_the_seller_deleted_is_not(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    customer = (await shop.provider._client.call(shop.provider._client.v1.customers.create_async({"name": "Lan"})))[
        "id"
    ]
    await shop.provider.open_checkout(replace(PAGE, customer_id=customer), key="c1")
    assert shop.asked(f"POST {SESSIONS}")["customer"] == customer
    page = await shop.provider.open_checkout(replace(PAGE, customer_id="cus_gone"), key="c2")
    assert page.state == "open"
    assert "customer" not in shop.asked(f"POST {SESSIONS}")


async def test_what_is_taken_off_makes_one_item_of_all_lines(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    page = await shop.provider.open_checkout(replace(PAGE, lines=(*LINES, DISCOUNT)), key="c1")
    assert page.total == Money(4000, "USD")
    (item,) = shop.asked(f"POST {SESSIONS}")["line_items"].values()
    assert item["price_data"]["product_data"] == {
        "name": "Friday jade",
        "description": "12 Jade bangle (green) 25.00 USD; A7 Silk scarf × 2 16.50 USD; First order -1.50 USD",
    }


async def test_more_lines_than_a_page_takes_make_one_item_too(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    lines = tuple(replace(LINES[0], code=str(number), unit_cents=100) for number in range(101))
    page = await shop.provider.open_checkout(replace(PAGE, lines=lines), key="c1")
    assert page.total == Money(10_100, "USD")
    assert len(shop.asked(f"POST {SESSIONS}")["line_items"]) == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "nothing to pay for"),
        ((replace(LINES[0], unit_cents=None),), "has no price yet"),
        ((replace(LINES[0], unit_cents=-5),), "below zero"),
        ((replace(LINES[0], quantity=0),), "below zero"),
        ((replace(LINES[0], unit_cents=0),), "no less than"),
        ((replace(LINES[0], unit_cents=49),), "no less than"),
        ((replace(LINES[0], unit_cents=100), replace(DISCOUNT, unit_cents=-200)), "no less than"),
        ((replace(LINES[0], unit_cents=10**9),), "no more than"),
    ],
)
async def test_what_cannot_be_paid_is_refused_before_anybody_is_asked(
    shop_at_stripe: AtStripe, lines: tuple[Line, ...], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        await shop_at_stripe.provider.open_checkout(replace(PAGE, lines=lines), key="c1")
    assert shop_at_stripe.calls == []


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=5), timedelta(hours=20)])
async def test_the_same_key_is_the_same_page(shop_at_stripe: AtStripe, later: timedelta) -> None:
    shop = shop_at_stripe
    first = await shop.provider.open_checkout(PAGE, key="c1")
    shop.clock.now += later
    assert await shop.provider.open_checkout(PAGE, key="c1") == first
    assert sessions(shop) == 1
    asked, again = (one for one in shop.stripe.requests if one.route == "POST /v1/checkout/sessions")
    assert (asked.params, again.replayed) == (again.params, True)
    other = await shop.provider.open_checkout(PAGE, key="c2")
    assert other.external_id != first.external_id


async def test_a_lost_answer_and_a_repeat_make_one_page(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("drop_response", method="POST", path=SESSIONS)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.open_checkout(PAGE, key="c1")
    shop.clock.now += timedelta(seconds=30)
    assert (await shop.provider.open_checkout(PAGE, key="c1")).state == "open"
    assert sessions(shop) == 1


async def test_a_failure_of_stripes_is_looked_into_and_passed_by(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("status_after", method="POST", path=SESSIONS, status=500, body=STRIPES_FAILURE)
    await shop.provider.open_checkout(PAGE, key="c1")
    assert sessions(shop) == 1
    shop.stripe.crash(path=SESSIONS)
    await shop.provider.open_checkout(PAGE, key="c2")
    assert sessions(shop) == 2


async def test_a_page_that_was_paid_is_found_paid_under_its_key(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    page = await shop.provider.open_checkout(PAGE, key="c1")
    shop.stripe.pay_session(page.external_id)
    shop.clock.now += timedelta(minutes=1)
    again = await shop.provider.open_checkout(PAGE, key="c1")
    assert (again.external_id, again.state, again.url) == (page.external_id, "paid", None)
    assert again == await shop.provider.ask_checkout(page.external_id)
    assert again.payment_id is not None


async def test_a_page_is_closed_unless_money_was_faster(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    first = await shop.provider.open_checkout(PAGE, key="c1")
    assert (await shop.provider.close_checkout(first.external_id)).state == "expired"
    assert (await shop.provider.close_checkout(first.external_id)).state == "expired"
    second = await shop.provider.open_checkout(PAGE, key="c2")
    shop.stripe.pay_session(second.external_id)
    assert (await shop.provider.close_checkout(second.external_id)).state == "paid"
    with pytest.raises(Refused):
        await shop.provider.close_checkout("cs_none")


async def test_a_page_ends_by_itself(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    page = await shop.provider.open_checkout(PAGE, key="c1")
    shop.clock.now += timedelta(hours=24)
    assert (await shop.provider.ask_checkout(page.external_id)).state == "expired"
    (fact,) = await shop.facts()
    assert (fact.state, fact.checkout_id, fact.external_id) == (PaymentState.EXPIRED, page.external_id, None)
    assert (fact.workspace_uid, fact.invoice_id, fact.order_id) == OURS


async def test_a_buyer_pays_on_the_page_and_goes_back_to_the_shop(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    page = await shop.provider.open_checkout(PAGE, key="c1")
    async with aiohttp.ClientSession() as browser:
        async with browser.get(str(page.url)) as shown:
            text = await shown.text()
        assert "A7 Silk scarf" in text
        assert "$41.50" in text
        async with browser.post(str(page.url), data={"choice": "decline"}) as declined:
            assert declined.status == 402
        async with browser.post(str(page.url), data={"choice": "pay"}, allow_redirects=False) as paid:
            assert paid.headers["Location"] == PAGE.success_url
    (fact,) = await shop.facts()
    assert (fact.state, fact.amount) == (PaymentState.PAID, Money(4150, "USD"))
    assert (fact.checkout_id, fact.external_id) == (page.external_id, None)
    assert (fact.workspace_uid, fact.invoice_id, fact.order_id) == OURS
    assert fact.payment_id == (await shop.provider.ask_checkout(page.external_id)).payment_id


@pytest.mark.parametrize("comes", [True, False])
async def test_money_by_bank_counts_when_it_is_there(shop_at_stripe: AtStripe, comes: bool) -> None:
    shop = shop_at_stripe
    await shop.listen()
    page = await shop.provider.open_checkout(PAGE, key="c1")
    shop.stripe.pay_session(page.external_id, BANK)
    waiting = await shop.provider.ask_checkout(page.external_id)
    assert (waiting.state, waiting.url) == ("open", None)
    assert [one.state for one in await shop.facts()] == [PaymentState.UNKNOWN]
    shop.stripe.settle_session(page.external_id, comes=comes)
    facts = {one.kind.removeprefix("checkout.session."): one for one in await shop.facts()}
    if comes:
        assert facts["async_payment_succeeded"].state is PaymentState.PAID
        (payment,) = await shop.provider.payments_of(page.external_id, "checkout")  # type: ignore[arg-type]
        assert payment.method == "us_bank_account"
    else:
        assert facts["async_payment_failed"].state is PaymentState.FAILED
    assert (await shop.provider.ask_checkout(page.external_id)).state == ("paid" if comes else "open")


async def test_the_platforms_share_is_taken_from_a_connected_accounts_page_only(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    order: CheckoutOrder = replace(PAGE, fee_cents=124)
    await shop.provider.open_checkout(order, key="c1")
    assert "application_fee_amount" not in shop.asked(f"POST {SESSIONS}")["payment_intent_data"]
    await shop.for_seller().open_checkout(order, key="c1")
    assert shop.asked(f"POST {SESSIONS}")["payment_intent_data"]["application_fee_amount"] == "124"


async def test_an_order_that_is_no_invoice_names_none(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    page = await shop.provider.open_checkout(replace(PAGE, order_id="order 12/é", invoice_id=None), key="c1")
    shop.stripe.pay_session(page.external_id)
    (fact,) = await shop.facts()
    assert (fact.workspace_uid, fact.invoice_id, fact.order_id) == ("5h0p", None, "order 12/é")
