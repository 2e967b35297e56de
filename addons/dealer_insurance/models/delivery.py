from odoo import api, fields, models
from odoo.fields import Domain

SECONDS_PER_HOUR = 3600.0


class DealerDelivery(models.Model):
    """Hand-over of a new car; the base of the penetration board (K01).

    Whether the car is insured here is never typed: it follows from the ledger. What the
    sales department declares stands beside it, so that a contradiction shows.
    """

    _name = "dealer.delivery"
    _description = "New-car Delivery"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    # When it was entered is measured (3.2), so nobody chooses it.
    _protected_fields = ("entered_at",)
    _order = "delivery_date desc, id desc"
    _rec_names_search = ["name", "vin"]
    _check_company_auto = True

    name = fields.Char(
        string="Delivery No.", required=True, copy=False, index="trigram", tracking=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sales_order_no = fields.Char(string="Sales Order")
    delivery_date = fields.Date(index=True, tracking=True)
    invoice_date = fields.Date(tracking=True)

    # car
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, check_company=True
    )
    vin = fields.Char(related="vehicle_id.vin", store=True, index="trigram")
    model_text = fields.Char(related="vehicle_id.model_text")
    price = fields.Monetary(aggregator=None)
    colour = fields.Char()

    # people
    partner_id = fields.Many2one("res.partner", string="Buyer", index=True)
    consultant_id = fields.Many2one(
        "dealer.staff", index=True, check_company=True, tracking=True
    )
    team_id = fields.Many2one(
        "dealer.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        help="Team on the day of delivery; it stays when the consultant moves.",
    )
    channel = fields.Selection(
        [
            ("showroom", "Showroom"),
            ("secondary", "Sub-dealer"),
            ("key_account", "Key Account"),
            ("other", "Other"),
        ],
        string="Sales Channel",
        default="showroom",
        index=True,
    )
    bank_id = fields.Many2one("res.partner", string="Financing Bank")
    mortgage_text = fields.Char(string="Financing as Written")
    is_certified = fields.Boolean(
        string="Certified Programme", help="Insured in the manufacturer's programme."
    )

    # insured here?
    declared_in_store = fields.Boolean(string="Declared Insured Here", tracking=True)
    underwriting_ids = fields.One2many("dealer.underwriting", "delivery_id")
    is_insured_here = fields.Boolean(
        string="Insured Here",
        compute="_compute_insured",
        store=True,
        index=True,
        help="An issued new-car entry of the ledger that is not void (K01).",
    )
    has_commercial_here = fields.Boolean(
        string="Commercial Insured Here", compute="_compute_insured", store=True
    )
    insured_count = fields.Integer(
        string="Insured Cars", compute="_compute_insured", store=True
    )
    insured_rate = fields.Float(
        string="Penetration",
        compute="_compute_insured",
        store=True,
        aggregator="avg",
        help="Insured cars divided by delivered cars of the group.",
    )
    commercial_rate = fields.Float(
        string="Commercial Penetration",
        compute="_compute_insured",
        store=True,
        aggregator="avg",
    )
    first_issued_at = fields.Datetime(
        string="Policy Issued", compute="_compute_insured", store=True
    )
    declaration_differs = fields.Boolean(
        compute="_compute_declaration_differs",
        store=True,
        help="The declaration contradicts the ledger.",
    )

    # not insured: the lost case is the record, the delivery shows it
    lost_case_ids = fields.One2many(
        "dealer.lost.case", "delivery_id", string="Lost Cases"
    )
    lost_case_id = fields.Many2one(
        "dealer.lost.case",
        compute="_compute_lost_case_id",
        store=True,
        index="btree_not_null",
    )
    lost_reason_id = fields.Many2one(
        related="lost_case_id.reason_id", store=True, index="btree_not_null"
    )
    lost_reason_text = fields.Char(
        string="Lost Reason as Written", related="lost_case_id.reason_text", store=True
    )
    lost_registered = fields.Boolean(
        string="Loss Registered",
        compute="_compute_lost",
        store=True,
        help="Not insured here, and a lost case is submitted (K03).",
    )
    lost_count = fields.Integer(
        string="Lost Cars",
        compute="_compute_lost",
        store=True,
        help="Delivered and not insured here (K03).",
    )
    lost_registered_count = fields.Integer(
        string="Losses Registered", compute="_compute_lost", store=True
    )
    lost_rate = fields.Float(
        compute="_compute_lost",
        store=True,
        aggregator="avg",
        help="Cars not insured here divided by delivered cars of the group (K03).",
    )
    insurance_gap = fields.Boolean(
        string="Insurance Open",
        compute="_compute_insurance_gap",
        search="_search_insurance_gap",
        help="Delivered without policy and without a lost case (S57).",
    )
    hours_since_delivery = fields.Float(
        compute="_compute_hours_since_delivery",
        aggregator=None,
        digits=(16, 1),
        help="Hours since the end of the day of delivery, store time.",
    )

    # electronic archive (3.2)
    entered_at = fields.Datetime(
        string="Entered", default=fields.Datetime.now, readonly=True, copy=False
    )
    entry_lag_h = fields.Float(
        string="Entry Delay (h)",
        compute="_compute_entry_lag_h",
        store=True,
        aggregator="avg",
        help="Hours between the issue of the policy and this record.",
    )
    is_entered_late = fields.Boolean(
        string="Entered Late", compute="_compute_entry_lag_h", store=True
    )
    note = fields.Text()

    _company_name_uniq = models.UniqueIndex(
        "(company_id, name)", "This delivery number exists already in the store."
    )
    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "The price cannot be negative."
    )
    # The penetration board groups by month within a store.
    _company_date_idx = models.Index("(company_id, delivery_date)")

    # -------------------------------------------------------------- Computes
    @api.depends("consultant_id")
    def _compute_team_id(self):
        for delivery in self:
            delivery.team_id = delivery.team_id or delivery.consultant_id.team_id

    @api.depends(
        "vehicle_id",
        "vehicle_id.underwriting_ids.business_type",
        "vehicle_id.underwriting_ids.entry_type",
        "vehicle_id.underwriting_ids.issued_at",
        "vehicle_id.underwriting_ids.voided_at",
        "vehicle_id.underwriting_ids.commercial_premium",
    )
    def _compute_insured(self):
        """K01: distinct VIN with an issued, not void, new-car entry of this store."""
        for delivery in self:
            entries = delivery._new_car_entries()
            commercial = any(entry.commercial_premium > 0 for entry in entries)
            delivery.is_insured_here = bool(entries)
            delivery.has_commercial_here = commercial
            delivery.insured_count = int(bool(entries))
            delivery.insured_rate = float(bool(entries))
            delivery.commercial_rate = float(commercial)
            delivery.first_issued_at = min(entries.mapped("issued_at"), default=False)

    def _new_car_entries(self):
        """Issued, not void, new-car entries of the car: what K01 counts."""
        self.ensure_one()
        return self.vehicle_id.underwriting_ids.filtered(
            lambda entry: (
                entry.business_type == "new_car"
                and entry.entry_type == "issue"
                and entry.issued_at
                and not entry.voided_at
            )
        )

    @api.depends("declared_in_store", "is_insured_here")
    def _compute_declaration_differs(self):
        for delivery in self:
            delivery.declaration_differs = (
                delivery.declared_in_store != delivery.is_insured_here
            )

    @api.depends("lost_case_ids")
    def _compute_lost_case_id(self):
        for delivery in self:
            # At most one, by the unique index of the cases.
            delivery.lost_case_id = delivery.lost_case_ids[:1]

    @api.depends("delivery_date", "is_insured_here", "lost_case_id.is_registered")
    def _compute_lost(self):
        """K03: delivered and not insured; registered when a case is submitted."""
        for delivery in self:
            lost = bool(delivery.delivery_date) and not delivery.is_insured_here
            registered = lost and delivery.lost_case_id.is_registered
            delivery.lost_count = int(lost)
            delivery.lost_rate = float(lost)
            delivery.lost_registered = registered
            delivery.lost_registered_count = int(registered)

    @api.depends("delivery_date", "is_insured_here", "lost_registered")
    def _compute_insurance_gap(self):
        gaps = self.filtered_domain(self._insurance_gap_domain())
        for delivery in self:
            delivery.insurance_gap = delivery in gaps

    @api.model
    def _insurance_gap_domain(self):
        """Delivered, not insured here, nobody has registered why (S57)."""
        return (
            Domain("delivery_date", "!=", False)
            & Domain("is_insured_here", "=", False)
            & Domain("lost_registered", "=", False)
        )

    @api.model
    def _search_insurance_gap(self, operator, value):
        if operator != "in":
            return NotImplemented
        gap = self._insurance_gap_domain()
        wanted = set(value)
        if wanted == {True}:
            return gap
        return ~gap if wanted == {False} else Domain(bool(wanted))

    @api.depends("delivery_date", "company_id")
    def _compute_hours_since_delivery(self):
        now = fields.Datetime.now()
        for delivery in self:
            if not delivery.delivery_date or not delivery.company_id:
                delivery.hours_since_delivery = 0.0
                continue
            end = delivery.company_id._dealer_day_end(delivery.delivery_date)
            seconds = (now - end).total_seconds()
            delivery.hours_since_delivery = max(seconds, 0.0) / SECONDS_PER_HOUR

    @api.depends(
        "entered_at", "first_issued_at", "company_id.dealer_archive_entry_hours"
    )
    def _compute_entry_lag_h(self):
        for delivery in self:
            issued, entered = delivery.first_issued_at, delivery.entered_at
            lag = 0.0
            if issued and entered:
                lag = max((entered - issued).total_seconds(), 0.0) / SECONDS_PER_HOUR
            delivery.entry_lag_h = lag
            delivery.is_entered_late = (
                lag > delivery.company_id.dealer_archive_entry_hours
            )

    # --------------------------------------------------------------- Actions
    def action_view_underwritings(self):
        """Open the ledger entries of the car."""
        self.ensure_one()
        return self.vehicle_id.underwriting_ids._get_records_action(
            name=self.env._("Ledger Entries")
        )

    def action_create_quote(self):
        """Start a quote for the car with what the delivery knows."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quote"),
            "res_model": "dealer.quote",
            "view_mode": "form",
            "context": {
                "default_company_id": self.company_id.id,
                "default_delivery_id": self.id,
                "default_vehicle_id": self.vehicle_id.id,
                "default_applicant_id": self.partner_id.id,
                "default_consultant_id": self.consultant_id.id,
                "default_invoice_date": self.invoice_date,
                "default_business_type": "new_car",
            },
        }

    @api.model
    def _match_lost_reasons(self, texts):
        """Reason codes of written reasons, for imports.

        :param texts: iterable of free texts
        :return: dict text -> dealer.reason.code, empty where no word is known
        """
        Reason = self.env["dealer.reason.code"]
        index = Reason._match_index("new_car_lost")
        return {
            text: Reason._match_text("new_car_lost", text, index=index)
            for text in set(texts)
        }
