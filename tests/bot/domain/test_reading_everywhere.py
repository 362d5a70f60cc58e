"""What buyers write, by somebody who knows the markets and never saw how comments are read.

The shows tempt: items that are small numbers, words, or letters of other items; options that are numbers; shows that
list no options.
"""

from __future__ import annotations

import pytest

from tests.bot.domain.comments import Show, is_read_as_written

SHOWS = [
    Show(
        "us",
        "12,13,2,A7,C1,AA,B20,101",
        "small,medium,large,x-large,blue,red,black,10",
        """
        claim 12x1 ← Sold 12 | SOLD 12!! | sold12 | claiming 12 | I claim #12! | I'll take 12 | ill take 12 please
        claim 12x1 ← Hi Jenny! sold 12 please | @Jenny sold 12 | solld 12 | Sold  12 | sold-12 | sold: 12 | sold 12.
        claim 12x1 ← +1 12
        claim 13x1 ← SOLD #13 | sold#13
        claim C1x1 ← SOLD C1 | sold c1 please | C1 SOLD 😍😍
        claim 12x2 ← sold 12 x 2 | I’ll take two of 12
        claim 12x3 ← sold 12 qty 3
        claim AAx3(small,blue) ← SOLD AA 3 blue small | SOLD AA small blue 3
        claim 12x1(x-large) ← sold 12 X Large
        claim 12x1(blue) ← sold 12 in blue
        claim 12x1(blue) 13x1(red) ← sold 12 blue and 13 red
        claim 12x1 13x1 A7x1 ← sold 12, 13, A7
        claim 12x1 C1x1 ← sold 12 & C1
        claim A7x1 ← dibs on A7!! | I want A7 | i need A7 | A7 +1
        claim 12x1 ☎5551234567 ← sold 12 my number is (555) 123-4567
        claim 12x2(large,blue) ← SOLD 12 LARGE BLUE X2
        claim A7x1(large) ← sold A7 large 1 | sold A7 one large
        cancel 12x1 ← Pass #12 sorry | pass on 12 please, wrong size | please cancel my 12 | nevermind on 12
        cancel 12x1 ← take me off 12
        queue 12x1 ← sold next on 12 | 12 sold next | back up on 12 please | next for 12 if she passes
        queue A7x1 ← wait list A7 | put me on the waitlist for A7
        question ← is 12 sold | did 12 sell? | how much for 12? | what sizes does 12 come in?
        question ← do you have 12 in red? | price on 12? | does A7 run small? | was 12 sold already | who won A7?
        cart ← check out please | total please | my total please | bill me | invoice please | can I get my total?
        cart ← can you send my invoice | I'm done, total please | ready to pay | ready to check out
        none ← good morning everyone | love that!! | I love 12 so much | 12 is gorgeous 😍 | my daughter is 12
        none ← I have 2 kids | back in 2 minutes | need 5 minutes | be there at 12:30 | 12 people watching
        none ← it's 12 degrees here | I'm a size 12 | I wear a 12 | paid $12 for mine | paid $12
        none ← only 12 dollars wow | I bought 2 last week | got mine yesterday!
        none ← that one is mine lol from last week | mine came in today love it | sold out already wow
        none ← everything sold so fast | 12 went to Mary | you need 12 | congrats on number 12! | 12 more minutes
        none ← 12/25 is Christmas | my order number is 101 | lol | 😍😍😍 | https://shop.example/12 | #1 fan!
        none ← RT 12
        none ☎5551234567 ← call me 555-123-4567
        ambiguous ← take 12 off | sold 12 to Jane | 12 sold to Jane | I want 2 of those | I want 5 of those
        """,
    ),
    Show(
        "us",
        "12,13,A7",
        "",
        """
        claim 12x1 ← gimme 12 | gimme gimme 12
        claim A7x1 ← Snag A7
        cancel 12x1 ← oops 12
        none ← oops wrong one | gimme a break
        """,
        words={
            "claim": (
                "gimme",
                "snag",
            ),
            "cancel": ("oops",),
        },
    ),
    Show(
        "us",
        "AA",
        "small,medium,large,blue,red",
        """
        claim AAx1 ← Sold!
        claim AAx1(large) ← sold large
        claim AAx1(medium,red) ← sold red medium
        claim AAx2(large,blue) ← mine 2 blue large
        cancel AAx1 ← pass
        queue AAx1 ← next
        question ← still available? | how much | how much is it | blue?
        cart ← total please
        none ← beautiful! | love it, mine came yesterday | blue please | I have 2 at home
        """,
        about="AA",
    ),
    Show(
        "us",
        "12,A7,13",
        "small,blue",
        """
        claim A7x1(small) ← mine small
        claim A7x1 ← want it
        cancel A7x1 ← pass
        question ← what size is it?
        none ← cute!
        """,
        reply_to="A7",
    ),
    Show(
        "ph",
        "A001,A1,B2,12,7",
        "S,M,L,black,white,pink",
        """
        claim A001x1 ← mine A001 | Mine a001 | A001
        claim B2x1(pink) ← MINE B2 pink
        claim B2x2(pink) ← mine B2 pink 2
        claim B2x2 ← mine b2 2pcs | mine b2 2 pcs
        claim A1x1 ← mine po A1 | A1 mine po ❤️ | a1 po | grab A1 | steal A1 | lock A1 | mineee A1 | mine A1 sis
        claim A1x1 ← mine A1 ate | miss mine A1 | mine A1 isa lang | kuha ako A1 | sakin A1 | akin A1
        claim 12x1 ← mine po 12 | mine ko 12 | lock 12 po
        claim A1x1 B2x1 ← mine A1 at B2 | mine A1, B2 | mine A1 tsaka B2 | mine A1 + B2
        claim A1x2 B2x1 ← mine A1 x2 B2 x1
        claim A1x1 ☎09171234567 ← mine A1 09171234567 | mine A1 0917 123 4567
        claim A1x2 ← dalawa A1 | mine A1 dalawa
        cancel A1x1 ← cancel ko po A1 | cancel na po A1 sorry | pa cancel A1 | A1 cancel po | hindi ko na kunin A1
        queue A1x1 ← backup A1 po
        question ← magkano A1 | magkano po A1? | hm A1 | available pa A1? | available pa po ba A1 | may stock pa A1
        question ← ano size ng A1 | shipping fee po?
        cart ← total ko po | pa total po | checkout na po | pa checkout
        none ← joy miner na naman | bogus buyer yan | hello po | ganda ng A1 | 7 months na baby ko
        none ← 7 na po kami dito | 100 pesos lang
        """,
    ),
    Show(
        "tw",
        "A,B,粉,白,A1,A2,12,1",
        "黑,白色,S,M,L",
        """
        claim Ax1 ← A+1 | a+1 | Ａ＋１ | A +1 | A + 1 | A加1 | A加一
        claim Ax2 ← A+2
        claim 粉x1 白x2 ← 粉+1，白+2
        claim 粉x1 白x1 ← 粉+1⏎白+1
        claim Ax1 Bx2 ← A+1 B+2 | A+1B+2
        claim Ax1 Bx1 ← AB各+1 | A、B各1
        claim A1x1 A2x1 ← A1+1 A2+1
        claim A1x1(M) ← A1 +1 M
        claim A1x2(黑,S) ← A1 黑 S +2
        claim A1x1(黑) ← A1+1黑色
        claim A1x2 ← 我要A1兩件 | A1兩個
        claim A1x1 ← A1 我要一件 | 老闆娘 A1+1 謝謝 | @老闆 A1+1 | A1+1 😍 | A1+1!!!
        cancel Ax1 ← A- | A取消 | 取消A | A+1 取消
        cancel A1x1 ← 不要A1了 | A1取消謝謝
        queue A1x1 ← A1 排隊
        question ← A1 還有嗎 | A1還有嗎？ | A1 多少 | A1 什麼顏色 | 請問A1幾號 | 多少錢 | A1 賣完了嗎
        cart ← 結帳 | 我要結帳 | 結單 | 總共多少
        none ← 主播好漂亮 | 12點見 | 我1點到 | 1月1日出貨 | 今年12歲 | 身高160體重50 | 喊單 | A1收到了 | 已匯款
        """,
    ),
    Show(
        "tw",
        "A",
        "黑,白",
        """
        claim Ax1 ← ＋１ | 我要+1
        claim Ax1(黑) ← 黑+1
        claim Ax1(黑) Ax1(白) ← 黑+1 白+1
        cancel Ax1 ← 取消
        question ← 黑色還有嗎
        ambiguous ← +1公斤
        """,
        about="A",
    ),
    Show(
        "hk",
        "A1,A2,B3,12",
        "黑,白,S,M,L",
        """
        claim A1x1 ← i want a1 pls | A1要一件 | 唔該我要A1 | 留A1俾我 | 留A1
        claim A1x2 ← 我要 A1 2件 | A1 要兩件
        claim A1x1 B3x2 ← A1+1, B3+2
        claim A1x1 A2x1 ← A1 A2
        claim A1x1 B3x1 ← A1 同 B3 各一
        claim A1x1(黑,M) ← A1 M 黑
        cancel A1x1 ← A1 唔要
        queue A1x1 ← A1 後備 | 排隊 A1
        question ← A1 幾多錢 | A1仲有冇 | A1 有冇M | 仲有A1嗎 | A1 仲有貨?
        cart ← 埋單 | 埋單唔該 | 結帳 | 找數
        none ← A1靚 | 好靚呀 | 12蚊 | 我12點返嚟
        """,
    ),
    Show(
        "th",
        "12,1,2,A7,B3,dm1",
        "S,M,L,แดง,ดำ",
        """
        claim 12x1 ← CF12 | Cf 12 ค่ะ | cf 12 ครับ | ซีเอฟ 12 | ซีเอฟ12 | CF NO CC 12 | CF 12 NO CC | @แม่ค้า CF 12
        claim 12x1 ← CF  12💕 | CF#12 | cf:12
        claim A7x1 ← cfA7 | รับ A7 ค่ะ | เอา A7 | A7 เอาค่ะ | A7 รับค่ะ | ขอ A7 | A7ค่ะ
        claim A7x2 ← CF A7 2 ตัว | cf a7 x2 | cf a7 = 2 | เอา A7 2 ตัว | เอา A7 ๒ ตัว
        claim dm1x3 ← cf dm1 3
        claim A7x1 B3x1 ← CF A7 B3 | CF A7,B3 | cf A7 กับ B3
        claim 12x1 A7x1 ← cf 12 cf A7
        claim A7x1(M,แดง) ← CF A7 แดง M | CF A7 สีแดง M
        claim 12x1 ☎0812345678 ← CF 12 0812345678 | CF 12 081-234-5678
        cancel 12x1 ← CC 12 | cc12 | ยกเลิก 12
        cancel A7x1 ← CC A7 ค่ะ | ขอยกเลิก A7 ค่ะ | A7 ยกเลิกค่ะ | ไม่เอา A7 แล้ว | ไม่รับ A7 แล้วค่ะ
        queue A7x1 ← ต่อคิว A7 | รอคิว A7
        queue 12x1 ← ต่อคิว 12 ค่ะ
        question ← A7 ราคาเท่าไหร่ | A7 เท่าไร | A7 ยังมีไหม | A7 มีไหมคะ | A7 กี่บาท | A7 อกเท่าไหร่คะ
        cart ← สรุปยอด | สรุปยอดค่ะ | ยอดเท่าไหร่คะ | คิดเงินค่ะ | คิดตังค์
        none ← A7 สวยมาก | สวยมากค่ะ | สวัสดีค่ะ | 12 บาท | 12 โมงเจอกัน | 5555 | 12 นาที | อายุ 12 ปี
        none ← หนัก 12 กิโล | โอนแล้วค่ะ
        """,
    ),
    Show(
        "th",
        "A7",
        "S,M,แดง,ดำ",
        """
        claim A7x1(M,แดง) ← cf แดง M
        queue A7x1 ← cf 2
        question ← ราคาเท่าไหร่
        """,
        about="A7",
    ),
    Show(
        "vn",
        "A1,A2,SP1,12,B5",
        "xanh,đỏ,đen,S,M,L",
        """
        claim SP1x2 ☎0901234567 ← sp1 2 0901234567
        claim A1x1(xanh,M) ☎0901234567 ← 0901234567 A1 M xanh | A1 xanh M 090 123 4567
        claim A1x1(xanh,M) ← M xanh A1
        claim A1x1 ☎0901234567 ← A1 0901.234.567 | @Shop A1 0901234567
        claim A1x2 ← 2 cái A1 | 2 A1 | cho mình 2 A1 | A1 sl 2
        claim A1x1 ← 1 A1 | lay A1 | chị lấy A1 nhé | e lấy A1 ạ | chốt A1 nha shop | chốt cho em A1 | A1. | A1!!!
        claim A1x1 ← A1 nhé | @Shop A1
        claim A1x1(M) ← cho e A1 size M
        claim 12x1 ← mã 12
        claim A1x1 A2x1 ← A1 và A2 | A1, A2 | A1 A2
        claim A1x1(đỏ) A2x1(đen) ← A1 đỏ A2 đen
        claim A1x1(đỏ,L) ← A1 mau do size L
        claim A1x3 ← A1 số lượng 3
        cancel A1x1 ← thôi không lấy A1
        question ← A1 giá bao nhiêu | A1 bao nhieu vay shop | còn A1 không shop | A1 có màu đen không
        question ← em 50kg mặc size gì | em 50kg mặc size M được không | ship bao nhiêu | A1 ai lấy chưa
        cart ← tính tiền | thanh toán | tính tiền giúp em
        none ← đẹp quá | xin chào | 12 giờ gặp | em 12 tuổi | em cao 1m60 nặng 50kg
        """,
    ),
    Show(
        "my,sg",
        "ABC,SB001,A7,12,5",
        "S,M,L,red,black",
        """
        claim ABCx1 ← abc+1
        claim SB001x2 ← SB001 + 2 | SB001 ＋2
        claim A7x1(M,red) ← A7 +1 red M | A7 red M +1
        claim A7x1 ← +1 A7 | nak A7 | saya nak A7 | sy nk A7 | nak satu A7 | A7 nak | A7 sy nak 1 | mau A7
        claim A7x1 ← ambil A7 | beli A7 | want A7 | I want A7 leh | A7 pls | A7 thanks | 我要A7 | A7 我要
        claim A7x1 ← A7+1 谢谢
        claim A7x2 ← nak A7 2 | nak dua A7 | A7 2 pcs | A7 dua helai
        claim A7x1 ABCx1 ← A7 and ABC | A7 dan ABC
        claim A7x1 ABCx2 ← A7+1 ABC+2
        claim A7x1 SB001x1 ← A7+1, SB001+1
        claim A7x1 ☎0123456789 ← A7 +1 0123456789 | A7 +1 012-345 6789
        claim A7x1 ☎91234567 ← A7+1 91234567
        cancel A7x1 ← cancel A7 | A7 batal | tak jadi A7 | tak nak A7 | x nak A7 | taknak A7 dah
        queue A7x1 ← backup A7 | queue A7
        question ← A7 berapa | A7 brp | berapa A7? | harga A7 | A7 how much | A7 ada lagi | ada lagi A7?
        question ← ada saiz L? | A7 still have? | A7 still got anot | got A7 red or not | A7 几钱
        cart ← Cart | total berapa | kira total | bayar
        none ← A7 cantik | cantiknya | RM12 | RM 12 je | 12 ringgit | anak saya 5 tahun | 5 minit | hi
        """,
    ),
    Show(
        "my",
        "ABC",
        "S,M,red",
        """
        claim ABCx1(red) ← +1 red
        claim ABCx2 ← nak 2
        cancel ABCx1 ← batal
        question ← berapa
        none ← cantik
        """,
        about="ABC",
    ),
    Show(
        "nordic",
        "CK50,T-shirt,12,4,A7",
        "S,M,L,rød,sort,blå,svart",
        """
        claim CK50x2 ← ck 50 2 | CK50 x 2 | 2 CK50 | Jeg tar 2 CK50
        claim T-shirtx1 ← yes plz tshirt
        claim CK50x1 ← yes please CK50 | ja tak til CK50 | Ja takk CK50 | ja takk, CK50 | tar CK50 | vill ha CK50
        claim CK50x1 ← kjøper CK50
        claim CK50x1(M,sort) ← CK50 str. M sort | CK50 i sort M
        claim CK50x1(L,sort) ← CK50 sort størrelse L
        claim CK50x1 A7x1 ← CK50 og A7 | CK50 och A7 | CK50, A7
        claim CK50x2 A7x1 ← CK50 2 A7 1
        cancel CK50x1 ← avbestille CK50 takk | vil ikke ha CK50 | avboka CK50
        queue CK50x1 ← sett meg på venteliste CK50 | skriv mig på venteliste til CK50 | kö CK50
        question ← er der flere CK50? | har I CK50 i M? | finnes CK50 i svart
        cart ← betale | jeg vil gerne betale | min total | faktura tak
        none ← flot! | CK50 er smuk | kl 12 | klokken 12 | 4 år | min datter er 4 | 12 kr | vi er 4 hjemme
        none ← ses kl. 12
        """,
    ),
    Show(
        "nordic",
        "T-shirt",
        "S,M,rød",
        """
        claim T-shirtx1(M) ← ja tak M
        """,
        about="T-shirt",
    ),
    Show(
        "id",
        "99,A7,B2,12,KAOS",
        "S,M,L,hitam,merah",
        """
        claim A7x1 ← fix A7 | fix a7 kak | A7 fix | keep A7 | keep A7 ya kak | book A7 | booking A7 | mau A7
        claim A7x1 ← mau dong A7 | ambil A7 | aku ambil A7 | beli A7 | order A7 | pesan A7 | A7 kak | kak A7
        claim A7x1 ← min A7 | @kak A7 | A7 1
        claim 12x1 ← FIX 12 | keep 12
        claim A7x2 ← saya ambil A7 2 | A7 2 pcs | A7 dua
        claim A7x2(hitam) ← A7 2pcs hitam
        claim A7x1(M,hitam) ← A7 hitam M | A7 warna hitam size M
        claim A7x1(M,hitam) ☎081234567890 ← A7 hitam M 081234567890
        claim A7x1 ☎081234567890 ← A7 0812-3456-7890
        claim A7x1 B2x1 ← A7 dan B2 | A7 sama B2 | A7, B2 | fix A7 + B2
        claim A7x3 ← A7 x 3
        claim KAOSx1(L,hitam) ← kaos hitam L
        cancel A7x1 ← cancel A7 | A7 batal kak | gak jadi A7 | ga jadi A7 kak | nggak jadi A7 | A7 gajadi
        cancel A7x1 ← tidak jadi A7
        queue A7x1 ← antri A7 | antre A7 | waitlist A7 | cadangan A7
        question ← berapa A7 | A7 berapa kak | A7 brp | harga A7 | harga A7? | A7 ready? | A7 masih ada
        question ← masih ada A7 kak? | A7 bahan apa | A7 ada ukuran L ga
        cart ← total kak | total dong | totalin kak | totalan | bayar kak
        none ← A7 bagus | bagus banget | halo kak | jam 12 | 12 ribu | umur 12 | anak 12 tahun
        """,
    ),
    Show(
        "es",
        "12,A7,B3,5",
        "S,M,L,rojo,azul,negro",
        """
        claim A7x1 ← MIO A7 | mía A7 | A7 mio | lo quiero A7 | la quiero A7 | quiero A7 | quiero la A7 | me llevo A7
        claim A7x1 ← me lo quedo A7 | me quedo con el A7 | dame A7 | para mí A7 | aparta A7 | apártame A7
        claim A7x1 ← compro A7 | reservo A7
        claim 12x1 ← 12 mío!! | lo quiero 12 | yo quiero el 12 por favor
        claim A7x2 ← quiero dos A7 | quiero 2 del A7 | dame 2 A7 | dos A7 | A7 dos unidades
        claim A7x1(M,rojo) ← A7 rojo M | A7 talla M rojo
        claim A7x1(rojo) ← A7 en rojo | A7 roja
        claim A7x1 B3x1 ← mio A7 y B3 | A7, B3
        claim A7x1 ☎612345678 ← A7 612345678 | A7 612 34 56 78
        cancel A7x1 ← paso A7 | paso el A7 | cancelo A7 | cancelar A7 | cancela el A7 por favor | ya no quiero A7
        cancel A7x1 ← ya no lo quiero A7
        queue A7x1 ← siguiente A7 | lista de espera A7 | en cola A7 | quedo en espera A7
        question ← cuánto cuesta A7 | cuanto cuesta A7 | cuanto vale el A7? | ¿A7? | ¿hay A7 en M? | hay A7 todavía?
        question ← precio A7 | precio de A7 | que talla es A7
        cart ← la cuenta | la cuenta por favor | mi total | total por favor | pagar | quiero pagar
        none ← qué bonito A7 | A7 qué lindo | tengo 5 hijos | 5 minutos | no | gracias
        """,
    ),
    Show(
        "es",
        "A7",
        "S,M,rojo",
        """
        claim A7x1 ← mio | mío!
        claim A7x1(rojo) ← lo quiero en rojo
        claim A7x2 ← mio 2
        question ← cuánto cuesta
        none ← qué bonito
        """,
        about="A7",
    ),
    Show(
        "fr",
        "12,A7,B3,5",
        "S,M,L,rouge,bleu,noir",
        """
        claim A7x1 ← je prends A7 | Je prends la A7 svp | JP A7 | A7 jp | je prend A7 | jprends A7 | j'prends A7
        claim A7x1 ← j’achète A7 | je le prends A7 | je veux A7 | je voudrais le A7 | pour moi A7 | A7 pour moi
        claim A7x1 ← je réserve A7 | moi A7
        claim 12x1 ← jp 12 | jp12
        claim 12x1 A7x1 ← jp12 jpA7
        claim A7x2 ← je prends 2 A7 | je prends deux A7 | jp A7 x2
        claim A7x1(M,noir) ← jp A7 en noir taille M
        claim A7x1(noir) ← jp A7 noire
        claim A7x1 B3x1 ← jp A7 et B3 | jp A7 B3
        claim A7x1 ☎0612345678 ← A7 0612345678 | jp A7 06 12 34 56 78
        cancel A7x1 ← j'annule A7 | annule A7 | annuler A7 svp | je passe A7 | je ne prends plus A7
        cancel A7x1 ← je prends pas A7 | finalement je ne prends pas A7 | je veux plus A7
        queue A7x1 ← liste d'attente A7 | je suis en attente A7 | en attente pour A7 | suivante A7
        question ← combien coûte A7 | c'est combien le A7 | A7 combien ? | prix A7 | prix du A7 svp
        question ← le A7 est dispo ? | il reste du A7 ? | quelle taille A7
        cart ← mon panier | mon total svp | je veux payer | la note svp | facture svp
        none ← trop beau le A7 | A7 magnifique | ma fille a 5 ans | 5 ans | 5 minutes | merci | j'ai reçu mon A7
        """,
    ),
    Show(
        "fr",
        "A7",
        "S,M,noir",
        """
        claim A7x1 ← jp | JP !!
        claim A7x1(M) ← jp en M
        claim A7x2 ← jp 2
        question ← c'est combien
        none ← trop beau
        """,
        about="A7",
    ),
    Show(
        "kr",
        "12,A7,B3,3",
        "S,M,L,블랙,화이트,빨강",
        """
        claim 12x1 ← 저요 12 | 12번저요
        claim A7x1 ← A7 저요! | A7저요 | 저요저요 A7 | A7 주세요 | A7 하나 | A7 하나요 | A7 한 벌 | A7 구매
        claim A7x1 ← A7 구매할게요 | A7 살게요 | A7 할게요 | A7 찜 | A7 찜이요 | A7 주문 | A7 주문할게요
        claim A7x1 ← A7 저요 ㅠㅠ | 저도요 A7 | 나 A7 | A7 제가 살게요 | 언니 A7 저요
        claim A7x2 ← A7 2개 | A7 2개요 | A7 두개 | A7 두 개 주세요 | A7 2장
        claim A7x1(M,블랙) ← A7 블랙 M
        claim A7x2(M,블랙) ← A7 블랙 M 2개
        claim A7x1 B3x1 ← A7이랑 B3 | A7 B3 저요 | A7, B3 | A7 B3 하나씩
        claim A7x1 ☎01012345678 ← A7 010-1234-5678 | A7 저요 01012345678
        cancel A7x1 ← A7 취소 | A7 취소요 | 취소할게요 A7 | A7 취소해주세요 | A7 패스 | A7 안살게요
        queue A7x1 ← A7 대기 | A7 대기요 | 대기할게요 A7 | A7 예약 대기
        question ← A7 얼마예요 | A7 얼마에요? | A7 얼마 | A7 있어요? | A7 남았나요 | A7 사이즈 뭐예요
        question ← A7 재고 있나요 | A7 품절인가요
        cart ← 결제 | 결제할게요 | 계산해주세요
        none ← A7 예뻐요 | A7 이쁘다 | 12시에 봐요 | 3살 | 우리 애 3살이에요 | 3분만 | 12만원 | 12000원 | ㅋㅋㅋ
        none ← A7 입금했어요
        """,
    ),
    Show(
        "kr",
        "A7",
        "S,M,블랙",
        """
        claim A7x1 ← 저요! | 주세요
        claim A7x2 ← 2개요
        cancel A7x1 ← 취소
        question ← 얼마예요
        """,
        about="A7",
    ),
    Show(
        "cn",
        "A1,A2,B3,12,1",
        "黑色,白色,S,M,L",
        """
        claim 12x1 ← 扣12
        claim A1x1 ← 扣A1 | 主播我要A1 | 亲 A1
        claim A1x2 ← 我要A1两件 | 来两件A1 | A1×2
        claim A1x1(黑色,M) ← A1 黑色 M
        claim A1x2(黑色) ← A1黑色2件
        claim A1x1 B3x1 ← A1和B3 | A1、B3 | A1 B3各一件
        claim A1x1 B3x2 ← A1+1 B3+2
        claim A1x1 ☎13812345678 ← A1 13812345678
        cancel A1x1 ← 不要A1了
        queue A1x1 ← 排队A1
        question ← A1 多少米 | A1几钱 | A1怎么卖
        cart ← 结账 | 买单 | 结算 | 一共多少
        none ← 主播好 | 12块 | 今年12岁 | 身高160 | 160 50公斤 | A1收到了很好
        ambiguous ← 扣1
        """,
    ),
    Show(
        "cn",
        "A1",
        "黑色,M",
        """
        claim A1x2 ← 我要两件
        claim A1x1(黑色) ← 黑色一件
        """,
        about="A1",
    ),
    Show(
        "",
        "12,A7,B3",
        "S,M,red",
        """
        claim A7x1 ← 我要A7 | je prends A7 | mio A7 | lấy A7 | nak A7 | ja tak A7
        claim A7x1(M,red) ← A7 red M
        cancel A7x1 ← cancel A7 | 取消A7
        question ← A7多少錢 | A7 berapa
        cart ← 埋單
        none ← my son is 12
        """,
    ),
    Show(
        "hk",
        "A1,B2",
        "",
        """
        claim A1x1 ← A1 black S | A1 black | A1+1 black S | A1 黑 M
        """,
    ),
    Show(
        "vn",
        "A1,SP1",
        "",
        """
        claim A1x1 ← A1 xanh | A1 đỏ L | A1 size M
        none ← A1 đẹp
        """,
    ),
    Show(
        "us",
        "AA,12,C1",
        "",
        """
        claim 12x1 ← sold 12 blue | sold 12 large
        claim C1x1 ← sold C1 red XL
        none ← 12 cute
        ambiguous ← 12 blue | 12 large please
        """,
    ),
    Show(
        "us",
        "12,14,7,20",
        "S,M,L,7,8,9",
        """
        claim 12x1(8) ← sold 12 size 8
        claim 12x1(9) ← sold 12 sz 9
        claim 12x1(7) ← sold 12 size 7
        claim 14x1 ← sold 14
        claim 12x1 ← sold 12!!! so excited for 20 minutes | sold on 12! | grab 12 | oh 12! mine! | Sold 12⏎Thanks!
        claim 12x1 ← sold 1 of 12 | sold one 12 | I'd like one of the 12 please | sold 12 for my daughter
        claim 12x1 ← sold 12 email jane@example.com | sold 12 jane.doe@example.com | 😍 12 😍 | 12🔥 | １２ sold
        claim 12x1 ← ＳＯＬＤ　１２ | Sold（12） | sold 12 sold 12 | sold sold sold 12 | sodl 12 | sold 12plz
        claim 7x1 ← 7 for me | number 7 please
        claim 7x1 12x1 14x1 ← 7, 12 and 14 please | I want 7, 12 and 14
        claim 7x1(M) 12x1(L) ← sold 7 M, 12 L | sold 7 in M and 12 in L
        claim 12x2 14x1 ← 12 x2 and 14 x1 | 2 of 12 and 1 of 14
        claim 12x1(M) ← sold 12 -M | sold 12_M | SOLD12M | 12 in M please | 12 M please | M 12 | 12 please in size M
        claim 12x1(M) ← 12 medium
        claim 12x2 ← sold12x2 | 2x sold 12
        claim 12x2(M) ← sold 12x2 M
        claim 12x3 ← sold 12 X3 | sold 12 three please
        claim 12x1 ☎2125550100 ← sold 12 call me at 212-555-0100
        claim 12x1 14x1 ← SOLD12 SOLD14 | sold12,14 | #12 #14 | #12, #14 sold
        claim 12x1(S) 12x1(M) ← sold 12 S, 12 M
        cancel 12x1 ← sorry cancel 12 wrong color | please remove 12 from my order | I'll pass on 12 this time
        cancel 12x1 14x1 ← pass 12 and 14
        queue 12x1 ← 2nd for 12 | second on 12 | 12 backup please | I'll be backup for 12
        queue 12x1 ← if anyone passes on 12 I'll take it | sold 12 waitlist | next in line for 12 please!
        queue 12x1 14x1 ← waitlist for 12 and 14
        question ← can you show 7 again | what about 7 | 7 or 14 which is better | is 7 gone | 7 gone? | did I get 7
        question ← I won 7? | did 7 come in blue
        none ← it's 20 past | 20 off | i'm number 7 in line lol | lucky 7 | 7 pm | 7pm est | 7 days left
        none ← 7 of my friends love this | it took 7 years | 7 lbs baby | 7ft tall | love number 7
        none ← number 7 is so pretty | 7 gone | thanks for 12! | thank you for the 12 | my 12 arrived broken
        none ← 12 was perfect | loving my 12 | the last 12 was so cute | I'm sold lol | they sold 12 of these
        none ← need this in my life | I need 7 more days til payday | need 20 bucks | gonna grab dinner
        none ← sold 12 x 0 | zip is 90210 | order #1234567 | tracking 9400111899223344556677 | bid 12
        none ← I bid 20 on 12
        none ☎2125550100 ← text me 212 555 0100
        ambiguous ← pass 12 sold 14 | pass on 12, sold 14 | sold 14 pass 12 | double sold 12 | sold 12 100
        ambiguous ← sold 12 x 500 | sold 12 small or medium | sold 12 S/M
        """,
    ),
    Show(
        "ph",
        "5,10,A1,B1",
        "S,M",
        """
        claim 5x1 ← mine 5 | 5 mine | 5 po
        claim 5x1 10x1 ← mine 5 and 10
        claim A1x2(M) ← mine A1 M 2 po | mine A1 2 M | A1 2pcs M po
        claim A1x1(S) ← mine A1 small | A1 mine small po
        claim A1x1 ← akin na yung A1 | kunin ko A1 | pabili A1 | pa mine A1 | pa-mine A1 | steal po A1 | grab ko A1
        claim A1x1 ← lock ko A1 | lock na A1 | 1 A1 po | mine A1 isa | MINE!! A1!!
        claim A1x2 ← A1 x 2 po | A1 2x
        claim A1x3 ← tatlo A1
        cancel A1x1 ← cancel na lang po A1 | pa-cancel A1 | ayoko na A1 | pass na po sa A1
        queue A1x1 ← waitlist po A1 | 2nd mine A1
        question ← gcash number po? | magkano sf | hm sf po | saan location | legit ba | sold na po A1?
        none ← 10 minutes pa | wait lang po 5 mins | 5 pesos | 5 lang natira | paid na po A1 | bayad na po
        none ← sent na po payment | ang cute ng 5 | good eve po | present | joy reserve | "bogus buyer" | A1 sold na
        none ← A1 taken na
        none ☎09171234567 ← gcash 09171234567
        ambiguous ← mine A1 or B1 | mine A1 kung available
        """,
    ),
    Show(
        "tw",
        "1,2,12,A,B,A5,紅,藍",
        "紅色,S,M,L,F",
        """
        claim 12x2 ← 12+2
        claim 1x1 2x1 ← 1+1 2+1
        claim 紅x1 藍x2 ← 紅+1 藍+2
        claim 紅x1 藍x1 ← 紅+1，藍+1 | 紅藍各1
        claim A5x1(M) ← A5+1M | A5 M+1 | A5M+1
        claim A5x1(F) ← A5 F +1
        claim A5x1(S) A5x1(M) ← A5 S+1 M+1
        claim A5x10 ← A5+10
        claim A5x1 ← A5＋1 | A5+ 1 | A5 ﹢1 | A5➕1 | A5+1~ | A5+1喔 | A5+1謝謝老闆 | 老闆A5+1 | 幫我A5+1 | A5要
        claim A5x1 ← A5要+1 | 我A5+1 | A5+1 小美 | A5+1（小美）
        claim A5x1 ☎0912345678 ← A5+1 手機0912345678
        claim A5x1 Bx1 ← A5,B各+1
        claim Ax1 Bx1 ← AB各+1
        cancel A5x1 ← A5 - | A5取消喔 | A5+1取消 | 不好意思 A5取消 | A5 我不要了
        question ← A5有嗎 | A5沒了嗎 | A5可以+1嗎 | A5怎麼賣 | A5彈性好嗎 | A5幾公分 | A5 多少啊 | 還有A5嗎 | 有A5嗎
        question ← 運費多少
        none ← 5折 | 100元 | 2點開播 | 等2分鐘 | 2個小孩 | 我有2隻貓 | 太美了 | 喜歡A5 | A5好看 | A5來了 | A5收到
        none ← +++ | 加加
        none ☎0912345678 ← 0912-345-678
        ambiguous ← A5+100 | A5+1+1 | A5+1改+2 | A5 各+1
        """,
    ),
    Show(
        "th",
        "5,10,20,A1,B2",
        "S,M,L,ฟ้า,ขาว",
        """
        claim 5x1 ← cf 5 | 5 cf | 5 ค่ะ | 5 ครับ | เอา 5 | เอา 5 ค่ะ | รับ 5
        claim 10x1 ← CF10ค่ะ
        claim 20x1 ← cf 20 ครับ
        claim 5x1 10x1 ← cf 5,10 | cf5 cf10
        claim 5x2 ← cf 5 2 ตัว | cf 5 จำนวน 2 | cf 5 x2
        claim 5x1(ฟ้า) ← cf 5 สีฟ้า
        claim 5x1(M,ฟ้า) ← cf 5 ฟ้า M
        claim A1x2 ← A1 เอา 2
        claim A1x1 ← cf A1 โอนพรุ่งนี้ | cf A1 นะคะ แม่ | พี่ cf A1 | cf A1 ด้วยค่ะ | เอา A1 ด้วย | CF A1 CF NO CC
        claim A1x1 B2x1 ← cf A1ค่ะ B2ค่ะ
        claim A1x1 ☎0891234567 ← cf A1 089-123-4567
        cancel A1x1 ← cc A1 | ขอ cc A1 ค่ะ | A1 cc
        cancel 5x1 ← CC5
        queue A1x1 ← ต่อ A1
        question ← A1 หมดหรือยังคะ | A1 มีสีขาวไหม | A1 อกเท่าไร | A1 ลดไหม | ขอดู A1 หน่อย | A1 ใส่ได้ถึงเท่าไหร่
        question ← ส่งกี่บาท
        none ← ไม่ cc | 5 บาท | 10 บาทเอง | 20 นาที | 5 ทุ่ม | 20.00 น. | อีก 5 นาที | 555555 | 55+ | อายุ 20
        none ← น้ำหนัก 50 | หนัก 20 โล | น่ารัก | A1 สวย | โอนแล้ว 20 บาท | ส่งสลิปแล้ว | แชร์แล้ว | มาแล้ว | สวัสดี
        none ☎0891234567 ← 089 123 4567
        """,
    ),
    Show(
        "kr",
        "5,7,12,A1",
        "S,M,L,검정,흰색",
        """
        claim 5x1 ← 5번 저요 | 5번 | 5번 살게요 | 5번 제가 할게요 | 5번 주문이요 | 5번 콜
        claim 7x2 ← 7번 2개 | 7번 두개요
        claim 7x3 ← 7번 세 개
        claim 12x1(M,검정) ← 12번 검정 M
        claim 12x1(M) ← 12번 M사이즈 | 12번 사이즈 M
        claim 5x1 7x1 ← 5번 7번 저요 | 5번, 7번 | 5번이랑 7번 | 5번하고 7번
        claim 5x1 7x2 ← 5번 1개 7번 2개
        claim A1x1 ☎01012345678 ← A1 저요 010 1234 5678
        cancel 5x1 ← 5번 취소 | 5번 취소합니다 | 5번 빼주세요
        queue 5x1 ← 5번 대기
        question ← 5번 있나요? | 5번 얼마인가요 | 5번 보여주세요 | 5번 어떤 색
        none ← 5번 예쁘다 | 5시 | 5시에 만나요 | 5분 | 7살 아들 | 12월 | 5천원 | 5만원 | 12일 배송 | 5명 | ㅎㅎ
        """,
    ),
    Show(
        "cn",
        "5,12,A1,B2",
        "红色,蓝色,S,M,L,XL",
        """
        claim 5x1 ← 5号 | 5号一件 | 要5号 | 想要5号
        claim 5x1(M) ← 5号 M | 5号要M码
        claim 5x1(红色,M) ← 5号红色M
        claim 12x2 ← 12号两件 | 12号来两件
        claim 5x1 12x1 ← 我要5号和12号 | 5号12号 | 5号、12号
        claim 5x1 12x2 ← 5号1件12号2件
        cancel 5x1 ← 5号不要了 | 取消5号 | 5号取消
        queue 5x1 ← 5号排队
        question ← 5号还有吗 | 5号多少钱 | 5号有L吗 | 5号什么码 | 120斤穿什么码
        none ← 5号好看 | 5号绝了 | 5块 | 5分钟 | 5点 | 12月 | 5个人 | 5折 | 5斤 | 身高165体重120 | 233 | 已下单
        """,
    ),
    Show(
        "us",
        "3,8,12,25,B5,DRESS,Red Velvet",
        "S,M,L,XL,teal,Floral,2XL",
        """
        claim DRESSx1 ← sold dress | sold the dress
        claim DRESSx1(L) ← dress sold L
        claim Red Velvetx1 ← sold red velvet | red velvet sold | sold RedVelvet
        claim DRESSx1(teal,Floral) ← sold dress teal floral
        claim B5x1(2XL) ← sold B5 2xl | sold B5 xxl
        claim 12x1(2XL) ← sold 12 2xl
        claim B5x1 ← sold B-5
        claim B5x1(L) ← sold b5 L please and thank you
        claim 12x1 ← me me me 12 | 12 plzzz | pleaseee 12 | 12!!!! | 12 yes!!! | yes 12!!!
        claim 12x1 ← sold 12 take my money lol | sold 12 ur the best | hey girl 12 | Hi! 12 | sold 12 - Maria
        claim 12x1 ← sold 12 maria g | sold 12 from Texas
        claim 12x1(M) ← Sold 12 ❤️❤️❤️ M ❤️ | SOLD 12.. M.. | sold. 12. m. | sold,12,m | sold/12/m
        claim 12x1 8x1 ← sold 12; sold 8 | I'll take both 12 and 8 | sold both 12 & 8
        claim 8x1 ← 8 sold | 8 sold! | need 8
        claim 8x3 ← 3 of 8
        claim 12x8 ← sold 8 of 12
        claim 12x1(L) ← SOLD!!! 12 L | sold large 12 | L 12 sold | sold 12 lrg | sold 12 in the large
        claim 12x1(L) ← sold 12 the large one
        claim 12x1(L,teal) ← sold 12 teal l | 12 teal large sold
        claim 12x1(teal) ← sold 12 in the teal
        claim 12x2(L) ← sold 12 L*2 | sold 12 two large | sold two 12 large
        claim 12x1(L) 8x1(M) ← sold 12 L & 8 M
        claim 12x2 ← 12 quantity 2 | 12 qty: 2 | Qty 2 - 12 | 12 (qty 2)
        cancel 12x1(L) ← cancel 12 L
        cancel 12x1 ← cancel the 12 please | please cancel 12 I changed my mind | I need to cancel 12
        cancel 12x1 ← I need to pass on 12 | I want to cancel 12 | sorry i have to pass 12
        cancel 12x1 ← going to have to pass on 12 | 12 cancel please | unsold 12
        question ← 25 for both? | 25? | 8 or 10? | only 3 left? | 3 day shipping? | ship to 90210? | 8pm?
        question ← why was 12 cancelled | did you cancel 12
        none ← i love this dress | that dress is gorgeous | nice dress! | omg 12!!! | 25 is too much | $25
        none ← 25 bucks for that wow | my size is 8 | I wear 8 | it's my 25th birthday | my bday is 3/12
        none ← turning 25 tomorrow | 25 years | 25 years old | 8 kids lol | there are 8 left | 3 left! | 8 more!
        none ← 8 hearts ❤️ | group of 8 | aisle 12 | chapter 12 | episode 12 | we drove 8 hours
        none ← took 3 days to ship | live at 8 | 12 midnight | 12 noon | 12pm | 12 am here | it is 12
        none ← sorry wrong number | wrong item sorry
        ambiguous ← sold 12 teal or floral | sold 12 not teal | sold 12 L no XL
        """,
    ),
    Show(
        "us",
        "12,A7",
        "S,M",
        """
        claim A7x1 ← sold A7
        claim 12x1(M) ← mine M please
        claim 12x1 ← me! | I want it | I want one | i'll take one | need it | sold me | Sold sold sold
        claim 12x3 ← I'll take 3
        claim 12x2 ← I want two please
        claim 12x1 ☎5551234567 ← sold 5551234567
        cancel 12x1 ← pass | cancel please | nvm | i changed my mind
        queue 12x1 ← waitlist please | next | next in line please
        question ← is it lined | what sizes | sizes? | how long is it?
        none ← size M please | M | meee | I have it in red | i have 2 already | beautiful color
        """,
        about="12",
    ),
    Show(
        "fr",
        "4,8,12,A7,ROBE",
        "36,38,40,S,M,rouge,noir,bleu marine",
        """
        claim 8x1 ← jp 8 | jp8 | je prends la 8 merci | je prends 8 | Je prend le 8 | je réserve le 8
        claim 8x1 ← pour moi le 8 | moi le 8 | 8 pour moi svp | le 8 svp | le 8
        claim 8x1(38) ← JP le 8 en 38
        claim 12x1(40) ← jp 12 taille 40
        claim 12x1(38) ← jp 12 38
        claim 4x1 8x1 ← je prends le 4 et le 8 | je prends le 4 et 8
        claim 4x1 8x1 12x1 ← JP 4, 8 et 12
        claim ROBEx1 ← jp la robe
        claim ROBEx1(rouge) ← jp la robe rouge
        claim ROBEx1(38,rouge) ← je prends la robe en rouge 38
        claim A7x1(bleu marine) ← jp A7 bleu marine
        claim A7x2 ← jp A7 x 2 | deux A7 svp
        claim A7x1 ← je le prend A7
        claim A7x1 ☎0612345678 ← JP A7 06.12.34.56.78 | JP A7 0612345678 merci
        claim A7x1 ☎+33612345678 ← JP A7 +33 6 12 34 56 78
        cancel 8x1 ← j'annule le 8 | annule le 8 | annulez le 8 svp désolée | je ne prends plus le 8
        queue 8x1 ← liste d'attente pour le 8 | 8 si désistement | je prends le 8 si désistement
        question ← le 8 est à combien | le 8 taille comment ? | combien le 8 | vous avez le 8 en 40
        question ← il taille grand le 8 ? | c'est quoi la matière du 8 | le 8 il en reste
        cart ← panier svp
        none ← le 8 est vendu | le 8 est magnifique | j'adore le 8 | j'ai pris le 8 la dernière fois | 8h | à 8h
        none ← 8 heures | 20h30 | 8 euros | 8€ | 8 € le lot | 12 ans | j'ai 4 enfants | 4 personnes | dans 8 jours
        none ← le 4 décembre | je fais du 38 | j'ai fini
        ambiguous ← jp 2 robes
        """,
    ),
    Show(
        "es",
        "4,8,12,A7,VESTIDO",
        "36,38,S,M,L,rojo,negro,azul marino",
        """
        claim 8x1 ← mio 8 | mío el 8 | mio!!! 8 | 8 mio | 8 para mí | me lo llevo el 8 | me llevo el 8
        claim 8x1 ← apartame el 8 | apártame el 8 porfa | lo quiero, el 8 | el 8 | el 8 por favor | mia la 8 | yo 8
        claim 8x1 ← yo el 8
        claim 4x1 8x1 ← quiero el 4 y el 8
        claim 4x1 8x1 12x1 ← quiero 4, 8 y 12
        claim VESTIDOx1(M,rojo) ← mio el vestido rojo M
        claim VESTIDOx1(negro) ← quiero el vestido en negro
        claim 8x2 ← me llevo 2 del 8 | mio 8 x2 | mio 8, 2 piezas | dos del 8
        claim 8x1(M) ← 8 talla M
        claim 8x1(M,rojo) ← 8 M rojo
        claim 8x1(rojo) ← el 8 rojo
        claim 8x1 ☎5512345678 ← mio 8 55 1234 5678 | mio 8 5512345678
        claim 8x1 ☎+34612345678 ← mio 8 +34 612 345 678
        cancel 8x1 ← cancelo el 8 | ya no quiero el 8 | cancela mi 8
        queue 8x1 ← lista de espera 8 | 8 en espera
        question ← cuanto el 8 | a como el 8 | precio del 8 | que precio tiene el 8 | hay en talla L?
        question ← tienes el 8 en L | todavía hay 8 | el 8 está disponible?
        cart ← mi cuenta por favor | la cuenta porfa
        none ← el 8 está hermoso | me encanta el 8 | que lindo el 8 | 8 pesos | $8 | son 8 euros | a las 8
        none ← 8 de la noche | 8 años | tengo 4 hijos | somos 4 | llego en 8 minutos | 8 minutos | mi talla es 38
        none ← uso 38
        ambiguous ← quiero 2 vestidos
        """,
    ),
    Show(
        "nordic",
        "3,12,CK50,A7,Kjole",
        "36,38,S,M,L,XL,rød,sort,svart,blå",
        """
        claim Kjolex1(M,sort) ← ja tak kjole sort M
        claim 12x1 ← yes plz 12 | 12 ja tak | 12 tak
        claim CK50x1(M) ← Yes plz CK50 M | CK50 M tak | CK50 str M 1 stk | CK50 1 stk M | 1 stk CK50 M
        claim CK50x2 ← yes plz 2 CK50 | ck50:2 | 2x CK50 | jag tar 2 CK50
        claim 12x2 ← ja tak 12 x 2 | ja tak 2 x 12
        claim CK50x1 ← CK50, tak! | CK50 1 | jeg tar den CK50 | jag köper CK50
        claim CK50x1(M) A7x1(L) ← CK50 M + A7 L | CK50 M og A7 L
        claim CK50x1(M,rød) ← CK50 røde M
        claim CK50x1(rød) ← jeg tager CK50 i rød
        claim CK50x1(M) ☎22334455 ← CK50 M 22334455
        claim CK50x1 ☎22334455 ← CK50 tlf 22334455
        claim CK50x2 ☎22334455 ← CK50 2 22334455
        claim CK50x1 ☎+4722334455 ← CK50 +47 22 33 44 55
        cancel CK50x1 ← slet min CK50 | annuller min CK50 | jeg vil gerne annullere CK50 | jeg angrer CK50
        question ← hvad er prisen på CK50 | hvad koster CK50 M | findes CK50 i XL | fins CK50 i XL?
        question ← har du CK50 i XL | er CK50 stor i størrelsen | hvornår kommer CK50
        cart ← kurv tak
        none ← CK50 er dejlig | elsker CK50 | smuk kjole | fin kjole | 12 kr | 12 kroner | klokka 12 | 12 år
        none ← 3 børn | 3 stk tilbage | om 12 minutter | 12 minutter | jeg bruger 38 | jeg er en 38 | hej alle
        """,
    ),
    Show(
        "id",
        "1,5,12,99,A7,B2,GAMIS",
        "S,M,L,XL,hitam,putih,maroon",
        """
        claim 5x1 ← fix 5 | fix no 5 | fix nomor 5
        claim A7x1 ← fix kode A7 | fix A7 1 pcs | keep A7 dulu ya | aku A7 kak | saya A7 | aku mau A7 | A7 ambil kak
        claim A7x1 ← order A7 dong | mau order A7 | beli A7 satu | A7 satu kak
        claim A7x1(L,hitam) ← fix A7 hitam L
        claim A7x2 ← fix A7 2pcs ya kak | mau 2 A7 | mau A7 2 | ambil 2 A7 | pesan A7 2 | A7 dua kak
        claim GAMISx1(maroon) ← fix gamis maroon
        claim GAMISx1(L) ← keep gamis L kak
        claim 5x1 12x1 ← keep 5 sama 12
        claim A7x1 B2x1 ← A7 sama B2 kak
        claim A7x1(XL,putih) ☎08123456789 ← A7 putih XL kak 08123456789
        claim A7x1 ☎08123456789 ← fix A7 no hp 08123456789 | fix A7 wa 0812 3456 789
        claim A7x1 ☎+6281234567890 ← fix A7 +62 812 3456 7890
        cancel A7x1 ← cancel A7 kak | batal A7 ya kak | A7 cancel ya | gak jadi A7 kak maaf | ga jadi yang A7
        cancel A7x1 ← A7 ga jadi
        queue A7x1 ← antri A7 | A7 cadangan kak | waiting list A7 | wl A7
        question ← A7 harganya berapa | A7 berapaan kak | harga A7 berapa kak | A7 ld berapa | A7 masih kak?
        question ← A7 masih ready ga | A7 warna apa aja | ada A7 warna hitam | A7 muat bb 60? | bisa cod kak
        question ← ongkir berapa | yang no 5 berapa
        cart ← checkout kak | keranjang kak
        none ← A7 cantik banget | A7 lucu | 5 menit lagi | jam 5 | 5 ribu | 5rb | 99rb | 99k | bb 60 | umur 5 tahun
        none ← 12 orang | tanggal 12 | bid 99 | bid 100rb | OB kak | BIN kak | ob 50 | up | hadir kak | nyimak
        none ← A7 habis
        """,
    ),
    Show(
        "my",
        "1,5,12,A7,B2,TUDUNG",
        "S,M,L,hitam,pink",
        """
        claim A7x1 ← A7 +1 | A7+ 1 | A7 nak satu | akak nak A7 | tempah A7
        claim TUDUNGx1 ← tudung +1
        claim TUDUNGx2(pink) ← tudung pink +2 | nak tudung pink 2
        claim TUDUNGx1(pink) ← nak tudung pink
        claim 5x1 ← nak 5 | nak no 5
        claim 12x1 ← nak 12 +1
        claim A7x1(M) ← saya nak A7 size M
        claim A7x1(M,hitam) ← A7 M hitam sy nak
        claim A7x2 ← A7 2 helai
        claim A7x1 B2x1 ← nak A7 dgn B2 | A7+1⏎B2+1
        claim A7x1 B2x2 ← A7 +1, B2 +2
        claim A7x1 ☎60123456789 ← A7 +1 60123456789
        claim A7x1 ☎0123456789 ← A7 +1 012-3456789
        claim A7x1 ☎+60123456789 ← A7 +1 +6012-3456789
        cancel A7x1 ← cancel A7 | cancel A7 sorry | A7 cancel ye | tak jadi A7 | tak jadi ambil A7 | A7 xjadi
        question ← A7 brp kak | berapa A7 | A7 berapa harga | A7 ada lagi tak | A7 ada saiz L? | ada A7 hitam
        question ← A7 stok ada lagi? | boleh tengok A7 | A7 material apa | postage berapa | cod boleh?
        cart ← my cart pls | nak bayar
        none ← A7 cantik | lawa A7 | 5 minit lagi | RM5 | rm5 je | 5 ringgit je | pukul 5 | 5 orang anak | anak 5
        none ← umur 12 | dah bayar | dah transfer
        """,
    ),
    Show(
        "sg",
        "1,5,12,A7,B2,CROC",
        "S,M,L,black,white",
        """
        claim A7x1 ← A7 + 1 | +1 for A7 | chope A7 | I want A7 pls | want A7 | A7 1 pc | A7 x1 | 我要A7 | A7 加1
        claim CROCx1 ← croc +1 | +1 croc
        claim CROCx1(black) ← croc black +1
        claim A7x2 ← +2 A7
        claim 5x1 ← chope 5
        claim A7x1(M) ← A7 1pc M
        claim A7x1 B2x2 ← A7 x1, B2 x2
        claim A7x1 ☎98765432 ← A7 pls 98765432 | A7+1 9876 5432
        claim A7x1 ☎+6598765432 ← A7 +65 9876 5432
        cancel A7x1 ← cancel A7 | dun want A7 | dun want A7 liao | A7 dont want | A7 cancel pls
        queue A7x1 ← queue for A7 | A7 backup
        question ← A7 got stock? | A7 still have | A7 how much | A7 hm | got A7 in L? | A7 can try? | A7 多少钱
        cart ← check out
        none ← A7 nice | A7 sibei nice | so nice leh | 5 dollars | 5 bucks | $5 only | 5 more min | 5pm | paid
        none ← paynow done
        none ☎98765432 ← 98765432
        """,
    ),
    Show(
        "vn",
        "1,5,12,A7,B2,DAM",
        "S,M,L,đen,trắng,hồng",
        """
        claim 5x1 ← lấy 5 | lấy mã 5 | mã 5 | chốt mã 5 | số 5
        claim 5x1(M) ← chốt 5 size M | số 5 size M
        claim 5x1(M,đen) ← 5 đen M
        claim 5x1(M,đen) ☎0987654321 ← 5 đen M 0987654321
        claim A7x1(M,đen) ☎0987654321 ← A7 đen M sđt 0987654321 | A7 đen M 0987 654 321 | A7 0987654321 đen M
        claim A7x1(M,hồng) ← A7 hong M
        claim A7x1(L,hồng) ← A7 màu hồng size L
        claim A7x2(đen) ← 2 A7 đen
        claim A7x2 ← A7 2 bộ
        claim A7x3 ← A7 3 chiếc
        claim A7x1 B2x1 ☎0987654321 ← A7, B2 0987654321
        claim A7x1(M) B2x1(L) ☎0987654321 ← A7 M, B2 L 0987654321
        claim A7x1 ← cho chị A7 | chị lấy A7 | mình lấy A7 nha | để chị A7 | em đặt A7 | em chốt A7 ạ | A7 nha shop
        claim A7x1 ← chốt A7 giúp em
        claim A7x1(L) ← cho chị A7 size L nhé
        cancel A7x1 ← hủy A7 giúp em | em hủy A7 | không lấy A7 nữa ạ | bỏ A7 giúp chị | A7 không lấy nữa
        cancel 5x1 ← hủy mã 5
        question ← A7 giá sao | A7 nhiêu | A7 bn 1 bộ | A7 bao nhiêu tiền ạ | A7 còn hàng không | A7 còn size L ko
        question ← A7 hết chưa | A7 chất gì | A7 form rộng không | 50kg mặc được A7 không | mã 5 bao nhiêu
        question ← mã 5 còn không shop | ship bn
        cart ← tính tiền shop | thanh toán giúp em
        none ← đẹp quá shop ơi | A7 xinh | 5 phút | 5h | 5 giờ | 5 tuổi | 5k | 5 người | 1m55 48kg | nhà 5 người
        none ← hóng | đã ck | share rồi nha
        none ☎0987654321 ← 0987654321
        """,
    ),
    Show(
        "hk",
        "1,5,12,A7,B2",
        "S,M,L,黑,白,灰",
        """
        claim 5x1 ← 5號 | 要5號
        claim 5x1(M) ← 我要5號M
        claim A7x1(M,黑) ← A7 黑 M | A7黑M | A7黑色M碼 | A7 黑色 M碼 1件
        claim A7x1(黑) ← A7黑+1 | A7+1黑
        claim A7x1 ← A7 +1 | A7 x1 | A7 1件 | want A7 | A7 pls | A7 thx | 幫我留A7 | 留A7 | A7要呀 | A7我要
        claim A7x2 ← A7 兩件唔該 | 要2件A7 | I want A7 x2
        claim A7x1 B2x1 ← A7, B2 | A7、B2各1 | A7 B2各+1 | A7 同埋 B2
        claim A7x1(M) ← I want A7 M
        claim A7x1 ☎98765432 ← A7 98765432
        claim A7x1 ☎+85298765432 ← A7+1 +852 9876 5432
        cancel A7x1 ← 唔要A7喇 | A7取消唔該
        cancel 5x1 ← 取消5號
        queue A7x1 ← 排隊A7 | A7後備 | A7候補唔該
        question ← A7幾錢呀 | A7 幾多 | A7有冇M碼 | 仲有冇A7 | A7有無貨 | A7係咪棉 | A7 咩色 | 有咩色
        cart ← 埋單 | 埋單呀唔該 | 結帳唔該
        none ← 5蚊 | 12蚊一件 | 5分鐘 | 12點開始 | 5點 | 5歲 | 我個女5歲 | A7好靚呀 | 靚 | 收到A7 | 俾咗錢 | 過咗數
        none ☎98765432 ← 98765432
        """,
    ),
    Show(
        "us",
        "SHIRT,12",
        "S,M",
        """
        claim 12x1 ← yup 12 | 12 yup! | YUP12
        claim SHIRTx1(M) ← yup shirt M
        cancel 12x1 ← nah 12 | 12 nah
        question ← wut 12
        ambiguous ← yup | nah
        """,
        words={"claim": ("yup",), "cancel": ("nah",), "question": ("wut",)},
    ),
    Show(
        "th",
        "12,A7",
        "S,M",
        """
        claim 12x1 ← จัดไป 12 | จัดไป12 | 12 จัดไปค่ะ | cf 12
        claim A7x1 ← A7จัดไป
        cancel 12x1 ← ถอย 12 | 12 ถอยค่ะ
        """,
        words={"claim": ("จัดไป",), "cancel": ("ถอย",)},
    ),
    Show(
        "tw",
        "A,B",
        "黑",
        """
        claim Ax1 ← 收A | A收 | 衝A+1
        claim Ax2 ← A衝2件
        cancel Ax1 ← 丟A | A丟
        """,
        words={
            "claim": (
                "收",
                "衝",
            ),
            "cancel": ("丟",),
        },
    ),
    Show(
        "us",
        "12,A7,B2",
        "S,M,red",
        """
        claim A7x1(red) ← sold red
        claim B2x1 ← sold B2
        claim A7x2 ← mine x2 | I'll take 2 of these
        claim A7x5 ← 5 of those | I want 5 of those
        cancel A7x1 ← pass
        queue A7x1 ← next
        question ← how much
        ambiguous ← want all of them
        """,
        about="12",
        reply_to="A7",
    ),
    Show(
        "us",
        "5,12",
        "",
        """
        claim 12x1 ← sold 12 to me | sold to me 12 | 12 sold to me! | sold 12 to my sister
        cancel 12x1 ← take me off 12
        none ← need 5 minutes | gimme 5 min | you need 12 | you need 12 girl | 5 sold so far
        ambiguous ← I want 5 of those | sold 12 to Jane | 12 sold to Jane! | take 12 off
        """,
    ),
    Show(
        "us",
        "1,2,3,12,A1,B1,RING,HAT",
        "S,M,blue,gold,silver",
        """
        claim 12x1 ← sold 12 total please | sold 12 and that's it | sold 12!! sold 12!! sold 12!! | sold12!!!
        claim 12x1 ← sold,12 | sold 12 thank you so much I love your lives!
        claim 12x1 ← sold 12 🎉🎉 so happy to finally get one | SOLD 12 my daughter is going to love it
        claim 12x1 ← sold 12 https://x.co/1 | hey @sarah sold 12 | 12. | "12" | (12) | 12, | 12 :) | 12 <3 | 12 ;)
        claim 12x1 ← :12
        claim RINGx1(gold) ← ring gold | sold gold ring
        claim RINGx1 HATx1 ← sold ring and hat
        claim HATx1 ← hat please
        claim HATx2(blue) ← sold hat blue x2
        claim A1x1 ← sold A1 please add to my box | sold A1 for $20 | sold A1 ship with my other stuff
        claim 12x1 A1x1 B1x1 ← sold #12, #A1, #B1
        claim A1x1 B1x1 ← A1 B1
        claim A1x2 B1x3 ← sold A1x2 B1x3
        claim A1x2 B1x1 ← sold 2 of A1 and 1 of B1
        claim RINGx1(silver) ← ring silver please
        queue 12x1 ← 2nd 12 | next please 12
        question ← how do I pay | how do i check out | how do i checkout? | can you hold A1 | can I pay in 3 days
        question ← do u have 12 | who wants 12? | is there a hole in 12 | did I win 12 | was I first on 12
        question ← gold or silver ring?
        cart ← total for me | what's my total? | invoice please!
        none ← I never got my invoice | total was 45 | the total is wrong | Hi Bill | check out my page
        none ← check this out | check out 12 it's so cute | ring is beautiful | love that hat | nice hat
        none ← they ring a bell | hat trick | A1 goes to Mary | gimme 1 sec | give me 1 second | one sec | 1 sec
        none ← I need 1 min | brb 2 min | 2 mins | back in 3 | be back in 12 | 3 days til Christmas
        none ← I need 3 days to pay | will pay in 2 days | wait 2 weeks | u need 12 | 12 has a hole
        none ← 12 missing a button | got 12 and I love it | I have 12 | I had 12 | won 12 last time | 12k likes
        none ← #sale | www.foo.com/12 | @sarah look at 12 | @sarah you need 12 | <3
        ambiguous ← sold A1 to Mary! | sold A1 to mom | sold 12 if not taken | sold ring silver 12
        ambiguous ← hat in red please | hat red | hat green M
        """,
    ),
    Show(
        "",
        "1,2,12,A7,B2,粉",
        "S,M,red,黑",
        """
        claim A7x1 ← sold A7 | lo quiero A7 | saya nak A7 | เอา A7 | A7 주세요
        claim A7x1 ☎0912345678 ← A7 0912345678
        cancel A7x1 ← ยกเลิก A7 | A7 취소 | hủy A7 | annule A7 | cancelar A7 | fortryder A7 | A7 唔要
        question ← A7 ราคาเท่าไหร่ | A7 얼마예요 | cuánto cuesta A7
        cart ← 結帳 | สรุปยอด
        none ← 12 phút | 5 minutos | la vie | 12分鐘
        ambiguous ← A7 แดง
        """,
    ),
    Show(
        "us",
        "3,D,P,12",
        "S,M",
        """
        claim 12x1 ← sold 12 <3 | sold 12 <33 | sold 12 :D
        claim Dx1 ← sold D
        claim Px1 ← mine p
        none ← <3 | love it <3 <33 | :D | so cute :P
        """,
    ),
    Show(
        "us",
        "12,A7",
        "",
        """
        cancel 12x1 ← take me off 12
        none ← take 12 dollars off | 12 off
        ambiguous ← take 12 off | please take A7 off
        """,
    ),
    Show(
        "us",
        "1,2,4,12,A1",
        "S,M",
        """
        claim 4x1 ← sold 4 | I need 4 | need 4 please
        none ← 4 seconds | sold 4 days | sold 4 hours ago | want 4 sec | forever 4 | 4 ever | 4 u | 2 cute | 2 much
        none ← me too | same here | i love 2 shop | 4 real | u 2 | got 2 go | gtg 2 bed | + 1 | 100%
        """,
    ),
    Show(
        "us",
        "12,5",
        "M",
        """
        claim 12x1 ← sold 12 made my day! | sold 12 best day ever
        claim 12x1(M) ← sold 12 M, been waiting for days
        none ← give me a minute | need 5 days
        """,
    ),
    Show(
        "hk",
        "A1",
        "",
        """
        claim A1x1 ← 留A1
        none ← 請留言
        """,
    ),
]


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: show.name)
def test_comments_mean_what_somebody_who_knows_the_market_would_say(show: Show) -> None:
    is_read_as_written(show)
