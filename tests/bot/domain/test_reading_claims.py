"""How comments of a US show are read, and what is true in every market."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.reading import Catalogue, Kind, Reading, Rules, Wanted, read

SHOW = Catalogue.of(["12", "13", "A7", "C1", "AA", "t-shirt"], ["Blue", "Red", "Small", "XL"])
ONE_ITEM = Rules(single_item="A7")


def said(reading: Reading) -> str:
    """A reading as one line: “claim 12x2 (Blue)”."""
    items = [
        f"{wanted.item}x{wanted.quantity}" + (f" ({', '.join(wanted.options)})" if wanted.options else "")
        for wanted in reading.claims
    ]
    return " ".join([reading.kind, *items])


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("sold 12", "claim 12x1"),
        ("12 sold", "claim 12x1"),
        ("sold12", "claim 12x1"),
        ("12sold", "claim 12x1"),
        ("SOLD #13", "claim 13x1"),
        ("SOLD C1", "claim C1x1"),
        ("sold c1", "claim C1x1"),
        ("soldC1", "claim C1x1"),
        ("sold c 1", "claim C1x1"),
        ("sold c-1", "claim C1x1"),
        ("mine 12", "claim 12x1"),
        ("claim 12", "claim 12x1"),
        ("dibs 12", "claim 12x1"),
        ("dibs on the 12", "claim 12x1"),
        ("buy 12", "claim 12x1"),
        ("mio 12", "claim 12x1"),
        ("I want A7", "claim A7x1"),
        ("I'll take 12", "claim 12x1"),
        ("I’ll take 12 please", "claim 12x1"),
        ("12 is mine", "claim 12x1"),
        ("sold item 12", "claim 12x1"),
        ("sold number 12", "claim 12x1"),
        ("sold T-Shirt", "claim t-shirtx1"),
        ("sold t shirt", "claim t-shirtx1"),
        ("sold tshirt", "claim t-shirtx1"),
        ("sold: 12", "claim 12x1"),
        ("sold.12", "claim 12x1"),
        ("sold-12", "claim 12x1"),
        ("SOLD SOLD SOLD 12", "claim 12x1"),
        ("sold 12 sold 12", "claim 12x1"),
        ("sold 12 please!!", "claim 12x1"),
        ("sold 12 thank you", "claim 12x1"),
        ("sold 12, thank you so much", "claim 12x1"),
        ("omg hi!! sold 12", "claim 12x1"),
        ("sold 12 $25", "claim 12x1"),
        ("sold 12❤️❤️", "claim 12x1"),
        ("🔥 sold 12 🔥", "claim 12x1"),
        ("sold 1️⃣2️⃣", "claim 12x1"),
        ("@seller sold 12", "claim 12x1"),
        ("A7", "claim A7x1"),
        ("a7!", "claim A7x1"),
        ("12", "claim 12x1"),
        ("12 please", "claim 12x1"),
        ("#12", "claim 12x1"),
    ],
)
def test_a_claim_word_or_the_code_alone_claims(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("SOLD AA 10 blue small", "claim AAx10 (Blue, Small)"),
        ("sold aa small blue 10", "claim AAx10 (Blue, Small)"),
        ("sold 12 blue", "claim 12x1 (Blue)"),
        ("SOLD blue 12", "claim 12x1 (Blue)"),
        ("sold 12, blue, small", "claim 12x1 (Blue, Small)"),
        ("sold 12 in blue please", "claim 12x1 (Blue)"),
        ("sold 12 w/ xl", "claim 12x1 (XL)"),
        ("sold 12 x-large", "claim 12x1 (XL)"),
        ("sold 12 x large", "claim 12x1 (XL)"),
        ("sold 12 XLARGE", "claim 12x1 (XL)"),
        ("sold 12 extra large", "claim 12x1 (XL)"),
        ("sold 12 xl", "claim 12x1 (XL)"),
        ("sold 12 s", "claim 12x1 (Small)"),
        ("sold 12 purple", "claim 12x1"),
        ("sold 12 size small", "claim 12x1 (Small)"),
        ("A7 blue", "claim A7x1 (Blue)"),
        ("sold 12 x2", "claim 12x2"),
        ("sold 12x2", "claim 12x2"),
        ("sold 12 x 2", "claim 12x2"),
        ("sold 12×2", "claim 12x2"),
        ("12*2", "claim 12x2"),
        ("2x A7", "claim A7x2"),
        ("2xA7", "claim A7x2"),
        ("sold 2 x 12", "claim 12x2"),
        ("sold 2 A7", "claim A7x2"),
        ("sold 2 of 12", "claim 12x2"),
        ("mine A7 2", "claim A7x2"),
        ("A7 2", "claim A7x2"),
        ("sold 12 two", "claim 12x2"),
        ("sold 12 qty 2", "claim 12x2"),
        ("sold 12 qty: 2", "claim 12x2"),
        ("sold item: 12 x 2", "claim 12x2"),
        ("sold 12 2pcs", "claim 12x2"),
        ("sold 2 pcs 12", "claim 12x2"),
        ("A7=2", "claim A7x2"),
        ("sold A7 2 blue x", "claim A7x2 (Blue)"),
        ("sold 12 x99", "claim 12x99"),
    ],
)
def test_quantity_and_options_come_in_any_order(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("sold 12 and 13", "claim 12x1 13x1"),
        ("sold 12, 13", "claim 12x1 13x1"),
        ("sold 12 & 13", "claim 12x1 13x1"),
        ("sold 12+A7", "claim 12x1 A7x1"),
        ("sold 12\nsold 13", "claim 12x1 13x1"),
        ("sold 12 sold 13 x2", "claim 12x1 13x2"),
        ("mine A7 C1", "claim A7x1 C1x1"),
        ("A7, C1", "claim A7x1 C1x1"),
        ("sold 12 blue, A7 red 2", "claim 12x1 (Blue) A7x2 (Red)"),
    ],
)
def test_one_comment_may_claim_several_items(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("sold 99", "claim 99x1"),
        ("sold b7", "claim B7x1"),
        ("SOLD #99", "claim 99x1"),
        ("99 sold", "claim 99x1"),
        ("sold 99 thank you", "claim 99x1"),
        ("sold 12, B9", "claim 12x1 B9x1"),
        ("sold BB", "claim BBx1"),
        ("99", "none"),
        ("B7", "none"),
        ("sold 1234567890123", "none"),
    ],
)
def test_an_unknown_code_is_claimed_only_with_a_claim_word(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("pass 12", "cancel 12x1"),
        ("pass on 12", "cancel 12x1"),
        ("pass on A7 sorry", "cancel A7x1"),
        ("please cancel 12", "cancel 12x1"),
        ("12 cancel", "cancel 12x1"),
        ("I want to cancel 12", "cancel 12x1"),
        ("pass 12, 13", "cancel 12x1 13x1"),
        ("nvm 12", "cancel 12x1"),
        ("A7-", "cancel A7x1"),
        ("sold next", "queue"),
        ("sold next 12", "queue 12x1"),
        ("sold 12 next", "queue 12x1"),
        ("waitlist 12", "queue 12x1"),
        ("next", "none"),
        ("show 12 next", "none"),
        ("cart", "cart"),
        ("Cart please!", "cart"),
        ("my cart is full of your things", "none"),
        ("sold pending question", "question"),
        ("sold 12 pending question", "question"),
        ("is 12 sold?", "question"),
        ("is 12 sold", "question"),
        ("sold 12?", "question"),
        ("12?", "question"),
        ("how much is 12", "question"),
        ("what sizes does 12 come in", "question"),
        ("12 available", "question"),
    ],
)
def test_cancels_places_in_the_queue_and_questions_are_no_claims(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW)) == expected


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("sold 12 13", "13 could be item 13 or the quantity of 12"),
        ("sold 12x13", "“12x13” could be of item 12 or 13"),
        ("sold 12 or 13", "“or” leaves open what is claimed"),
        ("sold 12 unless somebody needs it", "“unless” may take it back"),
        ("not sold 12", "an item in a longer sentence"),
        ("they sold 12 last time", "an item in a longer sentence"),
        ("sold the pretty 12", "“sold” and 12 may not belong together"),
        ("12 looks great, mine", "12 and “mine” may not belong together"),
        ("sold 12 love 13 too", "13 could be claimed too or only talked about"),
        ("sold 12, 13 looks cheap", "13 could be claimed too or only talked about"),
        ("sold 12 for my 2 girls", "2 could be a quantity or only talk"),
        ("sold 12 size 8", "size 8 is no option of this show"),
        ("sold 12, 2", "2 could be a quantity or an item the show does not have"),
        ("sold 12 2 3", "3 is one number too many"),
        ("sold 99 2", "99 is no item of this show, so 2 could be one too or a quantity"),
        ("sold 12 small xl", "12 in two sizes, Small and XL"),
        ("sold 12 x100", "100 of 12 is more than the 99 one comment may ask for"),
        ("sold 12 sold 12 x2", "the same item with two quantities"),
        ("sold 12 pass 13", "a claim and a cancel in one comment"),
        ("sold 12 how much is shipping", "a claim and a question in one comment"),
        ("sold 12 is it cotton?", "a claim and a question in one comment"),
        ("sold 12 10/10", "“10/10” is not one number"),
        ("A7-2", "“A7-2” could be another item or less of A7"),
        ("12 / 13", "several numbers and no claim word"),
        ("sold", "“sold” names no item"),
        ("mine!", "“mine” names no item"),
        ("sold blue", "“sold” names no item"),
    ],
)
def test_two_readings_are_never_settled_by_a_guess(comment: str, why: str) -> None:
    reading = read(comment, SHOW)
    assert (reading.kind, reading.claims, reading.phone, reading.reason) == (Kind.AMBIGUOUS, (), None, why)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("sold 12 3", "ambiguous"),
        ("sold 3 12", "ambiguous"),
        ("12 3", "ambiguous"),
        ("sold 12x3", "claim 12x3"),
        ("sold 12 x 3", "claim 12x3"),
        ("sold 12 + 3", "ambiguous"),
        ("sold 12 x3", "claim 12x3"),
        ("sold 3x 12", "claim 12x3"),
        ("sold 3 of 12", "claim 12x3"),
        ("sold 12 3 pcs", "claim 12x3"),
        ("12+3", "claim 12x3"),
        ("sold 12 and 3", "claim 12x1 3x1"),
        ("sold 12, 3", "claim 12x1 3x1"),
        ("sold 12 sold 3", "claim 12x1 3x1"),
        ("sold 12 300", "ambiguous"),
        ("sold 300 400", "claim 300x1 400x1"),
        ("sold 3", "claim 3x1"),
        ("sold 12 4", "claim 12x4"),
    ],
)
def test_a_number_is_looked_up_among_the_codes_before_it_is_a_quantity(comment: str, expected: str) -> None:
    assert said(read(comment, Catalogue.of(["12", "3", "300", "400"]))) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("sold", "claim A7x1"),
        ("Mine!!", "claim A7x1"),
        ("+1", "claim A7x1"),
        ("+2 please", "claim A7x2"),
        ("SOLD 10 blue small", "claim A7x10 (Blue, Small)"),
        ("sold blue", "claim A7x1 (Blue)"),
        ("sold A7", "claim A7x1"),
        ("sold C1", "claim C1x1"),
        ("pass", "cancel A7x1"),
        ("sold next", "queue A7x1"),
        ("sold?", "question"),
        ("mine came broken", "none"),
        ("sold 12", "ambiguous"),
        ("blue", "none"),
        ("2", "none"),
        ("love it", "none"),
    ],
)
def test_under_one_item_the_word_is_enough(comment: str, expected: str) -> None:
    assert said(read(comment, SHOW, ONE_ITEM)) == expected


def test_an_answer_is_about_the_item_it_answers() -> None:
    rules = Rules(reply_to="12", single_item="A7")
    assert read("sold", SHOW, rules).claims == (Wanted("12", 1, ()),)
    assert read("+1", SHOW, replace(rules, reply_to=None)).claims == (Wanted("A7", 1, ()),)


@pytest.mark.parametrize("comment", ["+1", "+2 please", "加一"])
def test_plus_one_about_nothing_is_talk(comment: str) -> None:
    assert read(comment, SHOW).kind is Kind.NONE


def test_a_shop_has_its_own_words() -> None:
    rules = Rules(markets=("tw",), claim_words=("Gimme", "🙋"), cancel_words=("put back",))
    assert said(read("gimme 12", SHOW, rules)) == "claim 12x1"
    assert said(read("🙋 12", SHOW, rules)) == "claim 12x1"
    assert said(read("Put back 12", SHOW, rules)) == "cancel 12x1"
    assert said(read("sold 12", SHOW, rules)) == "claim 12x1"


def test_the_most_one_comment_may_ask_for_is_a_rule_of_the_show() -> None:
    assert said(read("sold 12 x6", SHOW, Rules(max_quantity=6))) == "claim 12x6"
    assert read("sold 12 x7", SHOW, Rules(max_quantity=6)).kind is Kind.AMBIGUOUS


def test_none_of_an_item_is_no_claim() -> None:
    assert read("sold 12 x0", SHOW) == Reading(Kind.NONE, (), None, "a quantity of 0")


def test_a_known_option_comes_before_a_quantity() -> None:
    shoes = Catalogue.of(["12"], ["38", "39", "2XL", "M"])
    assert said(read("sold 12 38", shoes)) == "claim 12x1 (38)"
    assert said(read("sold 12 size 38", shoes)) == "claim 12x1 (38)"
    assert said(read("sold 12 2x", shoes)) == "claim 12x1 (2XL)"
    assert said(read("sold 12 2 m", shoes)) == "claim 12x2 (M)"


def test_a_word_that_is_an_item_and_an_option_is_for_the_operator() -> None:
    letters = Catalogue.of(["12", "M"], ["M", "L"])
    assert read("sold 12 M", letters).kind is Kind.AMBIGUOUS
    assert said(read("sold M", letters)) == "claim Mx1"


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("sold 12", "the word “sold” and code 12"),
        ("sold 12, 13", "the word “sold” and codes 12, 13"),
        ("A7", "code A7 alone"),
        ("A7+1", "“+1” and code A7"),
        ("A7-", "the sign “-” and code A7"),
        ("A7 0912345678", "code A7 and a phone number"),
        ("i want to cancel 12", "the word “cancel” and code 12"),
        ("how much", "a question"),
        ("cart", "the word “cart”"),
        ("thank you, cart", "the word “cart”"),
        ("12 sold out", "“sold out” is no claim"),
        ("love 12", "no claim word"),
        ("love it", "nothing that names an item"),
        ("", "nothing that names an item"),
    ],
)
def test_every_reading_says_why(comment: str, why: str) -> None:
    assert read(comment, SHOW).reason == why


def test_a_claim_without_a_code_says_what_it_is_about() -> None:
    assert read("sold", SHOW, ONE_ITEM).reason == "the word “sold” and item A7, which the comment is about"


@pytest.mark.parametrize(
    "comment",
    [
        "love it ❤",
        "12 sold out",
        "they are sold out of 12",
        "2 of my sisters bought 12 last year",
        "love 12",
        "12 is so pretty",
        "the 12 looks like my grandmother's",
        "A7 quality",
        "haha 12",
        "$12",
        "12$",
        "12%",
        "12:30",
        "5/5",
        "10/10",
        "12k",
        "12th",
        "at 12pm",
        "on the 12",
        "hello from Texas",
        "a friend of mine",
        "mine came yesterday",
        "sold on this brand",
        "buy one get one",
        "buy 2 get 1 free",
        "claim your prize",
        "pass the salt",
        "1+1",
        "me +1",
        "#bid 99=1000",
        "bid 12 500",
        "https://example.com/12",
        "www.example.com/sold/12",
        "a7@example.com",
        "@12",
        "0912345678",
        "so happy I was first in line for the last 3 shows",
        "❤❤❤",
        "!!!",
        "🤣🤣 12 people watching",
    ],
)
def test_talk_stays_talk(comment: str) -> None:
    assert said(read(comment, SHOW)) == "none"


@pytest.mark.parametrize("comment", ["3, 2, 1", "5,4,3,2,1", "5, 4, 3", "3 2 1", "3\n2\n1", "1, 2, 3"])
def test_a_crowd_that_counts_together_does_not_buy_all_that_it_counts(comment: str) -> None:
    numbered = Catalogue.of(map(str, range(1, 31)))
    assert said(read(comment, numbered)) == "ambiguous"
    assert said(read("12, 13, 14", numbered)) == "claim 12x1 13x1 14x1"
    assert said(read("sold 3, 2, 1", numbered)) == "claim 3x1 2x1 1x1"
