from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.review import OPEN_STATES


class DealerClaimReviewReason(models.Model):
    """Cause and suggestion for one reason of the monthly report (§3.14).

    The lines follow from the data: nobody adds or deletes one, the submitter writes
    the texts.
    """

    _name = "dealer.claim.review.reason"
    _description = "Reason in the Claims Report"
    _inherit = ["dealer.derived.mixin"]
    _order = "review_id, area desc, case_count desc, id"
    _check_company_auto = True
    _protected_fields = ("review_id", "area", "reason", "case_count", "amount")

    review_id = fields.Many2one(
        "dealer.review", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="review_id.company_id", store=True, index=True, string="Store"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    area = fields.Selection(
        [("returned", "Returned"), ("overdue", "Overdue")],
        string="What",
        required=True,
        readonly=True,
    )
    reason = fields.Char(string="Reason Code", required=True, readonly=True)
    label = fields.Char(string="Reason", compute="_compute_label")
    case_count = fields.Integer(string="Cases", readonly=True)
    amount = fields.Monetary(readonly=True)
    cause = fields.Text(help="Why these cases came back or were paid late.")
    suggestion = fields.Text(help="What the store changes so that it happens less.")

    _reason_uniq = models.UniqueIndex(
        "(review_id, area, reason)", "The report has this reason already."
    )

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_label(self):
        words = self.env["dealer.review"]._claim_reasons()
        for line in self:
            line.label = words.get(line.reason, line.reason)

    def _missing_text(self):
        """Which text is missing, in words; empty when both stand."""
        self.ensure_one()
        _ = self.env._
        parts = []
        if not (self.cause or "").strip():
            parts.append(_("cause missing"))
        if not (self.suggestion or "").strip():
            parts.append(_("suggestion missing"))
        return _(", ").join(parts)

    def write(self, vals):
        if vals.keys() & {"cause", "suggestion"}:
            fixed = self.review_id.filtered(lambda r: r.state not in OPEN_STATES)
            self.review_id._check_post_of("author")
            if fixed:
                raise UserError(
                    self.env._(
                        "%(names)s: submitted, so its text stands. Ask the reviewer "
                        "to return it.",
                        names=", ".join(fixed.mapped("display_name")),
                    )
                )
        return super().write(vals)
