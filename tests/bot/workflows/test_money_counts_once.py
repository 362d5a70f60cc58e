"""Money counts once, whoever tells of it and in whatever order; and nothing waits for what does not come."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from adapters.base import Capability, PaymentState, PaymentUpdate, ProviderPayment
from bot.domain.books import Method
from bot.domain.invoice import InvoiceEvent, InvoiceStatus
from bot.domain.money import Money
from bot.workflows.keep_updates import keep_updates
from bot.workflows.place_invoices import place_invoice
from bot.workflows.record_payments import Part, record_payment, undo_payment
from bot.workflows.settle_payments import apply_event, settle_payment
from bot.workflows.void_invoices import void_invoice
from storage import invoices
from tests.bot.commands.conftest import Shop, a_shop  # noqa: F401
from tests.bot.workflows.test_open_checkouts import issued, taps
from tests.bot.workflows.till import URL, Counter, a_counter, another_invoice


@pytest.fixture(name="environment")
def an_environment() -> dict[str, str]:
    return {"LIVE_ASSIST_PUBLIC_URL": URL}


@pytest_asyncio.fixture
async def counter(shop: Shop) -> Counter:
    return await a_counter(shop)


async def pays_in_cash(counter: Counter, cents: int | None) -> None:
    part = Part(method=Method.CASH, cents=cents)
    await record_payment(counter.shop.assistant, counter.shop.workspace_id, counter.invoice_id, [part], by="Ann")


async def stands(counter: Counter) -> tuple[str, int, int]:
    """(status, what came, what went back)."""
    invoice = await counter.invoice()
    return invoice.status.value, invoice.paid_cents, invoice.refunded_cents


async def test_money_whose_refund_was_heard_of_first_is_all_in_the_books(counter: Counter) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    await counter.hears(PaymentState.PARTLY_REFUNDED, "cs_1", amount=Money(1000, "USD"))
    await counter.hears(PaymentState.PAID, "cs_1")
    await counter.hears(PaymentState.PAID, "cs_1")
    assert await stands(counter) == ("partly_refunded", 3980, 1000)
    assert not [one.text for one in await counter.shop.told("notice") if "twice" in one.text]


async def test_who_could_not_be_sent_the_link_pays_in_cash(counter: Counter) -> None:
    counter.invoice_id = await another_invoice(counter.shop, status=InvoiceStatus.DRAFT)
    await pays_in_cash(counter, None)
    assert await stands(counter) == ("paid", 3980, 0)


async def test_a_page_for_the_rest_that_was_paid_before_a_void_is_a_part(counter: Counter) -> None:
    await pays_in_cash(counter, 2000)
    await taps(counter)
    assert str(counter.till.order_of("cs_1").total) == "19.80 USD"
    await undo_payment(counter.shop.assistant, counter.shop.workspace_id, counter.invoice_id, by="Ann")
    counter.till.pays("cs_1")
    await void_invoice(counter.shop.assistant, counter.shop.workspace_id, counter.invoice_id)
    assert await stands(counter) == ("partly_paid", 1980, 0)


async def test_who_pays_after_a_payment_was_taken_back_is_thanked_and_told_of(counter: Counter) -> None:
    await taps(counter)
    await pays_in_cash(counter, None)
    await undo_payment(counter.shop.assistant, counter.shop.workspace_id, counter.invoice_id, by="Ann")
    told = len([one for one in await counter.shop.told("notice") if one.text == "@mai paid 39.80 USD."])
    counter.till.pays("cs_1")
    await counter.hears(PaymentState.PAID, "cs_1")
    await counter.hears(PaymentState.PAID, "cs_1")
    assert await stands(counter) == ("paid", 3980, 0)
    assert len([one for one in await counter.shop.told("notice") if one.text == "@mai paid 39.80 USD."]) == told + 1
    assert len(await counter.shop.told("thanks")) == 2


async def test_an_invoice_whose_pages_open_when_somebody_comes_is_never_taken_for_one_at_the_provider(
    counter: Counter,
) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    await counter.hears(PaymentState.PAID, "cs_1", order_id=None, checkout_id=None, external_id="cs_1")
    assert await stands(counter) == ("paid", 3980, 0)
    assert (await counter.invoice()).external_id is None


async def test_what_waits_for_a_price_and_is_nowhere_else_can_be_voided(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    await issued(counter, monkeypatch, None)
    ann = await shop.operator("Bea")
    await ann.says("/void @mai", hears="right now")
    await place_invoice(shop.assistant, shop.workspace_id, counter.invoice_id)
    await ann.says("/void @mai")
    assert shop.jobs.voided == [counter.invoice_id]
    await void_invoice(shop.assistant, shop.workspace_id, counter.invoice_id)
    assert (await counter.invoice()).status is InvoiceStatus.VOID
    await ann.says("/release 12 @mai", hears="12")
    assert counter.till.calls == 0


@pytest.mark.parametrize("refunds_first", [False, True])
async def test_refunds_of_two_payments_of_one_page_make_no_money(counter: Counter, refunds_first: bool) -> None:
    """A page that took two payments is heard of in all; what goes back names each payment."""
    shop, at = counter.shop, {"style": "invoice", "external_id": "in_1"}
    await shop.write(invoices.change, shop.workspace_id, counter.invoice_id, **at)
    came = [(InvoiceEvent.PART_PAYMENT, 1990, None), (InvoiceEvent.PAYMENT, 3980, None)]
    went = [(InvoiceEvent.PART_REFUND, 1000, "pi_1"), (InvoiceEvent.PART_REFUND, 500, "pi_2")]
    for event, amount, payment_id in [*went, *came] if refunds_first else [*came, *went]:
        invoice = await shop.write(invoices.lock, shop.workspace_id, counter.invoice_id)
        said = {"amount": amount, "payment_id": payment_id, "ref": "in_1", "reason": None, "now": shop.clock()}
        await shop.write(apply_event, invoice, event, **said)
    assert await stands(counter) == ("partly_refunded", 3980, 1500)


async def test_two_payments_of_one_page_that_went_back_whole_are_each_in_the_books_once(counter: Counter) -> None:
    """The page tells of all of it without naming a payment, and each payment of itself, in whatever order."""
    shop = counter.shop
    told = [
        (InvoiceEvent.PAYMENT, 3980, None),
        (InvoiceEvent.REFUND, 3980, None),
        (InvoiceEvent.REFUND, 1490, "pi_1"),
        (InvoiceEvent.REFUND, 2490, "pi_2"),
    ]
    for number, facts in enumerate(itertools.permutations(told)):
        invoice_id = await another_invoice(shop)
        page = f"in_{number}"
        await shop.write(invoices.change, shop.workspace_id, invoice_id, style="invoice", external_id=page)
        for event, amount, payment_id in facts:
            invoice = await shop.write(invoices.lock, shop.workspace_id, invoice_id)
            said = {"amount": amount, "payment_id": payment_id, "ref": page, "reason": None, "now": shop.clock()}
            await shop.write(apply_event, invoice, event, **said)
        found = await shop.read(invoices.get, shop.workspace_id, invoice_id)
        assert found is not None
        assert (found.status.value, found.paid_cents, found.refunded_cents) == ("refunded", 3980, 3980), facts


async def test_two_payments_that_are_told_by_name_and_all_at_once_are_told_apart_by_asking(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each payment comes with all that came by then, as its provider is asked, and the page says that all went back."""
    shop, first, second = counter.shop, payment(1490, "pi_1"), payment(2490, "pi_2")

    async def payments_of(_page: str, _style: str) -> tuple[ProviderPayment, ...]:
        return first, second

    monkeypatch.setattr(type(counter.till), "capabilities", counter.till.capabilities | {Capability.REFUND})
    monkeypatch.setattr(counter.till, "payments_of", payments_of)
    told = [
        (PaymentState.PARTLY_PAID, 1490, "pi_1"),
        (PaymentState.PAID, 3980, "pi_2"),
        (PaymentState.REFUNDED, 3980, None),
        (PaymentState.REFUNDED, 1490, "pi_1"),
        (PaymentState.REFUNDED, 2490, "pi_2"),
    ]
    wrong = []
    for number, facts in enumerate(itertools.islice(itertools.permutations(told), None, None, 5)):
        invoice_id = await another_invoice(shop)
        page = f"in_{number}"
        await shop.write(invoices.change, shop.workspace_id, invoice_id, style="invoice", external_id=page)
        for place, (state, cents, payment_id) in enumerate(facts):
            told_of = {"external_id": page, "payment_id": payment_id, "amount": Money(cents, "USD")}
            fact = replace(SAID, event_id=f"{page}-{place}", state=state, **told_of)
            await keep_updates(shop.assistant, shop.workspace_id, [fact])
            await settle_payment(shop.assistant, shop.workspace_id, shop.jobs.settled.pop()[0])
        found = await shop.read(invoices.get, shop.workspace_id, invoice_id)
        assert found is not None
        if (found.paid_cents, found.refunded_cents) != (3980, 3980):
            wrong.append(((found.paid_cents, found.refunded_cents), facts))
    assert wrong == []


def payment(cents: int, payment_id: str) -> ProviderPayment:
    """All of which went back."""
    return ProviderPayment(
        payment_id=payment_id,
        amount=Money(cents, "USD"),
        refunded_cents=cents,
        method="card",
        fee_cents=None,
        paid_at=None,
    )


SAID = PaymentUpdate(
    provider="stripe",
    event_id="",
    kind="said",
    state=PaymentState.PAID,
    account_id=None,
    external_id=None,
    payment_id=None,
    workspace_uid=None,
    invoice_id=None,
    amount=None,
    reason=None,
    happened_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    livemode=False,
    raw={},
)
