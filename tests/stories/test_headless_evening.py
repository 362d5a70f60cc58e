"""`live-assist demo --headless`: the whole evening plays, its verdict can be no, and nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from sandbox.evening.books import Books, Row, differences, expected, seen, written
from sandbox.evening.cast import ANA, BEA, LAN
from sandbox.evening.report import Report
from sandbox.evening.service import Service, Trouble
from sandbox.evening.stage import Stage

ROOT = Path(__file__).parents[2]
LONGEST_EVENING = 600


def _hears_ctrl_c() -> None:
    """What a shell starts in the background, as these tests may be, is deaf to it, and so is all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demo as a person starts it, in a folder without a `.env`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--headless"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=_hears_ctrl_c,
    )
    yield process
    if process.returncode is None:
        process.terminate()
        await process.communicate()


async def test_a_whole_evening_is_played_and_all_sides_agree(demo: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(LONGEST_EVENING):
        output, _ = await demo.communicate()
    said = output.decode()
    assert demo.returncode == 0, said
    for row, count in expected().counts.items():
        table_line = next(line for line in said.splitlines() if line.startswith(f"{row} "))
        counted = re.findall(r"\d+(?:\.\d+)?", table_line)
        assert len(counted) >= 2, table_line
        assert set(counted) == {written(row, count)}, table_line
    assert "All sides agree" in said
    assert "\033" not in said


async def test_an_evening_that_is_interrupted_leaves_no_service_behind(demo: asyncio.subprocess.Process) -> None:
    assert demo.stdout is not None
    url = None
    async with asyncio.timeout(LONGEST_EVENING):
        while url is None:
            line = (await demo.stdout.readline()).decode()
            assert line, "the demo ended before the service was ready"
            url = re.search(r"http://127\.0\.0\.1:\d+", line)
        demo.send_signal(signal.SIGINT)
        rest = (await demo.stdout.read()).decode()
        assert await demo.wait() == 130, rest
    assert "Stopped." in rest
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{url[0]}/healthz")


async def test_a_service_that_does_not_start_is_trouble_and_its_last_words_say_why(tmp_path: Path) -> None:
    async with Service(tmp_path, {"LIVE_ASSIST_VARIANT": "enormous"}) as service:
        with pytest.raises(Trouble, match="exit code 2"):
            await service.ready()
    assert "LIVE_ASSIST_VARIANT" in service.last_words()


def test_the_service_is_never_given_the_tokens_of_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_of_a_person")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:of_a_person")
    environ = Service(tmp_path, {"TELEGRAM_BOT_TOKEN": "1001:sandbox"}).environ
    assert "STRIPE_SECRET_KEY" not in environ
    assert environ["TELEGRAM_BOT_TOKEN"] == "1001:sandbox"


@pytest.mark.parametrize("row", list(Row))
def test_one_more_or_less_in_any_row_is_named_and_ends_in_failure(row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    honest = expected()
    for cooked in (honest.counts[row] - 1, honest.counts[row] + 1):
        tampered = replace(honest, side="outside", counts=honest.counts | {row: cooked})
        assert Report(talkative=False).verdict([honest, tampered]) == 1
        assert (
            f"✗ {row}: script has {written(row, honest.counts[row])}, outside has {written(row, cooked)}"
            in capsys.readouterr().out
        )


def test_books_that_agree_end_in_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert Report(talkative=False).verdict([expected(), replace(expected(), side="service")]) == 0
    assert "All sides agree" in capsys.readouterr().out


def test_sums_that_agree_do_not_hide_two_buyers_who_were_mixed_up() -> None:
    honest = expected()
    assert honest.bills is not None
    assert honest.decisions is not None
    ana, bea = ANA.name, BEA.name
    swapped = honest.bills | {ana: honest.bills[bea], bea: honest.bills[ana]}
    assert differences([honest, replace(honest, side="outside", bills=swapped)]) == [
        f"bill of {bea}: script has 67.00, outside has 24.50",
        f"bill of {ana}: script has 24.50, outside has 67.00",
    ]
    lost = {line: status for line, status in honest.decisions.items() if line != f"{ana}: sold 15"}
    assert differences([honest, replace(honest, side="service", decisions=lost)]) == [
        f"decision on {ana}: sold 15: script has winner, service has nothing"
    ]


async def test_the_outside_world_counts_what_was_really_said_there() -> None:
    stage = Stage()
    live = await stage.page.goes_live("Friday")
    await stage.commenters[LAN].comments(live, "sold 12")
    await stage.chatters[ANA].says("sold 14", to=stage.group)
    await stage.seller.says("/live", to=stage.group)
    assert seen(stage).counts[Row.COMMENTS] == 2
    assert differences([expected(), _only(seen(stage), Row.COMMENTS)]) == ["comments: script has 68, outside has 2"]


def _only(books: Books, row: Row) -> Books:
    return replace(books, counts={row: books.counts[row]}, bills=None)
