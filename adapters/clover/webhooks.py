"""What Clover reports, in three voices, told apart by how each is vouched for.

- What was paid on a page: signed with the merchant's signing secret. Its fields are documented by labels only ("Id:
  Payment UUID", "Data: Checkout Session UUID") and written in several ways, so names are compared without case, and
  the page is found by its value when its name is missing. It carries no amount: the payment has to be asked.
  https://docs.clover.com/dev/docs/ecomm-hosted-checkout-webhook
- What happens to the app: the app's auth code in X-Clover-Auth, over a body that nobody signed. That a merchant took
  our access away is believed; payments are not, as they do not say which page they were for.
  https://docs.clover.com/dev/docs/webhooks
- The code that proves our address, before there is any secret: for a person to type, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NoReturn

from adapters.base import AccountState, AccountUpdate, Notice, PaymentState, PaymentUpdate, Update
from adapters.clover.checkouts import SESSION, read_time
from bot.kit.errors import BadInput, Forged
from bot.kit.signatures import verify_clover_app, verify_timestamped

STATES: Mapping[str, PaymentState] = {
    "PAYMENT APPROVED": PaymentState.PAID,
    "PAYMENT DECLINED": PaymentState.FAILED,
}
"""The type and the status of a report we act on."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9_-]{4,128}")
_LONGEST_TEXT = 300
_SELDOM = 600
"""Seconds in which one code is shown."""
_DEEPEST = 4
_SESSION_NAMES = ("data", "checkoutsessionid", "checkoutsession", "sessionid", "checkoutid")
_OTHER_IDS = ("id", "paymentid", "merchantid", "mid", "appid")


def read(headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Sequence[str]) -> list[Update]:
    """Verify and translate one delivery. Raises Forged, or BadInput when it is vouched for and yet no JSON.

    A setting may hold several secrets, with commas between: the app's auth code beside a merchant's signing secret.
    """
    secrets = [secret for given in secrets for secret in given.replace(",", " ").split()]
    signatures, codes = _given(headers, "clover-signature"), _given(headers, "x-clover-auth")
    if len(signatures) > 1 or len(codes) > 1:
        raise Forged
    if signatures:
        if not verify_timestamped(signatures[0], body, secrets=secrets, now=now):
            raise Forged
        return [_paid(_json(body), body, now)]
    if codes:
        if not verify_clover_app(codes[0], secrets=secrets):
            raise Forged
        return list(_of_app(_json(body), body, now))
    return [_address_check(body, now)]


def _paid(said: Any, body: bytes, now: datetime) -> PaymentUpdate:
    """One report about a page; what is strange about it makes it UNKNOWN."""
    raw = said if isinstance(said, dict) else {"body": said}
    fields = dict(_fields(raw))
    payment_id = _text(fields.get("id", fields.get("paymentid")), _ID)
    session = _session(fields)
    kind = f"{_word(fields.get('type')) or 'PAYMENT'} {_word(fields.get('status'))}".strip()
    state = STATES.get(kind, PaymentState.UNKNOWN)
    if session is None or (state is PaymentState.PAID and payment_id is None):
        state = PaymentState.UNKNOWN
    message = fields.get("message")
    return PaymentUpdate(
        provider="clover",
        # There is no id of the report. A payment is approved once; anything else is known by its bytes.
        event_id=f"{payment_id}:approved" if state is PaymentState.PAID else f"sha256:{sha256(body).hexdigest()}",
        kind=kind,
        state=state,
        account_id=_text(fields.get("merchantid"), _ID),
        external_id=None,
        payment_id=payment_id,
        checkout_id=session,
        workspace_uid=None,
        invoice_id=None,
        amount=None,
        reason=_clean(message) if state is PaymentState.FAILED and isinstance(message, str) else None,
        happened_at=read_time(_number(fields.get("createdtime"))) or now,
        livemode=True,
        confirm=state is PaymentState.PAID,
        raw=raw,
    )


def _of_app(said: Any, body: bytes, now: datetime) -> Iterator[Update]:
    """`{"appId", "merchants": {mId: [{"objectId": "A:…", "type": "DELETE", "ts"}]}}`."""
    merchants = said.get("merchants") if isinstance(said, dict) else None
    digest = sha256(body).hexdigest()
    for merchant, changes in (merchants if isinstance(merchants, dict) else {}).items():
        if not _ID.fullmatch(merchant):
            continue
        for number, change in enumerate(changes if isinstance(changes, list) else []):
            about = change if isinstance(change, dict) else {}
            thing, _, thing_id = str(about.get("objectId", ""))[:100].partition(":")
            kind = f"{_word(thing)} {_word(about.get('type'))}".strip()
            state = _ACCOUNT.get(kind)
            event_id = f"sha256:{digest}:{merchant}:{number}"
            moment = read_time(about.get("ts")) or now
            if state is not None:
                yield AccountUpdate(
                    provider="clover",
                    event_id=event_id,
                    kind=kind,
                    state=state,
                    account_id=merchant,
                    happened_at=moment,
                    livemode=True,
                    raw=about,
                )
                continue
            yield PaymentUpdate(
                provider="clover",
                event_id=event_id,
                kind=kind,
                state=PaymentState.UNKNOWN,
                account_id=merchant,
                external_id=None,
                payment_id=_text(thing_id, _ID) if thing == "P" else None,
                workspace_uid=None,
                invoice_id=None,
                amount=None,
                reason=None,
                happened_at=moment,
                livemode=True,
                raw=about,
            )


_ACCOUNT = {"A DELETE": AccountState.DISCONNECTED, "M UPDATE": AccountState.CHANGED}
"""A is our app at a merchant, M the merchant."""


def _address_check(body: bytes, now: datetime) -> Notice:
    """The one thing that is heard without a secret; raises Forged for anything beside the code, or around it.

    Anybody can send it, so that what comes in the same ten minutes is the same event, whatever the code.
    """
    try:
        said = json.loads(body) if len(body) <= 1024 else None
    except (ValueError, RecursionError):
        said = None
    code = said.get("verificationCode") if isinstance(said, dict) and len(said) == 1 else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise Forged
    return Notice(
        provider="clover",
        event_id=f"verification:{int(now.timestamp() // _SELDOM)}",
        kind="verification",
        text=f"Clover wants to know that this address is yours. Type this code in your app's webhook settings "
        f"there, if you have just entered the address: {code}",
    )


def _fields(said: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Names without case and punctuation, and their values; what is inside something comes before the thing itself.

    So that of two fields with one name the outer one counts.
    """
    for value in said.values():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _fields(value, depth + 1)
    for name, value in said.items():
        if not isinstance(value, dict):
            yield re.sub(r"[^a-z0-9]", "", str(name).lower()), value


def _session(fields: Mapping[str, Any]) -> str | None:
    """The page: by its name, else the one value that looks like one under a name that says nothing else."""
    for name in _SESSION_NAMES:
        value = fields.get(name)
        if isinstance(value, str) and SESSION.fullmatch(value):
            return value
    found = {
        value
        for name, value in fields.items()
        if name not in _OTHER_IDS and isinstance(value, str) and SESSION.fullmatch(value)
    }
    return found.pop() if len(found) == 1 else None


def _given(headers: Mapping[str, str], name: str) -> list[str]:
    return [value for header, value in headers.items() if header.lower() == name]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadInput("Clover sent something that is not JSON.") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _text(value: Any, shape: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and shape.fullmatch(value) else None


def _word(value: Any) -> str:
    return value.strip().upper()[:40] if isinstance(value, str) and value.isprintable() else ""


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,14}", value) else value


def _clean(text: str) -> str:
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())[:_LONGEST_TEXT]
