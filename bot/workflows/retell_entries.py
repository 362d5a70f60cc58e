"""Tells again, from the entries of a ledger alone, what comments and operators did to a show.

Wishes are decided and lines are served by the very functions of the live show (`bot.domain.claim`). What operators do
is told here a second time, so that a fault in either telling shows as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.book import DESCRIBED, UNSAID, Book, BookedClaim, BookedItem
from bot.domain.claim import ACTIVE, ClaimStatus, Wish
from bot.domain.deciding import Key, Terms
from bot.domain.giving import given_back
from bot.domain.option_stock import item_code
from bot.domain.reading import normalise_code
from bot.domain.show_rules import Again, ShowRules
from bot.workflows.decide_comments import DELETED, EDITED_LATE, SUPERSEDED
from bot.workflows.give_back import GIVEN_BACK
from bot.workflows.move_claims import NEXT_IN_LINE, TURN
from messaging.base import Verb
from storage.replaying import KeptEntry

BY_THE_CLOCK = ("turn", "hold")
"""Entries of the ledger that nobody's comment or command made."""


class Differs(Exception):
    """What was kept is not what the ledger leads to."""

    def __init__(self, kept: str, derived: str) -> None:
        super().__init__(f"kept is {kept}; derived is {derived}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One entry of an operator's deed, remembered until it is undone."""

    entry: KeptEntry
    claim: Key | None = None
    """The claim that was released or awarded, or the first that a resolved comment came to."""
    made: Sequence[Key] = ()
    """All claims that a resolved comment came to."""
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
        self.unserved: set[str] = set()
        """Items of which the clock took pieces back: whoever is next gets them before anything else happens."""
        self._due: list[Key] = []
        """Claims whose comment was deleted, or which were given back: their releases come next."""
        self._because = DELETED
        self._of_comment: dict[tuple[int | None, str | None], list[BookedClaim]] = {}
        self._unclear: dict[tuple[int | None, str | None], KeptEntry] = {}
        """Comments that wait for an operator to say what they mean."""
        self._resolved: dict[int, KeptEntry] = {}
        """Entry that resolved a comment → the comment's."""

    @property
    def resolutions(self) -> dict[int, int]:
        """Unclear comment → the entry that says what it means; both by their numbers in the ledger."""
        return {unclear.seq: seq for seq, unclear in self._resolved.items()}

    def expect(self, kind: str) -> None:
        """Get ready for an entry of this kind. Raises Differs when something else has to come before it."""
        self.book.was.clear()
        if self._due and kind != "release":
            raise Differs(kind, f"the release of {call(self._due)}, {_WHY[self._because]}")
        if kind not in BY_THE_CLOCK:
            for code in sorted(self.unserved):
                if waiting := self.book.next_in_line(code):
                    raise Differs(kind, f"that {code} goes to {call(claim.key for claim in waiting)}")
            self.unserved.clear()

    def named(self, claim_ids: Sequence[int]) -> list[BookedClaim]:
        """The claims with these ids."""
        keys = self._names(claim_ids)
        if len(keys) != len(claim_ids) or not self.book.claims.keys() >= set(keys):
            raise Differs("about a claim", "that there is none by then")
        return [self.book.claims[key] for key in keys]

    def serve(self, code: str) -> list[Key]:
        """Give what is free of an item to the first in line, or ask them; who got it, or is asked."""
        winners = self.book.next_in_line(code)
        asked = self.rules.turn_minutes is not None
        for claim in winners:
            if asked:
                self.book.move(claim, ClaimStatus.OFFERED, TURN)
            else:
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
        self._unclear.pop((entry.channel_id, entry.comment_id), None)
        if entry.status == ClaimStatus.AMBIGUOUS:
            self._unclear[(entry.channel_id, entry.comment_id)] = entry
        if entry.verb == Verb.REMOVED.value:
            _check_decision(entry, ClaimStatus.IGNORED, DELETED)
            billed = [claim.key for claim in self.named(facts.get("billed", []))]
            self._due = [claim.key for claim in active if claim.key not in billed]
            self._because = DELETED
            self._drop_unmatched(own, DELETED)
        elif entry.verb == Verb.EDITED.value and active:
            _check_decision(entry, ClaimStatus.IGNORED, EDITED_LATE)
        elif "wishes" in facts and entry.buyer_id is not None:
            self._drop_unmatched(own, SUPERSEDED)
            made = self._decide(entry, entry.buyer_id)
            self._of_comment[(entry.channel_id, entry.comment_id)] = own + made
            _check_decision(entry, made[0].status, made[0].reason)
            for code in self.book.freed:
                self.serve(code)
            self.book.freed.clear()
        elif "back" in facts and entry.buyer_id is not None:
            self._drop_unmatched(own, SUPERSEDED)
            self._give_back(entry, entry.buyer_id)
        elif entry.status not in (ClaimStatus.IGNORED, ClaimStatus.AMBIGUOUS):
            raise Differs(f"{entry.status} ({entry.reason})", "no claim, as nobody asks for anything")
        else:
            self._drop_unmatched(own, SUPERSEDED)

    def _decide(self, entry: KeptEntry, buyer_id: int) -> list[BookedClaim]:
        """The claims a comment makes, by the rules of its moment."""
        facts = entry.facts
        fixed = {claim.key for claim in self.named(facts.get("fixed", []))}
        made: list[BookedClaim] = []
        for code, quantity, options in facts["wishes"]:
            made += self.book.decide(
                (entry.seq, len(made)),
                buyer_id,
                Wish(code, None, quantity, tuple(options)),
                self._terms(facts),
                queued=facts.get("queue", False),
                refused=facts.get("refused", ""),
                fixed=fixed,
            )
        return made

    def _give_back(self, entry: KeptEntry, buyer_id: int) -> None:
        """What a comment gives back: the releases of it come next."""
        kept = {claim.key for claim in self.named(entry.facts["kept"])}
        back: list[BookedClaim] = []
        doubts: list[str] = []
        groups: dict[int, str] = {}
        for code, quantity, options, group in entry.facts["back"]:
            listed = code in self.book.items
            held = self.book.held(buyer_id, code) if listed else self.book.asked_for(buyer_id, code)
            meant, doubt = given_back(quantity, tuple(options), held)
            if listed and held and groups.setdefault(group, code) != code:
                doubts.append(f"{groups[group]} or {code}")
            back += [claim for claim in meant if claim.key not in kept]
            doubts += [doubt] if doubt else []
        back = [] if doubts else back
        nothing = ClaimStatus.REJECTED if kept else ClaimStatus.IGNORED
        check("", entry.status, ClaimStatus.AMBIGUOUS if doubts else ClaimStatus.RELEASED if back else nothing)
        self._drop_unmatched(back, GIVEN_BACK)
        self._due = [claim.key for claim in back if claim.status in ACTIVE]
        self._because = GIVEN_BACK

    def _drop_unmatched(self, claims: Iterable[BookedClaim], reason: str) -> None:
        for claim in claims:
            if claim.status is ClaimStatus.UNMATCHED:
                self.book.move(claim, ClaimStatus.RELEASED, reason)

    def _terms(self, facts: Mapping[str, Any]) -> Terms:
        """The rules about claims; what markets are used to is what the entry says of it."""
        again = Again(facts.get("again", Again.IGNORE))
        return Terms(again=again, most=self.rules.most_per_buyer, partial=self.rules.partial)

    def release(self, entry: KeptEntry) -> None:
        """A claim that was taken back."""
        facts = entry.facts
        (claim,) = self.named([facts["claim"]])
        if "deed" not in facts or self._due:
            # Nobody's deed, so it is what a deleted comment, or one that says so, gives back.
            due = self._due.pop(0) if self._due else None
            check("the release of", call([claim.key]), call([due] if due else []))
            check("released because", entry.reason, self._because)
        if claim.status not in ACTIVE:
            raise Differs(f"the release of {call([claim.key])}", f"that it was {claim.status} by then")
        promoted = self.take_back(entry, claim)
        self._remember(Part(entry=entry, claim=claim.key, promoted=promoted))

    def take_back(self, entry: KeptEntry, claim: BookedClaim, *, serve: bool = True) -> Sequence[Key]:
        """Release a claim as the entry says; who got its item, or is asked."""
        self.check_claim(entry, claim)
        check("", entry.status, ClaimStatus.RELEASED.value)
        self.book.move(claim, ClaimStatus.RELEASED, entry.reason)
        promoted = self.serve(entry.facts["item"]) if serve else []
        self.check_named("promoted:", entry.facts["promoted"], promoted)
        return promoted

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
                options=self.book.options_given(code),
                status=ClaimStatus.WINNER,
                reason=entry.reason,
            )
            self.book.add(claim)
        else:
            (claim,) = self.named([facts["claim"]])
            self.check_claim(entry, claim)
            check("×", quantity, claim.quantity)
            self.book.move(claim, ClaimStatus.WINNER, entry.reason)
        if facts["settles"] is not None:
            (settled,) = self.named([facts["settles"]["claim"]])
            check("settled:", facts["settles"]["reason"], settled.reason)
            self.book.move(settled, ClaimStatus.DUPLICATE, f"has {code}, {entry.reason}")
        self._remember(Part(entry=entry, claim=claim.key))

    def resolve(self, entry: KeptEntry) -> None:
        """What an unclear comment means, by an operator's word: decided as if it were written now."""
        facts, comment = entry.facts, (entry.channel_id, entry.comment_id)
        unclear = self._unclear.pop(comment, None)
        if unclear is None or unclear.seq != facts["resolves"]:
            raise Differs("about an unclear comment", "that it was none by then")
        check("by buyer", number(facts["wrote"]), number(unclear.buyer_id))
        choices = [_meant(choice) for choice in unclear.facts.get("maybe", [])]
        if facts["wishes"] and not any(_is_choice(_meant(facts["wishes"]), choice) for choice in choices):
            raise Differs(f"that it means {facts['wishes']}", "that this was no choice")
        made = self._decide(entry, entry.buyer_id) if entry.buyer_id is not None else []
        self._of_comment[comment] = self._of_comment.get(comment, []) + made
        if made:
            _check_decision(entry, made[0].status, made[0].reason)
        else:
            _check_decision(entry, ClaimStatus.IGNORED, f"means nothing, says {facts['by']}")
        self._resolved[entry.seq] = unclear
        keys = [claim.key for claim in made]
        self._remember(Part(entry=entry, claim=keys[0] if keys else None, made=keys))

    def reopen(self, entry: KeptEntry) -> None:
        """A comment is unclear again, unless it was changed since."""
        self._unclear.setdefault((entry.channel_id, entry.comment_id), self._resolved.pop(entry.seq))

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
            self._resolve(code, facts)
        else:
            self.book.describe(code, after)
            promoted = self.serve(code)
            self.check_named("promoted:", facts["promoted"], promoted)
        self._remember(Part(entry=entry, promoted=promoted, named=named))

    def _resolve(self, code: str, facts: Mapping[str, Any]) -> None:
        """What was claimed before there was such an item."""
        refused = dict(facts.get("refused", []))
        keys = dict(zip(refused, (claim.key for claim in self.named(list(refused))), strict=True))
        named = self.book.resolve(code, self._terms(facts), {keys[claim_id]: why for claim_id, why in refused.items()})
        self.book.freed.clear()
        self.serve(code)
        self.check_named("claims before it was there:", [claim_id for claim_id, *_ in facts.get("resolved", [])], named)

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

    def merge(self, entry: KeptEntry) -> None:
        """A buyer who turned out to be another: the claims of both are one buyer's from here."""
        facts = entry.facts
        check("for buyer", number(entry.buyer_id), number(facts["kept"]))
        self.check_named("whose claims:", facts["claims"], self.book.rename(facts["gone"], facts["kept"]))

    def _remember(self, part: Part) -> None:
        deed = part.entry.facts.get("deed")
        if deed is not None and self.deeds and self.deeds[-1][0].entry.facts["deed"] == deed:
            self.deeds[-1].append(part)
        elif deed is not None:
            self.deeds.append([part])

    def check_claim(self, entry: KeptEntry, claim: BookedClaim) -> None:
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
        check(f"{what} {name.removesuffix('_cents')}", {**UNSAID, **kept}[name], getattr(derived, name))


_WHY = {DELETED: "whose comment was deleted", GIVEN_BACK: "which its buyer gave back"}


def call(keys: Iterable[Key]) -> str:
    """Claims in a sentence, by their entries in the ledger."""
    return ", ".join(f"claim {wish + 1} of entry {seq}" for seq, wish in keys) or "none"


def number(buyer_id: int | None) -> str:
    """A buyer in a sentence, by the number that also works in chat."""
    return "nobody" if buyer_id is None else f"#{buyer_id}"


def _said(value: object) -> object:
    return "none" if value is None else " ".join(map(str, value)) or "none" if isinstance(value, list) else value


_Meant = list[tuple[str, int, list[str]]]


def _is_choice(meant: _Meant, choice: _Meant) -> bool:
    """The same items and pieces; a choice may leave out options that an item has just one row for."""
    if len(meant) != len(choice):
        return False
    return all(one[:2] == other[:2] and set(other[2]) <= set(one[2]) for one, other in zip(meant, choice, strict=True))


def _meant(wishes: Iterable[tuple[str, int, Sequence[str]]]) -> _Meant:
    """Wishes, whichever way an item that was taken out and listed again is spelt, and by item where it has rows."""
    return [(normalise_code(item_code(code, options)), quantity, list(options)) for code, quantity, options in wishes]


def _check_decision(entry: KeptEntry, status: ClaimStatus, reason: str) -> None:
    check("", f"{entry.status} ({entry.reason})", f"{status} ({reason})")
