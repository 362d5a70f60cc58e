"""Stripe's books, read page by page, and the figures they come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.base import SyncedRecord, SyncKind
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, Refused
from sandbox.stripe.resources import new
from tests.at_stripe import ORDER, STARTED, AtStripe

FORBIDDEN = {"error": {"type": "invalid_request_error", "message": "This key lacks the permission."}}


async def read_all(shop: AtStripe, kind: SyncKind, **since: timedelta) -> list[SyncedRecord]:
    """Every record, page by page."""
    found: list[SyncedRecord] = []
    cursor, begin = None, STARTED + since["since"] if since else None
    while True:
        page, cursor = await shop.provider.list_records(kind, since=begin, cursor=cursor)
        found += page
        if cursor is None:
            return found


async def test_customers_invoices_and_payments_are_read_as_stripe_has_them(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.decline(placed.external_id)
    shop.stripe.pay(placed.external_id)
    (payment,) = await shop.provider.payments_of(placed.external_id)
    (customer,) = await read_all(shop, SyncKind.CUSTOMERS)
    assert (customer.kind, customer.external_id) == (SyncKind.CUSTOMERS, placed.customer_id)
    assert customer.data["name"] == "Nguyễn Thị Lan"
    (invoice,) = await read_all(shop, SyncKind.INVOICES)
    assert invoice.external_id == placed.external_id
    assert (invoice.data["status"], invoice.data["total"]) == ("paid", 4150)
    assert invoice.data["customer"] == placed.customer_id
    assert invoice.data["metadata"]["live_assist_invoice"] == "7"
    (paid,) = await read_all(shop, SyncKind.PAYMENTS)  # what was declined is no payment
    assert paid.external_id == payment.payment_id
    assert (paid.data["amount"], paid.data["method"]) == (4150, "card")
    for one in (customer, invoice, paid):
        assert "secret" not in str(one.data)


async def test_books_of_many_pages_are_read_to_the_end_and_from_a_moment_on(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    for number in range(250):
        created = int((STARTED + timedelta(minutes=number)).timestamp())
        shop.books.keep(new("customer", id=f"cus_{number}", name=str(number), created=created))
    every = await read_all(shop, SyncKind.CUSTOMERS)
    assert [one.external_id for one in every] == [f"cus_{number}" for number in reversed(range(250))]
    assert shop.calls == ["GET /v1/customers"] * 3
    assert len(await read_all(shop, SyncKind.CUSTOMERS, since=timedelta(minutes=200))) == 50
    assert (await shop.provider.summary()).customers is None


async def test_the_summary_is_stripes_own_figures(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    paid = await shop.provider.place_invoice(ORDER)
    shop.stripe.pay(paid.external_id)
    await shop.provider.place_invoice(replace(ORDER, invoice_id=8))
    summary = await shop.provider.summary()
    assert (summary.customers, summary.open_invoices) == (1, 1)
    assert summary.balance == (Money(4150, "USD"),)
    assert summary.account == await shop.provider.test()


async def test_what_a_restricted_key_may_not_see_is_not_told(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    for path in ("/v1/balance", "/v1/customers", "/v1/invoices"):
        shop.stripe.fail("status", path=path, status=403, body=FORBIDDEN)
    summary = await shop.provider.summary()
    assert (summary.balance, summary.customers, summary.open_invoices) == ((), None, None)
    shop.stripe.fail("status", path="/v1/customers", status=403, body=FORBIDDEN)
    with pytest.raises(NotAuthorised, match="lacks the permission"):
        await shop.provider.list_records(SyncKind.CUSTOMERS, since=None, cursor=None)


async def test_a_place_to_go_on_that_is_gone_is_refused(shop_at_stripe: AtStripe) -> None:
    with pytest.raises(Refused):
        await shop_at_stripe.provider.list_records(SyncKind.CUSTOMERS, since=None, cursor="cus_gone")
