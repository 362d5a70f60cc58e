"""A browser and a demo to play in. Skipped with one line where there is no Chromium; never on the build machine."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STARTS_WITHIN = 120
PATIENCE = 60_000.0
"""Milliseconds until something that does not appear on the page fails the test."""

DECLINED = re.compile(r"status of 402")
"""What Chromium says of the pay page when a card is declined: that page answers so, as the real one's API does."""


@dataclass
class Watched:
    """A page, and everything it did that it should not."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not DECLINED.search(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).hostname != "127.0.0.1":
            self.complaints.append(f"asked {url}")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """`live-assist demo` as a person starts it; the address it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        url = None
        async with asyncio.timeout(STARTS_WITHIN):
            while url is None:
                line = (await process.stdout.readline()).decode()
                assert line, "the demo ended before it printed an address"
                url = re.search(r"http://127\.0\.0\.1:\d+", line)
        yield url[0]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    if CHROMIUM is None:
        pytest.skip("the browser tests need Chromium: apt-get install chromium")
    if os.environ.get("CI") != "true":
        pytest.importorskip("playwright.async_api", reason="the browser tests need playwright: make test installs it")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        await chromium.close()


@pytest.fixture
def size() -> ViewportSize:
    """How large the window is, unless a test says otherwise."""
    return {"width": 1440, "height": 900}


@pytest.fixture
async def watched(browser: Browser, demo: str, size: ViewportSize) -> AsyncIterator[Watched]:
    """The page of the demo, which must have done nothing wrong in the end."""
    page = await browser.new_page(viewport=size)
    watched = Watched(page)
    await page.goto(demo)
    yield watched
    await page.close()
    assert watched.complaints == []
