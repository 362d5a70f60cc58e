"""Prices in chat: bundles, shipping, pickup, sending later, taxes, coupons and credit."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.base import CheckoutStyle, ProviderInvoice
from bot.commands.desk import take
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus
from bot.kit.errors import Unreachable
from bot.workflows.place_invoices import take_over
from bot.workflows.settle_payments import record_event
from bot.workflows.void_invoices import void_invoice
from messaging.base import Message, Person
from storage import invoices
from storage.invoices import line_data
from tests.bot.commands.billing import bills, plays_stripe
from tests.bot.commands.conftest import Chatter, Shop, numbers


@pytest.fixture(autouse=True)
def at_the_provider(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """External id → how it stands there."""
    return plays_stripe(shop, monkeypatch)


@pytest.fixture
async def shopper(shop: Shop, seller: Chatter) -> Chatter:
    """The operator of a live show whose account is connected: 12 Blue dress 19.90 x2 and 14 Hat 5."""
    await shop.connect_stripe()
    return seller


async def pays(shop: Shop, invoice: Invoice) -> None:
    await shop.write(
        record_event, shop.workspace_id, invoice.id, InvoiceEvent.PAYMENT, invoice.amount_cents, shop.clock()
    )


def said(invoice: Invoice) -> list[Any]:
    return [(line.description, line.amount_cents) for line in invoice.lines]


async def test_a_bundle_is_listed_changed_taken_away_and_brought_back(shopper: Chatter) -> None:
    await shopper.says("/item add 15 Socks 20 3 for 50 x9", hears="15 Socks, 20.00 USD, 3 for 50.00 USD, 9 pieces")
    await shopper.says("/item add 16 Scarf x4 20 2 for 30", hears="16 Scarf, 20.00 USD, 2 for 30.00 USD, 4 pieces")
    await shopper.says("/item edit 15 4 for 60 x8", hears="15 Socks, 20.00 USD, 4 for 60.00 USD, 8 pieces")
    await shopper.says("/item edit 15 no bundle 21", hears="15 Socks, 21.00 USD, 8 pieces")
    await shopper.says("/undo", hears="15 Socks, 20.00 USD, 4 for 60.00 USD, 8 pieces")
    await shopper.says("/item remove 15", hears="is out")
    await shopper.says("/undo", hears="15 Socks, 20.00 USD, 4 for 60.00 USD, 8 pieces")


async def test_a_bundle_that_saves_nothing_is_refused(shopper: Chatter) -> None:
    await shopper.says("/item add 15 Socks 20 3 for 60", hears="3 for 60.00 USD saves nothing")
    await shopper.says("/item add 15 Socks 3 for 50", hears="needs the price of one piece before it")
    await shopper.says("/item add 15 Socks 20 1 for 5", hears="at least two pieces")
    await shopper.says("/item edit 12 2 for 50", hears="saves nothing: 2 single pieces are 39.80 USD")
    await shopper.says("/item add 17 Belt", hears="no price yet")
    await shopper.says("/item edit 17 3 for 50", hears="needs a price for one piece, too")


async def test_three_for_fifty_is_a_discount_on_the_bill(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/item add 15 Socks (S, M) 20 3 for 50 x9")
    await shop.comments("mai", "sold 15 x4 S")
    await shopper.says("/invoice all")
    (bill,) = await bills(shop)
    assert said(bill) == [("15 Socks (S)", 8000), ("3 for 50.00 USD: 15 Socks", -1000)]
    (link,) = await shop.told("link")
    assert "4 × 15 Socks (S): 80.00 USD\n3 for 50.00 USD: 15 Socks: -10.00 USD\nTotal: 70.00 USD" in link.text


async def test_shipping_is_set_in_words(shopper: Chatter) -> None:
    await shopper.says("/shipping", hears="Shipping in “Friday sale”: nothing.")
    await shopper.says("/shipping flat 7 free over 100", hears=": 7.00 USD, free over 100.00 USD.")
    await shopper.says("/shipping per item 2 up to 9", hears=": 2.00 USD per item, at most 9.00 USD, free over")
    await shopper.says("/shipping free off pickup on", hears="at most 9.00 USD; pickup is possible.")
    await shopper.says("/shipping off", hears=": nothing; pickup is possible.")
    await shopper.says("/shipping by drone", hears="I do not understand “by drone”. Send flat 7")
    await shopper.says("/shipping flat seven", hears="I do not understand “flat seven”")


async def test_a_new_show_charges_what_the_last_one_did(shopper: Chatter) -> None:
    await shopper.says("/shipping flat 7\n/tax 8.25% Sales tax")
    await shopper.says("/show new Saturday")
    await shopper.says("/shipping", hears="“Saturday”: 7.00 USD.")
    await shopper.says("/show new Sonntag EUR")
    await shopper.says("/shipping", hears="“Sonntag”: nothing.")
    await shopper.says("/tax", hears="“Sonntag”: Sales tax 8.25%, added to goods and shipping.")


async def test_taxes_are_set_in_words(shopper: Chatter) -> None:
    await shopper.says("/tax", hears="Tax in “Friday sale”: none.")
    await shopper.says("/tax 7% VAT included", hears="VAT 7%, in the prices already.")
    await shopper.says("/tax 8.875% Sales tax without shipping", hears="8.875%, added to goods, not to shipping.")
    await shopper.says("/tax VAT", hears="“VAT” is no tax. Send a percentage")
    await shopper.says("/tax 120% VAT", hears="is no tax")
    await shopper.says("/tax off", hears=": none.")


async def test_a_later_invoice_bills_only_the_rest_of_the_shipping(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/shipping per item 4 up to 6")
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    (first,) = await bills(shop)
    assert said(first)[-1] == ("Shipping", 400)
    await pays(shop, first)
    await shop.comments("mai", "sold 14")
    await shopper.says("/invoice all")
    _, second = await bills(shop)
    assert said(second)[-1] == ("Shipping, beside what was billed before", 200)


async def test_an_unpaid_invoice_taken_over_ships_once(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/shipping flat 7")
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    await bills(shop)
    await shop.comments("mai", "sold 14")
    await shopper.says("/invoice all")
    old, new = await bills(shop)
    assert (old.status, said(new)) == (
        InvoiceStatus.VOID,
        [("12 Blue dress", 1990), ("14 Hat", 500), ("Shipping", 700)],
    )


async def test_who_fetches_it_pays_no_shipping(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/shipping flat 7")
    await shop.comments("mai", "sold 12")
    await shopper.says(
        "/pickup @mai", hears="Nothing can be picked up in “Friday sale”. To allow it: /shipping pickup on"
    )
    await shopper.says("/shipping pickup on")
    await shopper.says("/invoice all")
    (dear,) = await bills(shop)
    assert dear.amount_cents == 2690
    await shopper.says(
        "/pickup @mai", hears="is on pickup: no shipping in “Friday sale”. Their unpaid invoice is billed"
    )
    old, new = await bills(shop)
    assert (old.status, new.amount_cents) == (InvoiceStatus.VOID, 1990)
    await shopper.says("/pickup off @mai", hears="has it sent in “Friday sale”. Their unpaid invoice is billed anew.")
    assert (await bills(shop))[-1].amount_cents == 2690


async def test_what_is_sent_later_is_shipped_with_the_next_show(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/shipping per item 4 up to 6")
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    (first,) = await bills(shop)
    await pays(shop, first)
    await shopper.says("/later @mai", hears="is sent later; the next invoice bills the rest of the shipping.")
    await shopper.says("/end\n/show new Saturday\n/item add 20 Coat 50 x2\n/live")
    await shop.comments("mai", "sold 20")
    await shop.comments("lan", "sold 20")
    await shopper.says("/invoice all")
    mai, lan = await bills(shop, 2)
    assert said(mai) == [("20 Coat", 5000), ("Shipping, beside what was billed before", 200)]
    assert said(lan) == [("20 Coat", 5000), ("Shipping", 400)]
    await pays(shop, mai)
    # That parcel is sent: the next show begins with a new one.
    await shopper.says("/end\n/show new Sunday\n/item add 30 Bag 5\n/live")
    await shop.comments("mai", "sold 30")
    await shopper.says("/invoice all")
    assert said((await bills(shop, 3))[0])[-1] == ("Shipping", 400)


async def test_a_coupon_is_made_listed_and_switched_off(shopper: Chatter) -> None:
    await shopper.says("/coupon list", hears="There are no coupons yet.")
    await shopper.says(
        "/coupon new summer 10% x20 until 2026-12-31 from 30",
        hears="SUMMER: 10% off, from 30.00 USD on, until 2026-12-31, used 0 of 20. For one buyer: /coupon SUMMER @mai",
    )
    await shopper.says("/coupon new SUMMER 5.00", hears="SUMMER is there already.")
    await shopper.says("/coupon new FIVE 5.00 USD", hears="FIVE: 5.00 USD off, used 0.")
    await shopper.says("/coupon new TEN", hears="Send the code and what it takes off")
    await shopper.says("/coupon new TEN x20", hears="either a percentage or an amount")
    await shopper.says("/coupon new TEN 10% until soon", hears="“soon” is no day")
    await shopper.says("/coupon new LIST 10%", hears="“LIST” is no code")
    await shopper.says("/coupon off five", hears="FIVE is off.")
    await shopper.says("/coupon list", hears=["FIVE: 5.00 USD off, used 0, off", "SUMMER: 10% off"])


async def test_a_coupon_counts_once_for_each_buyer_and_comes_back_with_a_void(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/coupon new ONCE 10% x1")
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    await shopper.says("/coupon ONCE @mai", hears="ONCE takes 10% off what @mai has in “Friday sale”.")
    await shopper.says("/coupon ONCE @lan", hears="ONCE takes 10% off")
    await shopper.says("/invoice all")
    mai, lan = await bills(shop)
    assert (mai.amount_cents, lan.amount_cents) == (1791, 1990), "there was one use, and mai was first"
    await shopper.says("/coupon list", hears="used 1 of 1")
    await shopper.says("/coupon ONCE @mai", hears="ONCE is used already: it counts once for each buyer.")
    await shopper.says("/coupon ONCE @lan", hears="ONCE is used up.")
    await shop.write(record_event, shop.workspace_id, mai.id, InvoiceEvent.VOIDED, None, shop.clock())
    await shopper.says("/coupon list", hears="used 0 of 1")
    await shopper.says("/rebill @lan", hears="")
    assert (await bills(shop))[-1].amount_cents == 1791
    await shopper.says("/coupon list", hears="used 1 of 1")


async def test_a_coupon_runs_out_at_the_end_of_its_day(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/coupon new LATE 10% until 2026-11-19", hears="That day is over, so nobody could use LATE.")
    await shopper.says("/coupon new TODAY 10% until 2026-11-20")
    await shop.comments("mai", "sold 12")
    shop.clock.passes(hours=11)
    await shopper.says("/coupon TODAY @mai", hears="takes 10% off")
    shop.clock.passes(hours=2)
    await shopper.says("/coupon TODAY @mai", hears="TODAY has run out.")


async def test_a_buyer_writes_the_code_in_private_and_gets_a_new_link(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/coupon new SUMMER 10% from 10")
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    await bills(shop)
    mai = shop.person("mai")
    mai_says = await _private(shop, mai, "summer")
    assert "SUMMER takes 10% off your order from “Friday sale”. It counts from 10.00 USD on." in mai_says
    assert "A new pay link is on its way; the old one stops working." in mai_says
    old, new = await bills(shop)
    assert (old.status, said(new)[-1]) == (InvoiceStatus.VOID, ("Coupon SUMMER (10%)", -199))
    assert "SUMMER is used already" in await _private(shop, mai, "SUMMER")
    assert "I am the shop's assistant" not in await _private(shop, mai, "Summer")
    assert "SUMMER" not in await _private(shop, mai, "WINTER")


async def _private(shop: Shop, person: Chatter, text: str) -> str:
    """What a buyer hears who writes to the bot; they are the one who comments under the same name."""
    number = next(numbers)
    message = Message(
        event_id=f"event-{number}",
        chat_id=f"private-{person.name}",
        chat_title=person.name,
        private=True,
        person=Person(id=f"id-{person.name}", kind="user", username=person.name, name=person.name),
        text=text,
        message_id=f"m{number}",
        sent_at=shop.clock(),
        tap_id=None,
    )
    before = len(await shop.told("reply"))
    await take(shop.assistant, shop.channel, message, inbox_id=number)
    return "\n".join(reply.text for reply in (await shop.told("reply"))[before:])


async def test_credit_pays_for_the_next_invoice_and_comes_back_with_a_void(shop: Shop, shopper: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await shopper.says("/credit @mai", hears="@mai has no credit. To give some: /credit @mai 5.00 and why")
    await shopper.says("/credit @mai 5.00 sorry for the delay", hears="@mai has 5.00 USD of credit now.")
    await shopper.says("/credit @mai -7", hears="They have 5.00 USD of credit, so no more than that can be taken.")
    await shopper.says("/credit @mai -1 typo", hears="@mai has 4.00 USD of credit now.")
    await shopper.says("/invoice all")
    (bill,) = await bills(shop)
    assert said(bill)[-1] == ("Store credit", -400)
    await shopper.says(
        "/credit @mai",
        hears=["@mai has 0.00 USD.", "-4.00 USD used by LA-1-1", "+5.00 USD sorry for the delay (Ann)"],
    )
    await shop.write(record_event, shop.workspace_id, bill.id, InvoiceEvent.VOIDED, None, shop.clock())
    await shopper.says("/credit @mai", hears=["@mai has 4.00 USD.", "+4.00 USD given back by LA-1-1"])
    await shopper.says("/invoice all")
    assert (await bills(shop))[-1].amount_cents == 1590


async def test_credit_leaves_what_the_provider_can_charge(shop: Shop, shopper: Chatter) -> None:
    await shop.comments("mai", "sold 14")
    await shopper.says("/credit @mai 4.80")
    await shopper.says("/invoice all")
    (bill,) = await bills(shop)
    assert (bill.amount_cents, said(bill)[-1]) == (50, ("Store credit", -450))


async def test_what_credit_covers_is_settled_without_the_provider(
    shop: Shop, shopper: Chatter, at_the_provider: dict[str, str]
) -> None:
    await shop.comments("mai", "sold 14")
    await shopper.says("/credit @mai 20")
    await shopper.says("/invoice all")
    (bill,) = await bills(shop)
    assert (bill.status, bill.amount_cents, at_the_provider) == (InvoiceStatus.PAID, 0, {})
    (thanks,) = await shop.told("thanks")
    assert "is settled, there is nothing to pay:\n1 × 14 Hat: 5.00 USD\nStore credit: -5.00 USD" in thanks.text
    assert any("@mai has nothing to pay: invoice LA-1-1 is covered" in one.text for one in await shop.told("notice"))
    await shopper.says("/credit @mai", hears="@mai has 15.00 USD.")
    await shopper.says("/release 14 @mai", hears="Void that first: /void @mai")
    await shopper.says("/void @mai", hears="Voiding @mai's invoice of 0.00 USD.")
    assert shop.jobs.voided == [1]
    assert await void_invoice(shop.assistant, shop.workspace_id, 1) == "uncovered"
    await shopper.says("/credit @mai", hears="@mai has 20.00 USD.")
    await shopper.says("/invoice all")
    assert [one.status for one in await bills(shop)] == [InvoiceStatus.VOID, InvoiceStatus.PAID]


async def test_billing_anew_changes_only_what_would_say_something_else(shop: Shop, shopper: Chatter) -> None:
    await shopper.says("/shipping flat 7")
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 14")
    await shopper.says("/invoice all")
    await bills(shop)
    await shopper.says("/rebill all", hears="Nothing to bill anew")
    await shopper.says("/item edit 14 6")
    await shopper.says("/rebill all", hears="")
    _, old, new = await bills(shop)
    assert (old.status, new.amount_cents, new.buyer_id) == (InvoiceStatus.VOID, 1300, old.buyer_id)


async def test_an_invoice_paid_while_it_is_billed_anew_is_not_billed_twice(
    shop: Shop, shopper: Chatter, at_the_provider: dict[str, str]
) -> None:
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    await bills(shop)
    await shopper.says("/coupon new SUMMER 10%")
    await shopper.says("/coupon SUMMER @mai", hears="Their unpaid invoice is billed anew.")
    at_the_provider["in_1"] = "paid"
    first, second = await bills(shop)
    assert (first.status, second.status, at_the_provider) == (InvoiceStatus.PAID, InvoiceStatus.VOID, {"in_1": "paid"})
    await shopper.says("/coupon list", hears="SUMMER: 10% off, used 0")


async def test_an_invoice_from_before_lines_had_kinds_is_read_as_items(shop: Shop, shopper: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    (bill,) = await bills(shop)
    old = [{name: value for name, value in line_data(line).items() if name != "kind"} for line in bill.lines]
    await shop.write(invoices.change, shop.workspace_id, bill.id, line_items=old)
    assert (await shop.read(invoices.get, shop.workspace_id, bill.id)).lines == bill.lines


async def owes_in_two_shows(shop: Shop, shopper: Chatter) -> tuple[Invoice, Invoice]:
    """@mai has a dress of Friday and a coat of Saturday to pay, with shipping for each."""
    await shopper.says("/shipping flat 7")
    await shop.comments("mai", "sold 12")
    await shopper.says("/invoice all")
    (friday,) = await bills(shop)
    await shopper.says("/end\n/show new Saturday\n/item add 20 Coat 50 x2\n/live")
    await shop.comments("mai", "sold 20")
    await shopper.says("/invoice all")
    (saturday,) = await bills(shop, 2)
    return friday, saturday


async def test_one_bill_for_two_shows_ships_once(shop: Shop, shopper: Chatter, at_the_provider: dict[str, str]) -> None:
    await owes_in_two_shows(shop, shopper)
    await shopper.says("/coupon new SUMMER 10%\n/coupon SUMMER @mai")
    await bills(shop, 2)
    await shopper.says("/onebill @mai", hears="Making one invoice of LA-1-1 and LA-2-3 for @mai.")
    await shopper.says("/onebill @mai", hears="is being made right now. Try again in a minute.")
    *_, one = await bills(shop, 2)
    assert said(one) == [
        ("12 Blue dress", 1990),
        ("20 Coat", 5000),
        ("Coupon SUMMER (10%)", -699),
        ("Shipping", 700),
    ]
    assert at_the_provider == {"in_1": "void", "in_2": "void", "in_3": "void", "in_4": "open"}
    await shopper.says("/onebill @mai", hears="They have one unpaid invoice, LA-2-4 over 69.91 USD: nothing to merge.")
    await shopper.says("/coupon list", hears="used 1")
    # What is claimed later in the first show is a bill of its own; in the second it replaces the one bill.
    await shop.comments("mai", "sold 20")
    await shopper.says("/award 20 @mai x1\n/invoice all")
    assert said((await bills(shop, 2))[-1])[1] == ("20 Coat", 10000)


async def test_one_bill_leaves_what_is_paid_meanwhile(
    shop: Shop, shopper: Chatter, at_the_provider: dict[str, str]
) -> None:
    await owes_in_two_shows(shop, shopper)
    await shopper.says("/onebill @mai")
    at_the_provider["in_1"] = "paid"
    _, one = await bills(shop, 2)
    assert (await bills(shop))[0].status is InvoiceStatus.PAID
    assert said(one) == [("20 Coat", 5000), ("Shipping", 700)]


async def test_one_bill_goes_on_where_it_was_cut_off(
    shop: Shop, shopper: Chatter, at_the_provider: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await owes_in_two_shows(shop, shopper)
    await shopper.says("/credit @mai 10 sorry\n/onebill @mai")
    void = shop.stripe.void_invoice

    async def cut(external_id: str, *, key: str, style: CheckoutStyle) -> ProviderInvoice:
        if external_id == "in_2":
            raise Unreachable("nobody answers")
        return await void(external_id, key=key, style=style)

    monkeypatch.setattr(shop.stripe, "void_invoice", cut)
    assert await take_over(shop.assistant, shop.workspace_id, 3) is not None
    assert at_the_provider == {"in_1": "void", "in_2": "open"}
    # A claim of the first show, made meanwhile, waits until this is over.
    await shopper.says("/show use 1\n/award 14 @mai")
    await shopper.says("/invoice all")
    assert shop.jobs.placed == [3, 4]
    monkeypatch.setattr(shop.stripe, "void_invoice", void)
    _, one = await bills(shop, 2)
    assert said(one)[-1] == ("Store credit", -1000)
    assert one.amount_cents == 1990 + 5000 + 700 - 1000
    assert at_the_provider == {"in_1": "void", "in_2": "void", "in_3": "open", "in_4": "open"}
    await shop.write(record_event, shop.workspace_id, one.id, InvoiceEvent.VOIDED, None, shop.clock())
    await shopper.says("/credit @mai", hears="@mai has 10.00 USD.")
