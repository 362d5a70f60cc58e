"""Buyers as the API shows them: who they are, whether they are blocked, their light, and what they owe."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from bot.api.shapes import Json, buyer_json
from bot.domain.buyer import light, owed
from storage import accounts, buyers


def known(tx: sa.Connection, workspace_id: int, buyer_ids: Collection[int]) -> dict[int, Json]:
    """These buyers by id, in two statements however many they are."""
    return {buyer_id: person for buyer_id, (person, _) in with_debts(tx, workspace_id, buyer_ids).items()}


def with_debts(
    tx: sa.Connection, workspace_id: int, buyer_ids: Collection[int]
) -> dict[int, tuple[Json, Mapping[str, int]]]:
    """The same, each beside what they owe in every show: currency → minor units."""
    if not buyer_ids:
        return {}
    found = buyers.many(tx, workspace_id, buyer_ids)
    theirs = accounts.of_buyers(tx, workspace_id, {buyer.id for buyer in found.values()})
    return {
        known_as: (buyer_json(buyer, light(theirs.get(buyer.id, ()))), owed(theirs.get(buyer.id, ())))
        for known_as, buyer in found.items()
    }
