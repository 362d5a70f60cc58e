"""Finds connections with payment providers: which there are, and which the plan has room for."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.registry import PROVIDERS, provider_class
from bot.domain.offers import why_locked
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.offer_providers import needs_connecting
from storage import integrations, workspaces
from storage.integrations import Integration


class NotConnected(BadInput):
    """There is no connection to this provider."""


class PlanTooSmall(BadInput):
    """The workspace's plan does not include this."""


def connections(tx: sa.Connection, workspace_id: int) -> list[Integration]:
    """Every connection of the workspace, past or present, in the order of the registry."""
    found = (integrations.get(tx, workspace_id, name) for name in PROVIDERS)
    return [integration for integration in found if integration is not None]


async def the_integration(assistant: Assistant, workspace_id: int, provider: str) -> Integration:
    """The workspace's connection. Raises BadInput when there is none."""
    kind = provider_class(provider)
    integration = await assistant.database.read(integrations.get, workspace_id, kind.name)
    if integration is None or integration.status == "inactive":
        raise NotConnected(f"{kind.display_name} is not connected. In our private chat send: /{kind.name} connect")
    return integration


def why_not(tx: sa.Connection, workspace_id: int, provider: str) -> str | None:
    """Why the workspace's plan does not let it connect this provider beside those it has; None when it does."""
    if not needs_connecting(provider):
        return None
    others = [
        one.provider
        for one in connections(tx, workspace_id)
        if one.status != "inactive" and one.provider != provider and needs_connecting(one.provider)
    ]
    why = why_locked(workspaces.get(tx, workspace_id).plan, len(others))
    if why is None or not others:
        return why
    return f"{why} {provider_class(others[0]).display_name} is connected. Disconnect it first: /{others[0]} disconnect"


def check_plan(tx: sa.Connection, workspace_id: int, provider: str) -> None:
    """Raises PlanTooSmall with why, when the plan does not let this provider be connected."""
    why = why_not(tx, workspace_id, provider)
    if why is not None:
        raise PlanTooSmall(why)
