"""Pairs operators: a code made on the server, typed once in the private chat, makes a person an operator."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.kit.errors import BadInput
from bot.kit.text import clean_text
from bot.workflows.assistant import Assistant
from messaging.base import Message
from storage import operators
from storage.channels import Channel
from storage.database import Database
from storage.operators import Operator

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No I, O, 0 or 1: they look like each other on a small screen."""
LENGTH = 8
VALID_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Who is an operator now."""

    operator: Operator
    anew: bool
    """False when they were one before."""


class Unanswered(BadInput):
    """A wrong code among too many: not worth a message."""


async def pair_operator(assistant: Assistant, channel: Channel, message: Message, code: str) -> Paired:
    """Make the sender an operator by a code. Raises BadInput when it is not (or no longer) a good one."""
    now = assistant.now()
    known = await assistant.database.read(operators.by_identity, channel.workspace_id, channel.id, message.person.id)
    if known is not None:
        return Paired(operator=known, anew=False)
    wrong = assistant.wrong_codes
    if wrong.blocked(channel, message.person.id, now):
        raise BadInput("Too many wrong codes. Wait ten minutes, then send /pair with a fresh code.")
    operator = await assistant.database.write(_pair, channel, message, normal_code(code), now)
    if operator is not None:
        return Paired(operator=operator, anew=True)
    flooded = wrong.flooded(channel.workspace_id, now)
    wrong.add(channel, message.person.id, now)
    if flooded:
        raise Unanswered
    raise BadInput("That code is wrong, used or too old. Ask for a fresh one and send /pair ABCD-EFGH")


async def greet_first_operator(assistant: Assistant, workspace_id: int, say: Callable[[str], None]) -> None:
    """While a workspace has no operator, tell the person at the console how to become the first."""
    if await assistant.database.read(operators.any_paired, workspace_id):
        return
    if not assistant.connected:
        say("No chat is connected yet: set TELEGRAM_BOT_TOKEN or the FACEBOOK_ settings, then start again.")
    code = await new_pairing_code(assistant.database, workspace_id, "owner", assistant.now())
    where = " or ".join(
        f"{connected.channel.title} ({link})" if (link := connected.platform.chat_link()) else connected.channel.title
        for connected in assistant.connected.values()
        if connected.channel.workspace_id == workspace_id
    )
    say(f"Nobody is paired yet. In a private chat with {where or 'the bot'} send:  /pair {code}")


def normal_code(typed: str) -> str:
    """A code as it is compared: without dashes and spaces, in capitals."""
    return "".join(char for char in typed.upper() if char.isalnum())


async def new_pairing_code(database: Database, workspace_id: int, role: str, now: datetime) -> str:
    """A fresh code like ABCD-EFGH, good once and for half an hour; the one before it stops working."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    await database.write(operators.new_code, workspace_id, code, role=role, expires_at=now + VALID_FOR)
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def _pair(tx: sa.Connection, channel: Channel, message: Message, code: str, now: datetime) -> Operator | None:
    workspace_id = channel.workspace_id
    role = operators.use_code(tx, workspace_id, code, now)
    if role is None:
        return None
    if not operators.any_paired(tx, workspace_id):
        role = "owner"
    person = message.person
    return operators.pair(
        tx,
        workspace_id,
        name=clean_text(person.name or person.username or person.id)[:120],
        role=role,
        channel_id=channel.id,
        platform_user_id=person.id,
        chat_id=message.chat_id,
        now=now,
    )
