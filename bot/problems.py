"""Problems as the API tells them: one envelope, a fitting status, a code scripts can rely on."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping

import sqlalchemy as sa
from aiohttp import web

_log = logging.getLogger(__name__)


class Problem(web.HTTPException):
    """A refusal with its sentence; raised anywhere below a route."""

    def __init__(self, status: int, error_code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        self.error_code = error_code
        super().__init__(
            text=json.dumps({"success": False, "message": message, "error_code": error_code, "details": {}}),
            content_type="application/json",
            headers=headers,
        )


_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error leaves in the envelope; an unexpected one is logged and says nothing about our insides."""
    try:
        return await handler(request)
    except Problem:
        raise
    except web.HTTPException as refusal:
        if refusal.status_code < 400:
            raise
        code = _CODES.get(refusal.status_code, f"HTTP_{refusal.status_code}")
        allow = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else {}
        raise Problem(refusal.status_code, code, f"{refusal.reason}.", headers=allow) from None
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        _log.exception("the database did not answer")
        raise Problem(503, "DATABASE_BUSY", "The database is busy. Try again.", headers={"Retry-After": "2"}) from None
    except Exception:
        _log.exception("%s %s failed", request.method, request.path)
        raise Problem(500, "INTERNAL_ERROR", "Something went wrong here.") from None
