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
from storage.rows import insert_rows, look_up, new_ids, run_with_rows
from storage.tables import buyers as table
from storage.tables import customers, identities, strikes, to_millis
from storage.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One id a platform gives a buyer."""

    id: int
    buyer_id: int
    channel_id: int
    kind: str
    platform_user_id: str
    username: str = ""
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


_SHOWN = (
    "id",
    "workspace_id",
    "handle",
    "name",
    "platform",
    "platform_user_id",
    "blocked",
    "deposit_due",
    "pays_first",
    "hold_minutes",
    "strikes",
    "note",
    "language",
)
_FLAGS = ("blocked", "deposit_due", "pays_first")
_COLUMNS = ", ".join(f"b.{name}" for name in _SHOWN)


def _buyer(row: Sequence[Any]) -> Buyer:
    values = dict(zip(_SHOWN, row, strict=True))
    return Buyer(**values | {name: bool(values[name]) for name in _FLAGS})


def _identity(row: sa.Row[Any]) -> Identity:
    return Identity(
        id=row.id,
        buyer_id=row.buyer_id,
        channel_id=row.channel_id,
        kind=row.kind,
        platform_user_id=row.platform_user_id,
        username=row.username,
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
    ids = new_ids(tx, "buyers", len(authors))
    insert_rows(
        tx,
        "buyers",
        _BUYER,
        [_buyer_row(buyer_id, author) for buyer_id, author in zip(ids, authors, strict=True)],
        workspace_id=workspace_id,
        created_at=to_millis(now),
    )
    insert_rows(
        tx,
        "identities",
        _IDENTITY,
        [_identity_row(buyer_id, author) for buyer_id, author in zip(ids, authors, strict=True)],
        workspace_id=workspace_id,
    )
    return met | {_key(author): buyer_id for author, buyer_id in zip(authors, ids, strict=True)}


_BUYER = {
    "id": "bigint",
    "handle": "text",
    "handle_key": "text",
    "name": "text",
    "platform": "text",
    "platform_user_id": "text",
    "language": "text",
}
_IDENTITY = {
    "buyer_id": "bigint",
    "channel_id": "bigint",
    "kind": "text",
    "platform_user_id": "text",
    "username": "text",
    "name": "text",
    "chat_id": "text",
}


def _buyer_row(buyer_id: int, author: Author) -> tuple[int, str, str, str, str, str, str]:
    handle = handle_for(author.username, author.name, author.platform_user_id)
    name = author.name or author.username
    return buyer_id, handle, handle_key(handle), name, author.platform, author.platform_user_id, author.language


def _identity_row(buyer_id: int, author: Author) -> tuple[int, int, str, str, str, str, str]:
    chat_id = author.platform_user_id if author.kind in ("user", "psid") else ""
    return buyer_id, *_key(author), author.username, author.name, chat_id


def _key(author: Author) -> tuple[int, str, str]:
    return (author.channel_id, author.kind, author.platform_user_id)


def get(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Buyer | None:
    """One buyer, or None; for one who was merged into another it is the other."""
    return many(tx, workspace_id, [buyer_id]).get(buyer_id)


def many(tx: sa.Connection, workspace_id: int, buyer_ids: Iterable[int]) -> dict[int, Buyer]:
    """These buyers by id; an id that was merged into another buyer's is that buyer's."""
    found = run_with_rows(
        tx,
        f"SELECT r.id, {_COLUMNS} FROM {{rows}} {{join}} buyers a ON a.id = r.id "
        "{join} buyers b ON b.id = coalesce(a.merged_into_id, a.id) "
        "WHERE a.workspace_id = :workspace_id AND b.workspace_id = :workspace_id",
        {"id": "bigint"},
        [(buyer_id,) for buyer_id in buyer_ids],
        workspace_id=workspace_id,
    )
    return {row[0]: _buyer(row[1:]) for row in found}


def lock(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Buyer | None:
    """The same, held until the transaction ends."""
    while (buyer := get(tx, workspace_id, buyer_id)) is not None:
        mine = table.c.workspace_id == workspace_id, table.c.id == buyer.id
        tx.execute(sa.select(table.c.id).where(*mine).with_for_update(key_share=True))
        again = get(tx, workspace_id, buyer.id)
        if again is None or again.id == buyer.id:
            return again
        buyer_id = again.id  # merged while we waited
    return None


def by_handle(tx: sa.Connection, workspace_id: int, handle: str) -> list[Buyer]:
    """Everybody an operator may mean by `@handle`, `#number` or a name; several when it is not clear."""
    wanted = handle.strip()
    if wanted.startswith("#") and wanted[1:].isdecimal() and len(wanted) < 19:
        buyer = get(tx, workspace_id, int(wanted[1:]))
        return [buyer] if buyer else []
    key = handle_key(wanted.lstrip("@").replace(" ", ""))
    called = tx.scalars(
        sa.select(table.c.id)
        .where(table.c.workspace_id == workspace_id, table.c.handle_key == key)
        .order_by(table.c.id)
    ).all()
    known = many(tx, workspace_id, called)
    return list({known[buyer_id].id: known[buyer_id] for buyer_id in called}.values())


def language_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> str:
    """What this buyer reads; empty while that is not known."""
    language: str | None = tx.scalar(_LANGUAGE, {"this": buyer_id, "workspace": workspace_id})
    return language or ""


_LANGUAGE = sa.select(table.c.language).where(
    table.c.id == sa.bindparam("this"), table.c.workspace_id == sa.bindparam("workspace")
)


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
    rows = tx.execute(_IDENTITIES, {"buyer": buyer_id, "workspace": workspace_id})
    return [_identity(row) for row in rows]


_KEPT = sa.select(sa.func.coalesce(table.c.merged_into_id, table.c.id)).where(table.c.id == sa.bindparam("buyer"))
_IDENTITIES = (
    sa.select(identities)
    .where(identities.c.workspace_id == sa.bindparam("workspace"), identities.c.buyer_id == _KEPT.scalar_subquery())
    .order_by(identities.c.id)
)


def link_identity(
    tx: sa.Connection,
    workspace_id: int,
    buyer_id: int,
    *,
    channel_id: int,
    kind: str,
    platform_user_id: str,
) -> None:
    """Remember another id of a buyer (the PSID a private reply told us); a known id stays with whom it belongs to."""
    merging = sa.select(sa.func.coalesce(table.c.merged_into_id, table.c.id)).where(table.c.id == buyer_id)
    buyer_id = tx.scalars(merging.with_for_update(read=True)).one()  # so that no merge misses this one
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(identities)
        .values(
            workspace_id=workspace_id,
            buyer_id=buyer_id,
            channel_id=channel_id,
            kind=kind,
            platform_user_id=platform_user_id,
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
    who = {"workspace": workspace_id, "channel": channel_id, "person": platform_user_id}
    values: dict[str, Any] = {"reachable": reachable}
    if heard_at is not None:
        values["last_inbound_at"] = heard_at
    return tx.scalars(_SET_REACHABLE, {**who, **values}).first()


_SET_REACHABLE = (
    identities.update()
    .where(
        identities.c.workspace_id == sa.bindparam("workspace"),
        identities.c.channel_id == sa.bindparam("channel"),
        identities.c.platform_user_id == sa.bindparam("person"),
        identities.c.kind.in_(("user", "psid")),
    )
    .returning(identities.c.buyer_id)
)


def set_flags(tx: sa.Connection, workspace_id: int, buyer_id: int, **values: Any) -> None:
    """Set what the shop has noted about a buyer: `blocked`, `deposit_due`, `pays_first`, `note`, …"""
    tx.execute(table.update().where(table.c.id == buyer_id, table.c.workspace_id == workspace_id).values(**values))


def strike(tx: sa.Connection, workspace_id: int, buyer_id: int, reason: str, now: datetime) -> int:
    """Give a buyer a strike; returns how many they have now."""
    tx.execute(strikes.insert().values(workspace_id=workspace_id, buyer_id=buyer_id, reason=reason, given_at=now))
    return count_strikes(tx, workspace_id, buyer_id)


def count_strikes(tx: sa.Connection, workspace_id: int, buyer_id: int) -> int:
    """Count the strikes of a buyer that nobody took back, and keep that with the buyer."""
    standing = (
        sa.select(sa.func.count())
        .select_from(strikes)
        .where(
            strikes.c.workspace_id == workspace_id,
            strikes.c.buyer_id == buyer_id,
            strikes.c.taken_back_at.is_(None),
        )
    )
    count = int(tx.scalars(standing).one())
    set_flags(tx, workspace_id, buyer_id, strikes=count)
    return count


def customer_of(tx: sa.Connection, workspace_id: int, buyer_id: int, provider: str, account_id: str) -> str | None:
    """The provider's customer for this buyer in this account, or None."""
    whose = {"workspace": workspace_id, "buyer": buyer_id}
    found: str | None = tx.scalar(_CUSTOMER, {**whose, "provider": provider, "account": account_id})
    return found


_CUSTOMER = sa.select(customers.c.customer_id).where(
    customers.c.workspace_id == sa.bindparam("workspace"),
    customers.c.buyer_id == sa.bindparam("buyer"),
    customers.c.provider == sa.bindparam("provider"),
    customers.c.account_id == sa.bindparam("account"),
)


def keep_customer(
    tx: sa.Connection, workspace_id: int, buyer_id: int, *, provider: str, account_id: str, customer_id: str
) -> None:
    """Store the provider's customer with the buyer, replacing one that is gone there."""
    where = {"provider": provider, "account": account_id, "customer": customer_id}
    tx.execute(_KEEP_CUSTOMER, {"workspace_id": workspace_id, "buyer": buyer_id, **where})


_KEEP_CUSTOMER = sa.text(
    "INSERT INTO customers (workspace_id, buyer_id, provider, account_id, customer_id) "
    "VALUES (:workspace_id, :buyer, :provider, :account, :customer) "
    "ON CONFLICT (buyer_id, provider, account_id) DO UPDATE SET customer_id = excluded.customer_id "
    "WHERE customers.workspace_id = excluded.workspace_id"
)
