"""The playground's page, seen from its server: what it shows, what can be done there, and who is let in."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.evening.service import Service
from sandbox.evening.stage import Stage
from sandbox.panes.act import Acts
from sandbox.panes.autoplay import Autoplay
from sandbox.panes.board import REMEMBERED, Board
from sandbox.panes.crowd import Crowd
from sandbox.panes.mischief import Mischief
from sandbox.panes.people import Misasked, People
from sandbox.panes.product import SHOWN, Product
from sandbox.panes.rooms import Rooms
from sandbox.panes.server import Panes
from sandbox.panes.steps import next_step
from sandbox.stripe import DEFAULT_KEY
from sandbox.telegram.text import typed
from sandbox.tills import StripeTill

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 120
PATIENCE = 60


class Scene:
    """A stage without a service, with everything of the playground around it."""

    def __init__(self, home: Path) -> None:
        self.till = StripeTill()
        self.stage = Stage(self.till)
        self.board = Board()
        self.people = People(self.stage)
        self.product = Product(self.board)
        self.rooms = Rooms(self.stage, self.people, self.board)
        self.crowd = Crowd(self.stage, self.board, lambda: ["12", "A7"])
        self.mischief = Mischief(self.stage, self.board)
        autoplay = Autoplay(self.stage, Service(home, {}), self.board)
        self.acts = Acts(self.stage, self.people, self.crowd, self.mischief, autoplay)

    async def do(self, do: str, **wish: Any) -> dict[str, Any]:
        return await self.acts.do({"do": do, **wish})

    def shown(self, room: str) -> list[dict[str, Any]]:
        """What the page shows of a room."""
        self.rooms.look()
        values = self.board.since("", 0).values
        entries = [value for key, value in values.items() if key.startswith(f"room/{room}/")]
        return sorted(entries, key=lambda entry: entry["number"])


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    scene = Scene(tmp_path)
    await scene.stage.group.adds_bot(scene.stage.bot)
    await scene.stage.page.goes_live("Friday")
    yield scene
    await scene.crowd.stop()


# The board


def test_a_page_that_comes_back_gets_what_changed_and_nothing_else() -> None:
    board = Board()
    board.put("a", 1)
    board.put("b", 1)
    upto = board.since("", 0).upto
    board.put("a", 1)  # the same once more
    board.put("b", 2)
    board.put("c", 3)
    board.drop("a")
    changes = board.since(board.name, upto)
    assert changes.values == {"a": None, "b": 2, "c": 3}
    assert not changes.anew
    assert board.since(board.name, changes.upto).values == {}


def test_a_page_of_another_demo_or_from_long_ago_begins_anew() -> None:
    board = Board()
    board.put("a", 1)
    early = board.since("", 0).upto
    assert board.since("another", early).anew
    for number in range(REMEMBERED + 1):
        board.put(f"n{number}", 1)
        board.drop(f"n{number}")
    changes = board.since(board.name, early)
    assert changes.anew
    assert changes.values == {"a": 1}


# The server


@pytest.fixture
async def panes(scene: Scene) -> AsyncIterator[Panes]:
    panes = Panes(scene.board, scene.acts.do, frames=["http://127.0.0.1:4242"])
    await panes.start()
    yield panes
    await panes.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_the_page_may_load_only_what_comes_from_here(panes: Panes, client: aiohttp.ClientSession) -> None:
    async with client.get(panes.url) as page:
        policy = page.headers["Content-Security-Policy"]
        text = await page.text()
    assert policy.startswith("default-src 'self';")
    assert "frame-src http://127.0.0.1:4242;" in policy
    assert "unsafe" not in policy
    assert "https://" not in text
    for address in ("/static/app.js", "/static/panes.css", "/static/icon.svg"):
        async with client.get(panes.url + address) as found:
            assert found.status == 200, address


@pytest.mark.parametrize("origin", ["https://example.com", None])
async def test_another_website_cannot_open_the_socket(
    panes: Panes, client: aiohttp.ClientSession, origin: str | None
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(f"{panes.url}/ws", origin=origin)
    assert refused.value.status == 403


async def test_a_socket_shows_the_board_and_answers_every_deed(
    panes: Panes, scene: Scene, client: aiohttp.ClientSession
) -> None:
    async with client.ws_connect(f"{panes.url}/ws", origin=panes.url) as socket:
        first = await socket.receive_json()
        assert first["anew"]
        assert first["values"]["crowd"] == {"rate": 0, "said": 0}
        await socket.send_json({"do": "says", "id": 7, "room": "group", "as": "telegram:ana_o", "text": "sold 12"})
        assert await socket.receive_json() == {"answer": 7}
        await socket.send_json({"do": "dances", "id": 8})
        assert await socket.receive_json() == {"answer": 8, "error": "There is no deed called 'dances'."}
        await socket.send_str("not json")
        assert "error" in await socket.receive_json()
        scene.rooms.look()
        assert "room/group/2" in (await socket.receive_json())["values"]
    again = f"{panes.url}/ws?board={first['board']}&upto={first['upto']}"
    async with client.ws_connect(again, origin=panes.url) as socket:
        missed = await socket.receive_json()
    assert not missed["anew"]
    assert missed["values"]["room/group/2"]["text"] == "sold 12"
    assert "crowd" not in missed["values"]


# The rooms, and what people do there


async def test_messages_come_change_in_place_and_vanish(scene: Scene) -> None:
    stage = scene.stage
    await scene.do("says", room="operator", text="/help")
    network = stage.telegram.network
    answer = network.post(stage.seller.chat(stage.bot), stage.bot, typed("1 of 2"))
    assert [(entry["who"], entry["text"]) for entry in scene.shown("operator")] == [
        ("seller", "/help"),
        ("shop", "1 of 2"),
    ]
    network.edit(answer, typed("2 of 2"), None)
    stage.seller.chat(stage.bot).messages[0].deleted = True
    (only,) = scene.shown("operator")
    assert only["text"] == "2 of 2"
    assert only["edited"]


async def test_a_comment_below_the_video_is_shown_with_the_pages_reply_below_it(scene: Scene) -> None:
    await scene.do("says", room="live", **{"as": "facebook:LanNguyen"}, text="sold 12")
    live = scene.stage.page.live_videos[0]
    await scene.stage.page.comments(live.comments[0], "please write to us")
    comment, reply = scene.shown("live")
    assert (comment["by"], comment["below"]) == ("Lan Nguyen", None)
    assert (reply["who"], reply["below"]) == ("shop", comment["number"])


async def test_a_room_shows_its_newest_messages_only(scene: Scene) -> None:
    for number in range(150):
        await scene.do("says", room="group", **{"as": "seller"}, text=f"line {number}")
    shown = scene.shown("group")
    assert len(shown) == 120
    assert shown[-1]["text"] == "line 149"


async def test_a_deep_link_leads_whoever_taps_it_into_their_own_private_chat(scene: Scene) -> None:
    opened = await scene.do(
        "opens", room="group", **{"as": "telegram:hanakim"}, url="https://t.me/mais_closet_bot?start=checkout"
    )
    assert opened == {"room": "telegram:hanakim"}
    assert [entry["text"] for entry in scene.shown("telegram:hanakim")] == ["/start checkout"]
    assert scene.board["person/telegram:hanakim"]["opened"]


async def test_a_link_to_this_machine_is_a_page_and_any_other_is_not_opened(scene: Scene) -> None:
    assert await scene.do("opens", room="operator", url="http://127.0.0.1:4242/i/1") == {
        "page": "http://127.0.0.1:4242/i/1"
    }
    elsewhere = await scene.do("opens", room="operator", url="https://example.com/pay")
    assert elsewhere == {"notice": "example.com is not on this machine: nothing is opened."}


@pytest.mark.parametrize(
    "wish",
    [
        {"do": "says", "room": "group", "as": "telegram:nobody", "text": "hi"},
        {"do": "says", "room": "live", "as": "seller", "text": "hi"},
        {"do": "says", "room": "operator", "text": "  "},
        {"do": "taps", "room": "operator", "message": 99, "button": 0},
        {"do": "taps", "room": "facebook:LanNguyen", "mid": "m_none", "button": 0},
        {"do": "starts", "room": "facebook:LanNguyen"},
        {"do": "crowd", "rate": 7},
        {},
    ],
)
async def test_what_cannot_be_done_is_said_and_does_nothing(scene: Scene, wish: dict[str, Any]) -> None:
    scene.rooms.look()
    before = scene.board.since("", 0)
    with pytest.raises(Misasked):
        await scene.acts.do(wish)
    scene.rooms.look()
    assert scene.board.since("", 0) == before


async def test_the_evening_is_only_played_while_nobody_has_begun(scene: Scene) -> None:
    await scene.do("says", room="group", **{"as": "telegram:ana_o"}, text="hello")
    with pytest.raises(Misasked, match="has begun"):
        await scene.do("evening")


# The product's side


def _show(number: int, status: str, *codes: str) -> dict[str, Any]:
    items = [{"code": code} for code in codes]
    return {"id": "1.1", "type": "show.updated", "data": {"id": number, "status": status, "items": items}}


def _claim(seq: int, status: str, claim_id: int | None = None) -> dict[str, Any]:
    data = {"id": claim_id, "show_id": 1, "seq": seq, "status": status}
    return {"id": f"2.{seq}", "type": "claim.created", "data": data}


def _invoice(number: int, status: str) -> dict[str, Any]:
    data = {"id": number, "show_id": 1, "status": status, "delivery": None}
    return {"id": "3.1", "type": "invoice.updated", "data": data}


def test_a_comment_decided_by_the_operator_is_one_line_not_two(scene: Scene) -> None:
    scene.product.take(_show(1, "live", "12"))
    scene.product.take(_claim(1, "ambiguous"))
    scene.product.take(_claim(1, "winner", claim_id=5))
    assert list(scene.product.sale.claims) == ["1-5"]
    assert scene.board["tally"]["winner"] == 1
    assert scene.board["tally"]["ambiguous"] == 0


def test_the_ledger_on_the_page_ends_somewhere_and_its_sums_do_not(scene: Scene) -> None:
    scene.product.take(_show(1, "live", "12"))
    for seq in range(SHOWN + 20):
        scene.product.take(_claim(seq, "ignored"))
    shown = [key for key in scene.board.since("", 0).values if key.startswith("claim/")]
    assert len(shown) == SHOWN
    assert scene.board["tally"]["ignored"] == SHOWN + 20


def test_another_show_clears_the_page_and_coming_back_fills_it_again(scene: Scene) -> None:
    scene.product.take(_show(1, "ended", "12"))
    scene.product.take(_claim(1, "winner", claim_id=5))
    scene.product.take(_invoice(9, "sent"))
    scene.product.take(_show(2, "draft"))
    values = scene.board.since("", 0).values
    assert not [key for key in values if key.startswith(("claim/", "invoice/"))]
    scene.product.take(_show(1, "ended", "12"))
    assert scene.board["claim/1-5"]["status"] == "winner"
    assert scene.board["invoice/9"]["status"] == "sent"


def test_how_a_link_fares_is_shown_with_its_invoice_and_thanks_are_not(scene: Scene) -> None:
    scene.product.take(_show(1, "ended", "12"))
    scene.product.take(_invoice(9, "draft"))
    for purpose, status in (("link", "manual"), ("thanks", "sent")):
        told = {"id": 1, "invoice_id": 9, "purpose": purpose, "status": status, "rung": "private chat", "error": None}
        scene.product.take({"id": "4.1", "type": "delivery.updated", "data": told})
    assert scene.board["invoice/9"]["delivery"] == {"status": "manual", "rung": "private chat", "error": None}


def test_what_is_unknown_or_gone_changes_nothing(scene: Scene) -> None:
    before = scene.board.since("", 0)
    scene.product.take({"id": "0.0", "type": "hello"})
    scene.product.take({"id": "5.1", "type": "weather.changed", "data": {"sun": True}})
    scene.product.take({"id": "6.1", "type": "invoice.updated", "data": {}})
    assert scene.board.since("", 0) == before


async def test_the_next_step_goes_with_the_evening(scene: Scene) -> None:
    def title() -> str:
        return next_step(scene.stage, scene.product.sale, lambda: "ABCD-EFGH").offers[0].title

    network, chat = scene.stage.telegram.network, scene.stage.seller.chat(scene.stage.bot)
    titles = [title()]
    for text in ("Welcome, Mai!", "Stripe is connected: Sandbox Shop."):
        network.post(chat, scene.stage.bot, typed(text))
        titles.append(title())
    for message in (
        _show(1, "draft"),
        _show(1, "draft", "12"),
        _show(1, "live", "12"),
        _claim(1, "winner", claim_id=5),
        _show(1, "ended", "12"),
        _invoice(9, "sent"),
        _invoice(9, "paid"),
    ):
        scene.product.take(message)
        titles.append(title())
    assert titles == [
        "Pair",
        "Connect Stripe",
        "New show",
        "Add 7 items",
        "Go live",
        "Claims",
        "End the show",
        "Invoice all",
        "Status",
        "Status",
    ]


# The crowd, and mischief


async def test_the_crowd_says_the_same_in_every_evening_and_stops_when_told(tmp_path: Path) -> None:
    heard = []
    for _ in range(2):
        scene = Scene(tmp_path)
        await scene.stage.page.goes_live("Friday")
        await scene.do("crowd", rate=200)
        async with asyncio.timeout(PATIENCE):
            while scene.crowd.said < 50:
                await scene.board.beyond(scene.board.since("", 0).upto)
        await scene.do("crowd", rate=0)
        said = scene.crowd.said
        await scene.crowd.stop()
        assert scene.crowd.said == said
        assert scene.board["crowd"] == {"rate": 0, "said": said}
        comments = scene.stage.page.live_videos[0].comments[:30]
        heard.append([(comment.author_name, comment.text) for comment in comments])
    assert len(heard[0]) == 30
    assert heard[0] == heard[1]


async def test_webhooks_can_be_held_and_come_twice(scene: Scene, client: aiohttp.ClientSession) -> None:
    came: list[str] = []

    async def hook(request: web.Request) -> web.Response:
        came.append((await request.json())["id"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    stripe = scene.till.stand_in
    await stripe.start()
    try:
        async with TestServer(app) as server:
            stripe.add_endpoint(str(server.make_url("/hook")), "whsec_1")
            await scene.do("webhooks", twice=True, late=False, held=True)
            headers = {"Authorization": f"Bearer {DEFAULT_KEY}"}
            async with client.post(f"{stripe.url}/v1/customers", data={"name": "Ana"}, headers=headers) as made:
                assert made.status == 200
            await stripe.drain()
            assert came == []
            await scene.do("webhooks", twice=True, late=False, held=False)
            await stripe.drain()
            assert len(came) == 2
            assert len(set(came)) == 1
            assert scene.board["webhooks"] == {"twice": True, "late": False, "held": False}
    finally:
        await stripe.stop()


# The whole of it


async def test_the_demo_prints_one_address_and_ctrl_c_stops_everything(
    tmp_path: Path, client: aiohttp.ClientSession
) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert demo.stdout is not None
    try:
        said = b""
        async with asyncio.timeout(STARTS_WITHIN):
            while b"http://" not in said:
                said = await demo.stdout.readline()
                assert said, "the demo ended before it printed an address"
        url = said.decode().split()[-1]
        async with client.ws_connect(f"{url}/ws", origin=url) as socket:
            step: dict[str, Any] = {}
            async with asyncio.timeout(STARTS_WITHIN):
                while not step:
                    step = (await socket.receive_json()).get("values", {}).get("step", {})
                await socket.send_json({"do": "says", "id": 1, "room": "operator", "text": step["offers"][0]["text"]})
                while "Welcome" not in str(await socket.receive_json()):
                    pass
        demo.send_signal(signal.SIGINT)
        async with asyncio.timeout(STARTS_WITHIN):
            rest = (await demo.stdout.read()).decode()
            assert await demo.wait() == 130, rest
        assert rest.strip().endswith("Stopped.")
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(url)
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
