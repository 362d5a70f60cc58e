"""Webhooks on their way: signed the real way, retried, and misdelivered on request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import aiohttp

from sandbox.stripe.books import Books
from sandbox.stripe.events import covers
from sandbox.stripe.resources import Resource

Order = Literal["as_is", "reversed", "shuffled"]

_AT_ONCE = 8


def sign(body: bytes, secret: str, moment: int) -> str:
    """The Stripe-Signature header. https://docs.stripe.com/webhooks#verify-manually"""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


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

    books: Books
    event: Resource
    endpoint: Resource
    body: bytes
    forged: bool = False


class Postman:
    """Delivers in background tasks; several at once, so order is likely and never promised."""

    def __init__(self, now: Callable[[], int], sleep: Callable[[float], Awaitable[None]]) -> None:
        self.deliveries: list[Delivery] = []
        self.retry_after: tuple[float, ...] = (0.05, 0.1, 0.2)
        """Seconds to wait before each further attempt; after the last the event stays undelivered."""
        self.late: dict[str, float] = {}
        """Seconds an event type (`invoice.paid`, `invoice.*`) is held up."""
        self.losing = False
        """Whether whatever is sent vanishes on the way."""
        self.holding = False
        self.held: list[Parcel] = []
        self.random = random.Random(0)
        self._now = now
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def announce(self, books: Books, event: Resource) -> None:
        """Send a new event to every endpoint that asked for it, or hold it."""
        parcels = list(_parcels(books, event))
        event["pending_webhooks"] = len(parcels)
        if self.losing:
            return
        if self.holding:
            self.held += parcels
            return
        for parcel in parcels:
            self._start([parcel])

    def release(self, order: Order, duplicate: int) -> int:
        """Let go of what was held, one after the other, each `duplicate` times more; how many that makes."""
        self.holding = False
        parcels = [parcel for parcel in self.held for _ in range(1 + duplicate)]
        self.held = []
        if order == "reversed":
            parcels.reverse()
        elif order == "shuffled":
            self.random.shuffle(parcels)
        self._start(parcels)
        return len(parcels)

    def again(self, books: Books, event: Resource, *, forged: bool = False) -> int:
        """Send an old event once more, or a forgery of it; to how many endpoints."""
        parcels = list(_parcels(books, event, forged=forged))
        self._start(parcels)
        return len(parcels)

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

    def _start(self, parcels: list[Parcel]) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver_all(parcels))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_all(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            await self._deliver(parcel)

    async def _deliver(self, parcel: Parcel) -> None:
        delays = (s for type_, s in self.late.items() if covers(type_, parcel.event["type"]))
        pauses = (max(delays, default=0.0), *(() if parcel.forged else self.retry_after))
        for attempt, pause in enumerate(pauses, start=1):
            if pause:
                await self._sleep(pause)
            async with self._turns:
                status = await self._hand_over(parcel)
            self.deliveries.append(
                Delivery(
                    url=parcel.endpoint["url"],
                    event_id=parcel.event["id"],
                    type=parcel.event["type"],
                    status=status,
                    attempt=attempt,
                    forged=parcel.forged,
                )
            )
            if 200 <= status < 300 and not parcel.forged:
                parcel.books.delivered += 1
                parcel.event["pending_webhooks"] = max(0, parcel.event["pending_webhooks"] - 1)
            if 200 <= status < 300:
                return

    async def _hand_over(self, parcel: Parcel) -> int:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        secret = "whsec_forged" if parcel.forged else parcel.endpoint["_secret"]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(parcel.body, secret, self._now()),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with self._session.post(
                parcel.endpoint["url"], data=parcel.body, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


def _parcels(books: Books, event: Resource, *, forged: bool = False) -> Iterable[Parcel]:
    own: list[tuple[Resource, Resource]] = [(one, {}) for one in books.all("webhook_endpoint") if not one["_connect"]]
    for platform in books.platforms:
        own += [(one, {"account": books.id}) for one in platform.all("webhook_endpoint") if one["_connect"]]
    for endpoint, extra in own:
        if any(covers(wanted, event["type"]) for wanted in endpoint["enabled_events"]):
            body = json.dumps(books.present(event) | extra, indent=2).encode()
            yield Parcel(books=books, event=event, endpoint=endpoint, body=body, forged=forged)
