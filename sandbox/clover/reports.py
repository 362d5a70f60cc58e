"""What a merchant is told: signed as documented, in one of the shapes that have been seen."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.clover.books import Merchant
from sandbox.postman import Parcel

Shape = Literal["labels", "camel", "nested", "unnamed"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report for one merchant, in the bytes that every delivery will send."""

    merchant: Merchant
    event_id: str
    """Ours: Clover's reports have none."""
    type: str
    body: bytes

    @classmethod
    def of(cls, merchant: Merchant, said: dict[str, Any], shape: Shape) -> Report:
        """What came of an attempt to pay."""
        return cls(
            merchant=merchant,
            event_id=said["id"],
            type=f"{said['type']} {said['status']}",
            body=json.dumps(_shaped(said, shape)).encode(),
        )

    def parcel(self, now: Callable[[], float], *, forged: bool = False) -> Parcel:
        """On its way to the merchant's address, signed anew for every attempt."""
        secret = "somebody else" if forged else self.merchant.signing_secret
        return Parcel(
            url=self.merchant.webhook_url,
            event_id=self.event_id,
            type=self.type,
            body=self.body,
            headers={"Content-Type": "application/json"},
            timed=lambda: {"Clover-Signature": sign(self.body, secret, int(now()))},
            forged=forged,
        )


def sign(body: bytes, secret: str, moment: int) -> str:
    """The Clover-Signature header. https://docs.clover.com/dev/docs/ecomm-hosted-checkout-webhook"""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _shaped(said: dict[str, Any], shape: Shape) -> dict[str, Any]:
    if shape == "labels":
        return {"Created Time" if name == "createdTime" else name[0].upper() + name[1:]: said[name] for name in said}
    if shape == "nested":
        return said | {"data": {"checkoutSessionId": said["data"]}}
    if shape == "unnamed":
        return {name: value for name, value in said.items() if name != "data"} | {"reference": said["data"]}
    return said
