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

    id: int
    workspace_id: int
    name: str
    scope: str

    def may(self, scope: str) -> bool:
        """Whether this token's scope includes `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its owner may know it again; itself it was shown once."""

    id: int
    name: str
    scope: str
    created_at: datetime


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
    return None if row is None else Bearer(id=row.id, workspace_id=row.workspace_id, name=row.name, scope=row.scope)


def listed(tx: sa.Connection, workspace_id: int) -> list[Token]:
    """The tokens that open the API for this workspace, oldest first."""
    rows = tx.execute(sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id))
    return [Token(id=row.id, name=row.name, scope=row.scope, created_at=row.created_at) for row in rows]


def is_known(tx: sa.Connection, workspace_id: int, token_id: int) -> bool:
    """Whether this token has not been revoked meanwhile."""
    mine = (table.c.workspace_id == workspace_id) & (table.c.id == token_id)
    return tx.scalar(sa.select(table.c.id).where(mine)) is not None


def revoke(tx: sa.Connection, workspace_id: int, token_id: int) -> None:
    """Have a token open nothing any more, for good."""
    tx.execute(table.delete().where((table.c.workspace_id == workspace_id) & (table.c.id == token_id)))
