"""Renews credentials that end: once for everybody who needs them, on whatever replica, and kept before they are used.

A provider may give a newer pair for an older one a single time (Clover), so two who ask at once must not both ask it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from adapters.base import App
from adapters.registry import provider_class
from bot.kit.errors import NotAuthorised, Refused
from bot.kit.redact import redact
from storage import integrations
from storage.crypto import Vault
from storage.database import Database
from storage.integrations import Integration


@dataclass(kw_only=True)
class Renewal:
    """What it takes to renew the credentials of any integration."""

    database: Database
    vault: Vault
    app_of: Callable[[str], App]
    alone: Callable[[str], AbstractAsyncContextManager[None]]
    """Nobody else, in any process, is at the deed of that name meanwhile."""
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
                gone = NotAuthorised(no.message, code=no.code)
                await self.database.write(integrations.set_health, now.workspace_id, now.id, error=redact(gone.message))
                raise gone from no
            await self.database.write(
                integrations.keep_credentials, self.vault, now.workspace_id, now.provider, renewed
            )
            return renewed


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
