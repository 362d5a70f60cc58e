"""The buyer's link: what its page says in every state, in their language, and that looking at it changes nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.invoice import InvoiceStatus, Line, LineKind
from bot.kit.errors import Busy, NotAuthorised, Unreachable
from bot.pay.doorman import PER_LINK
from bot.pay.routes import add_routes
from bot.problems import problems
from bot.webhooks import ASSISTANT
from storage import buyers, integrations, invoices, workspaces
from tests.bot.commands.conftest import Shop, a_shop  # noqa: F401
from tests.bot.workflows.till import DRESS, URL, Counter, a_counter, another_invoice

LINES = (
    DRESS,
    Line(kind=LineKind.DISCOUNT, code="", title="Coupon <b>SUMMER</b>", options=(), quantity=1, unit_cents=-398),
    Line(kind=LineKind.SHIPPING, code="", title="Shipping", options=(), quantity=1, unit_cents=700),
    Line(kind=LineKind.TAX, code="", title="VAT 7%", options=(), quantity=1, unit_cents=300),
    Line(kind=LineKind.CREDIT, code="", title="Store credit", options=(), quantity=1, unit_cents=-582),
)


@pytest.fixture(name="environment")
def an_environment() -> dict[str, str]:
    return {"LIVE_ASSIST_PUBLIC_URL": URL}


@dataclass
class Visitor:
    """Somebody with a link and a browser."""

    counter: Counter
    client: TestClient[web.Request, web.Application]

    @property
    def shop(self) -> Shop:
        return self.counter.shop

    async def path(self) -> str:
        return f"/pay/{(await self.counter.invoice()).pay_token}"

    async def looks(self, path: str = "", **headers: str) -> tuple[ClientResponse, str]:
        """Open the link; the answer and what can be read on it."""
        answer = await self.client.get(path or await self.path(), headers=headers, allow_redirects=False)
        return answer, readable(await answer.text())

    async def presses_pay(self, **headers: str) -> ClientResponse:
        return await self.client.post(await self.path(), headers=headers, allow_redirects=False)

    async def changes(self, **values: object) -> None:
        await self.shop.write(invoices.change, self.shop.workspace_id, self.counter.invoice_id, **values)


def readable(html: str) -> str:
    """A page without its tags."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


@pytest_asyncio.fixture
async def visitor(shop: Shop) -> AsyncIterator[Visitor]:
    counter = await a_counter(shop)
    counter.invoice_id = await another_invoice(shop, *LINES)
    app = web.Application(middlewares=[problems])
    app[ASSISTANT] = shop.assistant
    add_routes(app, proxies=0, clock=lambda: 0.0)
    async with TestClient(TestServer(app)) as client:
        yield Visitor(counter, client)


async def test_the_page_shows_the_order_and_a_button_that_leads_to_a_page_to_pay_on(visitor: Visitor) -> None:
    answer, page = await visitor.looks()
    assert answer.status == 200
    for text in (
        "First",
        "Your order from Friday",
        "2 × 12 Blue dress (red) 39.80 USD",
        "Coupon <b>SUMMER</b> -3.98 USD",
        "Shipping 7.00 USD",
        "VAT 7% 3.00 USD",
        "Store credit -5.82 USD",
        "Total 40.00 USD",
        "Pay 40.00 USD",
        "You pay on the page of Stripe.",
    ):
        assert text in page
    assert visitor.counter.till.pages == {}, "a chat app that shows the link opens nothing"
    pressed = await visitor.presses_pay()
    assert (pressed.status, pressed.headers["Location"]) == (303, "https://pay.example/cs_1")
    assert (await visitor.presses_pay()).headers["Location"] == "https://pay.example/cs_1"


async def test_a_shop_that_nobody_has_named_is_called_as_its_bot_is(visitor: Visitor) -> None:
    for name, read in (("My shop", "First bot"), ("Mai's Closet", "Mai's Closet")):
        await visitor.shop.write(workspaces.rename, visitor.shop.workspace_id, name)
        _, page = await visitor.looks()
        assert f"{read} Your order from Friday" in page


async def test_the_page_keeps_its_address_to_itself_and_runs_nothing(visitor: Visitor) -> None:
    answer, _ = await visitor.looks()
    html = await answer.text()
    assert "<script" not in html
    assert "style=" not in html
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


async def test_the_buyer_reads_it_in_their_language(visitor: Visitor) -> None:
    await visitor.shop.write(buyers.set_language, visitor.shop.workspace_id, 1, "th")
    answer, page = await visitor.looks()
    assert '<html lang="th">' in await answer.text()
    for text in ("รายการสั่งซื้อของคุณจาก Friday", "ค่าจัดส่ง 7.00 USD", "รวม 40.00 USD", "ชำระ 40.00 USD"):
        assert text in page


async def test_what_is_paid_already_is_taken_off(visitor: Visitor) -> None:
    await visitor.changes(paid_cents=1500, status=InvoiceStatus.PARTLY_PAID)
    _, page = await visitor.looks()
    assert "Total 40.00 USD Paid already -15.00 USD Still to pay 25.00 USD Pay 25.00 USD" in page
    await visitor.presses_pay()
    assert str(visitor.counter.till.order_of("cs_1").total) == "25.00 USD"


@pytest.mark.parametrize(
    ("values", "status", "says", "code"),
    [
        ({"status": InvoiceStatus.PAID}, 200, "Paid: 40.00 USD. Thank you!", "INVOICE_PAID"),
        ({"status": InvoiceStatus.REFUNDED}, 200, "was sent back", "INVOICE_CLOSED"),
        ({"status": InvoiceStatus.VOID}, 200, "This order was taken back", "INVOICE_CLOSED"),
        ({"status": InvoiceStatus.EXPIRED}, 200, "The time to pay is over", "INVOICE_EXPIRED"),
        ({"status": InvoiceStatus.ERROR}, 503, "It cannot be paid right now", "PROVIDER_UNAVAILABLE"),
        ({"status": InvoiceStatus.DRAFT, "external_url": None}, 200, "is being prepared", "INVOICE_BEING_MADE"),
    ],
    ids=["paid", "refunded", "released", "expired", "refused", "being made"],
)
async def test_who_has_nothing_to_pay_is_told_why_and_is_given_no_button(
    visitor: Visitor, values: dict[str, object], status: int, says: str, code: str
) -> None:
    await visitor.changes(**values)
    answer, page = await visitor.looks()
    assert answer.status == status
    assert says in page
    assert "Pay 40.00 USD" not in page
    pressed = await visitor.presses_pay()
    assert (pressed.status, pressed.headers["Location"]) == (303, (await visitor.counter.invoice()).pay_token)
    script, _ = await visitor.looks(Accept="application/json")
    assert (await script.json())["error_code"] == code
    assert visitor.counter.till.pages == {}


async def test_where_there_is_no_page_to_pay_on_the_buyer_reads_what_to_do(visitor: Visitor) -> None:
    await visitor.changes(external_url=None, how_to_pay="Send it to account 12-34 and write LA-1-2.")
    answer, page = await visitor.looks()
    assert answer.status == 200
    assert "Send it to account 12-34 and write LA-1-2." in page
    assert "Total 40.00 USD" in page
    assert "Pay 40.00 USD" not in page
    assert (await visitor.presses_pay()).headers["Location"] == (await visitor.counter.invoice()).pay_token


async def test_an_address_that_is_no_link_says_so_in_the_browsers_language(visitor: Visitor) -> None:
    answer, page = await visitor.looks("/pay/nobody-has-this-token", **{"Accept-Language": "pt-BR, de;q=0.8"})
    assert (answer.status, page) == (404, "Hier ist keine Bestellung. Bitte prüf deinen Link.")
    script, _ = await visitor.looks("/pay/nobody-has-this-token", Accept="application/json")
    assert (script.status, (await script.json())["error_code"]) == (404, "NOT_FOUND")


async def test_a_link_that_was_replaced_leads_to_the_new_one(visitor: Visitor) -> None:
    old = await visitor.counter.invoice()
    new = await another_invoice(visitor.shop)
    await visitor.shop.write(invoices.change, 1, new, replaces_id=old.id)
    await visitor.changes(status=InvoiceStatus.VOID)
    answer, _ = await visitor.looks()
    token = (await visitor.shop.read(invoices.get, 1, new)).pay_token
    assert (answer.status, answer.headers["Location"]) == (302, token)


@pytest.mark.parametrize("trouble", [Unreachable("down"), Busy("later", retry_after=5), RuntimeError("a bug")])
async def test_a_provider_in_trouble_is_no_dead_end(visitor: Visitor, trouble: Exception) -> None:
    visitor.counter.till.trouble = [trouble]
    pressed = await visitor.presses_pay()
    assert (pressed.status, pressed.headers["Retry-After"]) == (503, "60")
    page = readable(await pressed.text())
    assert "Please try again in a minute, or write to the shop." in page
    assert ("Pay 40.00 USD" in page) is not isinstance(trouble, RuntimeError)
    visitor.shop.clock.passes(seconds=31)
    assert (await visitor.presses_pay()).headers["Location"] == "https://pay.example/cs_1"


async def test_after_a_disconnect_the_buyer_is_sent_to_the_shop(visitor: Visitor) -> None:
    await visitor.shop.write(integrations.disconnect, visitor.shop.workspace_id, "stripe")

    def gone(_integration: object) -> object:
        raise NotAuthorised("Stripe is disconnected.")

    visitor.shop.assistant.provider_for = gone  # type: ignore[assignment]
    for _ in range(2):
        pressed = await visitor.presses_pay()
        assert pressed.status == 503
        assert "write to the shop" in readable(await pressed.text())
    told = [one.text for one in await visitor.shop.told("notice") if "cannot" in one.text]
    assert told == [
        "@mai wants to pay 40.00 USD and cannot: Stripe is disconnected. "
        "When that is mended, the same link works. Or void it: /void @mai"
    ]


async def test_who_comes_back_from_paying_is_thanked_and_nothing_is_called_paid_before_it_is(visitor: Visitor) -> None:
    await visitor.presses_pay()
    done = f"{await visitor.path()}?done"
    answer, page = await visitor.looks(done)
    assert "Your payment is being confirmed" in page
    assert "Paid:" not in page
    assert "Pay 40.00 USD" not in page
    assert '<meta http-equiv="refresh" content="5">' in await answer.text()
    assert visitor.counter.till.asked == ["cs_1"]
    visitor.counter.till.pays("cs_1")
    await visitor.looks(done)
    assert visitor.counter.till.asked == ["cs_1"], "a page that looks again does not ask each time"


async def test_who_has_paid_by_a_transfer_that_takes_days_is_not_sent_to_pay_again(visitor: Visitor) -> None:
    await visitor.presses_pay()
    till = visitor.counter.till
    till.pages["cs_1"] = replace(till.pages["cs_1"], url=None)
    visitor.shop.clock.passes(seconds=30)
    pressed = await visitor.presses_pay()
    token = (await visitor.counter.invoice()).pay_token
    assert (pressed.status, pressed.headers["Location"]) == (303, f"{token}?done")


async def test_when_the_provider_says_so_the_page_is_a_receipt(visitor: Visitor) -> None:
    await visitor.presses_pay()
    visitor.counter.till.pays("cs_1")
    _, page = await visitor.looks(f"{await visitor.path()}?done")
    invoice = await visitor.counter.invoice()
    assert invoice.status is InvoiceStatus.PAID
    assert "Paid: 40.00 USD. Thank you!" in page
    assert page.endswith(f"{invoice.number} · 2026-11-20")


async def test_an_invoice_that_has_a_page_at_its_provider_leads_there(visitor: Visitor) -> None:
    await visitor.changes(style="invoice", external_id="in_1", external_url="https://pay.example/in_1")
    answer, _ = await visitor.looks()
    assert '<a class="pay" href="https://pay.example/in_1" rel="noreferrer">' in await answer.text()
    assert (await visitor.presses_pay()).headers["Location"] == "https://pay.example/in_1"
    script, _ = await visitor.looks(Accept="application/json")
    assert await script.json() == {
        "success": True,
        "status": "sent",
        "number": "LA-1-2",
        "amount_cents": 4000,
        "currency": "USD",
        "pay_url": f"{URL}{await visitor.path()}",
        "external_url": "https://pay.example/in_1",
    }


async def test_who_opens_a_link_too_often_is_asked_to_wait(visitor: Visitor) -> None:
    _, burst = PER_LINK
    for _ in range(burst):
        answer, _ = await visitor.looks()
        assert answer.status == 200
    answer, page = await visitor.looks()
    assert (answer.status, page) == (429, "That was a bit often. Please try again in a minute.")
    assert answer.headers["Retry-After"] == "2"
    script, _ = await visitor.looks(Accept="application/json")
    assert (script.status, (await script.json())["error_code"]) == (429, "TOO_MANY_REQUESTS")
    assert (await visitor.looks("/pay/another"))[0].status == 404
