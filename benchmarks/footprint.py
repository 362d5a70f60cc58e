"""T17–T19: what it weighs, what a big show adds to that, and how soon it is ready."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, requests_of, webhooks
from benchmarks.console import Console, following
from benchmarks.load import evenly, open_loop
from benchmarks.machine import SERVER_CORE, on_core
from benchmarks.outbound_shows import fill
from benchmarks.outbound_world import world
from benchmarks.processes import environment
from benchmarks.results import Result, compared
from benchmarks.shop import Shop
from benchmarks.targets import TARGETS
from storage.database import sync_url
from storage.tables import deliveries

MB = 2**20
ROUNDS = 7
SETTLES_IN = 2.0
"""Seconds after which what a start leaves behind is gone."""

COMMENTS, PER_SECOND, PER_WEBHOOK = 100_000, 200, 5
CONSOLES = 10
CATCH_UP_IN = 60.0
"""Seconds that ten consoles may need for 100,000 decisions each; how soon they see one is T10's question."""

PEOPLE, ITEMS = 1250, 80
"""They all win everything: 100,000 comments. A message to each of them is due."""
CRASHES_AFTER = 8.0
"""Seconds in which most of the messages come into the engine's hands, and the first ones go out."""


async def t17(bench: Bench) -> Result:
    """A service with nothing to do, against a process that has only imported."""
    ours, theirs = [], []
    async with world() as here:
        for _ in range(bench.rounds_or(ROUNDS)):
            theirs.append((await asyncio.to_thread(_import, bench.home)).memory / MB)
            shop = await here.shop(bench, people=1)
            async with shop.serve() as process:
                await asyncio.sleep(SETTLES_IN)
                ours.append(process.resident_bytes() / MB)
            bench.shops.close(shop)
    return compared("T17", ours, theirs, unit="MB")


async def t18(bench: Bench) -> Result:
    """What stays in memory of a show of 100,000 comments that 10 consoles have followed."""
    load = webhooks(COMMENTS // PER_WEBHOOK, PER_WEBHOOK)
    shop = await bench.shops.new(Crowd())
    consoles = [Console(COMMENTS) for _ in range(CONSOLES)]
    async with shop.serve() as process, AsyncExitStack() as watching:
        await asyncio.sleep(SETTLES_IN)
        idle = process.resident_bytes()
        for console in consoles:
            await watching.enter_async_context(following(shop, process, console))
        answers = await open_loop(process.port, requests_of(load), evenly(len(load), PER_SECOND))
        await asyncio.gather(*(console.complete(CATCH_UP_IN) for console in consoles))
        await asyncio.sleep(SETTLES_IN)
        after, most = process.resident_bytes(), _most_resident_bytes(process.pid)
    broken = audit(shop, [(load, answers)])
    broken += answers.strange
    if unseen := sum(console.unseen(load, answers) for console in consoles):
        broken.append(f"{unseen} decisions never shown")
    bench.shops.close(shop)
    return Result(
        target=TARGETS["T18"],
        value=(after - idle) / MB,
        unit="MB",
        broken=tuple(broken),
        notes={"idle MB": idle / MB, "most MB": most / MB, "acknowledged p99 ms": 1000 * answers.percentile(0.99)},
    )


async def t19(bench: Bench) -> Result:
    """From the start of the process to its first 200 at /readyz, with nothing in its database."""
    ours, theirs = [], []
    shop = await bench.shops.new(Crowd())
    for _ in range(bench.rounds_or(ROUNDS)):
        theirs.append((await asyncio.to_thread(_import, bench.home)).seconds)
        ours.append(await _start(shop))
    bench.shops.close(shop)
    return compared("T19", ours, theirs, unit="s")


async def t19b(bench: Bench) -> Result:
    """With 100,000 comments on its books, and 1,000 messages that a crash has left in its hands."""
    ours, theirs, due = [], [], []
    async with world() as here:
        empty, full = [await here.shop(bench, people=PEOPLE, wishes=ITEMS) for _ in range(2)]
        await fill(full, people=PEOPLE, wishes=ITEMS, messages=1)
        async with full.serve():
            await asyncio.sleep(CRASHES_AFTER)
        for _ in range(bench.rounds_or(ROUNDS)):
            theirs.append(await _start(empty))
            due.append(_due(full))
            ours.append(await _start(full))
            bench.say(f"T19b: {ours[-1]:.2f} s against {theirs[-1]:.2f} s, with {due[-1]} jobs due")
    for shop in (empty, full):
        bench.shops.close(shop)
    longer = [one - other for one, other in zip(ours, theirs, strict=True)]
    return Result(
        target=TARGETS["T19b"],
        value=median(longer),
        unit="s",
        spread=(min(longer), max(longer)),
        notes={"s with it": median(ours), "s empty": median(theirs), "jobs due, at least": min(due)},
    )


async def _start(shop: Shop) -> float:
    """Seconds until it is ready; then it is killed."""
    began = time.monotonic()
    async with shop.serve():
        return time.monotonic() - began


def _due(shop: Shop) -> int:
    engine = sa.create_engine(sync_url(sa.make_url(shop.database_url)))
    try:
        with engine.connect() as tx:
            waiting = sa.select(sa.func.count()).where(deliveries.c.status == "queued")
            return int(tx.scalar(waiting) or 0)
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Imported:
    """I."""

    seconds: float
    """From the start of the process to its end."""
    memory: int
    """Bytes."""


def _import(home: Path) -> Imported:
    with on_core(SERVER_CORE):
        began = time.monotonic()
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.footprint_imports"],
            cwd=home,
            env=environment({}),
            stdout=subprocess.PIPE,
            check=True,
        )
        return Imported(time.monotonic() - began, int(said.stdout))


def _most_resident_bytes(pid: int) -> int:
    """The most memory a process has held."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) * 1024
