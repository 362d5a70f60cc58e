"""Integrations as the API shows them: never with a credential, masked or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.base import Account, Capability, PaymentProvider, Summary
from bot.api.shapes import Json, moment
from bot.workflows.connect_providers import Connection
from storage.integration_logs import Entry
from storage.integrations import Integration


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One provider, and how a workspace stands with it."""

    provider: type[PaymentProvider]
    integration: Integration | None
    locked: str | None
    """Why it cannot be connected."""
    oauth: bool
    bills: bool
    synced_at: datetime | None


def status_json(card: Card) -> Json:
    """How a connection stands."""
    one = card.integration
    connected = one is not None and one.status != "inactive"
    return {
        "provider": card.provider.name,
        "display_name": card.provider.display_name,
        "connected": connected,
        "status": one.status if one is not None else "inactive",
        "error": (one.error or None) if one is not None and connected else None,
        "account_id": (one.account_id or None) if one is not None and connected else None,
        "account_name": (one.display_name or None) if one is not None and connected else None,
        "livemode": one.livemode if one is not None and connected else None,
        "bills": card.bills,
        "connected_at": moment(one.connected_at) if one is not None and connected else None,
        "synced_at": moment(card.synced_at) if connected else None,
    }


def card_json(card: Card) -> Json:
    """The same with what the provider can do, and how it is connected."""
    kind = card.provider
    by_key = Capability.CONNECT_BY_KEY in kind.capabilities
    return status_json(card) | {
        "locked": card.locked is not None,
        "locked_reason": card.locked,
        "capabilities": sorted(one.value for one in kind.capabilities),
        "styles": [one.value for one in kind.styles],
        "connect": {
            "key": by_key,
            "oauth": card.oauth,
            "keys_page": kind.keys_page or None,
            "fields": [
                {
                    "name": field.name,
                    "label": field.label,
                    "example": field.example,
                    "secret": field.secret,
                    "required": field.required,
                }
                for field in (kind.credential_fields if by_key else ())
            ],
        },
    }


def account_json(account: Account) -> Json:
    """Whose books a connection opens."""
    return {
        "id": account.id,
        "name": account.name,
        "currency": account.currency,
        "country": account.country,
        "livemode": account.livemode,
        "can_charge": account.can_charge,
    }


def connected_json(provider: str, made: Connection) -> Json:
    """A connection that was just made."""
    return {
        "provider": provider,
        "connected": True,
        "account": account_json(made.account),
        "webhook": made.webhook,
        "webhook_error": made.webhook_error or None,
        "still_to_do": made.still_to_do or None,
        "left_open": made.left_open,
    }


def summary_json(provider: str, summary: Summary, records: Mapping[str, int]) -> Json:
    """How an account stands at the provider, and how much of its books we have read."""
    return {
        "provider": provider,
        "account": account_json(summary.account),
        "customers": summary.customers,
        "open_invoices": summary.open_invoices,
        "balance": [{"amount_cents": money.amount, "currency": money.currency} for money in summary.balance],
        "locations": [
            {"id": one.get("id", ""), "name": one.get("name", ""), "status": one.get("status", "")}
            for one in summary.locations
        ],
        "records": dict(records),
    }


def entry_json(entry: Entry) -> Json:
    """One entry of a log."""
    return {
        "id": entry.id,
        "level": entry.level,
        "event": entry.event,
        "message": entry.message,
        "details": entry.details,
        "happened_at": moment(entry.happened_at),
    }
