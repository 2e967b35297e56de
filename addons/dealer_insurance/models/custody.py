from odoo import api, fields, models
from odoo.fields import Domain


class DealerCustody(models.Model):
    """Policies that the store keeps for the customer (S77)."""

    _name = "dealer.custody"
    _description = "Policy Custody"
    _inherit = [
        "dealer.overdue.mixin",
        "dealer.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _overdue_depends = ("state", "due_back_at")
    _protected_fields = (
        "state",
        "underwriting_id",
        "taken_at",
        "closed_at",
        "move_ids",
    )
    _order = "id desc"
    _check_company_auto = True

    underwriting_id = fields.Many2one(
        "dealer.underwriting",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="underwriting_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(related="underwriting_id.ledger_no", store=True)
    applicant_id = fields.Many2one(related="underwriting_id.applicant_id")
    plate = fields.Char(related="underwriting_id.plate")
    # a new car has no plate yet: its chassis number tells it
    vehicle_id = fields.Many2one(related="underwriting_id.vehicle_id")
    place = fields.Char(required=True)
    box = fields.Char(string="Box No.")
    state = fields.Selection(
        [
            ("in", "Kept Here"),
            ("lent", "Lent Out"),
            ("out", "Handed Out"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    move_ids = fields.One2many("dealer.custody.move", "custody_id")
    taken_at = fields.Datetime(compute="_compute_state", store=True)
    closed_at = fields.Datetime(compute="_compute_state", store=True)
    borrower_name = fields.Char(
        string="Lent To", compute="_compute_state", store=True, readonly=True
    )
    due_back_at = fields.Datetime(
        string="Due Back",
        compute="_compute_due_back_at",
        store=True,
        help="Lent papers are expected back within the days of the store.",
    )

    @api.depends("move_ids.kind", "move_ids.moved_at")
    def _compute_state(self):
        """The last movement says where the papers are."""
        states = {
            "in": "in",
            "return": "in",
            "lend": "lent",
            "out": "out",
            "withdraw": "withdrawn",
        }
        for custody in self:
            moves = custody.move_ids.sorted("id")
            last = moves[-1:]
            custody.state = states.get(last.kind, "in")
            custody.taken_at = moves[:1].moved_at
            closed = custody.state in ("out", "withdrawn")
            custody.closed_at = last.moved_at if closed else False
            custody.borrower_name = last.receiver_name if last.kind == "lend" else False

    @api.depends("state", "move_ids.moved_at", "company_id.dealer_custody_lend_days")
    def _compute_due_back_at(self):
        for custody in self:
            lent_at = custody.move_ids.sorted("id")[-1:].moved_at
            custody.due_back_at = (
                fields.Datetime.add(
                    lent_at, days=custody.company_id.dealer_custody_lend_days
                )
                if custody.state == "lent"
                else False
            )

    @api.model
    def _overdue_domain(self):
        return Domain("state", "=", "lent") & Domain(
            "due_back_at", "<", fields.Datetime.now()
        )

    @api.model
    def _cron_remind_lent(self):
        """Daily: who has lent papers out is reminded once they are overdue."""
        reminder = self.env.ref("dealer_insurance.activity_custody_overdue")
        late = self.search(
            self._overdue_domain()
            & ~Domain("activity_ids.activity_type_id", "in", reminder.ids)
        )
        for custody in late:
            lender = custody.move_ids.sorted("id")[-1:].user_id
            custody.activity_schedule(
                activity_type_id=reminder.id,
                user_id=lender.id,
                date_deadline=fields.Date.context_today(custody),
            )

    @api.model
    def _sudo_open(self, underwritings, place, box=None):
        """Start a custody per underwriting; the caller has checked the guards.

        :return: custodies in the order of ``underwritings``
        """
        custodies = self.sudo()._create_protected(
            [
                {"underwriting_id": underwriting.id, "place": place, "box": box}
                for underwriting in underwritings
            ]
        )
        custodies._sudo_move("in")
        return self.browse(custodies.ids)

    def _sudo_move(self, kind, receiver_name=None, signature=None, reason=None):
        """Add a movement to each custody; the caller has checked the guards."""
        now = fields.Datetime.now()
        return self.env["dealer.custody.move"]._sudo_append(
            [
                {
                    "custody_id": custody.id,
                    "kind": kind,
                    "moved_at": now,
                    "user_id": self.env.uid,
                    "receiver_name": receiver_name,
                    "signature": signature,
                    "reason": reason,
                }
                for custody in self
            ]
        )

    def action_hand_out(self):
        """Hand the kept policies to the customer."""
        return self.underwriting_id.action_deliver()

    def action_lend(self):
        """Lend the papers out."""
        return self.underwriting_id.action_lend()

    def action_return(self):
        """Take lent papers back."""
        return self.underwriting_id.action_return_custody()

    def action_withdraw(self):
        """Undo a custody entered by mistake."""
        return self.underwriting_id.action_withdraw_custody()


class DealerCustodyMove(models.Model):
    """In and out of the box; the table only grows."""

    _name = "dealer.custody.move"
    _description = "Custody Movement"
    _inherit = ["dealer.append.mixin"]
    _order = "id desc"
    _check_company_auto = True

    custody_id = fields.Many2one(
        "dealer.custody", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="custody_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(
        [
            ("in", "Taken In"),
            ("lend", "Lent Out"),
            ("return", "Brought Back"),
            ("out", "Handed Out"),
            ("withdraw", "Withdrawn"),
        ],
        required=True,
        readonly=True,
    )
    moved_at = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True)
    receiver_name = fields.Char(readonly=True)
    signature = fields.Binary(attachment=True, readonly=True)
    reason = fields.Char(readonly=True)
