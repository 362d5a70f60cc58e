"""What buyers read: every language says everything, with its facts, and shortly."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import bot
import messaging
from bot.domain.reading import MARKETS
from messaging.texts import KINDS, LANGUAGES, BadTemplate, Texts, check, choose_language, defaults, known_language
from messaging.texts.kinds import ANSWERS
from messaging.texts.languages import OF_MARKET

EVERYWHERE = [(language, kind) for language in LANGUAGES for kind in KINDS]
FACTS = {
    "name": "Mai",
    "code": "12",
    "title": "Blue dress",
    "item": "12 Blue dress",
    "price": "19.90 USD",
    "quantity": "2",
    "position": "3",
    "left": "1",
    "count": "4",
    "show": "Friday",
    "lines": "1 × 12 Blue dress",
    "total": "19.90 USD",
    "paid": "5.00 USD",
    "time": "25 min",
    "prize": "a mug",
    "coupon": "SUMMER",
    "worth": "10%",
    "currency": "EUR",
    "provider": "Stripe",
    "every": "every month",
}
SAYING = [
    file
    for package in (bot, messaging)
    for file in Path(str(package.__file__)).parent.rglob("*.py")
    if re.search(r"\btexts(_for\(.*\))?\.say\(|\bAnswer\(|\bHeeded\(", file.read_text(encoding="utf-8"))
]
"""Where buyers are spoken to."""
SENTENCES_END = re.compile(r"[.!?](?=\s|$)|[。！？]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_kind_and_no_other(language: str) -> None:
    assert set(defaults(language)) == set(KINDS)


@pytest.mark.parametrize(("language", "kind"), EVERYWHERE)
def test_every_wording_gives_the_facts_it_must_and_leaves_no_brace(language: str, kind: str) -> None:
    texts = defaults(language)[kind]
    assert texts
    for text in texts:
        assert check(kind, text) == (text,)
        said = Texts(language, {(kind, language): text}).say(kind, **FACTS)
        assert not set("{}") & set(said)
        for fact in KINDS[kind].needs:
            assert FACTS[fact] in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_have_several_wordings_of_at_most_two_sentences_with_the_name_first(language: str) -> None:
    for kind in ANSWERS:
        texts = defaults(language)[kind]
        assert len(set(texts)) == len(texts) > 1
        for text in texts:
            assert text.find("{name}") in range(6)
            assert len(SENTENCES_END.findall(text)) <= 2
            assert "\n" not in text
            assert "http" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_in_private_has_one_wording(language: str) -> None:
    assert [kind for kind in set(KINDS) - ANSWERS if len(defaults(language)[kind]) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_are_short_enough_for_every_platform(language: str) -> None:
    texts = Texts(language)
    for button in ("open_button", "take_it_button", "no_thanks_button"):
        assert len(texts.say(button)) <= 20
    assert len(texts.say("pay_button", total="1,119.90 USD")) <= 20


def test_the_same_comment_gets_the_same_wording_and_others_do_not() -> None:
    texts = Texts("en")
    said = [texts.say("got_it", f"comment-{number}", **FACTS) for number in range(40)]
    assert said == [texts.say("got_it", f"comment-{number}", **FACTS) for number in range(40)]
    assert set(said) == {
        Texts("en", {("got_it", "en"): one}).say("got_it", **FACTS) for one in defaults("en")["got_it"]
    }


def test_an_item_without_a_title_leaves_no_gap() -> None:
    assert Texts("en", {("got_it", "en"): "{code} {title} is yours"}).say("got_it", code="12") == "12 is yours"


def test_what_a_shop_wrote_is_filled_in_once_and_never_again() -> None:
    texts = Texts("en", {("got_it", "en"): "{name}: {code}"})
    assert texts.say("got_it", name="{code}", code="12") == "{code}: 12"


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        ("got_it", "{name}, yours!", "needs {code}"),
        ("waitlisted", "{name}, {code}: wait", "needs {position}"),
        ("got_it", "{code} | {name}, yours", "needs {code}"),
        ("got_it", "{code} for {nmae}", "{nmae} is nothing"),
        ("got_it", "{code} {", "stands alone"),
        ("got_it", "{code} {0.real}", "stands alone"),
        ("greeting", "hi {name}", "takes none"),
        ("got_it", " | ", "no text"),
        ("got_it", "{code}" + "a" * 700, "too long"),
    ],
)
def test_a_text_that_says_too_little_or_too_much_is_refused_with_what_is_wrong(
    kind: str, text: str, complaint: str
) -> None:
    with pytest.raises(BadTemplate, match=re.escape(complaint)):
        check(kind, text)


def test_an_item_will_do_for_its_code() -> None:
    assert check("got_it", "{item} is yours | {code}, yours") == ("{item} is yours", "{code}, yours")


@pytest.mark.parametrize(
    ("own", "market", "language"),
    [
        ("", "", "en"),
        ("", "th", "th"),
        ("", "tw,us", "zh-Hant"),
        ("", "nordic", "da"),
        ("vi", "th", "vi"),
        ("pt-br", "th", "th"),
        ("pt-br", "", "en"),
        ("fil", "us", "tl"),
        ("zh-hant", "cn", "zh-Hant"),
        ("zh_TW", "", "zh-Hant"),
        ("zh", "", "zh-Hans"),
        ("en-GB", "kr", "en"),
        ("no", "", "nb"),
    ],
)
def test_the_buyers_own_language_wins_then_the_markets_then_english(own: str, market: str, language: str) -> None:
    assert choose_language(own, market) == language


def test_every_market_speaks_one_of_our_languages_by_name() -> None:
    assert set(MARKETS) == set(OF_MARKET)
    assert set(OF_MARKET.values()) <= set(LANGUAGES)


def test_what_no_language_is_called_is_none() -> None:
    assert known_language("klingon") is None
    assert known_language("") is None


def test_every_kind_is_said_somewhere() -> None:
    said = {constant for file in SAYING for constant in _constants(file)}
    assert set(KINDS) - said == set(), "what nobody says is not there to be translated"


def _constants(file: Path) -> set[str]:
    """The strings in the code of a file."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
