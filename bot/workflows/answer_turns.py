"""Answers turns: the buyer an item is offered to takes it, or lets it go to the next in line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus
from bot.domain.show import Show
from bot.workflows import move_claims
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.tell import Parcel, hand_over, tell_chat
from bot.workflows.tell_promoted import about, kept_for, tell_promoted
from messaging.base import Message
from messaging.texts import Texts
from storage import buyers, claims, holds, shows
from storage.channels import Channel
from storage.deliveries import REPLY

TOOK_IT = "took it when asked"
NO_THANKS = "said no thanks"
NO_ANSWER = "no answer in time"


async def answer_turn(
    assistant: Assistant, channel: Channel, message: Message, claim_id: int, *, yes: bool, inbox_id: int
) -> None:
    """Act on the button a buyer tapped, and answer it; a second tap, or one that comes too late, changes nothing."""
    parcels = await assistant.database.write(
        _answer, channel, message, claim_id, yes=yes, inbox_id=inbox_id, now=assistant.now()
    )
    await hand_over(assistant, channel.workspace_id, parcels)


def _answer(
    tx: sa.Connection, channel: Channel, message: Message, claim_id: int, *, yes: bool, inbox_id: int, now: datetime
) -> list[Parcel]:
    workspace_id = channel.workspace_id
    found = claims.get(tx, workspace_id, claim_id)
    who = _who(tx, channel, message, found)
    show = shows.lock(tx, workspace_id, found.show_id) if found is not None else None
    claim = claims.get(tx, workspace_id, claim_id)  # again, now that nobody else can move it
    parcels: list[Parcel] = []
    texts = texts_for(tx, workspace_id, next(iter(who), 0), show.id if show is not None else None)
    if show is None or claim is None or claim.buyer_id not in who:
        text = texts.say("turn_not_yours")
    elif claim.status is not ClaimStatus.OFFERED:
        text = _too_late(tx, workspace_id, texts, claim, yes=yes)
    elif yes:
        taken = _take(tx, workspace_id, show, claim, now)
        text = texts.say("turn_taken", **about(tx, workspace_id, taken)) + kept_for(texts, taken, now)
    else:
        moved = move_claims.release(
            tx, workspace_id, show, claim, kind="turn", verb="declined", reason=NO_THANKS, now=now
        )
        parcels = tell_promoted(tx, workspace_id, moved.promoted, now)
        text = texts.say("turn_declined", **about(tx, workspace_id, claim))
    return parcels + tell_chat(
        tx,
        workspace_id,
        channel_id=channel.id,
        chat_id=message.chat_id,
        text=text,
        key=f"reply:{inbox_id}",
        purpose=REPLY,
        now=now,
    )


def _who(tx: sa.Connection, channel: Channel, message: Message, claim: Claim | None) -> Collection[int]:
    """The buyer who tapped, who can be written to now.

    On Messenger a private reply tells us the id of whom it went to, and nobody else has its button: a tap may be faster
    than our note of that.
    """
    workspace_id, person = channel.workspace_id, message.person
    key = (channel.id, person.kind, person.id)
    who = buyers.known(tx, workspace_id, [key])
    if not who and claim is not None and claim.buyer_id is not None and person.kind == "psid":
        buyers.link_identity(
            tx, workspace_id, claim.buyer_id, channel_id=channel.id, kind=person.kind, platform_user_id=person.id
        )
        who = buyers.known(tx, workspace_id, [key])
    # After whatever was linked meanwhile has been seen: whom we know we also note as reachable.
    buyers.set_reachable(tx, workspace_id, channel.id, person.id, reachable=True, heard_at=message.sent_at)
    return who.values()


def _take(tx: sa.Connection, workspace_id: int, show: Show, claim: Claim, now: datetime) -> Claim:
    claims.move(tx, workspace_id, claim.id, status=ClaimStatus.WINNER, reason=TOOK_IT, now=now)
    holds.begin(tx, workspace_id, show, [claim.id], now)
    move_claims.write_down(
        tx,
        workspace_id,
        show,
        kind="turn",
        verb="taken",
        buyer_id=claim.buyer_id,
        status=ClaimStatus.WINNER.value,
        reason=TOOK_IT,
        entry={"claim": claim.id, "item": claim.item_code, "was": move_claims.was(claim)},
        now=now,
    )
    shows.note(tx, workspace_id, show.id, now)
    taken = claims.get(tx, workspace_id, claim.id)
    assert taken is not None, "claims are never deleted"
    return taken


def _too_late(tx: sa.Connection, workspace_id: int, texts: Texts, claim: Claim, *, yes: bool) -> str:
    """What to say about a turn that is over."""
    facts = about(tx, workspace_id, claim)
    if claim.status is ClaimStatus.WINNER:
        return texts.say("turn_yours_already" if yes else "turn_kept", **facts)
    if claim.status is ClaimStatus.WAITLISTED:
        return texts.say("turn_not_yet", **facts, position=claim.position)
    return texts.say("turn_gone" if claim.reason == NO_THANKS else "turn_missed", **facts)
