"""Delegated survey (SM-9, S105, S106): guards, steps forward and back, rights, K25."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .claims_common import PNG
from .survey_common import ELSEWHERE, SCENE, SurveyCommon, photo


@tagged("post_install", "-at_install")
class TestSurvey(SurveyCommon):
    def setUp(self):
        super().setUp()
        # A test cannot commit; the jobs do so after each batch.
        self.patch(
            self.registry["ir.cron"],
            "_commit_progress",
            lambda *_args, **_kwargs: float("inf"),
        )

    def _refused(self, code, action):
        with self.assertRaises(GuardError) as caught:
            action()
        self.assertIn(code, caught.exception.codes)
        return caught.exception

    # ------------------------------------------------------------- Forward
    def test_whole_way(self):
        survey = self._survey()
        self.assertEqual(survey.state, "assigned")
        self.assertRegex(survey.name, r"^SV\d{9}$")
        self.assertEqual(survey.mandate_id, self.mandate)
        self.assertEqual(survey.activity_ids.user_id, self.surveyor)
        survey.action_accept()
        self.assertEqual(survey.state, "accepted")
        self.assertFalse(survey.activity_ids)
        survey.action_arrive(SCENE)
        self.assertEqual(survey.state, "on_site")
        self.assertEqual((survey.latitude, survey.longitude), (23.02, 113.12))
        self._take_photos(survey)
        self._fill_report(survey)
        survey.action_report()
        self.assertEqual(survey.state, "reported")
        self.assertEqual(survey.reported_by_id, self.surveyor)
        survey.upload_ref = "UP-1"
        survey.action_upload()
        self.assertEqual(survey.state, "uploaded")
        self.assertEqual(survey.fee, 0.0)
        survey.action_insurer_confirm()
        self.assertEqual((survey.state, survey.fee), ("insurer_confirmed", 106.0))
        self._claim(survey_id=survey.id)
        self.assertEqual(survey.returned_to_store, "yes")
        survey.action_close()
        self.assertEqual(survey.state, "closed")

    def test_taken_over_from_the_call(self):
        call = self.su_env["dealer.accident.call"].create(
            {
                "company_id": self.company.id,
                "vehicle_id": self.vehicle.id,
                "insurer_id": self.insurer.id,
                "report_no": "RN-CALL",
                "place": "Shunde, Ring Road",
                "accident_type": "two",
                "injury": "yes",
                "phone": "13800138000",
                "surveyor_id": self.survey_staff.id,
            }
        )
        Survey = self.env["dealer.survey"].with_user(self.hotline)
        survey = Survey.create(Survey._prepare_from_call(call.with_user(self.hotline)))
        self.assertEqual(survey.state, "assigned")
        self.assertEqual(survey.surveyor_id, self.survey_staff)
        self.assertEqual(survey.mandate_id, self.mandate)
        self.assertEqual(
            (survey.address, survey.accident_type, survey.has_injury),
            ("Shunde, Ring Road", "two", True),
        )
        # The reception that names the call proves the return of the car.
        self.assertFalse(survey.returned_to_store)
        claim = self._claim(call_id=call.id)
        self.assertEqual(survey.returned_to_store, "yes")
        claim.with_user(self.claim_leader).action_void("Entered twice")
        self.assertFalse(survey.returned_to_store)

    # -------------------------------------------------------------- Guards
    def test_mandate_of_insurer_place_and_day(self):
        Mandate = self.su_env["dealer.survey.mandate"]
        today = self.company._dealer_today()
        find = Mandate._find
        self.assertEqual(find(self.insurer, self.company, today), self.mandate)
        self.assertEqual(
            find(self.insurer, self.company, today, "Foshan Chancheng"), self.mandate
        )
        self.assertFalse(find(self.insurer, self.company, today, "Guangzhou"))
        self.assertFalse(find(self.insurer, self.company, today, ""))
        self.assertFalse(find(self.insurer_2, self.company, today))
        self.assertFalse(find(self.insurer, self.company, date(2019, 12, 31)))
        province = self.su_env["res.country.state"].search([], limit=2)
        everywhere = self.mandate.copy({"name": "WT-2", "regions": False})
        self.assertEqual(
            find(self.insurer, self.company, today, "Guangzhou"), everywhere
        )
        everywhere.state_ids = province[0]
        self.assertEqual(
            find(self.insurer, self.company, today, province[0]), everywhere
        )
        self.assertFalse(find(self.insurer, self.company, today, province[1]))

        survey = self._survey(region="Nanhai")
        self._refused("G-V2", survey.action_accept)
        survey.with_user(self.hotline).region = "Shunde"
        survey.action_accept()
        self.assertEqual(survey.state, "accepted")

    def test_the_manager_allows_a_survey_without_mandate(self):
        survey = self._survey(insurer_id=self.insurer_2.id)
        self._refused("G-V2", survey.action_accept)
        with self.assertRaises(AccessError):
            survey._waive("G-V2", "accept", "Asked by phone")
        survey.with_user(self.manager)._waive("G-V2", "accept", "Asked by phone")
        survey.action_accept()
        self.assertEqual(survey.state, "accepted")

    def test_surveyor_registered(self):
        self.survey_staff.registration_valid_to = fields.Date.subtract(
            self.company._dealer_today(), days=1
        )
        survey = self._survey()
        self.assertEqual(self._refused("G-V3", survey.action_accept).codes, ["G-V3"])
        self.survey_staff.registration_valid_to = self.company._dealer_today()
        survey.action_accept()

    def test_limit_of_the_mandate(self):
        survey = self._on_site()
        self._take_photos(survey)
        self._fill_report(survey)
        survey.estimated_loss = 5000.01
        self.assertEqual(self._refused("G-V4", survey.action_report).codes, ["G-V4"])
        survey.with_user(self.claim_leader)._waive("G-V4", "report", "Insurer agrees")
        survey.estimated_loss = 6000.0
        # The waiver was signed for another amount.
        self._refused("G-V4", survey.action_report)
        survey.estimated_loss = 5000.0
        survey.action_report()
        self.assertEqual(survey.state, "reported")

    def test_every_angle_has_its_photos(self):
        survey = self._on_site()
        self._fill_report(survey)
        error = self._refused("G-V5", survey.action_report)
        self.assertIn("VIN × 1", str(error))
        self.assertIn("Damage × 2", str(error))
        self._take_photos(survey)
        # 1 front, 1 rear, 1 plate, 1 VIN, 2 damage, 1 scene, 2 licences
        self.assertEqual(survey.photo_count, 9)
        plate = survey.photo_ids.filtered(lambda p: p.angle_id.code == "plate")
        survey.action_remove_photo(plate.id)
        self._refused("G-V5", survey.action_report)
        self._take_photos(survey)
        # Two parties: one scene and two photos of the other car more.
        survey.accident_type = "two"
        missing = survey._missing_photos()[survey]
        self.assertEqual(
            {angle.code: number for angle, number in missing},
            {"scene": 1, "other_car": 2},
        )
        survey.accident_type = "single"
        survey.action_report()

    def test_report_complete(self):
        survey = self._on_site()
        self._take_photos(survey)
        self._fill_report(survey)
        for name in (
            "report_no",
            "accident_facts",
            "liability",
            "sketch",
            "customer_signature",
            "estimated_loss",
        ):
            kept = survey[name]
            survey[name] = False
            self.assertEqual(
                self._refused("G-V6", survey.action_report).codes, ["G-V6"], name
            )
            survey[name] = kept
        # Nobody can sign: an explanation stands for the signature.
        survey.write({"customer_signature": False, "difference_note": "Taken away"})
        survey.action_report()
        self.assertEqual(survey.state, "reported")

    def test_place_is_measured_or_explained(self):
        survey = self._on_site(position=False)
        self._take_photos(survey, False)
        self._fill_report(survey)
        self.assertEqual(self._refused("G-V9", survey.action_report).codes, ["G-V9"])
        with self.assertRaises(UserError):
            survey.action_locate(False)
        survey.action_locate(SCENE)
        survey.action_report()
        other = self._on_site(position={"latitude": 200, "longitude": 1})
        self.assertFalse(other.has_position)
        self._take_photos(other, False)
        self._fill_report(other)
        self._refused("G-V9", other.action_report)
        other.difference_note = "Garage below ground"
        other.action_report()

    def test_upload_needs_a_proof(self):
        survey = self._reported()
        self._refused("G-V7", survey.action_upload)
        survey.upload_ref = "  "
        self._refused("G-V7", survey.action_upload)
        survey.write(
            {"upload_proof_ids": [(0, 0, {"name": "proof.png", "datas": PNG})]}
        )
        survey.action_upload()
        self.assertEqual(survey.state, "uploaded")

    def test_a_car_that_stays_away_has_its_reason(self):
        survey = self._insurer_confirmed()
        self._refused("G-V8", survey.action_close)
        other = self.su_env["dealer.reason.code"].search(
            [("category", "=", "not_returned"), ("needs_text", "=", True)], limit=1
        )
        survey.not_return_reason_id = other
        self._refused("G-V8", survey.action_close)
        survey.not_return_text = "Sold for scrap"
        survey.action_close()
        self.assertEqual(survey.returned_to_store, "no")
        # It comes in after all: the reception decides.
        self._claim(survey_id=survey.id)
        self.assertEqual(survey.returned_to_store, "yes")

    # --------------------------------------------------------------- Times
    def test_late_on_site_and_late_upload(self):
        with freeze_time("2026-03-02 02:00:00"):
            survey = self._accepted()
        with freeze_time("2026-03-02 02:30:00"):
            survey.action_arrive(SCENE)
        self.assertEqual((survey.minutes_to_site, survey.is_site_late), (30, False))
        self.assertEqual(
            survey.upload_due_at, fields.Datetime.to_datetime("2026-03-03 02:30:00")
        )
        self.company.dealer_survey_site_minutes = 29
        self.assertTrue(survey.is_site_late)
        Survey = self.env["dealer.survey"].with_user(self.claim_leader)
        domain = [("id", "=", survey.id), ("is_upload_overdue", "=", True)]
        with freeze_time("2026-03-03 02:30:00"):
            self.assertFalse(Survey.search(domain))
        with freeze_time("2026-03-03 02:30:01"):
            survey.invalidate_recordset()
            self.assertTrue(survey.is_upload_overdue)
            self.assertEqual(Survey.search(domain), survey)
            self.su_env["dealer.survey"]._cron_upload_overdue()
            self.su_env["dealer.survey"]._cron_upload_overdue()
        kind = self.env.ref("dealer_claims.activity_survey_overdue")
        tasks = survey.sudo().activity_ids.filtered(
            lambda a: a.activity_type_id == kind
        )
        self.assertEqual(tasks.user_id, self.surveyor | self.claim_leader)
        self.assertEqual(len(tasks), 2)
        self._take_photos(survey)
        self._fill_report(survey)
        survey.action_report()
        survey.upload_ref = "UP-9"
        with freeze_time("2026-03-03 03:00:00"):
            survey.action_upload()
        self.assertTrue(survey.is_upload_late)
        self.assertFalse(survey.is_upload_overdue)

    # ---------------------------------------------------------------- Back
    def test_given_back_and_sent_to_another(self):
        survey = self._on_site()
        action = survey.action_reject()
        self.assertEqual(action["res_model"], "dealer.return.wizard")
        survey.action_reject("Two at a time")
        self.assertEqual(survey.state, "rejected")
        self.assertFalse(survey.arrived_at)
        with self.assertRaises(UserError):
            survey.action_accept()
        hotline = survey.with_user(self.hotline)
        self.assertEqual(hotline.action_assign()["res_model"], "dealer.survey.assign")
        self.survey_staff_2.registration_no = False
        self._refused("G-V3", lambda: hotline._assign(self.survey_staff_2))
        self.assertEqual(survey.state, "rejected")
        self.assertEqual(survey.surveyor_id, self.survey_staff)
        self.survey_staff_2.registration_no = "REG-2"
        hotline._assign(self.survey_staff_2)
        self.assertEqual(survey.state, "assigned")
        with self.assertRaises(AccessError):
            survey.action_accept()
        survey.with_user(self.surveyor_2).action_accept()

    def test_the_leader_takes_every_step_back(self):
        survey = self._insurer_confirmed()
        survey.not_return_reason_id = self.reason
        survey.action_close()
        leader = survey.with_user(self.claim_leader)
        with self.assertRaises(AccessError):
            survey.action_return("No")
        for state in (
            "insurer_confirmed",
            "uploaded",
            "reported",
            "on_site",
            "accepted",
            "assigned",
        ):
            leader.action_return("Photo of another car")
            self.assertEqual(survey.state, state)
        self.assertEqual(survey.fee, 0.0)
        with self.assertRaises(UserError):
            leader.action_return("Once more")

    def test_called_off_and_restored(self):
        survey = self._on_site()
        with self.assertRaises(AccessError):
            survey.action_cancel()
        survey.with_user(self.hotline).action_cancel()
        self.assertEqual(survey.state, "cancelled")
        survey.with_user(self.hotline).action_restore()
        self.assertEqual(survey.state, "on_site")

    def test_nothing_is_rewritten_after_the_report(self):
        survey = self._reported()
        for vals in (
            {"estimated_loss": 100.0},
            {"accident_facts": "Nothing happened"},
            {"customer_signature": False},
            {"vehicle_id": False},
        ):
            with self.assertRaises(UserError):
                survey.write(vals)
        with self.assertRaises(UserError):
            survey.action_add_photo(self.angles[0].id, photo())
        with self.assertRaises(UserError):
            survey.photo_ids[:1].unlink()
        with self.assertRaises(UserError):
            survey.with_user(self.claim_leader).unlink()

    # -------------------------------------------------------------- Rights
    def test_a_surveyor_works_on_his_own_surveys(self):
        survey = self._survey()
        stranger = survey.with_user(self.surveyor_2)
        for method in ("action_accept", "action_reject"):
            with self.assertRaises(AccessError):
                getattr(stranger, method)()
        with self.assertRaises(AccessError):
            stranger.write({"address": "Elsewhere"})
        survey.action_accept()
        survey.action_arrive(SCENE)
        with self.assertRaises(AccessError):
            stranger.action_add_photo(self.angles[0].id, photo())
        # A leader may do it in his place; the receptionist may not.
        with self.assertRaises(AccessError):
            survey.with_user(self.receptionist).action_reject("x")
        survey.with_user(self.claim_leader).action_reject("He is ill")

    def test_facts_are_not_written_by_hand(self):
        survey = self._survey()
        now = fields.Datetime.now()
        for vals in (
            {"accepted_at": now},
            {"state": "closed"},
            {"surveyor_id": self.survey_staff_2.id},
            {"fee": 999.0},
            {"latitude": 1.0},
            {"returned_to_store": "yes"},
            {"mandate_id": False},
            {"is_upload_late": False},
        ):
            with self.assertRaises(UserError):
                survey.write(vals)

    def test_two_stores(self):
        other = self.su_env["res.company"].create({"name": "Store Two"})
        manager = self._user("insurance_manager", other)
        survey = self._survey()
        with self.assertRaises(AccessError):
            survey.with_user(manager).read(["name"])
        self.assertFalse(
            self.env["dealer.survey.mandate"].with_user(manager).search([])
        )
        self.assertFalse(
            self.su_env["dealer.survey.mandate"]._find(
                self.insurer, other, other._dealer_today()
            )
        )

    def test_reminded_of_a_mandate_that_runs_out(self):
        today = self.company._dealer_today()
        self.mandate.date_to = today + timedelta(days=6)
        self.su_env["dealer.survey.mandate"]._cron_expiry_alerts()
        self.assertEqual(len(self.mandate.activity_ids), 1)

    # ----------------------------------------------------------------- Many
    def test_fifty_surveys_cost_the_queries_of_five(self):
        surveys = (
            self.env["dealer.survey"]
            .with_user(self.hotline)
            .create([self._survey_vals() for _i in range(50)])
        )
        names = ["state", "mandate_id", "is_upload_overdue", "photo_count", "is_mine"]

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            records = records.with_user(self.surveyor)
            before = self.env.cr.sql_log_count
            records.read([*names, "photo_board"])
            records._open_violations("accept")
            records._open_violations("report")
            return self.env.cr.sql_log_count - before

        cost(surveys[:1])
        self.assertLessEqual(cost(surveys), cost(surveys[:5]) + 2)

    # ------------------------------------------------------------------ K25
    def test_return_rate(self):
        with freeze_time("2026-02-10 02:00:00"):
            came, gone, off = (self._survey() for _i in range(3))
            back = self._survey()
            back.action_reject("No time")
        with freeze_time("2026-03-01 02:00:00"):
            self._survey(surveyor_id=self.survey_staff_2.id)
        off.with_user(self.hotline).action_cancel()
        gone.not_return_reason_id = self.reason
        self._claim(survey_id=came.id)
        self.env.flush_all()
        engine = self.env["dealer.kpi.engine"].with_user(self.claim_leader)
        engine = engine.with_context(allowed_company_ids=self.company.ids)
        first, last = date(2026, 2, 1), date(2026, 3, 31)
        rate = engine._kpi_k25(self.company, first, last)
        self.assertEqual(rate, {(): (1, 3)})
        by_month = engine._kpi_k25(
            self.company, first, last, ("company", "month", "surveyor")
        )
        self.assertEqual(
            by_month,
            {
                (self.company.id, date(2026, 2, 1), self.survey_staff.id): (1, 2),
                (self.company.id, date(2026, 3, 1), self.survey_staff_2.id): (0, 1),
            },
        )
        Survey = self.env["dealer.survey"].with_user(self.claim_leader)
        for part, records in (("numerator", came), ("denominator", came | gone)):
            action = engine._kpi_k25_action(
                self.company, first, date(2026, 2, 28), part
            )
            self.assertEqual(Survey.search(action["domain"]), records)

    def test_photo_of_another_place_is_flagged(self):
        survey = self._on_site()
        survey.action_add_photo(self.angles[0].id, photo(), "a.jpg", ELSEWHERE)
        picture = survey.photo_ids
        # One hundredth of a degree of latitude.
        self.assertAlmostEqual(picture.distance, 1112, delta=1)
        self.assertTrue(picture.is_place_off)
        self.company.dealer_survey_photo_metres = 1200
        self.assertFalse(picture.is_flagged)
