"""The webhook sender: verification, signed deliveries, batches, retries, repeats and forgeries.

https://developers.facebook.com/docs/messenger-platform/webhooks
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

MOST_EVENTS = 1000
"""Facebook puts up to this many updates into one delivery."""


class VerificationFailed(Exception):
    """The callback did not answer the handshake as it must; the message says what came instead."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something a Page tells its subscribers: a change, or something in a conversation."""

    page_id: str
    field: str
    """What the Page must be subscribed to."""
    at: float
    change: dict[str, Any] | None = None
    messaging: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One POST: what came back (0: nothing) and how long it took."""

    status: int
    seconds: float


@dataclass(kw_only=True)
class Delivery:
    """One body on its way to the callback, with every attempt."""

    body: bytes
    headers: dict[str, str]
    events: int
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.attempts[-1].status if self.attempts else 0

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300


def envelope(events: Sequence[Event]) -> bytes:
    """The bytes that are signed and sent: entries by Page, non-ASCII escaped.

    Changes of one Page share an entry, dated in seconds; every messaging event has its own, in milliseconds.
    """
    entries: list[dict[str, Any]] = []
    for event in events:
        if event.messaging is not None:
            entries.append({"id": event.page_id, "time": int(event.at * 1000), "messaging": [event.messaging]})
            continue
        change = {"value": event.change, "field": event.field}
        last = entries[-1] if entries else {}
        if last.get("id") == event.page_id and "changes" in last:
            last["changes"].append(change)
        else:
            entries.append({"id": event.page_id, "time": int(event.at), "changes": [change]})
    return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode("ascii")


def sign(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """Delivers to one callback, lane by lane; a delivery that waits for its retry holds nobody up."""

    def __init__(self, *, app_secret: str, verify_token: str) -> None:
        self.app_secret = app_secret
        self.verify_token = verify_token
        self.callback_url: str | None = None
        self.deliveries: list[Delivery] = []
        self.retry_delays: tuple[float, ...] = (0.05, 0.2, 0.5)
        """Facebook "immediately tries a few more times"."""
        self.timeout = 5.0
        """An answer later than this is no answer."""
        self.duplicates = 0
        """How many more times every delivery is sent."""
        self.random = Random(12)
        self.lanes = asyncio.Semaphore(1)
        """How many deliveries are under way at once; one lane keeps them in order."""
        self.losing = False
        """Whether whatever happens is never told: nothing is delivered, nor tried again."""
        self._held: list[Event] | None = None
        self._tasks: set[asyncio.Task[Delivery]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def verify(self, callback_url: str) -> None:
        """Shake hands with the callback and deliver to it from now on, or raise `VerificationFailed`."""
        challenge = str(secrets.randbelow(2**31))
        handshake = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self.verify_token,
        }
        client = self._client()
        async with client.get(callback_url, params=handshake, allow_redirects=False) as response:
            answer = await response.read()
        if response.status != 200:
            raise VerificationFailed(f"The callback answered {response.status}, not 200.")
        if answer != challenge.encode():
            raise VerificationFailed(
                f"Response does not match challenge, expected value={challenge!r}, received={answer!r}."
            )
        self.callback_url = callback_url

    def offer(self, event: Event) -> None:
        """Deliver an event soon, or with its batch. Without a callback nobody hears it."""
        if self.losing:
            return
        if self._held is not None:
            self._held.append(event)
        elif self.callback_url is not None:
            self._send([event])

    @asynccontextmanager
    async def batch(
        self, *, size: int = MOST_EVENTS, shuffled: bool = False, duplicates: int = 0
    ) -> AsyncIterator[list[Event]]:
        """Hold what happens inside; then deliver it, `size` events at a time, and wait for the answers.

        What is held is a list: change it and the delivery changes.
        """
        held: list[Event] = []
        self._held = held
        try:
            yield held
        finally:
            self._held = None
        events = held * (1 + duplicates)
        if shuffled:
            self.random.shuffle(events)
        if self.callback_url is not None:
            chunks = [events[start : start + size] for start in range(0, len(events), size)]
            await asyncio.gather(*(self.deliver(chunk) for chunk in chunks))

    async def deliver(self, events: Sequence[Event]) -> Delivery:
        """Put these events into one POST, and return when it was answered or given up."""
        if not 0 < len(events) <= MOST_EVENTS:
            raise ValueError(f"a delivery has 1 to {MOST_EVENTS} events, not {len(events)}")
        return await self._send(events)

    async def deliver_bytes(self, body: bytes, *, headers: dict[str, str] | None = None) -> Delivery:
        """Deliver any bytes once, rightly signed; `headers` replace the usual ones."""
        return await self._start(body, events=0, headers=headers, retry=False)

    async def deliver_forged(self, events: Sequence[Event] = ()) -> Delivery:
        """Deliver once with a signature made with another secret: it must be refused."""
        body = envelope(events)
        forged = {"X-Hub-Signature-256": sign(self.app_secret + "-not", body)}
        return await self._start(body, events=len(events), headers=forged, retry=False)

    async def redeliver(self, last: int = 1, *, times: int = 1) -> list[Delivery]:
        """Deliver the last so many deliveries again, byte for byte, `times` times and all at once."""
        again = self.deliveries[-last:] * times
        runs = [self._start(old.body, events=old.events, at_once=True) for old in again]
        return list(await asyncio.gather(*runs))

    async def drain(self) -> None:
        """Return when every delivery has been acknowledged or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _send(self, events: Sequence[Event]) -> asyncio.Task[Delivery]:
        body = envelope(events)
        for _ in range(self.duplicates):
            self._start(body, events=len(events))
        return self._start(body, events=len(events))

    def _start(
        self,
        body: bytes,
        *,
        events: int,
        headers: dict[str, str] | None = None,
        retry: bool = True,
        at_once: bool = False,
    ) -> asyncio.Task[Delivery]:
        signed = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature": "sha1=" + hmac.new(self.app_secret.encode(), body, "sha1").hexdigest(),
            "X-Hub-Signature-256": sign(self.app_secret, body),
        }
        delivery = Delivery(body=body, headers=signed | (headers or {}), events=events)
        self.deliveries.append(delivery)
        task = asyncio.create_task(self._run(delivery, retry=retry, at_once=at_once))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, delivery: Delivery, *, retry: bool, at_once: bool) -> Delivery:
        if at_once:
            await self._attempt(delivery)
        else:
            async with self.lanes:
                await self._attempt(delivery)
        for pause in self.retry_delays if retry else ():
            if delivery.acknowledged:
                break
            await asyncio.sleep(pause)
            await self._attempt(delivery)
        return delivery

    async def _attempt(self, delivery: Delivery) -> None:
        if self.callback_url is None:
            raise VerificationFailed("Nothing can be delivered before verify() has succeeded.")
        started = time.perf_counter()
        try:
            async with self._client().post(
                self.callback_url,
                data=delivery.body,
                headers=delivery.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        delivery.attempts.append(Attempt(status=status, seconds=time.perf_counter() - started))

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
        return self._session
