"""Commands about where a show's buyers are: it decides whose words are heard in comments."""

from __future__ import annotations

from bot.commands.table import Commands, Context, Reply
from bot.domain.reading import MARKETS, market_names
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.edit_shows import edit_show

commands = Commands()

ALL = ("all", "any", "off", "none")
"""However people say that every word counts which means the same everywhere."""


@commands.add("market", topic="shows")
async def market(context: Context) -> Reply | str:
    """say in which markets' words buyers claim in this show"""
    return _said(await context.show())


@commands.add("market <names...>", topic="shows", example="market us, ph")
async def market_set(context: Context, names: str) -> Reply | str:
    """say where your buyers are, so that their words count, from the next comment on; all for everywhere

    us, ph, tw, hk, th, vn, my, sg, nordic, id, es, fr, kr, cn; how each of them writes is in docs/claims.md.
    """
    chosen = tuple(dict.fromkeys(market_names(names)))
    if chosen and all(name in ALL for name in chosen):
        chosen = ()
    if unknown := [name for name in chosen if name not in MARKETS]:
        raise BadInput(f"I do not know the market {', '.join(unknown)}. I know {', '.join(MARKETS)}, and all.")
    show = await context.show()
    return _said(await edit_show(context.assistant, context.workspace_id, show.id, market=",".join(chosen)))


def _said(show: Show) -> str:
    if not show.market:
        return f"“{show.title}” hears the words of all markets that mean the same everywhere. To narrow it: /market us"
    return f"“{show.title}” hears the words of {', '.join(market_names(show.market))}. For every market: /market all"
