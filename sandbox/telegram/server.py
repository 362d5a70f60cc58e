"""The Bot API server: HTTP in, JSON out."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from email import message_from_bytes
from typing import Any

from aiohttp import web

from sandbox.standin import StandIn
from sandbox.telegram.bots import Bot
from sandbox.telegram.call import Answer, Call
from sandbox.telegram.chats import Member
from sandbox.telegram.control import Control
from sandbox.telegram.limits import Limiter, Rates
from sandbox.telegram.methods import METHODS
from sandbox.telegram.network import Network
from sandbox.telegram.parameters import PARAMETERS, read
from sandbox.telegram.people import Group, Person
from sandbox.telegram.refusal import Refusal, bad_request
from sandbox.telegram.updates import Delivery, UpdateQueue

RETRY_DELAYS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
UPDATE_IDS_PER_BOT = 10_000_000

_TOKEN = re.compile(r"[1-9]\d*:[A-Za-z0-9_-]{3,}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,27}bot", re.IGNORECASE)
_BY_LOWER_NAME = {name.lower(): name for name in METHODS}


class TelegramStandIn(StandIn):
    """Telegram, with bots at `{url}/bot{token}/{method}` and people who live in this object.

    `limits` and `rates` say how fast bots may write. `clock` runs the limits and the life of taps, `now`
    dates messages. `retry_delays` are the seconds between attempts to post one update to a webhook.
    """

    name = "telegram"

    def __init__(
        self,
        *,
        limits: bool = True,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        super().__init__()
        self.network = Network(clock=clock, now=now, limits=limits, retry_delays=retry_delays)
        self.rates = rates or Rates()
        self.unknown_parameters: list[str] = []
        """What bots sent that the Bot API does not know, as `method.parameter`."""

    @property
    def refused_for_rate(self) -> int:
        """How many messages were refused with 429."""
        return self.network.refused_for_rate

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to post an update to a webhook."""
        return self.network.deliveries

    def routes(self, app: web.Application) -> None:
        Control(self).routes(app)
        for method in ("GET", "POST"):
            app.router.add_route(method, "/bot{token:[^/]*}/{method:.*}", self._called)
        app.router.add_route("*", "/{anything:.*}", self._not_found)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        url = await super().start(host, port)
        for bot in self.network.bots.values():
            if bot.webhook is not None:
                bot.webhook.start()
        return url

    async def stop(self) -> None:
        for bot in self.network.bots.values():
            bot.updates.abort_poll(Refusal(500, "Internal Server Error: restart"))
            if bot.webhook is not None:
                await bot.webhook.stop()
        await super().stop()

    def add_bot(self, token: str, username: str, name: str, *, can_read_all_group_messages: bool = True) -> Bot:
        """Register a bot, as @BotFather does; its id is the number before the colon of its token."""
        if not _TOKEN.fullmatch(token):
            raise ValueError("a token is digits, a colon and letters: 1001:sandbox")
        if not _USERNAME.fullmatch(username):
            raise ValueError(f"{username}: a bot's username ends in bot")
        bot = Bot(
            id=int(token.partition(":")[0]),
            first_name=name,
            username=username,
            token=token,
            updates=UpdateQueue((len(self.network.bots) + 1) * UPDATE_IDS_PER_BOT + 1),
            limiter=Limiter(self.rates, self.network.clock),
            can_read_all_group_messages=can_read_all_group_messages,
        )
        self.network.bots[token] = bot
        return bot

    def person(
        self,
        first_name: str,
        username: str | None = None,
        last_name: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        """Somebody new."""
        person = Person(
            id=next(self.network.person_ids),
            first_name=first_name,
            username=username,
            last_name=last_name,
            language_code=language_code,
            network=self.network,
        )
        self.network.people[person.id] = person
        return person

    def group(self, title: str, members: Iterable[Person] = (), *, basic: bool = False) -> Group:
        """A new supergroup of these people, the first being its owner; without any, it has an unnamed one.

        A `basic` group becomes a supergroup when somebody `upgrades` it.
        """
        everybody = list(members) or [self.person("Owner")]
        ids = self.network.basic_group_ids if basic else self.network.group_ids
        group = Group(id=next(ids), name=title, network=self.network, basic=basic)
        group.members = {person.id: Member(person, "member") for person in everybody}
        group.members[everybody[0].id] = Member(everybody[0], "creator")
        self.network.groups[group.id] = group
        return group

    def redeliver(self, update_id: int) -> None:
        """Post an update to its webhook once more, after what is pending."""
        for bot in self.network.bots.values():
            update = next((update for update in bot.updates.history if update.id == update_id), None)
            if update is not None and bot.webhook is not None:
                bot.updates.add(update)
                return
        raise ValueError(f"there is no webhook to post update {update_id} to")

    async def drain(self, *, timeout: float = 10.0) -> None:
        """Wait until every update was taken: posted, given up, or confirmed by the next poll."""
        async with asyncio.timeout(timeout):
            for bot in self.network.bots.values():
                await bot.updates.drained()

    async def _called(self, request: web.Request) -> web.Response:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            headers = {}
            if "retry_after" in refusal.parameters:
                headers["Retry-After"] = str(refusal.parameters["retry_after"])
            return web.json_response(refusal.wire(), status=refusal.code, headers=headers)

    async def _answer(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if not _TOKEN.fullmatch(token):
            raise Refusal(404, "Not Found")
        bot = self.network.bots.get(token)
        if bot is None:
            raise Refusal(401, "Unauthorized")
        name = _BY_LOWER_NAME.get(request.match_info["method"].lower())
        if name is None:
            raise Refusal(404, "Not Found: method not found")

        def unknown(parameter: str) -> None:
            self.unknown_parameters.append(f"{name}.{parameter}")

        given = read(PARAMETERS[name], await _raw(request), unknown)
        result = await METHODS[name](Call(network=self.network, bot=bot, given=given, unknown=unknown))
        answer: dict[str, Any] = {"ok": True}
        if isinstance(result, Answer):
            answer["description"] = result.description
            result = result.result
        return web.json_response({**answer, "result": result})

    async def _not_found(self, _request: web.Request) -> web.Response:
        return web.json_response(Refusal(404, "Not Found").wire(), status=404)


async def _raw(request: web.Request) -> Mapping[str, Any]:
    """The parameters as they came. https://core.telegram.org/bots/api#making-requests"""
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected as the request's body")
        return {**request.query, **body}
    if request.content_type == "multipart/form-data":
        return {**request.query, **_form(request.headers["Content-Type"], await request.read())}
    return {**request.query, **await request.post()}


def _form(content_type: str, body: bytes) -> dict[str, Any]:
    """A multipart form, uploads as bytes. The books have read the body, so aiohttp has no stream left."""
    form: dict[str, Any] = {}
    for part in message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body).walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            form[name] = content if part.get_filename() else content.decode("utf-8", "replace")
    for name, value in list(form.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            form[name] = form.pop(value.removeprefix("attach://"), value)
    return form
