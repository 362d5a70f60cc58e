"""The rules of a show: what a second comment means, the most for one buyer, part now, late, given back, not for you."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.claim import Claim, ClaimStatus
from bot.workflows.run_shows import end_show
from bot.workflows.stock_options import ItemChange
from storage import claims, deliveries, holdings
from tests.bot.workflows.evening import Evening, an_evening

MAI, LAN, HOA, KIM = range(4)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        await opened.add("12")
        yield opened
        replayed = await opened.replayed()
        assert replayed.agrees, replayed.lines
        assert len(replayed.lines) == 1, "the same version reads the same"


async def _stands(evening: Evening) -> list[tuple[int, str, int]]:
    """(buyer, status, pieces) of every claim, in the order made."""
    return [((one.buyer_id or 0) - 1, one.status.value, one.quantity) for one in await evening.all_claims()]


async def _last(evening: Evening) -> Claim:
    return (await evening.all_claims())[-1]


async def _entry(evening: Evening) -> tuple[str, str]:
    """(status, reason) of the newest comment in the ledger."""
    rows = await evening.database.read(claims.ledger_page, evening.workspace_id, evening.show_id, limit=10_000)
    newest = max((row for row in rows if row.kind == "comment"), key=lambda row: row.seq)
    return newest.status, newest.reason


async def _pieces(evening: Evening, count: int) -> None:
    await evening.edit("12", ItemChange(quantity=count))


# --- a second comment ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("market", ["", "vn", "th", "us", "nordic,us"])
async def test_a_second_comment_changes_nothing_unless_the_market_is_used_to_it(evening: Evening, market: str) -> None:
    await evening.market(market)
    await _pieces(evening, 5)
    await evening.says(MAI, "sold 12")
    await evening.says(MAI, "sold 12 x2")
    assert await _stands(evening) == [(MAI, "winner", 1), (MAI, "duplicate", 2)]


async def test_in_the_north_a_newer_number_replaces_the_older_one(evening: Evening) -> None:
    await evening.market("nordic")
    await _pieces(evening, 5)
    await evening.says(MAI, "12 2")
    await evening.says(MAI, "12 4")
    assert (await _stands(evening))[0] == (MAI, "winner", 4)
    assert (await _last(evening)).reason == "4 of 12 instead of 2"
    await evening.says(LAN, "12 2")
    await evening.says(MAI, "12 1")
    assert await _stands(evening) == [
        (MAI, "winner", 1),
        (MAI, "duplicate", 4),
        (LAN, "winner", 2),
        (MAI, "duplicate", 1),
    ]
    assert (await _entry(evening))[1] == "1 of 12 instead of 4"


async def test_more_than_is_left_stays_what_it_was_and_says_why(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await _pieces(evening, 3)
    await evening.says(MAI, "sold 12 x2")
    await evening.says(MAI, "sold 12 x4")
    assert (await _last(evening)).reason == "only 3 of 12 exist, so it stays 2"
    await evening.says(LAN, "sold 12")
    await evening.says(MAI, "sold 12 x3")
    assert (await _last(evening)).reason == "12: sold out, so it stays 2"
    await evening.bill(0)
    await evening.says(MAI, "sold 12")
    assert (await _last(evening)).reason == "12 is billed or offered already, so it stays 2"
    assert (await _stands(evening))[0] == (MAI, "winner", 2)


async def test_who_waits_can_ask_for_fewer_and_keeps_their_place(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await _pieces(evening, 2)
    await evening.says(MAI, "sold 12")
    await evening.says(LAN, "sold 12 x2")
    await evening.says(HOA, "sold 12")
    await evening.says(LAN, "sold 12")
    assert await _stands(evening) == [
        (MAI, "winner", 1),
        (LAN, "winner", 1),
        (HOA, "waitlisted", 1),
        (LAN, "duplicate", 1),
    ]
    told = await evening.database.read(deliveries.queued)
    assert [one.text for one in told if "yours" in one.text], "@lan hears of it"


async def test_who_stops_waiting_for_the_rest_lets_those_behind_move_up(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await evening.rule("partial", "on")
    await _pieces(evening, 2)
    for buyer, text in ((MAI, "sold 12"), (LAN, "sold 12 x2"), (HOA, "sold 12"), (KIM, "sold 12"), (LAN, "sold 12")):
        await evening.says(buyer, text)
    line = [((one.buyer_id or 0) - 1, one.position) for one in await evening.all_claims() if one.position]
    assert line == [(HOA, 1), (KIM, 2)]


async def test_what_is_given_up_in_a_batch_is_there_for_the_very_next_comment(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await _pieces(evening, 3)
    await evening.hears(
        [
            ("added", MAI, "sold 12 x3", 0),
            ("added", MAI, "sold 12", 0),
            ("added", LAN, "sold 12", 0),
            ("added", HOA, "sold 12 x2", 0),
        ]
    )
    assert await _stands(evening) == [
        (MAI, "winner", 1),
        (MAI, "duplicate", 1),
        (LAN, "winner", 1),
        (HOA, "waitlisted", 2),
    ]


async def test_a_second_comment_adds_up_to_the_most_for_one_buyer(evening: Evening) -> None:
    await evening.rule("again", "add")
    await evening.rule("most", "3")
    await _pieces(evening, 9)
    for text in ("sold 12 x2", "sold 12 x2", "sold 12", "sold 12"):
        await evening.says(MAI, text)
    assert await _stands(evening) == [
        (MAI, "winner", 2),
        (MAI, "rejected", 2),
        (MAI, "winner", 1),
        (MAI, "rejected", 1),
    ]
    assert (await _last(evening)).reason == "asked for 1, one buyer may have 3 of 12"


# --- part now, the rest in line -----------------------------------------------------------------------------------


async def test_what_is_left_is_won_and_the_rest_waits(evening: Evening) -> None:
    await evening.rule("partial", "on")
    await _pieces(evening, 3)
    await evening.says(MAI, "sold 12")
    await evening.says(LAN, "sold 12 x3")
    await evening.says(HOA, "sold 12")
    line = [(one.buyer_id, one.position) for one in await evening.all_claims() if one.position]
    assert await _stands(evening) == [
        (MAI, "winner", 1),
        (LAN, "winner", 2),
        (LAN, "waitlisted", 1),
        (HOA, "waitlisted", 1),
    ]
    assert line == [(LAN + 1, 1), (HOA + 1, 2)]
    await evening.release(0)
    assert (await _stands(evening))[2] == (LAN, "winner", 1)


async def test_nobody_waits_for_more_than_there_will_ever_be(evening: Evening) -> None:
    await evening.rule("partial", "on")
    await _pieces(evening, 2)
    await evening.says(MAI, "sold 12 x9")
    assert await _stands(evening) == [(MAI, "winner", 2)]
    assert (await _last(evening)).reason == "asked for 9, only 2 of 12 exist"


async def test_the_most_for_one_buyer_is_given_in_part_only_where_that_is_the_rule(evening: Evening) -> None:
    await evening.rule("most", "2")
    await _pieces(evening, 9)
    await evening.says(MAI, "sold 12 x3")
    await evening.rule("partial", "on")
    await evening.says(MAI, "sold 12 x3")
    assert await _stands(evening) == [(MAI, "rejected", 3), (MAI, "winner", 2)]


# --- late ---------------------------------------------------------------------------------------------------------


async def test_a_late_comment_claims_up_to_so_long_after_the_end(evening: Evening) -> None:
    await evening.rule("late", "10 min")
    await _pieces(evening, 5)
    await end_show(*evening.where)
    evening.seconds += 600
    in_time = evening._comment(MAI, "sold 12", late=0)
    evening.seconds += 1
    too_late = evening._comment(LAN, "sold 12", late=0)
    await evening.record([in_time, too_late])
    assert await _stands(evening) == [(MAI, "winner", 1)]
    assert too_late.comment.written_at - in_time.comment.written_at == timedelta(seconds=1)


# --- given back ---------------------------------------------------------------------------------------------------


async def test_giving_back_by_comment_is_off_by_default(evening: Evening) -> None:
    await evening.says(MAI, "sold 12")
    await evening.says(MAI, "pass 12")
    assert await _stands(evening) == [(MAI, "winner", 1)]
    assert await _entry(evening) == ("ignored", "cancelling by comment is off")


async def test_what_is_given_back_goes_to_the_next_in_line(evening: Evening) -> None:
    await evening.rule("cancel", "on")
    await evening.says(MAI, "sold 12")
    await evening.says(LAN, "sold 12")
    await evening.says(HOA, "pass 12")
    assert await _entry(evening) == (
        "ignored",
        "the word “pass” and code 12; there is nothing to give back",
    )
    await evening.says(MAI, "pass 12")
    assert await _stands(evening) == [(MAI, "released", 1), (LAN, "winner", 1)]
    assert await _entry(evening) == ("released", "gives 12 back")


async def test_giving_back_and_claiming_again_in_one_batch_is_done_in_order(evening: Evening) -> None:
    await evening.rule("cancel", "on")
    await evening.hears([("added", MAI, text, 0) for text in ("sold 12", "pass 12", "sold 12")])
    assert await _stands(evening) == [(MAI, "released", 1), (MAI, "winner", 1)]


async def test_who_gives_back_a_part_or_does_not_say_which_is_left_to_the_operator(evening: Evening) -> None:
    await evening.rule("cancel", "on")
    await _pieces(evening, 9)
    await evening.options("12", ["M", "L"])
    await evening.says(MAI, "sold 12 M x3")
    await evening.says(MAI, "pass 12 x2")
    assert await _entry(evening) == ("ambiguous", "gives 12 back, but 2 of 3 would go back")
    await evening.says(MAI, "sold 12 L")
    await evening.says(MAI, "pass 12")
    assert await _entry(evening) == ("ambiguous", "gives 12 back, but it could be about L or M")
    await evening.says(MAI, "pass 12 L")
    assert await _stands(evening) == [(MAI, "winner", 3), (MAI, "released", 1)]


async def test_who_asks_to_be_next_waits_or_has_it_at_once(evening: Evening) -> None:
    await evening.says(MAI, "sold next 12")
    await evening.says(LAN, "sold next 12")
    assert await _stands(evening) == [(MAI, "winner", 1), (LAN, "waitlisted", 1)]


async def test_asking_to_be_next_replaces_nothing(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await _pieces(evening, 5)
    await evening.says(MAI, "sold 12 x3")
    await evening.says(MAI, "sold next 12")
    assert await _stands(evening) == [(MAI, "winner", 3), (MAI, "duplicate", 1)]


# --- claimed before it was there ----------------------------------------------------------------------------------


async def test_what_was_claimed_before_it_was_listed_is_given_in_the_order_written(evening: Evening) -> None:
    for buyer in (LAN, MAI, LAN, HOA):
        await evening.says(buyer, "sold c9")
    await evening.hears([("removed", HOA, "", -1)])
    await evening.block(KIM)
    await evening.add("C9")
    assert await _stands(evening) == [
        (LAN, "winner", 1),
        (MAI, "waitlisted", 1),
        (LAN, "duplicate", 1),
        (HOA, "released", 1),
    ]
    assert await evening.database.read(holdings.unmatched, evening.workspace_id, evening.show_id) == []
    told = await evening.database.read(deliveries.queued)
    assert [one.text for one in told] == ["Good news: C9 is yours! Your pay link follows."]


async def test_a_comment_edited_before_its_item_was_listed_claims_what_it_says_now(evening: Evening) -> None:
    await evening.says(MAI, "sold c9")
    await evening.hears([("edited", MAI, "sold 12", -1)])
    await evening.add("C9")
    assert await _stands(evening) == [(MAI, "released", 1), (MAI, "winner", 1)]


async def test_part_of_what_was_claimed_early_is_won_and_the_rest_keeps_its_place(evening: Evening) -> None:
    await evening.rule("partial", "on")
    await evening.says(MAI, "sold c9 x2")
    await evening.says(LAN, "sold c9 x2")
    await evening.add("C9", quantity=3)
    assert await _stands(evening) == [(MAI, "winner", 2), (LAN, "waitlisted", 1), (LAN, "winner", 1)]
    await evening.undo()
    statuses = [one.status for one in await evening.all_claims()]
    assert statuses == [ClaimStatus.UNMATCHED, ClaimStatus.UNMATCHED, ClaimStatus.RELEASED]
    await evening.add("C9", quantity=4)
    assert (await _stands(evening))[:2] == [(MAI, "winner", 2), (LAN, "winner", 2)]


# --- buyers and items that are not for everybody ------------------------------------------------------------------


async def test_a_blocked_buyers_comment_is_kept_and_claims_nothing(evening: Evening) -> None:
    await evening.flag(MAI, blocked=True)
    await evening.flag(LAN, deposit_due=True)
    await evening.hears([("added", buyer, "sold 12", 0) for buyer in (MAI, LAN, HOA)])
    assert [(one.status, one.reason) for one in await evening.all_claims()] == [
        ("rejected", "blocked"),
        ("rejected", "a deposit is due first"),
        ("winner", "first in line"),
    ]
    await evening.flag(MAI, blocked=False)
    await evening.says(MAI, "sold 12")
    assert (await _last(evening)).status is ClaimStatus.WAITLISTED


async def test_a_reserved_item_is_given_away_by_the_seller_alone(evening: Evening) -> None:
    await evening.edit("12", ItemChange(reserved=True))
    await evening.says(MAI, "sold 12")
    assert (await _last(evening)).reason == "only the seller gives 12 away"
    await evening.award(LAN, "12", None)
    assert (await _stands(evening))[-1] == (LAN, "winner", 1)


async def test_the_shops_own_words_are_heard(evening: Evening) -> None:
    await evening.rule("words", "claim gimme")
    await evening.rule("words", "queue me after her")
    await evening.says(MAI, "gimme 12")
    await evening.says(LAN, "me after her 12")
    assert await _stands(evening) == [(MAI, "winner", 1), (LAN, "waitlisted", 1)]
