"""Acceptance on the sample month: every bank line proposed right, none booked wrong."""

import csv
import io
import json

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.dealer_insurance.tests.import_common import (
    LEDGER_SAMPLE,
    SKIP_REASON,
    sample_folder,
)

from .bank_common import BankCommon

BANK_SAMPLE = "银行流水_2026-09.xlsx"
TRACKER_SAMPLE = "理赔电子动态表_2026.xlsx"
#: Agreed fees of September, incl. VAT, as invoiced after the statements.
FEES = {
    "PICC": (16207.87, "代理费结算单_人保_2026-09.xlsx"),
    "CPIC": (16958.86, "代理费结算单_太保_2026-09.csv"),
    "PAIC": (25893.11, "代理费结算单_平安_2026-09.xlsx"),
}
NOTHING = ("noise", "unknown")


@tagged("post_install", "-at_install", "dealer_sample")
class TestBankSample(BankCommon):
    store_name = "佛山岭澜汽车销售服务有限公司"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not sample_folder():
            return
        cls.company.write(
            {
                "dealer_accounting_start": "2026-08-15",
                "dealer_bank_start": "2026-09-01",
            }
        )

    def _truth_rows(self):
        path = sample_folder() / "truth_bank.csv"
        with path.open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    # -- set-up -------------------------------------------------------------------

    def _import_ledger(self):
        run = self._upload("ledger", self._sample(LEDGER_SAMPLE), LEDGER_SAMPLE)
        self._correct(
            run,
            {
                (line["sheet"], int(line["row_no"]), line["field_key"]): line[
                    "clean_value"
                ]
                for line in self._truth(LEDGER_SAMPLE)
                if line["kind"] == "typing"
                and line["problem"] not in ("duplicate_row", "subtotal_mismatch")
            },
        )
        self._accept_facts(run)
        run.action_check()
        run.action_import()
        self.assertEqual(run.state, "done")

    def _tracker(self):
        """Cases of the tracker with the typing errors of the answer file corrected."""
        sheet = openpyxl.load_workbook(
            io.BytesIO(self._sample(TRACKER_SAMPLE)), data_only=True
        ).active
        rows = list(sheet.iter_rows(values_only=True))
        clean = {}
        dropped = set()
        for line in self._truth(TRACKER_SAMPLE):
            if line["problem"] == "duplicate_row":
                dropped.add(int(line["row_no"]))
            elif line["kind"] == "typing":
                clean[int(line["row_no"]), line["field"]] = line["clean_value"]
        for number, values in enumerate(rows[2:], 3):
            case = dict(zip(rows[1], values, strict=True))
            if not case["案件号"] or number in dropped:
                continue
            for title in case:
                if (number, title) in clean:
                    case[title] = clean[number, title]
            yield case

    def _book_claims(self):
        """Claim money that insurers owe, and what is owed on to customers."""
        receivable = self.su_env["account.account"].create(
            {
                "name": "Receivable from Insurers (Claims)",
                "code": "112299",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        Partner = self.su_env["res.partner"]
        index = Partner._insurer_index()
        customers = {}
        for case in self._tracker():
            number, expected = case["案件号"], case["预计回款"]
            received, owed = _day(case["回款日"]), case["应退客户"]
            text = " ".join(
                str(case[title]).strip()
                for title in ("报案号", "赔案号", "车牌号", "被保险人", "车架号")
                if case[title]
            )
            if _number(expected) and (not received or received >= "2026-09-01"):
                announced = _day(case["赔付日"]) or _day(case["递交日"])
                self._item(
                    receivable,
                    Partner._find_insurer(case["保险公司"], index),
                    float(expected),
                    min(_day(case["递交日"]) or "2026-10-20", "2026-10-20"),
                    number,
                    text,
                    announced,
                )
            refunded = _day(case["退款日"])
            if _number(owed) and received and (refunded or "9") >= "2026-09-01":
                name = str(case["被保险人"]).strip()
                customers[name] = customers.get(name) or Partner.create({"name": name})
                self._item(
                    self.company.dealer_refund_payable_account_id,
                    customers[name],
                    -float(owed),
                    received,
                    number,
                    text,
                )

    def _book_fees(self):
        for code, (amount, name) in FEES.items():
            insurer = self.insurers.filtered(lambda p, c=code: p.insurer_code == c)
            self._item(
                self.company.dealer_insurer_receivable_account_id,
                insurer,
                amount,
                "2026-10-10",
                name,
                "代理费 2026-09",
            )

    # -- the month ----------------------------------------------------------------

    def test_month(self):
        """Finance goes through the month day by day, and reconciles what is right."""
        if not sample_folder():
            self.skipTest(SKIP_REASON)
        self._import_ledger()
        self._book_claims()
        self._book_fees()
        truth = self._truth_rows()
        lines = self._import(self._sample(BANK_SAMPLE), BANK_SAMPLE)
        self.assertEqual(len(lines), len(truth))
        self.assertFalse(
            lines.filtered("is_reconciled"), "nothing is booked unless asked for"
        )
        # the same file again changes nothing
        with self.assertRaises(UserError):
            with self.env.cr.savepoint():
                self._import(self._sample(BANK_SAMPLE), BANK_SAMPLE)
        by_place = {
            (
                "代收保费专户" if line.journal_id == self.premium_journal else "基本户",
                json.loads(line.raw_data)["row"],
            ): line
            for line in lines
        }
        wrong, certain_wrong, reconciled = [], [], 0
        days = {}
        for row in truth:
            days.setdefault(row["date"], []).append(row)
        for _day_key, rows in sorted(days.items()):
            today = lines.browse(
                by_place[row["sheet"], int(row["row_no"])].id for row in rows
            )
            today._dealer_find_proposals()
            for row in rows:
                line = by_place[row["sheet"], int(row["row_no"])]
                self.assertAlmostEqual(line.amount, float(row["amount"]), 2)
                best = line.dealer_proposal_ids.sorted("sequence")[:1]
                if not self._is_right(row, best):
                    wrong.append(self._told(row, line, best))
                    if best.certain:
                        certain_wrong.append(wrong[-1])
                    continue
                if best and line._dealer_can_apply(best):
                    line._dealer_apply(best, refresh=False)
                    self.assertTrue(line.is_reconciled)
                    reconciled += 1
        self.assertFalse(certain_wrong)
        share = 1 - len(wrong) / len(truth)
        self.assertGreaterEqual(share, 0.95, "\n".join(wrong))
        self.assertGreater(reconciled, 200)
        self._check_books()

    def _is_right(self, row, best):
        """Whether the first proposal says what the answer file says."""
        if row["kind"] in NOTHING:
            return not best
        if best.kind != row["kind"]:
            return False
        refs = {ref for ref in row["refs"].split(";") if ref}
        statement = next((ref for ref in refs if ref.startswith("statement:")), None)
        if statement:
            # a statement before our time: insurer and month are known, no item
            _word, code, period = statement.split(":")
            return best.partner_id.insurer_code == code and best.period == period
        if row["kind"] == "internal_transfer":
            # between own accounts; the ledger row behind it is no open item
            return True
        return {ref for ref in (best.refs or "").split(", ") if ref} == refs

    def _told(self, row, line, best):
        return " | ".join(
            str(part)
            for part in (
                row["sheet"],
                row["row_no"],
                row["amount"],
                row["kind"],
                row["refs"],
                line.payment_ref,
                "->",
                best.kind,
                best.refs,
                best.reason,
                best.score,
                best.certain,
            )
        )

    def _check_books(self):
        """What the ledger says is what the bank said."""
        rows = self.su_env["dealer.underwriting"].search(
            [
                ("company_id", "=", self.company.id),
                ("channel", "=", "collected"),
                ("issued_at", ">=", "2026-09-01"),
                ("voided_at", "=", False),
            ]
        )
        for row in rows:
            self.assertAlmostEqual(
                row.amount_held, row.amount_received - row.amount_remitted, 2
            )


def _day(value):
    """ISO day of a cell, "" when it is none."""
    text = str(value or "")[:10]
    return text if len(text) == 10 and text[4] == "-" else ""


def _number(value):
    try:
        return float(value) != 0
    except (TypeError, ValueError):
        return False
