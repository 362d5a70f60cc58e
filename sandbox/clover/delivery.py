"""Webhooks on their way: signed as documented, in one of the shapes seen, and misdelivered on request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp

from sandbox.clover.books import Merchant

Shape = Literal["labels", "camel", "nested", "unnamed"]
Order = Literal["as_is", "reversed", "shuffled"]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to hand a report over; status 0 when nobody answered."""

    url: str
    status: int
    attempt: int
    forged: bool
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One report for one merchant's address, in the bytes that every attempt will send."""

    merchant: Merchant
    body: bytes
    forged: bool = False


class Postman:
    """Delivers in background tasks."""

    def __init__(self, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self.deliveries: list[Delivery] = []
        self.shape: Shape = "camel"
        """How reports are written from now on: the documented labels, or what integrators have seen."""
        self.retry_after: tuple[float, ...] = (0.05, 0.1, 0.2)
        self.delay = 0.0
        """Seconds a report is held up."""
        self.holding = False
        self.losing = False
        self.held: list[Parcel] = []
        self.sent: list[Parcel] = []
        """Every report there was."""
        self._now = now
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def announce(self, merchant: Merchant, said: dict[str, Any]) -> None:
        """Report to the merchant's address, or hold it."""
        if not merchant.webhook_url:
            return
        parcel = Parcel(merchant=merchant, body=json.dumps(_shaped(said, self.shape)).encode())
        self.sent.append(parcel)
        if self.holding:
            self.held.append(parcel)
        elif not self.losing:
            self.send([parcel])

    def release(self, order: Order, duplicate: int) -> int:
        """Let go of what was held, each `duplicate` times more; how many that makes."""
        self.holding = False
        parcels = [parcel for parcel in self.held for _ in range(1 + duplicate)]
        self.held = []
        if order == "reversed":
            parcels.reverse()
        elif order == "shuffled":
            random.Random(0).shuffle(parcels)
        self.send(parcels)
        return len(parcels)

    def send(self, parcels: list[Parcel]) -> None:
        """Hand these over, one after the other."""
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

    async def _deliver_all(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            await self._deliver(parcel)

    async def _deliver(self, parcel: Parcel) -> None:
        for attempt, pause in enumerate((self.delay, *(() if parcel.forged else self.retry_after)), start=1):
            if pause:
                await self._sleep(pause)
            url = parcel.merchant.webhook_url
            status = await self._hand_over(parcel, url)
            self.deliveries.append(
                Delivery(url=url, status=status, attempt=attempt, forged=parcel.forged, body=parcel.body)
            )
            if 200 <= status < 300:
                return

    async def _hand_over(self, parcel: Parcel, url: str) -> int:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        secret = "somebody else" if parcel.forged else parcel.merchant.signing_secret
        headers = {
            "Content-Type": "application/json",
            "Clover-Signature": sign(parcel.body, secret, int(self._now())),
        }
        try:
            async with self._session.post(url, data=parcel.body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


def sign(body: bytes, secret: str, moment: int) -> str:
    """The Clover-Signature header. https://docs.clover.com/dev/docs/ecomm-hosted-checkout-webhook"""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _shaped(said: dict[str, Any], shape: Shape) -> dict[str, Any]:
    if shape == "labels":
        return {"Created Time" if name == "createdTime" else name[0].upper() + name[1:]: said[name] for name in said}
    if shape == "nested":
        return said | {"data": {"checkoutSessionId": said["data"]}}
    if shape == "unnamed":
        return {name: value for name, value in said.items() if name != "data"} | {"reference": said["data"]}
    return said
