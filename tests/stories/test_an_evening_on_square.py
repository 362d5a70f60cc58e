"""A small evening on Square: connected by the settings, paid on Square's pages, told by its reports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.workflows.ask_payments import ask_payments
from bot.workflows.mirror_stock import mirror_stock
from sandbox.square import DEFAULT_LOCATION, DEFAULT_MERCHANT, DEFAULT_TOKEN, SquareStandIn
from sandbox.square.stock import sell
from sandbox.telegram import Person
from tests.shop import PATIENCE, Operator, Shop, a_shop
from tests.stories.sales import no_wait


@pytest.fixture
async def square() -> AsyncIterator[SquareStandIn]:
    square = SquareStandIn()
    await square.start()
    yield square
    await square.stop()


@pytest.fixture
async def shop(tmp_path: Path, square: SquareStandIn) -> AsyncIterator[Shop]:
    """A shop that sells on Square; how things are kept is tried on both databases elsewhere."""
    async with a_shop(tmp_path) as shop:
        shop.environ |= {
            "SQUARE_API_BASE": square.url,
            "SQUARE_ENVIRONMENT": "sandbox",
            "SQUARE_ACCESS_TOKEN": DEFAULT_TOKEN,
        }
        shop.sleep = no_wait
        yield shop


async def sells(shop: Shop, *names: str, **environ: str) -> tuple[Operator, list[Person]]:
    """A live show in which each of these has won a dress."""
    await shop.open(**environ)
    operator = await shop.pairs_operator()
    await operator.says("/show new Friday", hears="Friday")
    await operator.says("/item add 12 Blue dress 19.90 x20\nA7 Jade bangle 45", hears="✓")
    await operator.says("/live", hears="live")
    shop.group = shop.telegram.group("Sale group", members=[operator.person])
    await shop.group.adds_bot(shop.bot)
    buyers = [await shop.buyer(name) for name in names]
    for buyer in buyers:
        await buyer.says("sold 12", to=shop.group)
    await shop.telegram.drain()
    await shop.until("/api/shows/1", lambda show: show["tally"].get("winner") == len(names))
    return operator, buyers


def at_square(square: SquareStandIn) -> dict[str, Any]:
    return dict(square.books()[DEFAULT_MERCHANT])


async def test_claims_become_invoices_at_square_and_money_is_thanked_for(shop: Shop, square: SquareStandIn) -> None:
    operator, (mai, lan) = await sells(shop, "Mai", "Lan")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    link = await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    assert [button.text for button in link.buttons] == ["Pay 19.90 USD"]
    assert at_square(square)["invoices"] == {"UNPAID": 2}

    found = {one["buyer"]["handle"]: one for one in await shop.invoices("sent", "sent")}
    payment = square.pay(found["mai"]["external_id"])
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await operator.hears("@mai paid 19.90 USD")
    square.decline(found["lan"]["external_id"])
    assert "GENERIC_DECLINE" in await operator.hears("payment of 19.90 USD failed")
    await shop.invoices("paid", "sent")

    # Lan wants more before she pays: one bill, and nobody can pay the old one any more.
    await lan.says("A7 sold", to=shop.group)
    await shop.until("/api/shows/1", lambda show: show["tally"].get("winner") == 3)
    await operator.person.says("/invoice all", to=shop.bot)
    await lan.hears(contains="Total: 64.90 USD", timeout=PATIENCE)
    await shop.invoices("paid", "sent", "void")
    assert at_square(square)["invoices"] == {"PAID": 1, "CANCELED": 1, "UNPAID": 1}

    # Money that goes back in Square's dashboard names its payment, and Square knows what that was for.
    square.refund(payment["id"], 500)
    await operator.hears("partly refunded")
    square.refund(payment["id"], 1490)
    await shop.invoices("refunded", "sent", "void")


async def test_reports_that_never_come_are_asked_for(shop: Shop, square: SquareStandIn) -> None:
    no_page = dict.fromkeys(
        ("FACEBOOK_PAGE_ID", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"), ""
    )
    operator, (mai, _) = await sells(shop, "Mai", "Lan", LIVE_ASSIST_PUBLIC_URL="", **no_page)
    square.fail("drop_response", path="/v2/invoices")
    square.fail("drop_response", path="/publish")
    await operator.person.says("/invoice all", to=shop.bot)
    found = await shop.invoices("sent", "sent")
    assert at_square(square)["invoices"] == {"UNPAID": 2}
    assert at_square(square)["customers"] == 2
    square.pay(next(one["external_id"] for one in found if one["buyer"]["handle"] == "mai"))
    square.cancel(next(one["external_id"] for one in found if one["buyer"]["handle"] == "lan"))
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 2
    await mai.hears(contains="Thank you", timeout=PATIENCE)
    await shop.invoices("paid", "void")
    assert not square.deliveries


async def test_an_invoice_square_does_not_take_says_why_and_goes_out_at_the_next_try(
    shop: Shop, square: SquareStandIn
) -> None:
    operator, (mai,) = await sells(shop, "Mai")
    no = {
        "errors": [{"category": "INVALID_REQUEST_ERROR", "code": "BAD_REQUEST", "detail": "The shop is closed today"}]
    }
    square.fail("status", path="/publish", status=400, body=no)
    await operator.person.says("/invoice all", to=shop.bot)
    await shop.invoices("error")
    assert "The shop is closed today" in (await shop.api("/api/shows/1/invoices"))["invoices"][0]["error_message"]
    assert at_square(square)["invoices"] == {}
    await operator.person.says("/invoice retry", to=shop.bot)
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    assert at_square(square)["orders"] == {"CANCELED": 1, "OPEN": 1}


async def test_what_the_counter_sells_cannot_be_claimed_and_what_is_claimed_is_off_the_shelf(
    shop: Shop, square: SquareStandIn
) -> None:
    books = square.merchants[DEFAULT_MERCHANT]
    books.counts["RING", DEFAULT_LOCATION] = "3"
    operator, _ = await sells(shop, "Mai", "Lan")
    assert "Square counts no RONG" in await operator.says("/item link A7 RONG", hears="RONG")
    await operator.says("/item link 12 RING", hears="Square counts 12 now: 3 left, 2 won.")
    square.fail("drop_response", path="/v2/inventory/changes")
    sell(books, "RING", DEFAULT_LOCATION, 2)
    bo = await shop.buyer("Bo")
    await bo.says("sold 12", to=shop.group)
    await shop.until("/api/shows/1", lambda show: show["tally"].get("winner") == 3)
    for _ in range(2):
        await mirror_stock(shop.assistant)
    assert books.counts["RING", DEFAULT_LOCATION] == "0"
    (item,) = [one for one in (await shop.api("/api/shows/1/items"))["items"] if one["code"] == "12"]
    assert (item["quantity"], item["won"]) == (3, 3)
