"""T6–T9 and T11: how long a webhook waits for its answer, counted from when it was due."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.answers import OK, REFUSED, UNSENT, Answers
from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, Webhook, requests_of, webhooks
from benchmarks.load import PATIENCE, closed_loop, evenly, open_loop
from benchmarks.processes import Process
from benchmarks.results import Result
from benchmarks.targets import TARGETS
from benchmarks.throughput import a_reference

CROWD = Crowd()
PER_WEBHOOK = 5
T6_RATE = 200.0
CALM_SECONDS = 15.0
"""How long T9 looks whether a service that had too much is itself again."""
LONGEST = 5.0
"""Seconds after which Facebook gives a webhook up."""
WARM_UP = 200
"""Webhooks before the clock runs: code that was never executed is not what is asked about."""


async def t6(bench: Bench) -> Result:
    """A hot show: 200 webhooks/s for a minute."""
    return await _acknowledged(bench, "T6", per_second=200, seconds=60)


async def t7(bench: Bench) -> Result:
    """A burst: 500 webhooks/s."""
    return await _acknowledged(bench, "T7", per_second=500, seconds=30)


async def t8(bench: Bench) -> Result:
    """Hours of backlog at once: 1,000 webhooks/s."""
    return await _acknowledged(bench, "T8", per_second=1000, seconds=30)


async def _acknowledged(bench: Bench, name: str, *, per_second: int, seconds: float) -> Result:
    count = int(per_second * bench.seconds_or(seconds))
    load = webhooks(count + WARM_UP, PER_WEBHOOK, crowd=CROWD)
    async with a_reference(bench, "benchmarks.reference") as process:
        _, theirs, reference_cpu = await _at(process, load, per_second)
    shop = await bench.shops.new(CROWD)
    async with shop.serve() as process:
        warmed, answers, cpu = await _at(process, load, per_second)
    broken = audit(shop, [(load[:WARM_UP], warmed), (load[WARM_UP:], answers)])
    broken += answers.strange
    bench.shops.close(shop)
    return Result(
        target=TARGETS[name],
        value=answers.percentile(0.99) * 1000,
        unit="ms",
        reference=theirs.percentile(0.99) * 1000,
        broken=tuple(broken),
        notes={
            "p50 ms": answers.percentile(0.5) * 1000,
            "p99.9 ms": answers.percentile(0.999) * 1000,
            "longest ms": answers.percentile(1.0) * 1000,
            "CPU µs/comment": cpu / (count * PER_WEBHOOK) * 1e6,
            "of the reference": reference_cpu / (count * PER_WEBHOOK) * 1e6,
            "busy share of the core": cpu / answers.seconds,
        },
    )


async def _at(process: Process, load: Sequence[Webhook], per_second: float) -> tuple[Answers, Answers, float]:
    """Warm up, then ask at this rate: both answers, and the CPU seconds of the second."""
    requests = requests_of(load)
    warmed = await open_loop(process.port, requests[:WARM_UP], evenly(WARM_UP, 200))
    before = process.cpu_seconds()
    answers = await open_loop(process.port, requests[WARM_UP:], evenly(len(load) - WARM_UP, per_second))
    return warmed, answers, process.cpu_seconds() - before


async def t9(bench: Bench) -> Result:
    """Twice what it can do, and how soon it is itself again."""
    seconds = bench.seconds_or(30)
    shop = await bench.shops.new(CROWD)
    async with shop.serve() as process:
        sample = webhooks(13_000 * 3, PER_WEBHOOK, crowd=CROWD)
        unhurried = await closed_loop([process.port], requests_of(sample), seconds=3)
        capacity = len(unhurried.with_status(OK)) / unhurried.seconds
        count = int(2 * capacity * seconds)
        load = webhooks(count + int(T6_RATE * CALM_SECONDS), PER_WEBHOOK, crowd=CROWD, first=_after(sample))
        due = evenly(count, 2 * capacity) + evenly(len(load) - count, T6_RATE, after=seconds)
        bench.say(f"T9: it can do {capacity:,.0f} webhooks/s; now {2 * capacity:,.0f}/s come")
        answers = await open_loop(process.port, requests_of(load), due)
        process.check_alive()
    broken = audit(shop, [(sample, unhurried), (load, answers)]) + _held(answers)
    bench.shops.close(shop)
    ok, refused = answers.with_status(OK), answers.with_status(REFUSED)
    return Result(
        target=TARGETS["T9"],
        value=_calm_after(answers, due, count),
        unit="s",
        broken=tuple(broken),
        notes={
            "webhooks/s capacity": capacity,
            "share answered 200": sum(place < count for place in ok) / count,
            "share answered 503": sum(place < count for place in refused) / count,
            "longest answer s": max((answers.latency[place] for place in ok + refused), default=PATIENCE),
            "comments/s meanwhile": sum(answers.at[place] <= answers.began + seconds for place in ok)
            * (PER_WEBHOOK / seconds),
        },
    )


def _calm_after(answers: Answers, due: Sequence[float], flooded: int) -> float:
    """Seconds from the end of the flood until every half second is back within T6."""
    limit, window, ended = TARGETS["T6"].levels[0] / 1000, 0.5, due[flooded]
    late = [
        int((due[place] - ended) / window)
        for place in range(flooded, len(due))
        if answers.status[place] != OK or answers.latency[place] > limit
    ]
    forgiven = int(T6_RATE * window / 100)  # one in a hundred: it is a p99
    return max((number + 1 for number in set(late) if late.count(number) > forgiven), default=0) * window


def _held(answers: Answers) -> list[str]:
    """Every answer within 5 s, or 503 with Retry-After."""
    broken = [what for what in answers.strange if f"answered {REFUSED}" not in what]
    late = sum(answers.latency[place] > LONGEST for place in answers.with_status(OK) + answers.with_status(REFUSED))
    if late:
        broken.append(f"{late} webhooks answered after more than {LONGEST:g} s")
    if answers.without_retry_after:
        broken.append(f"{answers.without_retry_after} refusals without Retry-After")
    if unsent := len(answers.with_status(UNSENT)):
        broken.append(f"{unsent} webhooks never got a connection")
    return broken


async def t11(bench: Bench) -> Result:
    """One delivery with 1,000 comments, to a service with nothing else to do."""
    times = bench.rounds_or(7)
    load = webhooks(times + 1, 1000, crowd=CROWD)
    async with a_reference(bench, "benchmarks.reference") as process:
        theirs = await closed_loop([process.port], requests_of(load), seconds=PATIENCE, connections=1)
    shop = await bench.shops.new(CROWD)
    async with shop.serve() as process:
        answers = await closed_loop([process.port], requests_of(load), seconds=PATIENCE, connections=1)
    broken = audit(shop, [(load, answers)])
    broken += answers.strange
    bench.shops.close(shop)
    waits = [wait * 1000 for wait in answers.latency]
    return Result(
        target=TARGETS["T11"],
        value=median(waits[1:]),
        unit="ms",
        reference=median(theirs.latency[1:]) * 1000,
        spread=(min(waits[1:]), max(waits[1:])),
        broken=tuple(broken),
        notes={"the very first, with 1,000 new buyers, ms": waits[0]},
    )


def _after(load: Sequence[Webhook]) -> int:
    return load[-1].first + load[-1].count
