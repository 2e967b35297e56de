"""Claims from the outside: wrong post, other store, many at once."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged

from .claims_common import ClaimsCommon


@tagged("post_install", "-at_install")
class TestClaimRights(ClaimsCommon):
    def _call(self, user, record, method, *args):
        env = self.env(user=user.id)
        return call_kw(env[record._name], method, [record.ids, *args], {})

    # ------------------------------------------------------------- Wrong post
    def test_buttons_refuse_the_wrong_post(self):
        claim = self._assessed()
        for user in (self.cashier, self.clerk, self.hotline, self.submitter):
            for button in (
                "action_start_repair",
                "action_step_back",
                "action_void",
                "action_lock_costs",
                "action_release",
            ):
                with self.subTest(post=user.login, button=button):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        self._call(user, claim, button)

    def test_facts_are_not_written_from_outside(self):
        claim = self._assessing()
        now = "2026-01-01 00:00:00"
        for vals in (
            {"state": "released"},
            {"car_state": "released"},
            {"file_state": "paid"},
            {"released_at": now},
            {"costs_locked_at": now},
            {"repaired_at": now},
            {"cashier_confirmed_at": now},
            {"expected_insurer_payment": 1.0},
            {"released_with_iou": True},
            {"voided_at": now},
            {"is_historical": True},
            {"name": "LP00-0001"},
            {"has_gap_alert": True},
        ):
            with self.subTest(vals):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self._call(self.receptionist, claim, "write", vals)
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    env = self.env(user=self.receptionist.id)
                    call_kw(
                        env["dealer.claim"],
                        "create",
                        [[self._claim_vals(**vals)]],
                        {},
                    )

    def test_nobody_deletes_a_claim(self):
        claim = self._claim()
        for user in (self.receptionist, self.claim_leader, self.manager):
            with self.assertRaises(AccessError):
                claim.with_user(user).unlink()

    def test_private_doors_stay_closed(self):
        claim = self._claim()
        for method in ("_write_protected", "_do_release", "_sudo_renew_gate_pass"):
            with self.assertRaises(AccessError):
                self._call(self.receptionist, claim, method)

    # ---------------------------------------------------------------- Stores
    def test_two_stores(self):
        other = self.su_env["res.company"].create({"name": "Second Store"})
        stranger = self._user("claim_receptionist", other)
        claim = self._claim()
        there = self.env(user=stranger.id, context={})
        self.assertFalse(there["dealer.claim"].search([]))
        with self.assertRaises(AccessError):
            claim.with_env(there).read(["name"])
        with self.assertRaises(AccessError):
            claim.with_env(there).action_start_assessment()
        with self.assertRaises(AccessError):
            there["dealer.claim.cost"].create(
                {"claim_id": claim.id, "name": "Foreign line"}
            )
        # a car of this store in a claim of the other one
        with self.assertRaises(UserError):
            there["dealer.claim"].create(
                {"company_id": other.id, "vehicle_id": self.vehicle.id}
            )

    # ------------------------------------------------------------------ Many
    def _queries(self, records, work):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        work(records)
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    def test_fifty_claims_cost_as_much_as_five(self):
        """Reading the desk and checking the guards asks the database once."""
        fields_shown = [
            "plate",
            "name",
            "next_action",
            "alert_text",
            "is_delivery_overdue",
            "is_parts_overdue",
            "car_state",
            "customer_due",
            "partner_id",
            "insurer_id",
        ]
        claims = self.env["dealer.claim"].with_user(self.receptionist)
        vals_list = [self._claim_vals(photo_ids=False) for _i in range(50)]
        claims = claims.create(vals_list)
        claims.env["dealer.claim.cost"].create(
            [
                {"claim_id": claim.id, "name": "Door", "unit_price": 100.0}
                for claim in claims
            ]
        )

        def read_desk(records):
            records.read(fields_shown)

        def check(records):
            records._open_violations("start_assessment")

        for work in (read_desk, check):
            self._queries(claims[:5], work)
            few = self._queries(claims[:5], work)
            many = self._queries(claims, work)
            with self.subTest(work.__name__):
                self.assertLessEqual(many, few + 3)

    def test_fifty_cars_arrive_with_their_policies(self):
        vals_list = [self._claim_vals(photo_ids=False) for _i in range(50)]
        claims = self.env["dealer.claim"].with_user(self.receptionist)
        claims.create(vals_list[:1])
        few = self._queries(claims, lambda model: model.create(vals_list[1:6]))
        many = self._queries(claims, lambda model: model.create(vals_list[6:46]))
        # numbers and signatures are written one by one
        self.assertLessEqual((many - few) / 35, 14)
        self.assertEqual(
            len(set(claims.search([]).mapped("name"))), len(claims.search([]))
        )

    def test_call_gives_what_it_knows(self):
        """The reception does not ask again what the hotline wrote down."""
        call = self.su_env["dealer.accident.call"].create(
            {"vehicle_id": self.vehicle.id, "company_id": self.company.id}
        )
        claim = (
            self.env["dealer.claim"]
            .with_user(self.receptionist)
            .create({"call_id": call.id})
        )
        self.assertEqual(claim.vehicle_id, self.vehicle)
        self.assertEqual(claim.source, "call")
        self.assertEqual(claim.partner_id, self.customer)


@tagged("post_install", "-at_install")
class TestGatePage(HttpCase, ClaimsCommon):
    def test_the_guard_scans_and_lets_out(self):
        claim = self._released()
        claim.company_id.partner_id.lang = "en_US"
        token = claim.sudo().gate_token
        page = self.url_open(f"/claim/gate/{token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(claim.plate, page.text)
        self.assertIn("Valid", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        key = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        left = self.url_open(f"/claim/gate/{token}/left", data={"csrf_token": key})
        self.assertIn("Used", left.text)
        claim.invalidate_recordset()
        self.assertTrue(claim.left_at)

    def test_unknown_key_tells_nothing(self):
        self.assertEqual(self.url_open("/claim/gate/unknown").status_code, 404)
