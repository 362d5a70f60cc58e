"""Buyers who pay first: what they have not paid goes to the next in line as soon as somebody waits for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.domain.invoice import InvoiceEvent, InvoiceStatus
from bot.jobs.clock import EXPIRE_EVERY
from bot.workflows.expire_claims import expire_claims
from bot.workflows.issue_invoices import issue_invoices
from bot.workflows.replay_show import replay_show
from bot.workflows.settle_payments import record_event
from storage import buyers, first_paid, invoices
from tests.bot.commands.conftest import Chatter, Shop
from tests.statements import statements


@pytest.fixture(name="first")
async def a_show_with_a_buyer_who_pays_first(shop: Shop, seller: Chatter) -> Chatter:
    """Mai pays first and has both pieces of 12, in two claims, and the one of 14; the show has no hold."""
    await shop.connect_stripe()
    await seller.says("/rules again add")
    for text in ("sold 12", "sold 12", "sold 14"):
        await shop.comments("mai", text)
    await seller.says("/payfirst @mai on")
    return seller


async def bills(shop: Shop) -> None:
    """Everybody's invoice is made and sent."""
    await issue_invoices(shop.assistant, shop.workspace_id, 1)
    await shop.set_invoices(status=InvoiceStatus.SENT)


async def happens(shop: Shop, event: InvoiceEvent) -> None:
    """The provider tells us this of Mai's invoice."""
    first = (await shop.read(invoices.of_show, shop.workspace_id, 1, buyer_id=1))[0]
    amount = 500 if event is InvoiceEvent.PART_PAYMENT else first.amount_cents
    await shop.write(record_event, shop.workspace_id, first.id, event, amount, shop.clock())


async def looks(shop: Shop, times: int) -> None:
    """The clock looks so many times."""
    for _ in range(times):
        shop.clock.passes(seconds=EXPIRE_EVERY.total_seconds())
        await expire_claims(shop.assistant)


async def agrees(shop: Shop) -> None:
    replayed = await replay_show(shop.assistant.database, shop.workspace_id, 1)
    assert replayed.agrees, replayed.lines


async def test_while_nobody_waits_all_is_kept_and_who_comes_has_a_piece_within_seconds(
    shop: Shop, first: Chatter
) -> None:
    await bills(shop)
    await looks(shop, 3)
    await first.says("/claims 12", hears="2 of 2 won\n  @mai 🔴, @mai 🔴")
    await shop.comments("lan", "sold 12")
    await first.says("/claims 12", hears="waiting: 1. @lan")
    await looks(shop, 1)
    await first.says("/claims", hears=["2 of 2 won\n  @mai 🔴, @lan\n", "14 Hat: 1 of 1 won\n  @mai"])
    assert (await shop.told("notice"))[-1].text == (
        "“Friday sale”: first paid, first served.\nNot paid, and others wait: 12 @mai\nNext in line has it: 12 @lan\n"
        "Their unpaid invoices are being voided: @mai\n"
        "Some of it they still have. When those are void: /invoice @mai"
    )
    assert (await shop.told("expiry"))[-1].text == (
        "12 Blue dress was not paid yet and goes to somebody who waits for it. Please do not pay for it now."
    )
    assert (await shop.told("promotion"))[-1].text.startswith("Good news: 12 Blue dress is yours!")
    assert shop.jobs.voided == [1]
    await looks(shop, 2)
    assert len(await shop.told("expiry")) == 1, "nothing is done twice"
    await first.says("/claims 12", hears="2 of 2 won\n  @mai 🔴, @lan")
    await agrees(shop)


async def test_it_goes_after_the_show_and_whatever_time_they_were_given(shop: Shop, first: Chatter) -> None:
    await first.says("/rules hold 2 h from end")
    await first.says("/hold @mai off", hears="all the time they need")
    await shop.comments("lan", "sold 14")
    await first.says("/end")
    await first.says("/hold @mai 5 h", hears="5 h to pay")
    await looks(shop, 1)
    await first.says("/claims 14", hears="1 of 1 won\n  @lan 🔴 (2 h)")
    await first.says("/claims 12", hears="@mai 🔴 (5 h), @mai 🔴 (5 h)")
    await agrees(shop)


@pytest.mark.parametrize("money", [InvoiceEvent.PAYMENT, InvoiceEvent.PART_PAYMENT])
async def test_what_is_paid_even_in_part_stays_theirs(shop: Shop, first: Chatter, money: InvoiceEvent) -> None:
    await bills(shop)
    await happens(shop, money)
    for buyer in ("lan", "hoa"):
        await shop.comments(buyer, "sold 12")
    await looks(shop, 3)
    await first.says("/claims 12", hears=["2 of 2 won\n  @mai", "waiting: 1. @lan, 2. @hoa"])
    assert shop.jobs.voided == []


async def test_money_that_comes_when_it_is_gone_is_to_be_refunded(shop: Shop, first: Chatter) -> None:
    await bills(shop)
    await shop.comments("lan", "sold 14")
    await looks(shop, 1)
    await happens(shop, InvoiceEvent.PAYMENT)
    await looks(shop, 1)
    assert "Paid when it was gone already: 14 @mai." in (await shop.told("notice"))[-1].text
    await first.says("/claims 14", hears="1 of 1 won\n  @lan")
    await agrees(shop)


async def test_money_that_comes_while_it_is_free_again_is_honoured(shop: Shop, first: Chatter) -> None:
    await bills(shop)
    await shop.comments("lan", "sold 14")
    await looks(shop, 1)
    await first.says("/release 14 @lan")
    await happens(shop, InvoiceEvent.PAYMENT)
    await looks(shop, 1)
    await shop.comments("hoa", "sold 14")
    await looks(shop, 2)
    await first.says("/claims 14", hears=["1 of 1 won\n  @mai", "waiting: 1. @hoa"])
    await agrees(shop)


async def test_an_invoice_that_is_being_made_is_waited_for_and_nothing_goes_when_the_line_is_empty_by_then(
    shop: Shop, first: Chatter
) -> None:
    await issue_invoices(shop.assistant, shop.workspace_id, 1)
    await shop.comments("lan", "sold 14")
    await looks(shop, 2)
    await first.says("/claims 14", hears="waiting: 1. @lan")
    await first.says("/release 14 @lan")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await looks(shop, 2)
    await first.says("/claims 14", hears="1 of 1 won\n  @mai")
    await shop.comments("hoa", "sold 14")
    await looks(shop, 1)
    await first.says("/claims 14", hears="1 of 1 won\n  @hoa")


async def test_as_many_go_as_the_next_in_line_needs_and_none_when_they_are_not_enough(
    shop: Shop, first: Chatter
) -> None:
    await first.says("/item add 15 Scarf 3 x3")
    await shop.comments("kim", "sold 15")
    await shop.comments("mai", "sold 15 x2")
    await shop.comments("lan", "sold 15 x3")
    await shop.comments("hoa", "sold 12 x2")
    await looks(shop, 3)
    await first.says("/claims 15", hears=["@kim, @mai ×2", "waiting: 1. @lan ×3"])
    await first.says("/claims 12", hears="2 of 2 won\n  @hoa ×2")
    await agrees(shop)


async def test_others_who_pay_first_do_not_count_as_waiting_and_one_of_them_in_front_is_served_and_yields(
    shop: Shop, first: Chatter
) -> None:
    await shop.comments("lan", "sold 14")
    await first.says("/payfirst @lan on")
    await looks(shop, 2)
    await first.says("/claims 14", hears=["1 of 1 won\n  @mai", "waiting: 1. @lan"])
    await shop.comments("hoa", "sold 14")
    await looks(shop, 1)
    await first.says("/claims 14", hears=["1 of 1 won\n  @lan", "waiting: 1. @hoa"])
    await looks(shop, 1)
    await first.says("/claims 14", hears="1 of 1 won\n  @hoa")
    await agrees(shop)


async def test_who_is_next_is_asked_where_a_show_has_turns(shop: Shop, first: Chatter) -> None:
    await first.says("/rules turn 10 min")
    await shop.comments("lan", "sold 14")
    await looks(shop, 1)
    assert "Next in line is asked: 14 @lan" in (await shop.told("notice"))[-1].text
    await agrees(shop)


async def test_what_is_due_of_the_same_item_goes_first(shop: Shop, first: Chatter) -> None:
    await first.says("/rules hold 10 min from claim")
    await first.says("/hold @mai off")
    await first.says("/item add 15 Scarf 3 x2")
    for buyer in ("kim", "mai", "lan"):
        await shop.comments(buyer, "sold 15")
    shop.clock.passes(minutes=10)
    await looks(shop, 2)
    await first.says("/claims 15", hears="2 of 2 won\n  @mai, @lan (10 min)")


async def test_the_flag_off_protects_from_the_next_look_on(shop: Shop, first: Chatter) -> None:
    await shop.comments("lan", "sold 14")
    await first.says("/payfirst @mai off")
    await looks(shop, 2)
    await first.says("/claims 14", hears=["1 of 1 won\n  @mai", "waiting: 1. @lan"])


async def test_a_look_is_one_statement_that_begins_with_the_few_flagged_buyers(shop: Shop, first: Chatter) -> None:
    def look(tx: sa.Connection) -> None:
        with statements(tx) as run:
            first_paid.yielding(tx, shop.clock())
        ((sql, values),) = run
        plan = "\n".join(str(row) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))  # type: ignore[arg-type]
        assert plan.count("USING INDEX ix_buyers_flagged") == 2, plan
        assert "ix_claims_workspace_id_buyer_id" in plan
        assert "ix_invoices_workspace_id_buyer_id" in plan
        for table in ("b", "c", "i", "w", "d"):
            assert f"SCAN {table} " not in plan.replace(f"SCAN {table} USING INDEX ix_buyers_flagged", ""), plan

    if shop.assistant.database.is_sqlite:  # PostgreSQL reads a table of three rows whole, whatever indexes it has
        await shop.read(look)


async def test_a_shop_next_door_is_none_of_their_business(shop: Shop, first: Chatter) -> None:
    await shop.comments("lan", "sold 14")
    found = await shop.read(first_paid.yielding, shop.clock())
    assert [(one.workspace_id, one.show_id) for one in found] == [(shop.workspace_id, 1)]
    assert await shop.read(first_paid.yielding, shop.clock(), of=(shop.workspace_id + 1, 1)) == []
    await shop.write(buyers.set_flags, shop.workspace_id, 1, pays_first=False)
    assert await shop.read(first_paid.yielding, shop.clock()) == []
