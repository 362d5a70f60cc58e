"""Processes that are measured: started on their core, asked until they answer, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from benchmarks.machine import SERVER_CORE, cpu_seconds, on_core, resident_bytes

READY_WITHIN = 60.0
LOOKS_EVERY = 0.01
STOPS_WITHIN = 20.0

ROOT = Path(__file__).parents[1]
_OURS = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""What a measured process may know of our environment: never anybody's real tokens."""


class Failed(Exception):
    """A measurement could not be made; the message says why."""


class Process:
    """One Python process that serves HTTP. Use it with `async with`: it is gone afterwards, and not gently."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        home: Path,
        port: int,
        ready: str = "/",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", module, *arguments]
        self._home = home
        self._ready = ready
        self._log = home / f"{module.rpartition('.')[2]}-{port}.log"
        self.environ = environment(environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Process:
        self.start()
        try:
            await self.ready()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    def start(self, core: int = SERVER_CORE) -> None:
        """Begin; also again after it was killed."""
        with self._log.open("ab") as log, on_core(core):
            self._process = subprocess.Popen(  # noqa: S603 - one of our own modules
                self._command,
                cwd=self._home,  # where no `.env` lies
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> None:
        """Wait until it answers 200 where it says that it is ready."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_WITHIN):
            while True:
                self.check_alive()
                try:
                    async with session.get(f"{self.url}{self._ready}") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass  # not listening yet
                await asyncio.sleep(LOOKS_EVERY)

    @property
    def pid(self) -> int:
        """Its number, while it runs."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def check_alive(self) -> None:
        """Raise Failed, with its last words, when it has ended."""
        if self._process is not None and self._process.poll() is not None:
            words = self._log.read_text(errors="replace").splitlines()[-15:]
            raise Failed("\n".join([f"{' '.join(self._command)} ended with {self._process.returncode}:", *words]))

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        return cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        """How much memory it holds."""
        return resident_bytes(self.pid)

    def kill_now(self) -> None:
        """SIGKILL, without waiting: what is on disk is all that stays."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    async def kill(self) -> None:
        """SIGKILL, and see it gone."""
        self.kill_now()
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)

    async def stop(self) -> None:
        """Ask it to end in order."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._process.wait, STOPS_WITHIN)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A clean environment with these settings."""
    known = {name: os.environ[name] for name in _OURS if name in os.environ}
    return known | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | dict(settings)


async def run(module: str, *arguments: str, home: Path, environ: Mapping[str, str]) -> str:
    """Run a module to its end; what it printed."""
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=home,
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaint = await made.communicate()
    if made.returncode != 0:
        raise Failed(f"{module} {' '.join(arguments)} failed: {complaint.decode(errors='replace').strip()[-500:]}")
    return said.decode()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
