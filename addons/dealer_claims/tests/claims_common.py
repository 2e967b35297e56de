"""A store of the claims desk: posts, insurer, a car with both policies, and helpers
that bring a claim to each of its stages through the real buttons."""

import base64
from datetime import datetime, timedelta

from odoo import fields

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.dealer_base.tools.identity import check_vin
from odoo.addons.dealer_insurance.tests.money_common import MoneyCommon

# One white pixel: a drawn signature or a photo.
PNG = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7w"
    b"AAAABJRU5ErkJggg=="
)
# Repair bill of E7 in domain.md §7, CNY with VAT.
TOTAL, INSURER_PART, CUSTOMER_PART = 11300.0, 10300.0, 1000.0


class ClaimsCommon(MoneyCommon):
    """Store, posts, policies and claims of ``dealer_claims``."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dealer_claim_review_limit = 20000.0
        cls.receptionist = cls._user("claim_receptionist")
        cls.submitter = cls._user("claim_submitter")
        cls.claim_leader = cls._user("claim_leader")
        cls.hotline = cls._user("hotline_agent")
        cls.surveyor = cls._user("survey_agent")
        cls.reception_staff = cls._staff(cls.receptionist, "claim_receptionist")
        cls.submit_staff = cls._staff(cls.submitter, "claim_submitter")
        cls.mechanic = cls._staff(None, "other", name="Foreman")
        cls.vin_serial = 0
        cls.vehicle = cls._vehicle()
        cls.ctpl_policy, cls.commercial_policy = cls._insure(cls.vehicle)

    @classmethod
    def _staff(cls, user, post, name=None, company=None):
        return cls.su_env["dealer.staff"].create(
            {
                "name": name or user.name,
                "user_id": user.id if user else False,
                "post": post,
                "company_id": (company or cls.company).id,
            }
        )

    @classmethod
    def _vehicle(cls, company=None, **vals):
        """A car with a valid VIN of its own."""
        cls.vin_serial += 1
        vin = f"LGBH52E00GY{cls.vin_serial:06d}"
        right = check_vin(vin).expected
        if right:
            vin = f"{vin[:8]}{right}{vin[9:]}"
        return cls.su_env["dealer.vehicle"].create(
            {
                "vin": vin,
                "plate": f"粤A{10000 + cls.vin_serial}",
                "owner_id": cls.customer.id,
                "company_id": (company or cls.company).id,
                **vals,
            }
        )

    @classmethod
    def _insure(cls, vehicle, start=None, days=365, company=None, insurer=None):
        """Compulsory and commercial policy of a car, issued, from ``start``.

        :param start: naive UTC datetime; 100 days ago when empty
        :return: tuple (compulsory, commercial)
        """
        company = company or cls.company
        start = start or datetime.combine(
            fields.Date.today() - timedelta(days=100), datetime.min.time()
        )
        cls.serial += 1
        policies = [
            {
                "product": product,
                "policy_no": f"P{product[:2].upper()}{cls.serial:08d}",
                "premium": premium,
                "date_start": start,
                "date_end": start + timedelta(days=days),
            }
            for product, premium in (("ctpl", 950.0), ("commercial", 4500.0))
        ]
        row = cls.su_env["dealer.underwriting"]._create_protected(
            [
                {
                    "company_id": company.id,
                    "insurer_id": (insurer or cls.insurer).id,
                    "applicant_id": cls.customer.id,
                    "vehicle_id": vehicle.id,
                    "channel": "direct",
                    "proposed_at": start,
                    "underwritten_at": start,
                    "policy_ids": [(0, 0, vals) for vals in policies],
                }
            ]
        )
        row._write_protected({"payment_requested_at": start, "issued_at": start})
        by_product = row.policy_ids.grouped("product")
        return by_product["ctpl"], by_product["commercial"]

    @staticmethod
    def _photos(count=4):
        """Commands that upload photos of the walk-around."""
        return [
            (0, 0, {"name": f"photo{n}.png", "datas": PNG, "mimetype": "image/png"})
            for n in range(count)
        ]

    def _claim_vals(self, **vals):
        """Values of a complete reception."""
        self.__class__.serial += 1
        return {
            "company_id": self.company.id,
            "vehicle_id": self.vehicle.id,
            "receptionist_id": self.reception_staff.id,
            "accident_at": fields.Datetime.now() - timedelta(days=2),
            "accident_type": "single",
            "report_no": f"RP{self.serial:08d}",
            "brought_by": "Brother",
            "brought_by_phone": "13800138000",
            "odometer": 23456,
            "photo_ids": self._photos(),
            "customer_signature": PNG,
            **vals,
        }

    def _claim(self, user=None, **vals):
        """A received claim with a complete reception sheet, by the receptionist."""
        user = user or self.receptionist
        return self.env["dealer.claim"].with_user(user).create(self._claim_vals(**vals))

    def _costs(self, claim, *lines):
        """Cost lines; without ``lines`` the bill of E7.

        :param lines: dicts, or tuples (amount, payer[, values])
        """
        if not lines:
            lines = (
                {"name": "Door", "unit_price": 8000.0, "payer": "own_damage"},
                {
                    "name": "Paint",
                    "item_type": "labour_paint",
                    "unit_price": 3300.0,
                    "assessed_amount": 2300.0,
                },
            )
        vals_list = []
        for line in lines:
            if not isinstance(line, dict):
                amount, payer, *rest = line
                line = {
                    "unit_price": amount,
                    "payer": payer,
                    **(rest[0] if rest else {}),
                }
            vals_list.append({"name": "Item", "claim_id": claim.id, **line})
        return claim.env["dealer.claim.cost"].create(vals_list)

    # ----------------------------------------------------------------- stages
    def _assessing(self, claim=None, **vals):
        claim = claim or self._claim(**vals)
        claim.action_start_assessment()
        return claim

    def _assessed(self, claim=None, lines=(), **vals):
        claim = self._assessing(claim, **vals)
        if not claim.cost_ids:
            self._costs(claim, *lines)
        claim.assessor = "Assessor Li"
        claim.action_confirm_assessment()
        return claim

    def _repairing(self, claim=None, **vals):
        claim = self._assessed(claim, **vals)
        claim.write(
            {
                "estimate_signature": PNG,
                "estimate_signed_by": "Brother",
                "repair_order_no": f"RO{claim.id}",
                "parts_eta": self.company._dealer_today(),
            }
        )
        claim.action_start_repair()
        return claim

    def _repaired(self, claim=None, **vals):
        claim = self._repairing(claim, **vals)
        self._check_quality(claim)
        claim.action_finish_repair()
        return claim

    def _check_quality(self, claim):
        claim.write(
            {
                "quality_checked_by_id": self.mechanic.id,
                "quality_checked_on": self.company._dealer_today(),
            }
        )

    def _locked(self, claim=None, **vals):
        """Costs locked: the invoices of the payers are posted."""
        claim = self._repaired(claim, **vals)
        claim.action_lock_costs()
        return claim

    def _sign_poa(self, claim):
        """The customer lets the insurer pay the store."""
        claim.write(
            {
                "poa_signed_on": self.company._dealer_today(),
                "poa_attachment_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "power-of-attorney.pdf",
                            "raw": base64.b64decode(PNG),
                        },
                    )
                ],
            }
        )

    def _pay_self(self, claim, amount=None):
        """The customer pays at the counter, through the ordinary payment wizard."""
        action = claim.with_user(self.cashier).action_register_self_payment()
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.cashier)
            .with_context(**action["context"])
            .create({})
        )
        if amount is not None:
            wizard.amount = amount
        return wizard._create_payments()

    def _confirm(self, claim):
        """The cashier signs that the customer's part is here."""
        claim.with_user(self.cashier).action_cashier_confirm()

    def _ready(self, claim=None, **vals):
        """Everything but the release: paid, confirmed, power of attorney signed."""
        claim = self._locked(claim, **vals)
        if claim.settlement_mode == "direct":
            self._sign_poa(claim)
        if not claim.currency_id.is_zero(claim.self_paid_open):
            self._pay_self(claim)
        self._confirm(claim)
        return claim

    def _released(self, claim=None, **vals):
        claim = self._ready(claim, **vals)
        claim.action_release()
        return claim
