from odoo import api, models
from odoo.exceptions import UserError

# Not serialisable: no remote caller can put it into a context.
_APPEND = object()
_APPEND_KEY = "dealer_append"


class DealerAppendMixin(models.AbstractModel):
    """A register that only grows: no line is typed in, changed or deleted.

    Lines come from business methods through ``_sudo_append``, for everybody and
    also in superuser mode.
    """

    _name = "dealer.append.mixin"
    _description = "Append-only Register"

    @api.model
    def _sudo_append(self, vals_list):
        """Add lines; the caller has checked who may add what.

        :param vals_list: values of the new lines
        :return: the lines, with the rights of the caller
        """
        register = self.sudo().with_context(**{_APPEND_KEY: _APPEND})
        return self.browse(register.create(vals_list).ids)

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(_APPEND_KEY) is not _APPEND:
            raise UserError(
                self.env._("Lines of this register are not typed in; use the buttons.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A line of this register cannot be changed. Add a new one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A line of this register cannot be deleted."))
