from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..tools.identity import (
    check_identity,
    check_other_document,
    check_uscc,
    mask_identity,
    normalise_identity,
)
from ..tools.naming import company_key

ID_TYPE_SELECTION = [
    ("resident", "Resident Identity Card"),
    ("permit", "Residence Permit (Hong Kong, Macau, Taiwan)"),
    ("foreigner", "Foreign Permanent Resident Card"),
    ("uscc", "Unified Social Credit Code"),
    ("passport", "Passport"),
    ("military", "Military Officer Card"),
    ("home_return", "Home Return Permit"),
    ("taiwan_pass", "Taiwan Compatriot Pass"),
    ("org_code", "Organisation Code"),
    ("other", "Other"),
]
# Types whose numbers carry a checksum: a wrong one is refused.
_CHECKED_ID_TYPES = ("resident", "permit", "foreigner", "uscc")
PII_GROUP = "dealer_base.group_dealer_pii"
# A wrong tick here opens a guard or a payment, so it is not every post's to set.
_MASTER_FIELDS = ("is_insurer", "insurer_code", "ledger_prefix", "is_store_staff")
_MASTER_GROUPS = (
    "dealer_base.group_insurance_manager",
    "dealer_base.group_dealer_admin",
    "dealer_base.group_store_manager",
    "base.group_system",
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    # insurer
    is_insurer = fields.Boolean(string="Insurer", index=True)
    insurer_code = fields.Char(
        string="Insurer Short Code",
        copy=False,
        help="Short code in lists and ledgers, for example PICC.",
    )
    insurer_aliases = fields.Text(
        string="Names in Files",
        copy=False,
        help="Other names of the insurer in ledgers and statements, one per line.",
    )
    ledger_prefix = fields.Char(
        copy=False,
        help="Letters in front of the ledger numbers of this insurer.",
    )
    policy_regex = fields.Char(
        string="Form of Policy Numbers",
        help="Regular expression of the insurer's policy numbers; "
        "a misfit is remarked, not refused.",
    )

    # person or company behind the contact
    id_type = fields.Selection(ID_TYPE_SELECTION, string="Identity Document")
    id_number = fields.Char(
        string="Identity Number",
        groups=PII_GROUP,
        index="btree_not_null",
        copy=False,
    )
    id_number_masked = fields.Char(
        string="Identity Number (masked)",
        compute="_compute_id_number_masked",
        compute_sudo=True,
    )
    is_store_staff = fields.Boolean(
        string="Works in the Store",
        compute="_compute_is_store_staff",
        store=True,
        readonly=False,
        copy=False,
        help="Staff of the store may not pay premium for a customer (R3).",
    )

    _insurer_code_uniq = models.UniqueIndex(
        "(insurer_code) WHERE is_insurer AND insurer_code IS NOT NULL",
        "Another insurer uses this short code.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("id_number")
    def _compute_id_number_masked(self):
        for partner in self:
            partner.id_number_masked = mask_identity(partner.id_number)

    @api.depends("user_ids.dealer_staff_ids.active")
    def _compute_is_store_staff(self):
        for partner in self:
            # A tick set by hand (staff without a login) stays.
            partner.is_store_staff = partner.is_store_staff or bool(
                partner.user_ids.dealer_staff_ids
            )

    # ----------------------------------------------------------- Constraints
    @api.constrains("id_number", "id_type")
    def _check_id_number(self):
        """Refuse a number whose form, birth date or checksum cannot be right."""
        # Whoever changes the kind of document need not see the number.
        for partner_sudo in self.sudo():
            if partner_sudo.id_number and partner_sudo.id_type in _CHECKED_ID_TYPES:
                message = partner_sudo._id_number_problem()
                if message:
                    raise ValidationError(message)

    def _id_number_problem(self):
        """Wording of what is wrong with the identity number; empty when right."""
        self.ensure_one()
        if self.id_type == "uscc":
            check = check_uscc(self.id_number)
        elif self.id_type in ("resident", "permit", "foreigner"):
            check = check_identity(self.id_number)
        else:
            check = check_other_document(self.id_number, self.id_type or "other")
        if check.ok:
            return ""
        reasons = {
            "length": self.env._("it does not have 18 places"),
            "format": self.env._("it holds characters that do not belong there"),
            "date": self.env._("the birth date in it does not exist"),
            "checksum": self.env._("the last place does not fit the others"),
        }
        reason = reasons.get(
            check.problem.rsplit("_", 1)[-1], self.env._("its form is wrong")
        )
        return self.env._(
            "Identity number %(number)s of %(name)s: %(reason)s. "
            "Compare it with the document.",
            number=mask_identity(self.id_number),
            name=self.display_name,
            reason=reason,
        )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(
            [self._normalise_identity_vals(vals) for vals in vals_list]
        )
        # Afterwards: defaults of the context or of the user mark a contact as well.
        self._check_master_fields(
            [name for name in _MASTER_FIELDS if any(partners.mapped(name))]
        )
        return partners

    def write(self, vals):
        self._check_master_fields(vals)
        return super().write(self._normalise_identity_vals(vals))

    def _check_master_fields(self, names):
        """Insurer and staff marks are set by the managers, not at the desk (R3).

        :param names: fields that are set
        """
        if self.env.su or not any(name in names for name in _MASTER_FIELDS):
            return
        if not any(self.env.user.has_group(group) for group in _MASTER_GROUPS):
            raise AccessError(
                self.env._(
                    "Only the insurance manager, the store manager or an "
                    "administrator marks a contact as insurer or as staff."
                )
            )

    @api.model
    def _normalise_identity_vals(self, vals):
        if not vals.get("id_number"):
            return vals
        vals = dict(vals, id_number=normalise_identity(vals["id_number"]))
        return vals

    # -------------------------------------------------------------- Insurers
    @api.model
    def _insurer_index(self):
        """Every name of every insurer, for many look-ups in a row.

        :return: dict of normalised name -> insurer
        """
        index = {}
        insurers = self.search(Domain("is_insurer", "=", True), order="id desc")
        for insurer in insurers:
            names = [insurer.name, insurer.insurer_code]
            names += (insurer.insurer_aliases or "").splitlines()
            for key in filter(None, map(company_key, names)):
                index[key] = insurer
        return index

    @api.model
    def _find_insurer(self, text, index=None):
        """The insurer that a file or a person means.

        An exact name, code or alias wins. Else the longest known name that is
        part of the text, or has the text as its part, if it belongs to one
        insurer only ("中国人保财险广州分公司" is 人保财险).

        :param text: name as written
        :param index: result of ``_insurer_index`` when looking up many names
        :return: one insurer, or an empty record when unknown or ambiguous
        """
        if index is None:
            index = self._insurer_index()
        key = company_key(text)
        nobody = self.browse()
        if not key:
            return nobody
        if key in index:
            return index[key]
        if len(key) < 2:
            return nobody
        # Short Latin abbreviations would be found inside other words.
        inside = [
            name
            for name in index
            if name in key and len(name) >= (4 if name.isascii() else 2)
        ]
        if inside:
            longest = max(map(len, inside))
            found = {index[name] for name in inside if len(name) == longest}
        else:
            found = {index[name] for name in index if key in name}
        return found.pop() if len(found) == 1 else nobody
