from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerRenewalProspectConflict(models.Model):
    """What another list says of a prospect and we know otherwise; ours stays until
    somebody decides."""

    _name = "dealer.renewal.prospect.conflict"
    _description = "Difference between Prospect Lists"
    _inherit = ["dealer.derived.mixin"]
    _order = "state desc, id desc"
    _rec_name = "field_label"
    _check_company_auto = True
    _protected_fields = (
        "prospect_id",
        "field_name",
        "ours",
        "theirs",
        "value",
        "origin",
        "state",
        "decided_by_id",
        "decided_at",
    )

    prospect_id = fields.Many2one(
        "dealer.renewal.prospect", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="prospect_id.company_id", store=True, index=True, precompute=True
    )
    field_name = fields.Char(required=True, readonly=True)
    field_label = fields.Char(string="Fact", compute="_compute_field_label")
    ours = fields.Char(string="We Know", readonly=True)
    theirs = fields.Char(string="The List Says", readonly=True)
    value = fields.Char(readonly=True)
    origin = fields.Char(string="Found In", readonly=True)
    state = fields.Selection(
        [("open", "To Decide"), ("kept", "Ours Kept"), ("taken", "List Taken")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)

    @api.depends("field_name")
    @api.depends_context("lang")
    def _compute_field_label(self):
        fields_ = self.env["dealer.renewal.prospect"]._fields
        for conflict in self:
            field = fields_.get(conflict.field_name)
            conflict.field_label = field and field._description_string(self.env)

    @api.model
    def _sudo_list(self, prospect, vals_list):
        """Write down differences that are not listed yet; the caller merged a list."""
        if not vals_list:
            return
        listed_sudo = prospect.sudo().conflict_ids
        known = {(line.field_name, line.value) for line in listed_sudo}
        self.sudo()._create_protected(
            [
                vals
                for vals in vals_list
                if (vals["field_name"], vals["value"]) not in known
            ]
        )

    def action_keep(self):
        """What we know stays."""
        self._decide("kept")
        return True

    def action_take(self):
        """Write what the list says into the prospect."""
        self._decide("taken")
        for conflict in self:
            field = conflict.prospect_id._fields[conflict.field_name]
            value = conflict.value
            if field.type in ("many2one", "integer"):
                value = int(value)
            elif field.type in ("float", "monetary"):
                value = float(value)
            elif field.type == "boolean":
                value = value == "True"
            conflict.prospect_id.write({conflict.field_name: value})
        return True

    def _decide(self, state):
        self.check_access("write")
        if any(conflict.state != "open" for conflict in self):
            raise UserError(self.env._("This difference was decided already."))
        self._write_protected(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
