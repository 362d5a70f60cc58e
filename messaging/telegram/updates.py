"""Reading Telegram updates: JSON in, events out, no I/O, and nothing that raises.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from messaging.base import Comment, Event, FeedMoved, Message, Person, Reachability, Standing, Unknown, Verb
from messaging.shapes import UNDATED, fingerprint, identifier, mapping, moment, sequence, text, word

GROUPS = frozenset({"group", "supergroup"})
ADMINISTRATORS = frozenset({"administrator", "creator"})
INSIDE = frozenset({"member"}) | ADMINISTRATORS
"""How we stand in a group that we are in; `restricted` says so itself."""
STANDINGS = {"member": True, "kicked": False}
"""Our standing in somebody's private chat, and whether that lets us write: `kicked` is how a block reads."""

CONTENT = {
    "new_chat_members": "people_joined",
    "left_chat_member": "person_left",
    "pinned_message": "message_pinned",
    "photo": "photo",
    "video": "video",
    "animation": "animation",
    "document": "document",
    "audio": "audio",
    "voice": "voice",
    "video_note": "video_note",
    "sticker": "sticker",
    "contact": "contact",
    "location": "location",
    "poll": "poll",
    "dice": "dice",
}
"""What a message without words is, by the key it has; anything else is `message_without_text`."""
CAPTIONED = ("photo", "video", "animation", "document", "audio", "voice")

_COMMAND_TO_BOT = re.compile(r"(/\w+)@(\w+)(?!\S)")


@dataclass(frozen=True, slots=True)
class _Update:
    """One update on its way to becoming an event."""

    event_id: str
    raw: Mapping[str, Any]
    bot_username: str
    now: datetime

    def unknown(self, kind: str) -> Unknown:
        return Unknown(event_id=self.event_id, kind=kind, raw=self.raw)

    def command(self, words: str) -> str | None:
        """A command without the name of the bot it is for, or None when that is another bot."""
        match = _COMMAND_TO_BOT.match(words)
        if match is None:
            return words
        if match[2].lower() != self.bot_username.lower():
            return None
        return match[1] + words[match.end() :]


def read_update(update: object, *, bot_username: str, now: datetime | None = None) -> list[Event]:
    """The event in an update; what we do not act on is an `Unknown`. `now` dates what carries no time.

    A group message is a comment, or a command when it begins with `/`. What somebody writes there as a
    channel or as an anonymous administrator is a comment without an author: the seller sees it and can award
    it. A command of the one is not heard, and of the other is the group's. What the linked channel forwards is the
    seller's own.
    """
    raw = mapping(update)
    event_id = identifier(raw.get("update_id")) or fingerprint(update)
    this = _Update(event_id, raw, bot_username.lstrip("@"), now or UNDATED)
    for kind, read in READERS.items():
        if kind in raw:
            return [read(this, mapping(raw[kind]))]
    return [this.unknown(next((word(kind) for kind in raw if kind != "update_id"), "unknown"))]


def _new_message(this: _Update, message: Mapping[str, Any]) -> Event:
    chat = mapping(message.get("chat"))
    if not identifier(chat.get("id")) or not identifier(message.get("message_id")):
        return this.unknown("message_without_id")
    if (moved := _moved(this, message, identifier(chat["id"]))) is not None:
        return moved
    words = _words(message)
    if chat.get("type") == "private" and (words or _picture(message)):
        return _said(this, message, words, private=True)
    if not words:
        return this.unknown(_content(message))
    if chat.get("type") not in GROUPS:
        return this.unknown("message_elsewhere")
    if words.startswith("/"):
        return _said(this, message, words, private=False)
    return _comment(this, message, words, verb=Verb.ADDED, revision=0)


def _moved(this: _Update, message: Mapping[str, Any], chat_id: str) -> FeedMoved | None:
    """A group that has become a supergroup says so twice: in the old chat where to, in the new one where from."""
    to, old = (identifier(message.get(f"migrate_{way}_chat_id")) for way in ("to", "from"))
    if to:
        return FeedMoved(event_id=this.event_id, feed_id=chat_id, to=to)
    return FeedMoved(event_id=this.event_id, feed_id=old, to=chat_id) if old else None


def _edited_message(this: _Update, message: Mapping[str, Any]) -> Event:
    """A comment may be edited; a command was obeyed as it was first written, and stays obeyed."""
    chat = mapping(message.get("chat"))
    if not identifier(chat.get("id")) or not identifier(message.get("message_id")):
        return this.unknown("message_without_id")
    words = _words(message)
    if chat.get("type") not in GROUPS:
        return this.unknown("edited_message")
    if words.startswith("/"):
        return this.unknown("edited_command")
    if not words and not any(key in message for key in CAPTIONED):
        return this.unknown(_content(message))
    edited_at = moment(message.get("edit_date")) or moment(message.get("date")) or this.now
    return _comment(this, message, words, verb=Verb.EDITED, revision=int(edited_at.timestamp()))


def _said(this: _Update, message: Mapping[str, Any], words: str, *, private: bool) -> Event:
    """A message in a private chat, or a command in a group."""
    chat = mapping(message["chat"])
    sender = mapping(message.get("from"))
    group = mapping(message.get("sender_chat"))
    as_group = identifier(group.get("id")) == identifier(chat["id"])
    if not as_group and ("sender_chat" in message or not identifier(sender.get("id"))):
        return this.unknown("anonymous_command")
    if not as_group and sender.get("is_bot") is True:
        return this.unknown("from_a_bot")
    command = this.command(words)
    if command is None:
        return this.unknown("command_for_another_bot")
    return Message(
        event_id=this.event_id,
        chat_id=identifier(chat["id"]),
        chat_title=_title(chat),
        private=private,
        person=Person(id=identifier(group["id"]), kind="group", name=_title(group)) if as_group else _person(sender),
        text=command,
        message_id=identifier(message["message_id"]),
        sent_at=moment(message.get("date")) or this.now,
        picture=_picture(message) if private else "",
    )


def _comment(this: _Update, message: Mapping[str, Any], words: str, *, verb: Verb, revision: int) -> Comment | Unknown:
    sender = mapping(message.get("from"))
    if message.get("is_automatic_forward") is True:
        return this.unknown("linked_channel_post")
    hidden = "sender_chat" in message or not identifier(sender.get("id"))
    if not hidden and sender.get("is_bot") is True:
        return this.unknown("from_a_bot")
    chat = mapping(message["chat"])
    chat_id = identifier(chat["id"])
    return Comment(
        feed_id=chat_id,
        feed_title=_title(chat),
        comment_id=f"{chat_id}:{identifier(message['message_id'])}",
        verb=verb,
        revision=revision,
        author=None if hidden else _person(sender),
        text=words,
        written_at=moment(message.get("date")) or this.now,
        reply_to=_reply_to(message, chat_id),
    )


def _tap(this: _Update, query: Mapping[str, Any]) -> Event:
    message = mapping(query.get("message"))
    chat = mapping(message.get("chat"))
    person = mapping(query.get("from"))
    tap_id, payload = identifier(query.get("id")), text(query.get("data"))
    if not (tap_id and payload and identifier(chat.get("id")) and identifier(person.get("id"))):
        return this.unknown("tap")
    return Message(
        event_id=this.event_id,
        chat_id=identifier(chat["id"]),
        chat_title=_title(chat),
        private=chat.get("type") == "private",
        person=_person(person),
        text=payload,
        message_id=identifier(message.get("message_id")),
        # Telegram does not say when somebody tapped; `date` is the age of the button.
        sent_at=this.now if this.now != UNDATED else moment(message.get("date")) or UNDATED,
        tap_id=tap_id,
    )


def _membership(this: _Update, change: Mapping[str, Any]) -> Event:
    chat = mapping(change.get("chat"))
    person = mapping(change.get("from"))
    member = mapping(change.get("new_chat_member"))
    standing = member.get("status")
    if chat.get("type") in GROUPS and isinstance(standing, str) and identifier(person.get("id")):
        return Standing(
            event_id=this.event_id,
            person=_person(person),
            chat_id=identifier(chat.get("id")),
            chat_title=_title(chat),
            inside=standing in INSIDE or (standing == "restricted" and member.get("is_member") is True),
            administrator=standing in ADMINISTRATORS,
        )
    if chat.get("type") != "private":
        return this.unknown("bot_elsewhere")
    if not isinstance(standing, str) or standing not in STANDINGS or not identifier(person.get("id")):
        return this.unknown("my_chat_member")
    return Reachability(
        event_id=this.event_id,
        person=_person(person),
        chat_id=identifier(chat.get("id")) or identifier(person["id"]),
        open=STANDINGS[standing],
        at=moment(change.get("date")) or this.now,
    )


READERS: Mapping[str, Callable[[_Update, Mapping[str, Any]], Event]] = {
    "message": _new_message,
    "edited_message": _edited_message,
    "callback_query": _tap,
    "my_chat_member": _membership,
}
"""The updates we act on; they are the ones we ask for."""


def _words(message: Mapping[str, Any]) -> str:
    return text(message.get("text")) or text(message.get("caption"))


def _picture(message: Mapping[str, Any]) -> str:
    """A photo in its largest size, or a document that shows something, by the id it can be sent again under."""
    sizes = sequence(message.get("photo"))
    photo = identifier(mapping(sizes[-1]).get("file_id")) if sizes else ""
    if photo:
        return f"photo:{photo}"
    document = mapping(message.get("document"))
    file_id, kind = identifier(document.get("file_id")), text(document.get("mime_type"))
    return f"document:{file_id}" if file_id and kind.startswith(("image/", "application/pdf")) else ""


def _content(message: Mapping[str, Any]) -> str:
    return next((kind for key, kind in CONTENT.items() if key in message), "message_without_text")


def _title(chat: Mapping[str, Any]) -> str:
    return text(chat.get("title")) or _name(chat) or text(chat.get("username"))


def _person(user: Mapping[str, Any]) -> Person:
    return Person(
        id=identifier(user["id"]),
        kind="user",
        username=text(user.get("username")),
        name=_name(user),
        language=text(user.get("language_code")),
    )


def _name(user: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (text(user.get("first_name")), text(user.get("last_name")))))


def _reply_to(message: Mapping[str, Any], chat_id: str) -> str | None:
    answered = identifier(mapping(message.get("reply_to_message")).get("message_id"))
    # In a forum every message formally answers the one that opened its topic.
    opened_topic = message.get("is_topic_message") is True and answered == identifier(message.get("message_thread_id"))
    return f"{chat_id}:{answered}" if answered and not opened_topic else None
