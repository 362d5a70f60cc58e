"""Locks that replicas see: held by the standing connection of a process, and free as soon as that process is gone."""

from __future__ import annotations

from hashlib import blake2b

from storage.standing import Standing


async def take(standing: Standing, name: str) -> bool:
    """Take a lock unless another process has it. Taken twice, it must be let go twice. Raises Broken."""
    return bool((await standing.ask("SELECT pg_try_advisory_lock($1)", _number(name)))[0][0])


async def let_go(standing: Standing, name: str) -> None:
    """Let a lock go that was taken. Raises Broken, and then it is free anyway."""
    await standing.ask("SELECT pg_advisory_unlock($1)", _number(name))


def _number(name: str) -> int:
    """PostgreSQL's advisory locks have numbers for names, one set of them for a whole database."""
    digest = blake2b(f"live-assist/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
