"""What can go wrong, sorted by what to do next: the class decides, the message is for people."""

from __future__ import annotations


class LiveAssistError(Exception):
    """Live Assist could not do this."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def message(self) -> str:
        """One sentence a tired person understands."""
        return str(self)


class BadInput(LiveAssistError):
    """That could not be understood."""


class Forged(LiveAssistError):
    """The signature does not match; nothing was done."""


class OutsideError(LiveAssistError):
    """Somebody else's service did not do what was asked.

    `code` is the service's own short code ("card_declined", "551/1545041"), kept for the logs and the API. Without
    `again` the service asks not to be tried again before a person has looked.
    """

    def __init__(self, message: str = "", *, code: str = "", again: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.again = again


class Unreachable(OutsideError):
    """The service could not be reached; nothing happened there. Try again."""


class Busy(OutsideError):
    """The service said not now; nothing happened there. Try again after `retry_after` seconds."""

    def __init__(
        self, message: str = "", *, code: str = "", again: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=code, again=again)
        self.retry_after = retry_after


class OutcomeUnknown(OutsideError):
    """The call may or may not have worked. Ask before doing it again."""


class Refused(OutsideError):
    """The service said no, and will say no again."""


class NotAuthorised(Refused):
    """The credentials are not accepted (any more): the whole account is affected, not one call."""
