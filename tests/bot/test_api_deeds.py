"""The JSON API that changes things: what it does, what it refuses, and that nothing sent to it breaks it."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from yarl import URL

from bot.api import deeds
from bot.api.openapi import document
from bot.api.table import Route
from bot.app import utc_now
from storage import shows, tokens
from storage.database import new_id
from storage.tables import workspaces
from tests.shop import PATIENCE, Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
Refusal = tuple[int, str]
WITHOUT_FACEBOOK = dict.fromkeys(
    ("FACEBOOK_PAGE_ID", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"), ""
)


@dataclass
class Api:
    """The API of one running shop, asked by a script that checks every answer against the OpenAPI document."""

    shop: Shop
    session: aiohttp.ClientSession
    tokens: dict[str, str]
    people: dict[str, Any] = field(default_factory=dict)

    async def send(self, method: str, path: str, *, token: str | None = "ops", **how: Any) -> tuple[int, Json]:
        """Status and answer."""
        headers = {**({"Authorization": f"Bearer {self.tokens[token]}"} if token else {}), **how.pop("headers", {})}
        url = URL(f"{self.shop.url}{path}", encoded=True)
        async with self.session.request(method, url, headers=headers, **how) as answer:
            told = await answer.json()
            described(method, path, answer.status, told)
            return answer.status, told

    async def does(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        """Something that works."""
        got, told = await self.send(method, path, json=body, **more)
        assert got == status, told
        return told

    async def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> Refusal:
        """Something that does not: its status and its code."""
        status, told = await self.send(method, path, json=body, **more)
        assert status >= 400, told
        assert set(told) == {"success", "message", "error_code", "details"}
        return status, str(told["error_code"])

    async def show(self, *items: Json, title: str = "Friday", **more: Any) -> str:
        """The path of a new show with these items."""
        show = await self.does("POST", "/api/shows", {"title": title}, status=201, **more)
        path = f"/api/shows/{show['id']}"
        for item in items:
            await self.does("POST", f"{path}/items", item, status=201, **more)
        return path

    async def hears(self, path: str, *comments: str) -> list[Json]:
        """The claims of these comments ("mai: sold 12"), made while the show is live."""
        await self.does("POST", f"{path}/start")
        for comment in comments:
            name, _, text = comment.partition(": ")
            await self.people[name].says(text, to=self.shop.group)
            await self.shop.heard()
        await self.does("POST", f"{path}/end")
        rows = (await self.does("GET", f"{path}/claims"))["claims"]
        return [row for row in rows if row["kind"] == "comment"]

    async def until(self, path: str, check: Any) -> Any:
        """The answer, once it satisfies `check`."""
        async with asyncio.timeout(PATIENCE):
            while not check(answer := await self.does("GET", path)):  # noqa: ASYNC110 - it asks like a script would
                await asyncio.sleep(0.05)
        return answer


def described(method: str, path: str, status: int, told: Json) -> None:
    """The document says of this route that it may answer so."""
    known = document()
    for template, operations in known["paths"].items():
        if method.lower() in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0]):
            content = operations[method.lower()]["responses"][str(status)]["content"]["application/json"]
            schema = content["schema"] | {"components": known["components"]}
            Draft202012Validator(schema).validate(told)
            return
    assert told["success"] is False


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Api]:
    """One shop for the whole file; every test has a show of its own."""
    folder = tmp_path_factory.mktemp("deeds")
    async with a_shop(folder, shared_database_url) as shop, aiohttp.ClientSession() as session:
        # Platforms stamp whole seconds: on time, a comment could seem older than the show that was started before it.
        shop.now = lambda: utc_now() - timedelta(seconds=1)
        await shop.open(**WITHOUT_FACEBOOK)
        operator = await shop.opens_show("12 Blue dress 19.90")
        await operator.says("/end", hears="ended")
        write = shop.assistant.database.write
        other = await write(_another_workspace, shop)
        owners = {"ops": (1, "operate"), "reader": (1, "read"), "theirs": (other, "admin")}
        keys = {
            name: await write(tokens.create, owner, name=name, scope=scope, now=shop.now())
            for name, (owner, scope) in owners.items()
        }
        people = {name.lower(): await shop.buyer(name) for name in ("Mai", "Lan", "Hoa")}
        yield Api(shop, session, keys, people)


def _another_workspace(tx: sa.Connection, shop: Shop) -> int:
    made = tx.execute(
        workspaces.insert().values(uid="another", name="Other", plan="free", currency="EUR", created_at=shop.now())
    )
    shows.create(tx, new_id(made), title="Theirs", currency="EUR", now=shop.now())
    return new_id(made)


DRESS = {"code": "12", "title": "Blue dress", "price_cents": 1990, "quantity": 2, "options": ["S", "M"]}
JADE = {"code": "A7", "title": "Jade", "price_cents": 4500}


# --- what it does ------------------------------------------------------------------------------------------


async def test_a_whole_evening_by_script(api: Api) -> None:
    show = await api.does(
        "POST", "/api/shows", {"title": " Big \n sale ", "currency": "EUR", "market": "us, ph"}, status=201
    )
    assert (show["title"], show["status"], show["currency"], show["market"]) == ("Big sale", "draft", "EUR", "us,ph")
    path = f"/api/shows/{show['id']}"
    assert (await api.does("PATCH", path, {"title": "Bigger sale"}))["market"] == "us,ph"
    assert (await api.does("PATCH", path, {"market": None}))["market"] is None
    assert show["rules"]["again"] is None
    wanted = {"again": "add", "most_per_buyer": 2, "partial": True, "words": {"claim": ["Gimme", "need  it"]}}
    rules = (await api.does("PATCH", path, {"rules": wanted}))["rules"]
    assert rules == show["rules"] | wanted | {"words": {"claim": ["gimme", "need it"]}}
    assert (await api.does("PATCH", path, {"rules": {"most_per_buyer": None}}))["rules"] == rules | {
        "most_per_buyer": None
    }
    assert (await api.does("PATCH", path, {}))["title"] == "Bigger sale"

    item = await api.does("POST", f"{path}/items", DRESS, status=201)
    fresh = {"open": True, "reserved": False, "bundle": None, "won": 0, "waiting": 0, "stock": []}
    assert item == DRESS | {"currency": "EUR", **fresh}
    bare = await api.does("POST", f"{path}/items", {"code": "B1"}, status=201)
    assert (bare["title"], bare["price_cents"], bare["quantity"], bare["options"]) == ("", None, 1, [])

    claims = await api.hears(path, "mai: sold 12 S", "lan: sold b1", "hoa: so pretty")
    assert [(claim["status"], claim["item"]) for claim in claims] == [
        ("winner", "12"),
        ("winner", "B1"),
        ("ignored", None),
    ]
    changed = await api.does(
        "PATCH",
        f"{path}/items/b1",
        {"title": "Belt", "price_cents": 500, "quantity": 3, "options": ["red"], "open": False},
    )
    assert changed == {
        "code": "B1",
        "title": "Belt",
        "price_cents": 500,
        "currency": "EUR",
        "quantity": 3,
        "options": ["red"],
        "open": False,
        "bundle": None,
        "won": 1,
        "waiting": 0,
        "reserved": False,
        "stock": [],
    }

    started = await api.does("POST", f"{path}/invoices/generate", {"buyers": ["@mai"]}, status=202)
    assert started["invoices"] == 1
    run = await api.until(f"/api/runs/{started['run_id']}", lambda run: run["finished"])
    assert (run["kind"], run["total"], run["done"], run["counts"]) == ("invoice", 1, 1, {"sent": 1})
    await api.does("POST", f"{path}/invoices/generate", status=202)
    await api.until(f"{path}/invoices", lambda answer: [i["status"] for i in answer["invoices"]] == ["sent", "sent"])
    invoices = (await api.does("GET", f"{path}/invoices"))["invoices"]
    assert [(i["buyer"]["handle"], i["amount_cents"]) for i in invoices] == [("mai", 1990), ("lan", 500)]

    mine = f"{path}/invoices/{invoices[0]['id']}"
    before = len(api.people["mai"].chat(api.shop.bot).messages)
    await api.does("POST", f"{mine}/send", status=202)
    await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["delivery"]["status"] == "sent")
    told = [m.text for m in api.people["mai"].chat(api.shop.bot).messages[before:]]
    assert len(told) == 1, told
    assert len([m for m in api.people["lan"].chat(api.shop.bot).messages if "Bigger sale" in m.text]) == 1
    await api.does("POST", f"{mine}/void", status=202)
    await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "void")
    for deed in ("send", "void"):
        assert await api.refusal("POST", f"{mine}/{deed}") == (409, "INVOICE_CLOSED")


async def test_a_bundle_is_set_changed_and_taken_away(api: Api) -> None:
    three = {"pieces": 3, "price_cents": 5000}
    path = await api.show(DRESS | {"bundle": three})
    assert (await api.does("GET", f"{path}/items"))["items"][0]["bundle"] == three
    two = {"pieces": 2, "price_cents": 3000}
    item = f"{path}/items/12"
    assert (await api.does("PATCH", item, {"bundle": two}))["bundle"] == two
    assert (await api.does("PATCH", item, {"title": "Dress"}))["bundle"] == two
    await api.hears(path, "mai: sold 12 S", "mai: sold 12 M")
    assert [buyer["amount_cents"] for buyer in (await api.does("GET", f"{path}/buyers"))["buyers"]] == [3000]
    assert (await api.does("PATCH", item, {"bundle": None}))["bundle"] is None
    dear = {"pieces": 2, "price_cents": 3980}
    assert await api.refusal("PATCH", item, {"bundle": dear}) == (409, "BUNDLE_SAVES_NOTHING")
    assert await api.refusal("POST", f"{path}/items", {"code": "B2", "bundle": two}) == (409, "BUNDLE_SAVES_NOTHING")
    for wrong in ({"pieces": 1, "price_cents": 5}, {"pieces": 3}, 3, {"pieces": 3, "price_cents": "50"}):
        assert await api.refusal("PATCH", item, {"bundle": wrong}) == (400, "BAD_REQUEST")


async def test_options_have_pieces_of_their_own(api: Api) -> None:
    stock = [{"options": ["S"], "quantity": 1}, {"options": ["M"], "quantity": 2}]
    path = await api.show({"code": "A7", "price_cents": 2000, "stock": stock})
    item = f"{path}/items/A7"

    def counts(answer: Any) -> list[tuple[str, int, int]]:
        return [("/".join(row["options"]), row["quantity"], row["won"]) for row in answer["stock"]]

    await api.hears(path, "mai: sold a7 s", "lan: sold a7 s")
    more = [{"options": ["S"], "quantity": 2}, {"options": ["XL"], "quantity": 5}]
    changed = await api.does("PATCH", item, {"stock": more, "title": "Dress"})
    assert (changed["title"], changed["quantity"], changed["options"]) == ("Dress", 9, ["S", "M", "XL"])
    assert counts(changed) == [("S", 2, 2), ("M", 2, 0), ("XL", 5, 0)]

    few = [{"options": ["M"], "quantity": 9}, {"options": ["S"], "quantity": 1}]
    assert await api.refusal("PATCH", item, {"stock": few}) == (409, "ITEM_WON_ALREADY")
    assert counts((await api.does("GET", f"{path}/items"))["items"][0]) == counts(changed), "all or none"
    for unclear in ({"quantity": 3}, {"options": ["S"]}):
        assert await api.refusal("PATCH", item, unclear) == (409, "OPTION_UNCLEAR")
    await api.does("POST", f"{path}/items", DRESS, status=201)
    assert await api.refusal("PATCH", f"{path}/items/12", {"stock": stock}) == (409, "OPTION_UNCLEAR")
    both = {"stock": stock, "quantity": 3}
    assert await api.refusal("PATCH", item, both) == (400, "BAD_REQUEST")
    assert await api.refusal("POST", f"{path}/items", {"code": "A8", **both}) == (400, "BAD_REQUEST")
    for wrong in ([], [stock[0], stock[0]], [{"options": [], "quantity": 1}], [{"options": ["S/M"], "quantity": 1}]):
        assert await api.refusal("PATCH", item, {"stock": wrong}) == (400, "BAD_REQUEST")


async def test_an_item_is_taken_out_and_put_in_again(api: Api) -> None:
    path = await api.show(DRESS)
    assert (await api.does("DELETE", f"{path}/items/12"))["title"] == "Blue dress"
    assert (await api.does("GET", f"{path}/items"))["items"] == []
    assert await api.refusal("DELETE", f"{path}/items/12") == (404, "ITEM_NOT_FOUND")
    await api.does("POST", f"{path}/items", DRESS, status=201)


async def test_an_award_names_its_buyer_by_id_or_handle(api: Api) -> None:
    path = await api.show(DRESS)
    await api.hears(path, "mai: hello", "hoa: sold 12")
    claim = await api.does("POST", f"{path}/claims", {"buyer": "@MAI", "item": "#12"}, status=201)
    assert (claim["kind"], claim["status"], claim["quantity"]) == ("award", "winner", 1)
    assert claim["reason"] == "awarded by api token ops"
    mai = claim["buyer"]
    assert mai["handle"] == "mai"
    await api.does("PATCH", f"{path}/items/12", {"quantity": 5})
    more = await api.does("POST", f"{path}/claims", {"buyer_id": mai["id"], "item": "12", "quantity": 2}, status=201)
    assert (more["buyer"], more["quantity"]) == (mai, 2)


async def test_a_release_gives_the_piece_to_the_next_in_line(api: Api) -> None:
    path = await api.show(JADE)
    first, second = await api.hears(path, "mai: sold a7", "lan: sold a7")
    assert (second["status"], second["position"]) == ("waitlisted", 1)
    released = await api.does("POST", f"{path}/claims/{first['id']}/release")
    assert (released["id"], released["status"]) == (first["id"], "released")
    assert released["reason"] == "released by api token ops"
    rows = (await api.does("GET", f"{path}/claims"))["claims"]
    assert next(row for row in rows if row["id"] == second["id"])["status"] == "winner"


async def test_the_very_claim_that_is_awarded_leaves_the_line(api: Api) -> None:
    path = await api.show(DRESS)
    claims = await api.hears(path, "hoa: sold 12 S", "lan: sold 12 M x2", "mai: sold 12 S", "mai: sold 12 M")
    assert [claim["status"] for claim in claims] == ["winner", "waitlisted", "waitlisted", "waitlisted"]
    awarded = await api.does("POST", f"{path}/claims/{claims[3]['id']}/award")
    assert (awarded["id"], awarded["status"], awarded["options"]) == (claims[3]["id"], "winner", ["M"])
    assert await api.refusal("POST", f"{path}/claims/{claims[1]['id']}/award") == (409, "ITEM_SOLD_OUT")
    now = {row["id"]: row for row in (await api.does("GET", f"{path}/claims"))["claims"]}
    assert [now[claim["id"]]["position"] for claim in claims] == [None, 1, 2, None]


async def test_a_claim_from_before_the_item_was_listed_gets_it_once(api: Api) -> None:
    path = await api.show(DRESS)
    (claim,) = await api.hears(path, "mai: sold 99")
    assert claim["status"] == "unmatched"
    award = f"{path}/claims/{claim['id']}/award"
    assert await api.refusal("POST", award) == (409, "CLAIM_NOT_WAITING")
    await api.does("POST", f"{path}/items", {"code": "99", "quantity": 5}, status=201)
    won = next(one for one in (await api.does("GET", f"{path}/claims"))["claims"] if one["id"] == claim["id"])
    assert (won["buyer"]["handle"], won["item"], won["status"]) == ("mai", "99", "winner")
    assert await api.refusal("POST", award) == (409, "CLAIM_NOT_WAITING")
    (item,) = [item for item in (await api.does("GET", f"{path}/items"))["items"] if item["code"] == "99"]
    assert item["won"] == 1


async def test_a_second_click_changes_nothing(api: Api) -> None:
    path = await api.show(DRESS)
    for deed, status in (("start", "live"), ("end", "ended")):
        for told in await asyncio.gather(*(api.does("POST", f"{path}/{deed}") for _ in range(2))):
            assert told["status"] == status
    give = {"buyer": "@lan", "item": "12"}
    answers = await asyncio.gather(*(api.send("POST", f"{path}/claims", json=give) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [201, 409, 409]
    answers = await asyncio.gather(*(api.send("POST", f"{path}/invoices/generate", json={}) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [202, 409, 409]
    (invoice,) = (await api.does("GET", f"{path}/invoices"))["invoices"]
    await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "sent")
    answers = await asyncio.gather(*(api.send("POST", f"{path}/items", json=JADE) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [201, 409, 409]
    assert invoice["amount_cents"] == 1990


async def test_an_order_with_a_key_is_done_once(api: Api) -> None:
    once = {"Idempotency-Key": "the first show"}
    made = await asyncio.gather(
        *(api.send("POST", "/api/shows", json={"title": "Once"}, headers=once) for _ in range(3))
    )
    assert sorted(status for status, _ in made) == [201, 409, 409]
    assert {told["error_code"] for status, told in made if status == 409} == {"DONE_BEFORE"}
    (show,) = [told for status, told in made if status == 201]
    path = f"/api/shows/{show['id']}"
    await api.does("POST", f"{path}/items", DRESS | {"quantity": 9}, status=201)
    (claim, *_) = await api.hears(path, "lan: sold 12", "mai: sold 12")
    give = {"buyer": "@hoa", "item": "12", "quantity": 2}
    for deed, body, status in (("claims", give, 201), (f"claims/{claim['id']}/release", {}, 200), ("items", JADE, 201)):
        once = {"Idempotency-Key": deed}
        await api.does("POST", f"{path}/{deed}", body, status=status, headers=once)
        assert await api.refusal("POST", f"{path}/{deed}", body, headers=once) == (409, "DONE_BEFORE")
    for odd in ("x" * 256, "ключ", "a\tb"):
        refused = await api.refusal("POST", f"{path}/claims", give, headers={"Idempotency-Key": odd})
        assert refused == (400, "BAD_REQUEST")
    theirs = await api.send(
        "POST", "/api/shows", json={"title": "x"}, token="theirs", headers={"Idempotency-Key": "items"}
    )
    assert theirs[0] == 201


# --- what does not go as things stand ----------------------------------------------------------------------


async def test_conflicts_have_a_code_and_the_words_of_the_workflow(api: Api) -> None:
    path, other = await api.show(JADE), await api.show(title="Saturday")
    assert await api.refusal("POST", f"{path}/end") == (409, "SHOW_NOT_LIVE")
    assert await api.refusal("POST", f"{path}/invoices/generate", {}) == (409, "NOTHING_TO_INVOICE")
    await api.does("POST", f"{path}/start")
    status, told = await api.send("POST", f"{other}/start")
    assert (status, told["error_code"]) == (409, "SHOW_ALREADY_LIVE")
    assert "“Friday” is live already" in told["message"]
    assert await api.refusal("POST", f"{path}/items", JADE | {"code": "#a-7"}) == (409, "ITEM_CODE_TAKEN")
    first, second = await api.hears(path, "mai: sold a7", "lan: sold a7")
    assert await api.refusal("DELETE", f"{path}/items/A7") == (409, "ITEM_CLAIMED")
    for buyer, code in (("@mai", "ITEM_WON_ALREADY"), ("@lan", "ITEM_SOLD_OUT"), ("@hoa", "ITEM_SOLD_OUT")):
        assert await api.refusal("POST", f"{path}/claims", {"buyer": buyer, "item": "A7"}) == (409, code)
    assert await api.refusal("POST", f"{path}/claims/{first['id']}/award") == (409, "CLAIM_NOT_WAITING")
    assert await api.refusal("POST", f"{path}/claims/{second['id']}/award") == (409, "ITEM_SOLD_OUT")
    await api.does("PATCH", f"{path}/items/A7", {"quantity": 2})
    assert await api.refusal("PATCH", f"{path}/items/A7", {"quantity": 1}) == (409, "ITEM_WON_ALREADY")
    await api.does("POST", f"{path}/claims/{second['id']}/release")
    assert await api.refusal("POST", f"{path}/claims/{second['id']}/release") == (409, "CLAIM_NOT_ACTIVE")


async def test_what_is_paid_stays(api: Api) -> None:
    path = await api.show(JADE)
    (claim,) = await api.hears(path, "mai: sold a7")
    await api.does("POST", f"{path}/invoices/generate", {}, status=202)
    invoices = await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "sent")
    (invoice,) = invoices["invoices"]
    assert await api.refusal("POST", f"{path}/invoices/generate", {"buyers": ["mai"]}) == (409, "NOTHING_TO_INVOICE")
    api.shop.stripe.pay(invoice["external_id"])
    await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "paid")
    for deed in (f"invoices/{invoice['id']}/send", f"invoices/{invoice['id']}/void", f"claims/{claim['id']}/release"):
        assert await api.refusal("POST", f"{path}/{deed}") == (409, "INVOICE_PAID")


async def test_a_part_paid_by_hand_leads_to_a_page_for_the_rest_and_money_goes_back(api: Api) -> None:
    path = await api.show(DRESS)
    await api.hears(path, "mai: sold 12")
    await api.does("POST", f"{path}/invoices/generate", {}, status=202)
    before = await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "sent")
    mine = f"{path}/invoices/{before['invoices'][0]['id']}"
    assert await api.refusal("POST", f"{mine}/refund") == (409, "NOTHING_TO_REFUND")
    for wrong in ({}, {"method": "shells"}, {"method": "cash", "amount_cents": 0}, {"method": "cash", "note": 3}):
        assert await api.refusal("POST", f"{mine}/mark-paid", wrong) == (400, "BAD_REQUEST")
    assert await api.refusal("POST", f"{mine}/mark-paid", {"method": "cash", "amount_cents": 5000}) == (
        409,
        "NOT_PAYABLE",
    )
    once = {"Idempotency-Key": f"cash for {mine}"}
    cash = {"method": "cash", "amount_cents": 500, "note": "at the door"}
    now = await api.does("POST", f"{mine}/mark-paid", cash, headers=once)
    assert (now["status"], now["paid_cents"], now["amount_cents"]) == ("partly_paid", 500, 1990)
    assert await api.refusal("POST", f"{mine}/mark-paid", cash, headers=once) == (409, "DONE_BEFORE")
    old = before["invoices"][0]["external_id"]
    after = await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["external_id"] not in (old, None))
    books = api.shop.stripe.accounts["acct_sandbox"]
    voided, page = (books.get("invoice", one) for one in (old, after["invoices"][0]["external_id"]))
    assert voided is not None
    assert voided["status"] == "void"
    assert page is not None
    assert (page["status"], page["amount_due"]) == ("open", 1490)
    api.shop.stripe.pay(page["id"])
    done = await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "paid")
    assert done["invoices"][0]["paid_cents"] == 1990
    assert await api.refusal("POST", f"{mine}/mark-paid", cash) == (409, "INVOICE_PAID")
    back = {"amount_cents": 300, "reason": "a stain"}
    once = {"Idempotency-Key": f"a stain on {mine}"}
    await api.does("POST", f"{mine}/refund", back, status=202, headers=once)
    assert await api.refusal("POST", f"{mine}/refund", back, headers=once) == (409, "DONE_BEFORE")
    some = await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["refunded_cents"] == 300)
    assert some["invoices"][0]["status"] == "partly_refunded"
    assert await api.refusal("POST", f"{mine}/refund", {"amount_cents": 1700}) == (409, "NOTHING_TO_REFUND")
    await api.does("POST", f"{mine}/refund", status=202)
    await api.until(f"{path}/invoices", lambda answer: answer["invoices"][0]["status"] == "refunded")
    assert sorted(one["amount"] for one in books.all("refund")) == [300, 1190]


async def test_without_a_provider_nothing_can_be_billed(api: Api) -> None:
    path = await api.show(JADE, token="theirs")
    await api.does("POST", f"{path}/start", token="theirs")
    told = await api.refusal("POST", f"{path}/invoices/generate", {}, token="theirs")
    assert told == (409, "PROVIDER_NOT_CONNECTED")


# --- who may, and what is there ----------------------------------------------------------------------------


def filled(route: Route, show: int = 1) -> str:
    """The address of a route; every id in it is that of the show."""
    return re.sub(r"{\w+}", lambda name: "12" if name[0] == "{code}" else str(show), route.path)


OPERATORS = [route for route in deeds.ROUTES if route.scope == ("read" if route.method == "GET" else "operate")]
"""What an operator's token is for; every other route is walked in test_every_route."""

FITTING = {"item": "12", "buyer": "@mai", "code": "Z9", "method": "cash"}
"""Something for each field that a route may need."""


@pytest.mark.parametrize(
    "route", [one for one in OPERATORS if "/connect/" not in one.path], ids=lambda route: f"{route.method} {route.path}"
)
async def test_a_route_is_for_tokens_of_its_workspace_and_scope(api: Api, route: Route) -> None:
    path = filled(route)
    assert await api.refusal(route.method, path, token=None) == (401, "UNAUTHORIZED")
    if route.method != "GET":
        assert await api.refusal(route.method, path, token="reader") == (403, "SCOPE_TOO_SMALL")
    if path != route.path and route.scope != "admin":
        needed = {name: value for name, value in FITTING.items() if name in route.body}
        body = None if route.method == "GET" else needed
        assert await api.refusal(route.method, path, body, token="theirs") == (404, "NOT_FOUND")
        for odd in ("0", "-1", "x", "9" * 18, "9" * 30, "1%00", "1%0a", "%F0%9F%98%80", "1.0", "%D9%A1"):
            beyond = re.sub("(?<=/)1(?=/|$)", odd, path, count=1)
            assert await api.refusal(route.method, beyond, body) == (404, "NOT_FOUND")


async def test_what_is_of_another_show_is_not_there(api: Api) -> None:
    path, other = await api.show(JADE), await api.show(JADE)
    (claim,) = await api.hears(path, "mai: sold a7")
    await api.does("POST", f"{path}/invoices/generate", {}, status=202)
    (invoice,) = (await api.does("GET", f"{path}/invoices"))["invoices"]
    mine = f"invoices/{invoice['id']}"
    for part in (f"claims/{claim['id']}/release", f"claims/{claim['id']}/award", f"{mine}/void", f"{mine}/refund"):
        assert await api.refusal("POST", f"{other}/{part}") == (404, "NOT_FOUND")
    for buyer in ({"buyer": "@nobody"}, {"buyer_id": 999}):
        assert await api.refusal("POST", f"{other}/claims", buyer | {"item": "A7"}) == (404, "BUYER_NOT_FOUND")
    assert await api.refusal("POST", f"{other}/claims", {"buyer": "@mai", "item": "B"}) == (404, "ITEM_NOT_FOUND")
    theirs = await api.show(JADE, token="theirs")
    mine = {"buyer_id": claim["buyer"]["id"], "item": "A7"}
    assert await api.refusal("POST", f"{theirs}/claims", mine, token="theirs") == (404, "BUYER_NOT_FOUND")


# --- wrong bodies ------------------------------------------------------------------------------------------

LONG = "x" * 300
WRONG: list[tuple[str, str, Any, str]] = [
    ("POST", "", {}, "title is missing."),
    ("POST", "", [], "one JSON object"),
    ("POST", "", "title", "one JSON object"),
    *(("POST", "", {"title": odd}, "title is text") for odd in ("", " \t", LONG, 5, None, ["x"], "a\0b", "\ud800")),
    *(("POST", "", {"title": "x", "currency": odd}, "currency is") for odd in ("usd", "XXX", "", 1, None, "US$")),
    *(("PATCH", "/1", {"rules": odd}, "rules is an object with some of again,") for odd in ("add", {"often": 1})),
    *(
        ("PATCH", "/1", {"rules": {name: odd}}, f"rules.{name} is {why}")
        for name, odd, why in (
            ("again", "often", "one of ignore, add, replace, null."),
            ("again", [], "one of ignore,"),
            ("hold_from", None, "one of "),
            ("most_per_buyer", 0, "a whole number from 1 to "),
            ("late_minutes", None, "a whole number from 0 to "),
            ("partial", 1, "true or false."),
            ("words", ["mine"], "an object with some of claim,"),
            ("words", {"claim": ["a,b"]}, "an object"),
            ("words", {"shout": []}, "an object"),
        )
    ),
    *(("POST", "", {"title": "x", "market": odd}, "market is") for odd in ("mars", "", "us,,ph", 1, ["us"])),
    ("POST", "", {"title": "x", "status": "live"}, "There is no field 'status' here. There are: title"),
    ("POST", "", {"title": "x", LONG: 1}, "no field"),
    ("PATCH", "/1", {"currency": "EUR"}, "no field 'currency'"),
    ("PATCH", "/1", {"title": None}, "title is text"),
    ("POST", "/1/start", {"now": True}, "There are none."),
    ("POST", "/1/items", {"title": "x"}, "code is missing."),
    *(("POST", "/1/items", {"code": odd}, "code is") for odd in ("", "a b", "!!", LONG, 12, None, "\0", "​")),
    *(
        ("POST", "/1/items", {"code": "Z", "price_cents": odd}, "price_cents is a whole number of minor units")
        for odd in (0, -1, 19.9, 19.0, "1990", True, 10**12, 10**30)
    ),
    *(("POST", "/1/items", {"code": "Z", "quantity": odd}, "quantity is") for odd in (0, -1, 1.0, "2", None, 10**7)),
    *(
        ("POST", "/1/items", {"code": "Z", "options": odd}, "options is")
        for odd in ("S", {}, [1], [""], [None], [["S"]], [LONG], ["x"] * 51)
    ),
    ("POST", "/1/items", {"code": "Z", "open": True}, "no field 'open'"),
    ("PATCH", "/1/items/12", {"price_cents": None}, "price_cents is"),
    ("PATCH", "/1/items/12", {"code": "13"}, "no field 'code'"),
    *(("PATCH", "/1/items/12", {"open": odd}, "open is true or false.") for odd in (0, 1, "true", None)),
    ("DELETE", "/1/items/12", {"code": "12"}, "There are none."),
    ("POST", "/1/claims", {"buyer": "@mai"}, "item is missing."),
    ("POST", "/1/claims", {"item": "12"}, "Send buyer_id or buyer, one of them."),
    ("POST", "/1/claims", {"item": "12", "buyer": "@mai", "buyer_id": 1}, "one of them."),
    *(("POST", "/1/claims", {"item": "12", "buyer": odd}, "buyer is") for odd in ("", "#1", f"#{'9' * 30}", 1, LONG)),
    *(("POST", "/1/claims", {"item": "12", "buyer_id": odd}, "buyer_id is") for odd in (0, "1", 10**18, 1.5, True)),
    *(("POST", "/1/invoices/generate", {"buyers": odd}, "buyers is") for odd in ([], "all", [0], [None], [1] * 1001)),
]


@pytest.mark.parametrize(("method", "path", "body", "message"), WRONG)
async def test_a_wrong_body_is_refused_with_the_field_in_the_sentence(
    api: Api, method: str, path: str, body: Any, message: str
) -> None:
    status, told = await api.send(method, f"/api/shows{path}", json=body)
    assert (status, told["error_code"]) == (400, "BAD_REQUEST"), told
    assert message in told["message"]
    assert len(told["message"]) < 400


NO_JSON = (b"{", b"title=x", b"\xff\xfe", b'{"title": "\xff"}', b"[" * 100_000, b'{"title": ' + b"9" * 5000 + b"}")


@pytest.mark.parametrize("raw", NO_JSON, ids=range(len(NO_JSON)))
async def test_what_is_no_json_is_refused(api: Api, raw: bytes) -> None:
    told = await api.send("POST", "/api/shows", data=raw, headers={"Content-Type": "application/json"})
    assert (told[0], told[1]["message"]) == (400, "The body is not JSON.")


async def test_a_body_that_does_not_arrive_whole_is_refused(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.shop.url.rpartition(":")[2]))
    head = f"POST /api/shows HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {api.tokens['ops']}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    await writer.drain()
    writer.write(b"no length\r\n{}\r\n")
    assert (await reader.readline()).split()[1] == b"400"
    writer.close()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", "json"])
async def test_another_content_type_is_refused(api: Api, kind: str) -> None:
    for route in OPERATORS:
        if route.method != "GET":
            told = await api.send(route.method, filled(route), data=b'{"title": "x"}', headers={"Content-Type": kind})
            assert (told[0], told[1]["error_code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    for fine in ("application/json; charset=utf-8", "Application/JSON"):
        status, _ = await api.send("PATCH", "/api/shows/1", data=b"{}", headers={"Content-Type": fine})
        assert status == 200


# --- anything at all ---------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1, 1.5, 10**17, 10**40, "", "12", "@mai", "#1", "\0", "\ud83d", "😀" * 30, "‮", "' OR 1=1 --",
    [], [1], ["@mai", 1], [[]], {}, {"a": {}}, "USD", "us", ["S", "M"],
)  # fmt: skip


async def test_nothing_that_is_sent_breaks_it(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    path = await api.show(DRESS, JADE)
    show = int(path.rpartition("/")[2])
    chance = random.Random(4)
    names = sorted({*itertools.chain(*(route.body for route in deeds.ROUTES)), "__proto__", ""})
    for route in deeds.ROUTES:
        for method in {route.method, "PUT", "PROPFIND", "HEAD", "OPTIONS"} - {"GET"}:
            async with api.session.request(method, f"{api.shop.url}{filled(route, show)}") as answer:
                assert answer.status < 500, (method, route.path)
        for _ in range(0 if route.method == "GET" else 40):
            fields = chance.sample([*route.body, *route.body, *names], chance.randint(0, 4))
            body: Any = {name: chance.choice(ODD) for name in fields} if chance.random() < 0.9 else chance.choice(ODD)
            status, told = await api.send(route.method, filled(route, show), data=json.dumps(body), headers=AS_JSON)
            assert status < 500, (route.path, body, told)
    await api.send("POST", f"{path}/end")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


AS_JSON = {"Content-Type": "application/json"}
