"""T22: killed in the middle of a hot show, how long until the next webhook is acknowledged, and is anything gone?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from benchmarks.answers import LOST, OK, Answers
from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, Webhook, requests_of, webhooks
from benchmarks.load import evenly, open_loop
from benchmarks.processes import Process
from benchmarks.results import Result
from benchmarks.targets import TARGETS

CROWD = Crowd()
PER_WEBHOOK = 5
PER_SECOND = 200.0
KILLED_AFTER = 2.0
GOES_ON = 1.0
"""Seconds of load after the first acknowledgement."""
AT_MOST = 30.0


async def t22(bench: Bench) -> Result:
    """SIGKILL under 200 webhooks/s, started again at once."""
    load = webhooks(int(PER_SECOND * AT_MOST), PER_WEBHOOK, crowd=CROWD)
    waits: list[float] = []
    broken: list[str] = []
    for turn in range(bench.rounds_or(5)):
        shop = await bench.shops.new(CROWD)
        async with shop.serve() as process:
            killed, answers = await _killed(process, load)
        broken += audit(shop, [(load, answers)])
        bench.shops.close(shop)
        heard = [answers.at[place] for place in answers.with_status(OK) if answers.at[place] > killed]
        waits.append(min(heard, default=killed + AT_MOST) - killed)
        bench.say(f"T22 round {turn + 1}: {waits[-1]:.2f} s, {len(answers.with_status(LOST))} webhooks met nobody")
    return Result(
        target=TARGETS["T22"],
        value=median(waits),
        unit="s",
        spread=(min(waits), max(waits)),
        broken=tuple(dict.fromkeys(broken)),
    )


async def _killed(process: Process, load: Sequence[Webhook]) -> tuple[float, Answers]:
    """When it was killed under load, and what was answered before and after."""
    killed = float("inf")

    def back(answers: Answers) -> bool:
        newest = max(answers.at)
        return newest > killed + GOES_ON and answers.status[answers.at.index(newest)] == OK

    due = evenly(len(load), PER_SECOND)
    going = asyncio.create_task(open_loop(process.port, requests_of(load), due, until=back))
    await asyncio.sleep(KILLED_AFTER)
    killed = perf_counter()
    await process.kill()
    process.start()
    return killed, await going
