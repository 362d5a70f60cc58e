"""Every route that changes something, and those to watch it with."""

from __future__ import annotations

from aiohttp import web

from bot.api import claim_deeds, connect, invoice_deeds, payment_deeds, show_deeds, subscriptions
from bot.api.table import register

ROUTES = (
    *show_deeds.ROUTES,
    *claim_deeds.ROUTES,
    *invoice_deeds.ROUTES,
    *payment_deeds.ROUTES,
    *subscriptions.ROUTES,
    *connect.ROUTES,
)


def add_routes(app: web.Application) -> None:
    """Each for tokens with the scope it names."""
    register(app, ROUTES)
