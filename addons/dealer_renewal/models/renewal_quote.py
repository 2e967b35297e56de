from datetime import datetime, time

from dateutil import tz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.dealer_base.models.guard_mixin import Violation
from odoo.addons.dealer_insurance.models.rating_quote import _years_in_a_row

from .renewal_task import AGENTS, TALK_STATES

OPEN_QUOTES = ("draft", "calculated", "sent", "accepted")


class DealerQuote(models.Model):
    _inherit = "dealer.quote"

    renewal_task_id = fields.Many2one(
        "dealer.renewal.task",
        index="btree_not_null",
        check_company=True,
        copy=False,
        readonly=True,
    )


class DealerRenewalTask(models.Model):
    """Offers of a renewal: one click from the calling screen."""

    _inherit = "dealer.renewal.task"

    quote_ids = fields.One2many("dealer.quote", "renewal_task_id", string="Quotes")
    quote_count = fields.Integer(compute="_compute_quote_count")

    def _compute_quote_count(self):
        groups = self.env["dealer.quote"]._read_group(
            [("renewal_task_id", "in", self.ids)], ["renewal_task_id"], ["__count"]
        )
        counts = {task.id: count for task, count in groups}
        for task in self:
            task.quote_count = counts.get(task.id, 0)

    def action_quote(self):
        """Open the offer of the customer; without one, write it.

        The offer starts from the expiring policy: customer, car, day after the expiry,
        covers. Premiums come from the rate sheet in force, never from last year.

        :return: action of the quote
        """
        self.ensure_one()
        self._check_holds(*AGENTS)
        self.check_access("write")
        quote = self.quote_ids.filtered(lambda q: q.state in OPEN_QUOTES)
        quote = quote.sorted("id")[-1:]
        if not quote:
            self._check_state(TALK_STATES, self.env._("Quote"))
            quote = self._create_quote()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quote"),
            "res_model": "dealer.quote",
            "res_id": quote.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_quotes(self):
        """All offers of this renewal."""
        return self.quote_ids._get_records_action(name=self.env._("Quotes"))

    def _create_quote(self):
        """An offer with all insurers of the rate sheet, else of our agreements."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "%(task)s: enter the customer before you write a quote.",
                    task=self.display_name,
                )
            )
        quote = self.env["dealer.quote"].create(self._prepare_quote_vals())
        line = quote.rate_sheet_id and quote._propose_rate_line()
        if line:
            quote.rate_line_id = line
            quote.action_apply_rate_sheet()
        else:
            quote.write({"option_ids": self._prepare_option_commands()})
        day = quote._rating_day()
        starts = quote._policy_starts({quote: day})
        if _years_in_a_row(starts.get(quote.vehicle_id, []), day):
            quote.action_propose_history()
        return quote

    def _prepare_quote_vals(self):
        self.ensure_one()
        today = self.company_id._dealer_today()
        first = max(fields.Date.add(self.expiry_date, days=1), today)
        zone = self.company_id._dealer_timezone()
        start = datetime.combine(first, time.min, tzinfo=zone)
        return {
            "company_id": self.company_id.id,
            "renewal_task_id": self.id,
            "applicant_id": self.partner_id.id,
            "vehicle_id": self.vehicle_id.id,
            "consultant_id": self.owner_id.id,
            "business_type": self.segment or "renewal_to_renewal",
            "date_start": start.astimezone(tz.UTC).replace(tzinfo=None),
        }

    def _prepare_option_commands(self):
        """Without a rate sheet: empty offers with last year's covers.

        The figures are typed from the insurers' systems; ours stand beside them.
        """
        today = self.company_id._dealer_today()
        agreements = self._sudo_agreements(today)
        insurers = self.last_insurer_id | agreements.insurer_id
        insurers = insurers.filtered(lambda i: i in agreements.insurer_id) or insurers
        policies = self.policy_id.underwriting_id.policy_ids.filtered(
            lambda policy: policy.product == "commercial"
        )
        covers = [
            Command.create(
                {
                    "cover_id": line.cover_id.id,
                    "sum_insured": line.sum_insured,
                    "seats": line.seats,
                    "deductible": line.deductible,
                }
            )
            for line in policies.current_line_ids
        ]
        return [
            Command.create({"insurer_id": insurer.id, "line_ids": covers})
            for insurer in insurers
        ]

    def _sudo_agreements(self, day):
        # sudo: which insurers the store works with is no secret, their fees are
        return (
            self.env["dealer.agreement"]
            .sudo()
            .search(
                Domain("company_id", "=", self.company_id.id)
                & Domain("state", "=", "active")
                & Domain("date_from", "<=", day)
                & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
            )
        )


class DealerUnderwriting(models.Model):
    """What a renewal adds to the ledger entry: the window, and who has won it."""

    _inherit = "dealer.underwriting"

    def _guard_issue(self):
        # EXTENDS dealer_insurance
        return super()._guard_issue() + self._advance_violations()

    def _advance_violations(self):
        """G-N4: insurers accept a renewal only so many days ahead; quoting is free."""
        violations = []
        for row in self:
            limit = row.company_id.dealer_max_advance_days
            if row.entry_type != "issue" or row.business_type == "new_car" or not limit:
                continue
            starts = [
                row._store_date(policy.date_start)
                for policy in row.policy_ids
                if policy.date_start
            ]
            first = min(starts, default=None)
            if first and (first - row.company_id._dealer_today()).days > limit:
                violations.append(
                    Violation(
                        "G-N4",
                        row,
                        self.env._(
                            "cover starts on %(day)s, more than %(limit)s days ahead",
                            day=fields.Date.to_string(first),
                            limit=limit,
                        ),
                        fact=fields.Date.to_string(first),
                    )
                )
        return violations

    def action_issue(self):
        # EXTENDS dealer_insurance: the renewal is won by the issue (SM-6)
        result = super().action_issue()
        self._renewal_changed()
        return result

    def action_void(self, reason_id=None, note=None):
        # EXTENDS dealer_insurance: a void policy has won nothing
        result = super().action_void(reason_id=reason_id, note=note)
        self.filtered("voided_at")._renewal_changed()
        return result

    def _create_historical(self, vals_list):
        # EXTENDS dealer_insurance: policies of an imported ledger win as well
        rows = super()._create_historical(vals_list)
        rows._renewal_changed()
        return rows

    def _renewal_changed(self):
        """Look again whether the tasks of these cars are won."""
        cars = self.filtered(lambda row: row.entry_type == "issue").vehicle_id
        if cars:
            self.env["dealer.renewal.task"]._sudo_match_won(cars)
