"""Buyers and their identities, as rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.buyer import Buyer, handle_for
from storage import turns
from storage.rows import look_up, run_with_rows
from storage.tables import buyers as table
from storage.tables import customers, identities
from storage.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One id a platform gives a buyer."""

    id: int
    buyer_id: int
    channel_id: int
    kind: str
    platform_user_id: str
    name: str
    chat_id: str
    """Where this person can be written to; empty when that is not known."""
    reachable: bool | None
    """Whether they let us write to them; None until it was tried."""
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody heard in a feed or a chat, before we know whether they are known."""

    channel_id: int
    platform: str
    kind: str
    platform_user_id: str
    username: str
    name: str
    language: str = ""
    """One of ours, where the platform says what they speak."""


def _buyer(row: sa.Row[Any]) -> Buyer:
    return Buyer(
        id=row.id,
        workspace_id=row.workspace_id,
        handle=row.handle,
        name=row.name,
        platform=row.platform,
        platform_user_id=row.platform_user_id,
    )


def _identity(row: sa.Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        buyer_id=row.buyer_id,
        channel_id=row.channel_id,
        kind=row.kind,
        platform_user_id=row.platform_user_id,
        name=row.name,
        chat_id=row.chat_id,
        reachable=row.reachable,
        last_inbound_at=row.last_inbound_at,
    )


def handle_key(handle: str) -> str:
    """Handles are compared without regard to case, width and composition."""
    return unicodedata.normalize("NFKC", handle).casefold()


def known(
    tx: sa.Connection, workspace_id: int, authors: Iterable[tuple[int, str, str]]
) -> dict[tuple[int, str, str], int]:
    """(channel, kind, platform user id) → buyer id, for those already met."""
    rows = list(authors)
    if not rows:
        return {}
    found = look_up(
        tx,
        "i.channel_id, i.kind, i.platform_user_id, i.buyer_id",
        "identities i",
        "i.channel_id = r.channel_id AND i.kind = r.kind AND i.platform_user_id = r.platform_user_id "
        "AND i.workspace_id = :workspace_id",
        {"channel_id": "bigint", "kind": "text", "platform_user_id": "text"},
        rows,
        workspace_id=workspace_id,
    )
    return {(row[0], row[1], row[2]): row[3] for row in found}


def meet(
    tx: sa.Connection, workspace_id: int, authors: Sequence[Author], now: datetime
) -> dict[tuple[int, str, str], int]:
    """Make a buyer for each of these people, none of whom was known; the same map as `known`."""
    if not authors:
        return {}
    turns.take(tx, workspace_id, Turn.MEETING)
    met = {} if tx.dialect.name == "sqlite" else known(tx, workspace_id, [_key(author) for author in authors])
    authors = [author for author in authors if _key(author) not in met]
    if not authors:
        return met
    made = tx.execute(
        table.insert().returning(table.c.id, sort_by_parameter_order=True),
        [
            {
                "workspace_id": workspace_id,
                "handle": (handle := handle_for(author.username, author.name, author.platform_user_id)),
                "handle_key": handle_key(handle),
                "name": author.name or author.username,
                "platform": author.platform,
                "platform_user_id": author.platform_user_id,
                "language": author.language,
                "created_at": now,
            }
            for author in authors
        ],
    )
    ids = [int(row.id) for row in made]
    tx.execute(
        identities.insert(),
        [
            {
                "workspace_id": workspace_id,
                "buyer_id": buyer_id,
                "channel_id": author.channel_id,
                "kind": author.kind,
                "platform_user_id": author.platform_user_id,
                "username": author.username,
                "name": author.name,
                "chat_id": author.platform_user_id if author.kind in ("user", "psid") else "",
            }
            for author, buyer_id in zip(authors, ids, strict=True)
        ],
    )
    return met | {_key(author): buyer_id for author, buyer_id in zip(authors, ids, strict=True)}


def _key(author: Author) -> tuple[int, str, str]:
    return (author.channel_id, author.kind, author.platform_user_id)


def get(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Buyer | None:
    """One buyer, or None."""
    row = tx.execute(sa.select(table).where(table.c.id == buyer_id, table.c.workspace_id == workspace_id)).one_or_none()
    return None if row is None else _buyer(row)


def many(tx: sa.Connection, workspace_id: int, buyer_ids: Iterable[int]) -> dict[int, Buyer]:
    """These buyers by id."""
    found = run_with_rows(
        tx,
        "SELECT b.id, b.workspace_id, b.handle, b.name, b.platform, b.platform_user_id "
        "FROM {rows} {join} buyers b ON b.id = r.id WHERE b.workspace_id = :workspace_id",
        {"id": "bigint"},
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
    )
    return {row.id: _buyer(row) for row in found}


def by_handle(tx: sa.Connection, workspace_id: int, handle: str) -> list[Buyer]:
    """Everybody an operator may mean by `@handle`, `#number` or a name; several when it is not clear."""
    wanted = handle.strip()
    if wanted.startswith("#") and wanted[1:].isdecimal() and len(wanted) < 19:
        buyer = get(tx, workspace_id, int(wanted[1:]))
        return [buyer] if buyer else []
    key = handle_key(wanted.lstrip("@").replace(" ", ""))
    rows = tx.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id, table.c.handle_key == key).order_by(table.c.id)
    )
    return [_buyer(row) for row in rows]


def language_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> str:
    """What this buyer reads; empty while that is not known."""
    language: str | None = tx.scalar(
        sa.select(table.c.language).where(table.c.id == buyer_id, table.c.workspace_id == workspace_id)
    )
    return language or ""


def set_language(
    tx: sa.Connection, workspace_id: int, buyer_id: int, language: str, *, where_unknown: bool = False
) -> None:
    """Note what a buyer reads; empty is what their show speaks. `where_unknown` changes nothing that was noted."""
    this = table.update().where(table.c.id == buyer_id, table.c.workspace_id == workspace_id)
    if where_unknown:
        this = this.where(table.c.language == "")
    tx.execute(this.values(language=language))


def identities_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[Identity]:
    """Every id this buyer has."""
    rows = tx.execute(
        sa.select(identities)
        .where(identities.c.workspace_id == workspace_id, identities.c.buyer_id == buyer_id)
        .order_by(identities.c.id)
    )
    return [_identity(row) for row in rows]


def link_identity(
    tx: sa.Connection,
    workspace_id: int,
    buyer_id: int,
    *,
    channel_id: int,
    kind: str,
    platform_user_id: str,
    name: str = "",
) -> None:
    """Remember another id of a buyer (the PSID a private reply told us); a known id stays with whom it belongs to."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(identities)
        .values(
            workspace_id=workspace_id,
            buyer_id=buyer_id,
            channel_id=channel_id,
            kind=kind,
            platform_user_id=platform_user_id,
            name=name,
            chat_id=platform_user_id,
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "kind", "platform_user_id"])
    )


def set_reachable(
    tx: sa.Connection,
    workspace_id: int,
    channel_id: int,
    platform_user_id: str,
    *,
    reachable: bool,
    heard_at: datetime | None = None,
) -> int | None:
    """Note whether a person can be written to; `heard_at` when they wrote to us. Returns the buyer, or None."""
    where = (
        identities.c.workspace_id == workspace_id,
        identities.c.channel_id == channel_id,
        identities.c.platform_user_id == platform_user_id,
        identities.c.kind.in_(("user", "psid")),
    )
    values: dict[str, Any] = {"reachable": reachable}
    if heard_at is not None:
        values["last_inbound_at"] = heard_at
    tx.execute(identities.update().where(*where).values(**values))
    buyer_id: int | None = tx.scalar(sa.select(identities.c.buyer_id).where(*where))
    return buyer_id


def customer_of(tx: sa.Connection, workspace_id: int, buyer_id: int, provider: str, account_id: str) -> str | None:
    """The provider's customer for this buyer in this account, or None."""
    found: str | None = tx.scalar(
        sa.select(customers.c.customer_id).where(
            customers.c.workspace_id == workspace_id,
            customers.c.buyer_id == buyer_id,
            customers.c.provider == provider,
            customers.c.account_id == account_id,
        )
    )
    return found


def keep_customer(
    tx: sa.Connection, workspace_id: int, buyer_id: int, *, provider: str, account_id: str, customer_id: str
) -> None:
    """Store the provider's customer with the buyer, replacing one that is gone there."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(customers)
        .values(
            workspace_id=workspace_id,
            buyer_id=buyer_id,
            provider=provider,
            account_id=account_id,
            customer_id=customer_id,
        )
        .on_conflict_do_update(
            index_elements=["buyer_id", "provider", "account_id"],
            set_={"customer_id": customer_id},
            where=customers.c.workspace_id == workspace_id,
        )
    )
