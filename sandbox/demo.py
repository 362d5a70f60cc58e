"""`live-assist demo`: a whole live sale on this machine, through the product's real code.

By hand in the browser, or with `--headless` by itself, counted from three sides.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path

import aiohttp

from sandbox.evening.acts import Evening
from sandbox.evening.books import expected, seen, told
from sandbox.evening.report import Report
from sandbox.evening.service import Service, Trouble
from sandbox.evening.stage import Stage
from sandbox.panes.playground import open_playground
from sandbox.tills import TILLS

PAUSE = 0.03
"""Seconds between two comments of an evening nobody watches."""
CURFEW = 240.0
"""Seconds after which an evening that hangs somewhere is over."""


async def play(*, headless: bool, port: int = 0, provider: str = "stripe") -> int:
    """Open the page to play on, at this port or at a free one, until somebody stops it.

    With `headless` the evening plays by itself: 0 when script, service and outside world agree in the end.
    """
    report = Report(talkative=False)
    if provider not in TILLS:
        report.failed(f"There is no stand-in for {provider!r}. There are: {', '.join(TILLS)}.", "")
        return 2
    if headless and not TILLS[provider].bills_at_once:
        report.failed(
            f"{TILLS[provider].title} opens its pages when somebody comes to pay, and the evening that plays by itself "
            "counts bills before: play it by hand, without --headless.",
            "",
        )
        return 2
    report.line("Friday evening: one live sale, on this machine only.\n")
    me = asyncio.current_task()
    assert me is not None, "play() runs in a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    try:
        with tempfile.TemporaryDirectory(prefix="live-assist-demo-") as home:
            async with Stage(TILLS[provider]()) as stage, Service(Path(home), stage.settings()) as service:
                try:
                    if headless:
                        return await _by_itself(stage, service, report)
                    await _by_hand(stage, service, report, Path(home), port)
                except (Trouble, AssertionError, TimeoutError, aiohttp.ClientError) as trouble:
                    slow = "something took too long" if isinstance(trouble, TimeoutError) else ""
                    report.failed(service.end() or slow or str(trouble), service.last_words())
                except OSError as trouble:
                    report.failed(f"The page cannot be served: {trouble.strerror or trouble}.", "")
                return 1
    except asyncio.CancelledError:  # Ctrl-C, or being asked to stop: everything is stopped by now
        report.line("Stopped.")
        return 130


async def _by_itself(stage: Stage, service: Service, report: Report) -> int:
    async with asyncio.timeout(CURFEW):
        await Evening(stage, service, report, pause=PAUSE).play()
        exit_code = report.verdict([expected(), told(await service.read()), seen(stage)])
    if exit_code:
        report.failed("The books do not agree.", service.last_words())
    return exit_code


async def _by_hand(stage: Stage, service: Service, report: Report, home: Path, port: int) -> None:
    report.line("Starting the service and its surroundings …")

    def opened(url: str) -> None:
        report.line(f"\nOpen this in a browser, and play:  {url}\n\nCtrl-C stops everything.")

    await open_playground(stage, service, home, port=port, opened=opened)
