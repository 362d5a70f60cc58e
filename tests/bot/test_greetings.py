"""Platforms that do not answer when we come up: they are tried again until they do, and that is said once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.app import Greeting, Service, utc_now
from bot.kit.errors import Unreachable
from bot.kit.http import Http
from bot.kit.pacing import Pace
from bot.settings import load_settings
from messaging.telegram import TelegramPlatform


async def test_who_does_not_answer_is_tried_once_each_time_however_long_it_lasts(tmp_path: Path) -> None:
    settings = load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path)})
    said: list[str] = []
    service = Service(settings, now=utc_now, say=said.append, pace=Pace(), sleep=asyncio.sleep)
    asked: list[bool] = []
    answers = False

    class Knock(Greeting):
        async def say(self) -> None:
            asked.append(answers)
            if not answers:
                raise Unreachable("nobody is there")

    http = Http()
    try:
        knock = Knock(TelegramPlatform("1001:sandbox", http=http))
        service._greetings.append(knock)
        await service._greet(knock)
        for _ in range(3):
            await service._connect_again()
            await service._meet_again()
        assert len(asked) == 7
        assert said == ["bot 1001: nobody is there"], "and it is said once"
        answers = True
        await service._meet_again()
        await service._meet_again()
        assert asked[7:] == [True]
    finally:
        await http.close()
        await service.assistant.database.close()
