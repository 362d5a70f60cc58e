"""The command line: what it prints, with which exit code, and one plain sentence when it cannot."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot import cli
from bot.app import utc_now
from bot.kit import redact
from storage import operators, tokens
from storage.database import Database, sync_url
from storage.tables import api_tokens
from tests.shop import PATIENCE

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"k" * 32).decode()


@dataclass
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """A terminal in an empty directory, with nothing of ours in its environment."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str, **environ: str) -> Said:
        """Run `live-assist` with these arguments."""
        for name, value in environ.items():
            self.monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            cli.main(list(arguments))
        for name in environ:
            self.monkeypatch.delenv(name)
        out, err = self.capsys.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    @property
    def database(self) -> Path:
        """Where everything is kept."""
        return self.home / "data" / "live-assist.db"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for name in list(os.environ):
        if re.match("LIVE_ASSIST_|TELEGRAM_|FACEBOOK_|STRIPE_", name):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    # Redaction would stay on pytest's own log handlers, and hide from later tests what they look for.
    monkeypatch.setattr(redact, "install", lambda: None)
    return Terminal(tmp_path, monkeypatch, capsys)


# --- help and mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", "serve", "worker", "migrate", "doctor", "pair", "token", "demo"])
def test_every_command_has_help(terminal: Terminal, command: str) -> None:
    said = terminal.run(*filter(None, [command]), "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"usage: live-assist {command}".rstrip())
    assert not terminal.database.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sell",),
        ("serve", "--fast"),
        ("serve", "now"),
        ("token",),
        ("token", "create"),
        ("token", "steal", "--name", "x"),
        ("token", "create", "--name", "x", "--scope", "god"),
        ("pair", "--role", "king"),
        ("token", "create", "--name", "x", "--workspace", "9" * 30),
        ("token", "revoke"),
        ("token", "revoke", "script"),
        ("pair", "--workspace", "first"),
        ("pair", "--workspace", "9" * 30),
        ("pair", "--workspace", "-1"),
    ],
)
def test_bad_arguments_end_with_two_and_the_usage(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    said = terminal.run(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("usage: live-assist")
    assert not terminal.database.exists()


@pytest.mark.parametrize(
    "arguments", [("serve",), ("migrate",), ("doctor",), ("pair",), ("token", "create", "--name", "x")]
)
def test_bad_settings_end_with_two_and_one_sentence(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    said = terminal.run(*arguments, LIVE_ASSIST_ENCRYPTION_KEYS="abc", LIVE_ASSIST_PORT="x", TELEGRAM_BOT_TOKEN="y")
    assert (said.code, said.out) == (2, "")
    (sentence,) = said.err.splitlines()
    assert sentence.startswith("live-assist: ")
    assert "every key in LIVE_ASSIST_ENCRYPTION_KEYS is 32 random bytes in base64" in sentence
    assert "LIVE_ASSIST_PORT" in sentence
    assert "TELEGRAM_BOT_TOKEN" in sentence


def test_a_secret_in_the_wrong_setting_is_not_repeated(terminal: Terminal) -> None:
    said = terminal.run("migrate", LIVE_ASSIST_PUBLIC_URL="sk_live_0123456789abcdef")
    assert said.code == 2
    assert "0123456789abcdef" not in said.err


# --- what each does ----------------------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_opens_the_api(terminal: Terminal) -> None:
    said = terminal.run("token", "create", "--name", "script", "--scope", "operate")
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(r"la_[A-Za-z0-9_-]{43}\n", said.out)

    async def bearer() -> tokens.Bearer | None:
        database = Database(f"sqlite+aiosqlite:///{terminal.database}")
        try:
            return await database.read(tokens.bearer, said.out.strip())
        finally:
            await database.close()

    assert asyncio.run(bearer()) == tokens.Bearer(id=1, workspace_id=1, name="script", scope="operate")
    assert said.out.strip().encode() not in terminal.database.read_bytes()
    assert terminal.run("token", "create", "--name", "script").out != said.out
    with closing(sqlite3.connect(terminal.database)) as database:
        assert database.execute(f"SELECT count(*) FROM {api_tokens.name}").fetchone() == (2,)


def test_tokens_are_listed_without_themselves_and_a_revoked_one_opens_nothing(terminal: Terminal) -> None:
    assert "token create" in terminal.run("token", "list").out
    script, console = [
        terminal.run("token", "create", "--name", name).out.strip() for name in ("my  script", "console")
    ]
    listed = terminal.run("token", "list")
    assert [line.split("  ")[:3] for line in listed.out.splitlines()] == [
        ["1", "my script", "read"],
        ["2", "console", "read"],
    ]
    assert script not in listed.out

    async def known(token: str) -> bool:
        database = Database(f"sqlite+aiosqlite:///{terminal.database}")
        try:
            return await database.read(tokens.bearer, token) is not None
        finally:
            await database.close()

    assert asyncio.run(known(script))
    assert terminal.run("token", "revoke", "1").out == "my script is revoked: its token opens nothing any more.\n"
    assert not asyncio.run(known(script))
    assert asyncio.run(known(console))


def test_a_token_of_another_workspace_is_not_revoked(terminal: Terminal) -> None:
    terminal.run("workspace", "add", "--name", "Lan")
    terminal.run("token", "create", "--name", "theirs", "--workspace", "2")
    said = terminal.run("token", "revoke", "1")
    assert (said.code, said.err) == (
        2,
        "live-assist: there is no token 1: live-assist token list shows those there are\n",
    )
    assert "theirs" in terminal.run("token", "list", "--workspace", "2").out


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x07b"])
def test_a_token_without_a_name_that_can_be_read_is_not_made(terminal: Terminal, name: str) -> None:
    said = terminal.run("token", "create", "--name", name)
    assert (said.code, said.out) == (2, "")
    assert "says what it is for" in said.err


def test_the_version_is_said(terminal: Terminal) -> None:
    assert re.fullmatch(r"live-assist \d+\.\d+\.\d+\n", terminal.run("--version").out)


def test_a_pairing_code_is_printed_with_what_to_do_with_it(terminal: Terminal) -> None:
    said = terminal.run("pair", "--role", "owner")
    assert (said.code, said.err) == (0, "")
    found = re.fullmatch(r"Send this to the bot in a private chat .*  /pair (\S+)\n", said.out)
    assert found is not None

    async def use() -> str | None:
        database = Database(f"sqlite+aiosqlite:///{terminal.database}")
        try:
            return await database.write(operators.use_code, 1, found[1].replace("-", ""), utc_now())
        finally:
            await database.close()

    assert asyncio.run(use()) == "owner"
    assert asyncio.run(use()) is None


@pytest.mark.parametrize("arguments", [("pair",), ("token", "create", "--name", "x")])
def test_a_workspace_that_is_not_there_is_named(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    said = terminal.run(*arguments, "--workspace", "7")
    assert (said.code, said.out, said.err) == (
        2,
        "",
        "live-assist: there is no workspace 7: live-assist workspace list shows those there are\n",
    )


def test_migrate_says_the_revision_and_may_be_repeated(terminal: Terminal) -> None:
    first, again = terminal.run("migrate"), terminal.run("migrate")
    assert (first.code, first.err) == (0, "")
    assert re.fullmatch(r"The database is at revision \w+\.\n", first.out)
    assert again == first


def test_doctor_ends_with_one_while_something_is_missing(terminal: Terminal) -> None:
    said = terminal.run("doctor")
    assert (said.code, said.err) == (1, "")
    assert all(line.startswith(("✓ ", "✗ ")) for line in said.out.splitlines())


def test_the_env_file_is_read(terminal: Terminal) -> None:
    (terminal.home / ".env").write_text("LIVE_ASSIST_DATA_DIR=elsewhere\n")
    assert terminal.run("migrate").code == 0
    assert (terminal.home / "elsewhere" / "live-assist.db").exists()
    assert not terminal.database.exists()


# --- what can be in the way --------------------------------------------------------------------------------

EVERY_COMMAND = [("serve",), ("migrate",), ("pair",), ("token", "create", "--name", "x")]


@pytest.mark.parametrize("arguments", EVERY_COMMAND)
def test_a_data_directory_that_cannot_be_is_one_sentence(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    (terminal.home / "file").write_text("in the way")
    said = terminal.run(*arguments, LIVE_ASSIST_DATA_DIR="file/data", LIVE_ASSIST_PORT="0")
    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(r"live-assist: .*Not a directory( \(LIVE_ASSIST_DATABASE_URL and .*\))?\n", said.err)


def test_a_database_server_that_is_not_there_is_one_line_without_the_password(terminal: Terminal) -> None:
    nowhere = "postgresql+asyncpg://live:hunter2hunter2@127.0.0.1:1/live"
    for command, code in (("migrate", 2), ("doctor", 1)):
        said = terminal.run(command, LIVE_ASSIST_DATABASE_URL=nowhere)
        assert said.code == code
        line = (said.out or said.err).splitlines()[0]
        assert line.rstrip(".").endswith("(LIVE_ASSIST_DATABASE_URL and LIVE_ASSIST_DATA_DIR say where it is)")
        assert "Connection refused" in line
        assert "hunter2" not in said.out + said.err
        assert "sqlalche.me" not in said.out


@pytest.mark.parametrize("arguments", EVERY_COMMAND)
def test_a_database_that_is_none_is_one_sentence(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    terminal.database.parent.mkdir()
    terminal.database.write_bytes(b"\x89PNG\r\n" * 1000)
    said = terminal.run(*arguments, LIVE_ASSIST_PORT="0")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "live-assist: the database cannot be opened: file is not a database "
        "(LIVE_ASSIST_DATABASE_URL and LIVE_ASSIST_DATA_DIR say where it is)\n"
    )


@pytest.mark.parametrize("arguments", EVERY_COMMAND)
def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    terminal.run("migrate")
    with closing(sqlite3.connect(terminal.database)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    said = terminal.run(*arguments, LIVE_ASSIST_PORT="0")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("live-assist: the database does not fit this version of Live Assist")
    assert len(said.err.splitlines()) == 1


def test_a_worker_needs_a_database_it_can_share(terminal: Terminal) -> None:
    said = terminal.run("worker")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "live-assist: SQLite is for one process: set LIVE_ASSIST_DATABASE_URL to a PostgreSQL for a worker\n"
    )
    assert not terminal.database.exists()


@pytest.mark.parametrize("arguments", [("serve",), ("worker",), ("pair",), ("token", "create", "--name", "x")])
@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("DELETE FROM alembic_version", "the database has no tables yet: run live-assist migrate"),
        ("UPDATE alembic_version SET version_num = '0001'", "is at revision 0001, and this version needs"),
        ("UPDATE alembic_version SET version_num = '9999'", "does not fit this version of Live Assist"),
    ],
)
def test_a_postgresql_of_another_revision_is_left_alone_and_says_what_to_do(
    terminal: Terminal, postgres_url: str, arguments: tuple[str, ...], made: str, says: str
) -> None:
    engine = sa.create_engine(sync_url(sa.make_url(postgres_url)))
    with engine.begin() as connection:
        connection.exec_driver_sql(made)
        before = connection.exec_driver_sql("SELECT * FROM alembic_version").all()
    said = terminal.run(*arguments, LIVE_ASSIST_DATABASE_URL=postgres_url, LIVE_ASSIST_PORT="0")
    assert (said.code, said.out) == (2, "")
    (sentence,) = said.err.splitlines()
    assert sentence.startswith("live-assist: the database ")
    assert says in sentence
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT * FROM alembic_version").all() == before
    engine.dispose()


def test_a_damaged_key_file_is_one_sentence(terminal: Terminal) -> None:
    terminal.database.parent.mkdir()
    (terminal.database.parent / "encryption.key").write_text("not a key")
    said = terminal.run("serve", LIVE_ASSIST_PORT="0")
    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(r"live-assist: \S*encryption\.key does not hold keys .*\n", said.err)
    assert (terminal.database.parent / "encryption.key").read_text() == "not a key"


def test_a_port_in_use_is_one_sentence_and_nothing_has_begun(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = terminal.run("serve", LIVE_ASSIST_PORT=str(port))
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"live-assist: cannot listen on 127.0.0.1:{port}: Address already in use "
        "(LIVE_ASSIST_HOST and LIVE_ASSIST_PORT say where)\n"
    )
    assert not terminal.database.exists()


def test_a_host_that_is_not_ours_is_one_sentence(terminal: Terminal) -> None:
    for host in ("nowhere.invalid", "203.0.113.9"):
        said = terminal.run("serve", LIVE_ASSIST_HOST=host)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith(f"live-assist: cannot listen on {host}:8080: ")
        assert len(said.err.splitlines()) == 1


# --- the real thing ----------------------------------------------------------------------------------------


def _environ(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | more


def test_serve_in_a_process_of_its_own_says_what_is_wrong(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=tmp_path,
        env=_environ(LIVE_ASSIST_PORT="none", LIVE_ASSIST_VARIANT="huge", LIVE_ASSIST_ENCRYPTION_KEYS=f"{KEY},x"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (2, "")
    (sentence,) = said.stderr.splitlines()
    assert all(name in sentence for name in ("PORT", "VARIANT", "ENCRYPTION_KEYS"))
    assert KEY not in sentence
    assert list(tmp_path.iterdir()) == []


def _may_open_few() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, most))


def test_a_system_that_gives_no_more_files_than_it_has_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def refuse(_what: int, limits: tuple[int, int]) -> None:
        asked.append(limits)
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    cli._have_many_open()
    assert asked == [(cli.OPEN_AT_ONCE, resource.RLIM_INFINITY)]


async def test_serve_answers_bad_http_and_stops_when_told(tmp_path: Path) -> None:
    """What only the real server shows: it is the one that reads headers and bodies its own way."""
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        cwd=tmp_path,
        env=_environ(
            LIVE_ASSIST_PORT="0",
            FACEBOOK_PAGE_ID="9001",
            FACEBOOK_PAGE_TOKEN="EAApagetoken0000000000000",
            FACEBOOK_APP_SECRET="app-secret",
            FACEBOOK_GRAPH_BASE="http://127.0.0.1:1",
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_may_open_few,
    )
    assert service.stdout is not None
    assert service.stderr is not None
    try:
        said = ""
        while (found := re.search(r"listens on (\S+)", said)) is None:
            line = await service.stdout.readline()
            assert line, await service.stderr.read()
            said += line.decode()
        async with aiohttp.ClientSession(found[1]) as session:
            packed = gzip.compress(b"{}")
            answers = []
            for headers, body in (
                ({"X-Hub-Signature-256": "sha256=" + "a" * 10_240}, b"{}"),
                ({"Content-Encoding": "gzip"}, packed),
                ({"Content-Encoding": "gzip"}, b"this is not gzip"),
                ({"Content-Encoding": "deflate"}, packed),
                ({"Content-Encoding": "br"}, packed),
                ({"Content-Encoding": "nonsense"}, packed),
            ):
                async with session.post("/webhooks/facebook", data=body, headers=headers) as answer:
                    answers.append((answer.status, json.loads(await answer.read())["error_code"]))
            async with session.get("/readyz") as answer:
                assert answer.status == 200
            async with session.get("/readyz", headers={"X-Odd": "x" * 20_000}) as answer:
                assert answer.status == 400
                told = await answer.json()
            assert (told["success"], told["error_code"]) == (False, "BAD_REQUEST")
        given, most = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
        assert given == min(most, cli.OPEN_AT_ONCE)
        kept = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
        assert {"live-assist.db", "live-assist.db-wal", "live-assist-jobs.db", "encryption.key"} <= kept.keys()
        assert set(kept.values()) == {0o600}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert answers == [(403, "WEBHOOK_SIGNATURE_INVALID")] + [(415, "BODY_COMPRESSED")] * 5
        service.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(service.communicate(), PATIENCE)
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()
    assert service.returncode == 0
    assert "Traceback" not in err.decode()
    for secret in ("EAApagetoken", "app-secret"):
        assert secret not in (out + err).decode() + said


def test_workspaces_are_added_listed_and_given_another_plan_and_name(terminal: Terminal) -> None:
    added = terminal.run("workspace", "add", "--name", "Second  shop", "--plan", "free")
    assert (added.code, added.out) == (
        0,
        "Workspace 2: Second shop, free. Give it an operator with: live-assist pair --workspace 2\n",
    )
    assert terminal.run("workspace", "plan", "2", "pro").out == "2  Second shop  pro  nothing connected\n"
    named = terminal.run("workspace", "name", "2", "--name", "Mai's  Closet")
    assert (named.code, named.out) == (0, "2  Mai's Closet  pro  nothing connected\n")
    assert terminal.run("workspace", "list").out.splitlines() == [
        "1  My shop  business  nothing connected",
        "2  Mai's Closet  pro  nothing connected",
    ]


def test_the_platforms_fee_is_set_in_percent_and_listed(terminal: Terminal) -> None:
    for said, kept in (("2.75", "  fee 2.75%"), ("12.5%", "  fee 12.5%"), ("100", "  fee 100%"), ("0.00", "")):
        line = f"1  My shop  business  nothing connected{kept}\n"
        assert terminal.run("workspace", "fee", "1", said).out == line
        assert terminal.run("workspace", "list").out == line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add",), "a workspace has a name"),
        (("add", "--name", " "), "a workspace has a name"),
        (("name",), "say which workspace, and its name"),
        (("name", "1"), "a workspace has a name"),
        (("name", "9", "--name", "Mai"), "there is no workspace 9"),
        (("plan",), "say which workspace, and which plan"),
        (("plan", "2"), "say which workspace, and which plan"),
        (("plan", "9", "pro"), "there is no workspace 9"),
        (("plan", "1", "huge"), "a plan is one of free, pro, business"),
        (("fee", "1"), "say which workspace, and which fee"),
        (("fee", "9", "1"), "there is no workspace 9"),
        (("fee", "1", "100.01"), "a fee is a percentage from 0 to 100"),
        (("fee", "1", "2.555"), "a fee is a percentage"),
        (("fee", "1", "٣"), "a fee is a percentage"),
        (("forget", "1"), "invalid choice: 'forget'"),
    ],
)
def test_a_workspace_order_that_makes_no_sense_is_one_sentence(
    terminal: Terminal, arguments: tuple[str, ...], says: str
) -> None:
    said = terminal.run("workspace", *arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
