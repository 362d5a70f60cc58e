"""What buyers of a market are used to, beyond their words."""

from __future__ import annotations

from bot.domain.reading.markets import MARKETS
from bot.domain.reading.rules import market_names
from bot.domain.show_rules import Again


def second_comment(markets: str) -> Again:
    """What a second comment about the same item means there; ignored unless all the markets agree."""
    meanings = {MARKETS[name].again for name in market_names(markets) if name in MARKETS}
    return meanings.pop() if len(meanings) == 1 else Again.IGNORE
