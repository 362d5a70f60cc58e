"""What Telegram's errors mean: the library's exceptions and Telegram's sentences, sorted into ours.

https://core.telegram.org/bots/api#making-requests lists no error texts; these are the ones bots meet.
"""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.kit.errors import NotAuthorised, OutcomeUnknown, OutsideError, Refused
from messaging.base import Because, CannotReach, Moved

LONGEST_QUOTE = 200
"""Characters of Telegram's own words that go into ours."""

SENTENCES = {
    Because.NEVER_STARTED: "They have not started a chat with our bot yet.",
    Because.BLOCKED: "They have blocked our bot.",
    Because.UNAVAILABLE: "Their Telegram account is gone.",
    Because.MESSAGE_GONE: "That message of ours is gone.",
    Because.NOT_POSSIBLE: "Our bot may not write there.",
}

FORBIDDEN = {
    "can't initiate conversation": Because.NEVER_STARTED,
    "blocked by the user": Because.BLOCKED,
    "user is deactivated": Because.UNAVAILABLE,
}
"""Parts of a 403's text. Every other 403 is about the bot: kicked, not a member, no right to write there."""

BAD_REQUEST = {
    "chat not found": Because.NEVER_STARTED,
    "peer_id_invalid": Because.NEVER_STARTED,
    "user_deactivated": Because.UNAVAILABLE,
    "message to edit not found": Because.MESSAGE_GONE,
    "message can't be edited": Because.MESSAGE_GONE,
    "have no rights to send": Because.NOT_POSSIBLE,
    "not enough rights": Because.NOT_POSSIBLE,
    "chat_write_forbidden": Because.NOT_POSSIBLE,
}
"""Parts of a 400's text that are about the chat and not about the message."""


CONFLICT = "409"
"""A webhook is set, or somebody else polls."""


def translate(error: TelegramError, *, chat_id: str, private: bool) -> OutsideError:
    """Our error for the library's; `private` says whether `chat_id`, if the call was about one, is a private chat."""
    if isinstance(error.__cause__, OutsideError):
        return error.__cause__
    said = error.message[:LONGEST_QUOTE]
    words = said.lower()
    match error:
        case ChatMigrated() if str(error.new_chat_id) != chat_id:
            now = str(error.new_chat_id)
            return Moved(f"The group has become a supergroup; its chat id is now {now}.", feed_id=chat_id, to=now)
        case Forbidden():
            return _cannot_reach(_look_up(FORBIDDEN, words) or Because.NOT_POSSIBLE, code="403")
        # BadRequest is a NetworkError to the library, so it must come first.
        case BadRequest():
            because = _look_up(BAD_REQUEST, words)
            if because is None:
                return Refused(f"Telegram refused: {said}", code="400")
            if because is Because.NEVER_STARTED and not private:
                because = Because.NOT_POSSIBLE
            return _cannot_reach(because, code="400")
        # Its text has the token in it.
        case InvalidToken() | EndPointNotFound():
            return NotAuthorised("Telegram does not accept the bot's token.", code="401")
        case Conflict():
            return NotAuthorised(f"Somebody else uses this bot: {said}", code=CONFLICT)
    return Refused(f"Telegram refused: {said}")


def unreadable(error: Exception) -> OutcomeUnknown:
    """Telegram said yes, in words the library could not read."""
    return OutcomeUnknown("Telegram's answer could not be read", code=type(error).__name__)


def _look_up(table: dict[str, Because], words: str) -> Because | None:
    return next((because for part, because in table.items() if part in words), None)


def _cannot_reach(because: Because, *, code: str) -> CannotReach:
    return CannotReach(SENTENCES[because], because=because, code=code)
