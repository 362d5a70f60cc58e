"""Invoices at Square, over real HTTP with the official SDK: each exists once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.square import orders
from bot.domain.invoice import LineKind
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, Refused
from sandbox.square import DEFAULT_LOCATION, DEFAULT_TOKEN
from sandbox.square.invoices import publish_invoice
from sandbox.square.orders import add_order
from sandbox.standin import Fault
from tests.adapters.square_shop import ORDER, SquareShop, a_square_shop, line, until_done

STEPS = ["/v2/customers", "/v2/orders", "/v2/invoices", "/publish"]
"""What the path of each of the four calls ends in."""


class Meanwhile(Fault):
    """Something that happens just before a request is carried out."""

    def __init__(self, path: str, deed: Any, method: str = "POST") -> None:
        super().__init__(do="status", method=method, path=path)
        self._deed = deed

    def matches(self, method: str, path: str, body: str) -> bool:
        if super().matches(method, path, body):
            self.times = 0
            self._deed()
        return False


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


def assert_one_good_invoice(shop: SquareShop) -> None:
    """One customer, one order, one invoice, both lines on it once."""
    (customer,), (invoice,) = shop.all("customer"), shop.all("invoice")
    (order,) = [one for one in shop.all("order") if one["state"] != "CANCELED"]
    assert invoice["primary_recipient"]["customer_id"] == customer["id"]
    assert (invoice["order_id"], invoice["status"]) == (order["id"], "UNPAID")
    assert order["total_money"] == {"amount": 4150, "currency": "USD"}
    assert [(one["name"], one["quantity"], one["total_money"]["amount"]) for one in order["line_items"]] == [
        ("12 Jade bangle (green)", "1", 2500),
        ("A7 Silk scarf", "2", 1650),
    ]


async def test_an_invoice_takes_four_calls_and_has_a_page_to_pay_on(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    (invoice,) = shop.all("invoice")
    assert shop.calls == [
        "POST /v2/customers",
        "POST /v2/orders",
        "POST /v2/invoices",
        f"POST /v2/invoices/{invoice['id']}/publish",
    ]
    assert (placed.external_id, placed.url, placed.state) == (invoice["id"], invoice["public_url"], "open")
    assert (placed.total, placed.amount_paid) == (Money(4150, "USD"), 0)
    assert_one_good_invoice(shop)


async def test_a_buyer_who_is_known_takes_three(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.calls.clear()
    await shop.provider.place_invoice(replace(ORDER, invoice_id=8, customer_id=placed.customer_id))
    assert len(shop.calls) == 3
    assert len(shop.all("customer")) == 1


async def test_the_location_is_asked_for_once(shop: SquareShop) -> None:
    await shop.provider.place_invoice(ORDER)
    await shop.provider.place_invoice(replace(ORDER, invoice_id=8))
    assert [one.path for one in shop.square.calls].count("/v2/locations") == 1


async def test_the_same_order_again_is_the_same_invoice(shop: SquareShop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    assert await shop.provider.place_invoice(ORDER) == first
    assert_one_good_invoice(shop)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", ["drop_response", "status_after", "cut", "status"])
async def test_a_lost_answer_makes_nothing_twice(shop: SquareShop, step: str, fault: str) -> None:
    body = {"errors": [{"category": "API_ERROR", "code": "INTERNAL_SERVER_ERROR", "detail": "Oh."}]}
    shop.square.fail(fault, path=step, body=body)
    placed = await shop.place_until_done(ORDER)
    assert placed.state == "open"
    assert_one_good_invoice(shop)


@pytest.mark.parametrize("step", STEPS)
async def test_a_lost_answer_is_found_again_a_day_later(shop: SquareShop, step: str) -> None:
    shop.square.fail("drop_response", path=step)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    shop.clock.now += timedelta(hours=25)
    placed = await shop.place_until_done(ORDER)
    assert placed.state == "open"
    assert len(shop.all("customer")) == 1
    assert [one["status"] for one in shop.all("invoice")] == ["UNPAID"]


async def test_two_at_once_make_one(shop: SquareShop) -> None:
    both = await asyncio.gather(*(shop.place_until_done(ORDER) for _ in range(2)))
    assert both[0].external_id == both[1].external_id
    assert_one_good_invoice(shop)


async def test_a_buyer_with_another_name_by_now_is_the_same_customer(shop: SquareShop) -> None:
    await shop.provider.place_invoice(ORDER)
    await shop.provider.place_invoice(replace(ORDER, invoice_id=8, buyer_name="Lan Nguyen"))
    assert [one["given_name"] for one in shop.all("customer")] == ["Lan"]
    assert len(shop.all("invoice")) == 2


async def test_a_customer_the_seller_deleted_has_one_successor(shop: SquareShop) -> None:
    gone = (await shop.provider.place_invoice(ORDER)).customer_id
    shop.books.drop("customer", str(gone))
    again = [replace(ORDER, invoice_id=number, customer_id=gone) for number in (8, 9)]
    placed = [await shop.provider.place_invoice(order) for order in again]
    assert placed[0].customer_id == placed[1].customer_id == shop.all("customer")[0]["id"]
    assert sorted(one["state"] for one in shop.all("order")) == ["CANCELED", "CANCELED", "OPEN", "OPEN", "OPEN"]


async def test_an_unpriced_line_leaves_a_draft_that_is_finished_at_square(shop: SquareShop) -> None:
    order = replace(ORDER, lines=(line(), line("A7", title="Scarf", unit_cents=None)))
    draft = await shop.provider.place_invoice(order)
    assert (draft.state, draft.url, draft.total) == ("draft", None, Money(2500, "USD"))
    shop.square.finish(draft.external_id, {"A7 Scarf": 800})
    found = await shop.provider.ask_invoice(draft.external_id)
    assert (found.state, found.total) == ("open", Money(3300, "USD"))
    assert found.url


async def test_what_is_taken_off_and_added_comes_to_our_sum(shop: SquareShop) -> None:
    lines = (
        line(unit_cents=1000),
        line("B", unit_cents=333, quantity=3),
        line("", title="Coupon", unit_cents=-700, kind=LineKind.DISCOUNT),
        line("", title="Shipping", unit_cents=500, kind=LineKind.SHIPPING),
        line("", title="Tax", unit_cents=181, kind=LineKind.TAX),
        line("", title="Credit", unit_cents=-1301, kind=LineKind.CREDIT),
        line("", title="Cash", unit_cents=-300, kind=LineKind.PAYMENT),
    )
    placed = await shop.provider.place_invoice(replace(ORDER, lines=lines))
    assert placed.total == Money(379, "USD")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": ()}, "no_lines"),
        ({"lines": (line(),) * 501}, "too_many_lines"),
        ({"lines": (line(unit_cents=-1),)}, "line_negative"),
        ({"lines": (line(quantity=0),)}, "line_negative"),
        ({"lines": (line(unit_cents=0),)}, "total_zero"),
        ({"lines": (line(), line("", unit_cents=-2600, kind=LineKind.CREDIT))}, "total_negative"),
    ],
)
async def test_what_square_would_refuse_halfway_is_refused_before(shop: SquareShop, change: Any, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        await shop.provider.place_invoice(replace(ORDER, **change))
    assert refusal.value.code == code
    assert not shop.square.calls


async def test_another_currency_than_the_locations_is_refused_and_leaves_nothing(shop: SquareShop) -> None:
    with pytest.raises(Refused, match="currency of your Square location") as refusal:
        await shop.provider.place_invoice(replace(ORDER, currency="EUR"))
    assert refusal.value.code == "CURRENCY_MISMATCH"
    assert not shop.all("order")


async def test_a_sum_that_is_not_ours_is_refused_and_leaves_no_order_to_pay(shop: SquareShop) -> None:
    order = add_order(shop.books, orders.square_order(ORDER, DEFAULT_LOCATION, None))
    taxed = order | {"total_money": {"amount": 4500, "currency": "USD"}}
    shop.square.fail("status", path="/v2/orders", status=200, body={"order": taxed})
    with pytest.raises(Refused, match=r"45\.00 USD, not 41\.50 USD") as refusal:
        await shop.provider.place_invoice(ORDER)
    assert refusal.value.code == "amount_differs"
    assert [one["state"] for one in shop.all("order")] == ["CANCELED"]
    assert not shop.all("invoice")


async def test_a_draft_that_was_refused_halfway_is_taken_back(shop: SquareShop) -> None:
    no = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "BAD_REQUEST", "detail": "Not today"}]}
    shop.square.fail("status", path="/publish", status=400, body=no)
    with pytest.raises(Refused, match="Not today"):
        await shop.provider.place_invoice(ORDER)
    assert not shop.all("invoice")
    assert [one["state"] for one in shop.all("order")] == ["CANCELED"]
    placed = await shop.provider.place_invoice(replace(ORDER, attempt=2))
    assert placed.state == "open"


async def test_one_that_was_begun_goes_on_where_it_stopped(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.calls.clear()
    assert await shop.provider.place_invoice(replace(ORDER, external_id=placed.external_id)) == placed
    assert len(shop.calls) == 1


async def test_an_invoice_over_another_sum_is_not_handed_out(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    with pytest.raises(Refused, match="Void it") as refusal:
        await shop.provider.place_invoice(replace(ORDER, external_id=placed.external_id, lines=(line(),)))
    assert refusal.value.code == "amount_differs"
    assert shop.all("invoice")[0]["status"] == "UNPAID"


# Asking, and closing


async def test_paid_and_partly_paid_and_refunded_are_told_apart(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.pay(placed.external_id, 1000)
    found = await shop.provider.ask_invoice(placed.external_id)
    assert (found.state, found.amount_paid) == ("open", 1000)
    payment = shop.square.pay(placed.external_id)
    found = await shop.provider.ask_invoice(placed.external_id)
    assert (found.state, found.amount_paid) == ("paid", 4150)
    shop.square.refund(payment["id"])
    assert (await shop.provider.ask_invoice(placed.external_id)).state == "paid"


async def test_an_invoice_there_is_not_is_refused(shop: SquareShop) -> None:
    with pytest.raises(Refused) as refusal:
        await shop.provider.ask_invoice("inv:0-nothing")
    assert refusal.value.code == "NOT_FOUND"


async def test_an_unpaid_invoice_is_cancelled_and_a_draft_deleted(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    draft = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, lines=(line(), line(unit_cents=None))))
    for one in (placed, draft):
        assert (await shop.provider.void_invoice(one.external_id, key="k")).state == "void"
    assert [one["status"] for one in shop.all("invoice")] == ["CANCELED"]
    assert {one["state"] for one in shop.all("order")} == {"CANCELED"}
    assert (await shop.provider.void_invoice(placed.external_id, key="k")).state == "void"


@pytest.mark.parametrize("unpriced", [False, True])
async def test_a_lost_answer_to_closing_is_closed_all_the_same(shop: SquareShop, unpriced: bool) -> None:
    lines = (line(), line(unit_cents=None)) if unpriced else (line(),)
    placed = await shop.provider.place_invoice(replace(ORDER, lines=lines))
    shop.square.fail("drop_response", path="/v2/invoices/", method="DELETE" if unpriced else "POST")
    assert (await shop.provider.void_invoice(placed.external_id, key="k")).state == "void"


async def test_one_that_is_paid_between_the_question_and_the_call_is_paid(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.faults.append(Meanwhile("/cancel", lambda: shop.square.pay(placed.external_id)))
    assert (await shop.provider.void_invoice(placed.external_id, key="k")).state == "paid"


async def test_one_that_was_edited_meanwhile_is_read_again_and_cancelled(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.faults.append(Meanwhile("/cancel", lambda: shop.books.touch(shop.all("invoice")[0])))
    assert (await shop.provider.void_invoice(placed.external_id, key="k")).state == "void"
    assert [one.rpartition("/")[2] for one in shop.calls].count("cancel") == 2


async def test_one_that_is_published_by_hand_meanwhile_is_as_good(shop: SquareShop) -> None:
    def publish() -> None:
        (invoice,) = shop.all("invoice")
        publish_invoice(shop.books, {}, invoice["id"])

    shop.square.faults.append(Meanwhile("/publish", publish))
    assert (await shop.provider.place_invoice(ORDER)).state == "open"


async def test_a_draft_that_was_edited_meanwhile_is_read_again_and_published(shop: SquareShop) -> None:
    shop.square.faults.append(Meanwhile("/publish", lambda: shop.books.touch(shop.all("invoice")[0])))
    placed = await shop.provider.place_invoice(ORDER)
    assert (placed.state, len(shop.all("invoice")), len(shop.all("order"))) == ("open", 1, 1)
    versions = [json.loads(one.body)["version"] for one in shop.square.calls if one.path.endswith("/publish")]
    assert versions == [0, 1]


async def test_a_draft_that_is_over_another_sum_by_now_is_not_published(shop: SquareShop) -> None:
    def edit() -> None:
        (invoice,) = shop.all("invoice")
        invoice["payment_requests"][0]["computed_amount_money"]["amount"] += 100
        shop.books.touch(invoice)

    shop.square.faults.append(Meanwhile("/publish", edit))
    with pytest.raises(Refused, match=r"not over 41.50 USD"):
        await shop.provider.place_invoice(ORDER)
    assert not shop.all("invoice")


async def test_an_invoice_whose_page_comes_a_moment_later_waits_for_it(shop: SquareShop) -> None:
    await shop.provider.place_invoice(ORDER)
    (invoice,) = shop.all("invoice")
    url = invoice.pop("public_url")
    order = replace(ORDER, external_id=invoice["id"])
    with pytest.raises(OutcomeUnknown, match="where this invoice is paid"):
        await shop.provider.place_invoice(order)
    reads: list[Meanwhile] = []

    def comes_at_the_second() -> None:
        reads.append(at_a_read)
        at_a_read.times = 1
        if len(reads) == 2:
            invoice["public_url"] = url

    at_a_read = Meanwhile("/v2/invoices/", comes_at_the_second, "GET")
    shop.square.faults.append(at_a_read)
    assert (await shop.provider.place_invoice(order)).url == url


async def test_one_that_was_paid_before_its_answer_was_heard_is_paid(shop: SquareShop) -> None:
    shop.square.fail("drop_response", path="/publish")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    shop.square.pay(shop.all("invoice")[0]["id"])
    shop.clock.now += timedelta(seconds=30)
    placed = await shop.provider.place_invoice(ORDER)
    assert (placed.state, placed.amount_paid) == ("paid", 4150)


async def test_a_paid_invoice_that_does_not_say_how_much_came_is_paid_whole(shop: SquareShop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.square.pay(placed.external_id)
    del shop.all("invoice")[0]["payment_requests"][0]["total_completed_amount_money"]
    found = await shop.provider.ask_invoice(placed.external_id)
    assert (found.state, found.amount_paid) == ("paid", 4150)


# Refusals of the whole account


async def test_a_dead_token_is_not_authorised(shop: SquareShop) -> None:
    shop.square.revoke_token(DEFAULT_TOKEN)
    with pytest.raises(NotAuthorised, match="Connect it again") as refusal:
        await shop.provider.place_invoice(ORDER)
    assert refusal.value.code == "ACCESS_TOKEN_REVOKED"


async def test_too_fast_is_busy(shop: SquareShop) -> None:
    shop.square.limits(1)
    await shop.provider.test()
    with pytest.raises(Busy) as busy:
        await shop.provider.test()
    assert busy.value.code == "RATE_LIMITED"


async def test_a_wait_that_is_told_is_passed_on(shop: SquareShop) -> None:
    body = {"errors": [{"category": "RATE_LIMIT_ERROR", "code": "RATE_LIMITED", "detail": "Slow down"}]}
    for told, wait in (("7", 7.0), ("0", None), ("soon", None), ("86400", 3600.0)):
        shop.square.fail("status", status=429, body=body, headers={"Retry-After": told})
        with pytest.raises(Busy) as busy:
            await shop.provider.test()
        assert busy.value.retry_after == wait


async def test_hundreds_at_once_are_made_once_each(shop: SquareShop) -> None:
    bills = [replace(ORDER, invoice_id=number, buyer_id=number) for number in range(1, 31)]
    placed = await asyncio.gather(
        *(until_done(lambda order=order: shop.provider.place_invoice(order)) for order in bills)
    )
    assert len({one.external_id for one in placed}) == len(bills) == len(shop.all("customer"))
