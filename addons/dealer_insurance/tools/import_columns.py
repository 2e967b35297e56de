"""Columns of the delivery list and of the underwriting ledger, and their wordings.

The engine knows synonyms, never a particular file: every wording here is one of the
trade that any store may use (domain.md §3.1, §3.2). Values that the trade writes in
words are choices; the technical values themselves are always understood.
"""

from odoo.addons.dealer_base.tools.import_field import ImportField

CTPL = ("交强险", "交强", "机动车交通事故责任强制保险", "强制险", "CTPL", "Compulsory")
COMMERCIAL = ("商业险", "商业", "商业保险", "商业车险", "Commercial")
OTHER = (
    "驾意险",
    "驾乘险",
    "非车险",
    "意外险",
    "其他险",
    "其他险种",
    "Other",
    "Accident",
)

ENERGY = {
    "汽油": "fuel",
    "柴油": "fuel",
    "燃油": "fuel",
    "燃油车": "fuel",
    "传统燃油": "fuel",
    "petrol": "fuel",
    "gasoline": "fuel",
    "diesel": "fuel",
    "油电混动": "hev",
    "油电混合": "hev",
    "混动": "hev",
    "混合动力": "hev",
    "hybrid": "hev",
    "纯电动": "bev",
    "纯电": "bev",
    "电动": "bev",
    "electric": "bev",
    "插电混动": "phev",
    "插电式混合动力": "phev",
    "插混": "phev",
    "插电": "phev",
    "plug-in hybrid": "phev",
    "增程": "erev",
    "增程式": "erev",
    "增程式电动": "erev",
    "燃料电池": "fcev",
    "天然气": "gas",
    "燃气": "gas",
}
USE_NATURE = {
    "家庭自用": "private",
    "家用": "private",
    "非营业个人": "private",
    "私家车": "private",
    "private": "private",
    "企业非营业": "business_own",
    "非营业企业": "business_own",
    "企业": "business_own",
    "机关非营业": "government",
    "党政机关": "government",
    "非营业机关": "government",
    "机关": "government",
    "出租租赁": "taxi_rental",
    "出租": "taxi_rental",
    "租赁": "taxi_rental",
    "营业出租租赁": "taxi_rental",
    "城市公交": "city_bus",
    "公路客运": "coach",
    "非营业货车": "truck_own",
    "非营业货运": "truck_own",
    "营业货车": "truck_commercial",
    "营业货运": "truck_commercial",
    "特种车一": "special_1",
    "特种车二": "special_2",
    "特种车三": "special_3",
    "特种车四": "special_4",
    "摩托车": "motorcycle",
    "拖拉机": "tractor",
}
ID_TYPES = {
    "身份证": "resident",
    "居民身份证": "resident",
    "identity card": "resident",
    "港澳居民居住证": "permit",
    "台湾居民居住证": "permit",
    "港澳台居民居住证": "permit",
    "居住证": "permit",
    "外国人永久居留身份证": "foreigner",
    "外国人永居证": "foreigner",
    "统一社会信用代码": "uscc",
    "社会信用代码": "uscc",
    "营业执照": "uscc",
    "护照": "passport",
    "passport": "passport",
    "军官证": "military",
    "士兵证": "military",
    "回乡证": "home_return",
    "港澳居民来往内地通行证": "home_return",
    "港澳通行证": "home_return",
    "台胞证": "taiwan_pass",
    "台湾居民来往大陆通行证": "taiwan_pass",
    "组织机构代码": "org_code",
    "组织机构代码证": "org_code",
    "其他": "other",
}
BUSINESS = {
    "新保": "new_car",
    "新车": "new_car",
    "新车承保": "new_car",
    "新转续": "new_to_renewal",
    "续转续": "renewal_to_renewal",
    "续保": "renewal_to_renewal",
    "间转续": "lapsed_back",
    "间接续": "lapsed_back",
    "回流": "lapsed_back",
    "潜转续": "prospect_to_renewal",
    "潜客": "prospect_to_renewal",
    "首次": "first_time",
    "首保": "first_time",
}
STATUS = {
    "正常": "normal",
    "有效": "normal",
    "已出单": "normal",
    "已退保": "refunded",
    "已退": "refunded",
    "退保": "refund",
    "退": "refund",
    "批改": "endorsement",
    "批增": "endorsement",
    "批单": "endorsement",
    "作废": "void",
    "已作废": "void",
    "注销": "void",
    "废": "void",
}
COLLECTION = {
    "代收": "collected",
    "代收代付": "collected",
    "店代收": "collected",
    "直缴": "direct",
    "直付": "direct",
    "客户直缴": "direct",
    "保险公司直收": "direct",
}
#: Free wordings: what is not listed becomes "other" and keeps no file out.
DELIVERY_CHANNEL = {
    "展厅": "showroom",
    "showroom": "showroom",
    "二级": "secondary",
    "二网": "secondary",
    "二级网点": "secondary",
    "分销": "secondary",
    "大客户": "key_account",
    "集团客户": "key_account",
}
CUSTOMER_SOURCE = {
    "展厅": "showroom",
    "续保客户": "renewal",
    "续保": "renewal",
    "朋友介绍": "referral",
    "转介绍": "referral",
    "老客户介绍": "referral",
    "自然来店": "walk_in",
    "自店": "walk_in",
    "呼入": "inbound_call",
    "来电": "inbound_call",
    "活动": "event",
    "renewal customer": "renewal",
    "referral": "referral",
    "walk-in": "walk_in",
    "inbound call": "inbound_call",
    "event": "event",
    "showroom": "showroom",
}
PAYMENT_METHOD = {
    "现金": "cash",
    "刷卡": "card",
    "POS": "card",
    "银行卡": "card",
    "扫码": "qr",
    "扫码支付": "qr",
    "微信": "qr",
    "支付宝": "qr",
    "转账": "transfer",
    "银行转账": "transfer",
    "对公转账": "transfer",
    "支票": "cheque",
    "cash": "cash",
    "card": "card",
    "qr code": "qr",
    "bank transfer": "transfer",
    "cheque": "cheque",
}
PAYER_RELATION = {
    "本人": "self",
    "本单位": "self",
    "自己": "self",
    "配偶": "spouse",
    "夫妻": "spouse",
    "父母": "parent",
    "父亲": "parent",
    "母亲": "parent",
    "子女": "child",
    "儿子": "child",
    "女儿": "child",
    "spouse": "spouse",
    "parent": "parent",
    "child": "child",
}


def _vehicle_columns(_):
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
                "底盘号",
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
            ),
        ),
        ImportField(
            "seats",
            _("Seats"),
            type="integer",
            synonyms=("座位", "座位数", "核定载客", "核载人数", "座数", "核定载客人数"),
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
            synonyms=("车牌号", "车牌", "车牌号码", "号牌号码", "牌照号", "牌照"),
        ),
    ]


def _identity_columns(_):
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
                "移动电话",
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
            ),
        ),
        ImportField(
            "delivery_date",
            _("Delivery Date"),
            type="date",
            required=True,
            synonyms=("交车日期", "交付日期", "交车时间", "提车日期", "出库日期"),
        ),
        ImportField(
            "invoice_date",
            _("Invoice Date"),
            type="date",
            synonyms=("开票日期", "发票日期", "开票时间", "购车发票日期"),
        ),
        *_vehicle_columns(_),
        ImportField("series", _("Series"), synonyms=("车系", "车系名称", "系列")),
        ImportField(
            "colour", _("Colour"), synonyms=("颜色", "车身颜色", "外观颜色", "车色")
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
                "发票金额",
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
            ),
        ),
        *_identity_columns(_),
        ImportField(
            "consultant",
            _("Sales Consultant"),
            type="staff",
            synonyms=("销售顾问", "销售员", "顾问", "销售人员", "业务员", "销售"),
        ),
        ImportField(
            "team",
            _("Team"),
            synonyms=(
                "所属团队",
                "团队",
                "销售团队",
                "组别",
                "小组",
                "所属部门",
                "部门",
            ),
        ),
        ImportField(
            "channel",
            _("Channel"),
            synonyms=("销售渠道", "渠道", "客户渠道", "销售方式", "销售类型"),
        ),
        ImportField(
            "bank",
            _("Financing Bank"),
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
            synonyms=(
                "是否本店投保",
                "本店投保",
                "是否店内投保",
                "是否投保",
                "是否在店投保",
                "店内投保",
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
                "原因",
            ),
        ),
        ImportField("note", _("Note"), synonyms=("备注", "说明", "备注说明")),
    ]


def ledger_columns(_):
    """Columns of the underwriting ledger (domain.md §3.1).

    :param _: translation function of the caller's environment
    :return: list of ``ImportField``
    """
    return [
        ImportField(
            "seq", _("Running No."), compared=False, synonyms=("序号", "行号", "No")
        ),
        ImportField(
            "ledger_no",
            _("Ledger No."),
            required=True,
            missing_code="missing_value",
            synonyms=("台账号", "台账编号", "台帐号", "登记号", "流水号", "承保编号"),
        ),
        ImportField(
            "insurer",
            _("Insurer"),
            synonyms=("保险公司", "承保公司", "保险人", "承保保险公司", "保险公司名称"),
        ),
        ImportField(
            "issued_at",
            _("Issued At"),
            type="datetime",
            required=True,
            missing_code="missing_value",
            synonyms=(
                "出单时间",
                "出单日期",
                "签单日期",
                "签单时间",
                "承保日期",
                "出单日",
            ),
        ),
        ImportField(
            "business_type",
            _("Business Type"),
            type="selection",
            choices=BUSINESS,
            synonyms=("业务类型", "投保类型", "承保类型", "业务性质", "业务种类"),
        ),
        ImportField(
            "customer_source",
            _("Customer Source"),
            synonyms=("客户来源", "业务来源", "来源", "来源渠道"),
        ),
        ImportField(
            "consultant",
            _("Sales Consultant"),
            type="staff",
            synonyms=("销售顾问", "业务员", "顾问", "销售员", "销售人员"),
        ),
        ImportField(
            "principal",
            _("Renewal Specialist"),
            type="staff",
            synonyms=("续保专员", "续保员", "负责人", "客户经理", "跟进人"),
        ),
        ImportField(
            "writer",
            _("Issuing Clerk"),
            type="staff",
            synonyms=("出单员", "出单人", "经办人", "录单员", "出单人员"),
        ),
        ImportField(
            "applicant", _("Applicant"), type="name", synonyms=("投保人", "投保人名称")
        ),
        ImportField(
            "insured",
            _("Insured"),
            type="name",
            missing_code="missing_insured",
            synonyms=("被保险人", "被保人", "被保险人名称", "客户名称", "客户姓名"),
        ),
        ImportField(
            "owner",
            _("Owner"),
            type="name",
            synonyms=("车主", "车主姓名", "行驶证车主", "所有人"),
        ),
        *_identity_columns(_),
        *_vehicle_columns(_),
        ImportField(
            "use_nature",
            _("Use Nature"),
            type="selection",
            choices=USE_NATURE,
            synonyms=("使用性质", "车辆使用性质", "用途"),
        ),
        ImportField(
            "purchase_price",
            _("New Car Price"),
            type="amount",
            synonyms=("购置价", "新车购置价", "车辆购置价", "新车价"),
        ),
        ImportField(
            "reg_date",
            _("Registration Date"),
            type="date",
            synonyms=(
                "初登日期",
                "初次登记日期",
                "上牌日期",
                "注册日期",
                "登记日期",
                "初登日",
            ),
        ),
        ImportField(
            "beneficiary",
            _("First Beneficiary"),
            synonyms=("第一受益人", "受益人", "贷款机构", "按揭机构"),
        ),
        *_policy_columns(_),
        ImportField(
            "amount_due",
            _("Amount Due"),
            type="amount",
            synonyms=(
                "应收合计",
                "应收金额",
                "应收保费",
                "保费合计",
                "合计保费",
                "应收",
            ),
        ),
        ImportField(
            "concession_text",
            _("Concession"),
            synonyms=(
                "优惠内容",
                "优惠项目",
                "赠送内容",
                "赠送明细",
                "赠送",
                "优惠明细",
            ),
        ),
        ImportField(
            "concession_amt",
            _("Concession Amount"),
            type="amount",
            synonyms=("优惠金额", "优惠价值", "赠送金额", "赠送价值", "优惠"),
        ),
        ImportField(
            "amount_received",
            _("Amount Received"),
            type="amount",
            synonyms=("实收金额", "实收", "实收保费", "实收合计", "已收金额"),
        ),
        ImportField(
            "balance",
            _("Balance"),
            type="amount",
            synonyms=("欠缴", "欠款", "欠缴金额", "未收", "未收金额", "欠费"),
        ),
        ImportField(
            "channel",
            _("Collection"),
            type="selection",
            choices=COLLECTION,
            synonyms=("收款渠道", "收费渠道", "缴费渠道", "缴费方式", "保费渠道"),
        ),
        ImportField(
            "pay_method",
            _("Payment Method"),
            synonyms=("收款方式", "付款方式", "支付方式", "结算方式"),
        ),
        ImportField(
            "payer",
            _("Payer"),
            type="name",
            synonyms=("付款人", "缴费人", "交款人", "付款方"),
        ),
        ImportField(
            "payer_relation",
            _("Relation to Applicant"),
            synonyms=("与投保人关系", "付款人关系", "付款人与投保人关系", "关系"),
        ),
        ImportField(
            "cashier",
            _("Cashier's Signature"),
            type="staff",
            synonyms=("出纳签名", "出纳", "收银员", "出纳签字", "收款人"),
        ),
        ImportField(
            "cashier_date",
            _("Signature Date"),
            type="date",
            synonyms=("签名日期", "签字日期", "出纳签名日期", "收款日期", "收费日期"),
        ),
        ImportField(
            "deliver_date",
            _("Hand-over Date"),
            type="date",
            synonyms=("交付日期", "保单交付日期", "领单日期", "送单日期", "交单日期"),
        ),
        ImportField(
            "receiver",
            _("Receiver"),
            type="name",
            synonyms=("签收人", "领单人", "保单签收人", "领取人", "接收人"),
        ),
        ImportField(
            "custody",
            _("Custody"),
            type="boolean",
            synonyms=("代管", "是否代管", "保单代管"),
        ),
        ImportField(
            "remit_date",
            _("Remittance Date"),
            type="date",
            synonyms=("解付日期", "解付日", "上缴日期", "划缴日期", "解款日期"),
        ),
        ImportField(
            "ctpl_rate",
            _("CTPL Fee Rate"),
            type="rate",
            synonyms=("交强费率", "交强手续费率", "交强险手续费率", "交强代理费率"),
        ),
        ImportField(
            "comm_rate",
            _("Commercial Fee Rate"),
            type="rate",
            synonyms=("商业费率", "商业手续费率", "商业险手续费率", "商业代理费率"),
        ),
        ImportField(
            "fee_expected",
            _("Expected Fee"),
            type="amount",
            synonyms=(
                "应收手续费(不含税)",
                "应收手续费",
                "手续费",
                "应收代理费",
                "代理费",
                "预计手续费",
            ),
        ),
        ImportField(
            "status",
            _("Status"),
            type="selection",
            choices=STATUS,
            synonyms=("状态", "保单状态", "单证状态"),
        ),
        ImportField(
            "endorsement_no",
            _("Endorsement No."),
            type="policy_no",
            synonyms=("批单号", "批改单号", "批单号码"),
        ),
        ImportField("note", _("Note"), synonyms=("备注", "说明", "备注说明")),
    ]


def _also_below(groups, *wordings):
    """Wordings that may stand alone or carry the name of their group."""
    return (*wordings, *(group + word for group in groups for word in wordings))


def _policy_columns(_):
    """Columns of the three policies; their labels repeat below each group."""
    number = ("保单号", "保单号码", "保险单号", "单号", "Policy No.")
    start = (
        "起保时间",
        "起保日期",
        "保险起期",
        "起期",
        "生效日期",
        "起保日",
        "Cover Starts",
    )
    end = (
        "终保时间",
        "终保日期",
        "保险止期",
        "止期",
        "到期日期",
        "到期日",
        "终保日",
        "Cover Ends",
    )
    return [
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
            synonyms=("保费", "保险费", "保费金额", "Premium"),
        ),
        ImportField(
            "tax",
            _("Vehicle Tax"),
            type="amount",
            synonyms=_also_below(
                CTPL, "车船税", "车船使用税", "车船税金额", "代收车船税"
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
            synonyms=("折后保费", "保费", "实收保费", "签单保费", "保险费"),
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
            synonyms=("保费", "保险费", "保费金额", "Premium"),
        ),
    ]
