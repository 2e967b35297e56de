import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .lost_case import LEADERS

_logger = logging.getLogger(__name__)

BATCH = 100
# Rules of the registration of a loss (§3.6), by code.
UNREGISTERED = "missing"


class DealerDelivery(models.Model):
    """Cars delivered without a policy: their lost cases and who is reminded (S57)."""

    _inherit = "dealer.delivery"
    _protected_fields = (
        "entered_at",
        "gap_reminded_at",
        "gap_escalated_at",
    )

    gap_reminded_at = fields.Datetime(
        readonly=True, copy=False, help="When the consultant was asked for the loss."
    )
    gap_escalated_at = fields.Datetime(
        readonly=True, copy=False, help="When the leader was told of the open car."
    )
    lost_state = fields.Selection(
        related="lost_case_id.state", string="Lost Case State"
    )
    is_noncompliant = fields.Boolean(
        string="Against the Rules",
        compute="_compute_is_noncompliant",
        search="_search_is_noncompliant",
        help="Not insured here, and the loss is not registered within the hours, not "
        "complete, or the leader did not hear of it before delivery (S58).",
    )
    broken_rules = fields.Char(compute="_compute_is_noncompliant")

    @api.model_create_multi
    def create(self, vals_list):
        deliveries = super().create(vals_list)
        deliveries._link_lost_cases()
        return deliveries

    def _link_lost_cases(self):
        """Losses that were registered before the car was delivered."""
        cases = self.env["dealer.lost.case"].search(
            [
                ("vehicle_id", "in", self.vehicle_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("kind", "=", "new_car"),
                ("delivery_id", "=", False),
            ]
        )
        by_vehicle = cases.grouped("vehicle_id")
        for delivery in self:
            for case in by_vehicle.pop(delivery.vehicle_id, cases.browse())[:1]:
                case._sudo_set_delivery(delivery)

    # -------------------------------------------------------------- Compliance
    @api.model
    def _lost_rule_labels(self):
        """Rules of the registration: dict code -> translated text."""
        _ = self.env._
        return {
            UNREGISTERED: _("Not registered"),
            "late": _("Registered late"),
            "reason": _("Reason incomplete"),
            "leader": _("Leader not informed before delivery"),
        }

    def _lost_rules(self):
        """Rules that each delivery breaks: dict delivery -> list of codes.

        Within the hours that the store gives nothing is broken yet.
        """
        now = fields.Datetime.now()
        result = {}
        for delivery in self:
            company, day = delivery.company_id, delivery.delivery_date
            rules = []
            if day and not delivery.is_insured_here:
                case = delivery.lost_case_id
                if not delivery.lost_registered:
                    end = company._dealer_day_end(day)
                    hours = company.dealer_lost_register_hours
                    if now > end + relativedelta(hours=hours):
                        rules.append(UNREGISTERED)
                else:
                    rules += case._broken_rules()
            result[delivery] = rules
        return result

    @api.depends("is_insured_here", "lost_registered", "lost_case_id.is_compliant")
    @api.depends_context("lang")
    def _compute_is_noncompliant(self):
        labels = self._lost_rule_labels()
        rules = self._sudo_lost_rules()
        for delivery in self:
            delivery.is_noncompliant = bool(rules[delivery])
            delivery.broken_rules = self.env._(", ").join(
                labels[code] for code in rules[delivery]
            )

    def _sudo_lost_rules(self):
        # sudo: a delivery shows its rules to everybody who sees it
        return self.sudo()._lost_rules()

    @api.model
    def _noncompliant_domain(self):
        """Deliveries that break a rule now; see ``_lost_rules``."""
        late = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("delivery_date", "<=", company._last_day_past_limit())
            for company in self.env.companies
        )
        return Domain("is_insured_here", "=", False) & (
            (
                Domain("delivery_date", "!=", False)
                & Domain("lost_registered", "=", False)
                & late
            )
            | (
                Domain("lost_registered", "=", True)
                & Domain("lost_case_id", "any!", [("is_compliant", "=", False)])
            )
        )

    @api.model
    def _search_is_noncompliant(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain, wanted = self._noncompliant_domain(), set(value)
        if wanted == {True}:
            return domain
        return ~domain if wanted == {False} else Domain(bool(wanted))

    # ------------------------------------------------------------------ Actions
    def action_register_lost(self):
        """Open the lost case of the car; a new one starts with what is known."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Case"),
            "res_model": "dealer.lost.case",
            "view_mode": "form",
            "views": [(False, "form")],
        }
        if self.lost_case_id:
            return {**action, "res_id": self.lost_case_id.id}
        return {
            **action,
            "context": {
                "default_company_id": self.company_id.id,
                "default_delivery_id": self.id,
                "default_kind": "new_car",
            },
        }

    # ---------------------------------------------------------------- Reminders
    @api.model
    def _cron_insurance_gaps(self):
        """Ask the consultant at once, tell the leader after the hours of the store.

        Only cars of the current and the previous month: older ones stand in the
        analyses of their months. Twice a run does nothing.
        """
        gap = self._insurance_gap_domain() & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("delivery_date", "<=", today)
            & Domain(
                "delivery_date", ">=", today.replace(day=1) - relativedelta(months=1)
            )
            for company in self.env["res.company"]._dealer_stores()
            for today in [company._dealer_local_day(fields.Datetime.now())]
        )
        late = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("delivery_date", "<=", company._last_day_past_limit())
            for company in self.env["res.company"]._dealer_stores()
        )
        steps = (
            (gap & Domain("gap_reminded_at", "=", False), "_remind_gap"),
            (
                gap & late & Domain("gap_escalated_at", "=", False),
                "_escalate_gap",
            ),
            (self._gap_over_domain(), "_forget_gap"),
        )
        cron = self.env["ir.cron"]
        for domain, method in steps:
            cron._commit_progress(remaining=self.search_count(domain))
            done = self.browse()
            while found := self.search(
                domain & Domain("id", "not in", done.ids), limit=BATCH, order="id"
            ):
                done |= found
                locked = found.try_lock_for_update(allow_referencing=True)
                try:
                    with self.env.cr.savepoint():
                        getattr(locked, method)()
                except Exception:
                    # A batch that fails must not keep the others from their reminders.
                    _logger.exception("%s of %s failed", method, locked)
                if not cron._commit_progress(len(found)):
                    return

    @api.model
    def _gap_over_domain(self):
        """Cars whose gap has closed while somebody is still asked for it."""
        return ~self._insurance_gap_domain() & Domain(
            "activity_ids.activity_type_id",
            "in",
            self.env.ref("dealer_insurance.activity_insurance_gap").ids,
        )

    def _remind_gap(self):
        self._schedule_gap(lambda delivery: delivery.consultant_id.user_id)
        self._write_protected({"gap_reminded_at": fields.Datetime.now()})

    def _escalate_gap(self):
        self._schedule_gap(lambda delivery: self.env["res.users"])
        self._write_protected({"gap_escalated_at": fields.Datetime.now()})

    def _schedule_gap(self, user_of):
        leaders = {
            company: company._dealer_post_user(*LEADERS) for company in self.company_id
        }
        for delivery in self:
            user = user_of(delivery) or leaders[delivery.company_id]
            if not user:
                continue
            record = delivery.with_context(lang=user.lang or self.env.lang)
            record.activity_schedule(
                "dealer_insurance.activity_insurance_gap",
                date_deadline=fields.Date.add(delivery.delivery_date, days=1),
                user_id=user.id,
                summary=record.env._(
                    "%(customer)s: insure the car or register the loss",
                    customer=delivery.partner_id.name or delivery.vin,
                ),
            )

    def _forget_gap(self):
        """The car is insured or its loss registered; nobody is asked any more."""
        self.activity_unlink(["dealer_insurance.activity_insurance_gap"])
        self._write_protected({"gap_reminded_at": False, "gap_escalated_at": False})


class DealerLostCase(models.Model):
    _inherit = "dealer.lost.case"

    def _sudo_set_delivery(self, delivery):
        # sudo: who enters a delivery may not be the one who registered the loss
        self.sudo().write({"delivery_id": delivery.id})


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_lost_register_hours = fields.Integer(
        string="Register Lost Cars Within (hours)",
        default=24,
        help="After the day of delivery (S57).",
    )
    dealer_lost_inform_leader = fields.Boolean(
        string="Leader Hears of a Loss before Delivery",
        default=True,
        help="A loss of which the leader did not hear before the car left stands on "
        "the monthly list (S58).",
    )
    dealer_lost_other_share = fields.Float(
        string="Highest Share of “Other”",
        default=0.1,
        digits=(5, 4),
        help="Above this share of the losses of a month without a real reason the "
        "leader is asked to look at them.",
    )

    _dealer_lost_settings = models.Constraint(
        "CHECK (dealer_lost_register_hours >= 0 AND dealer_lost_other_share >= 0"
        " AND dealer_lost_other_share <= 1)",
        "Hours cannot be negative, shares lie between 0 and 100 %.",
    )

    def _last_day_past_limit(self):
        """Last day of delivery whose loss should be registered by now."""
        self.ensure_one()
        limit = fields.Datetime.subtract(
            fields.Datetime.now(), hours=self.dealer_lost_register_hours
        )
        return fields.Date.subtract(self._dealer_local_day(limit), days=1)
