"""The tills of the demo: whichever provider takes the money, the evening finds the same things there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from adapters.base import App, FixedKeys, InvoiceOrder, PaymentProvider
from adapters.registry import provider_class
from bot.domain.invoice import Line
from bot.kit.errors import Refused
from sandbox.demo import play
from sandbox.evening.acts import ANSWERS
from sandbox.evening.stage import Stage
from sandbox.panes.product import Sale
from sandbox.panes.steps import next_step
from sandbox.square import DEFAULT_TOKEN
from sandbox.stripe import DEFAULT_KEY
from sandbox.telegram.text import typed
from sandbox.tills import TILLS, Till

KEYS = {"stripe": {"secret_key": DEFAULT_KEY}, "square": {"access_token": DEFAULT_TOKEN}}

NOW = datetime.now(UTC)
ORDER = InvoiceOrder(
    workspace_uid="5h0p",
    invoice_id=7,
    attempt=1,
    number="7",
    show_title="Friday",
    buyer_id=3,
    buyer_name="Ana Ortiz",
    buyer_handle="@ana",
    customer_id=None,
    currency="USD",
    lines=(Line(code="12", title="Dress", options=(), quantity=2, unit_cents=1990),),
    memo="Friday",
    external_id=None,
    first_tried_at=NOW,
)


@pytest.fixture(params=KEYS)
async def till(request: pytest.FixtureRequest) -> AsyncIterator[Till]:
    till = TILLS[request.param]()
    await till.stand_in.start()
    yield till
    await till.stand_in.stop()


@pytest.fixture
async def provider(till: Till, request: pytest.FixtureRequest) -> AsyncIterator[PaymentProvider]:
    """The product's own adapter, by what the service is told."""
    name = till.title.lower()
    values = {setting.removeprefix(f"{name.upper()}_"): value for setting, value in till.settings().items()}
    provider = provider_class(name).open(FixedKeys(KEYS[name]), app=App(values=values))
    yield provider
    await provider.close()


async def test_a_bill_is_on_its_books_until_it_is_paid_on_its_page(till: Till, provider: PaymentProvider) -> None:
    placed = await provider.place_invoice(ORDER)
    (bill,) = till.bills()
    assert (bill.id, bill.name, bill.total, bill.paid, bill.pieces) == (placed.external_id, "Ana Ortiz", 3980, 0, 2)
    assert bill.is_open
    assert bill.url == placed.url
    async with aiohttp.ClientSession() as browser:
        for choice in ("decline", "pay"):
            async with browser.get(bill.url) as page:
                assert f'value="{choice}"' in await page.text()
            async with browser.post(bill.url, data={"choice": choice}) as page:
                status, words = ANSWERS[choice]
                assert page.status == status
                assert words in await page.text()
            assert till.failed() == 1
    (bill,) = till.bills()
    assert (bill.paid, bill.is_open) == (3980, False)
    assert till.paid_event(bill) in till.events()


async def test_whom_it_does_not_take_gets_no_bill_and_the_seller_a_reason(
    till: Till, provider: PaymentProvider
) -> None:
    reason = till.refuse("Ana Ortiz")
    with pytest.raises(Refused) as refusal:
        await provider.place_invoice(ORDER)
    assert reason.rstrip(".") in str(refusal.value)
    await provider.place_invoice(replace(ORDER, invoice_id=8, buyer_id=4, buyer_name="Bea Lund"))
    assert till.refused() == {"Ana Ortiz"}
    assert [bill.name for bill in till.bills()] == ["Bea Lund"]


@pytest.mark.parametrize(("name", "offered"), [("stripe", "Connect Stripe"), ("square", "New show")])
async def test_where_the_settings_have_connected_it_nothing_has_to_be_tapped(name: str, offered: str) -> None:
    stage = Stage(TILLS[name]())
    stage.telegram.network.post(stage.seller.chat(stage.bot), stage.bot, typed("Welcome, Mai!"))
    assert next_step(stage, Sale(), lambda: "ABCD-EFGH").offers[0].title == offered


async def test_a_provider_there_is_no_stand_in_for_is_named_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await play(headless=True, provider="paypal") == 2
    assert "There are: stripe, square" in capsys.readouterr().out
