from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerOverrideWizard(models.TransientModel):
    """Shows what stops a document and lets the current user sign for it."""

    _name = "dealer.override.wizard"
    _description = "Waive a Guard"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
    )
    record_name = fields.Char(
        string="Record",
        compute="_compute_record_name",
    )
    line_ids = fields.One2many(
        "dealer.override.wizard.line",
        "wizard_id",
        string="Open Guards",
    )
    reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Kind of Reason",
        domain="[('category', '=', 'waiver')]",
    )
    reason = fields.Text(string="Why")

    @api.model
    def _open_for(self, record):
        """Wizard with everything that is open on one document.

        :param record: record of a model with guards
        """
        lines = self._prepare_lines(record)
        if not lines:
            raise UserError(
                self.env._(
                    "%(name)s: no guard is open that somebody may waive.",
                    name=record.display_name,
                )
            )
        return self.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for wizard in self:
            record = wizard._get_document(wizard.res_model, wizard.res_id)
            wizard.record_name = record.display_name

    @api.model
    def _get_document(self, res_model, res_id):
        """The document, if it is one with guards and the user may read it."""
        model = self.env.get(res_model)
        if model is None or not hasattr(model, "_open_violations") or not res_id:
            raise UserError(self.env._("There is no guarded document to waive."))
        record = model.browse(res_id)
        record.check_access("read")
        return record

    def _prepare_lines(self, record):
        """What is open on the document and may be waived by somebody."""
        rows = {}
        held = self.env.user.all_group_ids
        for transition in record._guard_transitions:
            signatures = record._guard_signatures(transition)
            shown = record._guard_shown(transition)
            for violation in shown._open_violations(transition):
                guard = self.env["dealer.guard"]._by_code(violation.code)
                if not guard or guard.waiver_mode == "none":
                    continue
                _done, signed, missing = record._waiver_progress(violation, signatures)
                can_sign = bool(missing & held) and self.env.user not in signed.user_id
                row = rows.get((guard, transition))
                if row:
                    # One signature covers all that a guard finds on a document.
                    row["reason"] += f"; {violation.reason}"
                    row["can_sign"] = row["selected"] = row["can_sign"] or can_sign
                    continue
                rows[guard, transition] = {
                    "guard_id": guard.id,
                    "transition": transition,
                    "reason": violation.reason,
                    "signed": ", ".join(
                        f"{line.user_id.name} ({line.role_group_id.name})"
                        for line in signed
                    ),
                    "missing": guard._waiver_missing_text(missing),
                    "can_sign": can_sign,
                    "selected": can_sign,
                }
        return list(rows.values())

    def action_sign(self):
        """Sign the chosen guards as the current user."""
        self.ensure_one()
        record = self._get_document(self.res_model, self.res_id)
        if not self.reason_id:
            raise UserError(self.env._("Choose the kind of reason."))
        lines = self.line_ids.filtered("selected")
        if not lines:
            raise UserError(
                self.env._("Choose at least one guard that your post may waive.")
            )
        if set(lines.mapped("transition")) - set(record._guard_transitions):
            raise UserError(self.env._("There is no guarded document to waive."))
        for line in lines:
            record._waive(
                line.guard_id.code, line.transition, self.reason, self.reason_id
            )
        return {"type": "ir.actions.act_window_close"}


class DealerOverrideWizardLine(models.TransientModel):
    _name = "dealer.override.wizard.line"
    _description = "Open Guard to Waive"

    wizard_id = fields.Many2one(
        "dealer.override.wizard",
        required=True,
        index=True,
        ondelete="cascade",
    )
    guard_id = fields.Many2one("dealer.guard", required=True, readonly=True)
    transition = fields.Char(required=True, readonly=True)
    reason = fields.Char(string="What Is Open", readonly=True)
    signed = fields.Char(string="Signed By", readonly=True)
    missing = fields.Char(string="Still Missing", readonly=True)
    can_sign = fields.Boolean(readonly=True)
    selected = fields.Boolean(string="Sign")
