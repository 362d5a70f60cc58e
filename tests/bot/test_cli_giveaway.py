"""`live-assist giveaway`: all that a draw follows from, and the exit code a script goes by."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot import cli
from bot.domain.giveaway import draw
from bot.kit import redact
from bot.workflows.draw_giveaways import draw_giveaway, open_giveaway
from tests.bot.workflows.evening import an_evening

Giveaway = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(sqlite_url: str, tmp_path: Path) -> Path:
    """A show with one giveaway that is drawn, and one that is not."""

    async def fill() -> None:
        async with an_evening(sqlite_url) as evening:
            for _ in range(2):
                await open_giveaway(*evening.where, "Mug", by="Ann")
            await draw_giveaway(evening.assistant, evening.workspace_id, 1, by="Ann")

    asyncio.run(fill())
    return tmp_path / "live-assist.db"


@pytest.fixture
def giveaway(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Giveaway:
    """Runs the command; its exit code, what it said, and what it complained about."""
    for name in list(os.environ):
        if re.match("LIVE_ASSIST_|TELEGRAM_|FACEBOOK_|STRIPE_", name):
            monkeypatch.delenv(name)
    monkeypatch.chdir(database.parent)
    monkeypatch.setenv("LIVE_ASSIST_DATA_DIR", str(database.parent))
    # Redaction would stay on pytest's own log handlers, and hide from later tests what they look for.
    monkeypatch.setattr(redact, "install", lambda: None)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["giveaway", *arguments])
        assert isinstance(left.value.code, int)
        return (left.value.code, *capsys.readouterr())

    return run


def test_a_draw_is_printed_with_all_it_follows_from(giveaway: Giveaway) -> None:
    code, said, _ = giveaway("1")
    assert code == 0
    seed = re.search(r"^seed +([0-9a-f]{64})$", said, re.MULTILINE)
    assert seed is not None
    (winner,) = draw(seed[1], [1, 2, 3, 4], 1)
    assert f"winner       {winner} @{('mai', 'lan', 'hoa', 'kim')[winner - 1]}\n" in said
    assert said.endswith("4 took part:\n1 @mai\n2 @lan\n3 @hoa\n4 @kim\nIt adds up.\n")


def test_a_changed_winner_is_exit_code_one(giveaway: Giveaway, database: Path) -> None:
    with closing(sqlite3.connect(database)) as tampering, tampering:
        tampering.execute("UPDATE draw_winners SET buyer_id = buyer_id % 4 + 1")
    code, said, _ = giveaway("1")
    assert code == 1
    assert said.splitlines()[-1].startswith("It does NOT add up")


def test_the_seed_of_an_open_giveaway_is_not_told(giveaway: Giveaway, database: Path) -> None:
    with closing(sqlite3.connect(database)) as looking:
        ((seed,),) = looking.execute("SELECT seed FROM draws WHERE id = 2")
    code, said, complaint = giveaway("2")
    assert (code, said) == (2, "")
    assert "giveaway 2 is not drawn yet; the fingerprint of its seed is" in complaint
    assert seed not in complaint


def test_a_giveaway_that_is_not_there_is_one_sentence_and_exit_code_two(giveaway: Giveaway) -> None:
    assert giveaway("7") == (2, "", "live-assist: There is no giveaway 7. Send /giveaway to see them.\n")
