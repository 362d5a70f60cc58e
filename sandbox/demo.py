"""`live-assist demo`: a whole live sale on this machine, through the product's real code, counted from three sides."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path

from sandbox.evening.acts import Evening
from sandbox.evening.books import expected, seen, told
from sandbox.evening.report import Report
from sandbox.evening.service import Service, Trouble
from sandbox.evening.stage import Stage

AT_ONCE, TO_WATCH = 0.03, 0.5
"""Seconds between two comments."""


async def play(*, headless: bool) -> int:
    """Play the evening and print what happens; 0 when script, service and outside world agree in the end.

    With `headless` nobody watches: the comments follow each other quickly and are not shown.
    """
    report = Report(talkative=not headless)
    report.line("Friday evening: one live sale, on this machine only.\n")
    me = asyncio.current_task()
    assert me is not None, "play() runs in a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    try:
        with tempfile.TemporaryDirectory(prefix="live-assist-demo-") as home:
            async with Stage() as stage, Service(Path(home), stage.settings()) as service:
                try:
                    await Evening(stage, service, report, pause=AT_ONCE if headless else TO_WATCH).play()
                    exit_code = report.verdict([expected(), told(await service.read()), seen(stage)])
                except (Trouble, AssertionError, TimeoutError) as trouble:
                    report.failed(str(trouble) or "something took too long", service.last_words())
                    return 1
                if exit_code:
                    report.failed("The books do not agree.", service.last_words())
                return exit_code
    except asyncio.CancelledError:  # Ctrl-C, or being asked to stop: everything is stopped by now
        report.line("Stopped.")
        return 130
