"""What people write is kept as they wrote it, as far as a database can keep it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kit.text import LONGEST_TEXT, clean_text


@pytest.mark.parametrize("text", ["chốt 12 màu đỏ", "เอา 12 ค่ะ", "我要12号 ➕1", "بكام؟", "👩‍👩‍👧 sold 12\n"])
def test_every_script_stays_as_it_was_typed(text: str) -> None:
    assert clean_text(text) == text


def test_nul_goes_and_a_lone_surrogate_is_replaced() -> None:
    assert clean_text("so\0ld \ud83d12") == "sold �12"


def test_a_novel_is_cut() -> None:
    assert clean_text("\0" + "x" * (LONGEST_TEXT + 1)) == "x" * LONGEST_TEXT


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_can_be_stored(text: str) -> None:
    clean_text(text).encode("utf-8")
    assert "\0" not in clean_text(text)
