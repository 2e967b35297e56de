from odoo import models


class DealerStoreMixin(models.AbstractModel):
    """Records of a store move only into a store of the person who moves them.

    Record rules are asked before a write. Without a second look afterwards, anybody
    could push a record into a store that he may not even see.
    """

    _name = "dealer.store.mixin"
    _description = "Record of a Store"

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self.check_access("write")
        return result
