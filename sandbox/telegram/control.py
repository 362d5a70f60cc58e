"""The town from another process: `GET /_sandbox/books` reads it, `POST /_sandbox/act` lives in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import Chat, Json, Message, PrivateChat
from sandbox.telegram.people import Group, Person

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramStandIn


class Control:
    """What is done is named by `do`; people and bots by id or username, groups by id or title.

    A `chat` is a group, or a bot for the private chat with it; left out, it is the only bot there is.
    """

    def __init__(self, telegram: TelegramStandIn) -> None:
        self._telegram = telegram
        self._network = telegram.network
        self._deeds: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "bot": self._bot,
            "person": self._person,
            "group": self._group,
            "adds_bot": self._adds_bot,
            "kicks": self._kicks,
            "says": self._says,
            "starts": self._starts,
            "follows": self._follows,
            "taps": self._taps,
            "edits": self._edits,
            "blocks": self._blocks,
            "unblocks": self._unblocks,
            "deactivates": self._deactivates,
            "hears": self._hears,
        }

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/_sandbox/books", self._books)
        app.router.add_post("/_sandbox/act", self._act)

    async def _books(self, _request: web.Request) -> web.Response:
        network = self._network
        return web.json_response(
            {
                "bots": [bot.me() for bot in network.bots.values()],
                "people": [person.wire() for person in network.people.values()],
                "chats": [_chat(chat) for chat in network.chats()],
                "refused_for_rate": network.refused_for_rate,
                "unknown_parameters": self._telegram.unknown_parameters,
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        try:
            wish = await request.json()
            deed = self._deeds[wish["do"]]
            return web.json_response(await deed(wish))
        except KeyError as missing:
            return web.json_response({"error": f"what is {missing}?"}, status=400)
        except (ValueError, TypeError, AssertionError) as why:
            return web.json_response({"error": str(why)}, status=400)

    async def _bot(self, wish: Json) -> Json:
        privacy = bool(wish.get("privacy", False))
        bot = self._telegram.add_bot(
            wish["token"], wish["username"], wish["name"], can_read_all_group_messages=not privacy
        )
        return bot.me()

    async def _person(self, wish: Json) -> Json:
        details = {name: wish.get(name) for name in ("username", "last_name", "language_code")}
        return self._telegram.person(wish["first_name"], **details).wire()

    async def _group(self, wish: Json) -> Json:
        members = [self._who(member) for member in wish.get("members", [])]
        return self._telegram.group(wish["title"], members).wire()

    async def _adds_bot(self, wish: Json) -> Json:
        group = self._which_group(wish)
        await group.adds_bot(self._which_bot(wish), admin=bool(wish.get("admin", False)))
        return group.wire()

    async def _kicks(self, wish: Json) -> Json:
        group = self._which_group(wish)
        await group.kicks(self._which_bot(wish))
        return group.wire()

    async def _says(self, wish: Json) -> Json:
        person = self._who(wish["person"])
        place = self._place(wish)
        reply_to = _message_in(person.chat(place), wish["reply_to"]) if "reply_to" in wish else None
        return _message(await person.says(wish["text"], to=place, reply_to=reply_to))

    async def _starts(self, wish: Json) -> Json:
        return _message(await self._who(wish["person"]).starts(self._which_bot(wish), wish.get("payload")))

    async def _follows(self, wish: Json) -> Json:
        return _message(await self._who(wish["person"]).follows(wish["url"]))

    async def _taps(self, wish: Json) -> Json:
        person = self._who(wish["person"])
        message = _message_in(person.chat(self._place(wish)), wish["message"])
        return {"tapped": await person.taps(message, wish["button"])}

    async def _edits(self, wish: Json) -> Json:
        person = self._who(wish["person"])
        message = _message_in(person.chat(self._place(wish)), wish["message"])
        await person.edits(message, wish["text"])
        return _message(message)

    async def _blocks(self, wish: Json) -> Json:
        await self._who(wish["person"]).blocks(self._which_bot(wish))
        return {}

    async def _unblocks(self, wish: Json) -> Json:
        await self._who(wish["person"]).unblocks(self._which_bot(wish))
        return {}

    async def _deactivates(self, wish: Json) -> Json:
        await self._who(wish["person"]).deactivates()
        return {}

    async def _hears(self, wish: Json) -> Json:
        person, timeout = self._who(wish["person"]), float(wish.get("timeout", 10.0))
        heard = await person.hears(wish.get("contains", ""), in_chat=self._place(wish), timeout=timeout)
        return _message(heard)

    def _who(self, name: int | str) -> Person:
        for person in self._network.people.values():
            if name in (person.id, person.username):
                return person
        raise ValueError(f"nobody here is {name!r}")

    def _which_bot(self, wish: Json) -> Bot:
        name = wish.get("bot")
        if name is None:
            return self._network.only_bot()
        for bot in self._network.bots.values():
            if name in (bot.id, bot.username):
                return bot
        raise ValueError(f"no bot here is {name!r}")

    def _which_group(self, wish: Json) -> Group:
        for group in self._network.groups.values():
            if group.moved_to is None and wish["chat"] in (group.id, group.title):
                return group
        raise ValueError(f"no group here is {wish['chat']!r}")

    def _place(self, wish: Json) -> Bot | Group:
        name = wish.get("chat")
        if name is None or any(name in (bot.id, bot.username) for bot in self._network.bots.values()):
            return self._which_bot({"bot": name})
        return self._which_group(wish)


def _chat(chat: Chat) -> Json:
    entry = chat.wire() | {"messages": [_message(message) for message in chat.messages]}
    if isinstance(chat, PrivateChat):
        entry |= {"bot": chat.bot.username, "started": chat.started, "blocked": chat.blocked}
    return entry


def _message(message: Message) -> Json:
    return {
        "id": message.id,
        "date": message.date,
        "from": message.sender.wire(),
        "text": message.text,
        "html": message.html,
        "buttons": [
            {"text": button.text, "action": button.action, "value": button.value} for button in message.buttons
        ],
        "reply_to": message.reply_to.id if message.reply_to else None,
        "edits": message.edits,
        "deleted": message.deleted,
        **message.service,
    }


def _message_in(chat: Chat, message_id: int) -> Message:
    message = chat.message(message_id)
    if message is None:
        raise ValueError(f"there is no message {message_id} in {chat.title}")
    return message
