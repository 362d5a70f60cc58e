"""What the evening wants of a payment stand-in, whichever it is.

Another one is a class that fulfils `Till`, and a line in `sandbox/tills/__init__.py`. Its stand-in gives what
`PaymentStandIn` names. The page behind a bill's link has a form with the buttons `choice=pay` and `choice=decline`, and
is posted to where it is shown: paying ends, through redirects or not, at a page (200) that says "is paid", and a card
that is declined at one (402) that says "was declined".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sandbox.postman import Order
from sandbox.standin import Fault


class Tried(Protocol):
    """One attempt to deliver a webhook."""

    @property
    def status(self) -> int:
        """What was answered; 0 when nobody did."""

    @property
    def forged(self) -> bool:
        """Whether its signature was wrong on purpose."""


class PaymentStandIn(Protocol):
    """The part of a payment stand-in that is the same for all of them."""

    url: str

    async def start(self) -> str:
        """Listen; returns the address."""

    async def stop(self) -> None:
        """Stop listening."""

    def fail(self, do: str, **how: object) -> Fault:
        """Misbehave on request (`sandbox.standin.Fault`)."""

    @property
    def deliveries(self) -> Sequence[Tried]:
        """Every attempt to deliver a webhook, in order."""

    def hold_webhooks(self) -> None:
        """Keep new webhooks back until they are released."""

    def release_webhooks(self, order: Order = "as_is", duplicate: int = 0) -> int:
        """Deliver what was held, `as_is`, `reversed` or `shuffled`, each `duplicate` times more."""

    def delay_webhooks(self, type_: str, seconds: float) -> None:
        """Deliver this type of event, or "*", so much later; 0 ends it."""

    def redeliver(self, event_id: str) -> int:
        """Send an event once more."""

    def deliver_forged(self, event_id: str) -> int:
        """Send an event with a wrong signature."""

    async def drain(self) -> None:
        """Wait until no delivery is pending."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What somebody is asked to pay, on the provider's books."""

    id: str
    name: str
    """Whose it is."""
    total: int
    paid: int
    """Both in cents."""
    is_open: bool
    pieces: int
    """Quantities of its lines together."""
    url: str
    """Where it is paid."""


class Till(ABC):
    """One payment stand-in with one account in it."""

    title: ClassVar[str]
    """The provider's name, as people write it."""
    connect: ClassVar[str] = ""
    """What the seller sends to connect it; empty where `settings` have done so."""
    bills_at_once: ClassVar[bool] = True
    """Whether a bill is on the provider's books as soon as it is made, and not when somebody comes to pay it. The
    evening that plays by itself counts on it."""

    @property
    @abstractmethod
    def stand_in(self) -> PaymentStandIn:
        """The stand-in itself."""

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The environment with which the service finds it."""

    def is_served_by(self, url: str) -> None:  # noqa: B027 - most are told by the service itself
        """The service is at this address: enter it where the provider cannot be told by calling it."""

    @abstractmethod
    def bills(self) -> list[Bill]:
        """Every bill that was sent out, oldest first."""

    @abstractmethod
    def refuse(self, name: str) -> str:
        """Take nobody of this name from now on; returns the reason that the seller is to read."""

    @abstractmethod
    def refused(self) -> set[str]:
        """Who was not taken."""

    @abstractmethod
    def failed(self) -> int:
        """How many payments have failed."""

    @abstractmethod
    def events(self) -> list[str]:
        """The ids of everything that happened, oldest first."""

    @abstractmethod
    def paid_event(self, bill: Bill) -> str:
        """The id of the event that says that a bill is paid."""
