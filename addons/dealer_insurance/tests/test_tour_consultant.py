from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .quote_common import QuoteCommon


@tagged("post_install", "-at_install", "is_tour")
class TestTourConsultant(QuoteCommon, HttpCase):
    """Consultant and customer in the browser: rate sheet, comparison, help, link.

    Standard premium 3,000.00; insurer one × 1.05 = 3,150.00, insurer two × 1.02 =
    3,060.00; compulsory 950.00, vehicle tax 30.00 a month from now to December.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asker = cls.users["sales_consultant"]
        cls.today = fields.Date.context_today(cls.env["dealer.rate.sheet"])
        cls.tax = 30.0 * (13 - cls.today.month)
        sheet = (
            cls.env["dealer.rate.sheet"]
            .with_user(cls.clerk)
            .with_company(cls.company)
            .create(
                {
                    "name": "Rates",
                    "date_from": cls.today,
                    "date_to": cls.today + timedelta(days=30),
                    "company_id": cls.company.id,
                    "line_ids": [
                        Command.create(
                            {
                                "model_text": "Alpha 1.6L",
                                "plan_id": cls.env.ref(
                                    "dealer_insurance.cover_plan_basic"
                                ).id,
                                "ctpl_premium": 950.0,
                                "vehicle_tax": cls.tax,
                                "standard_premium": 3000.0,
                                "price": 100000.0,
                                "offer_ids": [
                                    Command.create(
                                        {
                                            "insurer_id": insurer.id,
                                            "commercial_premium": amount,
                                        }
                                    )
                                    for insurer, amount in (
                                        (cls.insurer, 3150.0),
                                        (cls.insurer_2, 3060.0),
                                    )
                                ],
                            }
                        )
                    ],
                }
            )
        )
        sheet.action_publish()

    def test_consultant_and_customer(self):
        car = self._vehicle(displacement_l=1.6, seats=5, model_text="Alpha 1.6L")
        quote = self._quote(
            user=self.asker,
            vehicle=car,
            options=[],
            invoice_date=self.today,
            notice_acknowledged=False,
        )
        self.start_tour(
            f"/odoo/dealer-quotes/{quote.id}",
            "dealer_consultant_quote",
            login=self.asker.login,
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(quote.state, "sent")
        self.assertEqual(quote.option_ids.insurer_id, self.insurer | self.insurer_2)
        chosen = quote.option_ids.filtered("is_chosen")
        self.assertEqual(chosen, quote.option_ids[0])
        assist = quote.assist_ids
        self.assertEqual(assist.state, "requested")
        self.assertEqual(assist.place, "Table 3")
        self.assertEqual(assist.requested_by_id, self.asker)

        self.start_tour(
            f"/insurance/quote/{quote.id}?access_token={quote._portal_ensure_token()}",
            "dealer_customer_accepts",
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            quote,
            [
                {
                    "state": "accepted",
                    "accept_channel": "portal",
                    "accept_name": "Chen Jingyi",
                    "chosen_option_id": quote.option_ids[1].id,
                    "notice_acknowledged": True,
                }
            ],
        )
        self.assertTrue(quote.accept_signature)
        # the page, and the page after the acceptance
        self.assertEqual(quote.open_count, 2)
