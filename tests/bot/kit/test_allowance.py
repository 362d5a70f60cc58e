"""How often somebody may ask: per key, without waiting, in a memory that does not grow."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.kit.allowance import Allowance
from bot.pay.doorman import PER_ADDRESS, Doorman


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_welcome_and_then_one_at_a_time() -> None:
    time = Time()
    allowance = Allowance(every=2.0, burst=3, clock=time)
    assert [allowance.take("mai") for _ in range(3)] == [0, 0, 0]
    assert allowance.take("mai") == pytest.approx(2.0)
    assert allowance.take("lan") == 0
    time.now += 2.0
    assert allowance.take("mai") == 0
    assert allowance.take("mai") > 0


def test_who_is_refused_does_not_wait_longer_for_asking() -> None:
    time = Time()
    allowance = Allowance(every=2.0, burst=1, clock=time)
    allowance.take("mai")
    for _ in range(100):
        allowance.take("mai")
    assert allowance.take("mai") == pytest.approx(2.0)


def test_so_many_are_remembered_and_no_more() -> None:
    allowance = Allowance(every=2.0, burst=1, clock=Time(), most_keys=10)
    for number in range(1000):
        assert allowance.take(str(number)) == 0
    assert len(allowance._due) == 10
    assert allowance.take("999") > 0


@pytest.mark.parametrize(
    ("proxies", "said", "address"),
    [
        (0, "6.6.6.6", "203.0.113.9"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "203.0.113.9"),
        (1, "not an address", "203.0.113.9"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_only_a_trusted_proxy_says_where_somebody_comes_from(proxies: int, said: str, address: str) -> None:
    request = make_mocked_request("GET", "/pay/x", headers={"X-Forwarded-For": said}).clone(remote="203.0.113.9")
    assert Doorman(proxies=proxies).address_of(request) == address


def test_one_address_cannot_try_many_links_and_a_proxy_speaks_for_everybody() -> None:
    request = make_mocked_request("GET", "/pay/x")
    _, burst = PER_ADDRESS
    for remote, welcome in (("8.8.8.8", burst), ("10.0.0.1", 3 * burst)):
        doorman, visit = Doorman(proxies=0), request.clone(remote=remote)
        waits = [doorman.wait(visit, f"token-{number}") for number in range(3 * burst)]
        assert sum(wait == 0 for wait in waits) == welcome
