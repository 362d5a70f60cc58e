"""Scripts connect the real adapters: by key, on the provider's page, and what they hear when it does not work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import utc_now
from sandbox.clover import MERCHANT_ID, PRIVATE_KEY, CloverStandIn
from sandbox.square import DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn
from storage import tokens
from tests.bot.test_api_deeds import WITHOUT_FACEBOOK, described
from tests.shop import PATIENCE, Shop, a_shop

APPLICATION, SIGNATURE_KEY = "sandbox-sq0idb-of-the-platform", "square-signature-key-0123456789"


@dataclass
class Script:
    """Somebody with a token of the first workspace."""

    shop: Shop
    square: SquareStandIn
    session: aiohttp.ClientSession
    token: str

    async def asks(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        path = f"/api/integrations/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.request(method, f"{self.shop.url}{path}", json=body, headers=headers) as answer:
            told = await answer.json()
            described(method, path, answer.status, told)
            return answer.status, told

    async def until(self, path: str, name: str, *values: Any) -> dict[str, Any]:
        """Ask until it is one of these; without any, until it is something."""
        async with asyncio.timeout(PATIENCE):
            while not _is((told := (await self.asks("GET", path))[1])[name], values):  # noqa: ASYNC110 - as a script would
                await asyncio.sleep(0.05)
        return told


def _is(told: Any, values: tuple[Any, ...]) -> bool:
    return told in values if values else told is not None


@asynccontextmanager
async def a_script(folder: Path) -> AsyncIterator[Script]:
    square, clover = SquareStandIn(), CloverStandIn()
    await square.start()
    await clover.start()
    try:
        async with a_shop(folder) as shop, aiohttp.ClientSession() as session:
            callback = f"{shop.url}/api/integrations/square/callback"
            secret = square.add_application(APPLICATION, "sandbox-sq0csb-secret", callback).secret
            square.subscribe(APPLICATION, f"{shop.url}/api/webhooks/square", SIGNATURE_KEY)
            await shop.open(
                **WITHOUT_FACEBOOK,
                SQUARE_API_BASE=square.url,
                SQUARE_ENVIRONMENT="sandbox",
                SQUARE_APPLICATION_ID=APPLICATION,
                SQUARE_APPLICATION_SECRET=secret,
                SQUARE_WEBHOOK_SIGNATURE_KEY=SIGNATURE_KEY,
                CLOVER_API_BASE=clover.url,
            )
            token = await shop.assistant.database.write(tokens.create, 1, name="script", scope="operate", now=utc_now())
            yield Script(shop, square, session, token)
    finally:
        await square.stop()
        await clover.stop()


@pytest.fixture
async def script(tmp_path: Path) -> AsyncIterator[Script]:
    async with a_script(tmp_path) as script:
        yield script


async def test_a_key_that_does_not_work_is_said_so_by_its_code(script: Script) -> None:
    for provider, body, refusal in (
        ("square", {"access_token": "EAAA" + "x" * 60}, "SQUARE_INVALID_TOKEN"),
        ("square", {"access_token": "my dog"}, "SQUARE_INVALID_TOKEN"),
        ("square", {"access_token": DEFAULT_TOKEN, "location_id": "LNOWHERE00000"}, "SQUARE_LOCATION_NOT_FOUND"),
        ("clover", {"merchant_id": MERCHANT_ID, "private_key": PRIVATE_KEY[:-4] + "0000"}, "CLOVER_INVALID_TOKEN"),
        ("stripe", {"secret_key": "sk_test_" + "x" * 30}, "STRIPE_INVALID_TOKEN"),
        ("stripe", {}, "STRIPE_OAUTH_NOT_OFFERED"),
    ):
        status, told = await script.asks("POST", f"{provider}/connect", body)
        assert (status >= 400, told["error_code"]) == (True, refusal), told
        assert (await script.asks("GET", f"{provider}/status"))[1]["connected"] is False


async def test_each_provider_is_connected_by_its_key_and_says_its_own_figures(script: Script) -> None:
    keys = {
        "square": {"access_token": DEFAULT_TOKEN},
        "clover": {"merchant_id": MERCHANT_ID, "private_key": PRIVATE_KEY},
    }
    for provider, body in keys.items():
        status, told = await script.asks("POST", f"{provider}/connect", body)
        assert (status, told["connected"]) == (200, True), told
        assert (await script.asks("GET", f"{provider}/test"))[1]["success"] is True
        assert (await script.asks("GET", f"{provider}/summary"))[1]["account"]["name"] == "Sandbox Shop"
        status, told = await script.asks("POST", f"{provider}/sync")
        assert status == 200 or told["error_code"] == f"{provider.upper()}_NOT_OFFERED"
        assert (await script.asks("DELETE", provider))[0] == 200


async def test_a_seller_agrees_on_squares_page_and_takes_it_back_there(script: Script) -> None:
    status, page = await script.asks("POST", "square/auth-url")
    assert status == 200
    async with script.session.get(page["auth_url"]) as shown:
        assert "asks for access" in await shown.text()
    form = {"merchant": DEFAULT_MERCHANT, "choice": "allow"}
    async with script.session.post(page["auth_url"], data=form) as came_back:
        assert (came_back.status, str(came_back.url.path)) == (200, "/api/integrations/square/callback")
        assert "Square is connected" in await came_back.text()
    async with script.session.post(page["auth_url"], data=form) as again:
        assert again.status == 400
        assert "Begin again" in await again.text()
    assert (await script.asks("GET", "square/test"))[1]["success"] is True
    await script.until("square/status", "synced_at")  # or reading the books finds it out first, and says it otherwise
    script.square.disconnect(DEFAULT_MERCHANT, APPLICATION)
    told = await script.until("square/status", "status", "error")
    assert told["error"] == "The access was taken back at Square."


async def test_a_seller_who_says_no_on_squares_page_is_not_connected(script: Script) -> None:
    _, page = await script.asks("POST", "square/connect")
    async with script.session.post(page["auth_url"], data={"choice": "deny"}) as came_back:
        assert came_back.status == 400
        assert "Access to Square was not given" in await came_back.text()
    assert (await script.asks("GET", "square/status"))[1]["connected"] is False
