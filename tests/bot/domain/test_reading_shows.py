"""Whole shows, each with items and options of its own: what buyers write there, and what an operator takes it for."""

from __future__ import annotations

import pytest

from tests.bot.domain.comments import Show, is_read_as_written

SHOWS = [
    Show(
        "us",
        "1,2,5,8,12,13,14,21,43,101,A7,C1,AA,B2",
        "S,M,L,XL,2XL,blue,small,black,red,navy,one size",
        """
        claim 13x1 ← SOLD # 13
        claim 12x1 ← SOLD 12!!!!! | 12 mine please | ill take #12 | dibs on 12 | mio 12 | yes 12 | yes to 12 please
        claim 12x1 ← add 12 | grab 12 for me | put me down for 12 | sold for me 12 | 12😍😍😍 | sold 12 $20
        claim 12x1 ← sold 12 thank you! | sold 12 yay!! | ooh sold 12 | sold 12 i love it | sold 12 plz
        claim 12x1 ← @mai sold 12 | sold item 12 | sold tag 12 | #12 mine
        claim 12x1(XL) ← SOLD12XL | i want #12 in XL | sold 12 xlarge
        claim 12x1(black) ← need 12 in black
        claim A7x1 ← claim A7 | A7 | A7!
        claim 12x2 ← put me down for 2 of 12 | two of 12
        claim A7x3 ← SOLD A7 x3
        claim 12x3 ← sold 3x 12
        claim 12x1 13x1 ← sold 12 & 13 | 12 and 13 | 12 & 13 please | sold 12⏎sold 13
        claim 12x1 13x1 14x1 ← sold 12 13 14
        claim 12x2(blue) 13x1 ← sold 12 blue x2 and 13
        claim 12x1(2XL) ← sold 12 XXL
        claim 12x1 ☎5551234567 ← sold 12 (555)123-4567
        claim 12x1 ☎+15551234567 ← sold 12 +1-555-123-4567
        claim 12x1 ☎15551234567 ← sold 12 1-555-123-4567
        claim 12x1(red) ← sold the red 12
        cancel 12x1 ← pass 12 | passing on 12 | please cancel 12 | remove 12 from my cart | changed my mind on 12
        cancel 12x1 ← drop 12 | no longer want 12
        queue 12x1 ← next 12 | back up on 12 | 2nd on 12 | I'll take 12 if someone passes
        question ← sold pending question | 12? | do you have 12 in L | price on 12 | sold out? | did i get 12?
        question ← may I have 12 | anyone want 12 | 12 sold? | ???
        none ← show 12 again | 12 sold out | 12 is sold | love 12! | see you at 8 | 8 pm est | brb 5 minutes
        none ← I'm 5'2 | 12% | $12 | $12 for that | 20k | hello everyone | 77 | I missed 12 | I got 12
        none ← 12 came today
        ambiguous ← sold 12 -2 | sold 12 instead of 13 | sold 12 if available
        """,
    ),
    Show(
        "us",
        "12",
        "",
        """
        claim 12x1 ← sold sold sold | me | me!! | Me please | need | yes please
        claim 12x2 ← I'll take two please
        cancel 12x1 ← cancel
        none ← yes | sold out | so cute
        """,
        about="12",
    ),
    Show(
        "us",
        "one,mine,two,M,A",
        "S,M,L",
        """
        claim minex1 ← sold mine
        """,
    ),
    Show(
        "us",
        "12,A7",
        "S,M,L",
        """
        claim 12x2(M) ← mine M x2
        question ← how much?
        """,
        reply_to="12",
    ),
    Show(
        "ph",
        "a001,12,13,A7,B2,5",
        "S,M,L,XL,black,red,white,blue",
        """
        claim a001x3 ← a001 3
        claim 12x1 ← mine12 | mine 12 po | mine nako 12 | steal po 12 | akin na 12 | kunin ko 12 | kuha ako 12
        claim 12x1 ← get 12 | take 12 | take ko 12 | reserve 12 po | mine 12 cod | mine code 12 | mine: 12
        claim 12x1 13x1 ← MINE 12 AND 13
        claim A7x1(L,black) ← mine A7 L black
        claim A7x2 ← mine A7 2 pcs po
        claim A7x1 ← mine isa A7
        claim 12x1 ☎+639171234567 ← mine 12 +63 917 123 4567
        claim A7x1(L) ← mine A7/L
        cancel 12x1 ← cancel ko 12 | pa-cancel po ng 12 | pass 12 | hindi ko na kukunin 12
        queue 12x1 ← backup mine 12
        question ← hm po 12 | mgkano po 12 | 12 hm | meron pa po bang 12? | may 12 pa | may L po 12 | anong size 12
        question ← patingin 12 | patingin po ng 12 | sino nakakuha 12
        none ← SSD | sold na 12 | sana all | ₱500
        ambiguous ← mine yan
        """,
    ),
    Show(
        "ph",
        "A7",
        "",
        """
        claim A7x1 ← mine po | steal
        claim A7x2 ← mine 2pcs | mine po dalawa
        cancel A7x1 ← cancel po
        """,
        about="A7",
    ),
    Show(
        "tw",
        "A,A1,A2,B3,12,13,粉,白,5",
        "黑,白色,紅,粉色,S,M,L,XL,F",
        """
        claim Ax1 ← A＋１
        claim A1x1 ← A1 +1 | 要A1 | 買A1 | A1 | A1+1 謝謝 | A1➕1 | +1A1
        claim 粉x1 白x1 ← 粉+1 白+1 | 粉+1⏎白+1
        claim A1x1 A2x2 ← A1+1、A2+2
        claim A1x1(黑,L) ← A1黑L+1
        claim A1x1(F) ← A1 F +1
        claim 12x1 ← 12號+1 | 編號12+1 | 我要12
        claim A1x2 ← A1 2件 | A1＋兩件
        claim A1x1 ☎0912345678 ← A1+1 0912 345 678
        cancel A1x1 ← 取消A1 | A1+1取消 | A1+1 取消 | A1不要了 | A1不用了 | A1棄標
        queue A1x1 ← A1備取
        question ← A1怎麼賣 | A1有沒有黑色 | 可以看A1嗎 | A1價格 | 我有喊到A1嗎
        none ← ++ | A1漂亮 | 晚安 | 12點 | 500元 | A1+0
        ambiguous ← A1包+1 | 12-1
        """,
    ),
    Show(
        "tw",
        "A1",
        "黑,白,S,M",
        """
        claim A1x2 ← +2
        claim A1x1(黑) ← 黑色+1
        claim A1x1 ← 我要一件
        cancel A1x1 ← 不要了
        """,
        about="A1",
    ),
    Show(
        "hk",
        "A1,A2,12,13",
        "black,white,S,M,L,黑色,白色",
        """
        claim A1x1 ← A1 | i want A1 please | 俾我A1 | A1 thx
        claim A1x1(black,S) ← A1 black S
        claim A1x2 ← A1 x2
        claim A1x1 A2x1 ← A1同A2 | A1+A2
        claim A1x1 ☎91234567 ← A1 whatsapp 91234567
        cancel A1x1 ← 唔要A1
        question ← A1幾錢 | A1仲有無貨
        none ← A1好靚 | A1冇喇
        """,
    ),
    Show(
        "th",
        "1,2,12,13,A7,dm1,B05",
        "S,M,L,XL,แดง,ดำ,ขาว,ฟรีไซส์",
        """
        claim 12x1 ← cf12 | CF:12 | CF=12 | CF เบอร์ 12 | CF ตัวที่ 12 | 12cf | CF ไม่ CC 12 | เอา 12 ค่ะ
        claim 12x1 ← ขอ 12 ค่ะ | จอง 12 | 12 | cf12ครับ
        claim A7x1 ← CF A7
        claim 12x1 13x1 ← CF 12,13
        claim A7x2 ← CF A7 สองตัว
        claim 12x2 ← CF 12 = 2 | CF 12 จำนวน 2 | CF ๑๒ ๒ ตัว
        claim dm1x2 ← dm1 = 2
        claim dm1x1 ← dm1
        claim 12x1(M,แดง) ← CF 12 แดง ไซส์ M
        claim 12x1(ดำ) ← CF ดำ 12
        claim 12x1 ☎0812345678 ← CF 12 081 234 5678
        cancel 12x1 ← CC ค่ะ 12 | ขอยกเลิก 12 | ไม่รับ 12 แล้วค่ะ
        queue 12x1 ← ต่อคิว 12 | ขอต่อ 12 | 12 ต่อค่ะ | สำรอง 12 | CF ต่อ 12
        question ← 12 ราคา | 12 กี่บาท | 12 มีไซส์ M ไหมคะ | 12 อกเท่าไหร่
        cart ← ตะกร้า
        none ← ib | สวย | พลาด 12 | 100
        ambiguous ← cf3 | CF ทุกสี 12
        """,
    ),
    Show(
        "th",
        "12",
        "S,M",
        """
        claim 12x1 ← CF ค่ะ | รับค่ะ
        none ← สวย
        """,
        about="12",
    ),
    Show(
        "vn",
        "A1,A2,SP1,12,13,5,M8",
        "S,M,L,XL,xanh,đỏ,đen,trắng,be",
        """
        claim A1x1(M,xanh) ☎0901234567 ← A1 xanh M 0901234567
        claim SP1x1 ☎0123456789 ← SP1 1 0123456789
        claim A1x1(đen) ← A1 den
        claim A1x1(L,trắng) ← A1 trang L
        claim A1x2 ← A1 2 cái | A1 hai cái | A1 số lượng 2
        claim A1x1 ← chốt đơn A1 | em chốt A1 ạ | lấy em A1 | cho c A1 | để em A1 | để em A1 nha | em mua A1
        claim A1x1 ← order A1
        claim 12x1 ← số 12 | ms 12 | mã số 12
        claim 12x1 ☎0901234567 ← 12 0901234567
        claim A1x1 A2x1 ☎0901234567 ← A1 và A2 0901234567
        claim A1x1(đỏ) A2x1(xanh) ← A1 đỏ và A2 xanh
        claim A1x1 ☎0901234567 ← A1 dt 0901234567
        claim A1x1 ☎+84901234567 ← A1 +84 901 234 567
        claim A1x1(M) ← A1 M 50kg
        cancel A1x1 ← hủy đơn A1 | k lấy A1 nữa
        queue A1x1 ← xếp hàng A1 | dự bị A1
        question ← A1 bao nhiêu | A1 còn ko | còn A1 ko | A1 hết rồi hả | A1 mặc đẹp không | giá
        none ← cho em xem A1 | A1 xinh | hết | ib em | bid 50k | chào shop
        """,
    ),
    Show(
        "vn",
        "A1",
        "S,M,xanh",
        """
        claim A1x1 ← chốt em 1 | em lấy ạ
        claim A1x1(M) ☎0901234567 ← size M 0901234567
        """,
        about="A1",
    ),
    Show(
        "my",
        "A1,A2,ABC,sb001,12,B5",
        "S,M,L,XL,hitam,merah,black,red",
        """
        claim ABCx1 ← ABC +1
        claim sb001x2 ← SB001 +2
        claim A1x1 ← A1 + 1 | nk A1 | nak A1 ye | ambil A1 | tempah A1 | A1 tqvm | A1+1 tq sis
        claim A1x2(M,hitam) ← A1 hitam M +2
        claim A1x2 ← nak dua A1
        claim A1x1 A2x1 ← nak A1 dengan A2 | A1 A2 +1
        claim A1x1 ☎+60123456789 ← A1+1 +60123456789
        claim 12x1 ← 12 +1
        cancel A1x1 ← cancel A1 | taknak A1 | x nak A1
        question ← A1 berapa | A1 ada lagi | A1 masih ada?
        none ← pm saya | A1 habis | rm50
        """,
    ),
    Show(
        "sg",
        "A1,A2,sb001,12,38",
        "S,M,L,black,38,39",
        """
        claim A1x1 ← A1 +1 pls | A1 mine | me A1
        claim A1x1(38) ← A1 size 38 +1
        claim A1x1 ☎91234567 ← A1 +1 91234567
        claim 12x1 ← 12 +1
        claim A1x1 A2x1 ← A1 & A2
        cancel A1x1 ← A1 cancel
        question ← A1 how much ah | A1 price
        cart ← cart
        """,
    ),
    Show(
        "nordic",
        "CK50,CK5,12,13,t-shirt,A1",
        "S,M,L,XL,sort,hvid,blå,rød,38,40",
        """
        claim CK50x1 ← CK50 | jeg tager CK50 | jeg vil gerne købe CK50 | køber CK50 | jeg ønsker CK50 | jag tar CK50
        claim CK50x1 ← CK50 ja tack | CK50 til mig
        claim CK50x2 ← 2 stk CK50
        claim CK50x3 ← CK50 3 styk
        claim t-shirtx1 ← yes please t-shirt | t shirt ja tak
        claim CK50x1(sort) ← CK50 i sort
        claim CK50x2(38) ← CK50 2 stk str 38
        claim CK50x1 t-shirtx1 ← CK50 og t-shirt
        claim 12x1 ← 12 | nummer 12 ja tak
        claim CK50x1 ☎+4791234567 ← CK50 +47 912 34 567
        cancel CK50x1 ← annuller CK50 | annullér CK50 | fortryd CK50 | jeg fortryder CK50 | slet CK50
        cancel CK50x1 ← avbeställ CK50 | jeg vil ikke have CK50
        queue CK50x1 ← venteliste CK50 | CK50 venteliste | skriv mig på venteliste CK50 | väntelista CK50
        question ← hva koster CK50? | CK50 pris? | er der flere CK50
        none ← hvor fin | udsolgt | kl. 12
        """,
    ),
    Show(
        "id",
        "A1,A2,12,99,B3",
        "S,M,L,XL,hitam,putih,merah",
        """
        claim A1x1 ← A1 fix | keep A1 kak | keep dulu A1 | book A1 | booking A1 | mau A1 kak | aku A1 | aku A1 kak
        claim A1x1 ← A1 aku | aku ambil A1 | pesen A1 | beli A1 | kode A1
        claim A1x1(hitam) ← fix A1 warna hitam
        claim A1x2 ← fix A1 2 pcs
        claim 12x1 ← nomor 12
        claim A1x1 A2x1 ← fix A1, A2
        claim A1x1 ☎+628123456789 ← fix A1 +62 812 3456 789
        claim A1x1 ☎081234567890 ← fix A1 wa 0812-3456-7890
        cancel A1x1 ← ga jadi A1 | nggak jadi A1 | ngga jadi A1
        queue A1x1 ← antri A1
        question ← spill A1 | A1 berapaan | harga A1 | masih ada A1 | A1 ada size L
        none ← #bid 99=1.000 | bid 50rb | KB 10 | 50 ribu | Rp 50000 | bagus banget A1 | mantap
        """,
    ),
    Show(
        "es",
        "A1,A2,12,13,5",
        "S,M,L,XL,negro,rojo,azul,blanco",
        """
        claim 12x1 ← mio 12 | 12 mio por favor | quiero 12 | dame el 12 | deme el 12 | me quedo el 12
        claim 12x1 ← apúntame el 12 | apárteme 12 | aparta 12 | apartado 12 | yo el 12 | vendido 12 | el 12
        claim 12x1 ← número 12
        claim A1x1(negro) ← mío A1 negro
        claim A1x1(rojo) ← mío A1 roja
        claim A1x2 ← quiero A1 x 2 | 2 de A1
        claim 12x1 13x1 ← mío 12 y 13
        claim A1x1 A2x1 ← A1 y A2 mio
        claim 12x1 ☎612345678 ← mío 12 612 345 678
        claim A1x1 ☎5512345678 ← quiero A1 mi cel 55 1234 5678
        cancel 12x1 ← cancélame el 12 | paso 12
        queue 12x1 ← en espera 12 | lista de espera 12
        question ← cuánto cuesta 12 | qué precio tiene A1 | tienen talla M del 12 | hay en azul A1 | aún está el 12
        question ← sigue disponible el 12 | que talla es 12
        none ← qué lindo 12 | 12 euros | hola
        """,
    ),
    Show(
        "es",
        "A1",
        "S,M",
        """
        claim A1x1 ← lo quiero | yo quiero
        claim A1x2 ← quiero 2
        question ← cuánto
        """,
        about="A1",
    ),
    Show(
        "fr",
        "A1,A2,12,13,5",
        "S,M,L,XL,noir,rouge,bleu,blanc,38,40",
        """
        claim 12x1 ← je prends le 12 | JP12 | JP numéro 12 | JP 12 stp | je veux le 12 | moi le 12 | 12 pour moi
        claim 12x1 ← réserve 12 | je suis preneuse du 12 | le 12 svp | le 12 | 12
        claim A1x1(noir) ← JP A1 en noir | JP A1 noire
        claim A1x1(40) ← JP A1 taille 40
        claim A1x2 ← JP A1 x2 | JP A1 2 pièces | je prends deux fois A1
        claim 12x2 ← je prends 2 fois le 12
        claim A1x1 ← je commande A1
        claim 12x1 13x1 ← je prends 12 et 13
        claim 12x1 ☎0612345678 ← JP 12 06 12 34 56 78 | JP 12 06.12.34.56.78
        claim 12x1 ☎+33612345678 ← JP 12 +33 6 12 34 56 78
        cancel 12x1 ← j'annule 12 | annulation 12 | annuler 12 svp | je ne veux plus du 12
        queue 12x1 ← liste d'attente 12 | en attente 12 | si désistement 12 | JP 12 si désistement
        queue 12x1 ← JP si désistement 12
        question ← combien le 12 | prix ? | 12 dispo ? | quelle taille le 12
        cart ← panier
        none ← 12 parti | 12 euros | 20h
        """,
    ),
    Show(
        "fr",
        "A1",
        "S,M",
        """
        claim A1x1 ← je prends | moi | je le prends
        claim A1x1(M) ← JP en M
        question ← prix
        """,
        about="A1",
    ),
    Show(
        "kr",
        "A1,A2,12,13,3",
        "블랙,화이트,S,M,L,55,66,free",
        """
        claim 12x1 ← 12번 저요 | 12번요 | 저 12번 | 저 12번이요 | 저도 12번 | 12번 주문 | 12번 구매 | 12번 살래요
        claim 12x1 ← 12번 할게요
        claim A1x1(블랙) ← A1 블랙 | A1 블랙 1개 | A1 블랙색 | A1 블랙으로 주세요
        claim A1x2 ← A1 2개 | A1 2장
        claim A1x1 ← A1 하나 주세요
        claim 12x1 13x1 ← 12번 13번 | 12번하고 13번 주세요 | 12번과 13번
        claim 12x1 13x2 ← 12번 1개 13번 2개
        cancel 12x1 ← 12번 취소요 | 12번 안할게요 | 12번 빼주세요
        queue 12x1 ← 12번 대기 | 12번 대기요 | 12번 대기할게요 | 대기 12번
        question ← 12번 얼마에요? | 12번 있나요 | 12번 보여주세요 | 12번 다시 보여주세요
        cart ← 장바구니
        none ← 예뻐요 | 12시 | 12천원
        """,
    ),
    Show(
        "kr",
        "A1",
        "블랙,M",
        """
        claim A1x1 ← 저요~ | 저여 | 저욥 | 1개요 | 하나요 | 주문할게요
        claim A1x1(블랙) ← 블랙 저요
        queue A1x1 ← 대기요
        """,
        about="A1",
    ),
    Show(
        "cn",
        "A1,A2,12,13,5,1",
        "黑色,白色,红,S,M,L,均码",
        """
        claim 12x1 ← 12扣1 | 要12号 | 12 | 拍12号 | １２号
        claim A1x1 ← A1要了 | 给我A1
        claim A1x2 ← A1+2 | A1x2
        claim A1x1(黑色,M) ← A1黑色M | A1黑色M码 | A1 黑 M
        claim A1x1(均码) ← A1均码
        claim A1x1(黑色) A2x1(白色) ← A1黑色一件 A2白色一件
        claim A1x1 A2x1 ← A1、A2
        claim 12x1 13x1 ← 12，13
        claim A1x1 ☎13812345678 ← A1 138-1234-5678
        cancel A1x1 ← A1不要
        queue A1x1 ← A1排队 | 候补A1 | A1候补
        question ← A1多少 | A1还有吗 | A1有M吗 | A1还有没 | A1可以便宜点吗
        none ← 看下12号 | 好看 | 没抢到A1 | A1已付款 | 12元
        """,
    ),
    Show(
        "cn",
        "A1",
        "黑色,M",
        """
        claim A1x1 ← 我要我要
        claim A1x1(黑色,M) ← 黑色M一件
        claim A1x1(黑色) ← 要黑色
        question ← 多少钱
        none ← 111 | 已拍
        """,
        about="A1",
    ),
    Show(
        "",
        "12,13,A7,B2,one",
        "S,M,L,blue,red",
        """
        claim A7x1 ← A7+1 | mío A7 | jeg tager A7
        claim 12x1 ← 12번 저요 | sold ١٢ | sold ⑫ | sold 1️⃣2️⃣ | sold。12 | 12❤️sold
        cancel A7x1 ← A7取消 | batal A7
        queue A7x1 ← waitlist A7
        question ← A7 多少錢 | combien A7
        none ← hello
        """,
    ),
    Show(
        "us",
        "12,A7",
        "S,M,L,XL,2XL,blue",
        """
        claim 12x2 ← 2x12 | 2 x 12 | sold 2x12
        claim 12x2(XL) ← sold 12 x2 XL
        claim 12x1 A7x2 ← sold 12 and 2 A7
        claim 12x2 A7x1 ← sold 2 of 12 and 1 of A7
        claim 12x1 ☎5551234567 ← 12 555-123-4567
        claim 12x1 ← sold 12-a
        claim A7x1 ← sold a.7 | sold [A7] | sold *A7* | sold..A7 | SoLd a7 | A7⏎sold | #A7
        claim A7x1(M) ← sold A7m | sold A7 sz M | sold A7 in a medium
        claim A7x1(M,blue) ← sold A7 blue,M
        claim A7x1(M) A7x1(L) ← sold 1 A7 M and 1 A7 L | sold A7 M, A7 L
        claim A7x99 ← sold A7 x99
        claim A7x2 ← sold A7 ２
        cancel 12x1 ← 12 unsold | pass it 12 | please pass me 12
        question ← sold 12? | who's 12 | can I cancel 12? | 12 in my cart? | sold out 12?
        none ← +12 | sold twelve | cancel all | waitlist | @user12 | me | I already have 12 | 12 lol | 1 2 3 | . | +
        none ← 00
        ambiguous ← sold A7 M and L | sold A7 99999999999999999999 | sold A7 -1 | sold to Jane 12
        """,
    ),
    Show(
        "us",
        "1,2,3,10,20,50,100,200,L,XL,RED",
        "S,M,L,XL,red,blue",
        """
        claim 1x1 ← 1!
        claim 20x2 ← sold 20 qty 2
        claim 20x1 2x1 ← sold #20 #2
        claim 20x1 50x1 100x1 ← sold 20 50 100
        question ← size 10? | can you do 20
        none ← $20 sold | I'm 100 | only 3 left | back in 10 minutes | 2nd | 2 questions | 50$
        ambiguous ← sold size 10 | sold 2 3
        """,
    ),
    Show(
        "us",
        "12,A7",
        "S,M,L",
        """
        claim A7x1 ← sold | me please | yes please
        queue A7x1 ← backup
        question ← how much? | sold out?
        """,
        reply_to="A7",
    ),
    Show(
        "th,us",
        "12,13,A7",
        "S,M,แดง",
        """
        claim 12x1 ← sold 12
        question ← 12 ราคา
        """,
    ),
    Show(
        "tw,hk",
        "A1,12",
        "黑,S",
        """
        question ← A1幾錢
        """,
    ),
    Show(
        "es,us",
        "12,A7",
        "M,negro",
        """
        claim 12x1 ← mío 12
        question ← cuánto 12
        """,
    ),
    Show(
        "tw",
        "A1,12,粉",
        "黑,白,S,M",
        """
        claim A1x1 ← A1=1 | 老闆 我要A1 +1 | 請給我A1
        claim A1x2 ← Ａ１＋２件
        claim A1x1(黑) A1x1(白) ← A1黑+1、白+1
        claim A1x1(黑,S) A1x2(白,M) ← A1 S黑+1 M白+2
        cancel A1x1 ← 不要A1
        question ← A1有+1嗎
        none ← 加油加油 | 12345
        ambiguous ← A1－1 | A1黑、白各1
        """,
    ),
    Show(
        "th",
        "12,A7,5,55",
        "S,M,L,ดำ",
        """
        claim 5x1 ← cf5
        claim 12x1 ← CF 12 นะคะ | พี่ CF 12 | แม่ค้า CF 12 | CF 12 แล้วค่ะ | ซีเอฟ12ค่ะ | 12 ตัวนึงค่ะ | ขอโทษ CF 12
        claim 12x1 ← ขอ 12
        claim 12x2 ← 12 สองตัว
        claim 12x1 ☎0812345678 ← 0812345678 CF 12
        claim A7x1(M) ← ขอ A7 ไซส์ M
        claim A7x1 ← จอง A7
        question ← cf ทันไหม
        none ← 555 | F
        """,
    ),
    Show(
        "vn",
        "A1,12,SP1",
        "S,M,L,đen,đỏ",
        """
        claim A1x2(đen) ← Chốt 2 A1 đen
        claim A1x1(M) ← A1 x1 M
        claim A1x2 ← A1 (2) | A1 hai cái
        claim A1x1 ← A1 55kg
        cancel A1x1 ← ko lấy nữa A1
        question ← A1 ko | A1 không | 12 ko
        none ← cho xem A1 | inbox | 12h30 | 100k
        """,
    ),
    Show(
        "nordic",
        "CK50,12,38",
        "S,M,38,40,sort",
        """
        claim CK50x1(38) ← CK50 str 38
        claim CK50x1(sort) ← CK50 sorte
        claim CK50x2 ← CK50 2
        claim CK50x1 ← Ja tak til CK50 | Jeg tager en CK50 | jeg tager den, CK50
        none ← 50kr
        """,
    ),
    Show(
        "kr",
        "A1,12,3",
        "블랙,M,L",
        """
        claim 12x1 ← 12번 하나요 | 저요~~ 12번
        claim 3x1 ← 3번 저요
        claim 12x1(블랙) ← 12번 블랙 하나 | 12번 검정
        claim A1x1 ← A1번 저요
        question ← 12번 배송비 얼마예요
        none ← 12번 너무 이뻐요
        """,
    ),
    Show(
        "cn",
        "A1,12,3,1",
        "黑色,白色,M,L",
        """
        claim A1x1(黑色,M) ← A1黑M | A1黑色M码一件
        claim A1x2(白色,M) ← A1白M2件
        claim A1x2(黑色) ← A1黑色两件
        claim A1x2(黑色,M) ☎13800138000 ← A1黑色M码2件 13800138000
        claim 12x1(黑色,M) ← 12号黑色M
        claim 12x1 ← 12号链接 | 12号链接拍
        claim 3x3 ← 3号链接三件
        claim 12x2 ← 要12号两件
        question ← 12号多少米
        none ← 拍了12号 | 想看12号 | 12块钱 | 111
        """,
    ),
    Show(
        "fr",
        "A1,12,13",
        "M,L,noir",
        """
        claim 12x1 ← moi jp 12 | 12 jp
        claim 12x1(M) ← jp 12 taille M svp
        claim 12x1 ☎0612345678 ← JP 12 06 12 34 56 78
        claim 12x1 ☎0033612345678 ← JP 12 0033612345678
        claim 12x2 ← 12 deux fois | JP 2 du 12
        claim A1x2 ← 2 fois A1 | 2 de A1
        question ← je peux voir le 12 ?
        none ← j'aime le 12 | le 12 mai
        """,
    ),
    Show(
        "es",
        "A1,12,13",
        "M,L,negro,blanco",
        """
        claim A1x1(M,negro) ← mio A1 negra talla M
        claim 12x1(M,negro) ← quiero el 12 negro M
        claim 12x1 ← quiero uno del 12 | uno del 12 | el 12 por favor | 12 mío mío
        claim 12x2 ← 2 del 12
        claim A1x2 ← dos del A1 por favor
        claim 12x1 13x1 ← yo quiero 12 y 13
        cancel 12x1 ← cancélalo 12
        none ← el 12 de mayo | qué lindo | qué hermoso vestido
        """,
    ),
    Show(
        "ph",
        "12,A7,13",
        "S,M,L,black",
        """
        claim 12x1(black) ← mine po 12 black
        claim 12x1 ← sis 12 mine | mine 12 ty | 12 po ate
        question ← sold na ba 12 | magkano po yung 12
        none ← sold na po 12 | ubos na 12
        ambiguous ← mine 12 13 A7
        """,
    ),
    Show(
        "",
        "12,13,A7,B2,A1,粉",
        "S,M,L,blue,red,黑",
        """
        claim 12x1 ← buy 12 | 12 ค่ะ
        claim A7x2 ← A7 x2
        claim A7x1 ← jeg tar A7 | me lo llevo A7 | A7 저요 | CF A7
        claim 粉x1 ← 粉+1
        claim A1x1 ← nak A1
        claim A7x1 ☎09171234567 ← sold A7 0917-123-4567
        claim A7x1 ☎639171234567 ← sold A7 639171234567
        claim A7x1 ☎6281234567890 ← A7 6281234567890
        claim A7x1 ☎01012345678 ← A7 010-1234-5678 저요
        claim A7x1 ☎0612345678 ← A7 06 12 34 56 78 | je prends A7 06.12.34.56.78 | A7 tel: 0612345678
        claim A7x2 ☎5551234567 ← sold A7 2 555-123-4567
        cancel A1x1 ← batal A1
        cancel A7x1 ← no quiero A7
        question ← A7 bao nhiêu | hvad koster A7 | A7 多少錢
        none ← so pretty 12 | 12 bucks | 12분 | 12 € | 你好 | selamat malam
        none ☎+84901234567 ← +84901234567
        none ☎01012345678 ← 010-1234-5678
        none ☎+85291234567 ← +852 9123 4567
        none ☎+60123456789 ← +60 12-345 6789
        none ☎+4520304050 ← +45 20 30 40 50
        none ☎+6281234567890 ← +62 812-3456-7890
        none ☎+33612345678 ← +33 6 12 34 56 78
        none ☎+821012345678 ← +82 10-1234-5678
        """,
    ),
    Show(
        "us",
        "12,13,A7,5",
        "S,M,L,blue,red",
        """
        claim 12x1 ← Yes! 12! | ok 12 | sold 12 lol | count me in for 12 | sign me up for 12 | I'm buying 12
        claim 12x1 ← I'll get 12 | Imma take 12 | want 12
        claim 12x1 13x1 ← 12 please and 13 | 12 and 13 please
        claim 12x1 13x1 A7x1 ← 12, 13, A7
        claim 12x1 A7x1 ← 12 & A7
        claim A7x1 12x1(M) ← sold A7 and 12 M
        claim M12x1 ← sold M12
        claim 12x1(M) ← sold 12 = M
        claim 12x5 ← sold 12 x5 | sold 12 five
        claim 5x1 ← 5! | gimme 5 | #5 | #5 sold
        cancel 12x1 ← drop 12 please | sorry pass 12 | no longer need 12 | don't need 12 | I don't need 12 anymore
        cancel 12x1 A7x1 ← pass 12 & A7
        queue 5x1 ← next on #5
        queue 12x1 ← put me on the waitlist for 12 | put me next for 12 | 2nd on 12 please
        question ← is that 5 | does it come in blue | do i need 12 | when are you dropping 12 | where is my 12
        question ← 12 pre order?
        none ← 5 more | hold 12 for me | let me think about 12 | i wanted 12 | paid for 12 and 13
        none ← got 12 today love it
        ambiguous ← sold 12 if still available
        """,
    ),
    Show(
        "ph",
        "12,13,A7,5",
        "S,M,L,black,white",
        """
        claim 12x1(black) ← mine 12 itim
        claim 12x1(M,white) ← mine 12 puti M
        claim 12x1 ← paMine 12 | pa mine ng 12 po | MINE NA MINE 12 | take ko na 12 | akin 12 po | pabili ng 12
        claim 12x1 ← 12 pls po
        claim 12x1 13x1 ← mine 12 & 13 po
        cancel 12x1 ← pacancel po 12 | pa cancel 12
        question ← may iba bang kulay 12
        none ← 12 sold na | taken na 12 | pm sent | ssd na po | lf 12 | bogus
        """,
    ),
    Show(
        "my",
        "A1,A2,12",
        "S,M,L,hitam,merah",
        """
        claim A1x1(M,hitam) ← nak A1 warna hitam saiz M
        claim A1x1 ← A1 +1 nama Siti | A1(1) | i nak A1 | A1 for me
        cancel A1x1 ← maaf cancel A1 | A1 tak jadi sis
        question ← nak tengok A1
        none ← A1 dah habis | pukul 12 | cod ke
        """,
    ),
    Show(
        "id",
        "A1,A2,12",
        "S,M,L,hitam",
        """
        claim A1x1 ☎081234567890 ← fix A1 a.n Rina 081234567890
        claim A1x1(hitam) ← mau A1 yang hitam
        claim 12x1 ← mau nomor 12 | aku mau yg 12 | aku 12 | 12 aku
        claim A1x2 ← saya ambil A1 2
        claim A1x1 ← beli A1 dong
        cancel A1x1 ← maaf kak A1 batal | cancel A1 ya
        question ← A1 masih ada? | A1 size L ada
        none ← A1 bagus banget | yah telat A1 | 12rb | sudah transfer
        """,
    ),
    Show(
        "hk",
        "A1,A2,12",
        "M,S,black,白",
        """
        claim A1x1 ← A1 一個 | 我想要A1 | A1 唔該晒 | A1 plz
        cancel A1x1 ← A1 cancel 唔該
        question ← A1 幾錢?
        none ← A1 好靚呀 | 今晚12點
        """,
    ),
    Show(
        "sg",
        "A1,A2,12",
        "S,M,38",
        """
        claim A1x1 ← A1+1 S38 | A1 pls | A1 lah
        question ← A1 can? | A1 sold out?
        """,
    ),
    Show(
        "nordic",
        "CK50,t-shirt,A1",
        "S,M,L,rød,sort",
        """
        claim CK50x1(rød) ← CK50 rødt
        claim CK50x1 ← en CK50 tak | yes tak CK50
        question ← har I CK50 i L
        none ← alligevel ikke CK50
        """,
    ),
    Show(
        "fr",
        "12,13,A1",
        "M,L,noir,38",
        """
        claim 12x1(38) ← JP 12 38
        claim 12x1 ← jp lot 12 | moi 12 svp | mets moi 12 | mets moi le 12 de côté | réserve moi 12
        claim 12x1 ← réserve moi le 12 stp | garde moi le 12
        cancel 12x1 ← finalement j'annule 12
        queue 12x1 ← 12 si annulation
        none ← le 12 est vendu | trop petit 12 | frais de port
        """,
    ),
    Show(
        "es",
        "12,13,A1",
        "M,L,negro",
        """
        claim 12x1(M) ← yo el 12 en M | deme 12 M
        claim 12x1 ← 12 apartado | 12 aparta | separa 12 | sepárame el 12 porfa | guárdame el 12 | anótame el 12
        claim 12x1 ← quiero uno 12 | quiero un 12
        claim 12x1 13x1 ← aparta 12 y 13
        claim 12x2 ← dame 2 del 12 | dame dos 12
        claim 12x1(negro) ← el 12 en negra
        cancel 12x1 13x1 ← cancela 12 y 13
        cancel 12x1 ← no lo quiero 12
        queue 12x1 ← lista de espera 12 por favor | 12 lista de espera | 12 en espera
        question ← a cómo está el 12 | tiene en M el 12
        none ← hola buenas noches
        ambiguous ← lo quiero!!
        """,
    ),
    Show(
        "us",
        "Blue Dress,red-hat,12-A,12,T 5,LOT 7,B.1,A_2,one,mine",
        "S,M,blue",
        """
        claim Blue Dressx1 ← blue dress sold
        claim red-hatx1 ← sold redhat
        claim 12x1 ← sold 12
        claim LOT 7x1 ← sold lot7 | sold lot #7
        claim B.1x1 ← sold b.1
        claim onex1 ← sold one please | one
        question ← blue dress?
        none ← love that one
        """,
    ),
    Show(
        "us",
        "S,M,L,XL",
        "S,M,red",
        """
        claim Sx1 ← sold S
        claim Lx1 ← sold L
        ambiguous ← sold size S
        """,
    ),
    Show(
        "us",
        "RED,BLUE,12",
        "red,blue,M",
        """
        none ← red is gorgeous
        """,
    ),
    Show(
        "tw",
        "1,2,3,10,A,B",
        "S,M",
        """
        claim 10x1 ← 10+1
        claim Ax1 Bx1 ← A+1 B+1
        question ← A好看嗎
        none ← 2件 | 10分鐘
        ambiguous ← A+1+2 | 1 2 3
        """,
    ),
    Show(
        "th",
        "1,2,3,10,A",
        "S,M",
        """
        claim 1x1 ← cf1
        claim 1x1 2x1 3x1 ← cf1, cf2, cf3
        none ← 3 วัน | เหลือ 2 ตัว | ไซส์ 10
        """,
    ),
    Show(
        "vn",
        "1,2,3,10,A1",
        "S,M",
        """
        claim 10x1 ← số 10
        claim 3x1(M) ← số 3 M
        claim 3x1 ☎0901234567 ← số 3 0901234567
        claim 3x1 ← cho em số 3
        cancel 3x1 ← không lấy số 3
        question ← còn 2 cái | em không mua 3
        none ← 10 người
        """,
    ),
    Show(
        "kr",
        "1,2,3,10",
        "M,블랙",
        """
        claim 2x2 ← 2번 2개
        claim 1x1 ← 1+1
        claim 3x1 10x1 ← 저 3번이랑 10번이요
        claim 3x1 ← 3번으로 할게요
        claim 3x1(블랙) ← 3번 블랙이요
        question ← 몇번이에요
        none ← 10분
        """,
    ),
    Show(
        "cn",
        "1,2,3,10",
        "M,黑色",
        """
        claim 1x1 ← 1号链接 | 1
        claim 3x1(M) ← 3号 M
        claim 1x2 ← 1号拍2件
        none ← 9块9 | 讲3号
        """,
    ),
    Show(
        "id",
        "1,2,3,10",
        "L,hitam",
        """
        claim 3x1 ← nomor 3 kak
        none ← 3 hari
        """,
    ),
    Show(
        "ph",
        "1,2,3,10",
        "M,black",
        """
        claim 3x1(M) ← mine 3 M
        question ← ilang pcs 3
        none ← 10 mins
        """,
    ),
    Show(
        "fr",
        "1,2,3,10",
        "M,38",
        """
        claim 3x1 ← le 3
        claim 3x1(M) ← le 3 en M pour moi
        question ← il en reste 2
        none ← 10 min | on est le 3 | j'ai pris le 3
        """,
    ),
    Show(
        "es",
        "1,2,3,10",
        "M,negro",
        """
        claim 3x1 ← yo 3 | la número 3
        claim 2x1 ← dame 2
        claim 3x1 10x1 ← quiero la 3 y la 10
        question ← quedan 2
        """,
    ),
    Show(
        "nordic",
        "1,2,3,10",
        "M,sort",
        """
        claim 3x1 ← 3
        claim 3x2 ← 3, 2 stk
        none ← 10 kr | 3 dage
        """,
    ),
    Show(
        "my",
        "1,2,3,10",
        "M,hitam",
        """
        claim 3x2 ← 3+2
        claim 3x1 ← nombor 3 +1
        none ← 10 minit
        """,
    ),
    Show(
        "cn",
        "5,10,12,A1",
        "M",
        """
        ambiguous ← 拍10件
        """,
    ),
    Show(
        "th",
        "5,10,12,A1",
        "M",
        """
        claim 12x1 ← จอง 12
        none ← ของ 12 ถึงแล้ว
        none ← เอา 10 บาท
        """,
    ),
    Show(
        "vn",
        "5,10,12,A1",
        "M",
        """
        claim 12x1 ← order 12
        none ☎0901234567 ← số điện thoại 0901234567
        none ← lấy 5 phút | để em 5 phút
        """,
    ),
    Show(
        "id",
        "5,10,12,A1",
        "M",
        """
        none ← aku suka A1 | saya mau tanya
        """,
    ),
    Show(
        "es",
        "5,10,12,A1",
        "M",
        """
        claim 12x1 ← las 12
        question ← sigue en live
        none ← el 12 no | son las 12
        none ← dame 5 minutos | dame 10 minutos | aparta 5 minutos
        """,
    ),
    Show(
        "fr",
        "5,10,12,A1",
        "M",
        """
        claim 12x1 ← les 12
        none ← le 12 novembre
        """,
    ),
    Show(
        "us",
        "5,10,12,A7",
        "M",
        """
        claim 12x1 ← tag 12
        question ← 12 next? | price drop on 12
        none ← need 5 minutes | I need 12 more minutes
        """,
    ),
    Show(
        "ph",
        "5,10,12,A7",
        "M",
        """
        question ← may bayad na 12 | may 12 po ako
        none ← next 12
        ambiguous ← take note 12 | reserve po
        """,
    ),
    Show(
        "nordic",
        "5,10,12,A7",
        "M",
        """
        none ← til 12 | det er 12
        """,
    ),
]


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: show.name)
def test_comments_mean_what_an_operator_would_say(show: Show) -> None:
    is_read_as_written(show)
