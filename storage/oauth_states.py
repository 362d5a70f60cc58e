"""Connections under way on a provider's page: each state is kept as a hash, for a while, and used once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from storage.crypto import Vault
from storage.tables import oauth_states as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A connection that somebody began and is back from."""

    id: int
    workspace_id: int
    operator: str
    """Who began it."""
    channel_id: int | None
    chat_id: str
    """The chat it was begun in; empty when it was begun elsewhere."""
    verifier: str = field(repr=False)
    """PKCE's secret (RFC 7636)."""
    redirect_uri: str


def _hash(state: str) -> str:
    return hashlib.sha256(b"live-assist oauth " + state.encode("utf-8", "replace")).hexdigest()


def _bound_to(workspace_id: int, state_hash: str) -> str:
    return f"oauth_states/{workspace_id}/{state_hash}/verifier"


def begin(
    tx: sa.Connection,
    vault: Vault,
    workspace_id: int,
    provider: str,
    *,
    operator: str,
    channel_id: int | None,
    chat_id: str,
    verifier: str,
    redirect_uri: str,
    expires_at: datetime,
) -> str:
    """A new state of 256 random bits. Only its hash is kept, and the verifier sealed."""
    state = secrets.token_urlsafe(32)
    state_hash = _hash(state)
    tx.execute(
        table.insert().values(
            workspace_id=workspace_id,
            provider=provider,
            state_hash=state_hash,
            operator=operator,
            channel_id=channel_id,
            chat_id=chat_id,
            verifier_enc=vault.seal(verifier.encode(), bound_to=_bound_to(workspace_id, state_hash)),
            redirect_uri=redirect_uri,
            expires_at=expires_at,
        )
    )
    return state


def use(tx: sa.Connection, vault: Vault, provider: str, state: str, now: datetime) -> Begun | None:
    """Use a state up: what was begun with it, or None when it is unknown, used, expired or another provider's.

    The state itself says which workspace it is.
    """
    row = tx.execute(
        table.update()
        .where(
            table.c.state_hash == _hash(state),
            table.c.provider == provider,
            table.c.used_at.is_(None),
            table.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(table)
    ).one_or_none()
    if row is None:
        return None
    bound_to = _bound_to(row.workspace_id, row.state_hash)
    return Begun(
        id=row.id,
        workspace_id=row.workspace_id,
        operator=row.operator,
        channel_id=row.channel_id,
        chat_id=row.chat_id,
        verifier=vault.open(row.verifier_enc, bound_to=bound_to).decode(),
        redirect_uri=row.redirect_uri,
    )


def prune(tx: sa.Connection, before: datetime) -> None:
    """Forget what expired before that."""
    tx.execute(table.delete().where(table.c.expires_at < before))
