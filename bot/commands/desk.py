"""The desk where chat messages are taken: who speaks, which command it is, and the answer on its way back."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from bot.commands import (
    buyers,
    charges,
    claims,
    coupons,
    doubts,
    giveaways,
    holds,
    integrations,
    items,
    links,
    market,
    money,
    moves,
    payments,
    prices,
    rules,
    scoreboard,
    shows,
    start,
    stuck,
    subscriptions,
    texts,
    trying,
    undo,
)
from bot.commands.hints import hint
from bot.commands.naming import Unclear
from bot.commands.slips import put_right
from bot.commands.table import Command, Commands, Context, Reply, Unfit, command_lines, did_you_mean, is_command
from bot.domain.offers import works_in
from bot.kit.errors import BadInput, LiveAssistError, OutsideError
from bot.kit.redact import redact
from bot.workflows.answer_turns import answer_turn
from bot.workflows.assistant import Assistant
from bot.workflows.greet_buyers import greet_buyer
from bot.workflows.keep_deeds import DoneBefore
from bot.workflows.pair_operators import Unanswered
from bot.workflows.take_codes import take_code
from bot.workflows.take_slips import take_slip
from bot.workflows.tell import Parcel, hand_over, tell_chat
from bot.workflows.tell_promoted import read_turn
from messaging.base import Button, Message
from storage import deeds, operators
from storage.channels import Channel
from storage.deliveries import BELOW, REPLY
from storage.operators import Operator

_log = logging.getLogger(__name__)

_FAMILIES = (
    start.commands,
    shows.commands,
    rules.commands,
    market.commands,
    texts.commands,
    scoreboard.commands,
    items.commands,
    claims.commands,
    doubts.commands,
    moves.commands,
    holds.commands,
    undo.commands,
    trying.commands,
    buyers.commands,
    giveaways.commands,
    money.commands,
    links.commands,
    payments.commands,
    charges.commands,
    subscriptions.commands,
    prices.commands,
    coupons.commands,
    stuck.commands,
    integrations.commands,
    integrations.by_hand,
)
_PART_OF = (
    ("integrations", integrations.commands),
    ("payments", charges.commands),
    ("payments", subscriptions.commands),
)
"""The commands that only some variants have."""

COMMANDS = Commands(*_FAMILIES)
"""All there are."""


@cache
def commands_of(variant: str) -> Commands:
    """The commands that there are in this variant: nobody is shown, or offered, any other."""
    left_out = [family for feature, family in _PART_OF if not works_in(feature, variant)]
    return Commands(*(family for family in _FAMILIES if family not in left_out))


LONGEST_PART = 3500
SPARE = 100
"""Characters kept free below a platform's limit."""
MOST_AT_ONCE = 20
"""Commands in one message."""

WENT_WRONG = "Something went wrong here; nothing was changed. Try again, or /status."
OWNER_ONLY = "Only the owner of this workspace can do that."
IN_PRIVATE = "Please send that in our private chat{link}."
NOT_YOURS = "This button is for the seller."
AS_YOURSELF = (
    "You write here in the name of the group, so I cannot tell who you are. Send it in our private chat{link}, or "
    "switch off “Remain anonymous” in your rights as an administrator."
)
DELETED = "I deleted your message, as it held a secret."
DELETE_IT = "Your message holds a secret, and I cannot delete it here: please delete it yourself."


async def take(assistant: Assistant, channel: Channel, message: Message, *, inbox_id: int) -> None:
    """Act on one message or tap, and write the answer down; strangers are only let in by a pairing code."""
    operator = await assistant.database.read(operators.by_identity, channel.workspace_id, channel.id, message.person.id)
    context = Context(
        assistant=assistant,
        workspace_id=channel.workspace_id,
        operator=operator,
        message=message,
        channel=channel,
        now=assistant.now(),
        inbox_id=inbox_id,
        commands=commands_of(assistant.settings.variant),
    )
    turn = read_turn(message.text) if message.tap_id is not None else None
    if turn is not None:
        await _answer_tap(context)
        claim_id, yes = turn
        await answer_turn(assistant, channel, message, claim_id, yes=yes, inbox_id=inbox_id)
        return
    lines = command_lines(f"/{message.text}" if message.tap_id is not None else message.text)
    if operator is None and not _wants_to_pair(message, lines):
        await _answer_tap(context, "" if message.private else NOT_YOURS)
        if message.person.kind == "group":
            await _answer(context, await _to_the_group(context, lines))
        slip = message.private and await take_slip(assistant, channel, message, inbox_id)
        if message.private and not slip and not await take_code(assistant, channel, message, inbox_id):
            parcels = await assistant.database.write(
                greet_buyer, channel, message, inbox_id, assistant.settings.public_url, context.now
            )
            await hand_over(assistant, channel.workspace_id, parcels)
        return
    if operator is None and not message.private and _floods(context):
        return
    await _answer_tap(context)
    if message.tap_id is None and not is_command(message.text):
        reply = await _tidied(context, await hint(context))
    else:
        lines = lines if operator is not None else lines[:1]
        if not lines and message.private:
            lines = ["help"]
        taken = enumerate(lines[:MOST_AT_ONCE])
        reply = _joined([await _run(replace(context, place=place), line) for place, line in taken])
        if len(lines) > MOST_AT_ONCE:
            reply = _joined([reply, Reply(text=f"Only the first {MOST_AT_ONCE} commands were taken.")])
    await _answer(context, reply)


async def _answer_tap(context: Context, text: str = "") -> None:
    """Let a button that was tapped come to rest, perhaps with a word."""
    if context.message.tap_id is not None and context.platform is not None:
        with suppress(OutsideError):  # a button that keeps spinning is no reason not to act
            await context.platform.answer_tap(context.message.tap_id, text)


def _wants_to_pair(message: Message, lines: Sequence[str]) -> bool:
    typed = message.tap_id is None and is_command(message.text)
    return typed and bool(lines) and lines[0].lower().split()[0] == "pair"


def _floods(context: Context) -> bool:
    """Whether a stranger goes on sending codes to a group; each counts as a wrong one there."""
    wrong, person = context.assistant.wrong_codes, context.message.person
    if wrong.blocked(context.channel, person.id, context.now):
        return True
    wrong.add(context.channel, person.id, context.now)
    return False


async def _run(context: Context, line: str) -> Reply:
    """One command; whatever goes wrong becomes a sentence, and a secret does not stay in the chat for it."""
    nearest: Sequence[Command] = ()
    try:
        meant = put_right(line)
        command, arguments = context.commands.find(meant.line)
        nearest = (command,)
        if not _is_here_for(command, context):
            return await _not_here(context)
        _check_role(command, context.operator)
        if not meant.surely:
            raise did_you_mean(meant.line, nearest)
        if await context.assistant.database.read(deeds.is_kept, context.workspace_id, context.key):
            raise DoneBefore
        answer = await command.handler(context, *arguments)
        reply = Reply(text=answer) if isinstance(answer, str) else answer
    except Unfit as unfit:
        nearest = unfit.nearest
        if not all(_is_here_for(command, context) for command in nearest):
            return await _not_here(context)
        if not nearest and not context.message.private:
            return Reply(text="")  # in a group it may be for another bot, or for nobody
        reply = replace(unfit.reply, text=redact(unfit.reply.text))
    except Unclear as unclear:
        reply = unclear.reply
    except Unanswered:
        reply = Reply(text="")
    except BadInput as problem:
        reply = Reply(text=problem.message)
    except LiveAssistError as problem:
        reply = Reply(text=redact(problem.message))
    except Exception as failure:
        _log.error("a command failed:\n%s", redact("".join(traceback.format_exception(failure))))
        reply = Reply(text=WENT_WRONG)
    if any(command.private for command in nearest) and redact(line) != line:
        reply = replace(reply, also_delete=True)
    return await _tidied(context, reply)


def _is_here_for(command: Command, context: Context) -> bool:
    return context.message.private or not command.private


async def _tidied(context: Context, reply: Reply) -> Reply:
    """The reply, once the message it asks to delete is gone, and saying so."""
    if not reply.also_delete:
        return reply
    return replace(reply, text=f"{reply.text}\n{DELETED if await _delete(context) else DELETE_IT}")


def _check_role(command: Command, operator: Operator | None) -> None:
    if command.role == "anybody":
        return
    if operator is None or (command.role == "owner" and operator.role != "owner"):
        raise BadInput(OWNER_ONLY)


async def _not_here(context: Context) -> Reply:
    """A command with a secret in it was typed in a group: away with it, before anybody copies it."""
    text = IN_PRIVATE.format(link=_link(context))
    return Reply(text=f"{text} {DELETED if await _delete(context) else DELETE_IT}")


async def _to_the_group(context: Context, lines: Sequence[str]) -> Reply:
    """What is said to whoever commands in the name of a group; nothing, when that is no command of ours."""
    try:
        meant = [context.commands.find(put_right(line).line)[0] for line in lines[:1]]
    except Unfit:
        meant = []
    if any(command.private for command in meant):
        return await _not_here(context)
    return Reply(text=AS_YOURSELF.format(link=_link(context)) if meant else "")


def _link(context: Context) -> str:
    link = context.platform.chat_link() if context.platform is not None else ""
    return f": {link}" if link else ""


async def _delete(context: Context) -> bool:
    if context.platform is None or context.message.tap_id is not None:
        return False
    try:
        return await context.platform.delete(context.message.chat_id, context.message.message_id)
    except OutsideError as trouble:
        _log.warning("a message with a secret could not be deleted: %s", redact(trouble.message))
        return False


def _joined(replies: Sequence[Reply]) -> Reply:
    """The answers to several commands in one message."""
    buttons: tuple[tuple[Button, ...], ...] = tuple(row for reply in replies for row in reply.buttons)
    return Reply(text="\n\n".join(reply.text for reply in replies if reply.text), buttons=buttons)


async def _answer(context: Context, reply: Reply) -> None:
    if not reply.text:
        return
    limit = context.platform.text_limit if context.platform is not None else LONGEST_PART
    parts = split(reply.text, min(LONGEST_PART, limit - SPARE))
    parcels = await context.assistant.database.write(_write, context, parts, reply.buttons, context.now)
    await hand_over(context.assistant, context.workspace_id, parcels)


def _write(
    tx: sa.Connection,
    context: Context,
    parts: Sequence[str],
    buttons: Sequence[Sequence[Button]],
    now: datetime,
) -> list[Parcel]:
    key = f"reply:{context.inbox_id}"
    return [
        parcel
        for place, part in enumerate(parts, 1)
        for parcel in tell_chat(
            tx,
            context.workspace_id,
            channel_id=context.channel.id,
            chat_id=_where(context.message),
            text=part,
            key=key if len(parts) == 1 else f"{key}:{place}",
            purpose=REPLY,
            now=now,
            buttons=buttons if place == len(parts) else (),
        )
    ]


def _where(message: Message) -> str:
    """In a group an answer stands below what it answers: in its topic, if there are any, and seen by whoever asked."""
    return message.chat_id if message.private else f"{BELOW}{message.chat_id}:{message.message_id}"


def split(text: str, limit: int) -> list[str]:
    """A long text in messages of at most `limit` characters, cut at line ends where that is possible."""
    parts: list[str] = []
    while len(text) > limit:
        end = text.rfind("\n", 1, limit + 1)
        cut = end if end > 0 else limit
        parts.append(text[:cut])
        text = text[cut:].removeprefix("\n")
    return [*parts, text]
