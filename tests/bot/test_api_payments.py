"""Pages to pay on for somebody else's orders, through the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import validate

from adapters.base import Capability, CheckoutStyle, PaymentState, ProviderPayment
from adapters.registry import provider_class
from bot.api.openapi import document
from bot.api.payment_deeds import ROUTES
from bot.api.table import VARIANT, register
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutsideError, Refused, Unreachable
from bot.problems import problems
from bot.webhooks import ASSISTANT
from bot.workflows.learn_payments import learn_payments
from storage import checkouts, integrations, tokens
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401
from tests.bot.workflows.till import Counter, a_counter

Json = dict[str, Any]

ORDER: Json = {
    "order_id": "web-1001",
    "amount_cents": 2500,
    "currency": "USD",
    "description": "A jade bangle",
    "success_url": "https://shop.example/thanks",
    "cancel_url": "https://shop.example/cart",
}


@dataclass
class Caller:
    """A script with a token."""

    counter: Counter
    client: TestClient[web.Request, web.Application]
    headers: dict[str, str] = field(repr=False)

    async def orders(self, **changed: Any) -> tuple[int, Json]:
        sent = {name: value for name, value in (ORDER | changed).items() if value is not None}
        answer = await self.client.post("/api/payments/checkout-session", json=sent, headers=self.headers)
        return answer.status, await answer.json()

    async def asks(self, path: str) -> tuple[int, Json]:
        answer = await self.client.get(path, headers=self.headers)
        return answer.status, await answer.json()


@pytest_asyncio.fixture
async def caller(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    monkeypatch.setattr(provider_class("stripe"), "capabilities", frozenset({Capability.CHECKOUT}))
    counter = await a_counter(shop)
    token = await shop.write(tokens.create, shop.workspace_id, name="web", scope="operate", now=shop.clock())
    app = web.Application(middlewares=[problems])
    app[ASSISTANT], app[VARIANT] = shop.assistant, "full"
    register(app, ROUTES)
    async with TestClient(TestServer(app)) as client:
        yield Caller(counter, client, {"Authorization": f"Bearer {token}"})


async def test_an_order_has_the_same_page_until_it_ends_and_then_another(caller: Caller) -> None:
    (first, page), (second, again) = await asyncio.gather(caller.orders(), caller.orders())
    assert (first, second) == (200, 200)
    assert page["checkout_url"] == again["checkout_url"] == "https://pay.example/cs_1"
    validate(page, {"$ref": "#/components/schemas/Payment", "components": document()["components"]})
    assert {name: page[name] for name in ("order_id", "amount_cents", "currency", "status", "provider_ref")} == {
        "order_id": "web-1001",
        "amount_cents": 2500,
        "currency": "USD",
        "status": "pending",
        "provider_ref": "cs_1",
    }
    caller.counter.shop.clock.passes(minutes=14)
    assert (await caller.orders())[1]["provider_ref"] == "cs_1"
    caller.counter.shop.clock.passes(minutes=2)
    status, other = await caller.orders()
    assert (status, other["provider_ref"], other["id"]) == (200, "cs_2", page["id"])
    order = caller.counter.till.order_of("cs_2")
    assert (order.success_url, order.cancel_url) == (ORDER["success_url"], ORDER["cancel_url"])
    assert (order.invoice_id, order.title, str(order.total)) == (None, "A jade bangle", "25.00 USD")


async def test_the_same_order_over_another_sum_is_refused(caller: Caller) -> None:
    await caller.orders()
    for changed in ({"amount_cents": 2600}, {"currency": "EUR"}):
        status, told = await caller.orders(**changed)
        assert (status, told["error_code"]) == (409, "ORDER_DIFFERS")
    assert "was sent before, over 25.00 USD" in told["message"]


async def test_a_paid_order_says_so_however_we_hear_of_it(caller: Caller) -> None:
    await caller.orders()
    await caller.orders(order_id="web-1002")
    till = caller.counter.till
    till.pays("cs_1")
    till.pays("cs_2")
    assert await caller.counter.hears(PaymentState.PAID, "cs_1") == "applied"
    caller.counter.shop.clock.passes(seconds=30)
    for order_id, paid_on in (("web-1001", "cs_1"), ("web-1002", "cs_2")):
        status, payment = await caller.asks(f"/api/payments/orders/{order_id}/payment")
        assert (status, payment["status"], payment["provider_ref"]) == (200, "paid", paid_on)
        assert payment["paid_at"] is not None
    assert (await caller.orders())[1]["status"] == "paid"
    assert len(till.pages) == 2


async def test_a_page_that_ended_and_one_that_failed_update_the_payment_and_money_beats_both(caller: Caller) -> None:
    await caller.orders()
    for state, status in (
        (PaymentState.FAILED, "failed"),
        (PaymentState.EXPIRED, "expired"),
        (PaymentState.FAILED, "expired"),
        (PaymentState.PAID, "paid"),
        (PaymentState.EXPIRED, "paid"),
    ):
        await caller.counter.hears(state, "cs_1")
        found = await caller.counter.shop.read(checkouts.of_order, 1, "web-1001")
        assert found.status.value == status


async def test_the_end_of_an_earlier_page_does_not_end_the_one_that_is_open_now(caller: Caller) -> None:
    await caller.orders()
    caller.counter.shop.clock.passes(minutes=16)
    await caller.orders()
    await caller.counter.hears(PaymentState.EXPIRED, "cs_1")
    assert (await caller.asks("/api/payments/orders/web-1001/payment"))[1]["status"] == "pending"
    await caller.counter.hears(PaymentState.PAID, "cs_1")
    assert (await caller.asks("/api/payments/orders/web-1001/payment"))[1]["status"] == "paid"


@pytest.mark.parametrize(
    ("changed", "status", "code", "words"),
    [
        ({"amount_cents": None}, 400, "BAD_REQUEST", "amount_cents or line_items is missing"),
        ({"amount_cents": 25.0}, 400, "BAD_REQUEST", "amount_cents is a whole number"),
        ({"amount_cents": 0}, 400, "BAD_REQUEST", "amount_cents is a whole number"),
        ({"currency": "usd"}, 400, "BAD_REQUEST", "currency is the ISO code"),
        ({"success_url": "javascript:alert(1)"}, 400, "BAD_REQUEST", "success_url is a web address"),
        ({"success_url": None}, 400, "BAD_REQUEST", "success_url is missing"),
        ({"order_id": "invoice-1-1"}, 400, "BAD_REQUEST", "does not begin with invoice-"),
        ({"line_items": [{"title": "x", "unit_cents": 1}]}, 400, "BAD_REQUEST", "the line_items come to 1"),
        ({"line_items": [{"title": "x"}]}, 400, "BAD_REQUEST", "line_items is a list"),
        ({"provider": "paypals"}, 400, "BAD_REQUEST", "provider is one of"),
    ],
)
async def test_what_is_wrong_with_an_order_is_said(
    caller: Caller, changed: Json, status: int, code: str, words: str
) -> None:
    answered, told = await caller.orders(**changed)
    assert (answered, told["error_code"]) == (status, code)
    assert words in told["message"]
    assert caller.counter.till.pages == {}


async def test_a_refusal_of_the_provider_is_passed_on_and_can_be_tried_again(caller: Caller) -> None:
    caller.counter.till.trouble = [Refused("That is less than the least charge."), Unreachable("down")]
    status, told = await caller.orders()
    assert (status, told["error_code"]) == (422, "STRIPE_CHECKOUT_FAILED")
    status, told = await caller.orders(provider="stripe")
    assert (status, told["error_code"]) == (503, "STRIPE_UNAVAILABLE")
    status, page = await caller.orders()
    assert (status, page["provider_ref"]) == (200, "cs_1")


async def test_line_items_make_the_sum(caller: Caller) -> None:
    lines = [
        {"title": "Dress", "quantity": 2, "unit_cents": 1990, "options": ["S"]},
        {"title": "Hat", "unit_cents": 500},
    ]
    status, page = await caller.orders(amount_cents=None, line_items=lines)
    assert (status, page["amount_cents"]) == (200, 4480)
    assert [line.description for line in caller.counter.till.order_of("cs_1").lines] == ["Dress (S)", "Hat"]


async def test_without_a_provider_that_has_pages_the_next_step_is_said(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_class("stripe"), "capabilities", frozenset({Capability.INVOICE}))
    status, told = await caller.orders()
    assert (status, told["error_code"]) == (409, "PROVIDER_NOT_CONNECTED")
    status, told = await caller.orders(provider="stripe")
    assert (status, told["error_code"]) == (409, "STRIPE_NOT_OFFERED")
    status, told = await caller.orders(provider="clover")
    assert (status, told["error_code"]) == (409, "CLOVER_NOT_CONNECTED")
    assert "POST /api/integrations/clover/connect" in told["message"]


async def test_a_provider_that_is_found_to_be_out_of_order_meanwhile_is_named(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = caller.counter.shop
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    assert integration is not None

    async def ends(_order: Any, *, key: str) -> None:
        await shop.write(integrations.set_health, shop.workspace_id, integration.id, error=f"No such key ({key[:2]}).")
        raise NotAuthorised("The key was revoked.")

    monkeypatch.setattr(caller.counter.till, "open_checkout", ends)
    status, told = await caller.orders()
    assert (status, told["error_code"], told["message"]) == (422, "STRIPE_CHECKOUT_FAILED", "The key was revoked.")


async def test_a_payment_that_cannot_be_asked_about_holds_up_no_other(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_class("stripe"), "capabilities", frozenset({Capability.CHECKOUT, Capability.REFUND}))
    counter, asked = caller.counter, list[str]()
    trouble: OutsideError = Refused("There is no such page.")

    async def payments_of(page: str, _style: CheckoutStyle) -> tuple[ProviderPayment, ...]:
        asked.append(page)
        if page == "cs_1":
            raise trouble
        amount = Money(2500, "USD")
        one = ProviderPayment(
            payment_id=f"pi_{page}", amount=amount, refunded_cents=0, method="card", fee_cents=103, paid_at=None
        )
        return (one,)

    monkeypatch.setattr(counter.till, "payments_of", payments_of)
    for number in range(1, 4):
        await caller.orders(order_id=f"web-{number}")
        await counter.hears(PaymentState.PAID, f"cs_{number}")
    counter.shop.clock.passes(hours=1)
    assert await learn_payments(counter.shop.assistant, every=timedelta(hours=1)) == 2
    listed = (await caller.asks("/api/payments"))[1]["payments"]
    assert [(one["method"], one["fee_cents"]) for one in listed] == [("card", 103), ("card", 103), (None, None)]
    assert await learn_payments(counter.shop.assistant, every=timedelta(hours=1)) == 0
    assert asked == ["cs_1", "cs_2", "cs_3"], "nobody is asked again so soon"
    counter.shop.clock.passes(hours=1)
    trouble = Busy("Not now.")
    await caller.orders(order_id="web-4")
    await counter.hears(PaymentState.PAID, "cs_4")
    counter.shop.clock.passes(hours=1)
    assert await learn_payments(counter.shop.assistant, every=timedelta(0)) == 0
    assert asked[3:] == ["cs_1"], "the account does not answer"
    assert await learn_payments(counter.shop.assistant, every=timedelta(hours=1)) == 0
    assert asked[4:] == [], "those of other accounts come before it is tried again"
    counter.shop.clock.passes(days=4)
    assert await learn_payments(counter.shop.assistant, every=timedelta(0)) == 0
    assert asked[4:] == [], "it was long ago"


async def test_payments_are_listed_newest_first_in_pages_and_by_what_they_are(caller: Caller) -> None:
    for number in range(1, 4):
        await caller.orders(order_id=f"web-{number}")
    await caller.counter.hears(PaymentState.PAID, "cs_2")
    status, page = await caller.asks("/api/payments?limit=2")
    assert (status, [one["order_id"] for one in page["payments"]]) == (200, ["web-3", "web-2"])
    _, rest = await caller.asks(f"/api/payments?limit=2&cursor={page['next_cursor']}")
    assert ([one["order_id"] for one in rest["payments"]], rest["next_cursor"]) == (["web-1"], None)
    _, paid = await caller.asks("/api/payments?status=paid&provider=stripe")
    assert [one["order_id"] for one in paid["payments"]] == ["web-2"]
    assert (await caller.asks("/api/payments?provider=square"))[1]["payments"] == []
    status, told = await caller.asks("/api/payments?status=dunno")
    assert (status, told["error_code"]) == (400, "BAD_REQUEST")


async def test_an_order_of_another_workspace_is_not_there(caller: Caller) -> None:
    await caller.orders()
    assert (await caller.asks("/api/payments/orders/web-9/payment"))[0] == 404
    found = await caller.counter.shop.read(checkouts.of_order, caller.counter.shop.workspace_id + 1, "web-1001")
    assert found is None
