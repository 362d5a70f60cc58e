"""A Facebook Page: private replies, messages and public answers through the Graph API.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from bot.kit.errors import OutcomeUnknown, Refused
from bot.kit.http import Http
from bot.kit.pacing import Limit, Pace, Turn
from messaging.base import (
    Address,
    Because,
    Button,
    CannotReach,
    Comment,
    Outgoing,
    Platform,
    ReadableFeed,
    ReadsComments,
    Sent,
    Where,
)
from messaging.messenger.errors import PageBusy
from messaging.messenger.feeds import Feeds
from messaging.messenger.graph import Graph
from messaging.shapes import identifier, text

GRAPH_BASE = "https://graph.facebook.com/v26.0"

SUBSCRIBED_FIELDS = (
    "feed",
    "live_videos",
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "message_reactions",
    "message_echoes",
)
"""What the Page tells us: just what we read."""

# https://developers.facebook.com/docs/messenger-platform/overview/rate-limiting: 300 a second, and 750 private
# replies an hour, of which a show may need most at once.
SEND_EVERY = 1 / 250
PRIVATE_EVERY, PRIVATE_BURST = 24.0, 600
BACK_OFF = 60.0
"""Seconds to leave the Page alone after too many calls, when Facebook does not say how long."""

READ_EVERY = 1 / 10
READ_BELOW = 75
"""Percent of the Page's calls; above, comments are left unread so that messages still go out."""
READ_AGAIN = 300.0
"""Seconds until reading is tried again then."""

TEXT_LIMIT = 1999
TEMPLATE_TEXT_LIMIT = 640
TEMPLATE_BUTTONS = 3
TEMPLATE_LANGUAGE = "en_US"
TITLE_LIMIT = 20
QUICK_REPLIES = 13
"""https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies"""


class MessengerPlatform(Platform, ReadsComments):
    """One Page. It can be used before `start`, which asks Facebook whether the token is good."""

    name: ClassVar[str] = "messenger"
    can_edit: ClassVar[bool] = False
    can_confirm: ClassVar[bool] = True
    text_limit: ClassVar[int] = TEXT_LIMIT

    def __init__(
        self,
        page_id: str,
        page_token: str,
        app_secret: str,
        *,
        graph_base: str = GRAPH_BASE,
        template: str = "",
        http: Http,
        pace: Pace | None = None,
    ) -> None:
        self._page_id = page_id
        self._graph = Graph(graph_base, page_token, app_secret, http=http)
        self._template = template
        self.can_write_first = bool(template)
        self._pace = pace or Pace()
        self._title = ""
        self._feeds = Feeds(page_id, self._read)

    @property
    def external_id(self) -> str:
        """The Page's id."""
        return self._page_id

    @property
    def title(self) -> str:
        """The Page's name."""
        return self._title or f"Page {self._page_id}"

    async def start(self) -> None:
        """Learn the Page's name. Raises NotAuthorised when the token is not (or no longer) good."""
        try:
            page = await self._graph.get(self._page_id, fields="id,name")
        except CannotReach as unknown:
            raise Refused(f"Facebook does not show us the Page {self._page_id}.", code=unknown.code) from unknown
        self._title = text(page.get("name"))

    async def subscribe(self) -> None:
        """Have the Page tell us what happens. Repeat it: Facebook ends it when our webhook fails for an hour."""
        await self._graph.post(f"{self._page_id}/subscribed_apps", subscribed_fields=",".join(SUBSCRIBED_FIELDS))

    async def turn(self, to: Address) -> Turn:
        """Wait for the Page's limits."""
        if to.where is Where.COMMENT_PRIVATELY:
            return await self._pace.turns(self._private_replies, self._overall)
        return await self._pace.turns(self._overall)

    async def send(self, message: Outgoing) -> Sent:
        """Send one message, once: a second private reply to the same comment would be refused."""
        try:
            return await self._send(message)
        except PageBusy as busy:
            self._pace.pause(self._overall.key, busy.retry_after or BACK_OFF)
            raise

    async def _send(self, message: Outgoing) -> Sent:
        if message.to.where is Where.COMMENT_PUBLICLY:
            told = await self._graph.post(f"{quote(message.to.id, safe='')}/comments", {"message": _plain(message)})
            return Sent(message_id=_told(told, "id"), chat_id=message.to.id)
        body: dict[str, Any]
        if message.to.where is Where.COMMENT_PRIVATELY:
            body = {"recipient": {"comment_id": message.to.id}, "message": compose(message)}
        elif message.to.where is Where.TEMPLATE:
            filled_in = fill_in(self._template, message)
            body = {"recipient": {"id": message.to.id}, "messaging_type": "UTILITY", "message": filled_in}
        else:
            body = {"recipient": {"id": message.to.id}, "messaging_type": "RESPONSE", "message": compose(message)}
        told = await self._graph.post(f"{self._page_id}/messages", body)
        psid = identifier(told.get("recipient_id")) or (message.to.id if "id" in body["recipient"] else "")
        return Sent(message_id=_told(told, "message_id"), chat_id=psid)

    async def live_feeds(self) -> list[ReadableFeed]:
        """The Page's live videos."""
        return await self._feeds.live()

    async def find_feed(self, given: str) -> ReadableFeed | None:
        """A post by its id, or the post of a video by the video's."""
        return await self._feeds.find(given)

    async def list_comments(self, feed: ReadableFeed, since: datetime) -> list[Comment]:
        """The comments of a post, with their answers, hidden ones too."""
        return await self._feeds.comments(feed, since)

    async def _read(self, path: str, **params: str) -> dict[str, Any]:
        """Read in the Page's name. Nobody waits for it, so it leaves calls for the messages. Raises Busy."""
        await self._pace.turns(self._reading, self._overall)
        try:
            return await self._graph.get(path, **params)
        except PageBusy as busy:
            self._pace.pause(self._overall.key, busy.retry_after or BACK_OFF)
            raise
        finally:
            if self._graph.used >= READ_BELOW:
                self._pace.pause(self._reading.key, READ_AGAIN)

    async def edit(self, chat_id: str, message_id: str, message: Outgoing) -> None:
        """Messenger keeps what was sent."""
        raise CannotReach("Messages on Messenger cannot be changed.", because=Because.NOT_POSSIBLE)

    async def delete(self, chat_id: str, message_id: str) -> bool:
        """Messenger keeps what was sent."""
        return False

    async def answer_tap(self, tap_id: str, text: str = "") -> None:
        """Buttons on Messenger do not wait for an answer."""

    def chat_link(self, payload: str = "") -> str:
        """Opens the conversation; the payload comes back as `/start payload`."""
        link = f"https://m.me/{self._page_id}"
        return f"{link}?ref={quote(payload, safe='')}" if payload else link

    async def close(self) -> None:
        """The connections belong to who made them."""

    @property
    def _overall(self) -> Limit:
        return Limit(("messenger", self._page_id), SEND_EVERY)

    @property
    def _reading(self) -> Limit:
        return Limit(("messenger", self._page_id, "reading"), READ_EVERY)

    @property
    def _private_replies(self) -> Limit:
        return Limit(("messenger", self._page_id, "private replies"), PRIVATE_EVERY, PRIVATE_BURST)


def compose(message: Outgoing) -> dict[str, Any]:
    """The Send API's `message`: always a single one, since a comment can be answered privately only once.

    Buttons make a template where its limits allow; else links are written out below the text, and taps become
    quick replies, which are allowed with longer texts and in larger numbers.
    """
    buttons = [button for row in message.buttons for button in row if not button.copy]
    content: dict[str, Any]
    if buttons and len(buttons) <= TEMPLATE_BUTTONS and len(message.text) <= TEMPLATE_TEXT_LIMIT:
        payload = {
            "template_type": "button",
            "text": message.text,
            "buttons": [_button(button) for button in buttons],
        }
        content = {"attachment": {"type": "template", "payload": payload}}
    else:
        content = {"text": _plain(message)}
        taps = [button for button in buttons if not button.url][:QUICK_REPLIES]
        if taps:
            content["quick_replies"] = [
                {"content_type": "text", "title": _title(tap), "payload": tap.payload} for tap in taps
            ]
    if message.tag:
        content["metadata"] = message.tag
    return content


def fill_in(template: str, message: Outgoing) -> dict[str, Any]:
    """The Send API's `message` from a utility template, given as `name` or `name:language`.

    https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages
    """
    name, _, language = template.partition(":")
    blanks = [{"type": "text", "text": blank} for blank in message.blanks]
    payload = {
        "template_type": "utility_messages",
        "name": name,
        "language": {"code": language or TEMPLATE_LANGUAGE},
        "components": [{"type": "body", "parameters": blanks}],
    }
    tagged = {"metadata": message.tag} if message.tag else {}
    return {"attachment": {"type": "template", "payload": payload}, **tagged}


def _plain(message: Outgoing) -> str:
    """The text with its links written out. The links are what it is for, so a long text makes room for them."""
    links = "".join(f"\n{button.title}: {button.url}" for row in message.buttons for button in row if button.url)
    room = TEXT_LIMIT - len(links)
    return (message.text if len(message.text) <= room else message.text[: room - 1] + "…") + links


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"type": "web_url", "title": _title(button), "url": button.url}
    return {"type": "postback", "title": _title(button), "payload": button.payload}


def _title(button: Button) -> str:
    title = button.title
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1].rstrip() + "…"


def _told(answer: dict[str, Any], key: str) -> str:
    value = identifier(answer.get(key))
    if not value:
        raise OutcomeUnknown(f"Facebook said yes without {key}")
    return value
