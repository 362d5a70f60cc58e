"""Decides a batch of comments: who was first, who waits, and why, in the transaction that keeps them.

One batch is one transaction of a handful of statements, however many comments it holds (docs/decisions/0002).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.claim import ACTIVE, Claim, ClaimStatus, Stock, Wish, decide
from bot.domain.reading import Kind, Reading
from bot.domain.show import Show, ShowStatus
from bot.kit.text import clean_text
from bot.workflows import give_back, move_claims
from bot.workflows.answer_comments import FRESH, Heeded, answer_comments
from bot.workflows.decide_by_rules import ByRules
from bot.workflows.meet_people import Feeds, People
from bot.workflows.read_comments import Heard, ReadComment, Shelf, Shelves, hide_keys, read_comment
from bot.workflows.show_carts import Asker, show_carts
from bot.workflows.tell import Parcel, tell_operators
from bot.workflows.tell_doubts import doubt_key, first_doubt, tell_of_doubt
from bot.workflows.tell_promoted import tell_promoted
from messaging.base import Verb
from messaging.registry import PLATFORMS
from storage import (
    buyers,
    claims,
    counters,
    flags,
    holdings,
    holds,
    ledger,
    scoreboards,
    shows,
)

DELETED = "the comment was deleted"
EDITED_LATE = "edited after the claim; what was written first counts"
EDITED_FIRST = "its edit was heard before it, and counts"
SUPERSEDED = "edited since, before there was such an item"
JUST_OVER = timedelta(minutes=15)
"""How long after a show whoever claims is told that it has ended, where claims are answered."""


@dataclass(slots=True, kw_only=True)
class Effects:
    """What a batch asks of the rest of the house once it is committed."""

    parcels: list[Parcel] = field(default_factory=list)
    """Messages the batch caused, written down in its transaction."""
    people: dict[tuple[int, str, str], int] = field(default_factory=dict)
    """(channel, kind, platform user id) → buyer, for everybody met in the batch."""
    doubts: dict[int, str] = field(default_factory=dict)
    """Show → the key under which operators were told that something in it is unclear."""
    voids: list[int] = field(default_factory=list)
    """Unpaid invoices to be closed, as something on them was given back."""
    flagged: bool = False
    """Whether any buyer of the workspace may not claim like anybody else."""
    boards: set[tuple[int, int, str]] = field(default_factory=set)
    """(show, channel, group) of scoreboards that are wanted from now on."""


class Decider:
    """Decides batches; remembers what can be read again at any time, and nothing else.

    `public_url` is where the world reaches us, if it does: carts have pay links.
    """

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url
        self._shelves = Shelves()
        self._people = People()
        self._feeds = Feeds()
        self._boards: set[_BoardKey] = set()
        self._doubts: dict[int, str] = {}
        """Show → under which key its operators know that something is unclear."""

    def decide(self, tx: sa.Connection, workspace_id: int, heard: Sequence[Heard], now: datetime) -> Effects:
        """Keep and decide these comments. A comment that is already kept changes nothing."""
        here = shows.listening(tx, workspace_id)
        effects = Effects(flagged=here.flagged)
        listening = [(show, self._shelves.of(tx, workspace_id, show)) for show in here.shows]
        self._people.look_again(listening)
        muted = self._feeds.meet(tx, workspace_id, heard, listening, now, effects.parcels) if listening else frozenset()
        batches: dict[int, list[Heard]] = {show.id: [] for show, _ in listening}
        belongs: dict[tuple[int, str, datetime], Show | None] = {}
        boards: set[_BoardKey] = set()
        deaf = 0
        over = next((one for one in listening if one[0].status is ShowStatus.ENDED and one[0].rules.answers), None)
        late: list[Heard] = []
        for one in heard:
            where = (one.channel_id, one.comment.feed_id, one.comment.written_at)
            if where not in belongs:
                belongs[where] = show = None if where[:2] in muted else _show_for(*where, listening)
                if show is not None and one.platform in _WITH_A_BOARD and show.rules.scoreboard:
                    boards.add((show.id, *where[:2]))
            show = belongs[where]
            if show is None:
                deaf += 1
                if over is not None and where[:2] not in muted and _is_just_over(*over, one, now):
                    late.append(one)
            else:
                batches[show.id].append(one)
        if new := boards - self._boards:
            scoreboards.want(tx, workspace_id, new)
            effects.boards = new
        if deaf:
            counters.add(tx, workspace_id, "comments_without_a_show", deaf)
        if over is not None and late:
            self._answer_late(tx, workspace_id, *over, late, now, effects)
        for show, shelf in listening:
            if batches[show.id]:
                self._decide_show(tx, workspace_id, show, shelf, batches[show.id], now, effects)
        return effects

    def _decide_show(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        shelf: Shelf,
        heard: Sequence[Heard],
        now: datetime,
        effects: Effects,
    ) -> None:
        seen = ledger.seen_before(tx, workspace_id, {(one.channel_id, one.comment.comment_id) for one in heard})
        edited = {(channel, comment) for channel, comment, verb, _ in seen if verb == _EDITED}
        added: list[Heard] = []
        changes: list[Heard] = []
        for one in heard:
            comment = one.comment
            key = (one.channel_id, comment.comment_id, comment.verb.value, comment.revision)
            if key not in seen:
                seen.add(key)
                is_new = comment.verb is Verb.ADDED and key[:2] not in edited
                (added if is_new else changes).append(one)
        added.sort(key=lambda one: one.comment.written_at)
        gone = {(channel, comment) for channel, comment, verb, _ in seen if verb == _REMOVED}
        self._decide_added(tx, workspace_id, show, shelf, added, gone, show.next_seq, now, effects)
        for one in changes:
            self._decide_change(tx, workspace_id, show, shelf, one, gone, now, effects)

    def _decide_added(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        shelf: Shelf,
        heard: Sequence[Heard],
        gone: set[tuple[int, str]],
        seq: int,
        now: datetime,
        effects: Effects,
    ) -> None:
        if not heard:
            return
        people = self._people.meet(tx, workspace_id, heard, now, effects.people)
        readings = [read_comment(one, shelf, deleted=(one.channel_id, one.comment.comment_id) in gone) for one in heard]
        said = list(zip(heard, readings, people, strict=True))
        while said:
            done = self._decide_run(tx, workspace_id, show, shelf, said, seq, now, effects)
            said = said[done:]
            seq = shows.next_seq(tx, workspace_id, show.id) if said else seq

    def _decide_run(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        shelf: Shelf,
        said: Sequence[_Said],
        seq: int,
        now: datetime,
        effects: Effects,
    ) -> int:
        """Decide all of these in one go, or as many as come before one that takes something back; returns how many."""
        stock, by_rules = _stock(tx, workspace_id, show, shelf, said)
        talkers = [buyer_id for _, known, buyer_id in said if buyer_id is not None and known.wishes]
        refusals = flags.refusals(tx, workspace_id, talkers) if effects.flagged else {}
        entries: list[ledger.Entry] = []
        wishes: list[ledger.NewClaim] = []
        heeded: list[Heeded] = []
        askers: list[Asker] = []
        for one, known, buyer_id in said:
            if known.gives and buyer_id is not None and _gives_something(known.gives, buyer_id, stock):
                break
            refused = refusals.get(buyer_id, "") if refusals and buyer_id is not None else ""
            fixed: list[int] = []
            made: Sequence[ledger.NewClaim] = ()
            if buyer_id is not None and by_rules is not None:
                made, fixed = by_rules.claims_of(known.wishes, buyer_id, seq, queued=known.queued, refused=refused)
            elif buyer_id is not None:
                made = _claims_of(known, buyer_id, stock, seq, refused)
            wishes += made
            if buyer_id is not None and known.reading.kind in _ANSWERED:
                comment = one.comment
                if known.reading.kind is Kind.CART:
                    key = f"{one.channel_id}:{comment.comment_id}"
                    askers.append(Asker(buyer_id, key, one.channel_id, comment.comment_id))
                elif show.rules.answers and (made or known.reading.kind is Kind.AMBIGUOUS):
                    heeded.append(
                        Heeded(one.channel_id, one.platform, comment.comment_id, comment.revision, buyer_id, made)
                    )
            entry = _entry(one, known, seq, buyer_id, made)
            if made and (refused or fixed):
                entry = entry._replace(entry=_more(known.entry, refused=refused, fixed=fixed))
            entries.append(entry)
            seq += 1
            if by_rules is not None and by_rules.frees:
                break
        if not entries:
            self._give_back(tx, workspace_id, show, said[0], seq, now, effects)
            return 1
        ledger.write_entries(tx, workspace_id, show.id, entries, now)
        ledger.write_claims(tx, workspace_id, show.id, wishes, now)
        if wishes:
            holds.begin_since(tx, workspace_id, show, entries[0].seq, now)
        ledger.write_stock(
            tx, workspace_id, show.id, ((s.item_id, s.won, s.waiting) for s in stock.values() if s.holders)
        )
        ledger.write_next_seq(tx, workspace_id, show.id, seq)
        if stock:
            shows.note(tx, workspace_id, show.id, now)
        doubt = first_doubt(entries)
        if doubt is not None and self._doubts.get(show.id) != (key := doubt_key(show, now)):
            effects.doubts[show.id] = key
            effects.parcels += tell_of_doubt(tx, workspace_id, show, doubt, now)
        if by_rules is not None:
            promoted = by_rules.keep(tx, workspace_id, show, now)
            effects.parcels += tell_promoted(tx, workspace_id, promoted, now)
        effects.parcels += answer_comments(tx, workspace_id, show, heeded, stock, now)
        effects.parcels += show_carts(tx, workspace_id, show, askers, self._public_url, now)
        return len(entries)

    def _give_back(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        said: _Said,
        seq: int,
        now: datetime,
        effects: Effects,
    ) -> None:
        """A comment by which its buyer gives something back."""
        one, known, buyer_id = said
        assert buyer_id is not None, "nobody gives back who has nothing"
        giving = give_back.look(tx, workspace_id, show, known.gives, buyer_id)
        facts = ledger.entry_text(giving.facts(known.gives))
        entry = _entry(one, known, seq, buyer_id, ())
        entry = entry._replace(status=giving.status.value, reason=giving.reason, entry=facts)
        ledger.write_entries(tx, workspace_id, show.id, [entry], now)
        ledger.write_next_seq(tx, workspace_id, show.id, seq + 1)
        effects.parcels += give_back.carry_out(tx, workspace_id, show, giving, buyer_id, now)
        effects.voids += giving.voids
        if show.rules.answers and giving.back:
            where = one.channel_id, one.platform, one.comment.comment_id, one.comment.revision
            heeded = Heeded(*where, buyer_id, [_as_released(claim) for claim in giving.back])
            effects.parcels += answer_comments(tx, workspace_id, show, [heeded], {}, now)

    def _answer_late(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        shelf: Shelf,
        late: Sequence[Heard],
        now: datetime,
        effects: Effects,
    ) -> None:
        """Tell people who claim in a show that has just ended that it has; nothing of it is kept."""
        read = [(one, read_comment(one, shelf, deleted=False)) for one in late]
        claiming = [one for one, known in read if any(wish.item_id is not None for wish in known.wishes)]
        if not claiming:
            return
        people = self._people.meet(tx, workspace_id, claiming, now, effects.people)
        heeded = [
            Heeded(one.channel_id, one.platform, one.comment.comment_id, one.comment.revision, buyer_id, (), "late")
            for one, buyer_id in zip(claiming, people, strict=True)
            if buyer_id is not None
        ]
        effects.parcels += answer_comments(tx, workspace_id, show, heeded, {}, now)

    def _decide_change(
        self,
        tx: sa.Connection,
        workspace_id: int,
        show: Show,
        shelf: Shelf,
        one: Heard,
        gone: set[tuple[int, str]],
        now: datetime,
        effects: Effects,
    ) -> None:
        """An edit, a deletion, or a comment that comes after its own edit.

        What was heard first counts: another text gives a claim only to a comment that has none, and was not deleted. A
        deleted comment gives its items back, unless an invoice bills them already; then the operator decides.
        """
        comment = one.comment
        found = claims.of_comments(tx, workspace_id, one.channel_id, [comment.comment_id])
        mine = [claim for _, claim in found if claim.show_id == show.id]
        active = [claim for claim in mine if claim.status in ACTIVE]
        if not active or comment.verb is Verb.REMOVED:
            reason = DELETED if comment.verb is Verb.REMOVED else SUPERSEDED
            for claim in mine:
                if claim.status is ClaimStatus.UNMATCHED:
                    claims.move(tx, workspace_id, claim.id, status=ClaimStatus.RELEASED, reason=reason, now=now)
        if comment.verb is not Verb.REMOVED and not active:
            seq = shows.next_seq(tx, workspace_id, show.id)
            self._decide_added(tx, workspace_id, show, shelf, [one], gone, seq, now, effects)
            return
        reason = _NOTHING_NEW[comment.verb]
        people = self._people.meet(tx, workspace_id, [one], now, effects.people)
        reading = Reading(kind=Kind.NONE, claims=(), phone=None, reason=reason)
        seq = shows.take_seq(tx, workspace_id, show)
        entry = _entry(one, ReadComment(hide_keys(clean_text(comment.text)), reading), seq, people[0], ())
        billed = [claim.id for claim in active if claim.invoice_id is not None]
        if comment.verb is Verb.REMOVED and billed:
            entry = entry._replace(entry=ledger.entry_text({"billed": billed}))
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

    def remember(self, effects: Effects) -> None:
        """Keep what a batch that is committed now met and told: people, scoreboards wanted, doubts."""
        self._boards |= effects.boards
        self._doubts |= effects.doubts
        self._people.remember(effects.people)


_Said = tuple[Heard, ReadComment, int | None]
"""A comment, what it means, and the buyer who wrote it."""
_BoardKey = tuple[int, int, str]
_WITH_A_BOARD = frozenset(name for name, platform in PLATFORMS.items() if platform.can_edit)
_EDITED, _REMOVED = Verb.EDITED.value, Verb.REMOVED.value
_NOTHING_NEW = {Verb.REMOVED: DELETED, Verb.EDITED: EDITED_LATE, Verb.ADDED: EDITED_FIRST}
"""Why a comment that has claims gets none for what is heard of it now."""
_ANSWERED = frozenset({Kind.CLAIM, Kind.QUEUE, Kind.AMBIGUOUS, Kind.CART})
"""Comments whose writer may hear something."""


def _show_for(channel_id: int, feed: str, written_at: datetime, listening: Sequence[tuple[Show, Shelf]]) -> Show | None:
    """The show a comment belongs to: the live one, unless it was written in one that has ended since."""
    fits = [
        show for show, shelf in listening if show.hears(written_at) and feed in shelf.chosen.get(channel_id, (feed,))
    ]
    late = [show for show in fits if show.status is not ShowStatus.LIVE]
    live = [show for show in fits if show.status is ShowStatus.LIVE]
    if late and live and live[0].started_at is not None and written_at < live[0].started_at.replace(microsecond=0):
        return late[0]
    return next(iter(live or late), None)


def _is_just_over(show: Show, shelf: Shelf, one: Heard, now: datetime) -> bool:
    """Whether somebody wrote in a show they had not yet seen end, and would hear of it while they still care."""
    comment = one.comment
    return (
        comment.verb is Verb.ADDED
        and show.ended_at is not None
        and show.ended_at < comment.written_at < show.ended_at + JUST_OVER
        and now - comment.written_at < FRESH
        and comment.feed_id in shelf.chosen.get(one.channel_id, (comment.feed_id,))
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


def _more(entry: str | None, *, refused: str, fixed: list[int]) -> str:
    """An entry with what else decided: why its buyer may not claim, and the claims no comment changes any more."""
    more = {"refused": refused} if refused else {"fixed": fixed}
    return ledger.entry_text({**json.loads(entry or "{}"), **more})


def _gives_something(gives: Sequence[Wish], buyer_id: int, stock: dict[int, Stock]) -> bool:
    """Whether a buyer has something of what they give back, or may have asked for it before it was listed."""
    return any(
        give.item_id is None
        or (give.item_id in stock and any(who == buyer_id for who, _ in stock[give.item_id].holders))
        for give in gives
    )


def _stock(
    tx: sa.Connection, workspace_id: int, show: Show, shelf: Shelf, said: Sequence[_Said]
) -> tuple[dict[int, Stock], ByRules | None]:
    """The items this batch is about, with whoever of its buyers already holds or awaits them.

    Where the show has rules for that, what they hold comes in detail.
    """
    wanted = {
        (buyer_id, wish.item_id)
        for _, known, buyer_id in said
        if buyer_id is not None
        for wish in (*known.wishes, *known.gives)
        if wish.item_id is not None
    }
    plain = shelf.terms.plain
    if not wanted:
        return {}, None if plain else ByRules(shelf.terms, {}, ())
    stock = {
        row.id: Stock(*row, row.id in shelf.reserved)
        for row in ledger.stock(tx, workspace_id, show.id, {item_id for _, item_id in wanted})
    }
    if not plain:
        found = holdings.of(tx, workspace_id, show.id, wanted)
        for one in found:
            if one.item_id in stock:
                stock[one.item_id].holders[(one.buyer_id, ())] = ClaimStatus(one.status)
        return stock, ByRules(shelf.terms, stock, found)
    for row in ledger.active_claims(tx, workspace_id, show.id, wanted):
        if row.item_id in stock:
            holders, held = stock[row.item_id].holders, (row.buyer_id, tuple(json.loads(row.options)))
            if holders.get(held) is not ClaimStatus.WINNER:  # who has one may wait for another
                holders[held] = ClaimStatus(row.status)
    return stock, None


def _claims_of(
    known: ReadComment, buyer_id: int, stock: dict[int, Stock], seq: int, refused: str = ""
) -> list[ledger.NewClaim]:
    made = []
    for place, wish in enumerate(known.wishes):
        here = stock.get(wish.item_id) if wish.item_id is not None else None
        decision = decide(wish, buyer_id, here, refused)
        made.append(
            ledger.NewClaim(
                seq,
                place,
                here.item_id if here else None,
                here.code if here else wish.code,
                buyer_id,
                decision.quantity,
                decision.status.value,
                decision.reason,
                decision.position,
                wish.options,
            )
        )
    return made


def _as_released(claim: Claim) -> ledger.NewClaim:
    return ledger.NewClaim(
        claim.seq,
        0,
        claim.item_id,
        claim.item_code,
        claim.buyer_id,
        claim.quantity,
        ClaimStatus.RELEASED.value,
        "",
        None,
        claim.options,
    )


def _status(reading: Reading) -> str:
    return ClaimStatus.AMBIGUOUS.value if reading.kind is Kind.AMBIGUOUS else ClaimStatus.IGNORED.value


def _entry(
    one: Heard, known: ReadComment, seq: int, buyer_id: int | None, made: Sequence[ledger.NewClaim]
) -> ledger.Entry:
    comment = one.comment
    return ledger.Entry(
        seq,
        "comment",
        one.channel_id,
        comment.feed_id,
        comment.comment_id,
        comment.verb.value,
        comment.revision,
        buyer_id,
        known.text,
        made[0].status if made else _status(known.reading),
        made[0].reason if made else known.reading.reason,
        comment.written_at,
        known.entry if made or known.reading.maybe else None,
    )
