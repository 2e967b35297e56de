"""What the trade writes in words in a claim tracker, and what it means (§3.12)."""

LIABILITY = {
    "全责": "100",
    "全部责任": "100",
    "100%": "100",
    "单方": "100",
    "主责": "70",
    "主要责任": "70",
    "70%": "70",
    "同责": "50",
    "同等责任": "50",
    "50%": "50",
    "次责": "30",
    "次要责任": "30",
    "30%": "30",
    "无责": "0",
    "无责任": "0",
    "0%": "0",
    "full": "100",
    "main": "70",
    "equal": "50",
    "minor": "30",
    "none": "0",
}
SETTLEMENT = {
    "直赔": "direct",
    "直接赔付": "direct",
    "保险公司直赔": "direct",
    "direct": "direct",
    "客户先付": "customer_pays_first",
    "客户垫付": "customer_pays_first",
    "垫付": "customer_pays_first",
    "先付": "customer_pays_first",
    "自费": "self_pay",
    "客户自费": "self_pay",
    "customer pays first": "customer_pays_first",
}
#: Kinds of claims that the cover or the status tells.
KIND = {
    "代位": "subrogation",
    "盗抢": "theft",
    "全车盗抢": "theft",
    "人伤": "injury",
    "全损": "total_loss",
    "推定全损": "total_loss",
}
KIND_OF_CHECKLIST = {
    "subrogation": "claim_subrogation",
    "theft": "claim_theft",
    "injury": "claim_injury",
    "total_loss": "claim_total_loss",
}
#: Words of the status of a case.
REJECTED = ("拒赔", "已拒赔", "rejected")
RETURNED = ("退案", "退件", "补件", "returned")
