"""The lights of buyers in chat: how they pay, and whether they are blocked, as one sign beside their name."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.buyer import Account, Buyer, Light, light

SIGNS = {Light.GREEN: "🟢", Light.YELLOW: "🟡", Light.RED: "🔴", Light.GREY: "⚪"}
BLOCKED = "🚫"
_LOOK_TWICE = (Light.YELLOW, Light.RED)


def lit(buyer: Buyer, accounts: Iterable[Account]) -> str:
    """A buyer with their light before the name: “🔴 @mai”."""
    sign = SIGNS[light(accounts)]
    return f"{sign}{BLOCKED if buyer.blocked else ''} {buyer.label}"


def warned(buyer: Buyer, accounts: Iterable[Account]) -> str:
    """A buyer in a long list, where only those to look at twice have a sign, after the name: “@mai 🔴”."""
    owing = light(accounts)
    sign = f"{SIGNS[owing] if owing in _LOOK_TWICE else ''}{BLOCKED if buyer.blocked else ''}"
    return f"{buyer.label} {sign}".rstrip()
