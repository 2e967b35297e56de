from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.dealer_base.models.guard_mixin import GuardError

from .hotline_common import HotlineCommon


@tagged("post_install", "-at_install")
class TestHotline(HotlineCommon):
    """A call from the first ring to the car in the store (SM-8)."""

    def _refused(self, codes, method, *args):
        with self.assertRaises(GuardError) as caught:
            method(*args)
        self.assertEqual(caught.exception.codes, codes)

    # -- recognition ------------------------------------------------------------

    def test_plate_with_blanks_finds_everything(self):
        """One typed plate fills car, owner, telephone, both policies and insurer."""
        row = self._to("issued", vehicle=self.car)
        policies = row.policy_ids
        policies._write_protected({"date_start": fields.Datetime.now() - timedelta(9)})
        form = Form(self._as(self.agent, self.env["dealer.accident.call"]))
        form.plate = "粤e 12345"
        self.assertEqual(form.vehicle_id, self.car)
        self.assertEqual(form.partner_id, self.owner)
        self.assertEqual(form.caller_name, "Owner One")
        self.assertEqual(form.phone, "13912345678")
        self.assertEqual(form.insurer_id, self.insurer)
        self.assertEqual((form.ctpl_policy_id | form.commercial_policy_id), policies)
        form.caller_name = "Owner One"
        call = form.save()
        self.assertEqual(call.agent_id, self.agent_staff)
        self.assertEqual(call.policy_id.product, "commercial")
        # Before the cover began nothing was in force.
        call.accident_at = fields.Datetime.now() - timedelta(days=30)
        self.assertFalse(call.policy_id)

    def test_end_of_a_plate_and_phone(self):
        new = self.env["dealer.accident.call"]
        form = Form(self._as(self.agent, new))
        form.plate = "12345"
        self.assertEqual(form.vehicle_id, self.car)
        form = Form(self._as(self.agent, new))
        form.phone = "+86 139-1234-5678"
        self.assertEqual(form.vehicle_id, self.car)
        self.assertEqual(form.partner_id, self.owner)
        # Two cars with the same end: nobody is guessed.
        self._vehicle(plate="粤A12345")
        form = Form(self._as(self.agent, new))
        form.plate = "12345"
        self.assertFalse(form.vehicle_id)

    def test_recognition_costs_the_same_for_many_cars(self):
        """One query each, however many cars the store knows."""
        self._vehicle(plate="粤E99999")
        Call = self._as(self.agent, self.env["dealer.accident.call"])

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Call._car_of_text("粤E99999", "", self.company)
            Call._cars_of_phone("13912345678", self.company)
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        self._history(50, vehicle_id=self.car.id)
        self.assertLessEqual(queries(), few)

    def test_rpc_call_knows_its_car(self):
        call = self._call(plate="粤E 12345")
        self.assertEqual(call.vehicle_id, self.car)
        self.assertEqual(call.partner_id, self.owner)
        self.assertEqual(call.plate, "粤E12345")
        earlier = self._call()
        self.assertEqual(earlier.earlier_call_ids, call)

    def test_popup_of_a_telephone_system(self):
        Call = self._as(self.agent, self.env["dealer.accident.call"])
        action = Call.get_popup_action("139-1234-5678")
        self.assertEqual(action["context"], {"default_phone": "13912345678"})
        form = Form(Call.with_context(**action["context"]))
        self.assertEqual(form.vehicle_id, self.car)
        with self.assertRaises(AccessError):
            self._as(self.clerk, Call).get_popup_action("13912345678")

    # -- guidance and dispatch ----------------------------------------------------

    def test_steps_follow_the_type(self):
        call = self._call(accident_type="glass")
        names = set(call.step_ids.mapped("name"))
        self.assertIn("Glass photographed", names)
        self.assertNotIn("Emergency doctor called", names)
        call.step_ids.filtered(lambda s: s.name == "Glass photographed").is_done = True
        call.write({"accident_type": "two", "injury": "yes"})
        names = set(call.step_ids.mapped("name"))
        self.assertIn("Emergency doctor called", names)
        self.assertIn("Other party's data taken", names)
        # What the caller was told stays written.
        self.assertIn("Glass photographed", names)
        done = call.step_ids.filtered("is_done")
        self.assertTrue(done.done_at)

    def test_dispatch_needs_guidance(self):
        call = self._call(dispatch_to="insurer")
        self._refused(["G-H8"], call.action_dispatch)
        self.assertIn("G-H8", call.open_guard_html)
        self._as(self.leader, call)._waive("G-H8", "dispatch", "Caller in panic")
        call.action_dispatch()
        self.assertEqual(call.state, "dispatched")
        other = self._call(dispatch_to="insurer")
        self._tick(other)
        other.action_dispatch()
        self.assertTrue(other.guided_at)
        self.assertTrue(other.is_dispatched_in_time)
        with self.assertRaises(UserError):
            other.action_dispatch()

    def test_own_surveyor_needs_a_mandate(self):
        surveyor = self._staff(self._user("survey_agent"), post="survey_agent")
        call = self._call(dispatch_to="own", surveyor_id=surveyor.id)
        self._tick(call)
        self._refused(["G-H7"], call.action_dispatch)
        self._mandate()
        call.action_dispatch()
        self.assertEqual(len(call.survey_ids), 1)
        self.assertEqual(call.survey_ids.vehicle_id, self.car)
        self.assertEqual(call.survey_ids.surveyor_id, surveyor)

    def test_no_survey_is_guided_only(self):
        call = self._call(dispatch_to="none")
        self._tick(call)
        call.action_dispatch()
        self.assertEqual(call.state, "guided")
        self.assertFalse(call.dispatched_at)

    def test_slow_dispatch(self):
        moment = fields.Datetime.now() - timedelta(minutes=11)
        call = self._call(
            dispatch_to="insurer",
            call_at=moment,
            accident_at=moment,
            answer_seconds=16,
        )
        self._tick(call)
        self._run_cron("dealer_claims.cron_hotline_clocks")
        kind = self.env.ref("dealer_claims.activity_hotline_dispatch")
        self.assertEqual(call.activity_ids.activity_type_id, kind)
        self._run_cron("dealer_claims.cron_hotline_clocks")
        self.assertEqual(len(call.activity_ids), 1)
        call.action_dispatch()
        self.assertFalse(call.activity_ids)
        self.assertEqual(call.dispatch_minutes, 11)
        self.assertFalse(call.is_dispatched_in_time)
        self.assertTrue(call.is_answered_late)

    def test_arrival_after_dispatch(self):
        call = self._call(dispatch_to="insurer")
        self._tick(call)
        call.action_dispatch()
        with self.assertRaises(UserError):
            call.action_arrive(call.dispatched_at - timedelta(minutes=1))
        call.action_arrive()
        self.assertEqual(call.state, "surveyed")
        call.promised_on = self.company._dealer_today()
        self.assertEqual(call.state, "promised")

    # -- follow-ups -----------------------------------------------------------------

    def test_nodes_are_planned(self):
        call = self._call()
        hours = [
            (line.planned_at - call.call_at).total_seconds() / 3600
            for line in call.follow_ids
        ]
        self.assertEqual(hours, [2, 24, 72, 168, 360])
        self.assertEqual(call.next_follow_at, call.call_at + timedelta(hours=2))
        call._plan_follow_ups()
        self.assertEqual(len(call.follow_ids), 5)

    def test_follow_up_asks_and_escalates(self):
        moment = fields.Datetime.now() - timedelta(hours=3)
        call = self._call(call_at=moment, accident_at=moment, dispatch_to="none")
        self._tick(call)
        call.action_dispatch()
        self.assertTrue(call.is_overdue)
        self.assertIn(call, self.Call.search([("is_overdue", "=", True)]))
        self._run_cron("dealer_claims.cron_hotline_clocks")
        self.assertEqual(call.activity_ids.user_id, self.agent)
        call.follow_ids[0].sudo().planned_at = moment - timedelta(hours=2)
        self._run_cron("dealer_claims.cron_hotline_clocks")
        self._run_cron("dealer_claims.cron_hotline_clocks")
        self.assertEqual(call.activity_ids.mapped("user_id"), self.agent | self.leader)
        self.assertEqual(len(call.activity_ids), 2)
        call.action_follow_up("undecided", "Thinks about it")
        self.assertFalse(call.activity_ids)
        self.assertEqual(call.follow_count, 1)
        self.assertEqual(call.next_follow_at, call.call_at + timedelta(hours=24))

    def test_a_talk_marks_older_nodes_as_missed(self):
        moment = fields.Datetime.now() - timedelta(hours=30)
        call = self._call(call_at=moment, accident_at=moment)
        call.action_follow_up("reached", next_at=fields.Datetime.now() + timedelta(1))
        self.assertEqual(
            call.follow_ids.mapped("state"),
            ["missed", "done", "open", "open", "open", "open"],
        )
        with self.assertRaises(UserError):
            call.action_follow_up()
        with self.assertRaises(UserError):
            call.action_follow_up("reached", next_at=moment)

    def test_insurer_must_know(self):
        moment = fields.Datetime.now() - timedelta(hours=25)
        call = self._call(call_at=moment, accident_at=moment, report_no=False)
        known = self._call(call_at=moment, accident_at=moment)
        self._run_cron("dealer_claims.cron_hotline_reports")
        kind = self.env.ref("dealer_claims.activity_hotline_report")
        self.assertIn(kind, call.activity_ids.activity_type_id)
        self.assertNotIn(kind, known.activity_ids.activity_type_id)
        count = len(call.activity_ids)
        self._run_cron("dealer_claims.cron_hotline_reports")
        self.assertEqual(len(call.activity_ids), count)
        self.assertEqual(call.report_due_at, moment + timedelta(hours=48))

    # -- return -----------------------------------------------------------------------

    def test_return_needs_a_time(self):
        call = self._call()
        self._refused(["G-H3"], call.action_return)
        self._refused(["G-H3"], call.action_return, datetime(2020, 1, 1))
        late = fields.Datetime.now() + timedelta(hours=1)
        self._refused(["G-H3"], call.action_return, late)
        call.action_return(fields.Datetime.now())
        self.assertEqual(call.state, "returned")
        self.assertTrue(call.is_returned_in_time)
        self.assertFalse(call.next_follow_at)
        with self.assertRaises(AccessError):
            call.action_undo_return()
        self._as(self.leader, call).action_undo_return()
        self.assertEqual(call.outcome, "open")
        self.assertTrue(call.next_follow_at)

    def test_claim_returns_the_call(self):
        call = self._call()
        claim = self.su_env["dealer.claim"].create(
            {
                "company_id": self.company.id,
                "vehicle_id": self.car.id,
                "call_id": call.id,
                "received_at": fields.Datetime.now(),
            }
        )
        self.assertEqual(call.state, "returned")
        self.assertEqual(call.return_at, claim.received_at)
        with self.assertRaises(UserError):
            self._as(self.leader, call).action_undo_return()

    def test_reception_finds_its_call(self):
        """A claim of the car that names no call is joined with its open call."""
        call = self._call()
        other = self._vehicle(plate="粤E54321")
        for car, expected in ((other, self.Call), (self.car, call)):
            claim = self.su_env["dealer.claim"].create(
                {"company_id": self.company.id, "vehicle_id": car.id}
            )
            claim.call_id = False
            car._seen_in_store("reception", claim)
            self.assertEqual(claim.call_id, expected)

    def _given_up(self, **vals):
        moment = fields.Datetime.now() - timedelta(days=8)
        call = self._call(
            call_at=moment,
            accident_at=moment,
            not_return_reason_id=self.far.id,
            **vals,
        )
        self._followed(call, 1, 3, 7)
        return call

    def test_not_returned_needs_reason_and_effort(self):
        call = self._call()
        self._refused(["G-H2", "G-H4", "G-H5"], call.action_not_return)
        call.not_return_reason_id = self.far
        self._refused(["G-H4", "G-H5"], call.action_not_return)
        self._followed(call, 0, 0, 0)
        self._refused(["G-H5"], call.action_not_return)
        manager = self._as(self.manager, call)
        with self.assertRaises(AccessError):
            self._as(self.agent, call)._waive("G-H5", "not_return", "Scrapped")
        manager._waive("G-H5", "not_return", "The car was scrapped")
        call.action_not_return()
        self.assertTrue(call.is_to_confirm)

    def test_two_follow_ups_are_too_few(self):
        moment = fields.Datetime.now() - timedelta(days=9)
        call = self._call(
            call_at=moment, accident_at=moment, not_return_reason_id=self.far.id
        )
        self._followed(call, 1, 8)
        self._refused(["G-H4"], call.action_not_return)

    def test_other_reason_needs_words(self):
        call = self._given_up()
        call.not_return_reason_id = self.other
        self._refused(["G-H2"], call.action_not_return)
        call.not_return_text = "Sold the car"
        call.action_not_return()

    def test_leader_confirms(self):
        call = self._given_up()
        call.action_not_return()
        self.assertEqual(call.outcome, "open")
        with self.assertRaises(AccessError):
            call.action_confirm()
        with self.assertRaises(UserError):
            call.action_not_return()
        by_leader = self._as(self.leader, call)
        by_leader.action_confirm()
        self.assertEqual(call.state, "not_returned")
        self.assertEqual(call.not_returned_by_id, self.leader)
        self.assertTrue(call.is_in_scope)
        call.not_return_reason_id = self.away
        self.assertFalse(call.is_in_scope)
        by_leader.action_reopen()
        self.assertEqual(call.outcome, "open")

    def test_nobody_confirms_his_own(self):
        call = self._given_up()
        by_leader = self._as(self.leader, call)
        by_leader.action_not_return()
        self._refused(["G-H6"], by_leader.action_confirm)
        self._as(self.manager, call).action_confirm()

    def test_leader_asks_again(self):
        call = self._given_up()
        call.action_not_return()
        by_leader = self._as(self.leader, call)
        self.assertEqual(by_leader.action_reject()["res_model"], "dealer.return.wizard")
        by_leader.action_reject("Offer the replacement car")
        self.assertFalse(call.is_to_confirm)
        self.assertEqual(call.activity_ids.user_id, self.agent)
        with self.assertRaises(UserError):
            by_leader.action_confirm()

    def test_close_needs_a_complete_record(self):
        call = self._call(place=False)
        self.assertEqual(call.missing_text, "Place of the Accident")
        call.action_return(fields.Datetime.now())
        self._refused(["G-H9"], call.action_close)
        call.place = "Main Road 1"
        call.action_close()
        with self.assertRaises(UserError):
            call.place = "Side Road"
        self._as(self.leader, call).action_reopen()
        self.assertEqual(call.state, "returned")

    def test_missed_call(self):
        call = self._call(is_missed=True, caller_name=False, plate=False)
        self.assertFalse(call.follow_ids)
        self.assertFalse(call.is_in_scope)
        call.action_close()
        with self.assertRaises(UserError):
            call.action_close()

    # -- rights and facts ----------------------------------------------------------

    def test_facts_are_not_written(self):
        call = self._call()
        for vals in (
            {"state": "returned"},
            {"returned_at": fields.Datetime.now()},
            {"not_returned_at": fields.Datetime.now()},
            {"dispatched_at": fields.Datetime.now()},
            {"is_in_scope": False},
        ):
            with self.assertRaises(UserError):
                call.write(vals)
        with self.assertRaises(AccessError):
            call.follow_ids[0].write({"done_at": fields.Datetime.now()})
        with self.assertRaises(UserError):
            self.su_env["dealer.accident.call"].browse(call.id).unlink()
        with self.assertRaises(AccessError):
            self._call(user=self.clerk)
        with self.assertRaises(AccessError):
            self._as(self.receptionist, call).action_dispatch()

    def test_other_store_sees_nothing(self):
        call = self._call()
        stranger = self._user("hotline_agent", self.company_2)
        with self.assertRaises(AccessError):
            call.with_user(stranger).with_company(self.company_2).read(["phone"])
        self.assertFalse(
            self.env["dealer.accident.call"]
            .with_user(stranger)
            .with_company(self.company_2)
            .search([])
        )

    def test_times_in_order(self):
        with self.assertRaises(ValidationError):
            self._call(accident_at=fields.Datetime.now() + timedelta(hours=1))
        with self.assertRaises(ValidationError):
            self._call(place_link="javascript:alert(1)")

    def test_fifty_calls(self):
        """A job over fifty calls asks in a number of queries that does not explode."""
        moment = fields.Datetime.now() - timedelta(hours=3)

        def run(count):
            self._as(self.agent, self.env["dealer.accident.call"]).create(
                [
                    {
                        "plate": "粤E12345",
                        "phone": "13912345678",
                        "call_at": moment,
                        "accident_at": moment,
                    }
                    for _i in range(count)
                ]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Call.search([]).read(["state", "is_overdue", "missing_text"])
            return self.env.cr.sql_log_count - before

        few = run(5)
        self.assertLessEqual(run(50), few + 4)
