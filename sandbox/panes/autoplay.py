"""“Play the evening for me”: the scripted evening, with everything that happens to be seen on the page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from sandbox.evening.acts import Evening
from sandbox.evening.books import Books, expected, seen, told
from sandbox.evening.report import Report
from sandbox.evening.service import Service, Trouble
from sandbox.evening.stage import Stage
from sandbox.panes.board import Board
from sandbox.panes.people import Misasked

PAUSE = 0.4
"""Seconds between two comments: slow enough to watch."""


class OnThePage(Report):
    """A report that also shows each act on the board."""

    def __init__(self, board: Board) -> None:
        super().__init__(talkative=False)
        self._board = board
        self._acts: list[dict[str, str]] = []

    def act(self, title: str, detail: str) -> None:
        super().act(title, detail)
        self._acts.append({"title": title, "detail": detail})
        self.show("playing")

    def failed(self, reason: str, log: str) -> None:
        super().failed(reason, log)
        self._acts.append({"title": "It stops here", "detail": reason})
        self.show("failed")

    def verdict(self, sides: Sequence[Books]) -> int:
        exit_code = super().verdict(sides)
        self.show("failed" if exit_code else "agreed")
        return exit_code

    def show(self, state: str) -> None:
        """`waiting` or `missed`; `playing`, `agreed` or `failed`, with the acts so far."""
        self._board.put("evening", {"state": state, "acts": list(self._acts)})


class Autoplay:
    """Plays once, on a stage where nothing has happened yet."""

    def __init__(self, stage: Stage, service: Service, board: Board) -> None:
        self._stage = stage
        self._service = service
        self._report = OnThePage(board)
        self._report.show("waiting")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Raises Misasked when somebody has begun already."""
        till = self._stage.till
        if not till.bills_at_once:
            raise Misasked(f"{till.title} opens its pages when somebody comes to pay: this evening is played by hand.")
        if self._task is not None or self._begun():
            raise Misasked("The evening has begun. Stop the demo and start it again to have it played.")
        self._report.show("playing")
        self._task = asyncio.create_task(self._play())

    def look(self) -> None:
        """Take the offer back when somebody has begun to play by hand, or has to."""
        if self._task is None and (self._begun() or not self._stage.till.bills_at_once):
            self._report.show("missed")

    async def stop(self) -> None:
        """Leave it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begun(self) -> bool:
        stage = self._stage
        said = [*stage.seller.chat(stage.bot).messages, *(one for one in stage.group.messages if not one.service)]
        return bool(said or stage.page.live_videos[0].comments)

    async def _play(self) -> None:
        try:
            await Evening(self._stage, self._service, self._report, pause=PAUSE).play()
            self._report.verdict([expected(), told(await self._service.read()), seen(self._stage)])
        except (Trouble, AssertionError, TimeoutError, aiohttp.ClientError) as trouble:
            self._report.failed(str(trouble) or "something took too long", self._service.last_words())
