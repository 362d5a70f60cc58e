"""Hears a Telegram bot by long polling, for a service that nobody can call; one process at a time does."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta

from bot.jobs.duties import Duties
from bot.kit.errors import Busy, NotAuthorised, OutsideError
from bot.workflows.assistant import Assistant
from bot.workflows.hear_events import Ears
from bot.workflows.tell import hand_over
from bot.workflows.tell_shut_out import tell_shared
from messaging.telegram import CONFLICT, TelegramPlatform, read_update
from storage import channels
from storage.channels import Channel

_log = logging.getLogger(__name__)

WAIT_SECONDS = 25
"""How long Telegram holds an empty answer back."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_MOST_CONFLICTS, _CONFLICTS_WITHIN = 3, timedelta(minutes=2)
"""Somebody who was about to stop, as an earlier life of ours, has done so by then."""


class Poll:
    """One bot's loop. The offset moves only after the commit: what was not kept is handed out again."""

    def __init__(
        self, assistant: Assistant, ears: Ears, duties: Duties, channel: Channel, platform: TelegramPlatform
    ) -> None:
        self._assistant = assistant
        self._ears = ears
        self._duties = duties
        self._channel = channel
        self._platform = platform
        self._task: asyncio.Task[None] | None = None
        self._conflicts: deque[datetime] = deque(maxlen=_MOST_CONFLICTS)

    def start(self) -> None:
        """Begin to poll, as soon as nobody else does: Telegram lets nobody poll beside another."""
        name = f"polling for channel {self._channel.id}"
        self._task = asyncio.create_task(self._duties.carry_out(name, self._go_on), name=name)

    async def stop(self) -> None:
        """Stop; what was fetched and not yet kept is handed out again next time."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go_on(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                if not self._platform.username:
                    await self._platform.start()
                await self._once()
                pause = _FIRST_PAUSE
            except Exception as trouble:
                if isinstance(trouble, NotAuthorised) and trouble.code == CONFLICT:
                    await self._take_over()
                known = isinstance(trouble, OutsideError)
                _log.warning("polling %s: %s", self._channel.title, trouble, exc_info=None if known else trouble)
                asked = trouble.retry_after if isinstance(trouble, Busy) and trouble.retry_after else 0.0
                await asyncio.sleep(max(asked, pause))
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _take_over(self) -> None:
        """A webhook set by an earlier life of this bot keeps updates from being polled; or somebody else polls, too."""
        assistant, channel, now = self._assistant, self._channel, self._assistant.now()
        self._conflicts.append(now)
        with suppress(OutsideError):
            await self._platform.delete_webhook()
        if len(self._conflicts) == _MOST_CONFLICTS and now - self._conflicts[0] < _CONFLICTS_WITHIN:
            parcels = await assistant.database.write(tell_shared, channel.workspace_id, channel.id, now)
            await hand_over(assistant, channel.workspace_id, parcels)

    async def _once(self) -> None:
        assistant, channel = self._assistant, self._channel
        offset = await assistant.database.read(channels.poll_offset, channel.workspace_id, channel.id) or 0
        updates = await self._platform.get_updates(offset, WAIT_SECONDS)
        events = [
            event
            for update in updates
            for event in read_update(update, bot_username=self._platform.username, now=assistant.now())
        ]
        await self._ears.hear(channel, events)
        if numbers := [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]:
            await assistant.database.write(
                channels.move_poll_offset, channel.workspace_id, channel.id, max(numbers) + 1
            )
