"""Renews credentials that end: once for everybody who needs them, on whatever replica, and kept before they are used.

A provider may give a newer pair for an older one a single time (Clover), so two who ask at once must not both ask it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from adapters.base import App
from adapters.registry import PROVIDERS, provider_class
from bot.kit.errors import LiveAssistError, NotAuthorised, Refused
from bot.kit.redact import redact
from bot.workflows.note_integrations import Level, blot, log
from storage import integrations
from storage.crypto import Vault
from storage.database import Database
from storage.integrations import Integration

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Renewal:
    """What it takes to renew the credentials of any integration."""

    database: Database
    vault: Vault
    app_of: Callable[[str], App]
    alone: Callable[[str], AbstractAsyncContextManager[None]]
    """Nobody else, in any process, is at the deed of that name meanwhile."""
    now: Callable[[], datetime]
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict)

    def keys_of(self, integration: Integration) -> StoredKeys:
        """The credentials of an integration as they are now. Raises NotAuthorised after a disconnect."""
        credentials = integrations.credentials(self.vault, integration)
        if credentials is None:
            raise _gone(integration)
        return StoredKeys(self, integration, credentials)

    async def renew(self, integration: Integration, stale: Mapping[str, str]) -> dict[str, str]:
        """Newer credentials than `stale`: what somebody else has kept meanwhile, or what the provider gives now."""
        lock = self._locks.setdefault(integration.id, asyncio.Lock())
        async with lock, self.alone(f"renew/{integration.id}"):
            now = await self.database.read(integrations.by_id, integration.workspace_id, integration.id)
            kept = integrations.credentials(self.vault, now) if now is not None else None
            if now is None or kept is None or now.connected_at != integration.connected_at:
                raise _gone(integration)
            if kept != dict(stale):
                return kept
            try:
                renewed = await provider_class(now.provider).renew(self.app_of(now.provider), kept)
            except Refused as no:
                gone = NotAuthorised(blot(no.message, kept.values()), code=no.code)
                await self.database.write(_note_end, now, gone, self.now())
                raise gone from None
            together = await self.database.write(
                integrations.keep_credentials, self.vault, now.workspace_id, now.provider, renewed
            )
            if together is None:
                raise _gone(integration)
            return together

    async def renew_due(self) -> None:
        """Renew what is about to end, of every workspace; one that cannot be renewed now holds up no other."""
        for integration in await self.database.read(integrations.connected):
            provider = PROVIDERS.get(integration.provider)
            try:
                credentials = integrations.credentials(self.vault, integration)
                if provider is None or credentials is None or integration.status == "error":
                    continue
                due = provider.renew_at(credentials)
                if due is not None and due <= self.now():
                    await self.renew(integration, credentials)
            except LiveAssistError as trouble:
                name = integration.display_name or integration.provider
                _log.warning("the credentials of %s are not renewed: %s", name, redact(trouble.message))


def _note_end(tx: sa.Connection, integration: Integration, gone: NotAuthorised, now: datetime) -> None:
    integrations.set_health(tx, integration.workspace_id, integration.id, error=gone.message)
    log(
        tx,
        integration.workspace_id,
        integration.provider,
        "renewal_refused",
        gone.message,
        now=now,
        level=Level.ERROR,
        code=gone.code,
    )


class StoredKeys:
    """A `Keyring`: the credentials of one integration, as they were last seen."""

    def __init__(self, renewal: Renewal, integration: Integration, credentials: Mapping[str, str]) -> None:
        self._renewal = renewal
        self._integration = integration
        self._credentials = credentials

    @property
    def credentials(self) -> Mapping[str, str]:
        """As they were last seen."""
        return self._credentials

    async def renew(self, stale: Mapping[str, str]) -> Mapping[str, str]:
        """Newer ones than `stale`; no question to anybody when somebody has got them meanwhile."""
        if dict(self._credentials) == dict(stale):
            self._credentials = await self._renewal.renew(self._integration, stale)
        return self._credentials


def _gone(integration: Integration) -> NotAuthorised:
    return NotAuthorised(f"{integration.display_name or integration.provider} is disconnected.")
