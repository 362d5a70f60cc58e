"""T10 and T21: how soon a console shows a decision, and how much longer its lists take when a show has grown."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from statistics import median
from time import perf_counter

import aiohttp

from benchmarks.answers import OK, Answers
from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, Webhook, number_of, requests_of, webhooks
from benchmarks.load import evenly, open_loop
from benchmarks.outbound_shows import fill
from benchmarks.outbound_world import World, world
from benchmarks.processes import Failed, Process
from benchmarks.results import Result
from benchmarks.shop import Shop
from benchmarks.targets import TARGETS

PER_SECOND, PER_WEBHOOK = 500, 5
WARM_UP = 200
CATCHES_UP_IN = 20.0
"""Seconds after the last webhook."""

SMALL, LARGE = 20, 2000
"""Buyers of the two shows; each of them wins all the items."""
ITEMS = 50
ASKED = 15
"""How often each list is asked for, the two shows in turn."""
PAGE = 20
"""Rows of a page: as many as the small show has of everything."""


class Console:
    """Somebody who follows what moves, and when the decision about each comment was seen."""

    def __init__(self, count: int) -> None:
        self.seen = array("d", [0.0]) * count
        """By the comment's number; 0 while it is not seen."""
        self.messages = 0
        self.missing = count
        self._complete = asyncio.Event()

    async def follow(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until it is hung up."""
        async for message in socket:
            self.messages += 1
            told = json.loads(message.data)
            if told["type"] != "claim.created":
                continue
            number = number_of(told["data"]["comment_id"])
            if not self.seen[number]:
                self.seen[number] = perf_counter()
                self.missing -= 1
                if not self.missing:
                    self._complete.set()

    def unseen(self, load: Sequence[Webhook], answers: Answers) -> int:
        """Comments that were acknowledged, and whose decision was not shown."""
        places = answers.with_status(OK)
        return sum(self.seen[load[place].first : load[place].first + load[place].count].count(0.0) for place in places)

    async def complete(self, within: float) -> None:
        """Wait until nothing is missing, but not longer than so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._complete.wait(), within)


@asynccontextmanager
async def following(shop: Shop, process: Process, console: Console) -> AsyncIterator[None]:
    """With a console open."""
    headers = {"Authorization": f"Bearer {shop.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(f"{process.url}/api/ws") as socket:
        reading = asyncio.create_task(console.follow(socket))
        try:
            yield
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading


async def t10(bench: Bench) -> Result:
    """From when a webhook was due until the decisions about its comments are on the screen."""
    count = int(PER_SECOND * bench.seconds_or(30))
    load = webhooks(count + WARM_UP, PER_WEBHOOK)
    shop = await bench.shops.new(Crowd())
    due = evenly(count, PER_SECOND)
    console = Console(len(load) * PER_WEBHOOK)
    async with shop.serve() as process, following(shop, process, console):
        warmed = await open_loop(process.port, requests_of(load[:WARM_UP]), evenly(WARM_UP, 200))
        answers = await open_loop(process.port, requests_of(load[WARM_UP:]), due)
        await console.complete(CATCHES_UP_IN)
    broken = audit(shop, [(load[:WARM_UP], warmed), (load[WARM_UP:], answers)])
    broken += answers.strange
    if unseen := console.unseen(load[WARM_UP:], answers):
        broken.append(f"{unseen} decisions never shown")
    bench.shops.close(shop)
    waits = sorted(
        1000 * (seen - answers.began - due[place])
        for place, webhook in enumerate(load[WARM_UP:])
        for seen in console.seen[webhook.first : webhook.first + webhook.count]
        if seen
    )
    return Result(
        target=TARGETS["T10"],
        value=_percentile(waits, 0.99),
        unit="ms",
        broken=tuple(broken),
        notes={
            "p50 ms": _percentile(waits, 0.5),
            "longest ms": waits[-1],
            "acknowledged p99 ms": 1000 * answers.percentile(0.99),
            "messages/s": console.messages / answers.seconds,
        },
    )


async def t21(bench: Bench) -> Result:
    """Every list of the API, and the board, of a show of 100,000 claims and of one of 1,000."""
    async with world() as here, _grown(bench, here, SMALL) as small, _grown(bench, here, LARGE) as large:
        lists = await _lists(*small)
        if lists.keys() != (others := await _lists(*large)).keys():
            raise Failed("the two shows have other lists")
        growth: dict[str, float] = {}
        took: dict[str, float] = {}
        for name in lists:
            pairs = [
                (await _seconds(*small, lists[name]), await _seconds(*large, others[name]))
                for _ in range(bench.rounds_or(ASKED))
            ]
            growth[name] = median(two / one for one, two in pairs)
            took[name] = 1000 * median(two for _, two in pairs)
            bench.say(f"T21 {name}: {took[name]:.1f} ms, {growth[name]:.2f} times as long")
    worst = max(growth, key=lambda name: growth[name])
    return Result(
        target=TARGETS["T21"],
        value=took[worst],
        unit=f"ms ({worst})",
        reference=took[worst] / growth[worst],
        ratio=growth[worst],
        notes={f"{name} ×": times for name, times in growth.items()} | {f"{name} ms": ms for name, ms in took.items()},
    )


@asynccontextmanager
async def _grown(bench: Bench, here: World, people: int) -> AsyncIterator[tuple[Shop, Process]]:
    """A service with a show in which so many people won everything and were billed."""
    shop = await here.shop(bench, people=people, wishes=ITEMS)
    await fill(shop, people=people, wishes=ITEMS, billed=True)
    async with shop.serve() as process:
        yield shop, process
    bench.shops.close(shop)


async def _lists(shop: Shop, process: Process) -> dict[str, str]:
    """What a console asks for, by the name of the list."""
    show = f"/api/shows/{(await shop.ask(process, 'GET', '/api/shows'))['shows'][0]['id']}"
    comments = (await shop.ask(process, "GET", show))["tally"]["comments"]
    return {
        "shows": "/api/shows",
        "the show and its tally": show,
        "items": f"{show}/items",
        "ledger, first page": f"{show}/claims?limit={PAGE}",
        "ledger, last page": f"{show}/claims?limit={PAGE}&cursor={comments - PAGE}-0",
        "buyers": f"{show}/buyers?limit={PAGE}",
        "invoices": f"{show}/invoices?limit={PAGE}",
    }


async def _seconds(shop: Shop, process: Process, path: str) -> float:
    began = perf_counter()
    await shop.ask(process, "GET", path)
    return perf_counter() - began


def _percentile(waits: Sequence[float], share: float) -> float:
    return waits[min(int(len(waits) * share), len(waits) - 1)] if waits else float("inf")
