"""Gives buyers store credit, which their next bill uses by itself, or takes some back that is not used yet."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import Deed, begin
from storage import credits

PLAIN_REASON = "given"


async def give_credit(
    assistant: Assistant, workspace_id: int, buyer_id: int, amount: Money, reason: str, *, by: str, key: str
) -> Money:
    """Add to a buyer's credit, or take from it below zero; what they have then. Raises BadInput for more than that."""
    deed = Deed.of(by, key)
    return await assistant.database.write(_give, workspace_id, buyer_id, amount, reason, deed, assistant.now())


def _give(
    tx: sa.Connection, workspace_id: int, buyer_id: int, amount: Money, reason: str, deed: Deed, now: datetime
) -> Money:
    begin(tx, workspace_id, deed, now)
    why = f"{reason or PLAIN_REASON} ({deed.by})"
    moved = credits.move(
        tx, workspace_id, buyer_id, currency=amount.currency, amount_cents=amount.amount, reason=why, now=now
    )
    balance = Money(credits.balance(tx, workspace_id, buyer_id, amount.currency), amount.currency)
    if not moved:
        raise BadInput(f"They have {balance} of credit, so no more than that can be taken.")
    return balance
