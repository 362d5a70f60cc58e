"""The town itself: who is there, what is written where, and which bot gets to know."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import Appearance, Chat, Json, Member, Message, PrivateChat, User
from sandbox.telegram.refusal import too_many
from sandbox.telegram.text import Text
from sandbox.telegram.updates import Delivery

if TYPE_CHECKING:
    from sandbox.telegram.people import Group, Person


@dataclass(frozen=True)
class Notice:
    """What the person saw after tapping: a toast, an alert, or nothing but the spinner's end."""

    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(kw_only=True, eq=False)
class Callback:
    """One tap on a callback button."""

    id: str
    person: User
    message: Message
    data: str
    at: float
    notice: asyncio.Future[Notice] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def wire(self) -> Json:
        return {
            "id": self.id,
            "from": self.person.wire(),
            "message": self.message.wire(),
            "chat_instance": str(self.message.chat.id * 7919),
            "data": self.data,
        }


class Network:
    """People, bots, groups and the private chats between them."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
        limits: bool,
        retry_delays: Sequence[float],
    ) -> None:
        self.clock = clock
        self.now = now
        self.limits = limits
        self.refused_for_rate = 0
        self.retry_delays = retry_delays
        self.deliveries: list[Delivery] = []
        self.bots: dict[str, Bot] = {}
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.private_chats: dict[tuple[int, int], PrivateChat] = {}
        self.callbacks: dict[str, Callback] = {}
        self.files: set[str] = set()
        self.person_ids = itertools.count(500_000_001)
        self.group_ids = itertools.count(-1_002_000_000_001, -1)
        self.basic_group_ids = itertools.count(-4_000_000_001, -1)
        self._callback_ids = itertools.count(4_000_000_000_000_001)

    def chats(self) -> Iterator[Chat]:
        yield from self.private_chats.values()
        yield from self.groups.values()

    def bot_called(self, username: str) -> Bot | None:
        """The bot with this username; case does not matter."""
        wanted = username.lower()
        return next((bot for bot in self.bots.values() if (bot.username or "").lower() == wanted), None)

    def only_bot(self) -> Bot:
        """The bot that is meant when there is just one."""
        if len(self.bots) != 1:
            raise ValueError(f"say which of the {len(self.bots)} bots is meant")
        return next(iter(self.bots.values()))

    def private(self, person: Person, bot: Bot) -> PrivateChat:
        key = (person.id, bot.id)
        if key not in self.private_chats:
            self.private_chats[key] = PrivateChat(id=person.id, person=person, bot=bot)
        return self.private_chats[key]

    def spend(self, bot: Bot, chat: Chat) -> None:
        """Count one message of this bot, or refuse it for speed."""
        wait = bot.limiter.admit(chat.id) if self.limits else 0
        if wait:
            self.refused_for_rate += 1
            raise too_many(wait)

    def post(self, chat: Chat, sender: User, content: Text, **more: Any) -> Message:
        """Put a message into a chat and tell the bots that may see it."""
        date, message_id = int(self.now()), len(chat.messages) + 1
        message = Message(chat=chat, id=message_id, sender=sender, date=date, content=content, **more)
        chat.messages.append(message)
        self._show(message)
        self._tell(message, "message")
        return message

    def edit(self, message: Message, content: Text, markup: Json | None) -> None:
        """Change a message in place; what it said stays in its `edits`."""
        message.edits.append(message.text)
        message.content, message.markup = content, markup
        message.edited_at = int(self.now())
        self._show(message)
        self._tell(message, "edited_message")

    def tap(self, person: User, message: Message, data: str) -> Callback:
        callback = Callback(
            id=str(next(self._callback_ids)), person=person, message=message, data=data, at=self.clock()
        )
        self.callbacks[callback.id] = callback
        for bot in self.bots.values():
            if bot is message.sender:
                bot.updates.put("callback_query", callback.wire())
        return callback

    def standing_changed(self, chat: Chat, *, by: User, old: Member, new: Member) -> None:
        """Tell the bot it is about, and the bots that administer the chat."""
        change = {
            "chat": chat.wire(),
            "from": by.wire(),
            "date": int(self.now()),
            "old_chat_member": old.wire(),
            "new_chat_member": new.wire(),
        }
        for bot in self.bots.values():
            if bot is new.user:
                bot.updates.put("my_chat_member", change)
            elif chat.id in self.groups and chat.is_run_by(bot):
                bot.updates.put("chat_member", change)

    def _show(self, message: Message) -> None:
        if message.sender.is_bot:
            message.chat.appearances.append(Appearance(message, message.text))
            message.chat.bell.ring()

    def _tell(self, message: Message, kind: str) -> None:
        # Bots never hear bots, themselves included.
        if not message.sender.is_bot:
            for bot in self.bots.values():
                if self._hears(bot, message):
                    bot.updates.put(kind, message.wire())

    def _hears(self, bot: Bot, message: Message) -> bool:
        """https://core.telegram.org/bots/features#privacy-mode"""
        if isinstance(message.chat, PrivateChat):
            return message.chat.bot is bot
        group = self.groups[message.chat.id]
        if not group.has(bot):
            return False
        if bot.can_read_all_group_messages or group.is_run_by(bot) or message.service:
            return True
        if message.reply_to is not None and message.reply_to.sender is bot:
            return True
        return any(command.partition("@")[2] in ("", bot.username) for command in _commands(message.content))


def _commands(content: Text) -> Iterator[str]:
    encoded = content.plain.encode("utf-16-le", "surrogatepass")
    for entity in content.entities:
        if entity["type"] == "bot_command":
            start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
            yield encoded[start:end].decode("utf-16-le")
