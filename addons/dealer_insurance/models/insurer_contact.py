from odoo import api, fields, models
from odoo.fields import Domain

TOPICS = [
    ("general", "Everything Else"),
    ("underwriting", "Underwriting Matters"),
    ("claims", "Claims"),
    ("settlement", "Premium and Fees"),
]


class DealerInsurerContact(models.Model):
    """The one window between the store and an insurer for a topic (S50).

    On one day a store has one person for an insurer and topic, and the insurer has
    one; who asks for a topic without an own window gets that of everything else.
    """

    _name = "dealer.insurer.contact"
    _description = "Contact Window"
    _inherit = ["dealer.store.mixin", "mail.thread"]
    _order = "insurer_id, topic, date_from desc, id desc"
    _check_company_auto = True

    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        domain="[('is_insurer', '=', True)]",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    topic = fields.Selection(TOPICS, required=True, default="general", tracking=True)
    staff_id = fields.Many2one(
        "dealer.staff",
        string="Our Window",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        help="Who of the store speaks with the insurer.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Their Person",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', insurer_id), ('id', '!=', insurer_id)]",
        tracking=True,
        help="Who of the insurer answers.",
    )
    contact_phone = fields.Char(related="contact_id.phone", string="Their Phone")
    date_from = fields.Date(
        string="Valid From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_to = fields.Date(string="Valid To", tracking=True)
    is_valid = fields.Boolean(
        string="Valid Today", compute="_compute_is_valid", search="_search_is_valid"
    )
    note = fields.Text()

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day lies before the first one.",
    )
    # Ranges of one number stand for equality, so that no database extension is
    # needed; holds also when two managers enter a window at the same time.
    _one_window = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(insurer_id, insurer_id, '[]') WITH &&, "
        "int8range(hashtextextended(topic, 0), hashtextextended(topic, 0), '[]') "
        "WITH &&, daterange(date_from, date_to, '[]') WITH &&)",
        "The insurer has a window of the store for this topic and these days already. "
        "Enter its last day first.",
    )

    @api.depends("insurer_id", "topic", "staff_id")
    def _compute_display_name(self):
        topics = dict(self._fields["topic"]._description_selection(self.env))
        for window in self:
            window.display_name = (
                f"{window.insurer_id.display_name or ''} · "
                f"{topics.get(window.topic, '')} · {window.staff_id.name or ''}"
            )

    @api.depends("date_from", "date_to")
    def _compute_is_valid(self):
        today = fields.Date.context_today(self)
        for window in self:
            window.is_valid = bool(
                window.date_from
                and window.date_from <= today
                and (not window.date_to or window.date_to >= today)
            )

    def _search_is_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        valid = Domain("date_from", "<=", today) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", today)
        )
        return valid if True in value else ~valid

    @api.model
    def _window(self, insurer, company, topic, date=None):
        """Who speaks with an insurer about a topic.

        :param insurer: ``res.partner``; its commercial entity counts
        :param company: the store
        :param topic: value of ``topic``
        :param date: day of the talk; today when empty
        :return: one window, that of everything else without an own one, or empty
        """
        date = date or fields.Date.context_today(self)
        windows = self.search(
            Domain("insurer_id", "in", (insurer | insurer.commercial_partner_id).ids)
            & Domain("company_id", "=", company.id)
            & Domain("topic", "in", (topic, "general"))
            & Domain("date_from", "<=", date)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", date))
        )
        return windows.sorted(lambda window: window.topic != topic)[:1]


class ResPartner(models.Model):
    _inherit = "res.partner"

    dealer_window_ids = fields.One2many(
        "dealer.insurer.contact",
        "insurer_id",
        string="Contact Windows",
        groups="dealer_base.group_dealer_user",
    )
    dealer_issue_ids = fields.One2many(
        "dealer.insurer.issue",
        "insurer_id",
        string="Insurer Issues",
        groups="dealer_base.group_dealer_user",
    )


class DealerAgreement(models.Model):
    _inherit = "dealer.agreement"

    window_ids = fields.Many2many(
        "dealer.insurer.contact",
        string="Contact Windows",
        compute="_compute_window_ids",
    )

    @api.depends("insurer_id", "company_id")
    def _compute_window_ids(self):
        """Windows of today with the insurer of the agreement."""
        windows = self.env["dealer.insurer.contact"].search(
            [
                ("insurer_id", "in", self.insurer_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("is_valid", "=", True),
            ]
        )
        for agreement in self:
            agreement.window_ids = windows.filtered(
                lambda window, a=agreement: (
                    window.insurer_id == a.insurer_id
                    and window.company_id == a.company_id
                )
            )
