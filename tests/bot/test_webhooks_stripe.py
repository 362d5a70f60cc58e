"""The doors for Stripe: forged, replayed, odd and repeated events, and what they do to an invoice."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from multidict import CIMultiDict

from bot.problems import LARGEST_BODY
from sandbox.stripe import DEFAULT_KEY
from sandbox.telegram import Person
from storage import counters, integrations, workspaces
from storage.crypto import Vault
from storage.database import new_id
from storage.tables import inbox
from storage.tables import integrations as integrations_table
from storage.tables import workspaces as workspaces_table
from tests.shop import PATIENCE, Operator, Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLATFORM_SECRET = "whsec_of_the_platform_0123456789"
PLATFORM, OURS = "/api/webhooks/stripe", "/api/webhooks/stripe/1"
BUYERS = ("Mai", "Lan", "Hoa", "Kim", "Nga", "Thu", "Vy", "An")
Json = dict[str, Any]


@dataclass
class Door:
    """Both doors for Stripe of a shop with an unpaid invoice per buyer."""

    shop: Shop
    operator: Operator
    session: aiohttp.ClientSession
    secret: str
    """What Stripe signs the events of our own endpoint with."""
    buyers: dict[str, Person]
    unpaid: list[str]
    """Buyers whose invoice no case has used yet."""
    invoices: dict[str, Json]
    ids: list[str] = field(default_factory=list)

    def fresh(self) -> str:
        """An event id nobody had before."""
        self.ids.append(f"evt_{len(self.ids):06}")
        return self.ids[-1]

    def paid(self, invoice: Json, **more: Any) -> Json:
        """`invoice.paid` about one of our invoices."""
        told = {
            "id": invoice["external_id"],
            "object": "invoice",
            "status": "paid",
            "currency": "usd",
            "amount_paid": invoice["amount_cents"],
        }
        return event(self.fresh(), "invoice.paid", told) | more

    def sign(self, body: bytes, *, door: str = OURS, age: float = 0.0) -> str:
        """The signature Stripe would send along."""
        return signature(body, self.secret if door == OURS else PLATFORM_SECRET, time.time() - age)

    async def post(self, sent: Any, *signatures: str, door: str = OURS) -> tuple[int, Json]:
        """Post an event, signed unless signatures are given; status and answer."""
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        headers = CIMultiDict([("Stripe-Signature", one) for one in signatures or [self.sign(body, door=door)]])
        async with self.session.post(f"{self.shop.url}{door}", data=io.BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.json()

    async def an_invoice(self) -> tuple[str, Json]:
        """An unpaid invoice for one case alone, with its buyer's name."""
        buyer = self.unpaid.pop()
        return buyer, self.invoices[buyer.lower()]

    async def status(self, invoice: Json) -> str:
        """How the invoice stands."""
        found = (await self.shop.api("/api/shows/1/invoices"))["invoices"]
        return next(str(one["status"]) for one in found if one["id"] == invoice["id"])

    def thanks(self, buyer: str) -> int:
        """How often the buyer was thanked."""
        chat = self.buyers[buyer].chat(self.shop.bot)
        return sum("Thank you! Your payment" in message.text for message in chat.messages)

    async def kept(self) -> list[tuple[str, str]]:
        """(kind, outcome) of everything in the inbox that came through a door for Stripe, oldest first."""
        rows = sa.select(inbox.c.kind, inbox.c.outcome).where(inbox.c.source.like("stripe:%")).order_by(inbox.c.id)
        return await self.shop.assistant.database.read(lambda tx: [(row.kind, row.outcome) for row in tx.execute(rows)])

    async def settled(self) -> list[tuple[str, str]]:
        """The same, once all of it has been acted on."""
        async with asyncio.timeout(PATIENCE):
            while not all(outcome for _, outcome in await self.kept()):  # noqa: ASYNC110 - jobs ring no bell for us
                await asyncio.sleep(0.02)
        return await self.kept()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Door]:
    """One shop for the whole file, where Stripe itself says nothing: every event here is posted by a case."""
    folder = tmp_path_factory.mktemp("stripe")
    async with a_shop(folder, shared_database_url) as shop, aiohttp.ClientSession() as session:
        no_page = {"FACEBOOK_PAGE_ID": "", "FACEBOOK_PAGE_TOKEN": ""}
        await shop.open(
            STRIPE_WEBHOOK_SECRET=PLATFORM_SECRET, FACEBOOK_APP_SECRET="", FACEBOOK_VERIFY_TOKEN="", **no_page
        )
        operator = await shop.opens_show("12 Blue dress 19.90 x50")
        shop.stripe.hold_webhooks()
        buyers = {name: await shop.buyer(name) for name in BUYERS}
        for buyer in buyers.values():
            await buyer.says("sold 12", to=shop.group)
        await shop.heard()
        await operator.person.says("/invoice all", to=shop.bot)
        await operator.hears(f"{len(BUYERS)} sent")
        invoices = {one["buyer"]["handle"]: one for one in (await shop.api("/api/shows/1/invoices"))["invoices"]}
        ours = await shop.assistant.database.read(integrations.get, 1, "stripe")
        assert ours is not None
        secret = (integrations.credentials(shop.assistant.vault, ours) or {})["webhook_secret"]
        yield Door(shop, operator, session, secret, buyers, list(BUYERS), invoices)


def event(number: str, kind: str, about: Any, **more: Any) -> Json:
    """An event as Stripe writes it."""
    created = int(time.time())
    return {"id": number, "object": "event", "type": kind, "created": created, "data": {"object": about}} | more


def signature(body: bytes, secret: str, at: float, scheme: str = "v1") -> str:
    """https://docs.stripe.com/webhooks#verify-manually"""
    signed = f"{int(at)}.".encode() + body
    return f"t={int(at)},{scheme}={hmac.digest(secret.encode(), signed, hashlib.sha256).hex()}"


def _forgeries(body: bytes, secret: str) -> dict[str, list[str]]:
    now = time.time()
    right = signature(body, secret, now)
    moment, _, digest = right.partition(",v1=")
    return {
        "empty": [""],
        "of another secret": [signature(body, "whsec_somebody_else", now)],
        "of the empty secret": [signature(body, "", now)],
        "over other bytes": [signature(body + b" ", secret, now)],
        "truncated": [right[:-3]],
        "upper case": [f"{moment},v1={digest.upper()}"],
        "only v0": [f"{moment},v0={digest}"],
        "without its time": [f"v1={digest}"],
        "with another time": [f"t={int(now) - 1},v1={digest}"],
        "with two times": [f"{moment},{moment},v1={digest}"],
        "a time that is no number": [f"t=now,v1={digest}"],
        "a time of 5,000 digits": [f"t={'9' * 5000},v1={digest}"],
        "six minutes old": [signature(body, secret, now - 360)],
        "six minutes ahead": [signature(body, secret, now + 360)],
        "not ASCII": [f"{moment},v1=ключ"],
        "8 KB": [f"{moment},v1=" + "a" * 8000],
        "twice": [right, right],
    }


@pytest.mark.parametrize("what", ["missing", *_forgeries(b"", "")])
@pytest.mark.parametrize("path", [PLATFORM, OURS])
async def test_a_forged_or_replayed_event_is_refused(
    door: Door, path: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = door.invoices["mai"]
    secret = door.secret if path == OURS else PLATFORM_SECRET
    body = json.dumps(door.paid(invoice)).encode()
    before = await door.kept()
    if what == "missing":
        async with door.session.post(f"{door.shop.url}{path}", data=body) as answer:
            status, told = answer.status, await answer.json()
    else:
        status, told = await door.post(body, *_forgeries(body, secret)[what], door=path)
    assert (status, told["error_code"]) == (401, "WEBHOOK_SIGNATURE_INVALID")
    assert set(told) == {"success", "message", "error_code", "details"}
    assert await door.kept() == before
    for hidden in (door.secret, PLATFORM_SECRET, DEFAULT_KEY, signature(body, secret, time.time())):
        assert hidden not in caplog.text
        assert hidden not in json.dumps(told)


async def test_each_door_has_its_own_secret(door: Door) -> None:
    body = json.dumps(door.paid(door.invoices["mai"])).encode()
    for path, secret in ((PLATFORM, door.secret), (OURS, PLATFORM_SECRET)):
        assert (await door.post(body, signature(body, secret, time.time()), door=path))[0] == 401


async def test_a_second_signature_of_a_rotated_secret_does_no_harm(door: Door) -> None:
    body = json.dumps(event(door.fresh(), "customer.created", {"object": "customer"})).encode()
    right = door.sign(body)
    old = signature(body, "whsec_of_last_year", time.time()).partition("v1=")[2]
    for header in (f"{right},v1={old}", right.replace("v1=", f"v1={old},v1="), f"{right},v0={old}"):
        assert (await door.post(body, header))[0] == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/webhooks/stripe/2", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/0", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/-1", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/01", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/1e0", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/١", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/%00", 404, "NOT_FOUND"),
        (f"/api/webhooks/stripe/{'9' * 40}", 404, "NOT_FOUND"),
        ("/api/webhooks/stripe/1/2", 404, "NOT_FOUND"),
        ("/api/webhooks/stripes", 404, "NOT_FOUND"),
        ("/api/webhooks/Stripe", 404, "NOT_FOUND"),
        ("/api/webhooks/..%2Fstripe", 404, "NOT_FOUND"),
        ("/api/webhooks/__class__/1", 404, "NOT_FOUND"),
    ],
)
async def test_there_is_no_other_door(door: Door, path: str, status: int, code: str) -> None:
    got, told = await door.post(door.paid(door.invoices["mai"]), door=path)
    assert (got, told["error_code"]) == (status, code)


async def test_the_door_of_another_workspace_is_not_opened_by_our_secret(door: Door) -> None:
    """The other workspace is connected with its own secret; one without any has a closed door."""
    shop = door.shop

    def another(tx: sa.Connection, webhook: dict[str, str]) -> int:
        made = tx.execute(
            workspaces_table.insert().values(
                uid=secrets.token_hex(8), name="Other", plan="business", currency="USD", created_at=shop.now()
            )
        )
        workspace_id = new_id(made)
        integrations.connect(
            tx,
            shop.assistant.vault,
            workspace_id,
            "stripe",
            display_name="Other",
            account_id="acct_other",
            livemode=False,
            credentials={"secret_key": "sk_test_other"} | webhook,
            settings={},
            now=shop.now(),
        )
        return workspace_id

    theirs = await shop.assistant.database.write(another, {"webhook_secret": "whsec_of_the_other_one"})
    closed = await shop.assistant.database.write(another, {})
    buyer, invoice = await door.an_invoice()
    body = json.dumps(door.paid(invoice)).encode()
    status, told = await door.post(body, door.sign(body), door=f"/api/webhooks/stripe/{theirs}")
    assert (status, told["error_code"]) == (401, "WEBHOOK_SIGNATURE_INVALID")
    status, told = await door.post(body, door.sign(body), door=f"/api/webhooks/stripe/{closed}")
    assert (status, told["error_code"]) == (503, "STRIPE_NOT_CONFIGURED")
    assert "Connect Stripe again." in told["message"]
    right = signature(body, "whsec_of_the_other_one", time.time())
    assert (await door.post(body, right, door=f"/api/webhooks/stripe/{theirs}"))[0] == 200
    assert (await door.settled())[-1] == ("invoice.paid", "not one of ours")
    assert await door.status(invoice) == "sent"
    await door.shop.delivered()
    assert door.thanks(buyer) == 0


async def test_a_test_event_pays_nothing_where_one_sells_for_real(door: Door) -> None:
    write = door.shop.assistant.database.write
    _buyer, invoice = await door.an_invoice()
    await write(_is_live, True)
    await door.post(door.paid(invoice, livemode=False))
    assert (await door.settled())[-1] == ("invoice.paid", "a test, and the connection is live")
    assert await door.status(invoice) == "sent"
    await door.post(door.paid(invoice, livemode=True))
    assert (await door.settled())[-1] == ("invoice.paid", f"invoice {invoice['id']}")
    await write(_is_live, False)
    assert await door.status(invoice) == "paid"


def _is_live(tx: sa.Connection, livemode: bool) -> None:
    tx.execute(integrations_table.update().where(integrations_table.c.workspace_id == 1).values(livemode=livemode))


UNREADABLE = {
    "not JSON": b"hello",
    "empty": b"",
    "truncated": b'{"id": "evt_1", "object": "event", "data": {"obj',
    "bad UTF-8": b'{"id": "\xff"}',
    "NaN": b'{"id": "evt_1", "created": NaN}',
    "depth 100,000": b"[" * 100_000 + b"]" * 100_000,
    "a number of 5,000 digits": b'{"created": ' + b"9" * 5000 + b"}",
}
ABOUT: dict[str, Any] = {"id": "in_1", "object": "invoice", "status": "paid"}
NOT_ACTED_ON: dict[str, Any] = {
    "a list": [1],
    "null": None,
    "a text": "evt_1",
    "nothing in it": {},
    "only type and data": {"type": "invoice.paid", "data": {"object": ABOUT}},
    "a thin event": {
        "id": "evt_thin_1",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered",
        "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    },
    "a thin event that calls itself paid": event("evt_thin_2", "invoice.paid", ABOUT, object="v2.core.event"),
    "a kind nobody knows": event("evt_odd_1", "invoice.teleported", ABOUT),
    "a kind of 3,000 letters": event("evt_odd_2", "x" * 3000, ABOUT),
    "a kind that is a list": event("evt_odd_3", [], ABOUT),  # type: ignore[arg-type]
    "an id that is a number": event(7, "invoice.paid", ABOUT),  # type: ignore[arg-type]
    "an id of spaces": event(" ", "invoice.paid", ABOUT),
    "about a charge": event("evt_odd_4", "invoice.paid", {"id": "ch_1", "object": "charge"}),
    "paid and yet open": event("evt_odd_5", "invoice.paid", ABOUT | {"status": "open"}),
}
NOT_OURS: dict[str, Any] = {
    "an invoice made by hand": event("evt_far_1", "invoice.paid", ABOUT),
    "data is null": event("evt_far_2", "invoice.paid", None),
    "data is a list": event("evt_far_3", "invoice.voided", [ABOUT]),
    "numbers as texts": event("evt_far_4", "invoice.paid", ABOUT | {"amount_paid": "1990", "currency": "usd"}),
    "an odd amount": event("evt_far_5", "invoice.paid", ABOUT | {"amount_paid": 10**40, "currency": "usd"}),
    "an odd currency": event("evt_far_6", "invoice.paid", ABOUT | {"amount_paid": 1, "currency": ["usd"]}),
    "an odd time": event("evt_far_7", "invoice.paid", ABOUT, created="yesterday"),
    "odd metadata": event("evt_far_8", "invoice.paid", ABOUT | {"metadata": [{"live_assist_invoice": {}}]}),
    "surrogates": event("evt_far_9", "invoice.payment_failed", ABOUT | {"last_payment_error": {"message": "\ud800\0"}}),
}


@pytest.mark.parametrize("what", [*UNREADABLE, *NOT_ACTED_ON, *NOT_OURS])
async def test_whatever_is_signed_is_kept_once_and_not_applied(
    door: Door, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = UNREADABLE[what] if what in UNREADABLE else json.dumps((NOT_ACTED_ON | NOT_OURS)[what]).encode()
    before = await door.settled()
    for _ in range(2):
        assert await door.post(body) == (200, {"received": True})
    kept = await door.settled()
    assert len(kept) == len(before) + 1
    assert (kept[-1][0] == "unreadable") == (what in UNREADABLE)
    assert kept[-1][1] == ("not one of ours" if what in NOT_OURS else "not acted on")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_metadata_of_another_install_does_not_pay_our_invoice(door: Door) -> None:
    buyer, invoice = await door.an_invoice()
    foreign = {"live_assist_workspace": "0123456789abcdef", "live_assist_invoice": str(invoice["id"])}
    told = {"id": "in_foreign", "object": "invoice", "status": "paid", "metadata": foreign}
    for path in (OURS, PLATFORM):
        assert (await door.post(event(door.fresh(), "invoice.paid", told), door=path))[0] == 200
    assert [outcome for _, outcome in (await door.settled())[-2:]] == ["not one of ours"] * 2
    assert await door.status(invoice) == "sent"
    await door.shop.delivered()
    assert door.thanks(buyer) == 0


async def test_the_same_event_twenty_times_at_once_is_settled_and_thanked_for_once(door: Door) -> None:
    buyer, invoice = await door.an_invoice()
    again = await _counted(door, "stripe_events_again")
    paid = door.paid(invoice)
    before = len(await door.kept())
    answers = await asyncio.gather(*(door.post(paid) for _ in range(20)))
    assert [status for status, _ in answers] == [200] * 20
    assert (await door.settled())[before:] == [("invoice.paid", f"invoice {invoice['id']}")]
    assert await _counted(door, "stripe_events_again") == again + 19
    assert await door.status(invoice) == "paid"
    await door.shop.delivered()
    assert door.thanks(buyer) == 1


async def test_two_events_and_two_doors_thank_once(door: Door) -> None:
    buyer, invoice = await door.an_invoice()
    one = door.paid(invoice)
    sent = [door.post(what, door=path) for what in (one, door.paid(invoice)) for path in (OURS, PLATFORM)]
    assert [status for status, _ in await asyncio.gather(*sent)] == [200] * 4
    await door.settled()
    await door.shop.delivered()
    assert door.thanks(buyer) == 1
    assert await door.status(invoice) == "paid"


@pytest.mark.parametrize("late", ["invoice.voided", "invoice.payment_failed"])
async def test_a_late_event_never_takes_a_payment_back(door: Door, late: str) -> None:
    _, invoice = await door.an_invoice()
    assert (await door.post(door.paid(invoice)))[0] == 200
    await door.settled()
    old = event(door.fresh(), late, {"id": invoice["external_id"], "object": "invoice"}, created=1)
    assert (await door.post(old))[0] == 200
    await door.settled()
    assert await door.status(invoice) == "paid"


async def test_a_large_event_is_taken_and_a_larger_one_is_not(door: Door) -> None:
    body = json.dumps(event(door.fresh(), "customer.created", {"object": "customer"})).encode()
    body += b" " * (LARGEST_BODY - len(body))
    assert (await door.post(body))[0] == 200
    status, told = await door.post(body + b" ")
    assert (status, told["error_code"]) == (413, "BODY_TOO_LARGE")


async def test_a_door_whose_secret_no_key_opens_is_closed_and_says_so(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(door.shop.assistant, "vault", Vault([b"k" * 32]))
    status, told = await door.post(b"{}")
    assert (status, told["error_code"]) == (503, "STRIPE_NOT_CONFIGURED")
    assert "LIVE_ASSIST_ENCRYPTION_KEYS" in caplog.text


async def _counted(door: Door, name: str) -> int:
    first = await door.shop.assistant.database.read(workspaces.first)
    return (await door.shop.assistant.database.read(counters.all_of, first)).get(name, 0)
