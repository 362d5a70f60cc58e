"""Payments that operators write down, and what that does to the page at the provider."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest

from adapters.base import PaymentState, ProviderInvoice
from bot.domain.invoice import InvoiceStatus, LineKind
from bot.domain.money import Money
from bot.kit.errors import Refused
from bot.kit.retry import Later
from bot.workflows.balance_invoices import balance_invoice
from bot.workflows.connect_providers import connect_by_key
from bot.workflows.reconcile_payments import Reconciliation
from bot.workflows.watch_runs import show_progress
from messaging.base import Outgoing, Sent
from storage import invoices, payments
from tests.bot.commands.billing import Looks, Till, bills
from tests.bot.commands.conftest import Chatter, Shop, payloads


@pytest.fixture
async def till(shop: Shop, seller: Chatter, monkeypatch: pytest.MonkeyPatch) -> Till:
    """@mai has a link for a dress of 19.90 and a hat of 5, @lan one for a dress."""
    await shop.connect_stripe()
    till = Till(shop, monkeypatch)
    for buyer, text in (("mai", "sold 12"), ("mai", "sold 14"), ("lan", "sold 12")):
        await shop.comments(buyer, text)
    await seller.says("/end")
    await seller.says("/invoice all")
    await bills(shop)
    return till


async def test_cash_for_all_of_it_closes_the_page_at_the_provider(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash", hears="Written down: 24.90 USD (cash). @mai has paid all of LA-1-1.")
    assert (await till.invoice()).status is InvoiceStatus.PAID
    assert await till.works() == ["balanced"]
    assert till.there["in_1"] == "void"
    assert [one.text for one in await shop.told("thanks")] == ["Thank you! Your payment of 24.90 USD has arrived."]
    await seller.says("/paid @mai cash", hears="@mai's invoice is paid already.")
    await till.tells(PaymentState.VOIDED, external_id="in_1")
    assert (await till.invoice()).status is InvoiceStatus.PAID


async def test_a_part_in_cash_leads_to_a_link_for_the_rest(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash 20", hears="Written down: 20.00 USD (cash). @mai owes 4.90 USD more")
    assert await till.works() == ["placed"]
    assert till.there["in_1"] == "void"
    again = till.orders[-1]
    assert (again.attempt, again.total.amount) == (2, 490)
    assert [line.amount_cents for line in again.lines if line.kind is LineKind.PAYMENT] == [-2000]
    now = await till.invoice()
    assert (now.external_id, now.status, now.amount_cents) == ("in_1_2", InvoiceStatus.PARTLY_PAID, 2490)
    assert not [line for line in now.lines if line.kind is LineKind.PAYMENT]
    link = (await shop.told("link"))[-1]
    assert "Paid already: -20.00 USD" in link.text
    assert link.buttons[0][0]["title"] == "Pay 4.90 USD"
    await seller.says("/status", hears="1 partly paid: 24.90 USD, 4.90 USD of it open")
    await seller.says("/owed", hears="4.90 USD")
    await till.tells(PaymentState.PAID, external_id="in_1_2", cents=490)
    now = await till.invoice()
    assert (now.status, now.paid_cents) == (InvoiceStatus.PAID, 2490)
    assert await till.works() == []


async def test_money_for_what_was_taken_back_a_moment_before_is_told_with_what_to_do(
    shop: Shop, seller: Chatter, till: Till
) -> None:
    await seller.says("/release 14 @mai", hears="Their unpaid invoice of 24.90 USD is being voided.")
    await till.tells(PaymentState.PAID, external_id="in_1", cents=2490)
    assert (await till.invoice()).status is InvoiceStatus.PAID
    told = [one.text for one in await shop.told("notice")]
    assert told[-1] == (
        "@mai paid 24.90 USD. 14 is no longer theirs: send the money for it back with /refund, or give it to them with "
        "/award."
    )


async def test_what_is_written_down_is_said_once_to_each_operator(shop: Shop, seller: Chatter, till: Till) -> None:
    bo = await shop.operator("Bo")
    before = await shop.last_told()
    await seller.says("/paid @mai cash 20", hears="Written down: 20.00 USD (cash)")
    await seller.says("/paid @mai cash", hears="has paid all of LA-1-1")
    await seller.says("/paid @mai undo", hears="Taken back: 4.90 USD")
    assert {one.chat_id for one in await shop.told("notice", beyond=before)} == {f"private-{bo.name}"}
    assert [one.text for one in await shop.told("notice", beyond=before)] == [
        "@mai paid 20.00 USD of 24.90 USD; 4.90 USD is open.",
        "@mai paid 24.90 USD.",
        "Ann took back that @mai paid 4.90 USD (cash): 4.90 USD of LA-1-1 is open.",
    ]


async def test_a_part_that_comes_before_a_link_is_out_is_no_trouble_of_its_run(
    shop: Shop, seller: Chatter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def send(message: Outgoing) -> Sent:
        said.append(message.text)
        return Sent(message_id="1", chat_id=message.to.id)

    monkeypatch.setattr(shop.platform, "turn", AsyncMock())
    monkeypatch.setattr(shop.platform, "send", send)
    await seller.says("/paid @mai cash 20")
    await seller.says("/paid @lan cash")
    await show_progress(shop.assistant, shop.workspace_id, 1)
    assert said == ["Invoices for Friday sale: 2, 44.80 USD\n1 paid, 1 partly paid"]


async def test_a_run_that_does_not_move_is_not_written_again(
    shop: Shop, seller: Chatter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote: list[str] = []

    async def send(message: Outgoing) -> Sent:
        wrote.append(message.text)
        return Sent(message_id="1", chat_id=message.to.id)

    async def edit(chat_id: str, message_id: str, message: Outgoing) -> None:
        wrote.append(message.text)

    monkeypatch.setattr(shop.platform, "turn", AsyncMock())
    monkeypatch.setattr(shop.platform, "send", send)
    monkeypatch.setattr(shop.platform, "edit", edit)

    async def looked() -> str:
        """The last line, after two looks that find the same."""
        for _ in range(2):
            await show_progress(shop.assistant, shop.workspace_id, 1)
        return wrote[-1].splitlines()[-1]

    assert await looked() == "░░░░░░░░░░ 0 of 2"
    await seller.says("/paid @lan cash")
    assert await looked() == "1 paid"
    await seller.says("/paid @mai cash")
    assert await looked() == "2 paid"
    assert len(wrote) == 3


async def test_two_ways_in_one_line(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash 20 card 4.90", hears="20.00 USD (cash) and 4.90 USD (card). @mai has paid all")
    rows = await shop.read(payments.of_invoice, shop.workspace_id, 1)
    assert [(one.method, one.amount_cents, one.provider, one.by) for one in rows] == [
        ("cash", 2000, "manual", "Ann"),
        ("card", 490, "manual", "Ann"),
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/paid @mai cash 30", "@mai owes 24.90 USD on LA-1-1, and no more"),
        ("/paid @mai cash 0", "@mai owes 24.90 USD"),
        ("/paid @mai cash twenty", "is not a sum"),
        ("/paid @mai cash 20 card 4.91", "@mai owes 24.90 USD"),
        ("/paid @hoa cash", "Nobody in this show is called @hoa"),
        ("/refund @mai", "@mai has paid nothing yet."),
        ("/paid @mai undo", "Nothing was written down as paid by @mai."),
    ],
)
async def test_what_does_not_fit_changes_nothing(seller: Chatter, till: Till, line: str, answer: str) -> None:
    await seller.says(line, hears=answer)
    assert (await till.invoice()).paid_cents == 0


async def test_how_it_was_paid_is_asked_with_buttons(seller: Chatter, till: Till) -> None:
    (asked,) = await seller.replies("/paid @mai")
    assert payloads(asked) == [f"paid on 1 {way}" for way in ("cash", "card", "check", "bank", "other")]
    await seller.taps(payloads(asked)[3], hears="24.90 USD (bank)")


async def test_a_way_that_there_is_not_is_asked_for_by_name(seller: Chatter, till: Till) -> None:
    said = await seller.says("/paid @mai in kisses", hears="How did @mai pay? One of cash, card, check, bank, other")
    assert "/paid @mai cash 20" in said
    assert (await till.invoice()).paid_cents == 0


async def test_a_payment_written_down_by_mistake_is_taken_back(shop: Shop, seller: Chatter, till: Till) -> None:
    (answer,) = await seller.replies("/paid @mai cash")
    await till.works()
    await seller.taps(payloads(answer)[0], hears="Taken back: 24.90 USD (cash). @mai owes 24.90 USD again.")
    assert await till.works() == ["placed"]
    now = await till.invoice()
    assert (now.status, now.paid_cents, now.external_id) == (InvoiceStatus.SENT, 0, "in_1_2")
    await till.tells(PaymentState.VOIDED, external_id="in_1")
    assert (await till.invoice()).status is InvoiceStatus.SENT
    await seller.says("/paid @mai undo", hears="Nothing was written down")


async def test_the_page_for_the_rest_is_voided_at_the_provider_and_another_is_made_when_asked_for(
    shop: Shop, seller: Chatter, till: Till
) -> None:
    await seller.says("/paid @mai cash 20")
    await till.works()
    sent = len(await shop.told("link"))
    for _ in range(2):
        await till.tells(PaymentState.VOIDED, external_id="in_1_2")
    (over,) = [one for one in await shop.told("notice") if "no page any more" in one.text]
    assert "no page any more for the 4.90 USD that is left of LA-1-1. The page was voided at Stripe." in over.text
    now = await till.invoice()
    assert (now.status, now.is_payable, now.waits_for_page) == (InvoiceStatus.PARTLY_PAID, False, True)
    assert await shop.read(invoices.off_balance) == [], "nobody makes a page that the seller did not want"
    for line in ("/send @mai", "/link @mai", "/invoice @mai"):
        await seller.says(line, hears="/invoice retry")
    await seller.says("/void @mai", hears="@mai paid 20.00 USD of it already. To send that back: /refund @mai")
    await seller.taps(payloads(over)[0], hears="Making a page for the 4.90 USD that is left")
    assert await till.works() == ["placed"]
    now = await till.invoice()
    assert (now.external_id, now.waits_for_page, till.orders[-1].total.amount) == ("in_1_3", False, 490)
    assert len(await shop.told("link")) == sent + 1
    await till.tells(PaymentState.VOIDED, external_id="in_1_3")
    await seller.says("/invoice retry")
    await bills(shop)
    await till.tells(PaymentState.PAID, external_id="in_1_2", cents=490)  # somebody paid there in time after all
    assert (await till.invoice()).status is InvoiceStatus.PAID


async def test_taken_back_before_the_page_was_closed_nothing_is_made_anew(seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash\n/paid @mai undo", hears="Taken back")
    assert await till.works() == ["balanced", "balanced"]
    assert ((await till.invoice()).external_id, till.there["in_1"]) == ("in_1", "open")


async def test_money_that_was_faster_at_the_provider_is_a_double_payment(
    shop: Shop, seller: Chatter, till: Till
) -> None:
    till.takes("in_1", 2490)
    await seller.says("/paid @mai cash 20")
    assert await till.works() == ["balanced"]
    now = await till.invoice()
    assert (now.status, now.paid_cents, now.external_id) == (InvoiceStatus.PAID, 4490, "in_1")
    (twice,) = [one for one in await shop.told("notice") if "paid twice" in one.text]
    assert "44.90 USD came for an invoice of 24.90 USD. 20.00 USD is too much." in twice.text
    await till.tells(PaymentState.PAID, external_id="in_1", cents=2490)
    assert (await till.invoice()).paid_cents == 4490
    await seller.taps(payloads(twice)[0], hears="Sending 20.00 USD back to @mai.")
    assert await till.works() == ["succeeded"]
    now = await till.invoice()
    assert (now.status, now.refunded_cents) == (InvoiceStatus.PARTLY_REFUNDED, 2000)


async def test_a_page_that_cannot_be_closed_is_told_and_tried_again(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash 20")
    till.refuses = Refused("It is being paid.")
    assert await till.works() == ["refused"]
    (told,) = [one for one in await shop.told("notice") if "could not be closed" in one.text]
    assert "still asks for 24.90 USD" in told.text
    till.refuses = None
    await seller.taps(payloads(told)[0], hears="Trying again.")
    assert await till.works() == ["placed"]


async def test_more_cash_while_the_page_for_the_rest_is_made(seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash 10")
    await till.works()
    await seller.says("/paid @mai cash 10")
    assert await till.works() == ["placed"]
    assert [(one.attempt, one.total.amount) for one in till.orders[-2:]] == [(2, 1490), (3, 490)]
    await till.tells(PaymentState.PAID, external_id="in_1_3", cents=490)
    assert (await till.invoice()).status is InvoiceStatus.PAID


async def test_without_a_provider_buyers_are_told_how_to_pay(shop: Shop, seller: Chatter) -> None:
    how = "Bank: Example Bank, account 12-345"
    await connect_by_key(shop.assistant, shop.workspace_id, "manual", {"how_to_pay": how})
    await shop.comments("mai", "sold 12")
    await seller.says("/end")
    await seller.says("/invoice all")
    (bill,) = await bills(shop)
    assert (bill.external_url, bill.how_to_pay, bill.open_cents) == (None, how, 1990)
    (link,) = await shop.told("link")
    assert link.text.splitlines()[-2:] == ["Total: 19.90 USD", how]
    assert link.buttons == []
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await seller.says("/paid @mai bank", hears="@mai has paid all")
    assert shop.jobs.balanced == [1]
    assert await balance_invoice(shop.assistant, shop.workspace_id, 1) == "balanced"
    await Reconciliation(shop.assistant).look()
    await seller.says("/refund @mai", hears="Hand 19.90 USD (bank) back to @mai yourself")


async def test_unpaid_invoices_of_a_provider_without_events_are_asked_about_ever_more_seldom(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = (await till.invoice()).external_id
    assert there is not None
    unpaid = ProviderInvoice(
        external_id=there,
        customer_id=None,
        url="https://pay.example",
        state="open",
        total=Money(2490, "USD"),
        amount_paid=0,
    )
    looks = Looks(shop, monkeypatch, "ask_invoice", AsyncMock(return_value=unpaid))
    assert await looks.ask_within(8, there, seconds=15) == 8
    shop.clock.passes(hours=2)
    assert await looks.ask_within(40, there, seconds=15) == 2, "in ten minutes"
    shop.clock.passes(days=2)
    assert await looks.ask_within(24, there, minutes=5) == 2, "in two hours"
    shop.clock.passes(days=20)
    assert await looks.ask_within(24, there, hours=2) == 2, "in two days"


async def test_more_cash_while_nobody_knows_whether_the_page_was_made(shop: Shop, seller: Chatter, till: Till) -> None:
    await seller.says("/paid @mai cash 10")
    till.loses_answers = 1
    (seconds,) = await till.works()
    assert isinstance(seconds, Later)
    await seller.says("/paid @mai cash 10")
    assert await till.works() == ["placed", "placed"]
    asked = [(one.attempt, one.total.amount) for one in till.orders if one.invoice_id == 1]
    assert asked == [(1, 2490), (2, 1490), (2, 1490), (3, 490)]
    assert [till.there[page] for page in ("in_1", "in_1_2", "in_1_3")] == ["void", "void", "open"]
    assert [one.buttons[0][0]["title"] for one in await shop.told("link") if one.invoice_id == 1] == [
        "Pay 24.90 USD",
        "Pay 4.90 USD",
    ]


async def test_the_sweep_finds_what_a_crash_left_undone(shop: Shop, seller: Chatter, till: Till) -> None:
    assert await shop.read(invoices.off_balance) == []
    await seller.says("/paid @mai cash 10")
    assert [one.id for one in await shop.read(invoices.off_balance)] == [1]
    await till.works()
    assert await shop.read(invoices.off_balance) == []
    await seller.says("/paid @lan cash")
    assert [one.id for one in await shop.read(invoices.off_balance)] == [2]
    await till.works()
    await till.tells(PaymentState.PAID, external_id="in_1_2", cents=1490)
    assert await shop.read(invoices.off_balance) == []
