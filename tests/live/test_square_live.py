"""A real Square account in the sandbox does what our stand-in does: `make live PROVIDER=square`.

It takes SQUARE_TEST_ACCESS_TOKEN, the sandbox access token of an application at https://developer.squareup.com/apps;
without it every test here is skipped. SQUARE_TEST_LOCATION_ID names the location when the account has several active
ones, SQUARE_TEST_VARIATION_ID a catalogue variation whose stock may be counted anew, and SQUARE_TEST_API_BASE asks
somebody else than Square's sandbox. What is made stays there, under a workspace that is named after the moment.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
import pytest

from adapters.base import CheckoutStyle, InvoiceOrder, RefundState, SyncKind
from adapters.square import SquareProvider, orders
from adapters.square.client import ONCE
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, Refused

TOKEN = os.environ.get("SQUARE_TEST_ACCESS_TOKEN", "")
LOCATION = os.environ.get("SQUARE_TEST_LOCATION_ID", "")
VARIATION = os.environ.get("SQUARE_TEST_VARIATION_ID", "")
LINK = CheckoutStyle.PAYMENT_LINK

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not TOKEN, reason="set SQUARE_TEST_ACCESS_TOKEN to the sandbox token of an application"),
]


def provider_for(token: str = TOKEN) -> SquareProvider:
    """Square's sandbox, whatever the token: a production one is not accepted there, so no real money can move."""
    return SquareProvider(
        SquareProvider.Settings(
            access_token=token,
            application_id="",
            application_secret="",
            location_id=LOCATION,
            environment="sandbox",
            api_base=os.environ.get("SQUARE_TEST_API_BASE", ""),
        )
    )


@pytest.fixture
async def provider() -> AsyncIterator[SquareProvider]:
    provider = provider_for()
    yield provider
    await provider.close()


@pytest.fixture
async def order(provider: SquareProvider) -> InvoiceOrder:
    """Two lines and a coupon, in the location's currency, of a workspace nobody had before."""
    account = await provider.test()
    assert account.currency
    now = datetime.now(UTC)
    return InvoiceOrder(
        workspace_uid=f"{now:%m%d%H%M%S%f}",
        invoice_id=1,
        attempt=1,
        number="1",
        show_title="Live test",
        buyer_id=1,
        buyer_name="Live Test",
        buyer_handle="@live_test",
        customer_id=None,
        currency=account.currency,
        lines=(
            Line(code="12", title="Jade bangle", options=("green",), quantity=2, unit_cents=2500),
            Line(code="", kind=LineKind.SHIPPING, title="Shipping", options=(), quantity=1, unit_cents=500),
            Line(code="", kind=LineKind.DISCOUNT, title="Coupon", options=(), quantity=1, unit_cents=-333),
        ),
        memo="Live test (1)",
        external_id=None,
        first_tried_at=now,
    )


async def paid_order(provider: SquareProvider, order: InvoiceOrder) -> tuple[str, str]:
    """An order like that of a paid link, and its payment. A link's own order can be paid on its page only."""
    client = provider._client
    body: Any = orders.square_order(replace(order, style=LINK), await provider._places.id(), None)
    key = order.workspace_uid
    made = await client.call(
        lambda: client.api.orders.create(order=body, idempotency_key=f"o{key}", request_options=ONCE)
    )
    order_id, amount = str(made["order"]["id"]), orders.money(order.total)
    paid = await client.call(
        lambda: client.api.payments.create(
            source_id="cnon:card-nonce-ok",
            idempotency_key=f"p{key}",
            amount_money=cast("Any", amount),
            order_id=order_id,
            request_options=ONCE,
        )
    )
    return order_id, str(paid["payment"]["id"])


async def test_the_account_and_its_locations(provider: SquareProvider) -> None:
    summary = await provider.summary()
    assert summary.account.id
    assert not summary.account.livemode
    assert summary.locations


async def test_a_wrong_token_is_not_authorised() -> None:
    provider = provider_for("EAAAnobody_has_this_token_0123456789")
    with pytest.raises(NotAuthorised):
        await provider.test()
    await provider.close()


async def test_an_invoice_is_made_once_and_cancelled(provider: SquareProvider, order: InvoiceOrder) -> None:
    placed = await provider.place_invoice(order)
    assert (placed.state, placed.total) == ("open", order.total)
    assert await provider.place_invoice(order) == placed
    async with aiohttp.ClientSession() as browser, browser.get(str(placed.url)) as page:
        assert page.status == 200
    assert (await provider.void_invoice(placed.external_id, key="k")).state == "void"
    assert (await provider.void_invoice(placed.external_id, key="k")).state == "void"


async def test_an_unpriced_line_leaves_a_draft_that_can_be_deleted(
    provider: SquareProvider, order: InvoiceOrder
) -> None:
    lines = (*order.lines, Line(code="A7", title="Scarf", options=(), quantity=1, unit_cents=None))
    draft = await provider.place_invoice(replace(order, lines=lines))
    assert (draft.state, draft.url) == ("draft", None)
    assert (await provider.void_invoice(draft.external_id, key="k")).state == "void"
    with pytest.raises(Refused):
        await provider.ask_invoice(draft.external_id)


async def test_a_link_is_made_once_and_deleted(provider: SquareProvider, order: InvoiceOrder) -> None:
    order = replace(order, style=LINK, return_url="https://example.com/paid")
    placed = await provider.place_invoice(order)
    assert (placed.state, placed.total) == ("open", order.total)
    assert (await provider.place_invoice(order)).url == placed.url
    assert (await provider.void_invoice(placed.external_id, key="k", style=LINK)).state == "void"


async def test_money_comes_and_some_of_it_goes_back(provider: SquareProvider, order: InvoiceOrder) -> None:
    order_id, payment = await paid_order(provider, order)
    assert (await provider.ask_invoice(order_id, LINK)).state == "paid"
    assert (await provider.void_invoice(order_id, key="k", style=LINK)).state == "paid"
    (found,) = await provider.payments_of(order_id, LINK)
    assert (found.payment_id, found.amount, found.method) == (payment, order.total, "card")
    assert await provider.find_invoice(payment) == order_id
    refund = await provider.refund_payment(payment, Money(100, order.currency), key=order.workspace_uid, reason="test")
    again = await provider.refund_payment(payment, Money(100, order.currency), key=order.workspace_uid, reason="test")
    assert again.refund_id == refund.refund_id
    assert (await provider.ask_refund(refund.refund_id)).state is not RefundState.FAILED
    with pytest.raises(Refused):
        await provider.refund_payment(payment, order.total, key=f"{order.workspace_uid}-2", reason="test")


async def test_reports_are_subscribed_to_and_given_up(provider: SquareProvider, order: InvoiceOrder) -> None:
    endpoint = await provider.open_webhook("https://example.com/api/webhooks/square/1", key=order.workspace_uid)
    assert endpoint.secret
    for _ in range(2):
        await provider.close_webhook(endpoint.id)


@pytest.mark.parametrize("kind", SyncKind)
async def test_the_books_are_read(provider: SquareProvider, kind: SyncKind) -> None:
    found, _ = await provider.list_records(kind, since=None, cursor=None)
    assert all(one.external_id for one in found)


@pytest.mark.skipif(not VARIATION, reason="set SQUARE_TEST_VARIATION_ID to a variation that may be counted anew")
async def test_stock_is_counted_anew(provider: SquareProvider, order: InvoiceOrder) -> None:
    await provider.write_stock(VARIATION, 7, at=datetime.now(UTC), key=order.workspace_uid)
    assert await provider.read_stock([VARIATION]) == {VARIATION: 7}
