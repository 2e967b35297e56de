from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .import_problem_type import NATURE_SELECTION, SEVERITY_SELECTION

ROW_STATE_SELECTION = [
    ("pending", "Ready"),
    ("done", "Imported"),
    ("unchanged", "Unchanged"),
    ("changed", "Changed since Import"),
    ("error", "With Errors"),
    ("dropped", "Dropped"),
    ("failed", "Failed"),
]
ACCEPT_GROUPS = (
    "dealer_base.group_insurance_manager",
    "dealer_base.group_store_manager",
    "dealer_base.group_dealer_admin",
)


class DealerImportRow(models.Model):
    """One data row of a run, with what was read and what became of it."""

    _name = "dealer.import.row"
    _inherit = ["dealer.import.part"]
    _description = "Row of an Import"
    _order = "run_id, id"
    _rec_name = "natural_key"

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    kind = fields.Char(required=True)
    sheet_id = fields.Many2one(
        "dealer.import.sheet", required=True, index=True, ondelete="cascade"
    )
    row_no = fields.Integer(string="Row", aggregator=None)
    natural_key = fields.Char(string="Line")
    state = fields.Selection(ROW_STATE_SELECTION, required=True, default="pending")
    values = fields.Json()
    values_digest = fields.Char()
    source_digest = fields.Char()
    res_model = fields.Char(string="Record Model")
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", aggregator=None
    )
    error_text = fields.Char(string="Why It Failed")
    problem_ids = fields.One2many("dealer.import.problem", "row_id")

    # Recognising lines of earlier runs (re-import)
    _natural_key_idx = models.Index("(company_id, kind, natural_key)")
    _source_idx = models.Index("(company_id, kind, source_digest)")
    # Next batch and progress of a run
    _state_idx = models.Index("(run_id, state, id)")

    @api.depends("sheet_id", "row_no", "natural_key")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.sheet_id.name or ''}!{row.row_no}"

    def action_open_record(self):
        """Open the record that came out of this row."""
        self.ensure_one()
        if not self.res_id:
            raise UserError(self.env._("No record was made from this row."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_drop(self):
        """Leave these rows out of the import."""
        self._decide("drop")

    def action_keep(self):
        """Import these rows although they look like second copies."""
        self._decide("keep")

    def _decide(self, action):
        for run, rows in self.grouped("run_id").items():
            run._check_open_for_decisions()
            run._sudo_decide(
                [
                    {
                        "sheet_id": row.sheet_id.id,
                        "row_no": row.row_no,
                        "action": action,
                    }
                    for row in rows
                ]
            )


class DealerImportProblem(models.Model):
    _name = "dealer.import.problem"
    _inherit = ["dealer.import.part"]
    _description = "Problem of an Import"
    _order = "run_id, severity, sheet_id, row_no, id"
    _user_fields = frozenset({"correction"})

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    sheet_id = fields.Many2one(
        "dealer.import.sheet", index="btree_not_null", ondelete="cascade"
    )
    sheet_name = fields.Char()
    row_id = fields.Many2one(
        "dealer.import.row",
        string="Imported Row",
        index="btree_not_null",
        ondelete="cascade",
    )
    row_no = fields.Integer(string="Row", aggregator=None)
    column_letter = fields.Char(string="Column")
    header = fields.Char()
    field_key = fields.Char()
    value = fields.Char(string="In the File")
    type_id = fields.Many2one(
        "dealer.import.problem.type", required=True, index=True, ondelete="restrict"
    )
    code = fields.Char()
    severity = fields.Selection(SEVERITY_SELECTION, required=True)
    nature = fields.Selection(NATURE_SELECTION, required=True)
    reason = fields.Char()
    advice = fields.Char(related="type_id.advice")
    suggestion = fields.Char(string="Suggested")
    applied = fields.Boolean(
        string="Tidied",
        help="The value was understood; the suggested value is imported.",
    )
    correction = fields.Char(
        help="The right value of the cell. The file itself is not changed."
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("tidied", "Tidied Up"),
            ("corrected", "Corrected, Check Again"),
            ("accepted", "Accepted"),
            ("dropped", "Row Dropped"),
        ],
        required=True,
        default="open",
    )
    accepted_by_id = fields.Many2one("res.users", string="Accepted by")
    accepted_at = fields.Datetime()
    accept_reason = fields.Char()

    _list_idx = models.Index("(run_id, severity, state)")

    @api.depends("type_id", "row_no")
    def _compute_display_name(self):
        for problem in self:
            problem.display_name = f"{problem.type_id.name} ({problem.row_no})"

    def write(self, vals):
        result = super().write(vals)
        if "correction" in vals and not self.env.su:
            self._sudo_store_correction()
        return result

    def _sudo_store_correction(self):
        """Turn typed corrections into decisions of the run (rights were checked)."""
        for run, problems in self.grouped("run_id").items():
            run._check_open_for_decisions()
            cells = problems.filtered(lambda item: item.row_no and item.field_key)
            if problems - cells:
                raise UserError(
                    self.env._(
                        "Only a cell can be corrected here. A problem of the header is "
                        "solved in the list of columns."
                    )
                )
            run._sudo_decide(
                [
                    {
                        "sheet_id": problem.sheet_id.id,
                        "row_no": problem.row_no,
                        "field_key": problem.field_key,
                        "action": "correct" if problem.correction else "forget",
                        "old_value": problem.value,
                        "value": problem.correction,
                    }
                    for problem in cells
                ]
            )
            for problem in cells.sudo():
                problem.state = "corrected" if problem.correction else "open"

    def action_use_suggestion(self):
        """Take the suggested value as correction of the cell."""
        problems = self.filtered(lambda item: item.suggestion and item.state == "open")
        problems.check_access("write")
        problems._sudo_use_suggestions()

    def _sudo_use_suggestions(self):
        """Take over the suggested values in one go (rights were checked)."""
        for problem in self.sudo():
            problem.correction = problem.suggestion
        self._sudo_store_correction()

    def action_drop_row(self):
        """Leave the rows of these problems out of the import."""
        rows = self.row_id
        rows.check_access("read")
        rows.action_drop()

    def action_keep_row(self):
        """Import the rows of these problems although they look like copies."""
        self.row_id.action_keep()

    def action_accept(self):
        """Open the wizard in which a manager accepts true facts with a reason."""
        self._check_acceptable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accept Facts"),
            "res_model": "dealer.import.accept.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_problem_ids": [(6, 0, self.ids)]},
        }

    def _check_acceptable(self):
        if not any(self.env.user.has_group(group) for group in ACCEPT_GROUPS):
            raise AccessError(
                self.env._(
                    "Only the insurance manager, the store manager or the "
                    "administrator may accept facts that break a rule."
                )
            )
        wrong = self.filtered(
            lambda item: item.nature != "fact" or item.severity != "error"
        )
        if wrong:
            raise UserError(
                self.env._(
                    "Row %(row)s: “%(name)s” is a typing error; correct the cell "
                    "instead.",
                    row=wrong[0].row_no,
                    name=wrong[0].type_id.name,
                )
            )

    def _accept(self, reason):
        """Accept facts as the current user; the decision is kept for ever.

        :param reason: why the manager lets the row in
        :raise AccessError: the user is not a manager
        """
        self._check_acceptable()
        if not (reason or "").strip():
            raise UserError(self.env._("Please write why this is accepted."))
        for run, problems in self.grouped("run_id").items():
            run._check_kind_rights()
            run._check_open_for_decisions()
            run._sudo_decide(
                [
                    {
                        "sheet_id": problem.sheet_id.id,
                        "row_no": problem.row_no,
                        "field_key": problem.field_key,
                        "code": problem.code,
                        "action": "accept",
                        "value": problem.value,
                        "reason": reason,
                    }
                    for problem in problems
                ]
            )


class DealerImportDecision(models.Model):
    """What a user decided about a cell or a row; read again at every check.

    Nobody can edit or delete a decision; a later one replaces it.
    """

    _name = "dealer.import.decision"
    _inherit = ["dealer.import.part"]
    _description = "Decision about an Import Row"
    _order = "id"

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    sheet_id = fields.Many2one(
        "dealer.import.sheet", required=True, index=True, ondelete="cascade"
    )
    row_no = fields.Integer(string="Row", aggregator=None)
    field_key = fields.Char()
    code = fields.Char()
    action = fields.Selection(
        [
            ("correct", "Corrected"),
            ("forget", "Correction Taken Back"),
            ("drop", "Row Dropped"),
            ("keep", "Row Kept"),
            ("accept", "Fact Accepted"),
        ],
        required=True,
    )
    old_value = fields.Char(string="In the File")
    value = fields.Char()
    reason = fields.Char()
    user_id = fields.Many2one("res.users", required=True)
    decided_at = fields.Datetime(required=True, default=fields.Datetime.now)
