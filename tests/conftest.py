"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import tempfile
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
from tests.statements import compile_once

__all__ = ["database_url", "databases", "postgres_url", "shared_database_url", "sqlite_template", "sqlite_url"]

# Deadlines would make property tests depend on how busy the machine is.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes that both workers' servers and temporary folders surely fit into."""


def pytest_configure() -> None:
    """Temporary folders are in memory where there is room: most tests wait for a disk more than for anything else."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)  # for the programs we start, too
        tempfile.tempdir = None
    compile_once()


@pytest.fixture
async def shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    """A whole shop, its service not started yet; once on each database."""
    async with a_shop(tmp_path, database_url) as opened:
        yield opened
