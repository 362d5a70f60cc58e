"""People and their groups: tests tell a conversation with these."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import IN_THE_CHAT, Button, Chat, Member, Message, PrivateChat, User
from sandbox.telegram.text import Text, typed

if TYPE_CHECKING:
    from sandbox.telegram.network import Network, Notice

LAST_WORDS = 8
"""How many messages a failed `hears` quotes."""

# https://core.telegram.org/bots/features#deep-linking
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(kw_only=True, eq=False, repr=False)
class Group(Chat):
    """A supergroup, or a `basic` group as they all begin; its first member is the owner."""

    network: Network
    name: str
    basic: bool = False
    moved_to: Group | None = None
    """The supergroup this has become."""
    members: dict[int, Member] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.name

    def wire(self) -> dict[str, object]:
        return {"id": self.id, "type": self.kind, "title": self.name}

    @property
    def kind(self) -> str:
        return "group" if self.basic else "supergroup"

    def is_run_by(self, bot: User) -> bool:
        return self.member(bot).status == "administrator"

    @property
    def owner(self) -> User:
        return next(member.user for member in self.members.values() if member.status == "creator")

    def member(self, user: User) -> Member:
        """Somebody's standing here; who was never seen has left."""
        return self.members.get(user.id, Member(user, "left"))

    def has(self, user: User) -> bool:
        return self.member(user).status in IN_THE_CHAT

    async def adds(self, *people: Person) -> None:
        for person in people:
            self._becomes(person, "member", by=self.owner)

    async def adds_bot(self, bot: Bot, *, by: Person | None = None, admin: bool = False) -> None:
        """`admin` also lifts privacy mode, as it does out there."""
        self._becomes(bot, "administrator" if admin else "member", by=by or self.owner)

    async def kicks(self, user: Bot | Person) -> None:
        self._becomes(user, "kicked", by=self.owner)

    async def leaves(self, user: User) -> None:
        self._becomes(user, "left", by=user)

    async def upgrades(self) -> Group:
        """Become a supergroup: the same people under another id, with nothing of what was written here."""
        if not self.basic or self.moved_to is not None:
            raise ValueError(f"{self.name} is a supergroup already")
        new = self.moved_to = Group(id=next(self.network.group_ids), name=self.name, network=self.network)
        new.members = dict(self.members)
        self.network.groups[new.id] = new
        self.network.post(self, self.owner, Text(), service={"migrate_to_chat_id": new.id})
        self.network.post(new, self.owner, Text(), service={"migrate_from_chat_id": self.id})
        return new

    def _becomes(self, user: User, status: str, *, by: User) -> None:
        old, new = self.member(user), Member(user, status)
        self.members[user.id] = new
        self.network.standing_changed(self, by=by, old=old, new=new)
        was, is_in = old.status in IN_THE_CHAT, status in IN_THE_CHAT
        if is_in and not was:
            self.network.post(self, by, Text(), service={"new_chat_members": [user.wire()]})
        if was and not is_in:
            self.network.post(self, by, Text(), service={"left_chat_member": user.wire()})


Place = Bot | Chat | None
"""Where something is said or heard: a group, the private chat with a bot, or with the only bot there is."""


@dataclass(kw_only=True, eq=False, repr=False)
class Person(User):
    """Somebody with a phone in their hand."""

    network: Network
    deactivated: bool = False
    _heard: Counter[Chat] = field(default_factory=Counter)
    """Per chat, how many appearances from the start have all been heard."""
    _heard_beyond: dict[Chat, set[int]] = field(default_factory=dict)
    """Those heard further on."""

    def chat(self, place: Place = None) -> Chat:
        """The chat this person means by that place."""
        if isinstance(place, Chat):
            return place
        return self.network.private(self, place or self.network.only_bot())

    async def says(self, text: str, *, to: Place = None, reply_to: Message | None = None) -> Message:
        """Write a message; writing to a bot opens the conversation."""
        chat = self.chat(to)
        self._must_be_able_to_write(chat)
        if isinstance(chat, PrivateChat):
            chat.started = True
        return self.network.post(chat, self, typed(text), reply_to=reply_to)

    async def starts(self, bot: Bot | None = None, payload: str | None = None) -> Message:
        """Press Start, unblocking the bot if need be."""
        bot = bot or self.network.only_bot()
        if payload and not _PAYLOAD.fullmatch(payload):
            raise ValueError(f"{payload!r} is no start parameter: up to 64 of A-Z, a-z, 0-9, _ and -")
        await self.unblocks(bot)
        return await self.says(f"/start {payload}" if payload else "/start", to=bot)

    async def follows(self, url: str) -> Message:
        """Open a deep link to a bot and press Start."""
        parts = urlsplit(url)
        bot = self.network.bot_called(parts.path.strip("/"))
        if parts.hostname not in ("t.me", "telegram.me") or bot is None:
            raise ValueError(f"{url} is not a link to a bot here")
        payload = parse_qs(parts.query).get("start", [""])[0]
        return await self.starts(bot, payload)

    async def taps(self, message: Message, button: str) -> str:
        """Tap the button with this text or callback data.

        Returns the URL of a URL button, the text of a copy button, or the id of the callback query, which
        `notices` takes.
        """
        if message.deleted:
            raise ValueError(f"{message} is gone")
        tapped = self._button(message, button)
        if tapped.data is None:
            return str(tapped.value)
        return self.network.tap(self, message, tapped.data).id

    async def notices(self, callback_query_id: str, *, timeout: float = 10.0) -> Notice:
        """Wait for the bot's answer to a tap."""
        async with asyncio.timeout(timeout):
            return await asyncio.shield(self.network.callbacks[callback_query_id].notice)

    async def edits(self, message: Message, text: str) -> None:
        if message.sender is not self or message.deleted:
            raise ValueError(f"{self.name} cannot edit {message}")
        self.network.edit(message, typed(text), None)

    async def blocks(self, bot: Bot | None = None) -> None:
        self._set_blocked(bot or self.network.only_bot(), blocked=True)

    async def unblocks(self, bot: Bot | None = None) -> None:
        self._set_blocked(bot or self.network.only_bot(), blocked=False)

    async def deactivates(self) -> None:
        """Delete the account."""
        self.deactivated = True

    async def hears(self, contains: str = "", *, in_chat: Place = None, timeout: float = 10.0) -> Message:
        """Wait for something a bot shows in that chat, new or by an edit, that this person has not heard yet.

        The oldest match is heard, each once. The message is returned as it is now, perhaps edited further.
        """
        chat = self.chat(in_chat)
        try:
            async with asyncio.timeout(timeout):
                while (message := self._hear(chat, contains)) is None:
                    await chat.bell.wait()
                return message
        except TimeoutError:
            lines = "\n".join(str(message) for message in chat.messages[-LAST_WORDS:]) or "nothing at all"
            missed = f"{self.name} heard nothing new with {contains!r} in {chat.title} for {timeout:g} s"
            raise AssertionError(f"{missed}; last was:\n{lines}") from None

    def last_message(self, place: Place = None) -> Message | None:
        """The newest message there, whoever wrote it."""
        return next((message for message in reversed(self.chat(place).messages) if not message.deleted), None)

    def _hear(self, chat: Chat, contains: str) -> Message | None:
        beyond = self._heard_beyond.setdefault(chat, set())
        for index in range(self._heard[chat], len(chat.appearances)):
            appearance = chat.appearances[index]
            if index not in beyond and contains in appearance.text:
                beyond.add(index)
                while self._heard[chat] in beyond:
                    beyond.remove(self._heard[chat])
                    self._heard[chat] += 1
                return appearance.message
        return None

    def _button(self, message: Message, wanted: str) -> Button:
        for button in message.buttons:
            if wanted in (button.text, button.data):
                return button
        raise ValueError(f"there is no button {wanted!r} under {message}")

    def _must_be_able_to_write(self, chat: Chat) -> None:
        if self.deactivated:
            raise ValueError(f"{self.name} has no account any more")
        if isinstance(chat, PrivateChat) and chat.blocked:
            raise ValueError(f"{self.name} has blocked {chat.bot.name}")
        if isinstance(chat, Group) and (not chat.has(self) or chat.moved_to is not None):
            raise ValueError(f"{self.name} is not in {chat.title}")

    def _set_blocked(self, bot: Bot, *, blocked: bool) -> None:
        chat = self.network.private(self, bot)
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        old, new = Member(bot, "member"), Member(bot, "kicked")
        if not blocked:
            old, new = new, old
        self.network.standing_changed(chat, by=self, old=old, new=new)
