"""What buyers write in each market, and what it means: for the tests, and for docs/claims.md, which is made of it.

“⏎” stands for a new line, “☎” for the phone number left in the comment; “[A1]” is the only item a comment can be about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CODES = ("12", "13", "14", "5", "A1", "A7", "B2", "a001", "dm1", "SP1", "sb001", "CK50", "粉", "白", "t-shirt")
OPTIONS = ("black", "blue", "red", "S", "M", "L", "XL", "xanh", "đỏ", "黑", "36", "38")
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "us": """
            claim 12x1 ← sold 12 | Sold 12! | 12 sold | SOLD12 | sold #12 | mine 12 | 12 mine!! | claim 12 | dibs 12
            claim 12x1 ← mio 12 | sold １２ | sooold 12 | sold 12 love it | Sold 12 🔥🔥 | i'll take 12 | 12 please
            claim 12x1 ← #12 | SOLD 12!!!!! omg | ill take the 12 | Sold! 12! | sold - 12 | "sold 12" | sold 12...
            claim 12x1 ← SOLD: 12 | buy 12 | buying 12 pls | sold 12 for my mom | sold 12 ty!!! 💕
            claim 12x1 ← sold 12 thank u so much | yes sold 12 | Sold 12 yay | sold 12 - love | omg need 12 sold
            claim 12x1 ← sold12 pls | sold  12 | want #12
            claim A7x1 ← sold a7 | SOLD A-7 | sold a.7 | a7 sold | sold code A7 | mine A7 | sold lot A7
            claim 12x2 ← sold 12 x2 | sold 2 of 12 | 2 of 12 | 12 x 2 | sold 12 (2) | two of 12 please
            claim 12x2 ← sold 12 x 2 pls | sold 12 qty 2 | sold two of 12 | sold 12 2x | 2 of #12 | sold #12 x2
            claim A7x2 ← sold A7 2 | sold 2 A7 | A7 2 | sold 2x A7 | sold A7 two | sold A7 (x2) | i need 2 A7
            claim 12x1 13x1 ← sold 12 and 13 | sold 12, 13 | sold 12 & 13 | sold 12⏎13 | sold 12⏎sold 13
            claim 12x1 13x1 ← sold #12 #13 | sold #12 and #13 | mine 12, mine 13 | 12 and 13 | 12, 13
            claim 12x1 13x1 14x1 ← sold 12, 13, 14 | sold 12, 13 and 14 | 12, 13, 14 sold | sold 12 13 14 | 12, 13, 14
            claim 12x2 13x3 ← sold 12 x2 13 x3 | sold 12 x2, 13 x3 | 12x2 13x3 | sold 2 of 12 and 3 of 13
            claim 12x2 13x3 ← 12 x2, 13 x3 | 12x2⏎13x3
            claim 12x1(XL) ← sold 12 XL | sold 12 x-large | sold 12 xl | sold 12 X LARGE | sold 12 size xl
            claim 12x1(XL) ← sold XL 12 | 12 xl sold | sold 12 - XL | sold 12 (xl) | sold 12 in xl
            claim 12x1(blue,M) ← sold 12 blue medium | sold 12 med blue | sold 12 M Blue | sold 12 blue, M
            claim 12x1(blue,M) ← blue M sold 12 | sold 12 in blue size m | sold 12 color blue size M
            claim 12x2(blue) ← sold 12 blue x2 | sold 12 x2 blue | sold 12 blue 2
            claim 12x1 ☎5551234567 ← sold 12 555-123-4567 | sold 12 (555) 123-4567 | sold 12, 555.123.4567
            claim 12x1 ☎5551234567 ← sold 12 5551234567 | 12 - 555-123-4567 | sold 12 -5551234567 | 12-5551234567
            claim 12x1 ☎5551234567 ← sold 12: 555 123 4567
            claim Z9x1 ← sold Z9 | sold #Z9
            claim 99x1 ← sold 99 | sold #99
            claim 12x1 ☎+15551234567 ← sold 12 +1 555 123 4567 | sold 12 +15551234567 | 12, +1 (555) 123-4567
            cancel 12x1 ← pass 12 | pass on 12 | I pass on 12 | 12 pass | cancel 12 | nvm 12 | i don't want 12
            cancel 12x1 ← pass on 12 sorry | release 12 please | cancel 12 please | remove 12 please
            cancel 12x1 ← I changed my mind on 12 | I have to pass on 12
            cancel 12x1 13x1 ← pass 12 and 13 | pass on 12 & 13
            queue 12x1 ← sold next 12 | next 12 | 12 next | backup 12 | sold 12 next | next in line for 12
            queue 12x1 ← if she passes 12 | i'll take 12 if she passes | waitlist 12 | sold 12 if anyone passes
            queue 12x1 ← 12 next please | put me on the waitlist for 12
            queue ← sold next | next in line | sold next please
            question ← sold 12/13? | sold 12 pending question | is 12 sold? | 12? | 12 still there? | how much is 12
            question ← is 12 taken | does 12 stretch | what size is 12 | any more 12 | do you have 12 in XL
            question ← 12 in XL? | can you show 12 | sold? | is A7 true to size? | what is 12 | whats the price on 12
            question ← hows 12 fit | wheres 12 | size of 12? | how long is 12 | pending question on 12
            question ← sold 12 pending a question
            cart ← cart | my cart | checkout | cart pls | total please | bill me | can I get my total? | ready to pay
            none ← at 12:30 | see you at 12 | 12 people here | maybe 12 | not 12 | 12% off | love 12 | so pretty
            none ← sold out | ssd | it's 12 here in ohio | 12 is so cute | 12 looks nice on you | omg 12 | wow A7
            none ← the 12th | i have 12 kids | 12 minutes late | 12:30 | 12.50 | $12 | 12$ | only 12 | 12!! so cute
            none ← A7 is pretty | 5 stars | lol 5 | i wish i got 12 | i missed 12 | lost 12 | shipping is 12
            none ← 12 ❤️ this one is gorgeous | 2 pcs | x2 | 10/10
            none ☎5551234567 ← 5551234567 | 555-123-4567
            ambiguous ← got it sold 12 | take my money sold 12 | sold 2 blue 12 | 12 13
            ambiguous ← sold 12 13 | sold 12 maybe | sold 12 twice | sold 12 or 13 | sold 12 if it's 36 | sold
            ambiguous ← sold!! | mine | sold 12 no wait | sold 12 jk | sold this | sold 12 S M | sold 12 pass 13
            ambiguous ← sold 13 ignore 12 | sold 12 to @anna | 12-13
            [12] claim 12x1 ← sold | SOLD!! | mine | sold please | dibs! | sold to me | +1 | me please sold
            [12] claim 12x1 ← i'll take it | mine mine mine
            [12] claim 12x2 ← sold 2 | sold x2 | +2 | x2 | 2 pcs | 2 pcs please | 2pcs | qty 2
            [12] claim 12x10(blue,S) ← SOLD 10 blue small
            [12] question ← how much? | sold? | is it sold
            [12] none ← love it | so cute | wow | 5 stars | 2 | 2 people | so 2 cute | 2 pcs left | 10/10
        """,
        "ph": """
            claim a001x3 ← MINE a001 3 | a001 3 | mine a001 x3 | mine a001 3pcs po | Mine po a001 3 pcs | mine 3 a001
            claim A7x1 ← mine A7 | MINE A7! | mine po A7 | A7 mine | mine A7 po ate | minee A7 | grab A7 | steal A7
            claim A7x1 ← lock A7 po | akin na A7 | pa mine po A7 | get A7 | Mine A7 sis | mine ko A7 | ako po A7
            claim A7x1 ← A7 sakin | A7 akin | mine na po A7 | mine ko na po yung A7 | mine code A7 | kukunin ko A7
            claim A7x1 ← kunin ko po A7 | A7 please po | mine mam A7 | mine ate A7 | mine A7 hehe | sa akin na A7
            claim A7x1 ← sakin na yan A7
            claim 12x1 13x1 ← mine 12 at 13 | mine po 12 and 13 | mine 12, 13 | mine 12 saka 13
            claim A7x1(black,M) ← mine A7 black M | mine po A7 medium black | A7 M black mine
            claim A7x1 ☎09171234567 ← mine A7 09171234567 | mine A7 cp# 09171234567 | mine A7 0917-123-4567 po
            cancel A7x1 ← cancel A7 po | pass po A7 | cancel po A7 sorry | cancel ko po A7 | ayaw ko na A7
            queue A7x1 ← 2nd A7 | backup A7 po | A7 next in line po
            question ← hm A7 | hm po | magkano A7 po | meron pa A7? | avail pa po A7 | available pa ba A7
            question ← pwede po ba A7 | may stock pa A7 | A7 ilan pa | may available pa po ba A7 | ano size A7
            question ← pa show po A7 | how much A7 | san po A7 | bakit A7 | anong size A7 | kasya ba sa akin A7
            question ← pabalik po A7
            cart ← my cart po
            none ← next A7 | SSD | ssd po | SSD A7 | joy miner | ang ganda ng A7 | ganda A7 | naku A7 naunahan ako
            none ← sayang A7 | done pm | hala A7 | cute ni A7 | po | joy miner na naman si A7
            ambiguous ← mine po | mine na | mine A7 kung wala na 12
        """,
        "tw": """
            claim A1x1 ← A1+1 | a1＋1 | Ａ１＋１ | A1 +1 | A1➕1 | A1加1 | A1+１ | A1我要 | 我要A1 | 要A1 | A1要
            claim A1x1 ← A1要1 | A1 1個 | A1一個 | A1 +1 謝謝 | A1+1❤️ | 老闆娘A1+1 | +1 A1 | 買A1 | A1帶走 | 我A1+1
            claim A1x1 ← A1下單 | A1 +1 麻煩了 | A1來1 | A1來一件 | A1，+1 | A1款+1
            claim 粉x1 白x1 ← 粉、白各一 | 粉白各+1
            claim 粉x1 白x1 ← 粉+1 白+1 | 粉+1、白+1 | 粉+1，白+1 | 粉+1⏎白+1 | 粉+1白+1 | 粉+1,白+1 | 粉+1 /白+1
            claim A1x2 ← A1+2 | A1加2 | A1 兩件 | A1要2件 | 我要A1兩個 | A1*2 | A1x2 | A1 ×2 | 我要2件A1 | A1+2件
            claim A1x2 ← A1＊2 | A1我要2個 | A1要兩個 | A1來2件 | A1 二件
            claim A1x1(M,黑) ← A1黑M+1 | A1 黑 M +1 | A1 黑色M+1 | A1 M黑+1 | A1黑色 M號+1 | A1+1 黑M | A1黑/M+1
            claim A1x1(黑) A1x2(M) ← A1黑+1 M+2
            claim 12x1 ← 12號+1 | 12+1 | 12號我要 | 編號12 +1 | 12號一件 | １２號＋１ | 第12號我要 | 12號要 | 12我要
            claim 12x1 ← 12號1件
            claim 12x1 13x1 ← 12+1 13+1 | 12+1、13+1 | 我要12跟13 | 12+1 13 +1
            claim A1x1 ☎0912345678 ← A1+1 0912345678 | A1+1 電話0912-345-678 | A1 - 0912345678 | A1-0912345678
            cancel A1x1 ← A1- | A1－ | A1取消 | 取消A1 | A1不要了 | A1棄標 | A1 取消 抱歉 | 我要取消A1 | A1先取消
            cancel A1x1 ← 不好意思A1取消 | A1-謝謝 | A1- 謝謝
            queue A1x1 ← A1候補 | 候補A1 | A1排隊 | A1候補+1
            question ← A1+1?? | A1多少 | A1還有嗎 | A1還有貨嗎 | A1有黑色嗎 | A1幾元 | 請問A1材質 | A1什麼尺寸
            question ← A1有M號嗎 | A1可以看一下嗎 | 12還有嗎 | 12號還有沒有 | A1多少錢 | A1賣多少 | 還有A1嗎 | A1還有?
            question ← A1剩幾件 | A1會起毛球嗎 | A1胸圍多少 | A1+1還有嗎 | A1有現貨嗎
            cart ← 購物車
            none ← +1 | 好漂亮 | A1好美 | A1賣完了 | A1已售完 | A1真好看 | 加油 | 想看A1 | A1再看一次 | 我也想要
            none ← 可惜A1沒了 | 太貴了 | A1太小了 | 晚安 | 12點了 | 12點開播 | 直播到12點 | A1沒買到 | A1沒搶到
            ambiguous ← A1各1 | A1包+1 | A1*+1 | A1全色+1 | A1-1 | A1各+1
        """,
        "hk": """
            claim A1x1 ← A1 | A1+1 | 我要A1 | 要A1 | I want A1 | want A1 | A1唔該 | 我要A1 唔該 | A1 我要 | A1我要呀
            claim A1x1 ← 俾我A1 | A1一件 | A1 1件 | 我想要A1 | order A1 | A1 1 | 我買A1 | A1 want | A1 要
            claim A1x2 ← A1 x2 | A1+2 | A1兩件 | 我要兩件A1 | A1 2件 | 要兩個A1 | A1 兩個唔該
            claim A1x1(black,S) ← A1 black S | A1 S black | A1 black S +1
            claim A1x1 A7x1 ← 我要A1同A7 | A1+1 A7+1 | A1, A7 | 要A1 A7 | A1、A7
            claim A1x1 ☎91234567 ← A1+1 91234567 | A1 +1 9123 4567 | A1 - 91234567 | A1+1 9123-4567
            claim A1x3 ☎91234567 ← A1 +3 9123 4567 | A1+3 91234567
            claim A1x1 ☎+85291234567 ← A1 +852 9123 4567 | A1 +85291234567
            cancel A1x1 ← A1唔要 | 唔要A1 | 取消A1 | A1取消 | A1唔要喇 | cancel A1
            queue A1x1 ← 候補A1 | A1排隊
            question ← A1幾錢 | A1幾多錢 | 有冇A1 | 仲有冇A1 | A1仲有嗎 | A1係咩料 | A1有冇M | A1咩價 | A1 邊度做
            question ← 點買A1 | A1仲有無 | A1有無貨 | A1幾大
            none ← A1好靚 | 好靚 | +1 | A1賣晒 | 靚女 | A1冇貨喇
        """,
        "th": """
            claim A1x1 ← CF A1 | cf A1 | CFA1 | cfA1 ค่ะ | CF A1 ครับ | A1 cf | A1CF | Cf.A1 | ซีเอฟA1 | รับA1ค่ะ
            claim A1x1 ← เอา A1 | เอาA1ค่า | สั่ง A1 | A1 ค่ะ | A1 1 | A1 1 ตัว | CF A1 1 | CF A1 NO CC
            claim A1x1 ← cf A1 no cc ค่ะ | CF รหัส A1 | รับ A1 จ้า | A1 รับค่ะ | เอา A1 1 ตัว | A1 เอาค่ะ | cf A1 นะ
            claim A1x1 ← cf A1 ชอบมาก | A1 ซื้อ | cf A1 🙏 | CF =A1 | CF A1 ขอบคุณค่ะ | จอง A1 | ขอ A1 ค่ะ
            claim 12x1 ← CF 12 | cf12 | CF ๑๒ | cf๑๒ค่ะ | 12 cf | CF12ค่ะ | รับ 12 ค่ะ | เอา12
            claim dm1x2 ← dm1 2 | dm1=2 | dm1 =2 | dm1 x2 | CF dm1 2 | dm1 2 ตัว | dm1 ๒
            claim A1x2 ← CF A1 2 ชิ้น | เอา A1 สองตัว | A1 x2 | CF A1 x 2 | เอาA1 2ตัว | รับA1 2 ชิ้นค่ะ
            claim A1x1(M) ← CF A1 M | CF A1 ไซส์ M | เอา A1 ไซส์ M ค่ะ | A1 M ค่ะ | cf a1 size m
            claim A1x1 A7x1 ← CF A1 A7 | CF A1,A7 | CF A1 และ A7 | รับ A1 กับ A7 | cf A1 cf A7
            claim A1x1 ☎0812345678 ← CF A1 0812345678 | CF A1 โทร 081-234-5678 | CF A1 ๐๘๑๒๓๔๕๖๗๘
            cancel A1x1 ← CC A1 | cc A1 ค่ะ | ccA1 | A1 CC | ยกเลิก A1 | ยกเลิกA1ค่ะ | ขอ CC A1 | ไม่เอา A1 แล้วค่ะ
            cancel A1x1 ← ขอยกเลิก A1 ค่ะ | A1 ไม่เอาแล้วค่ะ
            queue A1x1 ← ต่อคิว A1 | รอคิว A1 ค่ะ | A1 ต่อคิวค่ะ | ขอต่อ A1 | สำรอง A1
            question ← A1 เท่าไหร่คะ | A1 ราคา | ยังมี A1 ไหม | ยังมี 12 ไหมคะ | A1 เหลือไหม | A1 มีสีอะไร | A1 หมดยัง
            question ← A1 กี่บาท | ขอดู A1 | 12 ยังอยู่ไหม | A1 ไซส์อะไร | A1 มีไซส์ M ป่าว | A1 ยังมีมั้ย
            question ← A1 มีมั้ยคะ | A1 อกเท่าไหร่ | A1 ผ้าอะไร | ใส่ได้ไหม A1 | A1 ยังไม่หมดใช่ไหม
            cart ← ตะกร้า
            none ← F CF A1 | no cc | F A1 | f12 | IB A1 | ib | 555 | 5555+ | A1 หมดแล้ว | A1 สวยมาก | สวย
            none ← A1 น่ารัก | ไม่ทัน A1 | โอนแล้วค่ะ 12 | อยากได้ A1 จัง | เสียดาย A1
            ambiguous ← cf A1 ทันไหม | cf1 | cf2 | CF 2 | cf | CF ค่ะ | CF 12 13 | cf 1
            [A1] claim A1x1 ← CF | cf ค่ะ | เอาค่ะ | รับค่ะ
            [A1] cancel A1x1 ← CC | cc ค่ะ | ยกเลิกค่ะ
            [A1] queue A1x1 ← cf2 | CF 2 | cf3
        """,
        "vn": """
            claim A1x1 ← chốt đơn A1 | chốt đơn A1 cho em nhé | A1 | a1 | chốt A1 | chot a1 | Chốt em A1 | lấy A1
            claim A1x1 ← cho em A1 | em lấy A1 ạ | A1 nhé shop | mua A1 | đặt A1 | mã A1 | A1 em nhé | chốt A1 cho chị
            claim A1x1 ← A1 của em | e chốt A1 | c lấy A1 nha | A1 1 | A1 1 cái | A1 nha | chốt cho chị mã A1 nhé
            claim A1x1 ← lấy 1 A1 | cho chị 1 A1 | A1 đi em | chị lấy A1 nhé em | em A1 | A1 ạ
            claim A1x1(M,xanh) ☎0901234567 ← A1 xanh M 0901234567 | A1 M xanh 0901234567 | 0901234567 A1 xanh M
            claim A1x1(M,xanh) ☎0901234567 ← A1 màu xanh size M 0901234567 | a1 XANH m 0901.234.567
            claim A1x1(M,xanh) ☎0901234567 ← A1 xanh M sđt 0901 234 567 | A1-xanh-M-0901234567 | A1_xanh_M_0901234567
            claim A1x1(M,xanh) ☎0901234567 ← A1, xanh, M, 0901234567
            claim SP1x1 ☎0123456789 ← SP1 1 0123456789 | SP1 0123456789 | SP1 x1 0123456789 | 0123456789 SP1
            claim SP1x1 ☎0123456789 ← SP1 - 0123456789 | SP1: 0123456789 | SP1-0123456789 | SP1 – 0123456789
            claim SP1x2 ☎0123456789 ← SP1 2 0123456789 | SP1 x2 0123456789 | SP1 2 cái 0123456789
            claim SP1x2 ☎0123456789 ← SP1 sl 2 0123456789
            claim A1x2 ← lấy 2 A1 | A1 2 cái | A1 x2 | chốt A1 2 cái
            claim A1x1 A7x1 ← A1 và A7 | A1, A7 | chốt A1 A7 | lấy A1 với A7
            claim A1x1(đỏ) ← A1 đỏ | A1 màu đỏ
            cancel A1x1 ← hủy A1 | huỷ A1 | huy A1 | không lấy A1 nữa | bỏ A1 | hủy đơn A1 | cho em hủy A1
            cancel A1x1 ← ko lấy A1 nữa
            question ← A1 còn không | 12 còn không | 12 còn không shop | A1 giá | A1 bao nhiêu | A1 bn | giá A1
            question ← A1 còn ko | A1 con k | còn A1 không | A1 có size M không | A1 nhiêu vậy shop | A1 mấy tiền
            question ← A1 chất gì | A1 còn hàng không ạ | A1 sao | A1 mặc vừa không | A1 hết chưa | A1 hết rồi hả
            question ← A1 ? | ib giá A1 | xin giá A1 | A1 bnh | A1 bnhieu ạ | A1 có mấy màu
            queue A1x1 ← xếp hàng A1 | dự bị A1
            cart ← giỏ hàng
            none ← ib | chốt đơn | A1 đẹp quá | đẹp | A1 xinh quá | chấm | A1 hết rồi | hóng A1 | 12 người xem
            none ← tiếc A1
            none ☎0901234567 ← 0901234567 | 0901.234.567 | 0901 234 567
            [A1] claim A1x1 ☎0901234567 ← 0901234567 chốt | chốt 0901234567
        """,
        "my": """
            claim A1x1 ← A1 +1 | A1+1 | nak A1 | saya nak A1 | sy nk A1 | nak A1 satu | mau A1 | beli A1 | want A1
            claim A1x1 ← A1 nak | A1 1 | sis nak A1 | A1 +1 ya | nak A1 pls | akak nak A1 | order A1 | A1 order
            claim A1x1 ← nk A1 1 | tq A1 +1 | A1 + 1 | I nak A1 | nak A1 ye sis | ambil A1 | sy ambil A1
            claim A1x1 ← nak A1 sehelai | A1加1 | A1 +1 sis tq
            claim sb001x2 ← sb001+2 | sb001 +2 | SB001+2 | sb-001 +2 | sb001 x2 | nak sb001 2 | nak 2 sb001
            claim sb001x2 ← sb001 2 helai | nak sb001 dua | sb001 2pcs
            claim A1x1 A7x1 ← A1+1 A7+1 | A1 +1, A7 +1 | nak A1 dan A7 | nak A1, A7 | A1+1⏎A7+1 | A1 & A7 +1
            claim A1x1(black,M) ← A1 black M +1 | nak A1 black saiz M
            claim A1x1 ☎0123456789 ← A1+1 0123456789 | A1+1 012-345 6789 | nak A1 012-3456789
            cancel A1x1 ← batal A1 | cancel A1 | tak jadi A1 | A1 tak jadi | tak nak A1 | xnak A1 | A1 cancel sis
            cancel A1x1 ← x jadi A1 | taknak A1 | tak jadi nak A1
            question ← harga A1 | berapa A1 | A1 berapa sis | ada lagi A1 | A1 ada lagi? | A1 masih ada
            question ← A1 ada size M tak | brp A1 | A1 hm | A1 stok ada | A1 boleh cod | A1 kain apa
            question ← A1 ada warna apa | nak tengok A1
            cart ← cart | troli
            none ← +1 | pm tepi | PM tepi A1 | pm A1 | pm sis | cantiknya A1 | A1 cantik | sold out dah A1 | A1 habis
            none ← rugi A1
            [A1] claim A1x1 ← +1 | nak | saya nak | +1 sis
            [A1] claim A1x3 ← +3 | nak 3
        """,
        "sg": """
            claim A1x1 ← A1+1 | A1 +1 | A1 +1 pls | want A1 | A1 want | i want A1 leh | A1 1 | mine A1 | A1+1 thanks
            claim A1x1 ← A1 +1 🙏 | A1 +1 tks | A1加1 | A1＋1 | i take A1 | A1 me | A1 x1 | A1+1 lah | A1 chope
            claim A1x1 ← chope A1
            claim sb001x2 ← sb001+2 | sb001 + 2 | sb001 x2 | sb001 2 | 2 sb001 | want 2 sb001 | sb001 2 pcs
            claim sb001x1 A7x1 ← sb001+1 A7+1 | sb001+1, A7+1 | sb001 +1 & A7 +1 | want sb001 and A7
            claim A1x1 ☎91234567 ← A1+1 91234567 | A1 +1 9123 4567 | 91234567 A1+1
            cancel A1x1 ← A1 pass | pass A1 | cancel A1 pls | don't want A1 | A1 cancel | dun want A1
            queue A1x1 ← waitlist A1 | A1 backup
            question ← A1 how much ah | A1 still have? | A1 got M? | A1 can? | how much A1 | A1 got size M
            question ← still got A1 anot | A1 hm
            cart ← cart
            none ← +1 | A1 nice leh | wah A1 | nice | A1 gone liao | sold out liao | A1 next
            [A1] claim A1x2 ← +2
        """,
        "nordic": """
            claim CK50x2 ← CK50 2 | ck50 2 | CK50 x2 | 2 stk CK50 | CK50 2 stk | CK50 2stk tak | CK50 2 tak | 2 x CK50
            claim CK50x2 ← 2 CK50 tak
            claim CK50x1 ← CK50 | ck50 | CK-50 | CK50 tak | ja tak CK50 | CK50 ja tak | jeg tager CK50 | jeg tar CK50
            claim CK50x1 ← jag tar CK50 | jeg vil gerne have CK50 | jeg vil ha CK50 | køb CK50 | köper CK50
            claim CK50x1 ← CK50 1 stk | CK50 please | Ja tack CK50 | jag vill ha CK50 | CK50 til mig tak | CK50 ❤️
            claim CK50x1 ← Jeg køber CK50 | vil gerne have CK50 | CK50 køb | vil ha CK50 | CK50 til mig
            claim t-shirtx1 ← yes plz t-shirt | yes please t-shirt | ja tak t-shirt | t-shirt tak | tshirt ja tak
            claim CK50x1(M) ← CK50 str M | CK50 str. M | CK50 M | CK50 str.M | CK50 storlek M | CK50 i M
            claim CK50x1(M) ← CK50 i str M tak | CK50 medium
            claim CK50x1(38) ← CK50 str 38 | CK50 str. 38 | CK50 strl 38 | CK50 i 38
            claim CK50x1 A1x1 ← CK50 og A1 | CK50 och A1 | CK50, A1 | ja tak CK50 og A1
            cancel CK50x1 ← annuller CK50 | fortryder CK50 | avbestill CK50 | CK50 annuller | ångrar CK50
            cancel CK50x1 ← CK50 annulleres tak
            question ← hvad koster CK50 | hva koster CK50 | vad kostar CK50 | CK50 pris | findes CK50 i M
            question ← har du CK50 i M | er CK50 på lager | finns CK50 i M | CK50? | hvor meget CK50 | kan CK50 vaskes
            question ← er CK50 udsolgt | hvilke størrelser CK50 | CK50 hvilken størrelse | må jeg se CK50
            queue CK50x1 ← venteliste CK50 | CK50 venteliste tak
            cart ← kurv | handlekurv
            none ← nej tak | tak | CK50 er flot | så flot | CK50 udsolgt | ærgerligt CK50 | smuk CK50 | hej
            none ← CK50 er så fin
            [CK50] claim CK50x1 ← ja tak | yes plz | yes please | jeg tager den | jeg tar den | jag tar den | ja tack
            [CK50] claim CK50x2 ← 2 stk | ja tak 2 stk | 2 stk tak
        """,
        "id": """
            claim A1x1 ← fix A1 | FIX A1 | A1 fix kak | keep A1 | keep A1 ya kak | book A1 | mau A1 | mau A1 1 ya
            claim A1x1 ← ambil A1 | pesan A1 | beli A1 | order A1 | A1 keep | A1 1 fix | saya mau A1 | aku mau A1
            claim A1x1 ← kak A1 fix | A1 mau kak | mau dong A1 | keep A1 dong | fix A1 min | keep kak A1
            claim A1x1 ← aku ambil A1 | A1 buat aku | fix ya A1 | mauu A1 | mau yg A1 | sy mau A1 | A1 sold
            claim A1x2 ← pesan A1 2 pcs | A1 2 fix | keep A1 2 | mau 2 A1 | A1 x2 fix | order A1 dua | mau A1 2 buah
            claim A1x1(black,M) ← fix A1 black M | keep A1 warna black ukuran M | A1 black M fix
            claim A1x1 A7x1 ← fix A1 dan A7 | keep A1, A7 | fix A1 sama A7 | fix A1 A7
            claim A1x1 ☎08123456789 ← fix A1 08123456789 | keep A1 0812-3456-789 | fix A1 wa 08123456789
            cancel A1x1 ← batal A1 | cancel A1 kak | gak jadi A1 | A1 batal | ga jadi A1 kak | A1 gajadi | gak mau A1
            cancel A1x1 ← tidak jadi A1
            queue A1x1 ← A1 waiting list | WL A1
            question ← A1 berapa | berapa A1 kak | harga A1 | masih ada A1 | A1 ready | A1 ready kak? | ada A1
            question ← A1 masih kak | A1 ready gak | A1 brp | spill harga A1 | A1 bahannya apa | A1 ld berapa
            question ← A1 masih | kak A1 masih ada? | A1 ukuran apa | A1 bisa cod
            cart ← keranjang
            none ← #bid 99=1000 | #bid 12=1000 | bid 12 1000 | #BID A1=50 | bid 50rb | OB | KB | BIN A1 | bid n run
            none ← A1 bagus | cantik A1 | telat A1 | OB 500rb | A1 habis ya | A1 50rb | next A1
            ambiguous ← A1 150000 | 12 1000
        """,
        "es": """
            claim A1x1 ← mío A1 | mio A1 | A1 mío | MIO A1!! | lo quiero A1 | quiero A1 | yo quiero A1 | yo A1 | A1 yo
            claim A1x1 ← me lo llevo A1 | me llevo el A1 | me quedo con A1 | lo compro A1 | aparto A1 | apartado A1
            claim A1x1 ← para mí A1 | A1 para mí | A1 por favor | quiero la A1 | A1 lo quiero | A1 mio gracias
            claim A1x1 ← Mía A1 | A1 mia | mío el A1 | Yo quiero el A1 porfa | resérvame A1 | apártame A1 | A1 es mío
            claim A1x1 ← mioo A1 | míooo A1 | mío mío A1 | la quiero A1
            claim A1x2 ← quiero 2 A1 | mío A1 x2 | A1 x2 mío | quiero dos A1 | dos A1 | A1 2 mío | quiero 2 de A1
            claim A1x2 ← me llevo 2 del A1
            claim A1x1(M) ← mío A1 talla M | quiero A1 en M | A1 M mío | A1 talla M
            claim A1x1(blue) ← mío A1 blue | quiero A1 en color blue
            claim A1x1 A7x1 ← mío A1 y A7 | quiero A1 y A7 | A1 y A7 míos | quiero A1, A7 | A1, A7 mío
            claim 12x1 ← mío 12 | mio el 12 | mío número 12 | quiero el número 12 | el 12 mío | mío #12 | quiero la 12
            claim 12x1 13x1 ← mío 12 y 13 | quiero el 12 y el 13
            cancel A1x1 ← cancelo A1 | cancelar A1 | cancela A1 | ya no quiero A1 | no quiero A1 | paso A1
            cancel A1x1 ← paso de A1 | cancela el A1 por favor | ya no lo quiero A1 | A1 cancelar
            question ← precio A1 | cuánto A1 | cuanto A1 | ¿Cuánto cuesta A1? | A1 precio | tienes A1 en M | hay A1
            question ← qué talla A1 | queda A1 | ¿queda A1? | quedan A1 | está disponible A1 | A1 disponible
            question ← de qué es A1 | qué precio A1 | aún hay A1 | todavía hay A1 | a cómo A1 | a como el A1
            question ← A1 a cuanto | que precio tiene A1 | cuál es A1 | cuánto vale el 12
            queue A1x1 ← A1 en espera | lista de espera A1
            cart ← carrito | mi carrito
            none ← me encanta A1 | precioso A1 | A1 precioso | agotado A1 | A1 agotado | no A1 | lindo A1
            none ← ya se vendió A1 | hola | 12 euros | A1 está hermoso | a las 12
            ambiguous ← mío | quiero | lo quiero | mío 12 o 13 | mío 12 13
            [A1] claim A1x1 ← mío | lo quiero | yo | me lo llevo | yo quiero
        """,
        "fr": """
            claim A1x1 ← je prends A1 | JP A1 | jp A1 | A1 jp | A1 JP merci | je prends le A1 | je prend A1
            claim A1x1 ← j'prends A1 | je veux A1 | je voudrais A1 | pour moi A1 | A1 pour moi | A1 svp | j'achète A1
            claim A1x1 ← je réserve A1 | A1 je prends | je la prends A1 | moi A1 | A1 moi
            claim A1x1 ← je prends A1 s'il vous plaît | A1 pour moi svp merci | Je le veux A1 | A1 je le prends
            claim A1x1 ← je prendrai A1 | j'aimerais A1 | JE PRENDS A1 !!! | preneuse A1 | A1 preneuse
            claim A1x1 ← je suis preneuse A1
            claim A1x2 ← je prends 2 A1 | JP A1 x2 | je prends deux A1 | A1 x2 svp | JP 2 A1
            claim A1x2 ← je prends A1 en 2 exemplaires
            claim A1x1(M) ← je prends A1 taille M | JP A1 en M | A1 M jp | A1 taille M svp
            claim A1x1 A7x1 ← JP A1 et A7 | je prends A1 et A7 | JP A1, A7 | je prends A1 + A7 | JP A1 A7
            claim 12x1 ← JP 12 | JP le 12 | jp n°12 | JP numéro 12 | je prends le 12 | le 12 JP | JP #12 | 12 JP
            claim 12x1 ← JP12 | jp le numéro 12 | je prends la 12
            claim 12x1 13x1 ← JP 12 et 13 | JP 12 et JP 13 | je prends le 12 et le 13
            cancel A1x1 ← annule A1 | j'annule A1 | je ne prends plus A1 | annulez A1 svp | annulez A1
            cancel A1x1 ← je ne veux plus A1 | A1 annuler | je prends plus A1 | désolée j'annule A1
            question ← combien A1 | prix A1 | A1 combien | quel prix A1 | A1 dispo | A1 dispo ? | il reste A1
            question ← reste-t-il A1 | quelle taille A1 | c'est combien A1 | A1 quelle taille | il en reste A1
            question ← encore A1 ? | A1 prix svp | A1 existe en M | vous avez A1 en M | où est A1
            question ← est-ce que A1 est dispo | c'est quoi A1 | le 12 est dispo ?
            queue A1x1 ← A1 si désistement | liste d'attente A1
            cart ← panier
            none ← magnifique A1 | j'adore A1 | trop beau A1 | A1 trop beau | c'est beau | A1 vendu | bonjour | pas A1
            none ← dommage A1 | trop tard A1 | je n'ai pas eu A1 | 12 euros | à 12h | 12h30 | il est 12h
            cancel A1x1 ← je ne prends pas A1
            ambiguous ← je prends | JP | je prends 12 ou 13 | JP 12 13
            [A1] claim A1x1 ← JP | je prends | pour moi | je le prends | moi je prends | JP merci
        """,
        "kr": """
            claim A1x1 ← 저요 A1 | A1 저요 | A1저요 | 저요!! A1 | A1 주문 | A1 주문이요 | A1 주문할게요 | A1 구매
            claim A1x1 ← A1 구매할게요 | A1 주세요 | A1주세요 | A1 살게요 | A1 1개 | A1 한개 | A1 하나 주세요
            claim A1x1 ← A1 하나요 | A1 찜 | A1 할게요 | A1이요 | A1 저도요 | A1 1개 주세요 | A1 부탁드려요
            claim A1x1 ← A1 구매합니다 | A1 구매요 | A1 주문합니다 | 저 A1 주세요 | A1 저요저요 | A1 제가 살게요
            claim A1x1 ← A1 제꺼 | A1 콜 | A1 사고싶어요 | A1 예약 | A1 주문요
            claim A1x2 ← A1 2개 | A1 두개 주세요 | A1 2개요 | A1 2장 주세요 | A1 두 개 | A1 두벌 | A1 2개 주문이요
            claim 12x1 ← 12번 | 12번 저요 | 12번이요 | 12번 주세요 | 12번 한개 | 12번요 | 저요 12번 | １２번 저요
            claim 12x1 ← 12번 주문합니다
            claim 12x1 13x1 ← 12번 13번 주세요 | 12번, 13번 | 12번이랑 13번 주세요 | 12번 13번 저요
            claim 12x2 ← 12번 2개 | 12번 두개 주세요 | 12번 2개 저요
            claim A1x1(black,M) ← A1 black M 저요 | A1 M black 주세요 | A1 black M 1개
            claim A1x1 ☎01012345678 ← A1 저요 01012345678 | A1 주문 010-1234-5678 | 010 1234 5678 A1 주세요
            cancel A1x1 ← A1 취소 | 취소 A1 | A1 취소할게요 | A1 취소해주세요 | A1취소요 | A1 취소 부탁드려요
            cancel A1x1 ← A1 취소합니다
            question ← A1 얼마 | A1 얼마예요 | A1 가격 | A1 있나요 | A1 남았나요 | 12번 남았나요 | A1 사이즈 있어요
            question ← A1 뭐예요 | A1 몇개 남았어요 | A1 재고 있어요? | A1 품절인가요 | A1 가능한가요
            question ← A1 사이즈 어떻게 돼요 | A1 무슨 색 | A1 얼마에요 | A1 아직 있나요 | A1 재질이 뭐예요
            question ← A1 가격이요 | 12번 가격
            queue A1x1 ← A1 대기요 | 대기 A1
            cart ← 장바구니
            none ← A1 예뻐요 | 예쁘다 | A1 품절 | 너무 예뻐요 A1 | 안녕하세요 | 12명 | 12시 | A1 놓쳤어요 | ㅋㅋㅋ A1
            none ← 대박 A1
            ambiguous ← 저요 | 저요저요 | 주문이요
            [A1] claim A1x1 ← 저요 | 저요!! | 주문이요 | 저도요 | 1개 주세요
            [A1] claim A1x2 ← 2개 주세요 | 저요 2개 | 두개 저요
        """,
        "cn": """
            claim A1x1 ← 扣1 A1 | A1扣1 | A1 扣1 | 我要A1 | A1我要 | 要A1 | A1要 | A1+1 | A1 1 | A1一件 | A1要了
            claim A1x1 ← 买A1 | A1 拍 | 给我A1 | 给我来A1 | 来一个A1 | A1来一件 | A1 下单 | 主播A1要一件 | A1一个
            claim A1x1 ← A1要一个 | 老板A1要了 | A1 1件 | 我要A1 谢谢 | 想要A1 | A1我要一个 | A1留给我 | A1给我留一件
            claim A1x1 ← A1拿下 | 拍A1
            claim A1x2 ← A1两件 | A1要两件 | A1+2 | A1 2件 | 我要两件A1 | A1拍两件 | A1来两件 | A1x2 | A1 *2 | A1 两个
            claim A1x2 ← 给我来两件A1
            claim 12x1 ← 12号 | 12号扣1 | 12号要了 | 我要12号 | 12号+1 | 要12号 | 扣1 12号 | 12号一件 | 12号拍
            claim 12x1 ← １２号 | 第12号要 | 12号链接我要
            claim A1x1(M,黑) ← A1黑色M码 | 我要A1黑色M | A1 黑 M | A1黑M一件 | A1黑色 M码 一件
            claim A1x1 A7x1 ← 我要A1和A7 | A1 A7 我要 | A1+1 A7+1 | 我要A1跟A7 | A1、A7我要 | A1和A7都要
            claim A1x1 ☎13812345678 ← A1+1 13812345678 | 我要A1 138 1234 5678 | A1一件 电话13812345678
            claim A1x1 ☎13812345678 ← A1 +1 13812345678 | A1+1 138-1234-5678
            claim A1x1 ☎+8613812345678 ← A1 +8613812345678 | A1 +86 138 1234 5678
            cancel A1x1 ← A1取消 | 取消A1 | A1不要了 | A1 不要 | A1不想要了
            question ← A1多少钱 | A1有M码吗 | A1还有吗 | A1什么材质 | A1怎么买 | 多少钱A1 | 请问A1 | A1有没有黑色
            question ← A1几块 | A1有货吗 | A1尺码 | A1价格 | A1怎么拍 | A1在哪拍 | 12号还有吗 | A1还剩几件 | A1多大
            question ← A1能不能便宜 | A1显胖吗 | 有A1吗 | A1还有没有 | A1掉色吗
            queue A1x1 ← A1候补 | A1排队
            cart ← 购物车
            none ← 666 | 6666 | A1好看 | 好漂亮 | A1已拍 | 扣1 | A1没抢到 | A1卖完了 | 主播好美 | 12点 | 来了 | A1拍了
            none ← +1 | A1太贵了 | A1没了
            ambiguous ← 我要 | 要 | 买 | A1各色+1
            [A1] claim A1x1 ← 扣1 | 要 | 我要 | +1 | 要一件 | 来一件 | 拍
            [A1] claim A1x2 ← 要两件 | +2 | 来两件
        """,
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """Comments of one market that mean the same."""

    market: str
    about: str | None
    """The only item these comments can be about, if there is one."""
    meaning: str
    """As it is written above: “claim 12x2(blue,M) ☎0901234567”."""
    comments: tuple[str, ...]


def rows(market: str) -> list[Row]:
    """The examples of one market; lines with the same meaning are one row."""
    found: dict[tuple[str | None, str], list[str]] = {}
    for line in EXAMPLES[market].strip().splitlines():
        meaning, _, comments = line.strip().partition(" ← ")
        about, _, rest = meaning.rpartition("] ")
        here = found.setdefault((about[1:] or None, rest), [])
        here += [comment.replace("⏎", "\n") for comment in comments.split(" | ")]
    return [Row(market, about, meaning, tuple(comments)) for (about, meaning), comments in found.items()]
