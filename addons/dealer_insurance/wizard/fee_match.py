from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerFeeMatch(models.TransientModel):
    """A person says which policy a line of a fee statement means."""

    _name = "dealer.fee.match"
    _description = "Choose the Policy of a Statement Line"

    line_id = fields.Many2one(
        "dealer.fee.statement.line", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id")
    insurer_id = fields.Many2one(related="line_id.insurer_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    policy_text = fields.Char(related="line_id.policy_text")
    product_text = fields.Char(related="line_id.product_text")
    insured_text = fields.Char(related="line_id.insured_text")
    plate_text = fields.Char(related="line_id.plate_text")
    vin_text = fields.Char(related="line_id.vin_text")
    issued_on = fields.Date(related="line_id.issued_on")
    stated_base = fields.Monetary(related="line_id.stated_base")
    statement_fee = fields.Monetary(related="line_id.statement_fee")
    candidate_ids = fields.One2many("dealer.fee.match.candidate", "wizard_id")
    policy_id = fields.Many2one(
        "dealer.policy",
        string="Other Policy",
        domain="[('company_id', '=', company_id), ('state', '!=', 'draft'),"
        " ('insurer_id', '=', insurer_id)]",
    )
    endorsement_id = fields.Many2one(
        "dealer.endorsement",
        string="Its Endorsement",
        domain="[('policy_id', '=', policy_id), ('state', '=', 'effective')]",
    )
    reason = fields.Char(
        help="How you know: it stays on the line, next to your name.",
    )

    @api.model
    def _open_for(self, line):
        """A dialog with the candidates that the matching has found."""
        vals_list = []
        for found in line.candidates or []:
            keys = [tuple(key) for key in found["keys"]]
            follows = keys[0][0] == "endorsement"
            ids = [res_id for _kind, res_id in keys]
            source = self.env[
                "dealer.endorsement" if follows else "dealer.policy"
            ].browse(ids)
            vals_list.append(
                {
                    "policy_ids": [
                        fields.Command.set(
                            (source.policy_id if follows else source).ids
                        )
                    ],
                    "endorsement_id": ids[0] if follows else False,
                    "score": found["score"],
                    "reason": line.statement_id._candidate_text(found),
                }
            )
        return self.create(
            {
                "line_id": line.id,
                "candidate_ids": [fields.Command.create(vals) for vals in vals_list],
            }
        )

    def action_choose(self):
        """Take the policy entered by hand."""
        self.ensure_one()
        if not self.policy_id:
            raise UserError(self.env._("Choose a policy, or say that it is not ours."))
        self.line_id._choose(self.policy_id, self.endorsement_id, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_not_ours(self):
        """None of our policies: the line is withheld as unknown."""
        self.ensure_one()
        self.line_id._refuse_candidates(self.reason)
        return {"type": "ir.actions.act_window_close"}


class DealerFeeMatchCandidate(models.TransientModel):
    """One policy that the matching proposes for a line."""

    _name = "dealer.fee.match.candidate"
    _description = "Proposed Policy of a Statement Line"
    _order = "score desc, id"

    wizard_id = fields.Many2one(
        "dealer.fee.match", required=True, index=True, ondelete="cascade"
    )
    policy_ids = fields.Many2many(
        "dealer.policy", "dealer_fee_match_candidate_policy_rel", string="Policies"
    )
    endorsement_id = fields.Many2one("dealer.endorsement")
    policy_id = fields.Many2one("dealer.policy", compute="_compute_policy_id")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    product = fields.Selection(related="policy_id.product")
    insured_id = fields.Many2one(
        related="policy_id.underwriting_id.insured_id", string="Insured"
    )
    plate = fields.Char(related="policy_id.vehicle_id.plate")
    vin = fields.Char(related="policy_id.vehicle_id.vin")
    issued_at = fields.Datetime(related="policy_id.issued_at")
    state = fields.Selection(related="policy_id.state")
    premium = fields.Monetary(compute="_compute_policy_id")
    score = fields.Integer(aggregator=None)
    reason = fields.Char()

    @api.depends("policy_ids", "endorsement_id")
    def _compute_policy_id(self):
        for candidate in self:
            candidate.policy_id = candidate.policy_ids[:1]
            source = candidate.endorsement_id or candidate.policy_ids
            candidate.premium = sum(source.mapped("premium"))

    def action_choose(self):
        """Take this candidate."""
        self.ensure_one()
        wizard = self.wizard_id
        wizard.line_id._choose(self.policy_ids, self.endorsement_id, wizard.reason)
        return {"type": "ir.actions.act_window_close"}
