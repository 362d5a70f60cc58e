"""One call of a Bot API method: who calls, what was given, and what it may reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.bots import Bot
from sandbox.telegram.chats import IN_THE_CHAT, Chat, Message
from sandbox.telegram.markup import Unknown
from sandbox.telegram.network import Network
from sandbox.telegram.refusal import Refusal, bad_request, forbidden

_NUMBER = re.compile(r"-?\d{1,19}")


@dataclass(frozen=True)
class Answer:
    """A result that comes with a description."""

    result: Any
    description: str


@dataclass(frozen=True, kw_only=True)
class Call:
    network: Network
    bot: Bot
    given: Mapping[str, Any]
    """The parameters, with the types of their table."""
    unknown: Unknown

    def chat(self, *, writing: bool) -> Chat:
        """The chat named by `chat_id`, if this bot may read it, or write into it."""
        chat_id = self.given.get("chat_id", "").strip()
        if not chat_id:
            raise bad_request("chat_id is empty")
        number = int(chat_id) if _NUMBER.fullmatch(chat_id) else 0
        if number in self.network.groups:
            return self._group(number)
        return self._private(number, writing=writing)

    def message(self, chat: Chat, purpose: str) -> Message:
        """The message named by `message_id`, which must still be there to do this with."""
        found = chat.message(self.given.get("message_id", 0))
        if found is None:
            raise bad_request(f"message to {purpose} not found")
        return found

    def _group(self, number: int) -> Chat:
        group = self.network.groups[number]
        if group.moved_to is not None:
            raise Refusal(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=group.moved_to.id
            )
        if self.bot.id not in group.members:
            raise bad_request("chat not found")
        status = group.member(self.bot).status
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {group.kind} chat")
        if status not in IN_THE_CHAT:
            raise forbidden(f"bot is not a member of the {group.kind} chat")
        return group

    def _private(self, number: int, *, writing: bool) -> Chat:
        if any(bot.id == number for bot in self.network.bots.values()):
            raise forbidden("bot can't send messages to bots")
        person = self.network.people.get(number)
        if person is None:
            raise bad_request("chat not found")
        chat = self.network.private(person, self.bot)
        if writing and person.deactivated:
            raise forbidden("user is deactivated")
        if writing and chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise (
                forbidden("bot can't initiate conversation with a user") if writing else bad_request("chat not found")
            )
        return chat
