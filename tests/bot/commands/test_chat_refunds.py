"""Money sent back: by the provider, by hand, in part, and what happens when an answer is lost."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import AsyncMock

import pytest

from adapters.base import PaymentState, RefundState
from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import Refused
from bot.kit.retry import Later
from bot.workflows.ask_refunds import ask_refunds
from storage import credits, payments, refunds
from tests.bot.commands.billing import Looks, Till, bills
from tests.bot.commands.conftest import Chatter, Shop, payloads


@pytest.fixture
async def till(shop: Shop, seller: Chatter, monkeypatch: pytest.MonkeyPatch) -> Till:
    """@mai has paid 24.90 for a dress and a hat; @lan has not paid for hers."""
    await shop.connect_stripe()
    till = Till(shop, monkeypatch)
    for buyer, text in (("mai", "sold 12"), ("mai", "sold 14"), ("lan", "sold 12")):
        await shop.comments(buyer, text)
    await seller.says("/end")
    await seller.says("/invoice all")
    await bills(shop)
    till.takes("in_1", 2490, fee=102)
    await till.tells(PaymentState.PAID, external_id="in_1", cents=2490)
    return till


async def test_all_of_it_goes_back_and_the_items_stay(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/release 12 @mai", hears="Send the money back first: /refund @mai")
    await seller.says(
        "/refund @mai", hears=["Sending 24.90 USD back to @mai.", "stays theirs; to take it back: /release"]
    )
    assert await till.works() == ["succeeded"]
    now = await till.invoice()
    assert (now.status, now.paid_cents, now.refunded_cents) == (InvoiceStatus.REFUNDED, 2490, 2490)
    assert [one.text for one in await shop.told("thanks")][1:] == ["24.90 USD is on its way back to you."]
    (row,) = await shop.read(payments.of_invoice, shop.workspace_id, 1)
    assert (row.payment_ref, row.method, row.fee_cents) == ("pi_in_1_1", "card", 102)
    await seller.says("/refund @mai", hears="All that @mai paid for LA-1-1 went back already.")
    await till.tells(PaymentState.REFUNDED, payment_id="pi_in_1_1", cents=2490)
    assert len(await shop.told("thanks")) == 2
    await seller.says("/release 12 @mai", hears="12 taken back from @mai.")


async def test_a_sum_that_is_none_sends_nothing_back_rather_than_everything(shop: Shop, seller: Chatter) -> None:
    for line, words in (("five", "five"), ("5 EUR", "5 EUR"), ("all of it", "all of it")):
        said = await seller.says(f"/refund @mai {line}")
        assert f"“{words}” is no sum of money. Like: /refund @mai 5" in said
    assert await shop.read(refunds.of_invoice, shop.workspace_id, 1) == []


async def test_parts_go_back_and_never_more_than_came(seller: Chatter, till: Till) -> None:
    await seller.says("/refund @mai 5")
    await seller.says("/refund @mai 20", hears="at most 19.90 USD can")
    assert await till.works() == ["succeeded"]
    assert (await till.invoice()).status is InvoiceStatus.PARTLY_REFUNDED
    await seller.says("/refund @mai 20", hears="and 5.00 USD went back: at most 19.90 USD can")
    await seller.says("/refund @mai", hears="Sending 19.90 USD back")
    await till.works()
    assert (await till.invoice()).status is InvoiceStatus.REFUNDED


async def test_a_refund_made_at_the_provider_counts_before_we_hear_of_it(
    shop: Shop, seller: Chatter, till: Till
) -> None:
    await till.refund_payment("pi_in_1_1", till.came["in_1"][0].amount, key="there", reason="")
    await seller.says("/refund @mai")
    assert await till.works() == ["refused"]
    (told,) = [one for one in await shop.told("notice") if "did not go through" in one.text]
    assert "All of that payment went back already" in told.text
    assert len(till.refunds) == 1


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_refund_whose_answer_is_lost_is_found_and_not_made_twice(
    seller: Chatter, till: Till, lost: int
) -> None:
    await seller.says("/refund @mai 5")
    till.loses_answers = lost
    (seconds,) = await till.works()
    assert isinstance(seconds, Later)
    till.shop.jobs.refunded.append(1)
    assert await till.works() == ["done before"]
    assert [one.amount.amount for one in till.refunds.values()] == [500]
    assert (await till.invoice()).refunded_cents == 500


async def test_a_refund_on_its_way_is_asked_about(shop: Shop, seller: Chatter, till: Till) -> None:
    till.state = RefundState.PENDING
    await seller.says("/refund @mai 5")
    assert await till.works() == ["pending"]
    assert (await till.invoice()).refunded_cents == 0
    await seller.says("/refund @mai 20", hears="at most 19.90 USD can")
    till.state = RefundState.SUCCEEDED
    assert await ask_refunds(shop.assistant, every=timedelta(hours=1)) == 0
    shop.clock.passes(hours=1)
    assert await ask_refunds(shop.assistant, every=timedelta(hours=1)) == 1
    assert (await till.invoice()).refunded_cents == 500
    assert await ask_refunds(shop.assistant, every=timedelta(hours=0)) == 0


async def test_where_nobody_can_call_us_a_refund_is_found_within_minutes_and_an_old_one_asked_about_once_a_day(
    shop: Shop, seller: Chatter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.state = RefundState.PENDING
    await seller.says("/refund @mai 5")
    await till.works()
    looks = Looks(shop, monkeypatch, "ask_refund", AsyncMock(wraps=till.ask_refund))
    assert await looks.ask_within(36, "re_1", seconds=15) == 3, "in nine minutes"
    shop.clock.passes(days=2)
    assert await looks.ask_within(36, "re_1", minutes=5) == 3, "in three hours"
    shop.clock.passes(days=20)
    assert await looks.ask_within(36, "re_1", hours=2) == 3, "in three days"
    till.state = RefundState.SUCCEEDED
    shop.clock.passes(days=1)
    await looks.look()
    assert (await till.invoice()).refunded_cents == 500


async def test_a_refund_that_comes_back_is_told_and_can_be_tried_again(shop: Shop, seller: Chatter, till: Till) -> None:
    till.state = RefundState.PENDING
    await seller.says("/refund @mai")
    await till.works()
    await till.tells(PaymentState.REFUNDED, payment_id="pi_in_1_1", cents=2490)
    assert (await till.invoice()).status is InvoiceStatus.REFUNDED
    await till.tells(PaymentState.REFUND_FAILED, payment_id="pi_in_1_1", refund_id="re_1", cents=2490)
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.PAID, 0)
    (told,) = [one for one in await shop.told("notice") if "did not go through" in one.text]
    till.came["in_1"] = []
    till.takes("in_1", 2490)
    await seller.taps(payloads(told)[0], hears="Sending 24.90 USD back")
    await seller.taps(payloads(told)[0], hears="that is done")
    await till.works()
    assert (await shop.read(refunds.get, shop.workspace_id, 2)).status == "pending"


async def test_a_provider_that_says_no_is_told_with_a_way_out(shop: Shop, seller: Chatter, till: Till) -> None:
    till.refuses = Refused("Your balance is too low.")
    await seller.says("/refund @mai 5")
    assert await till.works() == ["refused"]
    (told,) = [one for one in await shop.told("notice") if "did not go through" in one.text]
    assert "The refund of 5.00 USD to @mai did not go through: Your balance is too low." in told.text
    till.refuses = None
    await seller.taps(payloads(told)[0], hears="Sending 5.00 USD back")
    assert await till.works() == ["succeeded"]


async def test_what_came_by_hand_goes_back_by_hand(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @lan cash")
    await till.works()
    await seller.says("/refund @lan 5", hears="Hand 5.00 USD (cash) back to @lan yourself: it is written down as done.")
    now = await till.invoice(2)
    assert (now.status, now.refunded_cents) == (InvoiceStatus.PARTLY_REFUNDED, 500)
    assert shop.jobs.refunded == []
    await seller.says("/paid @lan undo", hears="went back already")


async def test_money_of_two_payments_goes_back_from_both(seller: Chatter, till: Till) -> None:
    till.takes("in_2", 1000)
    till.takes("in_2", 990)
    await till.tells(PaymentState.PAID, external_id="in_2", cents=1990)
    await seller.says("/refund @lan")
    assert await till.works() == ["succeeded", "succeeded"]
    assert sorted(one.amount.amount for one in till.refunds.values()) == [990, 1000]
    assert (await till.invoice(2)).status is InvoiceStatus.REFUNDED


async def test_credit_that_paid_a_part_comes_back_with_the_money(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/live\n/item add 20 Coat 50")
    await shop.comments("kim", "sold 20")
    await seller.says("/credit @kim 5 sorry", hears="5.00 USD")
    await seller.says("/invoice @kim")
    await bills(shop)
    till.takes("in_3", 4500)
    await till.tells(PaymentState.PAID, external_id="in_3", cents=4500)
    kim = (await till.invoice(3)).buyer_id
    assert await shop.read(credits.balance, shop.workspace_id, kim, "USD") == 0
    await seller.says("/refund @kim", hears="Sending 45.00 USD back to @kim.")
    assert await till.works() == ["succeeded"]
    assert await shop.read(credits.balance, shop.workspace_id, kim, "USD") == 500
    await till.tells(PaymentState.REFUNDED, external_id="in_3", payment_id="pi_in_3_1", cents=4500)
    assert await shop.read(credits.balance, shop.workspace_id, kim, "USD") == 500


async def test_a_dispute_is_told_and_lost_money_is_gone(shop: Shop, seller: Chatter, till: Till) -> None:
    await till.tells(PaymentState.DISPUTED, payment_id="pi_in_1_1", cents=2490)
    await seller.says("/refund @mai", hears="is on its way back, disputed, or back already")
    await till.tells(PaymentState.DISPUTE_LOST, payment_id="pi_in_1_1", cents=2490)
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.REFUNDED, 2490)
    said = [one.text for one in await shop.told("notice")][-3:]
    assert [text.split(":")[0] for text in said[:2]] == [
        "@mai disputes the payment of 24.90 USD at their bank. Answer it in your Stripe dashboard",
        "You lost the dispute with @mai",
    ]


async def test_a_dispute_that_was_won_leaves_all_as_it_was(shop: Shop, seller: Chatter, till: Till) -> None:
    await till.tells(PaymentState.DISPUTE_WON, payment_id="pi_in_1_1", cents=2490)
    await till.tells(PaymentState.DISPUTED, payment_id="pi_in_1_1", cents=2490)
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.PAID, 0)
    assert [one.text for one in await shop.told("notice")][
        -1
    ] == "You won the dispute with @mai: the 24.90 USD stays yours."
    await seller.says("/refund @mai", hears="Sending 24.90 USD back")


async def test_a_refund_that_came_back_and_is_made_again_is_told_again_and_an_old_report_moves_nothing(
    shop: Shop, seller: Chatter, till: Till
) -> None:
    till.state = RefundState.PENDING
    await seller.says("/refund @mai")
    await till.works()
    await till.tells(PaymentState.REFUNDED, payment_id="pi_in_1_1", cents=2490)
    await till.tells(PaymentState.REFUND_FAILED, payment_id="pi_in_1_1", refund_id="re_1", cents=2490)
    await till.tells(PaymentState.REFUNDED, payment_id="pi_in_1_1", cents=2490)
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.PAID, 0)
    told = [one for one in await shop.told("notice") if "did not go through" in one.text]
    till.came["in_1"] = []
    till.takes("in_1", 2490)
    till.state = RefundState.SUCCEEDED
    await seller.taps(payloads(told[0])[0], hears="Sending 24.90 USD back")
    await till.works()
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.REFUNDED, 2490)
    assert len([one for one in await shop.told("notice") if "24.90 USD went back" in one.text]) == 2
    assert len([one for one in await shop.told("thanks") if "24.90" in one.text]) == 3
