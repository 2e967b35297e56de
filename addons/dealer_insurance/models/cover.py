from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PRODUCTS
from ..tools.cover_text import CoverItem, parse_covers
from ..tools.rating import cents


class DealerCover(models.Model):
    """A cover of the catalogue: what an insurer promises under a main or add-on
    clause (domain.md 2.4). Shared by all stores."""

    _name = "dealer.cover"
    _description = "Insurance Cover"
    _inherit = ["dealer.dated.mixin"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    product = fields.Selection(PRODUCTS, required=True, default="commercial")
    product_line = fields.Selection(
        [
            ("fuel", "Fuel Product"),
            ("nev", "New-energy Product"),
            ("any", "Any Product"),
        ],
        required=True,
        default="any",
    )
    kind = fields.Selection(
        [("main", "Main Cover"), ("addon", "Add-on")], required=True, default="main"
    )
    needs_cover_ids = fields.Many2many(
        "dealer.cover",
        "dealer_cover_needs_rel",
        "cover_id",
        "needs_id",
        string="Needs One of",
        help="The add-on may only be sold together with one of these covers.",
    )
    fuel_cover_id = fields.Many2one(
        "dealer.cover",
        string="Fuel Counterpart",
        index="btree_not_null",
        help="The cover of the fuel product that this one replaces for new energy "
        "vehicles; ledgers often write both with the same word.",
    )
    seat_role = fields.Selection(
        [("driver", "Driver Seat"), ("passenger", "Passenger Seats")],
        help="Covers per seat: which seats the sum insured counts for.",
    )
    value_insured = fields.Boolean(
        string="Insures the Value of the Car",
        compute="_compute_value_insured",
        store=True,
        readonly=False,
        help="The sum insured is proposed from price, age and depreciation.",
    )
    family_only = fields.Boolean(
        string="Private Cars Only", help="Not sold for cars of companies."
    )
    limits = fields.Text(
        string="Allowed Sums Insured",
        help="In yuan, one a line. Empty: any sum.",
    )
    keywords = fields.Text(
        help="Words that stand for this cover in a ledger, one a line.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This cover code exists already.")

    @api.depends("kind", "product", "seat_role", "limits")
    def _compute_value_insured(self):
        for cover in self:
            cover.value_insured = (
                cover.kind == "main"
                and cover.product == "commercial"
                and not cover.seat_role
                and not (cover.limits or "").strip()
            )

    @api.constrains("limits")
    def _check_limits(self):
        for cover in self:
            if any(cents(line) is None for line in cover._lines("limits")):
                raise ValidationError(
                    self.env._(
                        "%(cover)s: allowed sums are plain numbers in yuan, one a "
                        "line.",
                        cover=cover.display_name,
                    )
                )

    def _lines(self, fname):
        """Non-empty lines of a text field."""
        return [
            line.strip() for line in (self[fname] or "").splitlines() if line.strip()
        ]

    def _allows_sum(self, sum_insured):
        """Whether the insurers sell this cover with that sum (yuan)."""
        self.ensure_one()
        limits = {cents(line) for line in self._lines("limits")}
        return not limits or cents(sum_insured) in limits

    @api.model
    def _parse_text(self, text):
        """Covers named in the free text of a ledger cell.

        One new-energy word makes the whole policy a new-energy policy: the fuel covers
        found beside it become their new-energy counterparts.

        :param text: e.g. the cell "险种组合" of an underwriting ledger
        :return: ``(items, unknown)``: items as list of (cover, CoverItem), unknown as
            list of the parts that no keyword explains
        """
        catalogue = self.search([("keywords", "!=", False)])
        by_code = {cover.code: cover for cover in catalogue}
        found = parse_covers(
            text,
            [
                (word, cover.code, cover.seat_role)
                for cover in catalogue
                for word in cover._lines("keywords")
            ],
        )
        items = [(by_code[item.code], item) for item in found.items]
        if any(cover.product_line == "nev" for cover, _item in items):
            nev_of = {
                cover.fuel_cover_id: cover for cover in catalogue if cover.fuel_cover_id
            }
            items = [
                (nev_of.get(cover, cover), item._replace(code=nev_of[cover].code))
                if cover in nev_of
                else (cover, item)
                for cover, item in items
            ]
        return items, found.unknown

    @api.model
    def _prepare_lines(self, text):
        """Values of cover lines (quote or policy) for a cover text; see _parse_text."""
        items, _unknown = self._parse_text(text)
        return [cover._prepare_line_vals(item) for cover, item in items]

    def _prepare_line_vals(self, item: CoverItem):
        self.ensure_one()
        return {
            "cover_id": self.id,
            "sum_insured": float(item.sum_insured),
            "seats": item.seats,
        }

    @api.model
    def _line_problems(self, lines, vehicle):
        """What is wrong with the covers sold together on one policy.

        :param lines: quote or policy lines (``cover_id``, ``sum_insured``)
        :param vehicle: the insured dealer.vehicle
        :return: list of (code, translated reason): G-N1 product line, G-R5 add-on
            without its main cover, sum not offered, private cars only
        """
        problems = []
        covers = lines.cover_id
        wanted = "nev" if vehicle.is_nev else "fuel"
        for cover in covers:
            if cover.product_line not in ("any", wanted):
                reason = (
                    self.env._(
                        "%(cover)s is a fuel cover, the car is a new energy vehicle.",
                        cover=cover.name,
                    )
                    if vehicle.is_nev
                    else self.env._(
                        "%(cover)s is a new-energy cover, the car is not a new energy "
                        "vehicle.",
                        cover=cover.name,
                    )
                )
                problems.append(("G-N1", reason))
            if cover.needs_cover_ids and not cover.needs_cover_ids & covers:
                problems.append(
                    (
                        "G-R5",
                        self.env._(
                            "%(cover)s needs one of: %(covers)s.",
                            cover=cover.name,
                            covers=", ".join(cover.needs_cover_ids.mapped("name")),
                        ),
                    )
                )
            if cover.family_only and vehicle.use_nature != "private":
                problems.append(
                    (
                        "G-R5",
                        self.env._(
                            "%(cover)s is only sold for private cars.", cover=cover.name
                        ),
                    )
                )
        for line in lines:
            if line.sum_insured and not line.cover_id._allows_sum(line.sum_insured):
                problems.append(
                    (
                        "G-R5",
                        self.env._(
                            "%(cover)s is not sold with a sum of %(sum)s.",
                            cover=line.cover_id.name,
                            sum=line.currency_id.format(line.sum_insured),
                        ),
                    )
                )
        return problems
