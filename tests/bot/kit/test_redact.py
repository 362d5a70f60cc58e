"""Secrets never reach a log line, and everything else does."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.kit import redact as redacting
from bot.kit.redact import redact

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a shared machine is proves nothing."""

STRIPE_LIVE = "sk_live_51HabcDEFghiJKLmnoPQRstu4242"
STRIPE_RESTRICTED = "rk_test_51HabcDEFghiJKLmnoPQRstu4242"
WEBHOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TELEGRAM = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
FACEBOOK = "EAAGm0PX4ZCpsBAKZCqvZA2ZBxyz0123456789abcdefghijklmnop"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"

SQUARE_REFRESH = "EQAAEHxSJ3mT8vYb2nQw5rLk9pXcZdGfHaVuEo1tNi6sMq4y"
SQUARE_SECRET = "sq0csp-Vb3kQ9wXz1LmN8rT5yHuJ2"
PAY_TOKEN = "Vb3kQ9wXz1LmN8rT5yHuJ2"
API_TOKEN = "Vb3kQ9wXz1LmN8rT5yHuJ2-mT8vYb2nQw5rLk9pXcZ"

LINES = [
    (f"renewing {SQUARE_REFRESH}", SQUARE_REFRESH),
    (f"Authorization: Client {SQUARE_SECRET}", SQUARE_SECRET),
    (f"key {STRIPE_LIVE} is dead", STRIPE_LIVE),
    (f"key={STRIPE_RESTRICTED};", STRIPE_RESTRICTED),
    ("key sk_test_123 is dead", "sk_test_123"),
    (f"'{WEBHOOK}'", WEBHOOK),
    (f"POST https://api.telegram.org/bot{TELEGRAM}/sendMessage", TELEGRAM.partition(":")[2]),
    ("POST http://127.0.0.1:8081/bot123:ABC/getMe failed", "123:ABC"),
    (f"GET /file/bot{TELEGRAM.replace(':', '%3A')}/x.jpg", TELEGRAM.partition(":")[2]),
    (f"token is {TELEGRAM}", TELEGRAM.partition(":")[2]),
    (f"page token {FACEBOOK}!", FACEBOOK),
    (f"https://graph.facebook.com/me?access_token={FACEBOOK}&fields=id", FACEBOOK),
    ("https://graph.facebook.com/me?access_token=short1&fields=id", "short1"),
    ('{"access_token": "abc-def", "expires_in": 60}', "abc-def"),
    ("{'client_secret': 'hush-hush'}", "hush-hush"),
    ('{"access_token":"abc-def","expires_in":60}', "abc-def"),
    ("Settings(password=hunter22, host='db')", "hunter22"),
    ("Authorization: Bearer abc.DEF-123", "abc.DEF-123"),
    ("authorization: basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
    ("postgresql+asyncpg://assist:s3cr3t@db:5432/assist", "s3cr3t"),
    (f"apikey header {JWT}", JWT),
    (f"GET https://assist.example/pay/{PAY_TOKEN} 302", PAY_TOKEN),
    (f"token of the shop: la_{API_TOKEN} (read)", API_TOKEN),
]


@pytest.mark.parametrize(("line", "secret"), LINES)
def test_a_secret_is_blotted_out_and_its_surroundings_stay(line: str, secret: str) -> None:
    before, _, after = line.partition(secret)
    shown = redact(line)
    assert secret not in shown
    assert shown.startswith(before.split(" ")[0])
    assert shown.endswith(after)


@pytest.mark.parametrize(
    "line",
    [
        "sold 12 to @mai (1 left) at 12:30:45",
        "invoice 2026-0007 is 1,250 JPY; see https://invoice.stripe.com/i/acct_1/test_abc",
        "risk_management_plan and task_live_view",
        "the token expired: ask for a new one",
        "http://127.0.0.1:8080/readyz answered 200",
        "EAAt more fruit",
    ],
)
def test_ordinary_lines_are_untouched(line: str) -> None:
    assert redact(line) == line


@unhurried
@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@unhurried
@given(
    st.text(alphabet=st.characters(codec="ascii", categories=("L", "N")), min_size=16, max_size=100),
    st.text(),
    st.text(),
)
def test_a_stripe_key_is_found_wherever_it_stands(rest: str, before: str, after: str) -> None:
    assert rest not in redact(f"{before} sk_live_{rest} {after}").replace(before, "").replace(after, "")


def test_a_long_line_without_spaces_is_quick() -> None:
    for text in ("://a:" * 20_000, "a_" * 50_000, "1" * 100_000, "token" * 20_000, "eyJ-" * 25_000):
        assert redact(text) == text


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the root logger writes, after `install`."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    others, root.handlers = root.handlers, [handler]
    redacting.install()
    wrapped = handler.formatter
    redacting.install()
    assert handler.formatter is wrapped
    yield stream
    root.handlers = others


def test_messages_and_their_arguments_are_redacted(written: io.StringIO) -> None:
    logging.getLogger("anything").error("cannot use %s for %s", STRIPE_LIVE, {"access_token": FACEBOOK})
    assert STRIPE_LIVE not in written.getvalue()
    assert FACEBOOK not in written.getvalue()
    assert written.getvalue().startswith("ERROR cannot use sk_live_… for ")


def test_tracebacks_are_redacted(written: io.StringIO) -> None:
    try:
        raise ValueError(f"https://api.telegram.org/bot{TELEGRAM}/getMe")
    except ValueError:
        logging.getLogger("anything").exception("it went wrong")
    assert TELEGRAM not in written.getvalue()
    assert "ValueError: https://api.telegram.org/bot110201543:…/getMe" in written.getvalue()


def test_a_secret_split_over_the_message_and_an_argument_is_found(written: io.StringIO) -> None:
    logging.getLogger("anything").error("/bot%s:%s/", *TELEGRAM.split(":"))
    assert TELEGRAM.partition(":")[2] not in written.getvalue()
