"""Commands about time: more of it for a buyer who asks, and a time to pay of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.naming import find_buyer, line_of, names
from bot.commands.table import Commands, Context, Reply
from bot.domain.buyer import Buyer
from bot.domain.show import Show
from bot.domain.show_rules import duration, minutes
from bot.kit.errors import BadInput
from bot.workflows.give_time import Extended, extend_holds, set_own_hold

commands = Commands()


@commands.add("extend <buyer...> <time>", topic="claims", example="extend @mai 30 min")
async def extend(context: Context, who: str, time: str) -> Reply | str:
    """give a buyer more time to pay, or to say yes to what they are offered; they are told"""
    who, length = _parted(who, time)
    more = _minutes(length, "/extend @mai 30 min")
    show, buyer = await _show_and_buyer(context, who, f"extend {{}} {length}")
    extended = await extend_holds(
        context.assistant, context.workspace_id, show.id, buyer.id, more, by=context.by, key=context.key
    )
    return f"{buyer.label} has {duration(more)} more: {_listed(extended)}."


@commands.add("hold <buyer...> <time>", topic="claims", example="hold @mai 2 h")
async def hold(context: Context, who: str, time: str) -> Reply | str:
    """give a buyer a time to pay of their own, in every show; off for all the time they need, show for the show's

    What they have not paid in this show has the new time from now on. The time of a show is set with /rules hold.
    """
    who, length = _parted(who, time)
    own = _OWN[length] if length in _OWN else _minutes(length, "/hold @mai 2 h, /hold @mai off or /hold @mai show")
    show, buyer = await _show_and_buyer(context, who, f"hold {{}} {length}")
    running = await set_own_hold(context.assistant, context.workspace_id, show.id, buyer.id, own)
    has = "the time of each show" if own is None else f"{duration(own)} to pay" if own else "all the time they need"
    now = f" Now: {_listed(running)}." if running else ""
    return f"{buyer.label} has {has}.{now}"


_OWN = {"off": 0, "show": None}
_PARTS = re.compile(r"(.+?)\s+(\d+ ?[a-z]*|\S+)", re.IGNORECASE | re.DOTALL)


def _parted(who: str, time: str) -> tuple[str, str]:
    """Whom, and how long, where the time may be of two words: “@mai 30” and “min”."""
    found = _PARTS.fullmatch(f"{who} {time}")
    assert found is not None, "both are there"
    return found[1], found[2].lower()


def _minutes(length: str, example: str) -> int:
    try:
        found = minutes(length)
    except ValueError:
        found = None
    if found is None:
        raise BadInput(f"“{length}” is no length of time. Send it like this: {example}")
    return found


async def _show_and_buyer(context: Context, who: str, line: str) -> tuple[Show, Buyer]:
    show = await context.show()
    return show, await find_buyer(context, show, who, line=line)


def _listed(extended: Sequence[Extended]) -> str:
    return names(f"{line_of(one.claim)} for {one.ends_in}" for one in extended)
