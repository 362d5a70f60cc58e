"""What the Graph API's error codes mean, as one table.

https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused
from bot.kit.http import Answer
from messaging.base import Because, CannotReach, Restricted
from messaging.shapes import mapping, sequence, text

LONGEST_QUOTE = 200
"""Characters of Facebook's own words that go into ours."""
RESTRICTED_FOR = 1800.0
"""Seconds to leave a Page alone that Facebook has restricted; asking sooner makes it worse."""

SENTENCES = {
    Because.WINDOW_CLOSED: "More than 24 hours have passed since they last wrote to the Page.",
    Because.UNAVAILABLE: "They cannot receive messages from the Page.",
    Because.ALREADY_REPLIED: "This comment has had its private reply already.",
    Because.COMMENT_GONE: "The comment is gone, or cannot be answered privately.",
    Because.NOT_POSSIBLE: "Facebook does not let the Page do this.",
}


@dataclass(frozen=True, slots=True)
class Wait:
    """Facebook says not now: try again after so many seconds, or when it seems right."""

    seconds: float | None = None
    page_wide: bool = False
    """Whether no call of the Page can work before: making them all the same prolongs it."""


class PageBusy(Busy):
    """Facebook wants the whole Page to wait."""


class PageRestricted(PageBusy, Restricted):
    """Facebook lets the Page write to nobody for a while."""


RESTRICTED = Wait(RESTRICTED_FOR, page_wide=True)
TOO_MANY_CALLS = Wait(page_wide=True)

Meaning = Because | Wait | type[Refused]

TABLE: Mapping[tuple[int, int | None], Meaning] = {
    # The 24-hour window is closed.
    (10, 2018278): Because.WINDOW_CLOSED,
    (10, 2534022): Because.WINDOW_CLOSED,
    (10, 2018065): Because.WINDOW_CLOSED,
    # This person gets nothing from us.
    (551, None): Because.UNAVAILABLE,
    (200, 1545041): Because.UNAVAILABLE,
    (10, 2018108): Because.UNAVAILABLE,
    (10, 1893015): Because.UNAVAILABLE,
    (100, 2018001): Because.UNAVAILABLE,
    # Private replies. 10900 and 10903 are not on Facebook's page, but are what it answers.
    (10900, None): Because.ALREADY_REPLIED,
    (10903, None): Because.COMMENT_GONE,
    (100, 33): Because.COMMENT_GONE,
    (100, 2534025): Because.COMMENT_GONE,
    (9000001, None): Because.COMMENT_GONE,
    # The token is dead.
    (190, None): NotAuthorised,
    (102, None): NotAuthorised,
    (104, None): NotAuthorised,
    # A permission is missing: the app's to fix, and other calls may still work.
    (1, 99): Refused,
    (3, None): Refused,
    (10, None): Refused,
    (200, None): Refused,
    (2, 2018344): Refused,
    # The Page is restricted for a while.
    (10, 1893063): RESTRICTED,
    (368, None): RESTRICTED,
    (2022, None): RESTRICTED,
    (613, 2018338): RESTRICTED,
    # Another app, or a person, has the conversation.
    (2018300, None): Wait(60.0),
    (2018321, None): Wait(60.0),
    (100, 2534037): Wait(60.0),
    # Too many calls.
    (4, None): TOO_MANY_CALLS,
    (9, None): TOO_MANY_CALLS,
    (17, None): TOO_MANY_CALLS,
    (32, None): TOO_MANY_CALLS,
    (341, None): TOO_MANY_CALLS,
    (613, None): TOO_MANY_CALLS,
    (80001, None): TOO_MANY_CALLS,
    (80006, None): TOO_MANY_CALLS,
    # Trouble at Facebook, said in so many words: nothing was done.
    (1, None): Wait(),
    (2, None): Wait(),
    (1200, None): Wait(),
}
"""By code and subcode; a subcode that is not here means what its code means."""


def translate(answer: Answer) -> OutsideError | None:
    """The error in an answer, or None when there is none. An unknown one is judged by its HTTP status."""
    error = _error_in(answer)
    if answer.ok and not error:
        return None
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    name = "/".join(str(part) for part in (code or answer.status, subcode) if part is not None)
    said = text(error.get("error_user_msg")) or text(error.get("message")) or f"status {answer.status}"
    said = f"Facebook refused: {said[:LONGEST_QUOTE]}"
    match meaning := _meaning(code, subcode, error, answer):
        case Because() as because:
            return CannotReach(SENTENCES[because], because=because, code=name)
        case Wait(seconds, page_wide):
            busy = PageRestricted if meaning is RESTRICTED else PageBusy if page_wide else Busy
            return busy(said, code=name, retry_after=seconds or regain_in(answer))
        case None:
            return OutcomeUnknown(f"Facebook broke down ({name})", code=name)
        case refusal:
            return refusal(said, code=name)


def regain_in(answer: Answer) -> float | None:
    """Seconds until Facebook lets us call again, where it says so (in minutes).

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2
    """
    limits = [mapping(limit) for business in _usage(answer, _BUSINESS).values() for limit in sequence(business)]
    minutes = max((_number(limit.get("estimated_time_to_regain_access")) or 0 for limit in limits), default=0)
    return minutes * 60.0 if minutes > 0 else answer.retry_after


def used(answer: Answer) -> int:
    """How much of the Page's calls are used up, in percent; at 100 Facebook refuses, and more calls prolong it.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers
    """
    app = _usage(answer, "X-App-Usage")
    limits = [app, *(mapping(limit) for business in _usage(answer, _BUSINESS).values() for limit in sequence(business))]
    return max((_number(limit.get(name)) or 0 for limit in limits for name in _USED), default=0)


_BUSINESS = "X-Business-Use-Case-Usage"
_USED = ("call_count", "total_time", "total_cputime")


def _usage(answer: Answer, header: str) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(answer.headers.get(header, "")))
    except (ValueError, RecursionError):
        return {}


def _meaning(code: int | None, subcode: int | None, error: Mapping[str, Any], answer: Answer) -> Meaning | None:
    """What an error means, or None when nobody can tell whether it was done."""
    if code is not None:
        meaning = TABLE.get((code, subcode)) or TABLE.get((code, None))
        if meaning is not None:
            return meaning
    if error.get("is_transient") is True or answer.status == 429:
        return TOO_MANY_CALLS if answer.status == 429 else Wait()
    if answer.status >= 500:
        return None
    return NotAuthorised if answer.status == 401 else Refused


def _error_in(answer: Answer) -> Mapping[str, Any]:
    try:
        return mapping(mapping(answer.json()).get("error"))
    except ValueError:
        return {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
