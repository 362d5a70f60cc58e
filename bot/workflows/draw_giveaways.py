"""Draws giveaways: the seed is fixed and its fingerprint told before, and the winners follow from it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain import giveaway
from bot.domain.buyer import Buyer
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.keep_deeds import Deed, begin
from bot.workflows.stock_items import edit_item
from bot.workflows.stock_options import ItemChange
from bot.workflows.tell import Parcel, hand_over, tell_buyer
from storage import buyers, draws, items, shows
from storage.draws import Draw

MOST_PLACES = 20
LONGEST_PRIZE, LONGEST_WORD = 200, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A giveaway with its winners."""

    draw: Draw
    winners: tuple[Buyer, ...]
    """First place first."""
    item: Item | None
    """The item it is, as it stands now."""


async def open_giveaway(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    prize: str,
    *,
    places: int = 1,
    word: str = "",
    by: str,
    key: str = "",
) -> Draw:
    """Open a giveaway among those who comment in a show, or who write a `word` in it; nobody has won yet.

    With a `key` it is opened once.
    """
    if not 1 <= places <= MOST_PLACES:
        raise BadInput(f"A giveaway has 1 to {MOST_PLACES} winners. Send it like this: /giveaway 12 x2")
    if len(prize) > LONGEST_PRIZE or len(word) > LONGEST_WORD:
        raise BadInput("That is too long to be read out. Send it like this: /giveaway word LUCKY Blue dress")
    deed = Deed.of(by, key)
    return await assistant.database.write(_open, workspace_id, show_id, prize, places, word, deed, assistant.now())


async def draw_giveaway(assistant: Assistant, workspace_id: int, draw_id: int, *, by: str) -> Drawn:
    """Draw a giveaway among everybody who took part until now; one that is drawn already stays as it is.

    Blocked buyers, operators and earlier winners of the workspace do not take part. Raises BadInput when nobody does.
    """
    upto, found = await assistant.database.read(_took_part, workspace_id, draw_id)
    drawn, parcels = await assistant.database.write(_settle, workspace_id, draw_id, upto, found, by, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return drawn


async def set_prize_aside(assistant: Assistant, workspace_id: int, drawn: Drawn, *, by: str) -> Item:
    """Take the pieces that were given away out of the stock, once; the last ones by closing the item.

    Raises BadInput when they cannot be, DoneBefore when they are out already.
    """
    item, pieces = drawn.item, len(drawn.winners)
    if item is None or item.left < pieces:
        raise BadInput("There is nothing left to take out of the stock. Send /item list")
    change = ItemChange(more=-pieces) if item.quantity > pieces else ItemChange(open=False)
    key = f"giveaway:{drawn.draw.id}:aside"
    where = (assistant, workspace_id, drawn.draw.show_id)
    return (await edit_item(*where, item.code, change, by=by, key=key)).item


def look_at(tx: sa.Connection, workspace_id: int, draw_id: int) -> Drawn:
    """A giveaway as it stands; without winners while it is not drawn. Raises BadInput when there is none."""
    draw = draws.get(tx, workspace_id, draw_id)
    if draw is None:
        raise BadInput(f"There is no giveaway {draw_id}. Send /giveaway to see them.")
    won = draws.winners(tx, workspace_id, draw_id)
    known = buyers.many(tx, workspace_id, won)
    item = items.by_code(tx, workspace_id, draw.show_id, draw.item_code) if draw.item_code else None
    return Drawn(draw=draw, winners=tuple(known[buyer_id] for buyer_id in won), item=item)


def _open(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    prize: str,
    places: int,
    word: str,
    deed: Deed,
    now: datetime,
) -> Draw:
    begin(tx, workspace_id, deed, now)
    item = items.by_code(tx, workspace_id, show_id, prize)
    seed = secrets.token_hex(32)
    opened = draws.open_one(
        tx,
        workspace_id,
        show_id=show_id,
        prize=prize if item is None else f"{item.code} {item.title}".strip(),
        item_code="" if item is None else item.code,
        word=word,
        places=places,
        seed=seed,
        fingerprint=giveaway.fingerprint(seed),
        opened_by=deed.by,
        opened_at=now,
    )
    draw = draws.get(tx, workspace_id, opened)
    assert draw is not None, "it was made in this transaction"
    return draw


def _took_part(tx: sa.Connection, workspace_id: int, draw_id: int) -> tuple[int, Collection[int]]:
    """Where the ledger of the show ends now, and who wrote until then; read beside the comments that come in."""
    draw = look_at(tx, workspace_id, draw_id).draw
    if draw.drawn_at is not None:
        return draw.upto_seq, ()
    upto = shows.next_seq(tx, workspace_id, draw.show_id)
    if not draw.word:
        return upto, draws.commenters(tx, workspace_id, draw.show_id, before=upto)
    wrote: set[int] = set()
    last = 0
    while page := draws.comments(tx, workspace_id, draw.show_id, after=last, before=upto):
        wrote.update(buyer_id for _, buyer_id, text in page if giveaway.takes_part(text, draw.word))
        last = page[-1][0]
    return upto, wrote


def _settle(
    tx: sa.Connection,
    workspace_id: int,
    draw_id: int,
    upto: int,
    wrote: Collection[int],
    by: str,
    now: datetime,
) -> tuple[Drawn, list[Parcel]]:
    draw = draws.lock(tx, workspace_id, draw_id)
    assert draw is not None, "giveaways are never deleted"
    if draw.drawn_at is not None:
        return look_at(tx, workspace_id, draw_id), []
    people = {buyer.id for buyer in buyers.many(tx, workspace_id, wrote).values()}
    entrants = sorted(people.difference(draws.left_out(tx, workspace_id)))
    if not entrants:
        raise BadInput(_nobody(draw, len(people)))
    winners = giveaway.draw(draw.seed, entrants, draw.places)
    draws.settle(
        tx,
        workspace_id,
        draw_id,
        by=by,
        upto_seq=upto,
        entrants=entrants,
        entrants_hash=giveaway.fingerprint(giveaway.listed(entrants)),
        winners=winners,
        now=now,
    )
    return look_at(tx, workspace_id, draw_id), _tell(tx, workspace_id, draw, winners, now)


def _nobody(draw: Draw, wrote: int) -> str:
    wanted = f"written “{draw.word}”" if draw.word else "commented"
    if not wrote:
        return f"Nobody has {wanted} yet. Tap Draw when somebody has."
    return (
        f"{wrote} {'has' if wrote == 1 else 'have'} {wanted}, but all are blocked, operators or won a giveaway before."
    )


def _tell(tx: sa.Connection, workspace_id: int, draw: Draw, winners: Sequence[int], now: datetime) -> list[Parcel]:
    return [
        parcel
        for buyer_id in winners
        for parcel in tell_buyer(
            tx,
            workspace_id,
            buyer_id,
            texts_for(tx, workspace_id, buyer_id, draw.show_id).say("giveaway", prize=draw.prize),
            purpose="giveaway",
            key=f"giveaway:{draw.id}:{buyer_id}",
            now=now,
        )
    ]
