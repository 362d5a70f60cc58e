"""Operators: who may command, and how they were paired."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import turns
from storage.database import new_id
from storage.tables import operator_identities as identities
from storage.tables import operators as table
from storage.tables import pairing_codes as codes
from storage.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who runs shows."""

    id: int
    workspace_id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorChat:
    """A private chat in which an operator can be told things."""

    operator_id: int
    channel_id: int
    chat_id: str


def _hash(code: str) -> str:
    return hashlib.sha256(b"live-assist pairing " + code.encode()).hexdigest()


def any_paired(tx: sa.Connection, workspace_id: int) -> bool:
    """Whether the workspace has an operator."""
    return tx.scalar(sa.select(table.c.id).where(table.c.workspace_id == workspace_id).limit(1)) is not None


def new_code(tx: sa.Connection, workspace_id: int, code: str, *, role: str, expires_at: datetime) -> None:
    """Keep a pairing code, as a hash; older unused ones stop working."""
    turns.take(tx, workspace_id, Turn.PAIRING)
    tx.execute(codes.delete().where(codes.c.workspace_id == workspace_id, codes.c.used_at.is_(None)))
    tx.execute(
        codes.insert().values(workspace_id=workspace_id, code_hash=_hash(code), role=role, expires_at=expires_at)
    )


def use_code(tx: sa.Connection, workspace_id: int, code: str, now: datetime) -> str | None:
    """Use a code up: the role it grants, or None when it is wrong, used or expired."""
    turns.take(tx, workspace_id, Turn.PAIRING)
    used: str | None = tx.scalar(
        codes.update()
        .where(
            codes.c.workspace_id == workspace_id,
            codes.c.code_hash == _hash(code),
            codes.c.used_at.is_(None),
            codes.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(codes.c.role)
    )
    return used


def pair(
    tx: sa.Connection,
    workspace_id: int,
    *,
    name: str,
    role: str,
    channel_id: int,
    platform_user_id: str,
    chat_id: str,
    now: datetime,
) -> Operator:
    """Make this identity an operator; pairing again changes nothing but the chat."""
    turns.take(tx, workspace_id, Turn.PAIRING)
    known = by_identity(tx, workspace_id, channel_id, platform_user_id)
    if known is not None:
        tx.execute(
            identities.update()
            .where(
                identities.c.workspace_id == workspace_id,
                identities.c.channel_id == channel_id,
                identities.c.platform_user_id == platform_user_id,
            )
            .values(chat_id=chat_id)
        )
        return known
    made = tx.execute(table.insert().values(workspace_id=workspace_id, name=name, role=role, created_at=now))
    operator = Operator(id=new_id(made), workspace_id=workspace_id, name=name, role=role)
    tx.execute(
        identities.insert().values(
            workspace_id=workspace_id,
            operator_id=operator.id,
            channel_id=channel_id,
            platform_user_id=platform_user_id,
            chat_id=chat_id,
        )
    )
    return operator


def by_identity(tx: sa.Connection, workspace_id: int, channel_id: int, platform_user_id: str) -> Operator | None:
    """The operator behind an identity, or None for a stranger."""
    row = tx.execute(
        sa.select(table)
        .join(identities, identities.c.operator_id == table.c.id)
        .where(
            identities.c.workspace_id == workspace_id,
            identities.c.channel_id == channel_id,
            identities.c.platform_user_id == platform_user_id,
        )
    ).one_or_none()
    if row is None:
        return None
    return Operator(id=row.id, workspace_id=row.workspace_id, name=row.name, role=row.role)


def chats(tx: sa.Connection, workspace_id: int) -> list[OperatorChat]:
    """Where operators are told what happens."""
    rows = tx.execute(
        sa.select(identities.c.operator_id, identities.c.channel_id, identities.c.chat_id)
        .where(identities.c.workspace_id == workspace_id)
        .order_by(identities.c.id)
    )
    return [OperatorChat(operator_id=r.operator_id, channel_id=r.channel_id, chat_id=r.chat_id) for r in rows]
