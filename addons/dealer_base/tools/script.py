"""Traditional characters of the trade in their simplified form, for comparison.

Only what headers, choices and names of insurers use; names of people are never
rewritten. Pure functions.
"""

_PAIRS = (
    "車车號号碼码險险單单費费應应實实繳缴註注備备證证據据聯联繫系絡络電电話话機机"
    "動动識识別别業业務务類类種种員员總总計计額额稅税臺台賬账帳账編编開开發发價价"
    "買买賣卖購购銷销顧顾問问團团隊队組组顏颜廠厂產产財财壽寿國国華华陽阳狀状態态"
    "廢废銀银錢钱現现轉转續续間间潛潜戶户領领簽签記记錄录優优贈赠內内減减說说數数"
    "載载質质營营運运輸输貨货個个關关係系與与對对從从屬属時时終终結结幣币無无賠赔"
    "償偿標标準准摺折後后預预戰战敗败軍军護护門门點点網网親亲擔担純纯氣气強强駕驾"
    "傷伤還还給给劃划達达遞递選选擇择區区縣县專专訂订審审檢检驗验報报歸归際际陸陆"
    "灣湾稱称頁页歷历曆历體体鎮镇換换齡龄貸贷監监條条舊旧處处適适較较萬万億亿圓圆"
    "兩两廳厅級级複复離离滿满週周樣样連连責责損损車车傭佣確确認认徵征補补裏里裡里"
    "夠够誰谁為为嗎吗東东風风輛辆載载徑径傳传導导習习學学齊齐齡龄離离難难題题願愿"
)
_TABLE = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))


def simplified(text):
    """Text with the traditional characters of the trade made simplified."""
    return text.translate(_TABLE)
