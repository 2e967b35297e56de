"""Columns of bank statements as banks in China write them."""

from odoo.addons.dealer_base.tools.import_field import ImportField

MONEY_OUT, MONEY_IN = "out", "in"
# What a column says that tells the direction beside an amount without sign
DIRECTIONS = {
    **dict.fromkeys(
        ("借", "借方", "支出", "支", "付", "付款", "出", "转出", "往账", "D", "DR"),
        MONEY_OUT,
    ),
    **dict.fromkeys(
        ("贷", "贷方", "收入", "收", "收款", "入", "转入", "存入", "来账", "C", "CR"),
        MONEY_IN,
    ),
}


def bank_columns(_):
    """Columns that a bank statement may have.

    :param _: translation function of the caller's environment
    :return: list of `ImportField`
    """
    return [
        ImportField(
            "date",
            _("Booking Day"),
            type="datetime",
            synonyms=(
                "交易日期",
                "记账日期",
                "入账日期",
                "日期",
                "交易日",
                "Date",
                "Transaction Date",
                "Booking Date",
            ),
            required=True,
        ),
        ImportField(
            "time",
            _("Time"),
            synonyms=("时间", "交易时间", "记账时间", "交易时刻", "入账时间", "Time"),
        ),
        ImportField(
            "money_out",
            _("Money Out"),
            type="amount",
            synonyms=(
                "借方发生额",
                "借方金额",
                "借方",
                "支出",
                "支出金额",
                "付款金额",
                "转出金额",
                "取出金额",
                "支取",
                "借方发生额(支出)",
                "Debit",
                "Withdrawal",
                "Paid Out",
            ),
        ),
        ImportField(
            "money_in",
            _("Money In"),
            type="amount",
            synonyms=(
                "贷方发生额",
                "贷方金额",
                "贷方",
                "收入",
                "收入金额",
                "收款金额",
                "转入金额",
                "存入金额",
                "存入",
                "贷方发生额(收入)",
                "Credit",
                "Deposit",
                "Paid In",
            ),
        ),
        ImportField(
            "amount",
            _("Amount"),
            type="amount",
            synonyms=("交易金额", "发生额", "金额", "收支金额", "Amount"),
        ),
        ImportField(
            "direction",
            _("Direction"),
            synonyms=(
                "借贷标志",
                "借贷标识",
                "借贷方向",
                "借贷",
                "收支",
                "收支方向",
                "收支标志",
                "收/支",
                "资金流向",
                "方向",
                "DC",
            ),
        ),
        ImportField(
            "balance",
            _("Balance"),
            type="amount",
            synonyms=("余额", "账户余额", "本次余额", "当前余额", "Balance"),
        ),
        ImportField(
            "payer",
            _("Other Side"),
            synonyms=(
                "对方户名",
                "对方名称",
                "对方账户名称",
                "对方单位",
                "对方单位名称",
                "对方姓名",
                "收/付方名称",
                "收付方名称",
                "交易对手",
                "交易对手名称",
                "对手户名",
                "Counterparty",
                "Payee/Payer",
            ),
        ),
        ImportField(
            "payer_account",
            _("Other Side's Account"),
            synonyms=(
                "对方账号",
                "对方帐号",
                "对方账户",
                "对手账号",
                "交易对手账号",
                "收/付方账号",
                "收付方账号",
                "Counterparty Account",
            ),
        ),
        ImportField(
            "summary",
            _("Summary"),
            synonyms=(
                "摘要",
                "交易摘要",
                "业务类型",
                "交易类型",
                "交易名称",
                "Summary",
            ),
        ),
        ImportField(
            "memo",
            _("Memo"),
            synonyms=(
                "用途",
                "附言",
                "用途/附言",
                "备注",
                "交易附言",
                "客户附言",
                "交易备注",
                "交易说明",
                "转账附言",
                "Remark",
                "Memo",
                "Description",
            ),
        ),
        ImportField(
            "serial",
            _("Serial Number"),
            synonyms=(
                "流水号",
                "交易流水号",
                "交易流水",
                "核心流水号",
                "柜员流水号",
                "业务编号",
                "交易号",
                "回单编号",
                "Serial No.",
                "Transaction ID",
            ),
        ),
        ImportField(
            "own_account",
            _("Own Account"),
            synonyms=("本方账号", "本方帐号", "账号", "帐号", "查询账号", "卡号"),
        ),
    ]
