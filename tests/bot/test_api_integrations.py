"""Integrations through the API: connecting by key and on the provider's page, what it says, and what stays secret."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.base import SyncedRecord, SyncKind
from adapters.registry import PROVIDERS
from bot.app import utc_now
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, Refused, Unreachable
from sandbox.stripe import DEFAULT_KEY
from storage import integrations, tokens
from storage.database import new_id
from storage.tables import buyers, deliveries, workspaces
from tests.bot.test_api_deeds import WITHOUT_FACEBOOK, described
from tests.shop import PATIENCE, Shop, a_shop
from tests.till import GOOD, Books, Till

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
TILL = "/api/integrations/till"
numbers = itertools.count(1)


@dataclass
class Seller:
    """One workspace of its own, asked about by a script."""

    shop: Shop
    session: aiohttp.ClientSession
    workspace_id: int
    tokens: dict[str, str]

    async def send(self, method: str, path: str, body: Any = None, *, token: str = "operate", **how: Any) -> Any:
        """Status and answer; every answer is as the document says."""
        headers = {"Authorization": f"Bearer {self.tokens[token]}"} if token else {}
        async with self.session.request(
            method, f"{self.shop.url}{path}", json=body, headers=headers | how.pop("headers", {}), **how
        ) as answer:
            told = await answer.json()
            described(method, path, answer.status, told)
            return answer.status, told

    async def does(self, method: str, path: str, body: Any = None, *, status: int = 200, **how: Any) -> Any:
        got, told = await self.send(method, path, body, **how)
        assert got == status, told
        return told

    async def refused(self, method: str, path: str, body: Any = None, **how: Any) -> tuple[int, str]:
        status, told = await self.send(method, path, body, **how)
        assert status >= 400, told
        return status, told["error_code"]

    async def connects(self) -> Json:
        """The till, by key."""
        return dict(await self.does("POST", f"{TILL}/connect", {"access_token": GOOD}))

    async def logs(self, query: str = "") -> list[Json]:
        return list((await self.does("GET", f"{TILL}/logs{query}"))["logs"])

    async def integration(self) -> integrations.Integration:
        found = await self.shop.assistant.database.read(integrations.get, self.workspace_id, "till")
        assert found is not None
        return found

    async def has_plan(self, plan: str) -> None:
        def change(tx: sa.Connection) -> None:
            tx.execute(workspaces.update().where(workspaces.c.id == self.workspace_id).values(plan=plan))

        await self.shop.assistant.database.write(change)

    async def bills_mai(self) -> Json:
        """An invoice at the till, placed."""
        buyer_id = await self.shop.assistant.database.write(self._mai)
        show = await self.does("POST", "/api/shows", {"title": "Friday"}, status=201)
        path = f"/api/shows/{show['id']}"
        await self.does("POST", f"{path}/items", {"code": "12", "price_cents": 1990}, status=201)
        await self.does("POST", f"{path}/claims", {"item": "12", "buyer_id": buyer_id}, status=201)
        body = {"show_id": show["id"], "buyer": "@mai"}
        made = await self.does("POST", f"{TILL}/invoices", body, status=202)
        assert (await self.refused("POST", f"{TILL}/invoices", body))[0] == 409
        return dict(await self.until(f"{path}/invoices", lambda told: told["invoices"][0]["external_url"], made["id"]))

    def _mai(self, tx: sa.Connection) -> int:
        mai = {"handle": "mai", "handle_key": "mai", "name": "Mai", "platform": "telegram", "platform_user_id": "7"}
        return new_id(tx.execute(buyers.insert().values(workspace_id=self.workspace_id, created_at=utc_now(), **mai)))

    async def until(self, path: str, check: Any, invoice_id: int) -> Json:
        """The invoice, once the answer satisfies `check`."""
        async with asyncio.timeout(PATIENCE):
            while not check(told := await self.does("GET", path)):  # noqa: ASYNC110 - it asks like a script would
                await asyncio.sleep(0.05)
        return next(one for one in told["invoices"] if one["id"] == invoice_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Shop]:
    """One service for the whole file, which knows the till."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROVIDERS, "till", Till)
        async with a_shop(tmp_path_factory.mktemp("integrations"), shared_database_url) as shop:
            await shop.open(**WITHOUT_FACEBOOK, TILL_CLIENT_ID="client_1")
            yield shop


@pytest_asyncio.fixture(loop_scope="module")
async def seller(house: Shop) -> AsyncIterator[Seller]:
    async with a_seller(house) as one:
        yield one


@asynccontextmanager
async def a_seller(house: Shop) -> AsyncIterator[Seller]:
    """One more workspace."""
    number = next(numbers)

    def make(tx: sa.Connection) -> tuple[int, dict[str, str]]:
        values = {"uid": f"uid{number}", "name": f"Seller {number}", "plan": "business", "currency": "USD"}
        workspace_id = new_id(tx.execute(workspaces.insert().values(created_at=utc_now(), **values)))
        return workspace_id, {
            scope: tokens.create(tx, workspace_id, name=scope, scope=scope, now=utc_now())
            for scope in ("read", "operate")
        }

    workspace_id, given = await house.assistant.database.write(make)
    async with aiohttp.ClientSession() as session:
        yield Seller(house, session, workspace_id, given)


@pytest.fixture(autouse=True)
def books() -> Iterator[Books]:
    """The till's books, new for every test."""
    Till.books = Books()
    Till.books.account = replace(Till.books.account, id=f"shop_{next(numbers)}")
    yield Till.books
    Till.books = Books()


# --- connecting by key --------------------------------------------------------------------------------------


async def test_a_key_is_tried_kept_and_shown_nowhere(seller: Seller, books: Books) -> None:
    before = await seller.does("GET", "/api/integrations")
    card = next(one for one in before["integrations"] if one["provider"] == "till")
    assert (card["connected"], card["status"], card["locked"]) == (False, "inactive", False)
    assert [field["name"] for field in card["connect"]["fields"]] == ["access_token", "location_id"]
    assert card["connect"]["oauth"] is True
    made = await seller.connects()
    assert made["account"]["id"] == books.account.id
    assert made["webhook"] is True
    assert (await seller.does("GET", f"{TILL}/status"))["status"] == "active"
    for path in (
        "/api/integrations",
        *(f"{TILL}/{what}" for what in ("status", "summary", "logs", "test", "settings")),
    ):
        told = await seller.does("GET", path)
        assert GOOD not in str(told)
        assert "till_hook_secret" not in str(told)
    sealed = (await seller.integration()).sealed
    assert sealed is not None
    assert GOOD.encode() not in sealed


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"access_token": "hunter2hunter2"}, (400, "TILL_INVALID_TOKEN")),
        ({"access_token": "till_secret_wrong"}, (409, "TILL_INVALID_TOKEN")),
        ({"access_token": GOOD, "location_id": "L9"}, (409, "TILL_LOCATION_NOT_FOUND")),
        ({"access_token": 5}, (400, "BAD_REQUEST")),
        ({"api_key": GOOD}, (400, "BAD_REQUEST")),
    ],
)
async def test_credentials_that_do_not_work_are_not_kept(
    seller: Seller, body: Json, refusal: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("connect", "credentials"):
        status, told = await seller.send("POST", f"{TILL}/{path}", body)
        assert (status, told["error_code"]) == refusal
        assert not any(str(value) in str(told) for value in body.values() if len(str(value)) > 2)
    assert (await seller.does("GET", f"{TILL}/status"))["connected"] is False
    assert "till_secret_wrong" not in caplog.text + str(await seller.logs())


async def test_a_refusal_is_in_the_log(seller: Seller) -> None:
    await seller.refused("POST", f"{TILL}/connect", {"access_token": "till_secret_wrong"})
    entry, *more = await seller.logs()
    assert not more
    assert (entry["level"], entry["event"]) == ("warning", "refused")
    assert entry["message"] == "Not connected. The till does not know …."


@pytest.mark.parametrize(
    ("trouble", "refusal"),
    [
        (Unreachable("The till is down."), (502, "TILL_UNREACHABLE")),
        (Busy("Not now.", retry_after=7), (503, "TILL_BUSY")),
        (OutcomeUnknown("Hm."), (502, "TILL_OUTCOME_UNKNOWN")),
        (Refused("No.", code="odd"), (409, "TILL_REFUSED")),
        (NotAuthorised("The token is too old.", code="TILL_TOKEN_EXPIRED"), (409, "TILL_TOKEN_EXPIRED")),
    ],
)
async def test_what_goes_wrong_at_the_provider_has_a_code(
    seller: Seller, books: Books, trouble: Exception, refusal: tuple[int, str]
) -> None:
    await seller.connects()
    books.refuses = trouble
    assert await seller.refused("GET", f"{TILL}/summary") == refusal
    status, told = await seller.send("GET", f"{TILL}/test")
    assert (status, told["success"], told["error_code"]) == (200, False, refusal[1])
    assert told["message"] == str(trouble)


async def test_a_test_is_true_only_when_the_provider_says_so(seller: Seller, books: Books) -> None:
    not_yet = await seller.does("GET", f"{TILL}/test")
    assert (not_yet["success"], not_yet["error_code"]) == (False, "TILL_NOT_CONNECTED")
    await seller.connects()
    for method in ("GET", "POST"):
        told = await seller.does(method, f"{TILL}/test")
        assert (told["success"], told["account"]["name"]) == (True, "Corner shop")
    books.refuses = NotAuthorised("Not any more.")
    assert (await seller.does("POST", f"{TILL}/test"))["success"] is False
    assert (await seller.does("GET", f"{TILL}/status"))["error"] == "Not any more."
    assert [(one["level"], one["event"]) for one in await seller.logs("?level=error")] == [("error", "tested")]
    assert await seller.refused("GET", f"{TILL}/logs?level=loud") == (400, "BAD_REQUEST")


async def test_a_summary_is_what_the_provider_says(seller: Seller) -> None:
    assert await seller.refused("GET", f"{TILL}/summary") == (409, "TILL_NOT_CONNECTED")
    await seller.connects()
    told = await seller.does("GET", f"{TILL}/summary")
    assert told["balance"] == [{"amount_cents": 12345, "currency": "USD"}]
    assert told["locations"] == [{"id": "L1", "name": "Corner", "status": "ACTIVE"}]


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("DELETE", "/disconnect"), ("POST", "/disconnect")])
async def test_after_a_disconnect_the_credentials_are_gone(
    seller: Seller, books: Books, method: str, path: str
) -> None:
    await seller.connects()
    assert list(books.webhooks.values()) == [f"{seller.shop.url}/api/webhooks/till/{seller.workspace_id}"]
    told = await seller.does(method, f"{TILL}{path}")
    assert told == {"provider": "till", "connected": False, "left_open": 0}
    assert (await seller.integration()).sealed is None
    assert not books.webhooks
    assert books.revoked == 0
    status = await seller.does("GET", f"{TILL}/status")
    assert (status["connected"], status["status"], status["account_id"]) == (False, "inactive", None)
    assert await seller.refused(method, f"{TILL}{path}") == (409, "TILL_NOT_CONNECTED")


async def test_logs_go_on_page_by_page(seller: Seller) -> None:
    await seller.connects()
    for _ in range(4):
        await seller.does("POST", f"{TILL}/test")
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        page = await seller.does("GET", f"{TILL}/logs?limit=2{cursor and f'&cursor={cursor}'}")
        seen += [one["id"] for one in page["logs"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


# --- preferences --------------------------------------------------------------------------------------------


async def test_preferences_are_kept_and_apply_to_the_next_invoice(seller: Seller, books: Books) -> None:
    await seller.connects()
    wanted = {"memo_template": "Thanks {buyer} · {show}", "due_days": 7, "auto_sync": False, "currency": "EUR"}
    told = await seller.does("PATCH", f"{TILL}/settings", wanted)
    assert told == await seller.does("GET", f"{TILL}/settings")
    assert told == told | wanted | {"checkout_style": "invoice", "sync_invoices": True}
    await seller.does("PATCH", f"{TILL}/settings", {"due_days": 14})
    await seller.connects()  # connecting anew forgets nothing
    await seller.bills_mai()
    order = books.orders[-1]
    assert (order.memo, order.due_days, order.currency) == ("Thanks @mai · Friday", 14, "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "blue"},
        {"memo_template": "{price}"},
        {"memo_template": "{"},
        {"memo_template": ""},
        {"due_days": 0},
        {"due_days": "7"},
        {"currency": "Dollars"},
        {"auto_sync": "yes"},
        {"checkout_style": "shop"},
        {"message_template": 7},
    ],
)
async def test_what_cannot_be_set_is_refused_whole(seller: Seller, wrong: Json) -> None:
    await seller.connects()
    before = await seller.does("GET", f"{TILL}/settings")
    assert await seller.refused("PATCH", f"{TILL}/settings", {"sync_payments": False, **wrong}) == (400, "BAD_REQUEST")
    assert await seller.does("GET", f"{TILL}/settings") == before


async def test_a_style_or_a_text_that_the_provider_cannot_use_is_refused(seller: Seller) -> None:
    assert await seller.refused("PATCH", f"{TILL}/settings", {"due_days": 7}) == (409, "TILL_NOT_CONNECTED")
    await seller.connects()
    for wrong in ({"checkout_style": "payment_link"}, {"message_template": "Pay up!"}):
        assert await seller.refused("PATCH", f"{TILL}/settings", wrong) == (400, "TILL_SETTING_REFUSED")
    text = "Hello {name}!\n{lines}\nTogether {total}"
    assert (await seller.does("PATCH", f"{TILL}/settings", {"message_template": text}))["message_template"] == text


async def test_a_pay_link_goes_out_in_the_words_of_the_preferences(seller: Seller) -> None:
    await seller.connects()
    await seller.does("PATCH", f"{TILL}/settings", {"message_template": "Dear {name}: {lines} = {total}"})
    invoice = await seller.bills_mai()
    rows = sa.select(deliveries.c.text).where(deliveries.c.invoice_id == invoice["id"])
    texts = await seller.shop.assistant.database.read(lambda tx: list(tx.scalars(rows)))
    assert [text for text in texts if text.startswith("Dear Mai: ") and text.endswith("= 19.90 USD")]


async def test_the_webhook_can_be_switched_off_and_on(seller: Seller, books: Books) -> None:
    await seller.connects()
    await seller.does("PATCH", f"{TILL}/settings", {"webhook_enabled": False})
    assert not books.webhooks
    assert (await seller.connects())["webhook"] is False
    assert not books.webhooks
    await seller.does("PATCH", f"{TILL}/settings", {"webhook_enabled": True})
    assert len(books.webhooks) == 1


# --- on the provider's page ---------------------------------------------------------------------------------


async def begins(seller: Seller, path: str = "auth-url") -> dict[str, str]:
    """What the provider's page is sent."""
    page = await seller.does("POST", f"{TILL}/{path}")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page["auth_url"]).query).items()}
    assert asked["state"] == page["state"]
    assert len(page["state"]) >= 43
    return asked


def agrees(books: Books, asked: dict[str, str], code: str = "code_1") -> dict[str, str]:
    """The seller agrees there; what the page sends back."""
    books.codes[code] = (asked["challenge"], asked["redirect_uri"])
    return {"code": code, "state": asked["state"]}


async def comes_back(seller: Seller, answer: dict[str, str], provider: str = "till") -> tuple[int, Json]:
    status, told = await seller.send(
        "GET", f"/api/integrations/{provider}/callback", token="", params=answer, headers={"Accept": "application/json"}
    )
    return status, told


@pytest.mark.parametrize("path", ["auth-url", "connect"])
async def test_agreeing_on_the_providers_page_connects(seller: Seller, books: Books, path: str) -> None:
    asked = await begins(seller, path)
    assert asked["redirect_uri"] == f"{seller.shop.url}/api/integrations/till/callback"
    status, told = await comes_back(seller, agrees(books, asked))
    assert (status, told["connected"], told["account"]["id"]) == (200, True, books.account.id)
    assert (await seller.does("GET", f"{TILL}/status"))["connected"] is True
    await seller.does("DELETE", TILL)
    assert books.revoked == 1


async def test_a_person_gets_a_page(seller: Seller, books: Books) -> None:
    books.account = replace(books.account, name="<b>Corner</b>")
    asked = await begins(seller)
    url = f"{seller.shop.url}{TILL}/callback"
    async with seller.session.get(url, params=agrees(books, asked), headers={"Accept": "text/html"}) as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "no-referrer" in answer.headers["Referrer-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "Till is connected" in page
    assert "&lt;b&gt;Corner&lt;/b&gt;" in page
    async with seller.session.get(url, params={"state": "made up", "code": "x"}) as answer:
        assert answer.status == 400
        assert "Begin again" in await answer.text()


async def test_a_state_is_used_once(seller: Seller, books: Books) -> None:
    asked = await begins(seller)
    answer = agrees(books, asked)
    assert (await comes_back(seller, answer))[0] == 200
    agrees(books, asked)
    status, told = await comes_back(seller, answer)
    assert (status, told["error_code"]) == (400, "TILL_STATE_INVALID")


@pytest.mark.parametrize("state", [None, "", "x", "x" * 43, "x" * 5000, "\N{SNOWMAN}"])
async def test_a_state_that_is_not_ours_is_refused_as_a_security_error(
    seller: Seller, state: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = {"code": "code_1"} | ({"state": state} if state is not None else {})
    status, told = await comes_back(seller, answer)
    assert (status, told["error_code"]) == (400, "TILL_STATE_INVALID")
    assert "security: somebody came back" in caplog.text
    assert (await seller.does("GET", f"{TILL}/status"))["connected"] is False


async def test_a_state_is_good_for_ten_minutes_and_for_its_provider(seller: Seller, books: Books) -> None:
    asked = await begins(seller)
    status, told = await comes_back(seller, agrees(books, asked), provider="stripe")
    assert (status, told["error_code"]) == (400, "STRIPE_STATE_INVALID")
    later = seller.shop.assistant.now() + timedelta(minutes=10, seconds=1)
    seller.shop.assistant.now = lambda: later
    try:
        status, told = await comes_back(seller, agrees(books, asked))
        assert (status, told["error_code"]) == (400, "TILL_STATE_INVALID")
    finally:
        seller.shop.assistant.now = utc_now


async def test_a_state_connects_the_workspace_that_began_and_no_other(house: Shop, books: Books) -> None:
    async with a_seller(house) as first, a_seller(house) as second:
        asked = await begins(first)
        assert (await comes_back(second, agrees(books, asked)))[0] == 200
        assert (await first.does("GET", f"{TILL}/status"))["connected"] is True
        assert (await second.does("GET", f"{TILL}/status"))["connected"] is False


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"error": "access_denied"}, "Access to Till was not given"),
        ({"error": "server_error", "error_description": "We are closed."}, "We are closed."),
        ({}, "Begin again."),
        ({"code": "code_nobody_knows"}, "The code … is not known."),
    ],
)
async def test_without_access_nothing_is_connected(seller: Seller, answer: dict[str, str], message: str) -> None:
    asked = await begins(seller)
    status, told = await comes_back(seller, {**answer, "state": asked["state"]})
    assert (status, told["error_code"]) == (400, "TILL_OAUTH_FAILED")
    assert message in told["message"]
    assert (await comes_back(seller, {**answer, "state": asked["state"]}))[1]["error_code"] == "TILL_STATE_INVALID"
    assert [one["event"] for one in await seller.logs()] == ["refused"]


async def test_a_code_is_exchanged_with_the_verifier_of_its_own_page(seller: Seller, books: Books) -> None:
    first, second = await begins(seller), await begins(seller)
    assert first["challenge"] != second["challenge"]
    answer = agrees(books, first)
    status, told = await comes_back(seller, answer | {"state": second["state"]})
    assert (status, told["error_code"]) == (400, "TILL_OAUTH_FAILED")


async def test_the_state_and_the_verifier_are_kept_so_that_nobody_can_read_them(seller: Seller) -> None:
    asked = await begins(seller)

    def everything(tx: sa.Connection) -> str:
        return repr(tx.execute(sa.text("SELECT * FROM oauth_states")).all())

    kept = await seller.shop.assistant.database.read(everything)
    assert asked["state"] not in kept
    assert hashlib.sha256(asked["state"].encode()).hexdigest() not in kept


# --- plans --------------------------------------------------------------------------------------------------


async def test_a_free_plan_sees_providers_locked(seller: Seller) -> None:
    await seller.has_plan("free")
    told = await seller.does("GET", "/api/integrations")
    locked = {card["provider"]: card["locked_reason"] for card in told["integrations"] if card["locked"]}
    assert locked.keys() == {card["provider"] for card in told["integrations"]} - {"manual"}
    assert all("pro and business" in reason for reason in locked.values())
    for path in ("connect", "credentials"):
        assert await seller.refused("POST", f"{TILL}/{path}", {"access_token": GOOD}) == (403, "PLAN_TOO_SMALL")
    assert await seller.refused("POST", f"{TILL}/auth-url") == (403, "PLAN_TOO_SMALL")


async def test_a_pro_plan_connects_one_and_a_business_plan_many(seller: Seller) -> None:
    await seller.has_plan("pro")
    await seller.connects()
    stripe = {"secret_key": DEFAULT_KEY}
    assert await seller.refused("POST", "/api/integrations/stripe/connect", stripe) == (403, "PLAN_TOO_SMALL")
    await seller.connects()
    await seller.has_plan("business")
    await seller.does("POST", "/api/integrations/stripe/connect", stripe)


async def test_a_plan_that_has_become_too_small_bills_nothing_new(seller: Seller) -> None:
    await seller.connects()
    await seller.has_plan("free")
    with pytest.raises(AssertionError, match="not part of this workspace's plan any more"):
        await seller.bills_mai()
    await seller.does("DELETE", TILL)


# --- billing, charging, syncing -----------------------------------------------------------------------------


async def test_a_stored_method_pays_an_invoice_once(seller: Seller, books: Books) -> None:
    await seller.connects()
    invoice = await seller.bills_mai()
    told = await seller.does("POST", f"{TILL}/payments", {"invoice_id": invoice["id"]})
    assert told["status"] == "paid"
    assert await seller.refused("POST", f"{TILL}/payments", {"invoice_id": invoice["id"]}) == (
        409,
        "INVOICE_NOT_PAYABLE",
    )
    assert len(books.charged) == 1
    assert await seller.refused("POST", f"{TILL}/payments", {"invoice_id": 10**9}) == (409, "INVOICE_NOT_PAYABLE")
    await seller.does("POST", "/api/integrations/stripe/connect", {"secret_key": DEFAULT_KEY})


async def test_a_declined_charge_says_why_and_may_be_tried_again_under_another_key(
    seller: Seller, books: Books
) -> None:
    await seller.connects()
    charge = {"invoice_id": (await seller.bills_mai())["id"]}
    books.pays = Refused("The card was declined.", code="card_declined")
    status, told = await seller.send("POST", f"{TILL}/payments", charge)
    assert (status, told["error_code"]) == (409, "TILL_REFUSED")
    assert (told["message"], told["details"]) == ("The card was declined.", {"code": "card_declined"})
    books.pays = Unreachable("Down.")
    assert (await seller.refused("POST", f"{TILL}/payments", charge))[1] == "TILL_UNREACHABLE"
    books.pays = None
    assert (await seller.does("POST", f"{TILL}/payments", charge))["status"] == "paid"
    declined, unreachable, paid = books.charged
    assert declined != unreachable == paid


@pytest.mark.parametrize("went_through", [True, False])
async def test_a_charge_whose_outcome_is_unknown_is_asked_about(
    seller: Seller, books: Books, went_through: bool
) -> None:
    await seller.connects()
    invoice = await seller.bills_mai()
    books.pays = OutcomeUnknown("The line broke.")
    if went_through:
        books.paid.add(invoice["external_id"])
        assert (await seller.does("POST", f"{TILL}/payments", {"invoice_id": invoice["id"]}))["status"] == "paid"
    else:
        charge = {"invoice_id": invoice["id"]}
        assert await seller.refused("POST", f"{TILL}/payments", charge) == (502, "TILL_OUTCOME_UNKNOWN")
        books.pays = None
        assert (await seller.does("POST", f"{TILL}/payments", charge))["status"] == "paid"
        assert len(set(books.charged)) == 1


def records(kind: SyncKind, *given: tuple[str, Json]) -> list[SyncedRecord]:
    return [SyncedRecord(kind=kind, external_id=external_id, data=data) for external_id, data in given]


async def test_syncing_reads_every_page_once_and_repairs_what_was_missed(seller: Seller, books: Books) -> None:
    await seller.connects()
    await seller.shop.assistant.errands_done()
    invoice = await seller.bills_mai()
    books.records = {
        SyncKind.CUSTOMERS: records(SyncKind.CUSTOMERS, *((f"cus_{n}", {"name": f"N{n}"}) for n in range(5))),
        SyncKind.INVOICES: records(SyncKind.INVOICES, (invoice["external_id"], {"status": "open"})),
    }
    assert await seller.does("POST", f"{TILL}/sync") == {"synced": 6, "updated": 0, "errors": []}
    assert await seller.does("POST", f"{TILL}/sync") == {"synced": 0, "updated": 0, "errors": []}
    books.paid.add(invoice["external_id"])
    paid = {"for": {"invoice": invoice["external_id"]}, "amount": 1990}
    books.records[SyncKind.PAYMENTS] = records(SyncKind.PAYMENTS, ("pay_1", paid))
    assert await seller.does("POST", f"{TILL}/sync") == {"synced": 1, "updated": 1, "errors": []}
    found = await seller.does("GET", f"/api/shows/{invoice['show_id']}/invoices")
    assert found["invoices"][0]["status"] == "paid"
    assert (await seller.does("GET", f"{TILL}/summary"))["records"] == {"customers": 5, "invoices": 1, "payments": 1}
    since = books.since[SyncKind.INVOICES]
    assert since is not None
    assert timedelta(days=89) < utc_now() - since < timedelta(days=91)
    assert books.since[SyncKind.CUSTOMERS] is None
    assert (await seller.logs())[0]["details"] == {"synced": 1, "updated": 1, "errors": []}


async def test_a_sync_says_what_could_not_be_read(seller: Seller, books: Books) -> None:
    assert await seller.refused("POST", f"{TILL}/sync") == (409, "TILL_NOT_CONNECTED")
    await seller.connects()
    await seller.does("PATCH", f"{TILL}/settings", {"sync_payments": False})
    books.refuses = Unreachable("The till is down.")
    told = await seller.does("POST", f"{TILL}/sync")
    assert told["errors"] == ["customers: The till is down.", "invoices: The till is down."]


# --- secrecy ------------------------------------------------------------------------------------------------


def on_disk(shop: Shop) -> list[str]:
    """Every file the service keeps."""
    files = [file for file in Path(shop.environ["LIVE_ASSIST_DATA_DIR"]).iterdir() if file.is_file()]
    assert files
    return [file.read_bytes().decode("latin-1") for file in files]


async def test_no_secret_is_in_any_answer_log_or_in_the_database(
    seller: Seller, books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    with caplog.at_level(logging.INFO):
        await seller.connects()
        books.refuses = NotAuthorised("Bad token.")
        for method, path, body in (
            ("POST", "connect", {"access_token": GOOD}),
            ("GET", "summary", None),
            ("POST", "test", None),
            ("POST", "sync", None),
            ("POST", "credentials", {"access_token": GOOD, "location_id": 1}),
            ("GET", "logs", None),
        ):
            _, told = await seller.send(method, f"{TILL}/{path}", body)
            said.append(str(told))
        books.refuses = None
        answer = agrees(books, await begins(seller), code="code_that_is_nobodys_business")
        said.append(str(await comes_back(seller, answer)))
        await seller.does("DELETE", TILL)

    def everything(tx: sa.Connection) -> str:
        names = sa.inspect(tx).get_table_names()
        return "".join(repr(tx.execute(sa.text(f'SELECT * FROM "{name}"')).all()) for name in names)

    kept = await seller.shop.assistant.database.read(everything)
    for text in (*said, caplog.text, kept, *on_disk(seller.shop)):
        for secret in (GOOD, "till_hook_secret_77aa", "till_refresh_1", "code_that_is_nobodys_business"):
            assert secret not in text
