"""The table itself: what a usage line means, and what no line may do."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands.desk import COMMANDS, split
from bot.commands.item_lines import read_change, read_item
from bot.commands.slips import put_right
from bot.commands.table import MAX_PAYLOAD, Commands, Context, Handler, Unfit, button, command_lines
from bot.kit.errors import BadInput


def _table(usage: str, slots: int) -> Commands:
    commands = Commands()

    async def none(context: Context) -> str:
        """do it"""
        return ""

    async def one(context: Context, a: str | None) -> str:
        """do it"""
        return ""

    async def three(context: Context, a: str, b: str, c: str | None) -> str:
        """do it"""
        return ""

    handlers: dict[int, Handler] = {0: none, 1: one, 3: three}
    commands.add(usage, topic="test")(handlers[slots])
    return commands


@pytest.mark.parametrize(
    ("usage", "line", "arguments"),
    [
        ("end", "END", []),
        ("show use <number>", "show use 3", ["3"]),
        ("live [<where>]", "live", [None]),
        ("live [<where>]", "live here", ["here"]),
        ("item add <lines...>", "item add 12 Hat\n13 Bag", ["12 Hat\n13 Bag"]),
        ("item add <lines...>", "item add\n12 Hat", ["12 Hat"]),
        ("invoice all|retry|<buyer...>", "invoice all", ["all"]),
        ("invoice all|retry|<buyer...>", "invoice Mai Nguyen", ["Mai Nguyen"]),
        ("give <code> <buyer...> [x<count>]", "give 12 Mai N x2", ["12", "Mai N", "2"]),
        ("give <code> <buyer...> [x<count>]", "give 12 Mai N", ["12", "Mai N", None]),
    ],
)
def test_a_usage_line_is_the_parser(usage: str, line: str, arguments: list[str | None]) -> None:
    assert _table(usage, len(arguments)).find(line)[1] == arguments


@pytest.mark.parametrize(
    ("usage", "line"),
    [("end", "end now"), ("show use <number>", "show use"), ("live [<where>]", "live here there")],
)
def test_a_line_with_too_much_or_too_little_does_not_fit(usage: str, line: str) -> None:
    with pytest.raises(Unfit, match="Send it like this"):
        _table(usage, usage.count("<")).find(line)


def test_a_function_takes_what_its_usage_fills_in() -> None:
    with pytest.raises(TypeError, match="fills in 1, none takes 0"):
        _table("show use <number>", 0)


def test_every_command_has_a_help_sentence_and_a_known_role() -> None:
    for command in COMMANDS:
        assert command.help, command.usage
        assert command.role in ("anybody", "operator", "owner")


def test_every_command_that_is_filled_in_has_an_example_that_means_it() -> None:
    for command in COMMANDS:
        if command.topic and "<" in command.usage:
            assert command.example, command.usage
            assert COMMANDS.find(put_right(command.example).line)[0] is command


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("/end", ["end"]),
        ("/end@shop_bot", ["end"]),
        ("/end@shop_bot\n/invoice   all", ["end", "invoice all"]),
        ("/item add\n\n 12 Hat \n13 1/2 cup", ["item add\n12 Hat\n13 1/2 cup"]),
        ("／ｅｎｄ", ["end"]),
        ("/ end", ["end"]),
        ("//end", ["end"]),
        ("/", []),
        ("", []),
        ("/award 12 me@home.example", ["award 12 me@home.example"]),
    ],
)
def test_a_message_is_one_or_more_command_lines(text: str, lines: list[str]) -> None:
    assert command_lines(text) == lines


def test_a_button_never_carries_more_than_a_platform_takes() -> None:
    assert button("Yes", "x" * MAX_PAYLOAD)
    assert button("Yes", "ฟ" * MAX_PAYLOAD) == ()


@given(st.text(max_size=80))
@example("mute")
@example("\0")
@example("a|b <c> [d] ...")
def test_no_text_breaks_the_table(text: str) -> None:
    for line in command_lines(f"/{text}"):
        with suppress(Unfit):
            COMMANDS.find(put_right(line).line)


@pytest.mark.parametrize("comma", [", ", ",", "、", "，"])
def test_options_may_stand_between_any_commas(comma: str) -> None:
    assert read_item(f"A7 Maçã (S x2{comma}M x3)", "USD").stock == ((("S",), 2), (("M",), 3))
    assert read_item(f"A7 Tea (maçã x2{comma}chá)", "USD").stock == ((("maçã",), 2), (("chá",), 1))
    assert read_item(f"A7 Tea (maçã{comma}chá)", "USD").options == ("maçã", "chá")


@given(st.text(alphabet="12 x×-.,$€¥()/SMLaé१３", min_size=1, max_size=40))
def test_no_item_line_breaks_the_reader(line: str) -> None:
    with suppress(BadInput):
        item = read_item(line, "USD")
        assert item.quantity >= 1
        assert item.price is None or item.price.amount > 0


@given(st.text(alphabet="12 x×-.,$€titleclosopn", max_size=40))
def test_no_change_breaks_the_reader(changes: str) -> None:
    with suppress(BadInput):
        change = read_change(changes, "USD")
        assert change.quantity is None or change.quantity >= 1


@given(st.text(alphabet="ab\n", max_size=200), st.integers(min_value=5, max_value=50))
def test_a_split_text_loses_nothing_but_line_ends(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
