import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_review_due_days = fields.Integer(
        string="Analyses Due Within (working days)",
        default=3,
        help="Working days after the end of the month.",
    )
    dealer_review_escalate_days = fields.Integer(
        string="Tell the Superior After (days)",
        default=2,
        help="Days after which a late analysis or measure is told to who accepts it.",
    )

    _dealer_review_days_positive = models.Constraint(
        "CHECK (dealer_review_due_days >= 0 AND dealer_review_escalate_days >= 0)",
        "Days of analyses cannot be negative.",
    )

    def _dealer_post_user(self, *posts):
        """Who does the work of a post in this store.

        The first person of the staff list with a login; else who was given the post
        itself; else who holds it with another one.

        :param posts: names of posts without ``group_``, the first that is held counts
        :return: ``res.users``, one or empty
        """
        self.ensure_one()
        Staff, Users = self.env["dealer.staff"], self.env["res.users"]
        store = [("company_ids", "in", self.ids), ("share", "=", False)]
        for post in posts:
            group = self.env.ref(f"dealer_base.group_{post}")
            staff = Staff.search(
                [
                    ("company_id", "=", self.id),
                    ("post", "=", post),
                    ("user_id.active", "=", True),
                    ("user_id.all_group_ids", "in", group.ids),
                ],
                order="id",
                limit=1,
            )
            user = (
                staff.user_id
                or Users.search([*store, ("group_ids", "in", group.ids)], limit=1)
                or Users.search([*store, ("all_group_ids", "in", group.ids)], limit=1)
            )
            if user:
                return user
        return Users


class DealerReview(models.Model):
    """Who is asked for an analysis, and who hears of its delay."""

    _inherit = "dealer.review"

    def _author_user(self):
        """Who is asked to write it."""
        self.ensure_one()
        author, _reviewers = self._kind_posts(self.kind)
        return self.submitted_by_id or self.company_id._dealer_post_user(author)

    def _reviewer_user(self):
        """Who is asked to accept it; not the person who has submitted it."""
        self.ensure_one()
        _author, reviewers = self._kind_posts(self.kind)
        users = self.env["res.users"]
        for post in reviewers:
            users |= self.company_id._dealer_post_user(post)
        return (users - self.submitted_by_id)[:1]

    def _ask_author(self):
        for review in self:
            user = review._author_user()
            record = review.with_context(lang=user.lang or self.env.lang)
            summary = (
                record.env._("Returned: %(name)s", name=record.display_name)
                if review.state == "returned"
                else record.env._("Write: %(name)s", name=record.display_name)
            )
            record._schedule(user, review.due_date, summary, review.return_reason)

    def _ask_reviewer(self):
        for review in self:
            user = review._reviewer_user()
            record = review.with_context(lang=user.lang or self.env.lang)
            record._schedule(
                user,
                fields.Date.context_today(review),
                record.env._("Check: %(name)s", name=record.display_name),
            )

    def _schedule(self, user, deadline, summary, note=None):
        if user:
            self.activity_schedule(
                "dealer_base.activity_review",
                date_deadline=deadline,
                user_id=user.id,
                summary=summary,
                note=note or False,
            )

    def _close_activities(self):
        """What was asked for has been done."""
        self.activity_unlink(["dealer_base.activity_review"])

    # ------------------------------------------------------- Made by the month
    @api.model
    def _months_before(self):
        """First day of the month before today, by store.

        :return: dict company -> first day
        """
        return {
            company: company._dealer_today().replace(day=1) - relativedelta(months=1)
            for company in self.env["res.company"]._dealer_stores()
        }

    @api.model
    def _create_missing(self, kind, months):
        """Make the analyses that are not there yet; for a job of the first of a month.

        One store that fails does not keep the others from theirs.

        :param kind: kind of the analyses
        :param months: dict company -> first day of the month that it had business in
        """
        done = self.search(
            Domain("kind", "=", kind)
            & Domain.OR(
                Domain("company_id", "=", company.id) & Domain("date_from", "=", first)
                for company, first in months.items()
            )
        ).company_id
        todo = [company for company in months if company not in done]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(todo))
        for company in todo:
            try:
                with self.env.cr.savepoint():
                    self._create_month(kind, company, months[company])
            except Exception:
                _logger.exception("Analysis %s of %s failed", kind, company.name)
            if not cron._commit_progress(1):
                break

    @api.model
    def _create_month(self, kind, company, first):
        """The analysis of a month, in the language of who writes it.

        :param kind: kind of the analysis
        :param company: the store
        :param first: first day of the month
        :return: the review
        """
        author, _reviewers = self._kind_posts(kind)
        user = company._dealer_post_user(author, "insurance_manager")
        reviews = self.with_context(lang=user.lang or self.env.lang)
        return reviews.create(
            {"kind": kind, "company_id": company.id, "date_from": first}
        )

    def _escalate(self):
        self.ensure_one()
        user = self._reviewer_user()
        record = self.with_context(lang=user.lang or self.env.lang)
        record._schedule(
            user,
            fields.Date.context_today(self),
            record.env._("Overdue: %(name)s", name=record.display_name),
        )
        self._write_protected({"escalated_at": fields.Datetime.now()})
