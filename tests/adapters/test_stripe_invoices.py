"""Invoices at Stripe, over real HTTP with the official SDK: each exists once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.base import InvoiceOrder
from adapters.stripe import StripeProvider
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused
from sandbox.standin import Fault
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY, StripeStandIn

STARTED = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
STEPS = ["/v1/customers", "/v1/invoices", "/add_lines", "/finalize"]
"""What the path of each of the four calls ends in."""

STRIPES_FAILURE = {"error": {"type": "api_error", "message": "An unknown error occurred"}}


class Clock:
    """A moment that moves when told to."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> datetime:
        return self.now


class PaidFirst(Fault):
    """A buyer who pays just before the request to void their invoice is carried out."""

    def __init__(self, stripe: StripeStandIn, invoice_id: str) -> None:
        super().__init__(do="status", method="POST", path="/void")
        self._stripe, self._invoice_id = stripe, invoice_id

    def matches(self, method: str, path: str, body: str) -> bool:
        if super().matches(method, path, body):
            self.times = 0
            self._stripe.pay(self._invoice_id)
        return False


class Shop:
    """A provider, the Stripe behind it, and the time they both go by."""

    def __init__(self, stripe: StripeStandIn, url: str, clock: Clock) -> None:
        self.stripe, self.clock = stripe, clock
        self.books = stripe.accounts[DEFAULT_ACCOUNT]
        self.provider = StripeProvider(StripeProvider.Settings(DEFAULT_KEY, url), clock=clock)

    @property
    def customers(self) -> list[Any]:
        return [one for one in self.books.all("customer") if not one.get("deleted")]

    @property
    def invoices(self) -> list[Any]:
        return list(self.books.all("invoice"))

    @property
    def calls(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.stripe.calls]

    async def place_until_done(self, order: InvoiceOrder, tries: int = 4) -> Any:
        """As the caller does: the same order again for as long as the outcome is unknown."""
        for _ in range(tries):
            try:
                return await self.provider.place_invoice(order)
            except (OutcomeUnknown, Busy):
                continue
        raise AssertionError(f"not placed in {tries} tries")

    def assert_one_good_invoice(self) -> None:
        """One customer, one invoice, both lines on it once."""
        (customer,) = self.customers
        (invoice,) = self.invoices
        assert invoice["customer"] == customer["id"]
        assert invoice["status"] == "open"
        assert invoice["subtotal"] == 4150
        assert [(line["description"], line["quantity"], line["amount"]) for line in invoice["lines"]["data"]] == [
            ("12 Jade bangle (green)", 1, 2500),
            ("A7 Silk scarf", 2, 1650),
        ]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    clock = Clock()
    stripe = StripeStandIn(now=lambda: clock.now.timestamp())
    shop = Shop(stripe, await stripe.start(), clock)
    yield shop
    await shop.provider.close()
    await stripe.stop()


def line(
    code: str = "12",
    *,
    unit_cents: int | None = 2500,
    quantity: int = 1,
    title: str = "Jade bangle",
    kind: LineKind = LineKind.ITEM,
) -> Line:
    return Line(kind=kind, code=code, title=title, options=(), quantity=quantity, unit_cents=unit_cents)


ORDER = InvoiceOrder(
    workspace_uid="5h0p",
    invoice_id=7,
    attempt=1,
    number="2026-0007",
    show_title="Friday jade",
    buyer_id=3,
    buyer_name="Nguyễn Thị Lan",
    buyer_handle="@lan",
    customer_id=None,
    currency="USD",
    lines=(
        Line(code="12", title="Jade bangle", options=("green",), quantity=1, unit_cents=2500),
        Line(code="A7", title="Silk scarf", options=(), quantity=2, unit_cents=825),
    ),
    memo="Friday jade, invoice 2026-0007",
    external_id=None,
    first_tried_at=STARTED,
)


async def test_a_new_buyers_invoice_takes_exactly_four_calls(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    assert placed.total == Money(4150, "USD")
    assert placed.amount_paid == 0
    assert placed.url is not None
    assert placed.url.startswith("http")
    assert shop.calls == [
        "POST /v1/customers",
        "POST /v1/invoices",
        f"POST /v1/invoices/{placed.external_id}/add_lines",
        f"POST /v1/invoices/{placed.external_id}/finalize",
    ]
    shop.assert_one_good_invoice()


async def test_a_memo_that_says_nothing_is_left_out(shop: Shop) -> None:
    await shop.provider.place_invoice(replace(ORDER, memo="\0 "))
    (asked,) = [one.params for one in shop.stripe.requests if one.route == "POST /v1/invoices"]
    assert "description" not in asked, "Stripe refuses an empty one"


async def test_the_invoice_says_whose_it_is_and_sends_no_mail(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    (customer,), (invoice,) = shop.customers, shop.invoices
    assert placed.customer_id == customer["id"]
    assert customer["name"] == "Nguyễn Thị Lan"
    assert customer["metadata"]["live_assist_buyer"] == "3"
    assert invoice["description"] == "Friday jade, invoice 2026-0007"
    assert invoice["collection_method"] == "charge_automatically"
    assert invoice["auto_advance"] is False
    assert invoice["metadata"] == {
        "live_assist_workspace": "5h0p",
        "live_assist_invoice": "7",
        "live_assist_attempt": "1",
        "live_assist_buyer": "3",
        "live_assist_number": "2026-0007",
    }


async def test_a_known_buyer_is_not_made_again(shop: Shop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    shop.stripe.calls.clear()
    second = await shop.provider.place_invoice(replace(ORDER, invoice_id=8, customer_id=first.customer_id))
    assert second.customer_id == first.customer_id
    assert second.external_id != first.external_id
    assert len(shop.calls) == 3
    assert len(shop.customers) == 1


async def test_the_same_order_again_is_the_same_invoice(shop: Shop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    again = await shop.provider.place_invoice(ORDER)
    assert again == first
    shop.assert_one_good_invoice()


async def test_an_invoice_that_is_known_and_open_is_only_asked_for(shop: Shop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    shop.stripe.calls.clear()
    again = await shop.provider.place_invoice(replace(ORDER, external_id=first.external_id))
    assert again == first
    assert shop.calls == [f"GET /v1/invoices/{first.external_id}"]


async def test_a_new_attempt_is_a_new_invoice(shop: Shop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    second = await shop.provider.place_invoice(replace(ORDER, attempt=2))
    assert second.external_id != first.external_id
    assert second.customer_id == first.customer_id


# What goes wrong on the way


@pytest.mark.parametrize("step", STEPS)
async def test_a_lost_answer_and_a_repeat_make_one_invoice(shop: Shop, step: str) -> None:
    shop.stripe.fail("drop_response", method="POST", path=step)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
async def test_a_failing_gateway_after_the_effect_and_a_repeat_make_one_invoice(shop: Shop, step: str) -> None:
    shop.stripe.fail("status_after", method="POST", path=step, status=502, body="<html>Bad gateway</html>")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    await shop.provider.place_invoice(ORDER)
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
async def test_a_failure_after_the_effect_is_looked_up_at_once(shop: Shop, step: str) -> None:
    shop.stripe.fail("status_after", method="POST", path=step, status=500, body=STRIPES_FAILURE)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
async def test_a_failure_stored_under_the_key_is_passed_by_under_the_next(shop: Shop, step: str) -> None:
    shop.stripe.crash(path=step)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    assert any((call.idempotency_key or "").endswith("-2") for call in shop.stripe.requests)
    await shop.provider.place_invoice(ORDER)
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
async def test_what_failed_on_the_way_is_asked_for_under_the_same_key(shop: Shop, step: str) -> None:
    shop.stripe.fail("status", method="POST", path=step, status=503, body=STRIPES_FAILURE)
    await shop.provider.place_invoice(ORDER)
    assert not [call for call in shop.stripe.requests if (call.idempotency_key or "").endswith("-2")]
    shop.assert_one_good_invoice()


@pytest.mark.parametrize(
    ("headers", "kind", "posts"),
    [
        ({}, None, 2),
        ({"Stripe-Should-Retry": "true"}, None, 2),
        ({"Stripe-Should-Retry": "false"}, OutcomeUnknown, 1),
        ({"Retry-After": "7"}, Busy, 1),
    ],
)
async def test_stripes_word_about_trying_again_counts(
    shop: Shop, headers: dict[str, str], kind: type[OutsideError] | None, posts: int
) -> None:
    shop.stripe.fail("status", method="POST", path="/finalize", status=500, body=STRIPES_FAILURE, headers=headers)
    with pytest.raises(kind) if kind else nullcontext():
        await shop.provider.place_invoice(ORDER)
    assert len([call for call in shop.stripe.calls if call.path.endswith("/finalize")]) == posts
    await shop.place_until_done(ORDER)
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("failures", [2, 3, 5])
async def test_failing_again_and_again_still_makes_one_invoice(shop: Shop, step: str, failures: int) -> None:
    shop.stripe.crash(path=step, times=failures)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    await shop.place_until_done(ORDER)
    shop.assert_one_good_invoice()


async def test_when_stripe_cannot_be_asked_either_nothing_is_done_twice(shop: Shop) -> None:
    shop.stripe.fail("status_after", method="POST", path="/v1/invoices", status=500, body=STRIPES_FAILURE)
    shop.stripe.fail("status", method="GET", status=500, body=STRIPES_FAILURE)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    assert len(shop.invoices) == 1
    await shop.place_until_done(ORDER)
    shop.assert_one_good_invoice()


@pytest.mark.parametrize("step", STEPS)
async def test_after_a_day_an_unconfirmed_invoice_is_found_by_its_mark(shop: Shop, step: str) -> None:
    shop.stripe.fail("drop_response", method="POST", path=step)
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    shop.clock.now += timedelta(hours=25)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    shop.assert_one_good_invoice()
    shop.clock.now += timedelta(hours=25)
    assert await shop.provider.place_invoice(ORDER) == placed


async def test_after_a_day_an_order_that_never_arrived_is_placed(shop: Shop) -> None:
    shop.clock.now += timedelta(hours=30)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    shop.assert_one_good_invoice()


async def test_the_mark_is_found_among_hundreds(shop: Shop) -> None:
    shop.stripe.fail("drop_response", method="POST", path="/v1/invoices")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    (first,) = shop.invoices
    for number in range(230):
        shop.books.keep({**first, "id": f"in_{number}", "metadata": {"live_assist_invoice": "7"}})
    shop.clock.now += timedelta(hours=25)
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.external_id == first["id"]
    assert shop.calls.count("GET /v1/invoices") == 3


async def test_two_invoices_of_one_new_buyer_at_once_share_the_customer(shop: Shop) -> None:
    await asyncio.gather(
        shop.place_until_done(ORDER, tries=50), shop.place_until_done(replace(ORDER, invoice_id=8), tries=50)
    )
    assert len(shop.customers) == 1
    assert len(shop.invoices) == 2


async def test_two_processes_at_the_same_order_make_one_invoice(shop: Shop) -> None:
    await asyncio.gather(*(shop.place_until_done(ORDER, tries=50) for _ in range(4)))
    shop.assert_one_good_invoice()


async def test_a_request_still_in_flight_is_not_repeated(shop: Shop) -> None:
    hasty = StripeProvider(StripeProvider.Settings(DEFAULT_KEY, shop.stripe.url, timeout=1.0), clock=shop.clock)
    shop.stripe.hold_requests()
    with pytest.raises(OutcomeUnknown):
        await hasty.place_invoice(ORDER)
    with pytest.raises(Busy, match="still working"):
        await shop.provider.place_invoice(ORDER)
    shop.stripe.release_requests()
    await shop.place_until_done(ORDER, tries=50)
    shop.assert_one_good_invoice()
    await hasty.close()


async def test_a_buyer_renamed_between_two_tries_is_still_one_customer(shop: Shop) -> None:
    shop.stripe.fail("drop_response", method="POST", path="/v1/customers")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    await shop.provider.place_invoice(replace(ORDER, buyer_name="Lan N.", buyer_handle="@lan.n"))
    shop.assert_one_good_invoice()


async def test_a_memo_changed_between_two_tries_does_not_make_a_second_invoice(shop: Shop) -> None:
    shop.stripe.fail("drop_response", method="POST", path="/v1/invoices")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    await shop.provider.place_invoice(replace(ORDER, memo="Friday jade"))
    shop.assert_one_good_invoice()


async def test_a_customer_deleted_at_stripe_gets_one_successor(shop: Shop) -> None:
    first = await shop.provider.place_invoice(ORDER)
    assert first.customer_id is not None
    shop.books.keep(shop.books.discard(shop.books.at("customer", first.customer_id)))
    known = replace(ORDER, customer_id=first.customer_id)
    placed = [await shop.provider.place_invoice(replace(known, invoice_id=number)) for number in (8, 9, 8)]
    (successor,) = shop.customers
    assert {one.customer_id for one in placed} == {successor["id"]}
    assert placed[0] == placed[2]
    assert len(shop.invoices) == 3
    asked = [call for call in shop.stripe.calls if (call.method, call.path) == ("POST", "/v1/invoices")]
    assert len(asked) == 1 + 3 * 2, "the successor's invoice is not asked for under the key of the refused one"


async def test_an_invoice_finalised_by_somebody_else_is_as_good(shop: Shop) -> None:
    shop.stripe.fail(
        "status_after",
        path="/finalize",
        status=400,
        body={"error": {"type": "invalid_request_error", "message": "This invoice is already finalized"}},
    )
    placed = await shop.provider.place_invoice(ORDER)
    assert placed.state == "open"
    assert placed.url


@pytest.mark.parametrize("step", STEPS)
async def test_a_definite_refusal_is_told_with_stripes_reason(shop: Shop, step: str) -> None:
    error = {
        "type": "invalid_request_error",
        "code": "charge_not_allowed",
        "message": "Your account cannot charge.",
    }
    shop.stripe.fail("status", path=step, status=400, body={"error": error})
    with pytest.raises(Refused, match=r"Your account cannot charge\. Finish activating") as refusal:
        await shop.provider.place_invoice(ORDER)
    assert refusal.value.code == "charge_not_allowed"


async def test_a_revoked_key_stops_everything(shop: Shop) -> None:
    shop.stripe.revoke(DEFAULT_KEY)
    with pytest.raises(NotAuthorised, match="does not accept this key") as refusal:
        await shop.provider.place_invoice(ORDER)
    assert refusal.value.code == "api_key_expired"
    assert len(shop.calls) == 1


async def test_too_many_requests_are_told_apart_from_failures(shop: Shop) -> None:
    shop.stripe.limits(per_endpoint=0)
    with pytest.raises(Busy) as busy:
        await shop.provider.place_invoice(ORDER)
    assert busy.value.code == "rate_limit"
    shop.stripe.limits(per_endpoint=None)
    await shop.provider.place_invoice(ORDER)
    shop.assert_one_good_invoice()


# What is on the invoice


async def test_an_unpriced_line_keeps_the_invoice_a_draft_without_a_page(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(replace(ORDER, lines=(line("1"), line("2", unit_cents=None))))
    assert placed.state == "draft"
    assert placed.url is None
    assert placed.total == Money(2500, "USD")
    assert not any(call.endswith("/finalize") for call in shop.calls)
    (draft,) = shop.invoices
    assert draft["auto_advance"] is False, "Stripe would finalise it on its own after an hour"


async def test_an_unpriced_draft_may_be_below_the_least_stripe_charges(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(
        replace(ORDER, lines=(line("1", unit_cents=25), line("2", unit_cents=None)))
    )
    assert placed.state == "draft"


async def test_a_draft_is_continued_not_made_again(shop: Shop) -> None:
    shop.stripe.fail("status", path="/finalize", status=503, body="")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.place_invoice(ORDER)
    (draft,) = shop.invoices
    placed = await shop.provider.place_invoice(replace(ORDER, external_id=draft["id"]))
    assert placed.external_id == draft["id"]
    shop.assert_one_good_invoice()


async def test_a_draft_over_another_sum_is_never_handed_out(shop: Shop) -> None:
    draft = await shop.provider.place_invoice(replace(ORDER, lines=(line(unit_cents=None),)))
    priced = replace(ORDER, lines=(line(),), external_id=draft.external_id)
    with pytest.raises(Refused, match=r"25\.00 USD") as refusal:
        await shop.provider.place_invoice(priced)
    assert refusal.value.code == "amount_differs"
    (invoice,) = shop.invoices
    assert invoice["status"] == "draft"


async def test_an_invoice_voided_at_stripe_is_refused_with_what_to_do(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    await shop.provider.void_invoice(placed.external_id, key="v")
    with pytest.raises(Refused, match="Make a new one"):
        await shop.provider.place_invoice(replace(ORDER, external_id=placed.external_id))


async def test_an_invoice_paid_meanwhile_is_told_as_paid(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.pay(placed.external_id)
    dearer = replace(ORDER, external_id=placed.external_id, lines=(line(unit_cents=9900),))
    again = await shop.provider.place_invoice(dearer)
    assert again.state == "paid"
    assert again.amount_paid == 4150


async def test_a_gift_is_paid_at_once(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(replace(ORDER, lines=(line(unit_cents=0),)))
    assert placed.state == "paid"
    assert placed.total == Money(0, "USD")


@pytest.mark.parametrize(
    ("currency", "unit_cents", "at_stripe"),
    [
        ("JPY", 1250, 1250),
        ("KWD", 12340, 12340),
        ("ISK", 500, 50000),
        ("VND", 250000, 250000),
        ("EUR", 999, 999),
    ],
)
async def test_amounts_are_the_same_money_at_stripe(shop: Shop, currency: str, unit_cents: int, at_stripe: int) -> None:
    placed = await shop.provider.place_invoice(replace(ORDER, currency=currency, lines=(line(unit_cents=unit_cents),)))
    assert placed.total == Money(unit_cents, currency)
    (invoice,) = shop.invoices
    assert invoice["total"] == at_stripe


async def test_250_lines_are_one_call_and_add_up(shop: Shop) -> None:
    lines = tuple(line(str(number), unit_cents=number + 1) for number in range(250))
    placed = await shop.provider.place_invoice(replace(ORDER, lines=lines))
    assert placed.total == Money(sum(range(251)), "USD")
    assert len(shop.calls) == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": (line(unit_cents=49),)}, "amount_too_small"),
        ({"lines": (line(unit_cents=29),), "currency": "GBP"}, "amount_too_small"),
        ({"lines": (line(unit_cents=999),), "currency": "THB"}, "amount_too_small"),
        ({"lines": (line(unit_cents=49),), "currency": "JPY"}, "amount_too_small"),
        ({"lines": (line(unit_cents=100_000_000),)}, "amount_too_large"),
        ({"lines": (line(unit_cents=1_000_000, quantity=100),)}, "amount_too_large"),
        ({"lines": (line(unit_cents=10**30, quantity=10**9),)}, "amount_too_large"),
        ({"lines": (line(unit_cents=12345),), "currency": "KWD"}, "amount_not_round"),
        ({"lines": ()}, "no_lines"),
        ({"lines": (line(),) * 251}, "too_many_lines"),
        ({"lines": (line(quantity=0),)}, "line_negative"),
        ({"lines": (line(), line(kind=LineKind.DISCOUNT, unit_cents=-10_000))}, "total_negative"),
        ({"lines": (line(unit_cents=100), line(kind=LineKind.CREDIT, unit_cents=-60))}, "amount_too_small"),
        ({"lines": (line(unit_cents=-1), line())}, "line_negative"),
    ],
)
async def test_what_stripe_would_refuse_halfway_is_refused_before_any_call(
    shop: Shop, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        await shop.provider.place_invoice(replace(ORDER, **change))
    assert refusal.value.code == code
    assert shop.calls == []


async def test_the_refusal_says_how_little_is_too_little(shop: Shop) -> None:
    with pytest.raises(Refused) as refusal:
        await shop.provider.place_invoice(replace(ORDER, lines=(line(unit_cents=30),)))
    assert str(refusal.value) == (
        "Stripe charges no less than 0.50 USD and this invoice is 0.30 USD. Add an item or raise a price."
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("x" * 1000, "12 " + "x" * 246 + "…"),
        ("jade\x00 \ud800bangle", "12 jade bangle"),
        ("สร้อย & <b>", "12 สร้อย & <b>"),
    ],
    ids=["long", "unprintable", "any language"],
)
async def test_any_title_becomes_a_line(shop: Shop, title: str, shown: str) -> None:
    await shop.provider.place_invoice(replace(ORDER, lines=(line(title=title),)))
    (invoice,) = shop.invoices
    assert invoice["lines"]["data"][0]["description"] == shown


# Asking and voiding


async def test_asking_for_an_invoice_nobody_knows_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match="No such invoice") as refusal:
        await shop.provider.ask_invoice("in_nowhere")
    assert refusal.value.code == "resource_missing"


async def test_an_uncollectible_invoice_can_still_be_paid(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.books.at("invoice", placed.external_id)["status"] = "uncollectible"
    assert (await shop.provider.ask_invoice(placed.external_id)).state == "open"


async def test_voiding_an_open_invoice_closes_it_and_voiding_again_changes_nothing(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    assert (await shop.provider.void_invoice(placed.external_id, key="v")).state == "void"
    assert (await shop.provider.void_invoice(placed.external_id, key="v")).state == "void"
    (invoice,) = shop.invoices
    assert invoice["status"] == "void"


async def test_voiding_a_draft_deletes_it(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(replace(ORDER, lines=(line(unit_cents=None),)))
    assert (await shop.provider.void_invoice(placed.external_id, key="v")).state == "void"
    assert shop.invoices == []


async def test_voiding_a_draft_whose_answer_is_lost_is_settled_by_asking(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(replace(ORDER, lines=(line(unit_cents=None),)))
    shop.stripe.fail("drop_response", method="DELETE", times=2)  # a DELETE may be sent once more
    assert (await shop.provider.void_invoice(placed.external_id, key="v")).state == "void"


async def test_money_is_faster_than_voiding(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.pay(placed.external_id)
    closed = await shop.provider.void_invoice(placed.external_id, key="v")
    assert closed.state == "paid"
    assert closed.amount_paid == 4150


async def test_money_that_arrives_between_the_question_and_the_call_wins(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.faults.append(PaidFirst(shop.stripe, placed.external_id))
    closed = await shop.provider.void_invoice(placed.external_id, key="v")
    assert closed.state == "paid"
    assert f"POST /v1/invoices/{placed.external_id}/void" in shop.calls


async def test_voiding_through_a_stored_failure_closes_the_invoice(shop: Shop) -> None:
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.crash(path="/void")
    assert (await shop.provider.void_invoice(placed.external_id, key="v")).state == "void"


STRANGE_BODIES: list[Any] = [STRIPES_FAILURE, {}, "null", "", '{"error": "plain"}', '{"error": {"message": 5}}']


async def test_nothing_but_our_own_errors_comes_out(shop: Shop) -> None:
    for status in (302, 400, 401, 402, 403, 404, 409, 418, 429, 500, 503):
        for body in STRANGE_BODIES:
            shop.stripe.fail("status", status=status, body=body)
            with pytest.raises(OutsideError):
                await shop.provider.ask_invoice("in_1")
