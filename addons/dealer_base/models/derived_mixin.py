from odoo import models
from odoo.tools import ormcache


class DealerDerivedMixin(models.AbstractModel):
    """What follows from other fields is nobody's to write.

    A stored field that is computed, or copied from another record, is read only on
    screens; over RPC its column could be written all the same and would stay until
    the next recomputation. Records whose guards read such fields protect them like
    their state. Computed fields that a user may correct (``readonly=False``) stay
    open.
    """

    _name = "dealer.derived.mixin"
    _description = "Protected Derived Fields"
    _inherit = ["dealer.guard.mixin"]

    @ormcache()
    def _derived_names(self):
        """Names of the stored fields that only computation may change."""
        return tuple(
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly
        )

    def _guarded_names(self):
        # EXTENDS dealer_base
        return list(dict.fromkeys([*super()._guarded_names(), *self._derived_names()]))
