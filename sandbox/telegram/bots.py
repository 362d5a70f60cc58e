"""A bot: a user with a token, a queue of updates and a speed limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.chats import Json, User
from sandbox.telegram.limits import Limiter
from sandbox.telegram.updates import UpdateQueue, Webhook


@dataclass(kw_only=True, eq=False, repr=False)
class Bot(User):
    """`username` has no @ in front; `can_read_all_group_messages` False is privacy mode."""

    token: str
    updates: UpdateQueue
    limiter: Limiter
    is_bot: bool = True
    can_read_all_group_messages: bool = True
    webhook: Webhook | None = None
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By scope and language."""

    def link(self, payload: str = "") -> str:
        """The t.me link that opens a chat with this bot."""
        return f"https://t.me/{self.username}" + (f"?start={payload}" if payload else "")

    def me(self) -> Json:
        """The answer to getMe."""
        return self.wire() | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.can_read_all_group_messages,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
