"""API tokens: only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.tables import api_tokens as table

SCOPES = ("read", "operate", "admin")
"""Each includes the ones before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who a token speaks for."""

    workspace_id: int
    name: str
    scope: str

    def may(self, scope: str) -> bool:
        """Whether this token's scope includes `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def create(tx: sa.Connection, workspace_id: int, *, name: str, scope: str, now: datetime) -> str:
    """A new token, shown this once."""
    token = f"la_{secrets.token_urlsafe(32)}"
    tx.execute(
        table.insert().values(
            workspace_id=workspace_id, name=name, scope=scope, token_hash=_hash(token), created_at=now
        )
    )
    return token


def bearer(tx: sa.Connection, token: str) -> Bearer | None:
    """Whom this token speaks for, or None; the token itself names the workspace."""
    row = tx.execute(sa.select(table).where(table.c.token_hash == _hash(token))).one_or_none()
    return None if row is None else Bearer(workspace_id=row.workspace_id, name=row.name, scope=row.scope)
