"""A PostgreSQL that keeps what it committed through a crash."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.upgrade import migrate
from tests.postgres import TEMPLATE, PostgresServer


@pytest.fixture(scope="session")
def durable_server() -> Iterator[PostgresServer]:
    """The server of the fault tests, with a template that has our tables; they crash it."""
    server = PostgresServer(durable=True)
    server.start()
    server.admin(f"CREATE DATABASE {TEMPLATE}")
    migrate(server.url(TEMPLATE))
    yield server
    server.remove()


@pytest.fixture
def durable_url(durable_server: PostgresServer) -> Iterator[str]:
    """A fresh database there, for one test."""
    with durable_server.database() as url:
        yield url
