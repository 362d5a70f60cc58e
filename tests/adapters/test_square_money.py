"""Money at Square: what came for what, what goes back, over the counter too, and how many are left on the shelf."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.base import CheckoutStyle, RefundState, SyncKind
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from sandbox.square import DEFAULT_LOCATION
from sandbox.square.stock import sell
from tests.adapters.square_shop import ORDER, STARTED, SquareShop, a_square_shop, until_done

LINK = CheckoutStyle.PAYMENT_LINK


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


async def test_the_payments_of_an_invoice_and_of_a_link(shop: SquareShop) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    link = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, style=LINK))
    assert await shop.provider.payments_of(invoice.external_id) == ()
    shop.square.decline(invoice.external_id)
    first, second = shop.square.pay(invoice.external_id, 1000), shop.square.pay(invoice.external_id)
    third = shop.square.pay(link.external_id)
    paid = await shop.provider.payments_of(invoice.external_id)
    assert [(one.payment_id, one.amount.amount) for one in paid] == [(first["id"], 1000), (second["id"], 3150)]
    assert [(one.method, one.fee_cents, one.refunded_cents, one.paid_at) for one in paid] == [
        ("card", 59, 0, STARTED),
        ("card", 121, 0, STARTED),
    ]
    (linked,) = await shop.provider.payments_of(link.external_id, LINK)
    assert (linked.payment_id, linked.amount) == (third["id"], Money(4150, "USD"))


async def test_money_goes_back_once_per_key_and_is_on_its_way_at_first(shop: SquareShop) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    payment = shop.square.pay(invoice.external_id)["id"]
    shop.books.refunds_wait = True
    for _ in range(2):
        refund = await shop.provider.refund_payment(
            payment, Money(1000, "USD"), key="r" * 200, reason="too small " * 40
        )
    assert (refund.state, refund.amount, refund.payment_id) == (RefundState.PENDING, Money(1000, "USD"), payment)
    (kept,) = shop.all("refund")
    shop.square.settle_refund(kept["id"])
    assert (await shop.provider.ask_refund(refund.refund_id)).state is RefundState.SUCCEEDED
    (paid,) = await shop.provider.payments_of(invoice.external_id)
    assert paid.refunded_cents == 1000
    assert (await shop.provider.ask_invoice(invoice.external_id)).state == "paid"


async def test_a_lost_answer_sends_nothing_back_twice(shop: SquareShop) -> None:
    payment = shop.square.pay((await shop.provider.place_invoice(ORDER)).external_id)["id"]
    shop.square.fail("drop_response", path="/v2/refunds")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.refund_payment(payment, Money(4150, "USD"), key="k", reason="")
    await until_done(lambda: shop.provider.refund_payment(payment, Money(4150, "USD"), key="k", reason=""))
    assert len(shop.all("refund")) == 1


async def test_a_refund_that_does_not_come_through_says_why(shop: SquareShop) -> None:
    payment = shop.square.pay((await shop.provider.place_invoice(ORDER)).external_id)["id"]
    shop.books.refunds_wait = True
    refund = await shop.provider.refund_payment(payment, Money(10, "USD"), key="k", reason="")
    shop.square.settle_refund(refund.refund_id, "REJECTED")
    found = await shop.provider.ask_refund(refund.refund_id)
    assert (found.state, found.reason) == (RefundState.FAILED, "Square says it is rejected.")


async def test_more_than_came_is_refused(shop: SquareShop) -> None:
    payment = shop.square.pay((await shop.provider.place_invoice(ORDER)).external_id)["id"]
    with pytest.raises(Refused, match="no more than what is left") as refusal:
        await shop.provider.refund_payment(payment, Money(4151, "USD"), key="k", reason="")
    assert refusal.value.code == "REFUND_AMOUNT_INVALID"


async def test_a_payment_is_traced_to_what_it_was_for(shop: SquareShop) -> None:
    invoice = await shop.provider.place_invoice(ORDER)
    link = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, style=LINK))
    for placed in (invoice, link):
        payment = shop.square.pay(placed.external_id)["id"]
        assert await shop.provider.find_invoice(payment) == placed.external_id
    assert await shop.provider.find_invoice(shop.square.sell_in_person(700)["id"]) is None
    assert await shop.provider.find_invoice("nothing") is None


async def test_square_s_books_are_read_page_by_page(shop: SquareShop) -> None:
    for number in range(1, 4):
        placed = await shop.provider.place_invoice(replace(ORDER, invoice_id=number, buyer_id=number))
        shop.square.pay(placed.external_id)
    shop.clock.now += timedelta(hours=1)
    since = shop.clock.now
    await shop.provider.place_invoice(replace(ORDER, invoice_id=4, buyer_id=4, first_tried_at=since))
    for kind, all_of_them, new in ((SyncKind.CUSTOMERS, 4, 1), (SyncKind.INVOICES, 4, 1), (SyncKind.PAYMENTS, 3, 0)):
        records, cursor = await shop.provider.list_records(kind, since=None, cursor=None)
        assert (len(records), cursor) == (all_of_them, None)
        assert {one.kind for one in records} == {kind}
        later, _ = await shop.provider.list_records(kind, since=since, cursor=None)
        assert len(later) == new


async def test_a_payment_in_the_books_says_what_came_and_what_went_back(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.decline(placed.external_id)
    shop.square.refund(shop.square.pay(placed.external_id)["id"], 150)
    odd = {"id": "odd", "created_at": STARTED.isoformat(), "status": "COMPLETED", "location_id": DEFAULT_LOCATION}
    shop.books.keep("payment", odd)
    found, _ = await shop.provider.list_records(SyncKind.PAYMENTS, since=None, cursor=None)
    assert sorted((one.payment.amount.amount, one.payment.refunded_cents) for one in found if one.payment) == [
        (4150, 150)
    ]
    assert len(found) == 3


async def test_a_long_list_goes_on_where_it_stopped(shop: SquareShop) -> None:
    for number in range(130):
        shop.square.sell_in_person(100 + number)
    found, cursor = await shop.provider.list_records(SyncKind.PAYMENTS, since=None, cursor=None)
    assert len(found) == 100
    assert cursor
    rest, cursor = await shop.provider.list_records(SyncKind.PAYMENTS, since=None, cursor=cursor)
    assert len({one.external_id for one in [*found, *rest]}) == 130
    assert cursor is None


async def test_money_over_the_counter_is_known_as_such(shop: SquareShop) -> None:
    shop.square.pay((await shop.provider.place_invoice(ORDER)).external_id)
    shop.square.sell_in_person(700)
    shop.square.sell_in_person(800, cash=True)
    found, _ = await shop.provider.list_records(SyncKind.PAYMENTS, since=None, cursor=None)
    assert sorted((one.data["square_product"], one.data["source_type"], one.data["in_person"]) for one in found) == [
        ("INVOICES", "CARD", False),
        ("SQUARE_POS", "CARD", True),
        ("SQUARE_POS", "CASH", True),
    ]
    assert not any("card" in name for one in found for name in one.data)


async def test_how_many_there_are_is_read_and_counted_anew_once(shop: SquareShop) -> None:
    shop.books.counts |= {("RING", DEFAULT_LOCATION): "7.00000", ("HAT", DEFAULT_LOCATION): "0", ("RING", "L2"): "90"}
    assert await shop.provider.read_stock(["RING", "HAT", "UNKNOWN"]) == {"RING": 7, "HAT": 0}
    counted = shop.clock.now
    await shop.provider.write_stock("RING", 5, at=counted, key="k")
    shop.clock.now += timedelta(seconds=5)
    sell(shop.books, "RING", DEFAULT_LOCATION, 1)
    await shop.provider.write_stock("RING", 5, at=counted, key="k")
    assert await shop.provider.read_stock(["RING"]) == {"RING": 4}
    with pytest.raises(Refused):
        await shop.provider.write_stock("RING", -1, at=counted, key="k2")
    with pytest.raises(Refused):
        await shop.provider.write_stock("UNKNOWN", 1, at=counted, key="k3")


async def test_what_is_sold_over_the_counter_between_reading_and_counting_stays_sold(shop: SquareShop) -> None:
    shop.books.counts["RING", DEFAULT_LOCATION] = "7"
    read = shop.clock.now
    shop.clock.now += timedelta(seconds=1)
    sell(shop.books, "RING", DEFAULT_LOCATION, 2)
    await shop.provider.write_stock("RING", 5, at=read, key="k")
    assert await shop.provider.read_stock(["RING"]) == {"RING": 3}
