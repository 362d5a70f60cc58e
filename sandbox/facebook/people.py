"""People: they comment, write, tap and block, and wait to hear an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.facebook import events
from sandbox.facebook.messages import Button, Content, Message
from sandbox.facebook.pages import Comment, LiveVideo, Page, Post

if TYPE_CHECKING:
    from sandbox.facebook.books import Books

GET_STARTED = "GET_STARTED"
"""The payload of every Page's Get Started button."""


@dataclass(eq=False, kw_only=True)
class Conversation:
    """One person and one Page in Messenger. The PSID belongs to the pair."""

    person: Person = field(repr=False)
    page: Page = field(repr=False)
    psid: str
    heard_at: float | None = None
    """When the person last wrote or tapped: the 24 hours count from here."""
    blocked: bool = False
    messages: list[Message] = field(default_factory=list)
    mids: set[str] = field(default_factory=set, repr=False)
    """Every message of either side, for replies to one."""
    actions: list[str] = field(default_factory=list)
    """Sender actions in order: typing_on, mark_seen, ..."""

    async def receive(self, content: Content, *, answers: Comment | None = None, app_id: int | None = None) -> Message:
        """The Page says something: it is in the inbox, and the subscribers hear the echo."""
        books = self.page.books
        message = Message(
            mid=books.new_mid(),
            page=self.page,
            text=content.text,
            buttons=content.buttons,
            metadata=content.raw.get("metadata"),
            raw=content.raw,
            at=books.now(),
            answers=answers,
        )
        if answers is not None:
            answers.private_reply = message
        self.messages.append(message)
        self.mids.add(message.mid)
        self.person.inbox.append(message)
        books.tell(events.echo(self, message, app_id=app_id))
        books.tell(events.message_delivered(self, message, books.now()))
        await books.announce()
        return message


class Person:
    """Somebody on Facebook: one id as the author of comments, and another for each Page as its reader."""

    def __init__(self, books: Books, name: str) -> None:
        self._books = books
        self.name = name
        self.author_id = books.new_id()
        self.inbox: list[Message] = []
        self._talks: dict[str, Conversation] = {}

    def talk_with(self, page: Page) -> Conversation:
        """The conversation with a Page; its PSID exists before the first message."""
        if page.id not in self._talks:
            talk = Conversation(person=self, page=page, psid=self._books.new_id())
            self._talks[page.id] = talk
            self._books.conversations[page.id, talk.psid] = talk
        return self._talks[page.id]

    def psid(self, page: Page) -> str:
        """The id the Page sends to; never the author of a comment."""
        return self.talk_with(page).psid

    @property
    def psids(self) -> dict[str, str]:
        """By the Pages there has been a conversation with."""
        return {page_id: talk.psid for page_id, talk in self._talks.items()}

    async def comments(
        self,
        on: Post | LiveVideo,
        text: str,
        *,
        reply_to: Comment | None = None,
        anonymous: bool = False,
        low_quality: bool = False,
    ) -> Comment:
        """Comment on a live video or a post, or below another comment there."""
        return await on.page.write_comment(
            reply_to or on,
            text,
            author_id=self.author_id,
            author_name=self.name,
            anonymous=anonymous,
            low_quality=low_quality,
        )

    async def edits(self, comment: Comment, text: str) -> None:
        """Change the text of a comment."""
        comment.text = text
        comment.edited_at = self._books.now()
        self._books.tell(events.comment_added(comment, verb="edited"))

    async def deletes(self, comment: Comment) -> None:
        """Take a comment back."""
        await comment.page.remove_comment(comment)

    async def messages(self, page: Page, text: str, *, reply_to: Message | None = None) -> str:
        """Write to a Page; returns the message id."""
        said: dict[str, Any] = {"mid": self._books.new_mid(), "text": text}
        if reply_to is not None:
            said["reply_to"] = {"mid": reply_to.mid}
        self._speak(page, said)
        return str(said["mid"])

    async def sends_sticker(self, page: Page) -> None:
        """Send the Page a thumb, and no words."""
        thumb = {"type": "sticker", "payload": {"sticker_id": 369239263222822}}
        self._speak(page, {"mid": self._books.new_mid(), "attachments": [thumb]})

    async def opens(self, page: Page, ref: str) -> None:
        """Follow an m.me link with `?ref=`: Get Started in a new conversation, a referral in an old one."""
        talk = self.talk_with(page)
        new = talk.heard_at is None and not talk.messages
        talk.heard_at = now = self._books.now()
        referral = {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        if new:
            postback = {"title": "Get Started", "payload": GET_STARTED, "mid": self._books.new_mid()}
            self._books.tell(events.postback_received(talk, {**postback, "referral": referral}, now))
        else:
            self._books.tell(events.referral_received(talk, referral, now))

    async def taps(self, message: Message, title: str) -> str | None:
        """Tap a button or a quick reply: a link gives its URL, the others tell the Page."""
        button = next((button for button in message.buttons if button.title == title), None)
        if button is None:
            raise AssertionError(f"no button {title!r}, only {[button.title for button in message.buttons]}")
        if button.kind == "web_url":
            return button.url
        if button.kind == "postback":
            self._post_back(message.page, button)
        elif button.kind == "quick_reply":
            self._speak(
                message.page,
                {
                    "mid": self._books.new_mid(),
                    "text": button.title,
                    "quick_reply": {"payload": button.payload},
                },
            )
        return None

    async def blocks(self, page: Page) -> None:
        """Receive nothing more from a Page."""
        self.talk_with(page).blocked = True

    async def unblocks(self, page: Page) -> None:
        """Receive messages from a Page again."""
        self.talk_with(page).blocked = False

    async def hears(self, *, contains: str = "", timeout: float = 10.0) -> Message:
        """Wait for a message with this text that was not heard before.

        An AssertionError says what came instead.
        """
        message = await self._books.wait_for(
            lambda: next((m for m in self.inbox if not m.seen and contains in m.text), None), timeout
        )
        if message is None:
            unheard = [message.text for message in self.inbox if not message.seen]
            raise AssertionError(f"{self.name} waited {timeout:g} s to hear {contains!r}, heard only {unheard}")
        message.seen = True
        return message

    def _speak(self, page: Page, message: dict[str, Any]) -> None:
        talk = self.talk_with(page)
        talk.heard_at = now = self._books.now()
        talk.mids.add(message["mid"])
        self._books.tell(events.message_received(talk, message, now))

    def _post_back(self, page: Page, button: Button) -> None:
        talk = self.talk_with(page)
        talk.heard_at = now = self._books.now()
        postback = {"title": button.title, "payload": button.payload, "mid": self._books.new_mid()}
        self._books.tell(events.postback_received(talk, postback, now))
