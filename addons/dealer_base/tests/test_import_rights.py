import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .import_common import ImportCommon
from .import_files import HEADER, vehicle_row, vehicles, xlsx

BAD_VIN = "LGBP32E07SY300247"


class TestImportRights(ImportCommon):
    def vals(self, **vals):
        return {
            "file": base64.b64encode(vehicles()).decode(),
            "file_name": "list.xlsx",
            "kind": "vehicle",
            **vals,
        }

    def test_posts_of_the_kind_only(self):
        for post in ("cashier", "finance", "sales_consultant", "legal_officer"):
            with self.assertRefused(AccessError, "may not import"):
                self.rpc(self.posts[post], "dealer.import", "create", [self.vals()])
        for post in ("policy_clerk", "uw_leader", "insurance_manager", "dealer_admin"):
            ids = self.rpc(self.posts[post], "dealer.import", "create", [self.vals()])
            self.rpc(self.posts[post], "dealer.import", "action_check", ids)

    def test_files_with_identity_numbers_are_not_for_everybody(self):
        run = self.checked()
        for post in ("cashier", "sales_consultant"):
            user = self.posts[post]
            for model in ("", ".row", ".problem", ".sheet", ".column", ".decision"):
                found = self.rpc(
                    user, f"dealer.import{model}", "search_read", [], ["id"]
                )
                self.assertEqual(found, [], model)
            with self.assertRaises(AccessError):
                self.rpc(user, "dealer.import", "read", run.ids, ["file"])
            for action in ("action_check", "action_import", "action_download_result"):
                with self.assertRaises(AccessError):
                    self.rpc(user, "dealer.import", action, run.ids)
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "dealer.import"),
                ("res_id", "=", run.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertFalse(attachment.public)
        with self.assertRaises(AccessError):
            attachment.with_user(self.posts["cashier"]).read(["datas"])

    def test_the_other_store_sees_nothing(self):
        run = self.checked()
        self.assertEqual(self.rpc(self.clerk_b, "dealer.import", "search", []), [])
        self.assertEqual(self.rpc(self.clerk_b, "dealer.import.row", "search", []), [])
        with self.assertRaises(AccessError):
            self.rpc(self.clerk_b, "dealer.import", "action_import", run.ids)
        with self.assertRaises(AccessError):
            vals = self.vals(company_id=self.company_a.id)
            self.rpc(self.clerk_b, "dealer.import", "create", [vals])

    def test_the_books_of_the_import_cannot_be_forged(self):
        run = self.checked(xlsx([HEADER, vehicle_row(1, 车架号=BAD_VIN)]))
        for vals in (
            {"state": "done"},
            {"done_count": 5},
            {"user_id": self.manager.id},
            {"message": "all is well"},
            {"result_file": "aGVsbG8="},
        ):
            with self.assertRefused(UserError, "cannot be set directly"):
                self.rpc(self.clerk, "dealer.import", "write", run.ids, vals)
        cases = (
            ("dealer.import.row", run.row_ids, {"state": "pending"}),
            ("dealer.import.row", run.row_ids, {"res_id": 1}),
            ("dealer.import.problem", run.problem_ids, {"severity": "warning"}),
            ("dealer.import.problem", run.problem_ids, {"state": "accepted"}),
            ("dealer.import.column", run.column_ids[0], {"label": "x"}),
            ("dealer.import.sheet", run.sheet_ids, {"header_last": 5}),
        )
        for model, records, vals in cases:
            with self.assertRaises(AccessError):
                self.rpc(self.clerk, model, "write", records.ids, vals)
        with self.assertRaises(AccessError):
            self.rpc(
                self.posts["cashier"],
                "dealer.import.problem",
                "action_use_suggestion",
                run.problem_ids.ids,
            )
        for model in ("row", "problem", "decision", "column", "sheet", "profile"):
            with self.assertRaises(AccessError):
                vals = {"run_id": run.id} if model != "profile" else {"name": "x"}
                self.rpc(self.clerk, f"dealer.import.{model}", "create", [vals])
        for method in (
            "_sudo_decide",
            "_write_protected",
            "_cron_import",
            "_sudo_load_now",
        ):
            with self.assertRefused(AccessError, "Private"):
                self.rpc(self.clerk, "dealer.import", method, run.ids)
        with self.assertRaises(AccessError):
            self.rpc(
                self.clerk,
                "dealer.import",
                "write",
                run.ids,
                {"row_ids": [(0, 0, {"row_no": 1})]},
            )

    def test_a_fact_is_accepted_by_a_manager_with_a_reason(self):
        self.env.ref("dealer_base.import_problem_vin_check_digit").nature = "fact"
        run = self.checked(xlsx([HEADER, vehicle_row(1, 车架号=BAD_VIN)]))
        problem = run.problem_ids
        with self.assertRefused(AccessError, "Only the insurance manager"):
            self.rpc(self.clerk, "dealer.import.problem", "action_accept", problem.ids)
        with self.assertRefused(AccessError, "Only the insurance manager"):
            wizard = self.rpc(
                self.clerk,
                "dealer.import.accept.wizard",
                "create",
                [{"problem_ids": [(6, 0, problem.ids)], "reason": "x"}],
            )
            self.rpc(self.clerk, "dealer.import.accept.wizard", "action_accept", wizard)
        action = problem.with_user(self.manager).action_accept()
        wizard = Form(
            self.env["dealer.import.accept.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = "改装车，证书已核对"
        wizard.save().action_accept()
        problem = run.problem_ids
        self.assertEqual(
            (problem.state, problem.accepted_by_id), ("accepted", self.manager)
        )
        self.assertEqual(problem.accept_reason, "改装车，证书已核对")
        self.assertEqual(run.pending_count, 1)
        decision = run.decision_ids
        self.assertEqual((decision.action, decision.user_id), ("accept", self.manager))
        for user in (self.manager, self.posts["dealer_admin"]):
            with self.assertRaises(AccessError):
                self.rpc(
                    user,
                    "dealer.import.decision",
                    "write",
                    decision.ids,
                    {"reason": "y"},
                )
            with self.assertRaises(AccessError):
                self.rpc(user, "dealer.import.decision", "unlink", decision.ids)

    def test_typing_errors_cannot_be_accepted(self):
        run = self.checked(xlsx([HEADER, vehicle_row(1, 车架号=BAD_VIN)]))
        with self.assertRefused(UserError, "correct the cell"):
            run.problem_ids.with_user(self.manager).action_accept()

    def test_a_manager_of_another_kind_sees_only_his_kinds(self):
        run = self.checked()
        self.assertIn(
            self.env.ref("dealer_base.group_policy_clerk"), run.sudo().group_ids
        )
        self.assertTrue(run.with_user(self.posts["dealer_admin"]).has_access("read"))
        self.assertFalse(run.with_user(self.posts["finance"]).has_access("read"))
