"""What asks a real account is asked for by name (`make live PROVIDER=…`), and is no part of any other run."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these files alone unless what is run is `-m live`."""
    return None if config.option.markexpr == "live" else True
