from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

AUDIT_STATES = [
    ("draft", "To Check"),
    ("checked", "Checked"),
    ("passed", "Passed"),
    ("failed", "Not Passed"),
    ("rectified", "Rectified"),
]


class DealerBoardAudit(models.Model):
    """Monthly check of the penetration board (SM-18, S60).

    Made by a job for the month that ended. The underwriting leader checks whether the
    board was updated every day and equals the books, and signs; the insurance manager
    sees it.

    draft → checked → passed, or failed → rectified. The insurance manager can take an
    audit back to draft.
    """

    _name = "dealer.board.audit"
    _description = "Board Audit"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "month desc, company_id, id"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "company_id",
        "month",
        "due_count",
        "actual_count",
        "late_count",
        "missing_count",
        "missing_days",
        "board_delivered",
        "board_insured",
        "board_premium",
        "books_delivered",
        "books_insured",
        "books_premium",
        "compared_at",
        "line_ids",
        "checked_by_id",
        "checked_at",
        "decided_by_id",
        "decided_at",
        "rectified_by_id",
        "rectified_at",
        "seen_by_id",
        "seen_at",
    )
    _guard_transitions = ("check", "rectify")

    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True, index=True, copy=False)
    due_date = fields.Date(string="Audit Due", compute="_compute_due_date", store=True)
    state = fields.Selection(
        AUDIT_STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )

    # updates
    due_count = fields.Integer(string="Updates Due", readonly=True, copy=False)
    actual_count = fields.Integer(string="Updates Made", readonly=True, copy=False)
    late_count = fields.Integer(string="Updated Late", readonly=True, copy=False)
    missing_count = fields.Integer(string="Not Updated", readonly=True, copy=False)
    missing_days = fields.Char(string="Days Not Updated", readonly=True, copy=False)

    # the last frozen board of the month, and the books today
    board_delivered = fields.Integer(
        string="Delivered, Board", readonly=True, copy=False
    )
    board_insured = fields.Integer(string="Insured, Board", readonly=True, copy=False)
    board_premium = fields.Monetary(string="Premium, Board", readonly=True, copy=False)
    books_delivered = fields.Integer(
        string="Delivered, Books", readonly=True, copy=False
    )
    books_insured = fields.Integer(string="Insured, Books", readonly=True, copy=False)
    books_premium = fields.Monetary(string="Premium, Books", readonly=True, copy=False)
    compared_at = fields.Datetime(string="Compared", readonly=True, copy=False)
    line_ids = fields.One2many(
        "dealer.board.audit.line", "audit_id", string="Differences", readonly=True
    )
    difference_count = fields.Integer(
        string="Cars that Differ", compute="_compute_difference_count", store=True
    )
    late_entry_count = fields.Integer(
        string="Cars Entered Late", compute="_compute_difference_count", store=True
    )
    is_clean = fields.Boolean(
        string="Board Equals the Books", compute="_compute_is_clean"
    )

    # result
    conclusion = fields.Text(tracking=True)
    rectification = fields.Text(
        tracking=True, help="What was done so that it does not happen again."
    )
    checked_by_id = fields.Many2one(
        "res.users", string="Checked by", readonly=True, copy=False
    )
    checked_at = fields.Datetime(string="Checked on", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    rectified_by_id = fields.Many2one(
        "res.users", string="Rectified by", readonly=True, copy=False
    )
    rectified_at = fields.Datetime(string="Rectified on", readonly=True, copy=False)
    seen_by_id = fields.Many2one(
        "res.users", string="Seen by Manager", readonly=True, copy=False
    )
    seen_at = fields.Datetime(string="Seen on", readonly=True, copy=False)

    _one_per_month = models.UniqueIndex(
        "(company_id, month)", "The board of this month has its audit already."
    )

    # -------------------------------------------------------------------- Computes
    @api.depends("month", "company_id.dealer_board_audit_day")
    def _compute_due_date(self):
        for audit in self:
            audit.due_date = audit.month and audit.month + relativedelta(
                months=1, day=audit.company_id.dealer_board_audit_day or 1
            )

    @api.depends("line_ids.delivery_id", "line_ids.is_late")
    def _compute_difference_count(self):
        for audit in self:
            audit.difference_count = len(audit.line_ids.delivery_id)
            late = audit.line_ids.filtered("is_late")
            audit.late_entry_count = len(late.delivery_id)

    @api.depends("difference_count", "late_count", "missing_count")
    def _compute_is_clean(self):
        for audit in self:
            audit.is_clean = not (
                audit.difference_count or audit.late_count or audit.missing_count
            )

    @api.depends("month", "company_id")
    def _compute_display_name(self):
        for audit in self:
            audit.display_name = self.env._(
                "Board Audit %(month)s",
                month=audit.month.strftime("%Y-%m") if audit.month else "",
            )

    # ---------------------------------------------------------------------- Guards
    def _guard_shown(self, transition):
        state = {"check": "draft", "rectify": "failed"}.get(transition)
        return self.filtered(lambda audit: audit.state == state)

    def _guard_transition_label(self, transition):
        labels = {"check": self.env._("Check"), "rectify": self.env._("Rectify")}
        return labels.get(transition, "")

    def _guard_check(self):
        """G-U1: the month is over; G-U2: what is late or different is explained."""
        violations = []
        for audit in self:
            if audit.company_id._dealer_today() <= audit._last_day():
                reason = self.env._("The month is not over yet.")
                violations.append(Violation("G-U1", audit, reason))
            if not audit.is_clean and not (audit.conclusion or "").strip():
                violations.append(
                    Violation(
                        "G-U2",
                        audit,
                        self.env._(
                            "%(late)s late, %(missing)s missing updates and "
                            "%(cars)s cars that differ are not explained.",
                            late=audit.late_count,
                            missing=audit.missing_count,
                            cars=audit.difference_count,
                        ),
                    )
                )
        return violations

    def _guard_rectify(self):
        """G-U3: a failed month ends with what was done about it."""
        return [
            Violation("G-U3", audit, self.env._("The rectification is not written."))
            for audit in self
            if not (audit.rectification or "").strip()
        ]

    # ----------------------------------------------------------------- Transitions
    def _begin(self, post, *states):
        """Post, right and step of a transition."""
        self._check_holds(post)
        self.check_access("write")
        for audit in self:
            if audit.state not in states:
                raise UserError(
                    self.env._(
                        "%(audit)s is not at this step.", audit=audit.display_name
                    )
                )

    def action_refresh(self):
        """Compare the frozen boards with the books once more."""
        self._begin("uw_leader", "draft")
        self._sudo_compare()
        return True

    def action_check(self):
        """The leader signs that the month was checked; the comparison is fixed."""
        self._begin("uw_leader", "draft")
        self._sudo_compare()
        self._check_guards("check")
        self._write_protected(self._prepare_stamp_vals("checked", "checked"))
        self._sudo_close_activities()
        return True

    def action_pass(self):
        """The board of the month was kept as it should be."""
        self._begin("uw_leader", "checked")
        self._write_protected(self._prepare_stamp_vals("passed", "decided"))
        return True

    def action_fail(self):
        """The board was not kept as it should be: it has to be put right."""
        self._begin("uw_leader", "checked")
        self._write_protected(self._prepare_stamp_vals("failed", "decided"))
        return True

    def action_rectify(self):
        """What was wrong is put right."""
        self._begin("uw_leader", "failed")
        self._check_guards("rectify")
        self._write_protected(self._prepare_stamp_vals("rectified", "rectified"))
        return True

    def action_acknowledge(self):
        """The insurance manager has seen the result."""
        self._begin("insurance_manager", "passed", "failed", "rectified")
        self._write_protected(
            {"seen_by_id": self.env.uid, "seen_at": fields.Datetime.now()}
        )
        return True

    def action_reopen(self):
        """Back to the leader, for another check."""
        self._begin("insurance_manager", "checked", "passed", "failed", "rectified")
        names = ("checked", "decided", "rectified", "seen")
        self._write_protected(
            {
                "state": "draft",
                **{f"{name}_by_id": False for name in names},
                **{f"{name}_at": False for name in names},
            }
        )
        self._sudo_schedule_check()
        return True

    def _prepare_stamp_vals(self, state, name):
        """State with who moved to it, and when."""
        return {
            "state": state,
            f"{name}_by_id": self.env.uid,
            f"{name}_at": fields.Datetime.now(),
        }

    @api.readonly
    def action_open_snapshots(self):
        """Frozen boards of the month."""
        self.ensure_one()
        return self.env["dealer.kpi.engine"]._records_action(
            "dealer.board.snapshot",
            [
                ("company_id", "=", self.company_id.id),
                ("day", ">=", self.month),
                ("day", "<=", self._last_day()),
            ],
            self.env._("Frozen Boards"),
        )

    @api.model
    def _check_month_open(self, company, month):
        """Refuse confirmations of a month that the leader has checked.

        :raises UserError: with the audit that stands in the way
        """
        # sudo: a clerk confirms without reading audits
        closed_sudo = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("month", "=", month),
                ("state", "!=", "draft"),
            ]
        )
        if closed_sudo:
            raise UserError(
                self.env._(
                    "%(audit)s is checked; its days are not confirmed any more.",
                    audit=closed_sudo.display_name,
                )
            )

    def _last_day(self):
        self.ensure_one()
        return fields.Date.end_of(self.month, "month")
