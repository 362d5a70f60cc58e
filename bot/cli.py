"""The command line: `live-assist serve`, and what its owner needs around it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from bot.app import make_app, open_vault, utc_now
from bot.doctor import examine
from bot.kit import redact
from bot.kit.errors import LiveAssistError
from bot.settings import Settings, load_settings
from bot.workflows.pair_operators import new_pairing_code
from storage import tokens, workspaces
from storage.database import Database, migrate

T = TypeVar("T")

STOP_SECONDS = 5.0
"""How long requests under way may take to end when the service stops."""


def main(arguments: list[str] | None = None) -> None:
    """Run one subcommand. Bad settings and bad arguments end with exit code 2 and one plain sentence."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    redact.install()
    try:
        settings = load_settings(os.environ, env_file=Path(".env"))
        sys.exit(options.run(settings, options))
    except LiveAssistError as mistake:
        print(f"live-assist: {mistake}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="live-assist", description="The assistant of a live seller.")
    commands = parser.add_subparsers(title="subcommands", required=True, metavar="<subcommand>")

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "Run the service: hear, decide, invoice, deliver.")
    add("migrate", _migrate, "Bring the database to this version's shape.")
    add("doctor", _doctor, "Say what is set up, what is missing, and what to do about it.")
    pair = add("pair", _pair, "Print a new pairing code for an operator.")
    pair.add_argument("--role", choices=("owner", "operator"), default="operator")
    pair.add_argument("--workspace", type=int, help="the workspace's number; the first one by default")
    token = add("token", _token, "Make a token for the API; it is printed alone, once.")
    token.add_argument("action", choices=("create",))
    token.add_argument("--name", required=True, help="what it is for")
    token.add_argument("--scope", choices=tokens.SCOPES, default="read")
    token.add_argument("--workspace", type=int, help="the workspace's number; the first one by default")
    demo = add("demo", _demo, "Play a whole live sale on this machine, against stand-ins for the outside world.")
    demo.add_argument("--headless", action="store_true", help="play the evening by itself and print the summary")
    return parser


def _serve(settings: Settings, _options: argparse.Namespace) -> int:
    app = make_app(settings, say=lambda text: print(text, flush=True))
    print(f"Live Assist listens on http://{settings.host}:{settings.port}", flush=True)
    try:
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            print=None,
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            loop=_new_loop(),
        )
    except OSError as trouble:
        raise LiveAssistError(f"cannot listen on {settings.host}:{settings.port}: {trouble.strerror}") from None
    return 0


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # not made for every system
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    print(f"The database is at revision {migrate(settings.database_url)}.")
    return 0


def _doctor(settings: Settings, _options: argparse.Namespace) -> int:
    findings = asyncio.run(examine(settings))
    for finding in findings:
        print(finding)
    return 0 if all(finding.fine for finding in findings) else 1


def _pair(settings: Settings, options: argparse.Namespace) -> int:
    async def pair(database: Database) -> str:
        workspace_id = await _workspace(database, options.workspace)
        return await new_pairing_code(database, workspace_id, options.role, utc_now())

    code = _with_database(settings, pair)
    print(f"Send this to the bot in a private chat within 30 minutes:  /pair {code}")
    return 0


def _token(settings: Settings, options: argparse.Namespace) -> int:
    async def create(database: Database) -> str:
        workspace_id = await _workspace(database, options.workspace)
        return await database.write(tokens.create, workspace_id, name=options.name, scope=options.scope, now=utc_now())

    print(_with_database(settings, create))
    return 0


def _demo(_settings: Settings, options: argparse.Namespace) -> int:
    # The stand-ins are only for playing and testing: the service itself never loads them.
    from sandbox.demo import play

    return asyncio.run(play(headless=options.headless))


def _with_database(settings: Settings, deed: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await deed(database)
        finally:
            await database.close()

    migrate(settings.database_url)
    open_vault(settings)
    return asyncio.run(run())


async def _workspace(database: Database, wanted: int | None) -> int:
    first = await database.write(workspaces.ensure_first, utc_now())
    if wanted is None:
        return first
    if not await database.read(workspaces.exists, wanted):
        raise LiveAssistError(f"there is no workspace {wanted}")
    return wanted
