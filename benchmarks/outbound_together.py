"""T16: how many comments a second are decided while invoices are placed and messages sent at their limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Webhook, requests_of, webhooks
from benchmarks.load import closed_loop
from benchmarks.outbound_calls import between
from benchmarks.outbound_shows import fill
from benchmarks.outbound_stripe import FINALIZE, LIVE
from benchmarks.outbound_telegram import OVERALL, SEND
from benchmarks.outbound_world import World, invoice_all, missing, world
from benchmarks.results import Result, compared
from benchmarks.throughput import CROWD, FASTEST

ROUNDS, SECONDS = 7, 3.0
PER_WEBHOOK = 5
WARM_UP = 3.0
"""Seconds for which the pumps have run when the comments begin."""
HELD = 0.9
"""The share of their limits that the pumps must keep under the comments."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One turn under a load of comments."""

    per_second: float
    invoices: float = 0.0
    """Per second, meanwhile."""
    messages: float = 0.0
    broken: list[str] = field(default_factory=list)


async def t16(bench: Bench) -> Result:
    """With both pumps and without, in turn."""
    seconds = bench.seconds_or(SECONDS)
    load = webhooks(int(FASTEST[PER_WEBHOOK] / PER_WEBHOOK * seconds), PER_WEBHOOK, crowd=CROWD)
    busy, alone = [], []
    async with world() as here:
        here.stripe.limits = LIVE
        for turn in range(bench.rounds_or(ROUNDS)):
            alone.append(await _round(bench, here, load, seconds, pumps=False))
            busy.append(await _round(bench, here, load, seconds, pumps=True))
            bench.say(
                f"T16 round {turn + 1}: {busy[-1].per_second:,.0f} against {alone[-1].per_second:,.0f} comments/s, "
                f"beside {busy[-1].invoices:.1f} invoices/s and {busy[-1].messages:.1f} messages/s"
            )
    invoices = median(one.invoices for one in busy) / LIVE.invoices
    messages = median(one.messages for one in busy) / OVERALL
    broken = [what for one in (*busy, *alone) for what in one.broken]
    if min(invoices, messages) < HELD:
        broken.append("the pumps did not keep their pace")
    return compared(
        "T16",
        [one.per_second for one in busy],
        [one.per_second for one in alone],
        unit="comments/s",
        broken=dict.fromkeys(broken),
        notes={"share of the invoice limit meanwhile": invoices, "share of the message limit meanwhile": messages},
    )


async def _round(bench: Bench, here: World, load: list[Webhook], seconds: float, *, pumps: bool) -> Round:
    people = int(LIVE.invoices * (seconds + 4 * WARM_UP))
    shop = await here.shop(bench, people=CROWD.pieces, wishes=CROWD.items)
    if pumps:
        await fill(shop, people=people, wishes=1, items=CROWD.items, messages=1)
    here.stripe.calls.forget()
    here.telegram.calls.forget()
    async with shop.serve() as process:
        if pumps:
            await invoice_all(shop, process)
            await missing(lambda: len(here.stripe.calls.of(FINALIZE)), int(LIVE.invoices), process)
            await asyncio.sleep(WARM_UP)
        began = perf_counter()
        answers = await closed_loop([process.port], requests_of(load), seconds=seconds)
        ended = perf_counter()
    found = Round(
        per_second=len(answers.with_status(200)) * PER_WEBHOOK / answers.seconds,
        invoices=len(between(here.stripe.calls.of(FINALIZE), began, ended)) / (ended - began),
        messages=len(between(here.telegram.calls.of(SEND), began, ended)) / (ended - began),
        broken=audit(shop, [(load, answers)]) + answers.strange,
    )
    bench.shops.close(shop)
    return found
