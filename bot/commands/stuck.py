"""Commands about what is stuck: what gave up or waits for a hand, to be tried again or set aside by a tap."""

from __future__ import annotations

from bot.commands.table import Commands, Context, Reply, button
from bot.workflows.list_stuck import KINDS, Stuck, list_stuck
from bot.workflows.retry_stuck import find_stuck, retry_stuck, set_aside
from messaging.base import Button

commands = Commands()

MOST_LISTED = 5
"""Two buttons for each, and one for all: a message on Messenger takes no more than thirteen."""
NOT_STUCK = "That is not stuck any more."


@commands.add("stuck", topic="money")
async def stuck(context: Context) -> Reply | str:
    """list what gave up, was refused or did not get through, with buttons to try it again or set it aside"""
    found = await context.assistant.database.read(list_stuck, context.workspace_id)
    if not found:
        return "Nothing is stuck."
    lines = ["1 thing is stuck:" if len(found) == 1 else f"{len(found)} things are stuck:"]
    rows: list[tuple[Button, ...]] = []
    for number, one in enumerate(found[:MOST_LISTED], 1):
        lines.append(f"{number}. {_line(one)}")
        name = f"{one.kind} {one.subject_id}"
        again = button(f"{number}: try again", f"stuck retry {name}") if one.kind in KINDS else ()
        aside = button(f"{number}: set aside", f"stuck aside {name}")
        rows.append(tuple(shown for row in (*again, *aside) for shown in row))
    if len(found) > MOST_LISTED:
        lines.append(f"… and {len(found) - MOST_LISTED} more")
    if sum(map(_is_safe, found)) > 1:
        rows += button("Try all again", "stuck retry all")
    return Reply(text="\n".join(lines), buttons=tuple(rows))


@commands.add("stuck retry all", topic="money")
async def retry_all(context: Context) -> Reply | str:
    """try again all that is stuck, but for messages that may have arrived: each of those takes a tap of its own"""
    found = await context.assistant.database.read(list_stuck, context.workspace_id)
    return await _retry(context, [one for one in found if _is_safe(one)])


@commands.add("stuck retry <kind> <number>", topic="")
async def retry_one(context: Context, kind: str, number: str) -> Reply | str:
    """try one thing again"""
    one = await _find(context, kind, number)
    return NOT_STUCK if one is None else await _retry(context, [one])


@commands.add("stuck aside <kind> <number>", topic="")
async def aside(context: Context, kind: str, number: str) -> Reply | str:
    """list one thing no more"""
    one = await _find(context, kind, number)
    if one is None:
        return NOT_STUCK
    await set_aside(context.assistant, context.workspace_id, one)
    return f"Set aside: {one.what}."


async def _find(context: Context, kind: str, number: str) -> Stuck | None:
    if not number.isdecimal():
        return None
    return await context.assistant.database.read(find_stuck, context.workspace_id, kind.lower(), int(number[:18]))


async def _retry(context: Context, which: list[Stuck]) -> str:
    going = await retry_stuck(
        context.assistant,
        context.workspace_id,
        which,
        channel_id=context.channel.id,
        chat_id=context.message.chat_id,
    )
    if not going:
        return NOT_STUCK if which else "Nothing to try again."
    return "Trying it again." if going == 1 else f"Trying {going} again."


def _is_safe(one: Stuck) -> bool:
    return one.kind in KINDS and not one.unsure


def _line(one: Stuck) -> str:
    unsure = "may have worked: " if one.unsure else ""
    return f"{one.what[:1].upper()}{one.what[1:]}: {unsure}{one.reason}"
