"""A buyer opens their link on a phone and pays, without any script: our page, the provider's, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import web

from bot.domain.invoice import InvoiceStatus
from bot.pay.routes import add_routes
from bot.problems import problems
from bot.webhooks import ASSISTANT
from storage import buyers
from tests.bot.commands.conftest import Shop, a_shop  # noqa: F401
from tests.bot.workflows.till import Counter, a_counter
from tests.browser.conftest import PATIENCE
from tests.shop import free_port

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(name="database_url")
def a_database(sqlite_url: str) -> str:
    """One is enough for what a browser shows."""
    return sqlite_url


@pytest.fixture(name="environment")
def an_environment() -> Iterator[dict[str, str]]:
    with free_port() as port:
        yield {"LIVE_ASSIST_PUBLIC_URL": f"http://127.0.0.1:{port}"}


@pytest_asyncio.fixture
async def counter(shop: Shop) -> AsyncIterator[Counter]:
    """An invoice whose page is opened at the click, beside a provider's site that takes any money."""
    counter = await a_counter(shop)
    public_url = shop.assistant.settings.public_url
    counter.till.site = f"{public_url}/provider"

    async def shows(request: web.Request) -> web.Response:
        return web.Response(
            text="<link rel=icon href=data:,><form method=post><button>Pay with card</button></form>",
            content_type="text/html",
        )

    async def takes_money(request: web.Request) -> web.Response:
        counter.till.pays(request.match_info["page"])
        raise web.HTTPSeeOther(counter.till.order_of(request.match_info["page"]).success_url)

    app = web.Application(middlewares=[problems])
    app[ASSISTANT] = shop.assistant
    add_routes(app, proxies=0)
    app.router.add_get("/provider/{page}", shows)
    app.router.add_post("/provider/{page}", takes_money)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(public_url.rpartition(":")[2])).start()
    yield counter
    await runner.cleanup()


async def opens(browser: Browser, counter: Counter, **how: object) -> tuple[Page, list[str]]:
    """The buyer's link on a phone that runs no script; the page, and what the browser complains of."""
    page = await browser.new_page(viewport=PHONE, java_script_enabled=False, **how)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    invoice = await counter.invoice()
    link = invoice.pay_link(counter.shop.assistant.settings.public_url)
    assert link is not None
    await page.goto(link)
    return page, complaints


async def test_a_buyer_pays_on_a_phone_and_comes_back_to_a_receipt(browser: Browser, counter: Counter) -> None:
    page, complaints = await opens(browser, counter)
    await page.get_by_role("heading", name="Your order from Friday").wait_for()
    await page.get_by_role("button", name="Pay 39.80 USD").click()
    await page.get_by_role("button", name="Pay with card").click()
    await page.get_by_text("Paid: 39.80 USD. Thank you!").wait_for()
    assert (await counter.invoice()).status is InvoiceStatus.PAID
    assert complaints == []
    await page.close()


@pytest.mark.parametrize(("language", "pay"), [("th", "ชำระ 39.80 USD"), ("de", "39.80 USD zahlen")])
async def test_in_the_dark_and_in_other_languages_the_page_is_as_readable(
    browser: Browser, counter: Counter, language: str, pay: str
) -> None:
    await counter.shop.write(buyers.set_language, counter.shop.workspace_id, 1, language)
    page, complaints = await opens(browser, counter, color_scheme="dark")
    button = page.get_by_role("button", name=pay)
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44, "a thumb finds it"
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert await page.locator("html").get_attribute("lang") == language
    assert complaints == []
    await page.close()
