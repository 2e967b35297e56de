from datetime import timedelta

from odoo import Command, fields

from .quote_common import QuoteCommon

TODAY_TAX = {month: 30.0 * (13 - month) for month in range(1, 13)}


class RateSheetCommon(QuoteCommon):
    """A clerk and a sheet of one model with one plan and two insurers.

    Model "Alpha 1.6L": private, 5 seats, annual tax 360, so 30.00 a month from the
    first month of the sheet. Standard premium 3,000.00; insurer one × 1.05 = 3,150.00,
    insurer two × 1.02 = 3,060.00.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["dealer.rate.sheet"])
        cls.tax = TODAY_TAX[cls.today.month]
        cls.basic = cls.env.ref("dealer_insurance.cover_plan_basic")
        cls.full = cls.env.ref("dealer_insurance.cover_plan_full")
        # Alarms speak the language of who gets them.
        (cls.clerk | cls.manager).sudo().lang = "en_US"

    @classmethod
    def _line(cls, model="Alpha 1.6L", plan=None, offers=None, **vals):
        if offers is None:
            offers = [(cls.insurer, 3150.0), (cls.insurer_2, 3060.0)]
        return Command.create(
            {
                "model_text": model,
                "plan_id": (plan or cls.basic).id,
                "ctpl_premium": 950.0,
                "vehicle_tax": cls.tax,
                "standard_premium": 3000.0,
                "price": 100000.0,
                "offer_ids": [
                    Command.create(
                        {"insurer_id": insurer.id, "commercial_premium": amount}
                    )
                    for insurer, amount in offers
                ],
                **vals,
            }
        )

    def _sheet(self, lines=None, user=None, **vals):
        return (
            self.env["dealer.rate.sheet"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(
                {
                    "name": "Rates",
                    "version": "V1",
                    "date_from": self.today,
                    "date_to": self.today + timedelta(days=30),
                    "company_id": self.company.id,
                    "line_ids": lines or [self._line()],
                    **vals,
                }
            )
        )

    def _published(self, *args, **vals):
        sheet = self._sheet(*args, **vals)
        sheet.action_publish()
        return sheet

    def _as(self, post):
        return self.users[post]
