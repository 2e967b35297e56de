import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import DealerBaseCommon


def day(text):
    return datetime.date.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestAgreement(DealerBaseCommon):
    def _rates(self, *rows):
        keys = ("product", "business", "energy", "rate", "date_from", "date_to")
        return [Command.create(dict(zip(keys, row, strict=True))) for row in rows]

    # ----------------------------------------------------------------- rates
    def test_rate_by_date_and_kind(self):
        end, start = "2026-06-30", "2026-07-01"
        agreement = self._new_agreement(
            rate_ids=self._rates(
                ("ctpl", "any", "any", 0.04, "2025-01-01", False),
                ("commercial", "new_car", "any", 0.16, "2025-01-01", end),
                ("commercial", "renewal", "any", 0.13, "2025-01-01", end),
                ("commercial", "any", "nev", 0.09, "2025-01-01", end),
                ("commercial", "new_car", "any", 0.15, start, False),
                ("commercial", "renewal", "any", 0.12, start, False),
                ("commercial", "any", "nev", 0.08, start, False),
                ("other", "any", "any", 0.2, "2025-01-01", False),
            )
        )
        for args, expected in (
            (("ctpl", "new_car", "fuel", day("2025-01-01")), 0.04),
            (("commercial", "new_car", "fuel", day(end)), 0.16),
            (("commercial", "new_car", "fuel", day(start)), 0.15),
            (("commercial", "renewal", "hev", day(end)), 0.13),
            (("commercial", "new_to_renewal", "fuel", day(start)), 0.12),
            (("commercial", "new_car", "bev", day(end)), 0.09),
            (("commercial", "renewal", "nev", day(start)), 0.08),
            (("other", "any", "any", day("2026-01-01")), 0.2),
        ):
            rate, record = agreement._fee_rate(*args)
            self.assertAlmostEqual(rate, expected, 6, args)
            self.assertEqual(record.agreement_id, agreement)
        rate, record = agreement._fee_rate("ctpl", "any", "any", day("2024-12-31"))
        self.assertEqual(rate, 0.0)
        self.assertFalse(record)

    def test_ctpl_cap(self):
        with self.assertRefused(ValidationError, "above the cap"):
            self._new_agreement(
                rate_ids=self._rates(
                    ("ctpl", "any", "any", 0.0401, "2025-01-01", False)
                )
            )
        self.company_a.dealer_ctpl_fee_cap = 0.05
        self._new_agreement(
            rate_ids=self._rates(("ctpl", "any", "any", 0.05, "2025-01-01", False))
        )

    def test_rates_of_one_kind_do_not_overlap(self):
        with self.assertRefused(ValidationError, "same days"):
            self._new_agreement(
                rate_ids=self._rates(
                    ("ctpl", "any", "any", 0.04, "2025-01-01", False),
                    ("ctpl", "any", "any", 0.03, "2025-06-01", False),
                )
            )

    # ----------------------------------------------------------------- state
    def test_activation_is_guarded(self):
        agreement = self._new_agreement(licence_no=False, rate_ids=False)
        with self.assertRaises(UserError) as error:
            agreement.with_user(self.manager).action_activate()
        text = str(error.exception)
        self.assertEqual(text.count("[G-A4]"), 2)
        self.assertIn("fee rate", text)
        self.assertIn("licence", text)
        with self.assertRaises(AccessError):
            self.rpc(self.clerk, "dealer.agreement", "action_activate", agreement.ids)

    def test_overlapping_agreements_are_refused(self):
        first = self._new_agreement(date_to="2026-12-31")
        first.action_activate()
        second = self._new_agreement(name="AG-2", date_from="2026-12-31")
        with self.assertRefused(ValidationError, "overlaps"):
            second.action_activate()
        second.date_from = "2027-01-01"
        second.action_activate()
        in_b = self._new_agreement(name="AG-B", company_id=self.company_b.id)
        in_b.action_activate()
        self.assertEqual(in_b.state, "active")

    def test_find_by_day(self):
        first = self._new_agreement(date_to="2025-12-31")
        second = self._new_agreement(name="AG-2", date_from="2026-01-01")
        find = self.env["dealer.agreement"]._find
        args = (self.insurer, self.company_a)
        self.assertFalse(find(*args, day("2025-06-01")))
        (first | second)._write_protected({"state": "active"})
        self.assertEqual(find(*args, day("2025-12-31")), first)
        self.assertEqual(find(*args, day("2026-01-01")), second)
        self.assertFalse(find(*args, day("2024-12-31")))
        self.assertFalse(find(self.insurer, self.company_b, day("2026-01-01")))

    @freeze_time("2026-03-10")
    def test_end_and_keep(self):
        agreement = self._new_agreement()
        agreement.action_activate()
        with self.assertRefused(UserError, "is kept"):
            agreement.unlink()
        agreement.action_end()
        self.assertEqual(agreement.state, "ended")
        self.assertEqual(agreement.date_to, day("2026-03-10"))
        find = self.env["dealer.agreement"]._find
        self.assertEqual(
            find(self.insurer, self.company_a, day("2026-03-10")), agreement
        )
        self.assertFalse(find(self.insurer, self.company_a, day("2026-03-11")))

    # ------------------------------------------------------------- reminders
    def test_reminders_once_per_node(self):
        agreement = self._new_agreement(
            date_to="2026-12-31", user_id=self.manager.id
        ).with_context(tracking_disable=False)
        agreement.action_activate()

        def run(today):
            with freeze_time(today):
                self.run_cron("dealer_base.cron_agreements")
            return len(agreement.activity_ids)

        self.assertEqual(run("2026-10-01"), 0)
        self.assertEqual(run("2026-11-01"), 1)
        self.assertEqual(run("2026-11-01"), 1)
        self.assertEqual(run("2026-11-20"), 1)
        self.assertEqual(run("2026-12-01"), 2)
        self.assertEqual(run("2026-12-24"), 3)
        self.assertEqual(run("2026-12-31"), 3)
        self.assertEqual(agreement.activity_ids.user_id, self.manager)
        agreement.date_to = "2027-12-31"
        self.assertEqual(run("2027-11-15"), 4)
        with freeze_time("2028-01-01"):
            self.run_cron("dealer_base.cron_agreements")
        self.assertEqual(agreement.state, "ended")

    def test_reminder_days_are_a_setting(self):
        with self.assertRaises(ValidationError):
            self.company_a.dealer_expiry_alert_days = "soon"
        self.company_a.dealer_expiry_alert_days = "15，5"
        self.assertEqual(self.company_a._dealer_alert_days(), [15, 5])

    def test_registration_of_staff(self):
        staff = self.env["dealer.staff"].create(
            {
                "name": " 余 晓敏 ",
                "company_id": self.company_a.id,
                "post": "policy_clerk",
                "user_id": self.clerk.id,
                "registration_no": "R-1",
                "registration_valid_to": "2026-06-30",
                "aliases": "余小敏\n",
            }
        )
        self.assertEqual(staff._spellings(), ["余 晓敏", "余小敏"])
        self.assertTrue(staff._is_registered(day("2026-06-30")))
        self.assertFalse(staff._is_registered(day("2026-07-01")))
        self.assertTrue(self.clerk.partner_id.is_store_staff)
        self.assertEqual(self.clerk._dealer_staff(self.company_a), staff)
        with freeze_time("2026-06-25"):
            self.run_cron("dealer_base.cron_staff_registrations")
            self.run_cron("dealer_base.cron_staff_registrations")
        self.assertEqual(len(staff.activity_ids), 1)

    # ---------------------------------------------------------------- rights
    def test_staff_entry_sends_no_letter(self):
        """Who is entered in the list of staff has nothing to do for it."""
        staff = self.env["dealer.staff"].with_context(tracking_disable=False)
        entry = staff.create(
            {
                "name": "Issuing Clerk",
                "company_id": self.company_a.id,
                "user_id": self.clerk.id,
            }
        )
        letters = self.env["mail.message"].search(
            [
                ("model", "=", entry._name),
                ("res_id", "=", entry.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        self.assertFalse(letters)

    def test_two_stores(self):
        agreement = self._new_agreement()
        clerk_b = agreement.with_user(self.clerk_b)
        with self.assertRaises(AccessError):
            clerk_b.read(["name"])
        with self.assertRaises(AccessError):
            agreement.rate_ids.with_user(self.clerk_b).read(["rate"])
        found = self.env["dealer.agreement"].with_user(self.clerk_b).search([])
        self.assertNotIn(agreement, found.sudo())
        self.assertEqual(agreement.with_user(self.clerk).name, "AG-1")
        with self.assertRaises(AccessError):
            agreement.with_user(self.clerk).write({"remit_days": 9})

    def test_form(self):
        with Form(self.Agreement.with_user(self.manager)) as form:
            form.name = "AG-F"
            form.insurer_id = self.insurer
            form.licence_no = "L-9"
            with form.rate_ids.new() as rate:
                rate.product = "ctpl"
                rate.rate = 0.03
        self.assertEqual(form.record.state, "draft")
        self.assertFalse(form.record.open_guard_html)
