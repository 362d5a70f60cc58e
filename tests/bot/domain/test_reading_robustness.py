"""Whatever people, scripts and vandals type, reading answers, and quickly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading import MARKETS, Catalogue, Kind, Rules, normalise_code, read
from bot.domain.reading.normal import normalise
from bot.domain.reading.tokens import Tokens

SHOW = Catalogue.of(["12", "A7", "粉"], ["Blue", "XL"])
WORDS = [
    "sold",
    "12",
    "A7",
    "3",
    "x",
    "2",
    "+1",
    "-",
    ",",
    "#",
    "blue",
    "粉",
    "我要",
    "cf",
    "?",
    "and",
    "12x3",
    "0901234567",
]
COMMENTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
)
NAMES = st.lists(st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=()), max_size=8)))
RULES = st.builds(
    Rules,
    markets=st.lists(st.sampled_from(sorted(MARKETS)), max_size=2).map(tuple),
    single_item=st.one_of(st.none(), st.sampled_from(WORDS)),
    reply_to=st.one_of(st.none(), st.sampled_from(WORDS)),
    max_quantity=st.integers(1, 99),
)


@given(COMMENTS, NAMES, NAMES, RULES)
def test_reading_never_raises_and_always_says_why(
    comment: str, codes: list[str], options: list[str], rules: Rules
) -> None:
    reading = read(comment, Catalogue.of(codes, options), rules)
    assert reading.reason
    assert reading.claims == () or reading.kind in (Kind.CLAIM, Kind.CANCEL, Kind.QUEUE)
    assert reading.claims or reading.kind not in (Kind.CLAIM, Kind.CANCEL)
    assert all(1 <= wanted.quantity <= rules.max_quantity for wanted in reading.claims)
    assert all(set(wanted.options) <= set(options) for wanted in reading.claims)


@given(st.lists(st.sampled_from(["12", "A7", "3", "99", "B7", "x2", ",", "-", "blue", "粉", "綠"])))
def test_without_a_claim_word_or_a_plus_only_items_of_the_show_are_claimed(words: list[str]) -> None:
    for comment in (" ".join(words), "".join(words)):
        reading = read(comment, SHOW)
        if reading.kind is Kind.CLAIM:
            assert {wanted.item for wanted in reading.claims} <= {"12", "A7", "粉"}


@given(COMMENTS, NAMES)
def test_what_is_claimed_is_spelt_as_the_show_spells_it(comment: str, codes: list[str]) -> None:
    show = Catalogue.of(codes)
    for wanted in read(comment, show, Rules(max_quantity=5)).claims:
        assert show.find(wanted.item) in (None, wanted.item)
        assert 1 <= wanted.quantity <= 5


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_capitals_small_and_full_width_letters_read_alike(comment: str) -> None:
    # what an Asian keyboard sends for an apostrophe is the curly one
    wide = comment.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000, ord("'"): 0x2019})
    plain = read(comment, SHOW)
    assert read(comment.upper(), SHOW) == read(comment.lower(), SHOW) == plain
    assert read(wide, SHOW) == plain


@given(COMMENTS, COMMENTS)
def test_a_comment_means_the_same_whatever_was_read_before(comment: str, other: str) -> None:
    first = read(comment, SHOW)
    read(other, SHOW)
    assert read(comment, SHOW) == first


@given(
    st.integers(100_000_000, 99_999_999_999), st.sampled_from(["{} {}", "{1} {0}", "sold {} {}", "{}+1 {}", "{}, {}"])
)
def test_a_phone_number_is_never_a_quantity(number: int, form: str) -> None:
    for phone in (str(number), f"0{number}"[:11]):
        reading = read(form.format("A7", phone), SHOW)
        assert reading.phone == phone
        assert [(wanted.item, wanted.quantity) for wanted in reading.claims] == [("A7", 1)]


@given(st.sampled_from(WORDS), st.integers(0, 12_000), st.sampled_from(["", " ", "\n", "\u202e", "\0"]))
def test_the_length_of_a_comment_is_no_trouble(word: str, length: int, between: str) -> None:
    assert read((word + between) * (length // len(word + between)), SHOW).reason


@given(st.text(st.characters(exclude_categories=())))
def test_the_normal_form_of_a_code_is_its_own_normal_form(code: str) -> None:
    assert normalise_code(normalise_code(code)) == normalise_code(code)


@given(st.text(st.characters(exclude_categories=())))
def test_normal_form_is_storable_text(text: str) -> None:
    normal = normalise(text)
    assert normal.encode().isascii() is normal.isascii()  # encodes at all: no lone surrogate is left
    assert "\0" not in normal
    assert normalise(normal).split() == normal.split()


@pytest.mark.parametrize(
    ("code", "normal"),
    [
        ("a7", "A7"),
        ("#12", "12"),
        (" A-7 ", "A7"),
        ("A 7", "A7"),
        ("Ａ７", "A7"),
        ("t-shirt", "TSHIRT"),
        ("1-2", "1-2"),
        ("1 2", "1-2"),
        ("012", "012"),
        ("粉", "粉"),
        ("é", "É"),
        ("e\u0301", "É"),
        ("١٢", "12"),
        ("①", "1"),
        ("🍎", "🍎"),
        ("\u200b12\u200f\0", "12"),
        ("\ud800", ""),
        ("!?", ""),
    ],
)
def test_codes_are_compared_in_one_form(code: str, normal: str) -> None:
    assert normalise_code(code) == normal


def test_of_two_codes_that_look_alike_the_first_counts() -> None:
    show = Catalogue.of(["A-7", "a7", "", "!"])
    assert dict(show.codes) == {"A7": "A-7"}
    assert show.find("#a7") == "A-7"
    assert show.find(None) is None
    assert show.find("") is None


@pytest.mark.parametrize(
    "comment",
    [
        "so\0ld 12",
        "s\u200bo\u200dld\u00ad 1\u20602",
        "\u202esold\u202c \u200f12",
        "ｓｏｌｄ　１２",
        "𝐬𝐨𝐥𝐝 𝟏𝟐",
        "sold ١٢",
        "sold ๑๒",
        "sold 12\ud83d",
        "\ufeffSOLD\u00a012",
        "sold 12 👨‍👩‍👧🏽",
        "Ｓｏｌｄ\t12\r\n",
    ],
)
def test_what_nobody_sees_changes_nothing(comment: str) -> None:
    reading = read(comment, SHOW)
    assert [(reading.kind, wanted.item) for wanted in reading.claims] == [(Kind.CLAIM, "12")]


@pytest.mark.parametrize(
    "comment",
    ["رائع جدا", "đẹp quá", "สวยมาก", "너무 예뻐요", "好漂亮喔", "très joli", "s\u0337o\u0337l\u0337d"],
)
def test_praise_in_any_script_is_talk(comment: str) -> None:
    assert read(comment, SHOW).kind is Kind.NONE


@pytest.mark.parametrize(
    "flood",
    ["sold 12 ", "1,", "+1", "a@", "ﷺ", "X1", "我要", "1.1", "嗎", "0 11 ", "(212) ", "\ud800", "#", "\n"],
)
def test_a_flood_of_text_is_talk(flood: str) -> None:
    for length in (1_999, 10_000):
        assert read((flood * length)[:length], SHOW).kind in (Kind.NONE, Kind.QUESTION, Kind.AMBIGUOUS)


def test_a_very_long_comment_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Tokens, text: str) -> None:
        raise AssertionError("cut into words")

    monkeypatch.setattr(Tokens, "__init__", refuse)
    assert read("sold 12 " * 1_250, SHOW).reason == "too long to be a claim"


def test_reading_does_not_slow_down_with_the_number_of_items() -> None:
    class Counted(dict[str, str]):
        asked = 0

        def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
            Counted.asked += 1
            return super().get(key, default)

        def __contains__(self, key: object) -> bool:
            Counted.asked += 1
            return super().__contains__(key)

        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("all items were walked")

    show = Catalogue.of([f"B{number}" for number in range(5_000)])
    object.__setattr__(show, "codes", Counted(show.codes))
    assert read("sold b4999 thank you so much", show).kind is Kind.CLAIM
    assert Counted.asked < 50
