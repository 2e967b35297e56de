import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestVerification(QuoteCommon):
    """R4: code to the applicant's mobile, shared mobiles, cars of other owners."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.applicant.write({"phone": "139 0000 1111", "is_company": False})

    def setUp(self):
        super().setUp()
        self.company.sudo().dealer_verify_required = True

    def _send(self, row, minutes_ago=0):
        before = self.su_env["sms.sms"].search([])
        line = self.env["dealer.verification"]._sudo_send(row, "payment")
        message = self.su_env["sms.sms"].search([]) - before
        code = re.search(r"(?<!\d)(\d{6})(?!\d)", message.body).group(1)
        if minutes_ago:
            moment = fields.Datetime.now() - timedelta(minutes=minutes_ago)
            line.write({"sent_at": moment})
        return line, code

    def _enter(self, row, code):
        return self.env["dealer.verification"]._sudo_enter(row, "payment", code)

    def _codes(self, row):
        with self.assertRaises(GuardError) as caught, self.env.cr.savepoint():
            row.action_request_payment()
        return caught.exception.codes

    def test_guard(self):
        row = self._to("underwritten")
        self.assertTrue(row.verification_wanted)
        self.assertEqual(self._codes(row), ["G-P7"])
        _line, code = self._send(row)
        self.assertRegex(code, r"^\d{6}$")
        self.assertTrue(self._enter(row, code))
        self.env.invalidate_all()
        self.assertTrue(row.sms_verified_at)
        row.action_request_payment()
        self.assertEqual(row.state, "awaiting_payment")

    def test_off_by_default(self):
        self.assertFalse(self.company_2.dealer_verify_required)
        self.company.sudo().dealer_verify_required = False
        self._to("awaiting_payment")

    def test_wrong_codes_cost_tries(self):
        self.company.sudo().dealer_verify_tries = 2
        row = self._to("underwritten")
        line, code = self._send(row)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        self.assertFalse(self._enter(row, wrong))
        self.assertEqual(line.tries_left, 1)
        self.assertFalse(self._enter(row, wrong))
        self.assertEqual(line.state, "locked")
        self.assertFalse(self._enter(row, code))
        self.assertEqual(self._codes(row), ["G-P7"])

    def test_code_runs_out(self):
        row = self._to("underwritten")
        line, code = self._send(row)
        line.write({"expires_at": fields.Datetime.now() - timedelta(seconds=1)})
        self.assertEqual(line.state, "expired")
        self.assertFalse(self._enter(row, code))

    def test_a_new_code_voids_the_old_one(self):
        row = self._to("underwritten")
        _old, first = self._send(row, minutes_ago=2)
        _new, second = self._send(row)
        if first != second:
            self.assertFalse(self._enter(row, first))
        self.assertTrue(self._enter(row, second))

    def test_rate_limits(self):
        self.company.sudo().dealer_verify_per_hour = 2
        row = self._to("underwritten")
        self._send(row)
        with self.assertRaisesRegex(UserError, "less than a minute"):
            self._send(row)
        row.verification_ids.sudo().write(
            {"sent_at": fields.Datetime.now() - timedelta(minutes=5)}
        )
        self._send(row, minutes_ago=3)
        with self.assertRaisesRegex(UserError, "2 codes"):
            self._send(row)
        # another document of the same phone does not help
        with self.assertRaisesRegex(UserError, "2 codes"):
            self._send(self._to("underwritten"))

    def test_code_of_another_deal_or_phone(self):
        row, other = self._to("underwritten"), self._to("underwritten")
        _line, code = self._send(row)
        self.assertFalse(self._enter(other, code))
        self.applicant.sudo().phone = "13900002222"
        self.assertFalse(self._enter(row, code))
        self.applicant.sudo().phone = "139 0000 1111"
        self.assertTrue(self._enter(row, code))
        self.env.invalidate_all()
        self.assertTrue(row.sms_verified_at)
        # proven was the old number
        self.applicant.sudo().phone = "13900002222"
        self.env.invalidate_all()
        self.assertFalse(row.sms_verified_at)
        self.assertEqual(self._codes(row), ["G-P7"])

    def test_code_is_stored_nowhere(self):
        row = self._to("underwritten")
        line, code = self._send(row)
        stored = line.read(["phone_masked", "code_digest", "phone_digest"])[0]
        self.assertNotIn(code, stored["code_digest"][:0] + stored["phone_masked"])
        self.assertNotEqual(stored["code_digest"], code)
        self.assertEqual(stored["phone_masked"], "139****1111")
        self.assertNotIn(code, "".join(row.message_ids.mapped("body")))
        for user in (self.clerk, self.manager, self.dealer_admin):
            with self.assertRaises(AccessError):
                line.with_user(user).read(["code_digest"])
        message = self.su_env["sms.sms"].search([("uuid", "=", line.sms_uuid)])
        self.assertTrue(message)
        line.write({"expires_at": fields.Datetime.now() - timedelta(minutes=1)})
        self.env["dealer.verification"]._gc_messages()
        self.assertFalse(message.exists())

    def test_no_mobile(self):
        row = self._to("underwritten")
        self.applicant.sudo().phone = "0757-88888888"
        with self.assertRaisesRegex(UserError, "no mobile"):
            self._send(row)

    def test_waiver(self):
        row = self._to("underwritten")
        with self.assertRaises(AccessError):
            row._waive("G-P7", "request_payment", "abroad")
        row.with_user(self.manager)._waive("G-P7", "request_payment", "Phone abroad")
        row.action_request_payment()
        other = self._to("underwritten")
        other.with_user(self.manager)._waive("G-P7", "request_payment", "Phone abroad")
        # the waiver was for this phone
        self.applicant.sudo().phone = "13900003333"
        self.env.invalidate_all()
        self.assertEqual(self._codes(other), ["G-P7"])

    # --------------------------------------------------------------- Dialog
    def test_dialog(self):
        row = self._to("underwritten")
        wizard = (
            self.env["dealer.verification.wizard"]
            .with_user(self.clerk)
            .browse(row.action_verify_phone()["res_id"])
        )
        self.assertFalse(wizard.pending_id)
        before = self.su_env["sms.sms"].search([])
        wizard.action_send()
        message = self.su_env["sms.sms"].search([]) - before
        code = re.search(r"(?<!\d)(\d{6})(?!\d)", message.body).group(1)
        wizard.invalidate_recordset()
        self.assertEqual(wizard.phone_masked, "139****1111")
        with self.assertRaisesRegex(UserError, "Type the code"):
            wizard.action_enter()
        wizard.code = "0" if code != "0" else "1"
        action = wizard.action_enter()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertTrue(wizard.is_wrong)
        wizard.code = f" {code[:3]} {code[3:]} "
        wizard.action_enter()
        self.assertTrue(row.sms_verified_at)

    def test_rights(self):
        row = self._to("underwritten")
        wizard = row.action_verify_phone()
        for post in ("cashier", "sales_consultant", "uw_leader"):
            env = self.env(user=self.users[post])
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                call_kw(
                    env["dealer.underwriting"], "action_verify_phone", [row.ids], {}
                )
            with mute_logger("odoo.orm.models", "odoo.addons.base.models.ir_rule"):
                with self.assertRaises(AccessError):
                    env["dealer.verification.wizard"].browse(
                        wizard["res_id"]
                    ).action_send()
        line, _code = self._send(row)
        for call in (
            lambda: line.with_user(self.manager).write({"verified_at": "2026-01-01"}),
            lambda: line.with_user(self.manager).unlink(),
            lambda: line.with_user(self.manager).copy(),
        ):
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                call()

    # -------------------------------------------- Shared mobiles, other cars
    def _persons(self, count, **vals):
        return self.su_env["res.partner"].create(
            [
                {
                    "name": f"Person {index}",
                    "phone": "13900001111" if index % 2 else "+86 139 0000 1111",
                    "id_type": "passport",
                    "id_number": f"E{7000000 + index}",
                    **vals,
                }
                for index in range(count)
            ]
        )

    def test_shared_mobile(self):
        self.company.sudo().dealer_verify_required = False
        row = self._to("underwritten")
        self._persons(2)
        row.action_request_payment()
        second = self._to("underwritten")
        self._persons(1, id_number="E7999999")
        self.assertEqual(self._codes(second), ["G-P8"])
        second.with_user(self.manager)._waive("G-P8", "request_payment", "One family")
        second.action_request_payment()
        third = self._to("underwritten")
        self.company.sudo().dealer_phone_share_limit = 0
        third.action_request_payment()

    def test_one_person_twice_is_one(self):
        self.company.sudo().dealer_verify_required = False
        self._persons(5, id_number="E7000001")
        self.assertEqual(self.applicant._sudo_phone_sharers()[self.applicant], 2)
        self._to("awaiting_payment")

    def test_cars_of_others(self):
        self.company.sudo().write(
            {"dealer_verify_required": False, "dealer_foreign_car_limit": 2}
        )
        owner = self.su_env["res.partner"].create({"name": "Owner"})
        for _index in range(2):
            self._to("awaiting_payment", owner_id=owner.id)
        third = self._to("underwritten", owner_id=owner.id)
        self.assertEqual(self._codes(third), ["G-P9"])
        # his own cars do not count
        self._to("awaiting_payment")
        third.with_user(self.manager)._waive(
            "G-P9", "request_payment", "Fleet of father"
        )
        third.action_request_payment()
