"""The book of a show, in memory: its items, every claim on them, and the lines behind them.

The live show keeps all this in its database; the book is for telling a show again (docs/decisions/0010).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.claim import ACTIVE, HOLDING, ClaimStatus, Stock, Waiter, Wish, promote
from bot.domain.deciding import REPLACED, Holding, Key, Outcome, Terms, decide_by
from bot.domain.option_stock import same_code
from bot.domain.reading import normalise_code

DESCRIBED = (
    "title",
    "price_cents",
    "quantity",
    "options",
    "open",
    "reserved",
    "parent",
    "bundle_pieces",
    "bundle_cents",
)
"""What an operator says of an item."""
SHARED = ("title", "price_cents", "open", "reserved", "bundle_pieces", "bundle_cents")
"""What rows of stock have from their item."""
UNSAID = {"reserved": False, "parent": None, "bundle_pieces": None, "bundle_cents": None}
"""What is meant where an older ledger does not say it."""


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
    reserved: bool
    parent: str | None
    """Of a row of stock: the item whose option it is."""
    bundle_pieces: int | None
    bundle_cents: int | None
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
        self.freed: list[str] = []
        """Items of which a comment gave pieces or a place in line back; their lines are to be served."""
        self._unmatched: set[Key] = set()
        self._last: dict[int, int] = {}
        """Ledger entry → the highest place among its claims."""
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

    def options_given(self, code: str) -> tuple[str, ...]:
        """The options of what is given away: a row of stock has just one choice of them."""
        item = self.items.get(code)
        return () if item is None or item.parent is None else tuple(item.options)

    def asked_for(self, buyer_id: int | None, code: str) -> list[BookedClaim]:
        """The claims by which a buyer named an item that is not there yet."""
        wanted = [self.claims[key] for key in sorted(self._unmatched) if self.claims[key].buyer_id == buyer_id]
        return [claim for claim in wanted if normalise_code(claim.item_code) == normalise_code(code)]

    def decide(
        self,
        key: Key,
        buyer_id: int,
        wish: Wish,
        terms: Terms,
        *,
        queued: bool = False,
        refused: str = "",
        fixed: Collection[Key] = (),
    ) -> list[BookedClaim]:
        """Add the claims that a wish becomes; those it changes are changed, but for the `fixed` ones."""
        outcome = self._outcome(key, buyer_id, wish, terms, queued=queued, refused=refused, fixed=fixed)
        return [
            self.add(
                BookedClaim(
                    key=(key[0], key[1] + place),
                    buyer_id=buyer_id,
                    item=wish.code if wish.code in self.items else None,
                    item_code=wish.code,
                    quantity=decision.quantity,
                    options=wish.options,
                    status=decision.status,
                    reason=decision.reason,
                )
            )
            for place, decision in enumerate(outcome.made)
        ]

    def resolve(self, code: str, terms: Terms, refused: Mapping[Key, str]) -> list[Key]:
        """Decide the claims that named an item before it was there, in the order written; which they are."""
        if not self.items[code].open or self.items[code].reserved:
            return []
        named = sorted(key for key in self._unmatched if same_code(self.claims[key].item_code, code))
        for key in named:
            claim = self.claims[key]
            assert claim.buyer_id is not None, "nobody else claims"
            wish = Wish(code, None, claim.quantity, claim.options)
            *won, rest = self._outcome(key, claim.buyer_id, wish, terms, refused=refused.get(key, "")).made
            claim.item = claim.item_code = code
            self.items[code].named.append(key)
            for decision in won:  # what is won at once is a claim beside this one, which waits in its place
                part = (key[0], self._last[key[0]] + 1)
                self.add(
                    replace(claim, key=part, status=decision.status, reason=decision.reason, quantity=decision.quantity)
                )
            claim.quantity = rest.quantity
            self.move(claim, rest.status, rest.reason)
        return named

    def _outcome(
        self,
        key: Key,
        buyer_id: int,
        wish: Wish,
        terms: Terms,
        *,
        queued: bool = False,
        refused: str = "",
        fixed: Collection[Key] = (),
    ) -> Outcome:
        item = self.items.get(wish.code)
        stock = None
        if item is not None:
            stock = Stock(0, item.code, item.quantity, item.won, len(item.line), item.open, item.reserved)
        mine = [
            Holding(
                key=claim.key,
                options=claim.options,
                quantity=claim.quantity,
                status=claim.status,
                fixed=claim.key in fixed,
            )
            for claim in self.held(buyer_id, wish.code)
        ]
        outcome = decide_by(terms, wish, stock, mine, key, queued=queued, refused=refused)
        for held in outcome.changed:
            self._resize(self.claims[held.key], held.quantity)
        if outcome.frees:
            self.freed.append(wish.code)
        return outcome

    def _resize(self, claim: BookedClaim, quantity: int) -> None:
        """Let a claim be for another number of pieces; for none it is over."""
        if not quantity:
            self.move(claim, ClaimStatus.RELEASED, REPLACED)
            return
        assert claim.item is not None, "only claims with an item are held"
        if claim.status is ClaimStatus.WINNER:
            self.items[claim.item].won += quantity - claim.quantity
            _check(self.items[claim.item])
        claim.quantity = quantity

    def add(self, claim: BookedClaim) -> BookedClaim:
        """Add a claim as it is."""
        self.claims[claim.key] = claim
        self._last[claim.key[0]] = max(claim.key[1], self._last.get(claim.key[0], 0))
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
            if claim.status in HOLDING:
                item.won -= claim.quantity
            else:
                del item.line[bisect_left(item.line, claim.key)]
        claim.status, claim.reason = status, reason
        self._unmatched.discard(claim.key)
        self._enter(claim)

    def rename(self, gone: int, kept: int) -> list[Key]:
        """Let a buyer be another from now on; the claims that were theirs."""
        theirs = [claim for claim in self.claims.values() if claim.buyer_id == gone]
        for claim in theirs:
            claim.buyer_id = kept
        for buyer_id, code in [held for held in self._held if held[0] == gone]:
            self._held.setdefault((kept, code), []).extend(self._held.pop((buyer_id, code)))
        return [claim.key for claim in theirs]

    def next_in_line(self, code: str) -> list[BookedClaim]:
        """Who can be given what is free of an item, first in line first."""
        item = self.items[code]
        head = item.line[: item.left]  # more people than pieces are never served
        waiters = [Waiter(place, self.claims[key].quantity, place) for place, key in enumerate(head)]
        places, _ = promote(item.left, waiters)
        return [self.claims[head[place]] for place in places]

    def put_in(self, code: str, described: Mapping[str, Any], named: Iterable[Key] = ()) -> None:
        """Add an item; one that comes back has the claims that `named` it."""
        said = {**UNSAID, **described}
        item = self.items[code] = BookedItem(code=code, **{name: said[name] for name in DESCRIBED})
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
        for row in self.items.values():  # rows of stock have from their item what it says of itself
            if row.parent == code:
                for name in SHARED:
                    setattr(row, name, described.get(name, getattr(row, name)))

    def _enter(self, claim: BookedClaim) -> None:
        if claim.status is ClaimStatus.UNMATCHED:
            self._unmatched.add(claim.key)
        if claim.item is None or claim.status not in ACTIVE:
            return
        item = self.items[claim.item]
        self._held.setdefault((claim.buyer_id, item.code), []).append(claim)
        if claim.status in HOLDING:
            item.won += claim.quantity
            _check(item)
        else:
            insort(item.line, claim.key)


def _check(item: BookedItem) -> None:
    if item.won > item.quantity:
        raise Impossible(f"{item.won} of {item.quantity} {item.code} won")
