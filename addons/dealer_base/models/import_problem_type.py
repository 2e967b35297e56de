from odoo import api, fields, models

SEVERITY_SELECTION = [("error", "Error"), ("warning", "Warning")]
NATURE_SELECTION = [("typing", "Typing"), ("fact", "Fact")]


class SafeFacts(dict):
    """Facts of a reason text; a name that is not given shows as nothing."""

    def __missing__(self, key):
        return ""


class DealerImportProblemType(models.Model):
    """What can be wrong in an imported file.

    Nature: *typing* means that the cell is wrong and something else is right; *fact*
    means that the cell is true but breaks a rule, so a manager may accept it.
    """

    _name = "dealer.import.problem.type"
    _description = "Type of Import Problem"
    _order = "severity, sequence, code"
    _rec_names_search = ["name", "code"]

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    severity = fields.Selection(SEVERITY_SELECTION, required=True, default="error")
    nature = fields.Selection(NATURE_SELECTION, required=True, default="typing")
    reason = fields.Char(
        translate=True,
        help="Text of the problem. %(value)s, %(suggestion)s, %(field)s and the facts "
        "of the check are replaced.",
    )
    advice = fields.Char(translate=True, help="What the clerk should do.")

    _code_uniq = models.UniqueIndex("(code)", "The code of a problem type is unique.")

    @api.model
    def _types_by_code(self):
        """Return {code: record} of all types."""
        return {record.code: record for record in self.search([])}

    def _reason_text(self, facts):
        """Return the reason with the facts filled in.

        :param facts: named values as text; `reason` replaces the whole text
        """
        self.ensure_one()
        if facts.get("reason"):
            return facts["reason"]
        template = self.reason or self.name
        try:
            return template % SafeFacts(facts)
        except (TypeError, ValueError):
            # A stray % in an edited text must not stop an import
            return template
