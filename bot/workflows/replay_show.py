"""Replays a show: each decision is derived again from the ledger, and must agree with what was kept to the last row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.domain.book import DESCRIBED, Impossible
from bot.domain.show import Item, Show
from bot.domain.show_rules import ShowRules
from bot.kit.errors import BadInput
from bot.workflows.reread_comments import Rereader
from bot.workflows.retell_entries import Differs, Teller, call, check, check_item, number
from bot.workflows.retell_turns import by_the_clock
from bot.workflows.retell_undo import undo
from storage import buyers, doubts, items, replaying
from storage.database import Database
from storage.replaying import KeptClaim, KeptEntry

_SHOWN = 80
"""Characters of a comment that are repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How a replay went."""

    agrees: bool
    lines: tuple[str, ...]
    """What to tell the operator."""


_ITSELF = "the show itself"


@dataclass(slots=True)
class _Here:
    """Where a replay is, for saying where it ends."""

    place: str = _ITSELF
    buyer_id: int | None = None
    text: str = ""

    def at(self, place: str, buyer_id: int | None = None, text: str = "") -> None:
        """Move on, to what is about this buyer and this comment."""
        self.place, self.buyer_id, self.text = place, buyer_id, text


async def replay_show(database: Database, workspace_id: int, show_id: int) -> Replayed:
    """Derive a show again, beside whatever goes on in it. Raises BadInput when there is no such show."""
    return await database.read(_replay, workspace_id, show_id)


def _replay(tx: sa.Connection, workspace_id: int, show_id: int) -> Replayed:
    show = replaying.hold(tx, workspace_id, show_id)
    if show is None:
        raise BadInput(f"there is no show {show_id}")
    names = partial(replaying.names_of, tx, workspace_id, show_id)
    market = str(replaying.first_said(tx, workspace_id, show, "market", show.market))
    rules = ShowRules.of(replaying.first_said(tx, workspace_id, show, "rules", show.rules.kept()))
    teller = Teller(names, market=market, rules=rules)
    rereader, here = Rereader(teller), _Here()
    try:
        entries = _retell(teller, rereader, replaying.entries(tx, workspace_id, show_id), show, here)
        _compare_claims(teller, replaying.kept_claims(tx, workspace_id, show_id), here)
        _compare_resolutions(teller, doubts.resolutions_of(tx, workspace_id, show_id), here)
        _compare_items(teller, items.of_show(tx, workspace_id, show_id), here)
    except Differs as difference:
        where = here.place + _about(tx, workspace_id, here)
        return Replayed(agrees=False, lines=(f"“{show.title}” differs in {where}: {difference}.",))
    counts = [_counted(entries, "entry", "entries"), _counted(len(teller.book.claims), "claim", "claims")]
    counts.append(_counted(teller.promotions, "promotion", "promotions"))
    lines = [f"“{show.title}” agrees to the last row: {', '.join(counts)}."]
    if rereader.different:
        lines.append(
            f"This version would read {_counted(rereader.different, 'comment', 'comments')} differently, which "
            f"changes nothing that was decided; the first is {rereader.first}."
        )
    return Replayed(agrees=True, lines=tuple(lines))


_KINDS: Mapping[str, Callable[[Teller, KeptEntry], None]] = {
    "comment": Teller.comment,
    "release": Teller.release,
    "award": Teller.award,
    "resolve": Teller.resolve,
    "item": Teller.change,
    "show": Teller.listen,
    "merge": Teller.merge,
    "undo": undo,
    "turn": by_the_clock,
    "hold": by_the_clock,
}


def _retell(teller: Teller, rereader: Rereader, entries: Iterable[KeptEntry], show: Show, here: _Here) -> int:
    """Tell every entry again, none of them missing; returns how many there are."""
    seq = 0
    for seq, entry in enumerate(entries, 1):
        here.at(f"entry {seq}")
        if entry.seq != seq:
            raise Differs("no such entry", f"that there is one, as entry {entry.seq} follows")
        here.at(f"entry {seq}, {entry.kind}", entry.buyer_id, entry.text)
        teller.expect(entry.kind)
        try:
            rereader.read(entry)
            if entry.kind not in _KINDS:
                raise Differs(entry.kind, "nothing that happens in a show")
            _KINDS[entry.kind](teller, entry)
        except Impossible as mistake:
            raise Differs("that it was done", f"that it cannot be, with {mistake}") from mistake
        except (LookupError, TypeError, ValueError, AttributeError) as damage:
            raise Differs(f"unreadable ({damage!r})", "something that can be followed") from damage
    here.at(_ITSELF)
    teller.expect("the end")
    check("next entry", show.next_seq, seq + 1)
    check("markets", show.market, teller.market)
    check("rules", show.rules, teller.rules)
    return seq


def _compare_claims(teller: Teller, kept: Iterable[KeptClaim], here: _Here) -> None:
    """Every claim is what the ledger leads to: none missing, none besides."""
    derived = (claim for _, claim in sorted(teller.book.claims.items()))
    for claim in kept:
        key = (claim.seq, claim.wish)
        due = next(derived, None)
        if due is not None and due.key < key:
            here.at(call([due.key]), due.buyer_id)
            raise Differs("no such claim", f"{due.item_code}, {due.status}")
        here.at(call([key]), claim.buyer_id)
        if due is None or due.key > key:
            raise Differs(f"{claim.item_code}, {claim.status}", "no such claim")
        check("buyer", number(claim.buyer_id), number(due.buyer_id))
        check("item", claim.item, due.item)
        check("", f"{claim.item_code} ×{claim.quantity}", f"{due.item_code} ×{due.quantity}")
        check("options", list(claim.options), list(due.options))
        check("", f"{claim.status} ({claim.reason})", f"{due.status} ({due.reason})")
        check("number in line", claim.position, teller.book.position(due))
    missing = next(derived, None)
    if missing is not None:
        here.at(call([missing.key]), missing.buyer_id)
        raise Differs("no such claim", f"{missing.item_code}, {missing.status}")


def _compare_resolutions(teller: Teller, kept: Mapping[int, int], here: _Here) -> None:
    """Every unclear comment is resolved by the entry by which the ledger says so."""
    due = teller.resolutions
    for seq in sorted(kept.keys() | due.keys()):
        here.at(f"entry {seq}, unclear")
        check("resolved by entry", kept.get(seq), due.get(seq))


def _compare_items(teller: Teller, kept: Iterable[Item], here: _Here) -> None:
    """Every item is what the ledger leads to, and so are its counters."""
    stock = {item.code: item for item in kept}
    names = {item.id: item.code for item in stock.values()}
    for code in sorted(stock.keys() | teller.book.items.keys()):
        here.at(f"item {code}")
        item, due = stock.get(code), teller.book.items.get(code)
        described = None if item is None else _described(item, names)
        check_item("", described and described | {"options": list(described["options"])}, due)
        if item is not None and due is not None:
            check("won", item.won, due.won)
            check("waiting", item.waiting, len(due.line))


def _described(item: Item, names: Mapping[int, str]) -> dict[str, Any]:
    said = {name: getattr(item, name) for name in DESCRIBED if name != "parent"}
    return said | {"parent": None if item.parent_id is None else names.get(item.parent_id)}


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _about(tx: sa.Connection, workspace_id: int, here: _Here) -> str:
    """Whom, and which comment, it is about: “ (@lan: “sold 12”)”."""
    buyer = buyers.get(tx, workspace_id, here.buyer_id) if here.buyer_id is not None else None
    text = " ".join(here.text.split())[:_SHOWN]
    said = [*([buyer.label] if buyer else []), *([f"“{text}”"] if text else [])]
    return f" ({': '.join(said)})" if said else ""
