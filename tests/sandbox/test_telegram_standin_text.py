"""Telegram's text and keyboards, as strictly as the real parser reads them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.telegram.markup import check_markup
from sandbox.telegram.refusal import Refusal
from sandbox.telegram.text import compose, parse_html, typed


def nothing_unknown(name: str) -> None:
    raise AssertionError(f"{name} is unknown")


@pytest.mark.parametrize(
    ("source", "plain", "types"),
    [
        ("<b>a</b> <strong>b</strong>", "a b", ["bold", "bold"]),
        ("<i>a</i><em>b</em>", "ab", ["italic", "italic"]),
        ("<u>a</u><ins>b</ins>", "ab", ["underline", "underline"]),
        ("<s>a</s><del>b</del>", "ab", ["strikethrough", "strikethrough"]),
        ("<code>a</code>", "a", ["code"]),
        ("<tg-spoiler>a</tg-spoiler>", "a", ["spoiler"]),
        ('<span class="tg-spoiler">a</span>', "a", ["spoiler"]),
        ("<blockquote expandable>a</blockquote>", "a", ["expandable_blockquote"]),
        ("<B>a</b>", "a", ["bold"]),
        ("<b><i>a</i></b >", "a", ["italic", "bold"]),
        ("&lt;b&gt; &amp; &quot;&#39;&#x2F;&quot;", '<b> & "\'/"', []),
        ("fish & chips &nbsp; &copy;", "fish & chips &nbsp; &copy;", []),
        ("a <a href=''>b</a>", "a b", []),
        ("<b></b>a", "a", []),
    ],
)
def test_html_becomes_text_and_entities(source: str, plain: str, types: list[str]) -> None:
    text, entities = parse_html(source)
    assert text == plain
    assert [entity["type"] for entity in entities] == types


def test_a_link_keeps_its_address_and_entities_count_utf16_units() -> None:
    _, entities = parse_html('💎é<a href="https://x.y/?a=1&amp;b=2">đá</a>')
    assert entities == [{"type": "text_link", "offset": 3, "length": 2, "url": "https://x.y/?a=1&b=2"}]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("price <3", "Unclosed start tag at byte offset 6"),
        ("é <3 kg", 'Unsupported start tag "3" at byte offset 3'),
        ("<div>a</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
        ("<b>a", "Can't find end tag corresponding to start tag b"),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "<a href>a</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ('<a href="x"', "Expected equal sign in declaration of an attribute"),
        ("<a href=x ", "Unclosed start tag at byte offset 0"),
    ],
)
def test_broken_html_is_refused_with_the_place(source: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_html(source)
    assert refused.value.description.startswith(f"Bad Request: can't parse entities: {why}")


@pytest.mark.parametrize(
    ("source", "parse_mode", "why"),
    [
        ("", "", "message text is empty"),
        (" \n ", "", "text must be non-empty"),
        ("<b> </b>", "HTML", "text must be non-empty"),
        ("x" * 4097, "", "message is too long"),
        ("💎" * 2049, "", "message is too long"),
        ("x" * 32769, "", "text is too long"),
        ("*a*", "MarkdownV2", "unsupported parse_mode"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(source: str, parse_mode: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        compose(source, parse_mode, None)
    assert refused.value.description == f"Bad Request: {why}"


def test_markup_does_not_count_towards_the_length() -> None:
    assert len(compose(f"<b>{'x' * 4096}</b>", "HTML", None).plain) == 4096


def test_space_around_the_text_goes_and_entities_move_with_it() -> None:
    text = compose("\n <b> a </b>b ", "html", None)
    assert text.plain == "a b"
    assert text.entities == [{"type": "bold", "offset": 0, "length": 2}]


def test_what_telegram_finds_by_itself_is_marked_but_not_inside_code() -> None:
    text = compose("/next@sale_bot #jade https://x.y/1. <code>@mai</code> a/b me@x", "HTML", None)
    assert [(entity["type"], entity["length"]) for entity in text.entities] == [
        ("bot_command", 14),
        ("hashtag", 5),
        ("url", 13),
        ("code", 4),
    ]


def test_an_entity_without_its_fields_is_refused() -> None:
    with pytest.raises(Refusal, match="can't parse MessageEntity"):
        compose("hi", "", [{"type": "bold", "offset": 0}])


def test_people_type_lone_surrogates_and_nothing_breaks() -> None:
    assert typed("\ud800 /next").entities == [{"type": "bot_command", "offset": 2, "length": 5}]


@pytest.mark.parametrize(
    ("button", "why"),
    [
        (
            {"text": "a"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"url": "https://x.y"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ("a", "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        ({"text": " ", "callback_data": "a"}, "BUTTON_TEXT_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "đ" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        (
            {"text": "a", "url": "http://localhost:80/1"},
            "inline keyboard button URL 'http://localhost:80/1' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "a", "url": "/pay"},
            "inline keyboard button URL '/pay' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "a", "url": "https://x.y", "callback_data": "b"},
            "can't parse inline keyboard button: exactly one action is allowed, not url, callback_data",
        ),
    ],
)
def test_a_bad_button_refuses_the_whole_message(button: Any, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_markup({"inline_keyboard": [[button]]}, nothing_unknown)
    assert refused.value.description == f"Bad Request: {why}"


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ([], "object expected as reply markup"),
        ({"inline_keyboard": "a"}, 'field "inline_keyboard" must be of type Array'),
        (
            {"inline_keyboard": [{"text": "a"}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}, "reply markup is too long"),
        ({"keyboard": [[7]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
    ],
)
def test_a_bad_keyboard_is_refused(markup: Any, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_markup(markup, nothing_unknown)
    assert refused.value.description == f"Bad Request: {why}"


def test_only_an_inline_keyboard_fits_under_an_edit() -> None:
    assert check_markup({"keyboard": [["Yes"]]}, nothing_unknown) == {"keyboard": [[{"text": "Yes"}]]}
    assert check_markup({"inline_keyboard": []}, nothing_unknown) is None
    with pytest.raises(Refusal, match="inline keyboard expected"):
        check_markup({"keyboard": [["Yes"]]}, nothing_unknown, inline_only=True)


def test_sixty_four_bytes_of_data_fit_a_button() -> None:
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "đ" * 32}]]}
    assert check_markup(keyboard, nothing_unknown) == keyboard
