"""Runs the real service in a process of its own, which can be told at which boundary of its work to die.

A boundary is a place where something becomes durable or leaves the house: before and after a transaction, before a call
of somebody else's service and after its answer, and where durable work is handed over, taken up and noted as ended. The
product knows nothing of this: its doors are wrapped from outside.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import aiohttp
from dbos import DBOS
from dbos._sys_db import SystemDatabase as Books

import bot.cli
import bot.jobs.clock
import bot.workflows.watch_runs
import messaging.telegram.platform
import storage.database
from bot.app import make_app

ORDER = "dies-at"
"""The file beside the log that says where to die; boundaries are counted while it is there."""
PASSED = "passed"
"""The file that every boundary is written into as it is passed."""
CLOCK = "clock-is-off"
"""The file that says by how many seconds the clock of the machine is wrong."""

_NUMBERS = re.compile(r"(?<=/)[^/]*\d[^/]*(?=/|$)")


def serve(home: Path, log: str, environ: Mapping[str, str]) -> None:
    """Be `live-assist serve` with this environment, in `home`, until killed."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environ)
    with (home / log).open("ab") as out:
        os.dup2(out.fileno(), sys.stdout.fileno())
        os.dup2(out.fileno(), sys.stderr.fileno())
    _hurry()
    _set_clock(home / CLOCK)
    Boundaries(home).watch()
    bot.cli.main(["serve"])


def _hurry() -> None:
    """What waits by the clock for the sake of people or of other processes need not wait for them here."""
    bot.jobs.clock.SWEEP_EVERY = timedelta(seconds=1)
    bot.workflows.watch_runs.LOOK_SOON = bot.workflows.watch_runs.LOOK_AGAIN = 0.2
    messaging.telegram.platform.CHAT_EVERY = 0.05
    storage.database.BUSY_SECONDS = 2.0


def _set_clock(off: Path) -> None:
    """Let the wall clock of this process jump: `time.time` for the libraries, `now` for the product."""
    right = time.time

    def moment() -> float:
        try:
            return right() + float(off.read_text())
        except FileNotFoundError:
            return right()

    a_later_app = partial(make_app, now=lambda: datetime.fromtimestamp(moment(), UTC))
    patch.object(time, "time", moment).start()
    patch.object(bot.cli, "make_app", a_later_app).start()


class Boundaries:
    """Counts the boundaries that this process passes, by their names, and kills it at the one that was ordered."""

    def __init__(self, home: Path) -> None:
        self._order = home / ORDER
        self._passed = home / PASSED
        self._seen: Counter[str] = Counter()
        self._ordered = ""

    def watch(self) -> None:
        """Wrap the doors; the engine has no public ones for what it notes, but its version is pinned."""
        write, request = storage.database.Database.write, aiohttp.ClientSession._request
        enqueue, take, end = DBOS.enqueue_workflow_async, Books.start_queued_workflows, Books.update_workflow_outcome

        async def watched_write(database: Any, work: Any, *args: Any, **kwargs: Any) -> Any:
            self._pass(f"before write {work.__name__}")
            result = await write(database, work, *args, **kwargs)
            self._pass(f"after write {work.__name__}")
            return result

        async def watched_enqueue(queue: str, *args: Any) -> Any:
            result = await enqueue(queue, *args)
            self._pass(f"handed over to {queue}")
            return result

        def watched_take(books: Books, *args: Any, **how: Any) -> Any:
            taken, why_no_more = take(books, *args, **how)
            if taken:
                self._pass("work was taken up")
            return taken, why_no_more

        def watched_end(books: Books, *args: Any, **how: Any) -> bool:
            self._pass("before work is noted as ended")
            noted = end(books, *args, **how)
            self._pass("after work is noted as ended")
            return noted

        async def watched_request(session: Any, method: str, url: Any, **how: Any) -> Any:
            name = f"{method} {_NUMBERS.sub('…', urlsplit(str(url)).path)}"
            self._pass(f"before {name}")
            response = await request(session, method, url, **how)
            self._pass(f"after {name}")
            return response

        patch.object(storage.database.Database, "write", watched_write).start()
        patch.object(DBOS, "enqueue_workflow_async", watched_enqueue).start()
        patch.object(Books, "start_queued_workflows", watched_take).start()
        patch.object(Books, "update_workflow_outcome", watched_end).start()
        patch.object(aiohttp.ClientSession, "_request", watched_request).start()

    def _pass(self, boundary: str) -> None:
        try:
            ordered = self._order.read_text()
        except FileNotFoundError:
            return
        if ordered != self._ordered:
            self._seen.clear()
            self._ordered = ordered
        self._seen[boundary] += 1
        name = f"{boundary} #{self._seen[boundary]}"
        with self._passed.open("a") as passed:
            passed.write(name + "\n")
        if name == ordered:
            logging.getLogger(__name__).warning("killed at: %s", name)
            os.kill(os.getpid(), signal.SIGKILL)
