"""Signatures: published vectors agree, forgeries do not, and no header makes them raise."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.kit import signatures

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a shared machine is proves nothing."""

VECTORS = Path(__file__).parents[4] / "shared" / "fixtures" / "signature_vectors.json"

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
SECRET = "whsec_night_market"
BODY = '{"type":"invoice.paid","buyer":"Lan Nguyễn"}'.encode()
URL = "https://assist.example/webhooks/square"

HOSTILE = [
    None,
    "",
    ",,",
    "=",
    "t",
    "t=,v1=",
    "t=1763665200",
    "v1=abc",
    "t=NaN,v1=abc",
    "t=１７６３６６５２００,v1=abc",
    "t=9" + "9" * 5000 + ",v1=abc",
    "sha256=",
    "sha256=\N{SNOWMAN}",
    "\udcff\udcfe",
    "t=1795201200,v1=\udcff",
    "x" * 10_240,
    "v1=" * 10_240,
]


def hexdigest(signed: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), signed, sha256).hexdigest()


def stamped(body: bytes = BODY, *, at: datetime = NOW, secret: str = SECRET) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={hexdigest(f'{moment}.'.encode() + body, secret)}"


def timestamped(header: str | None, body: bytes, secrets: list[str]) -> bool:
    return signatures.verify_timestamped(header, body, secrets=secrets, now=NOW)


def facebook(header: str | None, body: bytes, secrets: list[str]) -> bool:
    return signatures.verify_facebook(header, body, secrets=secrets)


def square(header: str | None, body: bytes, secrets: list[str]) -> bool:
    return signatures.verify_square(header, body, url=URL, secrets=secrets)


def telegram(header: str | None, _body: bytes, secrets: list[str]) -> bool:
    return signatures.verify_telegram(header, secrets=secrets)


Verify = Callable[[str | None, bytes, list[str]], bool]
OVER_THE_BODY: list[tuple[Verify, str]] = [
    (timestamped, stamped()),
    (facebook, "sha256=" + hexdigest(BODY)),
    (square, base64.b64encode(hmac.digest(SECRET.encode(), URL.encode() + BODY, sha256)).decode()),
]
EVERY = [*OVER_THE_BODY, (telegram, SECRET)]

every_scheme = pytest.mark.parametrize(("verify", "header"), EVERY, ids=lambda value: getattr(value, "__name__", ""))
schemes_over_the_body = pytest.mark.parametrize(
    ("verify", "header"), OVER_THE_BODY, ids=lambda value: getattr(value, "__name__", "")
)


def vectors() -> list[Any]:
    if not VECTORS.exists():
        reason = "the published signature vectors are not here"
        return [pytest.param("", {}, marks=pytest.mark.skip(reason=reason))]
    known = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [
        pytest.param(scheme, vector, id=f"{scheme}: {vector['name']}")
        for scheme in ("stripe", "clover", "square", "facebook")
        for vector in known[scheme]
    ]


@pytest.mark.parametrize(("scheme", "vector"), vectors())
def test_every_published_vector_is_judged_as_published(scheme: str, vector: dict[str, Any]) -> None:
    body, header = vector["body"].encode(), vector["header"]
    if scheme in ("stripe", "clover"):
        now = datetime.fromtimestamp(vector["now"], UTC)
        verdict = signatures.verify_timestamped(header, body, secrets=[vector["secret"]], now=now)
    elif scheme == "square":
        verdict = signatures.verify_square(header, body, url=vector["url"], secrets=[vector["key"]])
    else:
        verdict = signatures.verify_facebook(header, body, secrets=[vector["secret"]])
    assert verdict is vector["valid"]


@every_scheme
def test_the_right_signature_is_accepted(verify: Verify, header: str) -> None:
    assert verify(header, BODY, [SECRET])


@every_scheme
def test_while_a_secret_is_rotated_the_old_and_the_new_one_are_good(verify: Verify, header: str) -> None:
    assert verify(header, BODY, ["new", SECRET])
    assert verify(header, BODY, [SECRET, "new"])


@every_scheme
def test_a_wrong_secret_is_refused(verify: Verify, header: str) -> None:
    assert not verify(header, BODY, ["whsec_other"])


@every_scheme
def test_without_a_secret_nothing_verifies(verify: Verify, header: str) -> None:
    assert not verify(header, BODY, [])
    assert not verify(header, BODY, [""])


def test_an_empty_secret_is_no_secret_even_for_who_signs_with_it() -> None:
    assert not timestamped(stamped(secret=""), BODY, [""])
    assert not facebook("sha256=" + hexdigest(BODY, ""), BODY, [""])
    assert not square(base64.b64encode(hmac.digest(b"", URL.encode() + BODY, sha256)).decode(), BODY, [""])
    assert not telegram("", BODY, [""])


@every_scheme
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:24])
def test_no_header_verifies_by_being_strange(verify: Verify, header: str, hostile: str | None) -> None:
    assert verify(hostile, BODY, [SECRET]) is False


@every_scheme
def test_a_signature_in_capitals_cut_short_or_followed_by_more_is_refused(verify: Verify, header: str) -> None:
    assert not verify(header.swapcase(), BODY, [SECRET])
    assert not verify(header[:-1], BODY, [SECRET])
    assert not verify(header + "0", BODY, [SECRET])


@schemes_over_the_body
@unhurried
@given(data=st.data())
def test_flipping_any_byte_of_the_body_spoils_it(verify: Verify, header: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(BODY) - 1))
    flip = data.draw(st.integers(1, 255))
    spoilt = bytearray(BODY)
    spoilt[place] ^= flip
    assert not verify(header, bytes(spoilt), [SECRET])


@every_scheme
@unhurried
@given(data=st.data())
def test_changing_any_character_of_the_signature_spoils_it(verify: Verify, header: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(header.find("v1=") + 3 if "v1=" in header else 0, len(header) - 1))
    other = data.draw(st.characters(exclude_characters=header[place] + ",= "))
    spoilt = header[:place] + other + header[place + 1 :]
    assert not verify(spoilt, BODY, [SECRET])


@every_scheme
@unhurried
@given(strange=st.text(), body=st.binary())
def test_nothing_a_stranger_sends_raises_or_verifies(verify: Verify, header: str, strange: str, body: bytes) -> None:
    assert verify(strange, body, [SECRET]) is (strange == header and body == BODY)


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (timedelta(seconds=300), True),
        (timedelta(seconds=301), False),
        (timedelta(minutes=6), False),
        (timedelta(seconds=-300), True),
        (timedelta(seconds=-301), False),
        (timedelta(days=-3650), False),
    ],
)
def test_a_timestamp_is_good_for_five_minutes_either_way(age: timedelta, verdict: bool) -> None:
    assert timestamped(stamped(at=NOW - age), BODY, [SECRET]) is verdict


def test_one_of_several_signatures_suffices() -> None:
    moment, _, right = stamped().partition(",")
    assert timestamped(f"{moment},v1={'0' * 64},{right}", BODY, [SECRET])
    assert timestamped(f"{moment}, {right}, v0={'0' * 64}", BODY, [SECRET])


def test_an_older_scheme_alone_does_not_count() -> None:
    assert not timestamped(stamped().replace("v1=", "v0="), BODY, [SECRET])


def test_two_headers_joined_into_one_are_refused() -> None:
    assert not timestamped(f"{stamped()}, {stamped()}", BODY, [SECRET])


def test_the_signed_moment_cannot_be_moved() -> None:
    later = int((NOW + timedelta(seconds=60)).timestamp())
    assert not timestamped(f"t={later},{stamped().partition(',')[2]}", BODY, [SECRET])


def test_a_square_signature_is_for_one_address_only() -> None:
    header = OVER_THE_BODY[2][1]
    for other in (URL + "/", URL.replace("https", "http"), URL.replace("assist", "proxy"), ""):
        assert not signatures.verify_square(header, BODY, url=other, secrets=[SECRET])
