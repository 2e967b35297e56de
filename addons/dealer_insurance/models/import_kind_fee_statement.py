import hashlib
import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.tools.import_field import Finding, values_to_json

from ..tools.import_columns import in_both_languages
from ..tools.import_columns_statement import (
    PRODUCT_GROUPS,
    money_columns,
    statement_columns,
    total_families,
)
from ..tools.statement_classify import EX_VAT
from ..tools.statement_lines import basis_of_columns, rate_scale, row_parts
from ..tools.statement_numbers import LOST, masked
from ..tools.statement_title import statement_number, statement_period
from ..tools.statement_totals import check_totals

NUMBER_KEYS = ("policy_no", *(f"{prefix}_no" for prefix, _p, _w in PRODUCT_GROUPS))
RATE_KEYS = ("rate", *(f"{prefix}_rate" for prefix, _p, _w in PRODUCT_GROUPS))
#: Texts that are kept on the line as they stand in the file.
TEXT_KEYS = (*NUMBER_KEYS, "endorsement_no", "product", "insured", "plate", "vin")
BASIS = [("ex_vat", "Without VAT"), ("incl_vat", "With VAT")]


class FeeStatementImportKind(models.AbstractModel):
    """Agency fee statement of an insurer (代理费结算单), as the insurer sends it.

    Every line comes in, however badly it is typed: a line that is left out is money
    that nobody sees. Only a line without a readable fee must be mended first. What
    belongs to the whole file (insurer, period, number, basis) stands on the run, where
    the user can correct it.
    """

    _name = "dealer.import.kind.fee_statement"
    _inherit = "dealer.import.kind"
    _description = "Import of an Agency Fee Statement"
    _kind_label = "Agency fee statement"
    _kind_sequence = 60
    _has_summary_sheets = True
    _kind_groups = (
        "dealer_base.group_policy_clerk",
        "dealer_base.group_finance",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Agency fee statement")

    @api.model
    def _import_fields(self):
        return in_both_languages(statement_columns, self.env._)

    @api.model
    def _key_fields(self):
        return [*NUMBER_KEYS, "vin"]

    @api.model
    def _layout_source(self, run):
        run._sudo_guess_statement()
        return run.statement_insurer_id

    # -- the whole file ---------------------------------------------------------

    @api.model
    def _prepare_rows(self, run, rows):
        """Facts of the statement, numbers that lost digits, rates, summary sheets."""
        self._set_summaries_apart(rows)
        data = [row for row in rows if row.kind == "data"]
        run._sudo_guess_statement()
        self._check_facts(run)
        for row in data:
            self._mend_numbers(row)
        self._settle_rates(data)
        for row in data:
            row.values["_texts"] = {
                key: row.texts[key].strip() for key in TEXT_KEYS if row.texts.get(key)
            }
        if not run.statement_basis:
            keys = {
                key
                for row in data[:1]
                for key in row.sheet.columns
                if any(other.get(key) is not None for other in data)
            }
            run._sudo_note_statement(statement_basis=basis_of_columns(keys) or False)
        run._sudo_note_statement(statement_digest=self._digest(data))

    @api.model
    def _set_summaries_apart(self, rows):
        """Rows of a sheet that names neither policies nor cars are printed totals."""
        keyed = {
            id(row.sheet)
            for row in rows
            if any(key in row.sheet.columns for key in self._key_fields())
        }
        for row in rows:
            if keyed and id(row.sheet) not in keyed and row.kind == "data":
                row.kind = "total"
                row.findings = []

    @api.model
    def _check_facts(self, run):
        """Ask for what the file does not tell, before anything is compared.

        :raise UserError: insurer or period is unknown, or a confirmed statement of the
            same number would be replaced
        """
        if not run.statement_insurer_id:
            raise UserError(
                self.env._(
                    "The file does not say which insurer sent it. Choose the insurer "
                    "on the upload and check again."
                )
            )
        if not (run.statement_from and run.statement_to):
            raise UserError(
                self.env._(
                    "The file does not say which period it settles. Enter the first "
                    "and last day on the upload and check again."
                )
            )
        if run.statement_from > run.statement_to:
            raise UserError(self.env._("The period ends before it begins."))
        replaced = run._replaced_statement()
        if replaced and replaced.confirmed_at:
            raise UserError(
                self.env._(
                    "%(statement)s is confirmed. Take the confirmation back before you "
                    "import a corrected version.",
                    statement=replaced.display_name,
                )
            )

    @api.model
    def _mend_numbers(self, row):
        """Keep what a spreadsheet left of a long number; the car may tell the rest."""
        kept = []
        for finding in row.findings:
            lost = finding.code in ("digits_lost", "policy_no_as_number")
            if lost and finding.field_key in NUMBER_KEYS:
                number = masked(row.texts.get(finding.field_key))
                row.values[finding.field_key] = number or row.texts.get(
                    finding.field_key
                )
                kept.append(
                    Finding(
                        "statement_number_cut",
                        finding.field_key,
                        finding.value,
                        facts={"known": number.split(LOST)[0]},
                    )
                )
            elif finding.field_key in (*TEXT_KEYS, "issued_on", "starts_on"):
                # Untidy, or even wrong, but no reason to leave money out.
                finding.applied = True
                kept.append(finding)
            else:
                kept.append(finding)
        row.findings = kept

    @api.model
    def _settle_rates(self, data):
        """Rates as 15, 15 % or 0.15 become shares, column by column."""
        parts = [(row, part) for row in data for part in row_parts(row.values)]
        for key in RATE_KEYS:
            group = key.removesuffix("_rate") if key != "rate" else ""
            mine = [(row, part) for row, part in parts if part.group == group]
            scale = rate_scale(part for _row, part in mine)
            if scale == 1:
                continue
            for row in data:
                if row.values.get(key) is not None:
                    row.values[key] = Decimal(str(row.values[key])) * scale

    @api.model
    def _digest(self, data):
        """Fingerprint of the lines, the same wherever they stand in the file."""
        keys = [item.key for item in self._import_fields() if item.compared]
        lines = []
        for row in data:
            if row.dropped:
                continue
            values = values_to_json(row.values)
            lines.append({key: values[key] for key in keys if values.get(key)})
        payload = json.dumps(lines, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(payload.encode()).hexdigest()[:32]

    @api.model
    def _known_rows(self, run, rows):
        """A statement with the very same lines is known already, as a whole."""
        known = run._known_statement()
        if not known:
            return {}
        # sudo: the rows of the earlier upload are pointed at, whoever uploaded it
        known_sudo = known.sudo()
        earlier = {
            (row.sheet_id.name or "", row.row_no): row
            for row in known_sudo.import_id.row_ids
        }
        fallback = known_sudo.import_id.row_ids[:1]
        return {
            row: ("unchanged", earlier.get((row.sheet.name, row.row_no), fallback))
            for row in rows
            if earlier
        }

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        data = [row for row in rows if row.kind == "data" and not row.dropped]
        for row in data[:1]:
            if not any(key in row.sheet.columns for key in NUMBER_KEYS):
                row.add("statement_no_number", None)
            if not run.statement_basis:
                row.add("statement_basis_unknown", None)
        for row in data:
            parts = row_parts(row.values)
            fees = [part for part in parts if part.fees]
            doubtful = any(found.code == "not_a_number" for found in row.findings)
            if len(fees) < len(parts) and not doubtful:
                row.add("statement_no_fee", None)
            self._check_row_sum(row, fees)
        run._sudo_note_statement(statement_totals=self._check_printed_totals(run, rows))

    @api.model
    def _check_row_sum(self, row, parts):
        """The fee of the row is the sum of its products."""
        if len(parts) < 1 or not any(part.group for part in parts):
            return
        for key, fee in (
            ("sum", "fee"),
            ("sum_ex", "fee_ex"),
            ("sum_incl", "fee_incl"),
        ):
            if row.get(key) is None:
                continue
            values = [part.fees.get(fee, part.fees.get("fee")) for part in parts]
            if None in values:
                continue
            if abs(sum(values) - Decimal(str(row.get(key)))) > Decimal("0.01"):
                row.add("statement_row_sum", key, expected=sum(values))

    @api.model
    def _check_printed_totals(self, run, rows):
        """Compare all printed totals; returns what was found as plain data."""
        labels = {item.key: str(item.label) for item in self._import_fields()}
        columns, families = money_columns(), total_families()
        found = []
        by_sheet = {}
        for row in rows:
            by_sheet.setdefault(id(row.sheet), []).append(row)
        main = max(by_sheet.values(), key=len, default=[])
        for sheet_rows in by_sheet.values():
            if sheet_rows is not main and all(r.kind == "total" for r in sheet_rows):
                # A summary counts the lines of the detail sheet.
                sheet_rows = [r for r in main if r.kind == "data"] + sheet_rows
            by_row = {row.row_no: row for row in sheet_rows if row.kind == "total"}
            for check in check_totals(
                [(r.row_no, r.kind == "total", r.values) for r in sheet_rows],
                columns,
                families,
            ):
                row = by_row[check.row_no]
                found.append(
                    {
                        "row": check.row_no,
                        "sheet": row.sheet.name,
                        "label": next(
                            (
                                t.strip()
                                for _c, t in sorted(row.cells.items())
                                if t.strip()
                            ),
                            "",
                        ),
                        "column": labels[check.column],
                        "key": check.column,
                        "printed": str(check.printed),
                        "expected": str(check.expected),
                        "scope": check.scope,
                        "signs": check.signs,
                        "read_as": labels[check.read_as],
                        "other_column": check.read_as != check.column,
                        "left_out": str(check.left_out),
                    }
                )
                if not check.fits:
                    row.add("subtotal_mismatch", check.column, expected=check.expected)
                elif not check.plain:
                    row.add(
                        "statement_total_rule",
                        check.column,
                        rule=self._rule_text(check, labels),
                    )
        return found

    @api.model
    def _rule_text(self, check, labels):
        """In words: of what a printed total is the sum."""
        parts = []
        if check.signs == "positive":
            parts.append(
                self.env._(
                    "negative lines (%(amount)s) are left out",
                    amount=check.left_out,
                )
            )
        if check.read_as != check.column:
            parts.append(
                self.env._(
                    "it is the sum of “%(column)s”", column=labels[check.read_as]
                )
            )
        return "; ".join(parts)

    # -- records ----------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        statement = run._statement_of_run()
        stored = {
            row.id: row.values
            for row in self.env["dealer.import.row"].browse(
                [row.record_id for row in rows]
            )
        }
        vals_list, owners = [], []
        for row in rows:
            texts = (stored[row.record_id] or {}).get("_texts") or {}
            for index, part in enumerate(row_parts(row.values)):
                vals_list.append(statement._prepare_line_vals(row, part, index, texts))
                owners.append(row)
        lines = statement._sudo_create_lines(vals_list)
        result = {}
        for row, line in zip(owners, lines, strict=True):
            result.setdefault(row, line)
        return result


class DealerImport(models.Model):
    _inherit = "dealer.import"

    statement_insurer_id = fields.Many2one(
        "res.partner",
        string="Insurer",
        domain=[("is_insurer", "=", True)],
        help="Empty: found out from the titles and the name of the file.",
    )
    statement_number = fields.Char(string="Insurer's Statement No.")
    statement_from = fields.Date(string="Period from")
    statement_to = fields.Date(string="Period to")
    statement_basis = fields.Selection(
        BASIS,
        string="Fee Basis",
        help="Empty: decided by the lines when they are matched.",
    )
    statement_digest = fields.Char(readonly=True, copy=False)
    statement_totals = fields.Json(readonly=True, copy=False)
    statement_ids = fields.One2many(
        "dealer.fee.statement", "import_id", string="Statements", readonly=True
    )
    statement_id = fields.Many2one(
        "dealer.fee.statement",
        string="Fee Statement",
        compute="_compute_statement_id",
    )

    @api.depends("kind", "statement_ids", "statement_digest", "statement_insurer_id")
    def _compute_statement_id(self):
        mine = self.filtered(lambda run: run.kind == "fee_statement")
        # Other posts import other files and do not read statements
        (self - mine).statement_id = False
        for run in mine:
            run.statement_id = run.statement_ids[:1] or run._known_statement()

    @api.model_create_multi
    def create(self, vals_list):
        # A statement with a hole in it would be matched and paid with the hole.
        return super().create(
            [
                {**vals, "load_mode": "all"}
                if vals.get("kind") == "fee_statement"
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        result = super().write(vals)
        if "file" in vals and not self.env.su:
            self._sudo_note_statement(statement_digest=False, statement_totals=False)
        return result

    def _guarded_names(self):
        # EXTENDS dealer_base: what the check found out is nobody's to write
        return [*super()._guarded_names(), "statement_digest", "statement_totals"]

    def _sudo_note_statement(self, **vals):
        """Keep what the check found out about the statement (after its rights)."""
        self.sudo()._write_protected(vals)

    def _sudo_guess_statement(self):
        """Fill in what titles, cover sheets and the file name tell, if still empty."""
        for run in self.sudo():
            sheets = run.sheet_ids
            texts = [text for sheet in sheets for text in (sheet.texts or [])]
            texts += [sheet.name or "" for sheet in sheets] + [run.file_name or ""]
            vals = {}
            if not run.statement_insurer_id:
                index = run.env["res.partner"]._insurer_index()
                for text in texts:
                    insurer = run.env["res.partner"]._find_insurer(text, index)
                    if insurer:
                        vals["statement_insurer_id"] = insurer.id
                        break
            if not run.statement_from and not run.statement_to:
                first, last = statement_period(texts)
                if first:
                    vals.update(statement_from=first, statement_to=last)
            if not run.statement_number:
                number = statement_number(texts)
                if number:
                    vals["statement_number"] = number
            if vals:
                run.write(vals)

    def _statement_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("insurer_id", "=", self.statement_insurer_id.id),
            ("replaced_at", "=", False),
        ]

    def _known_statement(self):
        """The statement with the very same lines, empty when there is none."""
        self.ensure_one()
        Statement = self.env["dealer.fee.statement"]
        if not self.statement_digest or not self.statement_insurer_id:
            return Statement
        return Statement.search(
            [
                *self._statement_domain(),
                ("digest", "=", self.statement_digest),
                ("import_id", "!=", self.id),
            ],
            limit=1,
        )

    def _replaced_statement(self):
        """The statement of which this file is a corrected version.

        The same number of the insurer, or, without numbers, the same period.
        """
        self.ensure_one()
        domain = [*self._statement_domain(), ("import_id", "!=", self.id)]
        if self.statement_number:
            domain.append(("statement_no", "=", self.statement_number))
        else:
            domain += [
                ("statement_no", "=", False),
                ("date_from", "=", self.statement_from),
                ("date_to", "=", self.statement_to),
            ]
        found = self.env["dealer.fee.statement"].search(domain, limit=1)
        same = found.digest and found.digest == self.statement_digest
        return found.browse() if same else found

    def _statement_of_run(self):
        """The statement of this file, created with the first batch of its lines."""
        self.ensure_one()
        found = self.env["dealer.fee.statement"].search(
            [("import_id", "=", self.id)], limit=1
        )
        return found or self.env["dealer.fee.statement"]._sudo_create_from_import(self)

    def _sudo_finish(self, failed=False):
        result = super()._sudo_finish(failed=failed)
        for run in self.filtered(lambda run: run.kind == "fee_statement"):
            if not failed and run.statement_ids:
                run.statement_ids._sudo_after_import()
                run._sudo_remember_layout(run.statement_insurer_id)
        return result

    def action_open_statement(self):
        """Open the statement that came out of this file."""
        self.ensure_one()
        return self.statement_id._get_records_action(name=self.env._("Fee Statement"))


#: What a statement counts on unless columns or lines say otherwise.
DEFAULT_BASIS = EX_VAT
