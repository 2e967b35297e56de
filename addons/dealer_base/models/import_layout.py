from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class DealerImportPart(models.AbstractModel):
    """Common to everything the engine writes below a run.

    The engine keeps its books itself (`_sudo_…` methods of the run, after the rights
    of the run were checked). A user may only touch what the model lists.
    """

    _name = "dealer.import.part"
    _description = "Part of an Import"

    #: Fields a user may write on existing records
    _user_fields = frozenset()

    def write(self, vals):
        if not self.env.su and (denied := set(vals) - self._user_fields):
            raise AccessError(
                self.env._(
                    "These fields are kept by the import itself: %(fields)s.",
                    fields=", ".join(sorted(denied)),
                )
            )
        if not self.env.su:
            self.run_id._check_kind_rights()
        return super().write(vals)


class DealerImportSheet(models.Model):
    _name = "dealer.import.sheet"
    _inherit = ["dealer.import.part"]
    _description = "Sheet of an Import"
    _order = "run_id, index"
    _user_fields = frozenset({"use"})

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    index = fields.Integer(required=True)
    name = fields.Char()
    use = fields.Boolean(string="Import", help="Rows of this sheet are imported.")
    state = fields.Selection(
        [
            ("data", "Header Found"),
            ("empty", "Empty"),
            ("no_header", "No Header Found"),
            ("hidden", "Hidden Sheet"),
        ],
        required=True,
        default="data",
    )
    header_first = fields.Integer(string="Header from Row")
    header_last = fields.Integer(string="Header to Row")
    row_count = fields.Integer(string="Rows")
    texts = fields.Json(string="Texts above the Header")
    fingerprint = fields.Char()
    missing = fields.Char(string="Missing Columns")
    column_ids = fields.One2many("dealer.import.column", "sheet_id")

    def write(self, vals):
        result = super().write(vals)
        if "use" in vals and not self.env.su:
            self.run_id._sudo_sheets_chosen()
        return result

    @api.depends("name")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = sheet.name or self.env._("File")


class DealerImportTarget(models.Model):
    """A field that a column of this run may be mapped to."""

    _name = "dealer.import.target"
    _inherit = ["dealer.import.part"]
    _description = "Target of an Import Column"
    _order = "run_id, sequence, id"

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    key = fields.Char(required=True)
    name = fields.Char(required=True)
    required = fields.Boolean()


class DealerImportColumn(models.Model):
    _name = "dealer.import.column"
    _inherit = ["dealer.import.part"]
    _description = "Column of an Import"
    _order = "run_id, sheet_id, col_index"
    _user_fields = frozenset({"target_id", "ignored"})

    run_id = fields.Many2one(
        "dealer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    sheet_id = fields.Many2one(
        "dealer.import.sheet", required=True, index=True, ondelete="cascade"
    )
    col_index = fields.Integer(required=True)
    letter = fields.Char(string="Column")
    group = fields.Char(string="Upper Header")
    label = fields.Char(string="Header")
    title = fields.Char(compute="_compute_title", store=True)
    sample = fields.Char(string="Examples")
    target_id = fields.Many2one(
        "dealer.import.target",
        string="Means",
        domain="[('run_id', '=', run_id)]",
        ondelete="set null",
        index="btree_not_null",
    )
    field_key = fields.Char(related="target_id.key", store=True)
    ignored = fields.Boolean(help="This column is not needed.")
    candidates = fields.Char(string="Could Mean")
    source = fields.Selection(
        [
            ("exact", "Recognised"),
            ("guess", "Similar Wording"),
            ("profile", "As Last Time"),
            ("manual", "Chosen by Hand"),
            ("ambiguous", "Please Choose"),
            ("unknown", "Unknown"),
        ],
        string="How Found",
        default="unknown",
        required=True,
    )

    @api.depends("group", "label")
    def _compute_title(self):
        for column in self:
            column.title = "/".join(filter(None, (column.group, column.label)))

    @api.constrains("target_id")
    def _check_target_of_same_run(self):
        for column in self:
            if column.target_id and column.target_id.run_id != column.run_id:
                raise ValidationError(
                    self.env._(
                        "“%(header)s” can only mean a field of its own file.",
                        header=column.title,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and _MAPPING_FIELDS & set(vals):
            self.run_id._sudo_mapping_changed(self)
        return result


_MAPPING_FIELDS = frozenset({"target_id", "ignored"})


class DealerImportProfile(models.Model):
    """How the columns of a source were mapped the last time."""

    _name = "dealer.import.profile"
    _description = "Remembered Import Mapping"
    _order = "write_date desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Char(required=True)
    fingerprint = fields.Char(required=True)
    mapping = fields.Json(
        default=dict, help="Header wording -> field key; empty key: column not needed."
    )
    last_used = fields.Datetime()
    partner_id = fields.Many2one(
        "res.partner",
        string="Source",
        index="btree_not_null",
        ondelete="cascade",
        help="Who sends files of this layout.",
    )
    layout = fields.Json(
        help="Columns of the last file of the source, sheet by sheet, in their order."
    )

    _source_uniq = models.UniqueIndex(
        "(company_id, kind, fingerprint)", "This source is known already."
    )
