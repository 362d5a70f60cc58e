"""The composition root: settings become a database, adapters, platforms and a web application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

import bot.api.capabilities
import bot.api.deeds
import bot.api.integration_deeds
import bot.api.integration_looks
import bot.api.oauth_return
import bot.api.openapi
import bot.api.routes
import bot.api.ws
import bot.health
import bot.pay.routes
import bot.webhooks
from adapters.base import App, FixedKeys, PaymentProvider
from adapters.registry import provider_class
from bot.api.table import VARIANT
from bot.commands.desk import commands_of, take
from bot.commands.menu import menu_of
from bot.jobs.boards import Boards
from bot.jobs.clock import Clock
from bot.jobs.duties import AllMine, Duties
from bot.jobs.engine import Engine
from bot.jobs.poll import Poll
from bot.jobs.replica import Replica
from bot.kit.errors import NotAuthorised, OutsideError, Refused
from bot.kit.garbage import keep_for_good
from bot.kit.headers import add_headers
from bot.kit.http import Http
from bot.kit.pacing import Pace
from bot.problems import LARGEST_BODY, problems
from bot.settings import Settings
from bot.webhooks import ASSISTANT, EARS, telegram_secret
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.connect_providers import connect_from_settings
from bot.workflows.hear_events import Ears
from bot.workflows.offer_commands import offer_commands_to_all
from bot.workflows.pair_operators import greet_first_operator
from bot.workflows.record_comments import Recorder
from bot.workflows.renew_credentials import Renewal
from bot.workflows.tell import hand_over
from bot.workflows.tell_shut_out import tell_unheard
from messaging.base import Message, Platform
from messaging.messenger import MessengerPlatform
from messaging.telegram import TelegramPlatform
from storage import channels, workspaces
from storage.crypto import Vault, keys_from_file, parse_keys
from storage.database import Database
from storage.integrations import Integration
from storage.revisions import prepare

_log = logging.getLogger(__name__)

ERRAND_SECONDS = 2.0
"""How long what was begun beside everything else may take to end when the service stops."""

_MOVED = "moved"


def utc_now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


def open_vault(settings: Settings) -> Vault:
    """The vault with the keys of the settings, or with the generated ones beside the database."""
    if settings.encryption_keys:
        return Vault(parse_keys(settings.encryption_keys))
    return Vault(keys_from_file(settings.data_dir / "encryption.key"))


def make_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    say: Callable[[str], None] = _log.info,
    pace: Pace | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> web.Application:
    """The whole service, ready to be served.

    `say` prints what the person who started it should read; `now`, `pace` and `sleep` are the clocks of a test.
    """
    app = web.Application(middlewares=[problems], client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(add_headers)
    app[VARIANT] = settings.variant
    bot.webhooks.add_routes(app)
    bot.pay.routes.add_routes(app, proxies=settings.proxies)
    bot.api.routes.add_routes(app)
    bot.api.deeds.add_routes(app)
    bot.api.integration_looks.add_routes(app)
    bot.api.integration_deeds.add_routes(app)
    bot.api.oauth_return.add_routes(app)
    bot.api.ws.add_routes(app)
    bot.api.capabilities.add_routes(app)
    bot.api.openapi.add_routes(app)
    bot.health.add_routes(app)

    async def live(app: web.Application) -> AsyncIterator[None]:
        service = Service(settings, now=now, say=say, pace=pace, sleep=sleep)
        await service.start()
        app[ASSISTANT], app[EARS] = service.assistant, service.ears
        yield
        await service.stop()

    app.cleanup_ctx.append(live)
    return app


async def run_worker(settings: Settings, *, until: asyncio.Event, say: Callable[[str], None]) -> None:
    """The whole service but for its doors, `until` that happens."""
    service = Service(settings, now=utc_now, say=say, pace=None, sleep=asyncio.sleep)
    await service.start(greet=False)
    keep_for_good()
    try:
        say("Live Assist works.")
        await until.wait()
    finally:
        await service.stop()


class Providers:
    """Opened connections to providers, one per integration, reopened when it is connected anew."""

    def __init__(self, settings: Settings, renewal: Callable[[Callable[[str], App]], Renewal], pace: Pace) -> None:
        self._settings = settings
        self._renewal = renewal(self.app_of)
        self._pace = pace
        self._open: dict[int, tuple[datetime | None, PaymentProvider]] = {}
        self._superseded: list[PaymentProvider] = []

    def of(self, integration: Integration) -> PaymentProvider:
        """The provider behind an integration. Raises NotAuthorised when its credentials are gone."""
        if integration.sealed is None:
            raise NotAuthorised(f"{integration.display_name or integration.provider} is disconnected.")
        known = self._open.get(integration.id)
        if known is not None:
            if known[0] == integration.connected_at:
                return known[1]
            self._superseded.append(known[1])
        provider = provider_class(integration.provider).open(
            self._renewal.keys_of(integration), app=self.app_of(integration.provider), pace=self._pace
        )
        self._open[integration.id] = (integration.connected_at, provider)
        return provider

    def with_credentials(self, name: str, credentials: dict[str, str]) -> PaymentProvider:
        """A provider with these credentials; whoever asked closes it."""
        return provider_class(name).open(FixedKeys(credentials), app=self.app_of(name), pace=self._pace)

    def app_of(self, name: str) -> App:
        """What the environment says about a provider."""
        return App(values=self._settings.of_provider(name), public_url=self._settings.public_url)

    async def renew_due(self) -> None:
        """Renew the credentials that are about to end, also where nobody calls with them."""
        await self._renewal.renew_due()

    async def close(self) -> None:
        """Let go of every connection."""
        for provider in [*self._superseded, *(provider for _, provider in self._open.values())]:
            await provider.close()


@dataclass(frozen=True)
class Greeting:
    """What a platform is told when we come up, and every now and then after."""

    platform: TelegramPlatform | MessengerPlatform
    subscribe: Callable[[], Awaitable[None]] | None = None

    async def say(self) -> None:
        """Learn who we are there, and have events sent to us. Raises OutsideError."""
        await self.platform.start()
        if self.subscribe is not None:
            await self.subscribe()


class Service:
    """Everything that lives as long as the process, started and stopped in order."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        say: Callable[[str], None],
        pace: Pace | None,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._settings = settings
        self._say = say
        database = Database(settings.database_url)
        self._replica = None if database.is_sqlite else Replica(database.url)
        self._duties: Duties = self._replica.duties if self._replica else AllMine()
        self._pace = pace or (self._replica.pace if self._replica else Pace())
        self._http = Http()
        vault = open_vault(settings)
        self._providers = Providers(
            settings,
            lambda app_of: Renewal(database=database, vault=vault, app_of=app_of, alone=self._duties.alone, now=now),
            self._pace,
        )
        self._polls: list[Poll] = []
        self.assistant = Assistant(
            settings=settings,
            database=database,
            vault=vault,
            now=now,
            provider_for=self._providers.of,
            connect_provider=self._providers.with_credentials,
            app_of=self._providers.app_of,
            sleep=sleep,
        )
        database.written = self._written
        self.recorder = Recorder(self.assistant)
        self.ears = Ears(self.assistant, self.recorder, self._take)
        self._engine = Engine(self.assistant, self._replica)
        self._clock = Clock(
            self.assistant,
            self._engine,
            self.ears,
            self._duties,
            connect=self._connect_again,
            meet=self._meet_again,
            renew=self._providers.renew_due,
        )
        self._boards = Boards(self.assistant, self._duties)
        self._greetings: list[Greeting] = []
        self._unmet: dict[Greeting, str] = {}
        self._providers_unmet = False

    async def start(self, *, greet: bool = True) -> None:
        """Database first, then whom we speak with, then the work that waits."""
        settings, assistant = self._settings, self.assistant
        await asyncio.to_thread(prepare, settings.database_url)
        if self._replica is not None:
            self._replica.signals.on(_MOVED, lambda _word: assistant.bell.ring())
            await self._replica.start()
        assistant.jobs = self._engine
        async with self._duties.alone("start"):
            workspace_id = await assistant.database.write(workspaces.ensure_first, assistant.now())
            await self._connect(workspace_id)
            await self._engine.start()
            self._providers_unmet = await connect_from_settings(assistant, workspace_id)
        await self._clock.start()
        self._boards.start()
        for poll in self._polls:
            poll.start()
        self._offer_commands()
        if greet:
            await greet_first_operator(assistant, workspace_id, self._say)

    async def stop(self) -> None:
        """Hear nothing more, finish what is under way, leave the rest to others, let go."""
        for poll in self._polls:
            await poll.stop()
        await self._boards.stop()
        await self._clock.stop()
        await self.recorder.close()
        await self.assistant.errands_done(within=ERRAND_SECONDS)
        await self._engine.stop()
        await self._providers.close()
        for connected in self.assistant.connected.values():
            await connected.platform.close()
        await self._http.close()
        if self._replica is not None:
            await self._replica.stop()
        await self.assistant.database.close()

    def _written(self) -> None:
        """Something may have moved: consoles look, here and in every replica."""
        self.assistant.bell.ring()
        if self._replica is not None:
            self._replica.signals.send(_MOVED)

    async def _connect(self, workspace_id: int) -> None:
        """Connect the channels of the settings; one that cannot be reached now is tried again by the clock."""
        settings = self._settings
        if settings.telegram is not None:
            token = settings.telegram.bot_token
            telegram = TelegramPlatform(token, api_base=settings.telegram.api_base, pace=self._pace, http=self._http)
            greeting = Greeting(telegram)
            await self._greet(greeting)
            connected = await self._add(workspace_id, telegram)
            if settings.telegram.mode == "polling":
                self._polls.append(Poll(self.assistant, self.ears, self._duties, connected.channel, telegram))
            else:
                url = f"{settings.public_url}/webhooks/telegram/{connected.channel.id}"
                greeting = Greeting(telegram, subscribe=lambda: telegram.set_webhook(url, telegram_secret(token)))
                await self._greet(greeting)
                self._greetings.append(greeting)
        if settings.facebook is not None:
            page = MessengerPlatform(
                settings.facebook.page_id,
                settings.facebook.page_token,
                settings.facebook.app_secret,
                graph_base=settings.facebook.graph_base,
                template=settings.facebook.template,
                http=self._http,
                pace=self._pace,
            )
            # Without a public address nobody could tell us anything: the comments are read instead.
            greeting = Greeting(page, subscribe=page.subscribe if settings.public_url else None)
            await self._greet(greeting)
            await self._add(workspace_id, page)
            self._greetings.append(greeting)

    async def _add(self, workspace_id: int, platform: TelegramPlatform | MessengerPlatform) -> Connected:
        channel = await self.assistant.database.write(
            channels.ensure,
            workspace_id,
            platform=platform.name,
            external_id=platform.external_id,
            title=platform.title,
            now=self.assistant.now(),
        )
        connected = Connected(channel=channel, platform=platform)
        self.assistant.connected[channel.id] = connected
        return connected

    async def _greet(self, greeting: Greeting) -> None:
        try:
            await greeting.say()
        except OutsideError as trouble:
            if self._unmet.get(greeting) != trouble.message:
                self._say(f"{greeting.platform.title}: {trouble.message}")
            self._unmet[greeting] = trouble.message
            if isinstance(trouble, Refused):
                await self._tell_unheard(greeting.platform, trouble)
        else:
            if self._unmet.pop(greeting, None) is not None:
                self._offer_commands()

    def _offer_commands(self) -> None:
        """Operators find in their chat's menu what this version can do."""
        menu = menu_of(commands_of(self._settings.variant))
        self.assistant.spawn(offer_commands_to_all(self.assistant, menu))

    async def _tell_unheard(self, platform: Platform, why: Refused) -> None:
        """The operators hear of it, as far as they can be reached another way."""
        assistant = self.assistant
        for channel in [one.channel for one in assistant.connected.values() if one.platform is platform]:
            parcels = await assistant.database.write(
                tell_unheard, channel.workspace_id, channel.id, why, assistant.now()
            )
            await hand_over(assistant, channel.workspace_id, parcels)

    async def _connect_again(self) -> None:
        """Platforms end a subscription after an hour of failures, or could not be reached at the start."""
        for greeting in self._greetings:
            await self._greet(greeting)

    async def _meet_again(self) -> None:
        """Try again who could not be reached at the start: platforms, of which we learn who we are, and providers."""
        for greeting in list(self._unmet):
            await self._greet(greeting)
        if self._providers_unmet:
            async with self._duties.alone("start"):
                workspace_id = await self.assistant.database.write(workspaces.ensure_first, self.assistant.now())
                self._providers_unmet = await connect_from_settings(self.assistant, workspace_id)

    async def _take(self, channel: channels.Channel, message: Message, inbox_id: int) -> None:
        await take(self.assistant, channel, message, inbox_id=inbox_id)
