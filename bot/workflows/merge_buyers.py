"""Merges two buyers who are one person: everything of the one becomes the other's, in every show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.buyer import LONGEST_NOTE, Buyer
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.greet_buyers import send_stuck
from bot.workflows.ladder import next_rung
from bot.workflows.move_claims import write_down
from bot.workflows.tell import Parcel, hand_over
from storage import buyers, merging, shows
from storage.buyers import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """Two buyers before they are one, and how much goes along."""

    kept: Buyer
    gone: Buyer
    moves: Mapping[str, int]
    """How many `claims`, `invoices` and `identities` go along."""


def look_before(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> Merging:
    """What merging two buyers would do. Raises BadInput when they are one already."""
    kept, gone = _two(tx, workspace_id, kept_id, gone_id)
    return Merging(kept=kept, gone=gone, moves=merging.counts(tx, workspace_id, gone.id))


async def merge_buyers(assistant: Assistant, workspace_id: int, kept_id: int, gone_id: int, *, by: str) -> Merging:
    """Make the second buyer a part of the first, for good. Raises BadInput when they are one already.

    It is done once, however often it is asked for. If that shows a way to the buyer, what did not reach them goes out.
    """
    merged, parcels = await assistant.database.write(_merge, workspace_id, kept_id, gone_id, by, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return merged


def _merge(
    tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int, by: str, now: datetime
) -> tuple[Merging, list[Parcel]]:
    shows.lock_all(tx, workspace_id)  # no comment is decided meanwhile, and none of them by whom they were before
    merging.lock(tx, workspace_id, *(one.id for one in _two(tx, workspace_id, kept_id, gone_id)))
    merged = look_before(tx, workspace_id, kept_id, gone_id)
    kept, gone = merged.kept, merged.gone
    before, more = (buyers.identities_of(tx, workspace_id, one.id) for one in (kept, gone))
    for show_id, claim_ids in merging.claims_by_show(tx, workspace_id, gone.id).items():
        show = shows.get(tx, workspace_id, show_id)
        assert show is not None, "claims are of a show"
        write_down(
            tx,
            workspace_id,
            show,
            kind="merge",
            buyer_id=kept.id,
            reason=f"{gone.label} is {kept.label}; merged by {by}",
            entry={"kept": kept.id, "gone": gone.id, "claims": claim_ids, "by": by},
            now=now,
        )
        shows.note(tx, workspace_id, show_id, now)
    merging.move(tx, workspace_id, kept.id, gone.id, now)
    buyers.set_flags(tx, workspace_id, kept.id, **dict(_stricter(kept, gone)))
    shows.forget_people(tx, workspace_id)
    is_found = _can_be_written_to(more, now) and not _can_be_written_to(before, now)
    return merged, send_stuck(tx, workspace_id, kept.id) if is_found else []


def _can_be_written_to(identities: Sequence[Identity], now: datetime) -> bool:
    return next_rung(purpose="link", identities=identities, comments=(), tried=(), used=(), now=now) is not None


def _two(tx: sa.Connection, workspace_id: int, kept_id: int, gone_id: int) -> tuple[Buyer, Buyer]:
    known = buyers.many(tx, workspace_id, (kept_id, gone_id))
    if kept_id not in known or gone_id not in known:
        raise BadInput("There is no such buyer. Send /buyers to see them.")
    kept, gone = known[kept_id], known[gone_id]
    if kept.id == gone.id:
        raise BadInput(f"That is one buyer already: {kept.label}. Send /buyer {kept.label}")
    return kept, gone


def _stricter(kept: Buyer, gone: Buyer) -> Iterator[tuple[str, Any]]:
    """What is noted of the one buyer they are now: of two flags the stricter, of two notes both."""
    for flag in ("blocked", "deposit_due", "pays_first"):
        yield flag, getattr(kept, flag) or getattr(gone, flag)
    holds = [one.hold_minutes for one in (kept, gone) if one.hold_minutes is not None]
    yield "hold_minutes", min(holds, default=None)
    yield "note", "\n".join(dict.fromkeys(filter(None, (kept.note, gone.note))))[:LONGEST_NOTE]
    yield "language", kept.language or gone.language
