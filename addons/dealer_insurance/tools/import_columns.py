"""Columns of the delivery list and those that it shares with the ledger.

The engine knows synonyms, never a particular file: every wording here is one of the
trade that any store may use (domain.md §3.2). Values that the trade writes in words
are choices; the technical values themselves are always understood.
"""

from dataclasses import replace

from odoo.addons.dealer_base.tools.import_field import ImportField

from .import_words import (
    ENERGY,
    ID_TYPES,
    INSURED_HERE,
)


def in_both_languages(columns, _):
    """Columns whose English name is understood whatever the user's language is.

    :param columns: ``delivery_columns`` or ``ledger_columns``
    :param _: translation function of the caller's environment
    """
    return [
        replace(item, synonyms=(*item.synonyms, source.label))
        for item, source in zip(columns(_), columns(str), strict=True)
    ]


def vehicle_columns(_):
    """Columns that tell the car, the same in both files."""
    return [
        ImportField(
            "vin",
            _("VIN"),
            type="vin",
            synonyms=(
                "车架号",
                "车架号码",
                "车架号(VIN)",
                "VIN码",
                "车辆识别代号",
                "车辆识别码",
                "车辆识别代码",
                "底盘号",
                "底盘号码",
                "大架号",
                "VIN No.",
                "VIN Number",
                "Chassis No.",
            ),
            required=True,
            missing_code="missing_value",
        ),
        ImportField(
            "engine_no",
            _("Engine No."),
            synonyms=(
                "发动机号",
                "发动机号码",
                "发动机编号",
                "电机号",
                "发动机/电机号",
                "Engine Number",
            ),
        ),
        ImportField(
            "model",
            _("Model"),
            synonyms=(
                "车型",
                "厂牌型号",
                "品牌型号",
                "车辆型号",
                "车款",
                "车型名称",
                "车型配置",
                "厂牌车型",
                "品牌车型",
                "Vehicle Model",
            ),
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
                "燃油类型",
                "Fuel",
                "Fuel Type",
            ),
        ),
        ImportField(
            "seats",
            _("Seats"),
            type="integer",
            synonyms=(
                "座位",
                "座位数",
                "核定载客",
                "核载人数",
                "座数",
                "核定载客人数",
                "核定载客数",
                "核定座位数",
                "核载",
            ),
        ),
        ImportField(
            "displacement",
            _("Displacement (L)"),
            synonyms=("排量", "排量(L)", "排气量", "发动机排量"),
        ),
        ImportField(
            "plate",
            _("Plate"),
            type="plate",
            synonyms=(
                "车牌号",
                "车牌",
                "车牌号码",
                "号牌号码",
                "号牌",
                "牌照号",
                "牌照",
                "车号",
                "Plate No.",
                "License Plate",
                "License No.",
                "Registration No.",
            ),
        ),
    ]


def identity_columns(_):
    """Identity document and telephone of the customer."""
    return [
        ImportField(
            "id_type",
            _("Identity Document"),
            type="selection",
            choices=ID_TYPES,
            synonyms=("证件类型", "证件种类", "证件名称", "证件类别"),
        ),
        ImportField(
            "id_no",
            _("Identity Number"),
            type="identity",
            id_type_key="id_type",
            missing_code="missing_id",
            synonyms=(
                "证件号码",
                "证件号",
                "身份证号",
                "身份证号码",
                "身份证/信用代码",
                "客户证件号",
                "被保险人证件号",
                "被保险人身份证号",
                "车主身份证号",
                "车主证件号",
                "客户身份证号",
                "身份证号/统一社会信用代码",
                "身份证",
                "ID No.",
                "ID Card No.",
                "Certificate No.",
            ),
        ),
        ImportField(
            "mobile",
            _("Mobile"),
            type="mobile",
            missing_code="missing_mobile",
            synonyms=(
                "手机号码",
                "手机号",
                "手机",
                "联系电话",
                "电话",
                "联系方式",
                "客户电话",
                "客户手机",
                "客户手机号",
                "车主电话",
                "被保险人电话",
                "联系手机",
                "联络电话",
                "移动电话",
                "Phone",
                "Phone No.",
                "Telephone",
                "Tel",
                "Mobile No.",
                "Contact Number",
            ),
        ),
    ]


def delivery_columns(_):
    """Columns of a new-car delivery list.

    :param _: translation function of the caller's environment
    :return: list of ``ImportField``
    """
    return [
        ImportField(
            "seq",
            _("Running No."),
            compared=False,
            synonyms=("序号", "编号", "行号", "No"),
        ),
        ImportField(
            "delivery_no",
            _("Delivery No."),
            synonyms=(
                "交车单号",
                "交车编号",
                "出库单号",
                "销售单号",
                "订单号",
                "交车单",
                "合同号",
                "合同编号",
            ),
        ),
        ImportField(
            "delivery_date",
            _("Delivery Date"),
            spans=True,
            type="date",
            required=True,
            synonyms=(
                "交车日期",
                "交车日",
                "交付日期",
                "交车时间",
                "提车日期",
                "提车时间",
                "出库日期",
                "Date of Delivery",
                "Handover Date",
            ),
        ),
        ImportField(
            "invoice_date",
            _("Invoice Date"),
            type="date",
            synonyms=(
                "开票日期",
                "开票日",
                "发票日期",
                "开票时间",
                "购车发票日期",
                "购车日期",
            ),
        ),
        *vehicle_columns(_),
        ImportField("series", _("Series"), synonyms=("车系", "车系名称", "系列")),
        ImportField(
            "colour",
            _("Colour"),
            synonyms=(
                "颜色",
                "车身颜色",
                "外观颜色",
                "外观色",
                "外观",
                "车色",
                "Color",
            ),
        ),
        ImportField(
            "price",
            _("Price"),
            type="amount",
            synonyms=(
                "开票价格",
                "开票金额",
                "开票价",
                "成交价",
                "车价",
                "销售价格",
                "销售价",
                "成交价格",
                "裸车价",
                "发票金额",
                "发票价",
                "发票价格",
                "Invoice Price",
                "Selling Price",
            ),
        ),
        ImportField(
            "buyer",
            _("Buyer"),
            type="name",
            missing_code="missing_insured",
            synonyms=(
                "客户名称",
                "客户姓名",
                "购车人",
                "买方",
                "车主",
                "车主姓名",
                "客户",
                "购买方",
                "购车客户",
                "购车人姓名",
                "顾客姓名",
                "Customer",
                "Customer Name",
                "Buyer Name",
            ),
        ),
        *identity_columns(_),
        ImportField(
            "consultant",
            _("Sales Consultant"),
            spans=True,
            type="staff",
            synonyms=(
                "销售顾问",
                "销售顾问姓名",
                "销售员",
                "顾问",
                "销售人员",
                "业务员",
                "销售",
                "Salesperson",
                "Salesman",
                "Consultant",
            ),
        ),
        ImportField(
            "team",
            _("Team"),
            spans=True,
            synonyms=(
                "所属团队",
                "团队",
                "销售团队",
                "组别",
                "小组",
                "所属部门",
                "部门",
                "销售组",
                "销售组别",
                "班组",
            ),
        ),
        ImportField(
            "channel",
            _("Channel"),
            spans=True,
            synonyms=("销售渠道", "渠道", "客户渠道", "销售方式", "销售类型"),
        ),
        ImportField(
            "bank",
            _("Financing Bank"),
            spans=True,
            synonyms=(
                "按揭机构",
                "按揭银行",
                "贷款机构",
                "金融机构",
                "贷款银行",
                "金融公司",
            ),
        ),
        ImportField(
            "in_store",
            _("Insured Here"),
            type="boolean",
            choices=INSURED_HERE,
            synonyms=(
                "是否本店投保",
                "本店投保",
                "是否店内投保",
                "是否投保",
                "是否在店投保",
                "是否在本店投保",
                "店内投保",
                "店内保险",
                "投保情况",
                "本店保险",
                "是否店保",
                "是否购买保险",
                "保险是否在店购买",
                "保险情况",
                "Insured",
                "Insured in Store",
            ),
        ),
        ImportField(
            "lost_text",
            _("Lost Reason"),
            synonyms=(
                "未投保原因",
                "未在店投保原因",
                "战败原因",
                "流失原因",
                "未投保说明",
                "未投原因",
                "未购买保险原因",
                "外保原因",
                "未店保原因",
                "不投保原因",
                "未成交原因",
                "原因",
                "Reason",
                "Reason Not Insured",
            ),
        ),
        ImportField(
            "note",
            _("Note"),
            synonyms=("备注", "说明", "备注说明", "备考", "Remark", "Remarks", "Notes"),
        ),
    ]
