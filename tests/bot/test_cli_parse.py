"""`live-assist parse`: what a comment would mean, one reading per line, whatever the lines are."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.kit import redact

Parse = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def parse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Parse:
    """Runs the command; its exit code, the readings it printed, and what it complained about."""
    for name in list(os.environ):
        if re.match("LIVE_ASSIST_|TELEGRAM_|FACEBOOK_|STRIPE_", name):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    # Redaction would stay on pytest's own log handlers, and hide from later tests what they look for.
    monkeypatch.setattr(redact, "install", lambda: None)

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            cli.main(["parse", *arguments])
        out, err = capsys.readouterr()
        assert isinstance(left.value.code, int)
        assert not list(tmp_path.iterdir()), "nothing is kept"
        return left.value.code, [json.loads(line) for line in out.splitlines()], err

    return run


def test_one_comment_is_one_reading(parse: Parse) -> None:
    reading = {
        "kind": "claim",
        "claims": [{"item": "A7", "quantity": 2, "options": ["blue"]}],
        "phone": "0812345678",
        "reason": "the word “cf” and code A7",
    }
    arguments = ("--market", "th", "--items", "12, A7", "--options", "S,blue", "CF a7 blue x2 0812345678")
    assert parse(*arguments) == (0, [reading], "")


@pytest.mark.parametrize(
    ("arguments", "item"), [(("--single-item", "12"), "12"), (("--single-item", "12", "--reply-to", "A7"), "A7")]
)
def test_a_comment_may_be_about_one_item(parse: Parse, arguments: tuple[str, ...], item: str) -> None:
    code, (reading,), _ = parse("--items", "12,A7", *arguments, "sold")
    assert (code, [one["item"] for one in reading["claims"]]) == (0, [item])


def test_every_line_of_requests_gets_a_line(parse: Parse) -> None:
    requests: list[dict[str, Any]] = [
        {"text": "sold 12 blue", "items": [12, "A7"], "options": ["blue"], "market": "us"},
        {"text": "gimme 粉", "items": ["粉"], "words": {"claim": ["gimme"], "cancel": []}, "market": "tw"},
        {"text": "put back A7", "items": ["A7"], "words": {"cancel": ["put back"]}, "market": None},
        {"text": "+2", "items": ["A7"], "single_item": "A7", "reply_to": None},
        {"text": "love it"},
    ]
    code, readings, complaints = parse("--stdin", stdin=b"\n".join(json.dumps(one).encode() for one in requests))
    assert (code, complaints) == (0, "")
    assert [
        (reading["kind"], [(one["item"], one["quantity"], one["options"]) for one in reading["claims"]])
        for reading in readings
    ] == [
        ("claim", [("12", 1, ["blue"])]),
        ("claim", [("粉", 1, [])]),
        ("cancel", [("A7", 1, [])]),
        ("claim", [("A7", 2, [])]),
        ("none", []),
    ]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (b"sold 12", "it is no JSON"),
        (b"\xff\xfe{}", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b'["sold 12"]', "it is no JSON object"),
        (b"{}", "“text” has to be the comment"),
        (b'{"text": 12}', "“text” has to be the comment"),
        (b'{"text": "a", "items": "12"}', "“items” has to be a list of texts"),
        (b'{"text": "a", "options": [true]}', "“options” has to be made of texts"),
        (b'{"text": "a", "words": ["mine"]}', "“words” has to hold lists: claim, cancel, question, queue, cart"),
        (b'{"text": "a", "market": 1}', "“market” has to be a name, like us"),
        (b'{"text": "a", "single_item": {}}', "“single_item” has to be made of texts"),
    ],
)
def test_a_bad_line_is_answered_too_and_named(parse: Parse, line: bytes, mistake: str) -> None:
    good = b'{"text": "sold 12", "items": ["12"]}'
    code, readings, complaints = parse("--stdin", stdin=b"\n".join([good, line, good]))
    assert (code, [reading["kind"] for reading in readings]) == (2, ["claim", "none", "claim"])
    assert readings[1] == {"kind": "none", "claims": [], "phone": None, "reason": f"not read: {mistake}"}
    assert complaints == f"live-assist: line 2: {mistake}\n"


def test_a_line_with_nothing_in_it_is_no_request(parse: Parse) -> None:
    good = b'{"text": "sold 12", "items": ["12"]}'
    code, readings, complaints = parse("--stdin", stdin=b"\n".join([b"", good, b"  \r", good, b"", b""]))
    assert (code, [reading["kind"] for reading in readings], complaints) == (0, ["claim", "claim"], "")


@pytest.mark.parametrize("market", ["TH", "th, MY", "my/sg th", ["th"], ["th", "my"], None, "", []])
def test_markets_are_named_in_any_way(parse: Parse, market: object) -> None:
    request = {"text": "CF 12", "items": ["12"], "market": market}
    code, readings, _complaints = parse("--stdin", stdin=json.dumps(request).encode())
    assert (code, [reading["kind"] for reading in readings]) == (0, ["claim"])


@pytest.mark.parametrize("field", ["single_item", "reply_to"])
def test_the_item_a_comment_is_about_need_not_be_listed(parse: Parse, field: str) -> None:
    code, readings, _complaints = parse("--stdin", stdin=json.dumps({"text": "sold x2", field: "A7"}).encode())
    assert code == 0
    assert readings[0]["claims"] == [{"item": "A7", "quantity": 2, "options": []}]


def test_who_reads_only_the_first_answers_is_told_no_mistake() -> None:
    asked = [sys.executable, "-m", "bot", "parse", "--stdin"]
    with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        with suppress(BrokenPipeError):
            running.stdin.write(b'{"text": "sold 12", "items": ["12"]}\n' * 100)
            running.stdin.close()
        assert (running.wait(timeout=60), running.stderr.read()) == (0, b"")


def test_an_unknown_market_is_named_with_the_known_ones(parse: Parse) -> None:
    code, readings, complaints = parse("--market", "mars", "sold 12")
    assert (code, readings) == (2, [])
    assert complaints.startswith("live-assist: mars: no such market; the markets are us, ph, tw,")


def test_half_a_letter_is_carried_as_json_carries_it(parse: Parse) -> None:
    code, (reading,), _ = parse("--stdin", stdin=rb'{"text": "sold A7", "items": ["A\ud83d7"]}')
    assert (code, reading["claims"][0]["item"]) == (0, "A\ud83d7")


@pytest.mark.parametrize(
    "text", [b"so\0ld 12", b"so\\u0000ld 12", b"sold\t12", "ｓｏｌｄ　１２".encode(), b"\xef\xbb\xbfsold 12"]
)
def test_control_characters_and_byte_order_marks_do_no_harm(parse: Parse, text: bytes) -> None:
    code, (reading,), _ = parse("--stdin", stdin=b'\xef\xbb\xbf{"items": ["12"], "text": "' + text + b'"}\r\n')
    assert (code, [one["item"] for one in reading["claims"]]) == (0, ["12"])


def test_a_line_of_a_megabyte_is_answered(parse: Parse) -> None:
    flood = json.dumps({"text": "sold 12 " * 131_072, "items": ["12"]}).encode()
    code, (flooded, short), _ = parse("--stdin", stdin=flood + b'\n{"text": "sold 12", "items": ["12"]}')
    assert (code, flooded["reason"], short["kind"]) == (0, "too long to be a claim", "claim")


@pytest.mark.parametrize("arguments", [(), ("--stdin", "sold 12")])
def test_it_wants_either_a_comment_or_lines(parse: Parse, arguments: tuple[str, ...]) -> None:
    assert parse(*arguments) == (2, [], "live-assist: say one comment to read, or --stdin\n")
