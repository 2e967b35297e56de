"""Columns of a list of renewal prospects (续保潜客), as other systems write them."""

from dataclasses import replace

from odoo.addons.dealer_base.tools.import_field import ImportField
from odoo.addons.dealer_insurance.tools.import_columns import (
    identity_columns,
    vehicle_columns,
)
from odoo.addons.dealer_insurance.tools.import_words import COMMERCIAL, CTPL

CAR_KEYS = ("vin", "plate", "model")
NATURE = {
    "个人": "person",
    "私人": "person",
    "自然人": "person",
    "企业": "company",
    "单位": "company",
    "公司": "company",
    "法人": "company",
    "机关": "authority",
    "政府": "authority",
    "事业单位": "authority",
}
GRADE = {
    **{
        f"{letter}{word}": letter.lower()
        for letter in "ABC"
        for word in ("", "级", "类")
    },
}
INTENTION = {
    **{
        f"{letter}{word}": letter.lower()
        for letter in "HABC"
        for word in ("", "级", "类")
    },
}
YES = {"是": True, "有": True, "贷款": True, "按揭": True}
NO = {"否": False, "无": False, "全款": False}


def _ends(*words):
    ends = ("到期日", "到期日期", "终保日期", "终保时间", "止期", "保险止期", "到期")
    return tuple(f"{word}{end}" for word in words for end in ends)


def prospect_columns(_):
    """Columns of a prospect list (domain.md §3.5).

    :param _: translation function of the caller's environment
    :return: list of ``ImportField``
    """
    car = {item.key: item for item in vehicle_columns(_)}
    mobile = next(item for item in identity_columns(_) if item.key == "mobile")
    # A car is found by its plate too; the VIN is asked for afterwards.
    car["vin"] = replace(car["vin"], required=False, missing_code="")
    return [
        *(car[key] for key in CAR_KEYS),
        ImportField(
            "reg_date",
            _("Registration Date"),
            type="date",
            synonyms=("上牌日期", "初登日期", "初次登记日期", "注册日期", "上牌时间"),
        ),
        ImportField(
            "owner",
            _("Owner"),
            type="name",
            missing_code="missing_insured",
            synonyms=("车主", "车主姓名", "车主名称", "客户名称", "客户姓名", "客户"),
        ),
        ImportField(
            "insured",
            _("Insured"),
            type="name",
            synonyms=("被保险人", "被保人", "被保险人名称", "被保险人姓名"),
        ),
        ImportField(
            "contact",
            _("Contact"),
            type="name",
            synonyms=("联系人", "联系人姓名", "联络人"),
        ),
        mobile,
        ImportField(
            "nature",
            _("Customer Nature"),
            synonyms=("客户性质", "客户类型", "车主性质", "客户类别"),
        ),
        ImportField(
            "kind",
            _("Kind of Prospect"),
            synonyms=("投保类型", "续保类型", "客户来源类型", "潜客类型", "续保分类"),
        ),
        ImportField(
            "times",
            _("Times Insured Here"),
            type="integer",
            synonyms=("本店投保次数", "在店投保次数", "店内投保次数", "投保次数"),
        ),
        ImportField(
            "insurer",
            _("Last Insurer"),
            synonyms=(
                "去年保险公司",
                "上年保险公司",
                "上年投保公司",
                "上年承保公司",
                "原保险公司",
                "保险公司",
            ),
        ),
        ImportField(
            "ctpl_end",
            _("CTPL End"),
            type="date",
            groups=CTPL,
            synonyms=("到期日", "到期日期", "终保日期", "终保时间", "止期", "到期"),
            aliases=_ends("交强", "交强险", "强制险"),
        ),
        ImportField(
            "comm_end",
            _("Commercial End"),
            type="date",
            groups=COMMERCIAL,
            synonyms=("到期日", "到期日期", "终保日期", "终保时间", "止期", "到期"),
            aliases=_ends("商业", "商业险", "商业保险"),
        ),
        ImportField(
            "end",
            _("Cover Ends"),
            type="date",
            synonyms=("保险到期日", "保险到期", "保险到期日期", "续保日期", "脱保日期"),
        ),
        ImportField(
            "last_premium",
            _("Last Year's Premium"),
            type="amount",
            synonyms=(
                "去年保费",
                "上年保费",
                "去年总保费",
                "上年总保费",
                "上年保费合计",
            ),
        ),
        ImportField(
            "covers",
            _("Last Year's Covers"),
            synonyms=("险种组合", "去年险种", "上年险种", "承保险种", "险种"),
        ),
        ImportField(
            "claims",
            _("Accidents Last Year"),
            type="integer",
            synonyms=("去年出险次数", "上年出险次数", "出险次数"),
        ),
        ImportField(
            "repairs",
            _("Workshop Visits Last Year"),
            type="integer",
            synonyms=(
                "去年本店维修次数",
                "本店维修次数",
                "上年维修次数",
                "去年进厂次数",
                "维修次数",
                "进厂次数",
            ),
        ),
        ImportField(
            "repair_value",
            _("Accident Repairs Last Year"),
            type="amount",
            synonyms=("去年事故车产值", "上年事故车产值", "事故车产值", "事故产值"),
        ),
        ImportField(
            "financed",
            _("Financed"),
            type="boolean",
            choices={**YES, **NO},
            synonyms=("是否贷款", "是否按揭", "贷款", "按揭", "是否贷款车"),
        ),
        ImportField(
            "grade",
            _("Customer Grade"),
            synonyms=("客户级别", "客户等级", "客户分级"),
        ),
        ImportField(
            "intention",
            _("Purchase Intention"),
            synonyms=("意向级别", "意向等级", "续保意向", "意向"),
        ),
        ImportField(
            "agent",
            _("Specialist"),
            type="staff",
            synonyms=("负责人", "续保专员", "跟进人", "责任人", "续保负责人"),
        ),
        ImportField(
            "advisor",
            _("Service Advisor"),
            type="staff",
            synonyms=("服务顾问", "售后顾问", "SA"),
        ),
        ImportField(
            "last_contact",
            _("Last Contact"),
            type="date",
            synonyms=("最近跟进", "最近跟进日期", "最后跟进", "上次跟进", "最近联系"),
        ),
        ImportField("note", _("Note"), synonyms=("备注", "说明", "跟进备注")),
    ]
