from datetime import datetime, time

from dateutil import tz

from odoo import fields, models

from odoo.addons.dealer_base.models.guard_mixin import _DOOR_KEY, PROTECTED_DOOR

from ..tools.fee import agency_fee

# The money part must be registered before it is extended.
from . import underwriting_flow, underwriting_premium_entry  # noqa: F401


class DealerEndorsement(models.Model):
    """What an endorsement does when its ledger row is issued, and how it is undone."""

    _inherit = "dealer.endorsement"

    def _fee(self):
        """Agency fee on the premium at the frozen rate of the policy, without VAT."""
        self.ensure_one()
        policy = self.policy_id
        return agency_fee(
            self.premium, policy.fee_rate, policy.fee_vat_rate, self.currency_id
        )

    def _cover_end_moment(self):
        """Moment (naive UTC) from which a cancelled policy covers nothing."""
        self.ensure_one()
        zone = self.policy_id.underwriting_id._store_timezone()
        local = datetime.combine(self.effective_date, time(), tzinfo=zone)
        return local.astimezone(tz.UTC).replace(tzinfo=None)

    def _make_effective(self):
        """The row is issued: change or end the policy, claw back or add the fee.

        The fee keeps the rate of the policy and counts in the month of this act.
        """
        now = fields.Datetime.now()
        for endorsement in self:
            endorsement._write_protected(
                {"state": "effective", "expected_fee": endorsement._fee()}
            )
            if endorsement.kind == "cancel":
                endorsement.policy_id._write_protected(
                    {
                        "cancelled_at": now,
                        "cover_ended_at": endorsement._cover_end_moment(),
                    }
                )
            else:
                endorsement._sudo_apply_change()

    def _undo_effective(self):
        """The row is void: policy, car and people are again what they were."""
        effective = self.filtered(lambda e: e.state == "effective")
        ended = effective.filtered(lambda e: e.kind == "cancel").policy_id
        ended._write_protected({"cancelled_at": False, "cover_ended_at": False})
        for endorsement in effective.filtered(lambda e: e.kind == "change"):
            endorsement._sudo_undo_change()
        self._write_protected({"state": "rejected", "expected_fee": 0.0})

    # -- changes ----------------------------------------------------------------

    def _change_vals(self):
        """Records and values that the change writes.

        :return: list of (record, values)
        """
        self.ensure_one()
        vehicle, policy = self.vehicle_id, self.policy_id
        if self.change_type == "transfer":
            return [(vehicle, {"owner_id": self.new_owner_id.id})]
        if self.change_type == "plate":
            return [(vehicle, {"plate": self.new_plate})]
        if self.change_type == "use_nature":
            return [(vehicle, {"use_nature": self.new_use_nature})]
        if self.change_type == "person":
            vals = {
                "name": self.new_name,
                "phone": self.new_phone,
                "id_type": self.new_id_type,
                "id_number": self.new_id_number,
            }
            vals = {name: value for name, value in vals.items() if value}
            return [(self.person_id, vals)]
        if self.change_type == "period":
            vals = {"date_start": self.new_date_start, "date_end": self.new_date_end}
            vals = {name: value for name, value in vals.items() if value}
            return [(policy, vals)]
        return []

    def _sudo_apply_change(self):
        # sudo: the clerk's right and the guards were checked by the issue of the row;
        # car, customer and covers follow from what the insurer agreed to
        endorsement = self.sudo()
        before = []
        for record, vals in endorsement._change_vals():
            before.append(
                [
                    record._name,
                    record.id,
                    {name: self._plain(record, name) for name in vals},
                    {name: self._plain_value(value) for name, value in vals.items()},
                ]
            )
            endorsement._write_through_door(record, vals)
        if endorsement.change_type == "cover":
            lines = endorsement.line_ids
            lines.policy_line_id._write_protected({"ended_by_id": endorsement.id})
            self.env["dealer.policy.line"].sudo()._create_protected(
                [
                    line._prepare_policy_line_vals()
                    for line in lines
                    if line.action != "drop"
                ]
            )
            endorsement.policy_id.invalidate_recordset(["current_line_ids"])
        endorsement._write_protected({"restore_vals": before})

    def _sudo_undo_change(self):
        # sudo: as _sudo_apply_change; the manager's right to void was checked
        endorsement = self.sudo()
        for model, record_id, old, new in endorsement.restore_vals or []:
            record = endorsement.env[model].browse(record_id).exists()
            # What somebody corrected since then stays.
            vals = {
                name: value
                for name, value in old.items()
                if record and self._plain(record, name) == new[name]
            }
            if vals:
                endorsement._write_through_door(record, vals)
        Line = endorsement.env["dealer.policy.line"]
        ended = Line.search([("ended_by_id", "=", endorsement.id)])
        ended._write_protected({"ended_by_id": False})
        added = Line.search([("added_by_id", "=", endorsement.id)])
        added.with_context(**{_DOOR_KEY: PROTECTED_DOOR}).unlink()
        endorsement.policy_id.invalidate_recordset(["current_line_ids"])
        endorsement._write_protected({"restore_vals": False})

    def _write_through_door(self, record, vals):
        """Write what is fixed for users; cars and customers have no such door."""
        if hasattr(record, "_write_protected"):
            record._write_protected(vals)
        else:
            record.write(vals)

    def _plain(self, record, name):
        """Value of a field as JSON keeps it."""
        field = record._fields[name]
        return self._plain_value(field.convert_to_write(record[name], record))

    def _plain_value(self, value):
        if isinstance(value, datetime):
            return fields.Datetime.to_string(value)
        return value or False


class DealerUnderwriting(models.Model):
    """The issue of an endorsement row settles its refund with premium still here."""

    _inherit = "dealer.underwriting"

    def action_issue(self):
        # EXTENDS
        res = super().action_issue()
        self.filtered(lambda row: row._pays_back())._sudo_net_refunds()
        return res
