"""Tells again how an operator took a deed back: what `undo_last` did, from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from bot.domain.book import DESCRIBED, Key
from bot.domain.claim import ACTIVE, ClaimStatus
from bot.workflows.retell_entries import Differs, Part, Teller, check, number
from storage.replaying import KeptEntry


def undo(teller: Teller, entry: KeptEntry) -> None:
    """The newest deed that was not taken back is taken back, last part first."""
    facts, book = entry.facts, teller.book
    parts = list(reversed(teller.deeds.pop())) if teller.deeds else []
    check("taking back entries", facts["undoes"], [part.entry.seq for part in parts])
    billed = {claim.key for claim in teller.named(facts["billed"])}
    for part in parts:
        _BACK[part.entry.verb or part.entry.kind](teller, part, entry, billed)
    for code in {part.entry.facts["item"] for part in parts}:
        if code in book.items:
            teller.serve(code)
    winner, moved = ClaimStatus.WINNER, book.was.items()
    lost = [key for key, was in moved if was is winner and book.claims[key].status is not winner]
    won = [key for key, was in moved if was is not winner and book.claims[key].status is winner]
    teller.check_named("not winning any more:", facts["lost"], lost)
    teller.check_named("winning now:", facts["won"], won)
    about = [book.claims[part.claim] for part in parts if part.claim is not None]
    check("", entry.verb, parts[-1].entry.verb or parts[-1].entry.kind)
    check("for buyer", number(entry.buyer_id), number(about[-1].buyer_id if about else None))
    check("then", entry.status, about[-1].status.value if about else "")


def _give_back(teller: Teller, part: Part, entry: KeptEntry, billed: Set[Key]) -> None:
    """A release: the claim is what it was, and those promoted because of it wait again."""
    book, claim, was = teller.book, teller.book.claims[_claim_of(part)], part.entry.facts["was"]
    if claim.status in ACTIVE:
        return
    _back_in_line(teller, part, entry, billed)
    for repeat in book.held(claim.buyer_id, claim.item or ""):
        if repeat.key[0] > part.entry.seq and repeat.options == claim.options:
            book.move(repeat, ClaimStatus.DUPLICATE, f"already has {claim.item_code}")
    book.move(claim, ClaimStatus(was["status"]), was["reason"])


def _take_back(teller: Teller, part: Part, entry: KeptEntry, _billed: Set[Key]) -> None:
    """An award: the piece is free, who was waiting waits in their old place, and what it settled is open."""
    book, claim, facts = teller.book, teller.book.claims[_claim_of(part)], part.entry.facts
    if claim.status is not ClaimStatus.WINNER:
        return
    if facts["was"] is None:
        book.move(claim, ClaimStatus.RELEASED, entry.reason)
    else:
        book.move(claim, ClaimStatus.WAITLISTED, facts["was"]["reason"])
    if facts["settles"] is not None:
        (settled,) = teller.named([facts["settles"]["claim"]])
        book.move(settled, ClaimStatus.UNMATCHED, facts["settles"]["reason"])


def _take_out(teller: Teller, part: Part, _entry: KeptEntry, _billed: Set[Key]) -> None:
    """An item that was added is out again."""
    teller.meanings += 1
    if part.entry.facts["item"] in teller.book.items:
        teller.book.take_out(part.entry.facts["item"])


def _change_back(teller: Teller, part: Part, entry: KeptEntry, billed: Set[Key]) -> None:
    """An item is what it was before a change; those whom more pieces had promoted wait again."""
    facts = part.entry.facts
    before, after = facts["before"], facts["after"]
    _back_in_line(teller, part, entry, billed)
    teller.meanings += 1
    teller.book.describe(
        facts["item"], {name: before[name] for name in DESCRIBED if before.get(name) != after.get(name)}
    )
    teller.serve(facts["item"])


def _put_back(teller: Teller, part: Part, _entry: KeptEntry, _billed: Set[Key]) -> None:
    """An item that was taken out is there again, and the claims that named it name it again."""
    facts = part.entry.facts
    if facts["item"] in teller.book.items:
        raise Differs(f"that {facts['item']} came back", f"that another {facts['item']} is there")
    teller.meanings += 1
    teller.book.put_in(facts["item"], facts["before"], part.named)


_BACK: Mapping[str, Callable[[Teller, Part, KeptEntry, Set[Key]], None]] = {
    "release": _give_back,
    "award": _take_back,
    "added": _take_out,
    "changed": _change_back,
    "removed": _put_back,
}


def _back_in_line(teller: Teller, part: Part, entry: KeptEntry, billed: Set[Key]) -> None:
    """Those promoted by this wait again, but for those whom an invoice bills."""
    for key in part.promoted:
        claim = teller.book.claims[key]
        if claim.status is ClaimStatus.WINNER and key not in billed:
            teller.book.move(claim, ClaimStatus.WAITLISTED, f"back in line; {entry.reason}")


def _claim_of(part: Part) -> Key:
    assert part.claim is not None, "releases and awards are about a claim"
    return part.claim
