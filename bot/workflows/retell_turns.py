"""Tells again what the clock and buyers' answers did: offers taken or not, holds that ended, money that came late."""

from __future__ import annotations

from bot.domain.claim import ClaimStatus
from bot.workflows.answer_turns import NO_ANSWER, NO_THANKS, TOOK_IT
from bot.workflows.expire_claims import PAID_AFTER_ALL
from bot.workflows.late_payments import NOT_PAID
from bot.workflows.retell_entries import Differs, Teller, call, check
from storage.replaying import KeptEntry

_REASONS = {
    ("turn", "taken"): (ClaimStatus.OFFERED, TOOK_IT),
    ("turn", "declined"): (ClaimStatus.OFFERED, NO_THANKS),
    ("turn", "passed"): (ClaimStatus.OFFERED, NO_ANSWER),
    ("hold", "expired"): (ClaimStatus.WINNER, NOT_PAID),
    ("hold", "honoured"): (ClaimStatus.RELEASED, PAID_AFTER_ALL),
}
"""What happens to a claim by the clock or by its buyer's word → (what the claim has to be, why it is moved)."""


def by_the_clock(teller: Teller, entry: KeptEntry) -> None:
    """A claim that was offered is taken or not; one that was won is not paid in time, or paid after all."""
    if entry.verb == "served":
        code = entry.facts["item"]
        check("serving", code, code if code in teller.unserved else "nothing that was freed")
        teller.unserved.discard(code)
        teller.check_named("promoted:", entry.facts["promoted"], teller.serve(code))
        return
    (claim,) = teller.named([entry.facts["claim"]])
    if (entry.kind, entry.verb) not in _REASONS:
        raise Differs(f"{entry.kind} {entry.verb}", "nothing that happens in a show")
    needed, reason = _REASONS[entry.kind, entry.verb]
    if claim.status is not needed or (needed is ClaimStatus.RELEASED and claim.reason != NOT_PAID):
        raise Differs(f"{entry.verb}: {call([claim.key])}", f"that it was {claim.status} ({claim.reason}) by then")
    check("because", entry.reason, reason)
    if entry.verb in ("taken", "honoured"):
        teller.check_claim(entry, claim)
        check("", entry.status, ClaimStatus.WINNER.value)
        teller.book.move(claim, ClaimStatus.WINNER, reason)
    else:
        at_once = entry.verb == "declined"
        teller.take_back(entry, claim, serve=at_once)
        if not at_once and claim.item is not None:
            teller.unserved.add(claim.item)
