"""What a plan and a variant include: what is not included is locked, or not there at all."""

from __future__ import annotations

from collections.abc import Mapping

PLANS = ("free", "pro", "business")

MOST_CONNECTED: Mapping[str, int | None] = {"free": 0, "pro": 1, "business": None}
"""How many payment providers a plan connects at once; None is any number. What needs no connection does not count."""

WORKS_IN: Mapping[str, tuple[str, ...]] = {
    "export": (),
    "sync": ("full",),
    "integrations": ("full",),
    "payments": ("full",),
    "data_manager": (),
}
"""The variants each feature works in: what is not there is not shown anywhere."""


def works_in(feature: str, variant: str) -> bool:
    """Whether a feature is part of a variant; what is no feature of its own is part of all of them."""
    return not feature or variant in WORKS_IN[feature]


def why_locked(plan: str, others: int) -> str | None:
    """Why one more provider cannot be connected, beside so many others; None when it can."""
    most = MOST_CONNECTED[plan]
    if most is None or others < most:
        return None
    if most == 0:
        return "Payment providers come with the pro and business plans; this workspace has the free one."
    return "The pro plan connects one payment provider; the business plan connects many."
