"""Operators say where their buyers are, and words that mean something else elsewhere count there."""

from __future__ import annotations

from tests.bot.commands.conftest import Shop


async def test_words_of_a_market_count_once_it_is_named(shop: Shop) -> None:
    ann = await shop.operator("Ann")
    await ann.says("/show new Friday")
    await ann.says("/item add A7 Bangle 45 x1")
    await ann.says("/market", hears="“Friday” hears the words of all markets that mean the same everywhere.")
    await ann.says("/try fix A7", hears="Read as talk")
    await ann.says("/market ID, ph", hears="“Friday” hears the words of id, ph. For every market: /market all")
    await ann.says("/try fix A7", hears="Read as a claim of A7")
    await ann.says("/market", hears="id, ph")
    await ann.says("/market all", hears="all markets")
    await ann.says("/try fix A7", hears="Read as talk")


async def test_an_unknown_market_is_answered_with_the_known_ones(shop: Shop) -> None:
    ann = await shop.operator("Ann")
    await ann.says("/show new Friday")
    await ann.says("/market us mars", hears="I do not know the market mars. I know us, ph, tw, hk, th, vn,")
    await ann.says("/market", hears="all markets")
