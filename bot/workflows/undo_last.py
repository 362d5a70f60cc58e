"""Undoes the last deed of an operator: a release, an award or a change of the items, as if it had not been done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, HOLDING, Claim, ClaimStatus
from bot.domain.deciding import REPLACED, Terms
from bot.domain.invoice import InvoiceStatus
from bot.domain.show import Item, Show
from bot.domain.show_rules import Again
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import hold_show
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.move_claims import serve_line, write_down
from bot.workflows.resolve_doubts import VERB, items_of
from bot.workflows.stock_options import whole_item
from bot.workflows.tell import Parcel, hand_over, label_of
from bot.workflows.tell_promoted import tell_promoted, tell_taken_back
from storage import claims, deeds, doubts, holds, invoices, items, restoring, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What was taken back, and how things stand now."""

    by: str
    """Who had done it."""
    what: str
    """release, award, resolved, added, changed or removed."""
    claim: Claim | None
    """Of a release, an award or a comment that was resolved: the claim it was about, or the first of them."""
    buyer: str
    was_billed: bool
    """The claim was on an invoice, which the release had voided."""
    items: tuple[Item, ...]
    """Of a change of the items: each as it stands, or as it was when it is out again."""
    lost: tuple[tuple[Claim, str], ...]
    """Other claims that do not win any more, with what their buyers are called."""
    won: tuple[tuple[Claim, str], ...]
    """Other claims that came to win."""


async def undo_last(assistant: Assistant, workspace_id: int, show_id: int, *, by: str, key: str = "") -> Undone:
    """Take the newest deed back that was not taken back yet. Raises BadInput when there is none, or it cannot be."""
    deed = Deed.of(by, key)
    undone, parcels = await assistant.database.write(_undo, workspace_id, show_id, deed, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return undone


@dataclass(slots=True, kw_only=True)
class _Undoing:
    """A deed being taken back, inside one transaction on a locked show."""

    tx: sa.Connection
    workspace_id: int
    show: Show
    reason: str
    now: datetime
    again: Again
    """What a second comment means in the show."""
    claim_id: int | None = None
    """The claim it is about."""
    items: list[Item] = field(default_factory=list)
    repeated: set[int] = field(default_factory=set)
    """Claims that only repeat one which is there again."""
    billed: list[int] = field(default_factory=list)
    """Claims that keep their item, as an invoice bills them."""

    def claim(self, claim_id: int) -> Claim:
        found = claims.get(self.tx, self.workspace_id, claim_id)
        assert found is not None, "claims are never deleted"
        return found

    def item(self, item_id: int | None) -> Item:
        assert item_id is not None, "only claims with an item win or wait"
        return items.lock(self.tx, self.workspace_id, [item_id])[item_id]

    def label(self, claim: Claim) -> str:
        return label_of(self.tx, self.workspace_id, claim.buyer_id)

    def move(self, claim: Claim, status: ClaimStatus, reason: str) -> None:
        """Give a claim a status, and keep the counters and the line of its item right."""
        item = self.item(claim.item_id)
        won = item.won + claim.quantity * ((status in HOLDING) - (claim.status in HOLDING))
        waiting = item.waiting + (status is ClaimStatus.WAITLISTED) - (claim.status is ClaimStatus.WAITLISTED)
        claims.move(self.tx, self.workspace_id, claim.id, status=status, reason=reason, now=self.now)
        items.change(self.tx, self.workspace_id, item.id, won=won, waiting=waiting)
        restoring.line_up(self.tx, self.workspace_id, item.id)
        if status is ClaimStatus.WINNER:
            holds.begin(self.tx, self.workspace_id, self.show, [claim.id], self.now)

    def take_back_offers(self, item_id: int, pieces: int) -> None:
        """Whoever is only asked waits again, who claimed last before all others, until so many pieces are free."""
        for claim in reversed(claims.active(self.tx, self.workspace_id, self.show.id, item_id=item_id)):
            if self.item(item_id).left < pieces and claim.status is ClaimStatus.OFFERED:
                self.move(claim, ClaimStatus.WAITLISTED, f"back in line; {self.reason}")

    def winners(self) -> dict[int, Claim]:
        """Those who have their item, or are asked whether they want it."""
        held = claims.active(self.tx, self.workspace_id, self.show.id)
        return {claim.id: claim for claim in held if claim.status in HOLDING}

    def labelled(self, claim_ids: Iterable[int]) -> tuple[tuple[Claim, str], ...]:
        found = [self.claim(claim_id) for claim_id in claim_ids if claim_id not in (self.claim_id, *self.repeated)]
        return tuple((claim, self.label(claim)) for claim in found)


def _undo(tx: sa.Connection, workspace_id: int, show_id: int, deed: Deed, now: datetime) -> tuple[Undone, list[Parcel]]:
    show = hold_show(tx, workspace_id, show_id)
    begin(tx, workspace_id, deed, now)
    parts = deeds.newest(tx, workspace_id, show_id)
    if not parts:
        raise BadInput(f"There is nothing to undo in “{show.title}”.")
    again = Terms.of(show.rules, show.market).again
    this = _Undoing(tx=tx, workspace_id=workspace_id, show=show, reason=f"undone by {deed.by}", now=now, again=again)
    before = this.winners()
    for part in parts:
        _BACK[part.verb or part.kind](this, part)
    for code in {code for part in parts for code in items_of(part.entry)}:
        if (item := items.by_code(tx, workspace_id, show_id, code)) is not None:
            serve_line(tx, workspace_id, show, item.id, now)
    after = this.winners()
    lost = before.keys() - after.keys()
    won = {one.id for one in after.values() if one.id not in before or before[one.id].status is not one.status}
    claim = this.claim(this.claim_id) if this.claim_id is not None else None
    undone = Undone(
        by=parts[0].entry["by"],
        what=parts[-1].verb or parts[-1].kind,
        claim=claim,
        buyer=this.label(claim) if claim is not None else "",
        was_billed=bool(parts[-1].entry.get("was", {}).get("invoice")) if parts[-1].kind == "release" else False,
        items=tuple(whole_item(tx, workspace_id, item) for item in reversed(this.items)),
        lost=this.labelled(sorted(lost)),
        won=this.labelled(sorted(won)),
    )
    seq = write_down(
        tx,
        workspace_id,
        show,
        kind="undo",
        verb=undone.what,
        buyer_id=claim.buyer_id if claim is not None else None,
        status=claim.status.value if claim is not None else "",
        reason=this.reason,
        entry={
            "undoes": [part.seq for part in parts],
            "lost": sorted(lost),
            "won": sorted(won),
            "billed": this.billed,
            **({} if again is Again.IGNORE else {"again": again}),
        },
        now=now,
    )
    if this.items:
        shows.touch_items(tx, workspace_id, show_id, now)
    else:
        shows.note(tx, workspace_id, show_id, now)
    taken = [(this.claim(claim_id), before[claim_id].status) for claim_id in sorted(lost - this.repeated)]
    parcels = tell_taken_back(tx, workspace_id, taken, seq, now)
    told = [winner for winner, _ in undone.won]
    if claim is not None and claim.status is ClaimStatus.OFFERED:
        told.append(claim)
    return undone, parcels + tell_promoted(tx, workspace_id, told, now)


def _give_back(this: _Undoing, part: deeds.Part) -> None:
    """A release: the claim is what it was, and those promoted because of it are back at the head of the line."""
    claim = this.claim(part.entry["claim"])
    this.claim_id = claim.id
    if claim.status in ACTIVE:
        return
    label, was = this.label(claim), part.entry["was"]
    billed = _back_in_line(this, part)
    again = claims.active(this.tx, this.workspace_id, this.show.id, buyer_id=claim.buyer_id, item_id=claim.item_id)
    for repeat in again if this.again is not Again.ADD else ():
        if repeat.seq < part.seq or repeat.options != claim.options or repeat.comment_id is None:
            continue
        if repeat.invoice_id is not None:
            raise BadInput(f"{label} claimed {claim.item_code} again since, and is billed for that: nothing to undo.")
        this.repeated.add(repeat.id)
        this.move(repeat, ClaimStatus.DUPLICATE, f"already has {claim.item_code}")
    if was["status"] != ClaimStatus.WINNER.value:
        this.move(claim, ClaimStatus.WAITLISTED, _waits_because(this, was))
        return
    this.take_back_offers(claim.item_id or 0, claim.quantity)
    item = this.item(claim.item_id)
    if claim.quantity > item.left:
        raise BadInput(_why_not(this, item, claim, label, billed))
    this.move(claim, ClaimStatus.WINNER, was["reason"])


def _take_back(this: _Undoing, part: deeds.Part) -> None:
    """An award: the piece is free again, who was waiting waits in their old place, and what it settled is open."""
    entry = part.entry
    claim = this.claim(entry["claim"] or restoring.made_by(this.tx, this.workspace_id, this.show.id, part.seq))
    this.claim_id = claim.id
    if claim.status is not ClaimStatus.WINNER:
        return
    if claim.invoice_id is not None:
        label = this.label(claim)
        raise BadInput(f"{label} is billed for {claim.item_code} already. Instead: /release {claim.item_code} {label}")
    if entry["was"] is None:
        this.move(claim, ClaimStatus.RELEASED, this.reason)
    else:
        this.move(claim, ClaimStatus.WAITLISTED, _waits_because(this, entry["was"]))
    if (settled := entry.get("settles")) is not None:
        status, reason = ClaimStatus.UNMATCHED, settled["reason"]
        claims.move(this.tx, this.workspace_id, settled["claim"], status=status, reason=reason, now=this.now)


def _take_out(this: _Undoing, part: deeds.Part) -> None:
    """An item that was added is out again, unless somebody has it or waits for it by now.

    What was claimed before it was there has no item again.
    """
    item = items.by_code(this.tx, this.workspace_id, this.show.id, part.entry["item"])
    if item is None:
        return
    _unresolve(this, part, item)
    item = this.item(item.id)
    if item.won or item.waiting:
        raise BadInput(
            f"{item.code} has {item.won} won and {item.waiting} waiting by now, so it stays. "
            f"To stop new claims: /item edit {item.code} close"
        )
    items.remove(this.tx, this.workspace_id, item.id)
    this.items.append(item)


def _unresolve(this: _Undoing, part: deeds.Part, item: Item) -> None:
    """Claims that got their item by its being added wait for such an item again."""
    for claim_id, quantity, reason in part.entry.get("resolved", []):
        claim = this.claim(claim_id)
        if claim.invoice_id is not None:
            label = this.label(claim)
            raise BadInput(
                f"{label} is billed for {item.code} already, so it stays. Instead: /release {item.code} {label}"
            )
        if claim.status is ClaimStatus.RELEASED and claim.reason != REPLACED:
            continue
        this.move(claim, ClaimStatus.UNMATCHED, reason)
        restoring.for_pieces(this.tx, this.workspace_id, claim.id, quantity)
    for claim in claims.active(this.tx, this.workspace_id, this.show.id, item_id=item.id):
        if claim.seq < part.seq:
            this.move(claim, ClaimStatus.RELEASED, this.reason)


def _change_back(this: _Undoing, part: deeds.Part) -> None:
    """An item is what it was before an edit; those whom more pieces had promoted are back in line."""
    before, after = part.entry["before"], part.entry["after"]
    item = items.by_code(this.tx, this.workspace_id, this.show.id, part.entry["item"])
    assert item is not None, "what was removed since has been put back first"
    _back_in_line(this, part)
    old = {name: before[name] for name in before if name != "id" and before[name] != after[name]}
    if "quantity" in old:
        # Somebody else may have counted since: the change is taken back, not the count.
        old["quantity"] = max(item.quantity + before["quantity"] - after["quantity"], 0)
        this.take_back_offers(item.id, item.quantity - old["quantity"])
    won = this.item(item.id).won
    if old.get("quantity", won) < won:
        raise BadInput(
            f"{won} of {item.code} are won by now, so it cannot be {old['quantity']} again. "
            f"Take one back with /release {item.code} <buyer>, and then: /item edit {item.code} x{old['quantity']}"
        )
    items.change(this.tx, this.workspace_id, item.id, **old)
    serve_line(this.tx, this.workspace_id, this.show, item.id, this.now)
    this.items.append(this.item(item.id))


def _put_back(this: _Undoing, part: deeds.Part) -> None:
    """An item that was removed is there again, and the claims that named it name it again."""
    code, was = part.entry["item"], dict(part.entry["before"])
    if items.by_code(this.tx, this.workspace_id, this.show.id, code) is not None:
        raise BadInput(f"There is another item {code} by now, so the old one stays out.")
    is_open, old_id, reserved = was.pop("open"), was.pop("id"), was.pop("reserved", False)
    parent = items.by_code(this.tx, this.workspace_id, this.show.id, was.pop("parent", None) or "")
    was["parent_id"] = None if parent is None else parent.id
    item_id = restoring.put_back(this.tx, this.workspace_id, this.show, old_id, code=code, now=this.now, **was)
    items.change(this.tx, this.workspace_id, item_id, open=is_open, reserved=reserved)
    restoring.reattach(this.tx, this.workspace_id, part.entry["claims"], item_id)
    this.items.append(this.item(item_id))


def _reopen(this: _Undoing, part: deeds.Part) -> None:
    """What an unclear comment means: what it came to is taken back, and the comment is unclear again."""
    for claim in claims.of_entry(this.tx, this.workspace_id, this.show.id, part.seq):
        this.claim_id = this.claim_id or claim.id
        if claim.invoice_id is not None and claim.status in ACTIVE:
            label = this.label(claim)
            raise BadInput(
                f"{label} is billed for {claim.item_code} already. Instead: /release {claim.item_code} {label}"
            )
        if claim.status in ACTIVE and claim.item_id is not None:
            this.move(claim, ClaimStatus.RELEASED, this.reason)
        elif claim.status is ClaimStatus.UNMATCHED:
            status = ClaimStatus.RELEASED
            claims.move(this.tx, this.workspace_id, claim.id, status=status, reason=this.reason, now=this.now)
    doubts.reopen(this.tx, this.workspace_id, this.show.id, part.entry["resolves"])


_BACK: Mapping[str, Callable[[_Undoing, deeds.Part], None]] = {
    "release": _give_back,
    "award": _take_back,
    "added": _take_out,
    "changed": _change_back,
    "removed": _put_back,
    VERB: _reopen,
}


def _back_in_line(this: _Undoing, part: deeds.Part) -> list[Claim]:
    """Those promoted by this wait again; returns the ones who cannot, as they are billed."""
    promoted = [this.claim(claim_id) for claim_id in part.entry["promoted"]]
    still = [claim for claim in promoted if claim.status in HOLDING]
    for claim in still:
        if claim.invoice_id is None:
            this.move(claim, ClaimStatus.WAITLISTED, f"back in line; {this.reason}")
    billed = [claim for claim in still if claim.invoice_id is not None]
    this.billed += [claim.id for claim in billed]
    return billed


def _waits_because(this: _Undoing, was: Mapping[str, Any]) -> str:
    """Why a claim waits again: as before, or because whoever was asked is asked anew when it is their turn."""
    return f"back in line; {this.reason}" if was["status"] == ClaimStatus.OFFERED.value else str(was["reason"])


def _why_not(this: _Undoing, item: Item, claim: Claim, label: str, billed: list[Claim]) -> str:
    """Why a piece cannot go back to whom it was taken from, and what to do instead."""
    more = f"/item edit {item.code} x{item.won + item.waiting + claim.quantity} and then /award {item.code} {label}"
    if not billed:
        return f"{item.code} is won by others since, so it cannot go back to {label}. If there are more pieces: {more}"
    first, who = billed[0], this.label(billed[0])
    invoice = invoices.get(this.tx, this.workspace_id, first.invoice_id or 0)
    if invoice is not None and invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR):
        return f"{who} got {item.code} instead and is billed already. Void that first: /void {who} and then /undo"
    return f"{who} got {item.code} instead and paid already. If there are more pieces: {more}"
