from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.renewal_score import FACTORS, Facts, Weight, score

SCORE_BATCH = 1000


class DealerRenewalScoreWeight(models.Model):
    """What a fact is worth when the next customer is chosen; data, not code."""

    _name = "dealer.renewal.score.weight"
    _description = "Weight of the Renewal Queue"
    _inherit = ["dealer.store.mixin"]
    _order = "company_id, sequence, id"

    code = fields.Selection("_selection_codes", string="Fact", required=True)
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: for every store."
    )
    sequence = fields.Integer(default=10)
    points = fields.Float(
        required=True,
        digits=(6, 1),
        help="The most the fact brings; negative: what it takes away.",
    )
    scale = fields.Float(
        string="All of It At",
        digits=(12, 2),
        help="Value from which all points are given (days, premium, years, number). "
        "Zero: all or nothing.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE active",
        "This fact has a weight already.",
    )

    @api.model
    def _selection_codes(self):
        return list(self._labels().items())

    @api.model
    def _labels(self):
        _ = self.env._
        return {
            "trouble": _("Open claim or complaint"),
            "expiry": _("Days to the expiry"),
            "appointment": _("Call agreed for today or before"),
            "promised": _("Promised"),
            "premium": _("Premium of the last year"),
            "class_a": _("Customer of class A"),
            "class_b": _("Customer of class B"),
            "years": _("Years with us"),
            "price": _("Compares prices"),
            "missed": _("Nodes missed"),
            "later": _("Agreed to call later"),
        }

    @api.model
    def _of_company(self, company):
        """Weights of a store: its own before the common ones.

        :return: dict factor -> ``Weight``
        """
        records = self.search([("company_id", "in", (False, company.id))])
        found = {}
        for record in records.sorted(lambda record: bool(record.company_id)):
            found[record.code] = Weight(record.points, record.scale)
        return found

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = self._labels()
        for record in self:
            record.display_name = labels.get(record.code, "")


class DealerRenewalTask(models.Model):
    """The queue: whom to call next, and why him."""

    _inherit = "dealer.renewal.task"

    score = fields.Float(readonly=True, copy=False, digits=(8, 1), aggregator="avg")
    score_parts = fields.Json(readonly=True, copy=False)
    score_html = fields.Html(
        string="Why in This Place",
        compute="_compute_score_html",
        sanitize=False,
        exportable=False,
    )

    @api.depends("score_parts")
    @api.depends_context("lang")
    def _compute_score_html(self):
        labels = self.env["dealer.renewal.score.weight"]._labels()
        row = Markup(
            '<tr><td>%s</td><td class="text-end text-muted">%s</td>'
            '<td class="text-end">%s</td></tr>'
        )
        for task in self:
            rows = [
                row % (labels.get(code, code), f"{value:g}", f"{points:+g}")
                for code, value, points in task.score_parts or []
                if code in FACTORS
            ]
            task.score_html = rows and Markup(
                '<table class="table table-sm mb-0 o_renewal_score">%s</table>'
            ) % Markup("").join(rows)

    def _score_facts(self, today):
        """Facts of the score of one task.

        :param today: the store's day
        """
        self.ensure_one()
        day = self.next_date
        return Facts(
            days=(self.expiry_date - today).days,
            premium=self.last_premium,
            years=self.insured_times,
            customer_class=self.customer_class or "C",
            troubles=self.trouble_count,
            price_sensitive=self.is_price_sensitive,
            promised=self.state == "promised",
            missed=self.missed_count,
            appointment=(day - today).days if day else None,
        )

    def _rescore(self):
        """Work the scores out anew; only what changed is written."""
        for company, tasks in self.grouped("company_id").items():
            weights = self._sudo_weights(company)
            today = company._dealer_today()
            for task in tasks:
                total, parts = score(task._score_facts(today), weights)
                lines = [list(part) for part in parts]
                if task.score != total or task.score_parts != lines:
                    task._write_protected({"score": total, "score_parts": lines})

    def _sudo_weights(self, company):
        # sudo: the weights are no secret of the screens of the settings
        return self.env["dealer.renewal.score.weight"].sudo()._of_company(company)

    @api.model
    def _cron_score(self):
        """Nightly: facts and scores of all open tasks, batch by batch."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._dealer_stores():
            domain = Domain("company_id", "=", company.id) & Domain(
                "is_open", "=", True
            )
            tasks = self.with_company(company).with_context(tracking_disable=True)
            cron._commit_progress(remaining=self.search_count(domain))
            last = 0
            while found := tasks.search(
                domain & Domain("id", ">", last), limit=SCORE_BATCH, order="id"
            ):
                last = found[-1].id
                found.try_lock_for_update(allow_referencing=True)._refresh_facts()
                if not cron._commit_progress(len(found)):
                    return

    # ----------------------------------------------------------------- Queue
    @api.model
    def _queue_domain(self):
        """My customers whom nobody called today, for whom no later day is agreed."""
        today = self.env.company._dealer_today()
        start = self.env.company._dealer_day_end(fields.Date.subtract(today, days=1))
        return (
            Domain("owner_user_id", "=", self.env.uid)
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain("is_open", "=", True)
            & Domain("state", "!=", "lost_pending")
            & (Domain("next_date", "=", False) | Domain("next_date", "<=", today))
            & (
                Domain("last_contact_at", "=", False)
                | Domain("last_contact_at", "<", start)
            )
        )

    def action_next(self):
        """Open the customer of mine who should be called next.

        :return: action of his task, or a notice that the list is done
        """
        task = self.search(self._queue_domain(), order="score desc, id", limit=1)
        if not task:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._(
                        "Done for today: every customer of yours was called or has "
                        "an agreed day."
                    ),
                    "next": {
                        "type": "ir.actions.act_window",
                        "res_model": self._name,
                        "name": self.env._("My Renewals"),
                        "views": [(False, "list"), (False, "form")],
                        "domain": [("owner_user_id", "=", self.env.uid)],
                        "context": {"search_default_open": 1},
                    },
                },
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Next Customer"),
            "res_model": self._name,
            "res_id": task.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _set_renewal_home(self, group_id, action_id, old_action_id):
        """The queue is the first screen of the specialist, unless he has his own.

        :param group_id: id of the post
        :param action_id: id of the queue
        :param old_action_id: id of the screen that the addon below has given
        """
        group = self.browse(group_id)
        if group.dealer_home_action_id.id in (False, old_action_id):
            group.dealer_home_action_id = action_id
