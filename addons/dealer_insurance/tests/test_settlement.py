from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .money_common import COMMERCIAL, CTPL, TAX, TOTAL, MoneyCommon
from .underwriting_common import make_vin

MONTH = date(2026, 9, 1)


@tagged("post_install", "-at_install")
class TestSettlement(MoneyCommon):
    """September 2026, by hand; CNY.

    ========  =======================  ========  =========  ========  ==========
    row       story                    collected  remitted   held      difference
    ========  =======================  ========  =========  ========  ==========
    old       paid in August               0        5870        0          0
    done      paid and remitted         5870        5870        0          0
    held      paid, remitted in Oct     5870           0     5870          0
    part      2000 of 5870 paid         2000           0     2000       3870
    back      refund of 800 paid         -800 refunded, insurer owes it
    ========  =======================  ========  =========  ========  ==========
    """

    def _on(self, day, method, *args, **kwargs):
        with freeze_time(f"{day} 04:00:00"):
            return method(*args, **kwargs)

    def _issue(self, rows, day):
        for row in rows:
            self.__class__.serial += 1
            vehicle = self.su_env["dealer.vehicle"].create(
                {"vin": make_vin(self.serial), "company_id": self.company.id}
            )
            row._write_protected(
                {
                    "issued_at": datetime.combine(day, datetime.min.time()),
                    "vehicle_id": vehicle.id,
                }
            )

    def _september(self):
        aug, sep, octo = date(2026, 8, 30), date(2026, 9, 10), date(2026, 10, 2)
        old, done, held, part = (
            self._on(day, self._requested) for day in (aug, sep, sep, sep)
        )
        self._issue(old, aug)
        self._issue(done | held | part, sep)
        self._on(aug, self._pay, old)
        self._on(sep, self._pay, done | held)
        self._on(sep, self._pay, part, 2000)
        self._on(aug, self._sign, old)
        self._on(sep, self._sign, done | held)
        self._on(sep, self._remit, old | done)
        self._on(octo, self._remit, held)
        return old, done, held, part

    def _list(self, month=MONTH, **vals):
        return (
            self.env["dealer.settlement"]
            .with_user(self.finance)
            .create({"insurer_id": self.insurer.id, "date_from": month, **vals})
        )

    def _codes(self, method):
        with self.assertRaises(GuardError) as caught:
            method()
        return caught.exception.codes

    def test_figures(self):
        old, done, held, part = self._september()
        settlement = self._list()
        lines = {line.underwriting_id: line for line in settlement.line_ids}
        self.assertEqual(set(lines), {old, done, held, part})
        self.assertRecordValues(
            lines[old] | lines[done] | lines[held] | lines[part],
            [
                {
                    "opening_held": TOTAL,
                    "collected": 0,
                    "remitted_month": TOTAL,
                    "unremitted": 0,
                    "difference": 0,
                },
                {
                    "opening_held": 0,
                    "collected": TOTAL,
                    "remitted_month": TOTAL,
                    "unremitted": 0,
                    "difference": 0,
                },
                {
                    "opening_held": 0,
                    "collected": TOTAL,
                    "remitted_month": 0,
                    "unremitted": TOTAL,
                    "difference": 0,
                },
                {
                    "opening_held": 0,
                    "collected": 2000,
                    "remitted_month": 0,
                    "unremitted": 2000,
                    "difference": TOTAL - 2000,
                },
            ],
        )
        line = lines[held]
        self.assertEqual(
            (
                line.ctpl_premium,
                line.vehicle_tax,
                line.commercial_premium,
                line.amount_due,
                line.received_on,
                line.remitted_on,
                line.method,
            ),
            (CTPL, TAX, COMMERCIAL, TOTAL, date(2026, 9, 10), False, "transfer"),
        )
        self.assertRecordValues(
            settlement,
            [
                {
                    "opening_held": TOTAL,
                    "collected": 2 * TOTAL + 2000,
                    "refunded": 0,
                    "remitted": 2 * TOTAL,
                    "closing_held": TOTAL + 2000,
                    "not_collected": TOTAL - 2000,
                    "book_balance": 2 * TOTAL,
                    "book_difference": 0,
                    "unexplained": TOTAL - 2000,
                    "agrees": True,
                }
            ],
        )
        # the next month starts with what this one ended with
        october = self._list(date(2026, 10, 1))
        self.assertEqual(october.opening_held, settlement.closing_held)
        self.assertEqual(october.remitted, TOTAL)
        self.assertEqual(october.closing_held, 2000)
        self.assertEqual(october.book_balance, TOTAL)
        self.assertTrue(october.agrees)

    def test_untagged_item_is_unexplained(self):
        self._september()
        move = self.su_env["account.move"].create(
            {
                "journal_id": self.company.dealer_insurance_journal_id.id,
                "date": "2026-09-20",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": account.id,
                            "partner_id": self.insurer.id,
                            "balance": balance,
                        },
                    )
                    for account, balance in (
                        (self.company.dealer_premium_payable_account_id, -70),
                        (self.company.dealer_refund_payable_account_id, 70),
                    )
                ],
            }
        )
        move.action_post()
        settlement = self._list()
        self.assertFalse(settlement.agrees)
        self.assertEqual(settlement.book_difference, 70)
        item = settlement.line_ids.filtered("move_line_id")
        self.assertEqual(item.difference, 70)
        self.assertEqual(settlement.unexplained, TOTAL - 2000 + 70)
        item.write({"reason": "other"})
        self.assertEqual(settlement.unexplained, TOTAL - 2000 + 70)
        item.write({"explanation": "Opening balance of the old system"})
        self.assertEqual(settlement.unexplained, TOTAL - 2000)
        self.assertEqual(settlement.explained, 70)
        # a partly used payment
        settlement.action_refresh()
        item = settlement.line_ids.filtered("move_line_id")
        self.assertEqual(item.explanation, "Opening balance of the old system")

    def test_refund_and_paper(self):
        origin, *_rest = self._september()
        policy = origin.policy_ids.filtered(lambda p: p.product == "commercial")
        back = self._rows(
            premiums=(0, 0, 0), entry_type="cancellation", origin_id=origin.id
        )
        self.su_env["dealer.endorsement"]._create_protected(
            [
                {
                    "policy_id": policy.id,
                    "underwriting_id": back.id,
                    "kind": "cancel",
                    "premium": -800,
                }
            ]
        )
        day = date(2026, 9, 12)
        self._on(day, self._request, back)
        self._issue(back, day)
        self._on(day, self._pay, back)
        paper = self.su_env["dealer.underwriting"]._create_historical(
            [
                self._row_vals(
                    issued_at=datetime(2026, 9, 29, 2),
                    legacy_received=TOTAL,
                    legacy_received_on=date(2026, 9, 29),
                    legacy_remitted_on=date(2026, 10, 3),
                )
            ]
        )
        settlement = self._list()
        line = settlement.line_ids.filtered(lambda li: li.underwriting_id == back)
        self.assertEqual((line.refunded, line.unremitted), (800, -800))
        self.assertEqual(line.difference, 0)
        line = settlement.line_ids.filtered(lambda li: li.underwriting_id == paper)
        self.assertTrue(line.is_paper)
        self.assertEqual(settlement.refunded, 800)
        self.assertEqual(settlement.held_on_paper, TOTAL)
        self.assertEqual(settlement.closing_held, TOTAL + 2000 - 800 + TOTAL)
        self.assertEqual(settlement.book_balance, 2 * TOTAL - 800)
        self.assertTrue(settlement.agrees)
        held = settlement.opening_held + settlement.collected
        held -= settlement.refunded + settlement.remitted
        self.assertEqual(held, settlement.closing_held)

    def _signed(self):
        self._september()
        settlement = self._list()
        settlement.line_ids.filtered("difference").write(
            {"reason": "short", "explanation": "Pays the rest in October"}
        )
        settlement.with_user(self.clerk).action_print()
        settlement.with_user(self.clerk).action_sign_clerk()
        settlement.with_user(self.cashier).action_sign_cashier()
        return settlement

    def test_forward(self):
        settlement = self._signed()
        self.assertEqual(settlement.print_count, 1)
        self.assertEqual(settlement.print_ids.user_id, self.clerk)
        self.assertEqual(settlement.state, "reconciled")
        settlement.with_user(self.finance).action_close()
        self.assertEqual(settlement.state, "closed")
        settlement.with_user(self.cashier).action_print()
        self.assertEqual(settlement.print_ids.mapped("number"), [2, 1])

    def test_closing_is_refused(self):
        self._september()
        settlement = self._list()
        close = settlement.with_user(self.finance).action_close
        self.assertEqual(self._codes(close), ["G-S3", "G-S4"])
        with self.assertRaises(GuardError):
            settlement.with_user(self.clerk).action_sign_clerk()
        settlement.with_user(self.clerk).action_print()
        settlement.with_user(self.clerk).action_sign_clerk()
        self.assertEqual(self._codes(close), ["G-S3", "G-S4"])
        settlement.with_user(self.cashier).action_sign_cashier()
        self.assertEqual(self._codes(close), ["G-S3"])
        # who explains changes what was signed
        settlement.line_ids.filtered("difference").write({"reason": "short"})
        self.assertEqual(settlement.state, "printed")
        self.assertEqual(self._codes(close), ["G-S4"])

    def test_explained_in_the_form(self):
        """The form saves reasons with the list, and no other figure of a row."""
        _old, done, _held, part = self._september()
        settlement = self._list().with_user(self.finance)
        position = settlement.line_ids.underwriting_id.ids.index(part.id)
        with Form(settlement) as form, form.line_ids.edit(position) as line:
            line.reason = "short"
            line.explanation = "Pays the rest in October"
        self.assertEqual(settlement.line_ids[position].reason, "short")
        self.assertEqual(settlement.unexplained, 0)
        line = settlement.line_ids.filtered(lambda li: li.underwriting_id == done)
        other = self._list(date(2026, 10, 1)).line_ids[:1]
        for commands in (
            [Command.update(line.id, {"difference": 1})],
            [Command.update(line.id, {"reason": "short"}), Command.clear()],
            [Command.update(other.id, {"reason": "short"})],
            [Command.delete(line.id)],
            [Command.create({"difference": 1})],
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                settlement.write({"line_ids": commands})
        self.assertFalse(line.reason or other.reason)

    def test_two_people(self):
        self._september()
        both = self._user("policy_clerk", login="money_both")
        both.sudo().group_ids += self.env.ref("dealer_base.group_cashier")
        settlement = self._list()
        settlement.with_user(both).action_print()
        settlement.with_user(both).action_sign_clerk()
        with self.assertRaisesRegex(UserError, "two people"):
            settlement.with_user(both).action_sign_cashier()

    def test_new_money_reopens_the_signatures(self):
        settlement = self._signed()
        part = settlement.line_ids.filtered("difference").underwriting_id
        self._on(date(2026, 9, 30), self._pay, part)
        settlement.with_user(self.finance).action_refresh()
        self.assertEqual(settlement.state, "printed")
        self.assertEqual(settlement.closing_held, 2 * TOTAL)
        self.assertEqual(settlement.unexplained, 0)
        self.assertEqual(
            set(settlement.signature_ids.mapped("kind")), {"sign", "reversal"}
        )

    def test_frozen_and_late_posting(self):
        settlement = self._signed()
        settlement.with_user(self.finance).action_close()
        line = settlement.line_ids.filtered("difference")
        with self.assertRaisesRegex(UserError, "closed"):
            line.with_user(self.finance).write({"explanation": "other"})
        with self.assertRaisesRegex(UserError, "closed"):
            settlement.with_user(self.finance).action_refresh()
        before = settlement.closing_held
        self.assertFalse(settlement.late_amount)
        move = self.su_env["account.move"].create(
            {
                "journal_id": self.company.dealer_insurance_journal_id.id,
                "date": "2026-09-28",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": account.id,
                            "partner_id": self.insurer.id,
                            "balance": balance,
                        },
                    )
                    for account, balance in (
                        (self.company.dealer_premium_payable_account_id, -55),
                        (self.company.dealer_refund_payable_account_id, 55),
                    )
                ],
            }
        )
        move.action_post()
        self.assertEqual(settlement.late_amount, 55)
        self.assertEqual(settlement.closing_held, before)
        self.assertEqual(settlement.activity_ids.user_id, self.finance)
        self.assertIn("55.00", settlement.activity_ids.summary)
        # reopened by both, and by nobody alone
        reopen = settlement.with_user(self.finance).action_reopen
        self.assertEqual(self._codes(reopen), ["G-S5"])
        settlement.with_user(self.finance)._waive("G-S5", "reopen", "late entry")
        self.assertEqual(self._codes(reopen), ["G-S5"])
        settlement.with_user(self.manager)._waive("G-S5", "reopen", "late entry")
        reopen()
        self.assertEqual(settlement.state, "printed")
        self.assertFalse(settlement.activity_ids)
        # set back: the books are as they were
        settlement.with_user(self.finance).action_refresh()
        self.assertEqual(settlement.book_difference, 55)
        move.button_draft()
        settlement.with_user(self.finance).action_refresh()
        self.assertTrue(settlement.agrees)

    def test_cron(self):
        self._september()
        Settlement = self.su_env["dealer.settlement"]
        cron = self.su_env.ref("dealer_insurance.ir_cron_settlement_create")
        with self.enter_registry_test_mode(), freeze_time("2026-10-01 00:30:00"):
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        lists = Settlement.search([("insurer_id", "=", self.insurer.id)])
        self.assertEqual(lists.date_from, MONTH)
        self.assertEqual(len(lists), 1)

    def test_rights(self):
        settlement = self._signed()
        for user, name in (
            (self.cashier, "action_sign_clerk"),
            (self.clerk, "action_sign_cashier"),
            (self.clerk, "action_close"),
            (self.cashier, "action_close"),
            (self.manager, "action_close"),
            (self.consultant, "action_print"),
            (self.clerk, "action_reopen"),
        ):
            with self.assertRaises(AccessError):
                getattr(settlement.with_user(user), name)()
        for vals in (
            {"closing_held": 0},
            {"state": "closed"},
            {"closed_at": fields.Datetime.now()},
            {"late_amount": 0.01},
        ):
            with self.assertRaises(UserError):
                settlement.with_user(self.finance).write(vals)
        line = settlement.line_ids[:1]
        for user in (self.finance, self.clerk):
            with self.assertRaises(UserError):
                line.with_user(user).write({"difference": 0.01})
        with self.assertRaises(UserError):
            settlement.sudo().unlink()
        with self.assertRaises(UserError):
            settlement.sudo().print_ids.unlink()
        with self.assertRaises(UserError):
            settlement.sudo().signature_ids.write({"reason": "x"})
        other = self._create_company(name="other store")
        with self.assertRaises(AccessError):
            settlement.with_user(self._user("finance", other)).read(["closing_held"])

    def test_print_is_counted(self):
        self._september()
        settlement = self._list()
        action = settlement.with_user(self.clerk).action_print()
        Report = self.env["report.dealer_insurance.report_settlement"]
        values = Report.with_user(self.clerk)._get_report_values(
            settlement.ids, action["data"]
        )
        self.assertEqual(values["prints"][settlement].number, 1)
        with self.assertRaisesRegex(UserError, "counted"):
            Report.with_user(self.clerk)._get_report_values(settlement.ids, {})
        report = self.env["ir.actions.report"].with_user(self.clerk)
        # the browser sends the data of the action and no ids beside them
        for ids in (settlement.ids, None):
            html = report._render_qweb_html(
                "dealer_insurance.report_settlement", ids, data=action["data"]
            )[0]
            self.assertIn(b"5,870.00", html)

    def test_direct_rows(self):
        row = self._requested(channel="direct")
        day = self.env.company._dealer_today() - timedelta(days=1)
        self._issue(row, day)
        settlement = self._list(fields.Date.start_of(day, "month"))
        line = settlement.line_ids.filtered(lambda li: li.underwriting_id == row)
        self.assertEqual((line.method, line.difference), ("direct", TOTAL))
        self.su_env["dealer.direct.payment"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "receipt_no": "R",
                    "payment_date": day,
                    "amount": TOTAL,
                    "payer_id": self.customer.id,
                }
            ]
        )
        settlement.action_refresh()
        line = settlement.line_ids.filtered(lambda li: li.underwriting_id == row)
        self.assertEqual((line.remitted, line.difference), (TOTAL, 0))
        self.assertEqual(settlement.collected, 0)
        self.assertTrue(settlement.agrees)
