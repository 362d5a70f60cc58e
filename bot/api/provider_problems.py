"""What goes wrong with a provider, as the API tells it: each kind of error has a status and a PROVIDER_WHAT code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.base import NotOffered
from bot.kit.errors import (
    BadInput,
    Busy,
    LiveAssistError,
    NotAuthorised,
    OutcomeUnknown,
    OutsideError,
    Refused,
    Unreachable,
)
from bot.kit.redact import redact
from bot.problems import Problem
from bot.workflows.connect_by_oauth import NoOAuth, OAuthFailed, StateInvalid
from bot.workflows.find_connections import NotConnected, PlanTooSmall
from storage.crypto import CannotDecrypt

_KINDS: tuple[tuple[type[LiveAssistError], int, str], ...] = (
    (StateInvalid, 400, "STATE_INVALID"),
    (NoOAuth, 409, "OAUTH_NOT_OFFERED"),
    (NotConnected, 409, "NOT_CONNECTED"),
    (OAuthFailed, 400, "OAUTH_FAILED"),
    (NotOffered, 409, "NOT_OFFERED"),
    (NotAuthorised, 409, "INVALID_TOKEN"),
    (Refused, 409, "REFUSED"),
    (Busy, 503, "BUSY"),
    (Unreachable, 502, "UNREACHABLE"),
    (OutcomeUnknown, 502, "OUTCOME_UNKNOWN"),
    (CannotDecrypt, 503, "CANNOT_DECRYPT"),
)
"""The first that fits counts."""

PLAN_TOO_SMALL = "PLAN_TOO_SMALL"


def code_of(provider: str, trouble: LiveAssistError, otherwise: str = "REFUSED") -> tuple[int, str]:
    """The status and the code of what went wrong; `otherwise` is for input that was not understood.

    An adapter may say it more exactly, by a code that begins with its provider's name: SQUARE_LOCATION_NOT_FOUND.
    """
    if isinstance(trouble, PlanTooSmall):
        return 403, PLAN_TOO_SMALL
    status, what = next(
        ((status, what) for kind, status, what in _KINDS if isinstance(trouble, kind)), (400, otherwise)
    )
    prefix = f"{provider.upper()}_"
    own = trouble.code if isinstance(trouble, OutsideError) and trouble.code.startswith(prefix) else ""
    return status, own or f"{prefix}{what}"


@contextmanager
def told_of(provider: str, *, otherwise: str = "REFUSED") -> Iterator[None]:
    """Whatever a workflow or an adapter raises inside becomes a problem in the words it has for people."""
    try:
        yield
    except (BadInput, OutsideError, CannotDecrypt) as trouble:
        raise problem_of(provider, trouble, otherwise=otherwise) from None


def problem_of(provider: str, trouble: LiveAssistError, *, otherwise: str = "REFUSED") -> Problem:
    """The refusal that is answered with."""
    status, error_code = code_of(provider, trouble, otherwise)
    wait = getattr(trouble, "retry_after", None)
    return Problem(
        status,
        error_code,
        redact(trouble.message),
        headers={"Retry-After": str(max(1, math.ceil(wait or 1)))} if status == 503 else None,
        details={"code": trouble.code} if isinstance(trouble, OutsideError) and trouble.code else {},
    )
