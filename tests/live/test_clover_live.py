"""Clover's own sandbox: what only a real merchant can show. Skipped without one in the environment.

CLOVER_TEST_MERCHANT_ID and CLOVER_TEST_PRIVATE_KEY of a test merchant's Hosted Checkout key; with
CLOVER_TEST_PAYMENT_ID, of a payment made by hand on one of its pages, that is asked about and refunded in part.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from adapters.base import App, CheckoutStyle, FixedKeys, RefundState, SyncKind
from adapters.clover import CloverProvider
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, Refused
from tests.adapters.clover_shop import BANGLE, ORDER, RINGS

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not os.environ.get("CLOVER_TEST_MERCHANT_ID") or not os.environ.get("CLOVER_TEST_PRIVATE_KEY"),
        reason="set CLOVER_TEST_MERCHANT_ID and CLOVER_TEST_PRIVATE_KEY of a test merchant",
    ),
]

APP = App(values={"ENVIRONMENT": "sandbox"})


@pytest.fixture
async def provider() -> AsyncIterator[CloverProvider]:
    given = {
        "merchant_id": os.environ["CLOVER_TEST_MERCHANT_ID"],
        "private_key": os.environ["CLOVER_TEST_PRIVATE_KEY"],
    }
    opened = CloverProvider.open(FixedKeys(CloverProvider.check_credentials(given)), app=APP)
    yield opened
    await opened.close()


async def test_the_merchant_answers(provider: CloverProvider) -> None:
    account = await provider.test()
    assert account.id == os.environ["CLOVER_TEST_MERCHANT_ID"].upper()
    assert not account.livemode
    assert account.currency in (None, "USD", "CAD")


async def test_another_key_is_refused(provider: CloverProvider) -> None:
    given = {"merchant_id": os.environ["CLOVER_TEST_MERCHANT_ID"], "private_key": "0" * 36}
    other = CloverProvider.open(FixedKeys(given), app=APP)
    with pytest.raises(NotAuthorised):
        await other.test()
    await other.close()


async def test_a_page_opens_and_lasts_for_a_quarter_of_an_hour(provider: CloverProvider) -> None:
    currency = (await provider.test()).currency or "USD"
    page = await provider.open_checkout(replace(ORDER, currency=currency, lines=(BANGLE, RINGS)), key="live")
    assert page.url is not None
    assert page.expires_at is not None
    left = page.expires_at - datetime.now(UTC)
    assert timedelta(minutes=13) < left < timedelta(minutes=17)
    async with aiohttp.ClientSession() as browser, browser.get(page.url) as answer:
        assert answer.status == 200
    assert (await provider.ask_checkout(page.external_id)).state in ("open", "expired")


async def test_the_books_can_be_read_or_clover_says_why_not(provider: CloverProvider) -> None:
    try:
        found, _ = await provider.list_records(
            SyncKind.PAYMENTS, since=datetime.now(UTC) - timedelta(days=7), cursor=None
        )
    except NotAuthorised as no:
        pytest.skip(f"this key may not read payments: {no}")
    assert all(record.external_id for record in found)


async def test_a_payment_made_by_hand_is_confirmed_and_a_part_of_it_goes_back_once(provider: CloverProvider) -> None:
    payment_id = os.environ.get("CLOVER_TEST_PAYMENT_ID")
    if not payment_id:
        pytest.skip("set CLOVER_TEST_PAYMENT_ID of a payment of at least 1.00, with one line")
    (payment,) = await provider.payments_of(payment_id, CheckoutStyle.CHECKOUT)
    part = Money(1, payment.amount.currency)
    key = f"live-{payment_id}-{payment.refunded_cents}"
    try:
        first = await provider.refund_payment(payment_id, part, key=key, reason="requested_by_customer")
    except Refused as no:
        pytest.skip(f"Clover refunds no part of this payment: {no}")
    again = await provider.refund_payment(payment_id, part, key=key, reason="requested_by_customer")
    assert again.refund_id == first.refund_id
    assert first.state in (RefundState.SUCCEEDED, RefundState.PENDING)
    assert (await provider.ask_payment(payment_id)).refunded_cents == payment.refunded_cents + 1
