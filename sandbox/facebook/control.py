"""The same acts and the same books for another process: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sandbox.facebook.books import Books
from sandbox.facebook.messages import Message
from sandbox.facebook.pages import Comment, LiveVideo, Page, Post
from sandbox.facebook.people import Person
from sandbox.facebook.templates import review_template

N = TypeVar("N")


class Misasked(Exception):
    """An act that cannot be done as asked; the message says what is missing."""


class Asked:
    """The words of one request, looked up in the books."""

    def __init__(self, books: Books, words: dict[str, Any]) -> None:
        self.books = books
        self.words = words

    def text(self, name: str) -> str:
        if not isinstance(self.words.get(name), str):
            raise Misasked(f"{self.words.get('do')} needs {name!r}, a text")
        return str(self.words[name])

    def number(self, name: str, default: int) -> int:
        return int(self.words.get(name, default))

    @property
    def page(self) -> Page:
        """The Page named, or the only one there is."""
        if "page" not in self.words and len(self.books.pages) == 1:
            return next(iter(self.books.pages.values()))
        return self.node("page", Page)

    @property
    def person(self) -> Person:
        return self.books.person(self.text("person"))

    @property
    def comment(self) -> Comment:
        return self.node("comment", Comment)

    @property
    def message(self) -> Message:
        mid = self.text("message")
        found = next((message for message in self.person.inbox if message.mid == mid), None)
        if found is None:
            raise Misasked(f"{self.person.name} has no message {mid!r}")
        return found

    def node(self, name: str, kind: type[N]) -> N:
        node = self.books.nodes.get(self.text(name))
        if not isinstance(node, kind):
            raise Misasked(f"there is no {kind.__name__} {self.words[name]!r}")
        return node


async def _add_page(asked: Asked) -> dict[str, Any]:
    page = asked.books.add_page(asked.text("id"), asked.text("name"), asked.text("token"))
    return {"page": page.id}


async def _verify(asked: Asked) -> dict[str, Any]:
    await asked.books.webhooks.verify(asked.text("url"))
    return {}


async def _goes_live(asked: Asked) -> dict[str, Any]:
    live = await asked.page.goes_live(asked.text("title"))
    return {"live": live.id, "video": live.video_id, "post": live.post_id}


async def _ends(asked: Asked) -> dict[str, Any]:
    await asked.node("live", LiveVideo).ends()
    return {}


async def _publishes(asked: Asked) -> dict[str, Any]:
    return {"post": (await asked.page.publishes(asked.text("text"))).id}


async def _comments(asked: Asked) -> dict[str, Any]:
    found = asked.books.nodes.get(asked.text("on"))
    if not isinstance(found, Post | LiveVideo):
        raise Misasked(f"there is no post or live video {asked.words['on']!r}")
    reply_to = asked.node("reply_to", Comment) if "reply_to" in asked.words else None
    return {"comment": (await asked.person.comments(found, asked.text("text"), reply_to=reply_to)).id}


async def _edits(asked: Asked) -> dict[str, Any]:
    await asked.person.edits(asked.comment, asked.text("text"))
    return {}


async def _deletes(asked: Asked) -> dict[str, Any]:
    await asked.comment.page.deletes(asked.comment)
    return {}


async def _hides(asked: Asked) -> dict[str, Any]:
    await asked.comment.page.hides(asked.comment)
    return {}


async def _unhides(asked: Asked) -> dict[str, Any]:
    await asked.comment.page.unhides(asked.comment)
    return {}


async def _messages(asked: Asked) -> dict[str, Any]:
    return {"message": await asked.person.messages(asked.page, asked.text("text"))}


async def _opens(asked: Asked) -> dict[str, Any]:
    await asked.person.opens(asked.page, asked.text("ref"))
    return {}


async def _taps(asked: Asked) -> dict[str, Any]:
    message, title = asked.message, asked.text("title")
    if title not in [button.title for button in message.buttons]:
        raise Misasked(f"the message has no button {title!r}")
    return {"url": await asked.person.taps(message, title)}


async def _blocks(asked: Asked) -> dict[str, Any]:
    await asked.person.blocks(asked.page)
    return {}


async def _unblocks(asked: Asked) -> dict[str, Any]:
    await asked.person.unblocks(asked.page)
    return {}


async def _reviews(asked: Asked) -> dict[str, Any]:
    if asked.text("template") not in asked.page.templates:
        raise Misasked(f"there is no template {asked.words['template']!r}")
    await review_template(asked.page, asked.text("template"), asked.text("status"))
    return {}


async def _redeliver(asked: Asked) -> dict[str, Any]:
    again = await asked.books.webhooks.redeliver(asked.number("last", 1), times=asked.number("times", 1))
    return {"statuses": [delivery.status for delivery in again]}


async def _lose(asked: Asked) -> dict[str, Any]:
    asked.books.webhooks.losing = bool(asked.words.get("lost", True))
    return {}


async def _drain(asked: Asked) -> dict[str, Any]:
    await asked.books.webhooks.drain()
    return {}


ACTS: dict[str, Callable[[Asked], Awaitable[dict[str, Any]]]] = {
    "add_page": _add_page,
    "verify": _verify,
    "goes_live": _goes_live,
    "ends": _ends,
    "publishes": _publishes,
    "comments": _comments,
    "edits": _edits,
    "deletes": _deletes,
    "hides": _hides,
    "unhides": _unhides,
    "messages": _messages,
    "opens": _opens,
    "taps": _taps,
    "blocks": _blocks,
    "unblocks": _unblocks,
    "reviews": _reviews,
    "redeliver": _redeliver,
    "lose": _lose,
    "drain": _drain,
}


async def act(books: Books, words: object) -> dict[str, Any]:
    """Do what `{"do": ...}` says, and return the ids of what came of it."""
    if not isinstance(words, dict) or words.get("do") not in ACTS:
        raise Misasked(f"do one of {', '.join(ACTS)}")
    return await ACTS[words["do"]](Asked(books, words))


def show(books: Books) -> dict[str, Any]:
    """Everything a visitor may want to see."""
    return {
        "pages": [_show_page(page) for page in books.pages.values()],
        "people": [_show_person(person) for person in books.people.values()],
        "deliveries": [
            {
                "body": delivery.body.decode(),
                "events": delivery.events,
                "acknowledged": delivery.acknowledged,
                "attempts": [{"status": attempt.status, "seconds": attempt.seconds} for attempt in delivery.attempts],
            }
            for delivery in books.webhooks.deliveries
        ],
    }


def _show_page(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "name": page.name,
        "subscribed_fields": sorted(page.subscribed_fields),
        "posts": [
            {
                "id": post.id,
                "message": post.message,
                "live": {"id": post.live.id, "video": post.live.video_id, "status": post.live.status}
                if post.live
                else None,
                "comments": [_show_comment(comment) for comment in post.comments],
            }
            for post in page.posts
        ],
    }


def _show_comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "author": comment.author_name,
        "text": comment.text,
        "parent": comment.parent.id if comment.parent else None,
        "hidden": comment.hidden,
        "private_reply": comment.private_reply.mid if comment.private_reply else None,
    }


def _show_person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "author_id": person.author_id,
        "psids": person.psids,
        "inbox": [
            {
                "mid": message.mid,
                "page": message.page.id,
                "text": message.text,
                "buttons": [
                    {"title": button.title, "kind": button.kind, "url": button.url} for button in message.buttons
                ],
                "metadata": message.metadata,
                "answers": message.answers.id if message.answers else None,
            }
            for message in person.inbox
        ],
    }
