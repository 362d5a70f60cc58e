"""The evening, played by clicking and typing on the demo's page: on a desk, on a phone, and without a mouse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, ViewportSize

    from tests.browser.conftest import Watched

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST_PICTURE = 300_000
MOST_TABS = 20

ITEMS = "/item add 12 Blue dress 19.90 x1\nA7 Tea set 32.00 x4"


class Player:
    """Somebody at the page, who has to turn to a pane before doing anything there."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def _on_a_phone(self) -> bool:
        size = self.page.viewport_size
        return size is not None and size["width"] < 800

    async def turns_to(self, pane: str, side: str = "") -> None:
        if self._on_a_phone:
            await self.page.locator(f".tabs [data-pane={pane}]").click()
            if side:
                await self.page.locator(f".switch [data-side={side}]").click()

    async def taps_offer(self, title: str, *, reads: str) -> None:
        await self.turns_to("operator")
        await self.page.locator("#offers button").filter(has_text=title).click()
        await self.sees("#operator-log .shop", reads)

    async def tells_bot(self, text: str, *, reads: str) -> None:
        await self.turns_to("operator")
        await self._types("#operator-form", text)
        await self.sees("#operator-log .shop", reads)

    async def comments(self, side: str, key: str, text: str) -> None:
        await self.turns_to("live", side)
        await self.page.locator(f"#{side}-who").select_option(key)
        await self._types(f"#{side}-form", text)
        await self.sees(f"#{side}-log .mine", text)

    async def is_buyer(self, key: str) -> None:
        await self.turns_to("buyer")
        await self.page.locator("#buyer-who").select_option(key)

    async def sees(self, where: str, text: str, *, pane: str = "") -> Locator:
        if pane:
            await self.turns_to(pane)
        found = self.page.locator(where).filter(has_text=text).last
        if not await _appears(found):
            pytest.fail(f"{where} never showed {text!r}, the page is:\n{await self.page.locator('body').inner_text()}")
        return found

    async def takes_picture(self, name: str) -> None:
        if os.environ.get("LIVE_ASSIST_PICTURES") == "1":
            PICTURES.mkdir(exist_ok=True)
            picture = PICTURES / f"{name}.png"
            await self.page.screenshot(path=picture, animations="disabled")
            assert picture.stat().st_size < LARGEST_PICTURE

    async def _types(self, form: str, text: str) -> None:
        field = self.page.locator(f"{form} textarea")
        for number, line in enumerate(text.split("\n")):
            if number:
                await field.press("Shift+Enter")
            await field.press_sequentially(line)
        await field.press("Enter")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_evening_is_played_from_the_pairing_to_the_payment(watched: Watched, size: ViewportSize) -> None:
    page = watched.page
    mai = Player(page)
    await mai.sees("#step", "Start here")
    await mai.taps_offer("Pair", reads="Welcome")
    await mai.taps_offer("Connect Stripe", reads="Stripe is connected")
    await page.locator("#operator-log li").filter(has_text="sk_test_").wait_for(state="detached")
    await mai.tells_bot("/show new Friday evening", reads="Friday evening")
    await mai.tells_bot(ITEMS, reads="A7 Tea set, 32.00 USD")
    await mai.taps_offer("Go live", reads="is live")

    await mai.is_buyer("telegram:ana_o")
    await page.locator("#start").click()
    await mai.sees("#buyer-log .shop", "Hello!")
    await mai.comments("group", "telegram:ana_o", "sold 12")
    await mai.sees("#ledger li", "sold 12", pane="evening")
    await mai.comments("group", "telegram:bealund", "12 sold")
    await mai.comments("video", "facebook:LanNguyen", "A7+1")
    await mai.comments("video", "facebook:ZoeAdler", "so pretty 😍")
    await mai.sees("#show", "2 won", pane="evening")
    await mai.sees("#show", "1 waits")
    await mai.sees("#show", "1 chatter")
    assert "1 of 1 · 1 waiting" in await (await mai.sees("#items li", "Blue dress")).inner_text()
    assert "1 of 4" in await (await mai.sees("#items li", "Tea set")).inner_text()

    await mai.taps_offer("End the show", reads="has ended")
    await mai.taps_offer("Invoice all", reads="2 sent")
    await mai.sees("#run", "Invoicing: 2 of 2", pane="evening")
    assert "sent" in await (await mai.sees("#invoices li", "Ana Ortiz")).inner_text()
    await mai.sees("#step", "Now be a buyer")
    if size is PHONE:
        await mai.takes_picture("phone")

    await mai.is_buyer("telegram:ana_o")
    pay = await mai.sees("#buyer-log .buttons button", "Pay 19.90 USD")
    if size is DESK:
        await mai.takes_picture("desktop")
    await pay.click()
    checkout = page.frame_locator("#checkout iframe")
    await checkout.get_by_role("link", name="Pay 19.90 USD").click()
    await checkout.get_by_role("button", name="Pay with card").wait_for()
    if size is DESK:
        await mai.takes_picture("checkout")
    await checkout.get_by_role("button", name="Pay with card").click()
    await checkout.get_by_text("This invoice is paid").wait_for()
    await page.get_by_role("button", name="Close the pay page").click()
    await mai.sees("#buyer-log .shop", "Thank you")
    await mai.sees("#operator-log", "@ana_o paid 19.90 USD", pane="operator")
    await mai.sees("#invoices li:has(.paid)", "Ana Ortiz", pane="evening")

    await mai.is_buyer("facebook:LanNguyen")
    await (await mai.sees("#buyer-log .buttons button", "Pay 32.00 USD")).click()
    await checkout.get_by_role("link", name="Pay 32.00 USD").click()
    await checkout.get_by_role("button", name="declined card").click()
    await checkout.get_by_text("Your card was declined").wait_for()
    await page.get_by_role("button", name="Close the pay page").click()
    await mai.sees("#operator-log", "@LanNguyen's payment of 32.00 USD failed", pane="operator")
    await mai.sees("#invoices li:has(.sent)", "Lan Nguyen", pane="evening")
    if size is PHONE:
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_without_a_mouse_the_seller_pairs_and_a_crowd_comes_and_goes(watched: Watched) -> None:
    page, mai = watched.page, Player(watched.page)
    await mai.sees("#offers button", "Pair")
    await _tab_to(page, "#offers button")
    await page.keyboard.press("Enter")
    await mai.sees("#operator-log", "Welcome")
    await mai.sees("#offers button:focus", "Connect Stripe")
    await page.keyboard.press("Enter")
    await mai.sees("#operator-log", "Stripe is connected")

    await _tab_to(page, "#crowd input")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await mai.sees("#crowd legend", "said")
    await mai.sees("#video-log .message .by", "")
    for _ in range(2):
        await page.keyboard.press("ArrowLeft")
    await page.locator("#crowd [value='0']:checked").wait_for(state="attached")

    await page.reload()
    await mai.sees("#operator-log", "Stripe is connected")


async def _appears(found: Locator) -> bool:
    from playwright.async_api import TimeoutError as NotInTime

    try:
        await found.wait_for()
    except NotInTime:
        return False
    return True


async def _tab_to(page: Page, selector: str) -> None:
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"{selector} is not reached with {MOST_TABS} tabs")
