import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.spreadsheet import SpreadsheetError, open_book


class DealerImport(models.Model):
    """One upload of a spreadsheet, from the file to the records.

    States: draft (file uploaded) → mapped (sheets and columns understood) → checked
    (dry run done) → importing (rows are being imported) → done; failed when an
    all-or-nothing import could not be finished (nothing was imported then).
    """

    _name = "dealer.import"
    _inherit = ["dealer.guard.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Spreadsheet Import"
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "user_id",
        "group_ids",
        "started_at",
        "finished_at",
        "row_count",
        "done_count",
        "unchanged_count",
        "error_row_count",
        "dropped_count",
        "failed_count",
        "pending_count",
        "message",
        "file_type",
        "encoding",
        "result_file",
        "result_name",
        "layout_accepted",
    )

    name = fields.Char(required=True, copy=False, readonly=True, default="/")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Uploaded by",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    # file
    kind = fields.Selection(
        selection="_selection_kind",
        string="Kind of File",
        help="Empty: found out from the headers.",
        tracking=True,
    )
    file = fields.Binary(required=True, attachment=True, copy=False)
    file_name = fields.Char(copy=False)
    file_type = fields.Char(readonly=True, copy=False)
    encoding = fields.Char(readonly=True, copy=False)
    load_mode = fields.Selection(
        [("valid", "Valid Rows Only"), ("all", "All or Nothing")],
        string="Import",
        required=True,
        default="valid",
        help="Valid rows only: rows with errors are left out and can be imported "
        "later. All or nothing: one error stops the whole file.",
    )
    # contents
    sheet_ids = fields.One2many("dealer.import.sheet", "run_id", copy=False)
    target_ids = fields.One2many("dealer.import.target", "run_id", copy=False)
    column_ids = fields.One2many("dealer.import.column", "run_id", copy=False)
    row_ids = fields.One2many("dealer.import.row", "run_id", copy=False)
    problem_ids = fields.One2many("dealer.import.problem", "run_id", copy=False)
    decision_ids = fields.One2many("dealer.import.decision", "run_id", copy=False)
    # progress
    state = fields.Selection(
        [
            ("draft", "File"),
            ("mapped", "Columns"),
            ("checked", "Checked"),
            ("importing", "Importing"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        default="draft",
        index=True,
        tracking=True,
    )
    row_count = fields.Integer(string="Data Rows", copy=False)
    pending_count = fields.Integer(string="Ready", copy=False)
    done_count = fields.Integer(string="Imported", copy=False)
    unchanged_count = fields.Integer(string="Known Already", copy=False)
    error_row_count = fields.Integer(string="Rows with Errors", copy=False)
    dropped_count = fields.Integer(string="Dropped", copy=False)
    failed_count = fields.Integer(string="Failed", copy=False)
    progress = fields.Float(compute="_compute_progress")
    error_count = fields.Integer(string="Open Errors", compute="_compute_problem_count")
    warning_count = fields.Integer(string="Warnings", compute="_compute_problem_count")
    problem_count = fields.Integer(compute="_compute_problem_count")
    recheck_needed = fields.Boolean(
        compute="_compute_problem_count",
        export_string_translation=False,
        exportable=False,
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    message = fields.Text(readonly=True, copy=False)
    # who may see it: posts of the kind
    group_ids = fields.Many2many("res.groups", string="Posts", copy=False)

    # ---------------------------------------------------------------- computes

    @api.model
    def _selection_kind(self):
        kinds = self.env["dealer.import.kind"]._kind_models()
        return [(code, kind._kind_name()) for code, kind in kinds.items()]

    @api.depends("row_count", "pending_count", "state")
    def _compute_progress(self):
        for run in self:
            total = run.done_count + run.failed_count + run.pending_count
            finished = run.done_count + run.failed_count
            run.progress = 100.0 * finished / total if total else 0.0
            if run.state == "done" and not run.pending_count:
                run.progress = 100.0

    @api.depends("problem_ids.state", "problem_ids.severity")
    def _compute_problem_count(self):
        counts = {}
        for run, severity, state, count in self.env[
            "dealer.import.problem"
        ]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "severity", "state"], ["__count"]
        ):
            counts[run.id, severity, state] = count
        for run in self:
            mine = {key[1:]: count for key, count in counts.items() if key[0] == run.id}
            run.error_count = mine.get(("error", "open"), 0)
            run.warning_count = sum(
                count
                for (severity, _state), count in mine.items()
                if severity == "warning"
            )
            run.problem_count = sum(mine.values())
            run.recheck_needed = any(state == "corrected" for _severity, state in mine)

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        prepared = []
        for vals in vals_list:
            vals = dict(vals)
            if vals.get("name", "/") == "/":
                vals["name"] = self._sudo_next_name(vals.get("company_id"))
            prepared.append(vals)
        runs = super().create(prepared)
        # Before anything is read: the record rules look at the posts
        runs._sudo_update_groups()
        runs._check_kind_rights()
        runs._check_file_size()
        return runs

    def write(self, vals):
        if not self.env.su:
            self._check_kind_rights()
            frozen = {"file", "file_name", "kind", "company_id"} & set(vals)
            busy = self.filtered(
                lambda run: run.state in ("importing", "done") or run.done_count
            )
            if busy and (frozen or "load_mode" in vals):
                raise UserError(
                    self.env._(
                        "%(name)s is imported already; upload a new file instead.",
                        name=busy[0].name,
                    )
                )
        result = super().write(vals)
        if "file" in vals:
            self._check_file_size()
        if "kind" in vals:
            self._check_kind_rights()
            self._sudo_update_groups()
        if {"file", "kind", "company_id"} & set(vals) and not self.env.su:
            # What was read and compared belongs to another file or store
            self.filtered(lambda run: run.state != "draft")._sudo_reset()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_imported(self):
        for run in self:
            if run.state == "importing" or run.done_count:
                raise UserError(
                    self.env._(
                        "%(name)s has imported rows; it stays as the proof of where "
                        "they came from.",
                        name=run.name,
                    )
                )

    @api.model
    def _sudo_next_name(self, company_id=None):
        company = self.env["res.company"].browse(company_id) or self.env.company
        sequence = self.env["ir.sequence"].sudo().with_company(company)
        return sequence.next_by_code("dealer.import") or "/"

    # ------------------------------------------------------------------ rights

    def _kind_model(self):
        """Return the empty recordset of the kind, in the company of the run."""
        self.ensure_one()
        kinds = self.env["dealer.import.kind"]._kind_models()
        if self.kind not in kinds:
            raise UserError(self.env._("Please choose the kind of file."))
        return (
            kinds[self.kind]
            .with_company(self.company_id)
            .with_context(dealer_import_run_id=self.id)
        )

    def _check_kind_rights(self):
        """Refuse users whose post may not import this kind of file.

        :raise AccessError: none of the posts of the kind is held
        """
        if self.env.su:
            return
        kinds = self.env["dealer.import.kind"]._kind_models()
        for run in self:
            if run.kind:
                allowed = (
                    kinds[run.kind]._kind_allowed() if run.kind in kinds else False
                )
                name = kinds[run.kind]._kind_name() if run.kind in kinds else run.kind
            else:
                allowed = any(kind._kind_allowed() for kind in kinds.values())
                name = self.env._("spreadsheets")
            if not allowed:
                raise AccessError(
                    self.env._("Your post may not import: %(kind)s.", kind=name)
                )

    def _sudo_update_groups(self):
        """Let the posts of the kind see the run (before: every importing post)."""
        kinds = self.env["dealer.import.kind"]._kind_models()
        for run in self.sudo():
            chosen = [kinds[run.kind]] if run.kind in kinds else kinds.values()
            group_ids = {
                self.env.ref(xmlid).id for kind in chosen for xmlid in kind._kind_groups
            }
            run._write_protected({"group_ids": [(6, 0, sorted(group_ids))]})

    def _check_file_size(self):
        """Refuse too large files before anything reads them.

        :raise UserError: larger than the setting of the company
        """
        for run in self:
            limit = run.company_id.dealer_import_max_mb
            # bin_size must not turn the content into its length
            size = len(run.with_context(bin_size=False).file or b"") * 3 // 4
            if size > limit * 1024 * 1024 + 2:
                raise UserError(
                    self.env._(
                        "The file has %(size)s MB; at most %(limit)s MB are read. Save "
                        "only the sheets that are to be imported, or ask the "
                        "administrator to raise the limit.",
                        size=round(size / 1024 / 1024, 1),
                        limit=limit,
                    )
                )

    # ------------------------------------------------------------------- tools

    def _file_content(self):
        """Return the bytes of the uploaded file."""
        self.ensure_one()
        # bin_size must not turn the content into its length
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _open_book(self):
        """Read the uploaded file.

        :return: `tools.spreadsheet.Book`
        :raise UserError: the file cannot be read; the text says why
        """
        self.ensure_one()
        self.check_access("read")
        try:
            return open_book(
                self._file_content(),
                self.file_name or "",
                self.company_id._dealer_import_limits(),
            )
        except SpreadsheetError as error:
            raise UserError(self._spreadsheet_error_text(error)) from error

    def _spreadsheet_error_text(self, error):
        """Return what a clerk can understand about a file that cannot be read."""
        facts = error.facts
        texts = {
            "empty_file": self.env._("The file is empty."),
            "no_rows": self.env._("The file has no rows: all its sheets are empty."),
            "encrypted": self.env._(
                "The file is protected by a password. Open it, remove the password "
                "(File / Info / Protect Workbook), save it and upload it again."
            ),
            "too_large": self.env._(
                "The file has %(size)s MB; at most %(limit)s MB are read.",
                size=facts.get("size"),
                limit=facts.get("limit"),
            ),
            "zip_bomb": self.env._(
                "The file unpacks to %(size)s MB and was refused. Delete unused rows, "
                "columns and pictures and save it again.",
                size=facts.get("size"),
            ),
            "xml_entities": self.env._(
                "The file contains definitions that no spreadsheet program writes, and "
                "was refused."
            ),
            "wrong_extension": self.env._(
                "The name ends in .%(extension)s, but the content is %(found)s. Save "
                "the file again in the right format.",
                extension=facts.get("extension"),
                found=facts.get("found"),
            ),
            "not_a_spreadsheet": self.env._(
                "This is not a spreadsheet. Excel files (xlsx, xls) and text files "
                "(csv) can be imported."
            ),
            "too_many_rows": self.env._(
                "The file has more than %(limit)s rows. Please split it.",
                limit=facts.get("limit"),
            ),
            "too_many_cells": self.env._(
                "The file has more than %(limit)s filled cells. Delete rows and "
                "columns that are not to be imported, or split it.",
                limit=facts.get("limit"),
            ),
            "encoding": self.env._(
                "The text of the file cannot be read. Save it as Excel workbook or as "
                "CSV in UTF-8."
            ),
        }
        return texts.get(error.code) or self.env._(
            "The file is damaged and cannot be read. Open it in the spreadsheet "
            "program, save it again and upload the new copy."
        )

    # --------------------------------------------------------------- decisions

    def _check_open_for_decisions(self):
        for run in self:
            if run.state not in ("mapped", "checked", "failed"):
                raise UserError(
                    self.env._("%(name)s is not being checked any more.", name=run.name)
                )

    def _sudo_decide(self, decisions):
        """Keep decisions of the current user (rights were checked by the caller)."""
        self.ensure_one()
        self._check_kind_rights()
        self.env["dealer.import.decision"].sudo().create(
            [
                {"run_id": self.id, "user_id": self.env.uid, **decision}
                for decision in decisions
            ]
        )
        rows = self.sudo().problem_ids
        cells = {
            (decision["sheet_id"], decision["row_no"])
            for decision in decisions
            if decision["action"] in ("drop", "keep", "accept")
        }
        if cells:
            rows.filtered(
                lambda item: (
                    (item.sheet_id.id, item.row_no) in cells and item.state == "open"
                )
            ).state = "corrected"

    def _sudo_reset(self):
        """Forget what was read; the file is read again (rights were checked)."""
        runs = self.sudo()
        runs.problem_ids.unlink()
        runs.row_ids.unlink()
        runs.sheet_ids.unlink()
        runs.target_ids.unlink()
        runs._write_protected(
            {"state": "draft", "message": False, "layout_accepted": False}
        )
        runs._sudo_count_rows()

    def action_reset(self):
        """Go back to the file, for another mapping or another file."""
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            if run.state in ("importing", "done") or run.done_count:
                raise UserError(
                    self.env._("%(name)s has imported rows already.", name=run.name)
                )
        self._sudo_reset()

    # ----------------------------------------------------------------- screens

    def _action_list(self, model, name, context=None, view=None):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("run_id", "=", self.id)],
            "context": {"create": False, **(context or {})},
        }

    def action_open_problems(self):
        """List of all problems, errors first."""
        return self._action_list(
            "dealer.import.problem",
            self.env._("Problems"),
            {"search_default_open": 1, "search_default_group_type": 1},
        )

    def action_open_rows(self):
        """List of the rows by what became of them."""
        return self._action_list(
            "dealer.import.row", self.env._("Rows"), {"search_default_group_state": 1}
        )

    def action_refresh(self):
        """Show the progress of now."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}
