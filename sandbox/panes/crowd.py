"""The crowd: comments by people nobody has to play, the same ones in every evening, as fast as asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from sandbox.evening.stage import Stage
from sandbox.panes.board import Board
from sandbox.telegram.people import Person

RATES = (0, 1, 20, 200)
"""Comments per second that can be asked for."""
TICK = 0.25
MOST_AT_ONCE = 100
"""How much of what was missed is made up for after a pause."""
IN_THE_GROUP = 0.2
"""The part of the crowd that is on Telegram: its groups are slower than live videos are."""

NAMES = ("Ada", "Bo", "Cleo", "Dee", "Ella", "Flo", "Gia", "Hoa", "Ida", "Jo", "Kai", "Lou", "Mo", "Nia", "Oda")
SAYINGS = ("sold {}", "{} sold", "{}+1", "SOLD {}!!", "mine {}", "sold {} please 🙏", "sold #{}", "Sold {} ❤️")
CHATTER = ("so pretty 😍", "how much is {}?", "hi from Texas!!", "is {} sold?", "💙💙💙", "can you show {} again")


class Crowd:
    """Comments until it is told to stop; `codes` says what is on sale at the moment."""

    def __init__(self, stage: Stage, board: Board, codes: Callable[[], Sequence[str]]) -> None:
        self._stage = stage
        self._board = board
        self._codes = codes
        self._random = Random(20)
        self._chatters: dict[str, Person] = {}
        self._task: asyncio.Task[None] | None = None
        self.said = 0
        self.rate = 0
        self._tell()

    def run(self, rate: int) -> None:
        """From now on so many comments per second; none with 0."""
        if rate not in RATES:
            raise ValueError(f"a crowd runs at one of {RATES}, not {rate}")
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.rate = rate
        if rate:
            self._task = asyncio.create_task(self._go_on(rate))
        self._tell()

    async def stop(self) -> None:
        """Stop, and wait until it has."""
        task = self._task
        self.run(0)
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _go_on(self, rate: int) -> None:
        loop = asyncio.get_running_loop()
        clock, owed = loop.time(), 1.0
        while True:
            due = min(int(owed), MOST_AT_ONCE)
            await self._speak(due)
            self._tell()
            await asyncio.sleep(TICK)
            now = loop.time()
            clock, owed = now, min(owed - due + (now - clock) * rate, MOST_AT_ONCE)

    async def _speak(self, count: int) -> None:
        """So many comments; those on Facebook arrive together."""
        lines = [self._line() for _ in range(count)]
        for name, text, in_the_group in lines:
            if in_the_group:
                await (await self._chatter(name)).says(text, to=self._stage.group)
        below = [(name, text) for name, text, in_the_group in lines if not in_the_group]
        if below:
            async with self._stage.facebook.batch():
                for name, text in below:
                    await self._stage.facebook.person(name).comments(self._stage.page.live_videos[0], text)
        self.said += count

    def _line(self) -> tuple[str, str, bool]:
        """Who says what next, and whether in the group."""
        random = self._random
        name = f"{random.choice(NAMES)} {random.choice('ABCDEFGHKLMNPRSTW')}."
        saying = random.choice(SAYINGS if random.random() < 0.7 else CHATTER)
        return name, saying.format(random.choice(self._codes() or ("12",))), random.random() < IN_THE_GROUP

    async def _chatter(self, name: str) -> Person:
        """Somebody in the group, who has opened the private chat before coming in."""
        if name not in self._chatters:
            username = name.lower().replace(" ", "_").replace(".", "_x")
            person = self._chatters[name] = self._stage.telegram.person(name, username=username)
            await self._stage.group.adds(person)
            await person.starts(self._stage.bot)
        return self._chatters[name]

    def _tell(self) -> None:
        self._board.put("crowd", {"rate": self.rate, "said": self.said})
