"""A real Stripe account in test mode does what our stand-in does: `make live PROVIDER=stripe`.

It takes STRIPE_TEST_SECRET_KEY, a key that begins with sk_test_ (or rk_test_); without it every test here is skipped.
STRIPE_TEST_CONNECTED_ACCOUNT, the acct_… of an account that is connected to that key's platform, has an invoice with
the platform's share made for it, too. STRIPE_TEST_API_BASE asks somebody else than Stripe.
What is made stays in the test data, under a workspace that is named after the moment.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from adapters.base import CheckoutStyle, PaymentState, RefundState, SubscriptionOrder, SyncKind
from adapters.stripe import StripeProvider
from bot.domain.money import Money
from bot.kit.errors import Refused
from tests.at_stripe import LINES, ORDER, PAGE

KEY = os.environ.get("STRIPE_TEST_SECRET_KEY", "")
CONNECTED = os.environ.get("STRIPE_TEST_CONNECTED_ACCOUNT", "")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not KEY, reason="set STRIPE_TEST_SECRET_KEY to a key that begins with sk_test_"),
]


def provider_for(account_id: str = "") -> StripeProvider:
    """The account of the key, or one that is connected to it."""
    if "_test_" not in KEY:
        pytest.fail("STRIPE_TEST_SECRET_KEY is no test key: this makes invoices and charges cards")
    base = os.environ.get("STRIPE_TEST_API_BASE", "")
    return StripeProvider(StripeProvider.Settings(KEY, base, account_id=account_id))


@pytest.fixture
async def provider() -> AsyncIterator[StripeProvider]:
    provider = provider_for()
    yield provider
    await provider.close()


@pytest.fixture
def uid() -> str:
    """A workspace nobody had before."""
    return f"live-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


async def with_a_card(provider: StripeProvider, uid: str, card: str = "pm_card_visa") -> str:
    """A new customer who left a card."""
    client = provider._client
    customer = (await client.call(client.v1.customers.create_async({"name": "Live test", "metadata": {"uid": uid}})))[
        "id"
    ]
    method = await client.call(client.v1.payment_methods.attach_async(card, {"customer": customer}))
    settings: Any = {"invoice_settings": {"default_payment_method": method["id"]}}
    await client.call(client.v1.customers.update_async(customer, settings))
    return str(customer)


async def test_the_account_is_one_in_test_mode(provider: StripeProvider) -> None:
    account = await provider.test()
    assert account.id.startswith("acct_")
    assert not account.livemode
    assert (await provider.summary()).account == account


async def test_an_invoice_is_made_once_charged_to_a_card_and_sent_back_in_part(
    provider: StripeProvider, uid: str
) -> None:
    began = datetime.now(UTC)
    customer = await with_a_card(provider, uid)
    order = replace(ORDER, workspace_uid=uid, customer_id=customer, first_tried_at=began)
    placed = await provider.place_invoice(order)
    assert (placed.state, placed.total) == ("open", Money(4150, "USD"))
    assert await provider.place_invoice(order) == placed
    async with aiohttp.ClientSession() as browser, browser.get(str(placed.url)) as page:
        assert page.status == 200

    assert (await provider.pay_invoice(placed.external_id, key=f"{uid}-pay")).state == "paid"
    (payment,) = await provider.payments_of(placed.external_id)
    assert (payment.amount, payment.method) == (Money(4150, "USD"), "card")
    assert await provider.find_invoice(payment.payment_id) == placed.external_id
    five = Money(500, "USD")
    refund = await provider.refund_payment(payment.payment_id, five, key=f"{uid}-r", reason="duplicate")
    assert await provider.refund_payment(payment.payment_id, five, key=f"{uid}-r", reason="duplicate") == refund
    assert (await provider.ask_refund(refund.refund_id)).state is not RefundState.FAILED
    assert (await provider.payments_of(placed.external_id))[0].refunded_cents == 500
    with pytest.raises(Refused):
        await provider.refund_payment(payment.payment_id, Money(4000, "USD"), key=f"{uid}-r2", reason="")

    wanted = {(PaymentState.PAID, placed.external_id), (PaymentState.PARTLY_REFUNDED, payment.payment_id)}
    async with asyncio.timeout(60):
        while True:
            events = await provider.list_events(began - timedelta(minutes=5))
            if wanted <= {(one.state, one.external_id or one.payment_id) for one in events}:
                break
            await asyncio.sleep(1)


async def test_a_declined_card_is_told_with_the_banks_reason(provider: StripeProvider, uid: str) -> None:
    placed = await provider.place_invoice(replace(ORDER, workspace_uid=uid, first_tried_at=datetime.now(UTC)))
    with pytest.raises(Refused):
        await provider.pay_invoice(placed.external_id, key=f"{uid}-none")
    client = provider._client
    declined: Any = {"payment_method": "pm_card_visa_chargeDeclined", "off_session": True}
    with pytest.raises(Refused, match="declined") as no:
        await client.call(client.v1.invoices.pay_async(placed.external_id, declined))
    assert no.value.code == "card_declined"
    assert (await provider.void_invoice(placed.external_id, key=f"{uid}-v")).state == "void"


async def test_a_draft_without_a_price_is_left_and_thrown_away(provider: StripeProvider, uid: str) -> None:
    unpriced = replace(LINES[0], unit_cents=None)
    order = replace(ORDER, workspace_uid=uid, lines=(unpriced,), first_tried_at=datetime.now(UTC))
    placed = await provider.place_invoice(order)
    assert (placed.state, placed.url) == ("draft", None)
    assert (await provider.void_invoice(placed.external_id, key=f"{uid}-v")).state == "void"


async def test_a_checkout_page_is_opened_once_and_closed(provider: StripeProvider, uid: str) -> None:
    page = await provider.open_checkout(replace(PAGE, workspace_uid=uid), key=f"{uid}-c")
    await asyncio.sleep(1.1)  # a later try ends later, and so is another request to Stripe
    assert await provider.open_checkout(replace(PAGE, workspace_uid=uid), key=f"{uid}-c") == page
    assert (page.state, page.total) == ("open", Money(4150, "USD"))
    assert (await provider.close_checkout(page.external_id)).state == "expired"
    assert (await provider.close_checkout(page.external_id)).state == "expired"


async def test_a_payment_link_is_made_once_and_closed(provider: StripeProvider, uid: str) -> None:
    style = CheckoutStyle.PAYMENT_LINK
    order = replace(ORDER, workspace_uid=uid, style=style, first_tried_at=datetime.now(UTC))
    placed = await provider.place_invoice(order)
    assert await provider.place_invoice(order) == placed
    assert await provider.ask_invoice(placed.external_id, style) == placed
    assert (placed.state, placed.total) == ("open", Money(4150, "USD"))
    assert (await provider.void_invoice(placed.external_id, key=f"{uid}-v", style=style)).state == "void"


async def test_a_subscription_begins_unpaid_and_is_paused_resumed_and_canceled(
    provider: StripeProvider, uid: str
) -> None:
    customer = await with_a_card(provider, uid)
    order = SubscriptionOrder(
        workspace_uid=uid,
        subscription_id=1,
        customer_id=customer,
        buyer_id=3,
        buyer_name="Live test",
        title="A box a month",
        amount=Money(2500, "USD"),
        interval="month",
        first_tried_at=datetime.now(UTC),
    )
    opened = await provider.open_subscription(order, key=f"{uid}-s")
    assert (opened.status, opened.amount) == ("incomplete", Money(2500, "USD"))
    assert opened.url is not None
    client = provider._client
    first = (await client.call(client.v1.subscriptions.retrieve_async(opened.external_id)))["latest_invoice"]
    await provider.pay_invoice(first, key=f"{uid}-pay")
    for change, status in (("pause", "paused"), ("resume", "active"), ("cancel", "canceled")):
        changed = await provider.change_subscription(opened.external_id, change, key=f"{uid}-{change}")
        assert changed.status == status
    try:
        assert (await provider.open_portal(customer, return_url="https://example.com")).startswith("http")
    except Refused as no:
        assert "configuration" in no.message  # noqa: PT017 - no portal is set up in that account


async def test_the_books_are_read(provider: StripeProvider, uid: str) -> None:
    customer = await with_a_card(provider, uid)
    page, _ = await provider.list_records(
        SyncKind.CUSTOMERS, since=datetime.now(UTC) - timedelta(minutes=5), cursor=None
    )
    assert customer in {one.external_id for one in page}
    for kind in SyncKind:
        assert all(one.kind is kind for one in (await provider.list_records(kind, since=None, cursor=None))[0])


async def test_an_endpoint_is_opened_and_closed(provider: StripeProvider, uid: str) -> None:
    endpoint = await provider.open_webhook(f"https://example.com/{uid}", key=f"{uid}-w")
    assert endpoint.secret.startswith("whsec_")
    await provider.close_webhook(endpoint.id)
    await provider.close_webhook(endpoint.id)


@pytest.mark.skipif(not CONNECTED, reason="set STRIPE_TEST_CONNECTED_ACCOUNT to an account that is connected")
async def test_a_connected_account_pays_the_platforms_share(uid: str) -> None:
    provider = provider_for(CONNECTED)
    try:
        assert (await provider.test()).id == CONNECTED
        customer = await with_a_card(provider, uid)
        order = replace(ORDER, workspace_uid=uid, customer_id=customer, fee_cents=100, first_tried_at=datetime.now(UTC))
        placed = await provider.place_invoice(order)
        await provider.pay_invoice(placed.external_id, key=f"{uid}-pay")
        (payment,) = await provider.payments_of(placed.external_id)
        await provider.refund_payment(payment.payment_id, Money(500, "USD"), key=f"{uid}-r", reason="")
    finally:
        await provider.close()
