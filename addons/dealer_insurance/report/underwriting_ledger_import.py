from dataclasses import replace

from odoo import api, models

from . import underwriting_ledger_columns as form
from .underwriting_ledger_sources import wording


class LedgerImportKind(models.AbstractModel):
    """The ledger that we wrote ourselves is always understood.

    Wordings of our own form, in every language of the database and in the source
    language, join the wordings of the trade: a colleague may have exported in his own.
    """

    _inherit = "dealer.import.kind.ledger"

    @api.model
    def _import_fields(self):
        # EXTENDS dealer_insurance: our headers and our words for choices
        languages = dict.fromkeys(
            ["en_US", *(code for code, _name in self.env["res.lang"].get_installed())]
        )
        envs = [self.with_context(lang=code).env for code in languages]
        return [self._with_own_words(item, envs) for item in super()._import_fields()]

    def _with_own_words(self, item, envs):
        column = form.COLUMN_BY_KEY.get(item.key)
        if not column:
            return item
        labels = tuple(wording(env, column.label) for env in envs)
        changes = {"synonyms": (*item.synonyms, *labels)}
        if item.type == "selection":
            words = {}
            for env in envs:
                words.update(form.own_choices(env, column))
            changes["choices"] = {**item.choices, **words}
        return replace(item, **changes)
