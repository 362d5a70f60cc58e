"""Webhooks on their way, whoever sends them: retried, and misdelivered on request."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import aiohttp

Order = Literal["as_is", "reversed", "shuffled"]

_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to hand an event to an endpoint; status 0 when nobody answered."""

    url: str
    event_id: str
    type: str
    status: int
    attempt: int
    forged: bool


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """An event for one endpoint, in the bytes that every attempt will send."""

    url: str
    event_id: str
    type: str
    body: bytes
    headers: Mapping[str, str]
    timed: Callable[[], Mapping[str, str]] = dict
    """More of them, made anew for every attempt: a signature may have a time in it."""
    taken: Callable[[], object] = lambda: None
    """What is done when the endpoint has taken it."""
    forged: bool = False


def covers(wanted: str, type_: str) -> bool:
    """Whether `invoice.*`, `*` or a whole name asks for this type of event."""
    return wanted in ("*", type_) or (wanted.endswith(".*") and type_.startswith(wanted[:-1]))


class Postman:
    """Delivers in background tasks; several at once, so order is likely and never promised."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.deliveries: list[Delivery] = []
        self.retry_after: tuple[float, ...] = (0.05, 0.1, 0.2)
        """Seconds to wait before each further attempt; after the last the event stays undelivered."""
        self.late: dict[str, float] = {}
        """Seconds a type of event (`invoice.paid`, `invoice.*`, `*`) is held up."""
        self.losing = False
        """Whether whatever is sent vanishes on the way."""
        self.holding = False
        self.held: list[Parcel] = []
        self.random = random.Random(0)
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def post(self, parcels: Sequence[Parcel]) -> None:
        """Send new parcels, or hold them, or lose them."""
        if self.losing:
            return
        if self.holding:
            self.held += parcels
            return
        for parcel in parcels:
            self.send([parcel])

    def release(self, order: Order, duplicate: int) -> int:
        """Let go of what was held, one after the other, each `duplicate` times more; how many that makes."""
        self.holding = False
        parcels = [parcel for parcel in self.held for _ in range(1 + duplicate)]
        self.held = []
        if order == "reversed":
            parcels.reverse()
        elif order == "shuffled":
            self.random.shuffle(parcels)
        self.send(parcels)
        return len(parcels)

    def send(self, parcels: Sequence[Parcel]) -> None:
        """Deliver these, one after the other, whatever else is held or lost."""
        task = asyncio.get_running_loop().create_task(self._deliver_all(parcels))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until nothing is on its way; what is held stays held."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Drop what is on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver_all(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            await self._deliver(parcel)

    async def _deliver(self, parcel: Parcel) -> None:
        delay = max((seconds for type_, seconds in self.late.items() if covers(type_, parcel.type)), default=0.0)
        pauses = (delay, *(() if parcel.forged else self.retry_after))
        for attempt, pause in enumerate(pauses, start=1):
            if pause:
                await self._sleep(pause)
            async with self._turns:
                status = await self._hand_over(parcel)
            self.deliveries.append(
                Delivery(
                    url=parcel.url,
                    event_id=parcel.event_id,
                    type=parcel.type,
                    status=status,
                    attempt=attempt,
                    forged=parcel.forged,
                )
            )
            if 200 <= status < 300:
                parcel.taken()
                return

    async def _hand_over(self, parcel: Parcel) -> int:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        try:
            async with self._session.post(
                parcel.url, data=parcel.body, headers={**parcel.headers, **parcel.timed()}, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
