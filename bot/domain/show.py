"""A show: one live sale, its items and the states it goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.money import Money
from bot.domain.pricing import Bundle, Pieces, Pricing
from bot.domain.show_rules import ShowRules


class ShowStatus(StrEnum):
    """Where a show is in its life; it only ever moves down this list."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One live sale of one workspace."""

    id: int
    workspace_id: int
    title: str
    status: ShowStatus
    currency: str
    market: str
    """Markets whose claim words apply, comma-separated; empty means every word that cannot collide."""
    next_seq: int
    """The sequence number the next ledger entry gets; the order of the ledger is the order of decisions."""
    items_version: int
    """Rises with every change to items, rules, or where the show is heard; what is remembered of them is old then."""
    rules: ShowRules
    doubts_seen: int
    """The ledger entries before this one are known to an operator who looked at what is unclear."""
    pricing: Pricing
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime

    @property
    def holds_run(self) -> bool:
        """Whether the time to pay, where there is one, runs for whoever wins now."""
        return self.rules.held_from_claim or self.status is ShowStatus.ENDED

    def hears(self, written_at: datetime) -> bool:
        """Whether a comment arriving now belongs to this show.

        A live show hears everything that arrives. An ended one still takes a comment that was written while it
        was live, or up to the show's `late_minutes` after, and was held up on the way; `started_at` counts from its
        whole second, as platforms stamp seconds.
        """
        if self.status is ShowStatus.LIVE:
            return True
        if self.status is ShowStatus.DRAFT or self.started_at is None or self.ended_at is None:
            return False
        late = timedelta(minutes=self.rules.late_minutes)
        return self.started_at.replace(microsecond=0) <= written_at <= self.ended_at + late


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing sold in a show."""

    id: int
    show_id: int
    code: str
    """As the operator wrote it; compared through `reading.normalise_code`."""
    title: str
    price_cents: int | None
    """Minor units; None is unpriced."""
    currency: str
    quantity: int
    options: tuple[str, ...]
    open: bool
    reserved: bool = False
    """Only the seller gives it away; comments about it claim nothing."""
    won: int
    """Pieces that have a winner; never more than `quantity`."""
    waiting: int
    """Claims in the waitlist."""
    bundle: Bundle | None = None
    """So many pieces for less."""
    parent_id: int | None = None
    """Of a row of stock: the item whose option it is."""
    stock: tuple[Item, ...] = ()
    """Rows of stock, one for each option or combination; filled in where items are listed for people."""

    @property
    def whole_code(self) -> str:
        """The code of the item it is, or whose option it is: “A7” for the row of stock “A7/M”."""
        suffix = "".join(f"/{option}" for option in self.options) if self.parent_id is not None else ""
        return self.code.removesuffix(suffix)

    @property
    def left(self) -> int:
        """Pieces without a winner."""
        return self.quantity - self.won

    @property
    def bundle_pieces(self) -> int | None:
        """How many pieces a bundle has, or None while there is none."""
        return None if self.bundle is None else self.bundle.pieces

    @property
    def bundle_cents(self) -> int | None:
        """What a bundle costs, or None while there is none."""
        return None if self.bundle is None else self.bundle.cents

    def of_it(self, quantity: int) -> Pieces:
        """So many of it, or of the item whose option it is."""
        return Pieces(
            item_id=self.parent_id or self.id, quantity=quantity, unit_cents=self.price_cents, bundle=self.bundle
        )

    @property
    def price(self) -> Money | None:
        """The price of one piece, or None while it has none."""
        return None if self.price_cents is None else Money(self.price_cents, self.currency)
