"""The claim forms of each market, and the words behind them."""

from __future__ import annotations

import pytest

from bot.domain.reading import MARKETS, Catalogue, Kind, Reading, Rules, read
from bot.domain.reading.markets import LOCAL

SHOW = Catalogue.of(
    ["12", "a001", "A", "B", "C", "D", "粉", "白", "A1", "dm1", "SP1", "ABC", "sb001", "CK50", "t-shirt"],
    ["black", "xanh", "S", "M"],
)
PER_MARKET = [
    ("us", "sold 12", "claim 12x1"),
    ("us", "12 sold", "claim 12x1"),
    ("us", "SOLD AB", "claim ABx1"),
    ("us", "pass on 12", "cancel 12x1"),
    ("us", "sold next", "queue"),
    ("us", "sold pending question", "question"),
    ("ph", "MINE a001 3", "claim a001x3"),
    ("ph", "a001 3", "claim a001x3"),
    ("ph", "mine po a001", "claim a001x1"),
    ("ph", "grab a001", "claim a001x1"),
    ("ph", "hm a001", "question"),
    ("ph", "joy miner si ate", "none"),
    ("ph", "SSD", "none"),
    ("tw", "A+1", "claim Ax1"),
    ("tw", "粉+1 白+1", "claim 粉x1 白x1"),
    ("tw", "A+1 B+2", "claim Ax1 Bx2"),
    ("tw", "A+1,B+2、C+1\nD+1", "claim Ax1 Bx2 Cx1 Dx1"),
    ("tw", "A+1，B+1", "claim Ax1 Bx1"),
    ("tw", "Ａ＋１", "claim Ax1"),
    ("tw", "１２＋１", "claim 12x1"),
    ("tw", "12 +1", "claim 12x1"),
    ("tw", "12號+1", "claim 12x1"),
    ("tw", "A加一", "claim Ax1"),
    ("tw", "A加2", "claim Ax2"),
    ("tw", "A 2個", "claim Ax2"),
    ("tw", "我要粉", "claim 粉x1"),
    ("tw", "我要一個A", "claim Ax1"),
    ("tw", "我要12號 謝謝", "claim 12x1"),
    ("tw", "老闆 A+1 謝謝", "claim Ax1"),
    ("tw", "A+1 好漂亮", "claim Ax1"),
    ("tw", "A-", "cancel Ax1"),
    ("tw", "A取消", "cancel Ax1"),
    ("tw", "取消A", "cancel Ax1"),
    ("tw", "粉棄標", "cancel 粉x1"),
    ("tw", "A包+1", "ambiguous"),
    ("tw", "A*+1", "ambiguous"),
    ("tw", "綠+1", "ambiguous"),
    ("tw", "A+1 A-", "ambiguous"),
    ("tw", "多少錢", "question"),
    ("tw", "A還有嗎", "question"),
    ("tw", "我的A+1怎麼還沒到", "question"),
    ("tw", "粉好漂亮", "none"),
    ("tw", "粉色衣服", "none"),
    ("tw", "加油", "none"),
    ("tw", "+1", "none"),
    ("hk", "I want A1", "claim A1x1"),
    ("hk", "A1", "claim A1x1"),
    ("hk", "A1+1", "claim A1x1"),
    ("hk", "A1 black S", "claim A1x1 (black, S)"),
    ("hk", "A1 幾錢", "question"),
    ("th", "CF A1", "claim A1x1"),
    ("th", "cfA1", "claim A1x1"),
    ("th", "cf12", "claim 12x1"),
    ("th", "dm1 2", "claim dm1x2"),
    ("th", "dm1=2", "claim dm1x2"),
    ("th", "dm1", "claim dm1x1"),
    ("th", "รับA1ค่ะ", "claim A1x1"),
    ("th", "CF A1 NO CC", "claim A1x1"),
    ("th", "CC A1", "cancel A1x1"),
    ("th", "cf2", "ambiguous"),
    ("th", "F A1", "none"),
    ("th", "A1 เท่าไหร่", "question"),
    ("th", "สวยมากค่ะ", "none"),
    ("vn", "A1", "claim A1x1"),
    ("vn", "A1 xanh M 0901234567", "claim A1x1 (xanh, M)"),
    ("vn", "0901 234 567 m XANH a1", "claim A1x1 (xanh, M)"),
    ("vn", "SP1 1 0123456789", "claim SP1x1"),
    ("vn", "SP1 2 +84 901 234 567", "claim SP1x2"),
    ("vn", "chốt A1", "claim A1x1"),
    ("vn", "chốt đơn nha", "none"),
    ("vn", "A1 bao nhiêu", "question"),
    ("vn", "0901234567", "none"),
    ("my", "ABC +1", "claim ABCx1"),
    ("my", "sb001+2", "claim sb001x2"),
    ("my", "PM tepi", "none"),
    ("my", "cart", "cart"),
    ("sg", "sb001+2", "claim sb001x2"),
    ("sg", "+1", "none"),
    ("nordic", "CK50 2", "claim CK50x2"),
    ("nordic", "yes plz t-shirt", "claim t-shirtx1"),
    ("id", "#bid 12=1000", "none"),
    ("id", "fix 12", "claim 12x1"),
    ("es", "mío 12", "claim 12x1"),
    ("es", "lo quiero A1", "claim A1x1"),
    ("es", "¿cuánto A1?", "question"),
    ("fr", "je prends A1", "claim A1x1"),
    ("fr", "JP A1 et B", "claim A1x1 Bx1"),
    ("fr", "combien A1", "question"),
    ("kr", "A1 저요", "claim A1x1"),
    ("kr", "12번 주세요", "claim 12x1"),
    ("kr", "A1 2개 주세요", "claim A1x2"),
    ("kr", "A1 얼마", "question"),
    ("cn", "我要A1", "claim A1x1"),
    ("cn", "A1两件", "claim A1x2"),
    ("cn", "A1多少钱", "question"),
]


def said(reading: Reading) -> str:
    items = [
        f"{wanted.item}x{wanted.quantity}" + (f" ({', '.join(wanted.options)})" if wanted.options else "")
        for wanted in reading.claims
    ]
    return " ".join([reading.kind, *items])


@pytest.mark.parametrize(("market", "comment", "expected"), PER_MARKET)
def test_each_market_claims_in_its_own_way(market: str, comment: str, expected: str) -> None:
    assert said(read(comment, SHOW, Rules(markets=(market,)))) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (comment, expected)
        for market, comment, expected in PER_MARKET
        if comment.split()[0].lower() not in LOCAL | {"jp", "hm"} and (market, comment) != ("th", "cf2")
    ],
)
def test_without_a_market_every_form_that_cannot_collide_is_understood(comment: str, expected: str) -> None:
    # "A1 CC" and the like are heard only where their market is named; everything else reads the same.
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize("market", MARKETS)
def test_every_claim_word_of_a_market_claims(market: str) -> None:
    rules = Rules(markets=(market,))
    readings = {word: said(read(f"{word} A1", SHOW, rules)) for word in MARKETS[market].claim}
    assert readings == dict.fromkeys(MARKETS[market].claim, "claim A1x1")


@pytest.mark.parametrize("market", MARKETS)
def test_every_cancel_word_of_a_market_cancels(market: str) -> None:
    rules = Rules(markets=(market,))
    readings = {word: said(read(f"{word} A1", SHOW, rules)) for word in MARKETS[market].cancel}
    assert readings == dict.fromkeys(MARKETS[market].cancel, "cancel A1x1")


@pytest.mark.parametrize("market", MARKETS)
def test_every_question_word_of_a_market_asks(market: str) -> None:
    rules = Rules(markets=(market,))
    readings = {word: said(read(f"{word} A1", SHOW, rules)) for word in MARKETS[market].question}
    assert readings == dict.fromkeys(MARKETS[market].question, "question")


@pytest.mark.parametrize("market", MARKETS)
def test_words_that_cannot_collide_claim_without_a_market(market: str) -> None:
    words = MARKETS[market].claim - LOCAL
    assert {word: said(read(f"{word} A1", SHOW)) for word in words} == dict.fromkeys(words, "claim A1x1")


@pytest.mark.parametrize("comment", ["F A1", "fix A1", "keep A1", "book A1", "JP A1", "lay A1"])
def test_words_that_collide_are_heard_only_in_their_market(comment: str) -> None:
    assert read(comment, SHOW).kind is Kind.NONE


def test_a_numbered_cf_is_an_item_where_there_is_one_and_else_a_place_in_the_queue() -> None:
    thai = Rules(markets=("th",))
    assert said(read("cf1", Catalogue.of(["1", "A1"]), thai)) == "claim 1x1"
    doubt = read("cf1", SHOW, thai)
    assert (doubt.kind, doubt.reason) == (Kind.AMBIGUOUS, "“cf1” could be an item or a place in the queue")
    assert said(read("cf2", SHOW, Rules(markets=("th",), reply_to="A1"))) == "queue A1x1"


def test_a_colour_can_be_an_option_of_the_only_item() -> None:
    dress = Catalogue.of(["12"], ["粉", "白"])
    rules = Rules(markets=("tw",), single_item="12")
    assert said(read("粉+1 白+2", dress, rules)) == "claim 12x1 (粉) 12x2 (白)"
    assert said(read("+1", dress, rules)) == "claim 12x1"
    assert read("粉+1", dress, Rules(markets=("tw",))).kind is Kind.NONE


@pytest.mark.parametrize(
    ("comment", "phone"),
    [
        ("SP1 1 0123456789", "0123456789"),
        ("A1 0901-234-567", "0901234567"),
        ("A1 0901.234.567", "0901234567"),
        ("A1 +84901234567", "+84901234567"),
        ("A1 +84 901 234 567", "+84901234567"),
        ("sold A1 (555) 123-4567", "5551234567"),
        ("sold A1 555-123-4567", "5551234567"),
        ("A1 ٠٩٠١٢٣٤٥٦٧", "0901234567"),
        ("A1 12345678", None),
        ("A1 123456789012", None),
    ],
)
def test_a_phone_number_is_contact_and_never_a_quantity(comment: str, phone: str | None) -> None:
    reading = read(comment, SHOW)
    assert reading.phone == phone
    if phone:
        assert said(reading) == "claim A1x1" if "A1" in comment else "claim SP1x1"


def test_a_code_that_looks_like_a_phone_number_is_a_code() -> None:
    show = Catalogue.of(["0123456789", "012", "013", "014"])
    assert said(read("sold 0123456789", show)) == "claim 0123456789x1"
    assert read("sold 012 013 014", show).phone is None


def test_an_unknown_market_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"xx: no such market; the markets are us, ph, tw, hk, th, vn"):
        Rules(markets=("us", "xx"))
