from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

USAGE_SELECTION = [
    ("new_car", "New Car Archive"),
    ("renewal", "Renewal"),
    ("cancellation", "Endorsement or Cancellation"),
    ("claim_single", "Claim: Own Damage, One Party"),
    ("claim_two", "Claim: Own Damage, Two Parties"),
    ("claim_third", "Claim: Third-party Property"),
    ("claim_injury", "Claim: Bodily Injury"),
    ("claim_theft", "Claim: Theft"),
    ("claim_glass", "Claim: Glass"),
    ("claim_scratch", "Claim: Scratch or Wheel"),
    ("claim_flood_fire", "Claim: Flood or Fire"),
    ("claim_total_loss", "Claim: Total Loss"),
    ("claim_subrogation", "Claim: Subrogation"),
]

REQUIREMENT_SELECTION = [("must", "Required"), ("may", "If Applicable")]

_FILE_FIELDS = ("res_model", "res_id", "company_id", "type_id")
_TRACE_FIELDS = ("received_by_id", "received_at", "checked_by_id", "checked_at")


class DealerDocumentType(models.Model):
    """One kind of paper that a file must hold (domain.md §3.2, §3.13)."""

    _name = "dealer.document.type"
    _description = "Document Type"
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This document type exists already.")


class DealerDocumentTemplate(models.Model):
    """Checklist of the papers for one kind of business or claim.

    An insurer may have its own checklist; it goes before the general one.
    """

    _name = "dealer.document.template"
    _description = "Document Checklist"
    _order = "usage, insurer_id, id"

    name = fields.Char(required=True, translate=True)
    usage = fields.Selection(
        USAGE_SELECTION,
        string="Used For",
        required=True,
        index=True,
    )
    insurer_id = fields.Many2one(
        "res.partner",
        domain="[('is_insurer', '=', True)]",
        index="btree_not_null",
        help="Empty: the checklist for every insurer without its own.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: for all stores.",
    )
    line_ids = fields.One2many(
        "dealer.document.template.line",
        "template_id",
        string="Documents",
        copy=True,
    )
    active = fields.Boolean(default=True)

    @api.model
    def _find(self, usage, insurer, company):
        """The checklist for a kind of file, the most particular first.

        :param usage: value of ``usage``
        :param insurer: ``res.partner``, may be empty
        :param company: the store
        :return: one template or an empty record
        """
        templates = self.search(
            Domain("usage", "=", usage)
            & Domain("insurer_id", "in", [False, *insurer.ids])
            & Domain("company_id", "in", [False, company.id])
        )
        return templates.sorted(
            lambda template: (not template.insurer_id, not template.company_id)
        )[:1]


class DealerDocumentTemplateLine(models.Model):
    _name = "dealer.document.template.line"
    _description = "Document of a Checklist"
    _order = "template_id, sequence, id"

    template_id = fields.Many2one(
        "dealer.document.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    type_id = fields.Many2one(
        "dealer.document.type",
        string="Document",
        required=True,
        index=True,
        ondelete="restrict",
    )
    requirement = fields.Selection(REQUIREMENT_SELECTION, required=True, default="must")

    _type_uniq = models.UniqueIndex(
        "(template_id, type_id)",
        "A document stands only once on a checklist.",
    )


class DealerDocument(models.Model):
    """One row of the checklist of a file: what was received and checked."""

    _name = "dealer.document"
    _description = "Checklist Row"
    _order = "sequence, id"
    _check_company_auto = True

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    type_id = fields.Many2one(
        "dealer.document.type",
        string="Document",
        required=True,
        index=True,
        ondelete="restrict",
    )
    requirement = fields.Selection(REQUIREMENT_SELECTION, required=True, default="must")
    state = fields.Selection(
        [
            ("missing", "Missing"),
            ("received", "Received"),
            ("defect", "Defect"),
            ("checked", "Checked"),
        ],
        required=True,
        default="missing",
    )
    is_original = fields.Boolean(string="Original")
    pages = fields.Integer()
    attachment_ids = fields.Many2many("ir.attachment", string="Scans")
    received_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    received_at = fields.Datetime(readonly=True, copy=False)
    checked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    checked_at = fields.Datetime(readonly=True, copy=False)
    defect_note = fields.Char()

    _pages_positive = models.Constraint(
        "CHECK (pages >= 0)", "A document cannot have less than no pages."
    )

    @api.depends("type_id")
    def _compute_display_name(self):
        for document in self:
            document.display_name = document.type_id.name or ""

    @api.constrains("state", "defect_note")
    def _check_defect_note(self):
        for document in self:
            if document.state == "defect" and not document.defect_note:
                raise ValidationError(
                    self.env._(
                        "%(document)s: write what is wrong with it.",
                        document=document.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create([self._with_trace(vals) for vals in vals_list])
        if not self.env.su:
            documents._check_file()
        if any("attachment_ids" in vals for vals in vals_list):
            documents._claim_attachments()
        return documents

    def write(self, vals):
        if not self.env.su:
            self._check_stays(vals)
        result = super().write(self._with_trace(vals))
        if "attachment_ids" in vals:
            self._claim_attachments()
        return result

    def _check_file(self):
        """A row belongs to a file that its author may read, and to its store."""
        for model, documents in self.grouped("res_model").items():
            if model not in self.env:
                raise UserError(self.env._("There is no file for this document."))
            files = self.env[model].browse(documents.mapped("res_id"))
            files.check_access("read")
            if "company_id" not in files._fields:
                continue
            for document, file in zip(documents, files, strict=True):
                if file.company_id and file.company_id != document.company_id:
                    raise UserError(
                        self.env._(
                            "%(document)s belongs to the store of its file.",
                            document=document.display_name,
                        )
                    )

    def _check_stays(self, vals):
        """A paper that was received for one file is no proof for another."""
        for name in _FILE_FIELDS:
            if name in vals and any(
                self._fields[name].convert_to_write(document[name], document)
                != vals[name]
                for document in self
            ):
                raise UserError(
                    self.env._("A document stays with its file and keeps its kind.")
                )

    def _claim_attachments(self):
        """Scans belong to their row: who sees the row opens them, nobody else.

        A file uploaded into a row that is not saved yet belongs to nothing, and only
        its author could open it.
        """
        for document in self:
            loose = document.attachment_ids.filtered(
                lambda scan: not scan.res_id and scan.create_uid == self.env.user
            )
            loose.write({"res_model": self._name, "res_id": document.id})

    @api.model
    def _with_trace(self, vals):
        """Values with who received or checked, and when; nobody writes that."""
        vals = {name: vals[name] for name in vals if name not in _TRACE_FIELDS}
        return {**vals, **self._prepare_trace_vals(vals)}

    @api.model
    def _prepare_trace_vals(self, vals):
        """Who received or checked, and when, follows from the state alone."""
        now, user = fields.Datetime.now(), self.env.user.id
        nobody = {"received_by_id": False, "received_at": False}
        unchecked = {"checked_by_id": False, "checked_at": False}
        return {
            "missing": {**nobody, **unchecked},
            "received": {"received_by_id": user, "received_at": now, **unchecked},
            "defect": {"checked_by_id": user, "checked_at": now},
            "checked": {"checked_by_id": user, "checked_at": now},
        }.get(vals.get("state"), {})

    def action_receive(self):
        """Mark documents as received from the customer."""
        return self.write({"state": "received"})

    def action_check(self):
        """Mark received documents as looked through and right."""
        return self.write({"state": "checked"})


class DealerDocumentMixin(models.AbstractModel):
    """Gives a file its checklist.

    A model says which checklist it needs in ``_document_usage`` and calls
    ``_sync_documents`` when that may have changed.
    """

    _name = "dealer.document.mixin"
    _description = "File with a Checklist"

    document_ids = fields.One2many(
        "dealer.document",
        "res_id",
        string="Documents",
        domain=lambda self: [("res_model", "=", self._name)],
        bypass_search_access=True,
        copy=False,
    )
    missing_document_ids = fields.Many2many(
        "dealer.document",
        string="Missing Documents",
        compute="_compute_missing_document_ids",
    )
    document_count = fields.Char(
        string="Documents at Hand",
        compute="_compute_missing_document_ids",
        help="Documents at hand of those that are required.",
    )

    @api.depends("document_ids.state", "document_ids.requirement")
    def _compute_missing_document_ids(self):
        for record in self:
            must = record.document_ids.filtered(
                lambda document: document.requirement == "must"
            )
            missing = must.filtered(
                lambda document: document.state in ("missing", "defect")
            )
            record.missing_document_ids = missing
            record.document_count = f"{len(must) - len(missing)}/{len(must)}"

    def _document_usage(self):
        """Which checklist the record needs.

        :return: tuple (usage, insurer); usage is empty for no checklist
        """
        self.ensure_one()
        return "", self.env["res.partner"]

    def _sync_documents(self):
        """Bring the rows in line with the checklist; nothing received is lost.

        Rows that the checklist does not ask for are removed only while they are
        missing and without scan.
        """
        Template = self.env["dealer.document.template"]
        templates, vals_list = {}, []
        obsolete = self.env["dealer.document"]
        for record in self:
            usage, insurer = record._document_usage()
            company = record.company_id or self.env.company
            key = (usage, insurer, company)
            if key not in templates:
                templates[key] = usage and Template._find(usage, insurer, company)
            lines = templates[key].line_ids if templates[key] else []
            rows = {document.type_id: document for document in record.document_ids}
            for line in lines:
                row = rows.pop(line.type_id, None)
                if row is None:
                    vals_list.append(record._prepare_document_vals(line))
                elif row.requirement != line.requirement:
                    row.requirement = line.requirement
            for row in rows.values():
                if row.state == "missing" and not row.attachment_ids:
                    obsolete |= row
        obsolete.unlink()
        documents = self.env["dealer.document"].create(vals_list)
        self.invalidate_recordset(["document_ids"])
        return documents

    def _prepare_document_vals(self, line):
        self.ensure_one()
        return {
            "res_model": self._name,
            "res_id": self.id,
            "company_id": (self.company_id or self.env.company).id,
            "sequence": line.sequence,
            "type_id": line.type_id.id,
            "requirement": line.requirement,
        }

    def unlink(self):
        self.check_access("unlink")
        self._sudo_unlink_documents()
        return super().unlink()

    def _sudo_unlink_documents(self):
        """The checklist goes with its file, whoever may delete the file."""
        documents = self.env["dealer.document"].sudo()
        documents.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()
