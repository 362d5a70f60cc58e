"""Asks a provider about a payment that its webhook names: how much came, and whether any did."""

from __future__ import annotations

from dataclasses import replace

from bot.kit.errors import NotAuthorised, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.keep_updates import Fact
from storage import integrations

REFUTED = "not confirmed by the provider"
"""What came of an event whose provider, being asked, knows of no such money."""


async def confirm_payment(assistant: Assistant, workspace_id: int, fact: Fact) -> Fact | None:
    """The fact as the provider tells it when asked; None when it knows of no such money.

    Raises Busy, Unreachable, OutcomeUnknown or NotAuthorised while it cannot be asked.
    """
    assert fact.payment_id is not None, "what is to be confirmed names its payment"
    integration = await assistant.database.read(integrations.get, workspace_id, fact.provider)
    if integration is None:
        return None
    try:
        payment = await assistant.provider_for(integration).ask_payment(fact.payment_id)
    except NotAuthorised:
        raise
    except Refused:
        return None
    return replace(fact, amount=payment.amount.amount, currency=payment.amount.currency, confirm=False)
