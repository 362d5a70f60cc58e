"""Pairs operators: a code made on the server, typed once in the private chat, makes a person an operator."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

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
WINDOW = timedelta(minutes=10)
TRIES_PER_IDENTITY = 5
TRIES_PER_WORKSPACE = 30
_REMEMBERED = 10_000


class WrongCodes:
    """Counts wrong pairing codes over the last ten minutes, for each identity and for the whole workspace.

    It lives in memory: a restart forgives, which at five tries per identity is of no use to anybody guessing
    one in a million million.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[int, ...] | tuple[int, str], deque[datetime]] = OrderedDict()

    def blocked(self, channel: Channel, person_id: str, now: datetime) -> bool:
        """Whether this identity has to wait before anything it sends is looked at."""
        return len(self._recent((channel.id, person_id), now)) >= TRIES_PER_IDENTITY

    def flooded(self, workspace_id: int, now: datetime) -> bool:
        """Whether so many are guessing that wrong codes are not answered any more; right ones still count."""
        return len(self._recent((workspace_id,), now)) >= TRIES_PER_WORKSPACE

    def add(self, channel: Channel, person_id: str, now: datetime) -> None:
        """Count one more wrong code."""
        for key in ((channel.id, person_id), (channel.workspace_id,)):
            self._recent(key, now).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)

    def _recent(self, key: tuple[int, ...] | tuple[int, str], now: datetime) -> deque[datetime]:
        tries = self._tries.setdefault(key, deque(maxlen=TRIES_PER_WORKSPACE))
        while tries and tries[0] <= now - WINDOW:
            tries.popleft()
        return tries


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
    wrong = wrong_codes(assistant)
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


def wrong_codes(assistant: Assistant) -> WrongCodes:
    """The count kept for this assistant, as long as its database is in use."""
    return _wrong_codes.setdefault(assistant.database, WrongCodes())


_wrong_codes: WeakKeyDictionary[Database, WrongCodes] = WeakKeyDictionary()


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
