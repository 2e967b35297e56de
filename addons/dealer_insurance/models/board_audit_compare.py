from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .kpi_cars import NO_CARS

DIFFERENCE_KINDS = [
    ("added", "Not on the Board"),
    ("moved", "Delivered on Another Day"),
    ("insured", "Insured Here"),
    ("commercial", "Commercial Cover"),
    ("premium", "Premium"),
    ("registered", "Loss Registered"),
    ("consultant", "Sales Consultant"),
]
# Facts of a frozen car and the kind of difference that they make.
COMPARED = [
    ("is_insured", "insured"),
    ("has_commercial", "commercial"),
    ("premium", "premium"),
    ("is_registered", "registered"),
    ("consultant_id", "consultant"),
]


class DealerBoardAudit(models.Model):
    """What the audit compares, and the job that makes it."""

    _inherit = "dealer.board.audit"

    # ------------------------------------------------------------------ Comparison
    def _sudo_compare(self):
        """Count the updates and compare the frozen boards with the books.

        The number of queries for one audit does not depend on how many cars there are.
        """
        for audit in self:
            audit_sudo = audit.sudo()
            vals = audit_sudo._prepare_update_vals()
            vals |= audit_sudo._prepare_total_vals()
            lines = audit_sudo._prepare_difference_vals()
            audit_sudo.line_ids.unlink()
            self.env["dealer.board.audit.line"].sudo().create(lines)
            audit_sudo.invalidate_recordset(["line_ids"])
            audit._write_protected({**vals, "compared_at": fields.Datetime.now()})

    def _prepare_update_vals(self):
        """Updates that were due, made, late and missing (§3.7)."""
        self.ensure_one()
        last = min(self._last_day(), self.company_id._dealer_today())
        due = self.company_id._dealer_board_due_days(self.month, last)
        updates = self.env["dealer.board.update"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("day", ">=", self.month),
                ("day", "<=", last),
            ]
        )
        done = {update.day: update.is_late for update in updates}
        missing = [day for day in due if day not in done]
        return {
            "due_count": len(due),
            "actual_count": sum(1 for day in due if day in done),
            "late_count": sum(1 for day in due if done.get(day)),
            "missing_count": len(missing),
            "missing_days": ", ".join(day.strftime("%m-%d") for day in missing),
        }

    def _prepare_total_vals(self):
        """Month on its last frozen board, and in the books now."""
        self.ensure_one()
        engine = self.env["dealer.kpi.engine"]
        last = self.env["dealer.board.snapshot"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("day", ">=", self.month),
                ("day", "<=", self._last_day()),
            ],
            order="day desc",
            limit=1,
        )
        books = engine._car_figures(self.company_id, self.month, self._last_day())
        books = books.get((), NO_CARS)
        return {
            "board_delivered": last.delivered,
            "board_insured": last.insured,
            "board_premium": last.premium,
            "books_delivered": books.delivered,
            "books_insured": books.insured,
            "books_premium": books.premium,
        }

    def _prepare_difference_vals(self):
        """One line for each fact of a car that the board showed otherwise."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        deliveries = self.env["dealer.delivery"].search(
            domain
            & Domain("delivery_date", ">=", self.month)
            & Domain("delivery_date", "<=", self._last_day())
        )
        cars = self.env["dealer.board.snapshot.car"].search(
            domain
            & (
                Domain("delivery_id", "in", deliveries.ids)
                | (
                    Domain("delivery_date", ">=", self.month)
                    & Domain("delivery_date", "<=", self._last_day())
                )
            ),
            order="id",
        )
        frozen = {car.delivery_id: car for car in cars}
        lines = []
        for delivery in deliveries | cars.delivery_id:
            car = frozen.get(delivery)
            lines += self._car_differences(delivery, car)
        return lines

    def _car_differences(self, delivery, car):
        """Values of the differences of one car; none when board and books agree."""
        common = {
            "audit_id": self.id,
            "delivery_id": delivery.id,
            "delivery_date": delivery.delivery_date,
            "entered_at": delivery.entered_at,
            "entered_by_id": delivery.create_uid.id,
        }
        if not car:
            return [
                {
                    **common,
                    "kind": "added",
                    "books_text": self._fact_text("is_insured", delivery),
                    "is_late": delivery._is_entered_after(delivery.delivery_date),
                }
            ]
        lines = []
        if car.is_late:
            # It came onto the board with a later copy; who entered it is listed.
            lines.append(
                {
                    **common,
                    "kind": "added",
                    "books_text": self._fact_text("is_insured", delivery),
                    "is_late": True,
                }
            )
        if car.delivery_date != delivery.delivery_date:
            lines.append(
                {
                    **common,
                    "kind": "moved",
                    "board_text": fields.Date.to_string(car.delivery_date),
                    "books_text": fields.Date.to_string(delivery.delivery_date)
                    if delivery.delivery_date
                    else "",
                }
            )
        now = delivery._board_facts()
        for name, kind in COMPARED:
            if kind == "registered" and delivery.is_insured_here:
                # A car that was won after all has no loss to register.
                continue
            before = car[name].id if name == "consultant_id" else car[name]
            same = (
                self.currency_id.compare_amounts(before, now[name]) == 0
                if name == "premium"
                else (before or False) == (now[name] or False)
            )
            if same:
                continue
            issued = delivery.first_issued_at
            lines.append(
                {
                    **common,
                    "kind": kind,
                    "board_text": self._fact_text(name, car),
                    "books_text": self._fact_text(name, delivery),
                    # Issued before the copy and not on it: entered afterwards.
                    "is_late": kind in ("insured", "commercial", "premium")
                    and bool(issued)
                    and issued <= car.snapshot_id.frozen_at,
                }
            )
        return lines

    def _fact_text(self, name, record):
        """Fact of a car in words, from the frozen car or from the delivery."""
        if record._name == "dealer.delivery":
            facts = record._board_facts()
            consultant = record.consultant_id
        else:
            facts = {key: record[key] for key, _kind in COMPARED}
            consultant = record.consultant_id
        if name == "consultant_id":
            return consultant.name or ""
        if name == "premium":
            return self.currency_id.format(facts["premium"])
        return self.env._("yes") if facts[name] else self.env._("no")

    # -------------------------------------------------------------------- Creation
    @api.model
    def _cron_create(self):
        """Audit of the month that ended, for every store with a board in it."""
        deliveries_sudo = self.env["dealer.delivery"].sudo()
        stores = [
            company for (company,) in deliveries_sudo._read_group([], ["company_id"])
        ]
        months = {
            company: fields.Date.start_of(company._dealer_today(), "month")
            - relativedelta(months=1)
            for company in stores
        }
        audits_sudo = self.sudo()
        known = set(
            audits_sudo._read_group(
                [("month", "in", list(set(months.values())))],
                ["company_id", "month:month"],
            )
        )
        due = []
        for company, month in months.items():
            if (company, month) not in known:
                due.append((company, month))
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(due))
        for company, month in due:
            self._sudo_create(company, month)
            if not Cron._commit_progress(1):
                break

    @api.model
    def _sudo_create(self, company, month):
        """The audit of one month with its comparison; called by the job."""
        audit_sudo = (
            self.sudo()
            .with_company(company)
            ._create_protected([{"company_id": company.id, "month": month}])
        )
        audit_sudo._sudo_compare()
        audit_sudo._sudo_schedule_check()
        return self.browse(audit_sudo.id)

    def _sudo_schedule_check(self):
        """An activity for the underwriting leader of the store."""
        for audit in self:
            leader = audit._sudo_leader()
            if leader:
                audit.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=audit.due_date,
                    user_id=leader.id,
                    summary=self.env._("Check the penetration board of the month"),
                )

    def _sudo_leader(self):
        """Login of the underwriting leader; else who gets the store's reminders."""
        self.ensure_one()
        staff_sudo = self.env["dealer.staff"].sudo()
        leader = staff_sudo.search(
            [
                ("company_id", "=", self.company_id.id),
                ("post", "=", "uw_leader"),
                ("user_id", "!=", False),
            ],
            limit=1,
        ).user_id
        return leader or self.company_id.sudo()._dealer_alert_user()

    def _sudo_close_activities(self):
        """The check is made: nobody is reminded of it."""
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])


class DealerBoardAuditLine(models.Model):
    """One fact of a car that the frozen board showed otherwise."""

    _name = "dealer.board.audit.line"
    _description = "Difference of a Board Audit"
    _order = "audit_id, delivery_date, delivery_id, id"
    _rec_name = "delivery_id"

    audit_id = fields.Many2one(
        "dealer.board.audit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="audit_id.company_id", store=True, index=True, precompute=True
    )
    delivery_id = fields.Many2one("dealer.delivery", required=True, index=True)
    vin = fields.Char(related="delivery_id.vin")
    consultant_id = fields.Many2one(related="delivery_id.consultant_id")
    delivery_date = fields.Date(readonly=True)
    kind = fields.Selection(DIFFERENCE_KINDS, required=True, readonly=True)
    board_text = fields.Char(string="On the Board", readonly=True)
    books_text = fields.Char(string="In the Books", readonly=True)
    is_late = fields.Boolean(
        string="Entered Late",
        readonly=True,
        help="It had happened when the board was frozen, and was entered afterwards. "
        "Without the mark it happened later.",
    )
    entered_at = fields.Datetime(string="Delivery Entered", readonly=True)
    entered_by_id = fields.Many2one("res.users", string="Entered by", readonly=True)
