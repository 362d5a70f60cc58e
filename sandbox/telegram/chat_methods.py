"""Methods about chats and who is in them."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.call import Call
from sandbox.telegram.chats import Member
from sandbox.telegram.people import Group
from sandbox.telegram.refusal import bad_request


async def get_chat(call: Call) -> Any:
    return call.chat(writing=False).full()


async def get_chat_member(call: Call) -> Any:
    chat, user_id = call.chat(writing=False), call.given["user_id"]
    people = [*call.network.people.values(), *call.network.bots.values()]
    user = next((user for user in people if user.id == user_id), None)
    if user is None:
        raise bad_request("member not found")
    return (chat.member(user) if isinstance(chat, Group) else Member(user, "member")).wire()


async def get_chat_administrators(call: Call) -> Any:
    """Other bots are left out unless they are asked for."""
    chat = call.chat(writing=False)
    if not isinstance(chat, Group):
        raise bad_request("there are no administrators in the private chat")
    with_bots = call.given.get("return_bots", False)
    rulers = [member for member in chat.members.values() if member.status in ("creator", "administrator")]
    return [member.wire() for member in rulers if with_bots or member.user is call.bot or not member.user.is_bot]


async def leave_chat(call: Call) -> Any:
    chat = call.chat(writing=False)
    if not isinstance(chat, Group):
        raise bad_request("chat member status can't be changed in private chats")
    await chat.leaves(call.bot)
    return True
