"""Sellers' accounts under the platform's own: from the first link to the first transfer, through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa

from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY
from storage import connected_accounts, integration_logs, integrations, tokens, workspaces
from storage.database import new_id
from storage.tables import workspaces as workspaces_table
from tests.shop import Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
CONNECT_SECRET = "whsec_of_the_connected_accounts"
DOOR = "/api/connect/webhook"
WITHOUT_FACEBOOK = dict.fromkeys(
    ("FACEBOOK_PAGE_ID", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"), ""
)


@dataclass
class Platform:
    """A running service whose owner has sellers under it, asked by a script."""

    shop: Shop
    session: aiohttp.ClientSession
    keys: dict[str, str]
    seller: int

    async def asks(self, method: str, path: str, body: Any = None, *, by: str = "seller", **more: Any) -> Any:
        """Status and answer, as JSON where it is."""
        headers = {"Authorization": f"Bearer {self.keys[by]}"} | more.pop("headers", {})
        url = path if path.startswith("http") else f"{self.shop.url}{path}"
        async with self.session.request(method, url, json=body, headers=headers, allow_redirects=False) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def does(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Something that works."""
        status, told = await self.asks(method, path, body, **more)
        assert status < 400, told
        return told

    async def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Something that does not: its status and its code."""
        status, told = await self.asks(method, path, body, **more)
        assert set(told) == {"success", "message", "error_code", "details"}
        return status, told["error_code"]

    async def submits(self, url: str, choice: str) -> str:
        """Answer the provider's form; where that leads."""
        async with self.session.post(url, data={"choice": choice}, allow_redirects=False) as answer:
            return answer.headers["Location"]

    @property
    def status(self) -> str:
        """The address of the seller's status."""
        return f"/api/connect/status/{self.seller}"


@pytest_asyncio.fixture(loop_scope="module")
async def platform(tmp_path: Any, sqlite_url: str) -> AsyncIterator[Platform]:
    async with a_shop(tmp_path, sqlite_url) as shop, aiohttp.ClientSession() as session:
        await shop.open(STRIPE_SECRET_KEY=DEFAULT_KEY, STRIPE_CONNECT_WEBHOOK_SECRET=CONNECT_SECRET, **WITHOUT_FACEBOOK)
        write = shop.assistant.database.write
        seller = await write(_a_seller, shop)
        keys = {
            name: await write(tokens.create, owner, name=name, scope=scope, now=shop.now())
            for name, (owner, scope) in {
                "seller": (seller, "admin"),
                "clerk": (seller, "read"),
                "owner": (1, "admin"),
                "stranger": (await write(_a_seller, shop), "admin"),
            }.items()
        }
        yield Platform(shop, session, keys, seller)


def _a_seller(tx: sa.Connection, shop: Shop) -> int:
    uid = f"seller-{tx.scalar(sa.select(sa.func.count()).select_from(workspaces_table))}"
    return new_id(
        tx.execute(
            workspaces_table.insert().values(uid=uid, name=uid, plan="pro", currency="USD", created_at=shop.now())
        )
    )


async def test_a_seller_is_led_through_the_form_and_bills_through_the_new_account(platform: Platform) -> None:
    assert await platform.refusal("GET", platform.status) == (404, "STRIPE_NOT_CONNECTED")
    begun = await platform.does("POST", "/api/connect/onboard", {"country": "US", "email": "mai@example.com"})
    assert (begun["status"], begun["step"]) == ("pending", "details")
    back = await platform.submits(begun["onboarding_url"], "some")
    assert "is not ready yet" in await platform.does("GET", back)
    account = await platform.does("GET", platform.status)
    assert (account["status"], account["step"], account["charges_enabled"]) == ("pending", "more", False)
    assert account["rejection_reason"] == "Something that was asked for is overdue."

    again = await platform.does("POST", "/api/connect/onboard")
    assert again["account_id"] == begun["account_id"], "one account per seller"
    assert again["onboarding_url"] != begun["onboarding_url"], "a link is for one visit"
    assert "can take payments" in await platform.does("GET", await platform.submits(again["onboarding_url"], "all"))
    account = await platform.does("GET", platform.status, by="clerk")
    assert (account["status"], account["step"], account["payouts_enabled"]) == ("active", "done", True)
    assert account["business_name"] == "New Seller"


async def test_a_link_that_is_too_old_leads_to_a_new_one(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    stripe = platform.shop.stripe
    later = stripe.accounts[DEFAULT_ACCOUNT].now() + 301
    stripe.accounts[begun["account_id"]].now = lambda: later
    async with platform.session.get(begun["onboarding_url"], allow_redirects=False) as answer:
        refresh = answer.headers["Location"]
    fresh = await platform.does("GET", refresh)
    assert fresh.startswith(f"{stripe.url}/setup/s/{begun['account_id']}/")
    assert fresh != begun["onboarding_url"]


async def test_a_ticket_is_ours_and_ends(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    back = await platform.submits(begun["onboarding_url"], "none")
    assert await platform.refusal("GET", back[:-2]) == (409, "STRIPE_CONNECT_REFUSED")
    assert await platform.refusal("GET", "/api/connect/return/nonsense") == (409, "STRIPE_CONNECT_REFUSED")
    now = platform.shop.assistant.now()
    platform.shop.assistant.now = lambda: now + timedelta(days=8)
    assert await platform.refusal("GET", back) == (409, "STRIPE_CONNECT_REFUSED")


async def test_a_rejected_account_says_why(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    platform.shop.stripe.reject(begun["account_id"])
    account = await platform.does("GET", platform.status)
    assert (account["status"], account["step"]) == ("disabled", "rejected")
    assert account["rejection_reason"] == "It was rejected because of suspected fraud."


async def test_the_platform_sends_money_once_per_key_and_nobody_else_does(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    stripe = platform.shop.stripe
    order = {"workspace_id": platform.seller, "amount_cents": 1500, "currency": "USD", "description": "October"}
    assert await platform.refusal("POST", "/api/connect/transfer", order) == (403, "NOT_THE_PLATFORM")
    early = await platform.refusal("POST", "/api/connect/transfer", order, by="owner", headers={"Idempotency-Key": "0"})
    assert early == (409, "STRIPE_REFUSED")
    stripe.onboard(begun["account_id"])
    poor = await platform.refusal("POST", "/api/connect/transfer", order, by="owner", headers={"Idempotency-Key": "1"})
    assert poor == (409, "STRIPE_REFUSED"), "there is nothing to send"
    stripe.accounts[DEFAULT_ACCOUNT].keep(_a_charge(stripe.accounts[DEFAULT_ACCOUNT], 5000))
    once = {"headers": {"Idempotency-Key": "2"}}
    sent = await platform.does("POST", "/api/connect/transfer", order, by="owner", **once)
    assert (sent["account_id"], sent["amount_cents"], sent["status"]) == (begun["account_id"], 1500, "sent")
    assert await platform.does("POST", "/api/connect/transfer", order, by="owner", **once) == sent
    other = order | {"amount_cents": 1600}
    refused = await platform.refusal("POST", "/api/connect/transfer", other, by="owner", **once)
    assert refused == (409, "STRIPE_CONNECT_REFUSED")
    assert len(list(stripe.accounts[DEFAULT_ACCOUNT].all("transfer"))) == 1


def _a_charge(books: Any, amount: int) -> Json:
    from sandbox.stripe.resources import new

    return new("charge", amount=amount, amount_captured=amount, currency="usd", status="succeeded", created=books.now())


async def test_balance_and_payouts_are_the_accounts_own(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    books = platform.shop.stripe.accounts[begun["account_id"]]
    books.keep(_a_charge(books, 700))
    balance = await platform.does("GET", f"/api/connect/balance/{platform.seller}", by="owner")
    assert balance == {
        "available": [{"amount_cents": 700, "currency": "USD"}],
        "pending": [{"amount_cents": 0, "currency": "USD"}],
    }
    path = f"/api/connect/payouts/{platform.seller}"
    assert (await platform.does("GET", path))["interval"] == "daily"
    wanted = {"interval": "weekly", "weekly_on": ["friday"]}
    assert await platform.does("PATCH", path, wanted) == wanted | {"monthly_on": []}
    assert (await platform.does("GET", path))["weekly_on"] == ["friday"]
    for wrong in ({"interval": "weekly"}, {"interval": "daily", "weekly_on": ["friday"]}, {"interval": "never"}):
        assert await platform.refusal("PATCH", path, wrong) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("what", ["status", "balance", "payouts"])
async def test_nobody_sees_another_workspaces_account(platform: Platform, what: str) -> None:
    await platform.does("POST", "/api/connect/onboard")
    path = f"/api/connect/{what}/{platform.seller}"
    assert await platform.refusal("GET", path, by="stranger") == (404, "NOT_FOUND")
    assert await platform.refusal("GET", f"/api/connect/{what}/0", by="owner") == (404, "NOT_FOUND")
    assert await platform.refusal("GET", f"/api/connect/{what}/99", by="owner") == (404, "NOT_FOUND")
    assert (await platform.asks("GET", path, by="owner"))[0] == 200
    assert await platform.refusal("POST", "/api/connect/onboard", by="clerk") == (403, "SCOPE_TOO_SMALL")


async def test_the_fee_is_shown_in_percent(platform: Platform) -> None:
    await platform.does("POST", "/api/connect/onboard")
    await platform.shop.assistant.database.write(workspaces.set_fee, platform.seller, 250)
    assert (await platform.does("GET", platform.status))["fee_percent"] == 2.5


def _report(platform: Platform) -> None:
    """Have the provider report on the accounts under the platform's from now on."""
    platform.shop.stripe.add_endpoint(f"{platform.shop.url}{DOOR}", CONNECT_SECRET, connect=True)


async def _connection(platform: Platform) -> str:
    """How the seller's connection stands once all that was reported is acted on."""
    await platform.shop.stripe.drain()
    await platform.shop.assistant.errands_done()
    found = await platform.shop.assistant.database.read(integrations.get, platform.seller, "stripe")
    return "none" if found is None else str(found.status)


async def test_an_account_that_is_done_is_connected_as_soon_as_its_provider_says_so(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    _report(platform)
    platform.shop.stripe.onboard(begun["account_id"], complete=False)
    assert await _connection(platform) == "none"
    platform.shop.stripe.onboard(begun["account_id"])
    assert await _connection(platform) == "active"
    look = platform.shop.assistant.database.read
    found = await look(integrations.get, platform.seller, "stripe")
    assert found is not None
    assert found.account_id == begun["account_id"]
    events = [one.event for one in await look(integration_logs.page, platform.seller, "stripe", limit=9)]
    assert events.count("account_changed") == 2

    platform.shop.stripe.reject(begun["account_id"])
    await _connection(platform)
    account = await look(connected_accounts.get, platform.seller, "stripe")
    assert account is not None
    assert (account.status, account.step) == ("disabled", "rejected")


async def test_a_seller_who_takes_the_access_back_is_disconnected(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    _report(platform)
    platform.shop.stripe.onboard(begun["account_id"])
    assert await _connection(platform) == "active"
    await platform.shop.stripe.drain()
    platform.shop.stripe.disconnect(begun["account_id"])
    assert await _connection(platform) == "error"
    status = await platform.does("GET", "/api/integrations/stripe/status")
    assert status["error"] == "The access was taken back at Stripe."


async def test_the_door_of_connected_accounts_is_for_those_who_sign(platform: Platform) -> None:
    begun = await platform.does("POST", "/api/connect/onboard")
    _report(platform)
    stripe = platform.shop.stripe
    stripe.onboard(begun["account_id"])
    assert await _connection(platform) == "active"
    event = next(one["id"] for one in stripe.accounts[begun["account_id"]].all("event"))
    assert stripe.deliver_forged(event) == 1
    await stripe.drain()
    assert [one.status for one in stripe.deliveries if one.forged] == [401]
    assert await platform.refusal("POST", DOOR, {}) == (401, "WEBHOOK_SIGNATURE_INVALID")


async def test_without_a_secret_that_door_is_closed(tmp_path: Any, sqlite_url: str) -> None:
    async with a_shop(tmp_path, sqlite_url) as shop, aiohttp.ClientSession() as session:
        await shop.open(STRIPE_SECRET_KEY=DEFAULT_KEY, **WITHOUT_FACEBOOK)
        async with session.post(f"{shop.url}{DOOR}", json={}) as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (503, "STRIPE_NOT_CONFIGURED")
