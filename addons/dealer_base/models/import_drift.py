from odoo import fields, models


class DealerImport(models.Model):
    """The layout of a source's files, remembered and held against the next one.

    Insurers change their spreadsheets without a word. A column that is found under
    another name, in another place, or not at all is reported; one that the last file
    had and this one does not stops the check until a person has decided.
    """

    _inherit = "dealer.import"

    layout_accepted = fields.Boolean(
        string="New Layout Accepted",
        readonly=True,
        copy=False,
        help="The file has fewer columns than the last one of this source, and a "
        "person has agreed to that.",
    )
    layout_drifted = fields.Boolean(compute="_compute_layout_drifted")

    def _compute_layout_drifted(self):
        lost = self.env["dealer.import.problem"]._read_group(
            [("run_id", "in", self.ids), ("code", "=", "column_lost")], ["run_id"]
        )
        drifted = {run.id for (run,) in lost}
        for run in self:
            run.layout_drifted = run.id in drifted

    def action_accept_layout(self):
        """Take the file as it is, although columns of the last one are missing."""
        for run in self:
            run.check_access("write")
            run._check_kind_rights()
            run._check_open_for_mapping()
        self._sudo_accept_layout()

    def _sudo_accept_layout(self):
        """Note the acceptance and look at the headers again (rights were checked)."""
        for run in self.sudo():
            run._write_protected({"layout_accepted": True})
            run._sudo_refresh_header_problems()
            run.message_post(
                body=run.env._("The new layout of the file was accepted."),
                author_id=self.env.user.partner_id.id,
            )

    def _layout_source(self):
        """The contact that sends files of this kind, empty when not remembered."""
        self.ensure_one()
        kinds = self.env["dealer.import.kind"]._kind_models()
        if self.kind not in kinds:
            return self.env["res.partner"]
        return self._kind_model()._layout_source(self)

    def _layout_profile(self, partner):
        # sudo: the layout of a source is remembered for all who upload its files
        Profile_sudo = self.env["dealer.import.profile"].sudo()
        return Profile_sudo.search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", self.kind),
                ("partner_id", "=", partner.id),
                ("fingerprint", "=", _source_key(partner)),
            ],
            limit=1,
        )

    def _sudo_remember_layout(self, partner):
        """Keep the columns of this file as those of the source (after the import)."""
        self.ensure_one()
        layout = [
            [
                {"title": column.title, "key": column.field_key or ""}
                for column in sheet.column_ids.sorted("col_index")
            ]
            for sheet in self.sudo().sheet_ids
            if sheet.use and sheet.column_ids
        ]
        vals = {"layout": layout, "last_used": fields.Datetime.now()}
        profile = self._layout_profile(partner)
        if profile:
            profile.write(vals)
        else:
            profile.create(
                {
                    **vals,
                    "name": partner.display_name,
                    "company_id": self.company_id.id,
                    "kind": self.kind,
                    "partner_id": partner.id,
                    "fingerprint": _source_key(partner),
                }
            )

    def _layout_drift(self, sheet):
        """What changed since the last file of the source.

        :param sheet: ``dealer.import.sheet`` with its columns
        :return: list of (problem code, column or None, facts of the reason)
        """
        partner = self._layout_source()
        layouts = partner and self._layout_profile(partner).layout
        if not layouts:
            return []
        columns = sheet.column_ids.sorted("col_index")
        by_title = {column.title: column for column in columns}
        old = max(
            layouts,
            key=lambda layout: sum(item["title"] in by_title for item in layout),
        )
        old_key = {item["title"]: item["key"] for item in old}
        fresh = columns.filtered(lambda column: column.title not in old_key)
        fresh_by_key = {
            column.field_key: column
            for column in fresh
            if column.field_key and column.source != "guess"
        }
        names = {target.key: target.name for target in self.target_ids}
        read = set(columns.filtered(lambda c: not c.ignored).mapped("field_key"))
        drift, renamed = [], self.env["dealer.import.column"]
        for title, key in old_key.items():
            if title in by_title or not key:
                continue
            facts = {"header": title, "field": names.get(key, key)}
            if key in fresh_by_key:
                renamed |= fresh_by_key[key]
                facts["now"] = fresh_by_key[key].title
                drift.append(("column_renamed", fresh_by_key[key], facts))
            elif key in read or self.layout_accepted:
                continue
            else:
                unknown = fresh.filtered(
                    lambda c: not c.field_key or c.source == "guess"
                )
                facts["candidates"] = ", ".join(unknown.mapped("title"))
                drift.append(("column_lost", None, facts))
        for column in fresh - renamed:
            facts = {"header": column.title, "field": column.target_id.name or ""}
            drift.append(("column_new", column, facts))
        before = [item["title"] for item in old if item["title"] in by_title]
        now = [column.title for column in columns if column.title in old_key]
        moved = [new for was, new in zip(before, now, strict=False) if was != new]
        if moved:
            drift.append(("column_moved", None, {"header": ", ".join(moved)}))
        return drift


def _source_key(partner):
    """What stands for the header wordings in the profile of a source."""
    return f"source:{partner.id}"
