"""Reads the comments of a show again: this version may understand more than the one that decided."""

from __future__ import annotations

from bot.domain.claim import ClaimStatus
from bot.domain.option_stock import Row, gives_of, wishes_of
from bot.domain.reading import Catalogue, Kind, Reading, Rules, normalise_code, read
from bot.workflows.decide_comments import EDITED_LATE
from bot.workflows.read_comments import UNREAD
from bot.workflows.retell_entries import Teller
from messaging.base import Verb
from storage.replaying import KeptEntry

_Meaning = list[tuple[str, int, tuple[str, ...]]] | str


class Rereader:
    """Counts the comments that would be read differently now."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._meanings = -1
        self._catalogue = Catalogue.of([])
        self._rules = Rules()
        self._cancel = False
        self._stocked: dict[str, list[Row]] = {}
        self.different = 0
        self.first: str = ""
        """The first of them, in words."""

    def read(self, entry: KeptEntry) -> None:
        """Read the comment of the entry that is told next."""
        if entry.kind != "comment" or entry.verb == Verb.REMOVED.value or entry.reason in (EDITED_LATE, UNREAD):
            return
        self._look()
        now = self._meaning(read(entry.text, self._catalogue, self._rules), entry)
        named = entry.facts.get("wishes") or entry.facts.get("back", [])
        kept = [(item, quantity, tuple(options)) for item, quantity, options, *_ in named] or (
            entry.status if entry.status == ClaimStatus.AMBIGUOUS else ClaimStatus.IGNORED
        )
        if now != kept:
            self.different += 1
            self.first = self.first or f"entry {entry.seq}: {_worded(kept)} then, {_worded(now)} now"

    def _meaning(self, reading: Reading, entry: KeptEntry) -> _Meaning:
        """What a reading comes to: what it wishes or gives back, a question to the operator, or nothing."""
        gives = reading.kind is Kind.CANCEL
        if gives and entry.status == ClaimStatus.IGNORED and "back" not in entry.facts:
            return ClaimStatus.IGNORED  # the buyer had none of it
        acts = bool(reading.claims) and (self._cancel or not gives)
        if not acts or entry.buyer_id is None:
            return ClaimStatus.AMBIGUOUS if acts or reading.kind is Kind.AMBIGUOUS else ClaimStatus.IGNORED
        if gives:
            wishes, doubt = gives_of(reading.claims, self._stocked, {}), ""
        else:
            wishes, doubt = wishes_of(reading.claims, self._stocked, {})
        return ClaimStatus.AMBIGUOUS if doubt else [(wish.code, wish.quantity, wish.options) for wish in wishes]

    def _look(self) -> None:
        """Take in what can be claimed by now, and in which words."""
        if self._meanings == self._teller.meanings:
            return
        items, market, rules = self._teller.book.items, self._teller.market, self._teller.rules
        options = sorted({option for item in items.values() for option in item.options})
        self._catalogue = Catalogue.of([code for code, item in items.items() if item.parent is None], options)
        self._stocked = {}
        for code, item in items.items():
            if item.parent is not None:
                self._stocked.setdefault(normalise_code(item.parent), []).append(Row(code, tuple(item.options)))
        self._rules = Rules.heard_in(market, rules.words)
        self._cancel = rules.cancel
        self._meanings = self._teller.meanings


def _worded(meaning: _Meaning) -> str:
    if isinstance(meaning, str):
        return str(meaning)
    return " and ".join(" ".join([item, *options, f"×{quantity}"]) for item, quantity, options in meaning)
