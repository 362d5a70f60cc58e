"""Problems as the API tells them: one envelope, a fitting status, a code scripts can rely on."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

import sqlalchemy as sa
from aiohttp import web

_log = logging.getLogger(__name__)

BODY_LIMIT = 2**20
"""Bytes a request may carry; a handler that takes more says so with `takes`."""
LARGEST_BODY = 4 * 2**20
"""Bytes, and nobody takes more: a batch of 1,000 comments is over a megabyte."""

_TROUBLE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, OSError)
_TROUBLED = ("08", "25006", "40", "53", "55P03", "57", "58")
"""Connection lost, read only (a standby, or a disk almost full), transaction undone, no room left, a lock not had,
server going down, its disk in trouble: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def is_database_trouble(failure: BaseException) -> bool:
    """Whether a database that is busy, full or gone shows itself in this failure, which may pass.

    asyncpg lets a refused connection through as it is, and has one class for all that a server reports.
    """
    if isinstance(failure, _TROUBLE):
        return True
    if not isinstance(failure, sa.exc.DBAPIError):
        return False
    return failure.connection_invalidated or (getattr(failure.orig, "sqlstate", None) or "").startswith(_TROUBLED)


class Problem(web.HTTPException):
    """A refusal with its sentence; raised anywhere below a route."""

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = status
        self.error_code = error_code
        self.message = message
        super().__init__(
            text=json.dumps(
                {"success": False, "message": message, "error_code": error_code, "details": dict(details or {})}
            ),
            content_type="application/json",
            headers=headers,
        )


_NOTHING_HERE = "There is nothing at this address. GET /api/openapi.json lists what there is."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Any = TypeVar("_Any", bound=Callable[..., object])
_limits: dict[object, int] = {}


def takes(limit: int) -> Callable[[_Any], _Any]:
    """Marks a handler whose requests may carry up to `limit` bytes."""

    def mark(handler: _Any) -> _Any:
        _limits[handler] = limit
        return handler

    return mark


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves in the envelope; an unexpected one is logged and says nothing about our insides.

    A body that is compressed, or too large, is refused before it is read; one that does not say how large it is,
    while it is read.
    """
    within, size = request.match_info, request.content_length
    if within and any("\0" in part for part in within.values()):  # nothing is called so, and PostgreSQL takes none
        raise Problem(404, "NOT_FOUND", _NOTHING_HERE)
    if request.query_string and any("\0" in value for value in request.query.values()):
        raise Problem(400, "BAD_REQUEST", "A query has no NUL in it.")
    limit = _limits.get(within.handler, BODY_LIMIT)
    if request.body_exists and request.headers.get("Content-Encoding", "identity").lower() != "identity":
        # Signatures are over the bytes as sent, and a small body can unpack to a huge one.
        raise Problem(415, "BODY_COMPRESSED", "Send the body uncompressed.")
    if size is None:
        if request.body_exists:
            request = request.clone(client_max_size=limit)
    elif size > limit:
        raise _too_large(limit)
    try:
        return await handler(request)
    except Problem:
        raise
    except web.HTTPException as refusal:
        if refusal.status_code < 400:
            raise
        raise _told(request, refusal, limit) from None
    except web.RequestPayloadError:
        raise _incomplete() from None
    except Exception as failure:
        if is_database_trouble(failure):
            if request.transport is None:  # not the database: whoever asked has hung up
                raise _incomplete() from None
            _log.error("%s %s: the database did not answer: %s", request.method, route_of(request), failure)
            raise Problem(
                503, "DATABASE_BUSY", "The database is busy. Try again.", headers={"Retry-After": "2"}
            ) from None
        _log.exception("%s %s failed", request.method, route_of(request))
        raise Problem(500, "INTERNAL_ERROR", "Something went wrong here. The log of the service says what.") from None


def _told(request: web.Request, refusal: web.HTTPException, limit: int) -> Problem:
    """What aiohttp refuses, in words that say what to do instead."""
    if isinstance(refusal, web.HTTPRequestEntityTooLarge):
        return _too_large(limit)
    status = HTTPStatus(refusal.status_code)
    if isinstance(refusal, web.HTTPMethodNotAllowed):
        allowed = refusal.headers["Allow"]
        says = f"{request.method} is not possible at this address. {allowed.replace(',', ', ')} would be."
        return Problem(status, status.name, says, headers={"Allow": allowed})
    return Problem(status, status.name, _NOTHING_HERE if status == HTTPStatus.NOT_FOUND else f"{status.phrase}.")


def _too_large(limit: int) -> Problem:
    return Problem(413, "BODY_TOO_LARGE", f"A body has at most {limit} bytes here.")


def _incomplete() -> Problem:
    return Problem(400, "BODY_INCOMPLETE", "The body did not arrive whole.")


def route_of(request: web.Request) -> str:
    """Which route was asked, for the log: the path as sent may carry a token, or a made-up line."""
    resource = request.match_info.route.resource
    return "(no route)" if resource is None else resource.canonical
