from odoo import api, models


class DealerNumberedMixin(models.AbstractModel):
    """Documents with a number of the sequence that has the name of their model.

    The number is given when the record exists, because only then its store is known;
    a number that was written by hand or taken over from history stays.
    """

    _name = "dealer.numbered.mixin"
    _description = "Document with a Number"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._sudo_number()
        return records

    def _sudo_number(self):
        """Number the records of this batch that have none."""
        # sudo: who may create a document need not read sequences
        sequence_sudo = self.env["ir.sequence"].sudo()
        unnumbered = self.filtered(lambda record: record.name in (False, "", "/"))
        for company, records in unnumbered.grouped("company_id").items():
            store_sudo = sequence_sudo.with_company(company)
            for record in records:
                number = store_sudo.next_by_code(self._name)
                record._write_protected({"name": number or "/"})
