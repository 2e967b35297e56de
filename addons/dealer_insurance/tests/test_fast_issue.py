from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install")
class TestFastIssue(QuoteCommon):
    """From the accepted quote to the printed sheet in two dialogs (S76)."""

    def setUp(self):
        super().setUp()
        late = self.env.ref("dealer_base.document_type_n07")
        late |= self.env.ref("dealer_base.document_type_n08")
        late.sudo().is_from_issue = True

    def _wizard(self, action):
        self.assertEqual(action["res_model"], "dealer.fast.issue")
        return (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )

    def _proposal(self, quote=None):
        quote = quote or self._accepted()
        return self._wizard(quote.action_fast_issue())

    def _number(self, wizard):
        for index, line in enumerate(wizard.policy_ids):
            line.policy_no = f"PDFAST{wizard.underwriting_id.id}{index}"

    def _proof(self):
        return (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create({"name": "receipt.png", "raw": b"proof"})
        )

    def test_three_screens(self):
        quote = self._accepted()
        screens = ["quote"]
        first = self._proposal(quote)
        screens.append("proposal")
        self.assertEqual(first.policy_ids.mapped("product"), ["ctpl", "commercial"])
        self.assertAlmostEqual(first.amount_due, 4272.71)
        first.policy_ids[0].proposal_no = "TDZA1"
        first.action_receive_all()
        second = self._wizard(first.action_propose())
        screens.append("issue")
        row = quote.underwriting_ids
        self.assertEqual(row.state, "awaiting_payment")
        self.assertEqual(row.policy_ids.mapped("proposal_no"), ["TDZA1", False])
        # a scan of a policy cannot be there before the policy
        self.assertTrue(all(row.missing_document_ids.type_id.mapped("is_from_issue")))
        starts = second.policy_ids.mapped("date_start")
        self.assertEqual(len(set(starts)), 1)
        self.assertGreater(starts[0], fields.Datetime.now())
        self.assertLessEqual(starts[0] - fields.Datetime.now(), timedelta(days=1))
        end = second.policy_ids[0].date_end
        self.assertEqual(
            fields.Datetime.add(starts[0], years=1) - end, timedelta(seconds=1)
        )
        self._number(second)
        second.write(
            {
                "receipt_no": "R-77",
                "attachment_ids": [Command.set(self._proof().ids)],
            }
        )
        action = second.action_issue()
        self.assertEqual(action["report_name"], "dealer_insurance.report_policy_sheet")
        self.assertEqual(row.state, "issued")
        self.assertTrue(row.ledger_no)
        self.assertEqual(row.direct_payment_ids.receipt_no, "R-77")
        self.assertLessEqual(len(screens), 3)

    def test_sheet(self):
        row = self._to("issued")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("dealer_insurance.report_policy_sheet", row.ids)[0]
            .decode()
        )
        for text in (row.ledger_no, row.policy_ids[0].policy_no, "5,870.00"):
            self.assertIn(text, html)

    # ---------------------------------------------------------------- Guards
    def test_notices_are_not_ticked_for_the_clerk(self):
        """G-P1: what the customer must sign lies before the clerk, or he stops."""
        quote = self._accepted()
        first = self._proposal(quote)
        notices = first.document_ids.filtered("type_id.is_notice")
        self.assertTrue(notices)
        self.assertFalse(any(notices.mapped("is_received")))
        others = (
            first.document_ids.filtered(lambda d: d.requirement == "must") - notices
        )
        late = others.filtered("type_id.is_from_issue")
        self.assertTrue(all((others - late).mapped("is_received")))
        self.assertFalse(any(late.mapped("is_received")))
        with self.assertRaises(GuardError) as caught, self.env.cr.savepoint():
            first.action_propose()
        self.assertEqual(caught.exception.codes, ["G-P1"])
        self.env.invalidate_all()
        # nothing of the dialog stays
        self.assertEqual(quote.state, "accepted")
        self.assertFalse(quote.underwriting_ids)

    def test_signature_by_link_counts_for_the_notices(self):
        quote = self._accepted()
        quote._write_protected({"accept_channel": "portal"})
        first = self._proposal(quote)
        notices = first.document_ids.filtered("type_id.is_notice")
        self.assertTrue(all(notices.mapped("is_received")))

    def test_no_policy_before_the_premium(self):
        first = self._proposal()
        first.action_receive_all()
        second = self._wizard(first.action_propose())
        self._number(second)
        with self.assertRaises(GuardError) as caught, self.env.cr.savepoint():
            second.action_issue()
        self.assertIn("G-P3", caught.exception.codes)
        self.assertEqual(second.underwriting_id.state, "awaiting_payment")

    def test_receipt_needs_its_proof(self):
        first = self._proposal()
        first.action_receive_all()
        second = self._wizard(first.action_propose())
        self._number(second)
        second.receipt_no = "R-1"
        with self.assertRaisesRegex(UserError, "Attach the receipt"):
            second.action_issue()

    def test_numbers_are_needed(self):
        first = self._proposal()
        first.action_receive_all()
        second = self._wizard(first.action_propose())
        self._confirm_money(second.underwriting_id)
        with self.assertRaises(GuardError) as caught, self.env.cr.savepoint():
            second.action_issue()
        self.assertEqual(set(caught.exception.codes), {"G-F1"})

    def test_insurer_still_looks_at_it(self):
        first = self._proposal()
        first.action_receive_all()
        first.is_underwritten = False
        action = first.action_propose()
        self.assertEqual(action["res_model"], "dealer.underwriting")
        row = first.underwriting_id
        self.assertEqual(row.state, "proposed")
        with self.assertRaises(UserError):
            # not accepted by the insurer: the second dialog asks for no money
            row.action_fast_issue() and row._check_guards("request_payment")

    def test_renewal_follows_the_running_policy(self):
        vehicle = self._vehicle(displacement_l=1.6, seats=5)
        old = self._to("issued", vehicle=vehicle)
        end = max(old.policy_ids.mapped("date_end"))
        quote = self._accepted(
            vehicle=vehicle,
            business_type="new_to_renewal",
            options=[self._option_vals(vehicle_tax=360.0)],
        )
        first = self._proposal(quote)
        first.action_receive_all()
        second = self._wizard(first.action_propose())
        self.assertEqual(
            set(second.policy_ids.mapped("date_start")), {end + timedelta(seconds=1)}
        )

    # ------------------------------------------------------------------ Time
    def test_minutes(self):
        quote = self._accepted()
        quote._write_protected(
            {"accepted_at": fields.Datetime.now() - timedelta(minutes=45)}
        )
        quote.action_create_underwriting()
        row = quote.underwriting_ids
        self.assertEqual(row.minutes_to_issue, 0)
        row._write_protected({"issued_at": fields.Datetime.now()})
        self.assertAlmostEqual(row.minutes_to_issue, 45, delta=0.5)
        self.assertTrue(row.issue_over_sla)
        self.company.sudo().dealer_issue_minutes = 60
        quick = self._accepted()
        quick.action_create_underwriting()
        quick.underwriting_ids._write_protected(
            {"issued_at": fields.Datetime.now() + timedelta(minutes=20)}
        )
        self.assertFalse(quick.underwriting_ids.issue_over_sla)

    def test_median_is_not_the_average(self):
        """10, 20 and 120 minutes: average 50, median 20."""
        for minutes in (10, 20, 120):
            quote = self._accepted()
            quote.action_create_underwriting()
            quote.underwriting_ids._write_protected(
                {"issued_at": quote.accepted_at + timedelta(minutes=minutes)}
            )
        [(average, median, in_time)] = self.env["dealer.issue.time"]._read_group(
            [("company_id", "=", self.company.id)],
            [],
            ["minutes:avg", "minutes_median:avg", "in_time_rate:avg"],
        )
        self.assertAlmostEqual(average, 50)
        self.assertAlmostEqual(median, 20)
        self.assertAlmostEqual(in_time, 2 / 3)

    # ---------------------------------------------------------------- Rights
    def test_wrong_posts(self):
        quote = self._accepted()
        for post in ("sales_consultant", "cashier", "uw_leader", "renewal_agent"):
            env = self.env(user=self.users[post])
            with mute_logger("odoo.orm.models"), self.assertRaises(AccessError):
                call_kw(env["dealer.quote"], "action_fast_issue", [quote.ids], {})
        first = self._proposal(quote)
        for user in (self.users["renewal_agent"], self.manager):
            with mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models"):
                with self.assertRaises(AccessError):
                    first.with_user(user).action_propose()
        draft = self._quote()
        with self.assertRaises(UserError):
            draft.action_fast_issue()
