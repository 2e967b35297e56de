from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

COUNT_KINDS = [
    ("custody", "Kept Policies"),
    ("voucher", "Blank Forms and Stickers"),
]
FOUND_STATES = [
    ("open", "Not Counted"),
    ("found", "Found"),
    ("missing", "Missing"),
]


class DealerCustodyCount(models.Model):
    """Stock count of what the store keeps: policies of customers, blank forms (S77).

    draft → counting, when the list of what should be there is written down → done,
    when somebody who does not keep the papers has confirmed it. What was lent out or
    used meanwhile is judged by the list, not by today's stock.
    """

    _name = "dealer.custody.count"
    _description = "Custody Stock Count"
    _inherit = [
        "dealer.numbered.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True
    _protected_fields = (
        "state",
        "name",
        "started_at",
        "counted_by_id",
        "confirmed_by_id",
        "confirmed_at",
    )
    _guard_transitions = ("confirm",)

    name = fields.Char(string="Count No.", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        string="Store",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(COUNT_KINDS, required=True, default="custody")
    place = fields.Char(help="Only this place; empty: everything that the store keeps.")
    date = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("draft", "Draft"), ("counting", "Counting"), ("done", "Confirmed")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    started_at = fields.Datetime(string="List Written", readonly=True, copy=False)
    counted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    line_ids = fields.One2many("dealer.custody.count.line", "count_id", copy=False)
    expected_count = fields.Integer(compute="_compute_counts", store=True)
    found_count = fields.Integer(compute="_compute_counts", store=True)
    difference_count = fields.Integer(
        string="Differences", compute="_compute_counts", store=True
    )
    open_count = fields.Integer(
        string="Not Counted", compute="_compute_counts", store=True
    )
    note = fields.Text()

    _one_running = models.UniqueIndex(
        "(company_id, kind, COALESCE(place, '')) WHERE state = 'counting'",
        "A count of this kind and place is under way already. Finish it first.",
    )

    @api.depends("line_ids.found", "line_ids.is_expected")
    def _compute_counts(self):
        for count in self:
            lines = count.line_ids
            count.expected_count = len(lines.filtered("is_expected"))
            count.found_count = len(lines.filtered(lambda line: line.found == "found"))
            count.difference_count = len(lines.filtered("is_difference"))
            count.open_count = len(lines.filtered(lambda line: line.found == "open"))

    def write(self, vals):
        if {"kind", "place", "date", "company_id"} & vals.keys() and any(
            count.state != "draft" for count in self
        ):
            raise UserError(
                self.env._("The list is written; start a new count for another one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        for count in self:
            if count.state != "draft":
                raise UserError(
                    self.env._(
                        "Count %(name)s was started and is kept.", name=count.name
                    )
                )

    def action_start(self):
        """Write down what should be there now."""
        self._check_holds("policy_clerk", "insurance_manager", "uw_leader")
        self.check_access("write")
        for count in self:
            if count.state != "draft":
                raise UserError(
                    self.env._("Count %(name)s was started.", name=count.name)
                )
            count._write_protected(count._prepare_start_vals())
            self.env["dealer.custody.count.line"]._create_protected(
                [
                    {**vals, "count_id": count.id, "is_expected": True}
                    for vals in count._prepare_expected_lines()
                ]
            )
        return True

    def _prepare_start_vals(self):
        self.ensure_one()
        return {
            "state": "counting",
            "started_at": fields.Datetime.now(),
            "counted_by_id": self.env.uid,
        }

    def _prepare_expected_lines(self):
        """Values of a line per paper that should be there."""
        self.ensure_one()
        if self.kind == "voucher":
            vouchers = self.env["dealer.voucher"].search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "in", ("stock", "held")),
                    *([("place", "=", self.place)] if self.place else []),
                ],
                order="type_id, name",
            )
            return [
                {"voucher_id": voucher.id, "name": voucher.name} for voucher in vouchers
            ]
        custodies = self.env["dealer.custody"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "in"),
                *([("place", "=", self.place)] if self.place else []),
            ],
            order="place, box, id",
        )
        return [
            {"custody_id": custody.id, "name": custody.name} for custody in custodies
        ]

    def action_all_found(self):
        """Everything not yet counted is there."""
        self._check_counting()
        self.line_ids.filtered(lambda line: line.found == "open").write(
            {"found": "found"}
        )
        return True

    def _check_counting(self):
        self._check_holds("policy_clerk", "insurance_manager", "uw_leader")
        self.check_access("write")
        if any(count.state != "counting" for count in self):
            raise UserError(self.env._("Start the count first; a confirmed one stays."))

    def _guard_shown(self, transition):
        return self.filtered(lambda count: count.state == "counting")

    def _guard_confirm(self):
        """G-Z1: all counted, differences explained, another person confirms."""
        violations = []
        for count in self:
            if count.open_count:
                violations.append(
                    Violation(
                        "G-Z1",
                        count,
                        self.env._(
                            "%(number)s papers are not counted.",
                            number=count.open_count,
                        ),
                    )
                )
            unexplained = count.line_ids.filtered(
                lambda line: line.is_difference and not (line.note or "").strip()
            )
            if unexplained:
                violations.append(
                    Violation(
                        "G-Z1",
                        count,
                        self.env._(
                            "Differences without explanation: %(names)s.",
                            names=", ".join(unexplained.mapped("name")[:10]),
                        ),
                    )
                )
            if count.counted_by_id == self.env.user:
                violations.append(
                    Violation(
                        "G-Z2",
                        count,
                        self.env._(
                            "%(user)s has counted and cannot confirm the count.",
                            user=self.env.user.name,
                        ),
                    )
                )
        return violations

    def action_confirm(self):
        """A second person agrees with the count; it is frozen."""
        self._check_holds("uw_leader", "insurance_manager", "policy_clerk", "finance")
        self.check_access("read")
        if any(count.state != "counting" for count in self):
            raise UserError(self.env._("Only a count under way can be confirmed."))
        self._check_guards("confirm")
        self._sudo_confirm()
        return True

    def _sudo_confirm(self):
        """Freeze the count; finance confirms without being able to count."""
        self.sudo()._write_protected(
            {
                "state": "done",
                "confirmed_by_id": self.env.uid,
                "confirmed_at": fields.Datetime.now(),
            }
        )


class DealerCustodyCountLine(models.Model):
    """One paper of a stock count."""

    _name = "dealer.custody.count.line"
    _description = "Custody Count Line"
    _inherit = ["dealer.derived.mixin"]
    _order = "count_id, id"
    _check_company_auto = True
    _protected_fields = ("is_expected", "custody_id", "voucher_id")

    count_id = fields.Many2one(
        "dealer.custody.count", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="count_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(string="Ledger No. or Serial", required=True)
    custody_id = fields.Many2one(
        "dealer.custody", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    voucher_id = fields.Many2one(
        "dealer.voucher", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    place = fields.Char(compute="_compute_where")
    box = fields.Char(string="Box No.", compute="_compute_where")
    holder_id = fields.Many2one("res.users", compute="_compute_where")
    is_expected = fields.Boolean(
        string="On the List",
        readonly=True,
        help="Written down when the count started; else found beyond the list.",
    )
    found = fields.Selection(FOUND_STATES, required=True, default="open")
    is_difference = fields.Boolean(compute="_compute_is_difference", store=True)
    note = fields.Char(string="Explanation")

    @api.depends("custody_id", "voucher_id")
    def _compute_where(self):
        for line in self:
            line.place = line.custody_id.place or line.voucher_id.place
            line.box = line.custody_id.box
            line.holder_id = line.voucher_id.holder_id

    @api.depends("found", "is_expected")
    def _compute_is_difference(self):
        for line in self:
            line.is_difference = line.found == "missing" or (
                line.found == "found" and not line.is_expected
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_counting()
        return lines

    def write(self, vals):
        self._check_counting()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_found(self):
        """What was found beyond the list may be struck out, the list itself not."""
        self._check_counting()
        if any(line.is_expected for line in self):
            raise UserError(
                self.env._("A line of the list stays; mark the paper as missing.")
            )

    def _check_counting(self):
        done = self.count_id.filtered(lambda count: count.state == "done")
        if done:
            raise UserError(
                self.env._(
                    "Count %(name)s is confirmed; its lines stay.",
                    name=", ".join(done.mapped("name")),
                )
            )

    def action_found(self):
        """The paper is there."""
        self.write({"found": "found"})
        return True

    def action_missing(self):
        """The paper is not there; an explanation is needed."""
        self.write({"found": "missing"})
        return True
