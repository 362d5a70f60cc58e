"""Undoing: whatever was done in whatever order, taking it back restores how things stood, and nothing is oversold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.claim import ClaimStatus
from bot.domain.money import Money
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.workflows.keep_deeds import DoneBefore
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.run_shows import go_live, new_show
from bot.workflows.stock_items import NewItem, add_items, edit_item, remove_item
from bot.workflows.stock_options import ItemChange
from bot.workflows.undo_last import undo_last
from storage import claims, items
from tests.bot.commands.conftest import Shop, a_house, a_shop, an_environment  # noqa: F401
from tests.postgres import KINDS, Databases

CODES = ("12", "A7")
BUYERS = ("mai", "lan", "hoa", "kim")

_code = st.sampled_from(CODES)
_buyer = st.integers(0, len(BUYERS) - 1)
_comment = st.tuples(st.just("comment"), _buyer, _code, st.integers(1, 2))
_deletion = st.tuples(st.just("deletion"), st.integers(0, 20))
_deed = st.one_of(
    st.tuples(st.just("release"), st.integers(0, 20)),
    st.tuples(st.just("award"), _buyer, _code, st.sampled_from([None, 1, 2])),
    st.tuples(
        st.just("edit"),
        _code,
        st.builds(
            ItemChange,
            title=st.sampled_from([None, "Hat"]),
            price=st.sampled_from([None, Money(700, "USD")]),
            more=st.sampled_from([None, -1, 1, 2]),
            open=st.sampled_from([None, True, False]),
        ),
    ),
    st.tuples(st.just("add"), st.sampled_from([("12", "B1"), ("B1",), ("B2", "B3")])),
    st.tuples(st.just("remove"), st.sampled_from([*CODES, "B1"])),
)


class Evening:
    """A live show in which things are done at random."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.where = (shop.assistant, shop.workspace_id, 1)
        self.comments: list[str] = []

    @classmethod
    async def begins(cls, shop: Shop) -> Evening:
        show = await new_show(shop.assistant, shop.workspace_id, "Friday")
        stock = [NewItem(code="12", quantity=2), NewItem(code="A7", quantity=3)]
        await add_items(shop.assistant, shop.workspace_id, show.id, stock)
        await go_live(shop.assistant, shop.workspace_id, show.id, {})
        for buyer in BUYERS:
            await shop.comments(buyer, "hello")
        return cls(shop)

    async def happens(self, what: str, *how: Any) -> None:
        await getattr(self, f"_{what}")(*how)

    async def stands(self) -> tuple[Any, Any]:
        """How everything stands; checked for what must always hold."""
        held = await self.shop.read(claims.active, self.shop.workspace_id, 1)
        stock: list[Item] = await self.shop.read(items.of_show, self.shop.workspace_id, 1)
        for item in stock:
            theirs = [claim for claim in held if claim.item_id == item.id]
            won = sum(claim.quantity for claim in theirs if claim.status is ClaimStatus.WINNER)
            line = sorted((c for c in theirs if c.status is ClaimStatus.WAITLISTED), key=lambda c: c.position or 0)
            assert won == item.won <= item.quantity
            assert [claim.position for claim in line] == list(range(1, item.waiting + 1))
            assert [claim.seq for claim in line] == sorted(claim.seq for claim in line)
            assert not line or line[0].quantity > item.left, "who can be served is served"
        return stock, {(c.id, c.buyer_id, c.item_id, c.quantity, c.status, c.position) for c in held}

    async def undo(self) -> None:
        await undo_last(*self.where, by="Bob")

    async def _comment(self, buyer: int, code: str, count: int) -> None:
        self.comments.append(await self.shop.comments(BUYERS[buyer], f"sold {code} x{count}"))

    async def _deletion(self, which: int) -> None:
        if self.comments:
            comment = self.comments.pop(which % len(self.comments))
            await self.shop.comments(BUYERS[0], "", deletes=comment)

    async def _release(self, which: int) -> None:
        held = await self.shop.read(claims.active, self.shop.workspace_id, 1)
        if not held:
            raise BadInput("nobody has anything")
        claim = held[which % len(held)]
        await release_claim(self.shop.assistant, self.shop.workspace_id, claim.id, by="Ann")

    async def _award(self, buyer: int, code: str, count: int | None) -> None:
        item = await self.shop.read(items.by_code, self.shop.workspace_id, 1, code)
        if item is None:
            raise BadInput("there is no such item")
        await award_item(*self.where, item.id, buyer + 1, quantity=count, by="Ann")

    async def _edit(self, code: str, change: ItemChange) -> None:
        await edit_item(*self.where, code, change, by="Ann")

    async def _add(self, codes: tuple[str, ...]) -> None:
        await add_items(*self.where, [NewItem(code=code) for code in codes], by="Ann")

    async def _remove(self, code: str) -> None:
        await remove_item(*self.where, code, by="Ann")


@asynccontextmanager
async def an_evening(databases: Databases, kind: str, folder: Path) -> AsyncIterator[Evening]:
    """An evening in a shop of its own."""
    with databases.fresh(kind, folder) as url:
        async with a_house(folder, {}, url) as shop:
            yield await Evening.begins(shop)


_settings = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", KINDS)
@_settings
@given(st.lists(_comment, max_size=8), st.lists(_deed, min_size=1, max_size=8))
async def test_deeds_undone_one_by_one_leave_everything_as_it_was(
    databases: Databases, kind: str, tmp_path: Path, comments: list[Any], deeds: list[Any]
) -> None:
    async with an_evening(databases, kind, tmp_path) as evening:
        for comment in comments:
            await evening.happens(*comment)
        before = [await evening.stands()]
        for deed in deeds:
            try:
                await evening.happens(*deed)
            except BadInput:
                continue
            now = await evening.stands()
            if now != before[-1]:
                before.append(now)
        while len(before) > 1:
            before.pop()
            await evening.undo()
            assert await evening.stands() == before[-1]


@pytest.mark.parametrize("kind", KINDS)
@_settings
@given(st.lists(st.one_of(_comment, _deletion, _deed, _deed), min_size=1, max_size=14))
async def test_in_the_middle_of_a_show_nothing_is_oversold_and_no_line_has_gaps(
    databases: Databases, kind: str, tmp_path: Path, happenings: list[Any]
) -> None:
    async with an_evening(databases, kind, tmp_path) as evening:
        for what, *how in happenings:
            before = await evening.stands()
            try:
                await evening.happens(what, *how)
            except BadInput:
                continue
            now = await evening.stands()
            if what not in ("comment", "deletion") and now != before:
                await evening.undo()
                assert await evening.stands() == before
                await evening.happens(what, *how)
        for _ in happenings:
            try:
                await evening.undo()
            except BadInput:
                break
            await evening.stands()


async def test_two_operators_undo_at_once_and_two_deeds_are_taken_back(shop: Shop) -> None:
    evening = await Evening.begins(shop)
    before = await evening.stands()
    await evening.happens("award", 0, "12", 1)
    await evening.happens("edit", "A7", ItemChange(open=False))
    await asyncio.gather(evening.undo(), evening.undo())
    assert await evening.stands() == before


async def test_an_undo_is_an_entry_of_the_ledger_that_names_what_it_takes_back(shop: Shop) -> None:
    evening = await Evening.begins(shop)
    await evening.happens("comment", 0, "12", 2)
    await evening.happens("release", 0)
    await evening.undo()
    *_, release, undo = await shop.read(claims.ledger_page, shop.workspace_id, 1)
    assert (release.kind, undo.kind, undo.seq, undo.reason) == ("release", "undo", release.seq + 1, "undone by Bob")
    assert undo.buyer_id == release.buyer_id


async def test_what_a_deleted_comment_gave_back_is_no_deed(shop: Shop) -> None:
    evening = await Evening.begins(shop)
    await evening.happens("edit", "12", ItemChange(title="Hat"))
    await evening.happens("comment", 0, "12", 1)
    await evening.happens("deletion", 0)
    undone = await undo_last(*evening.where, by="Bob")
    assert undone.what == "changed"


async def test_a_deed_with_a_key_is_done_once(shop: Shop) -> None:
    evening = await Evening.begins(shop)
    item = await shop.read(items.by_code, shop.workspace_id, 1, "12")
    await award_item(*evening.where, item.id, 1, quantity=1, by="Ann", key="7:0")
    await evening.happens("edit", "12", ItemChange(title="Hat"))
    for again in (
        award_item(*evening.where, item.id, 1, quantity=1, by="Ann", key="7:0"),
        undo_last(*evening.where, by="Ann", key="7:0"),
        new_show(shop.assistant, shop.workspace_id, "Friday", key="7:0"),
        add_items(*evening.where, [NewItem(code="99")], key="7:0"),
        edit_item(*evening.where, "12", ItemChange(more=1), key="7:0"),
        remove_item(*evening.where, "A7", key="7:0"),
    ):
        with pytest.raises(DoneBefore, match="that is done"):
            await again
    item = await shop.read(items.by_code, shop.workspace_id, 1, "12")
    assert (item.won, item.quantity) == (1, 2)


async def test_a_refused_deed_may_be_tried_again_under_its_key(shop: Shop) -> None:
    evening = await Evening.begins(shop)
    with pytest.raises(BadInput, match="no item 99"):
        await edit_item(*evening.where, "99", ItemChange(more=1), key="8:0")
    await edit_item(*evening.where, "12", ItemChange(more=1), key="8:0")


async def test_nothing_is_undone_in_a_show_of_another_workspace(shop: Shop) -> None:
    await Evening.begins(shop)
    with pytest.raises(BadInput, match="no such show"):
        await undo_last(shop.assistant, shop.workspace_id + 1, 1, by="Bob")
