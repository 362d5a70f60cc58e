"""The book of a show, in memory: its items, every claim on them, and the lines behind them.

The live show keeps all this in its database; the book is for telling a show again (docs/decisions/0010).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.claim import ACTIVE, ClaimStatus, Stock, Waiter, Wish, decide, promote

Key = tuple[int, int]
"""What a claim is called here: the ledger entry that made it, and its place among the wishes of that comment."""

DESCRIBED = ("title", "price_cents", "quantity", "options", "open", "bundle_pieces", "bundle_cents")
"""What an operator says of an item; entries from before there were bundles say nothing of those."""


class Impossible(Exception):
    """What cannot be: more won than there are, an item taken out that somebody has."""


@dataclass(slots=True, kw_only=True)
class BookedClaim:
    """One wish of one buyer."""

    key: Key
    buyer_id: int | None
    item: str | None
    """The code of the item it names; None while the show has no such item."""
    item_code: str
    quantity: int
    options: tuple[str, ...]
    status: ClaimStatus
    reason: str


@dataclass(slots=True, kw_only=True)
class BookedItem:
    """One thing sold in the show."""

    code: str
    title: str
    price_cents: int | None
    quantity: int
    options: Sequence[str]
    open: bool
    bundle_pieces: int | None = None
    bundle_cents: int | None = None
    won: int = 0
    line: list[Key] = field(default_factory=list)
    """Who waits, first in line first; that is always the order in which they claimed."""
    named: list[Key] = field(default_factory=list)
    """Every claim about it, whatever became of it."""

    @property
    def left(self) -> int:
        """Pieces without a winner."""
        return self.quantity - self.won


class Book:
    """Items and claims of one show, moved one at a time."""

    def __init__(self) -> None:
        self.claims: dict[Key, BookedClaim] = {}
        self.items: dict[str, BookedItem] = {}
        self.was: dict[Key, ClaimStatus] = {}
        """Every claim moved since this was last cleared → its status before."""
        self._held: dict[tuple[int | None, str], list[BookedClaim]] = {}
        """Buyer and item → the claims that have it or wait for it."""

    def position(self, claim: BookedClaim) -> int | None:
        """A claim's place in its line, from 1; None for one that does not wait."""
        if claim.status is not ClaimStatus.WAITLISTED or claim.item is None:
            return None
        return bisect_left(self.items[claim.item].line, claim.key) + 1

    def held(self, buyer_id: int | None, code: str) -> list[BookedClaim]:
        """The claims by which a buyer has an item or waits for it, in the order made."""
        return sorted(self._held.get((buyer_id, code), ()), key=lambda claim: claim.key)

    def decide(self, key: Key, buyer_id: int, code: str, quantity: int, options: tuple[str, ...]) -> BookedClaim:
        """Add the claim that a wish becomes."""
        item = self.items.get(code)
        stock = None
        if item is not None:
            stock = Stock(0, code, item.quantity, item.won, len(item.line), item.open)
            for claim in self.held(buyer_id, code):
                if stock.holders.get((buyer_id, claim.options)) is not ClaimStatus.WINNER:
                    stock.holders[(buyer_id, claim.options)] = claim.status
        decision = decide(Wish(code, None, quantity, options), buyer_id, stock)
        return self.add(
            BookedClaim(
                key=key,
                buyer_id=buyer_id,
                item=None if item is None else code,
                item_code=code,
                quantity=quantity,
                options=options,
                status=decision.status,
                reason=decision.reason,
            )
        )

    def add(self, claim: BookedClaim) -> BookedClaim:
        """Add a claim as it is."""
        self.claims[claim.key] = claim
        if claim.item is not None:
            self.items[claim.item].named.append(claim.key)
        self._enter(claim)
        return claim

    def move(self, claim: BookedClaim, status: ClaimStatus, reason: str) -> None:
        """Give a claim its new status; what is left and the line of its item follow."""
        self.was.setdefault(claim.key, claim.status)
        if claim.item is not None and claim.status in ACTIVE:
            item = self.items[claim.item]
            self._held[(claim.buyer_id, item.code)].remove(claim)
            if claim.status is ClaimStatus.WINNER:
                item.won -= claim.quantity
            else:
                del item.line[bisect_left(item.line, claim.key)]
        claim.status, claim.reason = status, reason
        self._enter(claim)

    def next_in_line(self, code: str) -> list[BookedClaim]:
        """Who can be given what is free of an item, first in line first."""
        item = self.items[code]
        head = item.line[: item.left]  # more people than pieces are never served
        waiters = [Waiter(place, self.claims[key].quantity, place) for place, key in enumerate(head)]
        places, _ = promote(item.left, waiters)
        return [self.claims[head[place]] for place in places]

    def put_in(self, code: str, described: Mapping[str, Any], named: Iterable[Key] = ()) -> None:
        """Add an item; one that comes back has the claims that `named` it."""
        item = self.items[code] = BookedItem(
            code=code, **{name: described[name] for name in DESCRIBED if name in described}
        )
        for key in named:
            self.claims[key].item = code
            item.named.append(key)

    def take_out(self, code: str) -> list[Key]:
        """Take an item out that nobody has or waits for; the claims that named it."""
        item = self.items[code]
        if item.won or item.line:
            raise Impossible(f"{item.won} of {code} won and {len(item.line)} waiting")
        for key in item.named:
            self.claims[key].item = None
        del self.items[code]
        return item.named

    def describe(self, code: str, described: Mapping[str, Any]) -> None:
        """Change what an item says of itself."""
        item = self.items[code]
        for name in DESCRIBED:
            if name in described:
                setattr(item, name, described[name])
        _check(item)

    def _enter(self, claim: BookedClaim) -> None:
        if claim.item is None or claim.status not in ACTIVE:
            return
        item = self.items[claim.item]
        self._held.setdefault((claim.buyer_id, item.code), []).append(claim)
        if claim.status is ClaimStatus.WINNER:
            item.won += claim.quantity
            _check(item)
        else:
            insort(item.line, claim.key)


def _check(item: BookedItem) -> None:
    if item.won > item.quantity:
        raise Impossible(f"{item.won} of {item.quantity} {item.code} won")
