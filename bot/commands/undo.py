"""The command that takes back what was done last."""

from __future__ import annotations

from bot.commands.item_lines import barred, describe
from bot.commands.naming import goes_to, line_of, names
from bot.commands.table import Commands, Context, Reply
from bot.domain.claim import ClaimStatus
from bot.workflows.resolve_doubts import VERB
from bot.workflows.undo_last import Undone, undo_last

commands = Commands()


@commands.add("undo", topic="claims")
async def undo(context: Context) -> Reply | str:
    """take back the last release, award, choice or change of an item, whoever did it; once more goes further back

    Those who got something by it lose it again, and are told. What is billed since stays: then I say what to do.
    """
    show = await context.show()
    undone = await undo_last(context.assistant, context.workspace_id, show.id, by=context.by, key=context.key)
    whose = "" if undone.by == context.by else f" what {undone.by} did"
    parts = [_what(undone)]
    for claim, label in undone.lost:
        waits = f" waits again, number {claim.position}" if claim.status is ClaimStatus.WAITLISTED else " lost it"
        parts.append(f"{label}{waits}")
    parts += [goes_to(claim, label) for claim, label in undone.won]
    bill = f" The invoice it was on is void or will be; then: /invoice {undone.buyer}" if undone.was_billed else ""
    return f"Undone{whose}: {'; '.join(parts)}.{bill}"


def _what(undone: Undone) -> str:
    if undone.what == VERB:
        released = undone.claim is not None and undone.claim.status is ClaimStatus.RELEASED
        lost = f"{line_of(undone.claim)} taken back from {undone.buyer}; " if undone.claim and released else ""
        return f"{lost}that comment is unclear again: /doubts"
    if undone.claim is not None:
        return _about_claim(undone)
    if undone.what == "changed":
        return f"{'; '.join(f'{describe(item)}{barred(item)}' for item in undone.items)} again"
    if undone.what == "removed":
        return f"{describe(undone.items[0])} is back"
    gone = names(f"{item.code} {item.title}".strip() for item in undone.items)
    return f"{gone} {'is' if len(undone.items) == 1 else 'are'} out again"


def _about_claim(undone: Undone) -> str:
    claim = undone.claim
    assert claim is not None, "it is about one"
    if claim.status is ClaimStatus.WINNER:
        return f"{undone.buyer} has {line_of(claim)} again"
    if claim.status is ClaimStatus.OFFERED:
        return f"{line_of(claim)} is offered to {undone.buyer} again"
    waits = f"waits for {line_of(claim)} again, number {claim.position}"
    if undone.what == "release":
        return f"{undone.buyer} {waits}"
    if claim.status is ClaimStatus.WAITLISTED:
        return f"{line_of(claim)} taken back from {undone.buyer}, who {waits}"
    return f"{line_of(claim)} taken back from {undone.buyer}"
