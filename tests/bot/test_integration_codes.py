"""The codes of what goes wrong with a provider are the ones that are written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.api.provider_problems import _KINDS, PLAN_TOO_SMALL, code_of
from bot.kit.errors import BadInput, NotAuthorised, Refused
from bot.workflows.find_connections import PlanTooSmall

PAGE = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text("utf-8")

_MORE = {
    "LOCATION_NOT_FOUND",
    "TOKEN_EXPIRED",
    "CHECKOUT_FAILED",
    "UNAVAILABLE",
    "CONNECT_REFUSED",
    "INVALID_KEY",
    "TRANSFER_REFUSED",
}


def test_every_code_is_on_the_page() -> None:
    for what in {what for _, _, what in _KINDS} | _MORE:
        assert f"_{what}`" in PAGE
    assert PLAN_TOO_SMALL in PAGE


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (NotAuthorised("No.", code="whatever"), (409, "SQUARE_INVALID_TOKEN")),
        (NotAuthorised("No.", code="SQUARE_TOKEN_EXPIRED"), (409, "SQUARE_TOKEN_EXPIRED")),
        (Refused("No.", code="SQUARE_LOCATION_NOT_FOUND"), (409, "SQUARE_LOCATION_NOT_FOUND")),
        (Refused("No.", code="CLOVER_TOKEN_EXPIRED"), (409, "SQUARE_REFUSED")),
        (Refused("No."), (409, "SQUARE_REFUSED")),
        (BadInput("No."), (400, "SQUARE_INVALID_TOKEN")),
        (PlanTooSmall("No."), (403, "PLAN_TOO_SMALL")),
    ],
)
def test_the_class_of_an_error_decides_its_status(trouble: BadInput | Refused, told: tuple[int, str]) -> None:
    assert code_of("square", trouble, "INVALID_TOKEN") == told
