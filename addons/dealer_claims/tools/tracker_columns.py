"""Columns of a claim tracker (理赔电子动态表, domain.md §3.12).

Wordings of the trade that any store may use; nothing here knows a particular file.
"""

from dataclasses import replace

from odoo.addons.dealer_base.tools.import_field import ImportField
from odoo.addons.dealer_insurance.tools.import_columns import (
    identity_columns,
    vehicle_columns,
)

#: Days of a case in the only order in which they can come. Of each chain every day
#: lies on or before the next one that is filled in.
DATE_CHAINS = (
    (
        "accident_date",
        "reported_date",
        "received_date",
        "assessed_date",
        "repair_date",
        "repaired_date",
        "handover_date",
        "audit_date",
        "submit_date",
        "insurer_received_date",
        "adjusted_date",
        "approved_date",
        "insurer_paid_date",
        "paid_on",
        "reconciled_date",
        "closed_date",
    ),
    ("reported_date", "survey_date"),
    ("assessed_date", "verified_date", "adjusted_date"),
    ("repaired_date", "released_date", "closed_date"),
)


def _day(key, label, *synonyms, **options):
    return ImportField(key, label, type="date", synonyms=synonyms, **options)


def _amount(key, label, *synonyms):
    return ImportField(key, label, type="amount", synonyms=synonyms)


def _car_columns(_):
    wanted = {"vin", "plate", "model"}
    columns = [item for item in vehicle_columns(_) if item.key in wanted]
    # Not every case of a tracker tells how to reach the customer.
    columns += [
        replace(item, missing_code="")
        for item in identity_columns(_)
        if item.key == "mobile"
    ]
    return columns


def _head_columns(_):
    return [
        ImportField(
            "seq",
            _("Running No."),
            compared=False,
            synonyms=("序号", "编号", "行号", "No"),
        ),
        ImportField(
            "case_no",
            _("Case No."),
            synonyms=(
                "案件号",
                "案件编号",
                "案号",
                "理赔编号",
                "台账号",
                "接车单号",
                "理赔单号",
                "Claim No.",
            ),
        ),
        ImportField(
            "report_no",
            _("Report No."),
            missing_code="missing_report_no",
            synonyms=("报案号", "报案编号", "报案号码", "出险报案号", "Notice No."),
        ),
        ImportField(
            "claim_no",
            _("Insurer's Claim No."),
            synonyms=(
                "赔案号",
                "立案号",
                "立案号/赔案号",
                "赔案编号",
                "保险公司赔案号",
                "立案编号",
            ),
        ),
        ImportField(
            "insurer",
            _("Insurer"),
            required=True,
            missing_code="missing_value",
            spans=True,
            synonyms=(
                "保险公司",
                "承保公司",
                "保司",
                "保险公司名称",
                "承保保险公司",
                "Insurance Company",
            ),
        ),
        ImportField(
            "cover",
            _("Cover"),
            synonyms=("险种", "索赔险种", "赔付险种", "险别", "出险险种"),
        ),
        ImportField(
            "insured",
            _("Insured"),
            type="name",
            synonyms=(
                "被保险人",
                "被保人",
                "客户",
                "客户名称",
                "客户姓名",
                "车主",
                "车主姓名",
                "Customer",
            ),
        ),
        ImportField(
            "liability",
            _("Liability"),
            synonyms=("责任", "责任比例", "事故责任", "责任划分", "责任认定"),
        ),
        ImportField(
            "settlement",
            _("Settlement"),
            synonyms=("索赔方式", "赔付方式", "理赔方式", "结算方式", "付款方式"),
        ),
        ImportField(
            "receptionist",
            _("Receptionist"),
            type="staff",
            synonyms=("接车员", "接待员", "理赔接待", "服务顾问", "接车人", "接待人"),
        ),
        ImportField(
            "submitter",
            _("Submitter"),
            type="staff",
            synonyms=("负责人", "索赔员", "跟进人", "理赔员", "经办人", "责任人"),
        ),
    ]


def _date_columns(_):
    return [
        _day(
            "accident_date",
            _("Accident On"),
            "出险日",
            "出险日期",
            "出险时间",
            "事故日期",
            "Date of Loss",
        ),
        _day("reported_date", _("Reported On"), "报案日", "报案日期", "报案时间"),
        _day("survey_date", _("Surveyed On"), "查勘日", "查勘日期", "查勘时间"),
        _day(
            "received_date",
            _("Received On"),
            "接车日",
            "接车日期",
            "接车时间",
            "进厂日期",
            "进厂日",
            "回店日期",
        ),
        _day("assessed_date", _("Assessed On"), "定损日", "定损日期", "定损时间"),
        _day("verified_date", _("Reviewed On"), "核损日", "核损日期", "核损时间"),
        _day("repair_date", _("Repair Started On"), "开工日", "开工日期", "派工日期"),
        _day(
            "repaired_date",
            _("Repaired On"),
            "竣工日",
            "竣工日期",
            "完工日",
            "完工日期",
        ),
        _day(
            "released_date",
            _("Released On"),
            "离店日",
            "离店日期",
            "出厂日期",
            "出厂日",
            "交车日",
        ),
        _day(
            "handover_date",
            _("Papers Handed Over On"),
            "资料移交日",
            "资料移交日期",
            "移交日期",
            "移交日",
        ),
        _day(
            "audit_date",
            _("Papers Audited On"),
            "资料审核日",
            "资料审核日期",
            "审核日期",
            "审核日",
        ),
        _day(
            "submit_date",
            _("Submitted On"),
            "递交日",
            "递交日期",
            "递交保险公司日期",
            "交单日期",
            "交单日",
            "送件日期",
            "提交日期",
        ),
        _day(
            "insurer_received_date",
            _("Received by Insurer On"),
            "保险公司收单日",
            "保险公司收单日期",
            "收单日期",
            "收单日",
            "收件日期",
        ),
        _day("adjusted_date", _("Adjusted On"), "理算日", "理算日期", "理算时间"),
        _day("approved_date", _("Approved On"), "核赔日", "核赔日期", "核赔通过日期"),
        _day(
            "insurer_paid_date",
            _("Paid Out On"),
            "赔付日",
            "赔付日期",
            "保险公司付款日期",
            "支付日期",
        ),
        _day(
            "paid_on",
            _("Payment Received On"),
            "回款日",
            "回款日期",
            "到账日期",
            "到账日",
            "回款时间",
            "Paid On",
        ),
        _day(
            "reconciled_date",
            _("Reconciled On"),
            "核对日",
            "核对日期",
            "财务核对日期",
            "对账日期",
        ),
        _day(
            "closed_date",
            _("Closed On"),
            "结案日",
            "结案日期",
            "店内结案日",
            "店内结案日期",
        ),
    ]


def _money_columns(_):
    return [
        _amount("assessed", _("Assessed Amount"), "定损金额", "定损额", "定损总额"),
        _amount(
            "repair",
            _("Repair Bill"),
            "维修金额",
            "维修结算额",
            "维修费用",
            "结算金额",
            "维修总额",
        ),
        _amount("self_paid", _("Customer's Part"), "客户自负", "自负金额", "客户自付"),
        _amount(
            "third_party",
            _("Third Party's Part"),
            "三者方承担",
            "三者承担",
            "三者方金额",
        ),
        _amount(
            "expected",
            _("Expected Payment"),
            "预计回款",
            "预计回款金额",
            "应回款",
            "应收保险款",
        ),
        _amount(
            "received",
            _("Received Payment"),
            "实际回款",
            "实际回款金额",
            "回款金额",
            "实收保险款",
            "到账金额",
        ),
        _amount("diff", _("Difference"), "差额", "回款差额", "差异金额"),
        ImportField(
            "diff_reason",
            _("Reason of the Difference"),
            synonyms=("差额原因", "差异原因"),
        ),
        _amount("refund_due", _("Refund Due"), "应退客户", "应退客户款", "应退金额"),
        _amount("refunded", _("Refunded"), "已退", "已退客户", "已退金额"),
        _day("refund_date", _("Refunded On"), "退款日", "退款日期"),
    ]


def _chase_columns(_):
    return [
        ImportField(
            "return_count",
            _("Returns"),
            type="integer",
            synonyms=("退案次数", "退件次数", "退单次数"),
        ),
        _day(
            "returned_date",
            _("Last Returned On"),
            "最近退案日",
            "最近退案日期",
            "退案日期",
            "退案日",
        ),
        ImportField(
            "return_reason",
            _("Return Reason"),
            synonyms=("退案原因", "退件原因", "最近退案原因"),
        ),
        ImportField(
            "overdue_days",
            _("Overdue Days"),
            type="integer",
            synonyms=("逾期天数", "超期天数", "逾期(天)"),
        ),
        ImportField(
            "overdue_reason",
            _("Reason of the Delay"),
            synonyms=("逾期原因", "超期原因", "未回款原因"),
        ),
        ImportField(
            "status",
            _("Status"),
            synonyms=("当前状态", "状态", "案件状态", "进度", "Current Status"),
        ),
        ImportField(
            "next_step", _("Next Step"), synonyms=("下一步", "下一步工作", "待办")
        ),
        _day(
            "next_date",
            _("Next Chase On"),
            "下次跟进日",
            "下次跟进日期",
            "下次跟进",
        ),
        ImportField("remark", _("Note"), synonyms=("备注", "说明", "Remark")),
    ]


def tracker_columns(_):
    """Columns of a claim tracker.

    :param _: translation function of the caller's environment
    :return: list of ``ImportField``
    """
    return [
        *_head_columns(_),
        *_car_columns(_),
        *_date_columns(_),
        *_money_columns(_),
        *_chase_columns(_),
    ]
