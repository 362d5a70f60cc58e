"""Replay: whatever happens in a show, its ledger leads to what was kept; and whatever is changed later is found."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.claim import ClaimStatus
from bot.domain.money import Money
from bot.domain.pricing import Bundle
from bot.domain.reading import Kind, Reading
from bot.kit.errors import BadInput
from bot.workflows import reread_comments
from bot.workflows.replay_show import replay_show
from bot.workflows.run_shows import new_show
from bot.workflows.stock_options import ItemChange
from storage import replaying
from storage.database import Database
from tests.bot.workflows.evening import BUYERS, Evening, an_evening

CODES = ("12", "A7", "B1")

Strategy = st.SearchStrategy[Any]


def _often(weights: Mapping[Strategy, int]) -> Strategy:
    """One of these, some more often than others."""
    return st.sampled_from([one for one, weight in weights.items() for _ in range(weight)]).flatmap(lambda one: one)


_code = st.sampled_from(["12", "12", "12", *CODES])
_buyer = st.integers(0, len(BUYERS) - 1)
_which = st.integers(0, 30)
_text = _often(
    {
        st.builds("sold {}".format, _code): 8,
        st.builds("sold {} x{}".format, _code, st.integers(1, 4)): 3,
        st.builds("pass {}".format, _code): 2,
        st.sampled_from(["sold d3 M", "sold d3 L x2", "sold d3 L", "sold d3", "pass d3", "pass d3 L", "sold d3 S"]): 5,
        st.builds("sold next {}".format, _code): 1,
        st.sampled_from(["sold 12 and a7", "mine 12", "sold 12 M", "sold a7 L", "sold 12 or a7", "so pretty", "12"]): 2,
        st.sampled_from(["sold 12 maybe", "sold 12 or a7", "sold a7 M L", "sold b1 or 12", "sold"]): 2,
    }
)
_comment = _often(
    {
        st.tuples(st.just("added"), _buyer, _text, st.integers(0, 5)): 8,
        st.tuples(st.just("added"), st.none(), _text, st.just(0)): 1,
        st.tuples(st.sampled_from(["edited", "removed", "again", "early"]), _buyer, _text, _which): 3,
    }
)
_change = st.builds(
    ItemChange,
    title=st.sampled_from([None, "Hat"]),
    price=st.sampled_from([None, Money(700, "USD")]),
    more=st.sampled_from([2, 3, 1, -1, None]),
    open=st.sampled_from([None, None, None, None, True, False]),
    reserved=st.sampled_from([None, None, None, None, True, False]),
    bundle=st.sampled_from([None, None, Bundle(pieces=3, cents=1500)]),
    no_bundle=st.sampled_from([False, False, False, True]),
)
_rule = st.sampled_from(
    [
        *(("rule", "again", again) for again in ("add", "replace", "ignore", "market")),
        *(("rule", "most", most) for most in ("2", "3", "off")),
        *(("rule", name, value) for name in ("partial", "cancel") for value in ("on", "on", "off")),
    ]
)
_deed = _often(
    {
        st.tuples(st.just("release"), _which): 4,
        st.tuples(st.just("undo")): 4,
        st.tuples(st.just("edit"), _code, _change): 3,
        st.tuples(
            st.just("edit"),
            st.sampled_from(["D3/M", "D3/L", "D3/S", "D3"]),
            st.builds(ItemChange, more=st.sampled_from([1, 2, -1])),
        ): 3,
        st.tuples(st.just("edit"), st.just("D3"), st.builds(ItemChange, open=st.booleans())): 1,
        st.tuples(st.just("award"), _buyer, st.sampled_from(["D3/M", "D3/L", "D3"]), st.just(1)): 1,
        st.tuples(st.just("remove"), st.just("D3")): 1,
        st.tuples(st.just("stock"), st.just("D3"), st.just((("M",), 1)), st.just((("L",), 2))): 1,
        st.tuples(st.just("award"), _buyer, _code, st.sampled_from([None, 1, 2])): 2,
        st.tuples(st.just("bill"), _which): 2,
        st.tuples(st.just("settle"), _which): 2,
        st.tuples(st.just("resolve"), _which, st.integers(0, 4)): 3,
        st.tuples(st.just("merge"), _buyer, _buyer): 2,
        st.lists(_code, min_size=1, max_size=3).map(lambda codes: ("add", *codes)): 1,
        st.tuples(st.just("remove"), _code): 1,
        st.tuples(st.just("options"), _code, st.sampled_from([(), ("M", "L")])): 1,
        st.tuples(st.just("market"), st.sampled_from(["", "us", "ph", "nordic"])): 1,
        _rule: 3,
        st.tuples(st.just("block"), _buyer, st.booleans()): 1,
    }
)
_while = st.tuples(
    st.lists(_comment, min_size=2, max_size=8).map(lambda batch: ("hears", batch)), st.lists(_deed, max_size=3)
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(_while, min_size=3, max_size=10))
async def test_whatever_happens_in_a_show_its_replay_agrees(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, whiles: list[Any]
) -> None:
    file = tmp_path_factory.mktemp("evening") / "shop.db"
    shutil.copyfile(sqlite_template, file)
    async with an_evening(f"sqlite+aiosqlite:///{file}", people=len(BUYERS)) as evening:
        await evening.add("12")
        await evening.add("A7", quantity=2)
        await evening.stock("D3", (("M",), 1), (("L",), 2))
        for heard, deeds in whiles:
            for what, *how in [heard, *deeds]:
                await evening.happens(what, *how)
        replayed = await evening.replayed()
        assert replayed.agrees, replayed.lines
        assert len(replayed.lines) == 1, "the same version reads the same"
        await evening.check_books()
    shutil.rmtree(file.parent)


# --- the corners ----------------------------------------------------------------------------------------------


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        yield opened


MAI, LAN, HOA, KIM = range(4)

CORNERS: dict[str, list[tuple[Any, ...]]] = {
    "what is unclear is resolved, undone, and resolved otherwise": [
        ("says", MAI, "sold 12 or A7"),
        ("resolve", 0, 1),
        ("undo",),
        ("resolve", 0, 2),
        ("says", LAN, "sold 12"),
    ],
    "who won by a choice loses it again, and the next in line gets it": [
        ("says", MAI, "sold 12 maybe"),
        ("resolve", 0, 1),
        ("says", LAN, "sold 12"),
        ("undo",),
        ("says", MAI, "sold 12"),
    ],
    "a comment is deleted after it was resolved, and the choice is undone after that": [
        ("says", MAI, "sold 12 maybe"),
        ("resolve", 0, 1),
        ("says", LAN, "sold 12"),
        ("hears", [("removed", MAI, "", 4)]),
        ("undo",),
    ],
    "a comment is edited after the choice that it means nothing": [
        ("says", MAI, "sold 12 maybe"),
        ("resolve", 0, 0),
        ("hears", [("edited", MAI, "sold 12", -1)]),
        ("undo",),
    ],
    "an item is taken out before a choice, and comes back in another spelling": [
        ("add", "B-1"),
        ("says", MAI, "sold b1 maybe"),
        ("says", LAN, "sold b1 or 12"),
        ("remove", "B-1"),
        ("resolve", 0, 1),
        ("add", "b1"),
        ("resolve", 0, 1),
        ("undo",),
    ],
    "several come off the line at once, and those behind move up": [
        *(("says", buyer, "sold 12") for buyer in (MAI, LAN, HOA, KIM)),
        ("says", MAI, "sold 12 M"),
        ("edit", "12", ItemChange(more=2)),
    ],
    "who is billed keeps the item when the release behind it is undone": [
        ("edit", "12", ItemChange(more=2)),
        ("says", MAI, "sold 12 x2"),
        ("says", KIM, "sold 12"),
        ("says", LAN, "sold 12"),
        ("says", HOA, "sold 12"),
        ("release", 0),
        ("bill", -1),
        ("hears", [("removed", KIM, "", 5)]),
        ("undo",),
    ],
    "a deleted comment gives back what is not billed": [
        ("says", MAI, "sold 12 and a7"),
        ("says", LAN, "sold 12 and a7"),
        ("bill", 0),
        ("hears", [("removed", MAI, "", 4)]),
    ],
    "what was claimed again since is a duplicate when the release is undone": [
        ("says", MAI, "sold 12"),
        ("release", 0),
        ("says", MAI, "sold 12"),
        ("options", "12", ["M", "L"]),
        ("says", MAI, "sold 12 M"),
        ("undo",),
    ],
    "who has one and waits for more has it already": [
        ("add", "C9"),
        ("remove", "C9"),
        ("says", MAI, "sold c9"),
        ("undo",),
        ("edit", "C9", ItemChange(more=1)),
        ("says", LAN, "sold c9"),
        ("says", KIM, "sold c9 x2"),
        ("says", MAI, "sold c9 x2"),
        ("settle", 0),
        ("release", -2),
        ("says", MAI, "sold c9"),
    ],
    "an award for other than what one waits for ends the waiting": [
        ("edit", "12", ItemChange(more=2)),
        ("says", MAI, "sold 12 x2"),
        ("says", LAN, "sold 12 x2"),
        ("award", LAN, "12", 1),
        ("undo",),
    ],
    "an item that comes back has its claims again": [
        ("says", MAI, "sold 12"),
        ("release", 0),
        ("remove", "12"),
        ("says", LAN, "sold 12"),
        ("undo",),
        ("undo",),
        ("undo",),
    ],
    "what an award settled is open again when it is undone": [
        ("add", "C9"),
        ("remove", "C9"),
        ("says", MAI, "sold c9"),
        ("undo",),
        ("settle", 0),
        ("undo",),
        ("settle", 0),
    ],
    "what was claimed before it was there is given in the order written, and open again when that is undone": [
        ("rule", "partial", "on"),
        ("says", MAI, "sold c9"),
        ("says", LAN, "sold c9 x2"),
        ("says", LAN, "sold c9"),
        ("says", HOA, "sold c9"),
        ("says", KIM, "sold c9"),
        ("block", KIM),
        ("hears", [("removed", HOA, "", -2)]),
        ("add", "C9"),
        ("undo",),
        ("add", "C9"),
        ("edit", "C9", ItemChange(more=2)),
    ],
    "a newer number replaces the older one, and what is given up goes to the next": [
        ("rule", "again", "replace"),
        ("rule", "partial", "on"),
        ("edit", "12", ItemChange(more=3)),
        ("says", MAI, "sold 12 x3"),
        ("says", LAN, "sold 12 x3"),
        ("says", HOA, "sold 12 x2"),
        ("says", KIM, "sold 12"),
        ("hears", [("added", LAN, "sold 12", 0), ("added", MAI, "sold 12", 0), ("added", HOA, "sold 12 x3", 0)]),
        ("bill", 0),
        ("says", MAI, "sold 12 x2"),
        ("release", 1),
        ("undo",),
    ],
    "who asks again gets more where that is the rule, up to the most for one buyer": [
        ("rule", "again", "add"),
        ("rule", "most", "3"),
        ("edit", "12", ItemChange(more=3)),
        ("says", MAI, "sold 12 x2"),
        ("says", MAI, "sold 12 x2"),
        ("says", MAI, "sold 12"),
        ("says", LAN, "sold 12"),
        ("says", LAN, "sold next 12"),
        ("release", 0),
        ("says", MAI, "sold 12 x2"),
    ],
    "what is given back by comment goes to the next, unless it is not said which": [
        ("rule", "cancel", "on"),
        ("options", "A7", ["M", "L"]),
        ("edit", "A7", ItemChange(more=2)),
        ("says", MAI, "sold 12"),
        ("says", LAN, "sold 12"),
        ("says", MAI, "sold c9"),
        ("says", MAI, "sold a7 M and a7 L"),
        ("hears", [("added", MAI, "pass 12", 0), ("added", MAI, "sold 12", 0), ("added", LAN, "pass a7", 0)]),
        ("says", MAI, "pass a7"),
        ("says", MAI, "pass a7 L"),
        ("says", MAI, "pass c9"),
        ("add", "C9"),
    ],
    "only the seller gives a reserved item away": [
        ("edit", "12", ItemChange(reserved=True)),
        ("says", MAI, "sold 12"),
        ("award", LAN, "12", None),
        ("edit", "12", ItemChange(open=True, reserved=False)),
        ("says", MAI, "sold 12"),
        ("undo",),
    ],
}


@pytest.mark.parametrize("corner", CORNERS)
async def test_a_replay_goes_round_every_corner(evening: Evening, corner: str) -> None:
    await evening.add("12")
    await evening.add("A7")
    for what, *how in CORNERS[corner]:
        assert await evening.happens(what, *how), (what, how, await evening.all_claims())
    replayed = await evening.replayed()
    assert replayed.agrees, replayed.lines
    await evening.check_books()


# --- one evening, told to the last row -----------------------------------------------------------------------


async def _an_eventful_show(evening: Evening) -> None:
    """Everything once."""
    await evening.add("12", quantity=2)
    await evening.add("A7", "B1")
    for buyer in range(4):
        assert await evening.happens("says", buyer, "sold 12")
    assert await evening.happens("says", 0, "sold c9")
    assert await evening.happens("says", 1, "sold a7 x2")
    assert await evening.happens("release", 0)
    assert await evening.happens("undo")
    assert await evening.happens("edit", "12", ItemChange(more=1))
    assert await evening.happens("market", "ph")
    assert await evening.happens("says", 3, "mine b1")
    assert await evening.happens("options", "B1", ["M", "L"])
    assert await evening.happens("hears", [("removed", 2, "", 5), ("edited", 3, "sold 12 x2", 7)])
    await evening.add("C9", quantity=2)
    assert await evening.happens("award", 0, "C9", 1)
    assert await evening.happens("says", 2, "sold b1 L")
    assert await evening.happens("award", 2, "A7", None)


async def test_a_replay_agrees_to_the_last_row(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    await _an_eventful_show(evening)
    monkeypatch.setattr(replaying, "PAGE", 3)
    replayed = await evening.replayed()
    assert (replayed.agrees, replayed.lines) == (
        True,
        ("“Friday” agrees to the last row: 26 entries, 10 claims, 3 promotions.",),
    )


async def test_a_replay_sees_one_moment_of_a_show_that_goes_on(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _an_eventful_show(evening)
    here = evening.decider, evening.workspace_id, evening.assistant.now()
    late = [evening._comment(3, "sold a7", late=0)]
    ledger = replaying.entries

    async def decide() -> None:
        database = Database(evening.database.url.render_as_string(hide_password=False))
        await database.write(here[0].decide, here[1], late, here[2])
        await database.close()

    def entries(*args: Any) -> Iterator[Any]:
        yield from ledger(*args)
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(asyncio.run, decide()).result()

    monkeypatch.setattr(replaying, "entries", entries)
    before = await evening.replayed()
    monkeypatch.undo()
    after = await evening.replayed()
    assert before.agrees, before.lines
    assert after.agrees
    assert before != after


# --- what was changed behind its back is named ----------------------------------------------------------------

_FIRST = "first in line"
_WAITS = "sold out; number 1 in line"


def _entry(seq: int, old: str, new: str) -> str:
    return f"UPDATE ledger SET entry = replace(entry, '{old}', '{new}') WHERE seq = {seq}"


@pytest.fixture(scope="module")
def eventful(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an eventful show in it, to be copied."""
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("eventful") / "shop.db")

    async def fill() -> None:
        async with an_evening(f"sqlite+aiosqlite:///{file}") as evening:
            await _an_eventful_show(evening)

    asyncio.run(fill())
    return file


@pytest.mark.parametrize(
    ("statement", "where", "kept", "derived"),
    [
        # What a comment asked for, and who asked.
        (_entry(8, '["12",1', '["12",3'), "entry 8, comment (@mai: “sold 12”)",
         f"winner ({_FIRST})", "rejected (asked for 3, only 2 of 12 exist)"),
        ("UPDATE ledger SET entry = NULL WHERE seq = 8", "entry 8, comment (@mai: “sold 12”)",
         f"winner ({_FIRST})", "no claim, as nobody asks for anything"),
        ("UPDATE ledger SET buyer_id = 2 WHERE seq = 8", "entry 9, comment (@lan: “sold 12”)",
         f"winner ({_FIRST})", "duplicate (already has 12)"),
        ("UPDATE ledger SET status = 'winner' WHERE seq = 10", "entry 10, comment (@hoa: “sold 12”)",
         f"winner ({_WAITS})", f"waitlisted ({_WAITS})"),
        # What operators did.
        (_entry(5, '"quantity":2', '"quantity":9'), "entry 10, comment (@hoa: “sold 12”)",
         f"waitlisted ({_WAITS})", f"winner ({_FIRST})"),
        (_entry(16, '"quantity":2', '"quantity":1'), "entry 16, item",
         "before: quantity 1", "before: quantity 2"),
        (_entry(14, "[3]", "[4]"), "entry 14, release (@mai)",
         "promoted: claim 1 of entry 11", "promoted: claim 1 of entry 10"),
        (_entry(14, f'"{_FIRST}"', '"next in line"'), "entry 14, release (@mai)",
         "before: winner (next in line)", f"before: winner ({_FIRST})"),
        (_entry(15, "[14]", "[16]"), "entry 15, undo (@mai)",
         "taking back entries 16", "taking back entries 14"),
        (_entry(15, '"billed":[]', '"billed":[3]'), "entry 15, undo (@mai)",
         "that it was done", "that it cannot be, with 3 of 2 12 won"),
        (_entry(17, '"after":"ph"', '"after":"us"'), "the show itself",
         "markets ph", "markets us"),
        (_entry(23, '"resolved":[[5', '"resolved":[[6'), "entry 23, item",
         "claims before it was there: claim 1 of entry 13", "claims before it was there: claim 1 of entry 12"),
        (_entry(24, "C9", "B1"), "entry 24, award (@mai)",
         "that it was done", "that it cannot be, with 2 of 1 B1 won"),
        (_entry(26, '"quantity":1', '"quantity":7'), "entry 26, award (@hoa)",
         "that it was done", "that it cannot be, with 7 of 1 A7 won"),
        ("UPDATE ledger SET status = 'rejected' WHERE seq = 14", "entry 14, release (@mai)",
         "rejected", "released"),
        ("UPDATE ledger SET status = 'waitlisted' WHERE seq = 26", "entry 26, award (@hoa)",
         "waitlisted", "winner"),
        # What a deleted comment gave back.
        (_entry(21, '"claim":2', '"claim":99'), "entry 21, release (@lan)",
         "about a claim", "that there is none by then"),
        ("UPDATE ledger SET entry = '{\"billed\":[2]}' WHERE seq = 20", "entry 21, release (@lan)",
         "the release of claim 1 of entry 9", "the release of none"),
        ("UPDATE ledger SET kind = 'comment', verb = 'edited', status = 'ignored' WHERE seq = 21",
         "entry 21, comment (@lan)", "comment", "the release of claim 1 of entry 9, whose comment was deleted"),
        # Entries that are gone, or never were.
        ("DELETE FROM ledger WHERE seq = 9", "entry 9",
         "no such entry", "that there is one, as entry 10 follows"),
        ("DELETE FROM ledger WHERE seq = 26", "the show itself",
         "next entry 27", "next entry 26"),
        ("UPDATE ledger SET kind = 'gift' WHERE seq = 14", "entry 14, gift (@mai)",
         "gift", "nothing that happens in a show"),
        ("UPDATE ledger SET entry = '{}' WHERE seq = 14", "entry 14, release (@mai)",
         "unreadable (KeyError('claim'))", "something that can be followed"),
        # How things stand.
        ("UPDATE claims SET quantity = 2 WHERE seq = 8", "claim 1 of entry 8 (@mai)",
         "12 ×2", "12 ×1"),
        ("UPDATE claims SET options = '[\"M\"]' WHERE seq = 25", "claim 1 of entry 25 (@hoa)",
         "options M", "options L"),
        ("UPDATE claims SET item_id = 1 WHERE seq = 26", "claim 1 of entry 26 (@hoa)",
         "item 12", "item A7"),
        ("UPDATE claims SET status = 'winner', position = NULL WHERE seq = 25", "claim 1 of entry 25 (@hoa)",
         f"winner ({_WAITS})", f"waitlisted ({_WAITS})"),
        ("UPDATE claims SET position = 2 WHERE seq = 25", "claim 1 of entry 25 (@hoa)",
         "number in line 2", "number in line 1"),
        ("UPDATE claims SET buyer_id = 4 WHERE seq = 26", "claim 1 of entry 26 (@kim)",
         "buyer #4", "buyer #3"),
        ("DELETE FROM claims WHERE seq = 26", "claim 1 of entry 26 (@hoa)",
         "no such claim", "A7, winner"),
        ("DELETE FROM claims WHERE seq = 13", "claim 1 of entry 13 (@lan)",
         "no such claim", "A7, rejected"),
        ("UPDATE claims SET seq = 12, wish = 1 WHERE seq = 13", "claim 2 of entry 12 (@lan)",
         "A7, rejected", "no such claim"),
        ("UPDATE items SET won = 2 WHERE code = '12'", "item 12",
         "won 2", "won 3"),
        ("UPDATE items SET waiting = 0 WHERE code = 'B1'", "item B1",
         "waiting 0", "waiting 1"),
        ("UPDATE items SET options = '[]' WHERE code = 'B1'", "item B1",
         "options none", "options M L"),
        ("UPDATE items SET price_cents = 100 WHERE code = 'B1'", "item B1",
         "price 100", "price none"),
        ("UPDATE items SET code = 'B2' WHERE code = 'B1'", "claim 1 of entry 18 (@kim)",
         "item B2", "item B1"),
        ("INSERT INTO items (workspace_id, show_id, code, options, created_at) VALUES (1, 1, 'Z1', '[]', 0)", "item Z1",
         "an item", "no such item"),
        ("UPDATE shows SET market = 'us'", "the show itself",
         "markets us", "markets ph"),
        ("UPDATE shows SET next_seq = 99", "the show itself",
         "next entry 99", "next entry 27"),
    ],
)  # fmt: skip
async def test_the_first_difference_is_named(
    eventful: Path, tmp_path: Path, statement: str, where: str, kept: str, derived: str
) -> None:
    file = shutil.copyfile(eventful, tmp_path / "shop.db")
    with closing(sqlite3.connect(file)) as tampering, tampering:
        assert tampering.execute(statement).rowcount, "nothing was changed"
    database = Database(f"sqlite+aiosqlite:///{file}")
    replayed = await replay_show(database, 1, 1)
    await database.close()
    line = f"“Friday” differs in {where}: kept is {kept}; derived is {derived}."
    assert (replayed.agrees, replayed.lines) == (False, (line,))


async def test_two_rows_of_the_ledger_that_changed_places_are_found(evening: Evening) -> None:
    await _an_eventful_show(evening)

    def change_places(tx: sa.Connection) -> None:
        for old, new in ((9, -1), (10, 9), (-1, 10)):
            tx.execute(sa.text(f"UPDATE ledger SET seq = {new} WHERE seq = {old}"))

    await evening.database.write(change_places)
    line = f"entry 9, comment (@hoa: “sold 12”): kept is waitlisted ({_WAITS}); derived is winner ({_FIRST})."
    assert (await evening.replayed()).lines == (f"“Friday” differs in {line}",)


# --- what a replay is, and is not, about ----------------------------------------------------------------------


async def test_a_newer_reader_changes_nothing_that_was_decided(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _an_eventful_show(evening)
    plain = Reading(kind=Kind.NONE, claims=(), phone=None, reason="only talk")
    monkeypatch.setattr(reread_comments, "read", lambda text, items, rules: plain)
    replayed = await evening.replayed()
    assert replayed.agrees
    assert replayed.lines[1] == (
        "This version would read 8 comments differently, which changes nothing that was decided; "
        "the first is entry 8: 12 ×1 then, ignored now."
    )


async def test_an_award_that_is_undone_leaves_what_it_settled_open_again(evening: Evening) -> None:
    await evening.add("C9")
    await evening.remove("C9")
    await evening.says(0, "sold c9")
    await evening.undo()
    for _ in range(2):
        assert await evening.happens("settle", 0)
        assert (await evening.all_claims())[0].status is ClaimStatus.DUPLICATE
        await evening.undo()
        assert (await evening.all_claims())[0].status is ClaimStatus.UNMATCHED
    assert (await evening.replayed()).agrees


async def test_a_show_in_which_nothing_happened_agrees(evening: Evening) -> None:
    show = await new_show(evening.assistant, evening.workspace_id, "Empty")
    replayed = await replay_show(evening.database, evening.workspace_id, show.id)
    assert replayed.lines == ("“Empty” agrees to the last row: 0 entries, 0 claims, 0 promotions.",)


@pytest.mark.parametrize(("workspace", "show"), [(1, 2), (2, 1)])
async def test_a_show_that_is_not_there_is_not_replayed(evening: Evening, workspace: int, show: int) -> None:
    with pytest.raises(BadInput, match=f"there is no show {show}"):
        await replay_show(evening.database, workspace, show)
