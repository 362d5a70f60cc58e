"""Offers providers: those an installation's variant includes, and the one of them a workspace bills through."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from adapters.base import PaymentProvider
from adapters.registry import PROVIDERS, provider_class
from bot.domain.offers import MOST_CONNECTED, works_in
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from storage import integrations, workspaces
from storage.integrations import Integration

BILLS = "bills"
"""Marks, in an integration's settings, the one its workspace has chosen to bill through."""


def needs_connecting(provider: str) -> bool:
    """Whether there is somebody outside to connect with; being paid by hand is part of every variant and plan."""
    kind = PROVIDERS.get(provider)
    return kind is None or kind.keeps_books


def is_offered(provider: str, variant: str) -> bool:
    """Whether there is this provider in an installation of this variant."""
    return provider in PROVIDERS and (works_in("integrations", variant) or not needs_connecting(provider))


def offered(variant: str) -> Mapping[str, type[PaymentProvider]]:
    """The providers there are in an installation of this variant."""
    return {name: provider for name, provider in PROVIDERS.items() if is_offered(name, variant)}


def billable(tx: sa.Connection, workspace_id: int, variant: str) -> list[Integration]:
    """The connections that invoices may be made through, the one to be taken first.

    That is the chosen one, else the oldest that is really connected. What a smaller plan does not include any more is
    left out; what is open there stays where it is.
    """
    usable = [one for one in integrations.usable(tx, workspace_id) if _bills(one.provider, variant)]
    usable.sort(key=lambda one: (not one.settings.get(BILLS), not needs_connecting(one.provider), one.id))
    most = MOST_CONNECTED[workspaces.get(tx, workspace_id).plan]
    connected = [one.id for one in usable if needs_connecting(one.provider)]
    beyond = set() if most is None else set(connected[most:])
    return [one for one in usable if one.id not in beyond]


def _bills(provider: str, variant: str) -> bool:
    return is_offered(provider, variant) and bool(provider_class(provider).styles)


async def bill_through(assistant: Assistant, workspace_id: int, provider: str) -> None:
    """Make new invoices at this provider from now on. Raises BadInput when that cannot be."""
    await assistant.database.write(_choose, workspace_id, provider_class(provider), assistant.settings.variant)


def _choose(tx: sa.Connection, workspace_id: int, chosen: type[PaymentProvider], variant: str) -> None:
    usable = integrations.usable(tx, workspace_id)
    if chosen.name not in (one.provider for one in usable) or not _bills(chosen.name, variant):
        raise BadInput(f"{chosen.display_name} is not connected. In our private chat send: /{chosen.name} connect")
    for one in usable:
        settings = {name: value for name, value in one.settings.items() if name != BILLS}
        if one.provider == chosen.name:
            settings[BILLS] = True
        if settings != one.settings:
            integrations.set_settings(tx, workspace_id, one.id, settings)
