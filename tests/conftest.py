"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import (
    database_url,
    databases,
    postgres_url,
    shared_database_url,
    sqlite_template,
    sqlite_url,
)
from tests.shop import Shop, a_shop

__all__ = ["database_url", "databases", "postgres_url", "shared_database_url", "sqlite_template", "sqlite_url"]

# Deadlines would make property tests depend on how busy the machine is.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
async def shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    """A whole shop, its service not started yet; once on each database."""
    async with a_shop(tmp_path, database_url) as opened:
        yield opened
