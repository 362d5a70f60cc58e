"""Commands about unclear comments: the list of them, and the tap that says what one means."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.naming import line_of
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.claim import Claim, ClaimStatus
from bot.workflows.list_doubts import Unclear, list_doubts
from bot.workflows.resolve_doubts import NOTHING, Resolved, resolve_doubt
from messaging.base import Button

commands = Commands()

MOST_LISTED = 5
MOST_BUTTONS = 12
"""A message on Messenger takes no more than thirteen, and one may be for the rest."""
_SHOWN = 200
"""Characters of a comment that are repeated."""


@commands.add("doubts", topic="claims")
async def doubts(context: Context) -> Reply | str:
    """list comments that can be read in two ways, oldest first, with a button for each meaning

    What you tap is decided at that moment, by the same rules as a comment.
    """
    show, found, count = await context.assistant.database.write(list_doubts, context.workspace_id, limit=MOST_LISTED)
    if not found:
        return f"Nothing is unclear in “{show.title}”."
    lines = ["1 comment is unclear:" if count == 1 else f"{count} comments are unclear:"]
    rows: list[tuple[Button, ...]] = []
    listed = 0
    for one in found:
        own = _buttons(one, f"{listed + 1}: " if count > 1 else "")
        if sum(map(len, rows + own)) > MOST_BUTTONS:
            break
        listed += 1
        lines.append(f"{listed}. {_line(one, context.now - one.doubt.commented_at)}")
        rows += own
    if count > listed:
        lines.append(f"… and {count - listed} more")
    return Reply(text="\n".join(lines), buttons=tuple(rows))


@commands.add("doubts <show> <entry> <choice>", topic="")
async def resolve(context: Context, show: str, entry: str, choice: str) -> Reply | str:
    """say what an unclear comment means; the last number is the choice, 0 for nothing"""
    numbers = [int(text[:18]) if text.isdecimal() else -1 for text in (show, entry, choice)]
    resolved = await resolve_doubt(context.assistant, context.workspace_id, *numbers, by=context.by, key=context.key)
    return Reply(
        text="\n".join(_said(resolved)),
        buttons=button(f"{resolved.open} more", "doubts") if resolved.open else (),
    )


def _said(resolved: Resolved) -> list[str]:
    if not resolved.claims:
        return [f"“{resolved.text}” claims nothing."]
    return [f"{line_of(claim)} → {resolved.buyer}{_state(claim)}" for claim in resolved.claims]


def _state(claim: Claim) -> str:
    if claim.status is ClaimStatus.WINNER:
        return ""
    if claim.status is ClaimStatus.WAITLISTED:
        return f", who waits: {claim.reason}"
    return f"? No: {claim.reason}"


def _buttons(one: Unclear, number: str) -> list[tuple[Button, ...]]:
    where = f"doubts {one.doubt.show_id} {one.doubt.seq}"
    choices = [*one.choices, (NOTHING, "Nothing")]
    row = [
        shown for choice, title in choices for row in button(f"{number}{title}", f"{where} {choice}") for shown in row
    ]
    return [tuple(row[at : at + 3]) for at in range(0, len(row), 3)]


def _line(one: Unclear, ago: timedelta) -> str:
    text = " ".join(one.doubt.text.split())
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"
    line = f"{one.buyer}, {_ago(ago)}: “{shown}”. Unclear because: {one.doubt.reason.removesuffix('?')}."
    return line if one.choices else f"{line} If it is a claim: /award <code> {one.buyer}"


def _ago(ago: timedelta) -> str:
    minutes = max(0, int(ago.total_seconds() // 60))
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
