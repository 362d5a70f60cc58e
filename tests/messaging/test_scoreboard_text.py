"""What a scoreboard says, and that it always fits."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pricing import Pricing
from bot.domain.show import Item, Show, ShowStatus
from bot.domain.show_rules import ShowRules
from messaging.scoreboard import board_text
from messaging.texts import LANGUAGES, Texts

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMIT = 4000


def a_show(status: ShowStatus = ShowStatus.LIVE) -> Show:
    return Show(
        id=1,
        workspace_id=1,
        title="Friday",
        status=status,
        currency="USD",
        market="",
        next_seq=1,
        items_version=1,
        doubts_seen=0,
        pricing=Pricing(),
        rules=ShowRules(),
        started_at=NOON,
        ended_at=None,
        created_at=NOON,
    )


def an_item(number: int, title: str = "Dress", *, won: int = 0, waiting: int = 0, opened: bool = True) -> Item:
    return Item(
        id=number,
        show_id=1,
        code=str(number),
        title=title,
        price_cents=1990,
        currency="USD",
        quantity=3,
        options=(),
        open=opened,
        reserved=False,
        parent_id=None,
        won=won,
        waiting=waiting,
    )


def test_the_newest_open_item_comes_first_and_closed_ones_last() -> None:
    items = [an_item(1), an_item(2, opened=False), an_item(3, won=3, waiting=2)]
    said = board_text(Texts("en"), a_show(), items, {3: ["Mai", "Lan", "Hoa", "Kim"]}, limit=LIMIT)
    assert said == (
        "Friday\n"
        "\n3 Dress, 19.90 USD: sold out · Mai, Lan, Hoa … · 2 waiting"
        "\n1 Dress, 19.90 USD: 3 left"
        "\n2 Dress, 19.90 USD: closed"
    )


def test_what_there_is_no_room_for_is_counted_and_the_end_is_said_all_the_same() -> None:
    items = [an_item(number, "A long dress with flowers") for number in range(1, 401)]
    said = board_text(Texts("en"), a_show(ShowStatus.ENDED), items, {}, limit=LIMIT)
    *lines, more, _, end = said.split("\n")[2:]
    assert lines[0].startswith("400 A long dress")
    assert more == f"… and {400 - len(lines)} more"
    assert end == "The show has ended. Thank you all!"
    assert len(said) <= LIMIT


@given(
    titles=st.lists(st.text(max_size=300), max_size=120),
    name=st.text(min_size=1, max_size=200),
    language=st.sampled_from(list(LANGUAGES)),
    ended=st.booleans(),
    limit=st.integers(min_value=400, max_value=4096),
)
def test_whatever_is_sold_to_whomever_it_fits(
    titles: list[str], name: str, language: str, ended: bool, limit: int
) -> None:
    items = [an_item(number, title, won=2, waiting=9) for number, title in enumerate(titles, 1)]
    winners = {item.id: [name] * 4 for item in items}
    show = a_show(ShowStatus.ENDED if ended else ShowStatus.LIVE)
    said = board_text(Texts(language), show, items, winners, limit=limit)
    assert len(said.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    shown = sum(f": {Texts(language).say('board_left', left=1)} ·" in line for line in said.split("\n"))
    if shown < len(items):
        assert Texts(language).say("board_more", count=len(items) - shown) in said


def test_a_board_that_has_ended_is_not_a_character_too_long() -> None:
    items = [an_item(number, title, waiting=9) for number, title in enumerate(["", "", *"000000"], 1)]
    winners = {item.id: ["000"] * 4 for item in items}
    for limit in range(300, 450):
        said = board_text(Texts("da"), a_show(ShowStatus.ENDED), items, winners, limit=limit)
        assert len(said.encode("utf-16-le")) // 2 <= limit
