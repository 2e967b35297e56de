from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.agreement import DealerAgreement
from ..models.guard_mixin import GuardError, Violation
from .common import DealerBaseCommon


@tagged("post_install", "-at_install")
class TestGuard(DealerBaseCommon):
    """An agreement stands in for any document with guards.

    Its activation is stopped by G-TEST1 (never waived), G-TEST2 (one post) or G-TEST3
    (manager and finance together), as ``self.open`` says.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Guard = cls.env["dealer.guard"]
        group = cls.env.ref
        cls.group_manager = group("dealer_base.group_insurance_manager")
        cls.group_finance = group("dealer_base.group_finance")
        cls.guards = Guard.create(
            [
                {
                    "code": "G-TEST1",
                    "name": "Never",
                    "next_step": "Do the first thing.",
                },
                {
                    "code": "G-TEST2",
                    "name": "One",
                    "waiver_mode": "one",
                    "waiver_group_ids": [Command.set(cls.group_manager.ids)],
                },
                {
                    "code": "G-TEST3",
                    "name": "Joint",
                    "next_step": "Collect the rest.",
                    "waiver_mode": "joint",
                    "waiver_group_ids": [
                        Command.set((cls.group_manager | cls.group_finance).ids)
                    ],
                },
            ]
        )
        cls.reason_code = cls.env.ref("dealer_base.reason_wv_01")
        cls.finance = cls.posts["finance"]
        cls.agreement = cls._new_agreement()

    def setUp(self):
        super().setUp()
        self.open = {}
        self.fact = ""
        case = self

        def guard_activate(records):
            return [
                Violation(code, record, reason, case.fact)
                for record in records
                for code, reason in case.open.items()
            ]

        self.startPatcher(
            patch.object(DealerAgreement, "_guard_activate", guard_activate)
        )

    def waive(self, user, code, reason="Seen and allowed"):
        agreement = self.agreement.with_user(user)
        return agreement._waive(code, "activate", reason, self.reason_code)

    def assertGuards(self, *codes):
        with self.assertRaises(GuardError) as error:
            self.agreement.with_user(self.manager).action_activate()
        self.assertEqual(error.exception.codes, list(codes))
        return str(error.exception)

    # --------------------------------------------------------- refuse, pass
    def test_passes_when_nothing_is_open(self):
        self.rpc(
            self.manager, "dealer.agreement", "action_activate", self.agreement.ids
        )
        self.assertEqual(self.agreement.state, "active")

    def test_refusal_names_everything_at_once(self):
        other = self._new_agreement(name="AG-2", date_from="2027-01-01")
        self.open = {"G-TEST1": "first reason", "G-TEST3": "second reason"}
        both = (self.agreement | other).with_user(self.manager)
        with self.assertRaises(GuardError) as error:
            both.action_activate()
        self.assertEqual(len(error.exception.violations), 4)
        lines = str(error.exception).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertEqual(
            lines[0], "[G-TEST1] AG-1: first reason. Next: Do the first thing."
        )
        self.assertIn("[G-TEST3] AG-2: second reason.", lines[3])
        self.assertIn("Next: Collect the rest.", lines[3])
        self.assertIn("May allow it:", lines[3])
        self.assertIn("Finance", lines[3])
        self.assertEqual(set((self.agreement | other).mapped("state")), {"draft"})

    def test_unknown_guard_refuses_too(self):
        self.open = {"G-NEW": "nobody described it"}
        self.assertIn("[G-NEW] AG-1: nobody described it.", self.assertGuards("G-NEW"))

    # --------------------------------------------------------------- waivers
    def test_guard_that_is_never_waived(self):
        self.open = {"G-TEST1": "no"}
        with self.assertRefused(UserError, "cannot be waived"):
            self.waive(self.manager, "G-TEST1")

    def test_waiver_of_one_post(self):
        self.open = {"G-TEST2": "no"}
        with self.assertRaises(AccessError):
            self.waive(self.clerk, "G-TEST2")
        line = self.waive(self.manager, "G-TEST2").sudo()
        self.assertEqual(line.user_id, self.manager)
        self.assertEqual(line.role_group_id, self.group_manager)
        self.assertEqual(line.company_id, self.company_a)
        self.assertEqual(line.record_name, "AG-1")
        self.agreement.with_user(self.manager).action_activate()
        self.assertEqual(self.agreement.state, "active")

    def test_waiver_covers_its_record_and_transition_only(self):
        self.open = {"G-TEST2": "no"}
        other = self._new_agreement(name="AG-2", date_from="2027-01-01")
        self.waive(self.manager, "G-TEST2")
        self.assertFalse(self.agreement._open_violations("activate"))
        self.assertEqual(len(other._open_violations("activate")), 1)
        signatures = self.agreement._guard_signatures("end")
        self.assertFalse(signatures)

    def test_waiver_ends_when_the_facts_change(self):
        self.open = {"G-TEST2": "500.00 is open"}
        self.fact = "500.00"
        self.waive(self.manager, "G-TEST2")
        self.assertFalse(self.agreement._open_violations("activate"))
        self.fact = "5000.00"
        self.assertGuards("G-TEST2")

    def test_joint_waiver_takes_two_people(self):
        self.open = {"G-TEST3": "no"}
        self.waive(self.manager, "G-TEST3")
        self.assertGuards("G-TEST3")
        with self.assertRefused(UserError, "signed the waiver"):
            self.waive(self.manager, "G-TEST3")
        self.waive(self.finance, "G-TEST3")
        self.agreement.with_user(self.manager).action_activate()
        self.assertEqual(self.agreement.state, "active")
        lines = self.env["dealer.override"].search(
            [("res_id", "=", self.agreement.id), ("guard_id.code", "=", "G-TEST3")]
        )
        self.assertEqual(lines.user_id, self.manager | self.finance)
        self.assertEqual(lines.role_group_id, self.group_manager | self.group_finance)

    def test_one_person_with_both_posts_is_still_one_person(self):
        self.open = {"G-TEST3": "no"}
        both = self._new_user(
            "t_both",
            "insurance_manager",
            self.company_a,
            "dealer_base.group_finance",
        )
        self.waive(both, "G-TEST3")
        with self.assertRefused(UserError, "signed the waiver"):
            self.waive(both, "G-TEST3")
        self.assertGuards("G-TEST3")

    def test_waiver_needs_an_open_guard_and_a_reason(self):
        with self.assertRefused(UserError, "nothing to waive"):
            self.waive(self.manager, "G-TEST2")
        self.open = {"G-TEST2": "no"}
        with self.assertRefused(UserError, "Write why"):
            self.waive(self.manager, "G-TEST2", reason="  ")

    def test_waiver_by_hand_over_rpc_is_impossible(self):
        vals = {
            "guard_id": self.guards[1].id,
            "res_model": "dealer.agreement",
            "res_id": self.agreement.id,
            "transition": "activate",
            "role_group_id": self.group_manager.id,
            "user_id": self.manager.id,
            "signed_at": "2026-01-01 00:00:00",
            "reason": "x",
            "company_id": self.company_a.id,
        }
        for user in (self.clerk, self.manager, self.posts["dealer_admin"]):
            with self.assertRaises(UserError):
                self.rpc(user, "dealer.override", "create", [vals])
            for method in ("_sudo_log", "_sudo_signatures"):
                with self.assertRaises(AccessError):
                    self.rpc(user, "dealer.override", method, [vals])
            with self.assertRaises(AccessError):
                self.rpc(
                    user, "dealer.agreement", "_waive", self.agreement.ids, "G-TEST2"
                )
        forged = {"dealer_override_door": True}
        with self.assertRaises(UserError):
            self.env["dealer.override"].with_context(**forged).create([vals])

    def test_log_is_immutable_for_everybody(self):
        self.open = {"G-TEST2": "no"}
        line = self.waive(self.manager, "G-TEST2")
        for record in (line.sudo(), line.with_user(self.posts["dealer_admin"])):
            with self.assertRaises(UserError):
                record.write({"reason": "another"})
            with self.assertRaises(UserError):
                record.unlink()
            with self.assertRaises(UserError):
                record.copy()
        self.assertEqual(line.sudo().reason, "Seen and allowed")

    def test_who_reads_the_log(self):
        self.open = {"G-TEST2": "no"}
        line = self.waive(self.manager, "G-TEST2")
        for post in ("insurance_manager", "finance", "supervisor", "dealer_admin"):
            found = self.env["dealer.override"].with_user(self.posts[post]).search([])
            self.assertIn(line, found.sudo(), post)
        for post in ("policy_clerk", "sales_consultant", "cashier"):
            with self.assertRaises(AccessError):
                self.env["dealer.override"].with_user(self.posts[post]).search([])
        other = self._new_user("t_manager_b", "insurance_manager", self.company_b)
        self.assertFalse(
            self.env["dealer.override"].with_user(other).search([("id", "=", line.id)])
        )

    # ---------------------------------------------------------------- wizard
    def test_wizard_signs_for_the_current_user(self):
        self.open = {"G-TEST1": "never", "G-TEST3": "together"}
        agreement = self.agreement.with_user(self.finance)
        self.assertTrue(agreement.can_waive_guard)
        action = agreement.action_open_waiver()
        wizard = self.env[action["res_model"]].with_user(self.finance)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.line_ids.guard_id.mapped("code"), ["G-TEST3"])
        self.assertTrue(wizard.line_ids.can_sign)
        with self.assertRefused(UserError, "kind of reason"):
            wizard.action_sign()
        wizard.write({"reason_id": self.reason_code.id, "reason": "Transfer seen"})
        wizard.action_sign()
        agreement.invalidate_recordset()
        self.assertFalse(agreement.can_waive_guard)
        html = agreement.open_guard_html
        self.assertIn(self.finance.name, html)
        self.assertIn("Still missing: Insurance Manager", html)

    def test_one_signature_covers_what_one_guard_finds(self):
        def guard_activate(records):
            return [
                Violation("G-TEST2", record, reason, fact)
                for record in records
                for reason, fact in (("first", "1"), ("second", "2"))
            ]

        self.startPatcher(
            patch.object(DealerAgreement, "_guard_activate", guard_activate)
        )
        agreement = self.agreement.with_user(self.manager)
        self.assertIn("first; second", agreement.open_guard_html)
        self.assertEqual(agreement.open_guard_html.count("[G-TEST2]"), 1)
        wizard = self.env["dealer.override.wizard"].with_user(self.manager)
        wizard = wizard.browse(agreement.action_open_waiver()["res_id"])
        self.assertEqual(wizard.line_ids.mapped("reason"), ["first; second"])
        wizard.write({"reason_id": self.reason_code.id, "reason": "Both seen"})
        wizard.action_sign()
        agreement.action_activate()
        self.assertEqual(agreement.state, "active")

    def test_wizard_is_no_way_around_the_posts(self):
        self.open = {"G-TEST3": "together"}
        agreement = self.agreement.with_user(self.clerk)
        self.assertFalse(agreement.can_waive_guard)
        action = agreement.action_open_waiver()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        self.assertFalse(wizard.line_ids.can_sign)
        wizard.write({"reason_id": self.reason_code.id, "reason": "I want it"})
        wizard.line_ids.write({"selected": True, "can_sign": True})
        with self.assertRaises(AccessError):
            wizard.action_sign()

    def test_wizard_asks_no_other_method_than_a_guard(self):
        """A transition typed over RPC must not reach methods that look alike."""
        self.open = {"G-TEST3": "together"}
        action = self.agreement.with_user(self.manager).action_open_waiver()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        wizard = wizard.browse(action["res_id"])
        wizard.write({"reason_id": self.reason_code.id, "reason": "x"})
        for transition in ("transitions", "line", "transition_label", "nothing"):
            wizard.line_ids.write({"transition": transition, "selected": True})
            with self.assertRefused(UserError, "no guarded document"):
                self.rpc(self.manager, wizard._name, "action_sign", wizard.ids)
        with self.assertRaises(AccessError):
            self.rpc(self.finance, wizard._name, "action_sign", wizard.ids)

    # ---------------------------------------------------------------- screen
    def test_form_shows_open_guards_beforehand(self):
        self.assertFalse(self.agreement.open_guard_html)
        self.open = {"G-TEST3": "5 < 7 & so"}
        self.agreement.invalidate_recordset(["open_guard_html"])
        html = self.agreement.open_guard_html
        self.assertIn("[G-TEST3]", html)
        self.assertIn("5 &lt; 7 &amp; so", html)
        self.assertIn("Collect the rest.", html)
        self.startPatcher(
            patch.object(
                DealerAgreement,
                "_guard_transition_label",
                lambda records, name: "Step",
                create=True,
            )
        )
        self.agreement.invalidate_recordset(["open_guard_html"])
        self.assertIn("</b> Step: 5 &lt; 7", self.agreement.open_guard_html)
        self.assertFalse(self.Agreement.new({"name": "x"}).open_guard_html)

    # ------------------------------------------------------ protected fields
    def test_protected_state_is_not_written_directly(self):
        for user in (self.manager, self.posts["dealer_admin"]):
            with self.assertRefused(UserError, "Activate"):
                self.rpc(
                    user,
                    "dealer.agreement",
                    "write",
                    self.agreement.ids,
                    {"state": "active"},
                )
            with self.assertRaises(AccessError):
                self.rpc(
                    user,
                    "dealer.agreement",
                    "_write_protected",
                    self.agreement.ids,
                    {"state": "active"},
                )
        with self.assertRaises(UserError):
            self.agreement.sudo().state = "active"
        forged = self.agreement.with_context(dealer_protected_door=True)
        with self.assertRaises(UserError):
            forged.write({"state": "active"})
        self.assertEqual(self.agreement.state, "draft")

    def test_protected_state_is_not_created_directly(self):
        vals = {
            "name": "AG-9",
            "insurer_id": self.insurer.id,
            "date_from": "2030-01-01",
        }
        with self.assertRaises(UserError):
            self.rpc(
                self.manager,
                "dealer.agreement",
                "create",
                [{**vals, "state": "active"}],
            )
        forged = self.Agreement.with_user(self.manager).with_context(
            default_state="active"
        )
        self.assertEqual(forged.create(vals).state, "draft")
        self.env["ir.default"].sudo().set(
            "dealer.agreement", "state", "active", user_id=self.manager.id
        )
        mine = self.Agreement.with_user(self.manager)
        self.assertEqual(
            mine.create({**vals, "date_from": "2031-01-01"}).state, "draft"
        )
        history = mine._create_protected(
            [{**vals, "date_from": "2032-01-01", "state": "ended"}]
        )
        self.assertEqual(history.state, "ended")
        with self.assertRaises(UserError):
            history.write({"state": "draft"})

    def test_copy_starts_at_the_beginning(self):
        self.agreement.with_user(self.manager).action_activate()
        copied = self.agreement.copy({"name": "AG-3", "date_from": "2029-01-01"})
        self.assertEqual(copied.state, "draft")

    # ----------------------------------------------------------------- batch
    def test_fifty_records_cost_as_much_as_one(self):
        agreements = self.Agreement.create(
            [
                {
                    "name": f"B-{number}",
                    "insurer_id": self.insurer.id,
                    "date_from": f"{2030 + number}-01-01",
                    "date_to": f"{2030 + number}-12-31",
                }
                for number in range(50)
            ]
        )
        self.env["dealer.guard"]._by_code("G-TEST2")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(agreements._open_violations("activate")), 0)
        self.open = {"G-TEST2": "no", "G-TEST3": "no"}
        agreements._open_violations("activate")
        with self.assertQueryCount(1):
            violations = agreements._open_violations("activate")
        self.assertEqual(len(violations), 100)
        agreements.with_user(self.manager)._waive("G-TEST2", "activate", "All of them")
        self.env.flush_all()
        with self.assertQueryCount(2):
            violations = agreements._open_violations("activate")
        self.assertEqual(len(violations), 50)

    def test_guard_settings_make_sense(self):
        with self.assertRefused(UserError, "joint"):
            self.guards[0].write(
                {
                    "waiver_mode": "joint",
                    "waiver_group_ids": [Command.set(self.group_manager.ids)],
                }
            )
        with self.assertRaises(AccessError):
            self.guards.with_user(self.manager).write({"waiver_mode": "none"})
