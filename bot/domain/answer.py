"""What is answered to a claim, given what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.claim import ClaimStatus, Stock


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing to be said: its kind, and the numbers in it."""

    kind: str
    position: int | None = None
    left: int | None = None


_PLAIN = {
    ClaimStatus.WINNER: Answer("got_it"),
    ClaimStatus.DUPLICATE: Answer("duplicate"),
    ClaimStatus.UNMATCHED: Answer("unknown_code"),
    ClaimStatus.RELEASED: Answer("cancelled"),
    ClaimStatus.AMBIGUOUS: Answer("which_one"),
}
"""What is said whatever the stock is."""


def answers_to(
    status: ClaimStatus, *, wanted: int, position: int | None, stock: Stock | None, limited: bool
) -> Sequence[Answer]:
    """What the buyer should hear; nothing, where a person has to speak with them.

    `limited` says that one buyer may have only so many. Of a claim that waits although something is left, the first
    in line hears how much that is.
    """
    if status in _PLAIN:
        return (_PLAIN[status],)
    if status is ClaimStatus.WAITLISTED:
        waits = Answer("waitlisted", position=position)
        short = stock is not None and position == 1 and 0 < stock.left < wanted
        return (Answer("only_left", left=stock.left), waits) if stock is not None and short else (waits,)
    if status is not ClaimStatus.REJECTED or stock is None:
        return ()
    if not stock.open or stock.reserved:
        return (Answer("closed"),)
    if wanted > stock.quantity:
        return (Answer("only_left", left=stock.left) if stock.left > 0 else Answer("sold_out"),)
    return (Answer("limit"),) if limited else ()
