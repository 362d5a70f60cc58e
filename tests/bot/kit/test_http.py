"""Whatever a service does on the wire, the caller soon gets an answer or the right kind of error."""

from __future__ import annotations

import asyncio
import gzip
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from bot.kit.errors import OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.http import Answer, Http

TOKEN = "not-to-be-quoted"


class Service:
    """A service with one path, which does what the test says."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.behave: Callable[[web.Request], Awaitable[web.StreamResponse]] = _says_hello

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        return await self.behave(request)


async def _says_hello(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"hello": "lan"}, headers={"Retry-After": "7"})


async def _hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def _cuts(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _breaks_off_midway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half of ")
    return await _cuts(request)


async def _never_ends(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 10_000)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service.url = f"http://{host}:{port}/v1"
    yield service
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http(timeout=5, body_limit=100_000)
    yield http
    await http.close()


async def test_an_answer_has_its_status_headers_and_json(service: Service, http: Http) -> None:
    answer = await http.request("POST", service.url, params={"a": "1 2"}, json={"text": "测试"})
    assert (answer.status, answer.ok, answer.json()) == (200, True, {"hello": "lan"})
    assert answer.headers["retry-after"] == "7"
    assert service.requests[0].query["a"] == "1 2"
    assert service.requests[0].content_type == "application/json"


async def test_a_form_goes_out_as_a_form(service: Service, http: Http) -> None:
    await http.request("POST", service.url, form={"text": "a&b"})
    assert service.bodies == [b"text=a%26b"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_there_means_nothing_was_sent(http: Http, method: str) -> None:
    with socket.socket() as taken:
        # Bound and not listening: connections are refused, and nobody else gets the port.
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await http.request(method, f"http://127.0.0.1:{taken.getsockname()[1]}/?access_token={TOKEN}")


@pytest.mark.parametrize("behave", [_hangs, _cuts, _breaks_off_midway, _never_ends])
@pytest.mark.parametrize(("method", "error"), [("POST", OutcomeUnknown), ("GET", Unreachable)])
async def test_a_call_cut_off_may_have_worked_and_a_read_can_be_done_again(
    service: Service,
    http: Http,
    behave: Callable[[web.Request], Awaitable[web.StreamResponse]],
    method: str,
    error: type[OutsideError],
) -> None:
    service.behave = behave
    with pytest.raises(error) as caught:
        await http.request(
            method, service.url, params={"access_token": TOKEN}, timeout=0.2 if behave is _hangs else None
        )
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_a_small_packet_that_unpacks_to_a_huge_one_is_cut_short(service: Service, http: Http) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def behave(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    service.behave = behave
    with pytest.raises(OutcomeUnknown, match="more than 100000 bytes"):
        await http.request("POST", service.url)


async def test_a_redirect_is_an_answer_and_is_not_followed(service: Service, http: Http) -> None:
    async def behave(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"{service.url}/inside"})

    service.behave = behave
    answer = await http.request("GET", service.url)
    assert (answer.status, answer.ok, len(service.requests)) == (302, False, 1)


@pytest.mark.parametrize("url", ["nonsense", "ftp://files.example/x", "http://[", "http://"])
async def test_what_is_no_web_address_is_refused(http: Http, url: str) -> None:
    with pytest.raises(Refused):
        await http.request("GET", url + f"?access_token={TOKEN}")


async def test_a_closed_client_opens_again_when_it_is_needed(service: Service, http: Http) -> None:
    await http.request("GET", service.url)
    await http.close()
    assert (await http.request("GET", service.url)).ok


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b'{"a":', b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Answer(200, {}, body, at=0).json()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("86400", 86_400.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2020 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_how_long_to_wait_is_read_from_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert Answer(429, {"Retry-After": header}, b"", at=1_767_225_600.0).retry_after == seconds
