from dataclasses import replace

from odoo import api, models

from . import underwriting_ledger_columns as form


class LedgerImportKind(models.AbstractModel):
    """The ledger that we wrote ourselves is always understood.

    Wordings of our own form, in the language of the user and in the source language,
    join the wordings of the trade.
    """

    _inherit = "dealer.import.kind.ledger"

    @api.model
    def _import_fields(self):
        # EXTENDS dealer_insurance: our headers and our words for choices
        envs = (self.env, self.with_context(lang="en_US").env)
        return [self._with_own_words(item, envs) for item in super()._import_fields()]

    def _with_own_words(self, item, envs):
        column = form.COLUMN_BY_KEY.get(item.key)
        if not column:
            return item
        labels = tuple(env._(column.label) for env in envs)
        changes = {"synonyms": (*item.synonyms, *labels)}
        if item.type == "selection":
            words = {}
            for env in envs:
                words.update(form.own_choices(env, column))
            changes["choices"] = {**item.choices, **words}
        return replace(item, **changes)
