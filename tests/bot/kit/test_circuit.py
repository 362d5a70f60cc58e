"""A dead service is left alone after a few calls, and found alive again by one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from bot.kit.circuit import OPENS_AFTER, REST_SECONDS, Circuit
from bot.kit.errors import OutcomeUnknown, Unreachable
from bot.kit.http import Http


class Ticks:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def circuit(ticks: Ticks) -> Circuit:
    return Circuit("Stripe", clock=ticks)


def fails(circuit: Circuit, times: int, trouble: type[BaseException] = TimeoutError) -> None:
    """So many calls get through, and this comes of them."""
    for _ in range(times):
        with pytest.raises(trouble), circuit.call():
            raise trouble


def is_let_through(circuit: Circuit) -> bool:
    try:
        with circuit.call():
            return True
    except Unreachable:
        return False


def test_a_few_failures_are_nothing_and_an_answer_in_between_begins_the_count_again(circuit: Circuit) -> None:
    fails(circuit, OPENS_AFTER - 1)
    assert is_let_through(circuit)
    fails(circuit, OPENS_AFTER - 1)
    assert is_let_through(circuit)


@pytest.mark.parametrize("trouble", [TimeoutError, ConnectionResetError, aiohttp.ServerDisconnectedError])
def test_after_several_in_a_row_nothing_is_sent_until_a_while_has_passed(
    circuit: Circuit, ticks: Ticks, trouble: type[BaseException]
) -> None:
    fails(circuit, OPENS_AFTER, trouble)
    ticks.now += REST_SECONDS - 0.01
    assert not is_let_through(circuit)
    ticks.now += 0.01
    assert is_let_through(circuit)
    assert is_let_through(circuit)


def test_one_call_tries_whether_it_answers_again_and_all_others_wait_for_that(circuit: Circuit, ticks: Ticks) -> None:
    fails(circuit, OPENS_AFTER)
    ticks.now += REST_SECONDS
    with suppress(TimeoutError), circuit.call():
        assert not is_let_through(circuit)
        raise TimeoutError
    assert not is_let_through(circuit)
    ticks.now += REST_SECONDS
    assert is_let_through(circuit)


def test_a_try_that_is_called_off_says_nothing_and_leaves_the_next_one_free(circuit: Circuit, ticks: Ticks) -> None:
    fails(circuit, OPENS_AFTER)
    ticks.now += REST_SECONDS
    fails(circuit, 1, asyncio.CancelledError)
    assert is_let_through(circuit)


def test_what_is_wrong_with_us_or_with_the_answer_is_no_silence(circuit: Circuit) -> None:
    fails(circuit, OPENS_AFTER, OutcomeUnknown)
    fails(circuit, OPENS_AFTER, KeyError)
    assert is_let_through(circuit)


class Phone:
    """A port that answers or hangs up, and counts the calls."""

    def __init__(self) -> None:
        self.answers = False
        self.calls = 0
        self.url = ""

    async def pick_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.calls += 1
        if self.answers:
            writer.write(b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            await writer.drain()
        writer.close()


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    server = await asyncio.start_server(phone.pick_up, "127.0.0.1", 0)
    phone.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield phone
    server.close()


@pytest.fixture
async def http(ticks: Ticks) -> AsyncIterator[Http]:
    http = Http(clock=ticks)
    yield http
    await http.close()


async def test_the_client_leaves_a_dead_host_alone_and_no_other(phone: Phone, http: Http, ticks: Ticks) -> None:
    for _ in range(OPENS_AFTER):
        with pytest.raises(OutcomeUnknown):
            await http.request("POST", phone.url)
    phone.answers = True
    for method in ("POST", "GET"):
        with pytest.raises(Unreachable, match="has not answered for a while"):
            await http.request(method, phone.url)
    assert phone.calls == OPENS_AFTER
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening: another dead one, with a count of its own
        with pytest.raises(Unreachable, match="cannot be reached"):
            await http.request("POST", f"http://127.0.0.1:{taken.getsockname()[1]}/")
    ticks.now += REST_SECONDS
    assert (await http.request("POST", phone.url)).status == 502
    assert (await http.request("POST", phone.url)).status == 502
    assert phone.calls == OPENS_AFTER + 2
