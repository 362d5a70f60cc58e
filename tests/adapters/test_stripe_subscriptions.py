"""What is paid again and again at Stripe, the card a buyer leaves there, and their own page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from adapters.base import PaymentState, PaymentUpdate, SubscriptionOrder, SubscriptionUpdate
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from tests.at_stripe import ORDER, SELLER, STARTED, STRIPES_FAILURE, AtStripe

BOX = SubscriptionOrder(
    workspace_uid="5h0p",
    subscription_id=4,
    customer_id=None,
    buyer_id=3,
    buyer_name="Lan",
    title="A box a month",
    amount=Money(2500, "USD"),
    interval="month",
    first_tried_at=STARTED,
)


async def begun(shop: AtStripe) -> str:
    """A subscription whose first invoice is paid."""
    opened = await shop.provider.open_subscription(BOX, key="s1")
    shop.stripe.pay(next(shop.books.all("invoice"))["id"])
    return opened.external_id


async def test_a_subscription_begins_with_a_page_for_its_first_payment(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    opened = await shop.provider.open_subscription(BOX, key="s1")
    assert shop.calls == ["POST /v1/customers", "POST /v1/products", "POST /v1/subscriptions"]
    assert (opened.status, opened.amount) == ("incomplete", Money(2500, "USD"))
    async with aiohttp.ClientSession() as browser, browser.post(str(opened.url), data={"choice": "pay"}) as paid:
        assert "is paid" in await paid.text()
    asked = await shop.provider.ask_subscription(opened.external_id)
    assert (asked.status, asked.url, asked.customer_id) == ("active", None, opened.customer_id)


async def test_a_buyer_of_invoices_is_the_same_customer(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(replace(ORDER, buyer_name="Lan"))
    known = replace(BOX, customer_id=placed.customer_id)
    assert (await shop.provider.open_subscription(known, key="s1")).customer_id == placed.customer_id
    # The same buyer before we have written down which customer they are.
    await shop.provider.open_subscription(BOX, key="s2")
    assert len(list(shop.books.all("customer"))) == 1


async def test_the_platforms_share_is_taken_of_every_payment_in_a_connected_account(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    order = replace(BOX, fee_basis_points=275)
    await shop.provider.open_subscription(order, key="own")
    assert "application_fee_percent" not in shop.asked("POST /v1/subscriptions")
    opened = await shop.for_seller().open_subscription(order, key="s1")
    assert shop.asked("POST /v1/subscriptions")["application_fee_percent"] == "2.75"
    books = shop.stripe.accounts[SELLER]
    shop.stripe.pay(next(books.all("invoice"))["id"])
    shop.stripe.renew(opened.external_id)
    assert [one["application_fee_amount"] for one in books.all("charge")] == [69, 69]


async def test_one_that_is_asked_for_again_when_its_keys_are_forgotten_is_found(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    opened = await shop.provider.open_subscription(BOX, key="s1")
    shop.clock.now += timedelta(hours=30)
    assert await shop.provider.open_subscription(BOX, key="s1") == opened
    assert len(list(shop.books.all("customer"))) == len(list(shop.books.all("subscription"))) == 1


@pytest.mark.parametrize("step", ["/v1/customers", "/v1/products", "/v1/subscriptions"])
async def test_a_lost_answer_or_a_failure_of_stripes_makes_one_subscription(
    shop_at_stripe: AtStripe, step: str
) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("drop_response", method="POST", path=step)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.open_subscription(BOX, key="s1")
    shop.stripe.fail("status_after", method="POST", path=step, status=500, body=STRIPES_FAILURE)
    await shop.provider.open_subscription(BOX, key="s1")
    for kind in ("customer", "product", "subscription"):
        assert len(list(shop.books.all(kind))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interval": "fortnight"}, "not by “fortnight”"),
        ({"amount": Money(0, "USD")}, "Give it a price"),
        ({"amount": Money(20, "USD")}, "no less than"),
    ],
)
async def test_what_stripe_cannot_bill_is_refused_before_it_is_asked(
    shop_at_stripe: AtStripe, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        await shop_at_stripe.provider.open_subscription(replace(BOX, **change), key="s1")
    assert shop_at_stripe.calls == []


async def test_a_subscription_is_paused_resumed_and_canceled_and_each_is_heard(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    subscription = await begun(shop)
    for change, status in (("pause", "paused"), ("resume", "active"), ("cancel", "canceled"), ("cancel", "canceled")):
        changed = await shop.provider.change_subscription(subscription, change, key=f"{change}-1")
        assert (changed.external_id, changed.status) == (subscription, status)
    heard = [one for one in await shop.told() if isinstance(one, SubscriptionUpdate)]
    assert {one.external_id for one in heard} == {subscription}
    assert {(one.kind.removeprefix("customer.subscription."), one.status) for one in heard} >= {
        ("created", "incomplete"),
        ("updated", "active"),
        ("paused", "paused"),
        ("resumed", "active"),
        ("deleted", "canceled"),
    }


async def test_one_that_the_seller_paused_in_the_dashboard_is_paused_and_can_be_resumed(
    shop_at_stripe: AtStripe,
) -> None:
    shop = shop_at_stripe
    subscription = await begun(shop)
    client = shop.provider._client
    hold: Any = {"pause_collection": {"behavior": "void"}}
    await client.call(client.v1.subscriptions.update_async(subscription, hold))
    assert (await shop.provider.ask_subscription(subscription)).status == "paused"
    assert (await shop.provider.change_subscription(subscription, "resume", key="r1")).status == "active"


async def test_a_change_that_cannot_be_is_refused(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    opened = await shop.provider.open_subscription(BOX, key="s1")
    with pytest.raises(Refused, match="cannot pause a subscription that is incomplete"):
        await shop.provider.change_subscription(opened.external_id, "pause", key="p1")
    with pytest.raises(Refused, match="cannot be “stretched”"):
        await shop.provider.change_subscription(opened.external_id, "stretched", key="p1")


@pytest.mark.parametrize("change", ["pause", "cancel"])
async def test_a_change_whose_answer_fails_is_looked_up(shop_at_stripe: AtStripe, change: str) -> None:
    shop = shop_at_stripe
    subscription = await begun(shop)
    method = "DELETE" if change == "cancel" else "POST"
    shop.stripe.fail("status_after", method=method, path=subscription, status=500, body=STRIPES_FAILURE)
    changed = await shop.provider.change_subscription(subscription, change, key="p1")
    assert changed.status == {"pause": "paused", "cancel": "canceled"}[change]


async def test_recurring_invoices_are_reported_and_never_as_one_of_ours(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    subscription = await begun(shop)
    renewed = shop.stripe.renew(subscription)
    assert renewed["status"] == "paid"
    shop.books.at("subscription", subscription)["_card"] = "pm_card_chargeDeclined"
    failed = shop.stripe.renew(subscription)
    assert (await shop.provider.ask_subscription(subscription)).status == "past_due"
    money = [one for one in await shop.told() if isinstance(one, PaymentUpdate)]
    assert [one.invoice_id for one in money] == [None] * len(money)
    assert [one.workspace_uid for one in money] == [None] * len(money)
    states = {one.external_id: one.state for one in money}
    assert states[renewed["id"]] is PaymentState.PAID
    assert states[failed["id"]] is PaymentState.FAILED


# The card that a buyer left


async def test_an_invoice_is_charged_to_the_card_its_buyer_left(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    first = await shop.provider.place_invoice(ORDER)
    async with aiohttp.ClientSession() as browser, browser.post(str(first.url), data={"choice": "keep"}) as paid:
        assert "is paid" in await paid.text()
    second = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, customer_id=first.customer_id))
    charged = await shop.provider.pay_invoice(second.external_id, key="p1")
    assert (charged.state, charged.amount_paid) == ("paid", 4150)
    assert await shop.provider.pay_invoice(second.external_id, key="p1") == charged
    assert await shop.provider.pay_invoice(second.external_id, key="p2") == charged
    assert len([one for one in shop.books.all("charge") if one["paid"]]) == 2


async def test_the_card_of_a_subscription_is_good_for_an_invoice_too(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    subscription = await shop.provider.ask_subscription(await begun(shop))
    placed = await shop.provider.place_invoice(replace(ORDER, customer_id=subscription.customer_id))
    charged = await shop.provider.pay_invoice(placed.external_id, key="p1")
    assert (charged.state, charged.amount_paid) == ("paid", 4150)
    assert await shop.provider.pay_invoice(placed.external_id, key="p1") == charged


async def test_a_key_that_sees_no_methods_still_charges_what_stripe_would(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.fail("status", path="/payment_methods", status=403, body=STRIPES_FAILURE)
    with pytest.raises(Refused, match="no default payment method"):
        await shop.provider.pay_invoice(placed.external_id, key="p1")


@pytest.mark.parametrize(
    ("card", "code", "said"),
    [
        ("pm_card_chargeDeclined", "card_declined", r"Your card was declined\. Send the buyer their link"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient funds"),
        ("pm_card_authenticationRequired", "authentication_required", "wants the buyer to confirm this themselves"),
    ],
)
async def test_a_card_that_is_declined_is_told_with_the_banks_reason(
    shop_at_stripe: AtStripe, card: str, code: str, said: str
) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.keep_card(str(placed.customer_id), card)
    with pytest.raises(Refused, match=said) as no:
        await shop.provider.pay_invoice(placed.external_id, key="p1")
    assert no.value.code == code
    assert (await shop.provider.ask_invoice(placed.external_id)).state == "open"


async def test_a_buyer_who_left_no_card_is_told_apart(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    with pytest.raises(Refused, match="has left no card at Stripe"):
        await shop.provider.pay_invoice(placed.external_id, key="p1")


async def test_a_charge_whose_answer_was_lost_is_made_once(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.keep_card(str(placed.customer_id))
    shop.stripe.fail("status_after", method="POST", path="/pay", status=500, body=STRIPES_FAILURE)
    assert (await shop.provider.pay_invoice(placed.external_id, key="p1")).state == "paid"
    assert len(list(shop.books.all("charge"))) == 1


# The buyer's own page


async def test_a_buyer_has_a_page_of_their_own(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    subscription = await begun(shop)
    customer = (await shop.provider.ask_subscription(subscription)).customer_id
    url = await shop.provider.open_portal(str(customer), return_url="https://shop.example/me")
    assert shop.asked("POST /v1/billing_portal/sessions") == {
        "customer": customer,
        "return_url": "https://shop.example/me",
    }
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            assert "A box a month" in await page.text()
        async with browser.post(url, data={"cancel": subscription}) as page:
            assert "canceled" in await page.text()
    assert (await shop.provider.ask_subscription(subscription)).status == "canceled"
    with pytest.raises(Refused, match="No such customer"):
        await shop.provider.open_portal("cus_none", return_url="https://shop.example/me")
