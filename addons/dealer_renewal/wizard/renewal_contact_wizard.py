from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.renewal_contact import METHODS, RESULTS, SILENT_RESULTS


class DealerRenewalContactWizard(models.TransientModel):
    """The small dialog after a call: result, words, next day."""

    _name = "dealer.renewal.contact.wizard"
    _description = "Result of a Contact"

    task_id = fields.Many2one("dealer.renewal.task", required=True, readonly=True)
    currency_id = fields.Many2one(related="task_id.currency_id")
    result = fields.Selection(
        [pair for pair in RESULTS if pair[0] != "sent"], required=True
    )
    method = fields.Selection(METHODS, required=True, default="call")
    is_talk = fields.Boolean(
        compute="_compute_is_talk", help="Somebody has spoken to the customer."
    )
    feedback = fields.Text(string="Customer's Words")
    next_date = fields.Date(
        string="Next Call",
        compute="_compute_next_date",
        store=True,
        readonly=False,
        precompute=True,
    )
    competitor_insurer_id = fields.Many2one(
        "res.partner", domain=[("is_insurer", "=", True)]
    )
    competitor_price = fields.Monetary(string="Competitor's Quote")
    do_not_call = fields.Boolean(
        string="Does Not Want to Be Called",
        help="No more calls and text messages; only the leader lifts it.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Recordings and Screenshots"
    )

    @api.depends("result")
    def _compute_is_talk(self):
        for wizard in self:
            wizard.is_talk = wizard.result and wizard.result not in SILENT_RESULTS

    @api.depends("result", "task_id")
    def _compute_next_date(self):
        for wizard in self:
            wizard.next_date = (
                wizard.task_id
                and wizard.result
                and wizard.task_id._propose_next_date(wizard.result)
            )

    def action_save(self):
        """Write the contact down; a wish for a quote or a refusal leads on.

        :return: the quote, the loss, or back to the task
        """
        self.ensure_one()
        task = self.task_id
        if self.do_not_call and not (self.feedback or "").strip():
            raise UserError(self.env._("Write what the customer said about calls."))
        task._register_contact(
            {
                "method": self.method,
                "result": self.result,
                "answered": self.is_talk,
                "feedback": (self.feedback or "").strip() or False,
                "next_date": self.next_date,
                "competitor_insurer_id": self.competitor_insurer_id.id,
                "competitor_price": self.competitor_price,
                "attachment_ids": [fields.Command.set(self.attachment_ids.ids)],
            }
        )
        if self.do_not_call:
            task._sudo_set_do_not_call(True, self.feedback.strip())
        if self.result == "quote":
            return task.action_quote()
        if self.result == "refused":
            return task.action_lose()
        return {"type": "ir.actions.act_window_close"}
