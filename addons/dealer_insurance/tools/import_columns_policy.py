"""Columns of the policies in a ledger: side by side, or one line for each policy."""

from odoo.addons.dealer_base.tools.import_field import ImportField

from .import_words import (
    COMMERCIAL,
    COMMERCIAL_ALONE,
    CTPL,
    CTPL_ALONE,
    LINE_PRODUCT,
    OTHER,
    OTHER_ALONE,
)


def _also_below(groups, *wordings):
    """Wordings that may stand alone or carry the name of their group."""
    return (*wordings, *(group + word for group in groups for word in wordings))


def policy_columns(_):
    """Columns of the three policies; their labels repeat below each group."""
    number = (
        "保单号",
        "保单号码",
        "保单编号",
        "保险单号",
        "保险单号码",
        "单号",
        "Policy No.",
        "Policy Number",
    )
    start = (
        "起保时间",
        "起保日期",
        "保险起期",
        "起期",
        "生效日期",
        "起保日",
        "起始日期",
        "保险起期日期",
        "保险起始日",
        "保单起期",
        "保险生效日",
        "Cover Starts",
        "Start Date",
        "Effective Date",
    )
    end = (
        "终保时间",
        "终保日期",
        "保险止期",
        "止期",
        "到期日期",
        "到期日",
        "终保日",
        "终止日期",
        "保险止期日期",
        "保险到期日",
        "保单止期",
        "保单到期日",
        "Cover Ends",
        "End Date",
        "Expiry Date",
    )
    return [
        *_line_columns(_, number, start, end),
        ImportField(
            "ctpl_no",
            _("CTPL Policy No."),
            type="policy_no",
            groups=CTPL,
            synonyms=number,
        ),
        ImportField(
            "ctpl_start", _("CTPL Start"), type="datetime", groups=CTPL, synonyms=start
        ),
        ImportField(
            "ctpl_end", _("CTPL End"), type="datetime", groups=CTPL, synonyms=end
        ),
        ImportField(
            "float_factor",
            _("Float Factor"),
            type="rate",
            synonyms=_also_below(
                CTPL, "浮动系数", "交强浮动系数", "费率浮动系数", "交强系数", "浮动比率"
            ),
        ),
        ImportField(
            "ctpl_premium",
            _("CTPL Premium"),
            type="amount",
            groups=CTPL,
            synonyms=("保费", "保险费", "保费金额", "金额", "实收保费", "Premium"),
            aliases=CTPL_ALONE,
        ),
        ImportField(
            "tax",
            _("Vehicle Tax"),
            type="amount",
            synonyms=_also_below(
                CTPL,
                "车船税",
                "车船使用税",
                "车船税金额",
                "车船使用税金额",
                "代收车船税",
                "代缴车船税",
                "税款",
                "Vehicle and Vessel Tax",
                "Tax",
            ),
        ),
        ImportField(
            "comm_no",
            _("Commercial Policy No."),
            type="policy_no",
            groups=COMMERCIAL,
            synonyms=number,
        ),
        ImportField(
            "comm_start",
            _("Commercial Start"),
            type="datetime",
            groups=COMMERCIAL,
            synonyms=start,
        ),
        ImportField(
            "comm_end",
            _("Commercial End"),
            type="datetime",
            groups=COMMERCIAL,
            synonyms=end,
        ),
        ImportField(
            "ncd",
            _("NCD Factor"),
            type="rate",
            synonyms=_also_below(
                COMMERCIAL, "NCD系数", "NCD", "无赔款优待系数", "无赔优系数", "无赔系数"
            ),
        ),
        ImportField(
            "pricing",
            _("Pricing Factor"),
            type="rate",
            synonyms=_also_below(
                COMMERCIAL, "自主定价系数", "自主系数", "定价系数", "自主核保系数"
            ),
        ),
        ImportField(
            "standard",
            _("Standard Premium"),
            type="amount",
            synonyms=_also_below(
                COMMERCIAL, "标准保费", "商业标准保费", "标准保险费", "折前保费"
            ),
        ),
        ImportField(
            "comm_premium",
            _("Commercial Premium"),
            type="amount",
            groups=COMMERCIAL,
            synonyms=(
                "折后保费",
                "保费",
                "实收保费",
                "签单保费",
                "保险费",
                "保费金额",
                "金额",
                "Premium",
            ),
            aliases=COMMERCIAL_ALONE,
        ),
        ImportField(
            "covers",
            _("Covers"),
            synonyms=_also_below(
                COMMERCIAL,
                "险种组合",
                "投保险种",
                "承保险种",
                "险别",
                "险种",
                "商业险种",
            ),
        ),
        ImportField(
            "other_no",
            _("Other Policy No."),
            type="policy_no",
            groups=OTHER,
            synonyms=number,
        ),
        ImportField(
            "other_premium",
            _("Other Premium"),
            type="amount",
            groups=OTHER,
            synonyms=("保费", "保险费", "保费金额", "金额", "Premium"),
            aliases=OTHER_ALONE,
        ),
    ]


def _line_columns(_, number, start, end):
    """Columns that stand below no group: a ledger with one line for each policy, and
    one pair of cover dates for all policies of a deal."""
    alone = ("",)
    return [
        ImportField(
            "line_product",
            _("Product of the Line"),
            type="selection",
            choices=LINE_PRODUCT,
            groups=alone,
            synonyms=(
                "险种",
                "险种名称",
                "险种类别",
                "险种类型",
                "险类",
                "险别",
                "保险种类",
                "保险类别",
                "保单类型",
                "保单种类",
                "产品",
                "产品名称",
                "Product",
                "Policy Type",
                "Type of Insurance",
            ),
            missing_code="missing_value",
            beside="line_no",
        ),
        ImportField(
            "line_no",
            _("Policy No. of the Line"),
            type="policy_no",
            groups=alone,
            synonyms=number,
            beside="line_product",
        ),
        ImportField(
            "line_premium",
            _("Premium of the Line"),
            type="amount",
            groups=alone,
            synonyms=("保费", "保险费", "保费金额", "签单保费", "折后保费", "Premium"),
            beside="line_product",
        ),
        ImportField(
            "cover_start",
            _("Cover Starts"),
            type="datetime",
            groups=alone,
            synonyms=start,
        ),
        ImportField(
            "cover_end",
            _("Cover Ends"),
            type="datetime",
            groups=alone,
            synonyms=end,
        ),
    ]
