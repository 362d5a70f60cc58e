"""Keeps API tokens: made, listed, and revoked when one may have got into other hands."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.kit.errors import BadInput
from storage import tokens

LONGEST_NAME = 100


def make_token(tx: sa.Connection, workspace_id: int, name: str, scope: str, now: datetime) -> str:
    """A new token, shown this once. Its name says in the ledger who it was. Raises BadInput."""
    line = " ".join(name.split())
    if not line or len(line) > LONGEST_NAME or not line.isprintable():
        raise BadInput(
            f'a token has a name of 1 to {LONGEST_NAME} characters that says what it is for: --name "my script"'
        )
    return tokens.create(tx, workspace_id, name=line, scope=scope, now=now)


def list_tokens(tx: sa.Connection, workspace_id: int) -> list[str]:
    """A line for each, oldest first, with the number by which it is revoked."""
    made = [f"{one.id}  {one.name}  {one.scope}  {one.created_at:%Y-%m-%d}" for one in tokens.listed(tx, workspace_id)]
    return made or ["No tokens yet. Make one with: live-assist token create --name my-script"]


def revoke_token(tx: sa.Connection, workspace_id: int, token_id: int) -> str:
    """Have a token open nothing any more. Raises BadInput when there is none of this number."""
    for one in tokens.listed(tx, workspace_id):
        if one.id == token_id:
            tokens.revoke(tx, workspace_id, token_id)
            return f"{one.name} is revoked: its token opens nothing any more."
    raise BadInput(f"there is no token {token_id}: live-assist token list shows those there are")
