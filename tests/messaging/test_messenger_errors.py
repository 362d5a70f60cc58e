"""Facebook's error codes mean what its documentation and its own deliveries say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.kit.errors import Busy, NotAuthorised, OutsideError, Refused
from bot.kit.http import Answer
from messaging.base import Because, CannotReach
from messaging.messenger.errors import RESTRICTED_FOR, TABLE, PageRestricted, regain_in, translate

SHARED = Path(__file__).parents[2].parent / "shared"
CODES = SHARED / "specs" / "facebook" / "messenger-error-codes.json"
RECORDED = SHARED / "fixtures" / "facebook" / "graph_errors"


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, headers or {}, json.dumps(body).encode(), at=0.0)


def meaning(status: int, body: Any) -> type[OutsideError] | Because:
    error = translate(answer(status, body))
    assert error is not None
    if isinstance(error, CannotReach):
        return error.because
    return Busy if isinstance(error, Busy) else type(error)


def test_an_answer_without_an_error_is_none() -> None:
    assert translate(answer(200, {"message_id": "m_1"})) is None


@pytest.mark.parametrize("code", [10, 551, 190, 613])
def test_an_unknown_subcode_means_what_its_code_means(code: int) -> None:
    known = meaning(400, {"error": {"code": code}})
    assert meaning(400, {"error": {"code": code, "error_subcode": 424242}}) == known


@pytest.mark.parametrize(("code", "subcode"), [(10, 1893063), (368, None), (2022, None)])
def test_a_restricted_page_is_left_alone_for_half_an_hour(code: int, subcode: int | None) -> None:
    error = translate(answer(400, {"error": {"code": code, "error_subcode": subcode}}))
    assert isinstance(error, PageRestricted)
    assert error.retry_after == RESTRICTED_FOR


def usage(*limits: Any) -> str:
    return json.dumps({"1001": list(limits)})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (usage({"estimated_time_to_regain_access": 7}, {"estimated_time_to_regain_access": 12}), 720.0),
        (usage({"estimated_time_to_regain_access": 0}), None),
        (usage({"estimated_time_to_regain_access": "soon"}, "odd"), None),
        ("not json", None),
        ("[" * 10_000, None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_read_from_the_usage_header(header: str, seconds: float | None) -> None:
    assert regain_in(answer(400, {}, {"X-Business-Use-Case-Usage": header})) == seconds


DOCUMENTED: dict[str, set[type[OutsideError] | Because]] = {
    "window": {Because.WINDOW_CLOSED},
    "recipient": {Because.UNAVAILABLE},
    "already_replied": {Because.ALREADY_REPLIED},
    "comment": {Because.COMMENT_GONE},
    "gone": {Because.COMMENT_GONE},
    "token": {NotAuthorised},
    "permission": {Refused},
    "config": {Refused},
    "attachment": {Refused},
    "bad_request": {Refused},
    "page_restricted": {Busy},
    "blocked": {Busy},
    "thread_owner": {Busy},
    "rate": {Busy},
    "transient": {Busy},
}


def test_every_documented_code_has_its_class() -> None:
    if not CODES.exists():
        pytest.skip("no list of Messenger error codes beside the project")
    for row in json.loads(CODES.read_text())["codes"]:
        body = {"error": {"message": row["message"], "code": row["code"], "error_subcode": row["subcode"]}}
        assert meaning(400, body) in DOCUMENTED[row["cls"]], row


def test_every_recorded_error_has_its_class() -> None:
    if not RECORDED.is_dir():
        pytest.skip("no recorded Facebook errors beside the project")
    found: dict[str, type[OutsideError] | Because] = {}
    for file in RECORDED.glob("*.json"):
        told = json.loads(file.read_text())
        found[file.stem] = meaning(told["http_status"], told["body"])
    assert found == {
        "100_upload_failure": Refused,
        "10_outside_window": Because.WINDOW_CLOSED,
        "190_expired": NotAuthorised,
        "190_logged_out": NotAuthorised,
        "190_not_authorized": NotAuthorised,
        "200_blocked_localised": Because.UNAVAILABLE,
        "200_permissions": Refused,
        "2_transient": Busy,
        "4_app_rate_limit": Busy,
        "551_person_unavailable": Because.UNAVAILABLE,
    }


def test_every_reason_in_the_table_has_a_sentence_for_people() -> None:
    for code, subcode in TABLE:
        error = translate(answer(400, {"error": {"code": code, "error_subcode": subcode, "message": "(#1) No"}}))
        assert error is not None
        assert len(error.message) > 10
