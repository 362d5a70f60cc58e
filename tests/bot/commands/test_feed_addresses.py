"""Which Facebook post or video an address means."""

from __future__ import annotations

import pytest

from bot.commands.feed_addresses import feed_ids
from bot.kit.errors import BadInput


@pytest.mark.parametrize(
    "where",
    [
        "987654321",
        "https://www.facebook.com/mai/videos/987654321",
        "https://www.facebook.com/mai/videos/987654321/?ref=share",
        "https://m.facebook.com/mai/videos/friday-sale/987654321/",
        "facebook.com/watch/?v=987654321",
        "https://www.facebook.com/watch/live/?ref=watch_permalink&v=987654321",
        "https://www.facebook.com/mai/posts/987654321",
        "https://www.facebook.com/permalink.php?story_fbid=987654321&id=555",
        "https://www.facebook.com/story.php?id=555&story_fbid=987654321",
        "https://www.facebook.com/reel/987654321",
        "<https://www.facebook.com/mai/videos/987654321>",
    ],
)
def test_the_number_in_an_address_is_heard_in_both_spellings(where: str) -> None:
    assert feed_ids(where, "555") == ["987654321", "555_987654321"]


def test_a_full_id_is_taken_as_it_is() -> None:
    assert feed_ids("555_987654321", "555") == ["555_987654321"]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("https://fb.watch/xYz/", "short link"),
        ("https://www.facebook.com/mai", "no video or post number"),
        ("https://www.facebook.com/mai/posts/pfbid0abc", "no video or post number"),
        ("https://evilfacebook.com/mai/videos/987654321", "not a Facebook address"),
        ("https://facebook.com.evil.example/videos/987654321", "not a Facebook address"),
        ("https://[broken/videos/1", "not a Facebook address"),
        ("my video", "not a Facebook address"),
        ("", "not a Facebook address"),
    ],
)
def test_what_names_no_post_is_refused_with_what_to_send(where: str, reason: str) -> None:
    with pytest.raises(BadInput, match=f"{reason}.*(Send the long address)"):
        feed_ids(where, "555")
