"""Holds: what is won is kept for a time; who does not pay in it loses it, unless the money was on its way."""

from __future__ import annotations

import pytest

from bot.domain.invoice import InvoiceEvent, InvoiceStatus
from bot.workflows.expire_claims import expire_claims
from bot.workflows.issue_invoices import issue_invoices
from bot.workflows.remind_holders import remind_holders
from bot.workflows.replay_show import replay_show
from bot.workflows.settle_payments import record_event
from storage import claims, holds, invoices
from tests.bot.commands.conftest import Chatter, Shop


@pytest.fixture(name="held")
async def a_show_with_holds(shop: Shop, seller: Chatter) -> Chatter:
    """An hour to pay from the end; two pieces of 12, for which a third buyer waits, and one of 14."""
    await shop.connect_stripe()
    await seller.says("/rules hold 1 h from end")
    for buyer in ("mai", "lan", "hoa"):
        await shop.comments(buyer, "sold 12")
    await shop.comments("mai", "sold 14")
    return seller


async def bills(shop: Shop) -> None:
    """Everybody's invoice is made and sent."""
    await issue_invoices(shop.assistant, shop.workspace_id, 1)
    await shop.set_invoices(status=InvoiceStatus.SENT)


async def happens(shop: Shop, buyer_id: int, event: InvoiceEvent) -> None:
    """The provider tells us this of a buyer's newest invoice."""
    theirs = await shop.read(invoices.of_show, shop.workspace_id, 1, buyer_id=buyer_id)
    amount = 500 if event is InvoiceEvent.PART_PAYMENT else theirs[-1].amount_cents
    await shop.write(record_event, shop.workspace_id, theirs[-1].id, event, amount, shop.clock())


async def agrees(shop: Shop) -> None:
    replayed = await replay_show(shop.assistant.database, shop.workspace_id, 1)
    assert replayed.agrees, replayed.lines


async def reminders(shop: Shop) -> list[str]:
    return [told.text for told in await shop.told("reminder")]


MAI, LAN, HOA = 1, 2, 3


async def test_the_time_to_pay_begins_with_the_end_and_the_next_in_line_gets_what_is_not_paid(
    shop: Shop, held: Chatter
) -> None:
    shop.clock.passes(hours=5)
    assert await expire_claims(shop.assistant) == 0, "the show goes on"
    await held.says("/end")
    await bills(shop)
    await happens(shop, LAN, InvoiceEvent.PAYMENT)
    await held.says("/claims 12", hears="  @mai 🔴 (1 h), @lan\n  waiting: 1. @hoa")
    shop.clock.passes(minutes=59)
    assert await expire_claims(shop.assistant) == 0
    shop.clock.passes(minutes=1)
    assert await expire_claims(shop.assistant) == 1
    await held.says("/claims", hears=["  @lan, @hoa 🔴 (1 h)", "14"])
    told = [one.text for one in await shop.told("notice")][-1]
    assert told == (
        "“Friday sale”: time is up.\nNot paid: 12 @mai, 14 @mai\nNext in line has it: 12 @hoa\n"
        "Their unpaid invoices are being voided: @mai"
    )
    assert shop.jobs.voided == [1]
    sorry = (await shop.told("expiry"))[-1]
    assert sorry.text == (
        "The time to pay for 12 Blue dress, 14 Hat is over, so it is no longer kept for you. "
        "Please do not pay for it now."
    )
    good = (await shop.told("promotion"))[-1]
    assert good.text == ("Good news: 12 Blue dress is yours! Your pay link follows. It is kept for you for 1 h.")
    assert await expire_claims(shop.assistant) == 0, "nothing is done twice"
    assert shop.jobs.voided == [1]
    await agrees(shop)


async def test_part_of_a_bill_may_expire_and_the_rest_is_billed_again(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await seller.says("/rules hold 30 min from claim")
    await shop.comments("mai", "sold 12")
    shop.clock.passes(minutes=10)
    await shop.comments("mai", "sold 14")
    await bills(shop)
    await seller.says("/claims", hears=["@mai 🔴 (20 min)", "@mai 🔴 (30 min)"])
    shop.clock.passes(minutes=20)
    await expire_claims(shop.assistant)
    told = [one.text for one in await shop.told("notice")][-1]
    assert told.endswith("being voided: @mai\nSome of it they still have. When those are void: /invoice @mai")
    await happens(shop, MAI, InvoiceEvent.VOIDED)
    await bills(shop)
    assert await shop.statuses() == [InvoiceStatus.SENT, InvoiceStatus.SENT]
    await agrees(shop)


async def test_an_invoice_that_is_being_made_is_waited_for(shop: Shop, held: Chatter) -> None:
    await held.says("/end")
    await issue_invoices(shop.assistant, shop.workspace_id, 1)
    shop.clock.passes(hours=2)
    await expire_claims(shop.assistant)
    await held.says("/claims 12", hears="@mai 🔴 (1 min), @lan 🔴 (1 min)")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await expire_claims(shop.assistant)
    await held.says("/claims 12", hears="1 of 2 won\n  @hoa")
    assert shop.jobs.voided == [1, 2]


async def test_money_in_part_beats_the_clock(shop: Shop, held: Chatter) -> None:
    await held.says("/end")
    await bills(shop)
    await happens(shop, MAI, InvoiceEvent.PART_PAYMENT)
    await held.says("/claims 12", hears="  @mai 🟡, @lan 🔴 (1 h)")
    shop.clock.passes(hours=2)
    await expire_claims(shop.assistant)
    await held.says("/claims 12", hears="  @mai 🟡, @hoa 🔴 (1 h)")
    assert shop.jobs.voided == [2]


async def test_what_is_paid_is_not_taken_back_whoever_set_an_end_to_it_meanwhile(shop: Shop, held: Chatter) -> None:
    await held.says("/end")
    await bills(shop)
    await happens(shop, MAI, InvoiceEvent.PAYMENT)
    first = (await shop.read(claims.active, shop.workspace_id, 1))[0]
    await shop.write(holds.end_at, shop.workspace_id, first.id, shop.clock())
    assert await expire_claims(shop.assistant) == 1
    assert await expire_claims(shop.assistant) == 0
    await held.says("/claims 12", hears="  @mai, @lan 🔴 (1 h)")
    assert shop.jobs.voided == []


async def test_what_is_paid_too_late_is_theirs_again_while_it_is_free(shop: Shop, held: Chatter) -> None:
    await held.says("/end")
    await bills(shop)
    shop.clock.passes(hours=1)
    await expire_claims(shop.assistant)
    await happens(shop, MAI, InvoiceEvent.PAYMENT)
    assert (await shop.told("notice"))[-1].text == (
        "@mai paid 24.90 USD. Their time to pay was over: what becomes of the items follows."
    )
    assert await expire_claims(shop.assistant) == 1
    assert (await shop.told("notice"))[-1].text == (
        "“Friday sale”: time is up.\nPaid after all, and theirs again: 12 @mai, 14 @mai"
    )
    assert (await shop.told("expiry"))[-1].text == (
        "Your payment has arrived after all, and 12 Blue dress, 14 Hat was still free: it is yours."
    )
    assert await expire_claims(shop.assistant) == 0
    await held.says("/claims 12", hears="2 of 2 won\n  @mai, @hoa 🔴 (1 h)")
    unbilled = await shop.read(claims.unbilled_winners, shop.workspace_id, 1)
    assert MAI not in {claim.buyer_id for claim in unbilled}, "it is paid"
    await agrees(shop)


async def test_who_paid_for_what_is_gone_hears_of_it_though_nothing_moves(shop: Shop, held: Chatter) -> None:
    await shop.comments("kim", "sold 12")
    await held.says("/release 14 @mai")
    await held.says("/end")
    await bills(shop)
    shop.clock.passes(hours=1)
    await expire_claims(shop.assistant)
    await happens(shop, MAI, InvoiceEvent.PAYMENT)
    shop.clock.passes(minutes=1)
    await expire_claims(shop.assistant)
    assert [told.text for told in await shop.told("expiry") if told.buyer_id == MAI] == [
        "The time to pay for 12 Blue dress is over, so it is no longer kept for you. Please do not pay for it now.",
        "Your payment for 12 Blue dress came when it had gone to somebody else. We will write to you about it.",
    ]


async def test_what_is_paid_when_somebody_else_has_it_is_to_be_refunded(shop: Shop, held: Chatter) -> None:
    await shop.comments("kim", "sold 12")
    await held.says("/end")
    await bills(shop)
    shop.clock.passes(hours=1)
    await expire_claims(shop.assistant)
    await happens(shop, MAI, InvoiceEvent.VOIDED)
    await happens(shop, MAI, InvoiceEvent.PAYMENT)
    await expire_claims(shop.assistant)
    assert (await shop.told("notice"))[-1].text == (
        "“Friday sale”: time is up.\nPaid after all, and theirs again: 14 @mai\n"
        "Paid when it was gone already: 12 @mai. Send the money back with /refund; "
        "or, if there are more pieces, add them with /item edit and give it with /award."
    )
    assert (await shop.told("expiry"))[-1].text == (
        "Your payment has arrived after all, and 14 Hat was still free: it is yours. "
        "Your payment for 12 Blue dress came when it had gone to somebody else. We will write to you about it."
    )
    assert await expire_claims(shop.assistant) == 0
    await agrees(shop)


async def test_what_an_operator_took_back_stays_taken_back_when_it_is_paid(shop: Shop, held: Chatter) -> None:
    await held.says("/end")
    await bills(shop)
    await held.says("/release 14 @mai")
    await happens(shop, MAI, InvoiceEvent.PAYMENT)
    assert await expire_claims(shop.assistant) == 0
    await held.says("/claims 14", hears="0 of 1 won")


async def test_a_hold_is_changed_for_what_is_not_paid_and_waits_while_the_show_is_live_again(
    shop: Shop, held: Chatter
) -> None:
    await held.says("/end")
    await bills(shop)
    await happens(shop, LAN, InvoiceEvent.PAYMENT)
    await held.says("/rules hold 2 h")
    await held.says("/claims 12", hears="@mai 🔴 (2 h), @lan\n")
    await held.says("/live")
    await held.says("/claims 12", hears="@mai 🔴, @lan\n")
    await held.says("/end")
    shop.clock.passes(minutes=30)
    await held.says("/claims 12", hears="@mai 🔴 (1 h 30 min), @lan\n")
    await held.says("/rules hold off")
    await held.says("/claims 12", hears="@mai 🔴, @lan\n")
    await held.says("/live")
    await held.says("/rules hold 20 min from claim")
    await held.says("/claims 12", hears="@mai 🔴 (20 min), @lan\n")
    await held.says("/end")
    await held.says("/claims 12", hears="@mai 🔴 (20 min), @lan\n")


async def test_who_is_awarded_an_item_has_the_time_to_pay_too(shop: Shop, held: Chatter) -> None:
    await held.says("/item add 15 Scarf 3 x2")
    await held.says("/end")
    await held.says("/award 15 @lan")
    await held.says("/claims 15", hears="@lan 🔴 (1 h)")
    await held.says("/release 15 @lan")
    shop.clock.passes(minutes=30)
    await held.says("/undo", hears="@lan has 15 again")
    await held.says("/claims 15", hears="@lan 🔴 (1 h)")


async def test_a_buyer_has_a_time_of_their_own(shop: Shop, held: Chatter) -> None:
    await held.says("/hold @mai 10 min", hears="@mai has 10 min to pay.")
    await held.says("/hold @lan off", hears="@lan has all the time they need.")
    await held.says("/end")
    await held.says("/claims 12", hears="@mai 🔴 (10 min), @lan 🔴\n")
    await held.says("/hold @mai show", hears="@mai has the time of each show. Now: 12 for 1 h and 14 for 1 h.")
    await held.says("/hold @mai soon", hears="“soon” is no length of time. Send it like this: /hold @mai 2 h")
    await held.says("/hold @nobody 2 h", hears="Nobody in this show is called @nobody.")


async def test_a_buyers_own_time_runs_from_the_end_of_a_show_without_holds(shop: Shop, held: Chatter) -> None:
    await held.says("/rules hold off")
    await held.says("/hold @mai 10 min")
    await held.says("/end")
    await held.says("/claims 12", hears="@mai 🔴 (10 min), @lan 🔴\n")


async def test_more_time_is_given_once_and_told(shop: Shop, held: Chatter) -> None:
    await held.says("/extend @mai 30 min", hears="No time runs for @mai right now, so there is none to extend.")
    await held.says("/end")
    await held.says("/extend @mai 30 min", hears="@mai has 30 min more: 12 for 1 h 30 min and 14 for 1 h 30 min.")
    told = (await shop.told("promotion"))[-1]
    assert told.text == "You have 30 min more. What is left now:\n12 Blue dress: 1 h 30 min\n14 Hat: 1 h 30 min"
    shop.clock.passes(hours=1)
    await expire_claims(shop.assistant)
    await held.says("/claims 12", hears="@mai 🔴 (30 min), @hoa 🔴 (1 h)")
    await held.says("/extend @mai a lot", hears="“lot” is no length of time. Send it like this: /extend @mai 30 min")
    await held.says("/extend @mai", hears="/extend <buyer...> <time>")


# --- reminders ------------------------------------------------------------------------------------------------


async def test_a_buyer_is_reminded_once_of_all_that_nobody_waits_for(shop: Shop, held: Chatter) -> None:
    await held.says("/item add 15 Scarf 3 x2")
    await shop.comments("mai", "sold 15")
    await held.says("/end")
    await bills(shop)
    await happens(shop, LAN, InvoiceEvent.PAYMENT)
    shop.clock.passes(minutes=29)
    assert await remind_holders(shop.assistant) == 0
    shop.clock.passes(minutes=1)
    assert await remind_holders(shop.assistant) == 1
    (reminder,) = await shop.told("reminder")
    assert reminder.buyer_id == MAI
    assert reminder.text == (
        "A small reminder: this is still kept for you until you pay.\n14 Hat: for 30 min more\n"
        "15 Scarf: for 30 min more"
    ), "somebody waits for 12"
    assert [button["title"] for row in reminder.buttons for button in row] == ["Pay 27.90 USD"]
    shop.clock.passes(minutes=10)
    assert await remind_holders(shop.assistant) == 0
    await held.says("/release 12 @hoa")
    assert await remind_holders(shop.assistant) == 1
    assert len(await reminders(shop)) == 1, "never twice for the same end"
    await held.says("/extend @mai 30 min")
    assert await remind_holders(shop.assistant) == 0
    shop.clock.passes(minutes=20)
    assert await remind_holders(shop.assistant) == 1
    assert len(await reminders(shop)) == 2, "it is another end"


async def test_who_has_no_link_is_named_to_the_operators_while_there_is_time(shop: Shop, held: Chatter) -> None:
    await held.says("/release 12 @hoa")
    await held.says("/end")
    shop.clock.passes(minutes=30)
    await remind_holders(shop.assistant)
    assert (await shop.told("notice"))[-1].text == (
        "“Friday sale”: time to pay ends in 30 min for @mai, @lan, who have no pay link yet. "
        "To bill them: /invoice all. For more time: /extend @mai 1 h"
    )
    assert len(await reminders(shop)) == 2


@pytest.mark.parametrize(("rules", "after"), [("remind off", None), ("remind 5 min", 55), ("hold 20 min", 10)])
async def test_the_reminder_comes_when_the_rules_say(shop: Shop, held: Chatter, rules: str, after: int | None) -> None:
    await held.says(f"/rules {rules}")
    await held.says("/end")
    waited = 0
    while not await remind_holders(shop.assistant) and waited < 60:
        shop.clock.passes(minutes=1)
        waited += 1
    assert waited == (60 if after is None else after)
