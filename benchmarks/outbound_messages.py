"""T15: how fast messages are sent, as the platform's side counts them, with one chat that is shut for a while."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

from benchmarks.bench import Bench
from benchmarks.outbound_calls import longest_pause, peak, rate
from benchmarks.outbound_shows import fill
from benchmarks.outbound_telegram import OVERALL, SEND
from benchmarks.outbound_world import World, missing, world
from benchmarks.postgres import Postgres
from benchmarks.results import Result, compared
from benchmarks.targets import TARGETS, Verdict

ROUNDS, SECONDS = 3, 20.0
EACH = 3
"""Messages to every chat."""
SHUT_FOR = 10.0
"""Seconds for which one chat in the middle is shut: its messages wait, and nobody else's."""
KEEPS_WAITING = 1.0
"""Seconds without any message in which somebody must have been kept waiting."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A run of messages, counted from when everybody who sends them was ready."""

    per_second: float
    refused_per_minute: float
    """Not counting the chat that was shut."""
    busiest: int
    """Messages let in during the busiest second."""
    longest_pause: float
    lost: int
    cpu: float
    """Milliseconds of the service, or of all its replicas, for a message."""


async def t15(bench: Bench) -> Result:
    """One process on SQLite, then two replicas on PostgreSQL."""
    rounds = bench.rounds_or(ROUNDS)
    async with world() as here:
        alone = [await _send(bench, here) for _ in range(rounds)]
        pair = [await _send(bench, here, postgres=bench.postgres, replicas=2) for _ in range(rounds)]
    as_two = median(run.per_second for run in pair) / OVERALL
    refused = max(run.refused_per_minute for run in alone + pair)
    pause = max(run.longest_pause for run in alone + pair)
    broken = [f"{refused:.1f} refusals a minute"] if refused > 1 else []
    if lost := sum(run.lost for run in alone + pair):
        broken.append(f"{lost} messages never sent")
    if pause > KEEPS_WAITING:
        broken.append(f"nobody was written to for {pause:.1f} s")
    found = compared(
        "T15",
        [run.per_second for run in alone],
        [OVERALL] * rounds,
        unit="messages/s",
        broken=broken,
        notes={
            "share of the limit as two replicas": as_two,
            "refusals/min": max(run.refused_per_minute for run in alone),
            "refusals/min as two replicas": max(run.refused_per_minute for run in pair),
            "messages in the busiest second": max(run.busiest for run in alone + pair),
            "longest pause s": pause,
            "CPU ms/message": median(run.cpu for run in alone),
            "CPU ms/message of two replicas": median(run.cpu for run in pair),
        },
    )
    allowed = Verdict.FLOOR if refused else Verdict.AMBITIOUS
    return replace(found, at_best=min(allowed, TARGETS["T15"].verdict(as_two)))


async def _send(bench: Bench, here: World, *, postgres: Postgres | None = None, replicas: int = 1) -> Sent:
    people = int(OVERALL * bench.seconds_or(SECONDS)) // EACH
    shop = await here.shop(bench, people=people, postgres=postgres)
    shut = (await fill(shop, people=people, wishes=1, messages=EACH))[people // 2]
    here.telegram.calls.forget()
    here.telegram.shut = {shut: SHUT_FOR}
    processes = [shop.serve() for _ in range(replicas)]
    try:
        async with AsyncExitStack() as running:
            for process in processes:
                await running.enter_async_context(process)
            ready, before = perf_counter(), sum(process.cpu_seconds() for process in processes)
            lost = await missing(lambda: len(here.telegram.calls.of(SEND)), people * EACH, processes[0])
            cpu = sum(process.cpu_seconds() for process in processes) - before
    finally:
        bench.shops.close(shop, postgres)
    messages = here.telegram.calls.of(SEND)
    others = [call for call in messages if call.who != shut and call.at >= ready]
    refused = [call for call in here.telegram.calls.refused if call.who != shut]
    sent = Sent(
        per_second=rate(others),
        refused_per_minute=len(refused) / (messages[-1].at - messages[0].at) * 60,
        busiest=peak(messages),
        longest_pause=longest_pause(others),
        lost=lost,
        cpu=1000 * cpu / sum(call.at >= ready for call in messages),
    )
    bench.say(
        f"{sent.per_second:.1f} messages/s from {replicas}, {len(refused)} refused, "
        f"at most {sent.busiest} in a second, longest pause {sent.longest_pause:.2f} s, {sent.cpu:.1f} ms of CPU each"
    )
    return sent
