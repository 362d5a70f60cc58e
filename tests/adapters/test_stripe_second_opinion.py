"""A Stripe that others wrote: localstripe answers our client, and its signed events are read.

It knows older shapes (events of API version 2017-08-15) and no one-off invoices; its word counts where it has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.base import PaymentState
from adapters.stripe import StripeProvider
from adapters.stripe.client import Client
from bot.domain.money import Money
from bot.kit.errors import Forged, NotAuthorised, Refused

SECRET = "whsec_second_opinion"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Mailbox:
    """Webhooks as they arrive."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, str], bytes]] = []
        self._arrived = asyncio.Condition()

    async def post(self, request: web.Request) -> web.Response:
        async with self._arrived:
            self.kept.append((dict(request.headers), await request.read()))
            self._arrived.notify_all()
        return web.Response()

    async def wait_for(self, *kinds: str) -> None:
        """Until an event of each of these kinds is here."""
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(
                lambda: all(any(kind.encode() in body for _, body in self.kept) for kind in kinds)
            )


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def stripe(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    server = pytest.importorskip("localstripe.server", reason="localstripe is not installed")
    monkeypatch.setattr(type(server.store), "dump_to_disk", lambda _store: None)
    server.store.clear()
    app = web.Application(middlewares=list(server.app.middlewares))
    app.router.add_routes(
        [
            web.route(route.method, route.resource.canonical, route.handler)
            for route in server.app.router.routes()
            if route.method != "HEAD"
        ]
    )
    runner, url = await serve(app)
    inbox = web.Application()
    inbox.router.add_post("/webhooks/stripe", mailbox.post)
    inbox_runner, inbox_url = await serve(inbox)
    async with aiohttp.ClientSession() as session:
        hook = {"url": f"{inbox_url}/webhooks/stripe", "secret": SECRET}
        async with session.post(f"{url}/_config/webhooks/ours", json=hook) as answer:
            answer.raise_for_status()
    yield url
    await runner.cleanup()
    await inbox_runner.cleanup()


@pytest.fixture
async def client(stripe: str) -> AsyncIterator[Client]:
    client = Client(StripeProvider.Settings("sk_test_localstripe", stripe), utc_now)
    yield client
    await client.close()


@pytest.fixture
async def provider(stripe: str) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(StripeProvider.Settings("sk_test_localstripe", stripe))
    yield provider
    await provider.close()


async def test_payments_declines_and_signed_events_agree_with_ours(
    client: Client, provider: StripeProvider, mailbox: Mailbox
) -> None:
    customer = await client.call(
        client.v1.customers.create_async({"name": "Nguyễn Thị Lan", "metadata": {"live_assist_buyer": "3"}})
    )
    assert customer["name"] == "Nguyễn Thị Lan"
    assert customer["metadata"] == {"live_assist_buyer": "3"}

    intent = await client.call(
        client.v1.payment_intents.create_async(
            {"amount": 4150, "currency": "usd", "customer": customer["id"], "payment_method": "pm_card_visa"}
        )
    )
    paid = await client.call(client.v1.payment_intents.confirm_async(intent["id"]))
    assert paid["status"] == "succeeded"
    with pytest.raises(Refused) as declined:
        await client.call(
            client.v1.payment_methods.attach_async("pm_card_visa_chargeDeclined", {"customer": customer["id"]})
        )
    assert declined.value.code == "card_declined"
    with pytest.raises(Refused):
        await provider.ask_invoice("in_nowhere")

    await mailbox.wait_for("customer.created", "payment_intent.succeeded")
    updates = [
        update
        for headers, body in mailbox.kept
        for update in provider.read_webhook(headers, body, now=utc_now(), secrets=["whsec_new", SECRET])
    ]
    assert sorted(update.kind for update in updates) == [
        "customer.created",
        "payment_intent.succeeded",
    ]
    assert {update.state for update in updates} == {PaymentState.UNKNOWN}
    assert len({update.event_id for update in updates}) == 2
    for headers, body in mailbox.kept:
        with pytest.raises(Forged):
            provider.read_webhook(headers, body, now=utc_now(), secrets=["whsec_new"])


async def test_an_invoice_of_an_old_api_version_is_read_and_its_payment_seen(
    stripe: str, client: Client, provider: StripeProvider, mailbox: Mailbox
) -> None:
    async def post(path: str, **params: Any) -> dict[str, Any]:
        headers = {"Authorization": "Bearer sk_test_localstripe"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(stripe + path, json=params) as answer,
        ):
            answer.raise_for_status()
            read: dict[str, Any] = await answer.json()
            return read

    customer = await client.call(client.v1.customers.create_async({"name": "Lan"}))
    card = await client.call(client.v1.payment_methods.attach_async("pm_card_visa", {"customer": customer["id"]}))
    await post(f"/v1/customers/{customer['id']}", invoice_settings={"default_payment_method": card["id"]})
    product = await post("/v1/products", name="Jade club", type="service")
    plan = await post("/v1/plans", product=product["id"], amount=4150, currency="usd", interval="month")
    subscription = await post("/v1/subscriptions", customer=customer["id"], items=[{"plan": plan["id"]}])

    invoice = await provider.ask_invoice(subscription["latest_invoice"])
    assert invoice.state == "paid"
    assert invoice.total == Money(4150, "USD")
    assert invoice.amount_paid == 4150
    assert invoice.customer_id == customer["id"]

    await mailbox.wait_for("invoice.payment_succeeded")
    updates = [
        update
        for headers, body in mailbox.kept
        for update in provider.read_webhook(headers, body, now=utc_now(), secrets=[SECRET])
    ]
    (payment,) = [update for update in updates if update.kind == "invoice.payment_succeeded"]
    assert payment.external_id == invoice.external_id
    assert payment.state is PaymentState.UNKNOWN, "invoice.paid is the one that counts"


async def test_a_key_it_does_not_accept_is_not_authorised(stripe: str) -> None:
    provider = StripeProvider(StripeProvider.Settings("rk_test_localstripe", stripe))
    with pytest.raises(NotAuthorised):
        await provider.ask_invoice("in_1")
    await provider.close()
