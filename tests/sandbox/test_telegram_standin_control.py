"""The Telegram stand-in when it refuses for speed, when it fails, and when another process lives in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import NetworkError, RetryAfter

from sandbox.telegram import Rates, TelegramStandIn

TOKEN = "1001:sandbox"


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramStandIn]:
    standin = TelegramStandIn(clock=clock)
    await standin.start()
    standin.add_bot(TOKEN, "sale_bot", "Sale")
    yield standin
    await standin.stop()


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot") as bot:
        yield bot


async def called(telegram: TelegramStandIn, method: str, *, token: str = TOKEN, **body: Any) -> dict[str, Any]:
    """A call as raw HTTP, for what a library would hide."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.url}/bot{token}/{method}", json=body) as answer,
    ):
        payload: dict[str, Any] = await answer.json()
        assert payload["ok"] == (answer.status == 200)
        assert payload["ok"] or payload["error_code"] == answer.status
        return payload


async def acted(telegram: TelegramStandIn, **wish: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{telegram.url}/_sandbox/act", json=wish)
        payload: dict[str, Any] = await answer.json()
        return payload


# --- Speed and faults


async def test_one_message_a_second_to_one_person(
    telegram: TelegramStandIn, bot: Bot, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without it, python-telegram-bot warns of a coming change whenever it makes a RetryAfter.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    mai = telegram.person("Mai")
    await mai.starts()
    sent = await bot.send_message(mai.id, "one")
    with pytest.raises(RetryAfter) as slow_down:
        await bot.send_message(mai.id, "two")
    assert slow_down.value.retry_after == timedelta(seconds=1)
    refused = await called(telegram, "editMessageText", chat_id=mai.id, message_id=sent.message_id, text="x")
    assert refused["description"] == "Too Many Requests: retry after 1"
    assert refused["parameters"] == {"retry_after": 1}
    assert telegram.refused_for_rate == 2
    clock.seconds += 1
    await bot.send_message(mai.id, "two")
    assert [message.text for message in mai.chat().messages] == ["/start", "one", "two"]


async def test_twenty_messages_a_minute_into_one_group(telegram: TelegramStandIn, clock: Clock) -> None:
    group = telegram.group("Friday sale")
    await group.adds_bot(telegram.network.only_bot())
    for number in range(20):
        assert (await called(telegram, "sendMessage", chat_id=group.id, text=str(number)))["ok"]
        clock.seconds += 1
    refused = await called(telegram, "sendMessage", chat_id=group.id, text="20")
    assert refused["parameters"] == {"retry_after": 40}


async def test_thirty_messages_a_second_overall(telegram: TelegramStandIn) -> None:
    people = [telegram.person(f"Buyer {number}") for number in range(31)]
    for person in people:
        await person.starts()
    answers = [await called(telegram, "sendMessage", chat_id=person.id, text="hi") for person in people]
    assert [answer["ok"] for answer in answers] == [True] * 30 + [False]


async def test_a_burst_can_be_allowed(clock: Clock) -> None:
    telegram = TelegramStandIn(clock=clock, rates=Rates(private_burst=3))
    await telegram.start()
    telegram.add_bot(TOKEN, "sale_bot", "Sale")
    mai = telegram.person("Mai")
    await mai.starts()
    answers = [await called(telegram, "sendMessage", chat_id=mai.id, text=text) for text in "abcd"]
    assert [answer["ok"] for answer in answers] == [True, True, True, False]
    await telegram.stop()


async def test_a_lost_answer_leaves_its_message(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    telegram.fail("drop_response", path="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(mai.id, "hello")
    await mai.hears("hello")


# --- From another process


async def test_a_conversation_can_be_held_over_http(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = await acted(telegram, do="person", first_name="Mai", username="mai")
    await acted(telegram, do="group", title="Friday sale", members=["mai"])
    await acted(telegram, do="adds_bot", chat="Friday sale")
    said = await acted(telegram, do="says", person=mai["id"], chat="Friday sale", text="sold 12")
    await acted(telegram, do="edits", person="mai", chat="Friday sale", message=said["id"], text="sold 13")
    await acted(telegram, do="starts", person="mai", payload="show-7")
    keyboard = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Pay", "https://pay.example/1"))
    await bot.send_message(mai["id"], "<b>Yours</b>", parse_mode="HTML", reply_markup=keyboard)
    heard = await acted(telegram, do="hears", person="mai", contains="Yours")
    tapped = await acted(telegram, do="taps", person="mai", message=heard["id"], button="Pay")
    assert tapped == {"tapped": "https://pay.example/1"}
    await acted(telegram, do="blocks", person="mai")

    async with aiohttp.ClientSession() as session:
        books = await (await session.get(f"{telegram.url}/_sandbox/books")).json()
    private = next(chat for chat in books["chats"] if chat["type"] == "private")
    group = next(chat for chat in books["chats"] if chat["type"] == "supergroup")
    assert (private["bot"], private["blocked"]) == ("sale_bot", True)
    assert [message["text"] for message in private["messages"]] == ["/start show-7", "Yours"]
    assert private["messages"][1]["html"] == "<b>Yours</b>"
    assert [(message["text"], message["edits"]) for message in group["messages"][1:]] == [("sold 13", ["sold 12"])]


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"do": "dances"}, "what is 'dances'?"),
        ({"do": "says", "person": "nobody", "text": "hi"}, "nobody here is 'nobody'"),
        ({"do": "group"}, "what is 'title'?"),
        ({"do": "kicks", "chat": "nowhere"}, "no group here is 'nowhere'"),
    ],
)
async def test_a_wish_nobody_understands_is_explained(
    telegram: TelegramStandIn, wish: dict[str, Any], error: str
) -> None:
    assert await acted(telegram, **wish) == {"error": error}
