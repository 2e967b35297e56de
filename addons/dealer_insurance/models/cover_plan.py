from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..tools.cover_text import CoverItem
from ..tools.rate_sheet_text import name_key
from ..tools.rating import to_decimal

# "基本方案" and "基本" are the same plan.
PLAN_ENDINGS = ("方案", "套餐", "组合", "plan", "package", "版")
TEN_THOUSAND = 10000


class DealerCoverPlan(models.Model):
    """A set of covers that a store offers under one name: basic, comfort, full."""

    _name = "dealer.cover.plan"
    _description = "Cover Plan"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: every store."
    )
    keywords = fields.Char(
        string="Names in Files",
        help="Other names of the plan in rate sheets, separated by commas.",
    )
    line_ids = fields.One2many(
        "dealer.cover.plan.line", "plan_id", string="Covers", copy=True
    )
    cover_text = fields.Char(string="Covers in Short", compute="_compute_cover_text")
    active = fields.Boolean(default=True)

    @api.depends(
        "line_ids.cover_id.name", "line_ids.sum_insured", "line_ids.per_passenger_seat"
    )
    @api.depends_context("lang")
    def _compute_cover_text(self):
        for plan in self:
            plan.cover_text = " + ".join(line._text() for line in plan.line_ids)

    @api.model
    def _plan_index(self, company):
        """Plans of a store by every name they have, for many look-ups."""
        index = {}
        plans = self.with_context(active_test=False).search(
            Domain("company_id", "in", [False, company.id]), order="company_id, id"
        )
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for lang in languages:
            for plan in plans.with_context(lang=lang):
                names = [
                    plan.name,
                    *(plan.keywords or "").replace("，", ",").split(","),
                ]
                for name in names:
                    for key in _keys(name):
                        index.setdefault(key, plan.with_env(self.env))
        return index

    @api.model
    def _find_plan(self, text, index):
        """The plan that a file names.

        :param text: name as written
        :param index: result of ``_plan_index``
        """
        for key in _keys(text):
            if key in index:
                return index[key]
        return self.browse()

    def _line_vals_list(self, vehicle):
        """Covers of the plan for a car: values of quote lines.

        :param vehicle: dealer.vehicle
        """
        return [
            cover._prepare_line_vals(item) for cover, item in self._cover_items(vehicle)
        ]

    def _cover_items(self, vehicle):
        """Covers of the plan for a car, like the parts of a cover text.

        New energy cars get the new-energy counterparts; seats follow from the car.

        :param vehicle: dealer.vehicle, maybe not stored
        :return: list of (dealer.cover, :class:`~..tools.cover_text.CoverItem`)
        """
        self.ensure_one()
        counterparts = {}
        if vehicle.is_nev:
            covers = self.env["dealer.cover"].search(
                [("fuel_cover_id", "in", self.line_ids.cover_id.ids)]
            )
            counterparts = {cover.fuel_cover_id: cover for cover in covers}
        items = []
        for line in self.line_ids:
            cover = counterparts.get(line.cover_id, line.cover_id)
            total = to_decimal(round(line.sum_insured, 2))
            seats = line._seats(vehicle.seats)
            items.append((cover, CoverItem(cover.code, total, seats, "")))
        return items

    def _take_covers(self, text):
        """Read the covers of a plan without any from the words of a file."""
        self.ensure_one()
        items, _unknown = self.env["dealer.cover"]._parse_text(text)
        self.line_ids = [
            Command.create(
                {
                    "cover_id": (cover.fuel_cover_id or cover).id,
                    "sum_insured": float(item.sum_insured),
                    "per_passenger_seat": cover.seat_role == "passenger",
                }
            )
            for cover, item in items
        ]


def _keys(text):
    """Forms under which a plan name is looked up: whole, and without its ending."""
    key = name_key(text)
    keys = [key] if key else []
    for ending in PLAN_ENDINGS:
        if key.endswith(ending) and len(key) > len(ending):
            keys.append(key.removesuffix(ending))
    return keys


class DealerCoverPlanLine(models.Model):
    """A cover of a plan with its sum insured."""

    _name = "dealer.cover.plan.line"
    _description = "Cover of a Plan"
    _order = "plan_id, sequence, id"
    _rec_name = "cover_id"

    plan_id = fields.Many2one(
        "dealer.cover.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.ref("base.CNY"),
    )
    sequence = fields.Integer(default=10)
    cover_id = fields.Many2one(
        "dealer.cover",
        required=True,
        index=True,
        domain=[("product_line", "!=", "nev")],
        help="New energy cars get the counterpart by themselves.",
    )
    sum_insured = fields.Monetary(
        help="In yuan, per seat where it counts; 0 for the value of the car."
    )
    per_passenger_seat = fields.Boolean(
        string="Each Passenger Seat", help="All seats of the car but the driver's."
    )

    _sum_positive = models.Constraint(
        "CHECK (sum_insured >= 0)", "A sum insured cannot be negative."
    )

    def _seats(self, seats):
        """Seats insured in a car with so many seats; 0 where seats do not count."""
        self.ensure_one()
        if self.per_passenger_seat or self.cover_id.seat_role == "passenger":
            return max(seats - 1, 0)
        return 1 if self.cover_id.seat_role == "driver" else 0

    def _text(self):
        """Cover and sum in short; Chinese counts in ten thousands."""
        self.ensure_one()
        amount = self.sum_insured
        if not amount:
            return self.cover_id.name or ""
        count = amount / TEN_THOUSAND
        if (self.env.lang or "").startswith("zh") and count == int(count):
            return f"{self.cover_id.name} {int(count)}万"
        return f"{self.cover_id.name} {self.currency_id.format(amount)}"
