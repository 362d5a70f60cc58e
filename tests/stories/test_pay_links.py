"""A buyer's link from the message to the money: our page, the provider's that is opened on the way, and back."""

from __future__ import annotations

import re

import aiohttp
import sqlalchemy as sa

from storage.tables import integrations
from tests.shop import PATIENCE, Shop
from tests.stories.sales import heard, sells_dresses


async def on_pages_that_are_opened(shop: Shop) -> None:
    """The seller has chosen that a link opens a checkout."""

    def choose(tx: sa.Connection) -> None:
        tx.execute(integrations.update().values(settings={"checkout_style": "checkout"}))

    await shop.assistant.database.write(choose)


async def presses(browser: aiohttp.ClientSession, url: str, choice: str = "") -> tuple[str, str]:
    """Press the button of a page; where that ends, and what is written there."""
    async with browser.post(url, data={"choice": choice} if choice else {}) as page:
        return str(page.url), re.sub(r"<style>.*?</style>|<[^>]+>", " ", await page.text(), flags=re.DOTALL)


async def test_a_page_is_opened_at_the_click_paid_there_and_is_a_receipt_afterwards(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    await on_pages_that_are_opened(shop)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (invoice,) = await shop.invoices("sent")
    assert (invoice["external_id"], invoice["external_url"]) == (None, invoice["pay_url"])
    told = await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    (button,) = told.buttons
    assert button.url == invoice["pay_url"]
    books = shop.stripe.accounts["acct_sandbox"]
    assert [*books.all("checkout.session"), *books.all("invoice")] == []
    async with aiohttp.ClientSession() as browser:
        stripe, page = await presses(browser, button.url)
        assert stripe.startswith(f"{shop.stripe.url}/c/")
        assert "19.90" in page
        back, page = await presses(browser, stripe, "pay")
        assert back == f"{invoice['pay_url']}?done"
        assert "Paid: 19.90 USD" in page or "is being confirmed" in page
        await operator.hears("@mai paid 19.90 USD")
        await mai.hears(contains="Thank you! Your payment of 19.90 USD has arrived.", timeout=PATIENCE)
        async with browser.get(button.url) as receipt:
            assert "Paid: 19.90 USD. Thank you!" in await receipt.text()
    await shop.stripe.drain()
    await shop.invoices("paid")
    assert await heard(operator.person, shop, "@mai paid") == 1
    (payment,) = (await shop.api("/api/payments"))["payments"]
    assert (payment["status"], payment["invoice_id"], payment["order_id"]) == ("paid", 1, "invoice-1-1")


async def test_an_open_page_is_closed_with_its_invoice(shop: Shop) -> None:
    operator, (_mai,) = await sells_dresses(shop, "Mai")
    await on_pages_that_are_opened(shop)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (invoice,) = await shop.invoices("sent")
    async with aiohttp.ClientSession() as browser:
        await presses(browser, invoice["pay_url"])
        await operator.says("/void @mai", hears="Voiding")
        await operator.hears("is now void")
        (session,) = shop.stripe.accounts["acct_sandbox"].all("checkout.session")
        assert session["status"] == "expired"
        async with browser.get(invoice["pay_url"]) as page:
            assert "This order was taken back" in await page.text()
