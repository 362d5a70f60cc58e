"""The assistant: what every deed needs at hand, put together once by `bot.app`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from adapters.base import App, PaymentProvider
from bot.kit.bell import Bell
from bot.settings import Settings
from bot.workflows.count_wrong_codes import WrongCodes
from messaging.base import Platform
from storage.channels import Channel
from storage.crypto import Vault
from storage.database import Database
from storage.integrations import Integration

_log = logging.getLogger(__name__)


class Jobs(Protocol):
    """Durable work: handed over after the commit that makes it necessary, done once per key, whatever crashes."""

    async def place_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        """Make an invoice at its provider, then deliver its link."""

    async def deliver(
        self, workspace_id: int, delivery_id: int, attempt: int, chat: str, *, reply: bool = False
    ) -> None:
        """Get a message to its person; messages to one `chat` keep their order."""

    async def settle(self, workspace_id: int, inbox_id: int, attempt: int = 1) -> None:
        """Act on a kept payment event."""

    async def void_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        """Close an invoice at its provider."""

    async def balance_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Have an invoice's page at its provider ask for what is left to pay, and for nothing else."""

    async def refund(self, workspace_id: int, refund_id: int, tries: int) -> None:
        """Have a provider send money back."""

    async def watch_run(self, workspace_id: int, run_id: int, attempt: int = 1) -> None:
        """Show a run's progress in its message until it is over."""


@dataclass(frozen=True, kw_only=True)
class Connected:
    """A channel and the platform that speaks for it."""

    channel: Channel
    platform: Platform


@dataclass(kw_only=True)
class Assistant:
    """Everything a deed may reach for; nothing global, so that two can live side by side in a test."""

    settings: Settings
    database: Database
    vault: Vault
    now: Callable[[], datetime]
    provider_for: Callable[[Integration], PaymentProvider]
    """Opens a workspace's connection. Raises NotAuthorised when its credentials are gone."""
    connect_provider: Callable[[str, dict[str, str]], PaymentProvider]
    """A provider with credentials that are not stored yet."""
    app_of: Callable[[str], App]
    """What the environment says about a provider."""
    connected: dict[int, Connected] = field(default_factory=dict)
    """By channel id."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """Waits so many seconds before something is tried again."""
    jobs: Jobs = field(init=False)
    bell: Bell = field(default_factory=Bell)
    """Rung after every commit."""
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)
    run_texts: dict[int, str] = field(default_factory=dict)
    """What the message about a run says, by its id, for as long as this process shows it."""
    _errands: set[asyncio.Task[None]] = field(default_factory=set)

    def spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        """Run something whose loss a sweep would repair beside the current work."""
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.warning("an errand failed; the sweep will repeat it", exc_info=failure)

    async def errands_done(self, within: float | None = None) -> None:
        """Wait until nothing spawned is under way; what takes longer than that is left to a sweep."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._errands:
                    await asyncio.wait(self._errands)
        for errand in self._errands:
            errand.cancel()

    def on(self, channel_id: int) -> Connected | None:
        """The platform of a channel, or None when it is not connected (any more)."""
        return self.connected.get(channel_id)
