"""Gives up durable work that failed for a reason nobody foresaw: written down once, told shortly, left to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.kit.errors import LiveAssistError, OutsideError
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.deliver_messages import break_off
from bot.workflows.list_stuck import KINDS, what_it_was
from bot.workflows.place_invoices import refuse
from bot.workflows.tell import Parcel, hand_over, tell_operators
from messaging.base import Button
from storage import dead_letters, deliveries

LONGEST_REASON = 200
QUIET = timedelta(minutes=10)
"""How long one message speaks for everything of its kind that gives up after it: a hundred would help nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of durable work, as its key names it."""

    workspace_id: int
    kind: str
    subject_id: int
    attempt: int


async def give_up(assistant: Assistant, work: Work, reason: str) -> None:
    """Leave work to the operators, who are told; once per attempt, however often it is found."""
    parcels = await assistant.database.write(_give_up, work, reason, assistant.now())
    await hand_over(assistant, work.workspace_id, parcels)


def in_words(failure: Exception) -> str:
    """Why work failed, fit to be read and kept: one line, without secrets and without what was in the statement."""
    if isinstance(failure, LiveAssistError):
        said = failure.message
    elif isinstance(failure, sa.exc.SQLAlchemyError):
        said = f"the database did not do its part ({type(getattr(failure, 'orig', None) or failure).__name__})"
    else:
        said = f"something went wrong here ({type(failure).__name__}: {failure})"
    return redact(" ".join(said.split()))[:LONGEST_REASON]


def _give_up(tx: sa.Connection, work: Work, reason: str, now: datetime) -> list[Parcel]:
    workspace_id, kind, subject_id = work.workspace_id, work.kind, work.subject_id
    new = dead_letters.keep(
        tx, workspace_id, kind=kind, subject_id=subject_id, attempt=work.attempt, reason=reason, now=now
    )
    if not new:
        return []
    if kind == "deliver":
        parcels = break_off(tx, workspace_id, subject_id, now, reason)
        # A message about a message that cannot be sent to this chat would be the next one to give up.
        if parcels or _is_to_a_chat(tx, workspace_id, subject_id):
            return parcels
    if kind == "invoice":
        refuse(tx, workspace_id, subject_id, OutsideError(reason))
    if dead_letters.count_since(tx, workspace_id, kind, now - QUIET) > 1:
        return []
    what = what_it_was(tx, workspace_id, kind, subject_id)
    return tell_operators(
        tx,
        workspace_id,
        f"I gave up {what}: {reason.rstrip('.')}. Should there be more of it: /stuck",
        key=f"gave-up:{kind}:{subject_id}:{work.attempt}",
        now=now,
        buttons=[[Button(title="Try again", payload=f"stuck retry {kind} {subject_id}")]] if kind in KINDS else [],
    )


def _is_to_a_chat(tx: sa.Connection, workspace_id: int, delivery_id: int) -> bool:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    return delivery is None or delivery.buyer_id is None
