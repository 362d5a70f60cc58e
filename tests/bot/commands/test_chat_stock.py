"""Stock that a provider's catalogue counts, too: linked in chat, and kept the same both ways by the clock."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.base import Capability, FixedKeys
from adapters.registry import PROVIDERS
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused, Unreachable
from bot.workflows.mirror_stock import mirror_stock
from bot.workflows.replay_show import replay_show
from storage import integration_logs, integrations, items
from tests.bot.commands.conftest import Chatter, Shop
from tests.till import GOOD, Till


@dataclass
class Shelf:
    """What the catalogue counts, and how it takes being told."""

    counts: dict[str, int] = field(default_factory=dict)
    told: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)
    """Key → what was told under it."""
    sold: list[tuple[str, int, datetime]] = field(default_factory=list)
    reads: int = 0
    fails: Exception | None = None
    """Meets the next calls."""
    drops: bool = False
    """The next telling is taken, and its answer lost."""
    between: list[tuple[str, int]] = field(default_factory=list)
    """Sold over the counter after the next reading."""

    def sell(self, thing: str, pieces: int, at: datetime) -> None:
        self.counts[thing] -= pieces
        self.sold.append((thing, pieces, at))


class Counter(Till):
    """The till, with a catalogue that counts."""

    capabilities = Till.capabilities | {Capability.STOCK}
    name = "till"
    shelf = Shelf()
    clock: Any = None

    async def read_stock(self, external_ids: Sequence[str]) -> dict[str, int]:
        self.shelf.reads += 1
        if self.shelf.fails is not None:
            raise self.shelf.fails
        found = {one: self.shelf.counts[one] for one in external_ids if one in self.shelf.counts}
        for thing, pieces in self.shelf.between:
            self.shelf.sell(thing, pieces, self.clock() + timedelta(milliseconds=1))
        self.shelf.between = []
        return found

    async def write_stock(self, external_id: str, quantity: int, *, at: datetime, key: str) -> None:
        shelf = self.shelf
        if shelf.fails is not None:
            raise shelf.fails
        if key not in shelf.told:
            shelf.told[key] = external_id, quantity, at
            since = sum(pieces for thing, pieces, moment in shelf.sold if thing == external_id and moment > at)
            shelf.counts[external_id] = quantity - since
        assert shelf.told[key] == (external_id, quantity, at), "a key is used for one thing"
        if shelf.drops:
            shelf.drops = False
            raise OutcomeUnknown("The line broke.")


@pytest.fixture(autouse=True)
def shelf(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The shop is to be connected with a till that counts RING and HAT."""
    monkeypatch.setitem(PROVIDERS, "till", Counter)
    monkeypatch.setattr(Counter, "shelf", Shelf(counts={"RING": 7, "HAT": 2}))
    monkeypatch.setattr(Counter, "clock", staticmethod(shop.clock))
    shop.assistant.provider_for = lambda integration: Counter(
        FixedKeys(integrations.credentials(shop.assistant.vault, integration) or {})
    )
    shop.assistant.connect_provider = lambda name, credentials: Counter(FixedKeys(credentials))
    return Counter.shelf


async def looks(shop: Shop, **later: float) -> None:
    """The clock comes round."""
    shop.clock.passes(**(later or {"seconds": 30}))
    await mirror_stock(shop.assistant)


async def stands(shop: Shop, code: str = "12") -> tuple[int, int, int]:
    """(quantity, won, waiting) of an item."""
    item = await shop.read(items.by_code, shop.workspace_id, 1, code)
    return item.quantity, item.won, item.waiting


@pytest.fixture
async def linked(seller: Chatter) -> Chatter:
    """A seller whose item 12 is the RING of their catalogue, of which there are seven."""
    await seller.says(f"/connect till {GOOD}", hears="connected")
    await seller.says("/item link 12 RING", hears="Till counts 12 now: 7 left.")
    return seller


async def test_a_linked_item_has_as_many_pieces_as_the_catalogue_and_gives_them_back(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    assert await stands(shop) == (7, 0, 0)
    await shop.comments("mai", "sold 12 x2")
    await shop.comments("lan", "sold 12")
    assert shelf.counts["RING"] == 7, "not per claim"
    await looks(shop)
    assert shelf.counts["RING"] == 4
    assert len(shelf.told) == 1
    await linked.says("/release 12 @mai")
    await linked.says("/item edit 12 +1")
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((8, 1, 0), 7)
    told = dict(shelf.told)
    await looks(shop)
    assert shelf.told == told, "what agrees is not told again"


async def test_what_is_sold_over_the_counter_is_taken_off_and_what_is_got_serves_the_line(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    shelf.sell("RING", 6, shop.clock())
    await shop.comments("mai", "sold 12")
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((1, 1, 0), 0)
    await shop.comments("lan", "sold 12")
    assert await stands(shop) == (1, 1, 1)
    shelf.sell("RING", -2, shop.clock())
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((3, 2, 0), 1)
    found = await shop.read(integration_logs.page, shop.workspace_id, "till", limit=3)
    assert [entry.message for entry in found][:2] == [
        "12: 2 at Till where it was 0, so 3 here",
        "12: 1 at Till where it was 7, so 1 here",
    ]
    assert (await replay_show(shop.assistant.database, shop.workspace_id, 1)).agrees


async def test_nothing_is_left_of_an_item_that_the_counter_sold_out(shop: Shop, linked: Chatter, shelf: Shelf) -> None:
    shelf.sell("RING", 7, shop.clock())
    await looks(shop)
    assert await stands(shop) == (0, 0, 0)
    await shop.comments("mai", "sold 12")
    assert await stands(shop) == (0, 0, 0)
    await linked.says("/item list", hears="0 pieces, sold out")
    shelf.sell("RING", -1, shop.clock())
    await looks(shop)
    await shop.comments("mai", "sold 12")
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((1, 1, 0), 0)
    assert (await replay_show(shop.assistant.database, shop.workspace_id, 1)).agrees


async def test_pieces_that_are_won_here_and_sold_there_are_told_once_and_taken_off_when_one_is_given_back(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    await shop.comments("mai", "sold 12 x5")
    await shop.comments("lan", "sold 12")
    shelf.sell("RING", 3, shop.clock())
    for _ in range(3):
        await looks(shop)
    (notice,) = [one for one in await shop.told("notice") if "Till has sold" in one.text]
    assert "2 pieces that are won here: “Friday sale” has 6 of 12 won. To take one back: /release 12" in notice.text
    assert (await stands(shop), shelf.counts["RING"]) == ((6, 6, 0), 0)
    await linked.says("/release 12 @mai")
    await looks(shop)
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((4, 1, 0), 3)


async def test_a_sale_between_reading_and_telling_is_not_lost(shop: Shop, linked: Chatter, shelf: Shelf) -> None:
    await shop.comments("mai", "sold 12")
    shelf.between = [("RING", 2)]
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((7, 1, 0), 4)
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((5, 1, 0), 4)


async def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_key(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    await shop.comments("mai", "sold 12")
    shelf.drops = True
    await looks(shop)
    shelf.sell("RING", 1, shop.clock() + timedelta(seconds=1))
    await shop.comments("lan", "sold 12")
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((6, 2, 0), 4)
    assert len(shelf.told) == 2


async def test_trouble_is_left_for_the_next_look_and_noted(shop: Shop, linked: Chatter, shelf: Shelf) -> None:
    await shop.comments("mai", "sold 12")
    shelf.fails = Unreachable("The till is off.")
    await looks(shop)
    shelf.fails = Refused("The till is being repaired.")
    await looks(shop)
    shelf.fails = None
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((7, 1, 0), 6)
    found = await shop.read(integration_logs.page, shop.workspace_id, "till", limit=9)
    said = [entry.message for entry in found if entry.event == "stock_trouble"]
    assert said == ["The till is being repaired.", "The till is off."]
    shelf.fails = NotAuthorised("The token has ended.")
    await looks(shop)
    shelf.reads, shelf.fails = 0, None
    await looks(shop)
    assert not shelf.reads, "a dead key is not tried twice a minute"
    await linked.says("/integrations", hears="✗ Till: The token has ended.")


async def test_what_a_refusal_leaves_open_is_settled_by_the_smaller_number(
    shop: Shop, linked: Chatter, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked.says("/item edit 12 +3")
    shelf.drops = True
    await looks(shop)
    assert shelf.counts["RING"] == 10

    async def too_late(*_: Any, **__: Any) -> None:
        raise Refused("That was more than a day ago.")

    with monkeypatch.context() as patch:
        patch.setattr(Counter, "write_stock", too_late)
        await looks(shop, hours=25)
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((10, 0, 0), 10)


async def test_an_option_with_pieces_of_its_own_is_linked_by_its_code(
    shop: Shop, seller: Chatter, shelf: Shelf
) -> None:
    await seller.says("/item link 12 RING", hears="Square counts stock, and is not connected. Send: /connect square")
    await seller.says(f"/connect till {GOOD}", hears="connected")
    await seller.says("/item add A7 Dress (S x2, M x3) 20")
    await seller.says("/item link A7 HAT", hears="Which A7? Each option has a stock of its own: A7/S, A7/M")
    await seller.says("/item link A7/M SHOE", hears="Till counts no SHOE where you sell")
    await seller.says("/item link A7/M HAT", hears="Till counts A7/M now: 2 left.")
    await seller.says("/item link A7/M RING", hears="A7/M is linked with HAT already. First: /item unlink A7/M")
    await seller.says("/item link 12 HAT", hears="HAT is linked with A7/M of “Friday sale” already")
    await shop.comments("mai", "sold A7 M")
    await looks(shop)
    assert (await stands(shop, "A7/M"), shelf.counts["HAT"]) == ((2, 1, 0), 1)
    await seller.says("/item unlink A7/M", hears="A7/M is counted only here now: 1 left.")
    await seller.says("/item unlink A7/M", hears="A7/M is not linked. To link it: /item link A7/M <catalog id>")
    shelf.sell("HAT", 1, shop.clock())
    await looks(shop)
    assert await stands(shop, "A7/M") == (2, 1, 0)


async def test_an_item_that_is_taken_out_takes_its_link_along_and_a_new_show_takes_one_over(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    await linked.says("/item remove 12", hears="is out")
    await linked.says("/item link 14 RING", hears="7 left")
    await shop.comments("mai", "sold 14")
    await linked.says("/end", hears="ended")
    await looks(shop)
    assert shelf.counts["RING"] == 6, "what was claimed last gets there after the end"
    shelf.reads = 0
    await looks(shop, minutes=30)
    assert not shelf.reads, "a show that is over and agrees is not looked at"
    await linked.says("/show new Saturday")
    await linked.says("/item add 3 Ring 10 x50\n4 Other ring 10")
    await linked.says("/item link 3 RING", hears="6 left")
    await linked.says("/item link 4 RING", hears="RING is linked with 3 of “Saturday” already")
    shelf.sell("RING", 1, shop.clock())
    await looks(shop, minutes=10)
    assert (await shop.read(items.by_code, shop.workspace_id, 2, "3")).quantity == 5


async def test_undoing_an_edit_leaves_what_the_counter_sold_since_sold(
    shop: Shop, linked: Chatter, shelf: Shelf
) -> None:
    await linked.says("/item edit 12 +2")
    await looks(shop)
    shelf.sell("RING", 1, shop.clock())
    await looks(shop)
    assert await stands(shop) == (8, 0, 0)
    await linked.says("/undo")
    await looks(shop)
    assert (await stands(shop), shelf.counts["RING"]) == ((6, 0, 0), 6)
    assert (await replay_show(shop.assistant.database, shop.workspace_id, 1)).agrees


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_between_two_looks_both_counts_come_to_agree(
    shop: Shop, linked: Chatter, shelf: Shelf, seed: int
) -> None:
    chance = random.Random(seed)
    buyers = iter(range(1000))
    sold = 0
    for _ in range(40):
        match chance.choice(["claim", "claim", "release", "sale", "sale between", "drop", "off", "look", "look"]):
            case "claim":
                await shop.comments(f"buyer{next(buyers)}", "sold 12")
            case "release":
                await linked.says(f"/release 12 @buyer{chance.randrange(8)}")
            case "sale" if sold < 4:
                shelf.sell("RING", 1, shop.clock() + timedelta(milliseconds=1))
                sold += 1
            case "sale between" if sold < 4 and not shelf.between:
                shelf.between.append(("RING", 1))
                sold += 1
            case "drop":
                shelf.drops = True
            case "off":
                shelf.fails = Unreachable("The till is off.")
                await looks(shop)
                shelf.fails = None
            case _:
                await looks(shop)
    for _ in range(4):
        await looks(shop)
    quantity, won, _ = await stands(shop)
    assert quantity == max(7 - sold, won)
    assert shelf.counts["RING"] == max(7 - sold - won, 0)
    assert (await replay_show(shop.assistant.database, shop.workspace_id, 1)).agrees
