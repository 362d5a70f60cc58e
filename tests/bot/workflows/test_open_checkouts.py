"""A page to pay on is opened when the buyer comes: one at a time, one that still lasts, and money is never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import PaymentState
from adapters.registry import provider_class
from bot.domain.books import Method
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused, Unreachable
from bot.workflows.ask_checkouts import ask_checkouts
from bot.workflows.ask_payments import ask_payments
from bot.workflows.balance_invoices import balance_invoice
from bot.workflows.follow_links import open_invoice_page
from bot.workflows.issue_invoices import issue_invoices, style_of
from bot.workflows.place_invoices import place_invoice
from bot.workflows.record_payments import Part, record_payment
from bot.workflows.stock_items import edit_item
from bot.workflows.stock_options import ItemChange
from bot.workflows.void_invoices import void_invoice
from storage import checkouts, integrations, invoices
from storage.tables import payments
from tests.bot.commands.conftest import Shop, a_shop  # noqa: F401
from tests.bot.workflows.till import URL, Counter, Till, a_counter, another_invoice

NEVER = timedelta(days=1)
ALWAYS = timedelta(0)


@pytest.fixture(name="environment")
def an_environment() -> dict[str, str]:
    return {"LIVE_ASSIST_PUBLIC_URL": URL}


@pytest_asyncio.fixture
async def counter(shop: Shop) -> Counter:
    return await a_counter(shop)


async def taps(counter: Counter) -> str | None:
    """The buyer presses Pay; where that leads, None when there is nothing to pay."""
    checkout = await open_invoice_page(counter.shop.assistant, await counter.invoice())
    return checkout.url if checkout is not None else None


async def test_two_taps_at_once_open_one_page(counter: Counter) -> None:
    first, second = await asyncio.gather(taps(counter), taps(counter))
    assert first == second == "https://pay.example/cs_1"
    assert counter.till.calls == 1
    assert await counter.pages() == [("cs_1", "pending")]
    order = counter.till.order_of("cs_1")
    assert (order.order_id, order.invoice_id, str(order.total)) == ("invoice-1-1", 1, "39.80 USD")
    assert order.success_url == f"{order.cancel_url}?done"
    assert order.cancel_url.startswith(f"{URL}/pay/")


async def test_a_page_is_given_again_until_it_nearly_ends_and_then_another_one_takes_its_place(
    counter: Counter,
) -> None:
    await taps(counter)
    counter.shop.clock.passes(minutes=9)
    assert await taps(counter) == "https://pay.example/cs_1"
    counter.shop.clock.passes(minutes=2)
    assert await taps(counter) == "https://pay.example/cs_2"
    assert await counter.pages() == [("cs_1", "expired"), ("cs_2", "pending")]
    assert counter.till.pages["cs_1"].state == "expired"


async def test_who_has_paid_unheard_of_is_not_sent_to_pay_again(counter: Counter) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    counter.shop.clock.passes(seconds=30)
    assert await taps(counter) is None
    assert (await counter.invoice()).status is InvoiceStatus.PAID
    assert await counter.pages() == [("cs_1", "paid")]
    assert len(await counter.shop.told("thanks")) == 1


async def test_a_page_whose_answer_was_lost_is_the_same_page_at_the_next_tap(counter: Counter) -> None:
    counter.till.breaks_off = True
    with pytest.raises(OutcomeUnknown):
        await taps(counter)
    assert await taps(counter) == "https://pay.example/cs_1"
    assert list(counter.till.pages) == ["cs_1"]


async def test_what_was_refused_is_begun_anew(counter: Counter) -> None:
    counter.till.trouble = [Refused("Your account cannot charge yet.")]
    with pytest.raises(Refused, match="cannot charge"):
        await taps(counter)
    assert await taps(counter) == "https://pay.example/cs_1"
    assert [key.rpartition("-")[0].rpartition("-")[2] for key in counter.till.orders] == ["2"]


async def test_a_page_that_nobody_opens_any_more_is_opened_by_the_next_who_comes(counter: Counter) -> None:
    counter.till.trouble = [RuntimeError("the process ended here")]
    with pytest.raises(RuntimeError):
        await taps(counter)
    counter.shop.clock.passes(seconds=31)
    assert await taps(counter) == "https://pay.example/cs_1"
    assert await counter.pages() == [("cs_1", "pending")]


async def test_only_what_is_still_open_is_asked_for(counter: Counter) -> None:
    await taps(counter)
    invoice = await counter.invoice()
    part = {"paid_cents": 2000, "status": InvoiceStatus.PARTLY_PAID}
    await counter.shop.write(invoices.change, counter.shop.workspace_id, invoice.id, **part)
    assert await taps(counter) == "https://pay.example/cs_2"
    assert str(counter.till.order_of("cs_2").total) == "19.80 USD"
    assert counter.till.pages["cs_1"].state == "expired"


async def test_money_on_an_old_page_settles_the_invoice_and_money_on_two_is_told(counter: Counter) -> None:
    counter.till.closes = False
    await taps(counter)
    counter.shop.clock.passes(minutes=11)
    assert await taps(counter) == "https://pay.example/cs_2"
    counter.till.pays("cs_1")
    counter.till.pays("cs_2")
    assert await counter.hears(PaymentState.PAID, "cs_1") == "applied"
    assert (await counter.invoice()).status is InvoiceStatus.PAID
    assert await counter.hears(PaymentState.PAID, "cs_2") == "applied"
    twice = [one.text for one in await counter.shop.told("notice") if "paid twice" in one.text]
    assert twice == ["@mai paid twice: 79.60 USD came for an invoice of 39.80 USD. 39.80 USD is too much."]
    assert (await counter.invoice()).paid_cents == 7960
    assert len(await counter.shop.told("thanks")) == 1


@pytest.mark.parametrize("by_order", [False, True], ids=["by its id", "by our order"])
async def test_a_webhook_settles_the_page_and_its_invoice_once(counter: Counter, by_order: bool) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    assert await counter.hears(PaymentState.PAID, "cs_1", by_order=by_order) == "applied"
    assert await counter.hears(PaymentState.PAID, "cs_1", by_order=by_order, again=True) == "known"
    assert await counter.hears(PaymentState.EXPIRED, "cs_1") == "applied"
    assert (await counter.invoice()).status is InvoiceStatus.PAID
    paid = await counter.shop.read(checkouts.by_ref, counter.shop.workspace_id, "stripe", "cs_1")
    assert (paid.status.value, paid.payment_ref, paid.paid_at) == ("paid", "pi_cs_1", counter.shop.clock())


async def test_an_event_of_another_account_is_not_applied(counter: Counter) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    assert await counter.hears(PaymentState.PAID, "cs_1", account_id="acct_other") == "not one of ours"
    assert await counter.pages() == [("cs_1", "pending")]


async def test_a_page_that_ends_ends_no_invoice_and_a_declined_card_is_told(counter: Counter) -> None:
    await taps(counter)
    await counter.hears(PaymentState.FAILED, "cs_1", reason="insufficient funds")
    await counter.hears(PaymentState.EXPIRED, "cs_1")
    assert (await counter.invoice()).status is InvoiceStatus.SENT
    assert await counter.pages() == [("cs_1", "expired")]
    assert [one.text for one in await counter.shop.told("notice")][-1].startswith(
        "@mai's payment of 39.80 USD failed: insufficient funds."
    )
    assert await taps(counter) == "https://pay.example/cs_2"


@pytest.mark.parametrize(("paid", "status"), [(False, InvoiceStatus.VOID), (True, InvoiceStatus.PAID)])
async def test_a_void_closes_the_page_unless_money_was_faster(
    counter: Counter, paid: bool, status: InvoiceStatus
) -> None:
    await taps(counter)
    if paid:
        counter.till.pays("cs_1")
    await void_invoice(counter.shop.assistant, counter.shop.workspace_id, counter.invoice_id)
    assert (await counter.invoice()).status is status
    assert counter.till.pages["cs_1"].state == ("paid" if paid else "expired")
    assert await taps(counter) is None


@pytest.mark.parametrize(
    "paid",
    [{"status": InvoiceStatus.PAID}, {"status": InvoiceStatus.PARTLY_PAID, "paid_cents": 2000}],
    ids=["all", "a part"],
)
async def test_the_page_of_an_invoice_that_was_paid_in_cash_is_closed_by_the_clock(
    counter: Counter, paid: dict[str, object]
) -> None:
    await taps(counter)
    await counter.shop.write(invoices.change, counter.shop.workspace_id, counter.invoice_id, **paid)
    assert await ask_checkouts(counter.shop.assistant, every=NEVER, unheard_every=ALWAYS) == 1
    assert counter.till.pages["cs_1"].state == "expired"
    assert await ask_checkouts(counter.shop.assistant, every=NEVER, unheard_every=ALWAYS) == 0


async def test_a_page_whose_time_is_over_is_asked_about_once(counter: Counter) -> None:
    await taps(counter)
    counter.till.pays("cs_1")
    assert await ask_checkouts(counter.shop.assistant, every=NEVER, unheard_every=ALWAYS) == 0
    counter.shop.clock.passes(minutes=16)
    counter.till.trouble = [Unreachable("down")]
    assert await ask_checkouts(counter.shop.assistant, every=NEVER, unheard_every=timedelta(minutes=1)) == 0
    counter.shop.clock.passes(minutes=2)
    assert await ask_checkouts(counter.shop.assistant, every=NEVER, unheard_every=timedelta(minutes=1)) == 1
    assert (await counter.invoice()).status is InvoiceStatus.PAID
    assert await ask_checkouts(counter.shop.assistant, every=ALWAYS, unheard_every=ALWAYS) == 0


async def test_a_page_that_lasts_for_ever_and_was_left_behind_is_asked_about_once_an_hour(counter: Counter) -> None:
    counter.till.lasts = None
    await taps(counter)
    integration = await counter.shop.read(integrations.get, counter.shop.workspace_id, "stripe")
    assert integration is not None

    async def asked() -> int:
        """How often, in two looks."""
        before = len(counter.till.asked)
        for _ in range(2):
            await ask_checkouts(
                counter.shop.assistant, every=timedelta(hours=1), unheard_every=ALWAYS, unheard={integration.id}
            )
        return len(counter.till.asked) - before

    assert await asked() == 2
    counter.shop.clock.passes(hours=25)
    assert await asked() == 1, "once an hour"
    counter.shop.clock.passes(minutes=59)
    assert await asked() == 0
    counter.shop.clock.passes(minutes=1)
    assert await asked() == 1


@pytest.mark.parametrize("what", ["pages", "invoices"])
async def test_what_is_at_a_provider_with_a_dead_key_does_not_come_first_at_every_look(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    shop, asked = counter.shop, list[str]()
    counter.till.lasts = None

    async def refuses(external_id: str, *_style: object) -> None:
        asked.append(external_id)
        raise NotAuthorised("the key was revoked")

    for call in ("ask_checkout", "ask_invoice"):
        monkeypatch.setattr(counter.till, call, refuses)
    for number in range(1, 3):
        if what == "pages":
            await taps(counter)
        else:
            await shop.write(invoices.change, shop.workspace_id, counter.invoice_id, external_id=f"in_{number}")
        counter.invoice_id = await another_invoice(shop)
    shop.clock.passes(hours=1)
    for _ in range(2):
        await ask_checkouts(shop.assistant, every=timedelta(hours=1), unheard_every=NEVER)
        await ask_payments(shop.assistant, every=timedelta(hours=1))
    assert len(asked) == 1, "the other had its turn, too"


# Making such an invoice


async def issued(counter: Counter, monkeypatch: pytest.MonkeyPatch, price: int | None) -> int:
    """The invoice of Mai's dress, with pages that are opened as the usual way to pay; not placed yet."""
    shop = counter.shop
    monkeypatch.setattr(provider_class("stripe"), "styles", Till.styles)
    if price is not None:
        await edit_item(shop.assistant, shop.workspace_id, 1, "12", ItemChange(price=Money(price, "USD")), by="Ann")
    made = await issue_invoices(shop.assistant, shop.workspace_id, 1)
    ((invoice_id, _),) = made.invoices
    counter.invoice_id = invoice_id
    return invoice_id


async def test_such_an_invoice_has_our_link_and_its_provider_hears_of_it_at_the_first_tap(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    invoice_id = await issued(counter, monkeypatch, 1990)
    assert await place_invoice(shop.assistant, shop.workspace_id, invoice_id) == "placed"
    invoice = await counter.invoice()
    assert (invoice.style, invoice.external_id) == ("checkout", None)
    assert invoice.external_url == invoice.pay_link(URL) == f"{URL}/pay/{invoice.pay_token}"
    (link,) = await shop.told("link")
    assert link.buttons[0][0]["url"] == invoice.external_url
    assert counter.till.pages == {}
    assert await taps(counter) == "https://pay.example/cs_1"


async def test_without_a_price_it_waits_and_is_made_anew_with_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    invoice_id = await issued(counter, monkeypatch, None)
    await place_invoice(shop.assistant, shop.workspace_id, invoice_id)
    assert await shop.told("link") == []
    assert "12 has no price" in (await shop.told("notice"))[-1].text
    again = await issued(counter, monkeypatch, 1990)
    assert again != invoice_id


@pytest.mark.parametrize("environment", [{}], ids=["nobody reaches us"])
async def test_without_a_public_address_a_page_that_lasts_is_the_link_itself(
    shop: Shop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    counter.till.lasts = timedelta(hours=24)
    invoice_id = await issued(counter, monkeypatch, 1990)
    await place_invoice(shop.assistant, shop.workspace_id, invoice_id)
    (link,) = await shop.told("link")
    assert link.buttons[0][0]["url"] == "https://pay.example/cs_1"
    assert counter.till.order_of("cs_1").success_url == "https://t.me/shop_bot"
    await shop.write(invoices.change, shop.workspace_id, invoice_id, status=InvoiceStatus.SENT)
    await counter.hears(PaymentState.EXPIRED, "cs_1")
    assert (await counter.invoice()).status is InvoiceStatus.EXPIRED


@pytest.mark.parametrize("environment", [{}], ids=["nobody reaches us"])
async def test_without_a_public_address_a_part_in_cash_leads_to_a_page_for_the_rest(
    shop: Shop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    counter.till.lasts = timedelta(hours=24)
    invoice_id = await issued(counter, monkeypatch, 1990)
    await place_invoice(shop.assistant, shop.workspace_id, invoice_id)
    cash = [Part(method=Method.CASH, cents=500)]
    await record_payment(shop.assistant, shop.workspace_id, invoice_id, cash, by="Ann")
    assert await balance_invoice(shop.assistant, shop.workspace_id, invoice_id) == "placed"
    await counter.hears(PaymentState.EXPIRED, "cs_1")
    assert (await shop.told("link"))[-1].buttons[0][0]["url"] == "https://pay.example/cs_2"
    assert (counter.till.pages["cs_1"].state, counter.till.pages["cs_2"].total) == ("expired", Money(1490, "EUR"))
    await counter.hears(PaymentState.EXPIRED, "cs_2")  # its day is over
    assert (await counter.invoice()).waits_for_page
    assert "The time of the page at Stripe was over." in (await shop.told("notice"))[-1].text
    assert await shop.read(invoices.off_balance) == []
    assert await balance_invoice(shop.assistant, shop.workspace_id, invoice_id) == "placed"
    assert (await shop.told("link"))[-1].buttons[0][0]["url"] == "https://pay.example/cs_3"
    await counter.hears(PaymentState.PAID, "cs_3")
    assert (await counter.invoice()).status is InvoiceStatus.PAID


@pytest.mark.parametrize("environment", [{}], ids=["nobody reaches us"])
async def test_without_a_public_address_pages_that_end_soon_are_refused_with_what_to_set(
    shop: Shop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await a_counter(shop)
    await shop.write(invoices.change, shop.workspace_id, 1, status=InvoiceStatus.PAID)
    invoice_id = await issued(counter, monkeypatch, 1990)
    assert await place_invoice(shop.assistant, shop.workspace_id, invoice_id) == "refused"
    invoice = await counter.invoice()
    assert invoice.status is InvoiceStatus.ERROR
    assert "Set LIVE_ASSIST_PUBLIC_URL" in (invoice.error_message or "")
    assert counter.till.pages["cs_1"].state == "expired"


async def test_the_style_is_the_one_that_was_set_if_the_provider_has_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = await counter.shop.read(integrations.get, counter.shop.workspace_id, "stripe")
    styles = provider_class("stripe").styles
    assert style_of(integration) == styles[0]
    integration.settings["checkout_style"] = "by carrier pigeon"
    assert style_of(integration) == styles[0]
    monkeypatch.setattr(provider_class("stripe"), "styles", (*styles, *Till.styles))
    integration.settings["checkout_style"] = "checkout"
    assert style_of(integration) == "checkout"


# Any order


deeds = st.lists(st.sampled_from(["tap", "pay", "hear", "hear again", "wait", "ask", "end"]), max_size=14)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=deeds, closes=st.booleans())
async def test_whatever_happens_in_whatever_order_no_payment_is_lost_and_none_counts_twice(
    shop: Shop, deeds: list[str], closes: bool
) -> None:
    counter = (
        Counter(shop, Till(shop.clock)) if await shop.read(integrations.get, 1, "stripe") else await a_counter(shop)
    )
    till = counter.till
    till.closes, shop.assistant.provider_for = closes, lambda integration: till
    await shop.write(_forget_pages)
    counter.invoice_id = await another_invoice(shop)
    thanked, twice = len(await shop.told("thanks")), await _told_twice(shop)
    heard: list[str] = []
    for deed in deeds:
        open_ones = [one for one, page in till.pages.items() if page.state == "open"]
        paid = [one for one, page in till.pages.items() if page.state == "paid"]
        if deed == "tap":
            await taps(counter)
        elif deed == "pay" and open_ones:
            till.pays(open_ones[0])
        elif deed in ("hear", "hear again") and paid:
            heard.append(paid[-1])
            await counter.hears(PaymentState.PAID, paid[-1], again=deed == "hear again" and len(heard) > 1)
        elif deed == "wait":
            shop.clock.passes(minutes=11)
        elif deed == "ask":
            await ask_checkouts(shop.assistant, every=ALWAYS, unheard_every=ALWAYS)
        elif deed == "end" and open_ones:
            await counter.hears(PaymentState.EXPIRED, open_ones[0])
    for one, page in till.pages.items():
        if page.state == "paid":
            await counter.hears(PaymentState.PAID, one)
    payments = sum(page.state == "paid" for page in till.pages.values())
    assert ((await counter.invoice()).status is InvoiceStatus.PAID) == (payments > 0)
    assert len(await shop.told("thanks")) - thanked == min(payments, 1)
    assert await _told_twice(shop) - twice == max(payments - 1, 0)


async def _told_twice(shop: Shop) -> int:
    return sum("paid twice" in one.text for one in await shop.told("notice"))


def _forget_pages(tx: sa.Connection) -> None:
    """The till of each example begins its books anew."""
    tx.execute(payments.delete())
