"""How far a seller's account under the platform's has come, from what its provider says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class AccountStatus(StrEnum):
    """Whether an account can take payments."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class Step(StrEnum):
    """Where its owner stands on the way there."""

    DETAILS = "details"
    """The provider's form was not filled in yet."""
    MORE = "more"
    """The provider asks for something else."""
    REVIEW = "review"
    """The provider looks at it; there is nothing to do."""
    DONE = "done"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account, as its provider has it."""

    account_id: str
    business_name: str
    country: str
    currency: str
    """ISO 4217, upper case; empty while the provider does not say."""
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    disabled_reason: str
    """The provider's own word; empty when it is not disabled."""
    due: tuple[str, ...] = field(default=())
    """What the provider asks for now, in its own words."""

    @property
    def status(self) -> AccountStatus:
        """Active as soon as it can charge, disabled only for good."""
        if self.disabled_reason.startswith("rejected"):
            return AccountStatus.DISABLED
        return AccountStatus.ACTIVE if self.charges_enabled else AccountStatus.PENDING

    @property
    def step(self) -> Step:
        """What is next."""
        if self.status is AccountStatus.DISABLED:
            return Step.REJECTED
        if not self.details_submitted:
            return Step.DETAILS
        if self.due:
            return Step.MORE
        return Step.DONE if self.charges_enabled else Step.REVIEW

    @property
    def rejection_reason(self) -> str:
        """Why it can take no payments, for people; empty when nothing stands in the way but time."""
        if not self.disabled_reason or self.status is AccountStatus.ACTIVE:
            return ""
        return _REASONS.get(self.disabled_reason, self.disabled_reason.replace("_", " ").replace(".", ": "))


# https://docs.stripe.com/api/accounts/object#account_object-requirements-disabled_reason
_REASONS = {
    "rejected.fraud": "It was rejected because of suspected fraud.",
    "rejected.incomplete_verification": "It was rejected: what was sent could not be verified.",
    "rejected.listed": "It was rejected: the seller is on a list of persons or firms that may not be paid.",
    "rejected.other": "It was rejected. Support can say why.",
    "rejected.platform_fraud": "It was rejected because of suspected fraud.",
    "rejected.platform_other": "It was rejected by the platform.",
    "rejected.platform_terms_of_service": "It was rejected: the terms of service were broken.",
    "rejected.terms_of_service": "It was rejected: the terms of service were broken.",
    "requirements.past_due": "Something that was asked for is overdue.",
    "requirements.pending_verification": "What was sent is being looked at.",
    "under_review": "It is being looked at.",
    "listed": "It is being looked at: the name may be on a list.",
    "platform_paused": "The platform has paused it.",
    "action_required.requested_capabilities": "A kind of payment has to be asked for first.",
}


def fee_of(total_cents: int, basis_points: int) -> int:
    """The platform's share of a total in minor units, half a unit rounded up; never all of it."""
    if total_cents <= 0 or basis_points <= 0:
        return 0
    return min((total_cents * basis_points + 5_000) // 10_000, total_cents)
