import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.voucher import MOVE_KINDS

# What a person moves by hand; "received" has its own dialog.
HAND_KINDS = [item for item in MOVE_KINDS if item[0] != "receive"]
MAX_RANGE = 5000
_SERIAL = re.compile(r"(.*?)(\d+)(\D*)")


def serial_range(first, count):
    """Serial numbers of a range, the digits counted up and their zeros kept.

    :param first: first serial, e.g. ``"PICC-000098"``
    :param count: how many
    :return: list of serials; empty when ``first`` holds no digits
    """
    match = _SERIAL.fullmatch(first or "")
    if not match or count < 1:
        return []
    head, digits, tail = match.groups()
    start, width = int(digits), len(digits)
    return [f"{head}{number:0{width}d}{tail}" for number in range(start, start + count)]


class DealerVoucherReceive(models.TransientModel):
    """Takes a range of forms of an insurer into stock."""

    _name = "dealer.voucher.receive"
    _description = "Receive Blank Forms"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    insurer_id = fields.Many2one(
        "res.partner", required=True, domain=[("is_insurer", "=", True)]
    )
    type_id = fields.Many2one("dealer.voucher.type", string="Kind", required=True)
    first_serial = fields.Char(required=True)
    count = fields.Integer(string="Number of Forms", required=True, default=100)
    last_serial = fields.Char(compute="_compute_last_serial")
    place = fields.Char()

    @api.depends("first_serial", "count")
    def _compute_last_serial(self):
        for wizard in self:
            count = min(wizard.count, MAX_RANGE)
            serials = serial_range(wizard.first_serial, count)
            wizard.last_serial = serials[-1] if serials else False

    def action_confirm(self):
        """Register the forms and show them."""
        self.ensure_one()
        if not 1 <= self.count <= MAX_RANGE:
            raise UserError(
                self.env._(
                    "Between 1 and %(most)s forms can be received at once.",
                    most=MAX_RANGE,
                )
            )
        serials = serial_range((self.first_serial or "").strip(), self.count)
        if not serials:
            raise UserError(
                self.env._(
                    "“%(serial)s” holds no number that could be counted up.",
                    serial=self.first_serial,
                )
            )
        vouchers = self.env["dealer.voucher"]._receive(
            self.company_id, self.insurer_id, self.type_id, serials, self.place
        )
        return vouchers._get_records_action(name=self.env._("Received Forms"))


class DealerVoucherAct(models.TransientModel):
    """Moves chosen forms: hand out, use, spoil, return, lose."""

    _name = "dealer.voucher.act"
    _description = "Move Blank Forms"

    voucher_ids = fields.Many2many("dealer.voucher", string="Forms", readonly=True)
    kind = fields.Selection(
        HAND_KINDS, string="Action Taken", required=True, default="hand_out"
    )
    holder_id = fields.Many2one("res.users", string="Taken By")
    policy_id = fields.Many2one(
        "dealer.policy", domain="[('state', 'in', ('issued', 'cancelled'))]"
    )
    reason = fields.Char()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "voucher_ids" in fields and not values.get("voucher_ids"):
            values["voucher_ids"] = [
                Command.set(self.env.context.get("active_ids", []))
            ]
        return values

    def action_confirm(self):
        """Move the forms, all or none (G-Z3)."""
        self.ensure_one()
        self.voucher_ids._move(
            self.kind, self.holder_id, self.policy_id, (self.reason or "").strip()
        )
        return {"type": "ir.actions.act_window_close"}
