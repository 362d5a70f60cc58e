"""Stripe's line when it is bad: every way to fail is told apart by what to do next."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.stripe import StripeProvider, wire
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.retry import IN_GOOD_TIME

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
KEY = "sk_test_51HabcDEFghiJKL4242"
INVOICE = {
    "id": "in_1",
    "object": "invoice",
    "status": "open",
    "currency": "usd",
    "total": 4150,
    "amount_paid": 0,
    "customer": "cus_1",
    "hosted_invoice_url": "https://invoice.stripe.com/i/1",
}

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(status: int, body: str | bytes, *headers: str, content_type: str = "application/json") -> bytes:
    content = body.encode() if isinstance(body, str) else body
    head = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + content


def refusal(status: int, *headers: str, **error: str) -> bytes:
    return http(status, json.dumps({"error": {"message": "No.", **error}}), *headers)


@asynccontextmanager
async def asked(
    answer: bytes | Answer, *, timeout: float = 5.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[StripeProvider, list[bytes], str]]:
    """A provider whose Stripe gives this one answer, the requests that reached it, and where it is."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    provider = StripeProvider(StripeProvider.Settings(KEY, base, timeout=timeout), clock=lambda: NOW)
    try:
        yield provider, requests, base
    finally:
        await provider.close()
        server.close()


async def error_for(answer: bytes | Answer, *, timeout: float = 5.0) -> OutsideError:
    """What comes of a call that changes something: it is sent once, and never again by anybody but us."""
    async with asked(answer, timeout=timeout) as (provider, requests, _base):
        with pytest.raises(OutsideError) as caught:
            await provider.open_webhook("https://assist.example/webhooks/stripe/1", key="open-1")
        assert [request[:5] for request in requests] == [b"POST "]
        return caught.value


async def test_a_good_answer_is_read_whatever_it_calls_itself() -> None:
    async with asked(http(200, json.dumps(INVOICE), content_type="text/plain")) as (provider, requests, _base):
        invoice = await provider.ask_invoice("in_1")
    assert invoice.state == "open"
    assert invoice.url == "https://invoice.stripe.com/i/1"
    assert b"stripe-version: 2026-10-28.endive" in requests[0].lower()


async def test_nobody_listening_means_nothing_happened() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        provider = StripeProvider(StripeProvider.Settings(KEY, base))
        with pytest.raises(Unreachable):
            await provider.ask_invoice("in_1")
        await provider.close()


@pytest.mark.parametrize("base", ["http://stripe.invalid", "http://", "nonsense"])
async def test_an_address_that_leads_nowhere_means_nothing_happened(base: str) -> None:
    provider = StripeProvider(StripeProvider.Settings(KEY, base))
    with pytest.raises(Unreachable):
        await provider.ask_invoice("in_1")
    await provider.close()


async def test_a_certificate_nobody_trusts_means_nothing_was_sent(tmp_path: Path) -> None:
    async with asked(http(200, json.dumps(INVOICE)), tls=self_signed(tmp_path)) as (provider, requests, _base):
        with pytest.raises(Unreachable):
            await provider.ask_invoice("in_1")
        assert requests == []


async def test_silence_ends_after_the_timeout_with_the_outcome_unknown() -> None:
    async def hang(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    assert type(await error_for(hang, timeout=1.0)) is OutcomeUnknown


async def test_a_body_that_stops_halfway_ends_after_the_timeout() -> None:
    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(http(200, json.dumps(INVOICE))[:-5])
        await asyncio.sleep(3600)

    assert type(await error_for(stall, timeout=1.0)) is OutcomeUnknown


async def test_a_cut_connection_leaves_the_outcome_unknown() -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert type(await error_for(cut)) is OutcomeUnknown


async def test_an_answer_without_end_is_not_swallowed() -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while written < 1_000_000_000:
            writer.write(b" " * 2**20)
            written += 2**20
            await writer.drain()

    error = await error_for(flood)
    assert type(error) is OutcomeUnknown
    assert error.code == "answer_too_long"
    assert written < 8 * wire.LONGEST_ANSWER


@pytest.mark.parametrize(
    "answer",
    [
        http(200, json.dumps(INVOICE))[:-20],
        b"SMTP ready\r\n",
        b"",
        http(200, ""),
        http(200, "<html>Welcome to the hotel Wi-Fi</html>", content_type="text/html"),
        http(200, json.dumps(INVOICE)[:-1]),
        http(200, "[1]"),
        http(200, "null"),
        http(200, b"\xff\xfe\x00"),
        http(200, "[" * 100_000),
        http(200, '{"error": {"message": "refused after all"}}'),
        http(200, '{"object": "webhook_endpoint"}'),
        http(204, ""),
        http(502, "<html>Bad gateway</html>", content_type="text/html"),
        http(500, "{}"),
        http(400, '{"message": "not Stripe\'s envelope"}'),
        http(403, "<html>Blocked</html>", content_type="text/html"),
        http(404, '{"error": "not found"}'),
    ],
    ids=lambda answer: answer.partition(b"\r\n\r\n")[2][:24].decode("latin-1") or answer[:16].decode(),
)
async def test_an_answer_that_is_not_stripes_leaves_the_outcome_unknown(answer: bytes) -> None:
    assert type(await error_for(answer)) is OutcomeUnknown


@pytest.mark.parametrize(
    "strange",
    [
        {"status": "hatching"},
        {"status": None},
        {"total": "4150"},
        {"currency": 5},
        {"amount_paid": None},
        {"id": None},
    ],
)
async def test_an_invoice_that_makes_no_sense_leaves_the_outcome_unknown(strange: dict[str, object]) -> None:
    async with asked(http(200, json.dumps(INVOICE | strange))) as (provider, _requests, _base):
        with pytest.raises(OutcomeUnknown):
            await provider.ask_invoice("in_1")


async def test_yes_from_a_stranger_is_no_confirmation() -> None:
    async with asked(http(200, '{"ok": true}')) as (provider, _requests, _base):
        with pytest.raises(OutcomeUnknown):
            await provider.close_webhook("we_1")


async def test_a_redirect_is_not_followed() -> None:
    async with asked(http(200, json.dumps(INVOICE))) as (_elsewhere, hits, base):
        error = await error_for(http(307, "", f"Location: {base}/v1/invoices/in_1"))
        assert hits == []
    assert type(error) is OutcomeUnknown
    assert error.code == "http_307"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refusal(400, code="amount_too_small"), Refused, "amount_too_small"),
        (refusal(402, code="card_declined", type="card_error"), Refused, "card_declined"),
        (refusal(404, code="resource_missing"), Refused, "resource_missing"),
        (refusal(400, type="invalid_request_error"), Refused, "invalid_request_error"),
        (refusal(401), NotAuthorised, "http_401"),
        (refusal(401, code="api_key_expired"), NotAuthorised, "api_key_expired"),
        (refusal(409, code="idempotency_key_in_use"), Busy, "idempotency_key_in_use"),
        (refusal(429, code="rate_limit"), Busy, "rate_limit"),
        (refusal(429, code="lock_timeout"), Busy, "lock_timeout"),
        (refusal(400, code="rate_limit"), Busy, "rate_limit"),
        (http(429, "slow down"), Busy, "http_429"),
        (refusal(418), OutcomeUnknown, "http_418"),
    ],
)
async def test_stripes_refusals_keep_their_code(answer: bytes, kind: type[OutsideError], code: str) -> None:
    error = await error_for(answer)
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize("status", [409, 429, 500])
@pytest.mark.parametrize(("word", "again"), [("true", True), ("false", False), ("FALSE", False), ("perhaps", True)])
async def test_stripe_says_itself_what_is_not_to_be_tried_again(status: int, word: str, again: bool) -> None:
    async with asked(refusal(status, f"Stripe-Should-Retry: {word}")) as (provider, _requests, _base):
        with pytest.raises(OutsideError) as caught:
            await provider.ask_invoice("in_1")
    assert caught.value.again is again
    assert (IN_GOOD_TIME.wait(caught.value, 0) is not None) is again


async def test_a_refusal_that_is_to_be_tried_again_is_none() -> None:
    error = await error_for(refusal(400, "Stripe-Should-Retry: true", "Retry-After: 7", code="resource_busy"))
    assert isinstance(error, Busy)
    assert error.retry_after == 7


async def test_a_key_that_is_in_use_says_how_long() -> None:
    error = await error_for(refusal(409, "Retry-After: 3", code="idempotency_key_in_use"))
    assert isinstance(error, Busy)
    assert error.retry_after == 3


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_narrower_errors_are_still_of_the_common_tree(status: int) -> None:
    assert isinstance(await error_for(refusal(status)), NotAuthorised if status == 403 else OutcomeUnknown)


async def test_a_refusal_is_a_sentence_with_stripes_reason_and_what_to_do() -> None:
    error = await error_for(refusal(400, code="amount_too_small", message="Amount must be at least $0.50 usd."))
    assert str(error) == "Stripe refused: Amount must be at least $0.50 usd. Add an item or raise a price."


async def test_a_key_in_stripes_message_is_not_passed_on() -> None:
    error = await error_for(refusal(403, message=f"The key {KEY} may not do this"))
    assert KEY not in str(error)


def http_date(moment: datetime) -> str:
    return f"{moment:%a, %d %b %Y %H:%M:%S} GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("120", 120.0),
        (http_date(NOW + timedelta(seconds=9)), 9.0),
        ("86400", 3600.0),
        ("9" * 400, 3600.0),
        (http_date(NOW + timedelta(days=1)), 3600.0),
        ("0", None),
        ("-5", None),
        (http_date(NOW - timedelta(seconds=9)), None),
        ("soon", None),
        ("", None),
        ("Fri, 99 Nov 2026 19:00:00 GMT", None),
    ],
)
@pytest.mark.parametrize("body", ['{"error": {"message": "Slow down", "code": "rate_limit"}}', "slow down"])
async def test_how_long_to_wait_is_taken_from_the_answer_within_reason(
    body: str, header: str, seconds: float | None
) -> None:
    error = await error_for(http(429, body, f"Retry-After: {header}"))
    assert isinstance(error, Busy)
    assert error.retry_after == seconds


async def test_without_a_word_about_waiting_there_is_none() -> None:
    error = await error_for(refusal(429))
    assert isinstance(error, Busy)
    assert error.retry_after is None


async def test_a_provider_that_was_never_used_closes_and_closing_twice_is_fine() -> None:
    provider = StripeProvider(StripeProvider.Settings(KEY))
    await provider.close()
    await provider.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server with a certificate that no authority vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
