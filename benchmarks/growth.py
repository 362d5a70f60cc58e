"""T20: whether a comment costs more when a hundred thousand came before it."""

from __future__ import annotations

from statistics import median

from benchmarks.answers import OK
from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, Webhook, requests_of, webhooks
from benchmarks.load import closed_loop
from benchmarks.processes import Failed, Process
from benchmarks.results import Result, compared
from benchmarks.throughput import a_reference

CROWD = Crowd(items=150, buyers=1000)
"""All buyers have been met after the first thousand comments, and few can only repeat themselves at the end."""
PER_WEBHOOK = 5
EARLY, LATE = 1_000, 100_000
SLICE = 10_000
"""Comments that are timed, after so many have come."""
WARMING = 10
"""How often the first thousand are sent, which changes nothing but that the process is no longer new to its work."""


async def t20(bench: Bench) -> Result:
    """What the same slice of load costs late, over what it cost early; ours over the reference's."""
    load = webhooks((LATE + SLICE) // PER_WEBHOOK, PER_WEBHOOK, crowd=CROWD)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    broken: list[str] = []
    for turn in range(bench.rounds_or(5)):
        async with a_reference(bench, "benchmarks.reference", crowd=CROWD) as process:
            theirs.append(await _growth(process, load))
        shop = await bench.shops.new(CROWD)
        async with shop.serve() as process:
            ours.append(await _growth(process, load))
        broken += audit(shop, [])
        bench.shops.close(shop)
        bench.say(f"T20 round {turn + 1}: {ours[-1][0]:.2f} against {theirs[-1][0]:.2f}")
    return compared(
        "T20",
        [grown for grown, _ in ours],
        [grown for grown, _ in theirs],
        unit="×",
        broken=dict.fromkeys(broken),
        notes={
            "by CPU": median(grown for _, grown in ours),
            "of the reference": median(grown for _, grown in theirs),
            "ratio by CPU": median(one[1] / other[1] for one, other in zip(ours, theirs, strict=True)),
        },
    )


async def _growth(process: Process, load: list[Webhook]) -> tuple[float, float]:
    """Late over early: (seconds, CPU seconds)."""
    for _ in range(WARMING):
        await _send(process, load[: EARLY // PER_WEBHOOK])
    early = await _send(process, load[EARLY // PER_WEBHOOK : (EARLY + SLICE) // PER_WEBHOOK])
    await _send(process, load[(EARLY + SLICE) // PER_WEBHOOK : LATE // PER_WEBHOOK])
    late = await _send(process, load[LATE // PER_WEBHOOK :])
    return late[0] / early[0], late[1] / early[1]


async def _send(process: Process, load: list[Webhook]) -> tuple[float, float]:
    before = process.cpu_seconds()
    answers = await closed_loop([process.port], requests_of(load), seconds=600)
    if len(answers.with_status(OK)) < len(load):
        raise Failed("; ".join(answers.strange) or "not every webhook was sent in time")
    return answers.seconds, process.cpu_seconds() - before
