from datetime import timedelta

from odoo import api, fields, models

from .kpi_cars import NO_CARS


class DealerBoardSnapshot(models.Model):
    """The board of a day as it stood at the deadline (§3.7); the register only grows.

    Rows are the consultants of the month so far. Cars are those of the day, and those
    of earlier days that were entered since the last copy: late data, with who entered
    them. The monthly audit compares the cars with the books.
    """

    _name = "dealer.board.snapshot"
    _description = "Frozen Board"
    _inherit = ["dealer.append.mixin"]
    _order = "day desc, company_id, id"
    _rec_name = "day"

    company_id = fields.Many2one(
        "res.company", string="Store", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(required=True, readonly=True, index=True)
    deadline = fields.Datetime(required=True, readonly=True)
    frozen_at = fields.Datetime(required=True, readonly=True)
    day_delivered = fields.Integer(string="Delivered on the Day", readonly=True)
    day_insured = fields.Integer(string="Insured on the Day", readonly=True)
    delivered = fields.Integer(string="Delivered in the Month", readonly=True)
    insured = fields.Integer(string="Insured in the Month", readonly=True)
    commercial = fields.Integer(string="With Commercial Cover", readonly=True)
    lost = fields.Integer(readonly=True)
    registered = fields.Integer(string="Losses Registered", readonly=True)
    premium = fields.Monetary(readonly=True)
    penetration = fields.Float(
        digits=(7, 4), readonly=True, aggregator=None, help="Of the month so far."
    )
    late_count = fields.Integer(string="Entered Late", readonly=True)
    line_ids = fields.One2many("dealer.board.snapshot.line", "snapshot_id")
    car_ids = fields.One2many("dealer.board.snapshot.car", "snapshot_id")

    _one_per_day = models.UniqueIndex(
        "(company_id, day)", "The board of this day is frozen already."
    )

    @api.depends("day", "company_id")
    def _compute_display_name(self):
        for snapshot in self:
            snapshot.display_name = f"{snapshot.company_id.name} {snapshot.day}"

    # -------------------------------------------------------------------- Freezing
    @api.model
    def _cron_freeze(self):
        """Freeze the board of every store whose deadline has passed.

        A day on which the server stood still cannot be made up: what the board showed
        then is not known any more. The audit counts it as missing.
        """
        deliveries_sudo = self.env["dealer.delivery"].sudo()
        groups = deliveries_sudo._read_group([], ["company_id"])
        todo = []
        now = fields.Datetime.now()
        for (company,) in groups:
            day = company._dealer_today()
            if now < company._dealer_board_deadline(day):
                day -= timedelta(days=1)
            todo.append((company, day))
        snapshots_sudo = self.sudo()
        days = snapshots_sudo._read_group(
            [("company_id", "in", [company.id for company, _day in todo])],
            ["company_id"],
            ["day:max"],
        )
        latest = dict(days)
        todo = [
            (company, day)
            for company, day in todo
            if not latest.get(company) or latest[company] < day
        ]
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(todo))
        for company, day in todo:
            self._sudo_freeze(company, day, latest.get(company))
            if not Cron._commit_progress(1):
                break

    @api.model
    def _sudo_freeze(self, company, day, previous=None, frozen_at=None):
        """Append the board of one day of one store; called by the cron.

        :param previous: day of the last copy, for what was entered since
        :param frozen_at: moment of a copy that is taken over; default now
        """
        register_sudo = self.sudo()
        board_sudo = register_sudo.env["dealer.penetration.board"]
        engine_sudo = register_sudo.env["dealer.kpi.engine"]
        first = fields.Date.start_of(day, "month")
        board = board_sudo._board(company, first, day, "consultant")
        of_day = engine_sudo._car_figures(company, day, day).get((), NO_CARS)
        cars = self._sudo_cars(company, day, previous)
        total = board["total"]
        snapshot = self._sudo_append(
            [
                {
                    "company_id": company.id,
                    "day": day,
                    "deadline": company._dealer_board_deadline(day),
                    "frozen_at": frozen_at or fields.Datetime.now(),
                    "day_delivered": of_day.delivered,
                    "day_insured": of_day.insured,
                    **{
                        key: total[key]
                        for key in (
                            "delivered",
                            "insured",
                            "commercial",
                            "lost",
                            "registered",
                            "premium",
                        )
                    },
                    "penetration": total["penetration"] or 0.0,
                    "late_count": sum(1 for vals in cars if vals["is_late"]),
                }
            ]
        )
        self.env["dealer.board.snapshot.line"]._sudo_append(
            [
                {
                    "snapshot_id": snapshot.id,
                    "consultant_id": row["key"],
                    "rank": row["rank"] or 0,
                    **{
                        key: row[key]
                        for key in (
                            "delivered",
                            "insured",
                            "commercial",
                            "lost",
                            "registered",
                            "premium",
                        )
                    },
                    "penetration": row["penetration"] or 0.0,
                    "target": row["target"] or 0.0,
                }
                for row in board["rows"]
            ]
        )
        self.env["dealer.board.snapshot.car"]._sudo_append(
            [{**vals, "snapshot_id": snapshot.id} for vals in cars]
        )
        return snapshot

    @api.model
    def _sudo_cars(self, company, day, previous):
        """Values of the cars of a day and of those entered late since the last copy."""
        Delivery = self.env["dealer.delivery"].sudo()
        domain = [("company_id", "=", company.id), ("delivery_date", "=", day)]
        if previous:
            last_deadline = company._dealer_board_deadline(previous)
            month = fields.Date.start_of(previous, "month")
            domain = [
                ("company_id", "=", company.id),
                "|",
                ("delivery_date", "=", day),
                "&",
                "&",
                ("delivery_date", "<", day),
                ("delivery_date", ">=", month),
                ("entered_at", ">", last_deadline),
            ]
        deliveries = Delivery.search(domain)
        return [
            {
                "delivery_id": delivery.id,
                "vin": delivery.vin,
                "delivery_date": delivery.delivery_date,
                "is_late": delivery._is_entered_after(delivery.delivery_date),
                "entered_at": delivery.entered_at,
                "entered_by_id": delivery.create_uid.id,
                **delivery._board_facts(),
            }
            for delivery in deliveries
        ]


class DealerBoardSnapshotLine(models.Model):
    """One consultant on a frozen board."""

    _name = "dealer.board.snapshot.line"
    _description = "Row of a Frozen Board"
    _inherit = ["dealer.append.mixin"]
    _order = "snapshot_id desc, rank, id"
    _rec_name = "consultant_id"

    snapshot_id = fields.Many2one(
        "dealer.board.snapshot", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        related="snapshot_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(related="snapshot_id.day", store=True, precompute=True)
    consultant_id = fields.Many2one(
        "dealer.staff", string="Sales Consultant", readonly=True, index=True
    )
    rank = fields.Integer(readonly=True, aggregator=None)
    delivered = fields.Integer(string="Cars Delivered", readonly=True)
    insured = fields.Integer(string="Insured Here", readonly=True)
    commercial = fields.Integer(string="With Commercial Cover", readonly=True)
    lost = fields.Integer(readonly=True)
    registered = fields.Integer(string="Losses Registered", readonly=True)
    premium = fields.Monetary(readonly=True)
    penetration = fields.Float(digits=(7, 4), readonly=True, aggregator="avg")
    target = fields.Float(
        string="Target Value", digits=(7, 4), readonly=True, aggregator="avg"
    )


class DealerBoardSnapshotCar(models.Model):
    """One car on a frozen board, with what the board counted of it."""

    _name = "dealer.board.snapshot.car"
    _description = "Car of a Frozen Board"
    _inherit = ["dealer.append.mixin"]
    _order = "delivery_date, id"
    _rec_name = "vin"

    snapshot_id = fields.Many2one(
        "dealer.board.snapshot", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        related="snapshot_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    delivery_id = fields.Many2one(
        "dealer.delivery",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    vin = fields.Char(string="VIN", readonly=True)
    delivery_date = fields.Date(readonly=True)
    consultant_id = fields.Many2one(
        "dealer.staff", string="Sales Consultant", readonly=True
    )
    is_insured = fields.Boolean(string="Insured Here", readonly=True)
    has_commercial = fields.Boolean(string="With Commercial Cover", readonly=True)
    premium = fields.Monetary(readonly=True)
    is_registered = fields.Boolean(string="Loss Registered", readonly=True)
    is_late = fields.Boolean(
        string="Entered Late",
        readonly=True,
        help="Entered after the day of delivery.",
    )
    entered_at = fields.Datetime(string="Entered", readonly=True)
    entered_by_id = fields.Many2one("res.users", string="Entered by", readonly=True)


class DealerDelivery(models.Model):
    _inherit = "dealer.delivery"

    def _board_facts(self):
        """What the board counts of a car; compared by the audit."""
        self.ensure_one()
        return {
            "consultant_id": self.consultant_id.id,
            "is_insured": self.is_insured_here,
            "has_commercial": self.has_commercial_here,
            "premium": self.insured_premium,
            "is_registered": self.lost_registered,
        }

    def _is_entered_after(self, day):
        """Whether the record was made after the end of a day of the store."""
        self.ensure_one()
        company = self.company_id
        _first, end = self.env["dealer.kpi.engine"]._utc_bounds(
            company._dealer_timezone_name(), day, day
        )
        return bool(self.entered_at) and self.entered_at > end
