"""Turns and holds: in whatever order people, money and the clock come, nothing is oversold and no claim is lost."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.invoice import HAS_MONEY, InvoiceStatus
from bot.workflows.expire_claims import PAID_AFTER_ALL
from bot.workflows.late_payments import NOT_PAID
from bot.workflows.stock_options import ItemChange
from storage import first_paid, holds
from storage.tables import ledger
from tests.bot.workflows.evening import BUYERS, Evening, an_evening

Strategy = st.SearchStrategy[Any]


def _often(weights: Mapping[Strategy, int]) -> Strategy:
    """One of these, some more often than others."""
    return st.sampled_from([one for one, weight in weights.items() for _ in range(weight)]).flatmap(lambda one: one)


_code = st.sampled_from(["12", "12", "A7"])
_buyer = st.integers(0, len(BUYERS) - 1)
_which = st.integers(0, 20)
_rule = st.sampled_from(
    [
        ("turn", "10 min"),
        ("turn", "off"),
        ("hold", "20 min from claim"),
        ("hold", "15 min from end"),
        ("hold", "off"),
    ]
)
_happening = _often(
    {
        st.tuples(st.just("says"), _buyer, st.builds("sold {}{}".format, _code, st.sampled_from(["", "", " x2"]))): 10,
        st.tuples(
            st.just("hears"), st.tuples(st.just("removed"), _buyer, st.just(""), _which).map(lambda one: [one])
        ): 1,
        st.tuples(st.just("passes"), st.integers(1, 25)): 5,
        st.tuples(st.just("clock")): 5,
        st.tuples(st.just("answers"), _which, st.booleans()): 5,
        st.tuples(st.just("release"), _which): 3,
        st.tuples(st.just("award"), _buyer, _code, st.sampled_from([None, 1, 2])): 2,
        st.tuples(st.just("settle"), _which): 2,
        st.tuples(st.just("edit"), _code, st.builds(ItemChange, more=st.sampled_from([1, 2, -1]))): 2,
        st.tuples(st.just("undo")): 3,
        st.tuples(st.just("invoice")): 3,
        st.tuples(st.just("pays"), _which): 3,
        st.tuples(st.just("tells")): 2,
        st.tuples(st.just("closes")): 2,
        st.tuples(st.just("pause"), st.integers(1, 20)): 1,
        st.tuples(st.just("pays_first"), _buyer, st.sampled_from([True, True, False])): 3,
        _rule.map(lambda rule: ("rule", *rule)): 2,
    }
)


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(st.lists(_rule, max_size=2), st.lists(_happening, min_size=8, max_size=40))
async def test_whatever_happens_and_whenever_the_clock_looks_the_books_hold(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rules: list[Any], happenings: list[Any]
) -> None:
    file = tmp_path_factory.mktemp("evening") / "shop.db"
    shutil.copyfile(sqlite_template, file)
    async with an_evening(f"sqlite+aiosqlite:///{file}", people=len(BUYERS)) as evening:
        await evening.connect()
        await evening.add("12")
        await evening.add("A7", quantity=2)
        for what, *how in [*(("rule", *rule) for rule in rules), *happenings]:
            await evening.happens(what, *how)
        for what in ("tells", "closes", "clock"):
            await evening.happens(what)
        await _who_pays_first_yields(evening)
        await evening.check_books()
        await _no_time_is_over(evening)
        await _money_is_looked_at(evening)
        replayed = await evening.replayed()
        assert replayed.agrees, replayed.lines
    shutil.rmtree(file.parent)


async def _who_pays_first_yields(evening: Evening) -> None:
    """Every look serves somebody; then nobody has, unpaid, what would do for who is first in line."""
    waiting = [claim for claim in await evening.all_claims() if claim.status is ClaimStatus.WAITLISTED]
    for _ in waiting:
        await evening.clock()
    assert await evening.database.read(first_paid.yielding, evening.assistant.now()) == []
    first, known = await evening.who_pay_first(), {one.id: one for one in await evening._invoices()}
    for code in ("12", "A7"):
        item = await evening.item(code)
        if item is None:
            continue  # its listing was undone
        theirs = [claim for claim in await evening.all_claims() if claim.item_id == item.id]
        line = sorted(
            (one for one in theirs if one.status is ClaimStatus.WAITLISTED), key=lambda one: one.position or 0
        )
        unpaid = [
            one.quantity
            for one in theirs
            if one.status is ClaimStatus.WINNER
            and one.buyer_id in first
            and (one.invoice_id is None or known[one.invoice_id].status not in HAS_MONEY)
        ]
        if line and line[0].buyer_id not in first:
            assert item.left + sum(unpaid) < line[0].quantity


async def _no_time_is_over(evening: Evening) -> None:
    """The clock left nothing, and only what is offered or won has an end."""
    assert await evening.database.read(holds.due_shows, evening.assistant.now()) == []
    for claim in await evening.all_claims():
        assert (claim.due_at is not None) or claim.status is not ClaimStatus.OFFERED, claim
        assert claim.due_at is None or claim.status in (ClaimStatus.OFFERED, ClaimStatus.WINNER), claim


async def _money_is_looked_at(evening: Evening) -> None:
    """What is paid was not taken by the clock, unless it had gone to somebody else when the money came."""
    known = {invoice.id: invoice for invoice in await evening._invoices()}
    for claim in await evening.all_claims():
        paid = claim.invoice_id is not None and known[claim.invoice_id].status is InvoiceStatus.PAID
        assert not (paid and claim.due_at), claim
        assert paid or claim.reason != PAID_AFTER_ALL, claim


# --- the corners ----------------------------------------------------------------------------------------------

MAI, LAN, HOA, KIM = range(4)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        await opened.connect()
        await opened.add("12")
        for buyer in (MAI, LAN, HOA, KIM):
            await opened.says(buyer, "sold 12")
        yield opened


async def stand(evening: Evening) -> str:
    """How the four claims stand, in a letter each: w(inner), l(ine), o(ffered) or r(eleased)."""
    letters = {"winner": "w", "waitlisted": "l", "offered": "o", "released": "r"}
    return "".join(letters[claim.status] for claim in await evening.all_claims())


TOLD: dict[str, list[tuple[Any, ...]]] = {
    "rwll": [("release", 0)],
    "roll": [("rule", "turn", "10 min"), ("release", 0)],
    "rwll ": [("rule", "turn", "10 min"), ("release", 0), ("answers", 1, True)],
    "rrol": [("rule", "turn", "10 min"), ("release", 0), ("answers", 1, False)],
    "rrol ": [("rule", "turn", "10 min"), ("release", 0), ("passes", 10), ("clock",)],
    "rrro": [("rule", "turn", "10 min"), ("release", 0), ("passes", 10), ("clock",), ("passes", 10), ("clock",)],
    "rrrr": [("rule", "turn", "1 min"), ("release", 0), *([("passes", 1), ("clock",)] * 3)],
    "wlll": [("rule", "turn", "10 min"), ("release", 0), ("undo",)],
    "wrll": [("rule", "turn", "10 min"), ("release", 0), ("answers", 1, False), ("undo",)],
    "rwll  ": [("rule", "hold", "20 min from claim"), ("passes", 20), ("clock",)],
    "wlll ": [("rule", "hold", "20 min from end"), ("passes", 90), ("clock",)],
    "rwll   ": [("rule", "hold", "20 min from end"), ("pause", 20)],
    "wlll  ": [("rule", "hold", "20 min from end"), ("pause", 19), ("passes", 19), ("clock",)],
    "rrwl": [("rule", "hold", "9 min from claim"), *([("passes", 9), ("clock",)] * 2)],
    "wlll   ": [("rule", "hold", "9 min from claim"), ("invoice",), ("pays", 0), ("tells",), ("passes", 9), ("clock",)],
    "rwll    ": [("rule", "hold", "9 min from claim"), ("invoice",), ("passes", 9), ("clock",), ("closes",)],
    "rwll     ": [("pays_first", 0, True), *([("clock",)] * 3)],
    "rrwl ": [("pays_first", 0, True), ("pays_first", 1, True), *([("clock",)] * 3)],
    "wlll    ": [*(("pays_first", buyer, True) for buyer in range(4)), ("clock",)],
    "wlll     ": [("pays_first", 1, True), ("clock",)],
    "wlll      ": [("pays_first", 0, True), ("pays_first", 0, False), ("clock",)],
    "wlll       ": [("pays_first", 0, True), ("invoice",), ("pays", 0), ("tells",), ("clock",)],
    "roll ": [("rule", "turn", "10 min"), ("pays_first", 0, True), ("clock",), ("clock",)],
    "rwll      ": [("pays_first", 0, True), ("pause", 1)],
}
"""How the claims stand in the end (spaces aside) → what happened to four who claimed the same piece."""


@pytest.mark.parametrize("end", TOLD)
async def test_who_has_it_in_the_end(evening: Evening, end: str) -> None:
    for what, *how in TOLD[end]:
        assert await evening.happens(what, *how), what
    assert await stand(evening) == end.strip()
    await evening.check_books()
    replayed = await evening.replayed()
    assert replayed.agrees, replayed.lines


async def _late(evening: Evening) -> Claim:
    """Mai pays at the provider, and her time is up before we hear of it."""
    await evening.rule("hold", "9 min from claim")
    await evening.invoice()
    await evening.pays(0)
    await evening.passes(9)
    await evening.clock()
    first = (await evening.all_claims())[0]
    assert (first.status, first.reason) == (ClaimStatus.RELEASED, NOT_PAID)
    return first


@pytest.mark.parametrize("how", ["tells", "closes"])
async def test_money_that_was_faster_than_the_void_is_honoured_when_there_is_a_piece(
    evening: Evening, how: str
) -> None:
    await _late(evening)
    await evening.edit("12", ItemChange(more=3))
    for what in (how, "clock", "closes", "tells", "clock"):
        await evening.happens(what)
    first = (await evening.all_claims())[0]
    assert (first.status, first.reason, first.due_at) == (ClaimStatus.WINNER, PAID_AFTER_ALL, None)
    assert [one.status for one in await evening._invoices()] == [InvoiceStatus.PAID]
    await evening.check_books()
    replayed = await evening.replayed()
    assert replayed.agrees, replayed.lines


async def test_money_that_was_too_late_takes_nothing_from_whoever_has_it_by_then(evening: Evening) -> None:
    await _late(evening)
    for what in ("closes", "clock"):
        await evening.happens(what)
    assert await stand(evening) == "rwll"
    await evening.check_books()
    replayed = await evening.replayed()
    assert replayed.agrees, replayed.lines


@pytest.mark.parametrize(
    ("verb", "becomes", "said"),
    [
        ("served", {"promoted": []}, "promoted: none; derived is promoted: claim 1 of entry"),
        ("expired", {"claim": 2}, "expired: claim 1 of entry 7; derived is that it was waitlisted"),
    ],
)
async def test_a_ledger_that_says_otherwise_than_the_clock_did_is_found(
    evening: Evening, verb: str, becomes: dict[str, Any], said: str
) -> None:
    for what, *how in TOLD["rwll  "]:
        await evening.happens(what, *how)

    def forge(tx: sa.Connection) -> None:
        this = ledger.c.workspace_id == evening.workspace_id, ledger.c.verb == verb
        entry = tx.scalar(sa.select(ledger.c.entry).where(*this))
        tx.execute(ledger.update().where(*this).values(entry=entry | becomes))

    await evening.database.write(forge)
    replayed = await evening.replayed()
    assert not replayed.agrees
    assert said in replayed.lines[0]
