"""A bot's updates on their way: kept in order, polled, or posted to a webhook."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.telegram.bell import Bell
from sandbox.telegram.refusal import Refusal

UPDATE_KINDS = frozenset({"message", "edited_message", "callback_query", "my_chat_member", "chat_member"})
DEFAULT_KINDS = UPDATE_KINDS - {"chat_member"}
"""https://core.telegram.org/bots/api#getupdates: chat_member comes only when it was asked for."""

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Update:
    id: int
    kind: str
    body: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


class UpdateQueue:
    """Pending updates, oldest first."""

    def __init__(self, first_id: int) -> None:
        self.pending: deque[Update] = deque()
        self.history: deque[Update] = deque(maxlen=20_000)
        self.kinds = DEFAULT_KINDS
        self.changed = Bell()
        self._next_id = first_id
        self._poll: asyncio.Future[None] | None = None

    def put(self, kind: str, body: dict[str, Any]) -> None:
        """Queue an update, if the bot wants its kind."""
        if kind not in self.kinds:
            return
        update = Update(self._next_id, kind, body)
        self._next_id += 1
        self.history.append(update)
        self.add(update)

    def add(self, update: Update) -> None:
        self.pending.append(update)
        self.changed.ring()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def want(self, kinds: Sequence[str] | None) -> None:
        """`allowed_updates`: absent keeps what was, empty is the default."""
        if kinds is not None:
            self.kinds = UPDATE_KINDS & set(kinds) if kinds else DEFAULT_KINDS

    def clear(self) -> None:
        self.pending.clear()
        self.changed.ring()

    def done(self, update: Update) -> None:
        if self.pending and self.pending[0] is update:
            self.pending.popleft()
            self.changed.ring()

    async def drained(self) -> None:
        while self.pending:
            await self.changed.wait()

    async def poll(self, *, offset: int, limit: int, timeout: float) -> list[Update]:
        """getUpdates: an offset confirms everything below it, a negative one keeps only the last few."""
        self.abort_poll(Refusal(409, OTHER_POLL))
        while self.pending and (self.pending[0].id < offset or len(self.pending) > -offset > 0):
            self.pending.popleft()
        self.changed.ring()
        if not self.pending and timeout > 0:
            await self._wait(timeout)
        return list(self.pending)[:limit]

    def abort_poll(self, reason: Refusal) -> None:
        """Answer the waiting poll, if there is one, with this refusal."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(reason)

    async def _wait(self, timeout: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to post one update; `status` is None when nobody answered."""

    update_id: int
    url: str
    status: int | None
    error: str = ""


@dataclass(kw_only=True)
class Webhook:
    """Where one bot's updates are posted, one at a time and in order."""

    url: str
    secret_token: str
    max_connections: int
    ip_address: str
    queue: UpdateQueue
    log: list[Delivery]
    retry_delays: Sequence[float]
    now: Callable[[], float]
    last_error_date: int | None = None
    last_error_message: str = ""
    _task: asyncio.Task[None] | None = None

    def same_as(self, other: Webhook) -> bool:
        mine = (self.url, self.secret_token, self.max_connections, self.ip_address)
        return mine == (other.url, other.secret_token, other.max_connections, other.ip_address)

    def start(self) -> None:
        self._task = asyncio.create_task(self._deliver_all())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _deliver_all(self) -> None:
        async with aiohttp.ClientSession(timeout=WEBHOOK_TIMEOUT) as session:
            while True:
                while not self.queue.pending:
                    await self.queue.changed.wait()
                update = self.queue.pending[0]
                await self._deliver(session, update)
                self.queue.done(update)

    async def _deliver(self, session: aiohttp.ClientSession, update: Update) -> None:
        """Post until it is taken; after the last delay it is given up, as Telegram does after a day."""
        for delay in (*self.retry_delays, None):
            delivery = await self._post(session, update)
            self.log.append(delivery)
            if not delivery.error:
                return
            self.last_error_date, self.last_error_message = int(self.now()), delivery.error
            if delay is not None:
                await asyncio.sleep(delay)

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> Delivery:
        headers = {SECRET_HEADER: self.secret_token} if self.secret_token else {}
        try:
            async with session.post(self.url, json=update.wire(), headers=headers, allow_redirects=False) as answer:
                await answer.read()
        except TimeoutError:
            return Delivery(update_id=update.id, url=self.url, status=None, error="Read timeout expired")
        except aiohttp.ClientConnectorError:
            return Delivery(update_id=update.id, url=self.url, status=None, error="Connection refused")
        except aiohttp.ClientError:
            return Delivery(update_id=update.id, url=self.url, status=None, error="Webhook connection closed")
        error = ""
        if not 200 <= answer.status <= 299:
            error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        return Delivery(update_id=update.id, url=self.url, status=answer.status, error=error)
