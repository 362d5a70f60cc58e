"""Merging: two buyers who are one person are one everywhere from then on, and the ledger still tells how."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.claim import ClaimStatus
from bot.kit.errors import BadInput
from bot.workflows.decide_comments import Decider
from bot.workflows.merge_buyers import merge_buyers
from bot.workflows.read_comments import Heard
from messaging.base import Comment, Person, Verb
from storage import buyers, merging, strikes, tables
from tests.bot.workflows.evening import NOON, Evening, an_evening

MAI, LAN, HOA = range(3)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        yield opened


async def _agrees(evening: Evening) -> None:
    replayed = await evening.replayed()
    assert replayed.agrees, replayed.lines


async def _buyer(evening: Evening, who: int) -> Any:
    return await evening.database.read(buyers.get, evening.workspace_id, who + 1)


def test_whatever_names_a_buyer_goes_along_or_is_known_not_to() -> None:
    named = {table.name for table in tables.metadata.sorted_tables if "buyer_id" in table.c}
    stays = {
        "ledger": "is never rewritten",
        "customers": "are one per account",
        "credit_balances": "are added up",
        "coupon_uses": "are one per coupon",
        "terms": "are one per show",
    }
    assert named == {table.name for table in merging.MOVED} | set(stays)


async def test_later_comments_of_either_are_one_buyers_in_every_process(evening: Evening) -> None:
    replica = Decider()
    await evening.add("12", "A7", quantity=5)
    await evening.says(LAN, "sold 12")
    evening.decider, first = replica, evening.decider
    await evening.says(LAN, "so pretty")  # now both remember who Lan is
    await evening.merge(MAI, LAN)
    for decider in (first, replica):
        evening.decider = decider
        await evening.says(LAN, "sold 12")
        await evening.says(MAI, "sold 12")
    *_, won, one, two, three, four = await evening.all_claims()
    assert {claim.buyer_id for claim in (won, one, two, three, four)} == {MAI + 1}
    assert [claim.status for claim in (one, two, three, four)] == [ClaimStatus.DUPLICATE] * 4
    await _agrees(evening)


async def test_a_process_that_heard_of_no_show_since_forgets_all_the_same(evening: Evening) -> None:
    await evening.add("12")
    behind = Decider()
    evening.decider, first = behind, evening.decider
    await evening.says(LAN, "hello")
    evening.decider = first
    await evening.merge(MAI, LAN)
    await evening.merge(HOA, MAI)
    evening.decider = behind
    await evening.says(LAN, "sold 12")
    (claim,) = await evening.all_claims()
    assert claim.buyer_id == HOA + 1


async def test_a_merged_buyer_is_found_as_the_other_even_after_another_merge(evening: Evening) -> None:
    await evening.merge(MAI, LAN)
    await evening.merge(HOA, MAI)
    for who in ("@mai", "@lan", "@hoa", "#1", "#2"):
        found = await evening.database.read(buyers.by_handle, evening.workspace_id, who)
        assert [buyer.handle for buyer in found] == ["hoa"], who
    assert len(await evening.database.read(buyers.identities_of, evening.workspace_id, LAN + 1)) == 3


async def test_a_merge_is_done_once_and_nobody_is_merged_into_themselves(evening: Evening) -> None:
    await evening.add("12")
    await evening.says(LAN, "sold 12")
    await evening.merge(MAI, LAN)
    for kept, gone in ((MAI, LAN), (LAN, MAI), (MAI, MAI)):
        with pytest.raises(BadInput, match="one buyer already: @mai"):
            await evening.merge(kept, gone)
    with pytest.raises(BadInput, match="no such buyer"):
        await evening.merge(MAI, 98)
    await _agrees(evening)


async def test_flags_combine_strictly_strikes_add_up_and_notes_join(evening: Evening) -> None:
    def mark(tx: sa.Connection) -> None:
        here = evening.workspace_id
        buyers.set_flags(tx, here, MAI + 1, pays_first=True, hold_minutes=60, note="blue", language="vi")
        buyers.set_flags(tx, here, LAN + 1, blocked=True, deposit_due=True, hold_minutes=30, note="pays late")
        buyers.strike(tx, here, MAI + 1, "rude", NOON)
        buyers.strike(tx, here, LAN + 1, "did not pay", NOON)
        buyers.strike(tx, here, LAN + 1, "again", NOON)
        strikes.take_back(tx, here, LAN + 1, NOON)

    await evening.database.write(mark)
    await evening.merge(MAI, LAN)
    mai = await _buyer(evening, LAN)
    assert (mai.handle, mai.blocked, mai.deposit_due, mai.pays_first) == ("mai", True, True, True)
    assert (mai.hold_minutes, mai.strikes, mai.note, mai.language) == (30, 2, "blue\npays late", "vi")
    kept = await evening.database.read(strikes.of_buyer, evening.workspace_id, MAI + 1)
    assert [strike.reason for strike in kept] == ["did not pay", "rude"]


async def test_the_kept_buyers_customer_stays_and_others_are_taken_along(evening: Evening) -> None:
    def keep(tx: sa.Connection) -> None:
        for who, account, customer in ((MAI, "a", "cus_mai"), (LAN, "a", "cus_lan"), (LAN, "b", "cus_lan_b")):
            buyers.keep_customer(
                tx, evening.workspace_id, who + 1, provider="stripe", account_id=account, customer_id=customer
            )

    await evening.database.write(keep)
    await evening.merge(MAI, LAN)
    found = [
        await evening.database.read(buyers.customer_of, evening.workspace_id, MAI + 1, "stripe", account)
        for account in ("a", "b")
    ]
    assert found == ["cus_mai", "cus_lan_b"]


async def test_a_line_and_its_places_stay_as_they_were(evening: Evening) -> None:
    await evening.add("12")
    for buyer in (HOA, LAN, MAI):
        await evening.says(buyer, "sold 12")
    await evening.merge(MAI, LAN)
    assert [(claim.buyer_id, claim.position) for claim in await evening.all_claims()] == [(3, None), (1, 1), (1, 2)]
    await evening.release(0)
    await evening.undo()
    await evening.release(0)
    assert [(claim.status, claim.position) for claim in await evening.all_claims()] == [
        (ClaimStatus.RELEASED, None),
        (ClaimStatus.WINNER, None),
        (ClaimStatus.WAITLISTED, 1),
    ]
    await _agrees(evening)


async def test_what_was_done_before_a_merge_can_still_be_undone(evening: Evening) -> None:
    await evening.add("12")
    await evening.says(LAN, "sold 12")
    await evening.says(HOA, "sold 12")
    await evening.release(0)
    await evening.merge(MAI, LAN)
    await evening.undo()
    first, second = await evening.all_claims()
    assert (first.buyer_id, first.status, second.status) == (MAI + 1, ClaimStatus.WINNER, ClaimStatus.WAITLISTED)
    await _agrees(evening)


async def test_comments_that_come_in_meanwhile_are_one_buyers_in_the_end(evening: Evening) -> None:
    await evening.add("12", quantity=50)
    replica = Decider()

    async def comments(decider: Decider, name: str) -> None:
        for number in range(5):
            written = Comment(
                feed_id="group",
                feed_title="",
                comment_id=f"{name}{number}",
                verb=Verb.ADDED,
                revision=0,
                author=Person(id=f"id-{LAN}", kind="user", username="lan"),
                text="sold 12",
                written_at=NOON,
            )
            heard = [Heard(channel_id=evening.channel_id, platform="telegram", comment=written)]
            effects = await evening.database.write(decider.decide, evening.workspace_id, heard, NOON)
            decider.remember(effects)

    await asyncio.gather(comments(evening.decider, "a"), evening.merge(MAI, LAN), comments(replica, "b"))
    made = await evening.all_claims()
    assert len(made) == 10
    assert {claim.buyer_id for claim in made} == {MAI + 1}
    assert [claim.status for claim in made].count(ClaimStatus.WINNER) == 1
    await _agrees(evening)


async def test_two_who_merge_the_same_two_the_other_way_round_leave_one(evening: Evening) -> None:
    where = (evening.assistant, evening.workspace_id)
    done = await asyncio.gather(
        merge_buyers(*where, MAI + 1, LAN + 1, by="Ann"),
        merge_buyers(*where, LAN + 1, MAI + 1, by="Bob"),
        return_exceptions=True,
    )
    assert [type(one).__name__ for one in done].count("BadInput") == 1
    assert (await _buyer(evening, MAI)).id == (await _buyer(evening, LAN)).id


async def test_another_workspaces_buyer_is_nobody_here(evening: Evening) -> None:
    with pytest.raises(BadInput, match="no such buyer"):
        await merge_buyers(evening.assistant, evening.workspace_id + 1, MAI + 1, LAN + 1, by="Ann")
    assert (await _buyer(evening, LAN)).handle == "lan"
