from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import mute_logger

from ..models.import_kind_vehicle import VehicleImportKind
from .import_common import ImportCommon
from .import_files import HEADER, vehicle_row, vehicles, vin, xlsx

CRON = "dealer_base.cron_dealer_import"
load_rows = VehicleImportKind._load_rows


class Killed(BaseException):
    """A worker that is killed; nothing in the addon may catch it."""


class TestImportBackground(ImportCommon):
    def queued(self, count=50, **kwargs):
        run = self.checked(vehicles(count), **kwargs)
        run.action_import()
        self.assertEqual((run.state, run.done_count), ("importing", 0))
        return run

    def test_in_batches_until_done(self):
        run = self.queued()
        with patch.object(
            VehicleImportKind, "_load_rows", autospec=True, side_effect=load_rows
        ) as loader:
            self.run_cron(CRON)
        self.assertEqual(loader.call_count, 5)
        self.assertEqual((run.state, run.done_count, run.progress), ("done", 50, 100))
        cars = self.all_vehicles()
        self.assertEqual(cars.mapped("vin"), [vin(number) for number in range(1, 51)])
        self.assertEqual(cars.create_uid, self.clerk)
        self.assertIn(self.clerk.partner_id, run.message_ids.partner_ids)
        # a second call has nothing to do
        messages = run.message_ids
        self.run_cron(CRON)
        self.assertEqual(self.all_vehicles(), cars)
        self.assertEqual(run.message_ids, messages)

    def test_a_killed_worker_loses_and_repeats_nothing(self):
        run = self.queued()
        calls = []

        def killed_in_the_third_batch(kind, run, rows):
            result = load_rows(kind, run, rows)
            calls.append(len(rows))
            if len(calls) == 3:
                raise Killed
            return result

        with patch.object(VehicleImportKind, "_load_rows", killed_in_the_third_batch):
            # not assertRaises: it would roll back what the cron has committed
            try:
                self.run_cron(CRON)
            except Killed:
                self.env.invalidate_all()
        self.assertEqual(calls, [10, 10, 10])
        self.assertEqual(
            (run.state, run.done_count, run.pending_count), ("importing", 20, 30)
        )
        self.assertEqual(len(self.all_vehicles()), 20)
        self.assertEqual(run.progress, 40)
        self.run_cron(CRON)
        self.assertEqual((run.state, run.done_count), ("done", 50))
        self.assertEqual(
            self.all_vehicles().mapped("vin"), [vin(number) for number in range(1, 51)]
        )

    @mute_logger("odoo.sql_db")
    def test_poisoned_rows_stop_nobody(self):
        run = self.queued()
        single = []

        def poisoned(kind, run, rows):
            single.append(len(rows))
            if any(row.row_no == 15 for row in rows):
                raise UserError("poisoned row")
            if any(row.row_no == 16 for row in rows):
                # a fault of the database inside the batch
                kind.env.cr.execute("SELECT 1/0")
            return load_rows(kind, run, rows)

        with patch.object(VehicleImportKind, "_load_rows", poisoned):
            self.run_cron(CRON)
        self.assertEqual((run.state, run.done_count, run.failed_count), ("done", 48, 2))
        failed = run.row_ids.filtered(lambda row: row.state == "failed")
        self.assertEqual(failed.mapped("row_no"), [15, 16])
        self.assertEqual(failed[0].error_text, "poisoned row")
        self.assertIn("division", failed[1].error_text)
        self.assertEqual(single.count(1), 10, "only the bad batch goes row by row")
        self.assertTrue(run.activity_ids)
        # the rest after the fault was mended
        run.action_continue()
        run.action_import()
        self.assertEqual((run.done_count, run.failed_count), (50, 0))

    def test_constraint_of_the_database_is_explained(self):
        run = self.checked(vehicles(1))
        self.env["dealer.vehicle"].create(
            {"vin": vin(9), "company_id": self.company_a.id}
        )

        def twice(kind, run, rows):
            kind.env["dealer.vehicle"].create({"vin": vin(9)})

        with (
            patch.object(VehicleImportKind, "_load_rows", twice),
            mute_logger("odoo.sql_db"),
        ):
            run.action_import()
        self.assertIn("VIN exists already", run.row_ids.error_text)

    def test_all_or_nothing_in_the_background(self):
        run = self.queued(load_mode="all")

        def poisoned(kind, run, rows):
            if any(row.row_no == 45 for row in rows):
                raise UserError("poisoned row")
            return load_rows(kind, run, rows)

        with patch.object(VehicleImportKind, "_load_rows", poisoned):
            self.run_cron(CRON)
        self.assertEqual((run.state, run.done_count), ("failed", 0))
        self.assertFalse(self.all_vehicles())
        failed = run.row_ids.filtered(lambda row: row.state == "failed")
        self.assertEqual(failed.mapped("row_no"), [45])
        run.action_check()
        run.action_import()
        self.run_cron(CRON)
        self.assertEqual((run.state, run.done_count), ("done", 50))

    def test_one_broken_run_does_not_stop_the_others(self):
        broken, good = self.queued(), self.queued(30)
        broken.sudo()._write_protected({"kind": False})
        with mute_logger("odoo.addons.dealer_base.models.import_load"):
            self.run_cron(CRON)
        self.assertEqual((broken.state, good.state), ("failed", "done"))

    def test_two_stores_do_not_mix(self):
        self.company_b.write(
            {"dealer_import_inline_rows": 20, "dealer_import_batch_size": 10}
        )
        run_a = self.queued(50)
        run_b = self.queued(50, user=self.clerk_b)
        self.assertEqual(run_b.company_id, self.company_b)
        self.run_cron(CRON)
        for run, company in ((run_a, self.company_a), (run_b, self.company_b)):
            self.assertEqual((run.state, run.done_count), ("done", 50))
            cars = self.all_vehicles(company)
            self.assertEqual(len(cars), 50)
            self.assertEqual(cars.owner_id.company_id, company)
        # what store A has imported is news to store B, and the other way round
        self.assertEqual(
            self.checked(vehicles(3), user=self.clerk_b).unchanged_count, 3
        )

    def test_queries_do_not_grow_with_the_rows(self):
        counts = []
        for count, start in ((10, 1), (100, 1000)):
            content = vehicles(count, start=start)
            run = self.upload(content)
            run.action_read()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            run.action_check()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        # inserts go in hundreds of rows per statement
        self.assertLess(counts[1], counts[0] + 15)

    def test_rows_with_the_same_fault_are_reported_each(self):
        rows = [vehicle_row(number, 手机号码="1") for number in range(1, 51)]
        run = self.checked(xlsx([HEADER, *rows]))
        self.assertEqual(self.codes(run), ["bad_mobile"] * 50)
        self.assertEqual(run.warning_count, 50)
