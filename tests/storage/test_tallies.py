"""Tallies: what is counted as it moves is what counting would find."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from bot.workflows.stock_options import ItemChange
from storage import tallies
from storage.tables import claims, ledger
from tests.bot.workflows.evening import Evening, an_evening


def counted(tx: sa.Connection, show_id: int) -> dict[str, int]:
    found = Counter(tx.scalars(sa.select(claims.c.status).where(claims.c.show_id == show_id)))
    kinds = Counter(tx.scalars(sa.select(ledger.c.kind).where(ledger.c.show_id == show_id)))
    return {**found, "comments": kinds["comment"]}


async def agree(evening: Evening) -> dict[str, int]:
    tally = await evening.database.read(tallies.of_show, evening.workspace_id, evening.show_id)
    assert tally == await evening.database.read(counted, evening.show_id)
    return tally


async def test_the_tally_is_right_whatever_happens(database_url: str) -> None:
    async with an_evening(database_url) as evening:
        assert await agree(evening) == {"comments": 4}
        await evening.add("12", "A7", quantity=1)
        for buyer in range(4):
            await evening.says(buyer, "12+1 A7+1")
        await evening.says(0, "sold 12")
        await evening.says(None, "sold 12")
        await evening.says(1, "sold 99")
        assert (await agree(evening))["duplicate"] == 1
        await evening.release(0)
        await agree(evening)
        await evening.add("99")
        await evening.edit("A7", ItemChange(quantity=2))
        await evening.happens("settle", -1)
        await evening.edit("A7", ItemChange(quantity=9))
        await evening.award(3, "A7", 1)
        await evening.hears([("removed", None, "", 5), ("edited", None, "sold A7", 1), ("early", 2, "sold 12", 0)])
        await evening.edit("12", ItemChange(quantity=3))
        await agree(evening)
        for _ in range(4):
            await evening.happens("undo")
            await agree(evening)


async def test_another_show_has_a_tally_of_its_own(database_url: str) -> None:
    async with an_evening(database_url) as evening:
        await evening.add("12")
        await evening.says(0, "sold 12")
        assert await agree(evening) == {"winner": 1, "comments": 5}
        for workspace_id, show_id in ((evening.workspace_id, evening.show_id + 1), (99, evening.show_id)):
            assert await evening.database.read(tallies.of_show, workspace_id, show_id) == {"comments": 0}
