"""The command line: `live-assist serve`, and what its owner needs around it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from aiohttp import web

from bot.app import make_app, open_vault, run_worker, utc_now
from bot.doctor import WHERE_IT_IS, examine, in_one_line
from bot.domain.offers import PLANS
from bot.kit import redact
from bot.kit.door import Doors, Throng
from bot.kit.errors import LiveAssistError
from bot.kit.garbage import keep_for_good
from bot.settings import Settings, load_settings
from bot.webhooks import FACEBOOK, facebook_is_full
from bot.workflows.keep_tokens import list_tokens, make_token, revoke_token
from bot.workflows.keep_workspaces import add_workspace, list_workspaces, rename_workspace, set_fee, set_plan
from bot.workflows.pair_operators import new_pairing_code
from bot.workflows.prove_giveaways import Proof, prove_giveaway
from bot.workflows.replay_show import Replayed, replay_show
from bot.workflows.try_comments import as_json, read_lines, read_request
from storage import tokens, workspaces
from storage.database import Database
from storage.revisions import prepare

T = TypeVar("T")

STOP_SECONDS = 2.5
"""How long requests under way may take to end when the service stops. Whoever stops us waits ten seconds in all."""
SWITCH_SECONDS = 0.0005
"""How long one thread keeps another from running. The writer's asks for its turn after every statement, and with
Python's 5 ms a batch of comments would wait longer for that than for the disk when the loop is busy."""
BACKLOG = 4096
"""Connections that may wait to be accepted: platforms open thousands when they deliver what was held up."""
OPEN_AT_ONCE = 2**16
"""Connections and files that may be open, where the system allows so many."""
ACCEPTED_AT_ONCE = 32
"""Connections taken each time the loop goes round. It takes one for each listening socket, and when it is behind it
does not go round often: those who come then would wait longest, and nobody could tell them to come again."""
SERVER: dict[str, Any] = {
    "max_field_size": 16 * 1024,  # an absurd signature is refused by its door, like any other wrong one
    "auto_decompress": False,  # compressed bodies are refused (`bot.problems`), so nobody may make us unpack one
}
"""How HTTP is read."""


def main(arguments: list[str] | None = None) -> None:
    """Run one subcommand. Bad settings and bad arguments end with exit code 2 and one plain sentence."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("alembic", "httpx", "stripe"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    redact.install()
    try:
        settings = load_settings(os.environ, env_file=Path(".env"))
        sys.exit(options.run(settings, options))
    except LiveAssistError as mistake:
        print(f"live-assist: {redact.redact(str(mistake))}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="live-assist", description="The assistant of a live seller.")
    parser.add_argument("--version", action="version", version=f"live-assist {version('live-assist')}")
    commands = parser.add_subparsers(title="subcommands", required=True, metavar="<subcommand>")

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "Run the service: hear, decide, invoice, deliver.")
    add("worker", _worker, "Do all of that but listen: one more process beside `serve`, on the same PostgreSQL.")
    add("migrate", _migrate, "Bring the database to this version's shape.")
    add("doctor", _doctor, "Say what is set up, what is missing, and what to do about it.")
    pair = add("pair", _pair, "Print a new pairing code for an operator.")
    pair.add_argument("--role", choices=("owner", "operator"), default="operator")
    _of_a_workspace(pair)
    workspace = add(
        "workspace",
        _workspaces,
        "Add a workspace, list them, give one another name or plan, or say what the platform keeps.",
    )
    workspace.add_argument("action", choices=("add", "list", "name", "plan", "fee"))
    workspace.add_argument(
        "number", nargs="?", type=_id, metavar="NUMBER", help="name, plan, fee: the workspace's number"
    )
    workspace.add_argument(
        "wanted",
        nargs="?",
        metavar="PLAN|PERCENT",
        help=f"plan: {', '.join(PLANS)}; fee: the platform's share of what goes through a connected account, like 2.5",
    )
    workspace.add_argument("--name", default="", help="add, name: what it is called, which buyers read")
    workspace.add_argument("--plan", choices=PLANS, default="business", help="add: what it may connect")
    token = add("token", _token, "Make a token for the API, list them, or revoke one that others may know.")
    actions = token.add_subparsers(dest="action", required=True, metavar="{create,list,revoke}")
    create = actions.add_parser("create", help="print a new token, alone and once")
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument("--scope", choices=tokens.SCOPES, default="read")
    listing = actions.add_parser("list", help="say which there are, each with its number")
    revoke = actions.add_parser("revoke", help="have one open nothing any more")
    revoke.add_argument("number", type=_id, metavar="NUMBER", help="its number, as token list says it")
    for action in (create, listing, revoke):
        _of_a_workspace(action)
    replay = add("replay", _replay, "Derive every decision of a show again from its ledger; say whether all agree.")
    replay.add_argument("show", type=_id, metavar="SHOW", help="the show's number, as /show list says it")
    _of_a_workspace(replay)
    giveaway = add("giveaway", _giveaway, "Print what the winners of a giveaway follow from; say whether they do.")
    giveaway.add_argument("number", type=_id, metavar="NUMBER", help="the giveaway's number, as /giveaway says it")
    _of_a_workspace(giveaway)
    parse = add("parse", _parse, "Say how a comment would be read, as JSON. Nothing is kept.")
    parse.add_argument("comment", nargs="?", help="what a buyer wrote")
    parse.add_argument(
        "--stdin", action="store_true", help='read requests instead, one JSON object {"text": …} per line'
    )
    parse.add_argument("--market", default="", help="whose words: us, ph, tw, …; several with commas; all by default")
    parse.add_argument("--items", default="", help="the codes of the show, with commas: 12,A7")
    parse.add_argument("--options", default="", help="what items come in, with commas: S,M,blue")
    parse.add_argument("--single-item", metavar="CODE", help="the only item a comment can be about")
    parse.add_argument("--reply-to", metavar="CODE", help="the item of the message it answers")
    demo = add("demo", _demo, "Play a whole live sale on this machine, against stand-ins for the outside world.")
    demo.add_argument("--headless", action="store_true", help="play the evening by itself and print the summary")
    demo.add_argument("--provider", default="stripe", help="who takes the money: stripe, square or clover")
    demo.add_argument("--port", type=int, default=0, help="where the page is served; a free port by default")
    return parser


def _of_a_workspace(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workspace", type=_id, metavar="NUMBER", help="the workspace's number; the first one by default"
    )


def _id(text: str) -> int:
    """What can be the number of something that is kept."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _serve(settings: Settings, _options: argparse.Namespace) -> int:
    _try_keys(settings)
    _have_many_open()
    sys.setswitchinterval(SWITCH_SECONDS)
    with ExitStack() as open_doors, _database_trouble():
        doors = _listen(settings.host, settings.port, open_doors)
        port = doors[0].getsockname()[1]
        app = make_app(settings, say=lambda text: print(text, flush=True))
        throng = Throng()
        runner = Doors(
            app,
            path=FACEBOOK,
            throng=throng,
            full=partial(facebook_is_full, app, throng),
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            **SERVER,
        )

        async def serve() -> None:
            told_to_stop = _told_to_stop()
            await runner.setup()
            keep_for_good()
            try:
                for door in [*doors, *_again(doors, open_doors)]:
                    await web.SockSite(runner, door, backlog=BACKLOG).start()
                print(f"Live Assist listens on http://{settings.host}:{port}", flush=True)
                await told_to_stop.wait()
            finally:
                await runner.cleanup()

        with asyncio.Runner(loop_factory=_new_loop) as loop:
            loop.run(serve())
    return 0


def _have_many_open() -> None:
    """Take as many connections and files as we may: usually only 1,024 are given to who does not ask for more."""
    try:
        import resource
    except ImportError:  # not made for every system
        return
    given, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_AT_ONCE if most == resource.RLIM_INFINITY else min(OPEN_AT_ONCE, most)
    if given != resource.RLIM_INFINITY and given < wanted:
        with suppress(ValueError, OSError):  # macOS names no limit and has one: what we are given has to do
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _told_to_stop() -> asyncio.Event:
    """Set when somebody asks this process to end."""
    told = asyncio.Event()
    for how in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not made for every system
            asyncio.get_running_loop().add_signal_handler(how, told.set)
    return told


def _worker(settings: Settings, _options: argparse.Namespace) -> int:
    if sa.make_url(settings.database_url).get_backend_name() == "sqlite":
        raise LiveAssistError("SQLite is for one process: set LIVE_ASSIST_DATABASE_URL to a PostgreSQL for a worker")
    _try_keys(settings)

    async def work() -> None:
        await run_worker(settings, until=_told_to_stop(), say=lambda text: print(text, flush=True))

    with _database_trouble(), asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(work())
    return 0


def _listen(host: str, port: int, open_doors: ExitStack) -> list[socket.socket]:
    """Take the port before anything starts: a second service beside the first must not even begin to work."""
    try:
        return [
            open_doors.enter_context(socket.create_server(address[:2], family=family))
            for family, _, _, _, address in socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        ]
    except OSError as trouble:
        why = trouble.strerror if isinstance(trouble, socket.gaierror) else os.strerror(trouble.errno or 0)
        raise LiveAssistError(
            f"cannot listen on {host}:{port}: {why} (LIVE_ASSIST_HOST and LIVE_ASSIST_PORT say where)"
        ) from None


def _again(doors: list[socket.socket], open_doors: ExitStack) -> list[socket.socket]:
    """The same doors some more times, so that as many may come in at once."""
    return [open_doors.enter_context(door.dup()) for door in doors for _ in range(ACCEPTED_AT_ONCE - 1)]


def _try_keys(settings: Settings) -> None:
    """Open the vault, so that what is wrong with its keys is one sentence."""
    try:
        open_vault(settings)
    except OSError as trouble:
        raise LiveAssistError(f"cannot use {trouble.filename or settings.data_dir}: {trouble.strerror}") from None
    except ValueError:
        raise LiveAssistError(f"{settings.data_dir / 'encryption.key'} does not hold keys (any more)") from None


@contextmanager
def _database_trouble() -> Iterator[None]:
    """Makes one sentence of a database that cannot be opened."""
    try:
        yield
    except sa.exc.DBAPIError as trouble:
        raise LiveAssistError(f"the database cannot be opened: {in_one_line(trouble)} {WHERE_IT_IS}") from None


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # not made for every system
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    from storage.upgrade import migrate

    print(f"The database is at revision {_prepared(settings, migrate)}.")
    return 0


def _prepared(settings: Settings, how: Callable[[str], str] = prepare) -> str:
    try:
        with _database_trouble():
            return how(settings.database_url)
    except OSError as trouble:
        raise LiveAssistError(f"the database cannot be opened: {trouble.strerror or trouble} {WHERE_IT_IS}") from None


def _doctor(settings: Settings, _options: argparse.Namespace) -> int:
    findings = asyncio.run(examine(settings))
    for finding in findings:
        print(redact.redact(str(finding)))
    return 0 if all(finding.fine for finding in findings) else 1


def _pair(settings: Settings, options: argparse.Namespace) -> int:
    async def pair(database: Database) -> str:
        workspace_id = await _workspace(database, options.workspace)
        return await new_pairing_code(database, workspace_id, options.role, utc_now())

    code = _with_database(settings, pair)
    print(f"Send this to the bot in a private chat within 30 minutes:  /pair {code}")
    return 0


_WANTED = {"plan": f"plan: workspace plan 2 {'|'.join(PLANS)}", "fee": "fee in percent: workspace fee 2 2.5"}


def _workspaces(settings: Settings, options: argparse.Namespace) -> int:
    async def do(database: Database) -> list[str]:
        await database.write(workspaces.ensure_first, utc_now())
        if options.action == "add":
            return [await database.write(add_workspace, options.name, options.plan, utc_now())]
        if options.action == "list":
            return await database.read(list_workspaces)
        if options.action == "name":
            if options.number is None:
                raise LiveAssistError('say which workspace, and its name: workspace name 1 --name "Mai\'s Closet"')
            return [await database.write(rename_workspace, options.number, options.name)]
        if options.number is None or options.wanted is None:
            raise LiveAssistError(f"say which workspace, and which {_WANTED[options.action]}")
        change = set_plan if options.action == "plan" else set_fee
        return [await database.write(change, options.number, options.wanted)]

    print("\n".join(_with_database(settings, do)))
    return 0


def _token(settings: Settings, options: argparse.Namespace) -> int:
    async def do(database: Database) -> list[str]:
        workspace_id = await _workspace(database, options.workspace)
        if options.action == "list":
            return await database.read(list_tokens, workspace_id)
        if options.action == "revoke":
            return [await database.write(revoke_token, workspace_id, options.number)]
        return [await database.write(make_token, workspace_id, options.name, options.scope, utc_now())]

    print("\n".join(_with_database(settings, do)))
    return 0


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    async def replay(database: Database) -> Replayed:
        return await replay_show(database, await _workspace(database, options.workspace), options.show)

    replayed = _with_database(settings, replay)
    print(redact.redact("\n".join(replayed.lines)))
    return 0 if replayed.agrees else 1


def _giveaway(settings: Settings, options: argparse.Namespace) -> int:
    async def prove(database: Database) -> Proof:
        return await database.read(prove_giveaway, await _workspace(database, options.workspace), options.number)

    proof = _with_database(settings, prove)
    print(redact.redact("\n".join(proof.lines)))
    return 0 if proof.agrees else 1


def _parse(_settings: Settings, options: argparse.Namespace) -> int:
    if options.stdin == (options.comment is not None):
        raise LiveAssistError("say one comment to read, or --stdin")
    if not options.stdin:
        lists = {
            field: [name for one in getattr(options, field).split(",") if (name := one.strip())]
            for field in ("items", "options")
        }
        print(as_json(read_request({"text": options.comment, **vars(options), **lists})))
        return 0
    mistakes = 0
    try:
        for answer in read_lines(sys.stdin.buffer):
            print(answer.line, flush=True)
            if answer.mistake:
                mistakes += 1
                print(f"live-assist: {answer.mistake}", file=sys.stderr)
    except BrokenPipeError:  # whoever reads has enough, like `head`; what is left must not be tried again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 2 if mistakes else 0


def _demo(_settings: Settings, options: argparse.Namespace) -> int:
    # The stand-ins are only for playing and testing: the service itself never loads them.
    from sandbox.demo import play

    return asyncio.run(play(headless=options.headless, port=options.port, provider=options.provider))


def _with_database(settings: Settings, deed: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await deed(database)
        finally:
            await database.close()

    _prepared(settings)
    with _database_trouble():
        return asyncio.run(run())


async def _workspace(database: Database, wanted: int | None) -> int:
    first = await database.write(workspaces.ensure_first, utc_now())
    if wanted is None:
        return first
    if not await database.read(workspaces.exists, wanted):
        raise LiveAssistError(f"there is no workspace {wanted}: live-assist workspace list shows those there are")
    return wanted
