"""Tells again, from the entries of a ledger alone, what comments and operators did to a show.

Wishes are decided and lines are served by the very functions of the live show (`bot.domain.claim`). What operators do
is told here a second time, so that a fault in either telling shows as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.book import DESCRIBED, Book, BookedClaim, BookedItem, Key
from bot.domain.claim import ACTIVE, ClaimStatus
from bot.domain.show_rules import ShowRules
from bot.workflows.decide_comments import DELETED, EDITED_LATE
from bot.workflows.move_claims import NEXT_IN_LINE
from messaging.base import Verb
from storage.replaying import KeptEntry


class Differs(Exception):
    """What was kept is not what the ledger leads to."""

    def __init__(self, kept: str, derived: str) -> None:
        super().__init__(f"kept is {kept}; derived is {derived}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entry of an operator's deed, remembered until it is undone."""

    entry: KeptEntry
    claim: Key | None = None
    """The claim that was released or awarded."""
    promoted: Sequence[Key] = ()
    named: Sequence[Key] = ()
    """The claims that lost the item they named."""


class Teller:
    """The book of a show as far as its ledger was told."""

    def __init__(self, names: Callable[[Sequence[int]], Sequence[Key]], market: str, rules: ShowRules) -> None:
        self._names = names
        """What the book calls claims which the ledger calls by their ids."""
        self.book = Book()
        self.market = market
        self.rules = rules
        self.meanings = 0
        """Rises with every change to what a comment can mean."""
        self.promotions = 0
        self.deeds: list[list[Part]] = []
        """What operators did and nobody took back, oldest first."""
        self._due: list[Key] = []
        """Claims whose comment was deleted: their releases come next."""
        self._of_comment: dict[tuple[int | None, str | None], list[BookedClaim]] = {}

    def expect(self, kind: str) -> None:
        """Get ready for an entry of this kind. Raises Differs when something else has to come before it."""
        self.book.was.clear()
        if self._due and kind != "release":
            raise Differs(kind, f"the release of {call(self._due)}, whose comment was deleted")

    def named(self, claim_ids: Sequence[int]) -> list[BookedClaim]:
        """The claims with these ids."""
        keys = self._names(claim_ids)
        if len(keys) != len(claim_ids) or not self.book.claims.keys() >= set(keys):
            raise Differs("about a claim", "that there is none by then")
        return [self.book.claims[key] for key in keys]

    def serve(self, code: str) -> list[Key]:
        """Give what is free of an item to the first in line; who got it."""
        winners = self.book.next_in_line(code)
        for claim in winners:
            self.book.move(claim, ClaimStatus.WINNER, NEXT_IN_LINE)
        self.promotions += len(winners)
        return [claim.key for claim in winners]

    def check_named(self, what: str, kept: Sequence[int], derived: Sequence[Key]) -> None:
        """Raise Differs unless these ids are of these claims."""
        check(what, call(sorted(claim.key for claim in self.named(kept))), call(sorted(derived)))

    def comment(self, entry: KeptEntry) -> None:
        """A comment that was written, edited or deleted."""
        own = self._of_comment.get((entry.channel_id, entry.comment_id), [])
        active = [claim for claim in own if claim.status in ACTIVE]
        facts = entry.facts
        if entry.verb == Verb.REMOVED.value:
            _check_decision(entry, ClaimStatus.IGNORED, DELETED)
            billed = [claim.key for claim in self.named(facts.get("billed", []))]
            self._due = [claim.key for claim in active if claim.key not in billed]
        elif entry.verb == Verb.EDITED.value and active:
            _check_decision(entry, ClaimStatus.IGNORED, EDITED_LATE)
        elif "wishes" in facts and entry.buyer_id is not None:
            made = [
                self.book.decide((entry.seq, place), entry.buyer_id, code, quantity, tuple(options))
                for place, (code, quantity, options) in enumerate(facts["wishes"])
            ]
            self._of_comment[(entry.channel_id, entry.comment_id)] = own + made
            _check_decision(entry, made[0].status, made[0].reason)
        elif entry.status not in (ClaimStatus.IGNORED, ClaimStatus.AMBIGUOUS):
            raise Differs(f"{entry.status} ({entry.reason})", "no claim, as nobody asks for anything")

    def release(self, entry: KeptEntry) -> None:
        """A claim that was taken back."""
        facts = entry.facts
        (claim,) = self.named([facts["claim"]])
        if "deed" not in facts or self._due:
            # Nobody's deed, so it is what a deleted comment gives back.
            due = self._due.pop(0) if self._due else None
            check("the release of", call([claim.key]), call([due] if due else []))
            check("released because", entry.reason, DELETED)
        if claim.status not in ACTIVE:
            raise Differs(f"the release of {call([claim.key])}", f"that it was {claim.status} by then")
        self._check_claim(entry, claim)
        check("", entry.status, ClaimStatus.RELEASED.value)
        self.book.move(claim, ClaimStatus.RELEASED, entry.reason)
        promoted = self.serve(facts["item"])
        self.check_named("promoted:", facts["promoted"], promoted)
        self._remember(Part(entry=entry, claim=claim.key, promoted=promoted))

    def award(self, entry: KeptEntry) -> None:
        """An item that an operator gave, to one who waits or to anybody."""
        facts = entry.facts
        code, quantity = facts["item"], facts["quantity"]
        check("", entry.status, ClaimStatus.WINNER.value)
        if facts["claim"] is None:
            claim = BookedClaim(
                key=(entry.seq, 0),
                buyer_id=entry.buyer_id,
                item=code,
                item_code=code,
                quantity=quantity,
                options=(),
                status=ClaimStatus.WINNER,
                reason=entry.reason,
            )
            self.book.add(claim)
        else:
            (claim,) = self.named([facts["claim"]])
            self._check_claim(entry, claim)
            check("×", quantity, claim.quantity)
            self.book.move(claim, ClaimStatus.WINNER, entry.reason)
        if facts["settles"] is not None:
            (settled,) = self.named([facts["settles"]["claim"]])
            check("settled:", facts["settles"]["reason"], settled.reason)
            self.book.move(settled, ClaimStatus.DUPLICATE, f"has {code}, {entry.reason}")
        self._remember(Part(entry=entry, claim=claim.key))

    def change(self, entry: KeptEntry) -> None:
        """An item that was added, changed or taken out."""
        facts = entry.facts
        code, before, after = facts["item"], facts["before"], facts["after"]
        check_item("before:", before, self.book.items.get(code))
        self.meanings += 1
        promoted: Sequence[Key] = ()
        named: Sequence[Key] = ()
        if after is None:
            named = self.book.take_out(code)
            self.check_named("claims about it:", facts["claims"], named)
        elif before is None:
            self.book.put_in(code, after)
        else:
            self.book.describe(code, after)
            promoted = self.serve(code)
            self.check_named("promoted:", facts["promoted"], promoted)
        self._remember(Part(entry=entry, promoted=promoted, named=named))

    def listen(self, entry: KeptEntry) -> None:
        """Other markets, whose claim words apply from here, or other rules."""
        before, after = entry.facts["before"], entry.facts["after"]
        if entry.verb == "rules":
            check("rules", ShowRules.of(before), self.rules)
            self.rules = ShowRules.of(after)
        else:
            check("markets", before, self.market)
            self.market = after
        self.meanings += 1

    def _remember(self, part: Part) -> None:
        deed = part.entry.facts.get("deed")
        if deed is not None and self.deeds and self.deeds[-1][0].entry.facts["deed"] == deed:
            self.deeds[-1].append(part)
        elif deed is not None:
            self.deeds.append([part])

    def _check_claim(self, entry: KeptEntry, claim: BookedClaim) -> None:
        """The entry says of the claim what the book says of it."""
        was = entry.facts["was"]
        check("for buyer", number(entry.buyer_id), number(claim.buyer_id))
        check("for item", entry.facts["item"], claim.item)
        check("before:", f"{was['status']} ({was['reason']})", f"{claim.status} ({claim.reason})")
        check("before: number", was["position"], self.book.position(claim))


def check(what: str, kept: object, derived: object) -> None:
    """Raise Differs unless the two are equal."""
    if kept != derived:
        raise Differs(f"{what} {_said(kept)}".strip(), f"{what} {_said(derived)}".strip())


def check_item(what: str, kept: Mapping[str, Any] | None, derived: BookedItem | None) -> None:
    """Raise Differs unless an item is said to be what the book says it is."""
    if kept is None or derived is None:
        check(what, "no such item" if kept is None else "an item", "no such item" if derived is None else "an item")
        return
    for name in DESCRIBED:
        check(f"{what} {name.removesuffix('_cents')}", kept.get(name), getattr(derived, name))


def call(keys: Iterable[Key]) -> str:
    """Claims in a sentence, by their entries in the ledger."""
    return ", ".join(f"claim {wish + 1} of entry {seq}" for seq, wish in keys) or "none"


def number(buyer_id: int | None) -> str:
    """A buyer in a sentence, by the number that also works in chat."""
    return "nobody" if buyer_id is None else f"#{buyer_id}"


def _said(value: object) -> object:
    return "none" if value is None else " ".join(map(str, value)) or "none" if isinstance(value, list) else value


def _check_decision(entry: KeptEntry, status: ClaimStatus, reason: str) -> None:
    check("", f"{entry.status} ({entry.reason})", f"{status} ({reason})")
