"""Integrations, looked at: which there are, how each stands, what it says of itself, what happened with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from aiohttp import web

from adapters.base import PaymentProvider
from bot.api.access import BEARER
from bot.api.finding import Names
from bot.api.integration_shapes import Card, account_json, card_json, entry_json, status_json, summary_json
from bot.api.provider_problems import code_of, told_of
from bot.api.routes import cursor_of, limit_of
from bot.api.shapes import Json
from bot.api.table import VARIANT, Route, register
from bot.kit.errors import BadInput, OutsideError
from bot.kit.redact import redact
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from bot.workflows.connect_by_oauth import can_be_agreed
from bot.workflows.connect_providers import test_connection
from bot.workflows.find_connections import the_integration, why_not
from bot.workflows.note_integrations import Level
from bot.workflows.offer_providers import billable, offered
from bot.workflows.set_preferences import preferences_of
from bot.workflows.sync_provider import last_synced
from storage import integration_data, integration_logs, integrations
from storage.crypto import CannotDecrypt

INTEGRATION = "/api/integrations/{provider}"
FEATURE = "integrations"


def add_routes(app: web.Application) -> None:
    """For tokens with the scope read."""
    register(app, ROUTES)


def the_provider(names: Names, variant: str) -> type[PaymentProvider]:
    """The provider of the address."""
    provider = offered(variant).get(names["provider"])
    if provider is None:
        raise Problem(404, "NOT_FOUND", "There is no such provider. GET /api/integrations lists those there are.")
    return provider


Asking = Callable[[Assistant, int, type[PaymentProvider]], Awaitable[Json]]


def _asks(ask: Asking) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        provider = the_provider(request.match_info, request.app[VARIANT])
        with told_of(provider.name):
            return web.json_response(await ask(request.app[ASSISTANT], request[BEARER].workspace_id, provider))

    return handler


async def _all(request: web.Request) -> web.Response:
    assistant, workspace_id = request.app[ASSISTANT], request[BEARER].workspace_id
    cards = [
        card_json(await card_of(assistant, workspace_id, provider))
        for provider in offered(assistant.settings.variant).values()
    ]
    return web.json_response({"integrations": cards, "next_cursor": None})


async def card_of(assistant: Assistant, workspace_id: int, provider: type[PaymentProvider]) -> Card:
    """One provider, and how the workspace stands with it."""
    oauth = can_be_agreed(assistant, provider)

    def look(tx: sa.Connection) -> Card:
        one = integrations.get(tx, workspace_id, provider.name)
        first = next(iter(billable(tx, workspace_id, assistant.settings.variant)), None)
        return Card(
            provider=provider,
            integration=one,
            locked=why_not(tx, workspace_id, provider.name),
            oauth=oauth,
            bills=first is not None and first.provider == provider.name,
            synced_at=last_synced(tx, workspace_id, one) if one is not None else None,
        )

    return await assistant.database.read(look)


async def _status(assistant: Assistant, workspace_id: int, provider: type[PaymentProvider]) -> Json:
    return status_json(await card_of(assistant, workspace_id, provider))


async def _summary(assistant: Assistant, workspace_id: int, provider: type[PaymentProvider]) -> Json:
    integration = await the_integration(assistant, workspace_id, provider.name)
    summary = await assistant.provider_for(integration).summary()
    records = await assistant.database.read(
        integration_data.counts, workspace_id, provider.name, integration.account_id
    )
    return summary_json(provider.name, summary, records)


async def test_now(assistant: Assistant, workspace_id: int, provider: type[PaymentProvider]) -> Json:
    """Whether the provider answers now: true only when it does, else false with the reason."""
    try:
        account = await test_connection(assistant, workspace_id, provider.name)
    except (BadInput, OutsideError, CannotDecrypt) as trouble:
        return {
            "success": False,
            "message": redact(trouble.message),
            "error_code": code_of(provider.name, trouble)[1],
            "account": None,
        }
    message = f"{provider.display_name} answers." + (
        "" if account.can_charge else " The account cannot take payments yet: finish its setup there."
    )
    return {"success": True, "message": message, "error_code": None, "account": account_json(account)}


async def settings_now(assistant: Assistant, workspace_id: int, provider: type[PaymentProvider]) -> Json:
    """What is decided about a connection."""
    integration = await the_integration(assistant, workspace_id, provider.name)
    return await assistant.database.read(preferences_of, integration)


async def _logs(request: web.Request) -> web.Response:
    provider = the_provider(request.match_info, request.app[VARIANT])
    limit, before = limit_of(request), cursor_of(request, 1)
    level = request.query.get("level", "")
    if level and level not in list(Level):
        raise Problem(400, "BAD_REQUEST", f"level is one of {', '.join(Level)}.")
    found = await request.app[ASSISTANT].database.read(
        integration_logs.page,
        request[BEARER].workspace_id,
        provider.name,
        before=before[0] if before else None,
        level=level,
        limit=limit + 1,
    )
    page = found[:limit]
    return web.json_response(
        {
            "logs": [entry_json(entry) for entry in page],
            "next_cursor": str(page[-1].id) if len(found) > limit else None,
        }
    )


def _look(path: str, does: str, ask: Asking, answers: str, *, outside: bool = False, connected: bool = True) -> Route:
    return Route(
        method="GET",
        path=f"{INTEGRATION}/{path}",
        does=does,
        handler=_asks(ask),
        answers=answers,
        feature=FEATURE,
        outside=outside,
        conflicts=CONNECTED if connected else (),
    )


CONNECTED = ("PROVIDER_NOT_CONNECTED", "PROVIDER_INVALID_TOKEN", "PROVIDER_TOKEN_EXPIRED", "PROVIDER_REFUSED")
"""What there is to say about any connection, PROVIDER being its name."""

ROUTES = (
    Route(
        method="GET",
        path="/api/integrations",
        does="List the providers there are, and how the workspace stands with each",
        handler=_all,
        answers="Integrations",
        feature=FEATURE,
    ),
    _look(
        "status", "Say how a connection stands, without asking anybody", _status, "IntegrationStatus", connected=False
    ),
    _look("summary", "Ask the provider for its own figures", _summary, "IntegrationSummary", outside=True),
    _look("test", "Ask the provider whether the connection works", test_now, "IntegrationTest", connected=False),
    _look("settings", "Say what is decided about a connection", settings_now, "IntegrationSettings"),
    Route(
        method="GET",
        path=f"{INTEGRATION}/logs",
        does="List what happened with a connection, newest first",
        handler=_logs,
        answers="IntegrationLogs",
        query=("limit", "cursor", "level"),
        feature=FEATURE,
    ),
)
