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
    "ill get, ill grab, ill claim, let me get, let me have, i take, taking, im taking, im buying, "
    "im claiming, imma take, ima take, add, need, put me down for, mark me down for, count me in for, "
    "sign me up for, yes to, "
    "slod, sodl, sld, soid, sokd, spld, siold, solf, mien, mne, minr"
)
_ENGLISH_CANCEL = _words(
    "pass, pass on, ill pass, ill pass on, im passing, im passing on, passing on, going to pass, gonna pass, "
    "have to pass, have to pass on, going to have to pass, going to have to pass on, gonna have to pass, "
    "gonna have to pass on, gotta pass, gotta pass on, "
    "cancel, canceling, cancelling, cancel my, cancel my claim, cancel my order, "
    "cancel order, unclaim, unsold, never mind, nevermind, nvm, remove, release, put back, give back, drop, "
    "no longer want, dont want, i dont want, do not want, i do not want, changed my mind, i changed my mind, "
    "dont need, i dont need, no longer need, take off, take me off, sorry pass, sorry pass on, sorry cancel, "
    "sorry i have to pass, sorry i have to pass on, sorry have to pass"
)
_ENGLISH_QUEUE = _words(
    "sold next, next sold, next in line, in line, waitlist, wait list, backup, back up, 2nd, 2nd in line, "
    "second in line, second on, second for, "
    "ill be backup, ill be backup for, queue, queue for, in queue, in queue for, runner up, "
    "if passed, if she passes, if he passes, if they pass, if anyone passes, "
    "if someone passes, if somebody passes, if anybody passes, put me on the waitlist, add me to the waitlist, "
    "put me next, wait listed, waitlisted, waiting list"
)

#: Chinese as it is mixed into the comments of Malaysia and Singapore.
_CHINESE_CLAIM = "我要, 要, 想要, 我想要"
_CHINESE_QUESTION = "多少钱, 多少錢, 几钱, 幾錢, 吗, 嗎, 还有吗, 有没有"

MARKETS: Mapping[str, Market] = MappingProxyType(
    {
        "us": Market(
            claim=_words("sold, mio, grab, grabbing") | _ENGLISH_CLAIM,
            cancel=_ENGLISH_CANCEL,
            queue=_words("next") | _ENGLISH_QUEUE,
            alone=_words("me, for me, yes please, yes pls, yes plz, me please, me pls"),
        ),
        "ph": Market(
            claim=_words(
                "grab, steal, lock, pa mine, pamine, akin, pabili, kunin ko, get, sakin, sa akin, kukunin ko, "
                "kuha ako, kuha ko, take, pa lock, palock, pa reserve, reserve"
            )
            | _ENGLISH_CLAIM,  # usage
            cancel=_words(
                "ayaw ko, ayoko, pa cancel, pacancel, hindi ko na kukunin, di ko na kukunin, "
                "hindi ko na kunin, di ko na kunin, wag na, huwag na"
            )
            | _ENGLISH_CANCEL,
            question=_words(
                "hm, magkano, meron pa, may available pa, avail, pwede, ba, ilan, ano, anong, san, saan, bakit, "
                "kasya, pa show, pashow, may stock, pabalik, ilang, mgkano, magkno, mgkno, patingin, sino, may, "
                "nakuha ko ba"
            ),
            queue=_ENGLISH_QUEUE,
            aside=_words("joy miner, bogus buyer, sold na"),
            polite=_words(
                "po, ate, mamsh, sis, salamat, pa, na, ko, ako, nga, lang, nako, naman, mam, madam, momsh, kuya, miss"
            ),
            filler=_words("yung, ung, ang, yan, yun, ng, sa"),
            hedge=_words("char, charot, chos, daw, kung"),
            join=_words("at, saka, tsaka"),
        ),
        "tw": Market(
            claim=_words("我要, 我買, 我想要, 我要買, 我想買, 想要, 想買, 要, 買, 下單, 我要下單, 給我, 帶走"),
            cancel=_words("取消, 棄標, 不要, 不要了, 不想要, 不想要了, 不用了, 放棄"),
            question=_words(
                "多少錢, 多少, 幾元, 幾塊, 幾公分, 嗎, 什麼, 怎麼, 哪裡, 哪, 有沒有, 請問, 為什麼, 幾號, 要不要, 呢, "
                "尺寸, 材質, 會不會, 是不是, 可不可以, 能不能, 幾, 價格, 價錢, 價位, 還有沒有"
            ),
            queue=_words("候補, 排隊, 備取"),
            cart=_words("購物車, 結帳, 我要結帳, 結單, 買單, 總共多少, 總共多少錢, 總金額, 帳單"),
            polite=_words(
                "謝謝, 感謝, 老闆娘, 老闆, 請, 麻煩, 你好, 主播, 幫我, 喔, 唷, 啦, 哦, 耶, 款, 色, 不好意思, 抱歉"
            ),
            span=_words("分鐘, 元, 塊"),
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
            claim=_words("我要, 要, 想要, 我想要, 買, 我要買, 我想買, 俾我, 留, 留俾我, 留返, 幫我留, order")
            | _ENGLISH_CLAIM,
            cancel=_words("取消, 唔要, 不要, 不要了") | _ENGLISH_CANCEL,
            question=_words("幾錢, 幾多錢, 有冇, 係咪, 邊度, 點樣, 嗎, 幾, 咩, 有無, 點買"),
            queue=_words("候補, 後備, 排隊") | _ENGLISH_QUEUE,
            cart=_words("購物車, 埋單, 我要埋單, 結帳, 我要結帳, 找數, 買單"),
            span=_words("分鐘, 蚊, 元"),
            polite=_words("唔該, 唔該晒, 唔該哂, 多謝, 請, 呀, 啊, 啦, 喇"),
            every=_words("各"),
            join=_words("同, 和, 同埋"),
            unit=_words("個, 件, 對, 盒"),
            measure=_words("碼"),
            marker=_words("第, 編號"),
            ordinal=_words("號"),
            plus=_words("加"),
            short_phones=True,
            filler=_words("我"),
            aside=_words("留言, 留意"),
        ),
        "th": Market(
            claim=_words("cf, ซีเอฟ, รับ, เอา, สั่ง, ซื้อ, ขอ, จอง"),  # all but cf: usage
            named=_words("ขอ"),
            places=_words("cf, ซีเอฟ"),
            cancel=_words("cc, ยกเลิก, ขอยกเลิก, ไม่เอา, ไม่รับ"),
            question=_words(
                "เท่าไหร่, เท่าไร, ไหม, มั้ย, กี่บาท, ราคา, หรือเปล่า, หมดยัง, ขอดู, ที่ไหน, อะไร, ใคร, ยังไง, ป่าว, รึเปล่า, หรือยัง"
            ),
            queue=_words("ต่อคิว, รอคิว, คิว, ขอต่อ, ต่อ, สำรอง"),
            cart=_words(
                "ตะกร้า, สรุปยอด, ขอสรุปยอด, คิดเงิน, คิดตังค์, คิดตัง, เช็คบิล, ชำระเงิน, จ่ายเงิน, ยอดรวม, ขอยอด, "
                "รวมยอด, ยอดเท่าไหร่, ยอดเท่าไร"
            ),
            aside=_words("f, ib, หมดแล้ว, ต่อไป, ถัดไป"),
            polite=_words(
                "no cc, ไม่ cc, ขอโทษ, ของ, พี่, แม่ค้า, ตัวนึง, ตัวหนึ่ง, ค่ะ, ค่า, คะ, ครับ, คับ, จ้า, จ้ะ, จ่ะ, นะ, แล้ว, สำหรับ, ขอบคุณ"
            ),
            filler=_words("555, 5555, 55555, 555555"),  # 5 is “ha”
            span=_words("นาที, ชั่วโมง, บาท, โมง, ทุ่ม"),
            join=_words("และ, กับ"),
            unit=_words("ชิ้น, ตัว, อัน, คู่"),
            measure=_words("ไซส์, ไซ, สี"),
            amount=_words("จำนวน"),
            marker=_words("รหัส, เบอร์, ตัวที่, ชิ้นที่, อันที่, หมายเลข"),
        ),
        "vn": Market(
            claim=_words(  # usage; many type without accents
                "chốt, lấy, mua, đặt, chot, lay, dat, chốt đơn, chot don, order, để em, để e, để mình, để chị, de em"
            ),
            named=_words("chốt đơn, chot don"),
            cancel=_words("hủy, huỷ, huy, hủy đơn, huỷ đơn, huy don, bỏ, không lấy, ko lấy, k lấy, khong lay, ko lay"),
            question=_words(
                "bao nhiêu, bao nhieu, nhiêu, bn, bnhieu, giá, gia, còn, có, ko ạ, "
                "con ko, con khong, con k, con hang, con size, co size, mấy, gì, sao, hả, chưa, bnh, vừa không, "
                "được không, được ko, được k, không, khong, hông, ko"
            ),
            cart=_words("giỏ hàng, gio hang, tính tiền, tinh tien, thanh toán, thanh toan, tổng tiền, tong tien"),
            queue=_words("xếp hàng, dự bị, danh sách chờ"),
            aside=_words("ib"),
            polite=_words(
                "ạ, nhé, nha, em, e, chị, c, shop, sốp, dạ, mình, cảm ơn, cho em, cho e, cho mình, cho chị, "
                "nữa, sđt, sdt, đt, dt, đi, của em, của mình, của chị, cho c, zalo, thôi, giúp, giup"
            ),
            span=_words("phút, phut"),
            join=_words("và, với"),
            unit=_words("cái, chiếc, bộ, đôi, cai"),
            measure=_words("màu, mau"),
            marker=_words("mã, mẫu, ma, mã số, số, ms"),
            amount=_words("sl, số lượng, so luong"),
            again=Again.IGNORE,  # Harasocial: the same comment twice counts once
        ),
        "my": Market(
            claim=_words(
                "nak, saya nak, sy nak, i nak, nk, mau, mahu, beli, order, ambil, tempah, nak beli, nk beli, "
                + _CHINESE_CLAIM
            )
            | _ENGLISH_CLAIM,  # usage
            cancel=_words(
                "batal, tak jadi, tak jadi ambil, x jadi, xjadi, tak nak, xnak, x nak, tak mau, taknak, tak jadi nak, "
                "xmau, 取消, 不要, 不要了"
            )
            | _ENGLISH_CANCEL,
            question=_words("berapa, harga, ada, brp, boleh, apa, hm, tengok, nak tengok, stok, " + _CHINESE_QUESTION),
            queue=_ENGLISH_QUEUE,
            cart=_words("troli, bayar, nak bayar, kira total, 买单"),
            span=_words("minit, jam, ringgit, tahun"),
            chatter=_words("hai, halo, hallo"),
            aside=_words("pm tepi"),
            polite=_words("tq, tqvm, terima kasih, kak, ya, lah, boss, ye, 谢谢, 謝謝"),
            join=_words("dan, dengan, dgn"),
            unit=_words("helai, pasang"),
            measure=_words("saiz, warna"),
            marker=_words("nombor"),
            plus=_words("加"),
            filler=_words("saya, sy, akak, maaf"),
        ),
        "sg": Market(
            claim=_words("chope, " + _CHINESE_CLAIM) | _ENGLISH_CLAIM,  # usage
            cancel=_words("dun want, 取消, 不要, 不要了") | _ENGLISH_CANCEL,
            question=_words("hm, anot, or not, still have, got size, still got, got stock, " + _CHINESE_QUESTION),
            queue=_ENGLISH_QUEUE,
            polite=_words("tq, lah, leh, lor, 谢谢, 謝謝"),
            plus=_words("加"),
            short_phones=True,
        ),
        "nordic": Market(
            claim=_words(
                "yes plz, yes please, yes pls, ja tak, ja takk, ja tack, jeg tager, jeg tar, jag tar, "
                "jeg vil have, jeg vil gerne have, jeg vil ha, jeg vil gjerne ha, jag vill ha, "
                "køb, køber, kjøper, köper, jeg køber, jeg kjøper, jag köper, til mig, til meg, till mig, "
                "vil gerne have, vil ha, vil have, jeg vil gerne købe, vil gerne købe, jeg vil købe, jeg ønsker, tar, "
                "vill ha, tager"
            ),
            cancel=_words(
                "annuller, annullér, annulleres, annullere, afbestil, avbestill, avbestille, avbeställ, avboka, "
                "fortryder, "
                "fortryd, angrer, ångrar, slet, slett, vil ikke have, vil ikke ha, vill inte ha, jeg vil ikke have, "
                "jeg vil ikke ha, jag vill inte ha, annuller min, slet min, slett min, avbestill min, avboka min, "
                "vil gerne annullere"
            ),
            question=_words(
                "hvad koster, hva koster, vad kostar, hvor meget, hvor mye, pris, findes, finnes, finns, har du, "
                "på lager, hvilken, hvilke, hvilket, vilken, vilka, prisen, priset, hvordan, hvornår, har i"
            ),
            cart=_words(
                "kurv, handlekurv, kundvagn, betale, betal, betala, jeg vil betale, jeg vil gerne betale, "
                "vil gerne betale, jag vill betala, faktura, regning, regningen, min total, min faktura, "
                "til kassen, kassen, kassa"
            ),
            queue=_words(
                "venteliste, på venteliste, skriv mig på venteliste, väntelista, på väntelista, reserveliste, "
                "sett meg på venteliste, sett meg på ventelisten, sätt mig på väntelista, står i kø, i kø, kö"
            ),
            polite=_words("tak, takk, tack, hej, hei, tlf, mobil, vh, mvh, hilsen, en, et, ett"),
            join=_words("og, och"),
            of=_words("af, av"),
            unit=_words("stk, st, styk, stykk, stykker, par"),
            marker=_words("nummer"),
            measure=_words("str, strl, stl, størrelse, storlek, farve"),
            short_phones=True,
            opening=_words("er, är, kan, må, har"),
            filler=_words("den, det, jeg, jag, til, till"),
            again=Again.REPLACE,  # PostOffice Social: “a new comment with another number replaces the quantity”
        ),
        "id": Market(
            claim=_words(
                "fix, keep, book, booking, ambil, pesan, pesen, mau, beli, order, keep dulu, keep dl"
            ),  # usage
            cancel=_words(
                "batal, cancel, gak jadi, ga jadi, tidak jadi, gajadi, gak mau, gk jadi, nggak jadi, ngga jadi, "
                "enggak jadi, tdk jadi, ga mau, gamau, batalin"
            ),
            question=_words("berapa, berapaan, harga, masih ada, ada, ready, brp, apa, bisa, masih, spill"),
            cart=_words("keranjang, bayar, mau bayar, totalin, totalan, minta total, rekap, rekapan, rekapin"),
            span=_words("menit, jam, ribu, tahun, orang"),
            chatter=_words("hai, halo, hallo"),
            bid=_words("bid, ob, kb, bin"),
            polite=_words(
                "kak, ka, kakak, min, gan, makasih, terima kasih, ya, dong, deh, buat aku, buat saya, aku, saya, sy, "
                "wa, hp, no hp, nomor hp, no wa"
            ),
            join=_words("dan, sama"),
            unit=_words("buah, biji"),
            measure=_words("ukuran, warna"),
            marker=_words("kode, nomor, nmr, nomer"),
            filler=_words("yg, yang, maaf, maaf kak"),
            queue=_words("waiting list, waitlist, wl, antri, antre, cadangan"),
        ),
        "es": Market(
            claim=_words(  # but mio: usage
                "mio, mío, mia, mía, es mío, lo quiero, la quiero, quiero, yo quiero, yo lo quiero, me lo llevo, "
                "me la llevo, me llevo, me quedo con, compro, lo compro, aparto, apartado, vendido, yo, "
                "para mí, para mi, míos, mías, lo tomo, la tomo, resérvame, reservame, apártame, apartame, "
                "apárteme, aparteme, aparta, dame, deme, me quedo, apúntame, apuntame, anótame, anotame, guárdame, "
                "guardame, sepárame, separame, separa, agrégame, agregame, me lo quedo, me la quedo, reservo, "
                "lo reservo"
            ),
            cancel=_words(
                "cancelo, cancelar, cancela, cancelado, paso, ya no quiero, ya no lo quiero, no quiero, no lo quiero, "
                "cancélame, cancelame, cancélalo, cancelalo, me retiro"
            ),
            question=_words(
                "cuánto, cuanto, precio, qué, cuál, hay, cuesta, tienes, tiene, disponible, queda, quedan, "
                "a cómo, a como, dónde, donde, tienen, que talla, que tallas, que precio, que color, que colores, "
                "que medida, que medidas, que tela, aún está, aun esta, todavía, todavia, sigue"
            ),
            cart=_words(
                "carrito, mi carrito, la cuenta, mi cuenta, mi total, pagar, quiero pagar, voy a pagar, factura, "
                "mi factura, la factura"
            ),
            queue=_words(
                "en espera, lista de espera, en lista de espera, suplente, si lo cancelan, "
                "si cancelan, siguiente, en cola, quedo en espera, me quedo en espera"
            ),
            aside=_words(
                "qué lindo, qué linda, qué bonito, qué bonita, qué hermoso, qué hermosa, qué bello, qué bella, qué bien"
            ),
            polite=_words("por favor, gracias, hola, porfa, porfis, el, la, los, las, mi cel, mi whatsapp, cel"),
            filler=_words("en, de, del, mi, perdón, disculpa"),
            of=_words("de, del"),
            hedge=_words("pero, si, o"),
            span=_words("minuto, minutos, hora, horas, días, dias, semana, semanas, años, pesos, euros"),
            unit=_words("unidad, unidades, pieza, piezas"),
            join=_words("y"),
            measure=_words("talla"),
            marker=_words("número, numero"),
        ),
        "fr": Market(
            claim=_words(  # usage
                "je prends, je prend, jprends, je le prends, je la prends, je le prend, je la prend, "
                "jp, je veux, je voudrais, jaimerais, "
                "jachète, jachete, je réserve, je reserve, pour moi, je le veux, je la veux, je prendrai, "
                "preneuse, preneur, je suis preneuse, je suis preneur, réserve, je commande, je craque, je le réserve, "
                "mets moi, garde moi, réserve moi, je reprends"
            ),
            cancel=_words(
                "annule, annuler, annulez, jannule, annulation, je ne prends plus, je ne veux plus, je prends plus, "
                "je veux plus, je me désiste, désistement, je passe, je ne prends pas, "
                "je prends pas, je ne veux pas, je veux pas"
            ),
            question=_words(
                "combien, quel, quelle, prix, est ce, dispo, disponible, il reste, reste til, reste, existe, "
                "vous avez, avez vous, où, quoi, encore"
            ),
            cart=_words(
                "panier, mon panier, la note, laddition, facture, ma facture, payer, je veux payer, je voudrais payer, "
                "mon total"
            ),
            queue=_words(
                "liste dattente, en attente, en attente pour, je suis en attente, si désistement, si desistement, "
                "en cas de désistement, si annulation, suivante, suivant"
            ),
            polite=_words("merci, svp, stp, bonjour, bonsoir, sil vous plaît, sil te plaît, moi, le, la, les"),
            filler=_words("en, de, du, pour, désolée, désolé, finalement, de côté"),
            of=_words("de, du"),
            alone=_words("moi"),
            hedge=_words("mais, ou, si, pas, trop"),
            span=_words("heures, jours, semaine, semaines, ans, euros"),
            join=_words("et"),
            measure=_words("taille, pointure, couleur"),
            unit=_words("exemplaire, exemplaires, pièce, pièces, fois"),
            marker=_words("numéro, numero, num"),
        ),
        "kr": Market(
            claim=_words(
                "저요, 저도요, 저두요, 주문, 구매, 주세요, 살게요, 할게요, 찜, 콜, 제꺼, 제꺼요, 주문요, 예약, "
                "사고싶어요, 살래요, 할래요, 할께요, 살께요, 주세용, 저여, 저욥, 저용"
            ),  # usage
            cancel=_words("취소, 취소해주세요, 취소할게요, 취소해요, 빼주세요, 안할게요, 안살게요, 패스, 패스할게요"),
            queue=_words("대기, 대기할게요, 대기할께요, 대기합니다, 예비"),
            question=_words(
                "얼마, 가격, 있나요, 있어요, 인가요, 남았나요, 뭐, 몇, 가능한가요, 어떻게, 무슨, 어떤, 어디, 언제, "
                "보여주세요, 보여줘, 알려주세요"
            ),
            cart=_words("장바구니, 결제, 결제요, 결제할게요, 결제해주세요, 계산, 계산할게요, 계산해주세요, 총액"),
            polite=_words("감사합니다, 이요, 요, 부탁드려요, 으로, 저, 제가, 저도, 나, 언니, 사장님, 하나씩"),
            unit=_words("개, 장, 벌"),
            measure=_words("사이즈"),
            ordinal=_words("번, 번과"),
            join=_words("이랑, 하고"),
            alone=_words("하나, 하나요"),
        ),
        "cn": Market(
            claim=_words(
                "我要, 我买, 我要买, 我想要, 我想买, 想要, 想买, 要, 要了, 买, 拍, 下单, 给我, 拿下, 留给我, 给我留"
            ),  # usage
            cancel=_words("取消, 不要, 不要了, 不想要, 不想要了, 不用了"),
            queue=_words("候补, 排队"),
            question=_words(
                "多少钱, 多少, 吗, 什么, 怎么, 哪里, 哪, 有没有, 请问, 为什么, 几块, 要不要, 几, 尺码, 价格, "
                "多大, 能不能, 会不会, 是不是, 可不可以, 还有没, 什么价, 啥, 咋"
            ),
            cart=_words("购物车, 结账, 我要结账, 买单, 结算, 付款, 总共多少, 一共多少"),
            aside=_words("已拍, 拍了"),
            polite=_words("谢谢, 老板, 老板娘, 亲, 请, 麻烦, 你好, 主播, 帮我, 哦, 啊, 呀, 款, 色, 不好意思, 抱歉"),
            filler=_words("666, 6666, 我, 先, 都, 链接"),  # “great”
            span=_words("分钟, 元, 块"),
            join=_words("和, 跟"),
            unit=_words("个, 件, 套, 双, 条, 盒"),
            amount=_words("来"),
            measure=_words("码"),
            marker=_words("第, 编号"),
            ordinal=_words("号, 号链接"),
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
    "queda, stok, boleh, order, sakin, yan, yun, gì, donde, spill, dame, aparta, separa, par, ko, wa, "
    "til, till, du, may"
)
