"""What buyers write, as docs/claims.md shows it, and what is asked of an operator when a comment leaves a choice."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading import MARKETS, Catalogue, Kind, Reading, Rules, Wanted, read
from bot.domain.reading.choices import MOST
from bot.domain.reading.examples import CODES, EXAMPLES, OPTIONS, Row, rows

SHOW = Catalogue.of(CODES, OPTIONS)


def of(wanted: Wanted) -> str:
    return f"{wanted.item}x{wanted.quantity}" + (f"({','.join(wanted.options)})" if wanted.options else "")


def said(reading: Reading) -> str:
    return " ".join([reading.kind, *map(of, reading.claims), *([f"☎{reading.phone}"] if reading.phone else [])])


def offered(reading: Reading) -> list[str]:
    return [" ".join(map(of, choice)) for choice in reading.maybe]


@pytest.mark.parametrize("row", [row for market in EXAMPLES for row in rows(market)], ids=str)
def test_the_examples_are_read_as_the_page_says(row: Row) -> None:
    rules = Rules(markets=(row.market,), single_item=row.about)
    readings = {comment: said(read(comment, SHOW, rules)) for comment in row.comments}
    assert readings == dict.fromkeys(row.comments, row.meaning)


@pytest.mark.parametrize("market", MARKETS)
def test_it_does_not_matter_how_a_keyboard_writes_its_letters(market: str) -> None:
    rules = Rules(markets=(market,))
    for row in rows(market):
        for comment in row.comments:
            plain = said(read(comment, SHOW, rules))
            apart, capital = unicodedata.normalize("NFD", comment), comment.upper()
            assert (said(read(apart, SHOW, rules)), said(read(capital, SHOW, rules))) == (plain, plain), comment


@pytest.mark.parametrize("market", MARKETS)
def test_every_market_has_examples_of_claims_cancels_questions_and_talk(market: str) -> None:
    here = rows(market)
    assert sum(len(row.comments) for row in here) >= 50
    assert {"claim", "cancel", "question", "none"} <= {row.meaning.split()[0] for row in here}


@pytest.mark.parametrize(
    "line",
    """
    claim 12x1 ← sold１２ | ｓｏｌｄ１２ | sold ๑๒ | sold ١٢ | sold १२ | ၁၂ sold | ១២ sold | sold 𝟙𝟚 | SOLD¹² | sold ⑫
    claim 12x1 ← 12️⃣ sold | sold 1️⃣2️⃣ | jeg tager 12 | chốt 12
    claim 12x1 ← 【12】sold | sold「12」 | ¡sold 12! | >>sold 12<< | sold 12™ | 我要12 | 12 저요 | mío 12 | รับ 12
    none ← ချစ်တယ် | ស្អាតណាស់ | လှလိုက်တာ 12 | ស្អាត 12 | جميل جدا | مرحبا 12 | 12 красиво | מהמם | 12/12/2025 | 12-12-2025
    none ← 12:00 | 12h | 12k | 12kg | 12th | at 12 | $12 | €12 | 12€ | 12 % | rm12 | 12 usd | 12345678901234567890
    question ← 12？ | 12؟ | ¿12? | 12還有嗎 | ยังมี 12 ไหม | 12 còn không | 12 있나요 | combien 12
    ambiguous ← 12 12 | sold 12 12 | 12 13 14 | sold 12 maybe | sold 12 twice | sold 12x13 | sold 12-13
    """.strip().splitlines(),
)
def test_no_script_changes_what_is_meant(line: str) -> None:
    meant, _, comments = line.strip().partition(" ← ")
    readings = {comment: said(read(comment, SHOW)) for comment in comments.split(" | ")}
    assert readings == dict.fromkeys(readings, meant)


@pytest.mark.parametrize(
    ("codes", "options", "comment", "meant"),
    [
        ("RED,BLUE", "S,M", "sold red M", "claim REDx1(M)"),
        ("RED,BLUE", "S,M", "red is pretty", "none"),
        ("RED,12", "red,blue", "sold 12 red", "ambiguous"),
        ("A.1,B", "", "sold a-1", "claim A.1x1"),
        ("1.5,1-2", "", "sold 1.5", "claim 1.5x1"),
        ("1.5,1-2", "", "sold 1-2", "claim 1-2x1"),
        ("cf,mine,A1", "", "mine A1", "claim A1x1"),
        ("cf,mine,A1", "", "A1 cf", "claim A1x1"),
        ("pass,A1", "", "pass A1", "cancel A1x1"),
        ("pass,A1", "", "pass", "claim passx1"),
        ("cf,A1", "", "#cf A1", "claim cfx1 A1x1"),
        ("sold,mine", "", "sold mine", "ambiguous"),
        ("straße", "", "sold STRASSE", "claim straßex1"),
        ("İzmir", "", "sold izmir", "claim İzmirx1"),
        ("ISTANBUL", "", "sold İstanbul", "claim ISTANBULx1"),
        ("12", "7,8,9", "sold 12 8", "claim 12x1(8)"),
        ("12", "7,8,9", "sold 12 7 8", "ambiguous"),
        ("12", "red,blue", "sold 12 red blue", "ambiguous"),
        ("12", "red,blue,red-blue", "sold 12 red/blue", "ambiguous"),
        ("12", "red,blue,red-blue", "sold 12 red-blue", "claim 12x1(red-blue)"),
        ("12", "gold,engraved", "sold 12 gold engraved", "claim 12x1(gold,engraved)"),
        ("A1", "sky blue,blue", "A1 SKY-BLUE x2", "claim A1x2(sky blue)"),
        ("100,50", "", "sold 100 for 50", "ambiguous"),
        ("1,2,3", "", "3 2 1", "ambiguous"),
        ("1,A1", "", "cf1", "claim 1x1"),
        ("2024", "", "happy 2024", "none"),
    ],
)
def test_whatever_a_show_calls_its_items(codes: str, options: str, comment: str, meant: str) -> None:
    show = Catalogue.of(codes.split(","), filter(None, options.split(",")))
    assert said(read(comment, show, Rules(markets=("us", "th")))) == meant


@pytest.mark.parametrize(
    ("comment", "choices"),
    [
        ("sold 12 13", ["12x1 13x1", "12x13", "13x12", "12x1"]),
        ("12 12", ["12x1", "12x12"]),
        ("12 13", ["12x1 13x1", "12x13", "13x12", "12x1"]),
        ("sold 12 or 13", ["12x1", "13x1", "12x1 13x1", "12x13"]),
        ("sold 12 pass 13", ["12x1", "13x1"]),
        ("sold 12-13", ["12x1 13x1", "12x13", "12x1", "13x1"]),
        ("sold 12-2", ["12x1", "12x2"]),
        ("sold 12 + 13", ["12x1 13x1", "12x13", "13x12", "12x1"]),
        ("sold 12 S M", ["12x1(S)", "12x1(M)", "12x1(S) 12x1(M)"]),
        ("sold 12 S M x2", ["12x2(S)", "12x2(M)", "12x2(S) 12x2(M)"]),
        ("sold A1 red blue", ["A1x1(blue)", "A1x1(red)", "A1x1(blue) A1x1(red)"]),
        ("sold 12 size 40", ["12x1"]),
        ("she sold 12", ["12x1"]),
        ("sold 12 did I get it?", ["12x1"]),
        ("sold 12x1000", ["12x1000"]),
        ("sold 5 pcs", ["5x1"]),
        ("A1*+1", ["A1x1"]),
        ("12th sold", ["12x1"]),
        ("sold it", []),
        ("cf 99", []),
    ],
)
def test_a_choice_is_offered_for_what_a_comment_leaves_open(comment: str, choices: list[str]) -> None:
    reading = read(comment, SHOW)
    assert (reading.kind, offered(reading)) == (Kind.AMBIGUOUS, choices)


def test_the_item_a_comment_is_about_is_offered() -> None:
    assert offered(read("sold the blue and the red", SHOW, Rules(single_item="12"))) == [
        "12x1(blue)",
        "12x1(red)",
        "12x1(blue) 12x1(red)",
    ]


WORDS = st.sampled_from(
    [
        "sold",
        "12",
        "13",
        "A7",
        "5",
        "x2",
        "+1",
        "or",
        ",",
        "-",
        "blue",
        "red",
        "S",
        "M",
        "?",
        "pass",
        "12-13",
        "99",
        "粉",
    ]
)


@given(st.lists(WORDS, max_size=12), st.sampled_from([None, "12"]))
def test_what_is_offered_are_a_few_different_claims_of_items_the_show_has(words: list[str], about: str | None) -> None:
    reading = read(" ".join(words), SHOW, Rules(single_item=about))
    assert len(set(reading.maybe)) == len(reading.maybe) <= MOST
    assert not reading.maybe or reading.kind is Kind.AMBIGUOUS
    for choice in reading.maybe:
        assert choice
        for wanted in choice:
            assert wanted.item in CODES
            assert wanted.quantity > 0
            assert len(SHOW.sizes & set(wanted.options)) <= 1 >= len(SHOW.colours & set(wanted.options))
