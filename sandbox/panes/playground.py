"""The playground: the page, served over a stage and a running service until somebody stops it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.evening.service import Service, Trouble
from sandbox.evening.stage import Stage
from sandbox.panes.act import Acts
from sandbox.panes.autoplay import Autoplay
from sandbox.panes.board import Board
from sandbox.panes.crowd import Crowd
from sandbox.panes.mischief import Mischief
from sandbox.panes.people import People
from sandbox.panes.product import Product
from sandbox.panes.rooms import Rooms
from sandbox.panes.server import Panes
from sandbox.panes.steps import next_step

LOOK_EVERY = 0.2


async def open_playground(
    stage: Stage, service: Service, home: Path, *, port: int, opened: Callable[[str], object]
) -> None:
    """Serve the page, and tell `opened` its address; returns only by an exception or by being cancelled."""
    await service.ready()
    await stage.facebook.verify(f"{service.url}/webhooks/facebook")
    stage.till.is_served_by(service.url)
    await stage.group.adds_bot(stage.bot, by=stage.seller)
    await stage.page.goes_live(f"{stage.page.name}, live tonight")
    board = Board()
    people, product = People(stage), Product(board)
    crowd = Crowd(stage, board, lambda: [item["code"] for item in product.sale.show.get("items", ())])
    mischief, autoplay = Mischief(stage, board), Autoplay(stage, service, board)
    panes = Panes(
        board,
        Acts(stage, people, crowd, mischief, autoplay).do,
        frames=[stage.till.stand_in.url, service.url],
    )

    async def tell_what_is_next() -> None:
        while True:
            service.check_alive()
            autoplay.look()
            board.put("step", next_step(stage, product.sale, service.pairing_code).wire())
            await asyncio.sleep(LOOK_EVERY)

    watchers = [
        asyncio.create_task(watching)
        for watching in (
            Rooms(stage, people, board).watch(),
            product.follow(service.url, await _token(service, home)),
            mischief.watch(),
            tell_what_is_next(),
        )
    ]
    try:
        opened(await panes.start(port))
        ended, _ = await asyncio.wait(watchers, return_when=asyncio.FIRST_COMPLETED)
        for watcher in ended:
            watcher.result()
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await panes.stop()
        await crowd.stop()
        await autoplay.stop()


async def _token(service: Service, home: Path) -> str:
    """One for reading, made as its owner makes it."""
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "token", "create", "--name", "panes", "--scope", "read"),
        cwd=home,
        env=service.environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await made.communicate()
    if made.returncode != 0:
        raise Trouble(f"no token was made: {complaint.decode(errors='replace').strip()}")
    return said.decode().split()[-1]
