from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerReturnWizard(models.TransientModel):
    """Asks why something is given back to who has written it."""

    _name = "dealer.return.wizard"
    _description = "Give Back with a Reason"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    transition = fields.Selection(
        [("return", "Return"), ("reject", "Reject")],
        required=True,
        readonly=True,
        default="return",
    )
    reason = fields.Text()

    @api.model
    def _open_for(self, records, transition="return"):
        """The dialog for some records.

        :param records: records of a model with ``action_<transition>(reason)``
        :param transition: ``return`` or ``reject``
        :return: action of the dialog
        """
        wizard = self.create(
            {
                "res_model": records._name,
                "res_ids": records.ids,
                "transition": transition,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Has to Be Done Better?"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Give the records back with the reason."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write what has to be done better."))
        model = self.env.get(self.res_model)
        method = f"action_{self.transition}"
        if not hasattr(model, "_check_guards") or not hasattr(model, method):
            raise UserError(self.env._("This record is not given back this way."))
        getattr(model.browse(self.res_ids), method)(self.reason)
        return {"type": "ir.actions.act_window_close"}
