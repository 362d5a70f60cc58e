"""Decides a batch of comments: who was first, who waits, and why, in the transaction that keeps them.

One batch is one transaction of a handful of statements, however many comments it holds (docs/decisions/0002).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, Decision, Stock, Wish, decide
from bot.domain.reading import Catalogue, Kind, Reading, Rules, normalise_code, read
from bot.domain.show import Show, ShowStatus
from bot.kit.redact import redact
from bot.kit.text import clean_text
from bot.workflows import move_claims
from bot.workflows.tell import Parcel, tell_operators
from bot.workflows.tell_promoted import tell_promoted
from messaging.base import Button, Comment, Person, Verb
from storage import buyers, channels, claims, counters, items, ledger, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A comment, and the channel it came through."""

    channel_id: int
    platform: str
    comment: Comment


@dataclass(slots=True, kw_only=True)
class Effects:
    """What a batch asks of the rest of the house once it is committed."""

    parcels: list[Parcel] = field(default_factory=list)
    """Messages the batch caused, written down in its transaction."""
    people: dict[tuple[int, str, str], int] = field(default_factory=dict)
    """(channel, kind, platform user id) → buyer, for everybody met in the batch."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What can be claimed in a show, remembered as long as its items do not change."""

    version: int
    market: str
    catalogue: Catalogue
    rules: Rules
    ids: dict[str, int]


class Decider:
    """Decides batches; remembers catalogues and the ids of people, which never change, and nothing else."""

    def __init__(self) -> None:
        self._shelves: dict[int, _Shelf] = {}
        self._people: dict[tuple[int, str, str], int] = {}

    def decide(self, tx: sa.Connection, workspace_id: int, heard: Sequence[Heard], now: datetime) -> Effects:
        """Keep and decide these comments. A comment that is already kept changes nothing."""
        effects = Effects()
        batches: dict[int, tuple[Show, list[Heard]]] = {}
        listening = shows.listening(tx, workspace_id)
        chosen = {show.id: channels.chosen_feeds(tx, workspace_id, show.id) for show in listening}
        named = {(channel, feed) for feeds in chosen.values() for channel, ids in feeds.items() for feed in ids}
        muted = _meet_feeds(tx, workspace_id, heard, named, now, effects) if listening else frozenset()
        deaf = 0
        for one in heard:
            show = _show_for(one, listening, chosen)
            if show is None or (one.channel_id, one.comment.feed_id) in muted:
                deaf += 1
                continue
            batches.setdefault(show.id, (show, []))[1].append(one)
        if deaf:
            counters.add(tx, workspace_id, "comments_without_a_show", deaf)
        for show, part in batches.values():
            self._decide_show(tx, workspace_id, show, part, now, effects)
        return effects

    def _decide_show(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        heard: Sequence[Heard],
        now: datetime,
        effects: Effects,
    ) -> None:
        seen = ledger.seen_before(tx, workspace_id, {(one.channel_id, one.comment.comment_id) for one in heard})
        fresh: list[Heard] = []
        for one in heard:
            key = (one.channel_id, one.comment.comment_id, one.comment.verb.value, one.comment.revision)
            if key not in seen:
                seen.add(key)
                fresh.append(one)
        added = [one for one in fresh if one.comment.verb is Verb.ADDED]
        added.sort(key=lambda one: one.comment.written_at)
        gone = {(channel, comment) for channel, comment, verb, _ in seen if verb == Verb.REMOVED.value}
        self._decide_added(tx, workspace_id, show, added, gone, now, effects)
        for one in fresh:
            if one.comment.verb is not Verb.ADDED:
                self._decide_change(tx, workspace_id, show, one, now, effects)

    def _decide_added(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        heard: Sequence[Heard],
        gone: set[tuple[int, str]],
        now: datetime,
        effects: Effects,
    ) -> None:
        if not heard:
            return
        seq = shows.next_seq(tx, workspace_id, show.id)
        shelf = self._shelf(tx, workspace_id, show)
        people = self._meet_people(tx, workspace_id, heard, now, effects)
        readings = [_read(one, shelf, deleted=(one.channel_id, one.comment.comment_id) in gone) for one in heard]
        stock = _stock(tx, workspace_id, show, shelf, readings, people)
        entries: list[ledger.Entry] = []
        wishes: list[ledger.NewClaim] = []
        for one, (text, reading), buyer_id in zip(heard, readings, people, strict=True):
            made = _claims_of(reading, buyer_id, shelf, stock, seq)
            wishes += made
            entries.append(_entry(one, text, seq, buyer_id, made, reading))
            seq += 1
        ledger.write_entries(tx, workspace_id, show.id, entries, now)
        ledger.write_claims(tx, workspace_id, show.id, wishes, now)
        ledger.write_stock(
            tx, workspace_id, show.id, ((s.item_id, s.won, s.waiting) for s in stock.values() if s.holders)
        )
        ledger.write_next_seq(tx, workspace_id, show.id, seq)
        if stock:
            shows.note(tx, workspace_id, show.id, now)

    def _decide_change(
        self, tx: sa.Connection, workspace_id: int, show: Show, one: Heard, now: datetime, effects: Effects
    ) -> None:
        """An edit or a deletion.

        What was written first counts: an edit gives a claim only to a comment that had none. A deleted comment
        gives its items back, unless an invoice bills them already; then the operator decides.
        """
        comment = one.comment
        found = claims.of_comments(tx, workspace_id, one.channel_id, [comment.comment_id])
        active = [claim for _, claim in found if claim.status in ACTIVE and claim.show_id == show.id]
        if comment.verb is Verb.EDITED and not active:
            self._decide_added(tx, workspace_id, show, [one], set(), now, effects)
            return
        reason = "edited after the claim; what was written first counts"
        if comment.verb is Verb.REMOVED:
            reason = "the comment was deleted"
        people = self._meet_people(tx, workspace_id, [one], now, effects)
        reading = Reading(kind=Kind.NONE, claims=(), phone=None, reason=reason)
        seq = shows.take_seq(tx, workspace_id, show)
        entry = _entry(one, _hide_keys(clean_text(comment.text)), seq, people[0], [], reading)
        ledger.write_entries(tx, workspace_id, show.id, [entry], now)
        if comment.verb is not Verb.REMOVED:
            return
        for claim in active:
            if claim.invoice_id is not None:
                effects.parcels += _tell_of_deleted(tx, workspace_id, claim, now)
                continue
            current = claims.get(tx, workspace_id, claim.id)
            assert current is not None, "it was just read"
            moved = move_claims.release(tx, workspace_id, show, current, kind="release", reason=reason, now=now)
            effects.parcels += tell_promoted(tx, workspace_id, moved.promoted, now)

    def _shelf(self, tx: sa.Connection, workspace_id: int, show: Show) -> _Shelf:
        shelf = self._shelves.get(show.id)
        if shelf is None or shelf.version != show.items_version or shelf.market != show.market:
            here = items.of_show(tx, workspace_id, show.id)
            options = sorted({option for item in here for option in item.options})
            shelf = _Shelf(
                version=show.items_version,
                market=show.market,
                catalogue=Catalogue.of([item.code for item in here], options),
                rules=Rules(markets=tuple(show.market.split(",")) if show.market else ()),
                ids={normalise_code(item.code): item.id for item in here},
            )
            if len(self._shelves) > 64:
                self._shelves.clear()
            self._shelves[show.id] = shelf
        return shelf

    def _meet_people(
        self, tx: sa.Connection, workspace_id: int, heard: Sequence[Heard], now: datetime, effects: Effects
    ) -> list[int | None]:
        """The buyer behind each comment; None where the platform does not say."""
        strangers: dict[_PersonKey, buyers.Author] = {}
        for one in heard:
            person = one.comment.author
            if person is not None and (key := _person_key(one.channel_id, person)) not in self._people:
                strangers[key] = buyers.Author(
                    channel_id=one.channel_id,
                    platform=one.platform,
                    kind=person.kind,
                    platform_user_id=person.id,
                    username=clean_text(person.username),
                    name=clean_text(person.name)[:200],
                )
        met = buyers.known(tx, workspace_id, strangers)
        met |= buyers.meet(tx, workspace_id, [who for key, who in strangers.items() if key not in met], now)
        effects.people.update(met)
        everybody = self._people | met if met else self._people
        authors = [one.comment.author for one in heard]
        return [
            everybody[_person_key(one.channel_id, author)] if author is not None else None
            for one, author in zip(heard, authors, strict=True)
        ]

    def remember(self, effects: Effects) -> None:
        """Keep the ids of people met in a batch that is committed now."""
        if len(self._people) > _REMEMBERED:
            self._people.clear()
        self._people.update(effects.people)


_PersonKey = tuple[int, str, str]
_REMEMBERED = 50_000


def _person_key(channel_id: int, person: Person) -> _PersonKey:
    return (channel_id, person.kind, person.id)


def _show_for(one: Heard, listening: Sequence[Show], chosen: dict[int, dict[int, frozenset[str]]]) -> Show | None:
    """The show a comment belongs to: the live one, unless it was written in one that has ended since."""
    feed = one.comment.feed_id
    fits = [
        show
        for show in listening
        if show.hears(one.comment.written_at) and feed in chosen[show.id].get(one.channel_id, (feed,))
    ]
    late = [show for show in fits if show.status is not ShowStatus.LIVE]
    live = [show for show in fits if show.status is ShowStatus.LIVE]
    if (
        late
        and live
        and live[0].started_at is not None
        and one.comment.written_at < live[0].started_at.replace(microsecond=0)
    ):
        return late[0]
    return next(iter(live or late), None)


def _meet_feeds(
    tx: sa.Connection,
    workspace_id: int,
    heard: Sequence[Heard],
    named: set[tuple[int, str]],
    now: datetime,
    effects: Effects,
) -> frozenset[tuple[int, str]]:
    """Remember the feeds heard for the first time, and name those that are muted.

    A group nobody `named` for the show is reported to the operators, who can mute it.
    """
    known = {(feed.channel_id, feed.external_id): feed.muted for feed in channels.feeds_of(tx, workspace_id)}
    for one in heard:
        key, title = (one.channel_id, one.comment.feed_id), one.comment.feed_title
        if key not in known:
            feed_id = channels.add_feed(tx, workspace_id, key[0], external_id=key[1], title=title, now=now)
            known[key] = False
            if title and key not in named:
                effects.parcels += _tell_of_feed(tx, workspace_id, feed_id, title, now)
    return frozenset(key for key, muted in known.items() if muted)


def _tell_of_feed(tx: sa.Connection, workspace_id: int, feed_id: int, title: str, now: datetime) -> list[Parcel]:
    return tell_operators(
        tx,
        workspace_id,
        f"Now hearing “{title}” too.",
        key=f"feed:{feed_id}",
        now=now,
        buttons=[[Button(title="Stop listening to it", payload=f"mute {feed_id}")]],
    )


def _tell_of_deleted(tx: sa.Connection, workspace_id: int, claim: Claim, now: datetime) -> list[Parcel]:
    buyer = buyers.get(tx, workspace_id, claim.buyer_id or 0)
    who = buyer.label if buyer else "A buyer"
    return tell_operators(
        tx,
        workspace_id,
        f"{who} deleted the comment that won {claim.item_code}, but it is on an invoice already. "
        f"To take it back: /release {claim.item_code} {who}",
        key=f"deleted:{claim.id}",
        now=now,
    )


def _hide_keys(text: str) -> str:
    """A key pasted into the wrong chat is not kept; ordinary comments are not searched for one."""
    return redact(text) if any(sign in text for sign in ("sk_", "rk_", "whsec_", "EAA")) else text


def _read(one: Heard, shelf: _Shelf, *, deleted: bool) -> tuple[str, Reading]:
    text = _hide_keys(clean_text(one.comment.text))
    if deleted:
        return text, Reading(kind=Kind.NONE, claims=(), phone=None, reason="deleted before it was read")
    reading = read(text, shelf.catalogue, shelf.rules)
    if reading.kind is Kind.CLAIM and one.comment.author is None:
        reason = "the platform does not say who wrote this; award it by hand"
        return text, Reading(kind=Kind.AMBIGUOUS, claims=(), phone=None, reason=reason)
    return text, reading


def _stock(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    shelf: _Shelf,
    readings: Sequence[tuple[str, Reading]],
    people: Sequence[int | None],
) -> dict[int, Stock]:
    """The items this batch is about, with whoever of its buyers already holds or awaits them."""
    touched: set[int] = set()
    claimants: set[int] = set()
    for (_, reading), buyer_id in zip(readings, people, strict=True):
        if reading.kind is Kind.CLAIM and buyer_id is not None:
            claimants.add(buyer_id)
            touched.update(i for wanted in reading.claims if (i := shelf.ids.get(normalise_code(wanted.item))))
    if not touched:
        return {}
    stock = {
        row.id: Stock(row.id, row.code, row.quantity, row.won, row.waiting, bool(row.open))
        for row in ledger.stock(tx, workspace_id, show.id, touched)
    }
    for row in ledger.active_claims(tx, workspace_id, show.id, claimants):
        if row.item_id in stock:
            stock[row.item_id].holders[(row.buyer_id, tuple(json.loads(row.options)))] = ClaimStatus(row.status)
    return stock


def _claims_of(
    reading: Reading, buyer_id: int | None, shelf: _Shelf, stock: dict[int, Stock], seq: int
) -> list[ledger.NewClaim]:
    if reading.kind is not Kind.CLAIM or buyer_id is None:
        return []
    made = []
    for place, wanted in enumerate(reading.claims):
        item_id = shelf.ids.get(normalise_code(wanted.item))
        here = stock.get(item_id) if item_id is not None else None
        wish = Wish(buyer_id, wanted.item, item_id, wanted.quantity, wanted.options)
        decision: Decision = decide(wish, here)
        made.append(
            ledger.NewClaim(
                seq=seq,
                wish=place,
                item_id=here.item_id if here else None,
                item_code=here.code if here else wanted.item,
                buyer_id=buyer_id,
                quantity=decision.quantity,
                options=wanted.options,
                status=decision.status.value,
                reason=decision.reason,
                position=decision.position,
            )
        )
    return made


def _status(reading: Reading) -> str:
    return ClaimStatus.AMBIGUOUS.value if reading.kind is Kind.AMBIGUOUS else ClaimStatus.IGNORED.value


def _entry(
    one: Heard, text: str, seq: int, buyer_id: int | None, made: Sequence[ledger.NewClaim], reading: Reading
) -> ledger.Entry:
    first = made[0] if made else None
    return ledger.Entry(
        seq=seq,
        kind="comment",
        channel_id=one.channel_id,
        feed_id=one.comment.feed_id,
        comment_id=one.comment.comment_id,
        verb=one.comment.verb.value,
        revision=one.comment.revision,
        buyer_id=buyer_id,
        text=text,
        status=first.status if first else _status(reading),
        reason=first.reason if first else reading.reason,
        commented_at=one.comment.written_at,
    )
