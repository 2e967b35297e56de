from odoo.exceptions import UserError

from ..tools.closing_points import is_tolerated
from .closing_common import ClosingCommon


class TestClaimClosing(ClosingCommon):
    """The six points, one missing at a time, and who may check."""

    def test_tolerance(self):
        """The larger of the amount and the share is tolerated (K32)."""
        self.assertTrue(is_tolerated(-50.0, 1000.0, 50.0, 0.01))
        self.assertFalse(is_tolerated(-50.01, 1000.0, 50.0, 0.01))
        self.assertTrue(is_tolerated(100.0, 10000.0, 50.0, 0.01))
        self.assertFalse(is_tolerated(100.01, 10000.0, 50.0, 0.01))

    def _open(self, claim):
        return [p.code for p in claim._closing_points()[claim] if not p.ok]

    def test_points(self):
        """Every fact that is taken away opens its own point."""
        claim = self._reconciled()
        self.assertEqual(self._open(claim), [])
        facts = {
            "documents": {"document_ids": None},
            "insurer": {"reconciled_at": False},
            "customer": {"self_paid_open": 10.0},
            "refunds": {"refund_due": 5.0},
            "ledger": {"ledger_no": False},
            "difference": {"insurer_difference": -500.0},
        }
        for code, vals in facts.items():
            with self.subTest(code):
                if code == "documents":
                    claim.document_ids.filtered("is_required")[0].sudo().write(
                        {"state": "missing"}
                    )
                else:
                    claim.sudo()._write_protected(vals)
                self.assertEqual(self._open(claim), [code])
                error = self._guarded(
                    ["G-C3"], claim.with_user(self.claim_leader).action_close
                )
                self.assertIn(claim.name, error)
                if code == "documents":
                    rows = claim.document_ids.filtered(lambda r: r.state == "missing")
                    rows.filtered("is_required").sudo().write({"state": "checked"})
                else:
                    name = next(iter(vals))
                    field = claim._fields[name]
                    if field.compute:
                        self.env.add_to_compute(field, claim)
                    else:
                        value = {"reconciled_at": claim.received_at}.get(name, "X-1")
                        claim.sudo()._write_protected({name: value})
                self.assertEqual(self._open(claim), [])

    def test_explained(self):
        """A difference with an explanation does not stop the check."""
        claim = self._reconciled()
        claim.sudo()._write_protected({"insurer_difference": -500.0})
        claim.sudo().closing_note = "Agreed deduction for old scratches"
        self.assertEqual(self._open(claim), [])

    def test_own_case(self):
        """G-G1: who received the case does not check it, manager or not."""
        claim = self._reconciled()
        self.reception_staff.sudo().user_id = self.claim_leader
        self._guarded(["G-G1"], claim.with_user(self.claim_leader).action_close)
        self.reception_staff.sudo().user_id = self.receptionist
        self.env.flush_all()
        self.submit_staff.sudo().user_id = self.claim_leader
        self._guarded(["G-G1"], claim.with_user(self.claim_leader).action_close)

    def test_not_ready(self):
        """The check does not begin while the insurer owes; nobody forges it."""
        claim = self._submitted()
        leader = claim.with_user(self.claim_leader)
        text = self._guarded(["G-C3"], leader.action_start_closing_check)
        self.assertIn("10,300", text)
        with self.assertRaises(UserError):
            leader.action_close()
        for vals in (
            {"closed_at": "2026-01-01 00:00:00"},
            {"closing_check_at": "2026-01-01 00:00:00"},
            {"ledger_no": "1"},
        ):
            with self.assertRaises(UserError):
                leader.write(vals)
        with self.assertRaises(UserError):
            self.env["dealer.claim.closing.check"].with_user(self.claim_leader).create(
                {"claim_id": claim.id}
            )
        self._run_closing_job()
        self.assertFalse(claim.closing_check_ids)

    def test_fifty(self):
        """The points of fifty cases cost what those of two cost."""
        claims = self.env["dealer.claim"]
        for _i in range(2):
            claims |= self._claim(vehicle_id=self._vehicle().id)
        template = claims[0].copy_data()[0]
        many = self.su_env["dealer.claim"].create(
            [{**template, "report_no": f"F{i}"} for i in range(48)]
        )

        def count(cases):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            cases.sudo()._closing_points()
            return self.env.cr.sql_log_count - start

        count(claims)
        self.assertLessEqual(count(claims | many), count(claims) + 3)
