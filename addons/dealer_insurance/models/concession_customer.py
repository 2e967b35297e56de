from odoo import api, fields, models
from odoo.fields import Domain

# Both must be registered before what extends them.
from . import concession, concession_approval  # noqa: F401


class DealerConcession(models.Model):
    """All deals of one customer, the words of a refusal, attempts at a cash rebate."""

    _inherit = "dealer.concession"

    def _applicant(self):
        """Customer of the deal."""
        self.ensure_one()
        return self.underwriting_id.applicant_id or self.option_id.quote_id.applicant_id

    def _customer_domain(self, applicants, companies):
        """Concessions that count for customers: ledger rows of the period that are not
        void, and quotes that were accepted and not converted yet."""
        domain = Domain.FALSE
        for company in companies:
            months = company.dealer_concession_months
            if not months:
                continue
            since = fields.Date.subtract(fields.Date.context_today(self), months=months)
            domain |= Domain("company_id", "=", company.id) & (
                (
                    Domain("underwriting_id.applicant_id", "in", applicants.ids)
                    & Domain("underwriting_id.voided_at", "=", False)
                    & Domain("underwriting_id.insured_date", ">=", since)
                )
                | (
                    Domain("underwriting_id", "=", False)
                    & Domain("option_id.quote_id.applicant_id", "in", applicants.ids)
                    & Domain("option_id.quote_id.state", "=", "accepted")
                )
            )
        return domain

    def _sudo_other_deals(self):
        """What the customers of these concessions got in other deals.

        :return: dict deal (underwriting or quote option) -> sum in the currency of the
            store; two queries for any number of deals
        """
        # sudo: the sum of a customer must not depend on who looks.
        records_sudo = self.sudo()
        applicants = self.env["res.partner"].union(
            *(record._applicant() for record in records_sudo)
        )
        counted_sudo = records_sudo.search(
            self._customer_domain(applicants, records_sudo.company_id)
        )
        counted_sudo = counted_sudo.filtered(
            lambda line: (
                line.underwriting_id
                # Of an accepted quote only the offer that was taken.
                or line.option_id == line.option_id.quote_id.chosen_option_id
            )
        )
        sums, own = {}, {}
        for line in counted_sudo:
            key = (line.company_id, line._applicant())
            sums[key] = sums.get(key, 0.0) + line.amount
            deal = line._deal()
            own[deal] = own.get(deal, 0.0) + line.amount
        result = {}
        for record in records_sudo:
            deal = record._deal()
            total = sums.get((record.company_id, record._applicant()), 0.0)
            result[deal] = max(total - own.get(deal, 0.0), 0.0)
        return result

    def _follow_customer(self):
        """The other open deals of the customers are assessed again."""
        limited = self.env["dealer.concession.rule"]._sudo_find_all(self.company_id)
        if not any(limited.mapped("customer_limit")):
            return
        applicants = self.env["res.partner"].union(
            *(record._applicant() for record in self)
        )
        # sudo: deals of the customer that another consultant wrote follow too.
        others_sudo = self.sudo().search(
            Domain("company_id", "in", self.company_id.ids)
            & (
                (
                    Domain("underwriting_id.applicant_id", "in", applicants.ids)
                    & Domain("underwriting_id.delivered_at", "=", False)
                    & Domain("underwriting_id.voided_at", "=", False)
                )
                | (
                    Domain("underwriting_id", "=", False)
                    & Domain("option_id.quote_id.applicant_id", "in", applicants.ids)
                )
            )
        )
        others_sudo._assess_again()

    # ------------------------------------------------------------------ Words
    def _violation_reason(self, assessment):
        """Wording of why a concession stops the deal (G-P5, G-Q1)."""
        self.ensure_one()
        _ = self.env._
        if assessment.state == "forbidden":
            return _(
                "%(name)s is a cash rebate or otherwise forbidden; nobody can "
                "approve it",
                name=self.name,
            )
        money = self.currency_id.format
        facts = {
            "name": self.name,
            "total": money(assessment.total),
            "limit": money(assessment.limit),
        }
        if assessment.state == "requested":
            return _(
                "%(name)s waits for approval (total %(total)s, limit %(limit)s)",
                **facts,
            )
        if assessment.state == "refused":
            return _("%(name)s was refused", **facts)
        if self._is_within(assessment.total, assessment.limit):
            customer = assessment.customer_total, assessment.customer_limit
            if customer[1] and not self._is_within(*customer):
                return _(
                    "the customer's concessions of %(total)s are above %(limit)s "
                    "within %(months)s months (%(name)s)",
                    name=self.name,
                    total=money(customer[0]),
                    limit=money(customer[1]),
                    months=self.company_id.dealer_concession_months,
                )
            return _("the rule does not allow %(name)s on this deal", **facts)
        return _(
            "concessions of %(total)s are above the limit of %(limit)s (%(name)s)",
            **facts,
        )

    def _violation_fact(self, assessment):
        """The fact a waiver is signed for: which concession, at which total."""
        return f"{self.id}: {self.amount:.2f} / {assessment.total:.2f}"

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        concessions = super().create(vals_list)
        concessions._follow_customer()
        concessions._sudo_log_attempts()
        return concessions

    def write(self, vals):
        result = super().write(vals)
        if {"amount", "underwriting_id"} & vals.keys():
            self._follow_customer()
        if {"name", "type_id"} & vals.keys():
            self._sudo_log_attempts()
        return result

    def _sudo_log_attempts(self):
        """Write down who tried to give what the law forbids (R5).

        The concession can be taken off the deal; that it was tried stays.
        """
        forbidden = self.filtered(lambda line: line.state == "forbidden")
        if forbidden:
            self.env["dealer.concession.attempt"]._sudo_append(
                [line._prepare_attempt_vals() for line in forbidden]
            )

    def _prepare_attempt_vals(self):
        self.ensure_one()
        deal = self._deal()
        quote = self.option_id.quote_id
        source = self.underwriting_id or quote
        return {
            "company_id": self.company_id.id,
            "user_id": self.env.uid,
            "attempted_at": fields.Datetime.now(),
            "date": fields.Date.context_today(self),
            "name": self.name,
            "type_id": self.type_id.id,
            "amount": self.amount,
            "deal_name": source.display_name,
            "insurer_id": deal.insurer_id.id,
            "consultant_id": source.consultant_id.id,
            "business_type": source.business_type,
            "applicant_id": self._applicant().id,
        }
