"""Reads comments as a show understands them: what can be claimed in it, and what its buyers' words mean there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.claim import Wish
from bot.domain.deciding import Terms
from bot.domain.option_stock import Stocked, choices_of, gathered, gives_of, stocked_of, wishes_of
from bot.domain.reading import Catalogue, Kind, Reading, Rules, normalise_code, read
from bot.domain.show import Show
from bot.domain.show_rules import Again
from bot.kit.redact import redact
from bot.kit.text import clean_text
from bot.workflows.give_back import OFF
from messaging.base import Comment
from storage import channels, items, ledger

UNREAD = "deleted before it was read"
_READINGS_REMEMBERED = 5_000
_SHELVES_REMEMBERED = 64
_SHORT = 100
"""Characters; what is longer nobody else writes again."""


class Heard(NamedTuple):
    """A comment, and the channel it came through."""

    channel_id: int
    platform: str
    comment: Comment


class ReadComment(NamedTuple):
    """A comment and its meaning in one show."""

    text: str
    """What is kept of it."""
    reading: Reading
    wishes: tuple[Wish, ...] = ()
    """What it claims; the buyer comes later."""
    entry: str | None = None
    """The same, or what it may claim, for the ledger."""
    queued: bool = False
    """It asks to be in line, whoever has the item."""
    gives: tuple[Wish, ...] = ()
    """What it gives back."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What can be claimed in a show, and where: remembered as long as neither changes."""

    version: int
    market: str
    catalogue: Catalogue
    rules: Rules
    terms: Terms
    cancel: bool
    """Whether a comment gives things back."""
    ids: dict[str, int]
    stocked: Stocked
    reserved: frozenset[int]
    """Items that only the seller gives away."""
    chosen: dict[int, frozenset[str]]
    """Channel → the only feeds of it that are heard; a channel that is absent is heard whole."""
    read: dict[str, ReadComment] = field(default_factory=dict)
    """Comments read before: buyers write the same few words."""


class Shelves:
    """The shelves of shows, built anew when something in them changes."""

    def __init__(self) -> None:
        self._known: dict[int, Shelf] = {}

    def of(self, tx: sa.Connection, workspace_id: int, show: Show) -> Shelf:
        """What can be claimed in a show as it stands."""
        shelf = self._known.get(show.id)
        if shelf is None or shelf.version != show.items_version or shelf.market != show.market:
            here = items.of_show(tx, workspace_id, show.id)
            options = sorted({option for item in here for option in item.options})
            whole = gathered(here)
            shelf = Shelf(
                version=show.items_version,
                market=show.market,
                catalogue=Catalogue.of([item.code for item in whole], options),
                rules=Rules.heard_in(show.market, show.rules.words),
                terms=Terms.of(show.rules, show.market),
                cancel=show.rules.cancel,
                ids={normalise_code(item.code): item.id for item in whole},
                stocked=stocked_of(whole),
                reserved=frozenset(item.id for item in here if item.reserved),
                chosen=channels.chosen_feeds(tx, workspace_id, show.id),
            )
            if len(self._known) > _SHELVES_REMEMBERED:
                self._known.clear()
            self._known[show.id] = shelf
        return shelf


def read_comment(one: Heard, shelf: Shelf, *, deleted: bool) -> ReadComment:
    """What a comment means; nothing, when it is `deleted` already."""
    written = one.comment.text
    known = shelf.read.get(written)
    if known is None:
        known = _read_first(written, shelf)
        if len(written) <= _SHORT:
            if len(shelf.read) >= _READINGS_REMEMBERED:
                shelf.read.clear()
            shelf.read[written] = known
    if deleted:
        return ReadComment(known.text, Reading(kind=Kind.NONE, claims=(), phone=None, reason=UNREAD))
    if (known.wishes or known.gives) and one.comment.author is None:
        reason = "the platform does not say who wrote this; award it by hand"
        return ReadComment(known.text, Reading(kind=Kind.AMBIGUOUS, claims=(), phone=None, reason=reason))
    return known


def _read_first(written: str, shelf: Shelf) -> ReadComment:
    text = hide_keys(clean_text(written))
    reading = read(text, shelf.catalogue, shelf.rules)
    if reading.kind is Kind.AMBIGUOUS:
        return _unclear(text, reading)
    if reading.kind is Kind.CANCEL:
        if not shelf.cancel:
            return ReadComment(text, replace(reading, reason=OFF))
        gives = tuple(gives_of(reading.claims, shelf.stocked, shelf.ids))
        return ReadComment(
            text, replace(reading, reason=f"{reading.reason}; there is nothing to give back"), gives=gives
        )
    if reading.kind not in (Kind.CLAIM, Kind.QUEUE) or not reading.claims:
        return ReadComment(text, reading)
    wishes, doubt = wishes_of(reading.claims, shelf.stocked, shelf.ids)
    if doubt:
        maybe = choices_of(reading.claims, shelf.stocked)
        return _unclear(text, Reading(kind=Kind.AMBIGUOUS, claims=(), phone=reading.phone, reason=doubt, maybe=maybe))
    entry: dict[str, Any] = {"wishes": [(wish.code, wish.quantity, wish.options) for wish in wishes]}
    if shelf.terms.again is not Again.IGNORE:
        entry["again"] = shelf.terms.again  # markets may get used to something else
    if queued := reading.kind is Kind.QUEUE:
        entry["queue"] = True
    return ReadComment(text, reading, tuple(wishes), ledger.entry_text(entry), queued=queued)


def _unclear(text: str, reading: Reading) -> ReadComment:
    """A comment whose meaning is for the operator to say; what it may mean is kept with it."""
    if not reading.maybe:
        return ReadComment(text, reading)
    maybe = [[(wanted.item, wanted.quantity, wanted.options) for wanted in choice] for choice in reading.maybe]
    return ReadComment(text, reading, entry=ledger.entry_text({"maybe": maybe}))


def hide_keys(text: str) -> str:
    """A key pasted into the wrong chat is not kept; ordinary comments are not searched for one."""
    return redact(text) if any(sign in text for sign in ("sk_", "rk_", "whsec_", "EAA")) else text
