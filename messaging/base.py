"""The contract every chat platform fulfils: what is heard, what can be said, and how saying it can fail."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from bot.kit.errors import Busy, Refused
from bot.kit.pacing import Turn

# --- what is heard -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a platform, under one of the ids it gives them."""

    id: str
    kind: str
    """`user` on Telegram; `commenter` (the author of a comment) or `psid` (a Messenger conversation) on Facebook.

    `group` is an administrator who writes in the name of their group, and could be any of them.
    """
    username: str = ""
    name: str = ""
    language: str = ""


class Verb(StrEnum):
    """What was done with a comment."""

    ADDED = "added"
    EDITED = "edited"
    REMOVED = "removed"


class Comment(NamedTuple):
    """One message in a feed. Unique per (channel, comment_id, verb, revision).

    A tuple, as a hot show makes hundreds a second.
    """

    feed_id: str
    """The group, or the post or video the comment is under."""
    feed_title: str
    comment_id: str
    verb: Verb
    revision: int
    """0 for a new comment; something that differs between two edits of it."""
    author: Person | None
    """None when the platform does not say who wrote it."""
    text: str
    written_at: datetime
    reply_to: str | None = None
    """The comment this one answers."""


def edit_revision(text: str) -> int:
    """The revision of an edit by what it says, for a platform that numbers none: the same by whatever way it comes."""
    return 1 + zlib.crc32(text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said to us: in a private chat, a command in a group, or a tapped button."""

    event_id: str
    chat_id: str
    chat_title: str
    private: bool
    person: Person
    text: str
    """What was typed; for a tapped button, its payload."""
    message_id: str
    sent_at: datetime
    tap_id: str | None = None
    """Set when this is a tapped button: what `answer_tap` wants."""
    picture: str = ""
    """A picture or document that came along, as its platform names it (`photo:<id>`, `document:<id>`, `url:<url>`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """A person opened or closed the door: started the bot, blocked it, came back, or sent what is no text."""

    event_id: str
    person: Person
    chat_id: str
    open: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody let us into a group, threw us out, or changed what we may do there."""

    event_id: str
    person: Person
    chat_id: str
    chat_title: str
    inside: bool
    administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMoved:
    """A group goes on under another id: what we know of the old one is true of the new one from now on."""

    event_id: str
    feed_id: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The platform shows us one of our own messages, with the tag we gave it: proof that it was sent."""

    event_id: str
    tag: str
    message_id: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An event we keep and count, and do not act on."""

    event_id: str
    kind: str
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


Event = Comment | Message | Reachability | Standing | FeedMoved | Echo | Unknown

# --- what can be said --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something to tap: opens a `url`, sends us `payload` (at most 64 bytes), or copies a text."""

    title: str
    url: str = ""
    payload: str = ""
    copy: str = ""
    """Left out on a platform that cannot, or not so much: the text has it, too."""


class Where(StrEnum):
    """The kinds of address a message can have."""

    CHAT = "chat"
    """A private chat or a group: `id` is its chat id (Telegram) or the PSID (Messenger)."""
    COMMENT_PRIVATELY = "comment_privately"
    """A private reply to a comment: `id` is the comment id. Messenger only, once per comment."""
    COMMENT_PUBLICLY = "comment_publicly"
    """An answer under a comment that everybody sees: `id` is the comment id."""
    TEMPLATE = "template"
    """An approved text with blanks, to a PSID that no other message may go to. Where `can_write_first`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message goes."""

    where: Where
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way out: plain text, and rows of buttons."""

    to: Address
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    tag: str = ""
    """Our own id of the delivery, carried along where the platform can (Messenger metadata)."""
    picture: str = ""
    """A picture or a document that the same account was sent (`Message.picture`), to be shown with the text."""
    blanks: tuple[str, ...] = ()
    """What fills in a template, which has its own text: who it is for, what there is to pay, and the link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform's word that it has the message."""

    message_id: str
    chat_id: str
    """Where it ended up: on a private reply, the PSID of the person, learned here."""


class Because(StrEnum):
    """Why a person could not be written to; each has its own next step."""

    NEVER_STARTED = "never_started"
    BLOCKED = "blocked"
    WINDOW_CLOSED = "window_closed"
    ALREADY_REPLIED = "already_replied"
    COMMENT_GONE = "comment_gone"
    MESSAGE_GONE = "message_gone"
    """What we wrote, and would change, was deleted."""
    UNAVAILABLE = "unavailable"
    NOT_POSSIBLE = "not_possible"


class CannotReach(Refused):
    """The platform does not let us write to this person in this way."""

    def __init__(self, message: str, *, because: Because, code: str = "") -> None:
        super().__init__(message, code=code)
        self.because = because


class Restricted(Busy):
    """The platform holds something against the account, and lets it write to nobody for a while."""


class Moved(Refused):
    """The group is found under another id now; nothing was done."""

    def __init__(self, message: str, *, feed_id: str, to: str) -> None:
        super().__init__(message, code="chat_migrated")
        self.feed_id = feed_id
        self.to = to


class Platform(ABC):
    """One connected account on a platform.

    Every way of saying something raises the errors of `bot.kit.errors`, CannotReach for one person and Moved for a
    group: Busy and Unreachable mean nothing was sent, OutcomeUnknown means it may have been.
    """

    name: ClassVar[str]
    can_edit: ClassVar[bool]
    """Whether a sent message can be changed."""
    can_confirm: ClassVar[bool]
    """Whether the platform reports our own messages back (`Echo`), so that an unknown outcome can be settled."""
    text_limit: ClassVar[int]
    """Characters in one message."""
    can_write_first: bool = False
    """Whether there is a template for people who have not written lately."""

    @property
    @abstractmethod
    def external_id(self) -> str:
        """The account's own id on the platform: the bot's or the Page's."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What the account is called."""

    @abstractmethod
    async def turn(self, to: Address) -> Turn:
        """Wait until the platform's limits allow one more message to this address; raises Busy when that is long.

        The message is sent, or edited, inside of the turn: `with turn:`.
        """

    @abstractmethod
    async def send(self, message: Outgoing) -> Sent:
        """Send one message, once: it is never repeated in here."""

    @abstractmethod
    async def edit(self, chat_id: str, message_id: str, message: Outgoing) -> None:
        """Change a message we sent; unchanged text is fine."""

    @abstractmethod
    async def delete(self, chat_id: str, message_id: str) -> bool:
        """Delete a message where the platform lets us; False where it does not."""

    @abstractmethod
    async def answer_tap(self, tap_id: str, text: str = "") -> None:
        """Tell the platform a tap was taken, so that the button stops spinning; never raises for a stale tap."""

    async def hears_all(self, chat_id: str = "") -> bool:
        """Whether the platform tells us all that is written in a group; without one, in any that we are in.

        Raises OutsideError.
        """
        return True

    async def offer_commands(self, chat_id: str, commands: Mapping[str, str]) -> None:  # noqa: B027 - most have no menu
        """Have the menu of a private chat list these words and what each does; nothing where there is no menu.

        Raises OutsideError.
        """

    @abstractmethod
    def chat_link(self, payload: str = "") -> str:
        """A link that opens the private chat with us, or "" when there is none."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""


# --- what can be read afterwards ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableFeed:
    """A feed whose comments can be listed."""

    feed_id: str
    """As its comments name it when we are told of them."""
    listed_under: str
    """The id to list them with."""


class ReadsComments(ABC):
    """A platform that can be asked what was written, for whatever it did not tell us.

    A comment read this way is the same one, under the same ids, as the one we are told of. What cannot be read is
    that a comment was deleted, nor when or whether it was edited before it was first read.
    """

    @abstractmethod
    async def live_feeds(self) -> list[ReadableFeed]:
        """What the account is broadcasting now."""

    @abstractmethod
    async def find_feed(self, given: str) -> ReadableFeed | None:
        """The feed that people mean by an id, or None when there is none."""

    @abstractmethod
    async def list_comments(self, feed: ReadableFeed, since: datetime) -> list[Comment]:
        """Everything written since then, and the newest before, in the order of writing; each is `ADDED`."""
