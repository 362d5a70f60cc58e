"""T12–T14: how fast invoices are placed, as the provider's side counts them. The link of each goes out beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.bench import Bench
from benchmarks.outbound_calls import peak, rate
from benchmarks.outbound_shows import fill
from benchmarks.outbound_stripe import CALLS_PER_INVOICE, FINALIZE, LIVE, LIVE_KEY, SANDBOX, TEST_KEY, Limits
from benchmarks.outbound_telegram import SEND
from benchmarks.outbound_world import World, invoice_all, missing, world
from benchmarks.processes import Process, free_port
from benchmarks.results import Result, compared
from benchmarks.shop import Shop
from benchmarks.targets import TARGETS, Verdict

ROUNDS, SECONDS = 3, 12.0
SLOW = 0.2
"""Seconds that a slow provider takes for a call."""
MOST_REFUSED = 0.01
"""The share of the calls that may be refused."""
TEST_LIMITS = {"a test key": SANDBOX, "a test key that may do as much as a live one": LIVE}
UNPACED = 20.0
"""Invoices that are prepared for each of the seconds; how long they take without pacing is the question."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A run of invoices."""

    per_second: float
    at_once: int
    """The most calls that were under way."""
    given_up: int
    """Invoices that were never placed."""
    refused: float
    """The share of the calls."""
    busiest: int
    """Calls let in during the busiest second."""
    cpu: float
    """Milliseconds of the service for an invoice and the message with its link."""


async def t12(bench: Bench) -> Result:
    """Nothing holds the pump back but itself."""
    async with world() as here:
        here.telegram.limited = False
        count = int(UNPACED * bench.seconds_or(SECONDS))
        runs = [await _unpaced(bench, here, count) for _ in range(bench.rounds_or(ROUNDS))]
    rates = [run.per_second for run in runs]
    return Result(
        target=TARGETS["T12"],
        value=median(rates),
        unit="invoices/s",
        spread=(min(rates), max(rates)),
        broken=tuple(_broken(runs)),
        notes={"CPU ms/invoice with its message": median(run.cpu for run in runs)},
    )


async def t13(bench: Bench) -> Result:
    """The limits of a live key are the real ones, and count; a test key learns its own from its first refusals.

    What a test key reaches stands beside the figure, and is missed when more than a hundredth is refused.
    """
    rounds, seconds = bench.rounds_or(ROUNDS), bench.seconds_or(SECONDS)
    async with world() as here:
        live = [await _limited(bench, here, LIVE_KEY, LIVE, seconds) for _ in range(rounds)]
        test = {
            name: [await _limited(bench, here, TEST_KEY, limits, seconds) for _ in range(rounds)]
            for name, limits in TEST_LIMITS.items()
        }
    found = compared("T13", [run.per_second for run in live], [LIVE.invoices] * rounds, unit="invoices/s")
    broken = _broken(live)
    notes = {
        "% refused": 100 * max(run.refused for run in live),
        "calls in the busiest second": max(run.busiest for run in live),
        "CPU ms/invoice with its message": median(run.cpu for run in live),
    }
    for name, runs in test.items():
        share = median(run.per_second for run in runs) / TEST_LIMITS[name].invoices
        broken += [f"{what} with {name}" for what in _broken(runs)]
        notes |= {f"{name}: share": share, f"{name}: % refused": 100 * max(run.refused for run in runs)}
    return replace(found, at_best=_allowed(live), broken=tuple(broken), notes=notes)


async def t14(bench: Bench) -> Result:
    """A slow provider does not make us slow: there are as many calls under way as its limits allow."""
    rounds = bench.rounds_or(ROUNDS)
    async with world() as here:
        here.stripe.takes = SLOW
        runs = [await _limited(bench, here, LIVE_KEY, LIVE, bench.seconds_or(SECONDS)) for _ in range(rounds)]
    return compared(
        "T14",
        [CALLS_PER_INVOICE * run.per_second for run in runs],
        [min(run.at_once / SLOW, LIVE.overall) for run in runs],
        unit="calls/s",
        broken=_broken(runs),
        notes={
            "c": median(run.at_once for run in runs),
            "invoices/s": median(run.per_second for run in runs),
            "% refused": 100 * max(run.refused for run in runs),
        },
    )


def _broken(runs: Sequence[Placed]) -> list[str]:
    given_up, refused = sum(run.given_up for run in runs), max(run.refused for run in runs)
    broken = [f"{given_up} invoices never placed"] if given_up else []
    return broken + ([f"{refused:.1%} of the calls refused"] if refused > MOST_REFUSED else [])


def _allowed(runs: Sequence[Placed]) -> Verdict:
    """The highest verdict for which so much may be refused."""
    return Verdict.FLOOR if any(run.refused for run in runs) else Verdict.AMBITIOUS


async def _limited(bench: Bench, here: World, key: str, limits: Limits, seconds: float) -> Placed:
    """As many invoices as these limits allow in so many seconds."""
    count = int(limits.invoices * seconds)
    shop = await here.shop(bench, people=count, key=key)
    here.stripe.limits = limits
    try:
        async with shop.serve() as process:
            return await _place(bench, here, shop, process, count)
    finally:
        here.stripe.limits = None
        bench.shops.close(shop)


async def _unpaced(bench: Bench, here: World, count: int) -> Placed:
    """So many invoices by a service that does not wait for its turns."""
    shop = await here.shop(bench, people=count)
    port = free_port()
    environ = {**shop.settings, "LIVE_ASSIST_PORT": str(port)}
    try:
        async with Process(
            "benchmarks.outbound_unpaced", home=shop.home, port=port, ready="/readyz", environ=environ
        ) as process:
            return await _place(bench, here, shop, process, count)
    finally:
        bench.shops.close(shop)


async def _place(bench: Bench, here: World, shop: Shop, process: Process, count: int) -> Placed:
    await fill(shop, people=count, wishes=1)
    here.stripe.calls.forget()
    here.telegram.calls.forget()
    before = process.cpu_seconds()
    await invoice_all(shop, process)
    given_up = await missing(lambda: len(here.stripe.calls.of(FINALIZE)), count, process)
    await missing(lambda: len(here.telegram.calls.of(SEND)), count - given_up, process)
    cpu = process.cpu_seconds() - before
    calls = here.stripe.calls
    let_in = [call for call in calls.seen if not call.refused]
    placed = Placed(
        per_second=rate(calls.of(FINALIZE)),
        at_once=calls.most_at_once,
        given_up=given_up,
        refused=len(calls.refused) / len(calls.seen),
        busiest=peak(let_in),
        cpu=1000 * cpu / count,
    )
    bench.say(
        f"{placed.per_second:.1f} invoices/s, {len(calls.seen)} calls, at most {placed.at_once} at once, "
        f"{len(calls.refused)} refused, {placed.cpu:.1f} ms of CPU for each"
    )
    return placed
