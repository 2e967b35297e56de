from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import VINS, DealerBaseCommon


@tagged("post_install", "-at_install")
class TestDocument(DealerBaseCommon):
    def test_checklist_of_the_trade(self):
        """Domain.md §3.13: two-party damage needs the police paper, glass may."""
        template = self.env.ref("dealer_base.document_template_claim_two")
        police = self.env.ref("dealer_base.document_type_d05")
        line = template.line_ids.filtered(lambda line: line.type_id == police)
        self.assertEqual(line.requirement, "must")
        glass = self.env.ref("dealer_base.document_template_claim_glass")
        line = glass.line_ids.filtered(lambda line: line.type_id == police)
        self.assertEqual(line.requirement, "may")

    def test_insurer_goes_before_the_general_one(self):
        Template = self.env["dealer.document.template"]
        general = self.env.ref("dealer_base.document_template_new_car")
        self.assertEqual(
            Template._find("new_car", self.insurer, self.company_a), general
        )
        own = general.copy({"insurer_id": self.insurer.id})
        self.assertEqual(Template._find("new_car", self.insurer, self.company_a), own)
        nobody = self.env["res.partner"]
        self.assertEqual(Template._find("new_car", nobody, self.company_a), general)
        own.company_id = self.company_b
        self.assertEqual(
            Template._find("new_car", self.insurer, self.company_a), general
        )

    def test_who_received_and_checked(self):
        vehicle = self.env["dealer.vehicle"].create(
            {"vin": VINS[0], "company_id": self.company_a.id}
        )
        document = (
            self.env["dealer.document"]
            .with_user(self.clerk)
            .create(
                {
                    "res_model": vehicle._name,
                    "res_id": vehicle.id,
                    "type_id": self.env.ref("dealer_base.document_type_n01").id,
                }
            )
        )
        self.assertFalse(document.received_by_id)
        document.write({"state": "received", "received_by_id": self.manager.id})
        self.assertEqual(document.received_by_id, self.clerk)
        document.write({"received_by_id": self.manager.id, "pages": 2})
        self.assertEqual((document.received_by_id, document.pages), (self.clerk, 2))
        with self.assertRefused(ValidationError, "what is wrong"):
            document.write({"state": "defect"})
        document.with_user(self.manager).action_check()
        self.assertEqual(document.checked_by_id, self.manager)
        with self.assertRaises(AccessError):
            document.with_user(self.posts["cashier"]).write({"state": "missing"})
        with self.assertRaises(AccessError):
            document.with_user(self.clerk_b).read(["state"])

    def test_common_and_own_checklists(self):
        Template = self.env["dealer.document.template"]
        hidden = Template.create(
            {
                "name": "Only B",
                "usage": "renewal",
                "company_id": self.company_b.id,
                "line_ids": [
                    Command.create(
                        {"type_id": self.env.ref("dealer_base.document_type_n01").id}
                    )
                ],
            }
        )
        seen = Template.with_user(self.clerk).search([("usage", "=", "renewal")])
        self.assertTrue(seen)
        self.assertNotIn(hidden, seen.sudo())

    # ------------------------------------------------------------------- files
    def _row(self, user, vehicle, **vals):
        return self.rpc(
            user,
            "dealer.document",
            "create",
            [
                {
                    "res_model": vehicle._name,
                    "res_id": vehicle.id,
                    "type_id": self.env.ref("dealer_base.document_type_n01").id,
                    **vals,
                }
            ],
        )[0]

    def _vehicles(self):
        return self.env["dealer.vehicle"].create(
            [
                {"vin": vin, "company_id": company.id}
                for vin, company in (
                    (VINS[0], self.company_a),
                    (VINS[1], self.company_a),
                    (VINS[2], self.company_b),
                )
            ]
        )

    def test_a_row_stays_with_the_file_it_was_made_for(self):
        mine, second, foreign = self._vehicles()
        with self.assertRaises(AccessError):
            self._row(self.clerk, foreign)
        with self.assertRefused(UserError, "no file"):
            self._row(self.clerk, mine, res_model="no.such.model")
        self.clerk.company_ids |= self.company_b
        both = (self.company_a | self.company_b).ids
        Document = self.env["dealer.document"].with_user(self.clerk)
        Document = Document.with_context(allowed_company_ids=both)
        vals = {
            "res_model": foreign._name,
            "res_id": foreign.id,
            "type_id": self.env.ref("dealer_base.document_type_n01").id,
        }
        with self.assertRefused(UserError, "store of its file"):
            Document.create(vals)
        self.assertTrue(Document.create({**vals, "company_id": self.company_b.id}))
        row = self._row(self.clerk, mine, state="received")
        for changes in (
            {"res_id": second.id},
            {"company_id": self.company_b.id},
            {"type_id": self.env.ref("dealer_base.document_type_d05").id},
        ):
            with self.assertRefused(UserError, "stays with its file"):
                self.rpc(self.clerk, "dealer.document", "write", [row], changes)
        same = {"res_id": mine.id, "pages": 2}
        self.rpc(self.clerk, "dealer.document", "write", [row], same)

    def test_scans_are_open_to_who_sees_the_row_and_to_nobody_else(self):
        mine = self._vehicles()[0]
        Attachment = self.env["ir.attachment"]
        scan = Attachment.with_user(self.clerk).create({"name": "id.pdf", "raw": b"x"})
        with self.assertRaises(AccessError):
            scan.with_user(self.manager).read(["raw"])
        row = self._row(self.clerk, mine, attachment_ids=[(6, 0, scan.ids)])
        self.assertEqual((scan.res_model, scan.res_id), ("dealer.document", row))
        self.assertEqual(scan.with_user(self.manager).raw, b"x")
        with self.assertRaises(AccessError):
            scan.with_user(self.clerk_b).read(["raw"])
        # a loose file of a colleague cannot be pulled in by its number
        secret = Attachment.with_user(self.manager).create({"name": "a", "raw": b"s"})
        vals = {"attachment_ids": [(4, secret.id)]}
        with self.assertRaises(AccessError):
            self.rpc(self.clerk, "dealer.document", "write", [row], vals)
        self.assertFalse(secret.res_id)

    def test_checklist_of_a_file(self):
        """Rows follow the checklist of the file; what was received stays."""
        if "dealer.underwriting" not in self.env:
            self.skipTest("no installed addon keeps files with a checklist")
        file = (
            self.env["dealer.underwriting"]
            .with_company(self.company_a)
            .create(
                {
                    "company_id": self.company_a.id,
                    "insurer_id": self.insurer.id,
                    "business_type": "new_car",
                }
            )
        )
        lines = self.env.ref("dealer_base.document_template_new_car").line_ids
        must = lines.filtered(lambda line: line.requirement == "must")
        self.assertEqual(file.document_ids.type_id, lines.type_id)
        self.assertEqual(file.missing_document_ids.type_id, must.type_id)
        self.assertEqual(file.document_count, f"0/{len(must)}")
        self.assertEqual(file.document_ids.company_id, self.company_a)
        first, second = file.missing_document_ids[:2]
        first.action_receive()
        self.assertEqual(file.document_count, f"1/{len(must)}")
        second.write({"state": "defect", "defect_note": "torn"})
        self.assertIn(second, file.missing_document_ids)
        # nothing new, nothing twice
        self.assertFalse(file._sync_documents())
        file.write({"business_type": "renewal_to_renewal"})
        file._sync_documents()
        renewal = self.env.ref("dealer_base.document_template_renewal").line_ids
        self.assertIn(first, file.document_ids)
        self.assertIn(second, file.document_ids)
        self.assertEqual(
            (file.document_ids - first - second).type_id | renewal.type_id,
            renewal.type_id,
        )
        rows = file.document_ids
        file.unlink()
        self.assertFalse(rows.exists())
