"""How buyers write in each market: word sets, nothing else.

Sources are the sellers' and tools' own help pages: CommentSold, BuyItLive and MyFashionEmporium (us),
Page365 (ph), 168money (tw), Shopline and eshopland (hk), deeple and fillgoods (th), Harasocial (vn),
Boxify (my), OrdrStartr (sg), PostOffice Social and SHOPRS (nordic). Words marked
"usage" are known from use without a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The words of one market, each with one meaning in a comment."""

    claim: frozenset[str] = _NONE
    """“I take it”."""
    places: frozenset[str] = _NONE
    """Claim words whose number may be a place in the queue: “cf2” is “second in line” in Thailand."""
    cancel: frozenset[str] = _NONE
    question: frozenset[str] = _NONE
    pending: frozenset[str] = _NONE
    """Makes even a clear claim a question: “sold 12 pending question”."""
    opening: frozenset[str] = _NONE
    """A question only as the first word: “is 12 sold”."""
    queue: frozenset[str] = _NONE
    """“I would take it if the first buyer passes”."""
    cart: frozenset[str] = _NONE
    """The whole comment is this word: the buyer wants to see what they have."""
    aside: frozenset[str] = _NONE
    """Looks like a claim and is none: “sold out”, a bid, a reservation."""
    polite: frozenset[str] = _NONE
    """Means nothing wherever it stands."""
    filler: frozenset[str] = _NONE
    """Means nothing beside a claim word: “dibs on the 12”."""
    chatter: frozenset[str] = _NONE
    """Short words nobody should take for a code: “sold at 8”."""
    hedge: frozenset[str] = _NONE
    """Takes a claim half back: “sold 12 unless she wants it”."""
    join: frozenset[str] = _NONE
    unit: frozenset[str] = _NONE
    """After a number, makes it a quantity."""
    amount: frozenset[str] = _NONE
    """Before a number, makes it a quantity."""
    measure: frozenset[str] = _NONE
    """Before a number, makes it a size."""
    marker: frozenset[str] = _NONE
    """Before a number, makes it a code."""
    ordinal: frozenset[str] = _NONE
    """After a number, makes it a code."""
    plus: frozenset[str] = _NONE
    every: frozenset[str] = _NONE
    """After a code, asks for all its colours."""


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


#: What shapes a comment in every market, whatever its claim words are: English is mixed in everywhere.
COMMON = Market(
    claim=_words("sold"),  # CommentSold: whatever word a shop chooses, SOLD works too
    cancel=_words("pass, pass on, cancel"),
    question=_words(
        "how much, how many, how, what, which, when, where, who, why, question, "
        "available, do you, does it, is it, is there, can i see, can you, how about, price"
    ),
    pending=_words("pending question, pending a question, pending"),
    opening=_words("is, are, was, were, do, does, did, has, can, could, should, any, anyone, anybody"),
    cart=_words("cart, my cart"),
    aside=_words(
        "sold out, sold already, already sold, just sold, was sold, is sold, got sold, are sold, been sold, "
        "bid, bids, bidding, ssd"
    ),
    polite=_words(
        "please, pls, plz, pleasee, thanks, thank you, thank u, thankyou, thx, ty, tysm, hi, hello, hey, "
        "yes, yess, yep, yeah, ok, okay, me, for me, i, sis, hun, girl, dear, maam, sir, boss"
    ),
    filler=_words("the, on, for, to, this, that, it, one, my, of, color, colour, in, w, with, need, omg, yay"),
    chatter=_words("at, is, by, up, as, so, we, he, go, be, do, am, us, an, ur, u, la, xo, dm, pm, oh, ah, fb"),
    hedge=_words(
        "or, but, if, unless, maybe, instead, not, no, dont, didnt, cant, wont, wish, wanted, almost, "
        "missed, lost, until, later, yesterday, ago, week, month, year, was, were"
    ),
    join=_words("and, plus, also, n"),
    unit=_words("pc, pcs, piece, pieces, ea, each, set, sets, pair, pairs, unit, units, qty"),
    measure=_words("size, sz"),
    amount=_words("qty, quantity, qnty"),
    marker=_words("item, number, num, code, lot, style, nr"),
)

#: Number words, read only where a number is expected.
NUMBERS: Mapping[str, int] = MappingProxyType(
    {"TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SIX": 6}
    | dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
    | {"兩": 2, "两": 2}
)

MARKETS: Mapping[str, Market] = MappingProxyType(
    {
        "us": Market(
            claim=_words("sold, mine, claim, claiming, dibs, buy, buying, mio, is mine, i want, ill take, i will take"),
            cancel=_words(
                "pass, pass on, cancel, canceling, cancelling, unclaim, never mind, nevermind, nvm, remove, "
                "no longer want, dont want, i dont want"
            ),
            queue=_words("sold next, next sold, next, next in line, in line, waitlist, wait list, backup, back up"),
        ),
        "ph": Market(
            claim=_words("mine, grab, steal, lock"),  # grab, steal and lock: usage
            cancel=_words("cancel, pass"),
            question=_words("hm, magkano, meron pa, may available pa"),
            aside=_words("joy miner, bogus buyer"),
            polite=_words("po, ate, mamsh, sis, salamat"),
        ),
        "tw": Market(
            claim=_words("我要, 我買, 我想要"),
            cancel=_words("取消, 棄標, 不要, 不要了"),
            question=_words(
                "多少錢, 多少, 幾元, 幾塊, 嗎, 什麼, 怎麼, 哪裡, 哪, 有沒有, 請問, 為什麼, 幾號, 要不要, 呢"
            ),
            queue=_words("候補, 排隊"),
            cart=_words("購物車"),
            polite=_words("謝謝, 感謝, 老闆娘, 老闆, 請, 麻煩, 你好, 主播, 喔, 唷, 啦, 哦, 耶, 款, 色"),
            join=_words("和, 跟, 與, 及"),
            unit=_words("個, 件, 組, 份, 隻, 雙, 條, 套, 盒"),
            ordinal=_words("號"),
            plus=_words("加"),
            every=_words("包"),
        ),
        "hk": Market(
            claim=_words("我要, i want"),
            cancel=_words("取消, 唔要"),
            question=_words("幾錢, 幾多錢, 有冇, 係咪, 邊度, 點樣, 嗎"),
            polite=_words("唔該, 多謝, 請, 呀, 啊"),
            join=_words("同, 和, 同埋"),
            unit=_words("個, 件, 對, 盒"),
            ordinal=_words("號"),
            plus=_words("加"),
        ),
        "th": Market(
            claim=_words("cf, รับ, เอา"),  # รับ and เอา: usage
            places=_words("cf"),
            cancel=_words("cc, ยกเลิก, ไม่เอา, ไม่รับ"),
            question=_words("เท่าไหร่, เท่าไร, ไหม, มั้ย, กี่บาท, ราคา, หรือเปล่า"),
            queue=_words("ต่อคิว, คิว"),
            cart=_words("ตะกร้า"),
            aside=_words("f, ib"),
            polite=_words("no cc, ค่ะ, คะ, ครับ, จ้า, นะ, สำหรับ, ขอบคุณ"),
            join=_words("และ, กับ"),
            unit=_words("ชิ้น, ตัว, อัน, คู่"),
            marker=_words("รหัส"),
        ),
        "vn": Market(
            claim=_words("chốt, lấy, mua, chot, lay"),  # usage; many type without accents
            cancel=_words("hủy, huỷ, huy, bỏ, không lấy, ko lấy, k lấy"),
            question=_words("bao nhiêu, bao nhieu, nhiêu, giá, gia, còn không, còn ko, ko ạ"),
            aside=_words("chốt đơn, chot don, ib"),
            polite=_words("ạ, nhé, nha, em, chị, shop, dạ, mình, cảm ơn, cho em, cho mình"),
            filler=_words("màu, mau"),
            join=_words("và, với"),
            unit=_words("cái, chiếc, bộ, đôi, cai"),
            marker=_words("mã, mẫu, ma"),
        ),
        "my": Market(
            claim=_words("nak, i want, mau"),  # usage
            cancel=_words("cancel, batal, tak jadi"),
            question=_words("berapa, harga, ada lagi"),
            aside=_words("pm tepi"),
            polite=_words("tq, terima kasih, kak"),
            join=_words("dan"),
            unit=_words("helai, pasang"),
            plus=_words("加"),
        ),
        "sg": Market(
            claim=_words("i want"),
            cancel=_words("cancel"),
            polite=_words("tq"),
            plus=_words("加"),
        ),
        "nordic": Market(
            claim=_words("yes plz, yes please, yes pls, ja tak, ja takk, jeg tager, jeg tar, jag tar"),
            cancel=_words("annuller, afbestil, avbestill, fortryder, ångrar"),
            question=_words("hvad koster, hva koster, vad kostar, hvor meget, hvor mye, pris"),
            polite=_words("tak, takk, tack, hej, hei"),
            join=_words("og, och"),
            unit=_words("stk, st"),
        ),
        "id": Market(
            claim=_words("fix, keep, book, ambil, pesan, mau"),  # usage
            cancel=_words("batal, cancel, gak jadi, ga jadi, tidak jadi"),
            question=_words("berapa, harga, masih ada"),
            aside=_words("bid, ob, kb, bin"),
            polite=_words("kak, makasih, terima kasih"),
            join=_words("dan"),
            unit=_words("buah, biji"),
            marker=_words("kode"),
        ),
        "es": Market(
            claim=_words("mio, mío, mia, mía, lo quiero, la quiero, quiero, me lo llevo"),  # but mio: usage
            cancel=_words("cancelo, cancelar, cancela, paso, ya no quiero, no quiero"),
            question=_words("cuánto, cuanto, precio, qué, cuál, hay"),
            polite=_words("por favor, gracias, hola, porfa"),
            filler=_words("el, la, los, las"),
            hedge=_words("pero, si, o"),
            join=_words("y"),
        ),
        "fr": Market(
            claim=_words("je prends, jp, je veux, pour moi"),  # usage
            cancel=_words("annule, annuler, jannule, je ne prends plus"),
            question=_words("combien, quel, quelle, prix, est ce"),
            polite=_words("merci, svp, stp, bonjour, sil vous plaît"),
            filler=_words("le, la, les"),
            hedge=_words("mais, ou, si"),
            join=_words("et"),
        ),
        "kr": Market(
            claim=_words("저요, 주문, 구매, 주세요, 살게요"),  # usage
            cancel=_words("취소"),
            question=_words("얼마, 가격, 있나요, 인가요"),
            polite=_words("감사합니다, 이요, 요, 부탁드려요"),
            unit=_words("개, 장, 벌"),
            ordinal=_words("번"),
        ),
        "cn": Market(
            claim=_words("扣1, 我要, 我买, 要了"),  # usage
            cancel=_words("取消, 不要, 不要了"),
            question=_words("多少钱, 多少, 吗, 什么, 怎么, 哪里, 哪, 有没有, 请问, 为什么, 几块, 要不要"),
            cart=_words("购物车"),
            polite=_words("谢谢, 老板, 请, 麻烦, 你好, 主播"),
            join=_words("和, 跟"),
            unit=_words("个, 件, 套, 双, 条, 盒"),
            ordinal=_words("号"),
            plus=_words("加"),
        ),
    }
)

#: Words that mean something else to buyers of other markets; heard only where their market is named.
LOCAL: frozenset[str] = _words(
    "f, cc, ib, jp, ob, kb, bin, fix, keep, book, lock, grab, steal, nak, mau, ma, lay, mua, chot, huy, gia, "
    "shop, em, dan, y, o, si, et, ou, og, la, le, les, el, los, las, n, st, paso, hay, hm, yes please, "
    "yes pls, quiero, no quiero, pris, prix, pour moi, ate, cai"
)
