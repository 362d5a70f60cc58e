"""`live-assist replay`: one line about a show, and the exit code a script goes by."""

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
from bot.domain.reading import Kind
from bot.kit import redact
from bot.workflows import reread_comments
from tests.bot.workflows.evening import an_evening

Replay = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(sqlite_url: str, tmp_path: Path) -> Path:
    """The database of a show in which one of two is left, and somebody pasted a key."""

    async def fill() -> None:
        async with an_evening(sqlite_url) as evening:
            await evening.add("12", quantity=2)
            await evening.says(0, "sold 12")
            await evening.says(1, "sk_live_0123456789abcdef")

    asyncio.run(fill())
    return tmp_path / "live-assist.db"


@pytest.fixture
def replay(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Replay:
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
            cli.main(["replay", *arguments])
        assert isinstance(left.value.code, int)
        return (left.value.code, *capsys.readouterr())

    return run


def test_a_show_that_agrees_is_one_line_and_exit_code_zero(replay: Replay) -> None:
    said = "“Friday” agrees to the last row: 7 entries, 1 claim, 0 promotions.\n"
    assert replay("1") == replay("1", "--workspace", "1") == (0, said, "")


def test_a_difference_is_one_line_and_exit_code_one(replay: Replay, database: Path) -> None:
    with closing(sqlite3.connect(database)) as tampering, tampering:
        tampering.execute("UPDATE claims SET quantity = 2")
    said = "“Friday” differs in claim 1 of entry 6 (@mai): kept is 12 ×2; derived is 12 ×1.\n"
    assert replay("1") == (1, said, "")


def test_what_a_newer_reader_understands_is_a_second_line_and_no_failure(
    replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reread_comments, "read", lambda *_: reread_comments.Reading(Kind.AMBIGUOUS, (), None, ""))
    code, said, _ = replay("1")
    assert code == 0
    assert said.splitlines()[1].endswith("; the first is entry 1: ignored then, ambiguous now.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("7",), "there is no show 7"),
        (("1", "--workspace", "7"), "there is no workspace 7: live-assist workspace list shows those there are"),
    ],
)
def test_a_show_that_is_not_there_is_one_sentence_and_exit_code_two(
    replay: Replay, arguments: tuple[str, ...], sentence: str
) -> None:
    assert replay(*arguments) == (2, "", f"live-assist: {sentence}\n")


@pytest.mark.parametrize("arguments", [(), ("Friday",), ("-1",), ("9" * 30,)])
def test_a_show_is_named_by_its_number(replay: Replay, arguments: tuple[str, ...]) -> None:
    code, said, complaint = replay(*arguments)
    assert (code, said) == (2, "")
    assert complaint.startswith("usage: live-assist")
