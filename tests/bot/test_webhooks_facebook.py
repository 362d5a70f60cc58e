"""The door for Facebook: what strangers, broken senders and odd buyers put through it, and what comes of that."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import io
import json
import logging
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from multidict import CIMultiDict

import bot.webhooks
from bot.problems import LARGEST_BODY
from storage import counters
from storage.tables import inbox
from tests.shop import PAGE_TOKEN, Operator, Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "facebook"
PAGE, POST, SECRET = "9001", "9001_500", "app-secret"
Json = dict[str, Any]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def code(self) -> str:
        """The error code, after a look at the whole envelope."""
        told = json.loads(self.body)
        assert set(told) == {"success", "message", "error_code", "details"}, told
        assert told["success"] is False
        assert told["message"]
        return str(told["error_code"])


@dataclass
class Door:
    """`/webhooks/facebook` of a shop with a live show, and somebody who knocks."""

    shop: Shop
    operator: Operator
    session: aiohttp.ClientSession
    _numbers: int = 0

    @property
    def url(self) -> str:
        """Where Facebook posts to."""
        return f"{self.shop.url}/webhooks/facebook"

    def fresh(self) -> str:
        """An id nobody had before."""
        self._numbers += 1
        return f"{self._numbers:06}"

    async def get(self, **query: str) -> Answer:
        """Ask for a handshake."""
        async with self.session.get(self.url, params=query) as answer:
            return Answer(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def post(self, body: Any, *headers: tuple[str, str]) -> Answer:
        """Post these bytes, signed unless headers are given."""
        sent = CIMultiDict(headers or [("X-Hub-Signature-256", signature(body))])
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        async with self.session.post(self.url, data=data, headers=sent) as answer:
            return Answer(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def hears(self, *changes: Json) -> None:
        """Deliver good comments."""
        assert (await self.post(delivery(*changes))).status == 200

    async def item(self) -> str:
        """A new item with a single piece; its code."""
        code = f"N{self.fresh()}"
        await self.operator.says(f"/item add {code} Thing 5", hears=code)
        return code

    async def ledger(self) -> list[Json]:
        """Every comment that was kept, with its decision."""
        return await self._all("claims")

    async def buyers(self) -> list[Json]:
        """Everybody who has something."""
        return await self._all("buyers")

    async def _all(self, what: str) -> list[Json]:
        rows: list[Json] = []
        cursor = ""
        while True:
            page = await self.shop.api(f"/api/shows/1/{what}?limit=100{cursor}")
            rows += page[what]
            if page["next_cursor"] is None:
                return rows
            cursor = f"&cursor={page['next_cursor']}"

    async def claims_of(self, code: str) -> list[tuple[str, str]]:
        """(comment id, status) of every claim of an item."""
        return [(row["comment_id"], row["status"]) for row in await self.ledger() if row["item"] == code]

    async def kept(self) -> list[str]:
        """The kinds of everything in the inbox that came through this door, oldest first."""
        kinds = sa.select(inbox.c.kind).where(inbox.c.source.like("messenger:%")).order_by(inbox.c.id)
        return await self.shop.assistant.database.read(lambda tx: list(tx.scalars(kinds)))

    async def counted(self, name: str) -> int:
        """A counter of the workspace."""
        return (await self.shop.assistant.database.read(counters.all_of, 1)).get(name, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Door]:
    """One shop for the whole file; every case brings its own item and comments."""
    folder = tmp_path_factory.mktemp("facebook")
    async with a_shop(folder, shared_database_url) as shop, aiohttp.ClientSession() as session:
        await shop.open()
        yield Door(shop, await shop.opens_show("12 Blue dress 19.90 x5000"), session)


def signature(body: bytes, secret: str = SECRET) -> str:
    """As Facebook signs."""
    return "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def comment(text: Any, number: str, **more: Any) -> Json:
    """A change of `feed`: somebody comments."""
    author = {"id": f"77{number}", "name": f"Buyer {number}"}
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": f"500_{number}",
        "post_id": POST,
        "parent_id": POST,
        "created_time": int(datetime.now(UTC).timestamp()),
        "from": author,
        "message": text,
    } | more
    return {"field": "feed", "value": {key: given for key, given in value.items() if given is not None}}


def delivery(*changes: Json, page: str = PAGE) -> bytes:
    """An envelope as Facebook posts it."""
    entry = {"id": page, "time": int(datetime.now(UTC).timestamp()), "changes": list(changes)}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


# --- the handshake -----------------------------------------------------------------------------------------


async def test_the_challenge_is_echoed_as_plain_text_that_no_browser_runs(door: Door) -> None:
    challenge = "<script>alert(1)</script>"
    answer = await door.get(**{"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": challenge})
    assert (answer.status, answer.body) == (200, challenge.encode())
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-me-not", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "vérify-me\ud7ff", "hub.challenge": "1"},
        {"hub.mode": "unsubscribe", "hub.verify_token": "verify-me", "hub.challenge": "1"},
        {"hub.verify_token": "verify-me", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-me"},
    ],
)
async def test_a_handshake_with_anything_wrong_is_refused(door: Door, query: dict[str, str]) -> None:
    answer = await door.get(**query)
    assert (answer.status, answer.code) == (403, "FACEBOOK_VERIFY_TOKEN_INVALID")
    assert b"verify-me" not in answer.body


# --- signatures --------------------------------------------------------------------------------------------


def _signatures(body: bytes) -> dict[str, list[tuple[str, str]]]:
    right, name = signature(body), "X-Hub-Signature-256"
    sha1 = "sha1=" + hmac.digest(SECRET.encode(), body, hashlib.sha1).hex()
    return {
        "missing": [("X-Nothing", "1")],
        "empty": [(name, "")],
        "of another secret": [(name, signature(body, "somebody-else"))],
        "of an empty secret": [(name, signature(body, ""))],
        "truncated": [(name, right[:-2])],
        "longer": [(name, right + "00")],
        "upper-case hex": [(name, "sha256=" + right[7:].upper())],
        "without its prefix": [(name, right[7:])],
        "sha1 only": [("X-Hub-Signature", sha1)],
        "sha1 in the place of sha256": [(name, sha1)],
        "not ASCII": [(name, "sha256=ключ")],
        "8 KB": [(name, "sha256=" + "a" * 8000)],
        "twice the right one": [(name, right), (name, right)],
        "a wrong one after the right one": [(name, right), (name, "sha256=" + "0" * 64)],
        "two in one": [(name, f"{right}, {right}")],
    }


@pytest.mark.parametrize("what", _signatures(b""))
async def test_a_wrong_signature_is_refused_and_leaves_nothing(
    door: Door, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = await door.item()
    body = delivery(comment(f"{code}+1", door.fresh()))
    before = await door.kept()
    answer = await door.post(body, *_signatures(body)[what])
    assert (answer.status, answer.code) == (403, "WEBHOOK_SIGNATURE_INVALID")
    assert await door.claims_of(code) == []
    assert await door.kept() == before
    assert any("forged" in record.message for record in caplog.records)
    for secret in (SECRET, PAGE_TOKEN, signature(body)):
        assert secret not in caplog.text
        assert secret not in answer.body.decode()


async def test_bytes_that_are_no_text_in_the_signature_are_refused(door: Door) -> None:
    head = "POST /webhooks/facebook HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nX-Hub-Signature-256: "
    answer = await _raw(door, head.encode() + b"sha256=\xff\xfe\x80\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 403 ")


async def test_a_signature_too_long_for_a_header_is_refused(door: Door) -> None:
    answer = await door.post(b"{}", ("X-Hub-Signature-256", "sha256=" + "a" * 10_240))
    assert answer.status in (400, 403)  # the server may refuse the header before anybody looks at it


async def test_the_signature_is_over_the_very_bytes(door: Door) -> None:
    code = await door.item()
    body = delivery(comment(f"{code}+1", door.fresh()))
    signed = ("X-Hub-Signature-256", signature(body))
    for other in (
        json.dumps(json.loads(body), separators=(",", ":")).encode(),
        body + b"\n",
        b" " + body,
        body.replace(b": ", b":  ", 1),
        body.replace(b"77", b"78", 1),
        b"",
    ):
        assert other != body
        assert (await door.post(other, signed)).status == 403
    assert await door.claims_of(code) == []


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate"])
async def test_a_compressed_body_is_refused_whatever_was_signed(door: Door, encoding: str) -> None:
    body = delivery(comment("12+1", door.fresh()))
    packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    before = len(await door.ledger())
    for signed in (body, packed):
        answer = await door.post(packed, ("Content-Encoding", encoding), ("X-Hub-Signature-256", signature(signed)))
        assert (answer.status, answer.code) == (415, "BODY_COMPRESSED")
    assert len(await door.ledger()) == before


# --- signed, and yet not what it should be -----------------------------------------------------------------

_ENTRY = {"id": PAGE, "time": 1}
UNREADABLE = {
    "not JSON": b"hello",
    "empty": b"",
    "bad UTF-8": b'{"object": "page\xff\xfe"}',
    "trailing bytes": b'{"object": "page", "entry": []} and more',
    "a list without end": b"[" * 100_000,
    "depth 100,000": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 5,000 digits": b'{"object": "page", "entry": [' + b"9" * 5000 + b"]}",
    "cut off": b'{"object": "page", "entry": [{"id": "9001", "cha',
}
NOT_ACTED_ON: dict[str, Any] = {
    "a list": [],
    "null": None,
    "a text": "page",
    "a number": 17,
    "entry is null": {"object": "page", "entry": None},
    "entry is a number": {"object": "page", "entry": 5},
    "entries are null": {"object": "page", "entry": [None, 3, "x", []]},
    "changes missing": {"object": "page", "entry": [_ENTRY]},
    "changes is null": {"object": "page", "entry": [_ENTRY | {"changes": None}]},
    "changes are null": {"object": "page", "entry": [_ENTRY | {"changes": [None, 0, []]}]},
    "value is a list": {"object": "page", "entry": [_ENTRY | {"changes": [{"field": "feed", "value": []}]}]},
    "field is a list": {"object": "page", "entry": [_ENTRY | {"changes": [{"field": [], "value": {"item": {}}}]}]},
    "NaN and infinity": {"object": "page", "entry": [{"id": float("nan"), "time": float("inf")}]},
    "an id of 400 digits": {"object": "page", "entry": [{"id": 10**400, "time": -1}]},
    "a comment without ids": {
        "object": "page",
        "entry": [_ENTRY | {"changes": [comment("12+1", "1", comment_id=None)]}],
    },
    "a verb we do not know": {"object": "page", "entry": [_ENTRY | {"changes": [comment("12+1", "1", verb="shout")]}]},
    "messaging of numbers": {"object": "page", "entry": [_ENTRY | {"messaging": [1, {"sender": {"id": True}}]}]},
    "another object": {"object": "instagram", "entry": [_ENTRY]},
    "surrogates and NUL as keys": {"object": "page", "entry": [_ENTRY | {"\ud800": "\0", "changes": [{"\udfff": 1}]}]},
}


@pytest.mark.parametrize("what", [*UNREADABLE, *NOT_ACTED_ON])
async def test_signed_nonsense_is_kept_once_and_blocks_nothing(
    door: Door, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = UNREADABLE[what] if what in UNREADABLE else json.dumps(NOT_ACTED_ON[what]).encode()
    before = await door.kept()
    assert (await door.post(body)).status == 200
    kept = await door.kept()
    assert len(kept) > len(before)
    assert (kept[-1] == "unreadable") == (what in UNREADABLE)
    assert (await door.post(body)).status == 200
    assert await door.kept() == kept
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    code, number = await door.item(), door.fresh()
    await door.hears(comment(f"{code}+1", number))
    assert await door.claims_of(code) == [(f"500_{number}", "winner")]


@pytest.mark.parametrize("depth", [200, 400, 600, 800, 900, 950, 980, 990, 995, 2000, 20_000])
async def test_no_depth_of_nesting_is_an_error(door: Door, depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    body = f'{{"object": "page", "entry": [{{"id": "9001", "time": 1, "changes": [{deep}]}}]}}'
    assert (await door.post(body.encode())).status == 200
    body = f'{{"object": "page", "entry": [{{"id": "7", "\\ud800": {deep}}}]}}'
    assert (await door.post(body.encode())).status == 200


async def test_a_good_comment_is_decided_however_oddly_it_is_written_down(door: Door) -> None:
    code = await door.item()
    plain = [comment(f"{code}+1", door.fresh()) for _ in range(5)]
    numbers = comment(f"{code}+1", door.fresh(), created_time="1790000000")
    numbers["value"]["from"]["id"] = 7700999
    wide = delivery(plain[2]).decode()
    for body in (
        b"\xef\xbb\xbf" + delivery(plain[0]),  # a byte order mark
        delivery(plain[1]).replace(b'"object": "page"', b'"object": "user", "object": "page"'),  # the last one counts
        wide.encode("utf-16"),
        delivery(plain[3]).replace(b'"time"', b'"x": NaN, "y": 1e999, "time"'),
        b"\n\n" + delivery(plain[4]) + b" \n",
        delivery(numbers),
    ):
        assert (await door.post(body)).status == 200
    assert [status for _, status in await door.claims_of(code)] == ["winner"] + ["waitlisted"] * 5


async def test_a_batch_of_a_thousand_comments_is_decided_with_a_bad_one_among_them(door: Door) -> None:
    code = await door.item()
    first, last = door.fresh(), door.fresh()
    link = {"permalink_url": f"https://www.facebook.com/{POST}?{'x' * 800}"}
    many = [comment("12 sold", door.fresh(), post=link) for _ in range(998)]
    bad = [
        comment("12+1 \0\ud800\udfff" + "\0" * 3000, door.fresh(), created_time=10**30),
        comment({"no": "text"}, door.fresh(), **{"from": {"id": -(10**90), "name": ["x"]}}),
        comment("12+1", door.fresh(), **{"from": {"id": True}}, created_time="yesterday", parent_id=9e99),
        {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "x" * 5000, "post_id": POST}},
    ]
    body = delivery(comment(f"{code}+1", first), *many[:500], *bad, *many[500:], comment(f"{code}+1", last))
    assert 2**20 < len(body) < LARGEST_BODY
    before = len(await door.ledger())
    assert (await door.post(body)).status == 200
    rows = (await door.ledger())[before:]
    assert len(rows) == 1000 + 3
    assert sum(row["status"] == "winner" and row["item"] == "12" for row in rows) >= 998
    assert await door.claims_of(code) == [(f"500_{first}", "winner"), (f"500_{last}", "waitlisted")]


# --- size and pace -----------------------------------------------------------------------------------------


async def _raw(door: Door, *parts: bytes) -> bytes:
    """Send bytes as they are, each part when the one before has been heard; the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.shop.url.rpartition(":")[2]))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await door.get()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return head + await reader.readexactly(length)
    finally:
        writer.close()


async def test_a_body_of_just_four_megabytes_is_taken(door: Door) -> None:
    code, number = await door.item(), door.fresh()
    body = delivery(comment(f"{code}+1", number))
    body += b" " * (LARGEST_BODY - len(body))
    assert (await door.post(body)).status == 200
    assert await door.claims_of(code) == [(f"500_{number}", "winner")]


async def test_a_larger_body_is_refused_before_any_of_it_is_sent(door: Door) -> None:
    for size in (LARGEST_BODY + 1, 20 * 2**20, 10**18):
        head = f"POST /webhooks/facebook HTTP/1.1\r\nHost: shop\r\nContent-Length: {size}\r\n\r\n"
        answer = await _raw(door, head.encode())
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_code"] == "BODY_TOO_LARGE"


async def test_a_larger_body_in_chunks_is_refused_while_it_comes(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b" " * 65_536

    answer = await door.post(endless(), ("X-Hub-Signature-256", signature(b" " * 80 * 65_536)))
    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.webhooks, "BODY_SECONDS", 0.05)
    head = b"POST /webhooks/facebook HTTP/1.1\r\nHost: shop\r\n"
    for parts in (
        (head + b"Content-Length: 100\r\n\r\n{",),
        (head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"not a chunk\r\n"),
    ):
        answer = await _raw(door, *parts)
        assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 400 "))
        assert b'"error_code": "BODY_' in answer


async def test_a_sender_who_hangs_up_in_the_middle_is_no_error_of_ours(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(door.shop.url.rpartition(":")[2]))
    writer.write(b"POST /webhooks/facebook HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()
    await door.hears(comment("hello", door.fresh()))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


# --- once, and for the right page --------------------------------------------------------------------------


async def test_the_same_delivery_twenty_times_at_once_is_one_claim(door: Door) -> None:
    code, number = await door.item(), door.fresh()
    body = delivery(comment(f"{code}+1", number))
    answers = await asyncio.gather(*(door.post(body) for _ in range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    assert (await door.post(body)).status == 200
    assert [row["comment_id"] for row in await door.ledger()].count(f"500_{number}") == 1
    assert await door.claims_of(code) == [(f"500_{number}", "winner")]


async def test_the_same_comment_in_other_envelopes_is_one_claim(door: Door) -> None:
    code, number, other = await door.item(), door.fresh(), door.fresh()
    same, another = comment(f"{code}+1", number), comment(f"{code}+1", other)
    await door.hears(same)
    await door.hears(another, same)
    await door.hears(same, same, another)
    twice = json.dumps({"entry": [json.loads(delivery(one))["entry"][0] for one in (another, same)], "object": "page"})
    assert (await door.post(twice.encode())).status == 200
    assert await door.claims_of(code) == [(f"500_{number}", "winner"), (f"500_{other}", "waitlisted")]


async def test_a_comment_deleted_before_it_was_heard_of_claims_nothing(door: Door) -> None:
    code, number, other = await door.item(), door.fresh(), door.fresh()
    await door.hears(comment(None, number, verb="remove"))
    await door.hears(comment(f"{code}+1", number))
    await door.hears(comment(f"{code}+1", other))
    assert await door.claims_of(code) == [(f"500_{other}", "winner")]


async def test_comments_of_other_pages_are_counted_and_not_decided(door: Door) -> None:
    code, number = await door.item(), door.fresh()
    before = await door.counted("messenger_events_not_acted_on")
    foreign, ours = comment(f"{code}+1", door.fresh()), comment(f"{code}+1", number)
    assert (await door.post(delivery(foreign, page="4242"))).status == 200
    entries = [json.loads(body)["entry"][0] for body in (delivery(foreign, page="4243"), delivery(ours))]
    assert (await door.post(json.dumps({"object": "page", "entry": entries}).encode())).status == 200
    assert await door.claims_of(code) == [(f"500_{number}", "winner")]
    assert await door.counted("messenger_events_not_acted_on") == before + 2


# --- what people write -------------------------------------------------------------------------------------

ODD_TEXTS = {
    "10,000 characters": "12+1 " + "я" * 9_995,
    "100,000 characters": "12+1 " + "x" * 99_995,
    "right to left": "أريد 12+1 من فضلك \u202e",
    "emoji": "12+1 👩‍👩‍👧‍👦🇻🇳🫶🏽",
    "zero width": "1\u200b2\ufeff+\u200d1",
    "NUL": "12\0+1",
    "half a character": "12+1 \ud800 \udfff",
    "SQL": "12'); DROP TABLE claims;--",
    "HTML": "<img src=x onerror=alert(12)>",
    "template": "{{7*7}} ${7*7} %s %n {0.__class__}",
    "control": "12+1 \x1b[2J\r\n\x07\x7f\u2028",
}


@pytest.mark.parametrize("what", ODD_TEXTS)
async def test_whatever_people_write_is_kept_and_shown(door: Door, what: str) -> None:
    number = door.fresh()
    text = ODD_TEXTS[what]
    await door.hears(comment(text, number, **{"from": {"id": f"88{number}", "name": text}}))
    (row,) = [row for row in await door.ledger() if row["comment_id"] == f"500_{number}"]
    expected = text.replace("\0", "").replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")[:10_000]
    assert row["text"] == expected
    assert row["buyer"]["name"] == expected[:200]
    assert row["status"] in ("winner", "ambiguous", "ignored", "unmatched")
    buyers = await door.buyers()
    assert (row["status"] == "winner") == any(buyer["id"] == row["buyer"]["id"] for buyer in buyers)


async def test_a_claim_without_its_author_is_for_the_operator_to_decide(door: Door) -> None:
    code, number = await door.item(), door.fresh()
    await door.hears(comment(f"{code}+1", number, **{"from": None}))
    (row,) = [row for row in await door.ledger() if row["comment_id"] == f"500_{number}"]
    assert (row["status"], row["buyer"], row["item"]) == ("ambiguous", None, None)


async def test_every_recorded_delivery_is_taken(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    if not FIXTURES.is_dir():
        pytest.skip("the recorded deliveries are not here")
    refused = {}
    for file in sorted(FIXTURES.glob("*.json")):
        answer = await door.post(file.read_bytes())
        if answer.status != 200:
            refused[file.name] = answer.status
        for entry in _as_ours(json.loads(file.read_bytes())):
            answer = await door.post(json.dumps(entry).encode())
            if answer.status != 200:
                refused[f"{file.name}, as if it were of our Page"] = answer.status
    assert refused == {}
    await door.shop.assistant.errands_done()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    code, number = await door.item(), door.fresh()
    await door.hears(comment(f"{code}+1", number))
    assert await door.claims_of(code) == [(f"500_{number}", "winner")]


def _as_ours(recorded: Any) -> list[Json]:
    """The same delivery, addressed to our Page, so that it is read to its last detail."""
    if not isinstance(recorded, dict) or not isinstance(recorded.get("entry"), list):
        return []
    entries = [entry | {"id": PAGE} for entry in recorded["entry"] if isinstance(entry, dict)]
    return [recorded | {"object": "page", "entry": entries}]


async def test_only_what_is_written_during_a_show_counts(door: Door) -> None:
    """This ends the show of the other cases, so it comes last."""
    code = await door.item()
    early, late, after = door.fresh(), door.fresh(), door.fresh()
    await door.operator.says("/end", hears="ended")
    now = datetime.now(UTC)
    ignored = await door.counted("comments_without_a_show")
    await door.hears(comment(f"{code}+1", after, created_time=int((now + timedelta(minutes=1)).timestamp())))
    await door.hears(comment(f"{code}+1", early, created_time=int((now - timedelta(days=1)).timestamp())))
    assert await door.claims_of(code) == []
    show = await door.shop.api("/api/shows/1")
    started = int(datetime.fromisoformat(show["started_at"]).timestamp())
    await door.hears(comment(f"{code}+1", late, created_time=started))
    assert await door.claims_of(code) == [(f"500_{late}", "winner")]

    await door.operator.says("/show new Saturday", hears="Saturday")
    await door.operator.says("/item add 1 Lamp 5", hears="1")
    await door.hears(comment("sold 1", door.fresh(), created_time=int(now.timestamp()) + 60))
    assert await door.counted("comments_without_a_show") == ignored + 3
    heard = (await door.shop.api("/api/shows/2/claims"))["claims"]
    assert [row for row in heard if row["kind"] == "comment"] == []
