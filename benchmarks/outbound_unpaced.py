"""The service without its pacing: waiting for a turn takes no time. Only to see what the pump itself can do."""

from __future__ import annotations

import asyncio
import os

import uvloop
from aiohttp import web

from bot.app import make_app
from bot.kit.pacing import Pace
from bot.settings import load_settings


def no_pace() -> Pace:
    """A pace whose clock moves as soon as somebody waits for it."""
    elapsed = 0.0

    async def wait(seconds: float) -> None:
        nonlocal elapsed
        elapsed += max(seconds, 0.0)
        await asyncio.sleep(0)

    return Pace(clock=lambda: elapsed, sleep=wait)


def main() -> None:
    """Serve until killed."""
    settings = load_settings(os.environ)
    app = make_app(settings, pace=no_pace())
    web.run_app(app, host=settings.host, port=settings.port, access_log=None, print=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
