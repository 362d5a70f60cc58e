"""The Facebook stand-in's Graph: tokens and proofs, subscriptions, comments, public replies, echoes."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.facebook import FacebookStandIn, LiveVideo, Page, Person
from sandbox.facebook.server import app_secret_proof

Answer = tuple[int, dict[str, Any]]


class Clock:
    def __init__(self) -> None:
        self.time = 1_795_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def facebook(clock: Clock) -> AsyncIterator[FacebookStandIn]:
    facebook = FacebookStandIn(app_secret="app-secret", verify_token="verify-me", now=clock)
    await facebook.start()
    yield facebook
    await facebook.stop()


@pytest.fixture
def page(facebook: FacebookStandIn) -> Page:
    return facebook.add_page("1001", "Lan's Closet", "page-token")


@pytest.fixture
async def live(page: Page) -> LiveVideo:
    return await page.goes_live("Friday jade")


@pytest.fixture
def mai(facebook: FacebookStandIn, page: Page) -> Person:
    return facebook.person("Mai")


class Graph:
    """Calls the Graph API as an app would, with the Page's token unless told otherwise."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def call(self, method: str, path: str, **params: str) -> Answer:
        params = {"access_token": "page-token", **params}
        async with self.session.request(method, f"{self.url}/{path}", params=params) as response:
            return response.status, await response.json()

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        status, answer = await self.call("GET", path, **params)
        assert status == 200, answer
        return answer

    async def fails(self, method: str, path: str, **params: str) -> tuple[int, int, int | None]:
        status, answer = await self.call(method, path, **params)
        error = answer["error"]
        assert error["fbtrace_id"]
        return status, error["code"], error.get("error_subcode")


@pytest.fixture
async def graph(facebook: FacebookStandIn, page: Page) -> AsyncIterator[Graph]:
    async with aiohttp.ClientSession() as session:
        yield Graph(session, facebook.url)


async def test_me_is_the_page_of_the_token(graph: Graph) -> None:
    assert await graph.get("v26.0/me") == {"name": "Lan's Closet", "id": "1001"}
    assert await graph.get("1001", fields="name") == {"name": "Lan's Closet", "id": "1001"}


async def test_a_retired_version_is_refused(graph: Graph) -> None:
    assert await graph.fails("GET", "v21.0/me") == (400, 2635, None)


async def test_a_token_must_be_known_and_alive(graph: Graph, page: Page) -> None:
    assert await graph.fails("GET", "v26.0/me", access_token="guessed") == (400, 190, 467)
    page.loses_token(463)
    assert await graph.fails("GET", "v26.0/me") == (400, 190, 463)


async def test_a_call_without_a_token_is_refused(facebook: FacebookStandIn, graph: Graph) -> None:
    async with graph.session.get(f"{facebook.url}/v26.0/me") as response:
        assert (await response.json())["error"]["code"] == 104


async def test_a_bearer_token_is_as_good_as_a_parameter(facebook: FacebookStandIn, graph: Graph) -> None:
    headers = {"Authorization": "Bearer page-token"}
    async with graph.session.get(f"{facebook.url}/v26.0/me", headers=headers) as response:
        assert response.status == 200


async def test_a_proof_must_be_right_when_given_and_given_when_required(
    facebook: FacebookStandIn, graph: Graph
) -> None:
    proof = app_secret_proof("app-secret", "page-token")
    assert proof == "d8b448b9cc7d64c51098271805b3cc20b5b715e52bd587eb71b610259587c856"
    await graph.get("v26.0/me", appsecret_proof=proof)
    assert await graph.fails("GET", "v26.0/me", appsecret_proof="0" * 64) == (400, 100, None)
    facebook.require_proof = True
    assert await graph.fails("GET", "v26.0/me") == (400, 100, None)
    await graph.get("v26.0/me", appsecret_proof=proof)


async def test_the_token_of_one_page_does_not_open_another(facebook: FacebookStandIn, graph: Graph) -> None:
    other = facebook.add_page("1002", "Other", "other-token")
    live = await other.goes_live("Shoes")
    assert await graph.fails("GET", other.id) == (400, 100, 33)
    assert await graph.fails("GET", f"{live.id}/comments") == (400, 100, 33)
    assert await graph.fails("POST", f"{other.id}/messages") == (400, 100, 33)


async def test_paths_nobody_knows_are_refused(graph: Graph) -> None:
    assert await graph.fails("GET", "999") == (400, 100, 33)
    assert await graph.fails("GET", "me/friends") == (400, 100, None)
    assert await graph.fails("DELETE", "me") == (400, 100, 33)
    assert await graph.fails("GET", "me/comments/all") == (400, 2500, None)
    assert await graph.fails("GET", "me", fields="shoe_size") == (400, 100, None)
    assert await graph.fails("GET", "me", fields="id{") == (400, 100, None)


async def test_a_page_subscribes_replaces_and_unsubscribes(graph: Graph, page: Page) -> None:
    edge = "v26.0/1001/subscribed_apps"
    assert await graph.get(edge) == {"data": []}
    assert await graph.call("POST", edge, subscribed_fields="feed,messages") == (200, {"success": True})
    [app] = (await graph.get(edge))["data"]
    assert app.keys() == {"id", "name", "category", "link", "subscribed_fields"}
    assert app["subscribed_fields"] == ["feed", "messages"]
    assert await graph.fails("POST", edge, subscribed_fields="feed,gossip") == (400, 100, None)
    assert await graph.fails("POST", edge) == (400, 100, None)
    await graph.call("POST", edge, subscribed_fields='["live_videos"]')
    assert page.subscribed_fields == {"live_videos"}
    assert await graph.call("DELETE", edge) == (200, {"success": True})
    assert page.subscribed_fields == set()


async def test_a_live_video_leads_to_its_video_and_its_post(graph: Graph, page: Page) -> None:
    live = await page.goes_live("Friday jade", story_id="122")
    [found] = (await graph.get("me/live_videos", broadcast_status='["LIVE"]', fields="id,title,video{id}"))["data"]
    assert found == {"id": live.id, "title": "Friday jade", "video": {"id": live.video_id}}
    video = await graph.get(live.video_id, fields="post_id")
    assert video["post_id"] == live.post_id == "1001_122"
    assert (await graph.get(live.post_id))["message"] == "Friday jade"
    await live.ends()
    assert (await graph.get(live.id, fields="status"))["status"] == "VOD"
    assert (await graph.get("me/live_videos", broadcast_status="LIVE"))["data"] == []
    assert await graph.fails("GET", "me/live_videos", broadcast_status="ON") == (400, 100, None)


async def test_comments_are_read_newest_first_page_by_page(graph: Graph, live: LiveVideo, mai: Person) -> None:
    for number in range(5):
        await mai.comments(live, f"sold {number}")
    seen: list[str] = []
    answer = await graph.get(f"{live.id}/comments", order="reverse_chronological", limit="2", fields="message")
    while True:
        seen += [comment["message"] for comment in answer["data"]]
        if "next" not in answer["paging"]:
            break
        async with graph.session.get(answer["paging"]["next"]) as response:
            answer = await response.json()
    assert seen == [f"sold {number}" for number in (4, 3, 2, 1, 0)]
    back = await graph.get(
        f"{live.id}/comments",
        order="reverse_chronological",
        limit="2",
        before=answer["paging"]["cursors"]["before"],
    )
    assert [comment["message"] for comment in back["data"]] == ["sold 2", "sold 1"]


async def test_what_the_default_filters_hide_is_there_for_the_asking(
    graph: Graph, live: LiveVideo, mai: Person
) -> None:
    comment = await mai.comments(live, "sold 12")
    await mai.comments(live, "13", low_quality=True)
    reply = await mai.comments(live, "two please", reply_to=comment)

    async def texts(path: str, **params: str) -> list[str]:
        return [row["message"] for row in (await graph.get(path, **params))["data"]]

    assert await texts(f"{live.id}/comments") == ["sold 12"]
    assert await texts(f"{live.post_id}/comments", live_filter="no_filter") == ["sold 12", "13"]
    everything = {"live_filter": "no_filter", "filter": "stream"}
    assert await texts(f"{live.video_id}/comments", **everything) == ["sold 12", "13", "two please"]
    assert await texts(f"{comment.id}/comments") == ["two please"]
    assert (await graph.get(reply.id, fields="parent"))["parent"]["id"] == comment.id


async def test_comments_can_be_read_since_a_moment(graph: Graph, live: LiveVideo, mai: Person, clock: Clock) -> None:
    await mai.comments(live, "sold 12")
    clock.time += 60
    later = await mai.comments(live, "sold 13")
    for since in (str(int(clock.time) - 1), "2026-11-18T11:07:20+00:00"):
        answer = await graph.get(f"{live.id}/comments", since=since)
        assert [comment["id"] for comment in answer["data"]] == [later.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": "newest"},
        {"filter": "all"},
        {"live_filter": "off"},
        {"since": "yesterday-ish"},
        {"limit": "0"},
        {"after": "???"},
        {"colour": "red"},
        {"fields": "id,shoe_size"},
    ],
)
async def test_a_wrong_way_to_read_comments_is_refused(graph: Graph, live: LiveVideo, wrong: dict[str, str]) -> None:
    assert await graph.fails("GET", f"{live.id}/comments", **wrong) == (400, 100, None)


async def test_a_comment_tells_whether_it_can_be_answered_privately(
    graph: Graph, live: LiveVideo, mai: Person, clock: Clock
) -> None:
    clock.time += 90
    comment = await mai.comments(live, "sold 12")
    answer = await graph.get(comment.id, fields="can_reply_privately,from{id},live_broadcast_timestamp")
    assert answer == {
        "can_reply_privately": True,
        "from": {"id": mai.author_id},
        "live_broadcast_timestamp": 90,
        "id": comment.id,
    }
    clock.time += 8 * 24 * 3600
    assert (await graph.get(comment.id, fields="can_reply_privately"))["can_reply_privately"] is False


async def test_a_public_reply_is_a_comment_of_the_page(graph: Graph, page: Page, live: LiveVideo, mai: Person) -> None:
    comment = await mai.comments(live, "sold 12")
    status, answer = await graph.call("POST", f"{comment.id}/comments", message="@Mai please open our chat")
    assert status == 200
    reply = await comment.gets_reply(contains="open our chat")
    assert answer == {"id": reply.id}
    assert reply.by_page
    assert reply.parent is comment


async def test_a_live_video_takes_no_comment_by_its_own_id(graph: Graph, live: LiveVideo) -> None:
    assert await graph.fails("POST", f"{live.id}/comments", message="hi") == (400, 100, 33)
    assert await graph.fails("POST", f"{live.post_id}/comments") == (400, 100, None)
    for node in (live.post_id, live.video_id):
        status, _ = await graph.call("POST", f"{node}/comments", message="hi")
        assert status == 200
    assert [comment.text for comment in live.comments] == ["hi", "hi"]


async def test_our_own_message_comes_back_as_an_echo_with_what_we_marked_it_with(
    facebook: FacebookStandIn, graph: Graph, page: Page, mai: Person
) -> None:
    page.subscribed_fields = {"message_echoes", "message_deliveries"}
    await mai.messages(page, "hi")
    async with facebook.batch() as events:
        body = {
            "recipient": {"id": mai.psid(page)},
            "messaging_type": "RESPONSE",
            "message": {"text": "You won 12", "metadata": "delivery-1"},
        }
        url = f"{facebook.url}/me/messages?access_token=page-token"
        async with graph.session.post(url, json=body) as response:
            sent = await response.json()
    echo, delivered = [event.messaging or {} for event in events]
    assert echo["sender"] == {"id": page.id}
    assert echo["recipient"] == {"id": mai.psid(page)}
    assert echo["message"] == {
        "mid": sent["message_id"],
        "is_echo": True,
        "text": "You won 12",
        "app_id": int(facebook.app_id),
        "metadata": "delivery-1",
    }
    assert delivered["delivery"]["mids"] == [sent["message_id"]]


async def test_another_process_acts_and_reads_the_books(facebook: FacebookStandIn, graph: Graph) -> None:
    async def act(**words: str) -> dict[str, Any]:
        async with graph.session.post(f"{facebook.url}/_sandbox/act", json=words) as response:
            assert response.status == 200, await response.text()
            done: dict[str, Any] = await response.json()
            return done

    live = await act(do="goes_live", title="Friday jade")
    comment = await act(do="comments", person="Mai", on=live["live"], text="sold 12")
    button = {"type": "web_url", "title": "Pay now", "url": "https://pay.example/1"}
    payload = {"template_type": "button", "text": "Your invoice", "buttons": [button]}
    reply = {
        "recipient": {"comment_id": comment["comment"]},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    url = f"{facebook.url}/me/messages?access_token=page-token"
    async with graph.session.post(url, json=reply) as response:
        sent = await response.json()
    tapped = await act(do="taps", person="Mai", message=sent["message_id"], title="Pay now")
    assert tapped == {"url": "https://pay.example/1"}
    async with graph.session.get(f"{facebook.url}/_sandbox/books") as response:
        books = await response.json()
    [message] = books["people"][0]["inbox"]
    assert (message["text"], message["answers"]) == ("Your invoice", comment["comment"])
    [told] = books["pages"][0]["posts"][0]["comments"]
    assert (told["text"], told["private_reply"]) == ("sold 12", message["mid"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"do": "dance"}, "do one of"),
        ({"do": "goes_live"}, "'title'"),
        ({"do": "comments", "person": "Mai", "on": "1", "text": "x"}, "no post or live video"),
        ({"do": "hides", "comment": "1"}, "no Comment"),
    ],
)
async def test_an_act_that_cannot_be_done_says_why(
    facebook: FacebookStandIn, graph: Graph, words: dict[str, str], why: str
) -> None:
    async with graph.session.post(f"{facebook.url}/_sandbox/act", json=words) as response:
        assert response.status == 400
        assert why in (await response.json())["error"]


async def test_a_fault_is_served_as_told(facebook: FacebookStandIn, graph: Graph) -> None:
    facebook.fail("status", path="/me", status=500, body={"error": {"code": 2, "fbtrace_id": "x"}})
    assert await graph.fails("GET", "v26.0/me") == (500, 2, None)
    await graph.get("v26.0/me")
