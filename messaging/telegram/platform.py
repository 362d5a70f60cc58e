"""A Telegram bot: sends, edits and deletes messages, knows Telegram's pace, and asks for updates.

python-telegram-bot makes the calls. Its Application is not used: its queue would take updates off Telegram
before they are on our disk. `get_updates` gives them raw, and the offset moves when the caller has kept them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import BotCommandLimit, ChatMemberStatus, InlineKeyboardButtonLimit, MessageLimit
from telegram.error import TelegramError
from telegram.helpers import create_deep_linked_url

from bot.kit.errors import Busy, NotAuthorised, Refused
from bot.kit.http import Http
from bot.kit.pacing import Limit, Pace, Turn
from messaging.base import Address, Because, Button, CannotReach, Outgoing, Platform, Sent, Where
from messaging.telegram.errors import translate, unreadable
from messaging.telegram.transport import Transport
from messaging.telegram.updates import READERS

API_BASE = "https://api.telegram.org"

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits: 30 a second over all, one a second to one chat, and to a
# group, which is a chat too, 20 a minute.
OVERALL_A_SECOND, OVERALL_BURST = 30, 3
CHAT_EVERY = 1.0
GROUP_EVERY, GROUP_BURST = 4.0, 4
ON_ITS_WAY = 0.25
"""Seconds that a message may need to get there, also from a busy machine: a bot that is refused has to keep silent for
longer. One that was answered sooner waits for none of it."""

TAP_ANSWER_LIMIT = 200
COMMAND_LIMIT = int(BotCommandLimit.MAX_DESCRIPTION)
COPY_LIMIT = int(InlineKeyboardButtonLimit.MAX_COPY_TEXT)
"""Characters a button can copy. What is longer stands in the text."""
CAPTION_LIMIT = int(MessageLimit.CAPTION_LENGTH)
POLL_GRACE = 10.0
"""Seconds that a long poll may be late."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

T = TypeVar("T")


class TelegramPlatform(Platform):
    """One bot. It can be used before `start`, which asks Telegram who it is."""

    name: ClassVar[str] = "telegram"
    can_edit: ClassVar[bool] = True
    can_confirm: ClassVar[bool] = False
    text_limit: ClassVar[int] = int(MessageLimit.MAX_TEXT_LENGTH)

    def __init__(
        self, token: str, *, api_base: str = API_BASE, pace: Pace | None = None, http: Http | None = None
    ) -> None:
        self._http = http or Http()
        self._http_is_shared = http is not None
        self._transport = Transport(self._http)
        self._bot = Bot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=self._transport,
            get_updates_request=self._transport,
        )
        self._method_base = f"{api_base}/bot{token}/"
        self._id = token.partition(":")[0]
        self._pace = pace or Pace()
        self._refused: set[str] = set()
        """Chats refused as too fast since the last call that was not."""
        self._name = ""
        self.username = ""
        """The bot's name without the @; "" before `start`."""
        self.reads_groups = False
        """Whether it hears all that is said in groups, as it must: BotFather's privacy mode is off."""

    @property
    def external_id(self) -> str:
        """The number a token begins with is the bot's id."""
        return self._id

    @property
    def title(self) -> str:
        """The name people see above the chat."""
        return self._name or f"bot {self._id}"

    async def start(self) -> None:
        """Ask Telegram who we are. Raises NotAuthorised when the token is not (or no longer) good."""
        me = await self._call(self._bot.get_me())
        self._name = me.full_name
        self.username = me.username or ""
        self.reads_groups = bool(me.can_read_all_group_messages)

    async def close(self) -> None:
        """Let go of the connections, unless they are shared."""
        if not self._http_is_shared:
            await self._http.close()

    async def turn(self, to: Address) -> Turn:
        """Wait for the chat's limit and the bot's."""
        chat_id = _place(to)[0]
        minute = () if _is_private(chat_id) else (self._minute_of(chat_id),)
        return await self._pace.turns(*minute, self._limit_of(chat_id), self._overall)

    async def send(self, message: Outgoing) -> Sent:
        """Send one message, once. To answer publicly is to reply in the group."""
        if message.to.where is Where.COMMENT_PRIVATELY:
            raise CannotReach("Telegram has no private replies to comments.", because=Because.NOT_POSSIBLE)
        chat_id, comment = _place(message.to)
        reply = ReplyParameters(_number(comment), allow_sending_without_reply=True) if comment else None
        how: dict[str, Any] = {"reply_markup": _keyboard(message.buttons), "reply_parameters": reply}
        kind, _, file_id = message.picture.partition(":")
        if kind == "photo":
            call = self._bot.send_photo(chat_id, file_id, caption=_cut(message.text, CAPTION_LIMIT), **how)
        elif kind == "document":
            call = self._bot.send_document(chat_id, file_id, caption=_cut(message.text, CAPTION_LIMIT), **how)
        else:
            call = self._bot.send_message(
                chat_id, _cut(message.text, self.text_limit), link_preview_options=_NO_PREVIEW, **how
            )
        sent = await self._call(call, chat_id=chat_id)
        return Sent(message_id=str(sent.message_id), chat_id=str(sent.chat_id))

    async def edit(self, chat_id: str, message_id: str, message: Outgoing) -> None:
        """Change a message's text and buttons."""
        try:
            await self._call(
                self._bot.edit_message_text(
                    _cut(message.text, self.text_limit),
                    chat_id,
                    _number(message_id),
                    reply_markup=_keyboard(message.buttons),
                    link_preview_options=_NO_PREVIEW,
                ),
                chat_id=chat_id,
            )
        except Refused as no:
            if "message is not modified" not in no.message.lower():
                raise

    async def delete(self, chat_id: str, message_id: str) -> bool:
        """Delete a message; False when it is gone already, too old, or not ours to delete."""
        try:
            return await self._call(self._bot.delete_message(chat_id, _number(message_id)), chat_id=chat_id)
        except NotAuthorised:
            raise
        except Refused:
            return False

    async def answer_tap(self, tap_id: str, text: str = "") -> None:
        """Stop the button's spinning, perhaps with a word; Telegram forgets taps within the minute."""
        try:
            await self._call(self._bot.answer_callback_query(tap_id, _cut(text, TAP_ANSWER_LIMIT) or None))
        except NotAuthorised:
            raise
        except Refused:
            return

    async def hears_all(self, chat_id: str = "") -> bool:
        """Whether BotFather's privacy mode is off, as far as Telegram knows now, or we administer the group."""
        await self.start()
        if self.reads_groups or not chat_id:
            return self.reads_groups
        member = await self._call(self._bot.get_chat_member(chat_id, int(self._id)), chat_id=chat_id)
        return member.status in (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)

    async def offer_commands(self, chat_id: str, commands: Mapping[str, str]) -> None:
        """Set what `/` lists in one chat, where it lists something else. https://core.telegram.org/bots/api#setmycommands"""
        wanted = tuple(BotCommand(word, _cut(text, COMMAND_LIMIT)) for word, text in commands.items())
        scope = BotCommandScopeChat(chat_id)
        if await self._call(self._bot.get_my_commands(scope)) != wanted:
            await self._call(self._bot.set_my_commands(wanted, scope))

    def chat_link(self, payload: str = "") -> str:
        """Opens the chat with Start ready to be pressed, which sends us `/start payload`.

        Raises ValueError for a payload of more than 64 characters or others than letters, digits, _ and -.
        """
        return create_deep_linked_url(self.username, payload or None) if self.username else ""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to `url`, with `secret` in their X-Telegram-Bot-Api-Secret-Token."""
        await self._call(self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(READERS)))

    async def delete_webhook(self) -> None:
        """Have no updates posted any more; polling needs that."""
        await self._call(self._bot.delete_webhook())

    async def get_updates(self, offset: int, timeout: int) -> list[dict[str, Any]]:
        """The updates from `offset` on, as they came, waiting up to `timeout` seconds for the first.

        Asking for an offset tells Telegram to forget what is below it.
        """
        query = {
            "offset": offset,
            "timeout": timeout,
            "allowed_updates": json.dumps(list(READERS)),
        }
        # Not the library's get_updates: it parses, and an update it cannot parse would stop all that follow.
        answer = await self._call(
            self._transport.retrieve(
                f"{self._method_base}getUpdates?{urlencode(query)}", read_timeout=timeout + POLL_GRACE
            )
        )
        updates = json.loads(answer).get("result")
        return [update for update in updates if isinstance(update, dict)] if isinstance(updates, list) else []

    @property
    def _overall(self) -> Limit:
        second = OVERALL_A_SECOND
        return Limit(("telegram", self._id), 1 / second, OVERALL_BURST, most=second, on_its_way=ON_ITS_WAY)

    def _limit_of(self, chat_id: str) -> Limit:
        key = ("telegram", self._id, chat_id)
        return Limit(key, CHAT_EVERY, most=1, seconds=CHAT_EVERY, on_its_way=ON_ITS_WAY)

    def _minute_of(self, group_id: str) -> Limit:
        return Limit(("telegram", self._id, group_id, "minute"), GROUP_EVERY, GROUP_BURST)

    async def _call(self, call: Awaitable[T], *, chat_id: str = "") -> T:
        """Await a call of the library, and raise our errors for its."""
        try:
            answer = await call
        except TelegramError as error:
            ours = translate(error, chat_id=chat_id, private=_is_private(chat_id))
            if chat_id and isinstance(ours, Busy) and ours.retry_after:
                self._pause(chat_id, ours.retry_after)
            # Some of the library's errors quote the token.
            raise ours from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise unreadable(error) from error
        if chat_id:
            self._refused.clear()
        return answer

    def _pause(self, chat_id: str, seconds: float) -> None:
        """Telegram does not say whether a chat is meant or the whole bot.

        One chat that is refused is only that chat; when the next one is refused too, and nothing got through between
        them, it is the bot.
        """
        self._refused.add(chat_id)
        limit = self._overall if len(self._refused) > 1 else self._limit_of(chat_id)
        self._pace.pause(limit.key, seconds)


def _place(to: Address) -> tuple[str, str]:
    """The chat of an address, and the message answered there, if any."""
    if to.where is Where.CHAT:
        return to.id, ""
    chat_id, _, message_id = to.id.partition(":")
    return chat_id, message_id


def _is_private(chat_id: str) -> bool:
    """People have positive ids; groups negative ones."""
    return not chat_id.startswith(("-", "@"))


def _number(message_id: str) -> int:
    if not (message_id.isascii() and message_id.isdigit()):
        raise Refused(f"{message_id!r} is not the id of a Telegram message.")
    return int(message_id)


def _cut(text: str, units: int) -> str:
    """Telegram counts in UTF-16 units, of which an emoji has two."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    buttons = [[_button(button) for button in row if len(button.copy) <= COPY_LIMIT] for row in rows]
    return InlineKeyboardMarkup([row for row in buttons if row]) if any(buttons) else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.title, url=button.url)
    if button.copy:
        return InlineKeyboardButton(button.title, copy_text=CopyTextButton(button.copy))
    if not 0 < len(button.payload.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise Refused(f"The button {button.title!r} needs a link, or a payload of 1 to 64 bytes.")
    return InlineKeyboardButton(button.title, callback_data=button.payload)
