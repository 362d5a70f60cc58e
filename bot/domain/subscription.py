"""A subscription: what a buyer pays again and again, where it stands, and what can be done to it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.money import Money

INTERVALS = ("day", "week", "month", "year")
"""How often it may be due."""

ASKED, REFUSED = "asked", "refused"
"""Where it stands before its provider has said yes, and when it has said no. Whatever comes then is its provider's
word: incomplete (nothing is paid yet), active, past_due, paused or canceled."""
OVER = frozenset({REFUSED, "canceled"})


class Change(StrEnum):
    """What an operator can do to one."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


AFTER: Mapping[Change, str] = {Change.PAUSE: "paused", Change.RESUME: "active", Change.CANCEL: "canceled"}
"""Where it stands then."""
_FROM: Mapping[Change, frozenset[str]] = {
    Change.PAUSE: frozenset({"active", "past_due"}),
    Change.RESUME: frozenset({"paused"}),
}


def can(change: Change, status: str) -> bool:
    """Whether it can be changed so as it stands; whatever its provider has can be ended."""
    if change is Change.CANCEL:
        return status != ASKED and status not in OVER
    return status in _FROM[change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription, with the provider's side of it."""

    id: int
    workspace_id: int
    order_id: str
    """Names it among all of the workspace: whoever asks for the same gets the same."""
    buyer_id: int
    integration_id: int
    provider: str
    account_id: str
    external_id: str | None
    external_url: str | None
    """Where the buyer pays the first time, or what is due."""
    title: str
    amount_cents: int
    currency: str
    interval: str
    status: str
    error: str
    """Why it was refused."""
    changes: int
    """How many changes of it were decided at the provider: the next one's key is made of it."""
    created_at: datetime

    @property
    def amount(self) -> Money:
        """What is due each time."""
        return Money(self.amount_cents, self.currency)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in OVER
