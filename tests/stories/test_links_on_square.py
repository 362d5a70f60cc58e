"""An evening on Square's payment links: paid by two cards, refunded, and told in as few words as Square may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import utc_now
from sandbox.square import DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn
from sandbox.square.server import sign
from storage import tokens
from tests.shop import PATIENCE, Shop, a_shop
from tests.stories.sales import no_wait, sells_dresses


@pytest.fixture
async def square() -> AsyncIterator[SquareStandIn]:
    square = SquareStandIn()
    await square.start()
    yield square
    await square.stop()


@pytest.fixture
async def shop(tmp_path: Path, square: SquareStandIn) -> AsyncIterator[Shop]:
    """A shop that sells on Square; how things are kept is tried on both databases elsewhere."""
    async with a_shop(tmp_path) as shop:
        shop.environ |= {
            "SQUARE_API_BASE": square.url,
            "SQUARE_ENVIRONMENT": "sandbox",
            "SQUARE_ACCESS_TOKEN": DEFAULT_TOKEN,
        }
        shop.sleep = no_wait
        yield shop


async def send(shop: Shop, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    token = await shop.assistant.database.write(tokens.create, 1, name="story", scope="admin", now=utc_now())
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{shop.url}{path}", json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_link_is_paid_when_all_of_it_came(shop: Shop, square: SquareStandIn) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    status, _ = await send(shop, "PATCH", "/api/integrations/square/settings", {"checkout_style": "payment_link"})
    assert status == 200
    await operator.person.says("/invoice all", to=shop.bot)
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    (invoice,) = await shop.invoices("sent")
    square.sell_in_person(500)
    square.pay(invoice["external_id"], 1000)
    await operator.hears("@mai paid 10.00 USD")
    await shop.invoices("partly_paid")
    square.pay(invoice["external_id"])
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await shop.invoices("paid")
    asked = [call for call in square.calls if call.path.startswith("/v2/orders/") and call.method == "GET"]
    assert {call.path for call in asked} == {f"/v2/orders/{invoice['external_id']}"}, "and of nobody else's sale"

    # All of it goes back: of each payment what came by it.
    status, _ = await send(shop, "POST", f"/api/shows/1/invoices/{invoice['id']}/refund", {})
    assert status in (200, 202)
    await shop.invoices("refunded")
    refunds = square.merchants[DEFAULT_MERCHANT].all("refund")
    assert sorted(one["amount_money"]["amount"] for one in refunds) == [990, 1000]


async def test_a_payment_of_the_whole_is_believed_whatever_square_shows_by_now(
    shop: Shop, square: SquareStandIn
) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    await send(shop, "PATCH", "/api/integrations/square/settings", {"checkout_style": "payment_link"})
    await operator.person.says("/invoice all", to=shop.bot)
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    (invoice,) = await shop.invoices("sent")
    square.fail("status", path=f"/v2/orders/{invoice['external_id']}", status=503, times=100)
    square.pay(invoice["external_id"])
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await shop.invoices("paid")


async def test_a_refund_is_heard_of_by_whichever_report_comes(shop: Shop, square: SquareStandIn) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    await operator.person.says("/invoice all", to=shop.bot)
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    (invoice,) = await shop.invoices("sent")
    payment = square.pay(invoice["external_id"])
    await shop.invoices("paid")
    for lost in ("payment.updated", "invoice.refunded"):
        square.delay_webhooks(lost, 3600)
    square.refund(payment["id"], 500)
    await operator.hears("5.00 USD went back")
    square.lose_webhooks()
    square.refund(payment["id"], 1000)
    await operator.person.says("/sync", to=shop.bot)
    await operator.hears("10.00 USD went back")
    await operator.person.says("/sync", to=shop.bot)
    square.lose_webhooks(lost=False)
    square.refund(payment["id"], 490)
    await shop.invoices("refunded")


async def test_somebody_elses_order_is_paid_on_a_link(shop: Shop, square: SquareStandIn) -> None:
    await shop.open()
    order = {"order_id": "web-1", "amount_cents": 2500, "currency": "USD", "success_url": "https://shop.example/thanks"}
    status, page = await send(shop, "POST", "/api/payments/checkout-session", order)
    assert (status, page["provider"], page["status"]) == (200, "square", "pending")
    assert page["checkout_url"].startswith(square.url)
    assert (await send(shop, "POST", "/api/payments/checkout-session", order))[1] == page
    status, told = await send(shop, "POST", "/api/payments/checkout-session", order | {"amount_cents": 2600})
    assert (status, told["error_code"]) == (409, "ORDER_DIFFERS")
    square.pay(page["provider_ref"], 1000)
    square.pay(page["provider_ref"])
    await shop.until("/api/payments/orders/web-1/payment", lambda payment: payment["status"] == "paid")
    assert (await send(shop, "POST", "/api/payments/checkout-session", order))[1]["status"] == "paid"


async def test_a_link_that_was_deleted_at_square_makes_room_for_another(shop: Shop, square: SquareStandIn) -> None:
    await shop.open()
    order = {"order_id": "web-1", "amount_cents": 2500, "currency": "USD", "success_url": "https://shop.example/thanks"}
    _, page = await send(shop, "POST", "/api/payments/checkout-session", order)
    (link,) = square.merchants[DEFAULT_MERCHANT].all("payment_link")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"}) as seller:
        await seller.delete(f"{square.url}/v2/online-checkout/payment-links/{link['id']}")
    await shop.until("/api/payments/orders/web-1/payment", lambda payment: payment["status"] == "expired")
    status, another = await send(shop, "POST", "/api/payments/checkout-session", order)
    assert (status, another["id"]) == (200, page["id"])
    assert another["provider_ref"] != page["provider_ref"]


async def test_a_draft_that_was_deleted_at_square_can_be_voided(shop: Shop, square: SquareStandIn) -> None:
    operator, _ = await sells_dresses(shop, "Mai", items=("12 Dress x20",))
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("12 has no price")
    (invoice,) = await shop.invoices("draft")
    square.lose_webhooks()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"}) as seller:
        await seller.delete(f"{square.url}/v2/invoices/{invoice['external_id']}", params={"version": "0"})
    assert square.books()[DEFAULT_MERCHANT]["invoices"] == {}
    await operator.person.says("/void @mai", to=shop.bot)
    await shop.invoices("void")


async def test_a_report_is_believed_that_was_signed_for_the_address_it_came_to(shop: Shop) -> None:
    no_page = dict.fromkeys(
        ("FACEBOOK_PAGE_ID", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"), ""
    )
    await shop.open(LIVE_ASSIST_PUBLIC_URL="", SQUARE_WEBHOOK_SIGNATURE_KEY="k3y", **no_page)
    door, body = f"{shop.url}/api/webhooks/square", b'{"event_id": "e1", "type": "order.created"}'
    async with aiohttp.ClientSession() as session:
        for address, status in ((door, 200), ("https://assist.example/api/webhooks/square", 401)):
            headers = {"x-square-hmacsha256-signature": sign(body, address, "k3y")}
            async with session.post(door, data=body, headers=headers) as answer:
                assert answer.status == status, address
