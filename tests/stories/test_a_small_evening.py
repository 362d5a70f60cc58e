"""A small evening on two platforms at once, from the first comment to the thanks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.workflows.ask_payments import ask_payments
from tests.shop import PATIENCE, Shop


async def test_claims_on_telegram_and_facebook_become_paid_invoices(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Blue dress 19.90 x2", "A7 Jade bangle 45")
    mai = await shop.buyer("Mai")
    anna = shop.commenter("Anna Lee")
    assert shop.page is not None
    live = await shop.page.goes_live("Friday live")
    await mai.says("sold 12!", to=shop.group)
    await anna.comments(live, "A7+1 so pretty")
    await shop.heard()
    await anna.comments(live, "12+1")
    await mai.says("mine A7", to=shop.group)
    assert sorted(await shop.claims()) == [
        ("AnnaLee", "winner"),
        ("AnnaLee", "winner"),
        ("mai", "waitlisted"),
        ("mai", "winner"),
    ]

    await operator.says("/end", hears="84.80 USD")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    link = await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    assert [button.text for button in link.buttons] == ["Pay 19.90 USD"]
    await anna.hears(contains="Total: 64.90 USD", timeout=PATIENCE)

    paid, _ = await shop.invoices("sent", "sent")
    shop.stripe.pay(paid["external_id"])
    await operator.hears("paid")
    await shop.invoices("paid", "sent")


async def test_the_next_in_line_gets_what_is_released_and_is_told(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Blue dress 19.90")
    mai, lan = await shop.buyer("Mai"), await shop.buyer("Lan")
    await mai.says("sold 12", to=shop.group)
    await shop.heard()
    await lan.says("sold 12", to=shop.group)
    assert await shop.claims() == [("mai", "winner"), ("lan", "waitlisted")]
    await operator.says("/release 12 @mai", hears="@lan")
    await lan.hears(contains="is yours", timeout=PATIENCE)
    assert await shop.claims() == [("mai", "released"), ("lan", "winner")]


async def test_two_operators_invoicing_at_once_bill_everybody_once(shop: Shop) -> None:
    await shop.open()
    olga = await shop.opens_show("12 Blue dress 19.90 x5")
    for name in ("Mai", "Lan", "Hoa"):
        await (await shop.buyer(name)).says("sold 12", to=shop.group)
    await shop.heard()
    await asyncio.gather(*(olga.person.says("/invoice all", to=shop.bot) for _ in range(2)))
    await olga.hears("3 sent")
    await shop.invoices("sent", "sent", "sent")
    assert shop.stripe.books()["acct_sandbox"]["invoices"] == {"open": 3}


async def test_at_home_without_a_public_address_payments_are_found_by_asking(shop: Shop) -> None:
    await shop.open(
        LIVE_ASSIST_PUBLIC_URL="",
        FACEBOOK_PAGE_ID="",
        FACEBOOK_PAGE_TOKEN="",
        FACEBOOK_APP_SECRET="",
        FACEBOOK_VERIFY_TOKEN="",
    )
    operator = await shop.opens_show("12 Blue dress 19.90")
    mai = await shop.buyer("Mai")
    await mai.says("sold 12", to=shop.group)
    await shop.until("/api/shows/1", lambda show: show["tally"].get("winner") == 1)
    await operator.person.says("/invoice all", to=shop.bot)
    (invoice,) = await shop.invoices("sent")
    shop.stripe.pay(invoice["external_id"])
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 1
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await operator.hears("@mai paid 19.90 USD")


async def test_after_a_restart_everything_is_still_there(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Blue dress 19.90 x2")
    mai = await shop.buyer("Mai")
    await mai.says("sold 12", to=shop.group)
    assert await shop.claims() == [("mai", "winner")]
    await shop.close()
    await shop.open()
    await mai.says("sold 12", to=shop.group)
    assert await shop.claims() == [("mai", "winner"), ("mai", "duplicate")]
    await operator.says("/claims", hears="1 of 2")
