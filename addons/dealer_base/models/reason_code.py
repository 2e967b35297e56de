from odoo import api, fields, models

from ..tools.naming import text_key


class DealerReasonCode(models.Model):
    """Coded reason of a loss, a delay, a void or a waiver (domain.md §3)."""

    _name = "dealer.reason.code"
    _description = "Reason Code"
    _order = "category, sequence, code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    category = fields.Selection(
        [
            ("new_car_lost", "New Car Lost"),
            ("renewal_lost", "Renewal Lost"),
            ("not_returned", "Car Not Returned to the Store"),
            ("returned_case", "Case Sent Back by the Insurer"),
            ("overdue", "Claim Payment Overdue"),
            ("ctpl_cancel", "Cancellation of Compulsory Cover"),
            ("void", "Void"),
            ("waiver", "Waiver of a Guard"),
        ],
        required=True,
        index=True,
    )
    keywords = fields.Text(
        help="Words by which the reason is recognised in free text, one per line.",
    )
    needs_text = fields.Boolean(
        string="Needs an Explanation",
        help="Whoever chooses this reason must write what it was.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)",
        "This reason code exists already.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for reason in self:
            reason.display_name = f"{reason.code} {reason.name}".strip()

    @api.model
    def _match_index(self, category):
        """Words of one category for many look-ups in a row.

        :return: list of (word, reason), the longest words first
        """
        pairs = []
        for reason in self.search([("category", "=", category)]):
            words = [reason.code, reason.name, *(reason.keywords or "").splitlines()]
            pairs += [(text_key(word), reason) for word in words if text_key(word)]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    @api.model
    def _match_text(self, category, text, index=None):
        """The reason that a free text means: the longest known word decides.

        :param category: category of the reason
        :param text: what somebody wrote
        :param index: result of ``_match_index`` when matching many texts
        :return: one reason; empty when no word is known or two are equally good
        """
        key = text_key(text)
        nothing = self.browse()
        if not key:
            return nothing
        if index is None:
            index = self._match_index(category)
        exact = {reason for word, reason in index if word == key}
        if len(exact) == 1:
            return exact.pop()
        hits = [(word, reason) for word, reason in index if word in key]
        if not hits:
            return nothing
        longest = len(hits[0][0])
        best = {reason for word, reason in hits if len(word) == longest}
        return best.pop() if len(best) == 1 else nothing
