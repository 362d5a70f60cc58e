"""Releasing and awarding: the books stay right whoever presses first."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.claim import Claim, ClaimStatus
from bot.kit.errors import BadInput
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.run_shows import go_live, new_show
from bot.workflows.stock_items import NewItem, add_items
from storage import claims, items
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401


@pytest.fixture
async def evening(shop: Shop) -> Shop:
    """A live show with two pieces of 12 and five buyers after it."""
    show = await new_show(shop.assistant, shop.workspace_id, "Friday")
    await add_items(shop.assistant, shop.workspace_id, show.id, [NewItem(code="12", quantity=2)])
    await go_live(shop.assistant, shop.workspace_id, show.id, {})
    for buyer in ("mai", "lan", "hoa", "kim", "thu"):
        await shop.comments(buyer, "sold 12")
    return shop


async def _held(shop: Shop) -> list[Claim]:
    found: list[Claim] = await shop.read(claims.active, shop.workspace_id, 1)
    return found


async def test_two_operators_release_the_same_claim_once(evening: Shop) -> None:
    first = (await _held(evening))[0]
    done = await asyncio.gather(
        *(release_claim(evening.assistant, evening.workspace_id, first.id, by=who) for who in ("Ann", "Bob")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["BadInput", "Released"]
    assert [claim.status for claim in await _held(evening)] == [ClaimStatus.WINNER] * 2 + [ClaimStatus.WAITLISTED] * 2


async def test_the_line_has_no_gaps_whatever_is_released(evening: Shop) -> None:
    for place in (3, 0, 1):
        claim = (await _held(evening))[place]
        await release_claim(evening.assistant, evening.workspace_id, claim.id, by="Ann")
        held = await _held(evening)
        waiting = [claim.position for claim in held if claim.status is ClaimStatus.WAITLISTED]
        assert waiting == list(range(1, len(waiting) + 1))
        (item,) = await evening.read(items.of_show, evening.workspace_id, 1)
        assert item.won == sum(claim.quantity for claim in held if claim.status is ClaimStatus.WINNER)
        assert item.waiting == len(waiting)


async def test_the_last_piece_is_awarded_once(evening: Shop) -> None:
    held = await _held(evening)
    for claim in reversed(held[1:]):
        await release_claim(evening.assistant, evening.workspace_id, claim.id, by="Ann")
    assert held[0].item_id is not None
    where = (evening.assistant, evening.workspace_id, 1, held[0].item_id)
    done = await asyncio.gather(
        *(award_item(*where, buyer, quantity=1, by="Ann") for buyer in (3, 4, 5)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Awarded", "BadInput", "BadInput"]
    (item,) = await evening.read(items.of_show, evening.workspace_id, 1)
    assert (item.won, item.quantity) == (2, 2)


async def test_a_claim_of_another_workspace_cannot_be_touched(evening: Shop) -> None:
    claim = (await _held(evening))[0]
    with pytest.raises(BadInput, match="released already"):
        await release_claim(evening.assistant, evening.workspace_id + 1, claim.id, by="Ann")
    with pytest.raises(BadInput, match="That item is gone"):
        await award_item(evening.assistant, evening.workspace_id + 1, 1, 1, 1, quantity=1, by="Ann")
    assert len(await _held(evening)) == 5
