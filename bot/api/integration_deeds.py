"""Integrations, changed: connecting by key or on the provider's page, preferences, syncing, billing, disconnecting."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from adapters.base import Capability, PaymentProvider
from bot.api import bodies
from bot.api.finding import Names, buyer_called, show_called
from bot.api.integration_bodies import CREDENTIALS, PREFERENCES, credentials_of
from bot.api.integration_looks import CONNECTED, FEATURE, INTEGRATION, settings_now, test_now, the_provider
from bot.api.integration_shapes import connected_json
from bot.api.provider_problems import told_of
from bot.api.shapes import Json
from bot.api.standing import invoice_now
from bot.api.table import Deed, Order, Route, change, refused_as, register
from bot.problems import Problem
from bot.workflows.charge_invoices import NotPayable, charge_invoice
from bot.workflows.connect_by_oauth import begin_oauth
from bot.workflows.connect_providers import connect_by_key
from bot.workflows.disconnect_providers import disconnect_provider
from bot.workflows.explain_invoices import check_claims, why_nothing
from bot.workflows.find_connections import the_integration
from bot.workflows.issue_invoices import NoProvider, issue_invoices
from bot.workflows.set_preferences import set_preferences
from bot.workflows.sync_provider import sync_provider


def add_routes(app: web.Application) -> None:
    """For tokens with the scope operate."""
    register(app, ROUTES)


def _provider(order: Order) -> type[PaymentProvider]:
    return the_provider(order.names, order.assistant.settings.variant)


def _credentials(names: Names) -> Mapping[str, bodies.Field]:
    return credentials_of(the_provider(names, "full"))


async def _connect(order: Order) -> Json:
    return await _by_key(order) if order.given else await _auth_url(order)


async def _by_key(order: Order) -> Json:
    provider = _provider(order)
    if Capability.CONNECT_BY_KEY not in provider.capabilities:
        raise Problem(
            409, f"{provider.name.upper()}_NOT_OFFERED", f"{provider.display_name} is not connected with a key."
        )
    if not order.given:
        names = ", ".join(field.name for field in provider.credential_fields)
        raise Problem(400, "BAD_REQUEST", f"Send what it is connected with: {names}.")
    with told_of(provider.name, otherwise="INVALID_TOKEN"):
        made = await connect_by_key(order.assistant, order.workspace_id, provider.name, order.given)
    return connected_json(provider.name, made)


async def _auth_url(order: Order) -> Json:
    provider = _provider(order)
    with told_of(provider.name):
        page = await begin_oauth(order.assistant, order.workspace_id, provider.name, operator=order.by)
    return {"auth_url": page.url, "state": page.state}


async def _test(order: Order) -> Json:
    return await test_now(order.assistant, order.workspace_id, _provider(order))


async def _settings(order: Order) -> Json:
    provider = _provider(order)
    with told_of(provider.name, otherwise="SETTING_REFUSED"):
        await set_preferences(order.assistant, order.workspace_id, provider.name, order.given, by=order.by)
        return await settings_now(order.assistant, order.workspace_id, provider)


async def _disconnect(order: Order) -> Json:
    provider = _provider(order)
    with told_of(provider.name):
        left_open = await disconnect_provider(order.assistant, order.workspace_id, provider.name)
    return {"provider": provider.name, "connected": False, "left_open": left_open}


async def _sync(order: Order) -> Json:
    provider = _provider(order)
    with told_of(provider.name, otherwise="NOT_OFFERED"):
        integration = await the_integration(order.assistant, order.workspace_id, provider.name)
        synced = await sync_provider(order.assistant, integration)
    return {"synced": synced.synced, "updated": synced.updated, "errors": list(synced.errors)}


async def _invoice(order: Order) -> Json:
    provider = _provider(order)
    if ("buyer_id" in order.given) == ("buyer" in order.given):
        raise Problem(400, "BAD_REQUEST", "Send buyer_id or buyer, one of them.")
    show = await order.look(show_called, order.given["show_id"])
    buyer = await order.look(buyer_called, order.given.get("buyer_id") or order.given["buyer"])
    with told_of(provider.name):
        await the_integration(order.assistant, order.workspace_id, provider.name)
    with refused_as("NOTHING_TO_INVOICE"):
        await order.assistant.database.read(check_claims, show)
        try:
            issued = await issue_invoices(
                order.assistant, order.workspace_id, show.id, only=[buyer.id], provider=provider.name
            )
        except NoProvider as no:
            raise Problem(409, "PROVIDER_NOT_CONNECTED", no.message) from None
    if not issued.invoices:
        why = await order.assistant.database.read(why_nothing, show, [buyer.id], issued.under_way)
        raise Problem(409, "INVOICE_BEING_MADE" if issued.under_way else "NOTHING_TO_INVOICE", why)
    return await order.look(invoice_now, issued.invoices[0][0], order.assistant.settings.public_url)


async def _payment(order: Order) -> Json:
    provider = _provider(order)
    with told_of(provider.name):
        await the_integration(order.assistant, order.workspace_id, provider.name)
        try:
            await charge_invoice(
                order.assistant, order.workspace_id, provider.name, order.given["invoice_id"], by=order.by
            )
        except NotPayable as no:
            raise Problem(409, "INVOICE_NOT_PAYABLE", no.message) from None
    return await order.look(invoice_now, order.given["invoice_id"], order.assistant.settings.public_url)


def _deed(
    method: str,
    path: str,
    does: str,
    deed: Deed,
    answers: str,
    *,
    status: int = 200,
    body: bodies.Body = bodies.NOTHING,
    conflicts: tuple[str, ...] = CONNECTED,
    by_key: bool = False,
) -> Route:
    return change(
        method,
        f"{INTEGRATION}{path}",
        does,
        deed,
        answers=answers,
        status=status,
        body=body,
        conflicts=conflicts,
        feature=FEATURE,
        outside=True,
        any_body=CREDENTIALS if by_key else None,
        body_of=_credentials if by_key else None,
    )


_CONNECTING = ("PROVIDER_INVALID_TOKEN", "PROVIDER_REFUSED", "PROVIDER_NOT_OFFERED")
_OAUTH = ("PROVIDER_OAUTH_NOT_OFFERED",)
_DISCONNECT = "Forget the credentials; says how many unpaid invoices stay open there"

ROUTES = (
    _deed(
        "POST",
        "/connect",
        "Connect with these credentials, tried before they are kept; without any, begin on the provider's own page",
        _connect,
        "ConnectedOrPage",
        conflicts=(*_CONNECTING, *_OAUTH),
        by_key=True,
    ),
    _deed(
        "POST",
        "/credentials",
        "Connect with these credentials, tried before they are kept",
        _by_key,
        "Connected",
        conflicts=_CONNECTING,
        by_key=True,
    ),
    _deed(
        "POST",
        "/auth-url",
        "Begin to connect on the provider's own page: good for one use within ten minutes",
        _auth_url,
        "OAuthPage",
        conflicts=_OAUTH,
    ),
    _deed("POST", "/test", "Ask the provider whether the connection works", _test, "IntegrationTest", conflicts=()),
    _deed(
        "PATCH",
        "/settings",
        "Decide about a connection; what is left out stays",
        _settings,
        "IntegrationSettings",
        body=PREFERENCES,
    ),
    _deed(
        "POST",
        "/sync",
        "Read the provider's books now",
        _sync,
        "Synced",
        conflicts=(*CONNECTED, "PROVIDER_NOT_OFFERED"),
    ),
    _deed(
        "POST",
        "/invoices",
        "Bill one buyer of a show at this provider; asking twice bills nothing twice",
        _invoice,
        "Invoice",
        status=202,
        body={
            "show_id": bodies.required(bodies.BUYER_ID),
            "buyer_id": bodies.BUYER_ID,
            "buyer": bodies.HANDLE,
        },
        conflicts=(
            "PROVIDER_NOT_CONNECTED",
            "NOTHING_TO_INVOICE",
            "INVOICE_BEING_MADE",
            "BUYER_UNCLEAR",
        ),
    ),
    _deed(
        "POST",
        "/payments",
        "Charge an unpaid invoice to the method its buyer left at the provider",
        _payment,
        "Invoice",
        body={"invoice_id": bodies.required(bodies.BUYER_ID)},
        conflicts=(*CONNECTED, "PROVIDER_NOT_OFFERED", "INVOICE_NOT_PAYABLE"),
    ),
    _deed("DELETE", "", _DISCONNECT, _disconnect, "Disconnected"),
    _deed("DELETE", "/disconnect", _DISCONNECT, _disconnect, "Disconnected"),
    _deed("POST", "/disconnect", _DISCONNECT, _disconnect, "Disconnected"),
)
