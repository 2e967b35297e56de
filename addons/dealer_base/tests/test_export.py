import io
import json

import openpyxl

from odoo import http
from odoo.tests import HttpCase, tagged

from .common import DealerBaseCommon


@tagged("post_install", "-at_install")
class TestExport(DealerBaseCommon, HttpCase):
    def export(self, **changes):
        self.authenticate("t_policy_clerk", "t_policy_clerk")
        data = {
            "model": "res.partner",
            "fields": [
                {"name": "name", "label": "Name", "type": "char"},
                {"name": "phone", "label": "Phone", "type": "char"},
            ],
            "ids": False,
            "domain": [("ref", "=", "EXPORT")],
            "groupby": [],
            "import_compat": False,
            "context": {},
            **changes,
        }
        response = self.url_open(
            "/web/export/xlsx",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        response.raise_for_status()
        return openpyxl.load_workbook(io.BytesIO(response.content)).active

    def test_text_cells_never_become_formulas(self):
        names = ["=cmd|' /C calc'!A0", "{=1+1}", "@SUM(1)", "http://example.com"]
        self.env["res.partner"].create(
            [
                {"name": name, "phone": "+8613800000000", "ref": "EXPORT"}
                for name in names
            ]
        )
        clerk = self.clerk
        clerk.group_ids |= self.env.ref("base.group_allow_export")
        for groupby in ([], ["is_insurer"]):
            page = self.export(groupby=groupby)
            cells = [cell for row in page.iter_rows() for cell in row if cell.value]
            self.assertLessEqual(set(names), {cell.value for cell in cells})
            self.assertNotIn("f", {cell.data_type for cell in cells})
            self.assertFalse(any(cell.hyperlink for cell in cells))
