from odoo import api, fields, models

METHODS = [
    ("call", "Call"),
    ("sms", "Text Message"),
    ("wechat", "WeChat"),
    ("mail", "E-mail"),
    ("letter", "Letter"),
    ("visit", "Visit"),
    ("store", "In the Store"),
]
RESULTS = [
    ("no_answer", "No Answer"),
    ("think", "Will Think About It"),
    ("quote", "Wants a Quote"),
    ("promised", "Promised to Renew"),
    ("refused", "Refuses"),
    ("wrong_number", "Wrong Number"),
    ("sent", "Message Sent"),
]
# Nobody has spoken to the customer.
SILENT_RESULTS = ("no_answer", "wrong_number", "sent")


class DealerRenewalContact(models.Model):
    """One attempt to reach a customer; what was said stays as it was said (§3.5)."""

    _name = "dealer.renewal.contact"
    _description = "Contact of a Renewal Task"
    _inherit = ["dealer.append.mixin"]
    _order = "contacted_at desc, id desc"
    _check_company_auto = True

    task_id = fields.Many2one("dealer.renewal.task", required=True, index=True)
    company_id = fields.Many2one(
        related="task_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(related="task_id.vehicle_id")
    owner_id = fields.Many2one(
        related="task_id.owner_id", store=True, index=True, string="Specialist"
    )
    node_id = fields.Many2one("dealer.renewal.node", string="Planned Node", index=True)
    planned_date = fields.Date(help="Day of the node.")
    contacted_at = fields.Datetime(required=True, default=fields.Datetime.now)
    contact_date = fields.Date(
        string="Day",
        compute="_compute_contact_date",
        store=True,
        precompute=True,
        index=True,
        help="The store's day of the contact.",
    )
    days_before = fields.Integer(
        string="Days before Expiry",
        compute="_compute_contact_date",
        store=True,
        precompute=True,
        aggregator=None,
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.user
    )
    by_manager = fields.Boolean(
        readonly=True, help="Made by the insurance manager (customers of class A)."
    )
    method = fields.Selection(METHODS, required=True, default="call")
    answered = fields.Boolean()
    result = fields.Selection(RESULTS, required=True)
    feedback = fields.Text(string="Customer's Words")
    is_effective = fields.Boolean(
        string="Effective",
        compute="_compute_is_effective",
        store=True,
        precompute=True,
        help="The customer answered and his words are written down (§3.5).",
    )
    competitor_insurer_id = fields.Many2one(
        "res.partner", domain=[("is_insurer", "=", True)]
    )
    competitor_price = fields.Monetary(string="Competitor's Quote")
    next_date = fields.Date(string="Next Call")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Recordings and Screenshots",
        help="Of the call or the chat.",
    )

    _task_time_idx = models.Index("(task_id, contacted_at)")

    @api.model
    def _results(self):
        return self._fields["result"]._description_selection(self.env)

    @api.depends("contacted_at", "task_id.company_id")
    def _compute_contact_date(self):
        for contact in self:
            company = contact.task_id.company_id or self.env.company
            day = contact.contacted_at and company._dealer_local_day(
                contact.contacted_at
            )
            expiry = contact.task_id.expiry_date
            contact.contact_date = day
            contact.days_before = (expiry - day).days if day and expiry else 0

    @api.depends("answered", "feedback")
    def _compute_is_effective(self):
        for contact in self:
            contact.is_effective = bool(
                contact.answered and (contact.feedback or "").strip()
            )

    @api.depends("contact_date", "result")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._results())
        for contact in self:
            day = contact.contact_date or ""
            contact.display_name = f"{day} {labels.get(contact.result, '')}".strip()
