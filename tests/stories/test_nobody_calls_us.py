"""A shop at home, which nobody can call: what is written and paid is found by looking, and all the same."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

import bot.jobs.poll
from bot.workflows.reconcile_payments import Reconciliation
from tests.shop import PATIENCE, Shop
from tests.stories.looking import HOME, backfill, ledger


async def test_an_evening_at_home_from_comments_that_are_read_to_payments_that_are_found(shop: Shop) -> None:
    await shop.open(**HOME)
    assert shop.page is not None
    assert shop.page.subscribed_fields == set()
    operator = await shop.opens_show("12 Blue dress 19.90 x2", "A7 Jade bangle 45")
    look, reconcile = backfill(shop).look, Reconciliation(shop.assistant).look
    live = await shop.page.goes_live("Friday live")
    mai, anna, bo = await shop.buyer("Mai"), shop.commenter("Anna Lee"), shop.commenter("Bo")
    await mai.says("sold 12!", to=shop.group)
    await shop.until("/api/shows/1", lambda show: show["tally"].get("winner") == 1)
    await anna.comments(live, "A7+1 so pretty")
    await bo.comments(live, "mine A7")
    await anna.comments(live, "12+1")
    await look()
    assert await ledger(shop) == [
        ("Mai", "sold 12!", "winner"),
        ("Anna Lee", "A7+1 so pretty", "winner"),
        ("Bo", "mine A7", "waitlisted"),
        ("Anna Lee", "12+1", "winner"),
    ]
    await operator.says("/end", hears="84.80 USD")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    await anna.hears(contains="Total: 64.90 USD", timeout=PATIENCE)
    for invoice in await shop.invoices("sent", "sent"):
        shop.stripe.pay(invoice["external_id"])
    await reconcile()
    await shop.invoices("paid", "paid")
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await reconcile()
    found = {("card", 6490, 218), ("card", 1990, 87)}
    await shop.until("/api/payments", lambda page: {_learned(one) for one in page["payments"]} == found)
    assert not shop.facebook.webhooks.deliveries
    assert not shop.stripe.deliveries


def _learned(payment: dict[str, Any]) -> tuple[str, int, int]:
    return payment["method"], payment["amount_cents"], payment["fee_cents"]


async def test_webhooks_lost_for_a_while_change_nothing_in_the_end(shop: Shop) -> None:
    await shop.open()
    assert shop.page is not None
    operator = await shop.opens_show("12 Blue dress 19.90", "A7 Jade bangle 45")
    look, reconcile = backfill(shop).look, Reconciliation(shop.assistant).look
    live = await shop.page.goes_live("Friday live")
    anna, bo, cy = (shop.commenter(name) for name in ("Anna Lee", "Bo", "Cy"))
    await anna.comments(live, "sold A7")
    await shop.heard()
    shop.facebook.lose_webhooks()
    await bo.comments(live, "sold 12")
    await cy.comments(live, "sold 12")
    shop.facebook.lose_webhooks(False)
    await look()
    await anna.comments(live, "sold 12")
    await shop.heard()
    assert await ledger(shop) == [
        ("Anna Lee", "sold A7", "winner"),
        ("Bo", "sold 12", "winner"),
        ("Cy", "sold 12", "waitlisted"),
        ("Anna Lee", "sold 12", "waitlisted"),
    ]
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    await anna.hears(contains="Total: 45.00 USD", timeout=PATIENCE)
    shop.stripe.lose_webhooks()
    first, second = await shop.invoices("sent", "sent")
    shop.stripe.pay(first["external_id"])
    shop.stripe.void(second["external_id"])
    shop.stripe.lose_webhooks(False)
    await reconcile()
    await shop.invoices("paid", "void")


async def test_the_operator_is_told_when_another_program_takes_what_the_bot_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.jobs.poll, "_FIRST_PAUSE", 0.02)
    await shop.open(**HOME)
    operator = await shop.pairs_operator()
    get_updates = f"{shop.telegram.url}/bot{shop.bot.token}/getUpdates"
    async with aiohttp.ClientSession() as another:
        for _ in range(4):
            async with another.post(get_updates, data={"timeout": 5}) as answer:
                await answer.read()
    told = await operator.hears("Telegram: another program uses my bot, too")
    assert "Stop it" in told
    await operator.says("/status", hears="")
