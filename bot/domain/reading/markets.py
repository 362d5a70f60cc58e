"""How buyers write in each market: word sets, nothing else.

Sources are the sellers' and tools' own help pages: CommentSold, BuyItLive and MyFashionEmporium (us),
Page365 (ph), 168money (tw), Shopline and eshopland (hk), deeple and fillgoods (th), Harasocial (vn),
Boxify (my), OrdrStartr (sg), PostOffice Social and SHOPRS (nordic). Words marked
"usage" are known from use without a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.reading.market import Market
from bot.domain.reading.market import words_of as _words
from bot.domain.show_rules import Again

#: How English is written wherever it is sold in; the last line of claims is what thumbs make of “sold” and “mine”.
_ENGLISH_CLAIM = _words(
    "mine, claim, claiming, claimed, i claim, dibs, buy, buying, purchase, is mine, want, i want, i need, gimme, "
    "give me, want to buy, i want to buy, wanna buy, i wanna buy, would like, i would like, id like, id love, "
    "i would like to buy, id like to buy, i want to claim, id like to claim, ill take, i will take, ill buy, "
    "ill get, ill grab, let me get, let me have, i take, taking, add, "
    "slod, sodl, sld, soid, sokd, spld, siold, solf, mien, mne, minr"
)
_ENGLISH_CANCEL = _words(
    "pass, pass on, ill pass, ill pass on, im passing, im passing on, passing on, going to pass, gonna pass, "
    "have to pass, gotta pass, cancel, canceling, cancelling, cancel my, cancel my claim, cancel my order, "
    "cancel order, unclaim, unsold, never mind, nevermind, nvm, remove, release, put back, give back, "
    "no longer want, dont want, i dont want, do not want, i do not want, changed my mind, i changed my mind"
)
_ENGLISH_QUEUE = _words(
    "sold next, next sold, next in line, in line, waitlist, wait list, backup, back up, 2nd, 2nd in line, "
    "second in line, runner up, if passed, if she passes, if he passes, if they pass, if anyone passes"
)

MARKETS: Mapping[str, Market] = MappingProxyType(
    {
        "us": Market(
            claim=_words("sold, mio") | _ENGLISH_CLAIM,
            cancel=_ENGLISH_CANCEL,
            queue=_words("next") | _ENGLISH_QUEUE,
        ),
        "ph": Market(
            claim=_words("grab, steal, lock, pa mine, pamine, akin, pabili, kunin ko, get, sakin, sa akin, kukunin ko")
            | _ENGLISH_CLAIM,  # usage
            cancel=_words("ayaw ko, ayoko") | _ENGLISH_CANCEL,
            question=_words(
                "hm, magkano, meron pa, may available pa, avail, pwede, ba, ilan, ano, anong, san, saan, bakit, "
                "kasya, pa show, pashow, may stock, pabalik"
            ),
            queue=_ENGLISH_QUEUE,
            aside=_words("joy miner, bogus buyer"),
            polite=_words("po, ate, mamsh, sis, salamat, pa, na, ko, ako, nga, lang"),
            filler=_words("yung, ung, ang, yan, yun"),
            hedge=_words("char, charot, chos, daw, kung"),
            join=_words("at, saka, tsaka"),
        ),
        "tw": Market(
            claim=_words("我要, 我買, 我想要, 我要買, 我想買, 想要, 想買, 要, 買, 下單, 我要下單, 給我, 帶走"),
            cancel=_words("取消, 棄標, 不要, 不要了, 不想要, 不想要了"),
            question=_words(
                "多少錢, 多少, 幾元, 幾塊, 幾公分, 嗎, 什麼, 怎麼, 哪裡, 哪, 有沒有, 請問, 為什麼, 幾號, 要不要, 呢, "
                "尺寸, 材質, 會不會, 是不是, 可不可以, 能不能, 幾"
            ),
            queue=_words("候補, 排隊"),
            cart=_words("購物車"),
            polite=_words(
                "謝謝, 感謝, 老闆娘, 老闆, 請, 麻煩, 你好, 主播, 幫我, 喔, 唷, 啦, 哦, 耶, 款, 色, 不好意思, 抱歉"
            ),
            join=_words("和, 跟, 與, 及"),
            unit=_words("個, 件, 組, 份, 隻, 雙, 條, 套, 盒"),
            amount=_words("來"),
            measure=_words("碼"),
            marker=_words("第, 編號"),
            ordinal=_words("號"),
            plus=_words("加"),
            every=_words("包, 各, 全色"),
            filler=_words("我, 先"),
            aside=_words("買到, 沒買到"),
        ),
        "hk": Market(
            claim=_words("我要, 要, 想要, 我想要, 買, 我要買, 我想買, 俾我, order") | _ENGLISH_CLAIM,
            cancel=_words("取消, 唔要, 不要, 不要了") | _ENGLISH_CANCEL,
            question=_words("幾錢, 幾多錢, 有冇, 係咪, 邊度, 點樣, 嗎, 幾, 咩, 有無, 點買"),
            queue=_words("候補, 排隊") | _ENGLISH_QUEUE,
            cart=_words("購物車"),
            polite=_words("唔該, 多謝, 請, 呀, 啊"),
            join=_words("同, 和, 同埋"),
            unit=_words("個, 件, 對, 盒"),
            measure=_words("碼"),
            marker=_words("第, 編號"),
            ordinal=_words("號"),
            plus=_words("加"),
            short_phones=True,
            filler=_words("我"),
        ),
        "th": Market(
            claim=_words("cf, ซีเอฟ, รับ, เอา, สั่ง, ซื้อ"),  # all but cf: usage
            places=_words("cf, ซีเอฟ"),
            cancel=_words("cc, ยกเลิก, ขอยกเลิก, ไม่เอา, ไม่รับ"),
            question=_words(
                "เท่าไหร่, เท่าไร, ไหม, มั้ย, กี่บาท, ราคา, หรือเปล่า, หมดยัง, ขอดู, ที่ไหน, อะไร, ใคร, ยังไง, ป่าว, รึเปล่า, หรือยัง"
            ),
            queue=_words("ต่อคิว, รอคิว, คิว"),
            cart=_words("ตะกร้า"),
            aside=_words("f, ib, จอง, หมดแล้ว"),
            polite=_words("no cc, ค่ะ, ค่า, คะ, ครับ, คับ, จ้า, จ้ะ, จ่ะ, นะ, แล้ว, สำหรับ, ขอบคุณ"),
            filler=_words("555, 5555, 55555, 555555, ขอ"),  # 5 is “ha”
            join=_words("และ, กับ"),
            unit=_words("ชิ้น, ตัว, อัน, คู่"),
            measure=_words("ไซส์, ไซ, สี"),
            marker=_words("รหัส, เบอร์"),
        ),
        "vn": Market(
            claim=_words("chốt, lấy, mua, đặt, chot, lay, dat, chốt đơn, chot don"),  # usage; many type without accents
            named=_words("chốt đơn, chot don"),
            cancel=_words("hủy, huỷ, huy, hủy đơn, huỷ đơn, huy don, bỏ, không lấy, ko lấy, k lấy, khong lay, ko lay"),
            question=_words(
                "bao nhiêu, bao nhieu, nhiêu, bn, bnhieu, giá, gia, còn, có, ko ạ, "
                "con ko, con khong, con k, con hang, con size, co size, mấy, gì, sao, hả, chưa, bnh, vừa không, "
                "được không"
            ),
            cart=_words("giỏ hàng, gio hang"),
            aside=_words("ib"),
            polite=_words(
                "ạ, nhé, nha, em, e, chị, c, shop, sốp, dạ, mình, cảm ơn, cho em, cho e, cho mình, cho chị, "
                "nữa, sđt, sdt, đt, dt, đi, của em, của mình, của chị"
            ),
            join=_words("và, với"),
            unit=_words("cái, chiếc, bộ, đôi, cai"),
            measure=_words("màu, mau"),
            marker=_words("mã, mẫu, ma"),
            amount=_words("sl, số lượng, so luong"),
            again=Again.IGNORE,  # Harasocial: the same comment twice counts once
        ),
        "my": Market(
            claim=_words("nak, saya nak, sy nak, i nak, nk, mau, mahu, beli, order, ambil") | _ENGLISH_CLAIM,  # usage
            cancel=_words("batal, tak jadi, x jadi, xjadi, tak nak, xnak, tak mau, taknak, tak jadi nak")
            | _ENGLISH_CANCEL,
            question=_words("berapa, harga, ada, brp, boleh, apa, hm, tengok, nak tengok, stok"),
            queue=_ENGLISH_QUEUE,
            cart=_words("troli"),
            aside=_words("pm tepi"),
            polite=_words("tq, terima kasih, kak, ya, lah, boss"),
            join=_words("dan"),
            unit=_words("helai, pasang"),
            measure=_words("saiz, warna"),
            plus=_words("加"),
            filler=_words("saya, sy, akak"),
        ),
        "sg": Market(
            claim=_words("chope") | _ENGLISH_CLAIM,  # usage
            cancel=_words("dun want") | _ENGLISH_CANCEL,
            question=_words("hm, anot, got size, still got, got stock"),
            queue=_ENGLISH_QUEUE,
            polite=_words("tq, lah, leh, lor"),
            plus=_words("加"),
            short_phones=True,
        ),
        "nordic": Market(
            claim=_words(
                "yes plz, yes please, yes pls, ja tak, ja takk, ja tack, jeg tager, jeg tar, jag tar, "
                "jeg vil have, jeg vil gerne have, jeg vil ha, jeg vil gjerne ha, jag vill ha, "
                "køb, køber, kjøper, köper, jeg køber, jeg kjøper, jag köper, til mig, til meg, till mig, "
                "vil gerne have, vil ha, vil have"
            ),
            cancel=_words("annuller, annulleres, afbestil, avbestill, avboka, fortryder, ångrar"),
            question=_words(
                "hvad koster, hva koster, vad kostar, hvor meget, hvor mye, pris, findes, finnes, finns, har du, "
                "på lager, hvilken, hvilke, hvilket, vilken, vilka, hvordan, hvornår"
            ),
            cart=_words("kurv, handlekurv, kundvagn"),
            polite=_words("tak, takk, tack, hej, hei"),
            join=_words("og, och"),
            unit=_words("stk, st"),
            measure=_words("str, strl, stl, størrelse, storlek, farve"),
            short_phones=True,
            opening=_words("er, är, kan, må, har"),
            filler=_words("den, det, jeg, jag"),
            again=Again.REPLACE,  # PostOffice Social: “a new comment with another number replaces the quantity”
        ),
        "id": Market(
            claim=_words("fix, keep, book, ambil, pesan, mau, beli, order"),  # usage
            cancel=_words("batal, cancel, gak jadi, ga jadi, tidak jadi, gajadi, gak mau"),
            question=_words("berapa, harga, masih ada, ada, ready, brp, apa, bisa, masih, spill"),
            cart=_words("keranjang"),
            bid=_words("bid, ob, kb, bin"),
            polite=_words("kak, ka, kakak, min, gan, makasih, terima kasih, ya, dong, deh, buat aku, buat saya"),
            join=_words("dan, sama"),
            unit=_words("buah, biji"),
            measure=_words("ukuran, warna"),
            marker=_words("kode"),
            filler=_words("aku, saya, sy, yg, yang"),
            queue=_words("waiting list, wl"),
        ),
        "es": Market(
            claim=_words(  # but mio: usage
                "mio, mío, mia, mía, es mío, lo quiero, la quiero, quiero, yo quiero, yo lo quiero, me lo llevo, "
                "me la llevo, me llevo, me quedo con, compro, lo compro, aparto, apartado, vendido, yo, "
                "para mí, para mi, míos, mías, lo tomo, la tomo, resérvame, reservame, apártame, apartame"
            ),
            cancel=_words("cancelo, cancelar, cancela, cancelado, paso, ya no quiero, ya no lo quiero, no quiero"),
            question=_words(
                "cuánto, cuanto, precio, qué, cuál, hay, cuesta, tienes, tiene, disponible, queda, quedan, "
                "a cómo, a como, dónde, donde"
            ),
            cart=_words("carrito, mi carrito"),
            polite=_words("por favor, gracias, hola, porfa"),
            filler=_words("el, la, los, las, en, de, del"),
            hedge=_words("pero, si, o"),
            join=_words("y"),
            measure=_words("talla"),
            marker=_words("número, numero"),
        ),
        "fr": Market(
            claim=_words(  # usage
                "je prends, je prend, jprends, je le prends, je la prends, jp, je veux, je voudrais, jaimerais, "
                "jachète, jachete, je réserve, je reserve, pour moi, je le veux, je la veux, je prendrai, "
                "preneuse, preneur, je suis preneuse, je suis preneur"
            ),
            cancel=_words("annule, annuler, annulez, jannule, je ne prends plus, je ne veux plus, je prends plus"),
            question=_words(
                "combien, quel, quelle, prix, est ce, dispo, disponible, il reste, reste til, reste, existe, "
                "vous avez, avez vous, où, quoi, encore"
            ),
            cart=_words("panier, mon panier"),
            polite=_words("merci, svp, stp, bonjour, sil vous plaît, moi"),
            filler=_words("le, la, les, en, de, désolée, désolé"),
            hedge=_words("mais, ou, si, pas, trop"),
            join=_words("et"),
            measure=_words("taille, pointure, couleur"),
            unit=_words("exemplaire, exemplaires"),
            marker=_words("numéro, numero"),
        ),
        "kr": Market(
            claim=_words(
                "저요, 저도요, 저두요, 주문, 구매, 주세요, 살게요, 할게요, 찜, 콜, 제꺼, 제꺼요, 주문요, 예약, "
                "사고싶어요"
            ),  # usage
            cancel=_words("취소, 취소해주세요, 취소할게요, 취소해요"),
            question=_words(
                "얼마, 가격, 있나요, 있어요, 인가요, 남았나요, 뭐, 몇, 가능한가요, 어떻게, 무슨, 어떤, 어디, 언제"
            ),
            cart=_words("장바구니"),
            polite=_words("감사합니다, 이요, 요, 부탁드려요"),
            unit=_words("개, 장, 벌"),
            measure=_words("사이즈"),
            ordinal=_words("번"),
            filler=_words("저, 제가, 저도"),
            join=_words("이랑"),
        ),
        "cn": Market(
            claim=_words(
                "我要, 我买, 我要买, 我想要, 我想买, 想要, 想买, 要, 要了, 买, 拍, 下单, 给我, 拿下, 留给我, 给我留"
            ),  # usage
            cancel=_words("取消, 不要, 不要了, 不想要, 不想要了"),
            question=_words(
                "多少钱, 多少, 吗, 什么, 怎么, 哪里, 哪, 有没有, 请问, 为什么, 几块, 要不要, 几, 尺码, 价格, "
                "多大, 能不能, 会不会, 是不是, 可不可以"
            ),
            cart=_words("购物车"),
            aside=_words("已拍, 拍了"),
            polite=_words("谢谢, 老板, 请, 麻烦, 你好, 主播, 帮我, 哦, 啊, 呀, 款, 色, 不好意思, 抱歉"),
            filler=_words("666, 6666, 我, 先, 都, 链接"),  # “great”
            join=_words("和, 跟"),
            unit=_words("个, 件, 套, 双, 条, 盒"),
            amount=_words("来"),
            measure=_words("码"),
            marker=_words("第, 编号"),
            ordinal=_words("号"),
            plus=_words("加, 扣"),
            every=_words("各, 全色"),
        ),
    }
)

#: Words that mean something else to buyers of other markets; heard only where their market is named.
LOCAL: frozenset[str] = _words(
    "f, cc, ib, jp, ob, kb, bin, fix, keep, book, lock, grab, steal, mau, ma, lay, mua, huy, gia, "
    "shop, em, dan, y, o, si, et, ou, og, la, le, les, el, los, las, n, st, paso, hay, hm, yes please, "
    "yes pls, pris, prix, ate, cai, get, ba, pa, na, ko, at, avail, pwede, ako, lang, nga, "
    "ang, yung, ung, e, c, dat, bn, ada, ready, order, yo, min, gan, ka, dong, ya, de, en, pas, "
    "reste, nk, lah, leh, lor, dt, deh, kurv, taking, add, "
    "555, 5555, 55555, 555555, 666, 6666, "
    "ano, san, sl, sao, apa, bisa, brp, wl, aku, saya, sy, sama, yg, er, kan, har, den, det, hm, del, moi, "
    "encore, existe, "
    "queda, stok, boleh, order, sakin, yan, yun, gì, donde, spill"
)
