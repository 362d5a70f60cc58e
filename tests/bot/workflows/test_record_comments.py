"""The line of comments: who is let in when more come than can be decided."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from bot.kit.errors import Busy
from bot.workflows.record_comments import LONG_LINE, LONGEST_UNREAD, Recorder
from tests.bot.workflows.evening import an_evening


async def test_who_waited_at_the_door_is_sent_away_from_a_long_line_only(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_evening(database_url) as evening:
        may_write = asyncio.Event()
        write = evening.database.write

        async def held_up(*args: Any) -> Any:
            await may_write.wait()
            return await write(*args)

        monkeypatch.setattr(evening.database, "write", held_up)
        recorder = Recorder(evening.assistant)
        workspace_id = evening.workspace_id
        heard = [evening._comment(1, "hello", late=0)]
        told: list[asyncio.Task[None]] = []

        async def come(webhooks: int) -> None:
            told.extend(asyncio.ensure_future(recorder.record(workspace_id, heard)) for _ in range(webhooks))
            await asyncio.sleep(0.01)

        try:
            recorder.check(workspace_id, lambda: 60.0)  # nobody is in line
            await come(1)
            recorder.check(workspace_id, lambda: 60.0)  # a short line
            await come(LONG_LINE + 1)
            recorder.check(workspace_id, lambda: LONGEST_UNREAD)
            with pytest.raises(Busy):
                recorder.check(workspace_id, lambda: LONGEST_UNREAD + 0.1)
        finally:
            may_write.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*told), 20)
            await recorder.close()
        assert all(one.done() for one in told), "whoever was let in is answered"
