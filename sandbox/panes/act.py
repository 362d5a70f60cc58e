"""What somebody at the page does, done on the stage: `{"do": "says", "room": "group", "as": "telegram:ana_o", …}`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.evening.cast import Platform
from sandbox.evening.stage import Stage
from sandbox.panes.autoplay import Autoplay
from sandbox.panes.crowd import RATES, Crowd
from sandbox.panes.mischief import Mischief
from sandbox.panes.people import GROUP, LIVE, OPERATOR, SELLER_KEY, Misasked, People
from sandbox.telegram.people import Place

NOTICE_WITHIN = 8.0
LONGEST = 4000

Json = dict[str, Any]


class Acts:
    """Every deed by its name. What comes back says what the page has to do about it, if anything."""

    def __init__(self, stage: Stage, people: People, crowd: Crowd, mischief: Mischief, autoplay: Autoplay) -> None:
        self._stage = stage
        self._people = people
        self._crowd = crowd
        self._mischief = mischief
        self._autoplay = autoplay
        self._deeds: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "says": self._says,
            "starts": self._starts,
            "taps": self._taps,
            "opens": self._opens,
            "crowd": self._runs_crowd,
            "webhooks": self._switches_webhooks,
            "evening": self._plays,
        }

    async def do(self, wish: Json) -> Json:
        """Do it. Raises Misasked with what is wrong."""
        deed = self._deeds.get(str(wish.get("do")))
        if deed is None:
            raise Misasked(f"There is no deed called {wish.get('do')!r}.")
        try:
            return await deed(wish)
        except (ValueError, AssertionError) as why:  # how the stand-ins refuse what a person cannot do
            raise Misasked(str(why)) from None

    async def _says(self, wish: Json) -> Json:
        room, who, text = wish.get("room"), wish.get("as"), wish.get("text")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
            raise Misasked(f"A message has 1 to {LONGEST} characters.")
        if room == LIVE:
            await self._people.commenter(who).comments(self._stage.page.live_videos[0], text)
        elif self._people.is_on(room, Platform.FACEBOOK):
            await self._people.commenter(room).messages(self._stage.page, text)
        else:
            await self._people.chatter(self._who_in(wish)).says(text, to=self._place(wish))
        return {}

    async def _starts(self, wish: Json) -> Json:
        await self._people.chatter(wish.get("room")).starts(self._stage.bot)
        return {}

    async def _taps(self, wish: Json) -> Json:
        room = wish.get("room")
        if self._people.is_on(room, Platform.FACEBOOK):
            person = self._people.commenter(room)
            message = next((one for one in person.inbox if one.mid == wish.get("mid")), None)
            if message is None:
                raise Misasked("That message is gone.")
            url = await person.taps(message, message.buttons[self._number(wish, "button", message.buttons)].title)
            return await self._open(url, str(room)) if url else {}
        return await self._taps_on_telegram(wish)

    async def _taps_on_telegram(self, wish: Json) -> Json:
        who = self._who_in(wish)
        person, number = self._people.chatter(who), wish.get("message")
        message = person.chat(self._place(wish)).message(number) if isinstance(number, int) else None
        if message is None:
            raise Misasked("That message is gone.")
        button = message.buttons[self._number(wish, "button", message.buttons)]
        if button.url is not None:
            return await self._open(button.url, who)
        tapped = await person.taps(message, button.data or button.text)
        if button.data is None:
            return {"copy": tapped}
        try:
            notice = await person.notices(tapped, timeout=NOTICE_WITHIN)
        except TimeoutError:
            return {"notice": "The bot has not answered this tap."}
        return {"notice": notice.text} if notice.text else {}

    async def _opens(self, wish: Json) -> Json:
        return await self._open(str(wish.get("url")), self._who_in(wish))

    async def _open(self, url: str, who: str) -> Json:
        """Go where a link leads: into a private chat, to a page of a stand-in, or nowhere beyond this machine."""
        parts = urlsplit(url)
        if parts.hostname in ("t.me", "telegram.me") and who in self._people.chatters:
            await self._people.chatter(who).follows(url)
            return {"room": OPERATOR if who == SELLER_KEY else who}
        if parts.hostname == "m.me" and who in self._people.commenters:
            await self._people.commenter(who).opens(self._stage.page, parse_qs(parts.query).get("ref", [""])[0])
            return {"room": who}
        if parts.hostname == "127.0.0.1":
            return {"page": url}
        return {"notice": f"{parts.hostname or url} is not on this machine: nothing is opened."}

    async def _runs_crowd(self, wish: Json) -> Json:
        if wish.get("rate") not in RATES:
            raise Misasked(f"A crowd runs at one of {RATES}.")
        self._crowd.run(wish["rate"])
        return {}

    async def _switches_webhooks(self, wish: Json) -> Json:
        self._mischief.switch(**{name: wish.get(name) is True for name in ("twice", "late", "held")})
        return {}

    async def _plays(self, _wish: Json) -> Json:
        self._autoplay.start()
        return {}

    def _place(self, wish: Json) -> Place:
        return self._stage.group if wish.get("room") == GROUP else self._stage.bot

    def _who_in(self, wish: Json) -> str:
        """Whose deed it is: in a private chat nobody else is there to do it."""
        room = str(wish.get("room"))
        if room == OPERATOR:
            return SELLER_KEY
        return str(wish.get("as")) if room in (GROUP, LIVE) else room

    @staticmethod
    def _number(wish: Json, name: str, among: Any) -> int:
        number = wish.get(name)
        if not isinstance(number, int) or not 0 <= number < len(among):
            raise Misasked("That button is gone.")
        return number
