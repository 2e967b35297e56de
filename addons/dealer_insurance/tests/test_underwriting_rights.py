from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged

from .underwriting_common import UnderwritingCommon

# Who may press which button; everybody else is refused (domain.md §9.1).
ALLOWED = {
    "action_propose": {"policy_clerk", "insurance_manager"},
    "action_underwrite": {"policy_clerk", "insurance_manager"},
    "action_request_payment": {"policy_clerk", "insurance_manager"},
    "action_back_to_draft": {"policy_clerk", "insurance_manager"},
    "action_issue": {"policy_clerk", "insurance_manager"},
    "action_sign": {"cashier"},
    "action_reverse_signature": {"cashier"},
    "action_take_custody": {"policy_clerk", "insurance_manager"},
    "action_deliver": {"policy_clerk", "insurance_manager"},
    "action_lend": {"policy_clerk", "insurance_manager"},
    "action_return_custody": {"policy_clerk", "insurance_manager"},
    "action_withdraw_custody": {"policy_clerk", "insurance_manager"},
    "action_push_epolicy": {"policy_clerk", "insurance_manager"},
    "action_take_back": {"insurance_manager"},
    "action_void": {"insurance_manager"},
}


@tagged("post_install", "-at_install")
class TestUnderwritingRights(UnderwritingCommon):
    """Calls as they come over RPC, with the login of each post."""

    def _call(self, post, model, method, *args, **kwargs):
        records = self.env[model].with_user(self.users[post])
        return call_kw(records, method, list(args), kwargs)

    def test_every_button_as_the_wrong_post(self):
        row = self._to("issued")
        for method, allowed in ALLOWED.items():
            for post in self.users:
                if post in allowed:
                    continue
                with self.subTest(method=method, post=post):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        self._call(post, "dealer.underwriting", method, row.ids)

    def test_private_doors_are_closed(self):
        rows = self.env["dealer.underwriting"].with_user(self.manager)
        for name in (
            "_write_protected",
            "_create_protected",
            "_create_historical",
            "_assign_ledger_numbers",
            "_reopen_signature",
            "_append_signatures",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                get_public_method(rows, name)

    def test_forged_context(self):
        row = self._create()
        for context in (
            {"dealer_protected_door": True},
            {"dealer_protected_door": "object"},
            {"default_state": "delivered"},
        ):
            with self.assertRaises(UserError):
                self._call(
                    "policy_clerk",
                    "dealer.underwriting",
                    "write",
                    row.ids,
                    {"state": "delivered"},
                    context=context,
                )
        with self.assertRaises(UserError):
            self._call(
                "cashier",
                "dealer.cashier.signature",
                "create",
                [{"underwriting_id": row.id, "kind": "sign"}],
                context={"dealer_append": True},
            )

    def test_direct_writes_are_refused(self):
        row = self._to("issued")
        for post in ("policy_clerk", "insurance_manager"):
            for vals in (
                {"ledger_no": "X"},
                {"delivered_at": "2026-01-01 00:00:00"},
                {"custody_id": False},
                {"signature_ids": [(5,)]},
                {"policy_ids": [(1, row.policy_ids[0].id, {"premium": 1.0})]},
                {"policy_ids": [(0, 0, {"product": "other", "premium": 1.0})]},
                {"policy_ids": [(2, row.policy_ids[0].id)]},
                {"vehicle_id": False},
            ):
                with self.subTest(post=post, vals=vals):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        self._call(post, row._name, "write", row.ids, vals)

    def test_paper_ledger_is_closed_too(self):
        """A row taken over knows its issue only; its terms are fixed all the same."""
        row = self.su_env["dealer.underwriting"]._create_protected(
            [
                {
                    "company_id": self.company.id,
                    "insurer_id": self.insurer.id,
                    "applicant_id": self.applicant.id,
                    "vehicle_id": self._vehicle().id,
                    "issued_at": "2026-01-05 02:00:00",
                    "is_historical": True,
                }
            ]
        )
        self.su_env["dealer.policy"]._create_protected(
            [{"underwriting_id": row.id, "product": "ctpl", "premium": 950.0}]
        )
        for vals in (
            {"vehicle_id": False},
            {"applicant_id": False},
            {"policy_ids": [(1, row.policy_ids.id, {"premium": 1.0})]},
            {"policy_ids": [(1, row.policy_ids.id, {"policy_no": "X1"})]},
            {"policy_ids": [(0, 0, {"product": "other"})]},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._call("policy_clerk", row._name, "write", row.ids, vals)

    def test_nobody_deletes(self):
        row = self._create()
        for post in self.users:
            with self.subTest(post), self.assertRaises(AccessError):
                self._call(post, row._name, "unlink", row.ids)

    def test_cashier_reads_and_signs_only(self):
        row = self._to("paid")
        self._call("cashier", row._name, "read", row.ids, ["ledger_no", "amount_due"])
        with self.assertRaises(AccessError):
            self._call("cashier", row._name, "write", row.ids, {"note": "x"})
        with self.assertRaises(AccessError):
            self._call("cashier", row._name, "create", [self._vals()])
        self._call("cashier", row._name, "action_sign", row.ids)
        self.assertTrue(row.cashier_signed)

    def test_consultant_sees_his_customers(self):
        mine = self._to("issued")
        other_consultant = self._staff(self._user("sales_consultant", login="uw_sc2"))
        theirs = self._to("issued", consultant_id=other_consultant.id)
        rows = self.env["dealer.underwriting"].with_user(self.users["sales_consultant"])
        self.assertEqual(rows.search([]), mine)
        self.assertEqual(rows.env["dealer.policy"].search([]), mine.policy_ids)
        with self.assertRaises(AccessError):
            self._call("sales_consultant", rows._name, "read", theirs.ids, ["vin"])
        with self.assertRaises(AccessError):
            self._call(
                "sales_consultant", rows._name, "read", mine.ids, ["expected_fee"]
            )
        with self.assertRaises(AccessError):
            self._call(
                "sales_consultant",
                "dealer.policy",
                "read",
                mine.policy_ids.ids,
                ["fee_rate"],
            )
        with self.assertRaises(AccessError):
            self._call("sales_consultant", rows._name, "create", [self._vals()])

    def test_readers_read_only(self):
        row = self._to("issued")
        for post in ("renewal_agent", "store_manager", "finance", "hotline_agent"):
            self._call(post, row._name, "read", row.ids, ["ledger_no"])
            with self.subTest(post), self.assertRaises(AccessError):
                self._call(post, row._name, "write", row.ids, {"note": "x"})

    def test_numbers_after_the_issue(self):
        """A manager corrects a typed number; a clerk does not."""
        row = self._to("issued")
        policy = row.policy_ids[0]
        with self.assertRaises(UserError):
            self._call(
                "policy_clerk", policy._name, "write", policy.ids, {"policy_no": "N1"}
            )
        self._call(
            "insurance_manager", policy._name, "write", policy.ids, {"policy_no": "n 1"}
        )
        self.assertEqual(policy.policy_no, "N1")

    def test_business_type_after_the_issue(self):
        row = self._to("issued")
        vals = {"business_type": "first_time"}
        with self.assertRaises(UserError):
            self._call("policy_clerk", row._name, "write", row.ids, vals)
        self._call("insurance_manager", row._name, "write", row.ids, vals)
        self.assertEqual(row.business_type, "first_time")

    def test_custody_is_moved_by_buttons_only(self):
        row = self._to("issued")
        row.action_take_custody("Safe")
        for post in ("policy_clerk", "insurance_manager"):
            with self.subTest(post), self.assertRaises(UserError):
                self._call(
                    post,
                    "dealer.custody.move",
                    "create",
                    [{"custody_id": row.custody_id.id, "kind": "out"}],
                )
            with self.subTest(post), self.assertRaises(UserError):
                self._call(
                    post,
                    "dealer.custody",
                    "write",
                    row.custody_id.ids,
                    {"state": "out"},
                )
