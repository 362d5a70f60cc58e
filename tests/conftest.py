"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.shop import Shop, a_shop

# Deadlines would make property tests depend on how busy the machine is.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A whole shop, its service not started yet."""
    async with a_shop(tmp_path) as opened:
        yield opened
