"""A sale at Clover: pages that are opened when the buyer comes, and reports that say less than they seem to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.app import utc_now
from sandbox.clover import MERCHANT_ID, PRIVATE_KEY, SIGNING_SECRET, CloverStandIn
from sandbox.telegram import Person
from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, no_wait

THANKS = "Thank you! Your payment of 19.90 USD has arrived."


@pytest.fixture
async def clover(shop: Shop) -> AsyncIterator[CloverStandIn]:
    """A Clover by the shop's own clock."""
    stand_in = CloverStandIn(now=lambda: shop.now().timestamp())
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


async def sells_a_dress(shop: Shop, clover: CloverStandIn, *, door: str = "/1") -> tuple[Operator, Person, str]:
    """Mai has won a dress, and has our link for it."""
    shop.sleep = no_wait
    clover.report_to(f"{shop.url}/api/webhooks/clover{door}")
    await shop.open(
        CLOVER_API_BASE=clover.url,
        CLOVER_MERCHANT_ID=MERCHANT_ID,
        CLOVER_PRIVATE_KEY=PRIVATE_KEY,
        CLOVER_WEBHOOK_SECRET=SIGNING_SECRET,
    )
    operator = await shop.pairs_operator()
    await operator.says("/show new Friday", hears="Friday")
    await operator.says("/item add 12 Dress 19.90 x20", hears="✓")
    await operator.says("/live", hears="live")
    shop.group = shop.telegram.group("Sale group", members=[operator.person])
    await shop.group.adds_bot(shop.bot)
    mai = await shop.buyer("Mai")
    await mai.says("sold 12", to=shop.group)
    assert await shop.claims() == [("mai", "winner")]
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (button,) = [
        button.url
        for message in mai.chat(shop.bot).messages
        for button in message.buttons
        if button.url and "/pay/" in button.url
    ]
    return operator, mai, button


async def clicks(link: str) -> str:
    """Come to our page and press Pay; the session at Clover."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(link) as page:
            assert "19.90" in await page.text()
        async with browser.post(link, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            found = re.search(r"/checkout/([0-9a-f-]{36})", answer.headers["Location"])
            assert found is not None
            return found[1]


@pytest.mark.parametrize("door", ["/1", ""], ids=["her own address", "the platform's address"])
async def test_a_buyer_pays_on_a_page_that_is_opened_when_she_comes(
    shop: Shop, clover: CloverStandIn, door: str
) -> None:
    operator, mai, link = await sells_a_dress(shop, clover, door=door)
    assert clover.merchant.sessions == {}
    session = await clicks(link)
    clover.decline(session)
    await operator.hears("@mai's payment of 19.90 USD failed")
    payment = clover.pay(session)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await clover.drain()
    clover.redeliver(payment.id)
    await clover.drain()
    await shop.invoices("paid")
    assert await heard(mai, shop, THANKS) == 1
    assert {one.status for one in clover.deliveries} == {200}


async def test_a_report_of_money_that_never_came_is_not_believed(shop: Shop, clover: CloverStandIn) -> None:
    operator, mai, link = await sells_a_dress(shop, clover)
    session = await clicks(link)
    clover.hold_webhooks()
    payment = clover.pay(session)
    clover.merchant.payments[payment.id].result = "FAIL"
    clover.release_webhooks(duplicate=2)
    await clover.drain()
    clover.deliver_forged(payment.id)
    await clover.drain()
    assert [one.status for one in clover.deliveries] == [200, 200, 200, 401]
    bodies: list[tuple[Any, int]] = [
        ({"verificationCode": "8c2b5e0a-1234"}, 200),
        ({"verificationCode": "8c2b5e0a-1234", "status": "APPROVED"}, 401),
        ({"status": "APPROVED", "type": "PAYMENT", "id": payment.id, "data": session}, 401),
    ]
    async with aiohttp.ClientSession() as machine:
        for body, status in bodies:
            async with machine.post(f"{shop.url}/api/webhooks/clover", json=body) as answer:
                assert answer.status == status
    await operator.says("/show status", hears="Friday")
    assert await heard(mai, shop, "Thank you") == 0
    await shop.invoices("sent")


async def test_a_refund_in_the_dashboard_is_found_in_the_books(shop: Shop, clover: CloverStandIn) -> None:
    operator, mai, link = await sells_a_dress(shop, clover)
    payment = clover.pay(await clicks(link))
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {PRIVATE_KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as dashboard,
        dashboard.post(f"{clover.url}/v1/refunds", json={"charge": payment.id}) as answer,
    ):
        assert answer.status == 200
    await operator.person.says("/sync", to=shop.bot)
    await operator.hears("19.90 USD went back")
    await shop.invoices("refunded")


class Ticks:
    """The shop's clock, with hours added by hand."""

    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.later


async def test_a_page_that_has_ended_is_followed_by_another(shop: Shop, clover: CloverStandIn) -> None:
    shop.now = ticks = Ticks()
    _operator, mai, link = await sells_a_dress(shop, clover)
    first = await clicks(link)
    assert await clicks(link) == first
    ticks.later = timedelta(minutes=16)
    second = await clicks(link)
    assert second != first
    clover.pay(second)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await shop.invoices("paid")


async def test_a_report_that_was_lost_is_found_when_she_comes_back(shop: Shop, clover: CloverStandIn) -> None:
    shop.now = ticks = Ticks()
    _operator, mai, link = await sells_a_dress(shop, clover)
    session = await clicks(link)
    clover.lose_webhooks()
    clover.pay(session)
    ticks.later = timedelta(minutes=1)
    async with aiohttp.ClientSession() as browser, browser.get(f"{link}?done") as page:
        assert page.status == 200
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    (invoice,) = await shop.invoices("paid")
    assert invoice["status"] == "paid"


async def test_a_page_that_clover_does_not_show_is_the_same_one_until_its_time_is_over(
    shop: Shop, clover: CloverStandIn
) -> None:
    shop.now = ticks = Ticks()
    _operator, mai, link = await sells_a_dress(shop, clover)
    first = await clicks(link)
    clover.merchant.pages_can_be_asked = False
    ticks.later = timedelta(minutes=2)
    assert await clicks(link) == first
    ticks.later = timedelta(minutes=16)
    second = await clicks(link)
    assert second != first
    clover.pay(second)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await shop.invoices("paid")
