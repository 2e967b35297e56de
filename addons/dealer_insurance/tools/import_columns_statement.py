"""Columns of the fee statements that insurers send.

Wordings of the trade only; no column of a particular insurer. Money comes in three
kinds: without VAT, with VAT, and where the header does not say; which of them rules a
statement is decided for the whole file (``statement_lines.basis_of_columns``).
"""

from odoo.addons.dealer_base.tools.import_field import ImportField

from .import_words import COMMERCIAL, CTPL, OTHER

#: Groups of a row that has several products side by side: prefix, product, wordings.
PRODUCT_GROUPS = (
    ("ctpl", "ctpl", (*CTPL, "交强险保单", "交强险部分", "机动车交强险")),
    (
        "comm",
        "commercial",
        (*COMMERCIAL, "商业险保单", "商业险部分", "机动车商业险", "商业车险"),
    ),
    (
        "other",
        "other",
        (
            *OTHER,
            "意健险",
            "驾乘意外险",
            "驾意险保单",
            "非车险保单",
            "人身险",
            "人意险",
            "驾乘人员意外险",
        ),
    ),
)
#: Kinds of money of one product: key, and how its header is worded.
MONEY_KEYS = ("premium", "premium_ex", "premium_incl", "fee", "fee_ex", "fee_incl")
SUM_KEYS = ("sum", "sum_ex", "sum_incl")
#: Columns of which insurers print one sum below another.
TOTAL_FAMILIES = (
    ("premium", "premium_ex", "premium_incl"),
    ("fee", "fee_ex", "fee_incl"),
    ("sum", "sum_ex", "sum_incl"),
)
NUMBER = (
    "保单号",
    "保单号码",
    "保单编号",
    "保险单号",
    "保险单号码",
    "单号",
    "Policy No.",
    "Policy Number",
)
_FEE_WORDS = (
    "手续费",
    "代理费",
    "佣金",
    "经纪费",
    "代理手续费",
    "跟单手续费",
    "服务费",
)
_EX = (
    "不含税{}",
    "{}(不含税)",
    "{}不含税",
    "{}(不含增值税)",
    "净{}",
    "税前{}",
    "去税{}",
)
_INCL = ("含税{}", "{}(含税)", "{}含税", "{}(价税合计)", "价税合计{}", "{}价税合计")


def _worded(patterns, words):
    return tuple(pattern.format(word) for pattern in patterns for word in words)


_PREMIUM_WORDS = ("保费", "保险费", "签单保费", "实收保费", "结算保费", "计费保费")
_FEES = (
    *_FEE_WORDS,
    *(f"应付{word}" for word in _FEE_WORDS),
    *(f"应结{word}" for word in _FEE_WORDS),
    *(f"{word}金额" for word in _FEE_WORDS),
    *(f"本期{word}" for word in _FEE_WORDS),
)
WORDINGS = {
    "premium": (
        *_PREMIUM_WORDS,
        "保费金额",
        "计费基数",
        "手续费基数",
        "结算基数",
        "Premium",
    ),
    "premium_ex": (*_worded(_EX, _PREMIUM_WORDS), "Premium ex VAT", "Net Premium"),
    "premium_incl": (*_worded(_INCL, _PREMIUM_WORDS), "Premium incl VAT"),
    "rate": (
        "费率",
        "比例",
        "结算比例",
        "手续费率",
        "Rate",
        *(f"{word}{tail}" for word in _FEE_WORDS for tail in ("比例", "率", "费率")),
    ),
    "fee": (*_FEES, "应付金额", "结算金额", "应结金额", "Fee", "Commission"),
    "fee_ex": (*_worded(_EX, _FEES), "Fee ex VAT", "Commission ex VAT"),
    "fee_incl": (*_worded(_INCL, _FEES), "价税合计", "Fee incl VAT"),
}
_SUMS = (
    *(f"{word}合计" for word in _FEE_WORDS),
    *(f"合计{word}" for word in _FEE_WORDS),
    *(f"{word}总额" for word in _FEE_WORDS),
    *(f"{word}小计" for word in _FEE_WORDS),
)


def _labels(_):
    return {
        "premium": _("Premium"),
        "premium_ex": _("Premium without VAT"),
        "premium_incl": _("Premium with VAT"),
        "rate": _("Fee Rate"),
        "fee": _("Fee"),
        "fee_ex": _("Fee without VAT"),
        "fee_incl": _("Fee with VAT"),
    }


def statement_columns(_):
    """Columns of a fee statement.

    :param _: translation function of the caller's environment
    :return: list of ``ImportField``
    """
    labels = _labels(_)
    groups = {"ctpl": _("CTPL"), "comm": _("Commercial"), "other": _("Other")}
    number = _("Policy No.")
    fields = [
        ImportField(
            "seq", _("Running No."), compared=False, synonyms=("序号", "行号", "No")
        ),
        ImportField("policy_no", number, synonyms=NUMBER),
        ImportField(
            "endorsement_no",
            _("Endorsement No."),
            synonyms=("批单号", "批单号码", "批改单号", "批单编号", "批改申请号"),
        ),
        ImportField(
            "product",
            _("Product"),
            synonyms=(
                "险种",
                "险种名称",
                "险种类别",
                "险类",
                "险类名称",
                "险种代码",
                "险别",
                "保险种类",
                "产品",
                "产品名称",
                "Product",
            ),
        ),
        *_party_columns(_),
        *(
            ImportField(
                key,
                labels[key],
                type="rate" if key == "rate" else "amount",
                synonyms=WORDINGS[key],
            )
            for key in (*MONEY_KEYS[:3], "rate", *MONEY_KEYS[3:])
        ),
        ImportField(
            "fee_vat",
            _("VAT on the Fee"),
            type="amount",
            synonyms=("增值税", "税额", "增值税额", "手续费税额", "税金", "VAT"),
        ),
    ]
    for prefix, _product, wordings in PRODUCT_GROUPS:
        fields.append(
            ImportField(
                f"{prefix}_no",
                f"{groups[prefix]}: {number}",
                groups=wordings,
                synonyms=NUMBER,
            )
        )
        fields += [
            ImportField(
                f"{prefix}_{key}",
                f"{groups[prefix]}: {labels[key]}",
                type="rate" if key == "rate" else "amount",
                groups=wordings,
                synonyms=WORDINGS[key],
            )
            for key in (*MONEY_KEYS[:3], "rate", *MONEY_KEYS[3:])
        ]
    return [*fields, *_sum_columns(_)]


def _party_columns(_):
    """Car, person, dates and remarks of a line."""
    return [
        ImportField(
            "insured",
            _("Insured"),
            type="name",
            synonyms=(
                "被保险人",
                "被保人",
                "被保险人名称",
                "客户名称",
                "客户姓名",
                "投保人",
                "车主",
                "客户",
                "Insured Name",
                "Customer",
            ),
        ),
        ImportField(
            "plate",
            _("Plate"),
            synonyms=(
                "车牌号",
                "车牌号码",
                "车牌",
                "号牌号码",
                "牌照号",
                "牌照号码",
                "牌照",
                "车号",
                "标的",
                "Plate No.",
            ),
        ),
        ImportField(
            "vin",
            _("VIN"),
            synonyms=(
                "车架号",
                "车架号码",
                "车辆识别代号",
                "车辆识别代码",
                "VIN码",
                "车架号(VIN)",
                "底盘号",
                "VIN No.",
            ),
        ),
        ImportField(
            "issued_on",
            _("Issued on"),
            type="date",
            synonyms=(
                "签单日期",
                "出单日期",
                "承保日期",
                "出单时间",
                "签单时间",
                "承保时间",
                "核保日期",
                "保单签发日期",
                "签发日期",
                "批改日期",
                "Issue Date",
            ),
        ),
        ImportField(
            "starts_on",
            _("Cover Starts"),
            type="date",
            synonyms=(
                "起保日期",
                "起保时间",
                "保险起期",
                "起期",
                "生效日期",
                "保险起始日期",
                "Start Date",
            ),
        ),
        ImportField(
            "business",
            _("Kind of Business"),
            synonyms=("业务类型", "业务种类", "业务性质", "新续保", "续保标识", "类型"),
        ),
        ImportField(
            "settlement",
            _("Settlement Status"),
            synonyms=("结算状态", "状态", "支付状态", "结算标志"),
        ),
        ImportField(
            "agency",
            _("Agency"),
            compared=False,
            synonyms=(
                "代理点",
                "代理点代码",
                "代理机构",
                "中介机构",
                "中介名称",
                "网点",
                "渠道",
            ),
        ),
        ImportField(
            "branch",
            _("Branch of the Insurer"),
            compared=False,
            synonyms=("归属机构", "机构", "机构代码", "出单机构", "承保机构", "分公司"),
        ),
        ImportField(
            "clerk",
            _("Salesperson"),
            compared=False,
            synonyms=("业务员", "经办人", "出单员", "业务员名称"),
        ),
        ImportField(
            "note", _("Note"), synonyms=("备注", "说明", "备注说明", "摘要", "Remark")
        ),
    ]


def _sum_columns(_):
    """Fee of a whole row that has several products side by side."""
    return [
        ImportField("sum", _("Fee of the Row"), type="amount", synonyms=_SUMS),
        ImportField(
            "sum_ex",
            _("Fee of the Row without VAT"),
            type="amount",
            synonyms=_worded(_EX, _SUMS),
        ),
        ImportField(
            "sum_incl",
            _("Fee of the Row with VAT"),
            type="amount",
            synonyms=_worded(_INCL, _SUMS),
        ),
    ]


def money_columns():
    """Keys of all columns whose sums a statement may print."""
    keys = [*MONEY_KEYS, "fee_vat", *SUM_KEYS]
    for prefix, _product, _wordings in PRODUCT_GROUPS:
        keys += [f"{prefix}_{key}" for key in MONEY_KEYS]
    return keys


def total_families():
    """Sets of columns of which one sum may be printed below another."""
    families = [*TOTAL_FAMILIES]
    for prefix, _product, _wordings in PRODUCT_GROUPS:
        families += [
            tuple(f"{prefix}_{key}" for key in family) for family in TOTAL_FAMILIES[:2]
        ]
    return families
