"""The service as it is usually written first: an ORM session per webhook, a query per comment. For comparison only."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.reference_web import Comment, Keep, code_in, options, serve


class Base(DeclarativeBase):
    """What SQLAlchemy wants."""


class Event(Base):
    """A comment that came."""

    __tablename__ = "events"
    comment_id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    text: Mapped[str]
    at: Mapped[int]


class Item(Base):
    """Something sold."""

    __tablename__ = "items"
    code: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    won: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)


class Claim(Base):
    """What a comment became."""

    __tablename__ = "claims"
    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[str]
    code: Mapped[int]
    author: Mapped[str]
    status: Mapped[str]
    position: Mapped[int | None]


def _prepare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def main() -> None:
    """Serve until killed."""
    told = options(__doc__)

    async def open_keeper() -> Keep:
        engine = create_async_engine(f"sqlite+aiosqlite:///{told.home}/naive.db")
        sa.event.listen(engine.sync_engine, "connect", _prepare)
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with sessions.begin() as session:
            session.add_all([Item(code=code, quantity=told.pieces) for code in range(1, told.items + 1)])
        turn = asyncio.Lock()  # SQLite has one writer; without this, most would find it locked

        async def keep(comments: list[Comment]) -> None:
            async with turn, sessions.begin() as session:
                for comment_id, author, text, at in comments:
                    if await session.get(Event, comment_id) is not None:
                        continue
                    session.add(Event(comment_id=comment_id, author=author, text=text, at=at))
                    code = code_in(text)
                    item = None if code is None else await session.get(Item, code)
                    if item is None:
                        continue
                    status, position = "winner", None
                    if item.won < item.quantity:
                        item.won += 1
                    else:
                        item.waiting += 1
                        status, position = "waitlisted", item.waiting
                    claim = Claim(
                        comment_id=comment_id, code=item.code, author=author, status=status, position=position
                    )
                    session.add(claim)

        return keep

    serve(open_keeper, port=told.port, alone=True)


if __name__ == "__main__":
    main()
