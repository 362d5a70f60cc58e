"""Tells again how an operator took a deed back: what `undo_last` did, from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from bot.domain.book import DESCRIBED, UNSAID
from bot.domain.claim import ACTIVE, HOLDING, ClaimStatus
from bot.domain.deciding import REPLACED, Key
from bot.domain.show_rules import Again
from bot.workflows.resolve_doubts import VERB, items_of
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
    for code in {code for part in parts for code in items_of(part.entry.facts)}:
        if code in book.items:
            teller.serve(code)
    now = {key: book.claims[key].status for key in book.was}
    lost = [key for key, was in book.was.items() if was in HOLDING and now[key] not in HOLDING]
    won = [key for key, was in book.was.items() if now[key] in HOLDING and now[key] is not was]
    teller.check_named("not winning any more:", facts["lost"], lost)
    teller.check_named("winning or asked now:", facts["won"], won)
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
    adds = entry.facts.get("again") == Again.ADD
    for repeat in () if adds else book.held(claim.buyer_id, claim.item or ""):
        if repeat.key[0] > part.entry.seq and repeat.options == claim.options:
            book.move(repeat, ClaimStatus.DUPLICATE, f"already has {claim.item_code}")
    if was["status"] == ClaimStatus.OFFERED.value:
        book.move(claim, ClaimStatus.WAITLISTED, f"back in line; {entry.reason}")
        return
    if was["status"] == ClaimStatus.WINNER.value:
        _offers_back(teller, claim.item or "", claim.quantity, entry)
    book.move(claim, ClaimStatus(was["status"]), was["reason"])


def _take_back(teller: Teller, part: Part, entry: KeptEntry, _billed: Set[Key]) -> None:
    """An award: the piece is free, who was waiting waits in their old place, and what it settled is open."""
    book, claim, facts = teller.book, teller.book.claims[_claim_of(part)], part.entry.facts
    if claim.status is not ClaimStatus.WINNER:
        return
    if facts["was"] is None:
        book.move(claim, ClaimStatus.RELEASED, entry.reason)
    else:
        asked = facts["was"]["status"] == ClaimStatus.OFFERED.value
        book.move(claim, ClaimStatus.WAITLISTED, f"back in line; {entry.reason}" if asked else facts["was"]["reason"])
    if facts["settles"] is not None:
        (settled,) = teller.named([facts["settles"]["claim"]])
        book.move(settled, ClaimStatus.UNMATCHED, facts["settles"]["reason"])


def _take_out(teller: Teller, part: Part, entry: KeptEntry, _billed: Set[Key]) -> None:
    """An item that was added is out again, and what was claimed before it was there has no item again."""
    teller.meanings += 1
    code, book = part.entry.facts["item"], teller.book
    if code not in book.items:
        return
    resolved = part.entry.facts.get("resolved", [])
    keys = [claim.key for claim in teller.named([claim_id for claim_id, *_ in resolved])]
    for key, (_, quantity, reason) in zip(keys, resolved, strict=True):
        claim = book.claims[key]
        if claim.status is not ClaimStatus.RELEASED or claim.reason == REPLACED:
            book.move(claim, ClaimStatus.UNMATCHED, reason)
            claim.quantity = quantity
    for key in list(book.items[code].named):
        claim = book.claims[key]
        if key[0] < part.entry.seq and claim.status in ACTIVE:
            book.move(claim, ClaimStatus.RELEASED, entry.reason)
    book.take_out(code)


def _change_back(teller: Teller, part: Part, entry: KeptEntry, billed: Set[Key]) -> None:
    """An item is what it was before a change; those whom more pieces had promoted wait again."""
    facts = part.entry.facts
    before, after = {**UNSAID, **facts["before"]}, {**UNSAID, **facts["after"]}
    _back_in_line(teller, part, entry, billed)
    teller.meanings += 1
    old = {name: before[name] for name in DESCRIBED if before[name] != after[name]}
    if before["quantity"] != after["quantity"]:
        item = teller.book.items[facts["item"]]
        old["quantity"] = max(item.quantity + before["quantity"] - after["quantity"], 0)
        _offers_back(teller, item.code, item.quantity - old["quantity"], entry)
    teller.book.describe(facts["item"], old)
    teller.serve(facts["item"])


def _put_back(teller: Teller, part: Part, _entry: KeptEntry, _billed: Set[Key]) -> None:
    """An item that was taken out is there again, and the claims that named it name it again."""
    facts = part.entry.facts
    if facts["item"] in teller.book.items:
        raise Differs(f"that {facts['item']} came back", f"that another {facts['item']} is there")
    teller.meanings += 1
    teller.book.put_in(facts["item"], facts["before"], part.named)


def _reopen(teller: Teller, part: Part, entry: KeptEntry, _billed: Set[Key]) -> None:
    """What an unclear comment means: what it came to is taken back, and the comment is unclear again."""
    for key in part.made:
        claim = teller.book.claims[key]
        if claim.status in ACTIVE or claim.status is ClaimStatus.UNMATCHED:
            teller.book.move(claim, ClaimStatus.RELEASED, entry.reason)
    teller.reopen(part.entry)


_BACK: Mapping[str, Callable[[Teller, Part, KeptEntry, Set[Key]], None]] = {
    "release": _give_back,
    "award": _take_back,
    "added": _take_out,
    "changed": _change_back,
    "removed": _put_back,
    VERB: _reopen,
}


def _back_in_line(teller: Teller, part: Part, entry: KeptEntry, billed: Set[Key]) -> None:
    """Those promoted by this wait again, but for those whom an invoice bills."""
    for key in part.promoted:
        claim = teller.book.claims[key]
        if claim.status in HOLDING and key not in billed:
            teller.book.move(claim, ClaimStatus.WAITLISTED, f"back in line; {entry.reason}")


def _offers_back(teller: Teller, code: str, pieces: int, entry: KeptEntry) -> None:
    """Whoever is only asked waits again, who claimed last before all others, until so many pieces are free."""
    item = teller.book.items[code]
    for key in sorted(item.named, reverse=True):
        claim = teller.book.claims[key]
        if item.left < pieces and claim.status is ClaimStatus.OFFERED:
            teller.book.move(claim, ClaimStatus.WAITLISTED, f"back in line; {entry.reason}")


def _claim_of(part: Part) -> Key:
    assert part.claim is not None, "releases and awards are about a claim"
    return part.claim
