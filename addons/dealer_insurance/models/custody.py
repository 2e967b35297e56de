from odoo import fields, models


class DealerCustody(models.Model):
    """Policies that the store keeps for the customer (S77)."""

    _name = "dealer.custody"
    _description = "Policy Custody"
    _inherit = ["dealer.guard.mixin", "mail.thread"]
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


class DealerCustodyMove(models.Model):
    """In and out of the box; the table only grows."""

    _name = "dealer.custody.move"
    _description = "Custody Movement"
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
