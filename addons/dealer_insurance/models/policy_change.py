from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.rating_term import change_pro_rata

# Endorsements whose premium counts although they are not effective yet.
COUNTING_STATES = ("submitted", "approved", "effective")


class DealerPolicy(models.Model):
    """What endorsements make of a policy: premium, covers, people, end of cover."""

    _inherit = "dealer.policy"

    premium_current = fields.Monetary(
        string="Premium after Endorsements",
        compute="_compute_premium_current",
        store=True,
        help="Premium with the extra premiums and refunds in force.",
    )
    renewal_date = fields.Date(
        compute="_compute_renewal_date",
        store=True,
        index=True,
        help="Last day of cover, by which the renewal must be ready. Empty when the "
        "policy was cancelled or is void.",
    )
    current_line_ids = fields.One2many(
        "dealer.policy.line",
        "policy_id",
        string="Covers in Force",
        domain=[("ended_by_id", "=", False)],
        readonly=True,
    )
    current_applicant_id = fields.Many2one(
        "res.partner",
        string="Present Applicant",
        compute="_compute_current_people",
        store=True,
        index="btree_not_null",
        help="Applicant of the policy after a transfer.",
    )
    current_insured_id = fields.Many2one(
        "res.partner",
        string="Present Insured",
        compute="_compute_current_people",
        store=True,
        index="btree_not_null",
    )
    current_owner_id = fields.Many2one(
        "res.partner",
        string="Present Owner",
        compute="_compute_current_people",
        store=True,
    )

    @api.depends("premium", "endorsement_ids.premium", "endorsement_ids.state")
    def _compute_premium_current(self):
        for policy in self:
            changes = policy.endorsement_ids.filtered(lambda e: e.state == "effective")
            policy.premium_current = policy.premium + sum(changes.mapped("premium"))

    @api.depends("state", "cover_end")
    def _compute_renewal_date(self):
        for policy in self:
            end = policy.cover_end
            if policy.state == "issued" and end:
                # A cover until 24:00 ends on the day before.
                last = end - timedelta(seconds=1)
                policy.renewal_date = policy.underwriting_id._store_date(last)
            else:
                policy.renewal_date = False

    @api.depends(
        "underwriting_id.applicant_id",
        "underwriting_id.insured_id",
        "underwriting_id.owner_id",
        "endorsement_ids.state",
        "endorsement_ids.new_applicant_id",
        "endorsement_ids.new_insured_id",
        "endorsement_ids.new_owner_id",
    )
    def _compute_current_people(self):
        """The last transfer in force decides, else the ledger entry."""
        for policy in self:
            row = policy.underwriting_id
            last = policy._transfers()[-1:]
            policy.current_applicant_id = last.new_applicant_id or row.applicant_id
            policy.current_insured_id = last.new_insured_id or row.insured_id
            policy.current_owner_id = last.new_owner_id or row.owner_id

    def _transfers(self):
        """Transfers of ownership in force, in the order of their entry."""
        return self.endorsement_ids.filtered(
            lambda e: (
                e.state == "effective"
                and e.kind == "change"
                and e.change_type == "transfer"
            )
        ).sorted("id")

    def _cover_days(self):
        """Term of the cover in days of the store.

        :return: tuple (first day, first day without cover); dates may be missing
        """
        if not self or not self.date_start or not self.date_end:
            return False, False
        row = self.underwriting_id
        # 23:59:59 is the end of that day, so cover ends with the next one.
        end = row._store_date(self.date_end + timedelta(seconds=1))
        return row._store_date(self.date_start), end

    def _term_parts(self):
        """Premium in force by the day from which it runs, for refunds per day.

        :return: list of (amount in company currency, first day)
        """
        self.ensure_one()
        start, _end = self._cover_days()
        changes = self.endorsement_ids.filtered(
            lambda e: (
                e.state == "effective"
                and e.kind == "change"
                and not e.currency_id.is_zero(e.premium)
            )
        )
        return [
            (self.premium, start),
            *((e.premium, max(e.effective_date or start, start)) for e in changes),
        ]

    # -- one compulsory policy per car (G-D1) -----------------------------------

    def _ctpl_overlaps(self):
        """CTPL policies of the same cars for the same days, in whatever store.

        :return: list of (policy of ``self``, reason in words)
        """
        if not self:
            return []
        # sudo: see _sudo_ctpl_of_cars; own policies of one call do not know of each
        # other yet
        own_sudo = self.sudo()
        policies_sudo = self._sudo_ctpl_of_cars() | own_sudo
        by_vin = policies_sudo.grouped("vin")
        found = []
        for policy in self:
            end = policy.cover_end or policy.date_end
            for other_sudo in by_vin[policy.vin]:
                if other_sudo.id == policy.id:
                    continue
                if not (
                    other_sudo.date_start < end
                    and (other_sudo.cover_end or other_sudo.date_end)
                    > policy.date_start
                ):
                    continue
                found.append((policy, policy._ctpl_overlap_reason(other_sudo)))
        return found

    def _sudo_ctpl_of_cars(self):
        # sudo: the law knows the car, not the store; of a policy of another store
        # nothing but its days is told
        return self.sudo().search(
            Domain("vin", "in", self.mapped("vin"))
            & Domain("product", "=", "ctpl")
            & Domain("state", "in", ("issued", "cancelled"))
            & Domain("date_start", "<", max(self.mapped("date_end")))
            & Domain("cover_end", ">", min(self.mapped("date_start")))
        )

    def _sudo_ctpl_in_period(self, start, end):
        # sudo: as _sudo_ctpl_of_cars
        self.ensure_one()
        return self.sudo().search(
            Domain("vin", "=", self.vin)
            & Domain("product", "=", "ctpl")
            & Domain("state", "in", ("issued", "cancelled"))
            & Domain("date_start", "<", end)
            & Domain("cover_end", ">", start)
            & Domain("id", "!=", self.id)
        )

    def _ctpl_overlap_reason(self, other_sudo):
        row = self.underwriting_id
        start = row._local_text(other_sudo.date_start)
        end = row._local_text(other_sudo.cover_end or other_sudo.date_end)
        if other_sudo.company_id not in self.env.companies:
            return self.env._(
                "The car has a compulsory policy of another store from %(start)s to "
                "%(end)s.",
                start=start,
                end=end,
            )
        return self.env._(
            "The car has the compulsory policy %(number)s from %(start)s to %(end)s.",
            number=other_sudo.policy_no or other_sudo.underwriting_id.name,
            start=start,
            end=end,
        )

    # -- hooks of the addons above ----------------------------------------------

    def _open_claims(self):
        """Hook: open claims of the policies; the claims addon answers.

        :return: dict policy -> list of names of its open claims
        """
        return {}

    def _paid_fee_statements(self):
        """Hook: fee statements that paid a fee for the policies already.

        :return: dict policy -> text (statement and amount)
        """
        return {}


class DealerEndorsementLine(models.Model):
    """One cover that an endorsement adds, drops or changes."""

    _name = "dealer.endorsement.line"
    _description = "Changed Cover"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "endorsement_id, id"
    _check_company_auto = True

    endorsement_id = fields.Many2one(
        "dealer.endorsement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="endorsement_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(related="endorsement_id.policy_id")
    action = fields.Selection(
        [("add", "Add"), ("change", "Change"), ("drop", "Drop")],
        required=True,
        default="change",
    )
    policy_line_id = fields.Many2one(
        "dealer.policy.line",
        string="Present Cover",
        check_company=True,
        index="btree_not_null",
        domain="[('policy_id', '=', policy_id), ('ended_by_id', '=', False)]",
    )
    cover_id = fields.Many2one(
        "dealer.cover",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    old_sum_insured = fields.Monetary(
        string="Old Sum", related="policy_line_id.sum_insured"
    )
    sum_insured = fields.Monetary(
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        help="Sum insured or limit from the effective day on.",
    )
    seats = fields.Integer(
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
    )
    old_premium = fields.Monetary(
        string="Old Premium a Year", related="policy_line_id.premium"
    )
    yearly_premium = fields.Monetary(
        string="New Premium a Year",
        compute="_compute_yearly_premium",
        store=True,
        readonly=False,
        precompute=True,
        help="Premium of the cover for the whole term after the change.",
    )
    figure = fields.Monetary(
        string="By Formula",
        compute="_compute_figure",
        help="Difference for the days that are left.",
    )
    formula = fields.Char(compute="_compute_figure")

    _action_line = models.Constraint(
        "CHECK ((action = 'add') = (policy_line_id IS NULL))",
        "Choose the present cover that changes or ends; a new one has none.",
    )
    _cover_given = models.Constraint(
        "CHECK (cover_id IS NOT NULL)", "Choose the cover."
    )

    @api.depends("policy_line_id")
    def _compute_from_line(self):
        for line in self:
            old = line.policy_line_id
            line.cover_id = old.cover_id or line.cover_id
            line.sum_insured = line.sum_insured or old.sum_insured
            line.seats = line.seats or old.seats

    @api.depends("action")
    def _compute_yearly_premium(self):
        for line in self:
            line.yearly_premium = 0.0 if line.action == "drop" else line.yearly_premium

    def _rated(self):
        """Premium of the change for the days that are left, see ``rating_term``."""
        self.ensure_one()
        endorsement = self.endorsement_id
        start, end = endorsement.policy_id._cover_days()
        new = 0.0 if self.action == "drop" else self.yearly_premium
        return change_pro_rata(
            new - self.old_premium,
            start,
            end,
            endorsement.effective_date,
        )

    @api.depends(
        "action",
        "yearly_premium",
        "policy_line_id",
        "endorsement_id.effective_date",
        "endorsement_id.policy_id.date_start",
        "endorsement_id.policy_id.date_end",
    )
    def _compute_figure(self):
        for line in self:
            rated = line._rated()
            line.figure = float(rated.amount or 0)
            line.formula = rated.formula

    def _prepare_policy_line_vals(self):
        """Values of the cover that stands on the policy after the change."""
        self.ensure_one()
        return {
            "policy_id": self.endorsement_id.policy_id.id,
            "cover_id": self.cover_id.id,
            "sum_insured": self.sum_insured,
            "seats": self.seats,
            "deductible": self.policy_line_id.deductible,
            "premium": self.yearly_premium,
            "added_by_id": self.endorsement_id.id,
        }

    # -- CRUD: a submitted endorsement keeps its lines --------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.endorsement_id._check_draft()
        return lines

    def write(self, vals):
        self.endorsement_id._check_draft()
        result = super().write(vals)
        self.endorsement_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self.endorsement_id._check_draft()
