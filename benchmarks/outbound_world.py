"""The outside world of an evening: a Stripe and a Bot API on the load's core, and how a shop finds them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from benchmarks.bench import Bench
from benchmarks.comments import Crowd
from benchmarks.outbound_stripe import LIVE_KEY, Stripe
from benchmarks.outbound_telegram import TOKEN, Telegram
from benchmarks.postgres import Postgres
from benchmarks.processes import Failed, Process, free_port
from benchmarks.shop import Shop

PUBLIC_URL = "https://shop.example"
"""With one, updates and payments are reported to us instead of being asked for; here nobody does."""
GIVES_UP_AFTER = 20.0
LOOKS_EVERY = 0.05


@dataclass(kw_only=True)
class World:
    """Everybody a shop calls."""

    stripe: Stripe = field(default_factory=Stripe)
    telegram: Telegram = field(default_factory=Telegram)
    stripe_url: str
    telegram_url: str

    async def shop(
        self, bench: Bench, *, people: int, wishes: int = 1, key: str = LIVE_KEY, postgres: Postgres | None = None
    ) -> Shop:
        """A shop that is connected with all of it, and has enough in stock for these people."""
        settings = {
            "LIVE_ASSIST_PUBLIC_URL": PUBLIC_URL,
            "STRIPE_API_BASE": self.stripe_url,
            "STRIPE_SECRET_KEY": key,
            "TELEGRAM_API_BASE": self.telegram_url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
        }
        return await bench.shops.new(Crowd(items=wishes, pieces=people), postgres=postgres, settings=settings)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Everybody is there until the end."""
    async with AsyncExitStack() as closing:
        here = World(stripe_url=(one := _address()), telegram_url=(other := _address()))
        for app, url in ((here.stripe.app(), one), (here.telegram.app(), other)):
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            closing.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", int(url.rpartition(":")[2])).start()
        yield here


def _address() -> str:
    return f"http://127.0.0.1:{free_port()}"


async def invoice_all(shop: Shop, process: Process) -> None:
    """What `/invoice all` does."""
    show = (await shop.ask(process, "GET", "/api/shows"))["shows"][0]
    await shop.ask(process, "POST", f"/api/shows/{show['id']}/invoices/generate", {})


async def missing(count: Callable[[], int], wanted: int, process: Process) -> int:
    """Wait for so many; how many are missing when no more come. Raises Failed when there were none at all."""
    seen, patience = count(), GIVES_UP_AFTER
    while seen < wanted and patience > 0:
        await asyncio.sleep(LOOKS_EVERY)
        process.check_alive()
        before, seen = seen, count()
        patience = GIVES_UP_AFTER if seen > before else patience - LOOKS_EVERY
    if not seen:
        raise Failed(f"none of {wanted} came within {GIVES_UP_AFTER:g} s")
    return wanted - seen
