from datetime import date

from odoo import Command

from .underwriting_common import UnderwritingCommon


class QuoteCommon(UnderwritingCommon):
    """A store in float scheme E with a tax table, and a quote for a new car.

    The car: private, 5 seats, 1.6 L, annual tax 360; invoice of August: 5 months, 150.
    The offer: compulsory 950, tax 150, commercial 3,172.71 = 2,807.71 × 1 × 1.13.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        scheme = cls.su_env.ref("dealer_insurance.float_scheme_e")
        (cls.company | cls.company_2).write({"dealer_float_scheme_id": scheme.id})
        for company in cls.company | cls.company_2:
            cls.su_env["dealer.tax.band"].create(
                {
                    "name": "1.0-1.6 L",
                    "company_id": company.id,
                    "energy": "fuel",
                    "displacement_from": 1.0,
                    "displacement_to": 1.6,
                    "annual": 360,
                    "date_from": "2020-01-01",
                }
            )
        cls.insurer_2 = cls._insurer("Insurer Two", "TTWO")
        cls._agreement(cls.insurer_2)
        cls.applicant.write(
            {"phone": "13800000000", "id_type": "passport", "id_number": "E12345678"}
        )
        cls.gift = cls.su_env.ref("dealer_insurance.concession_type_gift")
        cls.cash = cls.su_env.ref("dealer_insurance.concession_type_cash")

    @classmethod
    def _option_vals(cls, **vals):
        return {
            "insurer_id": cls.insurer.id,
            "ctpl_premium": 950.0,
            "float_factor": 1.0,
            "vehicle_tax": 150.0,
            "standard_premium": 2807.71,
            "ncd_factor": 1.0,
            "pricing_factor": 1.13,
            "commercial_premium": 3172.71,
            **vals,
        }

    @classmethod
    def _quote_vals(cls, options=None, vehicle=None, **vals):
        vehicle = vehicle or cls._vehicle(displacement_l=1.6, seats=5)
        options = [cls._option_vals()] if options is None else options
        return {
            "company_id": cls.company.id,
            "applicant_id": cls.applicant.id,
            "vehicle_id": vehicle.id,
            "consultant_id": cls.consultant.id,
            "invoice_date": date(2026, 8, 16),
            "notice_acknowledged": True,
            "option_ids": [Command.create(option) for option in options],
            **vals,
        }

    def _quote(self, user=None, **vals):
        return (
            self.env["dealer.quote"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .create(self._quote_vals(**vals))
        )

    def _accepted(self, **vals):
        quote = self._quote(**vals)
        quote.action_calculate()
        quote.action_send()
        quote.action_accept()
        return quote
