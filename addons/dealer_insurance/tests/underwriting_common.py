from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.dealer_base.tools.identity import vin_check_digit


def make_vin(serial):
    """A VIN of a domestic car with a right check digit."""
    vin = f"LGBH5200XR{serial:07d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]


class UnderwritingCommon(TransactionCase):
    """A store with one login per post, one insurer and its agreement.

    Premiums are paid to the insurer directly, so that no chart of accounts is
    needed; the collected channel has its own tests.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.su_env = api.Environment(
            cls.env.cr, SUPERUSER_ID, {"tracking_disable": True}
        )
        cls.company = cls.su_env["res.company"].create({"name": "Store One"})
        cls.company_2 = cls.su_env["res.company"].create({"name": "Store Two"})
        cls.su_env = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        cls.users = {}
        for post in (
            "policy_clerk",
            "cashier",
            "insurance_manager",
            "finance",
            "sales_consultant",
            "uw_leader",
            "renewal_agent",
            "store_manager",
            "hotline_agent",
        ):
            cls.users[post] = cls._user(post)
        # Holds every post, so he is the wrong one for nothing.
        cls.dealer_admin = cls._user("dealer_admin")
        cls.clerk = cls.users["policy_clerk"]
        cls.cashier = cls.users["cashier"]
        cls.manager = cls.users["insurance_manager"]
        cls.finance = cls.users["finance"]
        cls.writer = cls._staff(cls.clerk)
        cls.consultant = cls._staff(cls.users["sales_consultant"])
        cls.insurer = cls._insurer("Insurer One", "TONE")
        cls.agreement = cls._agreement(cls.insurer)
        cls.applicant = cls.su_env["res.partner"].create(
            {"name": "Applicant", "email": "applicant@example.com"}
        )
        cls.notices = cls.su_env["dealer.document.type"].search(
            [("is_notice", "=", True)]
        )
        cls.serial = 0

    @classmethod
    def _user(cls, post, company=None, login=None):
        company = company or cls.company
        return new_test_user(
            cls.su_env,
            login=login or f"uw_{post}_{company.id}",
            groups=f"dealer_base.group_{post}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _staff(cls, user, **vals):
        return cls.su_env["dealer.staff"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": user.company_id.id,
                "registration_no": f"R{user.id}",
                **vals,
            }
        )

    @classmethod
    def _insurer(cls, name, code):
        return cls.su_env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "is_insurer": True,
                "insurer_code": code,
            }
        )

    @classmethod
    def _agreement(cls, insurer, company=None):
        rates = [("ctpl", 0.04), ("commercial", 0.15), ("other", 0.2)]
        return cls.su_env["dealer.agreement"]._create_protected(
            [
                {
                    "name": f"Agreement {insurer.name}",
                    "insurer_id": insurer.id,
                    "company_id": (company or cls.company).id,
                    "date_from": "2020-01-01",
                    "licence_no": "L1",
                    "licence_valid_to": "2099-12-31",
                    "collects_premium": False,
                    "state": "active",
                    "rate_ids": [
                        Command.create(
                            {
                                "product": product,
                                "rate": rate,
                                "date_from": "2020-01-01",
                            }
                        )
                        for product, rate in rates
                    ],
                }
            ]
        )

    @classmethod
    def _vehicle(cls, company=None, **vals):
        cls.serial += 1
        return cls.su_env["dealer.vehicle"].create(
            {
                "vin": make_vin(cls.serial),
                "company_id": (company or cls.company).id,
                "owner_id": cls.applicant.id,
                **vals,
            }
        )

    @classmethod
    def _vals(cls, **vals):
        vehicle = vals.pop("vehicle", None) or cls._vehicle()
        start = fields.Datetime.now() + timedelta(days=2)
        end = start + timedelta(days=365)
        cls.serial += 1
        policies = [
            {
                "product": "ctpl",
                "premium": 950.0,
                "vehicle_tax": 420.0,
                "policy_no": f"PDZA{cls.serial:06d}",
                "date_start": start,
                "date_end": end,
            },
            {
                "product": "commercial",
                "premium": 4500.0,
                "policy_no": f"PDAA{cls.serial:06d}",
                "date_start": start,
                "date_end": end,
            },
        ]
        return {
            "insurer_id": cls.insurer.id,
            "applicant_id": cls.applicant.id,
            "vehicle_id": vehicle.id,
            "writer_id": cls.writer.id,
            "consultant_id": cls.consultant.id,
            "policy_ids": [Command.create(policy) for policy in policies],
            **vals,
        }

    def _create(self, count=1, user=None, **vals):
        """Drafts as the clerk enters them."""
        return (
            self.env["dealer.underwriting"]
            .with_user(user or self.clerk)
            .with_company(self.company)
            .with_context(tracking_disable=True)
            .create([self._vals(**vals) for _i in range(count)])
        )

    def _receive_notices(self, rows):
        rows.document_ids.filtered(lambda d: d.type_id in self.notices).action_receive()

    def _confirm_money(self, rows, receipt="R1"):
        """Evidence of the insurer that the whole premium was paid."""
        self.su_env["dealer.direct.payment"]._sudo_append(
            [
                {
                    "underwriting_id": row.id,
                    "receipt_no": receipt,
                    "payment_date": self.env.company._dealer_today(),
                    "amount": row.balance,
                    "payer_id": row.payer_id.id,
                }
                for row in rows
            ]
        )

    def _to(self, state, count=1, **vals):
        """Drafts brought to a state by their buttons, each by its post."""
        rows = self._create(count, **vals)
        steps = ["draft", "proposed", "underwritten", "awaiting_payment", "paid"]
        steps += ["issued", "delivered"]
        wanted = steps.index(state)
        if wanted >= 1:
            self._receive_notices(rows)
            rows.action_propose()
        if wanted >= 2:
            rows.action_underwrite()
        if wanted >= 3:
            rows.action_request_payment()
        if wanted >= 4:
            self._confirm_money(rows)
        if wanted >= 5:
            rows.action_issue()
        if wanted >= 6:
            rows.with_user(self.cashier).action_sign()
            rows.action_deliver("Applicant")
        self.assertEqual(set(rows.mapped("state")), {state})
        return rows
