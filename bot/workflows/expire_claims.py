"""Expires claims: whose time to answer or to pay is up loses the item, and the next in line gets it.

Buyers who pay first have no time at all: what they have not paid goes as soon as somebody else waits for it.

Money beats the clock. What is paid keeps its item; what is paid after its time was up gets it back if it is still free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from bot.domain.buyer import Buyer
from bot.domain.claim import Claim, ClaimStatus
from bot.domain.invoice import HAS_MONEY, Invoice
from bot.domain.show import Show
from bot.workflows import move_claims
from bot.workflows.answer_turns import NO_ANSWER
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.late_payments import NOT_PAID
from bot.workflows.tell import Parcel, hand_over, tell_buyer, tell_operators
from bot.workflows.tell_promoted import facts_of_all, tell_promoted, titles_of
from bot.workflows.void_invoices import TO_BE_VOIDED, order_void
from storage import buyers, claims, first_paid, holds, invoices, items, shows

PAID_AFTER_ALL = "paid after all"

AT_ONCE = 100
"""Claims of a show that are taken in one transaction."""
_NAMED = 20
"""Claims that are named to the operators one by one."""


@dataclass(kw_only=True)
class _Expiring:
    """What happens to a locked show when time is up for some of its claims."""

    tx: sa.Connection
    workspace_id: int
    show: Show
    now: datetime
    yielding: frozenset[int]
    """Claims of buyers who pay first, which others wait for."""
    unpaid: list[Claim] = field(default_factory=list)
    yielded: list[Claim] = field(default_factory=list)
    unanswered: list[Claim] = field(default_factory=list)
    promoted: list[Claim] = field(default_factory=list)
    honoured: list[Claim] = field(default_factory=list)
    to_refund: list[Claim] = field(default_factory=list)
    voided: dict[int, Invoice] = field(default_factory=dict)
    """Unpaid invoices that billed what was taken back."""


async def expire_claims(assistant: Assistant) -> int:
    """Take back whatever is due by now, in every show; returns how many shows there were."""
    found = await assistant.database.read(_where, assistant.now())
    for workspace_id, show_id in found:
        parcels, to_be_voided = await assistant.database.write(_expire, workspace_id, show_id, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
        for invoice_id in to_be_voided:
            await order_void(assistant, workspace_id, invoice_id)
    return len(found)


def _where(tx: sa.Connection, now: datetime) -> list[tuple[int, int]]:
    """The shows in which something is to be taken back."""
    yielding = {(one.workspace_id, one.show_id) for one in first_paid.yielding(tx, now)}
    return sorted(yielding | set(holds.due_shows(tx, now)))


def _expire(tx: sa.Connection, workspace_id: int, show_id: int, now: datetime) -> tuple[list[Parcel], list[int]]:
    show = shows.lock(tx, workspace_id, show_id)
    assert show is not None, "shows are never deleted"
    due = holds.due(tx, workspace_id, show_id, now, limit=AT_ONCE)
    yielding = [one.claim_id for one in first_paid.yielding(tx, now, of=(workspace_id, show_id))]
    claim_ids = [*due, *yielding][:AT_ONCE]
    here = _Expiring(tx=tx, workspace_id=workspace_id, show=show, now=now, yielding=frozenset(yielding))
    billed = _hold_invoices(here, claim_ids)
    found = [
        (claim, billed.get(claim.invoice_id or 0))
        for claim in claims.many(tx, workspace_id, claim_ids)  # again, now that nobody else can bill or pay them
        if claim.invoice_id is None or claim.invoice_id in billed  # one that moved on is for the next look
    ]
    for claim, invoice in found:
        _end(here, claim, invoice)
    for claim, invoice in found:
        if claim.status is ClaimStatus.RELEASED:
            _pay_after_all(here, claim, invoice)
    for item_id, code in {
        (claim.item_id, claim.item_code) for claim in (*here.unpaid, *here.yielded, *here.unanswered)
    }:
        if item_id is not None:
            here.promoted += move_claims.serve_freed(tx, workspace_id, show, item_id, code, now)
    return _tell(here), list(here.voided)


def _hold_invoices(here: _Expiring, claim_ids: Sequence[int]) -> dict[int, Invoice]:
    """The invoices that bill these claims, held in the order of their ids."""
    ids = sorted(
        {
            claim.invoice_id
            for claim in claims.many(here.tx, here.workspace_id, claim_ids)
            if claim.invoice_id is not None
        }
    )
    found = (invoices.lock(here.tx, here.workspace_id, invoice_id) for invoice_id in ids)
    return {invoice.id: invoice for invoice in found if invoice is not None}


def _end(here: _Expiring, claim: Claim, billed: Invoice | None) -> None:
    """The time of one claim is up."""
    if claim.status is ClaimStatus.OFFERED:
        _take_back(here, claim, kind="turn", verb="passed", reason=NO_ANSWER)
        here.unanswered.append(claim)
    elif claim.status is ClaimStatus.RELEASED:
        pass  # money came for it: that is looked at when all is free that can be
    elif claim.status is not ClaimStatus.WINNER or (billed is not None and billed.status in HAS_MONEY):
        holds.end_at(here.tx, here.workspace_id, claim.id, None)
    elif billed is not None and billed.is_being_made:
        pass  # it is being made right now, so it cannot be closed; the next look has it
    else:
        _take_back(here, claim, kind="hold", verb="expired", reason=NOT_PAID)
        (here.yielded if claim.id in here.yielding else here.unpaid).append(claim)
        if billed is not None and billed.status in TO_BE_VOIDED:
            here.voided[billed.id] = billed


def _take_back(here: _Expiring, claim: Claim, *, kind: str, verb: str, reason: str) -> None:
    move_claims.release(
        here.tx, here.workspace_id, here.show, claim, kind=kind, verb=verb, reason=reason, now=here.now, serve=False
    )


def _pay_after_all(here: _Expiring, claim: Claim, billed: Invoice | None) -> None:
    """It was paid when it was taken back already: theirs again, as long as it is free."""
    tx, workspace_id = here.tx, here.workspace_id
    holds.end_at(tx, workspace_id, claim.id, None)
    if billed is None or billed.status not in HAS_MONEY:
        return
    item = items.lock(tx, workspace_id, [claim.item_id])[claim.item_id] if claim.item_id is not None else None
    if item is None or claim.quantity > item.left:
        here.to_refund.append(claim)
        return
    claims.move(tx, workspace_id, claim.id, status=ClaimStatus.WINNER, reason=PAID_AFTER_ALL, now=here.now)
    items.change(tx, workspace_id, item.id, won=item.won + claim.quantity)
    move_claims.write_down(
        tx,
        workspace_id,
        here.show,
        kind="hold",
        verb="honoured",
        buyer_id=claim.buyer_id,
        status=ClaimStatus.WINNER.value,
        reason=PAID_AFTER_ALL,
        entry={"claim": claim.id, "item": claim.item_code, "was": move_claims.was(claim)},
        now=here.now,
    )
    shows.note(tx, workspace_id, here.show.id, here.now)
    here.honoured.append(claim)


# --- who is told -----------------------------------------------------------------------------------------------


def _tell(here: _Expiring) -> list[Parcel]:
    """One message to each buyer, and one to the operators."""
    parcels = tell_promoted(here.tx, here.workspace_id, here.promoted, here.now)
    moved = [*here.unpaid, *here.yielded, *here.unanswered, *here.honoured, *here.to_refund]
    if not moved:
        return parcels
    seq = shows.next_seq(here.tx, here.workspace_id, here.show.id)
    people = buyers.many(
        here.tx,
        here.workspace_id,
        {claim.buyer_id for claim in (*moved, *here.promoted) if claim.buyer_id is not None},
    )
    titles = titles_of(here.tx, here.workspace_id, here.show.id)
    for buyer_id in sorted({claim.buyer_id for claim in moved if claim.buyer_id is not None} & people.keys()):
        if text := _for_buyer(here, buyer_id, titles):
            key = f"expired:{here.show.id}:{buyer_id}:{seq}:{here.now.timestamp()}"
            parcels += tell_buyer(here.tx, here.workspace_id, buyer_id, text, purpose="expiry", key=key, now=here.now)
    text = "\n".join(_for_operators(here, people))
    key = f"expired:{here.show.id}:{seq}:{here.now.timestamp()}"
    return parcels + tell_operators(here.tx, here.workspace_id, text, key=key, now=here.now)


def _for_buyer(here: _Expiring, buyer_id: int, titles: Mapping[str, str]) -> str:
    told = {
        "hold_over": here.unpaid,
        "hold_yielded": here.yielded,
        "turn_over": here.unanswered,
        "late_paid": here.honoured,
        "late_lost": here.to_refund,
    }
    texts = texts_for(here.tx, here.workspace_id, buyer_id, here.show.id)
    theirs = {kind: [claim for claim in ended if claim.buyer_id == buyer_id] for kind, ended in told.items()}
    return " ".join(texts.say(kind, **facts_of_all(ended, titles)) for kind, ended in theirs.items() if ended)


def _for_operators(here: _Expiring, people: dict[int, Buyer]) -> list[str]:
    by_time = here.unpaid or here.unanswered or here.honoured or here.to_refund
    lines = [f"“{here.show.title}”: time is up." if by_time else f"“{here.show.title}”: first paid, first served."]
    for ended, words in (
        (here.unpaid, "Not paid"),
        (here.yielded, "Not paid, and others wait"),
        (here.unanswered, "No answer"),
    ):
        if ended:
            lines.append(f"{words}: {_listed(ended, people)}")
    got = [claim for claim in here.promoted if claim.status is ClaimStatus.WINNER]
    asked = [claim for claim in here.promoted if claim.status is ClaimStatus.OFFERED]
    for next_ones, words in ((got, "Next in line has it"), (asked, "Next in line is asked")):
        if next_ones:
            lines.append(f"{words}: {_listed(next_ones, people)}")
    if here.voided:
        closed = [people[invoice.buyer_id].label for invoice in here.voided.values() if invoice.buyer_id in people]
        lines.append(f"Their unpaid invoices are being voided: {_cut(closed)}")
        rest = [
            people[invoice.buyer_id].label
            for invoice in here.voided.values()
            if invoice.buyer_id in people and _keeps_some(here, invoice)
        ]
        if rest:
            lines.append(f"Some of it they still have. When those are void: /invoice {rest[0]}{_more(rest[1:])}")
    if here.honoured:
        lines.append(f"Paid after all, and theirs again: {_listed(here.honoured, people)}")
    if here.to_refund:
        lines.append(
            f"Paid when it was gone already: {_listed(here.to_refund, people)}. Send the money back with /refund; "
            f"or, if there are more pieces, add them with /item edit and give it with /award."
        )
    return lines


def _keeps_some(here: _Expiring, invoice: Invoice) -> bool:
    billed = claims.on_invoice(here.tx, here.workspace_id, invoice.id)
    return any(claim.status is ClaimStatus.WINNER for claim in billed)


def _more(labels: Sequence[str]) -> str:
    return f", and so on for {_cut(labels)}" if labels else ""


def _listed(about: Sequence[Claim], people: dict[int, Buyer]) -> str:
    known = [(claim, people[claim.buyer_id].label) for claim in about if claim.buyer_id in people]
    return _cut(
        [f"{claim.item_code}{f' ×{claim.quantity}' if claim.quantity > 1 else ''} {who}" for claim, who in known]
    )


def _cut(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
