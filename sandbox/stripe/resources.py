"""Stripe's objects: the full shape of each, with ids that look like the real ones."""

from __future__ import annotations

import json
import secrets
import string
from copy import deepcopy
from importlib.resources import files
from typing import Any

Resource = dict[str, Any]

_SHAPES: dict[str, Resource] = json.loads(files("sandbox.stripe").joinpath("shapes.json").read_text(encoding="utf-8"))

_PREFIXES = {
    "balance_transaction": "txn_3",
    "billing_portal.session": "bps_1",
    "charge": "ch_3",
    "checkout.session": "cs_test_a1",
    "customer": "cus_",
    "dispute": "dp_1",
    "event": "evt_1",
    "invoice": "in_1",
    "invoice_payment": "inpay_1",
    "invoiceitem": "ii_1",
    "item": "li_1",
    "line_item": "il_1",
    "payment_intent": "pi_3",
    "payment_link": "plink_1",
    "payment_method": "pm_1",
    "price": "price_1",
    "product": "prod_",
    "refund": "re_3",
    "transfer": "tr_1",
    "subscription": "sub_1",
    "subscription_item": "si_",
    "webhook_endpoint": "we_1",
}
_LENGTHS = {"customer": 14, "product": 14, "subscription_item": 14, "checkout.session": 56}
_LETTERS = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    """Letters and digits nobody can guess, as in ids and secrets."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def new(kind: str, /, **fields: Any) -> Resource:
    """A whole object of this kind, every field there, those given set."""
    resource = deepcopy(_SHAPES[kind])
    if kind in _PREFIXES:
        resource["id"] = _PREFIXES[kind] + random_text(_LENGTHS.get(kind, 23))
    unknown = fields.keys() - resource.keys()
    if unknown:
        raise KeyError(f"{kind} has no {', '.join(sorted(unknown))}")
    return resource | fields


def listing(url: str, data: list[Resource], *, has_more: bool = False) -> Resource:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def merged(metadata: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """Metadata after an update: named keys change, empty values go, an empty whole clears it."""
    if given is None:
        return {}
    return {key: value for key, value in (metadata | given).items() if value != ""}
