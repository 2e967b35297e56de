from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.kpi import ratio_of

from .kpi_cars import NO_CARS

DIMENSIONS = ("consultant", "team", "model", "channel")
WALL_DIMENSIONS = ("consultant", "team", "model")
TREND_MONTHS = 6
# A change below this many points is called level.
LEVEL_POINTS = 0.005


class DealerPenetrationBoard(models.AbstractModel):
    """The board of delivered and insured cars (domain.md §3.7, S36, S60).

    Nothing is stored here: rows come from ``_car_figures`` of the key figures, in a
    number of queries that does not depend on how many cars or people there are.
    Screen, wall screen, print and the frozen copies call ``_board``.
    """

    _name = "dealer.penetration.board"
    _description = "Penetration Board"

    # ------------------------------------------------------------------ Remote calls
    @api.model
    @api.readonly
    def get_board(self, period="month", day=None, dimension="consultant", store=None):
        """Board of a store as the client shows it, in one call.

        :param period: "day" or "month"
        :param day: any day of the period, ISO text; default today in the store
        :param dimension: "consultant", "team", "model" or "channel"
        :param store: id of a company allowed to the user; default the current one
        :return: dict that JSON can carry
        :raises AccessError: not a member of the insurance centre, or another store
        :raises UserError: unknown period or dimension
        """
        company = self._check_store(store)
        first, last = self._period(company, period, day)
        board = self._board(company, first, last, dimension)
        return {
            **self._heading(company, period, first, last),
            **board,
            "dimension": dimension,
            "dimensions": self._dimension_choices(DIMENSIONS),
            "update": self.env["dealer.board.update"]._status(company, first, last),
        }

    @api.model
    @api.readonly
    def get_wall(self, store=None):
        """All boards of the month that the wall screen turns over, in one call.

        :param store: id of a company allowed to the user; default the current one
        :return: dict that JSON can carry
        """
        company = self._check_store(store)
        first, last = self._period(company, "month", None)
        today = company._dealer_today()
        day = self.env["dealer.kpi.engine"]._car_figures(company, today, today)
        return {
            **self._heading(company, "month", first, last),
            "boards": [
                {
                    "dimension": dimension,
                    "label": label,
                    **self._board(company, first, last, dimension),
                }
                for dimension, label in self._dimension_choices(WALL_DIMENSIONS)
            ],
            "today": self._numbers(day.get((), NO_CARS)),
            "update": self.env["dealer.board.update"]._status(company, first, last),
            "refresh": company.dealer_board_refresh,
            "rotate": company.dealer_board_rotate,
        }

    @api.model
    @api.readonly
    def open_cars(self, part, period="month", day=None, store=None, filters=None):
        """Window action with the cars behind one number of the board.

        :param part: "delivered", "insured", "commercial", "ctpl_only", "lost",
            "registered" or "unregistered"
        :param filters: {dimension: value of the row}
        """
        company = self._check_store(store)
        engine = self.env["dealer.kpi.engine"]
        if part not in engine._car_parts():
            raise UserError(self.env._("The board has no such number."))
        filters = {
            key: value for key, value in (filters or {}).items() if key in DIMENSIONS
        }
        first, last = self._period(company, period, day)
        return engine._open_cars(company, first, last, part, filters)

    @api.model
    @api.readonly
    def print_board(self, period="month", day=None, dimension="consultant", store=None):
        """Report action of the printed board, A4 landscape."""
        company = self._check_store(store)
        day = fields.Date.to_date(day) or company._dealer_today()
        report = self.env.ref("dealer_insurance.action_report_penetration_board")
        return report.report_action(
            company.ids,
            data={
                "period": period,
                "day": fields.Date.to_string(day),
                "dimension": dimension,
                "store": company.id,
            },
        )

    # -------------------------------------------------------------------- Parameters
    @api.model
    def _check_store(self, store):
        """The store to show, after the access check.

        :raises AccessError: no right to deliveries, or a store of somebody else
        """
        self.env["dealer.delivery"].check_access("read")
        company = self.env["res.company"].browse(int(store)) if store else None
        company = company or self.env.company
        self.env["dealer.kpi.engine"]._check_stores(company)
        return company

    @api.model
    def _period(self, company, period, day):
        """First and last day of the period around a day."""
        day = fields.Date.to_date(day) if day else company._dealer_today()
        if period == "day":
            return day, day
        if period != "month":
            raise UserError(self.env._("The board shows a day or a month."))
        first = fields.Date.start_of(day, "month")
        return first, fields.Date.end_of(first, "month")

    @api.model
    def _dimension_choices(self, keys):
        words = self.env["dealer.kpi.engine"]._dimensions()
        return [(key, words[key][0]) for key in keys]

    @api.model
    def _heading(self, company, period, first, last):
        now = fields.Datetime.now()
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=company._dealer_timezone_name()), now
        )
        return {
            "store": company.id,
            "store_name": company.name,
            "period": period,
            "date_from": fields.Date.to_string(first),
            "date_to": fields.Date.to_string(last),
            "today": fields.Date.to_string(company._dealer_today()),
            "generated_at": local.strftime("%Y-%m-%d %H:%M:%S"),
            "currency": company.currency_id.symbol or company.currency_id.name,
        }

    # ------------------------------------------------------------------------- Rows
    @api.model
    def _board(self, company, first, last, dimension):
        """Rows and total of a board.

        :param first, last: days of the store
        :return: {"rows": [...], "total": {...}}; ratios are fractions or ``None``
        """
        if dimension not in DIMENSIONS:
            raise UserError(self.env._("The board is not grouped like that."))
        engine = self.env["dealer.kpi.engine"]
        months = self._trend_months(last)
        figures = engine._car_figures(company, first, last, (dimension,))
        total = engine._car_figures(company, first, last).get((), NO_CARS)
        history = engine._car_figures(
            company, months[0], fields.Date.end_of(last, "month"), (dimension, "month")
        )
        whole = {}
        for (_value, month), cars in history.items():
            insured, delivered = whole.get(month, (0, 0))
            whole[month] = (insured + cars.insured, delivered + cars.delivered)
        values = {group[0] for group in figures}
        teams = {}
        if dimension == "consultant":
            staff = self._sudo_consultants(company, values)
            teams = {person.id: person.team_id for person in staff}
            values |= set(teams)
        labels = engine._labels(dimension, values)
        targets = self.env["dealer.board.target"]._sudo_by_unit(company, last)
        rows = []
        for value in values:
            cars = figures.get((value,), NO_CARS)
            team = teams.get(value)
            target = self._target_of(targets, dimension, value, team)
            trend = [
                ratio_of(month_cars.insured, month_cars.delivered)
                for month_cars in (
                    history.get((value, month), NO_CARS) for month in months
                )
            ]
            rows.append(
                {
                    "key": value or "",
                    "label": labels[value],
                    "team": team.name if team else "",
                    **self._numbers(cars, target),
                    **self._trend(trend),
                }
            )
        self._rank(rows)
        trend = [
            ratio_of(*whole[month]) if month in whole else None for month in months
        ]
        target = targets.get(("store", 0))
        return {
            "rows": rows,
            "total": {**self._numbers(total, target), **self._trend(trend)},
            "months": [month.strftime("%Y-%m") for month in months],
        }

    @api.model
    def _sudo_consultants(self, company, values):
        """Consultants of the store today, and whoever delivered in the period.

        Somebody who delivered nothing has a line too: an empty line is news.
        """
        ids = [value for value in values if value]
        return (
            self.env["dealer.staff"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("company_id", "=", company.id),
                    "|",
                    ("id", "in", ids),
                    "&",
                    ("active", "=", True),
                    ("post", "=", "sales_consultant"),
                ],
                ["name", "team_id"],
            )
        )

    @api.model
    def _trend_months(self, last):
        """First days of the months of the trend, the shown one last."""
        current = fields.Date.start_of(last, "month")
        return [
            current - relativedelta(months=back)
            for back in range(TREND_MONTHS - 1, -1, -1)
        ]

    @api.model
    def _target_of(self, targets, dimension, value, team):
        """Target of a row: its own, that of its team, that of the store."""
        chain = {
            "consultant": [("consultant", value), ("team", team.id if team else -1)],
            "team": [("team", value)],
        }.get(dimension, [])
        for key in (*chain, ("store", 0)):
            if key in targets:
                return targets[key]
        return None

    @api.model
    def _numbers(self, cars, target=None):
        """Columns of the board from the figures of a group (§3.7)."""
        penetration = ratio_of(cars.insured, cars.delivered)
        goal = target[0] if target else None
        has_gap = penetration is not None and goal is not None
        return {
            "delivered": cars.delivered,
            "insured": cars.insured,
            "commercial": cars.commercial,
            "ctpl_only": cars.ctpl_only,
            "penetration": penetration,
            "commercial_rate": ratio_of(cars.commercial, cars.delivered),
            "premium": round(cars.premium, 2),
            "premium_per_car": ratio_of(cars.premium, cars.insured),
            "lost": cars.lost,
            "registered": cars.registered,
            "unregistered": cars.unregistered,
            "target": goal,
            "commercial_target": target[1] if target else None,
            "gap": round(penetration - goal, 6) if has_gap else None,
        }

    @api.model
    def _trend(self, values):
        """Shares of the months and where the last one went: up, down or level."""
        known = [value for value in values[:-1] if value is not None]
        direction = None
        if known and values[-1] is not None:
            change = values[-1] - known[-1]
            direction = "level"
            if abs(change) >= LEVEL_POINTS:
                direction = "up" if change > 0 else "down"
        return {"trend": values, "direction": direction}

    @api.model
    def _rank(self, rows):
        """Sort and number the rows: highest penetration first.

        Equal shares have equal ranks; the larger number of insured cars stands first.
        Who delivered nothing has no rank.
        """
        rows.sort(
            key=lambda row: (
                row["penetration"] is None,
                -(row["penetration"] or 0.0),
                -row["insured"],
                row["label"],
            )
        )
        previous = rank = None
        for position, row in enumerate(rows, 1):
            if row["penetration"] is None:
                row["rank"] = None
                continue
            if row["penetration"] != previous:
                previous, rank = row["penetration"], position
            row["rank"] = rank
