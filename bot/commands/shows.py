"""Commands about shows: making one, choosing one, going live, ending."""

from __future__ import annotations

import re

import sqlalchemy as sa

from bot.commands.feed_addresses import feed_ids
from bot.commands.item_lines import pieces_text
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.money import is_currency
from bot.domain.show import Show
from bot.kit.errors import BadInput, OutsideError
from bot.workflows.assistant import Connected
from bot.workflows.run_shows import end_show, go_live, new_show, use_show
from bot.workflows.watch_groups import HOW_TO_HEAR
from storage import channels, items, shows

commands = Commands()

MOST_LISTED = 10


@commands.add("show new <title...>", topic="shows", example="show new Friday sale")
async def show_new(context: Context, title: str) -> Reply | str:
    """make a new show and work on it; a currency like EUR at the end prices it in that"""
    words = title.strip("\"' ").split()
    currency = words.pop() if len(words) > 1 and _is_code(words[-1]) else None
    show = await new_show(
        context.assistant, context.workspace_id, " ".join(words), currency, by=context.by, key=context.key
    )
    return f"“{show.title}” is a new draft, in {show.currency}. Now list items: /item add 12 Blue dress 19.90 x3"


@commands.add("show list", topic="shows")
async def show_list(context: Context) -> Reply | str:
    """list the newest shows"""
    found = await context.assistant.database.read(shows.newest, context.workspace_id, limit=MOST_LISTED)
    current = await context.show()
    lines = [f"{show.id}. {_line(show)}{' ← current' if show.id == current.id else ''}" for show in found]
    others = [show for show in found if show.id != current.id]
    return Reply(
        text="\n".join([*lines, *(["To work on another: /show use <number>"] if others else [])]),
        buttons=tuple(row for show in others[:5] for row in button(f"Use {show.title}"[:40], f"use {show.id}")),
    )


@commands.add("show use <number>", topic="shows", example="show use 3")
async def show_use(context: Context, number: str) -> Reply | str:
    """work on another show"""
    digits = number.lstrip("#").rstrip(".")
    if not digits.isdecimal():
        raise BadInput(f"“{number}” is not a number. Send /show list to see them.")
    show = await use_show(context.assistant, context.workspace_id, int(digits[:18]))
    return f"Now working on {_line(show)}."


commands.add("use <number>", topic="")(show_use)


@commands.add("live [<where>]", topic="shows", example="live https://www.facebook.com/mai/videos/987654321")
async def live(context: Context, where: str | None) -> Reply | str:
    """start the show: in a group it hears that group, elsewhere everything, or one Facebook post or video

    Sent alone it is enough. A show that has ended goes on with it.
    """
    show = await context.show()
    hear: dict[int, list[str]] = {context.channel.id: [] if context.message.private else [context.message.chat_id]}
    page = _page(context) if where is not None else None
    if where is not None and page is not None:
        hear[page.channel.id] = feed_ids(where, page.channel.external_id)
    show = await go_live(context.assistant, context.workspace_id, show.id, hear)
    missing = await context.assistant.database.read(_missing, show)
    return "\n".join([f"“{show.title}” is live.", _hears(context, page), *await _deaf(context), *missing])


@commands.add("end", topic="shows")
async def end(context: Context) -> Reply | str:
    """end the show; what is written from now on is no claim"""
    show = await context.show()
    show, won = await end_show(context.assistant, context.workspace_id, show.id)
    if not won.pieces:
        return f"“{show.title}” has ended. Nothing was won."
    buyers = "1 buyer" if won.buyers == 1 else f"{won.buyers} buyers"
    lines = [f"“{show.title}” has ended: {pieces_text(won.pieces)} won by {buyers}, {won.total}."]
    if won.unpriced:
        lines.append(f"No price yet: {', '.join(won.unpriced)}. Set it: /item edit {won.unpriced[0]} 19.90")
    lines.append("Now send: /invoice all")
    return Reply(text="\n".join(lines), buttons=button("Invoice all", "invoice all"))


@commands.add("mute|unmute <feed>", topic="")
async def mute(context: Context, verb: str, feed: str) -> Reply | str:
    """stop, or go on, hearing a feed"""
    muted = verb.lower() == "mute"
    if not feed.isdecimal():
        raise BadInput("Tap the button under the message about that feed.")
    found = await context.assistant.database.write(
        channels.mute_feed, context.workspace_id, int(feed[:18]), muted=muted
    )
    if found is None:
        raise BadInput("That feed is gone.")
    name = found.title or found.external_id
    if muted:
        return Reply(text=f"Not hearing “{name}” any more.", buttons=button("Hear it again", f"unmute {feed}"))
    return Reply(text=f"Hearing “{name}” again.", buttons=button("Stop listening to it", f"mute {feed}"))


def _is_code(word: str) -> bool:
    return re.fullmatch(r"[A-Z]{3}", word) is not None and is_currency(word)


def _line(show: Show) -> str:
    return f"“{show.title}”, {show.status.value}, {show.currency}"


def _page(context: Context) -> Connected:
    """The Facebook Page that a post or video belongs to."""
    for connected in context.assistant.connected.values():
        if connected.channel.workspace_id == context.workspace_id and connected.channel.platform == "messenger":
            return connected
    raise BadInput("No Facebook Page is connected, so send just /live")


def _hears(context: Context, page: Connected | None) -> str:
    heard = []
    for connected in context.assistant.connected.values():
        channel = connected.channel
        if channel.workspace_id != context.workspace_id:
            continue
        if page is not None and channel.id == page.channel.id:
            heard.append(f"that post of {channel.title}")
        elif channel.id == context.channel.id and not context.message.private:
            heard.append(f"only this group on {channel.platform.capitalize()}")
        elif channel.platform == "messenger":
            heard.append(f"every post of {channel.title}")
        else:
            heard.append(f"every group that {channel.title} is in")
    return f"I hear {' and '.join(heard)}."


async def _deaf(context: Context) -> list[str]:
    """Where we would hear nothing but commands, in sentences."""
    found = []
    for connected in context.assistant.connected.values():
        channel = connected.channel
        if channel.workspace_id != context.workspace_id:
            continue
        group = context.message.chat_id if channel.id == context.channel.id and not context.message.private else ""
        try:
            hears = await connected.platform.hears_all(group)
        except OutsideError:
            continue
        if not hears:
            where = "in this group" if group else "in a group where I am not an administrator"
            found.append(f"But {where} {channel.platform.capitalize()} lets me hear only commands. {HOW_TO_HEAR}")
    return found


def _missing(tx: sa.Connection, show: Show) -> list[str]:
    """What a live show still lacks, in sentences."""
    there = items.of_show(tx, show.workspace_id, show.id)
    if not there:
        return ["It has no items yet, so nothing can be won. Send: /item add 12 Blue dress 19.90 x3"]
    if all(item.price_cents is None for item in there):
        return [f"No item has a price yet. That is fine for now; later: /item edit {there[0].code} 19.90"]
    return []
