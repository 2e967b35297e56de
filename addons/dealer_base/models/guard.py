from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

# Only code that imports this module can hold the key: a caller over RPC sends
# JSON, which cannot carry this object.
LOG_DOOR = object()
_LOG_KEY = "dealer_override_door"


class DealerGuard(models.Model):
    """A rule that stops a transition, with the words that explain it."""

    _name = "dealer.guard"
    _description = "Guard"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    reason = fields.Char(
        translate=True,
        help="What is wrong, in general; the refusal names the facts.",
    )
    next_step = fields.Char(
        translate=True,
        help="What the person at the desk does next.",
    )
    waiver_mode = fields.Selection(
        [
            ("none", "Never"),
            ("one", "One of the Posts"),
            ("joint", "All of the Posts Together"),
        ],
        string="May Be Waived",
        required=True,
        default="none",
    )
    waiver_group_ids = fields.Many2many(
        "res.groups",
        string="Waived By",
        help="Posts that may let a case through.",
    )

    _code_uniq = models.UniqueIndex("(code)", "This guard exists already.")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for guard in self:
            guard.display_name = f"[{guard.code}] {guard.name}"

    @api.constrains("waiver_mode", "waiver_group_ids")
    def _check_waiver_groups(self):
        for guard in self:
            count = len(guard.waiver_group_ids)
            if (guard.waiver_mode == "one" and not count) or (
                guard.waiver_mode == "joint" and count < 2
            ):
                raise UserError(
                    self.env._(
                        "Guard %(code)s: name the posts that may waive it; a joint "
                        "waiver needs two at least.",
                        code=guard.code,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        guards = super().create(vals_list)
        self.env.registry.clear_cache()
        return guards

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @ormcache()
    def _sudo_ids_by_code(self):
        return {guard.code: guard.id for guard in self.sudo().search([])}

    @api.model
    def _by_code(self, code):
        """The guard with that code; empty when nobody described it."""
        return self.browse(self._sudo_ids_by_code().get(code))

    def _allowed_text(self):
        """Which posts may let a case through, as text; empty when nobody may."""
        if not self or self.waiver_mode == "none":
            return ""
        return self._waiver_missing_text(self.waiver_group_ids)

    def _waiver_missing_text(self, missing):
        """Posts whose signature is missing, as text.

        :param missing: groups, from ``_waiver_progress``
        """
        names = missing.mapped("name")
        if self.waiver_mode == "joint":
            return self.env._(" and ").join(names)
        return self.env._(" or ").join(names)


class DealerOverride(models.Model):
    """Who let what through, in which role and why.

    Nobody changes or deletes a line, not even the administrator; a line is
    written only by ``dealer.guard.mixin._waive``.
    """

    _name = "dealer.override"
    _description = "Override Log"
    _order = "signed_at desc, id desc"
    _rec_name = "record_name"

    guard_id = fields.Many2one(
        "dealer.guard",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    res_model = fields.Char(string="Record Type", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID",
        model_field="res_model",
        required=True,
        readonly=True,
    )
    record_name = fields.Char(string="Record", readonly=True)
    transition = fields.Char(required=True, readonly=True)
    fact = fields.Char(
        readonly=True,
        help="The state of affairs that was let through; when it changes, the "
        "signature no longer counts.",
    )
    role_group_id = fields.Many2one(
        "res.groups",
        string="Signed As",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Signed By",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    signed_at = fields.Datetime(required=True, readonly=True)
    reason_id = fields.Many2one(
        "dealer.reason.code",
        string="Kind of Reason",
        readonly=True,
        ondelete="restrict",
    )
    reason = fields.Text(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )

    # Every check of a guard reads the signatures of its documents.
    _document_idx = models.Index("(res_model, res_id, transition)")

    def _immutable(self):
        return UserError(
            self.env._(
                "The override log cannot be written, changed or deleted by hand. "
                "A waiver is signed on the document it is for."
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(_LOG_KEY) is not LOG_DOOR:
            raise self._immutable()
        records = self.with_context(**{_LOG_KEY: False})
        return super(DealerOverride, records).create(vals_list)

    def write(self, vals):
        if vals:
            raise self._immutable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise self._immutable()

    @api.model
    def _sudo_log(self, vals_list):
        """Write lines of the log; the caller has checked who signs.

        :param vals_list: complete values, one dict per signature
        """
        log = self.sudo().with_context(**{_LOG_KEY: LOG_DOOR})
        return log.create(vals_list).sudo(False).with_context(**{_LOG_KEY: False})

    @api.model
    def _sudo_signatures(self, res_model, res_ids, transition):
        """Signatures on documents, whoever asks: whether a guard is open must not
        depend on the reader's rights to the log.

        :return: dict (guard id, document id) -> recordset of lines
        """
        lines = self.sudo().search(
            [
                ("res_model", "=", res_model),
                ("res_id", "in", list(res_ids)),
                ("transition", "=", transition),
            ],
            order="id",
        )
        return lines.grouped(lambda line: (line.guard_id.id, line.res_id))

    def action_open_document(self):
        """Open the document that was let through."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
