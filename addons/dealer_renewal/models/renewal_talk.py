from odoo import fields, models

from .renewal_contact import RESULTS
from .renewal_task import SEGMENTS


class DealerRenewalTalk(models.Model):
    """What to say to which customer; written by the store, not by us."""

    _name = "dealer.renewal.talk"
    _description = "Talk Hint"
    _order = "sequence, id"

    name = fields.Char(string="When", required=True, translate=True)
    hint = fields.Text(string="What to Say", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    segment = fields.Selection(SEGMENTS, help="Empty: every source.")
    result = fields.Selection(
        RESULTS, string="After the Result", help="Empty: whatever was said before."
    )
    reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Lost Last Year Because",
        domain=[("category", "=", "renewal_lost")],
        help="Empty: whether or not the customer was lost.",
    )
    only_price = fields.Boolean(string="Only Who Compares Prices")
    only_trouble = fields.Boolean(string="Only with an Open Claim or Complaint")

    def _fits(self, task):
        """Whether the hint is for this customer now.

        :param task: one ``dealer.renewal.task``
        """
        self.ensure_one()
        lost = task.previous_task_id.lost_case_ids[:1].reason_id
        return (
            self.segment in (False, task.segment)
            and self.result in (False, task.last_result)
            and (not self.reason_id or self.reason_id == lost)
            and (not self.only_price or task.is_price_sensitive)
            and (not self.only_trouble or task.trouble_count > 0)
        )
