from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation


class DealerArchiveSubmission(models.Model):
    """A week's new-car archives, handed to the insurance manager together (S79).

    draft → submitted → approved; a single archive may be sent back out of it, which
    puts it into the next submission.
    """

    _name = "dealer.archive.submission"
    _description = "Archive Submission"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "name",
        "company_id",
        "date_from",
        "date_to",
        "archive_ids",
        "submitted_at",
        "submitted_by_id",
        "reviewed_at",
        "reviewed_by_id",
    )
    _guard_transitions = ("submit", "approve")

    name = fields.Char(string="Submission No.", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(string="Week From", required=True)
    date_to = fields.Date(string="To", required=True)
    due_at = fields.Datetime(compute="_compute_due_at", store=True)
    state = fields.Selection(
        [("draft", "Draft"), ("submitted", "Submitted"), ("approved", "Approved")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    archive_ids = fields.One2many("dealer.archive", "submission_id", copy=False)
    archive_count = fields.Integer(
        string="Archives", compute="_compute_counts", store=True
    )
    late_count = fields.Integer(
        string="Entered Late", compute="_compute_counts", store=True
    )
    missing_count = fields.Integer(
        string="Not Entered",
        compute="_compute_missing_count",
        help="Archives of the week that nobody has entered yet.",
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", store=True)
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    review_note = fields.Text(string="Manager's Remarks")

    _company_week_uniq = models.UniqueIndex(
        "(company_id, date_from)", "The week has its submission already."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "A week cannot end before it starts."
    )

    @api.depends("date_to", "company_id.dealer_archive_submit_days")
    def _compute_due_at(self):
        """End of the day on which the store hands the week in, store time."""
        for submission in self:
            company = submission.company_id
            submission.due_at = company._dealer_day_end(
                fields.Date.add(
                    submission.date_to, days=company.dealer_archive_submit_days
                )
            )

    @api.depends("archive_ids.is_entered_late")
    def _compute_counts(self):
        for submission in self:
            archives = submission.archive_ids
            submission.archive_count = len(archives)
            submission.late_count = len(archives.filtered("is_entered_late"))

    def _missing_domain(self):
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "in", ("draft", "returned")),
            ("started_at", "<", self.company_id._dealer_day_end(self.date_to)),
        ]

    @api.depends("date_to", "state")
    def _compute_missing_count(self):
        Archive = self.env["dealer.archive"]
        for submission in self:
            submission.missing_count = (
                Archive.search_count(submission._missing_domain())
                if submission.date_to and submission.state == "draft"
                else 0
            )

    @api.depends("submitted_at", "due_at")
    def _compute_is_late(self):
        for submission in self:
            submission.is_late = bool(
                submission.submitted_at
                and submission.due_at
                and submission.submitted_at > submission.due_at
            )

    # -- weekly job -------------------------------------------------------------

    @api.model
    def _cron_create_weekly(self):
        """Weekly, harmless when run again: last week's submission of each store."""
        for company in self.env["res.company"]._dealer_stores():
            has_archives = self.env["dealer.archive"].search_count(
                [("company_id", "=", company.id)], limit=1
            )
            if has_archives:
                self._create_for_week(company, fields.Date.context_today(self))

    @api.model
    def _create_for_week(self, company, today):
        """Submission of the whole week before ``today``, Monday to Sunday.

        :return: the submission, an existing one included
        """
        date_to = today - timedelta(days=today.weekday() + 1)
        date_from = date_to - timedelta(days=6)
        found = self.search(
            [("company_id", "=", company.id), ("date_from", "=", date_from)]
        )
        if found:
            return found
        submission = self._sudo_create(company, date_from, date_to)
        user = company._dealer_alert_user()
        if user:
            submission.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                date_deadline=fields.Date.add(
                    date_to, days=company.dealer_archive_submit_days
                ),
                summary=self.env._("Hand in the new-car archives of the week"),
            )
        return submission

    @api.model
    def _sudo_create(self, company, date_from, date_to):
        """A week's submission; the caller has checked the post."""
        sequence = self.env["ir.sequence"].sudo().with_company(company)
        submission = self.sudo()._create_protected(
            [
                {
                    "name": sequence.next_by_code("dealer.archive.submission"),
                    "company_id": company.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
            ]
        )
        return self.browse(submission.ids)

    # -- transitions ------------------------------------------------------------

    def _guard_shown(self, transition):
        wanted = {"submit": "draft", "approve": "submitted"}[transition]
        return self.filtered(lambda submission: submission.state == wanted)

    def _guard_submit(self):
        """G-J2: nothing of the week is left out."""
        return [
            Violation(
                "G-J2",
                submission,
                self.env._(
                    "%(number)s archives up to %(day)s are not entered.",
                    number=submission.missing_count,
                    day=submission.date_to,
                ),
                fact=str(submission.missing_count),
            )
            for submission in self
            if submission.missing_count
        ]

    def action_submit(self):
        """Hand all entered archives to the manager."""
        self._check_holds("policy_clerk", "insurance_manager")
        self.check_access("write")
        if any(submission.state != "draft" for submission in self):
            raise UserError(self.env._("The submission is handed in already."))
        self._check_guards("submit")
        now = fields.Datetime.now()
        for submission in self:
            archives = self.env["dealer.archive"].search(
                [
                    ("company_id", "=", submission.company_id.id),
                    ("state", "=", "entered"),
                ]
            )
            archives._write_protected(
                {
                    "state": "submitted",
                    "submission_id": submission.id,
                    "submitted_at": now,
                }
            )
            submission._write_protected(
                {
                    "state": "submitted",
                    "submitted_at": now,
                    "submitted_by_id": self.env.uid,
                }
            )
            submission._ask_review()
        return True

    def _ask_review(self):
        manager = self.company_id._dealer_alert_user()
        if manager:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=manager.id,
                summary=self.env._(
                    "Look through %(number)s new-car archives",
                    number=self.archive_count,
                ),
            )

    def _guard_approve(self):
        """G-J3: the manager does not approve what he handed in himself."""
        return [
            Violation(
                "G-J3",
                submission,
                self.env._(
                    "%(user)s has handed it in and cannot approve it.",
                    user=self.env.user.name,
                ),
            )
            for submission in self
            if submission.submitted_by_id == self.env.user
        ]

    def action_approve(self):
        """The manager agrees with the archives that are left in the submission."""
        self._check_holds("insurance_manager")
        self.check_access("write")
        if any(submission.state != "submitted" for submission in self):
            raise UserError(self.env._("Only a submission handed in can be approved."))
        self._check_guards("approve")
        vals = {
            "state": "approved",
            "reviewed_at": fields.Datetime.now(),
            "reviewed_by_id": self.env.uid,
        }
        self.archive_ids.filtered(lambda a: a.state == "submitted")._write_protected(
            vals
        )
        self._write_protected(vals)
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_open_missing(self):
        """The archives that keep the submission waiting."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_insurance.dealer_archive_action"
        )
        return {**action, "domain": self._missing_domain(), "context": {}}
