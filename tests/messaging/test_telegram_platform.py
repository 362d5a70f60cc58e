"""A bot talks to people over real HTTP, and every way it can fail has its own error."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import telegram as telegram_api

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.http import Http
from bot.kit.pacing import Pace
from messaging.base import Address, Because, Button, CannotReach, Message, Moved, Outgoing, Where
from messaging.telegram import TelegramPlatform, read_update
from sandbox.telegram import Bot, TelegramStandIn

TOKEN = "1001:sandbox-secret"
PAY = Button(title="Pay now", url="https://pay.example/7")
AGAIN = Button(title="Send again", payload="resend:7")


class Clock:
    """Time that passes only while somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramStandIn]:
    telegram = TelegramStandIn(clock=clock, limits=False)
    await telegram.start()
    yield telegram
    await telegram.stop()
    assert telegram.unknown_parameters == []


@pytest.fixture
def bot(telegram: TelegramStandIn) -> Bot:
    return telegram.add_bot(TOKEN, "live_assist_bot", "Live Assist")


@pytest.fixture
async def platform(telegram: TelegramStandIn, bot: Bot, clock: Clock) -> AsyncIterator[TelegramPlatform]:
    platform = TelegramPlatform(TOKEN, api_base=telegram.url, pace=Pace(clock, clock.sleep))
    yield platform
    await platform.close()


@pytest.fixture
async def hasty_http() -> AsyncIterator[Http]:
    http = Http(timeout=1.0)
    yield http
    await http.close()


def to(chat_id: int | str, text: str = "Hello", *rows: tuple[Button, ...]) -> Outgoing:
    return Outgoing(to=Address(where=Where.CHAT, id=str(chat_id)), text=text, buttons=rows)


async def test_starting_tells_who_the_bot_is(platform: TelegramPlatform) -> None:
    assert (platform.external_id, platform.title, platform.chat_link()) == ("1001", "bot 1001", "")
    await platform.start()
    assert (platform.title, platform.username, platform.reads_groups) == (
        "Live Assist",
        "live_assist_bot",
        True,
    )
    assert platform.chat_link("inv_7f3") == "https://t.me/live_assist_bot?start=inv_7f3"


async def test_a_refused_token_is_not_quoted(telegram: TelegramStandIn, hasty_http: Http) -> None:
    platform = TelegramPlatform("1002:wrong-secret", api_base=telegram.url, http=hasty_http)
    for call in (platform.start(), platform.get_updates(0, 0)):
        with pytest.raises(NotAuthorised) as refused:
            await call
        assert "wrong-secret" not in "".join(traceback.format_exception(refused.value))


async def test_a_message_arrives_with_its_buttons_and_a_tap_comes_back(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai", username="mai")
    await mai.starts()
    sent = await platform.send(to(mai.id, "Jade <b>bangle</b> & co.", (PAY,), (AGAIN,)))
    heard = await mai.hears("Jade <b>bangle</b> & co.")
    assert (sent.message_id, sent.chat_id) == (str(heard.id), str(mai.id))
    assert await mai.taps(heard, "Pay now") == "https://pay.example/7"
    tap = await mai.taps(heard, "Send again")
    updates = await platform.get_updates(0, 0)
    (event,) = read_update(updates[-1], bot_username="live_assist_bot")
    assert isinstance(event, Message)
    assert (event.text, event.tap_id, event.message_id) == ("resend:7", tap, sent.message_id)
    await platform.answer_tap(tap, "Sent " + "🎉" * 200)
    assert (await mai.notices(tap)).text.startswith("Sent 🎉")
    await platform.answer_tap(tap, "Sent again")


async def test_a_public_answer_is_a_reply_in_the_group(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    group = telegram.group("Lan's Closet", [mai])
    await group.adds_bot(bot)
    comment = await mai.says("sold 12", to=group)
    await platform.send(
        Outgoing(to=Address(where=Where.COMMENT_PUBLICLY, id=f"{group.id}:{comment.id}"), text="12 is yours")
    )
    assert (await mai.hears("12 is yours", in_chat=group)).reply_to is comment


async def test_a_text_is_cut_where_telegram_would_refuse_it(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    await platform.send(to(mai.id, "🎉" * platform.text_limit))
    assert (await mai.hears()).text == "🎉" * (platform.text_limit // 2)


async def test_there_are_no_private_replies(platform: TelegramPlatform) -> None:
    with pytest.raises(CannotReach) as no:
        await platform.send(Outgoing(to=Address(where=Where.COMMENT_PRIVATELY, id="-1:2"), text="x"))
    assert no.value.because is Because.NOT_POSSIBLE


async def test_somebody_who_never_started_cannot_be_reached(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    for chat_id in (telegram.person("Mai").id, 424242):
        with pytest.raises(CannotReach) as no:
            await platform.send(to(chat_id))
        assert no.value.because is Because.NEVER_STARTED


async def test_somebody_who_blocked_us_or_left_telegram_cannot_be_reached(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai, lan = telegram.person("Mai"), telegram.person("Lan")
    await mai.starts()
    await mai.blocks()
    await lan.starts()
    await lan.deactivates()
    for person, because in ((mai, Because.BLOCKED), (lan, Because.UNAVAILABLE)):
        with pytest.raises(CannotReach) as no:
            await platform.send(to(person.id))
        assert no.value.because is because


async def test_a_group_that_threw_us_out_or_is_none_of_ours_is_not_possible(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform
) -> None:
    group = telegram.group("Lan's Closet")
    await group.adds_bot(bot)
    await group.kicks(bot)
    for chat_id in (group.id, -100999):
        with pytest.raises(CannotReach) as no:
            await platform.send(to(chat_id))
        assert no.value.because is Because.NOT_POSSIBLE


async def test_a_button_can_copy_a_link(telegram: TelegramStandIn, platform: TelegramPlatform) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    await platform.send(to(mai.id, "Hello", (Button(title="Copy", copy="https://assist.example/pay/x"),)))
    (button,) = (await mai.hears()).buttons
    assert (button.action, button.value) == ("copy_text", "https://assist.example/pay/x")


async def test_what_is_too_long_to_copy_is_left_to_the_text(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    link = "https://pay.example/" + "x" * 237
    await platform.send(to(mai.id, link, (Button(title="Copy", copy=link),)))
    assert (await mai.hears(link)).buttons == []
    await platform.send(to(mai.id, link[:-1], (Button(title="Copy", copy=link[:-1]),)))
    assert len((await mai.hears(link[:-1])).buttons) == 1


@pytest.mark.parametrize("payload", ["", "é" * 33])
async def test_a_button_that_cannot_be_is_refused_before_anything_is_sent(
    telegram: TelegramStandIn, platform: TelegramPlatform, payload: str
) -> None:
    with pytest.raises(Refused):
        await platform.send(to(1, "Hello", (Button(title="Tap", payload=payload),)))
    assert not telegram.calls


async def test_an_edit_changes_the_message_and_an_unchanged_one_is_fine(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    sent = await platform.send(to(mai.id, "0 of 2", (AGAIN,)))
    await platform.edit(sent.chat_id, sent.message_id, to(mai.id, "2 of 2"))
    await platform.edit(sent.chat_id, sent.message_id, to(mai.id, "2 of 2"))
    heard = await mai.hears("2 of 2")
    assert (str(heard.id), list(heard.buttons)) == (sent.message_id, [])
    assert await platform.delete(sent.chat_id, sent.message_id) is True
    with pytest.raises(Refused):
        await platform.edit(sent.chat_id, sent.message_id, to(mai.id, "3 of 2"))
    assert await platform.delete(sent.chat_id, sent.message_id) is False


async def test_too_fast_for_a_group_is_busy_and_pauses_that_group_alone(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    group = telegram.group("Lan's Closet", [mai])
    await group.adds_bot(bot)
    body = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 35}}
    telegram.fail("status", path="sendMessage", status=429, body=body)
    with pytest.raises(Busy) as busy:
        await platform.send(to(group.id))
    assert busy.value.retry_after == 35
    with pytest.raises(Busy):
        await platform.turn(Address(where=Where.CHAT, id=str(group.id)))
    await platform.turn(Address(where=Where.CHAT, id=str(mai.id)))


async def test_too_fast_for_somebody_holds_up_nobody_else(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai, lan = telegram.person("Mai"), telegram.person("Lan")
    for person in (mai, lan):
        await person.starts()
    for _ in range(2):
        telegram.fail("status", status=429, body={"ok": False, "parameters": {"retry_after": 35}})
        with pytest.raises(Busy):
            await platform.send(to(mai.id))
        await platform.turn(to(lan.id).to)
        await platform.send(to(lan.id))
    with pytest.raises(Busy) as busy:
        await platform.turn(to(mai.id).to)
    assert busy.value.retry_after == pytest.approx(35, abs=5)


async def test_too_fast_for_two_in_a_row_is_too_fast_for_everybody(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    for person in (1, 2):
        telegram.fail("status", status=429, body={"ok": False, "parameters": {"retry_after": 35}})
        with pytest.raises(Busy):
            await platform.send(to(person))
    with pytest.raises(Busy):
        await platform.turn(to(3).to)


@pytest.mark.parametrize(
    ("body", "headers", "retry_after"),
    [
        ("<html>slow down</html>", {"Retry-After": "4"}, 4.0),
        ({"ok": False, "parameters": {"retry_after": -3}}, {}, 0.0),
        ({"ok": False, "parameters": []}, {}, None),
    ],
)
async def test_too_fast_is_busy_however_it_is_said(
    telegram: TelegramStandIn,
    platform: TelegramPlatform,
    body: Any,
    headers: dict[str, str],
    retry_after: float | None,
) -> None:
    telegram.fail("status", status=429, body=body, headers=headers)
    with pytest.raises(Busy) as busy:
        await platform.send(to(1))
    assert busy.value.retry_after == retry_after


async def test_our_own_pace_keeps_within_telegrams_limits(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform
) -> None:
    telegram.network.limits = True
    people = [telegram.person(f"Person {number}") for number in range(40)]
    group = telegram.group("Lan's Closet", people)
    await group.adds_bot(bot)
    for person in people:
        await person.starts()
    messages = [to(person.id) for person in people] * 2 + [to(group.id, str(n)) for n in range(50)]
    for message in [*messages, *[to(people[0].id)] * 3]:
        await platform.turn(message.to)
        await platform.send(message)
    assert telegram.refused_for_rate == 0


@pytest.mark.parametrize("how", ["hang", "cut", "drop_response"])
async def test_a_message_cut_off_in_flight_may_have_arrived_and_is_not_repeated(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform, hasty_http: Http, how: str
) -> None:
    mai = telegram.person("Mai")
    await mai.starts()
    if how == "hang":
        platform = TelegramPlatform(TOKEN, api_base=telegram.url, http=hasty_http)
    telegram.fail(how, path="sendMessage", seconds=5)
    with pytest.raises(OutcomeUnknown):
        await platform.send(to(mai.id, "Pay here"))
    in_the_chat = [message.text for message in mai.chat(bot).messages if message.sender is bot]
    assert in_the_chat == (["Pay here"] if how == "drop_response" else [])


async def test_nobody_there_means_nothing_was_sent(telegram: TelegramStandIn, platform: TelegramPlatform) -> None:
    await telegram.stop()
    with pytest.raises(Unreachable):
        await platform.send(to(1))
    with pytest.raises(Unreachable):
        await platform.start()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}, OutcomeUnknown),
        (502, "<html>bad gateway</html>", OutcomeUnknown),
        (200, "<html>hello from the hotel wifi</html>", OutcomeUnknown),
        (200, "[]", OutcomeUnknown),
        (200, {"ok": True, "result": {"message_id": "odd"}}, OutcomeUnknown),
        (200, {"ok": False, "error_code": 403, "description": "Forbidden: user is deactivated"}, CannotReach),
        (200, {"ok": False, "error_code": "odd"}, Refused),
        (404, "<html>no such page</html>", Refused),
        (302, "", Refused),
        (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, NotAuthorised),
        (400, {"ok": False, "description": "Bad Request: not enough rights to send text"}, CannotReach),
        (400, {"ok": False, "description": "Bad Request: message is too long"}, Refused),
        (413, {"ok": False, "description": "Request Entity Too Large"}, Refused),
    ],
)
async def test_every_odd_answer_has_its_error(
    telegram: TelegramStandIn,
    platform: TelegramPlatform,
    status: int,
    body: Any,
    error: type[OutsideError],
) -> None:
    telegram.fail("status", path="sendMessage", status=status, body=body)
    with pytest.raises(error) as caught:
        await platform.send(to(1))
    assert type(caught.value) is error
    assert "sandbox-secret" not in "".join(traceback.format_exception(caught.value))


async def test_a_group_that_moved_says_where_to(
    telegram: TelegramStandIn, bot: Bot, platform: TelegramPlatform
) -> None:
    group = telegram.group("Lan's Closet", basic=True)
    await group.adds_bot(bot)
    sent = await platform.send(to(group.id))
    new = await group.upgrades()
    for call in (platform.send(to(group.id)), platform.edit(str(group.id), sent.message_id, to(group.id, "Bye"))):
        with pytest.raises(Moved) as moved:
            await call
        assert (moved.value.feed_id, moved.value.to) == (str(group.id), str(new.id))
    await platform.send(to(new.id))


async def test_updates_come_raw_and_stay_until_a_later_offset_is_asked_for(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai = telegram.person("Mai")
    await mai.starts(payload="inv_7f3")
    first = await platform.get_updates(0, 0)
    again = await platform.get_updates(0, 0)
    assert first == again
    assert first[0]["message"]["text"] == "/start inv_7f3"
    assert await platform.get_updates(first[0]["update_id"] + 1, 0) == []


async def test_polling_through_trouble_can_simply_be_done_again(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    telegram.fail("status", path="getUpdates", status=502, body="<html>")
    telegram.fail("status", path="getUpdates", status=200, body="<html>")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await platform.get_updates(0, 0)
    assert await platform.get_updates(0, 0) == []


async def test_a_webhook_and_polling_exclude_each_other(bot: Bot, platform: TelegramPlatform) -> None:
    await platform.set_webhook("https://shop.example/webhooks/telegram/1", "s3cret")
    assert bot.webhook is not None
    assert (bot.webhook.url, bot.webhook.secret_token) == (
        "https://shop.example/webhooks/telegram/1",
        "s3cret",
    )
    with pytest.raises(NotAuthorised):
        await platform.get_updates(0, 0)
    await platform.delete_webhook()
    assert await platform.get_updates(0, 0) == []


async def test_a_picture_somebody_sent_is_shown_to_somebody_else(
    telegram: TelegramStandIn, platform: TelegramPlatform
) -> None:
    mai, ann = telegram.person("Mai"), telegram.person("Ann")
    for person in (mai, ann):
        await person.starts()
    async with telegram_api.Bot(
        TOKEN, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot"
    ) as uploads:
        sent = await uploads.send_photo(mai.id, b"\x89PNG")
    await platform.send(replace(to(ann.id, "Has it come?", (AGAIN,)), picture=f"photo:{sent.photo[-1].file_id}"))
    shown = await ann.hears("Has it come?")
    assert shown.photo is not None
    assert await ann.taps(shown, "Send again")
    with pytest.raises(Refused):
        await platform.send(replace(to(ann.id, "x"), picture="photo:not-one-of-ours"))
