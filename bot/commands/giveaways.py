"""Commands about giveaways: opening one, drawing it, and what the prize does to the stock."""

from __future__ import annotations

from bot.commands.naming import names
from bot.commands.table import Commands, Context, Reply, button
from bot.kit.errors import BadInput
from bot.workflows.draw_giveaways import Drawn, draw_giveaway, look_at, open_giveaway, set_prize_aside
from bot.workflows.keep_deeds import DoneBefore
from messaging.base import Button
from storage import draws
from storage.draws import Draw

commands = Commands()

MOST_TO_TAP = 5


@commands.add("giveaway", topic="buyers")
async def giveaways(context: Context) -> Reply | str:
    """list the giveaways of this show, with a button to draw those that are open"""
    show = await context.show()
    found = await context.assistant.database.read(draws.of_show, context.workspace_id, show.id)
    if not found:
        return f"“{show.title}” has no giveaway. To open one: /giveaway 12 Blue dress"
    lines = [f"{one.id}. {one.prize}{_times(one)}: {'drawn' if one.drawn_at else 'open'}" for one in found]
    rows = tuple(
        row
        for one in found[:MOST_TO_TAP]
        for row in button(f"{'Show' if one.drawn_at else 'Draw'} {one.id}", f"giveaway draw {one.id}")
    )
    return Reply(text="\n".join(lines), buttons=rows)


@commands.add("giveaway draw <number>", topic="")
async def giveaway_draw(context: Context, number: str) -> Reply | str:
    """draw a giveaway, or say again how it was drawn"""
    drawn = await draw_giveaway(context.assistant, context.workspace_id, _number(number), by=context.by)
    return Reply(text=_result(drawn), buttons=_prizes(drawn))


@commands.add("giveaway aside <number>", topic="")
async def giveaway_aside(context: Context, number: str) -> Reply | str:
    """take what was given away out of the stock"""
    drawn = await context.assistant.database.read(look_at, context.workspace_id, _number(number))
    try:
        item = await set_prize_aside(context.assistant, context.workspace_id, drawn, by=context.by)
    except DoneBefore:
        return f"{drawn.draw.item_code} was taken out already."
    given = f"{item.code} is set aside for {_winners(drawn)}, free: no invoice will have it on."
    return f"{given} {f'{item.left} left.' if item.open else 'It is closed.'}"


@commands.add("giveaway word <word> <prize...> [x<count>]", topic="buyers", example="giveaway word LUCKY Gift card x2")
async def giveaway_word(context: Context, word: str, prize: str, count: str | None) -> Reply | str:
    """open a giveaway among those who write a word in this show"""
    return await _open(context, prize, count, word.strip("“”\"'"))


@commands.add("giveaway <prize...> [x<count>]", topic="buyers", example="giveaway 12 x2")
async def giveaway(context: Context, prize: str, count: str | None) -> Reply | str:
    """open a giveaway among all who comment in this show; x2 for two winners

    The prize is an item's code, or any words. First I say the fingerprint of the seed, for everybody to see; then you
    tap Draw. Nobody has more chances by writing more. Blocked buyers, operators and whoever won any giveaway of yours
    before do not take part.
    """
    return await _open(context, prize, count, "")


async def _open(context: Context, prize: str, count: str | None, word: str) -> Reply:
    if count is not None and not count.isdecimal():
        prize, count = f"{prize} x{count}", None  # a prize whose last word is like xylophone
    show = await context.show()
    draw = await open_giveaway(
        context.assistant,
        context.workspace_id,
        show.id,
        prize,
        places=int(count[:9]) if count else 1,
        word=word,
        by=context.by,
        key=context.key,
    )
    who = f"Whoever writes {draw.word}" if draw.word else "Everybody who has commented, or does now,"
    return Reply(
        text=f"Giveaway {draw.id}: {draw.prize}{_times(draw)}. {who} takes part.\n"
        f"The seed is fixed; its fingerprint (SHA-256) is {draw.fingerprint}\n"
        "Show that to everybody, then tap Draw.",
        buttons=button("Draw", f"giveaway draw {draw.id}"),
    )


def _number(typed: str) -> int:
    if not typed.isdecimal():
        raise BadInput("Tap a button, or send /giveaway to see them.")
    return int(typed[:18])


def _times(draw: Draw) -> str:
    return f", {draw.places} winners" if draw.places > 1 else ""


def _winners(drawn: Drawn) -> str:
    return names(winner.label for winner in drawn.winners)


def _result(drawn: Drawn) -> str:
    """The winners to read out, and what anybody can compute them from."""
    draw, one = drawn.draw, len(drawn.winners) == 1
    took = len(draw.entrants)
    fewer = f" Only {took} took part, for {draw.places} prizes." if len(drawn.winners) < draw.places else ""
    return (
        f"🎉 {_winners(drawn)} {'wins' if one else 'win'} {draw.prize}!{fewer}\n"
        f"Giveaway {draw.id}, {took} took part. Anybody can check it:\n"
        f"seed {draw.seed}\nfingerprint {draw.fingerprint}\nlist hash {draw.entrants_hash}\n"
        f"number{'' if one else 's'} of the winner{'' if one else 's'} "
        f"{', '.join(str(winner.id) for winner in drawn.winners)}"
    )


def _prizes(drawn: Drawn) -> tuple[tuple[Button, ...], ...]:
    """What may be done about a prize that is in the stock."""
    item = drawn.item
    if item is None or item.left < len(drawn.winners):
        return ()
    rows = button(f"Set {item.code} aside, free"[:40], f"giveaway aside {drawn.draw.id}")
    for winner in drawn.winners[:MOST_TO_TAP]:
        rows += button(f"Bill {item.code} to {winner.label}"[:40], f"award {item.code} #{winner.id} x1")
    return rows
