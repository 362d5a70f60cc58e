"""Asks providers how refunds on their way stand: banks take days, and not everybody tells us."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.kit.aging import turns
from bot.kit.errors import OutsideError
from bot.workflows.assistant import Assistant
from bot.workflows.refund_payments import ask_refund
from storage import refunds

_log = logging.getLogger(__name__)


async def ask_refunds(assistant: Assistant, *, every: timedelta) -> int:
    """Ask about refunds that were not asked about for `every`, older ones less often; returns how many were."""
    asked = 0
    for refund in await assistant.database.read(refunds.on_their_way, turns(assistant.now(), every)):
        try:
            await ask_refund(assistant, refund)
            asked += 1
        except OutsideError as trouble:
            _log.info("refund %s could not be asked about: %s", refund.id, trouble)
    return asked
