"""The product as its owner runs it: a process with settings, a log, a command line and an API. Nothing else of it
is known here."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

READY_WITHIN = 120.0
STOPS_WITHIN = 10.0
LAST_LINES = 30
PAGE = 200

_ROOT = Path(__file__).parents[2]
_FROM_THE_PERSON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
)
"""What the service may know of the environment the demo was started in: never anybody's real tokens."""


class Trouble(Exception):
    """The evening cannot go on; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the service says through its API about the show."""

    claims: list[dict[str, Any]]
    items: list[dict[str, Any]]
    invoices: list[dict[str, Any]]


class Service:
    """One `serve` process with everything it keeps in `home`. Use it with `async with`: it never stays behind."""

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._home = home
        self._log = home / "service.log"
        self.environ = {name: os.environ[name] for name in _FROM_THE_PERSON if name in os.environ} | {
            "PYTHONPATH": str(_ROOT),
            "PYTHONUTF8": "1",
            "LIVE_ASSIST_DATA_DIR": str(home),
            "LIVE_ASSIST_PORT": str(port),
            "LIVE_ASSIST_PUBLIC_URL": self.url,
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Service:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "serve",
                cwd=self._home,  # where no `.env` of the person's lies
                env=self.environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops the service in order
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def ready(self) -> None:
        """Wait until it says that it can do its work."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_WITHIN):
            while True:
                self.check_alive()
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass  # not listening yet
                await asyncio.sleep(0.1)

    def end(self) -> str:
        """How the process has ended; empty while it lives."""
        code = self._process.returncode if self._process else None
        return "" if code is None else f"the service has ended, with exit code {code}"

    def check_alive(self) -> None:
        """Raise Trouble when the process has ended."""
        if end := self.end():
            raise Trouble(end)

    def pairing_code(self) -> str:
        """What it printed for the person who started it."""
        found = re.search(r"/pair (\w+-\w+)", self._log.read_text(encoding="utf-8", errors="replace"))
        if found is None:
            raise Trouble("the service has printed no pairing code")
        return found[1]

    def last_words(self) -> str:
        """The end of its log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-LAST_LINES:])

    async def open_api(self) -> None:
        """Have a token made on the command line, for `read`."""
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "token", "create", "--name", "demo"),
            cwd=self._home,
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complaint = await made.communicate()
        if made.returncode != 0:
            raise Trouble(f"no token was made: {complaint.decode(errors='replace').strip()}")
        token = said.decode().split()[-1]
        self._session = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})

    async def read(self) -> Facts:
        """What it says about the newest show."""
        show = (await self._all("shows", "/api/shows"))[0]
        return Facts(
            claims=await self._all("claims", f"/api/shows/{show['id']}/claims"),
            items=await self._all("items", f"/api/shows/{show['id']}/items"),
            invoices=await self._all("invoices", f"/api/shows/{show['id']}/invoices"),
        )

    async def _all(self, noun: str, path: str) -> list[dict[str, Any]]:
        """Every page of a list."""
        assert self._session is not None, "open_api() comes first"
        found: list[dict[str, Any]] = []
        asked = {"limit": str(PAGE)}
        while True:
            async with self._session.get(path, params=asked) as answer:
                if answer.status != 200:
                    raise Trouble(f"GET {path} answered {answer.status}: {await answer.text()}")
                page = await answer.json()
            found += page[noun]
            if page["next_cursor"] is None:
                return found
            asked["cursor"] = page["next_cursor"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
