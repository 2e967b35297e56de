from markupsafe import Markup

from odoo import api, fields, models

from ..tools.closing_points import Point


class DealerClaimClosingCheck(models.Model):
    """One closing check of one case: what was found, who signed it (S66, G-C3).

    ==========  ==============================================================
    state       facts
    ==========  ==============================================================
    open        begun, nobody has signed; the points are computed live
    passed      the leader closed the case; the points stand as he found them
    returned    given back to the submitter with a reason
    reopened    the manager opened the closed case again
    ==========  ==============================================================
    """

    _name = "dealer.claim.closing.check"
    _description = "Closing Check of a Claim"
    _inherit = ["dealer.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _protected_fields = (
        "name",
        "company_id",
        "claim_id",
        "round_no",
        "opened_at",
        "evidence",
        "result",
        "signed_at",
        "signed_by_id",
        "return_reason",
        "reopened_at",
        "reopened_by_id",
        "reopen_reason",
    )

    name = fields.Char(
        string="Check No.", readonly=True, copy=False, default="/", index="trigram"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    claim_id = fields.Many2one(
        "dealer.claim", required=True, index=True, check_company=True, readonly=True
    )
    claim_name = fields.Char(related="claim_id.name", string="Claim No.")
    report_no = fields.Char(related="claim_id.report_no")
    plate = fields.Char(related="claim_id.plate")
    partner_id = fields.Many2one(related="claim_id.partner_id", string="Customer")
    insurer_id = fields.Many2one(
        related="claim_id.insurer_id", store=True, index="btree_not_null"
    )
    receptionist_id = fields.Many2one(
        related="claim_id.receptionist_id", store=True, index="btree_not_null"
    )
    submitter_id = fields.Many2one(
        related="claim_id.submitter_id", store=True, index="btree_not_null"
    )
    ledger_no = fields.Char(related="claim_id.ledger_no")
    expected_insurer_payment = fields.Monetary(
        related="claim_id.expected_insurer_payment"
    )
    insurer_received = fields.Monetary(related="claim_id.insurer_received")
    insurer_difference = fields.Monetary(related="claim_id.insurer_difference")
    closing_note = fields.Text(related="claim_id.closing_note", readonly=False)
    round_no = fields.Integer(string="Round", readonly=True, default=1)
    opened_at = fields.Datetime(string="Begun", readonly=True, copy=False)
    due_on = fields.Date(string="Due", compute="_compute_due_on", store=True)
    result = fields.Selection(
        [("passed", "Passed"), ("returned", "Returned to Submitter")],
        readonly=True,
        copy=False,
    )
    state = fields.Selection(
        [
            ("open", "To Check"),
            ("passed", "Passed"),
            ("returned", "Returned to Submitter"),
            ("reopened", "Opened Again"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    signed_at = fields.Datetime(string="Signed", readonly=True, copy=False)
    signed_by_id = fields.Many2one(
        "res.users", string="Checked By", readonly=True, copy=False
    )
    return_reason = fields.Text(readonly=True, copy=False)
    reopened_at = fields.Datetime(readonly=True, copy=False)
    reopened_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reopen_reason = fields.Text(readonly=True, copy=False)
    evidence = fields.Json(readonly=True, copy=False)
    points_html = fields.Html(
        string="Six Points",
        compute="_compute_points",
        sanitize=False,
        exportable=False,
    )
    open_points = fields.Char(
        compute="_compute_points",
        help="Points that keep the case from being closed.",
    )

    _open_uniq = models.UniqueIndex(
        "(claim_id) WHERE result IS NULL",
        "The closing check of this case has begun already.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("result", "reopened_at")
    def _compute_state(self):
        for check in self:
            check.state = "reopened" if check.reopened_at else check.result or "open"

    @api.depends("opened_at", "company_id")
    def _compute_due_on(self):
        limits = self.env["dealer.claim.stage.limit"]._by_stage(self.company_id)
        for check in self:
            company = check.company_id
            limit = limits.get((company.id, "closing_check"))
            check.due_on = check.opened_at and company._dealer_add_working_days(
                company._dealer_local_day(check.opened_at), limit.days if limit else 0
            )

    @api.depends("name", "claim_id.name")
    def _compute_display_name(self):
        for check in self:
            check.display_name = f"{check.name} {check.claim_id.name or ''}".strip()

    @api.depends("evidence", "result", "claim_id.closing_html")
    @api.depends_context("lang")
    def _compute_points(self):
        """The points as they stand; of a signed check as they were signed."""
        live = self.filtered(lambda check: not check.result).claim_id._closing_points()
        for check in self:
            claim = check.claim_id
            if check.result:
                points = [Point(*item) for item in check.evidence or []]
            else:
                points = live.get(claim, [])
            check.points_html = check._points_html(claim, points)
            check.open_points = self.env._(", ").join(
                claim._point_label(point.code) for point in points if not point.ok
            )

    @api.model
    def _points_html(self, claim, points):
        """The points as a table: number, point, result, what was found."""
        if not points:
            return False
        rows = [
            Markup(
                "<tr class='%s'><td>%s</td><td>%s</td>"
                "<td class='text-center'><b class='%s'>%s</b></td><td>%s</td></tr>"
            )
            % (
                "" if point.ok else "table-danger",
                number,
                claim._point_label(point.code),
                "text-success" if point.ok else "text-danger",
                "✓" if point.ok else "✗",
                claim._point_text(point),
            )
            for number, point in enumerate(points, 1)
        ]
        heads = (
            self.env._("No."),
            self.env._("Point"),
            self.env._("Result"),
            self.env._("Evidence"),
        )
        head = Markup("").join(Markup("<th>%s</th>") % text for text in heads)
        return Markup(
            "<table class='table table-sm o_dealer_closing_points mb-0'>"
            "<thead><tr>%s</tr></thead><tbody>%s</tbody></table>"
        ) % (head, Markup("").join(rows))

    # ---------------------------------------------------------------- Facts
    @api.model
    def _sudo_open(self, claims):
        """A new check of each case, numbered.

        :param claims: ``dealer.claim``; the caller has checked that it may begin
        """
        sequence_sudo = self.env["ir.sequence"].sudo()
        now = fields.Datetime.now()
        vals_list = [
            {
                "name": sequence_sudo.with_company(claim.company_id).next_by_code(
                    self._name
                )
                or "/",
                "company_id": claim.company_id.id,
                "claim_id": claim.id,
                "round_no": len(claim.closing_check_ids) + 1,
                "opened_at": now,
            }
            for claim in claims
        ]
        checks = self.sudo()._create_protected(vals_list)
        return self.browse(checks.ids)

    def _sign(self, result, points, reason=False):
        """Keep what was found, and who signed it; the caller has checked the post.

        :param result: ``passed`` or ``returned``
        :param points: dict claim -> list of points
        """
        now = fields.Datetime.now()
        for check in self:
            check._write_protected(
                {
                    "result": result,
                    "signed_at": now,
                    "signed_by_id": self.env.uid,
                    "return_reason": reason,
                    "evidence": [
                        point.plain() for point in points.get(check.claim_id, [])
                    ],
                }
            )
        self._sudo_close_activities()

    def _reopen(self, reason):
        self._write_protected(
            {
                "reopened_at": fields.Datetime.now(),
                "reopened_by_id": self.env.uid,
                "reopen_reason": reason,
            }
        )

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons of the closing check.")

    # --------------------------------------------------------------- Buttons
    def action_close(self):
        """Close the cases of these checks; see ``dealer.claim.action_close``."""
        return self._open_cases(self.env._("Close Case")).action_close()

    def action_return(self, reason=None):
        """Give the cases back to their submitters.

        :param reason: what has to be put right; without it a dialog asks
        """
        claims = self._open_cases(self.env._("Return to Submitter"))
        return claims.action_return_check(reason)

    def action_open_claim(self):
        """Open the case of the check."""
        self.check_access("read")
        return self.claim_id._get_records_action(name=self.env._("Claims"))

    def _open_cases(self, label):
        self.check_access("read")
        self._check_state(("open",), label)
        return self.claim_id

    # ------------------------------------------------------------ Activities
    def _ask_leader(self):
        """Tell the claims leader of checks that wait for him."""
        for company, checks in self.grouped("company_id").items():
            user = company._dealer_post_user("claim_leader", "insurance_manager")
            for check in checks:
                day = check.due_on or company._dealer_today()
                check._sudo_schedule(user, day)

    def _ask_submitter(self):
        for check in self:
            claim = check.claim_id
            # sudo: the login of a colleague is no secret to the check
            people_sudo = (claim.submitter_id | claim.receptionist_id).sudo()
            day = check.company_id._dealer_today()
            check._sudo_schedule(people_sudo.user_id[:1], day, check.return_reason)

    def _sudo_schedule(self, user, deadline, note=None):
        """A task of the check, in the language of who does it."""
        if not user:
            return
        # sudo: the system asks, whoever pressed the button
        record = self.sudo().with_context(lang=user.lang or self.env.lang)
        record.activity_schedule(
            "dealer_claims.activity_closing_check",
            date_deadline=deadline,
            user_id=user.id,
            summary=(
                record.env._(
                    "Returned by the leader: %(name)s", name=record.claim_id.name
                )
                if note
                else record.env._(
                    "Check and close: %(name)s", name=record.claim_id.name
                )
            ),
            note=note or False,
        )

    def _sudo_close_activities(self):
        self.sudo().activity_unlink(["dealer_claims.activity_closing_check"])
