"""Proves a giveaway: all that its winners follow from, and whether they still do."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain import giveaway
from bot.kit.errors import BadInput
from bot.workflows.draw_giveaways import look_at
from storage import buyers


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What to publish about a giveaway."""

    agrees: bool
    lines: tuple[str, ...]


def prove_giveaway(tx: sa.Connection, workspace_id: int, draw_id: int) -> Proof:
    """Compute the winners again from what is kept. Raises BadInput while there are none."""
    drawn = look_at(tx, workspace_id, draw_id)
    draw = drawn.draw
    if draw.drawn_at is None:
        raise BadInput(f"giveaway {draw_id} is not drawn yet; the fingerprint of its seed is {draw.fingerprint}")
    known = buyers.many(tx, workspace_id, draw.entrants)
    again = giveaway.draw(draw.seed, draw.entrants, draw.places)
    agrees = (
        giveaway.fingerprint(draw.seed) == draw.fingerprint
        and giveaway.fingerprint(giveaway.listed(draw.entrants)) == draw.entrants_hash
        # By whom they are now: a winner may have turned out to be another buyer since.
        and [known[buyer_id].id for buyer_id in again] == [buyer.id for buyer in drawn.winners]
    )
    lines = [
        f"giveaway     {draw.id}: {draw.prize}",
        f"fingerprint  {draw.fingerprint}",
        f"seed         {draw.seed}",
        f"list hash    {draw.entrants_hash}",
        f"places       {draw.places}",
        *(f"winner       {buyer_id} {known[buyer_id].label}" for buyer_id in again),
        f"{len(draw.entrants)} took part:",
        *(f"{buyer_id} {known[buyer_id].label}" for buyer_id in draw.entrants),
        "It adds up." if agrees else "It does NOT add up: something was changed after the draw.",
    ]
    return Proof(agrees=agrees, lines=tuple(lines))
