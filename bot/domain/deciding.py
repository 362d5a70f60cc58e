"""Decides wishes by the rules of a shop: what a second comment means, the most for one buyer, part now and part later.

Without any such rule this comes to the same as `bot.domain.claim.decide`, which busy shows without rules go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.claim import ALREADY, ClaimStatus, Decision, Stock, Wish, turned_away
from bot.domain.reading.habits import second_comment
from bot.domain.show_rules import Again, ShowRules

Key = tuple[int, int]
"""What a claim is called: the ledger entry that made it, and its place among the claims of that comment."""


REPLACED = "the buyer asked for fewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the rules of a show say about claims."""

    again: Again = Again.IGNORE
    most: int | None = None
    """Pieces of one item that one buyer may have or wait for."""
    partial: bool = False

    @classmethod
    def of(cls, rules: ShowRules, market: str) -> Terms:
        """The terms of a show in these markets, named with commas between."""
        again = second_comment(market) if rules.again is None else rules.again
        return cls(again=again, most=rules.most_per_buyer, partial=rules.partial)

    @property
    def plain(self) -> bool:
        """Whether there is no rule at all."""
        return self.again is Again.IGNORE and self.most is None and not self.partial


@dataclass(slots=True, kw_only=True)
class Holding:
    """A claim by which a buyer has pieces of an item or waits for them, while others are being decided."""

    key: Key
    options: tuple[str, ...]
    quantity: int
    status: ClaimStatus
    fixed: bool = False
    """On an invoice, so that no comment changes it."""
    id: int = 0
    """Its number in storage, as far as it is known."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a wish came to."""

    made: list[Decision]
    """Its claims, in order: what is won now comes before what waits."""
    changed: list[Holding] = field(default_factory=list)
    """Claims of before that hold another number of pieces now; 0 is none any more."""
    frees: bool = False
    """Whether pieces, or a place in line, came free by it."""
    fixed: list[int] = field(default_factory=list)
    """Claims, by number, that kept it from changing anything."""


def decide_by(
    terms: Terms,
    wish: Wish,
    stock: Stock | None,
    mine: list[Holding],
    key: Key,
    *,
    queued: bool = False,
    refused: str = "",
) -> Outcome:
    """Decide a wish and use up `stock` accordingly.

    `mine` is what its buyer holds of the item, and grows by what they get; `key` is what the first claim of the wish is
    called. A `queued` one only asks to be in line, so it changes nothing its buyer has. It is `refused` for a reason
    that lies with the buyer.
    """
    if refused:
        return _only(ClaimStatus.REJECTED, refused, wish.quantity)
    if stock is None:
        return _only(ClaimStatus.UNMATCHED, f"there is no item {wish.code}", wish.quantity)
    if no := turned_away(stock):
        return _only(ClaimStatus.REJECTED, no, wish.quantity)
    same = [held for held in mine if held.options == wish.options]
    if same and terms.again is Again.REPLACE and not queued:
        return _replace(terms, wish, stock, mine, same)
    if same and terms.again is not Again.ADD:
        return _only(ClaimStatus.DUPLICATE, _already(stock, same), wish.quantity)
    quantity, why = wish.quantity, ""
    if quantity > stock.quantity:
        why = f"asked for {quantity}, only {stock.quantity} of {stock.code} exist"
        quantity = stock.quantity
    room = quantity if terms.most is None else terms.most - sum(held.quantity for held in mine)
    if quantity > room:
        why = f"asked for {wish.quantity}, one buyer may have {terms.most} of {stock.code}"
        quantity = room
    if quantity < 1 or (why and not terms.partial):
        return _only(ClaimStatus.REJECTED, why, wish.quantity)
    return _take(terms, stock, mine, key, wish.options, quantity, why)


def _take(
    terms: Terms, stock: Stock, mine: list[Holding], key: Key, options: tuple[str, ...], quantity: int, why: str
) -> Outcome:
    """Give so many pieces, or a place in line for them."""
    free = stock.left if stock.waiting == 0 else 0
    now = quantity if quantity <= free else free if terms.partial else 0
    made: list[Decision] = []
    if now:
        rest = "" if now == quantity else f"{now} of {quantity} left"
        reason = "; ".join(filter(None, (why, rest))) or "first in line"
        made.append(Decision(ClaimStatus.WINNER, reason, now))
        mine.append(Holding(key=key, options=options, quantity=now, status=ClaimStatus.WINNER))
        stock.won += now
    if now < quantity:
        left = "the rest" if now else why or _shortage(stock)
        stock.waiting += 1
        reason = f"{left}; number {stock.waiting} in line"
        made.append(Decision(ClaimStatus.WAITLISTED, reason, quantity - now, stock.waiting))
        key = (key[0], key[1] + bool(now))
        mine.append(Holding(key=key, options=options, quantity=quantity - now, status=ClaimStatus.WAITLISTED))
    return Outcome(made=made)


def _replace(terms: Terms, wish: Wish, stock: Stock, mine: list[Holding], same: Sequence[Holding]) -> Outcome:
    """The number of pieces becomes that of the newer comment, where that can be."""
    had, wanted = sum(held.quantity for held in same), wish.quantity
    if wanted == had:
        return _only(ClaimStatus.DUPLICATE, _already(stock, same), wanted)
    stays = f"it stays {had}"
    if any(held.fixed or held.status is ClaimStatus.OFFERED for held in same):
        decision = Decision(ClaimStatus.DUPLICATE, f"{stock.code} is billed or offered already, so {stays}", wanted)
        return Outcome(made=[decision], fixed=[held.id for held in same if held.fixed])
    became = Decision(ClaimStatus.DUPLICATE, f"{wanted} of {stock.code} instead of {had}", wanted)
    if wanted < had:
        return Outcome(made=[became], changed=_give_up(stock, mine, same, had - wanted), frees=True)
    more = wanted - had
    last = same[-1]
    if terms.most is not None and sum(held.quantity for held in mine) + more > terms.most:
        no = f"one buyer may have {terms.most} of {stock.code}, so {stays}"
    elif wanted > stock.quantity:
        no = f"only {stock.quantity} of {stock.code} exist, so {stays}"
    elif last.status is ClaimStatus.WINNER and (stock.waiting or more > stock.left):
        no = f"{stock.code}: {_shortage(stock)}, so {stays}"
    else:
        last.quantity += more
        stock.won += more if last.status is ClaimStatus.WINNER else 0
        return Outcome(made=[became], changed=[last])
    return _only(ClaimStatus.DUPLICATE, no, wanted)


def _give_up(stock: Stock, mine: list[Holding], same: Sequence[Holding], fewer: int) -> list[Holding]:
    """Take so many pieces from these claims, the newest first."""
    changed = []
    for held in reversed(same):
        cut = min(fewer, held.quantity)
        if not cut:
            break
        fewer -= cut
        held.quantity -= cut
        changed.append(held)
        if held.status is ClaimStatus.WINNER:
            stock.won -= cut
        elif not held.quantity:
            stock.waiting -= 1
        if not held.quantity:
            mine.remove(held)
    return changed


def _only(status: ClaimStatus, reason: str, quantity: int) -> Outcome:
    return Outcome(made=[Decision(status, reason, quantity)])


def _already(stock: Stock, same: Sequence[Holding]) -> str:
    held = {held.status for held in same}
    status = next(status for status in ALREADY if status in held)
    return f"{ALREADY[status]} {stock.code}"


def _shortage(stock: Stock) -> str:
    """Why a piece is not to be had at once."""
    if stock.left <= 0:
        return "sold out"
    return "others wait" if stock.waiting else f"only {stock.left} left"
