"""An evening in another language: whatever becomes of a claim, nothing its buyer reads is English."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from bot.domain.invoice import InvoiceEvent, InvoiceStatus
from bot.workflows.expire_claims import expire_claims
from bot.workflows.issue_invoices import issue_invoices
from bot.workflows.remind_holders import remind_holders
from bot.workflows.settle_payments import record_event
from messaging.texts import Texts
from storage import invoices
from storage.deliveries import Delivery
from storage.tables import buyers as buyers_table
from storage.tables import coupons as coupons_table
from storage.tables import deliveries as deliveries_table
from tests.bot.commands.billing import bills as made
from tests.bot.commands.billing import plays_stripe
from tests.bot.commands.conftest import Chatter, Shop

THAI = Texts("th")
DRESS, HAT = "12 Blue dress", "14 Hat"
NOT_ENGLISH = {
    *DRESS.split(),
    *HAT.split(),
    "Friday",
    "sale",
    "USD",
    "EUR",
    "min",
    "h",
    "d",
    "CF",
    "SUMMER",
    "OLD",
    "EURO",
}
"""Names, units and what Thai buyers write."""


@pytest.fixture(name="thai")
async def a_show_in_thai(shop: Shop, seller: Chatter) -> Chatter:
    """Two pieces of 12, one of 14."""
    await shop.connect_stripe()
    await seller.says("/market th")
    return seller


def buyer(shop: Shop, name: str) -> Chatter:
    return shop.person(name, as_buyer=True)


def english_in(text: str) -> list[str]:
    return [word for word in re.findall(r"[A-Za-z]+", text) if word not in NOT_ENGLISH]


async def told_to_buyers(shop: Shop) -> list[str]:
    """All that was written to buyers unasked, with their buttons; none of it in English."""
    rows = await shop.read(
        lambda tx: tx.execute(
            sa.select(deliveries_table.c.text, deliveries_table.c.buttons)
            .where(deliveries_table.c.buyer_id.is_not(None))
            .order_by(deliveries_table.c.id)
        ).all()
    )
    for text, buttons in rows:
        assert english_in(text) == []
        assert [english_in(button["title"]) for row in buttons for button in row if english_in(button["title"])] == []
    return [text for text, _ in rows]


async def bills(shop: Shop) -> None:
    await issue_invoices(shop.assistant, shop.workspace_id, 1)
    await shop.set_invoices(status=InvoiceStatus.SENT)


async def happens(shop: Shop, buyer_id: int, event: InvoiceEvent) -> None:
    theirs = await shop.read(invoices.of_show, shop.workspace_id, 1, buyer_id=buyer_id)
    await shop.write(record_event, shop.workspace_id, theirs[-1].id, event, theirs[-1].amount_cents, shop.clock())


async def test_whoever_is_asked_answers_and_is_answered_in_the_language_of_the_show(shop: Shop, thai: Chatter) -> None:
    await thai.says("/rules turn 15 min")
    await thai.says("/rules hold 1 h from claim")
    for name in ("mai", "lan", "hoa", "kim", "bo", "cam"):
        await shop.comments(name, "CF 12")
    await thai.says("/release 12 @mai")
    hoa, kim, bo = buyer(shop, "hoa"), buyer(shop, "kim"), buyer(shop, "bo")
    for stranger in (kim, shop.person("Nobody")):
        await stranger.taps("turn yes 3", hears=THAI.say("turn_not_yours"))
    taken = " ".join([THAI.say("turn_taken", item=DRESS), THAI.say("kept_for", time="1 h")])
    assert await hoa.taps("turn yes 3") == taken
    assert await hoa.taps("turn yes 3") == THAI.say("turn_yours_already", item=DRESS)
    assert await hoa.taps("turn no 3") == THAI.say("turn_kept", item=DRESS)
    await thai.says("/release 12 @lan")
    assert await kim.taps("turn no 4") == THAI.say("turn_declined", item=DRESS)
    assert await kim.taps("turn yes 4") == THAI.say("turn_gone", item=DRESS)
    shop.clock.passes(minutes=15)
    await expire_claims(shop.assistant)
    assert await bo.taps("turn yes 5") == THAI.say("turn_missed", item=DRESS)
    assert THAI.say("turn_over", item=DRESS) in await told_to_buyers(shop)


async def test_an_answer_to_an_offer_that_was_taken_back_names_the_place_in_line(shop: Shop, thai: Chatter) -> None:
    await thai.says("/rules turn 15 min")
    for name in ("mai", "lan", "hoa"):
        await shop.comments(name, "CF 12")
    await thai.says("/item edit 12 +1", hears="@hoa (asked)")
    await thai.says("/undo")
    said = await buyer(shop, "hoa").taps("turn yes 3")
    assert said == THAI.say("turn_not_yet", item=DRESS, position=1)
    assert len(await told_to_buyers(shop)) == 2


async def test_reminders_more_time_and_the_end_of_it_are_told_in_the_language_of_the_buyer(
    shop: Shop, thai: Chatter
) -> None:
    await thai.says("/rules hold 1 h from end")
    await shop.comments("mai", "CF 12")
    await shop.comments("mai", "CF 14")
    await shop.comments("lan", "สวยมาก")
    await shop.write(lambda tx: tx.execute(buyers_table.update().values(language="ko")))
    korean = Texts("ko")
    await thai.says("/end")
    await bills(shop)
    shop.clock.passes(minutes=30)
    await remind_holders(shop.assistant)
    (reminder,) = await shop.told("reminder")
    lines = [korean.say("hold_line", item=item, time="30 min") for item in (DRESS, HAT)]
    assert reminder.text == korean.say("hold_reminder", lines="\n".join(lines))
    assert titles(reminder) == [korean.say("pay_button", total="24.90 USD")]
    await thai.says("/extend @mai 1 day")
    more = korean.say("more_time", time="1 d", lines=f"{DRESS}: 1 d\n{HAT}: 1 d")
    assert [told.text for told in await shop.told("promotion")] == [more]
    shop.clock.passes(days=2)
    await expire_claims(shop.assistant)
    await thai.says("/award 14 @lan", hears="14 → @lan")
    await happens(shop, 1, InvoiceEvent.VOIDED)
    await happens(shop, 1, InvoiceEvent.PAYMENT)
    await expire_claims(shop.assistant)
    assert [told.text for told in await shop.told("expiry")] == [
        korean.say("hold_over", item=f"{DRESS}, {HAT}"),
        f"{korean.say('late_paid', item=DRESS)} {korean.say('late_lost', item=HAT)}",
    ]
    await told_to_buyers(shop)


async def test_a_coupon_is_answered_in_the_language_of_the_show(
    shop: Shop, thai: Chatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays_stripe(shop, monkeypatch)
    await thai.says("/coupon new SUMMER 10% from 10")
    await thai.says("/coupon new OLD 10%")
    await thai.says("/coupon off OLD")
    await thai.says("/coupon new EURO 5")
    abroad = coupons_table.update().where(coupons_table.c.code == "EURO").values(currency="EUR")
    await shop.write(lambda tx: tx.execute(abroad))
    await shop.comments("mai", "CF 12")
    await thai.says("/invoice all")
    await made(shop)
    mai = buyer(shop, "mai")
    counts = [
        THAI.say("coupon_counts", coupon="SUMMER", worth="10%", show="Friday sale"),
        THAI.say("coupon_from", total="10.00 USD"),
        THAI.say("new_link"),
    ]
    assert await mai.says("summer") == " ".join(counts)
    await made(shop)
    assert await mai.says("summer") == THAI.say("coupon_used", coupon="SUMMER")
    assert await mai.says("old") == THAI.say("coupon_over", coupon="OLD")
    assert await mai.says("euro") == THAI.say("coupon_currency", coupon="EURO", currency="EUR")


async def test_the_winner_of_a_giveaway_hears_of_it_in_the_language_of_the_show(shop: Shop, thai: Chatter) -> None:
    await shop.comments("mai", "สวยมาก")
    await thai.says("/giveaway 14")
    await thai.taps("giveaway draw 1")
    assert await told_to_buyers(shop) == [THAI.say("giveaway", prize=HAT)]


async def test_a_code_before_the_first_show_is_greeted_like_anything_else(shop: Shop, operator: Chatter) -> None:
    await operator.says("/coupon new SUMMER 10%")
    said = await buyer(shop, "mai").says("SUMMER")
    assert said == Texts().say("nothing_open")


async def test_a_cart_is_shown_in_private_for_the_shops_own_word_too(shop: Shop, seller: Chatter) -> None:
    await seller.says("/rules words cart trolley")
    await shop.comments("mai", "sold 12")
    await buyer(shop, "mai").says("trolley", hears="")
    assert [told.text.splitlines()[1] for told in await shop.told("cart")] == ["1 × 12 Blue dress: 19.90 USD"]


async def test_an_option_with_pieces_of_its_own_is_named_once_in_a_cart_and_in_an_answer(
    shop: Shop, seller: Chatter
) -> None:
    await seller.says("/rules turn 15 min")
    await seller.says("/item add A7 Tea set (S x1, M x1) 20")
    for name in ("mai", "lan"):
        await shop.comments(name, "sold A7 M")
    for name in ("mai", "lan"):
        await buyer(shop, name).says("cart")
    mine, waits = [told.text for told in await shop.told("cart")]
    assert "1 × A7 Tea set (M): 20.00 USD" in mine
    assert "A7 Tea set (M): number 1 in line" in waits
    await seller.says("/release A7 @mai")
    await buyer(shop, "lan").taps("turn yes 2", hears="A7 Tea set (M) is yours!")


def titles(delivery: Delivery) -> list[str]:
    return [button["title"] for row in delivery.buttons for button in row]


async def test_an_order_is_in_the_buyers_language_to_its_last_line(
    shop: Shop, thai: Chatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays_stripe(shop, monkeypatch)
    await shop.comments("mai", "CF 12", name="ไหม")
    await thai.says("/shipping flat 7")
    await thai.says("/credit @mai 1")
    await thai.says("/invoice all")
    await made(shop)
    (order,) = await told_to_buyers(shop)
    assert f"{THAI.say('page_shipping')}: 7.00 USD\n{THAI.say('page_credit')}: -1.00 USD" in order
