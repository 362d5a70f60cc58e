"""Answers comments: what became of every claim, said to its buyer in their language, where the show wants that.

A buyer with an open private chat is told there; else a comment on Facebook is answered below it. In a Telegram group
nobody is answered one by one: the scoreboard says it (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from bot.domain.answer import Answer, answers_to
from bot.domain.claim import ClaimStatus, Stock
from bot.domain.money import Money
from bot.domain.option_stock import item_code
from bot.domain.show import Show
from bot.workflows.ladder import OPEN_FOR
from bot.workflows.tell import Parcel
from messaging.templates import called
from messaging.texts import Texts, choose_language
from storage import answers, claims, templates
from storage.answers import Addressee, Door, NewMessage
from storage.deliveries import BELOW, Delivery
from storage.ledger import NewClaim

ANSWER = "answer"
"""The purpose of such messages."""
FRESH = timedelta(minutes=2)
"""After so long an answer is only given if it is still how things stand."""
STALE = timedelta(minutes=15)
"""After so long it would be about something nobody remembers."""
TOO_LATE = "it came too late to be said"
_LONGEST_NAME = 40
_THEIRS = ("got_it", "waitlisted")
"""What is said of pieces that somebody has or waits for: as many as they were given, which may be fewer than asked."""


class Heeded(NamedTuple):
    """A comment that is to be answered, with what it has come to."""

    channel_id: int
    platform: str
    comment_id: str
    revision: int
    buyer_id: int
    claims: Sequence[NewClaim]
    """Empty for a comment that claims nothing, or nothing any more."""
    kind: str = "which_one"
    """What is said to a comment without claims."""


class _Said(NamedTuple):
    """What is said of an item, as far as several items can share a sentence."""

    kind: str
    position: int | None
    left: int | None


def answer_comments(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    heeded: Sequence[Heeded],
    stock: Mapping[int, Stock],
    now: datetime,
) -> list[Parcel]:
    """Write the answers to a batch of comments down: as many statements for one as for all."""
    if not heeded:
        return []
    buyer_ids = {one.buyer_id for one in heeded}
    people = answers.addressees(tx, workspace_id, buyer_ids)
    doors = _open_doors(answers.doors(tx, workspace_id, buyer_ids), now)
    own = templates.of_workspace(tx, workspace_id)
    named = answers.titles(
        tx, workspace_id, {claim.item_id for one in heeded for claim in one.claims if claim.item_id is not None}
    )
    messages = []
    for one in heeded:
        person = people.get(one.buyer_id)
        place = _place(one, doors)
        if person is None or person.silent or place is None:
            continue
        texts = Texts(choose_language(person.language, show.market), own)
        if text := _text(texts, person, one, show, stock, named):
            channel_id, chat_id = place
            key = f"{ANSWER}:{one.channel_id}:{one.revision}:{one.comment_id}"
            messages.append(NewMessage(key, None, channel_id, chat_id, text, []))
    made = answers.queue_all(tx, workspace_id, ANSWER, messages, now)
    return [
        Parcel(delivery_id=delivery_id, attempt=1, chat=f"{channel_id}:{chat_id}")
        for delivery_id, _, channel_id, chat_id in made
    ]


def came_too_late(tx: sa.Connection, delivery: Delivery, now: datetime) -> bool:
    """Whether an answer is better not given any more: what it says has changed, or nobody remembers the question."""
    age = now - delivery.created_at
    if delivery.purpose != ANSWER or age <= FRESH:
        return False
    if age > STALE:
        return True
    _, channel_id, _, comment_id = answers.key_of(tx, delivery.workspace_id, delivery.id).split(":", 3)
    found = claims.of_comments(tx, delivery.workspace_id, int(channel_id), [comment_id])
    return any(claim.decided_at > delivery.created_at for _, claim in found)


def _open_doors(doors: Iterable[Door], now: datetime) -> dict[tuple[int, int], Door]:
    """(buyer, channel) → the private chat in which they can be written to now."""
    return {
        (door.buyer_id, door.channel_id): door
        for door in doors
        if (door.kind == "user" and door.reachable)
        or (door.kind == "psid" and door.last_inbound_at is not None and now - door.last_inbound_at < OPEN_FOR)
    }


def _place(one: Heeded, doors: Mapping[tuple[int, int], Door]) -> tuple[int, str] | None:
    """(channel, chat) of the answer; None where there is none to be given."""
    door = doors.get((one.buyer_id, one.channel_id))
    if door is not None:
        return door.channel_id, door.chat_id
    return (one.channel_id, f"{BELOW}{one.comment_id}") if one.platform == "messenger" else None


def _text(
    texts: Texts,
    person: Addressee,
    one: Heeded,
    show: Show,
    stock: Mapping[int, Stock],
    named: Mapping[int, tuple[str, int | None]],
) -> str:
    """What a buyer hears about one comment: items that fared alike share a sentence."""
    name = person.name[:_LONGEST_NAME]
    if not one.claims:
        return texts.say(one.kind, one.comment_id, name=name)
    alike: dict[_Said, list[NewClaim]] = {}
    for claim in one.claims:
        for answer in _answers(claim, person, show, stock):
            alike.setdefault(_Said(answer.kind, answer.position, answer.left), []).append(claim)
    lines = []
    for said, about in alike.items():
        titles = {claim.item_code: named.get(claim.item_id or 0, ("", None)) for claim in about}
        prices = [Money(cents, show.currency) for _, cents in titles.values() if cents is not None]
        lines.append(
            texts.say(
                said.kind,
                one.comment_id,
                name=name,
                code=", ".join(titles),
                title=", ".join(filter(None, (title for title, _ in titles.values()))),
                item=", ".join(dict.fromkeys(_item(said.kind, claim, titles[claim.item_code][0]) for claim in about)),
                price=", ".join(map(str, prices)),
                quantity=sum(claim.quantity for claim in about),
                position=said.position,
                left=said.left,
            )
        )
    return "\n".join(lines)


def _item(kind: str, claim: NewClaim, title: str) -> str:
    """An item as its buyer knows it; what they have or wait for with its options and pieces: “12 Dress (M) ×2”."""
    if kind not in _THEIRS:
        return called(claim.item_code, title)
    options = f" ({', '.join(claim.options)})" if claim.options else ""
    pieces = f" ×{claim.quantity}" if claim.quantity > 1 else ""
    return called(item_code(claim.item_code, claim.options), title) + options + pieces


def _answers(claim: NewClaim, person: Addressee, show: Show, stock: Mapping[int, Stock]) -> Sequence[Answer]:
    """What there is to say; that somebody owes a deposit is for a person to say."""
    return answers_to(
        ClaimStatus(claim.status),
        wanted=claim.quantity,
        position=claim.position,
        stock=stock.get(claim.item_id) if claim.item_id is not None else None,
        limited=show.rules.most_per_buyer is not None and not person.owes,
    )
