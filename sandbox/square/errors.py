"""Square's one error envelope, and the refusals it carries."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request Square answers with its error envelope.

    https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int = 400,
        category: str = "INVALID_REQUEST_ERROR",
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.error = {"category": category, "code": code, "detail": detail}
        if field is not None:
            self.error["field"] = field

    def body(self) -> dict[str, Any]:
        """The envelope, as sent."""
        return {"errors": [self.error]}


def not_found(noun: str, given: str, field: str | None = None, *, status: int = 404) -> Refused:
    """An id nobody knows."""
    return Refused("NOT_FOUND", f"{noun} with ID `{given}` not found.", status=status, field=field)


def version_mismatch(given: int, now: int) -> Refused:
    """Somebody changed it in between."""
    return Refused(
        "VERSION_MISMATCH",
        f"The version {given} does not match the current version {now}.",
        status=409,
        field="version",
    )


def unauthorised(detail: str, code: str = "UNAUTHORIZED", status: int = 401) -> Refused:
    """A token that does not open this door."""
    return Refused(code, detail, status=status, category="AUTHENTICATION_ERROR")
