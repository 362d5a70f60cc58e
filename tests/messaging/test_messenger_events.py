"""What Facebook tells us becomes events; what we do not know is kept; nothing makes the reader stumble."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.base import Comment, Echo, Event, Message, Person, Reachability, Unknown, Verb, edit_revision
from messaging.messenger.events import pages_in, read_webhook

PAGE = "370000000000730"
POST = f"{PAGE}_690891113073877"
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures" / "facebook"


def change(value: Any, *, field: str = "feed", time: Any = SECONDS + 2) -> dict[str, Any]:
    return {
        "object": "page",
        "entry": [{"id": PAGE, "time": time, "changes": [{"field": field, "value": value}]}],
    }


def comment(**what: Any) -> dict[str, Any]:
    return {
        "item": "comment",
        "verb": "add",
        "comment_id": "690891113073877_759878495960329",
        "post_id": POST,
        "parent_id": POST,
        "from": {"id": "6780000000007510", "name": "Mai"},
        "message": "sold 12",
        "created_time": SECONDS,
    } | what


def talk(**what: Any) -> dict[str, Any]:
    event = {"sender": {"id": "24959"}, "recipient": {"id": PAGE}, "timestamp": SECONDS * 1000} | what
    return {"object": "page", "entry": [{"id": PAGE, "time": SECONDS * 1000 + 90, "messaging": [event]}]}


def read(payload: Any) -> Event:
    events = read_webhook(payload, page_id=PAGE)
    assert len(events) == 1
    return events[0]


def read_comment(*, time: Any = SECONDS + 2, **what: Any) -> Comment:
    event = read(change(comment(**what), time=time))
    assert isinstance(event, Comment)
    return event


def read_message(**what: Any) -> Message:
    event = read(talk(**what))
    assert isinstance(event, Message)
    return event


def test_a_comment_under_a_live_video_is_a_comment() -> None:
    assert read(change(comment())) == Comment(
        feed_id=POST,
        feed_title="",
        comment_id="690891113073877_759878495960329",
        verb=Verb.ADDED,
        revision=0,
        author=Person(id="6780000000007510", kind="commenter", name="Mai"),
        text="sold 12",
        written_at=AT,
    )


def test_an_answer_names_the_comment_it_answers() -> None:
    assert read_comment(parent_id="690891113073877_1").reply_to == "690891113073877_1"


@pytest.mark.parametrize(
    ("created", "entry_time"),
    [
        (SECONDS, 1),
        (SECONDS * 1000, 1),
        (str(SECONDS), 1),
        ("2026-11-20T18:00:00+0000", 1),
        ("2026-11-21T01:00:00+0700", 1),
        ("2026-11-20T18:00:00", 1),
        (None, SECONDS),
        ("yesterday", SECONDS * 1000),
        (-5, str(SECONDS)),
        (10**30, SECONDS),
    ],
)
def test_the_time_is_the_comments_own_or_else_the_deliverys(created: Any, entry_time: Any) -> None:
    assert read_comment(created_time=created, time=entry_time).written_at == AT


def test_what_has_no_time_at_all_was_written_now() -> None:
    payload = change(comment(created_time=None), time=None)
    (event,) = read_webhook(payload, page_id=PAGE, now=AT)
    assert isinstance(event, Comment)
    assert event.written_at == AT


def test_without_a_word_on_who_wrote_it_there_is_no_author() -> None:
    payload = comment()
    del payload["from"]
    event = read(change(payload))
    assert isinstance(event, Comment)
    assert event.author is None


def test_a_comment_that_does_not_say_its_post_is_not_lost() -> None:
    assert read_comment(post_id=None).feed_id == POST
    assert read_comment(post_id=None, parent_id=None, post={"id": POST}).feed_id == POST


def test_ids_may_be_numbers_of_any_length() -> None:
    event = read_comment(comment_id=123456789012345678901234567890, **{"from": {"id": 2**63}})
    assert event.comment_id == "123456789012345678901234567890"
    assert event.author is not None
    assert event.author.id == "9223372036854775808"


@pytest.mark.parametrize("verb", ["edited", "edit"])
def test_each_edit_has_a_revision_and_a_redelivery_the_same(verb: str) -> None:
    first = read_comment(verb=verb, message="sold 13")
    again = read_comment(verb=verb, message="sold 13")
    other = read_comment(verb=verb, message="sold 14")
    listed = read_comment(verb=verb, message="sold 13", time=SECONDS + 60)
    assert first.verb is Verb.EDITED
    assert 0 < first.revision == again.revision == listed.revision == edit_revision("sold 13")
    assert first.revision != other.revision > 0


@pytest.mark.parametrize("verb", ["remove", "delete"])
def test_a_deleted_comment_is_removed(verb: str) -> None:
    event = read_comment(verb=verb, message=None)
    assert (event.verb, event.revision, event.text) == (Verb.REMOVED, 0, "")


def test_a_private_message_is_from_a_psid() -> None:
    assert read(talk(message={"mid": "m_1", "text": "xin chào"})) == Message(
        event_id="m_1",
        chat_id="24959",
        chat_title="",
        private=True,
        person=Person(id="24959", kind="psid"),
        text="xin chào",
        message_id="m_1",
        sent_at=AT,
    )


def test_a_tapped_button_and_a_tapped_quick_reply_say_their_payload() -> None:
    button = read_message(postback={"title": "Pay now", "payload": "pay:7", "mid": "m_2"})
    reply = read_message(message={"mid": "m_3", "text": "Red", "quick_reply": {"payload": "red"}})
    assert (button.text, button.tap_id) == ("pay:7", "m_2")
    assert (reply.text, reply.tap_id) == ("red", "m_3")


def test_a_tap_without_an_id_gets_one_that_stays_the_same() -> None:
    first, again = read_message(postback={"payload": "x"}), read_message(postback={"payload": "x"})
    later = read_message(postback={"payload": "x"}, timestamp=SECONDS * 1000 + 5)
    assert first.event_id == again.event_id != later.event_id
    assert first.tap_id == first.event_id


def test_a_followed_link_says_start_as_on_telegram() -> None:
    referral = {"ref": "inv_7f3", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    known = read_message(referral=referral)
    new = read_message(postback={"title": "Get Started", "payload": "GET_STARTED", "referral": referral})
    assert (known.text, known.tap_id) == ("/start inv_7f3", None)
    assert (new.text, new.tap_id) == ("/start inv_7f3", None)


def echo(**message: Any) -> dict[str, Any]:
    return talk(sender={"id": PAGE}, recipient={"id": "24959"}, message={"mid": "m_4", **message})


def test_our_own_tagged_message_comes_back_as_an_echo() -> None:
    assert read(echo(is_echo=True, metadata="delivery-7", text="Pay here")) == Echo(
        event_id="m_4", tag="delivery-7", message_id="m_4", person_id="24959"
    )


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (change(comment(**{"from": {"id": PAGE}})), "own_comment"),
        (change(comment(verb="hide")), "comment_hide"),
        (change(comment(verb=None)), "comment_unknown"),
        (change(comment(comment_id="")), "comment_without_id"),
        (change(comment(comment_id="x" * 1000)), "comment_without_id"),
        (change({"item": "reaction", "verb": "add"}), "feed_reaction"),
        (change({"item": ["odd"]}), "feed_unknown"),
        (change({"id": "1", "status": "live"}, field="live_videos"), "live_video"),
        (change({}, field="message_template_status_update"), "message_template_status_update"),
        (echo(is_echo=True, text="from the inbox"), "echo"),
        (echo(text="camel-cased by some library", isEcho=True), "echo"),
        (talk(message={"mid": "m", "attachments": []}), "message_without_text"),
        (talk(message={"mid": "m"}), "message_without_text"),
        (talk(message={"mid": "m", "text": "x"}, sender={}), "message_without_sender"),
        (talk(postback={"title": "on standby"}), "postback"),
        (talk(referral={"source": "ADS"}), "referral"),
        (talk(delivery={"mids": []}), "delivery"),
        (talk(read={}), "read"),
        (talk(reaction={}), "reaction"),
        (talk(reaction={"action": "unreact", "mid": "m"}), "reaction"),
        (talk(optin={}), "optin"),
        ({"object": "page", "entry": [{"id": PAGE, "standby": [{"message": {}}]}]}, "standby"),
        ({"object": "page", "entry": [{"id": PAGE}]}, "entry"),
        ({"object": "page", "entry": [None]}, "entry"),
        ({"object": "page", "entry": [{"id": "1", "changes": [{}]}]}, "other_page"),
        ({"object": "page", "entry": None}, "no_entries"),
        ({"object": "instagram", "entry": [{}]}, "other_object"),
        ({"field": "feed", "value": {}}, "no_envelope"),
        ([{"object": "page", "entry": []}], "no_envelope"),
        (None, "no_envelope"),
    ],
)
def test_what_we_do_not_act_on_is_kept_under_a_name(payload: Any, kind: str) -> None:
    event = read(payload)
    assert isinstance(event, Unknown)
    assert event.kind == kind
    assert event.event_id == read(payload).event_id  # type: ignore[union-attr]


def test_a_batch_is_read_in_its_order_and_each_page_named_once() -> None:
    entries = [
        *change(comment(message="first"))["entry"],
        {"id": 111, "time": 1, "changes": []},
        *talk(message={"mid": "m_1", "text": "second"})["entry"],
    ]
    payload = {"object": "page", "entry": entries}
    kinds = [type(event).__name__ for event in read_webhook(payload, page_id=PAGE)]
    assert kinds == ["Comment", "Unknown", "Message"]
    assert pages_in(payload) == [PAGE, "111"]


def test_poison_in_one_comment_leaves_the_others_alone() -> None:
    payload = change(comment(message="sold\0 12 \ud83d"))
    payload["entry"] += change(comment(message="sold 13", comment_id="c2"))["entry"]
    texts = [event.text for event in read_webhook(payload, page_id=PAGE) if isinstance(event, Comment)]
    assert texts == ["sold 12 \N{REPLACEMENT CHARACTER}", "sold 13"]


def test_content_nested_too_deeply_to_be_written_down_still_has_an_id() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert isinstance(read(change({"item": "status", "deep": deep})), Unknown)


RECORDED = {
    "recorded_batch_own_comment_and_missing_from": ["Comment", "own_comment", "Comment"],
    "recorded_delivery": ["delivery"],
    "recorded_echo_video": ["echo"],
    "recorded_fb_group_feed_in_messaging": ["message_without_sender"],
    "recorded_feed_comment_add_on_video": ["Comment"],
    "recorded_feed_comment_hide_by_page": ["comment_hide"],
    "recorded_feed_comment_photo_no_message": ["Comment"],
    "recorded_feed_comment_unhide_by_page": ["comment_unhide"],
    "recorded_feed_post_remove": ["feed_post"],
    "recorded_feed_reaction_like_and_remove": ["feed_reaction", "feed_reaction"],
    "recorded_feed_status_add_unpublished": ["feed_status"],
    "recorded_feed_video_edited_unpublished": ["feed_video"],
    "recorded_instagram_live_comment": ["other_object"],
    "recorded_live_videos_vod_1": ["live_video"],
    "recorded_live_videos_vod_2": ["live_video"],
    "recorded_message_text": ["Message"],
    "recorded_message_text_zh": ["Message"],
    "recorded_postback_emoji_title": ["Message"],
    "recorded_reaction_emoji": ["Reachability"],
    "recorded_read": ["read"],
    "recorded_suite_comment_ar_perfume": ["Comment"],
    "recorded_suite_comment_ar_price_question": ["Comment"],
    "recorded_suite_comment_ar_price_question_2": ["Comment"],
    "recorded_suite_comment_it_info": ["Comment"],
    "recorded_suite_comment_sw_price": ["Comment"],
    "recorded_suite_comment_vi_name": ["Comment"],
}


def recorded(pattern: str) -> list[Path]:
    files = sorted(FIXTURES.glob(pattern))
    if not files:
        pytest.skip("no recorded Facebook deliveries beside the project")
    return files


def read_for_its_page(file: Path) -> list[Event]:
    payload = json.loads(file.read_bytes())
    return read_webhook(payload, page_id=(pages_in(payload) or [PAGE])[0])


def named(event: Event) -> str:
    return event.kind if isinstance(event, Unknown) else type(event).__name__


def test_every_recorded_delivery_becomes_what_it_is() -> None:
    files = recorded("recorded_*.json")
    assert {file.stem: [named(event) for event in read_for_its_page(file)] for file in files} == RECORDED


def test_recorded_words_and_names_come_through_as_written() -> None:
    recorded("recorded_*.json")
    (said,) = read_for_its_page(FIXTURES / "recorded_message_text_zh.json")
    (tapped,) = read_for_its_page(FIXTURES / "recorded_postback_emoji_title.json")
    (thanked,) = read_for_its_page(FIXTURES / "recorded_suite_comment_vi_name.json")
    assert isinstance(said, Message)
    assert isinstance(tapped, Message)
    assert isinstance(thanked, Comment)
    assert thanked.author is not None
    assert (said.text, tapped.text, thanked.text) == ("测试私信", "{}", "Cảm ơn")
    assert thanked.author.name == "Khách A"


def test_no_delivery_on_file_is_dropped_or_makes_the_reader_stumble() -> None:
    for file in recorded("*.json"):
        assert read_for_its_page(file), file.name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def twisted(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The object with some of its values replaced by anything."""
    odd = JSON | st.sampled_from([10**400, float("nan"), "x" * 1000, PAGE, {"id": PAGE}, {"id": 5}])
    return st.dictionaries(st.sampled_from(sorted(whole)), odd, max_size=3).map(lambda some: whole | some)


CHANGES = twisted(comment()).flatmap(lambda value: twisted({"field": "feed", "value": value}))
TALKS = twisted(
    talk(message={"mid": "m", "text": "x"}, postback={"payload": "x"}, referral={"ref": "x"})["entry"][0]["messaging"][
        0
    ]
)


@given(changes=st.lists(CHANGES | JSON, max_size=3), talks=st.lists(TALKS | JSON, max_size=3), time=JSON)
def test_every_item_of_any_delivery_becomes_one_event(changes: Any, talks: Any, time: Any) -> None:
    entry = {"id": PAGE, "time": time, "changes": changes, "messaging": talks}
    events = read_webhook({"object": "page", "entry": [entry]}, page_id=PAGE)
    assert len(events) == max(1, len(changes) + len(talks))


@given(JSON | st.fixed_dictionaries({"object": st.just("page"), "entry": JSON}))
def test_anything_at_all_becomes_something(payload: Any) -> None:
    assert read_webhook(payload, page_id=PAGE)


def test_a_picture_is_heard_with_or_without_words() -> None:
    url = "https://cdn.example/slip.jpg"
    attached = {"type": "image", "payload": {"url": url}}
    for words, said in (({}, ""), ({"text": "paid"}, "paid")):
        heard = read(talk(message={"mid": "m_1", "attachments": [{"type": "fallback"}, attached], **words}))
        assert isinstance(heard, Message)
        assert (heard.text, heard.picture) == (said, f"url:{url}")
    odd = {"type": "image", "payload": {"url": "javascript:alert(1)"}}
    thumb = {"type": "image", "payload": {"url": url, "sticker_id": 369239263222822}}
    for other in (odd, thumb):
        assert isinstance(read(talk(message={"mid": "m_2", "attachments": [other]})), Reachability)


@pytest.mark.parametrize(
    "what",
    [
        {"message": {"mid": "m_1", "attachments": [{"type": "sticker", "payload": {"sticker_id": 5}}]}},
        {"message": {"mid": "m_1", "attachments": [{"type": "audio", "payload": {"url": "https://cdn.example/a"}}]}},
        {"reaction": {"mid": "m_0", "action": "react", "emoji": "\N{HEAVY BLACK HEART}", "reaction": "love"}},
    ],
)
def test_a_sticker_a_voice_and_a_heart_open_the_door_like_words(what: dict[str, Any]) -> None:
    heard = read(talk(**what))
    assert isinstance(heard, Reachability)
    assert (heard.open, heard.chat_id, heard.person.id, heard.person.kind, heard.at) == (
        True,
        "24959",
        "24959",
        "psid",
        AT,
    )
    assert heard == read(talk(**what))
