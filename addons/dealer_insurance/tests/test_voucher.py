"""Blank forms, stickers and stock counts (S77): nothing kept for others gets lost."""

import io
from datetime import timedelta

from freezegun import freeze_time
from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from ..wizard.voucher_act import serial_range
from .underwriting_common import UnderwritingCommon


class VoucherCommon(UnderwritingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sticker = cls.env.ref("dealer_insurance.voucher_type_sticker")

    def _receive(self, count, first="S0098", user=None, **vals):
        wizard = (
            self.env["dealer.voucher.receive"]
            .with_user(user or self.clerk)
            .create(
                {
                    "company_id": self.company.id,
                    "insurer_id": self.insurer.id,
                    "type_id": self.sticker.id,
                    "first_serial": first,
                    "count": count,
                    "place": "Safe 1",
                    **vals,
                }
            )
        )
        action = wizard.action_confirm()
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return self.env["dealer.voucher"].with_user(self.clerk).search(domain)


@tagged("post_install", "-at_install")
class TestVoucher(VoucherCommon):
    def test_serials_count_up_and_keep_their_zeros(self):
        self.assertEqual(serial_range("S0098", 3), ["S0098", "S0099", "S0100"])
        self.assertEqual(serial_range("44A009B", 2), ["44A009B", "44A010B"])
        self.assertEqual(serial_range("99", 2), ["99", "100"])
        self.assertEqual(serial_range("ABC", 2), [])
        self.assertEqual(serial_range("", 2), [])
        self.assertEqual(serial_range("1", 0), [])

    def test_receive_fifty_then_the_same_range_is_refused(self):
        vouchers = self._receive(50)
        self.assertEqual(len(vouchers), 50)
        self.assertEqual(set(vouchers.mapped("state")), {"stock"})
        with self.assertRaisesRegex(UserError, "S0147"):
            self._receive(3, first="S0147")
        self.assertEqual(self.env["dealer.voucher"].search_count([]), 50)

    def test_life_of_a_sticker(self):
        voucher = self._receive(1)
        policy = self._to("issued").policy_ids.filtered(lambda p: p.product == "ctpl")
        voucher._move("hand_out", holder=self.clerk)
        self.assertEqual((voucher.state, voucher.holder_id), ("held", self.clerk))
        voucher._move("use", policy=policy)
        self.assertEqual((voucher.state, voucher.policy_id), ("used", policy))
        self.assertFalse(voucher.holder_id)
        with self.assertRaises(GuardError):
            voucher._move("use", policy=policy)
        # Spoilt at printing: the number stays with its policy and its reason.
        with self.assertRaisesRegex(GuardError, "why"):
            voucher._move("void")
        voucher._move("void", reason="misprint")
        self.assertEqual((voucher.state, voucher.policy_id), ("void", policy))
        voucher._move("return")
        self.assertEqual(voucher.state, "returned")
        with self.assertRaises(GuardError):
            voucher._move("take_back")
        self.assertEqual(
            voucher.move_ids.sorted("id").mapped("kind"),
            ["receive", "hand_out", "use", "void", "return"],
        )

    def test_use_only_for_a_fitting_policy(self):
        voucher = self._receive(1)
        row = self._to("issued")
        ctpl = row.policy_ids.filtered(lambda p: p.product == "ctpl")
        with self.assertRaisesRegex(GuardError, "not used for this product"):
            voucher._move("use", policy=row.policy_ids - ctpl)
        draft = self._create().policy_ids.filtered(lambda p: p.product == "ctpl")
        with self.assertRaisesRegex(GuardError, "not issued"):
            voucher._move("use", policy=draft)
        other = self._insurer("Insurer Two", "TTWO")
        foreign = self._receive(1, first="X1", insurer_id=other.id)
        with self.assertRaisesRegex(GuardError, "Insurer Two"):
            foreign._move("use", policy=ctpl)
        voucher._move("use", policy=ctpl)
        self.assertEqual(voucher.state, "used")

    def test_all_or_none(self):
        vouchers = self._receive(3)
        vouchers[0]._move("hand_out", holder=self.clerk)
        with self.assertRaises(GuardError):
            vouchers._move("hand_out", holder=self.clerk)
        self.assertEqual(vouchers.mapped("state"), ["held", "stock", "stock"])

    def test_loss_is_declared_by_a_leader(self):
        voucher = self._receive(1)
        with self.assertRaises(AccessError):
            voucher._move("lost", reason="gone")
        leader = voucher.with_user(self.users["uw_leader"])
        leader._move("lost", reason="gone")
        self.assertEqual(voucher.state, "lost")
        leader._move("found", reason="behind the safe")
        self.assertEqual(voucher.state, "stock")

    def test_wrong_posts_and_other_store(self):
        vouchers = self._receive(2)
        for post in ("cashier", "sales_consultant"):
            with self.assertRaises(AccessError):
                vouchers.with_user(self.users[post]).read(["name"])
        with self.assertRaises(AccessError):
            vouchers.with_user(self.users["finance"])._move("return")
        with self.assertRaises(UserError):
            vouchers.write({"state": "returned"})
        with self.assertRaises(UserError):
            self.env["dealer.voucher"].with_user(self.clerk).create(
                {"name": "X", "type_id": self.sticker.id, "insurer_id": self.insurer.id}
            )
        foreign = self._user("policy_clerk", self.company_2)
        self.assertFalse(
            self.env["dealer.voucher"].with_user(foreign).search([]) & vouchers
        )

    def test_low_stock_reminds_once(self):
        self.sticker.with_env(self.su_env).low_stock = 5
        self.company.with_env(self.su_env).dealer_alert_user_id = self.manager
        self._receive(5)
        Voucher = self.su_env["dealer.voucher"]
        Voucher._remind_low_stock(self.company)
        self.assertFalse(self.agreement.activity_ids)
        self.env["dealer.voucher"].search([], limit=1).with_user(self.clerk)._move(
            "void", reason="torn"
        )
        Voucher._remind_low_stock(self.company)
        Voucher._remind_low_stock(self.company)
        self.assertEqual(len(self.agreement.activity_ids), 1)
        self.assertEqual(self.agreement.activity_ids.user_id, self.manager)


@tagged("post_install", "-at_install")
class TestCustodyCount(VoucherCommon):
    def _count(self, user=None, **vals):
        return (
            self.env["dealer.custody.count"]
            .with_user(user or self.clerk)
            .create({"company_id": self.company.id, **vals})
        )

    def _keep(self, number):
        rows = self._to("issued", number)
        rows.with_user(self.cashier).action_sign()
        rows.action_take_custody("Safe 1", "A1")
        return rows

    def test_count_lists_what_should_be_there(self):
        rows = self._keep(3)
        rows[0].action_lend("Claims desk", "claim")
        count = self._count()
        count.action_start()
        self.assertEqual(
            set(count.line_ids.mapped("name")), set(rows[1:].mapped("ledger_no"))
        )
        self.assertEqual((count.expected_count, count.open_count), (2, 2))

    def test_difference_needs_words_and_a_second_person(self):
        self._keep(2)
        count = self._count()
        count.action_start()
        with self.assertRaises(GuardError) as caught:
            count.with_user(self.manager).action_confirm()
        self.assertEqual(caught.exception.codes, ["G-Z1"])
        count.line_ids[0].action_missing()
        count.action_all_found()
        self.assertEqual((count.found_count, count.difference_count), (1, 1))
        with self.assertRaises(GuardError) as caught:
            count.action_confirm()
        self.assertEqual(set(caught.exception.codes), {"G-Z1", "G-Z2"})
        count.line_ids[0].note = "at the claims desk"
        count.with_user(self.users["finance"]).action_confirm()
        self.assertEqual(count.state, "done")
        self.assertEqual(count.confirmed_by_id, self.users["finance"])
        with self.assertRaises(UserError):
            count.line_ids[0].note = "changed"
        with self.assertRaises(UserError):
            count.line_ids[0].with_user(self.clerk).unlink()

    def test_found_beyond_the_list_is_a_difference(self):
        self._receive(2)
        count = self._count(kind="voucher")
        count.action_start()
        count.action_all_found()
        count.write({"line_ids": []})
        line = (
            self.env["dealer.custody.count.line"]
            .with_user(self.clerk)
            .create({"count_id": count.id, "name": "S9999", "found": "found"})
        )
        self.assertTrue(line.is_difference)
        self.assertEqual(count.difference_count, 1)
        with self.assertRaises(UserError):
            (count.line_ids - line)[0].unlink()
        line.unlink()
        self.assertEqual(count.difference_count, 0)

    def test_one_count_at_a_time_and_no_change_of_the_list(self):
        count = self._count()
        count.action_start()
        with self.assertRaises(UserError):
            count.place = "Safe 2"
        with self.assertRaises(UserError):
            count.unlink()
        with self.assertRaises(UserError):
            count.write({"state": "done"})

    def test_lent_papers_come_back_or_somebody_is_reminded(self):
        rows = self._keep(2)
        rows.action_lend("Claims desk", "claim")
        custody = rows.custody_id
        self.assertEqual(set(custody.mapped("borrower_name")), {"Claims desk"})
        rows[1].action_return_custody()
        Custody = self.su_env["dealer.custody"]
        self.assertFalse(Custody.search([("is_overdue", "=", True)]) & custody)
        with freeze_time(fields.Datetime.now() + timedelta(days=8)):
            late = Custody.search([("is_overdue", "=", True)])
            self.assertEqual(late & custody, rows[0].custody_id)
            for _run in range(2):
                Custody._cron_remind_lent()
        self.assertEqual(len(rows[0].custody_id.activity_ids), 1)
        self.assertFalse(rows[1].custody_id.activity_ids)


@tagged("post_install", "-at_install")
class TestCountPrint(VoucherCommon, HttpCase):
    def test_two_counts_are_printed_together(self):
        """Several records in one file: the pages of each are told apart."""
        counts = (
            self.env["dealer.custody.count"]
            .with_user(self.clerk)
            .create(
                [{"company_id": self.company.id, "place": f"Safe {n}"} for n in (1, 2)]
            )
        )
        counts.action_start()
        report = self.env["ir.actions.report"].with_user(self.clerk)
        pdf, _kind = report.with_context(force_report_rendering=True)._render_qweb_pdf(
            "dealer_insurance.action_report_custody_count", counts.ids
        )
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreaterEqual(len(PdfReader(io.BytesIO(pdf)).pages), 2)
