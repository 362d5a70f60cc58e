"""Lists what is unclear in the current show, with what each comment may claim, for an operator to choose from."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.option_stock import gathered
from bot.domain.show import Show
from bot.workflows.run_shows import current_show
from storage import buyers, doubts, items
from storage.doubts import Doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """One unclear comment, as it is put to an operator."""

    doubt: Doubt
    buyer: str
    choices: tuple[tuple[int, str], ...]
    """What it may claim: the number of the choice, and the claims in short. Not those that ask for more than exist."""


def list_doubts(tx: sa.Connection, workspace_id: int, *, limit: int) -> tuple[Show, list[Unclear], int]:
    """The show, its oldest open doubts, and how many there are. It counts as a look: what comes later is news again."""
    show = current_show(tx, workspace_id)
    found = doubts.open_in(tx, workspace_id, show.id, limit=limit)
    people = buyers.many(tx, workspace_id, {one.buyer_id for one in found if one.buyer_id is not None})
    stock = {item.code: item.quantity for item in gathered(items.of_show(tx, workspace_id, show.id))}
    doubts.look(tx, workspace_id, show.id)
    unclear = [
        Unclear(
            doubt=one,
            buyer=people[one.buyer_id].label if one.buyer_id in people else "somebody",
            choices=_choices(one, stock) if one.buyer_id is not None else (),
        )
        for one in found
    ]
    return show, unclear, doubts.count_open(tx, workspace_id, show.id)


def _choices(doubt: Doubt, stock: dict[str, int]) -> tuple[tuple[int, str], ...]:
    return tuple(
        (number, " + ".join(f"{' '.join([code, *options])} ×{quantity}" for code, quantity, options in choice))
        for number, choice in enumerate(doubt.maybe, 1)
        if all(quantity <= stock.get(code, 0) for code, quantity, _ in choice)
    )
