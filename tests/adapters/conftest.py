"""What the tests of providers share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.at_stripe import AtStripe, at_stripe


@pytest.fixture
async def shop_at_stripe() -> AsyncIterator[AtStripe]:
    """A shop that is connected to Stripe with its own key."""
    async with at_stripe() as shop:
        yield shop
