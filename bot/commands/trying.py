"""The command that shows how a comment would be read."""

from __future__ import annotations

from bot.commands.naming import names, pieces
from bot.commands.table import Commands, Context, Reply
from bot.domain.reading import Kind, Wanted
from bot.workflows.try_comments import Tried, try_comment

commands = Commands()

_MEANS = {
    Kind.CLAIM: "a claim of",
    Kind.CANCEL: "giving back",
    Kind.QUEUE: "waiting in line for",
    Kind.QUESTION: "a question",
    Kind.CART: "asking for what they have",
    Kind.NONE: "talk",
    Kind.AMBIGUOUS: "unclear, so left to you",
}


@commands.add("try <comment...>", topic="claims", example="try sold 12 x2")
async def try_(context: Context, comment: str) -> Reply | str:
    """say how a comment would be read in this show; nothing is claimed by it"""
    tried = await context.assistant.database.read(try_comment, context.workspace_id, comment)
    may = "; ".join(names(map(_wanted, choice)) for choice in tried.reading.maybe)
    offered = f" You would be asked to choose: {may}; nothing." if may else ""
    return f"Read as {_meaning(tried)}. Why: {tried.reading.reason}.{offered}"


def _meaning(tried: Tried) -> str:
    reading = tried.reading
    wanted = []
    for one in reading.claims:
        missing = f", which “{tried.show.title}” does not have (yet)" if one.item in tried.unlisted else ""
        wanted.append(f"{_wanted(one)}{missing}")
    what = f"{_MEANS[reading.kind]} {names(wanted) or 'something'}" if reading.kind in _NAMING else _MEANS[reading.kind]
    return f"{what}, with the phone number {reading.phone}" if reading.phone else what


def _wanted(one: Wanted) -> str:
    options = f" ({', '.join(one.options)})" if one.options else ""
    return f"{one.item}{options}{pieces(one.quantity)}"


_NAMING = (Kind.CLAIM, Kind.CANCEL, Kind.QUEUE)
