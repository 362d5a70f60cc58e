"""Asks a provider about a payment that its webhook names: how much came, and whether any did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit.errors import NotAuthorised, Refused, Unreachable
from bot.workflows.assistant import Assistant
from bot.workflows.keep_updates import Fact
from storage import integrations

REFUTED = "not confirmed by the provider"
"""What came of an event whose provider, being asked, knows of no such money."""


PATIENCE = timedelta(minutes=15)
"""A webhook may be faster than the provider's own books: for so long, what they do not show yet may still come."""


async def confirm_payment(assistant: Assistant, workspace_id: int, fact: Fact, heard_at: datetime) -> Fact | None:
    """The fact as the provider tells it when asked; None when it knows of no such money, long after it was heard.

    Raises Busy, Unreachable, OutcomeUnknown or NotAuthorised while it cannot be told.
    """
    assert fact.payment_id is not None, "what is to be confirmed names its payment"
    integration = await assistant.database.read(integrations.get, workspace_id, fact.provider)
    if integration is None:
        return None
    try:
        payment = await assistant.provider_for(integration).ask_payment(fact.payment_id)
    except NotAuthorised:
        raise
    except Refused as no:
        if assistant.now() - heard_at < PATIENCE:
            raise Unreachable(no.message, code=no.code) from no
        return None
    return replace(fact, amount=payment.amount.amount, currency=payment.amount.currency, confirm=False)
