"""A buyer: a person on a platform, the names they are known by, and what the shop knows about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LONGEST_NOTE = 1000
"""Characters of a note."""

_NOT_IN_A_HANDLE = re.compile(r"[^\w.\-]+", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A person who claims, with the identity they were first seen under."""

    id: int
    workspace_id: int
    handle: str
    """What an operator types after `@`: the user name, or the name with the spaces taken out."""
    name: str
    platform: str
    platform_user_id: str
    blocked: bool = False
    """What they write is seen and claims nothing."""
    deposit_due: bool = False
    """They claim nothing before they have paid a deposit."""
    pays_first: bool = False
    """What they win anybody may win until they have paid for it."""
    hold_minutes: int | None = None
    """How long they have to pay, where that is not what the show says."""
    strikes: int = 0
    note: str = ""
    """What the operators want to remember."""
    language: str = ""

    @property
    def label(self) -> str:
        """How the buyer is called in an answer."""
        return f"@{self.handle}"


def handle_for(username: str, name: str, platform_user_id: str) -> str:
    """A handle that can be typed: the user name, else the name without spaces and signs, else the id."""
    return (username or _NOT_IN_A_HANDLE.sub("", name) or platform_user_id)[:64]


class Light(StrEnum):
    """How a buyer pays, at a glance."""

    GREEN = "green"
    """Paid for everything so far, or owes nothing yet."""
    YELLOW = "yellow"
    """Paid a part of what they owe."""
    RED = "red"
    """Owes, and has paid nothing of it."""
    GREY = "grey"
    """Never won anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one buyer has won and paid in one show, in one currency."""

    show_id: int
    over: bool
    """The show has ended: what was won in it is due, billed or not."""
    currency: str
    paid: int = 0
    """Invoices that were paid, whatever was refunded since."""
    partly_paid: int = 0
    """Invoices that were paid in part; they are among the unpaid, too, with what is left of them."""
    unpaid: int = 0
    """Invoices with something left to pay."""
    unpaid_cents: int = 0
    won: int = 0
    """Claims that win and are on no invoice."""
    won_cents: int = 0

    @property
    def owed_cents(self) -> int:
        """What is due: the unpaid invoices, and once the show is over what nobody has billed yet."""
        return self.unpaid_cents + (self.won_cents if self.over else 0)

    @property
    def owes(self) -> bool:
        """Whether anything is due; an item without a price is, too."""
        return self.unpaid > 0 or (self.over and self.won > 0)


def light(accounts: Iterable[Account]) -> Light:
    """The light of a buyer, from their accounts in every show.

    What is due in one show is not paid by having paid in another: a show of which nothing is paid is red.
    """
    known = list(accounts)
    owing = [account for account in known if account.owes]
    if not owing:
        return Light.GREEN if known else Light.GREY
    part_paid = all(account.paid or account.partly_paid for account in owing)
    return Light.YELLOW if part_paid else Light.RED


def owed(accounts: Iterable[Account]) -> dict[str, int]:
    """Currency → what is due in it, in minor units; only what is."""
    sums: dict[str, int] = {}
    for account in accounts:
        if account.owed_cents:
            sums[account.currency] = sums.get(account.currency, 0) + account.owed_cents
    return sums
