"""Chats and what was written in them: the books tests read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.bell import Bell
from sandbox.telegram.text import Text

Json = dict[str, Any]

ADMINISTRATOR_RIGHTS = {
    "can_manage_chat": True,
    "can_change_info": True,
    "can_delete_messages": True,
    "can_invite_users": True,
    "can_restrict_members": True,
    "can_pin_messages": True,
    "can_manage_topics": False,
    "can_promote_members": False,
    "can_manage_video_chats": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_manage_tags": False,
    "is_anonymous": False,
}
IN_THE_CHAT = {"creator", "administrator", "member"}


@dataclass(kw_only=True, eq=False, repr=False)
class User:
    """Somebody with an id: a person or a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    @property
    def name(self) -> str:
        return f"@{self.username}" if self.username else self.first_name

    def __repr__(self) -> str:
        return self.name

    def wire(self) -> Json:
        user = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        return user | _present(self, "last_name", "username", "language_code")


@dataclass(frozen=True)
class Button:
    """One inline button: `action` is url, callback_data, copy_text, …"""

    text: str
    action: str
    value: Any

    @property
    def url(self) -> str | None:
        return self.value if self.action == "url" else None

    @property
    def data(self) -> str | None:
        return self.value if self.action == "callback_data" else None


@dataclass(kw_only=True, eq=False, repr=False)
class Message:
    """One message as it is now; `edits` holds what it said before."""

    chat: Chat
    id: int
    sender: User
    date: int
    content: Text
    markup: Json | None = None
    reply_to: Message | None = None
    photo: list[Json] | None = None
    service: Json = field(default_factory=dict)
    """What happened, when this is a service message: new_chat_members, left_chat_member."""
    edits: list[str] = field(default_factory=list)
    edited_at: int | None = None
    deleted: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)
    """User id → emoji."""

    @property
    def text(self) -> str:
        """What people read: without markup; a photo's caption."""
        return self.content.plain

    @property
    def html(self) -> str:
        """The source, as it was sent."""
        return self.content.source

    @property
    def buttons(self) -> list[Button]:
        return list(self._buttons())

    def _buttons(self) -> Iterator[Button]:
        for row in (self.markup or {}).get("inline_keyboard", []):
            for button in row:
                action = next(name for name in button if name not in ("text", "style", "icon_custom_emoji_id"))
                value = button[action]
                yield Button(button["text"], action, value["text"] if action == "copy_text" else value)

    def wire(self, *, with_reply: bool = True) -> Json:
        message: Json = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.wire(),
            "from": self.sender.wire(),
            **self.service,
        }
        if self.edited_at is not None:
            message["edit_date"] = self.edited_at
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            message["reply_to_message"] = self.reply_to.wire(with_reply=False)
        text, entities = ("caption", "caption_entities") if self.photo else ("text", "entities")
        if self.photo:
            message["photo"] = self.photo
        if self.content.plain:
            message[text] = self.content.plain
        if self.content.entities:
            message[entities] = self.content.entities
        if self.markup and "inline_keyboard" in self.markup:
            message["reply_markup"] = self.markup
        return message

    def __repr__(self) -> str:
        buttons = "".join(f" [{button.text}]" for button in self.buttons)
        return f"#{self.id} {self.sender.name}: {self.text}{buttons}{' (deleted)' if self.deleted else ''}"


@dataclass(frozen=True)
class Appearance:
    """A message's text at one moment: a bot wrote it, or edited it to say this."""

    message: Message
    text: str


@dataclass(kw_only=True, eq=False, repr=False)
class Chat(ABC):
    """Messages in the order they came, deleted ones too."""

    id: int
    messages: list[Message] = field(default_factory=list)
    pinned: Message | None = None
    appearances: list[Appearance] = field(default_factory=list)
    """Everything bots ever showed here, one entry per message and per edit."""
    bell: Bell = field(default_factory=Bell)
    """Rings at each appearance."""

    def __repr__(self) -> str:
        return self.title

    @property
    @abstractmethod
    def title(self) -> str:
        """What people call it."""

    @abstractmethod
    def wire(self) -> Json:
        """The Chat object."""

    @abstractmethod
    def is_run_by(self, bot: User) -> bool:
        """Whether the bot may delete and pin what others wrote."""

    def message(self, message_id: int) -> Message | None:
        """The message, unless it was deleted or never was."""
        if not 1 <= message_id <= len(self.messages):
            return None
        message = self.messages[message_id - 1]
        return None if message.deleted else message

    def full(self) -> Json:
        """ChatFullInfo."""
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        chat = self.wire() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
        if self.pinned is not None and not self.pinned.deleted:
            chat["pinned_message"] = self.pinned.wire()
        return chat


@dataclass(kw_only=True, eq=False, repr=False)
class PrivateChat(Chat):
    """One person and one bot. It has the person's id, and opens when the person writes first."""

    person: User
    bot: User
    started: bool = False
    blocked: bool = False

    @property
    def title(self) -> str:
        return f"{self.person.name} and {self.bot.name}"

    def wire(self) -> Json:
        chat = {"id": self.id, "type": "private", "first_name": self.person.first_name}
        return chat | _present(self.person, "last_name", "username")

    def is_run_by(self, bot: User) -> bool:
        return bot is self.bot


@dataclass(frozen=True)
class Member:
    """Somebody's standing in a chat: creator, administrator, member, left or kicked."""

    user: User
    status: str

    def wire(self) -> Json:
        member: Json = {"user": self.user.wire(), "status": self.status}
        if self.status == "creator":
            member["is_anonymous"] = False
        if self.status == "administrator":
            member |= {"can_be_edited": False, **ADMINISTRATOR_RIGHTS}
        if self.status == "kicked":
            member["until_date"] = 0
        return member


def _present(user: User, *names: str) -> Json:
    return {name: value for name in names if (value := getattr(user, name)) is not None}
