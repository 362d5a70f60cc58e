"""A shop in a temporary database, with operators who type and buyers who comment; only the outside is played."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
import sqlalchemy as sa

from adapters.base import (
    Account,
    App,
    Capability,
    FixedKeys,
    Keyring,
    PaymentProvider,
    Summary,
    WebhookEndpoint,
)
from adapters.registry import provider_class
from bot.commands.desk import take
from bot.domain.invoice import InvoiceStatus
from bot.kit.pacing import Pace, Turn
from bot.settings import load_settings
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.connect_providers import connect_by_key
from bot.workflows.decide_comments import Decider
from bot.workflows.pair_operators import new_pairing_code
from bot.workflows.read_comments import Heard
from messaging.base import Address, Button, Comment, Message, Outgoing, Person, Platform, Sent, Verb
from storage import channels, deliveries, integrations, invoices
from storage.channels import Channel
from storage.crypto import Vault
from storage.database import Database
from storage.deliveries import Delivery
from storage.integrations import Integration
from storage.tables import deliveries as deliveries_table
from storage.tables import workspaces as workspaces_table

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = "sk_test_51NobodysSecret4242"
GROUP = "-100200300"
numbers = itertools.count(1)


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


class RecordingJobs:
    """Work that was handed over, kept for looking at."""

    def __init__(self) -> None:
        self.placed: list[int] = []
        self.delivered: list[int] = []
        self.voided: list[int] = []
        self.balanced: list[int] = []
        self.refunded: list[int] = []
        self.watched: list[int] = []
        self.settled: list[tuple[int, int]] = []

    async def place_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        self.placed.append(invoice_id)

    async def deliver(
        self, workspace_id: int, delivery_id: int, attempt: int, chat: str, *, reply: bool = False
    ) -> None:
        self.delivered.append(delivery_id)

    async def settle(self, workspace_id: int, inbox_id: int, attempt: int = 1) -> None:
        self.settled.append((inbox_id, attempt))

    async def balance_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        self.balanced.append(invoice_id)

    async def refund(self, workspace_id: int, refund_id: int, tries: int) -> None:
        self.refunded.append(refund_id)

    async def void_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        self.voided.append(invoice_id)

    async def watch_run(self, workspace_id: int, run_id: int, attempt: int = 1) -> None:
        self.watched.append(run_id)


class RecordingPlatform(Platform):
    """A chat platform that remembers what was deleted and tapped; messages go through deliveries."""

    name: ClassVar[str] = "telegram"
    can_edit: ClassVar[bool] = True
    can_confirm: ClassVar[bool] = False
    text_limit: ClassVar[int] = 4096

    def __init__(self, external_id: str, title: str) -> None:
        self._external_id, self._title = external_id, title
        self.can_delete = True
        self.deleted: list[tuple[str, str]] = []
        self.taps: list[str] = []

    @property
    def external_id(self) -> str:
        return self._external_id

    @property
    def title(self) -> str:
        return self._title

    async def turn(self, to: Address) -> Turn:
        raise AssertionError("commands do not send by themselves")

    async def send(self, message: Outgoing) -> Sent:
        raise AssertionError("commands do not send by themselves")

    async def edit(self, chat_id: str, message_id: str, message: Outgoing) -> None:
        raise AssertionError("commands do not edit")

    async def delete(self, chat_id: str, message_id: str) -> bool:
        if self.can_delete:
            self.deleted.append((chat_id, message_id))
        return self.can_delete

    async def answer_tap(self, tap_id: str, text: str = "") -> None:
        self.taps.append(tap_id)

    def chat_link(self, payload: str = "") -> str:
        return "https://t.me/shop_bot"

    async def close(self) -> None:
        pass


class RecordingPage(RecordingPlatform):
    """The same as a Facebook Page."""

    name: ClassVar[str] = "messenger"
    text_limit: ClassVar[int] = 2000


class PlayedStripe(PaymentProvider):
    """An account that answers what it is told to."""

    name: ClassVar[str] = "stripe"
    display_name: ClassVar[str] = "Stripe"
    capabilities: ClassVar = frozenset({Capability.OPEN_WEBHOOKS})
    styles: ClassVar = ()
    states: ClassVar = {}

    def __init__(self) -> None:
        self.account = Account(id="acct_1", name="Mai's shop", currency="EUR", livemode=False, can_charge=True)
        self.refuses: Exception | None = None
        self.refuses_webhooks: Exception | None = None
        self.keys: list[str] = []
        self.webhooks: list[str] = []
        self.closed_webhooks: list[str] = []
        self.tested = 0
        self.closed = 0

    @classmethod
    def open(cls, keys: Keyring, *, app: App, pace: Pace | None = None) -> Self:
        raise AssertionError("the shop hands it out")

    async def close(self) -> None:
        self.closed += 1

    async def test(self) -> Account:
        self.tested += 1
        if self.refuses is not None:
            raise self.refuses
        return self.account

    async def open_webhook(self, url: str, *, key: str) -> WebhookEndpoint:
        if self.refuses_webhooks is not None:
            raise self.refuses_webhooks
        self.webhooks.append(url)
        return WebhookEndpoint(id=f"we_{len(self.webhooks)}", secret="whsec_neverShown99")

    async def close_webhook(self, endpoint_id: str) -> None:
        self.closed_webhooks.append(endpoint_id)

    async def summary(self) -> Summary:
        return Summary(account=self.account)


@dataclass
class Shop:
    """One workspace with a Telegram bot."""

    assistant: Assistant
    clock: Clock
    jobs: RecordingJobs
    stripe: PlayedStripe
    channel: Channel
    platform: RecordingPlatform
    decider: Decider = field(default_factory=Decider)

    @property
    def workspace_id(self) -> int:
        return self.channel.workspace_id

    async def read(self, what: Any, *args: Any, **more: Any) -> Any:
        return await self.assistant.database.read(what, *args, **more)

    async def write(self, what: Any, *args: Any, **more: Any) -> Any:
        return await self.assistant.database.write(what, *args, **more)

    async def code(self, role: str = "operator") -> str:
        return await new_pairing_code(self.assistant.database, self.workspace_id, role, self.clock())

    def person(
        self, name: str, channel: Channel | None = None, *, as_buyer: bool = False, kind: str = "user"
    ) -> Chatter:
        """Somebody in a private chat; `as_buyer` the one whose comments are written as `name`."""
        known = f"id-{name}" if as_buyer else ""
        return Chatter(shop=self, name=name, channel=channel or self.channel, id=known, kind=kind)

    async def operator(self, name: str = "Ann") -> Chatter:
        person = self.person(name)
        await person.says(f"/pair {await self.code()}", hears="Welcome")
        return person

    async def comments(
        self, buyer: str, text: str, *, feed: str = GROUP, name: str = "", deletes: str | None = None
    ) -> str:
        """A buyer writes in the group or deletes what they wrote, and that is decided; returns the comment's id."""
        comment = Comment(
            feed_id=feed,
            feed_title="Fans",
            comment_id=deletes or f"{feed}:{next(numbers)}",
            verb=Verb.ADDED if deletes is None else Verb.REMOVED,
            revision=0,
            author=Person(id=f"id-{buyer}", kind="user", username=buyer, name=name),
            text=text,
            written_at=self.clock(),
        )
        heard = Heard(channel_id=self.channel.id, platform="telegram", comment=comment)
        effects = await self.write(self.decider.decide, self.workspace_id, [heard], self.clock())
        self.decider.remember(effects)
        return comment.comment_id

    async def connect_stripe(self) -> None:
        await connect_by_key(self.assistant, self.workspace_id, "stripe", {"secret_key": KEY})

    async def set_invoices(self, show_id: int = 1, **values: Any) -> None:
        """What a job would have recorded on every invoice of the show."""

        def change(tx: sa.Connection) -> None:
            for one in invoices.of_show(tx, self.workspace_id, show_id):
                external = {"external_id": f"in_{one.id}", "external_url": f"https://pay.example/{one.id}"}
                invoices.change(tx, self.workspace_id, one.id, **external, **values)

        await self.write(change)

    async def statuses(self, show_id: int = 1) -> list[InvoiceStatus]:
        found = await self.read(invoices.of_show, self.workspace_id, show_id)
        return [one.status for one in found]

    async def told(self, purpose: str, *, beyond: int = 0) -> list[Delivery]:
        """Every message of a kind that was written down, oldest first; those `beyond` that one."""

        def all_of(tx: sa.Connection) -> list[Delivery]:
            ids = tx.scalars(
                sa.select(deliveries_table.c.id)
                .where(
                    deliveries_table.c.workspace_id == self.workspace_id,
                    deliveries_table.c.purpose == purpose,
                    deliveries_table.c.id > beyond,
                )
                .order_by(deliveries_table.c.id)
            ).all()
            found = deliveries.many(tx, self.workspace_id, ids) if ids else {}
            return [found[delivery_id] for delivery_id in ids]

        return list(await self.read(all_of))

    async def last_told(self) -> int:
        """The newest message that was written down."""
        return int(await self.read(sa.Connection.scalar, sa.select(sa.func.max(deliveries_table.c.id))) or 0)


@dataclass
class Chatter:
    """Somebody who types in a chat with us."""

    shop: Shop
    name: str
    channel: Channel
    id: str = ""
    """What the platform calls them; empty is an id of their own."""
    kind: str = "user"

    async def says(
        self,
        text: str,
        *,
        hears: str | Sequence[str] | None = None,
        group: str | None = None,
        tap: bool = False,
        picture: str = "",
    ) -> str:
        """Send a text; the answer, which contains everything in `hears`. No answer is an empty one."""
        replies = await self.replies(text, group=group, tap=tap, picture=picture)
        answer = "\n---\n".join(reply.text for reply in replies)
        for part in [hears] if isinstance(hears, str) else hears or []:
            assert part in answer, f"{text!r} answered {answer!r}"
        if hears == "":
            assert answer == ""
        return answer

    async def taps(self, payload: str, *, hears: str | None = None) -> str:
        return await self.says(payload, hears=hears, tap=True)

    async def replies(
        self, text: str, *, group: str | None = None, tap: bool = False, picture: str = ""
    ) -> list[Delivery]:
        before = await self.shop.last_told()
        number = next(numbers)
        message = Message(
            event_id=f"event-{number}",
            chat_id=group or f"private-{self.name}",
            chat_title="Fans" if group else self.name,
            private=group is None,
            person=Person(
                id=self.id or f"person-{self.name}", kind=self.kind, username=self.name.lower(), name=self.name
            ),
            text=text,
            message_id=f"m{number}",
            sent_at=self.shop.clock(),
            tap_id=f"tap-{number}" if tap else None,
            picture=picture,
        )
        await take(self.shop.assistant, self.channel, message, inbox_id=number)
        return await self.shop.told("reply", beyond=before)


def payloads(delivery: Delivery) -> list[str]:
    return [Button(**data).payload for row in delivery.buttons for data in row]


async def open_shop(
    assistant: Assistant, clock: Clock, jobs: RecordingJobs, stripe: PlayedStripe, *, name: str
) -> Shop:
    """One more workspace, with a bot of its own."""

    def make(tx: sa.Connection) -> Channel:
        workspace_id = tx.scalar(
            workspaces_table.insert()
            .values(uid=name, name=name, plan="business", currency="USD", created_at=NOON)
            .returning(workspaces_table.c.id)
        )
        assert workspace_id is not None
        return channels.ensure(
            tx, workspace_id, platform="telegram", external_id=f"bot-{name}", title=f"{name} bot", now=NOON
        )

    channel = await assistant.database.write(make)
    platform = RecordingPlatform(channel.external_id, channel.title)
    assistant.connected[channel.id] = Connected(channel=channel, platform=platform)
    return Shop(assistant=assistant, clock=clock, jobs=jobs, stripe=stripe, channel=channel, platform=platform)


@pytest.fixture(name="environment")
def an_environment() -> dict[str, str]:
    """What the environment says; a test may add to it."""
    return {}


def _by_hand(credentials: dict[str, str]) -> PaymentProvider:
    return provider_class("manual").open(FixedKeys(credentials), app=App())


@asynccontextmanager
async def a_house(folder: Path, environment: Mapping[str, str], database_url: str) -> AsyncIterator[Shop]:
    """A shop in this folder and this database."""
    clock, jobs, stripe = Clock(), RecordingJobs(), PlayedStripe()

    def provider_for(integration: Integration) -> PaymentProvider:
        if integration.provider == "manual":
            return _by_hand(integrations.credentials(assistant.vault, integration) or {})
        return stripe

    def connect_provider(name: str, credentials: dict[str, str]) -> PaymentProvider:
        if name == "manual":
            return _by_hand(credentials)
        stripe.keys.append(credentials["secret_key"])
        return stripe

    settings = load_settings({"LIVE_ASSIST_DATA_DIR": str(folder), **environment})
    assistant = Assistant(
        settings=settings,
        database=Database(database_url),
        vault=Vault([b"k" * 32]),
        now=clock,
        provider_for=provider_for,
        connect_provider=connect_provider,
        app_of=lambda name: App(values=assistant.settings.of_provider(name), public_url=settings.public_url),
    )
    assistant.jobs = jobs
    yield await open_shop(assistant, clock, jobs, stripe, name="First")
    await assistant.database.close()


@pytest.fixture(name="shop")
async def a_shop(tmp_path: Path, environment: dict[str, str], database_url: str) -> AsyncIterator[Shop]:
    async with a_house(tmp_path, environment, database_url) as shop:
        yield shop


@pytest.fixture
async def operator(shop: Shop) -> Chatter:
    return await shop.operator()


@pytest.fixture
async def seller(operator: Chatter) -> Chatter:
    """An operator with a live show of two items."""
    await operator.says("/show new Friday sale USD")
    await operator.says("/item add 12 Blue dress 19.90 x2\n14 Hat 5")
    await operator.says("/live", hears="is live")
    return operator
