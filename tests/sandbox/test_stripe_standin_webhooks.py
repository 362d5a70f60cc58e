"""The Stripe stand-in's webhooks: really signed, and upset on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import stripe
from aiohttp import web

from sandbox.stripe import DEFAULT_KEY, StripeStandIn

SECRET = "whsec_of_the_test"


class Sleeper:
    """Sleeps without taking time; a minute or more only passes when told."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.a_minute_passes = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds >= 60:
            await self.a_minute_passes.wait()


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
async def stand_in(sleeper: Sleeper) -> AsyncIterator[StripeStandIn]:
    stand_in = StripeStandIn(sleep=sleeper)
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(stand_in: StripeStandIn) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=20)
    yield stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses={"api": stand_in.url})
    await http.close_async()  # type: ignore[no-untyped-call]


class Ear:
    """An endpoint that keeps what it hears and answers as told."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[tuple[bytes, str]] = []
        self.answers: Iterator[int] = iter(())
        self.one_heard = asyncio.Event()

    async def listen(self, request: web.Request) -> web.Response:
        self.heard.append((await request.read(), request.headers["Stripe-Signature"]))
        self.one_heard.set()
        return web.Response(status=next(self.answers, 200))

    def events(self, secret: str = SECRET) -> list[stripe.Event]:
        """What was heard; raises when a signature is wrong."""
        return [stripe.Webhook.construct_event(body, header, secret) for body, header in self.heard]

    def types(self, secret: str = SECRET) -> list[str]:
        return [event.type for event in self.events(secret)]


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    app = web.Application()
    app.router.add_post("/hook", ear.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield ear
    await runner.cleanup()


async def open_invoice(client: stripe.StripeClient) -> str:
    someone = await client.v1.customers.create_async(params={"name": "Mai"})
    invoice = await client.v1.invoices.create_async(params={"customer": someone.id})
    await client.v1.invoices.add_lines_async(invoice.id, params={"lines": [{"amount": 900}]})
    await client.v1.invoices.finalize_invoice_async(invoice.id)
    return invoice.id


async def test_an_endpoint_hears_what_it_asked_for(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear
) -> None:
    endpoint = await client.v1.webhook_endpoints.create_async(
        params={"url": ear.url, "enabled_events": ["invoice.paid", "invoice_payment.paid"]}
    )
    assert endpoint.secret is not None
    assert endpoint.secret.startswith("whsec_")
    listed = (await client.v1.webhook_endpoints.list_async()).data[0].to_dict()
    assert "secret" not in listed
    assert "_secret" not in listed

    invoice_id = await open_invoice(client)
    stand_in.pay(invoice_id)
    await stand_in.drain()
    events = {event.type: event for event in ear.events(endpoint.secret)}
    assert set(events) == {"invoice.paid", "invoice_payment.paid"}
    paid = events["invoice.paid"]
    assert paid.data.object["id"] == invoice_id
    assert paid.data.object["status"] == "paid"
    assert paid.api_version == "2026-10-28.endive"
    assert paid.request is not None
    assert paid.request.id is None
    assert (await client.v1.events.retrieve_async(paid.id)).pending_webhooks == 0

    await client.v1.webhook_endpoints.delete_async(endpoint.id)
    stand_in.pay(await open_invoice(client))
    await stand_in.drain()
    assert len(ear.heard) == 2


async def test_an_event_names_the_request_that_caused_it(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear
) -> None:
    stand_in.add_endpoint(ear.url, SECRET)
    made = await client.v1.customers.create_async(options={"idempotency_key": "mine"})
    await stand_in.drain()
    (event,) = ear.events()
    assert event.request is not None
    assert event.request.idempotency_key == "mine"
    assert event.request.id == made.last_response.request_id  # type: ignore[union-attr]


async def test_a_refusal_is_retried_until_accepted(
    client: stripe.StripeClient, stand_in: StripeStandIn, sleeper: Sleeper, ear: Ear
) -> None:
    stand_in.add_endpoint(ear.url, SECRET)
    ear.answers = iter([500, 302, 200])
    await client.v1.customers.create_async()
    await stand_in.drain()
    assert [(one.status, one.attempt) for one in stand_in.deliveries] == [(500, 1), (302, 2), (200, 3)]
    assert sleeper.slept == [0.05, 0.1]
    assert len({body for body, _ in ear.heard}) == 1
    assert stand_in.books()["acct_sandbox"]["webhooks_delivered"] == 1


async def test_nobody_home_is_given_up_in_the_end(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    stand_in.add_endpoint("http://127.0.0.1:9/nobody", SECRET)
    await client.v1.customers.create_async()
    await stand_in.drain()
    assert [one.status for one in stand_in.deliveries] == [0, 0, 0, 0]
    page = await client.v1.events.list_async(params={"delivery_success": False})
    assert [event.pending_webhooks for event in page.data] == [1]


@pytest.mark.parametrize(("order", "position"), [("as_is", 1), ("reversed", -1)])
async def test_held_webhooks_are_released_in_the_order_asked(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear, order: Any, position: int
) -> None:
    stand_in.add_endpoint(ear.url, SECRET, ["invoice.*"])
    stand_in.hold_webhooks()
    stand_in.pay(await open_invoice(client))
    await stand_in.drain()
    assert ear.heard == []
    stand_in.release_webhooks(order)
    await stand_in.drain()
    told = [
        "invoice.created",
        "invoice.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert ear.types() == told[::position]


async def test_shuffled_duplicates_keep_their_ids(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear
) -> None:
    stand_in.add_endpoint(ear.url, SECRET)
    stand_in.hold_webhooks()
    stand_in.pay(await open_invoice(client))
    total = stand_in.release_webhooks("shuffled", duplicate=2)
    await stand_in.drain()
    ids = [event.id for event in ear.events()]
    assert len(ids) == total
    listed = [event.id for event in (await client.v1.events.list_async(params={"limit": 100})).data]
    assert sorted(ids) == sorted(listed * 3)
    assert list(dict.fromkeys(ids)) != listed[::-1]


async def test_redelivered_and_forged_events(client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear) -> None:
    stand_in.add_endpoint(ear.url, SECRET)
    await client.v1.customers.create_async()
    await stand_in.drain()
    (event,) = ear.events()
    stand_in.redeliver(event.id)
    await stand_in.drain()
    assert [one.id for one in ear.events()] == [event.id, event.id]
    stand_in.deliver_forged(event.id)
    await stand_in.drain()
    with pytest.raises(stripe.SignatureVerificationError):
        ear.events()
    assert [one.forged for one in stand_in.deliveries] == [False, False, True]


async def test_a_late_event_comes_after_its_successors(
    client: stripe.StripeClient, stand_in: StripeStandIn, sleeper: Sleeper, ear: Ear
) -> None:
    stand_in.add_endpoint(ear.url, SECRET, ["invoice.finalized", "invoice.paid"])
    stand_in.delay_webhooks("invoice.finalized", 60)
    stand_in.pay(await open_invoice(client))
    await ear.one_heard.wait()
    sleeper.a_minute_passes.set()
    await stand_in.drain()
    assert ear.types() == ["invoice.paid", "invoice.finalized"]


async def test_webhooks_are_driven_over_http_too(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear
) -> None:
    stand_in.add_endpoint(ear.url, SECRET)
    async with aiohttp.ClientSession(stand_in.url) as session:

        async def tell(**what: Any) -> tuple[int, Any]:
            async with session.post("/_sandbox/webhooks", json=what) as answer:
                return answer.status, await answer.json() if answer.status == 200 else None

        assert await tell(do="hold") == (200, {"sending": 0, "held": 0})
        await client.v1.customers.create_async()
        assert await tell(do="release", order="as_is", duplicate=1) == (200, {"sending": 2, "held": 0})
        await stand_in.drain()
        event = ear.events()[0]
        assert await tell(do="redeliver", event=event.id) == (200, {"sending": 1, "held": 0})
        assert await tell(do="dance") == (400, None)
        assert await tell(do="forge", event="evt_none") == (400, None)
        await stand_in.drain()
        async with session.get("/_sandbox/books") as answer:
            assert await answer.json() == stand_in.books()
    assert len(ear.heard) == 3


async def test_events_are_listed_by_type_and_time(client: stripe.StripeClient, stand_in: StripeStandIn) -> None:
    stand_in.pay(await open_invoice(client))
    page = await client.v1.events.list_async(params={"types": ["invoice.paid", "invoice.created"], "limit": 1})
    assert ([event.type for event in page.data], page.has_more) == (["invoice.paid"], True)
    older = await client.v1.events.list_async(
        params={"types": ["invoice.paid", "invoice.created"], "starting_after": page.data[0].id}
    )
    assert [event.type for event in older.data] == ["invoice.created"]
    assert (await client.v1.events.list_async(params={"created": {"gte": 4_000_000_000}})).data == []
    assert (await client.v1.events.list_async(params={"type": "payment_intent.*"})).data != []


async def test_a_platform_hears_its_connected_accounts(
    client: stripe.StripeClient, stand_in: StripeStandIn, ear: Ear
) -> None:
    stand_in.add_account("sk_test_seller", "acct_seller")
    stand_in.connect("acct_sandbox", "acct_seller")
    endpoint = await client.v1.webhook_endpoints.create_async(
        params={"url": ear.url, "enabled_events": ["*"], "connect": True}
    )
    await client.v1.customers.create_async()
    await client.v1.customers.create_async(options={"stripe_account": "acct_seller"})
    await stand_in.drain()
    (event,) = ear.events(str(endpoint.secret))
    assert (event.type, event.account) == ("customer.created", "acct_seller")
