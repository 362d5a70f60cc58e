"""Time to pay runs out: the invoice is closed at Stripe, the next in line is asked, and money still beats the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.app import utc_now
from bot.workflows.expire_claims import _expire
from bot.workflows.replay_show import replay_show
from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, invoices_at_stripe, sells_dresses, sells_on_facebook

ONE_DRESS = ("12 Dress 19.90 x1",)


class Clock:
    """The time it is, moved ahead by hand; by less than Stripe's signatures may be old."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def passes(self, **by: float) -> None:
        self.ahead += timedelta(**by)


async def ends_and_bills(operator: Operator, *rules: str) -> None:
    """The show goes by these rules, ends, and its one winner has a link."""
    for rule in rules:
        await operator.says(f"/rules {rule}", hears="is now")
    await operator.says("/end", hears="ended")
    await operator.person.says("/invoice all", to=operator.shop.bot)
    await operator.hears("1 sent")


async def agrees(shop: Shop) -> None:
    replayed = await replay_show(shop.assistant.database, 1, 1)
    assert replayed.agrees, replayed.lines


async def test_a_dress_that_is_not_paid_goes_to_the_next_who_says_yes(shop: Shop) -> None:
    clock = shop.now = Clock()
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ONE_DRESS)
    lan, hoa = [await shop.buyer(name) for name in ("Lan", "Hoa")]
    for late in (lan, hoa):
        await late.says("sold 12", to=shop.group)
        await shop.heard()
    await ends_and_bills(operator, "hold 2 min from end", "turn 1 min")
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    clock.passes(minutes=2)
    told = await operator.hears("time is up")
    assert "Not paid: 12 @mai" in told
    assert "Next in line is asked: 12 @lan" in told
    await mai.hears(contains="The time to pay for 12 Dress is over", timeout=PATIENCE)
    await shop.invoices("void")
    assert invoices_at_stripe(shop) == {"void": 1}

    await lan.taps(await lan.hears(contains="It is your turn: 12 Dress.", timeout=PATIENCE), "No thanks")
    await lan.hears(contains="All right", timeout=PATIENCE)
    await hoa.taps(await hoa.hears(contains="It is your turn: 12 Dress.", timeout=PATIENCE), "I take it")
    await hoa.hears(contains="12 Dress is yours!", timeout=PATIENCE)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (bill,) = [one for one in await shop.invoices("void", "sent") if one["status"] == "sent"]
    shop.stripe.pay(bill["external_id"])
    await operator.hears("@hoa paid 19.90 USD.")
    clock.passes(minutes=2)
    await shop.invoices("void", "paid")
    assert await shop.claims() == [("mai", "released"), ("lan", "released"), ("hoa", "winner")]
    assert await heard(operator.person, shop, "time is up") == 1
    await agrees(shop)


@pytest.mark.parametrize("answered", [True, False])
async def test_who_only_commented_on_facebook_is_asked_by_a_private_reply(shop: Shop, answered: bool) -> None:
    operator, live, (_, lan) = await sells_on_facebook(shop, "Mai", "Lan")
    if not answered:  # it arrives, but nobody tells us whom we can write to now
        shop.facebook.fail("drop_response", path="/messages", contains="It is your turn")
    await operator.says("/item edit 12 x2")
    await operator.says("/rules turn 10 min")
    kim = shop.commenter("Kim")
    await kim.comments(live, "sold 12")
    await shop.heard()
    await operator.says("/release 12 @Mai", hears="12 → @Kim (asked)")
    asked = await kim.hears(contains="It is your turn: 12 Dress.", timeout=PATIENCE)
    await kim.taps(asked, "I take it")
    await kim.hears(contains="12 Dress is yours!", timeout=PATIENCE)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    for buyer in (lan, kim):  # Kim by the window that her answer opened
        await buyer.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    await agrees(shop)


async def test_who_cannot_be_asked_is_named_to_the_operator(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show(*ONE_DRESS)
    await operator.says("/rules turn 10 min")
    for name in ("Mai", "Lan"):
        buyer = await shop.buyer(name, starts=False)
        await buyer.says("sold 12", to=shop.group)
        await shop.heard()
    await operator.says("/release 12 @mai", hears="12 → @lan (asked)")
    told = await operator.hears("I could not ask @lan: They have not started a chat with our bot yet.")
    assert told.endswith("It is your turn: 12 Dress. It is yours if you say so within 10 min.")


async def test_a_crash_between_the_end_of_a_hold_and_its_void_is_mended_at_the_next_start(shop: Shop) -> None:
    clock = shop.now = Clock()
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ONE_DRESS)
    lan = await shop.buyer("Lan")
    await lan.says("sold 12", to=shop.group)
    await shop.heard()
    await ends_and_bills(operator, "hold 2 min from end")
    later = clock() + timedelta(minutes=2)
    await shop.assistant.database.write(_expire, 1, 1, later)  # ... and then the power fails
    await shop.close()
    clock.passes(minutes=2)
    await shop.open()
    await shop.invoices("void")
    assert invoices_at_stripe(shop) == {"void": 1}
    await operator.hears("Not paid: 12 @mai")
    await mai.hears(contains="The time to pay for 12 Dress is over", timeout=PATIENCE)
    await lan.hears(contains="Good news: 12 Dress is yours!", timeout=PATIENCE)
    assert await shop.claims() == [("mai", "released"), ("lan", "winner")]
    await agrees(shop)


async def test_money_that_is_on_its_way_when_time_is_up_keeps_its_dress(shop: Shop) -> None:
    clock = shop.now = Clock()
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ONE_DRESS)
    await ends_and_bills(operator, "hold 2 min from end")
    (bill,) = await shop.invoices("sent")
    shop.stripe.hold_webhooks()
    shop.stripe.pay(bill["external_id"])
    clock.passes(minutes=2)
    await operator.hears("Not paid: 12 @mai")
    await operator.hears("@mai paid 19.90 USD. Their time to pay was over: what becomes of the items follows.")
    await operator.hears("Paid after all, and theirs again: 12 @mai")
    await mai.hears(contains="Your payment has arrived after all, and 12 Dress was still free", timeout=PATIENCE)
    shop.stripe.release_webhooks(duplicate=1)
    await shop.stripe.drain()
    assert await shop.claims() == [("mai", "winner")]
    assert invoices_at_stripe(shop) == {"paid": 1}
    assert await heard(operator.person, shop, "theirs again") == 1
    await agrees(shop)
