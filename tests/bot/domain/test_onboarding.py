"""How far a seller's account has come, and the platform's share."""

from __future__ import annotations

import pytest

from bot.domain.onboarding import AccountStatus, Standing, Step, fee_of


def standing(**more: object) -> Standing:
    return Standing(
        **{  # type: ignore[arg-type]
            "account_id": "acct_1",
            "business_name": "",
            "country": "US",
            "currency": "USD",
            "charges_enabled": False,
            "payouts_enabled": False,
            "details_submitted": True,
            "disabled_reason": "",
        }
        | more
    )


@pytest.mark.parametrize(
    ("more", "status", "step"),
    [
        ({"details_submitted": False}, AccountStatus.PENDING, Step.DETAILS),
        ({"due": ("external_account",)}, AccountStatus.PENDING, Step.MORE),
        ({"disabled_reason": "under_review"}, AccountStatus.PENDING, Step.REVIEW),
        ({"charges_enabled": True}, AccountStatus.ACTIVE, Step.DONE),
        ({"charges_enabled": True, "due": ("tax_id",)}, AccountStatus.ACTIVE, Step.MORE),
        ({"disabled_reason": "rejected.fraud"}, AccountStatus.DISABLED, Step.REJECTED),
        ({"disabled_reason": "rejected.new_word", "charges_enabled": True}, AccountStatus.DISABLED, Step.REJECTED),
    ],
)
def test_an_account_stands_where_its_provider_says(more: dict[str, object], status: str, step: str) -> None:
    assert (standing(**more).status, standing(**more).step) == (status, step)


def test_a_reason_is_told_in_words_even_when_it_is_new() -> None:
    assert standing(disabled_reason="rejected.terms_of_service").rejection_reason.startswith("It was rejected")
    assert standing(disabled_reason="action_required.new_word").rejection_reason == "action required: new word"
    assert standing(disabled_reason="requirements.past_due", charges_enabled=True).rejection_reason == ""


@pytest.mark.parametrize(
    ("total", "basis_points", "fee"),
    [
        (1000, 250, 25),
        (1000, 0, 0),
        (0, 250, 0),
        (-5, 250, 0),
        (30, 250, 1),
        (10, 250, 0),
        (20, 250, 1),
        (5, 10_000, 5),
    ],
)
def test_the_share_is_rounded_to_whole_units(total: int, basis_points: int, fee: int) -> None:
    assert fee_of(total, basis_points) == fee
