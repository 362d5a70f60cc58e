"""What the engine has to say goes where everything goes: into the one log that keeps secrets out of every line."""

from __future__ import annotations

import io
import logging

import pytest

from bot.kit.redact import RedactingFormatter
from tests.shop import Shop


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the engine's log is the same."""
    return sqlite_url


async def test_the_engine_writes_no_line_past_the_log_that_hides_secrets(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    await shop.open()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter())
    logging.getLogger().addHandler(handler)
    try:
        logging.getLogger("dbos").error("cannot reach postgresql://assist:hush-hush@db/assist")
    finally:
        logging.getLogger().removeHandler(handler)
    assert written.getvalue() == "cannot reach postgresql://assist:…@db/assist\n"
    assert "hush-hush" not in "".join(capsys.readouterr())
