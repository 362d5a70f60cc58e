"""What buyers pay again and again, through the API, at a strict Stripe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from jsonschema import validate

from bot.api.openapi import document
from bot.workflows.ask_subscriptions import ask_subscriptions
from bot.workflows.reconcile_payments import Reconciliation
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY
from storage import tokens
from storage.database import new_id
from storage.tables import buyers, cursors, deliveries
from tests.bot.test_api_connect import WITHOUT_FACEBOOK
from tests.shop import Shop, a_shop

Json = dict[str, Any]
BOX: Json = {
    "buyer": "@lan",
    "title": "A box a month",
    "amount_cents": 2500,
    "currency": "USD",
    "interval": "month",
}


@dataclass
class Script:
    """A script with a token, whose shop is connected to Stripe."""

    shop: Shop
    session: aiohttp.ClientSession
    token: str
    buyer_id: int

    async def asks(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        async with self.session.request(method, f"{self.shop.url}{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def begins(self, *, key: str = "", **changed: Any) -> tuple[int, Json]:
        sent = {name: value for name, value in (BOX | changed).items() if value is not None}
        return await self.asks("POST", "/api/subscriptions", sent, key=key)

    async def begun(self) -> Json:
        """A subscription whose first payment came, and was reported."""
        status, made = await self.begins()
        assert status == 201, made
        self.shop.stripe.pay(self.books.at("subscription", made["external_id"])["latest_invoice"])
        await self.shop.stripe.drain()
        return made

    async def does(self, made: Json, what: str) -> tuple[int, str]:
        """Change it: the status, and how it stands then or why not."""
        status, told = await self.asks("POST", f"/api/subscriptions/{made['id']}/{what}")
        return status, told.get("status") or told["error_code"]

    async def listed(self) -> list[str]:
        """How those stand that there are, as we have last heard."""
        return [one["status"] for one in (await self.asks("GET", "/api/subscriptions"))[1]["subscriptions"]]

    @property
    def books(self) -> Any:
        return self.shop.stripe.accounts[DEFAULT_ACCOUNT]

    @property
    def there(self) -> list[Json]:
        """What Stripe has."""
        return list(self.books.all("subscription"))


async def _no_wait(_seconds: float) -> None:
    """Nobody waits in a test."""


@pytest_asyncio.fixture
async def script(tmp_path: Any, database_url: str) -> AsyncIterator[Script]:
    async with a_shop(tmp_path, database_url) as shop, aiohttp.ClientSession() as session:
        shop.sleep = _no_wait
        await shop.open(STRIPE_SECRET_KEY=DEFAULT_KEY, **WITHOUT_FACEBOOK)
        write = shop.assistant.database.write
        token = await write(tokens.create, 1, name="boxes", scope="operate", now=shop.now())
        named = {"handle": "@lan", "handle_key": "lan", "name": "Lan"}
        values = {"workspace_id": 1, "created_at": shop.now(), **named}
        buyer_id = await write(lambda tx: new_id(tx.execute(buyers.insert().values(**values))))
        yield Script(shop, session, token, buyer_id)


async def test_a_subscription_begins_once_and_its_buyer_is_sent_the_page(script: Script) -> None:
    status, made = await script.begins(key="box-1")
    assert status == 201
    validate(made, {"$ref": "#/components/schemas/Subscription", "components": document()["components"]})
    assert (made["status"], made["provider"], made["buyer"]["id"]) == ("incomplete", "stripe", script.buyer_id)
    assert {name: made[name] for name in BOX if name != "buyer"} == {n: v for n, v in BOX.items() if n != "buyer"}
    assert made["external_url"].startswith(script.shop.stripe.url)
    assert await script.begins(key="box-1", buyer=script.buyer_id) == (201, made)
    status, told = await script.begins(key="box-1", amount_cents=2600)
    assert (status, told["error_code"]) == (409, "ORDER_DIFFERS")
    assert len(script.there) == 1
    (text, buttons) = await script.shop.assistant.database.read(_told)
    assert text.startswith("A box a month: 25.00 USD every month.")
    assert buttons[0][0]["url"] == made["external_url"]

    script.shop.stripe.pay(script.there[0]["latest_invoice"])
    await script.shop.stripe.drain()
    assert await script.listed() == ["active"], "it was reported"
    status, now = await script.asks("GET", f"/api/subscriptions/{made['id']}")
    assert (status, now["status"], now["external_url"]) == (200, "active", None)


def _told(tx: sa.Connection) -> tuple[str, Any]:
    """The one message to the buyer."""
    row = tx.execute(sa.select(deliveries).where(deliveries.c.purpose == "subscription")).one()
    return row.text, row.buttons


async def test_whoever_asks_twice_at_once_begins_one(script: Script) -> None:
    (one, made), (two, again) = await asyncio.gather(script.begins(key="box-1"), script.begins(key="box-1"))
    assert (one, two, made["id"], made["external_id"]) == (201, 201, again["id"], again["external_id"])
    assert len(script.there) == 1


async def test_it_is_paused_resumed_and_canceled_as_often_as_somebody_says_so(script: Script) -> None:
    made = await script.begun()
    for what, stands in (("pause", "paused"), ("resume", "active"), ("pause", "paused"), ("pause", "paused")):
        assert await script.does(made, what) == (200, stands)
        assert script.there[0]["status"] == stands
    assert await script.does(made, "cancel") == (200, "canceled")
    assert await script.does(made, "cancel") == (200, "canceled")
    assert await script.does(made, "resume") == (409, "SUBSCRIPTION_NOT_CHANGED")
    await script.shop.stripe.drain()
    assert await script.listed() == ["canceled"]


async def test_what_no_report_told_is_found_by_asking_once_an_hour(script: Script) -> None:
    await script.begun()
    script.shop.stripe.lose_webhooks()
    script.there[0]["status"] = "past_due"
    assistant = script.shop.assistant
    assert await ask_subscriptions(assistant, every=timedelta(0)) == 1
    assert await script.listed() == ["past_due"]
    script.there[0]["status"] = "canceled"
    assert await ask_subscriptions(assistant, every=timedelta(hours=1)) == 0
    assert await script.listed() == ["past_due"]
    await assistant.database.write(lambda tx: tx.execute(cursors.delete()))
    await Reconciliation(assistant).look()
    assert await script.listed() == ["canceled"]
    asked = len(script.shop.stripe.requests)
    assert await ask_subscriptions(assistant, every=timedelta(0)) == 0
    assert len(script.shop.stripe.requests) == asked, "nothing more will come of it"


async def test_what_no_report_told_stands_in_the_list_of_events_and_is_found_at_the_next_look(script: Script) -> None:
    made = await script.begun()
    look = Reconciliation(script.shop.assistant).look
    await look()
    script.shop.stripe.lose_webhooks()
    script.there[0]["status"] = "past_due"
    script.books.emit("customer.subscription.updated", script.there[0])
    await look()
    assert await script.listed() == ["past_due"]
    asked = [call for call in script.shop.stripe.requests if call.id == made["external_id"]]
    await look()
    assert [call for call in script.shop.stripe.requests if call.id == made["external_id"]] == asked


async def test_some_are_asked_about_at_a_time_and_none_of_an_account_that_does_not_answer(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        assert (await script.begins(key=f"box-{number}"))[0] == 201
    monkeypatch.setattr("bot.workflows.ask_subscriptions.AT_ONCE", 2)
    assistant, stripe = script.shop.assistant, script.shop.stripe

    async def anew() -> None:
        await assistant.database.write(lambda tx: tx.execute(cursors.delete()))

    async def asked() -> int:
        before = len(stripe.requests)
        await ask_subscriptions(assistant, every=timedelta(hours=1))
        return len(stripe.requests) - before

    await anew()
    assert [await asked() for _ in range(4)] == [2, 2, 1, 0]
    await anew()
    stripe.fail("status", path="/v1/subscriptions/", status=500)
    assert [await asked() for _ in range(2)] == [0, 2]


async def test_one_that_is_not_paid_yet_can_only_be_canceled(script: Script) -> None:
    _, made = await script.begins()
    assert await script.does(made, "pause") == (409, "SUBSCRIPTION_NOT_CHANGED")
    assert await script.does(made, "cancel") == (200, "canceled")


async def test_a_lost_answer_is_told_and_asking_again_begins_nothing_twice(script: Script) -> None:
    script.shop.stripe.fail("drop_response", method="POST", path="/v1/subscriptions", times=4)
    status, told = await script.begins(key="box-1")
    assert (status, told["error_code"]) == (502, "STRIPE_OUTCOME_UNKNOWN")
    assert await script.listed() == ["asked"]
    status, made = await script.begins(key="box-1")
    assert (status, made["status"], len(script.there)) == (201, "incomplete", 1)


async def test_a_lost_answer_to_a_change_changes_it_once(script: Script) -> None:
    made = await script.begun()
    script.shop.stripe.fail(
        "drop_response", method="POST", path=f"/v1/subscriptions/{made['external_id']}/pause", times=4
    )
    assert await script.does(made, "pause") == (502, "STRIPE_OUTCOME_UNKNOWN")
    assert await script.does(made, "pause") == (200, "paused")
    bills = len(list(script.books.all("invoice")))
    script.shop.stripe.fail("drop_response", method="POST", path=f"/v1/subscriptions/{made['external_id']}/resume")
    assert await script.does(made, "resume") == (200, "active")
    assert len(list(script.books.all("invoice"))) == bills + 1, "a new period is billed once"


async def test_what_stripe_refuses_stays_refused_under_its_key_and_is_free_under_another(script: Script) -> None:
    status, told = await script.begins(key="box-1", amount_cents=10)
    assert (status, told["error_code"]) == (409, "STRIPE_REFUSED")
    assert await script.begins(key="box-1", amount_cents=10) == (409, told | {"details": {"code": "refused_before"}})
    assert await script.listed() == ["refused"]
    assert (await script.begins(key="box-2"))[0] == 201


async def test_what_cannot_be_is_said_with_what_to_do(script: Script) -> None:
    for changed, status, code in (
        ({"buyer": "@nobody"}, 404, "BUYER_NOT_FOUND"),
        ({"buyer": 0}, 400, "BAD_REQUEST"),
        ({"interval": "fortnight"}, 400, "BAD_REQUEST"),
        ({"provider": "paypals"}, 400, "BAD_REQUEST"),
        ({"provider": "square"}, 409, "SQUARE_NOT_OFFERED"),
    ):
        answered, told = await script.begins(**changed)
        assert (answered, told["error_code"]) == (status, code)
    assert "Connect Stripe in our private chat: /connect stripe" in told["message"]
    made = await script.begun()
    await script.asks("DELETE", "/api/integrations/stripe")
    assert (await script.begins())[1]["error_code"] == "PROVIDER_NOT_CONNECTED"
    assert await script.does(made, "pause") == (409, "STRIPE_NOT_CONNECTED")
    assert (await script.asks("GET", f"/api/subscriptions/{made['id']}"))[1]["status"] == "active", "as last seen"
    for path in ("/api/subscriptions/99", "/api/subscriptions/x"):
        assert (await script.asks("GET", path))[0] == 404


async def test_they_are_listed_newest_first_in_pages(script: Script) -> None:
    for number in range(3):
        await script.begins(title=f"Box {number}")
    _, page = await script.asks("GET", "/api/subscriptions?limit=2")
    validate(page, {"$ref": "#/components/schemas/Subscriptions", "components": document()["components"]})
    assert [one["title"] for one in page["subscriptions"]] == ["Box 2", "Box 1"]
    _, rest = await script.asks("GET", f"/api/subscriptions?limit=2&cursor={page['next_cursor']}")
    assert ([one["title"] for one in rest["subscriptions"]], rest["next_cursor"]) == (["Box 0"], None)


async def test_a_buyer_has_a_page_of_their_own_once_they_are_a_customer(script: Script) -> None:
    path = f"/api/buyers/{script.buyer_id}/portal"
    status, told = await script.asks("POST", path)
    assert (status, told["error_code"]) == (409, "NO_CUSTOMER")
    await script.begins()
    status, page = await script.asks("POST", path)
    assert status == 200
    assert page["url"].startswith(f"{script.shop.stripe.url}/")
    for nobody in ("99", "x"):
        assert (await script.asks("POST", f"/api/buyers/{nobody}/portal"))[0] == 404
