"""Whom one can be on the page: every guest of the evening by a key, and the rooms they can be met in."""

from __future__ import annotations

from typing import TypeVar

from sandbox.evening.cast import SELLER, Guest, Platform
from sandbox.evening.stage import Stage
from sandbox.facebook.people import Person as Commenter
from sandbox.telegram.people import Person as Chatter

P = TypeVar("P")

SELLER_KEY = "seller"
OPERATOR, GROUP, LIVE = "operator", "group", "live"
"""The rooms beside the private chats, which are called like the key of the person who has them."""


class Misasked(Exception):
    """What was asked for cannot be done; the message says why, for the person at the page."""


def key_of(guest: Guest) -> str:
    """`telegram:ana_o`, `facebook:LanNguyen`."""
    return f"{guest.platform.value}:{guest.handle.removeprefix('@')}"


class People:
    """Everybody on the stage, by key."""

    def __init__(self, stage: Stage) -> None:
        self.guests = {key_of(guest): guest for guest in stage.guests}
        self.chatters: dict[str, Chatter] = {
            SELLER_KEY: stage.seller,
            **{key_of(guest): person for guest, person in stage.chatters.items()},
        }
        self.commenters: dict[str, Commenter] = {key_of(guest): person for guest, person in stage.commenters.items()}

    def name(self, key: str) -> str:
        """What people call them."""
        return SELLER if key == SELLER_KEY else self.guests[key].name

    def chatter(self, key: object) -> Chatter:
        """Somebody on Telegram."""
        return self._find(self.chatters, key, "Telegram")

    def commenter(self, key: object) -> Commenter:
        """Somebody on Facebook."""
        return self._find(self.commenters, key, "Facebook")

    def is_on(self, key: object, platform: Platform) -> bool:
        """Whether this is the key of a guest on that platform."""
        return isinstance(key, str) and key in self.guests and self.guests[key].platform is platform

    @staticmethod
    def _find(people: dict[str, P], key: object, where: str) -> P:
        if not isinstance(key, str) or key not in people:
            raise Misasked(f"Nobody on {where} is called {key!r}.")
        return people[key]
