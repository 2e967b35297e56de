from odoo.exceptions import AccessError, ValidationError
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
