"""Money at Clover: what came, what goes back, and both at most once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.base import CheckoutStyle, RefundState, SyncKind
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, Refused, Unreachable
from sandbox.clover import MERCHANT_ID
from tests.adapters.clover_shop import BANGLE, NOW, ORDER, RINGS, Town, a_town, order

REFUNDS = "/v1/refunds"
ASKED = "requested_by_customer"


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as opened:
        yield opened


async def paid(town: Town, *, several_lines: bool = False, tip: int = 0) -> str:
    """Somebody has paid 25.00 for a bangle, or more for more."""
    page = await town.provider.open_checkout(order(BANGLE, RINGS) if several_lines else order(BANGLE), key="k")
    return town.clover.merchant.pay(page.external_id, tip=tip).id


# What came


async def test_a_payment_is_told_as_it_stands(town: Town) -> None:
    payment_id = await paid(town, tip=300)
    payment = await town.provider.ask_payment(payment_id)
    assert (payment.payment_id, payment.amount, payment.refunded_cents) == (payment_id, Money(2500, "USD"), 0)
    assert (payment.method, payment.fee_cents, payment.paid_at) == ("card", None, NOW)


async def test_a_payment_in_canadian_dollars_is_in_canadian_dollars(town: Town) -> None:
    town.clover.merchant.currency = "CAD"
    page = await town.provider.open_checkout(order(currency="CAD"), key="k")
    payment = await town.provider.ask_payment(town.clover.pay(page.external_id).id)
    assert payment.amount == Money(4100, "CAD")


async def test_a_key_that_may_not_read_the_books_asks_for_the_charge(town: Town) -> None:
    payment_id = await paid(town)
    town.clover.merchant.key_reads_platform = False
    assert (await town.provider.ask_payment(payment_id)).amount == Money(2500, "USD")
    await town.provider.refund_payment(payment_id, Money(500, "USD"), key="r", reason=ASKED)
    assert (await town.provider.ask_payment(payment_id)).refunded_cents == 500
    with pytest.raises(Refused):
        await town.provider.ask_payment("N0SUCHPAYMENT")


@pytest.mark.parametrize("status", [400, 403])
async def test_a_token_that_may_not_see_refunds_sees_the_payment(town: Town, status: int) -> None:
    payment_id = await paid(town)
    body = {"message": "Invalid permissions for expandable fields"}
    town.clover.fail("status", path=f"/payments/{payment_id}", status=status, body=body)
    assert (await town.provider.ask_payment(payment_id)).amount == Money(2500, "USD")


@pytest.mark.parametrize("reads", [True, False])
async def test_money_that_did_not_come_is_not_confirmed(town: Town, reads: bool) -> None:
    payment_id = await paid(town)
    town.clover.merchant.payments[payment_id].result = "FAIL"
    town.clover.merchant.key_reads_platform = reads
    with pytest.raises(Refused, match="brought no money"):
        await town.provider.ask_payment(payment_id)


async def test_the_money_of_a_page_is_found_by_the_page_and_by_the_payment(town: Town) -> None:
    page = await town.provider.open_checkout(ORDER, key="k")
    assert await town.provider.payments_of(page.external_id, CheckoutStyle.CHECKOUT) == ()
    payment_id = town.clover.pay(page.external_id).id
    await town.provider.refund_payment(payment_id, Money(4100, "USD"), key="r", reason=ASKED)
    for named in (page.external_id, payment_id):
        (payment,) = await town.provider.payments_of(named, CheckoutStyle.CHECKOUT)
        assert (payment.payment_id, payment.amount.amount, payment.refunded_cents) == (payment_id, 4100, 4100)


# What goes back


async def test_all_of_it_goes_back_without_an_amount_to_quarrel_about(town: Town) -> None:
    payment_id = await paid(town, several_lines=True)
    refund = await town.provider.refund_payment(payment_id, Money(4100, "USD"), key="r", reason=ASKED)
    assert (refund.state, refund.amount, refund.payment_id) == (RefundState.SUCCEEDED, Money(4100, "USD"), payment_id)
    (asked,) = town.asked("POST", REFUNDS)
    assert json.loads(asked) == {"charge": payment_id, "reason": ASKED}
    assert await town.provider.ask_refund(refund.refund_id) == refund


async def test_a_part_goes_back_of_a_payment_with_one_line(town: Town) -> None:
    payment_id = await paid(town)
    refund = await town.provider.refund_payment(payment_id, Money(700, "USD"), key="r", reason=ASKED)
    assert refund.amount == Money(700, "USD")
    assert (await town.provider.ask_payment(payment_id)).refunded_cents == 700


@pytest.mark.parametrize("given", [{"several_lines": True}, {"tip": 200}], ids=["several lines", "a tip"])
async def test_a_part_that_clover_does_not_refund_is_refused_with_what_to_do(town: Town, given: dict[str, int]) -> None:
    payment_id = await paid(town, **given)  # type: ignore[arg-type]
    with pytest.raises(
        Refused, match=r"this charge\. It refunds no part .* refund the whole of it, or .* dashboard"
    ) as no:
        await town.provider.refund_payment(payment_id, Money(700, "USD"), key="r", reason=ASKED)
    assert no.value.code == "partial_refund_unsupported"
    assert town.clover.merchant.refunds == {}


async def test_more_than_there_is_does_not_go_back(town: Town) -> None:
    payment_id = await paid(town)
    with pytest.raises(Refused, match="exceeds"):
        await town.provider.refund_payment(payment_id, Money(2501, "USD"), key="r", reason=ASKED)


@pytest.mark.parametrize("amount", [2500, 700])
@pytest.mark.parametrize("fault", ["drop_response", "status_after"])
async def test_money_goes_back_once_however_often_the_answer_is_lost(town: Town, fault: str, amount: int) -> None:
    payment_id = await paid(town)
    town.clover.fail(fault, method="POST", path=REFUNDS, times=2)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await town.provider.refund_payment(payment_id, Money(amount, "USD"), key="r-1", reason=ASKED)
    refund = await town.provider.refund_payment(payment_id, Money(amount, "USD"), key="r-1", reason=ASKED)
    assert list(town.clover.merchant.refunds) == [refund.refund_id]
    assert (await town.provider.ask_payment(payment_id)).refunded_cents == amount


async def test_another_refund_has_another_key(town: Town) -> None:
    payment_id = await paid(town)
    for key in ("r-1", "r-2"):
        await town.provider.refund_payment(payment_id, Money(700, "USD"), key=key, reason=ASKED)
    assert len(town.clover.merchant.refunds) == 2


@pytest.mark.parametrize(
    ("status", "state"),
    [("succeeded", RefundState.SUCCEEDED), ("pending", RefundState.PENDING), ("failed", RefundState.FAILED),
     ("canceled", RefundState.FAILED), ("on its way", RefundState.PENDING)],
)  # fmt: skip
async def test_how_far_a_refund_has_come_is_told(town: Town, status: str, state: RefundState) -> None:
    town.clover.merchant.refund_status = status
    payment_id = await paid(town)
    refund = await town.provider.refund_payment(payment_id, Money(700, "USD"), key="r", reason=ASKED)
    assert refund.state is state
    assert (await town.provider.ask_refund(refund.refund_id)).state is state


async def test_a_refund_is_not_sent_while_nobody_can_be_asked_what_was_paid(town: Town) -> None:
    payment_id = await paid(town)
    town.clover.fail("status", path="/payments/", status=503)
    with pytest.raises(Unreachable):
        await town.provider.refund_payment(payment_id, Money(700, "USD"), key="r", reason=ASKED)
    assert town.asked("POST", REFUNDS) == []


# Whose books


async def test_the_merchant_is_told_with_currency_and_country(town: Town) -> None:
    account = await town.provider.test()
    assert (account.id, account.name, account.currency, account.country, account.livemode) == (
        MERCHANT_ID,
        "Sandbox Shop",
        "USD",
        "US",
        True,
    )
    assert (await town.provider.summary()).account == account


async def test_a_key_for_pages_only_is_good_all_the_same(town: Town) -> None:
    town.clover.merchant.key_reads_platform = False
    account = await town.provider.test()
    assert (account.id, account.currency, account.can_charge) == (MERCHANT_ID, None, True)


async def test_a_dead_key_is_told_from_one_that_may_not(town: Town) -> None:
    town.clover.merchant.private_key = "another"
    with pytest.raises(NotAuthorised, match="Connect Clover again"):
        await town.provider.test()


async def test_a_busy_clover_is_busy_whatever_is_asked(town: Town) -> None:
    town.clover.fail("status", status=429, headers={"Retry-After": "21", "X-RateLimit-tokenConcurrentLimit": "5"})
    with pytest.raises(Busy) as busy:
        await town.provider.test()
    assert busy.value.retry_after == 21


# The books, page by page


async def test_the_payments_since_a_moment_are_read_to_the_end(town: Town) -> None:
    town.clover.merchant.swipe(100)
    town.seconds += 60
    for _ in range(230):
        town.clover.merchant.swipe(1000)
    since = NOW + timedelta(seconds=1)
    found, cursor = await town.provider.list_records(SyncKind.PAYMENTS, since=since, cursor=None)
    while cursor is not None:
        more, cursor = await town.provider.list_records(SyncKind.PAYMENTS, since=since, cursor=cursor)
        found += more
    assert {one.external_id for one in found} == {
        one.id for one in town.clover.merchant.payments.values() if one.amount == 1000
    }
    assert len(town.asked("GET", "/payments")) == 3
    assert found[0].data["amount"] == 1000
    assert found[0].data["result"] == "SUCCESS"


async def test_customers_are_read_and_invoices_there_are_none(town: Town) -> None:
    def since(moment: datetime) -> int:
        return int(moment.timestamp() * 1000)

    town.clover.merchant.customers = [
        {"id": "0LD", "firstName": "Mai", "customerSince": since(NOW - timedelta(days=9))},
        {"id": "NEW", "firstName": "Lan", "lastName": "Vu", "customerSince": since(NOW),
         "emailAddresses": {"elements": [{"emailAddress": "lan@shop.example"}]}},
    ]  # fmt: skip
    found, cursor = await town.provider.list_records(SyncKind.CUSTOMERS, since=NOW - timedelta(days=1), cursor=None)
    assert [(one.external_id, one.data["emails"]) for one in found] == [("NEW", ["lan@shop.example"])]
    assert cursor is None
    everybody, _ = await town.provider.list_records(SyncKind.CUSTOMERS, since=None, cursor=None)
    assert len(everybody) == 2
    assert await town.provider.list_records(SyncKind.INVOICES, since=datetime.now(UTC), cursor=None) == ([], None)
