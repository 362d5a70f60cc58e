"""A claim: one buyer wanting one item, and the rule that decides who gets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class ClaimStatus(StrEnum):
    """What became of a comment, or of one wish in it."""

    WINNER = "winner"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    RELEASED = "released"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    REJECTED = "rejected"
    IGNORED = "ignored"


ACTIVE = frozenset({ClaimStatus.WINNER, ClaimStatus.WAITLISTED, ClaimStatus.OFFERED})
"""Statuses in which the buyer has, or may still get, the item."""

HOLDING = frozenset({ClaimStatus.WINNER, ClaimStatus.OFFERED})
"""Statuses whose pieces are set aside for the buyer: nobody else can win them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One wish of one buyer, as it stands now."""

    id: int
    show_id: int
    seq: int
    """The ledger entry that made this claim."""
    comment_id: str | None
    text: str
    buyer_id: int | None
    item_id: int | None
    item_code: str
    quantity: int
    options: tuple[str, ...]
    status: ClaimStatus
    reason: str
    position: int | None
    """Place in the waitlist, from 1; None for anything that does not wait."""
    invoice_id: int | None
    commented_at: datetime
    decided_at: datetime
    due_at: datetime | None = None
    """When an offer ends, or the time to pay; None while no time runs."""


@dataclass(slots=True)
class Stock:
    """What is left of one item while a batch is being decided; mutable, because deciding uses it up."""

    item_id: int
    code: str
    quantity: int
    won: int
    waiting: int
    open: bool
    reserved: bool = False
    """Only the seller gives it away."""
    holders: dict[tuple[int, tuple[str, ...]], ClaimStatus] = field(default_factory=dict)
    """Who already has an active claim: (buyer, options) → its status."""

    @property
    def left(self) -> int:
        """Pieces without a winner."""
        return self.quantity - self.won


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing somebody wants, ready to be decided."""

    code: str
    item_id: int | None
    quantity: int
    options: tuple[str, ...]
    group: int = 0
    """Of what is given back: wishes of one group are alternatives."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a wish became, and why, in words the operator can read out."""

    status: ClaimStatus
    reason: str
    quantity: int
    position: int | None = None


ALREADY = {
    ClaimStatus.WINNER: "already has",
    ClaimStatus.OFFERED: "is already offered",
    ClaimStatus.WAITLISTED: "already waits for",
}
"""What is said of a buyer who claims again; where several are true, the first of them."""


def decide(wish: Wish, buyer_id: int, stock: Stock | None, refused: str = "") -> Decision:
    """Decide what a buyer wishes and use up `stock` accordingly.

    First come, first served, never more than there is: a wish gets all its pieces or waits for all of them
    (nobody is promised half). Somebody who already has or awaits the same item and options is a duplicate. A wish may
    be `refused` for a reason that lies with its buyer.
    """
    if refused:
        return Decision(ClaimStatus.REJECTED, refused, wish.quantity)
    if stock is None:
        return Decision(ClaimStatus.UNMATCHED, f"there is no item {wish.code}", wish.quantity)
    if no := turned_away(stock):
        return Decision(ClaimStatus.REJECTED, no, wish.quantity)
    key = (buyer_id, wish.options)
    held = stock.holders.get(key)
    if held is not None:
        return Decision(ClaimStatus.DUPLICATE, f"{ALREADY[held]} {stock.code}", wish.quantity)
    if wish.quantity > stock.quantity:
        return Decision(
            ClaimStatus.REJECTED,
            f"asked for {wish.quantity}, only {stock.quantity} of {stock.code} exist",
            wish.quantity,
        )
    if stock.waiting == 0 and wish.quantity <= stock.left:
        stock.won += wish.quantity
        stock.holders[key] = ClaimStatus.WINNER
        return Decision(ClaimStatus.WINNER, "first in line", wish.quantity)
    stock.waiting += 1
    stock.holders[key] = ClaimStatus.WAITLISTED
    why = "sold out" if stock.left <= 0 else f"only {stock.left} left" if stock.waiting == 1 else "others wait"
    return Decision(ClaimStatus.WAITLISTED, f"{why}; number {stock.waiting} in line", wish.quantity, stock.waiting)


def turned_away(stock: Stock) -> str:
    """Why no comment can claim this item now; empty when any can."""
    if not stock.open:
        return f"{stock.code} is closed"
    return f"only the seller gives {stock.code} away" if stock.reserved else ""


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody in the waitlist of one item."""

    claim_id: int
    quantity: int
    position: int


def promote(left: int, waiters: Iterable[Waiter]) -> tuple[list[int], Sequence[Waiter]]:
    """Who gets the `left` pieces, in line order, and the line that remains, closed up from 1.

    The line never overtakes: when the first wants more than is left, everybody waits.
    """
    line = sorted(waiters, key=lambda waiter: waiter.position)
    winners: list[int] = []
    while line and line[0].quantity <= left:
        first = line.pop(0)
        left -= first.quantity
        winners.append(first.claim_id)
    return winners, [replace(waiter, position=place) for place, waiter in enumerate(line, 1)]
