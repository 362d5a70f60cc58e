"""One call to Clover: what it answers as plain data, and everything else sorted by what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.http import Answer, Http
from bot.kit.redact import redact

LONGEST_WAIT = 3600.0
"""A Retry-After beyond this many seconds is not believed: asking once an hour harms nobody."""
_LONGEST_REASON = 300

PERMISSION_OVER = "CLOVER_TOKEN_EXPIRED"

ADVICE_ELSE = "Look it up in the Clover dashboard, then try again."
"""What to do about a refusal that nothing better is known about."""
_ADVICE = {
    "amount_too_large": "Split it into smaller ones.",
    "not_found": "It belongs to another merchant, or is gone.",
    "http_404": "It belongs to another merchant, or is gone.",
}


class NotPermitted(NotAuthorised):
    """The key is good, but may not do this."""


async def send(
    http: Http,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request, no retry. Raises Unreachable when nothing happened and OutcomeUnknown when something may have."""
    try:
        return await http.request(
            method, url, params=params, json=body, headers={"Accept": "application/json", **(headers or {})}
        )
    except OutcomeUnknown as trouble:
        raise OutcomeUnknown(
            "The connection to Clover broke before the answer was complete.", code=trouble.code
        ) from None
    except OutsideError as trouble:
        raise Unreachable("Clover cannot be reached right now.", code=trouble.code) from None


def read(answer: Answer, *, reading: bool, keyed: bool = False) -> dict[str, Any]:
    """What an answer says. Raises one of `bot.kit.errors` for anything but an object and a status that says yes.

    `reading` says that the call changed nothing, so that it can simply be made again; `keyed` that it carried an
    idempotency key.
    """
    said = _object(answer)
    if answer.ok and said is not None:
        return said
    raise _error(answer, said, reading=reading, keyed=keyed)


def seconds_to_wait(answer: Answer) -> float | None:
    """What Retry-After asks for; None when it says nothing useful."""
    wait = answer.retry_after
    return min(wait, LONGEST_WAIT) if wait else None


def _error(answer: Answer, said: dict[str, Any] | None, *, reading: bool, keyed: bool) -> OutsideError:
    """Clover's platform answers `{"message": …}`, its Ecommerce API `{"error": {"code": …, "message": …}}` beside it.

    https://docs.clover.com/dev/docs/ecommerce-api-error-codes
    """
    status = answer.status
    code, reason = _code(said) or f"http_{status}", _reason(said)
    if status == 429:
        return Busy(f"Clover is busy: {reason}.", code=code, retry_after=seconds_to_wait(answer))
    if status == 409 and keyed:
        return Busy(f"Clover is still working on the same request: {reason}.", code=code)
    if status == 401:
        return NotAuthorised("Clover does not accept this key. Connect Clover again.", code=code)
    if status == 403:
        return NotPermitted(f"Clover does not let this key do that: {reason}.", code=code)
    if 400 <= status < 500 and status != 408:
        return Refused(f"Clover refused: {reason}. {_ADVICE.get(code, ADVICE_ELSE)}", code=code)
    kind = Unreachable if reading else OutcomeUnknown
    if status >= 500:
        return kind(f"Clover failed (HTTP {status}): {reason}.", code=code)
    return kind(f"Something else answered in Clover's place (HTTP {status}).", code=f"http_{status}")


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _code(said: dict[str, Any] | None) -> str:
    error = (said or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else (said or {}).get("code")
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) else ""


def _reason(said: dict[str, Any] | None) -> str:
    error = (said or {}).get("error")
    texts = (error.get("message") if isinstance(error, dict) else error, (said or {}).get("message"))
    text = next((one for one in texts if isinstance(one, str) and one.strip()), "no reason given")
    clean = " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())
    return redact(clean)[:_LONGEST_REASON].rstrip(".")
