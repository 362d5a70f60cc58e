"""What the words of a market can mean, and the words heard in every market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.show_rules import Again

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The words of one market, each with one meaning in a comment."""

    claim: frozenset[str] = _NONE
    """“I take it”."""
    places: frozenset[str] = _NONE
    """Claim words whose number may be a place in the queue: “cf2” is “second in line” in Thailand."""
    named: frozenset[str] = _NONE
    """Claim words that say nothing without an item: “chốt đơn” alone is what sellers say."""
    cancel: frozenset[str] = _NONE
    question: frozenset[str] = _NONE
    pending: frozenset[str] = _NONE
    """Makes even a clear claim a question: “sold 12 pending question”."""
    opening: frozenset[str] = _NONE
    """A question only as the first word: “is 12 sold”."""
    alone: frozenset[str] = _NONE
    """The whole comment is this word: the buyer takes the only item it can be about. Elsewhere it means nothing."""
    queue: frozenset[str] = _NONE
    """“I would take it if the first buyer passes”."""
    cart: frozenset[str] = _NONE
    """The whole comment is this word: the buyer wants to see what they have."""
    bid: frozenset[str] = _NONE
    """An offer of a price, as in an auction; items of a show have a fixed one."""
    aside: frozenset[str] = _NONE
    """Looks like a claim and is none: “sold out”, a reservation."""
    polite: frozenset[str] = _NONE
    """Means nothing wherever it stands."""
    filler: frozenset[str] = _NONE
    """Means nothing beside a claim word: “dibs on the 12”."""
    chatter: frozenset[str] = _NONE
    """Short words nobody should take for a code: “sold at 8”."""
    hedge: frozenset[str] = _NONE
    """Takes a claim half back: “sold 12 unless she wants it”."""
    span: frozenset[str] = _NONE
    """After a number, makes it a time, a price or a headcount: “need 5 minutes”. Elsewhere it is talk."""
    join: frozenset[str] = _NONE
    unit: frozenset[str] = _NONE
    """After a number, makes it a quantity."""
    of: frozenset[str] = _NONE
    """Between a number and a code, makes it a quantity: “2 of 12”."""
    those: frozenset[str] = _NONE
    """After the words of `of`, the item everybody talks about: “5 of those”."""
    amount: frozenset[str] = _NONE
    """Before a number, makes it a quantity."""
    measure: frozenset[str] = _NONE
    """Before a number, makes it a size; before or after an option it means nothing."""
    marker: frozenset[str] = _NONE
    """Before a number, makes it a code."""
    ordinal: frozenset[str] = _NONE
    """After a number, makes it a code."""
    plus: frozenset[str] = _NONE
    every: frozenset[str] = _NONE
    """After a code, asks for all its colours."""
    short_phones: bool = False
    """Whether a number of eight digits is somebody's phone."""
    again: Again = Again.IGNORE
    """What a second comment about the same item means."""


def words_of(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


#: A claim with one of these may be taken back; a cancel has it for its reason: “pass 12, wrong size”.
REGRETS = words_of("oops, wrong, mistake, meant, typo")

#: What shapes a comment in every market, whatever its claim words are: English is mixed in everywhere.
COMMON = Market(
    claim=words_of("sold"),  # CommentSold: whatever word a shop chooses, SOLD works too
    named=words_of("need, yes to, drop"),
    cancel=words_of("pass, pass on, cancel"),
    question=words_of(
        "how much, how many, how, hows, what, whats, which, when, whens, where, wheres, who, whos, why, question, "
        "available, do you, does it, is it, is there, can i see, can you, how about, price"
    ),
    pending=words_of("pending question, pending a question, pending"),
    opening=words_of("is, are, was, were, do, does, did, has, can, could, may, should, any, anyone, anybody"),
    cart=words_of(
        "cart, my cart, view cart, view my cart, show cart, show my cart, see my cart, check my cart, "
        "basket, my basket, checkout, check out, check me out, ready to checkout, ready to check out, "
        "i want to checkout, i want to check out, id like to check out, ready to pay, im ready to pay, "
        "i want to pay, pay now, total, my total, the total, total me, send my total, send me my total, "
        "can i get my total, can i have my total, whats my total, what is my total, what do i owe, "
        "how much do i owe, my bill, the bill, bill me, invoice, my invoice, invoice me, send invoice, "
        "send my invoice, send me my invoice, can i get my invoice, can you send my invoice, "
        "can you send me my invoice"
    ),
    bid=words_of("bid, bids, bidding"),
    aside=words_of(
        "sold out, sold already, already sold, just sold, was sold, is sold, got sold, are sold, been sold, "
        "sold so far, ssd, mine came, mine just came, mine arrived, mine is here, got mine, love mine, i love mine"
    ),
    polite=words_of(
        "please, pls, plz, pleasee, thanks, thank you, thank u, thankyou, thx, ty, tysm, hi, hello, hey, "
        "yes, yep, yeah, ok, okay, me, for me, i, sis, hun, girl, dear, maam, sir, boss, im done, all done"
    ),
    filler=words_of(
        "the, on, for, to, this, that, it, one, my, of, in, in a, w, with, need, both, "
        "omg, yay, wow, lol, haha, hahaha, finally, aww, oh, ooh, ah, ahh, eek, woohoo, yess, yass"
    ),
    chatter=words_of(
        "at, is, by, up, as, so, we, he, go, be, do, am, us, an, ur, u, la, xo, dm, pm, fb, "
        "im, id, ive, its, ill, "
        "you need, you want, u need, u want, they need, they want"
    ),
    hedge=words_of(
        "or, but, if, unless, maybe, instead, not, no, dont, didnt, cant, wont, wish, wanted, almost, "
        "missed, lost, until, later, yesterday, ago, was, were, twice, double, next, "
        "more, last week, last month, last year, in a minute, in a min, in an hour, jk, kidding, joke, "
        "joking, ignore"
    )
    | REGRETS,
    span=words_of(
        "sec, secs, second, seconds, minute, minutes, min, mins, hour, hours, hrs, day, days, week, weeks, "
        "month, months, year, years, people, degrees, dollars, bucks, usd"
    ),
    join=words_of("and, plus, also, n"),
    of=words_of("of"),
    those=words_of("those, these, them, that, this, it"),
    unit=words_of("pc, pcs, piece, pieces, ea, each, set, sets, pair, pairs, unit, units, qty"),
    measure=words_of("size, sz, color, colour"),
    amount=words_of("qty, quantity, qnty, qty of, quantity of"),
    marker=words_of("item, number, num, code, lot, style, nr, tag"),
    every=words_of(
        "all colors, all colours, every color, every colour, each color, each colour, all sizes, one of each"
    ),
)

#: Number words, read only where a number is expected.
NUMBERS: Mapping[str, int] = MappingProxyType(
    {"TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SIX": 6, "SEVEN": 7, "EIGHT": 8, "NINE": 9, "TEN": 10}
    | dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
    | {"兩": 2, "两": 2}
    | {"ISA": 1, "DALAWA": 2, "TATLO": 3, "SATU": 1, "DUA": 2, "TIGA": 3, "EMPAT": 4}
    | {
        "UN": 1,
        "UNA": 1,
        "UNO": 1,
        "UNE": 1,
        "DOS": 2,
        "TRES": 3,
        "CUATRO": 4,
        "CINCO": 5,
        "DEUX": 2,
        "TROIS": 3,
        "QUATRE": 4,
        "CINQ": 5,
    }
    | {"หนึ่ง": 1, "สอง": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "MỘT": 1, "HAI": 2, "BA": 3, "BỐN": 4, "TVÅ": 2}
    | {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5}
)
