from odoo import fields, models

from ..const import PRODUCTS


class DealerCover(models.Model):
    """A cover of the catalogue: what an insurer promises under a main or add-on
    clause (domain.md 2.4). Shared by all stores."""

    _name = "dealer.cover"
    _description = "Insurance Cover"
    _order = "sequence, code"

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
    seat_role = fields.Selection(
        [("driver", "Driver Seat"), ("passenger", "Passenger Seats")],
        help="Covers per seat: which seats the sum insured counts for.",
    )
    family_only = fields.Boolean(help="Only for family cars.")
    limits = fields.Text(
        help="Allowed sums insured in yuan, one a line. Empty: any sum.",
    )
    keywords = fields.Text(
        help="Words that stand for this cover in a ledger, one a line.",
    )
    date_from = fields.Date()
    date_to = fields.Date()
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This cover code exists already.")
