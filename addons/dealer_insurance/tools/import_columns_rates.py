"""Columns of a rate sheet: what does not depend on the insurer, one group of columns
per insurer, or one line per insurer. Wordings of the trade, no particular file."""

from dataclasses import replace

from odoo.addons.dealer_base.tools.import_field import ImportField

from .import_words import ENERGY

COMMERCIAL = (
    "商业险",
    "商业险保费",
    "商业保费",
    "商业险折后",
    "商业险折后保费",
    "折后商业险",
    "商业",
    "Commercial",
    "Commercial Premium",
)
TOTAL = (
    "合计",
    "总计",
    "保费合计",
    "合计保费",
    "总保费",
    "含税合计",
    "应交合计",
    "Total",
    "Total Premium",
)
OTHER = ("驾意险", "非车险", "驾乘险", "意外险", "Accident", "Accident Cover")
CTPL = ("交强险", "交强险保费", "交强", "Compulsory", "CTPL", "Compulsory Premium")
TAX = ("车船税", "车船使用税", "代收车船税", "车船", "Vehicle Tax", "Tax")
STANDARD = (
    "商业险标准保费",
    "标准保费",
    "商业标准保费",
    "折前保费",
    "商业险折前",
    "基准保费",
    "Standard Premium",
    "Commercial Standard Premium",
)
# Words that make an unmapped column one of an insurer nobody knows.
PREMIUM_WORDS = (*COMMERCIAL, *TOTAL, *OTHER)


def model_columns(_):
    """The car, the plan and what all insurers have in common."""
    return [
        ImportField(
            "series", _("Series"), synonyms=("车系", "系列", "车型系列"), spans=True
        ),
        ImportField(
            "model",
            _("Model"),
            synonyms=(
                "车型",
                "车款",
                "车型名称",
                "车型配置",
                "配置",
                "款型",
                "厂牌型号",
                "品牌型号",
            ),
            required=True,
            missing_code="missing_value",
            spans=True,
        ),
        ImportField(
            "energy",
            _("Energy Type"),
            type="selection",
            choices=ENERGY,
            synonyms=(
                "能源类型",
                "能源种类",
                "燃料种类",
                "燃料类型",
                "动力类型",
                "能源",
                "燃料",
                "动力",
                "Fuel",
            ),
            spans=True,
        ),
        ImportField(
            "seats",
            _("Seats"),
            type="integer",
            synonyms=("座位", "座位数", "座数", "核定载客", "核载"),
        ),
        ImportField(
            "displacement",
            _("Displacement (L)"),
            synonyms=("排量", "排量(L)", "排气量"),
            spans=True,
        ),
        ImportField(
            "list_price",
            _("Guide Price"),
            type="amount",
            synonyms=("指导价", "厂商指导价", "官方指导价", "MSRP", "List Price"),
        ),
        ImportField(
            "price",
            _("Purchase Price"),
            type="amount",
            synonyms=(
                "购置价",
                "购置价(参考)",
                "新车购置价",
                "开票价",
                "裸车价",
                "车价",
                "成交价",
                "New Car Price",
            ),
        ),
        ImportField(
            "plan",
            _("Plan"),
            synonyms=(
                "方案",
                "险种方案",
                "保险方案",
                "投保方案",
                "套餐",
                "方案名称",
                "Package",
                "Cover Plan",
            ),
            required=True,
            missing_code="missing_value",
            spans=True,
        ),
        ImportField(
            "covers",
            _("Covers"),
            synonyms=(
                "险种组合",
                "险种",
                "投保险种",
                "保障内容",
                "方案内容",
                "险种明细",
                "保险责任",
            ),
        ),
        ImportField("ctpl", _("Compulsory Premium"), type="amount", synonyms=CTPL),
        ImportField("tax", _("Vehicle Tax"), type="amount", synonyms=TAX),
        ImportField(
            "standard", _("Standard Premium"), type="amount", synonyms=STANDARD
        ),
        # One line per insurer: these count only beside a column of insurers.
        ImportField(
            "insurer",
            _("Insurer"),
            synonyms=("保险公司", "承保公司", "承保保险公司", "报价公司", "保司"),
        ),
        ImportField(
            "commercial",
            _("Commercial Premium"),
            type="amount",
            synonyms=COMMERCIAL,
            beside="insurer",
        ),
        ImportField(
            "other",
            _("Accident and Other Premium"),
            type="amount",
            synonyms=OTHER,
            beside="insurer",
        ),
        ImportField(
            "total", _("Total"), type="amount", synonyms=TOTAL, beside="insurer"
        ),
        # Of the title of the sheet, or of columns.
        ImportField(
            "date_from",
            _("Valid from"),
            type="date",
            synonyms=("有效期起", "生效日期", "起始日期"),
        ),
        ImportField(
            "date_to",
            _("Valid to"),
            type="date",
            synonyms=("有效期止", "失效日期", "截止日期", "有效期至"),
        ),
        ImportField("version", _("Version"), synonyms=("版本", "版本号")),
        ImportField("publisher", _("Publisher"), synonyms=("发布人", "发布")),
    ]


def insurer_columns(_, insurers):
    """One group of columns per insurer.

    :param insurers: iterable of (id, name, tuple of all names)
    """
    kinds = (
        ("commercial", _("%(insurer)s: commercial"), COMMERCIAL),
        ("standard", _("%(insurer)s: standard premium"), STANDARD),
        ("ctpl", _("%(insurer)s: compulsory"), CTPL),
        ("tax", _("%(insurer)s: vehicle tax"), TAX),
        ("other", _("%(insurer)s: accident and other"), OTHER),
        ("total", _("%(insurer)s: total"), TOTAL),
    )
    return [
        ImportField(
            f"{kind}_{number}",
            label % {"insurer": name},
            type="amount",
            synonyms=words,
            groups=names,
            missing_code="missing_value" if kind == "commercial" else "",
            # The name of the insurer alone heads his totals.
            aliases=names if kind == "total" else (),
        )
        for number, name, names in insurers
        for kind, label, words in kinds
    ]


def rate_columns(_, insurers, energies):
    """Columns of a rate sheet; English names are understood in every language.

    :param _: translation function of the caller's environment
    :param insurers: as in ``insurer_columns``
    :param energies: dict of more names of energy types -> technical value
    """
    shared = [
        replace(
            item,
            synonyms=(*item.synonyms, source.label),
            choices={**energies, **item.choices} if item.key == "energy" else {},
        )
        for item, source in zip(model_columns(_), model_columns(str), strict=True)
    ]
    return shared + insurer_columns(_, insurers)
