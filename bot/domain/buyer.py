"""A buyer: a person on a platform, and the names they are known by."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT_IN_A_HANDLE = re.compile(r"[^\w.\-]+", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A person who claims, with the identity they were first seen under."""

    id: int
    workspace_id: int
    handle: str
    """What an operator types after `@`: the user name, or the name with the spaces taken out."""
    name: str
    platform: str
    platform_user_id: str

    @property
    def label(self) -> str:
        """How the buyer is called in an answer."""
        return f"@{self.handle}"


def handle_for(username: str, name: str, platform_user_id: str) -> str:
    """A handle that can be typed: the user name, else the name without spaces and signs, else the id."""
    return (username or _NOT_IN_A_HANDLE.sub("", name) or platform_user_id)[:64]
