"""The bodies of the routes about integrations: credentials as each provider names them, and preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.base import Capability, CheckoutStyle, PaymentProvider
from bot.api import bodies
from bot.api.bodies import Body, Field
from bot.api.shapes import Json
from bot.domain.integration import LONGEST_MEMO, MOST_DUE_DAYS, is_memo

LONGEST_CREDENTIAL = 4096
LONGEST_MESSAGE = 2000

CREDENTIALS: Json = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": LONGEST_CREDENTIAL},
    "description": "The fields that GET /api/integrations names below connect.fields of this provider.",
}


def _secret(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_CREDENTIAL:
        raise ValueError
    return value


CREDENTIAL = Field(
    says=f"text of at most {LONGEST_CREDENTIAL} characters",
    schema={"type": "string", "maxLength": LONGEST_CREDENTIAL},
    read=_secret,
)


def credentials_of(provider: type[PaymentProvider]) -> Body:
    """What a provider is connected with; what is missing is for the provider to say."""
    if Capability.CONNECT_BY_KEY not in provider.capabilities:
        return {}
    return {field.name: CREDENTIAL for field in provider.credential_fields}


def _or_null(field: Field, meaning: str) -> Field:
    def read(value: Any) -> Any:
        return None if value is None else field.read(value)

    return Field(
        says=f"{field.says}, or null for {meaning}",
        schema={"anyOf": [field.schema, {"type": "null"}]},
        read=read,
    )


def _memo(value: Any) -> str:
    memo: str = _LINE.read(value)
    if not is_memo(memo):
        raise ValueError
    return memo


def _message(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_MESSAGE:
        raise ValueError
    for line in value.splitlines():
        bodies.text(LONGEST_MESSAGE).read(line)
    return value


_LINE = bodies.text(LONGEST_MEMO, least=1)

PREFERENCES: Mapping[str, Field] = {
    "currency": bodies.CURRENCY,
    "memo_template": Field(
        says=f"text of 1 to {LONGEST_MEMO} characters; of {{…}}, it may use {{show}}, {{number}} and {{buyer}}",
        schema=_LINE.schema,
        read=_memo,
    ),
    "message_template": _or_null(
        Field(
            says=f"text of 1 to {LONGEST_MESSAGE} characters",
            schema={"type": "string", "minLength": 1, "maxLength": LONGEST_MESSAGE},
            read=_message,
        ),
        "the texts of the workspace",
    ),
    "checkout_style": _or_null(
        Field(
            says=f"one of {', '.join(style.value for style in CheckoutStyle)}",
            schema={"type": "string", "enum": [style.value for style in CheckoutStyle]},
            read=lambda value: CheckoutStyle(value).value,
        ),
        "the provider's usual one",
    ),
    "due_days": bodies.whole(1, MOST_DUE_DAYS, " of days", null="when the provider says"),
    "auto_sync": bodies.OPEN,
    "sync_invoices": bodies.OPEN,
    "sync_payments": bodies.OPEN,
    "webhook_enabled": bodies.OPEN,
}
