"""An unclear comment is resolved once, by whoever taps first, and replay derives what it came to."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.api.shapes import claim_json
from bot.domain.claim import ClaimStatus
from bot.kit.errors import BadInput
from bot.workflows.replay_show import replay_show
from bot.workflows.resolve_doubts import NOTHING, resolve_doubt
from storage import claims, doubts
from storage.database import Database
from tests.bot.workflows.evening import Evening, an_evening

MAI, LAN = range(2)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        await opened.add("12")
        await opened.add("A7", quantity=2)
        yield opened


async def the_doubt(evening: Evening) -> doubts.Doubt:
    (doubt,) = await evening.database.read(doubts.open_in, evening.workspace_id, evening.show_id, limit=9)
    return doubt


async def test_of_two_taps_at_once_one_counts(evening: Evening) -> None:
    await evening.says(MAI, "sold 12 or A7")
    doubt = await the_doubt(evening)
    taps = [resolve_doubt(*evening.where, doubt.seq, choice, by=by) for choice, by in ((1, "Ann"), (2, "Bob"))]
    done = await asyncio.gather(*taps, return_exceptions=True)
    (late,) = [one for one in done if isinstance(one, BadInput)]
    assert "already resolved by" in str(late)
    assert len([claim for claim in await evening.all_claims() if claim.status is ClaimStatus.WINNER]) == 1
    assert (await evening.replayed()).agrees


async def test_a_choice_made_again_after_a_crash_is_made_once(evening: Evening) -> None:
    await evening.says(MAI, "sold 12 or A7")
    doubt = await the_doubt(evening)
    await resolve_doubt(*evening.where, doubt.seq, 1, by="Ann", key="77:0")
    with pytest.raises(BadInput, match="interrupted just then, but that is done"):
        await resolve_doubt(*evening.where, doubt.seq, 1, by="Ann", key="77:0")
    assert len(await evening.all_claims()) == 1


async def test_an_item_taken_out_meanwhile_leaves_the_claim_without_one(evening: Evening) -> None:
    await evening.says(MAI, "sold 12 maybe")
    await evening.remove("12")
    doubt = await the_doubt(evening)
    resolved = await resolve_doubt(*evening.where, doubt.seq, 1, by="Ann")
    assert [claim.status for claim in resolved.claims] == [ClaimStatus.UNMATCHED]
    await evening.undo()
    assert [claim.status for claim in await evening.all_claims()] == [ClaimStatus.RELEASED]
    assert (await evening.replayed()).agrees


async def test_nobody_is_given_what_the_platform_does_not_name(evening: Evening) -> None:
    await evening.says(None, "sold 12 or A7")
    doubt = await the_doubt(evening)
    with pytest.raises(BadInput, match="did not say who wrote this"):
        await resolve_doubt(*evening.where, doubt.seq, 1, by="Ann")
    resolved = await resolve_doubt(*evening.where, doubt.seq, NOTHING, by="Ann")
    assert (resolved.claims, resolved.open) == ((), 0)
    assert (await evening.replayed()).agrees


async def test_the_ledger_of_the_api_shows_the_choices_and_the_choice(evening: Evening) -> None:
    await evening.says(MAI, "sold 12 or A7 x2")
    await resolve_doubt(*evening.where, (await the_doubt(evening)).seq, 2, by="Ann")
    rows = await evening.database.read(claims.ledger_page, evening.workspace_id, evening.show_id, limit=99)
    unclear, choice = [claim_json(row, None) for row in rows][-2:]
    assert (unclear["status"], unclear["id"], unclear["candidates"][:2]) == (
        "ambiguous",
        None,
        [[{"item": "12", "quantity": 1, "options": []}], [{"item": "A7", "quantity": 2, "options": []}]],
    )
    assert (choice["kind"], choice["text"], choice["item"], choice["quantity"], choice["status"]) == (
        "resolve",
        "sold 12 or A7 x2",
        "A7",
        2,
        "winner",
    )
    assert (choice["candidates"], choice["commented_at"]) == ([], unclear["commented_at"])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE ledger SET entry = replace(entry, '[[\"12\"', '[[\"A7\"') WHERE kind = 'resolve'",
         "derived is that this was no choice"),
        ("UPDATE ledger SET entry = replace(entry, '\"resolves\":7', '\"resolves\":1') WHERE kind = 'resolve'",
         "derived is that it was none by then"),
        ("UPDATE ledger SET status = 'waitlisted' WHERE kind = 'resolve'",
         "kept is waitlisted (first in line); derived is winner (first in line)"),
        ("UPDATE ledger SET buyer_id = 2 WHERE kind = 'resolve'", "kept is buyer #1; derived is buyer #2"),
        ("DELETE FROM resolutions", "kept is resolved by entry none; derived is resolved by entry 8"),
        ("UPDATE claims SET status = 'released'", "kept is released (first in line); derived is winner"),
    ],
)  # fmt: skip
async def test_a_choice_that_was_tampered_with_is_named(
    sqlite_template: Path, tmp_path: Path, statement: str, said: str
) -> None:
    file = shutil.copyfile(sqlite_template, tmp_path / "shop.db")
    async with an_evening(f"sqlite+aiosqlite:///{file}") as evening:
        await evening.add("12")
        await evening.add("A7")
        await evening.says(MAI, "sold 12 maybe")
        await evening.resolve(0, 1)
        assert (await evening.replayed()).agrees
    with closing(sqlite3.connect(file)) as tampering, tampering:
        assert tampering.execute(statement).rowcount, "nothing was changed"
    database = Database(f"sqlite+aiosqlite:///{file}")
    replayed = await replay_show(database, 1, 1)
    await database.close()
    assert not replayed.agrees
    assert said in replayed.lines[0]
