"""How the Telegram stand-in hands over updates: by long polling, and by webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import Conflict, NetworkError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

from sandbox.telegram import TelegramStandIn

TOKEN = "1001:sandbox"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    standin = TelegramStandIn(limits=False, retry_delays=(0.0, 0.0))
    await standin.start()
    standin.add_bot(TOKEN, "sale_bot", "Sale")
    yield standin
    await standin.stop()


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot") as bot:
        yield bot


class Hook:
    """The product's webhook endpoint: answers with `statuses`, then 200, and keeps what it got."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.secrets: list[str | None] = []
        self.updates: list[dict[str, Any]] = []
        self.on_update: Callable[[dict[str, Any]], Any] | None = None
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = await request.json()
        self.updates.append(update)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        if self.on_update is not None:
            await self.on_update(update)
        return web.Response()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    hook.url = f"http://{host}:{port}/hook"
    yield hook
    await runner.cleanup()


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


# --- Polling


async def test_an_offset_confirms_what_came_before_it(telegram: TelegramStandIn, bot: Bot) -> None:
    mai = telegram.person("Mai")
    for text in ("one", "two", "three"):
        await mai.says(text)
    first, second = await bot.get_updates(limit=2)
    assert second.update_id == first.update_id + 1
    assert [update.update_id for update in await bot.get_updates(limit=1)] == [first.update_id]
    (third,) = await bot.get_updates(offset=second.update_id + 1)
    assert third.message is not None
    assert third.message.text == "three"
    await bot.get_updates(offset=third.update_id + 1)
    await telegram.drain()


async def test_a_long_poll_ends_when_something_happens(telegram: TelegramStandIn, bot: Bot) -> None:
    async with asyncio.TaskGroup() as tasks:
        polled = tasks.create_task(bot.get_updates(timeout=20))
        await anything_polls(telegram)
        await telegram.person("Mai").starts()
    assert [update.message.text for update in polled.result() if update.message] == ["/start"]


async def test_a_second_poll_ends_the_first_with_a_conflict(telegram: TelegramStandIn, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await anything_polls(telegram)
    assert (await called(telegram, "getUpdates"))["result"] == []
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_kinds_that_were_not_asked_for_do_not_come(telegram: TelegramStandIn, bot: Bot) -> None:
    mai, lan = telegram.person("Mai"), telegram.person("Lan")
    group = telegram.group("Friday sale", [mai])
    await group.adds_bot(telegram.network.only_bot(), admin=True)
    await group.adds(telegram.person("Hoa"))
    assert not any(update.chat_member for update in await bot.get_updates())
    await bot.get_updates(allowed_updates=["chat_member", "callback_query"])
    await mai.says("not wanted", to=group)
    await group.adds(lan)
    joined = (await bot.get_updates())[-1]
    assert joined.chat_member is not None
    assert joined.chat_member.new_chat_member.user.first_name == "Lan"
    await bot.get_updates(allowed_updates=[])
    await mai.says("wanted", to=group)
    assert [update.message.text for update in (await bot.get_updates())[-1:] if update.message] == ["wanted"]


async def anything_polls(telegram: TelegramStandIn) -> None:
    """Wait until a poll has reached the stand-in and waits there: it rings the queue's bell as it begins."""
    await telegram.network.only_bot().updates.changed.wait()


# --- Webhooks


async def test_updates_are_posted_in_order_with_the_secret(telegram: TelegramStandIn, bot: Bot, hook: Hook) -> None:
    mai = telegram.person("Mai")
    await mai.says("before")
    assert await bot.set_webhook(hook.url, secret_token="s3cret_-")
    hook.statuses = [500]
    await mai.says("after")
    await telegram.drain()
    assert [update["message"]["text"] for update in hook.updates] == ["before", "before", "after"]
    assert set(hook.secrets) == {"s3cret_-"}
    assert [delivery.status for delivery in telegram.deliveries] == [500, 200, 200]
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (hook.url, 0)
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_an_update_nobody_takes_is_given_up(telegram: TelegramStandIn, bot: Bot, hook: Hook) -> None:
    await bot.set_webhook(hook.url)
    hook.statuses = [500, 503, 302]
    mai = telegram.person("Mai")
    await mai.says("lost")
    await mai.says("kept")
    await telegram.drain()
    assert [update["message"]["text"] for update in hook.updates] == ["lost", "lost", "lost", "kept"]


async def test_an_update_can_be_delivered_twice(telegram: TelegramStandIn, bot: Bot, hook: Hook) -> None:
    await bot.set_webhook(hook.url)
    await telegram.person("Mai").says("hello")
    await telegram.drain()
    telegram.redeliver(hook.updates[0]["update_id"])
    await telegram.drain()
    first, second = hook.updates
    assert first == second
    with pytest.raises(ValueError, match="no webhook"):
        telegram.redeliver(1)


async def test_polling_and_a_webhook_exclude_each_other(telegram: TelegramStandIn, bot: Bot, hook: Hook) -> None:
    polled = asyncio.create_task(bot.get_updates(timeout=20))
    await anything_polls(telegram)
    await bot.set_webhook(hook.url)
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await polled
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_pending_updates_can_be_dropped(telegram: TelegramStandIn, bot: Bot, hook: Hook) -> None:
    await telegram.person("Mai").says("old news")
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    await telegram.drain()
    assert hook.updates == []


@pytest.mark.parametrize(
    ("url", "secret", "why"),
    [
        ("http://shop.example/hook", "", "bad webhook: An HTTPS URL must be provided for webhook"),
        ("https://shop.example:9000/hook", "", "bad webhook: Webhook can be set up only on ports"),
        ("shop.example", "", "invalid webhook URL specified"),
        ("https://shop.example/hook", "not allowed!", "secret token contains unallowed characters"),
        ("https://shop.example/hook", "x" * 257, "secret token is too long"),
    ],
)
async def test_a_bad_webhook_is_refused(telegram: TelegramStandIn, url: str, secret: str, why: str) -> None:
    answer = await called(telegram, "setWebhook", url=url, secret_token=secret)
    assert answer["description"].startswith(f"Bad Request: {why}")


async def test_setting_a_webhook_says_what_was_done(telegram: TelegramStandIn, hook: Hook) -> None:
    said = [
        (await called(telegram, "setWebhook", url=hook.url))["description"],
        (await called(telegram, "setWebhook", url=hook.url))["description"],
        (await called(telegram, "setWebhook", url=""))["description"],
        (await called(telegram, "deleteWebhook"))["description"],
    ]
    assert said == [
        "Webhook was set",
        "Webhook is already set",
        "Webhook was deleted",
        "Webhook is already deleted",
    ]


async def test_an_application_without_an_updater_holds_a_conversation(telegram: TelegramStandIn, hook: Hook) -> None:
    async def start(update: Update, _context: Any) -> None:
        assert update.message is not None
        keyboard = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Take it", callback_data="take:12"))
        await update.message.reply_text("12 Jade bangle", reply_markup=keyboard)

    async def take(update: Update, _context: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("12 Jade bangle is yours")

    application: Any = Application.builder().token(TOKEN).updater(None).base_url(f"{telegram.url}/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(take))

    async def process(update: dict[str, Any]) -> None:
        await application.process_update(Update.de_json(update, application.bot))

    hook.on_update = process
    async with application:
        await application.bot.set_webhook(hook.url)
        mai = telegram.person("Mai")
        await mai.starts()
        offer = await mai.hears("Jade bangle")
        tapped = await mai.taps(offer, "Take it")
        await mai.notices(tapped)
        await mai.hears("is yours")
        await telegram.drain()
    assert telegram.unknown_parameters == []


async def test_a_stand_in_that_stops_ends_its_polls_and_keeps_its_webhooks(
    telegram: TelegramStandIn, bot: Bot, hook: Hook
) -> None:
    polled = asyncio.create_task(bot.get_updates(timeout=20))
    await anything_polls(telegram)
    port = int(telegram.url.rpartition(":")[2])
    await telegram.stop()
    with pytest.raises(NetworkError, match="restart"):
        await polled
    await telegram.start(port=port)
    await bot.set_webhook(hook.url)
    await telegram.stop()
    await telegram.person("Mai").says("while it was away")
    await telegram.start(port=port)
    await telegram.drain()
    await telegram.person("Lan").says("since then")
    await telegram.drain()
    assert [update["message"]["text"] for update in hook.updates] == ["while it was away", "since then"]
