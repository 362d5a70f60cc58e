"""Shows how a run is doing: one message, edited while it advances, that ends as the summary."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.money import Money
from bot.kit.errors import OutsideError, Refused
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.follow_feeds import follow_feed
from bot.workflows.place_invoices import GIVEN_UP, REFUSED
from messaging.base import Address, Button, Moved, Outgoing, Where
from storage import buyers, runs, shows

_log = logging.getLogger(__name__)

LOOK_AGAIN = 2.0
"""Seconds between two looks: often enough to feel alive, seldom enough for a chat's limits."""
LOOK_SOON = 0.5
"""Seconds after the first look: most runs are small."""
BAR = 10
MOST_PROBLEMS = 12

_RETRY = Button(title="Try again", payload="invoice retry")
_KINDS = {"invoice": "Invoices", "send": "Links", "remind": "Reminders"}
_MEANINGS = {
    "sent": "sent",
    "paid": "paid",
    "partly_paid": "partly paid",
    "manual": "to copy by hand",
    "failed": "not delivered",
    "unknown": "not sure it arrived",
    REFUSED: "refused",
    GIVEN_UP: "given up",
    "draft": "waiting for a price",
    "void": "void",
}


@dataclass(frozen=True, kw_only=True)
class _Problem:
    label: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Look:
    run: runs.Run
    title: str
    total: int
    counts: Counter[str]
    sum: Money
    problems: Sequence[_Problem]
    waits_for: str
    """Why some of it waits for its provider; empty when none does."""

    @property
    def over(self) -> bool:
        return not self.counts[""]


async def show_progress(assistant: Assistant, workspace_id: int, run_id: int) -> float | None:
    """Show where the run stands; seconds until the next look, or None when it is over."""
    look = await assistant.database.read(_look, workspace_id, run_id)
    if look is None or look.run.finished_at is not None:
        return None
    connected = assistant.on(look.run.channel_id) if look.run.channel_id is not None else None
    shown = connected is None or not look.run.chat_id or await _show(assistant, connected, look)
    if not look.over or not shown:
        return LOOK_SOON if connected is not None and look.run.message_id is None else LOOK_AGAIN
    await assistant.database.write(runs.finish, workspace_id, run_id, assistant.now())
    assistant.run_texts.pop(run_id, None)
    return None


async def _show(assistant: Assistant, connected: Connected, look: _Look) -> bool:
    """Whether the message says what there is to say, or never will."""
    run, platform = look.run, connected.platform
    message = Outgoing(
        to=Address(where=Where.CHAT, id=run.chat_id),
        text=_text(look)[: platform.text_limit],
        tag=f"run:{run.id}",
        buttons=((_RETRY,),) if look.over and look.counts[GIVEN_UP] else (),
    )
    if run.message_id is not None and assistant.run_texts.get(run.id) == message.text:
        return True
    try:
        if run.message_id is None or (look.over and not platform.can_edit):
            with await platform.turn(message.to):
                sent = await platform.send(message)
            await assistant.database.write(runs.show_in, run.workspace_id, run.id, sent.message_id)
        elif platform.can_edit:
            with await platform.turn(message.to):
                await platform.edit(run.chat_id, run.message_id, message)
    except Moved as moved:
        assert run.channel_id is not None, "it was shown on a channel"
        await assistant.database.write(follow_feed, run.workspace_id, run.channel_id, old=moved.feed_id, new=moved.to)
        return False
    except OutsideError as trouble:
        # The work itself does not depend on the message about it.
        _log.warning("progress of run %s could not be shown: %s", run.id, trouble)
        return isinstance(trouble, Refused)
    assistant.run_texts[run.id] = message.text
    return True


def _look(tx: sa.Connection, workspace_id: int, run_id: int) -> _Look | None:
    run = runs.get(tx, workspace_id, run_id)
    if run is None:
        return None
    show = shows.get(tx, workspace_id, run.show_id)
    assert show is not None, "runs refer to their show"
    parts = runs.parts(tx, workspace_id, run_id)
    trouble = [part for part in parts if part.outcome not in ("", "sent", "paid", "partly_paid", "replaced")]
    who = buyers.many(tx, workspace_id, {part.buyer_id for part in trouble})
    return _Look(
        run=run,
        title=show.title,
        total=len(parts),
        counts=Counter(part.outcome for part in parts),
        sum=Money(sum(part.amount_cents for part in parts), show.currency),
        waits_for=next((part.reason for part in parts if not part.outcome), ""),
        problems=[
            _Problem(
                label=who[part.buyer_id].label if part.buyer_id in who else "?",
                outcome=part.outcome,
                reason=part.reason,
            )
            for part in trouble
        ],
    )


def _text(look: _Look) -> str:
    done = look.total - look.counts[""]
    what = _KINDS[look.run.kind]
    if not look.over:
        full = done * BAR // look.total
        bar = f"{'▓' * full}{'░' * (BAR - full)} {done} of {look.total}"
        return f"{what} for {look.title}\n{bar}{_counts(look)}{_waits(look)}"
    lines = [f"{what} for {look.title}: {look.total}, {look.sum}{_counts(look)}"]
    lines += [
        f"• {problem.label}: {_MEANINGS.get(problem.outcome, problem.outcome.replace('_', ' '))}"
        + (f" — {problem.reason}" if problem.reason else "")
        for problem in look.problems[:MOST_PROBLEMS]
    ]
    if len(look.problems) > MOST_PROBLEMS:
        lines.append(f"… and {len(look.problems) - MOST_PROBLEMS} more: /status")
    if look.counts[REFUSED]:
        lines.append("When that is mended: /invoice retry")
    elif look.counts[GIVEN_UP]:
        lines.append("I tried as often as helps. Nothing is billed twice by trying again: /invoice retry")
    if look.run.kind != "remind" and (look.counts["manual"] or look.counts["failed"]):
        lines.append("To send links again: /send all")
    return "\n".join(lines)


def _waits(look: _Look) -> str:
    return f"\n{look.waits_for.rstrip('.')}. I go on as soon as it answers." if look.waits_for else ""


def _counts(look: _Look) -> str:
    shown = [f"{look.counts[outcome]} {meaning}" for outcome, meaning in _MEANINGS.items() if look.counts[outcome]]
    return "\n" + ", ".join(shown) if shown else ""
