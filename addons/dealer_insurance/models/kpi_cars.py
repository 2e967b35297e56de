from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class CarFigures(NamedTuple):
    """Delivered cars of one group, each car once (K01–K03)."""

    delivered: int = 0
    insured: int = 0
    commercial: int = 0
    lost: int = 0
    registered: int = 0
    premium: float = 0.0

    @property
    def ctpl_only(self):
        return self.insured - self.commercial

    @property
    def unregistered(self):
        return self.lost - self.registered


#: Figures of a group in which no car was delivered.
NO_CARS = CarFigures()


class DealerKpiEngine(models.AbstractModel):
    """Figures of delivered cars: penetration, lost cars, registration of losses.

    The penetration board, its print and its frozen copies read ``_car_figures`` too.
    """

    _inherit = "dealer.kpi.engine"

    @api.model
    def _dimensions(self):
        return {
            **super()._dimensions(),
            "consultant": (self.env._("Sales Consultant"), "dealer.staff"),
            "team": (self.env._("Team"), "dealer.team"),
            "model": (self.env._("Model"), None),
            "channel": (self.env._("Sales Channel"), None),
            "reason": (self.env._("Lost Reason"), "dealer.reason.code"),
            "insurer": (self.env._("Insurer"), "res.partner"),
            "business": (self.env._("New or Renewal"), None),
            "product": (self.env._("Product"), None),
        }

    @api.model
    def _labels(self, dimension, values):
        if dimension == "channel":
            return self._selection_labels("dealer.delivery", "channel", values)
        if dimension == "product":
            return self._selection_labels("dealer.policy", "product", values)
        if dimension == "business":
            words = {"new": self.env._("New Car"), "renewal": self.env._("Renewal")}
            return {value: words.get(value, value) for value in values}
        if dimension == "model":
            ids = {value: self._model_id(value) for value in values}
            # the catalogue of models is no secret
            catalogue_sudo = self.env["fleet.vehicle.model"].sudo()
            names_sudo = catalogue_sudo.browse(filter(None, ids.values()))
            found = {model.id: model.name for model in names_sudo}
            return {
                value: found.get(ids[value]) or value or self.env._("(none)")
                for value in values
            }
        return super()._labels(dimension, values)

    @api.model
    def _selection_labels(self, model, field_name, values):
        field = self.env[model]._fields[field_name]
        words = dict(field._description_selection(self.env))
        return {value: words.get(value) or self.env._("(none)") for value in values}

    # --------------------------------------------------------------- Delivered cars
    @api.model
    def _model_id(self, value):
        """Catalogue id of a model value; models written by hand are their text."""
        return int(value[1:]) if value and value.startswith("#") else False

    @api.model
    def _car_domain(self, companies, date_from, date_to, filters=None):
        """Deliveries of a period; the base of the numbers and of their drill-down."""
        filters = dict(filters or {})
        date_from, date_to = self._day_bounds(filters, date_from, date_to)
        domain = (
            Domain("company_id", "in", companies.ids)
            & Domain("delivery_date", ">=", date_from)
            & Domain("delivery_date", "<=", date_to)
        )
        fields_of = {
            "company": "company_id",
            "consultant": "consultant_id",
            "team": "team_id",
            "channel": "channel",
            "reason": "lost_reason_id",
        }
        for key, value in filters.items():
            if key in fields_of:
                domain &= Domain(fields_of[key], "=", value or False)
            elif key == "model":
                model_id = self._model_id(value)
                if model_id:
                    domain &= Domain("vehicle_id.model_id", "=", model_id)
                else:
                    domain &= Domain("vehicle_id.model_id", "=", False)
                    domain &= Domain("vehicle_id.model_text", "in", [value or False])
        return domain

    @api.model
    def _car_parts(self):
        """Domain of each count of a board, inside ``_car_domain``."""
        insured = Domain("is_insured_here", "=", True)
        commercial = Domain("has_commercial_here", "=", True)
        registered = Domain("lost_registered", "=", True)
        return {
            "delivered": Domain.TRUE,
            "insured": insured,
            "commercial": insured & commercial,
            "ctpl_only": insured & ~commercial,
            "lost": ~insured,
            "registered": ~insured & registered,
            "unregistered": ~insured & ~registered,
        }

    @api.model
    def _sudo_car_dimension(self, dimension, query):
        """SQL of a dimension of ``dealer.delivery``."""
        Delivery = self.env["dealer.delivery"].sudo()
        alias = query.table
        if dimension in ("day", "month"):
            day = Delivery._field_to_sql(alias, "delivery_date", query)
            return self._day_dimension(dimension, day)
        if dimension == "model":
            vehicle = query.left_join(
                alias, "vehicle_id", "dealer_vehicle", "id", "vehicle_id"
            )
            return SQL(
                "COALESCE('#' || %s, %s, '')",
                SQL.identifier(vehicle, "model_id"),
                SQL.identifier(vehicle, "model_text"),
            )
        name = {
            "company": "company_id",
            "consultant": "consultant_id",
            "team": "team_id",
            "channel": "channel",
            "reason": "lost_reason_id",
        }[dimension]
        return Delivery._field_to_sql(alias, name, query)

    @api.model
    def _car_figures(self, companies, date_from, date_to, group_by=(), filters=None):
        """Delivered and insured cars, in one statement.

        :param group_by: tuple of dimensions: company, month, day, consultant, team,
            model, channel, reason
        :return: {group tuple: :class:`CarFigures`}; premium in company currency
        """
        self._check_stores(companies)
        return self._sudo_car_figures(
            companies, date_from, date_to, tuple(group_by), filters
        )

    @api.model
    def _sudo_car_figures(self, companies, date_from, date_to, group_by, filters):
        # Sums of the whole store are open to every post; single records are not,
        # and a drill-down shows what the user's own rights show.
        Delivery = self.env["dealer.delivery"].sudo()
        if "model" in group_by:
            self.env["dealer.vehicle"].flush_model(["model_id", "model_text"])
        domain = self._car_domain(companies, date_from, date_to, filters)
        query = Delivery.with_context(active_test=False)._search(domain)
        dimensions = [self._sudo_car_dimension(key, query) for key in group_by]
        column = {
            name: Delivery._field_to_sql(query.table, name, query)
            for name in (
                "vehicle_id",
                "is_insured_here",
                "has_commercial_here",
                "lost_registered",
                "insured_premium",
            )
        }
        per_car = {
            "insured": SQL("COALESCE(bool_or(%s), FALSE)", column["is_insured_here"]),
            "commercial": SQL(
                "COALESCE(bool_or(%s), FALSE)", column["has_commercial_here"]
            ),
            "registered": SQL(
                "COALESCE(bool_or(%s), FALSE)", column["lost_registered"]
            ),
            "premium": SQL("MAX(%s)", column["insured_premium"]),
        }
        totals = [
            SQL("COUNT(*)"),
            SQL("COUNT(*) FILTER (WHERE insured)"),
            SQL("COUNT(*) FILTER (WHERE insured AND commercial)"),
            SQL("COUNT(*) FILTER (WHERE NOT insured)"),
            SQL("COUNT(*) FILTER (WHERE NOT insured AND registered)"),
            SQL("COALESCE(SUM(premium) FILTER (WHERE insured), 0)"),
        ]
        rows = self._select_grouped(
            query, column["vehicle_id"], dimensions, per_car, totals
        )
        size = len(dimensions)
        return {
            tuple(row[:size]): CarFigures(*row[size:-1], float(row[-1])) for row in rows
        }

    @api.model
    def _open_cars(self, companies, date_from, date_to, part, filters, name=None):
        """Window action with the cars behind a number of a board."""
        domain = self._car_domain(companies, date_from, date_to, filters)
        domain &= self._car_parts()[part]
        return self._records_action(
            "dealer.delivery", domain, name or self.env._("Delivered Cars")
        )

    # ------------------------------------------------------------------- K01 to K03
    def _car_ratio(self, args, numerator, denominator):
        return {
            group: (getattr(cars, numerator), getattr(cars, denominator))
            for group, cars in self._car_figures(*args).items()
        }

    @api.model
    def _kpi_k01(self, companies, date_from, date_to, group_by=(), filters=None):
        """Penetration: delivered cars insured here ÷ delivered cars."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._car_ratio(args, "insured", "delivered")

    @api.model
    def _kpi_k01_action(self, companies, date_from, date_to, part, filters=None):
        part = "insured" if part == "numerator" else "delivered"
        return self._open_cars(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k01_commercial(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Commercial penetration: cars with commercial cover here ÷ delivered cars."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._car_ratio(args, "commercial", "delivered")

    @api.model
    def _kpi_k01_commercial_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        part = "commercial" if part == "numerator" else "delivered"
        return self._open_cars(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k01_showroom(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Penetration of cars sold in the showroom, sub-dealers and fleets left out."""
        filters = {**(filters or {}), "channel": "showroom"}
        return self._kpi_k01(companies, date_from, date_to, group_by, filters)

    @api.model
    def _kpi_k01_showroom_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        filters = {**(filters or {}), "channel": "showroom"}
        return self._kpi_k01_action(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k02(self, companies, date_from, date_to, group_by=(), filters=None):
        """Compulsory cover only ÷ cars insured here."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._car_ratio(args, "ctpl_only", "insured")

    @api.model
    def _kpi_k02_action(self, companies, date_from, date_to, part, filters=None):
        part = "ctpl_only" if part == "numerator" else "insured"
        return self._open_cars(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k03(self, companies, date_from, date_to, group_by=(), filters=None):
        """Lost new cars: delivered and not insured here ÷ delivered."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._car_ratio(args, "lost", "delivered")

    @api.model
    def _kpi_k03_action(self, companies, date_from, date_to, part, filters=None):
        part = "lost" if part == "numerator" else "delivered"
        return self._open_cars(companies, date_from, date_to, part, filters)

    @api.model
    def _kpi_k03_registered(
        self, companies, date_from, date_to, group_by=(), filters=None
    ):
        """Registration: lost new cars with a reason ÷ lost new cars."""
        args = (companies, date_from, date_to, group_by, filters)
        return self._car_ratio(args, "registered", "lost")

    @api.model
    def _kpi_k03_registered_action(
        self, companies, date_from, date_to, part, filters=None
    ):
        part = "registered" if part == "numerator" else "lost"
        return self._open_cars(companies, date_from, date_to, part, filters)
