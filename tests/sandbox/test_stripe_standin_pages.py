"""The pages where a buyer pays at the Stripe stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import stripe

from sandbox.stripe import DEFAULT_KEY, StripeStandIn


@pytest.fixture
async def stand_in() -> AsyncIterator[StripeStandIn]:
    stand_in = StripeStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(stand_in: StripeStandIn) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=20)
    yield stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses={"api": stand_in.url})
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as browser:
        yield browser


async def seen(browser: aiohttp.ClientSession, url: str, choice: str | None = None) -> str:
    """What the page says, after pressing a button when one is named."""
    answer = await (browser.get(url) if choice is None else browser.post(url, data={"choice": choice}))
    return await answer.text()


async def open_invoice(client: stripe.StripeClient, description: str = "Jade bangle") -> stripe.Invoice:
    someone = await client.v1.customers.create_async(params={"name": "Mai"})
    invoice = await client.v1.invoices.create_async(params={"customer": someone.id})
    await client.v1.invoices.add_lines_async(
        invoice.id, params={"lines": [{"amount": 125_050, "description": description}]}
    )
    return await client.v1.invoices.finalize_invoice_async(invoice.id)


async def checkout(client: stripe.StripeClient, **fields: Any) -> stripe.checkout.Session:
    price = {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Ring"}}
    params: Any = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 2}],
        "success_url": "http://127.0.0.1:9/done?id={CHECKOUT_SESSION_ID}",
        "client_reference_id": "order-1",
    }
    return await client.v1.checkout.sessions.create_async(params=params | fields)


async def test_a_buyer_declines_then_pays(client: stripe.StripeClient, browser: aiohttp.ClientSession) -> None:
    invoice = await open_invoice(client)
    url = str(invoice.hosted_invoice_url)
    page = await seen(browser, url)
    assert "Jade bangle" in page
    assert "$1,250.50" in page
    assert "Sandbox Shop" in page

    assert "card_declined" in await seen(browser, url, "decline")
    assert (await client.v1.invoices.retrieve_async(invoice.id)).status == "open"
    assert "pay later" in await seen(browser, url, "later")
    assert "is paid" in await seen(browser, url, "pay")
    assert (await client.v1.invoices.retrieve_async(invoice.id)).status == "paid"
    once_more = await seen(browser, url, "pay")
    assert "is paid" in once_more
    assert "<form" not in once_more
    charges = await client.v1.charges.list_async()
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


async def test_a_voided_invoice_says_so(client: stripe.StripeClient, browser: aiohttp.ClientSession) -> None:
    invoice = await open_invoice(client)
    await client.v1.invoices.void_invoice_async(invoice.id)
    assert "voided" in await seen(browser, str(invoice.hosted_invoice_url), "pay")
    assert (await client.v1.invoices.retrieve_async(invoice.id)).status == "void"


async def test_nothing_a_seller_writes_becomes_html(
    client: stripe.StripeClient, stand_in: StripeStandIn, browser: aiohttp.ClientSession
) -> None:
    stand_in.accounts["acct_sandbox"].account["business_profile"]["name"] = "<i>Shop</i>"
    invoice = await open_invoice(client, description="<script>alert(1)</script>")
    page = await seen(browser, str(invoice.hosted_invoice_url))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page


async def test_a_guessed_address_shows_nothing(
    client: stripe.StripeClient, stand_in: StripeStandIn, browser: aiohttp.ClientSession
) -> None:
    invoice = await open_invoice(client)
    for path in (f"/i/acct_sandbox/{invoice.id}", "/i/acct_none/x", "/c/acct_sandbox/cs_none"):
        async with browser.get(stand_in.url + path) as answer:
            assert answer.status == 404


async def test_the_invoice_prints_as_a_pdf(client: stripe.StripeClient, browser: aiohttp.ClientSession) -> None:
    invoice = await open_invoice(client, description="Áo dài (đỏ)")
    async with browser.get(str(invoice.invoice_pdf)) as answer:
        body = await answer.read()
    assert answer.content_type == "application/pdf"
    assert body.startswith(b"%PDF-1.4")
    assert str(invoice.number).encode() in body


async def test_a_checkout_session_is_paid_on_its_page(
    client: stripe.StripeClient, browser: aiohttp.ClientSession
) -> None:
    session = await checkout(client, payment_intent_data={"metadata": {"order": "1"}})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 1400)
    url = str(session.url)
    assert "card_declined" in await seen(browser, url, "decline")
    async with browser.post(url, data={"choice": "pay"}, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == f"http://127.0.0.1:9/done?id={session.id}"
    done = await client.v1.checkout.sessions.retrieve_async(session.id, params={"expand": ["payment_intent"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.payment_intent.metadata.to_dict() == {"order": "1"}  # type: ignore[union-attr]
    assert "is paid" in await seen(browser, url)
    types = [event.type for event in (await client.v1.events.list_async()).data]
    assert types[0] == "checkout.session.completed"
    with pytest.raises(stripe.InvalidRequestError, match="status"):
        await client.v1.checkout.sessions.expire_async(session.id)


async def test_a_checkout_session_repeats_what_it_was_given(client: stripe.StripeClient) -> None:
    given = {
        "allowed_payment_method_types": ["card", "link"],
        "billing_address_collection": "auto",
        "cancel_url": "http://127.0.0.1:9/back",
        "customer_creation": "always",
        "customer_email": "mai@example.com",
        "locale": "vi",
        "phone_number_collection": {"enabled": True},
        "submit_type": "pay",
        "metadata": {"order": "1"},
    }
    session = (await checkout(client, **given)).to_dict()
    assert {name: session[name] for name in given} == given
    assert session["customer_details"]["email"] == "mai@example.com"
    for clash in ({"customer": "cus_x"}, {"ui_mode": "embedded_page"}, {"mode": "subscription"}):
        with pytest.raises(stripe.InvalidRequestError):
            await checkout(client, **given | clash)


async def test_a_checkout_session_expires_by_hand_or_by_time(
    client: stripe.StripeClient, browser: aiohttp.ClientSession
) -> None:
    session = await checkout(client)
    expired = await client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert "expired" in await seen(browser, str(session.url), "pay")
    for soon_or_late in (60, 25 * 3600):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await checkout(client, expires_at=session.created + soon_or_late)
        assert refused.value.param == "expires_at"


async def test_a_session_nobody_paid_ends_after_a_day() -> None:
    moment = 1_790_000_000.0
    stand_in = StripeStandIn(now=lambda: moment)
    http = stripe.AIOHTTPClient(timeout=20)
    try:
        client = stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses={"api": await stand_in.start()})
        session = await checkout(client)
        moment += 24 * 3600
        assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "expired"
        page = await client.v1.events.list_async(params={"type": "checkout.session.expired"})
        assert len(page.data) == 1
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]
        await stand_in.stop()
