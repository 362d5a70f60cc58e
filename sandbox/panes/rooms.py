"""Rooms: copies what is said on the stand-ins' Telegram and Facebook onto the board, as it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sandbox.evening.stage import Stage
from sandbox.facebook.messages import Message as InboxMessage
from sandbox.facebook.pages import Comment
from sandbox.panes.board import Board
from sandbox.panes.letters import Letter, Letters
from sandbox.panes.people import GROUP, LIVE, OPERATOR, SELLER_KEY, People
from sandbox.telegram.chats import Chat, Message, PrivateChat

LOOK_EVERY = 0.1
SHOWN = 120
"""How many messages of a room are on the page; it never grows beyond, however long the evening."""

SHOP = "shop"
"""Who wrote, when it was the bot or the Page."""

Json = dict[str, Any]
Entry = tuple[int, object, Callable[[], Json]]
"""A message's number, something that changes when its looks do, and how it looks."""


class Rooms:
    """Looks at the books of the stand-ins again and again; what is said is at `room/<room>/<number>`."""

    def __init__(self, stage: Stage, people: People, board: Board) -> None:
        self._stage = stage
        self._people = people
        self._board = board
        self._keys_by_id = {person.id: key for key, person in people.chatters.items()}
        self._keys_by_author = {person.author_id: key for key, person in people.commenters.items()}
        self._chats: dict[str, Chat] = {
            OPERATOR: stage.seller.chat(stage.bot),
            GROUP: stage.group,
            **{key: person.chat(stage.bot) for key, person in people.chatters.items() if key != SELLER_KEY},
        }
        self._letters = Letters(stage.facebook.books)
        self._shown: dict[str, dict[int, object]] = {}
        """By room, the numbers on the board and how each looked when it was put there."""

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Bring the board up to date."""
        self._letters.read()
        for room, chat in self._chats.items():
            self._show(room, self._messages(chat))
        self._show(LIVE, self._comments())
        for key in self._people.commenters:
            self._show(key, self._inbox(key))
        for place, key in enumerate(self._people.guests):
            self._board.put(f"person/{key}", {"place": place} | self._person(key))

    def _person(self, key: str) -> Json:
        guest, chat = self._people.guests[key], self._chats.get(key)
        return {
            "key": key,
            "name": guest.name,
            "handle": guest.handle,
            "on": guest.platform.value,
            "opened": chat.started if isinstance(chat, PrivateChat) else True,
        }

    def _show(self, room: str, entries: Iterator[Entry]) -> None:
        before, now = self._shown.get(room, {}), {}
        for number, looks, entry in entries:
            now[number] = looks
            if before.get(number) != looks:
                self._board.put(f"room/{room}/{number}", {"room": room, "number": number} | entry())
        for number in before.keys() - now.keys():
            self._board.drop(f"room/{room}/{number}")
        self._shown[room] = now

    def _messages(self, chat: Chat) -> Iterator[Entry]:
        for message in chat.messages[-SHOWN:]:
            if not message.deleted:
                yield message.id, (len(message.edits), id(message.markup)), partial(self._message, message)

    def _message(self, message: Message) -> Json:
        by_bot = message.sender is self._stage.bot
        key = SHOP if by_bot else self._keys_by_id.get(message.sender.id)
        return _said(
            by=self._people.name(key) if key in self._people.chatters else message.sender.first_name,
            who=key,
            text=_happened(message) or message.text,
            at=message.date,
            note=bool(message.service),
            edited=bool(message.edits),
            entities=message.content.entities,
            buttons=[{"text": button.text, "opens": button.action == "url"} for button in message.buttons],
        )

    def _comments(self) -> Iterator[Entry]:
        comments = [comment for live in self._stage.page.live_videos for comment in live.comments[-SHOWN:]]
        for comment in comments[-SHOWN:]:
            yield comment.number, (comment.text, comment.hidden), partial(self._comment, comment)

    def _comment(self, comment: Comment) -> Json:
        return _said(
            by=comment.author_name,
            who=SHOP if comment.by_page else self._keys_by_author.get(comment.author_id),
            text=comment.text,
            at=comment.created_at,
            edited=comment.edited_at is not None,
            hidden=comment.hidden,
            below=comment.parent.number if comment.parent else None,
        )

    def _inbox(self, key: str) -> Iterator[Entry]:
        person = self._people.commenters[key]
        said: list[InboxMessage | Letter] = [*person.inbox, *self._letters.of(person.author_id)]
        for number, one in enumerate(sorted(said, key=lambda one: one.at)):
            if number >= len(said) - SHOWN:
                yield number, one.at, partial(self._in_inbox, key, one)

    def _in_inbox(self, key: str, one: InboxMessage | Letter) -> Json:
        if isinstance(one, Letter):
            return _said(by=self._people.name(key), who=key, text=one.text, at=one.at)
        return _said(
            by=one.page.name,
            who=SHOP,
            text=one.text or _template_words(one),
            at=one.at,
            mid=one.mid,
            about=one.answers.text if one.answers else None,
            buttons=[{"text": button.title, "opens": button.kind == "web_url"} for button in one.buttons],
        )


def _said(*, by: str, who: str | None, text: str, at: float, **more: Any) -> Json:
    return {"by": by, "who": who, "text": text, "at": at, **more}


def _happened(message: Message) -> str:
    """What a service message tells."""
    if joined := message.service.get("new_chat_members"):
        return f"{', '.join(user['first_name'] for user in joined)} joined the group"
    if left := message.service.get("left_chat_member"):
        return f"{left['first_name']} left the group"
    return ""


def _template_words(message: InboxMessage) -> str:
    """A utility template has its words at Facebook; what fills them in is here."""
    payload = message.raw.get("attachment", {}).get("payload", {})
    parameters = (one for component in payload.get("components", []) for one in component.get("parameters", []))
    return " ".join([f"[{payload.get('name', 'template')}]", *(str(one.get("text", "")) for one in parameters)])
