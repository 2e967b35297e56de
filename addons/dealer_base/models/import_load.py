import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..tools.import_field import ImportRow, values_from_json

_logger = logging.getLogger(__name__)


class ImportStopped(Exception):
    """An all-or-nothing import met rows that cannot be imported."""

    def __init__(self, errors):
        super().__init__(len(errors))
        self.errors = errors


class DealerImport(models.Model):
    """From checked rows to records, at once or in the background."""

    _inherit = "dealer.import"

    def action_import(self):
        """Import the valid rows: small files at once, larger ones in the background.

        :raise UserError: not checked, corrections not checked again, or errors in an
            all-or-nothing import
        """
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            run._check_ready()
            run._start()
            if run.pending_count <= run.company_id.dealer_import_inline_rows:
                run._sudo_load_now()
            else:
                self.env.ref("dealer_base.cron_dealer_import")._trigger()

    def _check_ready(self):
        self.ensure_one()
        if self.state != "checked":
            raise UserError(self.env._("Please check %(name)s first.", name=self.name))
        if self.recheck_needed:
            raise UserError(
                self.env._("Corrections were typed in. Please check the file again.")
            )
        if self.load_mode == "all" and self.error_row_count:
            raise UserError(
                self.env._(
                    "%(count)s rows have errors, and you chose all or nothing. Correct "
                    "or drop these rows, or import the valid rows only.",
                    count=self.error_row_count,
                )
            )

    def _start(self):
        self._write_protected(
            {"state": "importing", "started_at": fields.Datetime.now()}
        )

    # ------------------------------------------------------------------- rows

    def _loader(self):
        """Return (kind, run) as the uploader, in his language and the run's company."""
        self.ensure_one()
        run = (
            self.with_user(self.user_id)
            .with_company(self.company_id)
            .with_context(
                allowed_company_ids=self.company_id.ids,
                lang=self.user_id.lang,
                tracking_disable=True,
            )
        )
        return run._kind_model(), run

    def _pending_rows(self, limit=None):
        return self.env["dealer.import.row"].search(
            [("run_id", "=", self.id), ("state", "=", "pending")],
            order="id",
            limit=limit,
        )

    def _import_rows(self, records, import_fields):
        """Return the `ImportRow`s of stored rows."""
        sheets = {sheet.id: self._import_sheet(sheet) for sheet in records.sheet_id}
        result = []
        for record in records:
            row = ImportRow(
                sheets[record.sheet_id.id],
                record.row_no,
                values_from_json(record.values or {}, import_fields),
            )
            row.natural_key = record.natural_key or ""
            row.source_digest = record.source_digest or ""
            row.record_id = record.id
            result.append(row)
        return result

    def _sudo_load_records(self, kind, run, records):
        """Create the records of some rows in one savepoint; raise when one fails."""
        import_fields = kind._import_fields()
        rows = run.sudo()._import_rows(records, import_fields)
        with self.env.cr.savepoint():
            created = kind._load_rows(run, rows)
            by_id = {record.id: record for record in records}
            for row in rows:
                target = created.get(row)
                by_id[row.record_id].write(
                    {
                        "state": "done",
                        "error_text": False,
                        "res_model": target._name if target else False,
                        "res_id": target.id if target else False,
                    }
                )

    def _sudo_skip_known(self, records):
        """Close rows that another run has imported since this one was checked.

        :return: the rows that are still news
        """
        import_fields = self._kind_model()._import_fields()
        rows = self._import_rows(records, import_fields)
        known = self._find_previous(rows, import_fields)
        by_id = {record.id: record for record in records}
        for row, (state, earlier) in known.items():
            by_id[row.record_id].write(
                {
                    "state": state,
                    "res_model": earlier.res_model,
                    "res_id": earlier.res_id,
                }
            )
        return records.filtered(lambda record: record.state == "pending")

    def _sudo_load_batch(self, records):
        """Load a batch of rows that nobody has imported meanwhile.

        :return: {row record: message} of the rows that failed
        """
        records = self._sudo_skip_known(records)
        return self._sudo_load_new(records) if records else {}

    def _sudo_load_new(self, records):
        """Load rows at once; when that fails, row by row.

        :return: {row record: message} of the rows that failed
        """
        kind, run = self._loader()
        try:
            self._sudo_load_records(kind, run, records)
            return {}
        except (psycopg2.OperationalError, ConcurrencyError):
            # Lock or serialization: the whole transaction is to be tried again
            raise
        except Exception as error:
            # Any fault of one row must not stop the others; it is kept on the row
            if len(records) == 1:
                _logger.info(
                    "Import %s, row %s failed", self.name, records.row_no, exc_info=True
                )
                return {records: self._error_message(error)}
        failed = {}
        for record in records:
            failed.update(self._sudo_load_new(record))
        return failed

    def _error_message(self, error):
        """Return a short text of why a row could not be imported."""
        if isinstance(error, psycopg2.IntegrityError):
            name = error.diag.constraint_name
            model = next(
                (
                    model._name
                    for model in self.env.registry.values()
                    if name in model._table_objects
                ),
                self._name,
            )
            text = self.env[model]._sql_error_to_message(error)
        elif isinstance(error, UserError):
            text = str(error)
        else:
            text = f"{type(error).__name__}: {error}"
        return " ".join(str(text).split())[:500]

    def _sudo_load_now(self):
        """Import all pending rows of a small file in the running request.

        The rows are loaded as the uploader; only the books of the run are not his.
        """
        self.ensure_one()
        run = self.sudo()
        if run.load_mode == "all":
            run._sudo_load_all_or_nothing()
        else:
            size = max(run.company_id.dealer_import_batch_size, 1)
            while records := run._pending_rows(size):
                run._sudo_mark_failed(run._sudo_load_batch(records))
            run._sudo_finish()

    def _sudo_mark_failed(self, failed):
        for record, message in failed.items():
            record.write({"state": "failed", "error_text": message})

    def _sudo_load_all_or_nothing(self):
        """Import every row in one transaction, or none of them."""
        size = max(self.company_id.dealer_import_batch_size, 1)
        try:
            with self.env.cr.savepoint():
                while records := self._pending_rows(size):
                    failed = self._sudo_load_batch(records)
                    if failed:
                        raise ImportStopped(
                            [(record.id, text) for record, text in failed.items()]
                        )
        except ImportStopped as stopped:
            rows = self.env["dealer.import.row"]
            for row_id, text in stopped.errors:
                rows.browse(row_id).write({"state": "failed", "error_text": text})
            self._sudo_finish(failed=True)
        else:
            self._sudo_finish()

    # ------------------------------------------------------------------- cron

    @api.model
    def _cron_import(self):
        """Import the queued runs batch by batch; each batch is committed.

        A killed worker loses the batch it was in; the next call goes on with the first
        row that is not done. A second call without queued runs does nothing.
        """
        runs = self.search([("state", "=", "importing")], order="started_at, id")
        cron = self.env["ir.cron"]
        remaining = self.env["dealer.import.row"].search_count(
            [("run_id", "in", runs.ids), ("state", "=", "pending")]
        )
        cron._commit_progress(remaining=remaining)
        for run in runs:
            while True:
                locked = run.try_lock_for_update(allow_referencing=True)
                if not locked or locked.state != "importing":
                    break
                try:
                    with self.env.cr.savepoint():
                        worked = locked._cron_step()
                except (psycopg2.OperationalError, ConcurrencyError):
                    raise
                except Exception:
                    # The kind itself is broken: stop this run, not the others
                    _logger.exception("Import %s stopped", run.name)
                    locked._sudo_finish(failed=True)
                    worked = 0
                left = cron._commit_progress(worked)
                if not left:
                    return
                if locked.state != "importing":
                    break

    def _cron_step(self):
        """Import the next batch of one run; finish it when there is none.

        :return: number of rows worked off
        """
        self.ensure_one()
        if self.load_mode == "all":
            count = self.pending_count
            self._sudo_load_all_or_nothing()
            return count
        records = self._pending_rows(max(self.company_id.dealer_import_batch_size, 1))
        if not records:
            self._sudo_finish()
            return 0
        self._sudo_mark_failed(self._sudo_load_batch(records))
        self._sudo_count_rows()
        if not self.pending_count:
            self._sudo_finish()
        return len(records)

    # ----------------------------------------------------------------- results

    def _sudo_count_rows(self):
        """Write the numbers of rows by state; one query for all runs."""
        counts = {}
        self.env["dealer.import.row"].flush_model()
        for run, state, count in (
            self.env["dealer.import.row"]
            .sudo()
            ._read_group([("run_id", "in", self.ids)], ["run_id", "state"], ["__count"])
        ):
            counts[run.id, state] = count
        for run in self.sudo():
            mine = {
                state: counts.get((run.id, state), 0)
                for state in (
                    "pending",
                    "done",
                    "unchanged",
                    "changed",
                    "error",
                    "dropped",
                    "failed",
                )
            }
            run._write_protected(
                {
                    "row_count": sum(mine.values()),
                    "pending_count": mine["pending"],
                    "done_count": mine["done"],
                    "unchanged_count": mine["unchanged"] + mine["changed"],
                    "error_row_count": mine["error"],
                    "dropped_count": mine["dropped"],
                    "failed_count": mine["failed"],
                }
            )

    def _sudo_finish(self, failed=False):
        """Close the run and tell the uploader."""
        for run in self.sudo():
            run._sudo_count_rows()
            if failed:
                text = run.env._(
                    "Nothing was imported: the import stopped at rows that cannot be "
                    "imported. See the rows marked as failed."
                )
            else:
                text = run.env._(
                    "%(done)s rows imported, %(known)s known already, %(errors)s left "
                    "out with errors, %(dropped)s dropped, %(failed)s failed.",
                    done=run.done_count,
                    known=run.unchanged_count,
                    errors=run.error_row_count,
                    dropped=run.dropped_count,
                    failed=run.failed_count,
                )
            run._write_protected(
                {
                    "state": "failed" if failed else "done",
                    "finished_at": fields.Datetime.now(),
                    "message": text,
                }
            )
            run._notify_uploader(text, failed)

    def _notify_uploader(self, text, failed):
        run = self.with_context(lang=self.user_id.lang)
        run.message_post(
            body=text,
            partner_ids=run.user_id.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
        )
        run.user_id._bus_send(
            "simple_notification",
            {
                "type": "danger" if failed or run.failed_count else "success",
                "title": run.name,
                "message": text,
                "sticky": True,
            },
        )
        if failed or run.failed_count or run.error_row_count:
            run.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=run.user_id.id,
                summary=run.env._("Rows were not imported"),
                note=text,
            )

    def action_continue(self):
        """Check the rows again that were left out, to import them after correction."""
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            if run.state not in ("done", "failed"):
                raise UserError(
                    self.env._("%(name)s is not finished yet.", name=run.name)
                )
            run._write_protected({"state": "checked"})
            run._check_file()
