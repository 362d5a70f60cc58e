"""Telegram and Facebook on a bad line: a message ends soon, in the kind of error that says what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.kit.errors import OutcomeUnknown, OutsideError, Refused
from bot.kit.http import BODY_LIMIT, Http
from messaging.base import Address, CannotReach, Outgoing, Platform, Where
from messaging.messenger import MessengerPlatform
from messaging.telegram import TelegramPlatform
from tests.bad_line import (
    GIGABYTE,
    METADATA,
    SOON,
    BadLine,
    Behaviour,
    babbles,
    bad_line,
    drips,
    hangs_up,
    patience,
    resets_midway,
    says,
    says_a_gigabyte,
    says_nothing,
)

SECRET = "1001:AAsandbox_token_of_the_story_bot_00000"

BEHAVIOURS: dict[str, tuple[Behaviour, type[OutsideError]]] = {
    "a black hole": (says_nothing, OutcomeUnknown),
    "a drip": (drips, OutcomeUnknown),
    "a reset midway": (resets_midway, OutcomeUnknown),
    "hanging up": (hangs_up, OutcomeUnknown),
    "no HTTP": (babbles, OutcomeUnknown),
    "a body that stops": (says(200, '{"ok": true', length=1000), OutcomeUnknown),
    "truncated JSON": (says(200, '{"ok": true, "result": {"message_id"'), OutcomeUnknown),
    "a gateway's page": (says(502, "<html>Bad gateway</html>", "Content-Type: text/html"), OutcomeUnknown),
    "a page that says yes": (says(200, "<html>Welcome to the hotel</html>", "Content-Type: text/html"), OutcomeUnknown),
    "a redirect into our network": (says(302, "", f"Location: {METADATA}"), Refused),
    "a gigabyte": (says_a_gigabyte, OutcomeUnknown),
}


@pytest.fixture
async def http(request: pytest.FixtureRequest) -> AsyncIterator[Http]:
    http = Http(timeout=patience(request.node.callspec.params.get("behaviour", "")))
    yield http
    await http.close()


def platform_on(line: BadLine, name: str, http: Http) -> Platform:
    if name == "telegram":
        return TelegramPlatform(SECRET, api_base=line.url, http=http)
    return MessengerPlatform("9001", SECRET, "app-secret", graph_base=line.url, http=http)


TO_MAI = Outgoing(to=Address(where=Where.CHAT, id="7"), text="Pay here")


@pytest.mark.parametrize("name", ["telegram", "messenger"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_message_ends_soon_in_the_right_kind_of_error(behaviour: str, name: str, http: Http) -> None:
    how, kind = BEHAVIOURS[behaviour]
    async with bad_line(how) as line:
        platform = platform_on(line, name, http)
        async with asyncio.timeout(SOON):
            with pytest.raises(kind) as caught:
                await platform.send(TO_MAI)
    assert type(caught.value) is kind
    assert len(line.asked) == 1, "a message is sent once"
    assert SECRET not in str(caught.value)
    assert line.said < BODY_LIMIT + 16 * 2**20 < GIGABYTE


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("telegram", '{"ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}'),
        ("messenger", '{"error": {"message": "(#551) Not available", "type": "OAuthException", "code": 551}}'),
    ],
)
async def test_no_said_with_a_status_of_yes_is_a_no(name: str, body: str, http: Http) -> None:
    async with bad_line(says(200, body, "Content-Type: text/plain")) as line:
        with pytest.raises(CannotReach):
            await platform_on(line, name, http).send(TO_MAI)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("telegram", '{"ok": true, "result": {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}}'),
        ("messenger", '{"recipient_id": "7", "message_id": "5"}'),
    ],
)
async def test_yes_under_a_wrong_content_type_is_a_yes(name: str, body: str, http: Http) -> None:
    async with bad_line(says(200, body, "Content-Type: image/png")) as line:
        assert (await platform_on(line, name, http).send(TO_MAI)).message_id == "5"
