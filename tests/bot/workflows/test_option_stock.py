"""Option stock: each option, or combination, is sold out by itself, has a line of its own, and comes back by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.bill import Won, draw
from bot.domain.money import Money
from bot.domain.option_stock import gathered
from bot.domain.pricing import Pricing
from bot.kit.errors import BadInput
from bot.workflows.stock_options import ItemChange
from storage import claims, items
from tests.bot.workflows.evening import Evening, an_evening

MAI, LAN, HOA, KIM = range(4)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        await opened.stock("A7", (("M",), 1), (("L",), 2))
        yield opened
        replayed = await opened.replayed()
        assert replayed.agrees, replayed.lines
        assert len(replayed.lines) == 1, "the same version reads the same"


async def _stands(evening: Evening) -> list[tuple[int, str, str, int]]:
    """(buyer, item, status, pieces) of every claim, in the order made."""
    found = await evening.all_claims()
    return [((one.buyer_id or 0) - 1, one.item_code, one.status.value, one.quantity) for one in found]


async def _entry(evening: Evening) -> tuple[str, str]:
    rows = await evening.database.read(claims.ledger_page, evening.workspace_id, evening.show_id, limit=10_000)
    newest = max((row for row in rows if row.kind == "comment"), key=lambda row: row.seq)
    return newest.status, newest.reason


async def test_each_option_is_sold_out_by_itself_and_has_a_line_of_its_own(evening: Evening) -> None:
    for buyer, text in ((MAI, "sold a7 M"), (LAN, "sold a7 M"), (HOA, "sold a7 L x2"), (KIM, "sold a7 M")):
        await evening.says(buyer, text)
    assert await _stands(evening) == [
        (MAI, "A7/M", "winner", 1),
        (LAN, "A7/M", "waitlisted", 1),
        (HOA, "A7/L", "winner", 2),
        (KIM, "A7/M", "waitlisted", 1),
    ]
    (whole,) = gathered(await evening.database.read(items.of_show, evening.workspace_id, evening.show_id))
    assert (whole.code, whole.quantity, whole.won, whole.waiting) == ("A7", 3, 3, 2)
    assert [(row.options, row.won, row.waiting) for row in whole.stock] == [(("M",), 1, 2), (("L",), 2, 0)]
    await evening.release(0)
    assert (await _stands(evening))[1] == (LAN, "A7/M", "winner", 1)


async def test_which_option_is_asked_unless_there_is_just_one(evening: Evening) -> None:
    await evening.says(MAI, "sold a7")
    assert await _entry(evening) == ("ambiguous", "which A7: M or L?")
    await evening.stock("B1", (("red",), 3))
    await evening.says(MAI, "sold b1")
    assert await _stands(evening) == [(MAI, "B1/red", "winner", 1)]


async def test_two_dimensions_are_combinations(evening: Evening) -> None:
    await evening.stock("C9", (("S", "blue"), 1), (("M", "blue"), 1), (("M", "green"), 1))
    await evening.says(MAI, "sold c9 green")
    await evening.says(LAN, "sold c9 blue M")
    await evening.says(HOA, "sold c9 M")
    await evening.says(KIM, "sold c9 S green")
    assert await _stands(evening) == [
        (MAI, "C9/M/green", "winner", 1),
        (LAN, "C9/M/blue", "winner", 1),
        (KIM, "C9/S/green", "unmatched", 1),
    ]


async def test_an_option_that_is_added_later_goes_to_who_asked_for_it(evening: Evening) -> None:
    await evening.add("12")
    await evening.options("12", ["S"])
    await evening.says(MAI, "sold a7 S")
    await evening.says(LAN, "sold a7 S")
    assert [status for _, _, status, _ in await _stands(evening)] == ["unmatched", "unmatched"]
    await evening.edit("A7/S", ItemChange(quantity=1))
    assert await _stands(evening) == [(MAI, "A7/S", "winner", 1), (LAN, "A7/S", "waitlisted", 1)]
    await evening.undo()
    assert [status for _, _, status, _ in await _stands(evening)] == ["unmatched", "unmatched"]


async def test_pieces_belong_to_options_and_the_rest_to_the_item(evening: Evening) -> None:
    with pytest.raises(BadInput, match="Which A7"):
        await evening.edit("A7", ItemChange(quantity=9))
    with pytest.raises(BadInput, match="/item edit A7"):
        await evening.edit("A7/M", ItemChange(open=False))
    with pytest.raises(BadInput, match="Which A7"):
        await evening.award(MAI, "A7", None)
    await evening.edit("A7/M", ItemChange(more=1))
    await evening.award(MAI, "A7/M", 2)
    with pytest.raises(BadInput, match="2 of A7/M are won already"):
        await evening.edit("A7/M", ItemChange(more=-1))
    await evening.edit("A7", ItemChange(title="Dress", price=Money(2000, "USD"), open=False))
    await evening.says(LAN, "sold a7 L")
    assert await _entry(evening) == ("rejected", "A7/L is closed")
    rows = await evening.database.read(items.of_show, evening.workspace_id, evening.show_id)
    won = [one for one in await evening.all_claims() if one.status == "winner"]
    by_id = {row.id: row for row in rows}
    pieces = [Won(item=by_id[one.item_id or 0], options=one.options, quantity=one.quantity) for one in won]
    (line,) = draw(pieces, "USD", Pricing()).lines
    assert (line.code, line.title, line.options, line.quantity, line.unit_cents) == ("A7", "Dress", ("M",), 2, 2000)
    await evening.undo()
    await evening.says(LAN, "sold a7 L")
    assert (await _entry(evening))[0] == "winner"


async def test_who_gives_it_back_need_not_say_the_option_they_have(evening: Evening) -> None:
    await evening.rule("cancel", "on")
    await evening.says(MAI, "sold a7 M")
    await evening.says(MAI, "pass a7")
    assert await _entry(evening) == ("released", "gives A7/M back")
    await evening.says(MAI, "sold a7 M and a7 L")
    await evening.says(MAI, "pass a7")
    assert await _entry(evening) == ("ambiguous", "it could be A7/M or A7/L")


async def test_an_item_is_taken_out_and_comes_back_with_its_options(evening: Evening) -> None:
    with pytest.raises(BadInput, match="/item remove A7"):
        await evening.remove("A7/M")
    await evening.remove("A7")
    assert await evening.database.read(items.of_show, evening.workspace_id, evening.show_id) == []
    await evening.undo()
    await evening.says(MAI, "sold a7 L")
    assert await _stands(evening) == [(MAI, "A7/L", "winner", 1)]


async def test_rules_count_for_each_option(evening: Evening) -> None:
    await evening.rule("again", "replace")
    await evening.rule("partial", "on")
    await evening.says(MAI, "sold a7 L x2")
    await evening.says(LAN, "sold a7 L")
    await evening.says(MAI, "sold a7 L")
    await evening.says(HOA, "sold a7 M x3")
    assert await _stands(evening) == [
        (MAI, "A7/L", "winner", 1),
        (LAN, "A7/L", "winner", 1),
        (MAI, "A7/L", "duplicate", 1),
        (HOA, "A7/M", "winner", 1),
    ]
