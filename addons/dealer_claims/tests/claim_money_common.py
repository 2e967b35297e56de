"""A store with posts, its chart and claims whose costs can be locked in one call."""

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.dealer_base.models.guard_mixin import GuardError
from odoo.addons.dealer_base.tools.identity import check_vin

# Example of domain.md §7, E7: 11,300 with 13 % VAT.
TOTAL, INSURER_PART, CUSTOMER_PART = 11300.0, 10300.0, 1000.0
PNL_TYPES = (
    "income",
    "income_other",
    "expense",
    "expense_other",
    "expense_depreciation",
    "expense_direct_cost",
)
POSTS = (
    "claim_receptionist",
    "claim_submitter",
    "claim_leader",
    "insurance_manager",
    "cashier",
    "finance",
)


class ClaimMoneyCommon(AccountTestInvoicingCommon):
    """The books of a store of the Chinese standard, where figures are those of §7."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("cn")
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_claim_store()

    @classmethod
    def _prepare_claim_store(cls):
        cls.company = cls.env.company
        cls.su_env = api.Environment(
            cls.env.cr,
            SUPERUSER_ID,
            {"allowed_company_ids": cls.company.ids, "tracking_disable": True},
        )
        Partner = cls.su_env["res.partner"]
        cls.insurer = Partner.create(
            {
                "name": "Insurer of the Claims",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "T-CLM",
            }
        )
        cls.other_insurer = Partner.create(
            {
                "name": "Insurer of the Other Car",
                "is_company": True,
                "is_insurer": True,
                "insurer_code": "T-OTH",
            }
        )
        cls.customer = Partner.create({"name": "Owner of the Car"})
        cls.relative = Partner.create({"name": "Spouse of the Owner"})
        cls.users = {post: cls._user(post) for post in POSTS}
        cls.users["finance_2"] = cls._user("finance", "claim_second_finance")
        cls.users["manager_2"] = cls._user("insurance_manager", "claim_second_manager")
        cls.users["cashier_2"] = cls._user("cashier", "claim_second_cashier")
        cls.staff = {
            post: cls.su_env["dealer.staff"].create(
                {
                    "name": f"Staff {post}",
                    "post": post,
                    "company_id": cls.company.id,
                    "user_id": cls.users[post].id,
                }
            )
            for post in ("claim_receptionist", "claim_submitter")
        }
        cls.bank = cls.company_data["default_journal_bank"]
        cls.serial = 0

    @classmethod
    def _user(cls, post, login=None, company=None):
        company = company or cls.company
        return new_test_user(
            cls.su_env,
            login=login or f"claim_{post}_{company.id}",
            groups=f"dealer_base.group_{post}",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    @classmethod
    def _claim_vals(cls, **vals):
        cls.serial += 1
        vin = f"LGBH52E00GZ{cls.serial:06d}"
        right = check_vin(vin).expected
        vehicle = cls.su_env["dealer.vehicle"].create(
            {
                "vin": f"{vin[:8]}{right}{vin[9:]}" if right else vin,
                "plate": f"粤A{cls.serial:05d}",
                "owner_id": cls.customer.id,
                "company_id": cls.company.id,
            }
        )
        now = fields.Datetime.now()
        return {
            "company_id": cls.company.id,
            "vehicle_id": vehicle.id,
            "partner_id": cls.customer.id,
            "insurer_id": cls.insurer.id,
            "report_no": f"RP{cls.serial:06d}",
            "settlement_mode": "direct",
            "claim_kind": "normal",
            "receptionist_id": cls.staff["claim_receptionist"].id,
            "submitter_id": cls.staff["claim_submitter"].id,
            "received_at": now,
            "assessing_at": now,
            "assessed_at": now,
            "repair_started_at": now,
            "repaired_at": now,
            **vals,
        }

    @classmethod
    def _claims(cls, count=1, shares=None, **vals):
        """Claims with fixed parts: (insurer, customer, third party, store)."""
        insurer, customer, third, store = shares or (
            INSURER_PART,
            CUSTOMER_PART,
            0.0,
            0.0,
        )
        amounts = {
            "settlement_total": insurer + customer + third + store,
            "insurer_payable": insurer,
            "self_paid": customer,
            "third_party_payable": third,
            "store_borne": store,
        }
        claims = cls.su_env["dealer.claim"]._create_protected(
            [cls._claim_vals(**vals) for _i in range(count)]
        )
        for claim in claims:
            claim._write_protected({**amounts, "expected_insurer_payment": insurer})
        return claims

    @classmethod
    def _locked(cls, count=1, shares=None, **vals):
        """Claims whose invoices the receptionist has posted by locking the costs."""
        claims = cls._claims(count, shares, **vals)
        claims._write_protected({"costs_locked_at": fields.Datetime.now()})
        claims.with_user(cls.users["claim_receptionist"])._create_payer_invoices()
        return claims

    # -- money ---------------------------------------------------------------------

    def _as(self, record, post):
        return record.with_user(self.users[post])

    def _customer_pays(self, claims, amount=None, post="cashier"):
        """The customer pays through the ordinary wizard (E8)."""
        user = self.users[post]
        action = claims.with_user(user).action_register_self_payment()
        vals = {"journal_id": self.bank.id}
        if amount is not None:
            vals["amount"] = amount
        wizard = (
            self.env["account.payment.register"]
            .with_user(user)
            .with_context(**action["context"])
            .create(vals)
        )
        return wizard._create_payments().sudo()

    def _insurer_pays(self, amounts, total=None, rest="refuse", post="finance"):
        """One payment of the insurer (E9, E11, E12).

        :param amounts: dict claim -> amount
        """
        claims = self.env["dealer.claim"].union(*amounts)
        action = self._as(claims, post).action_register_insurer_payment()
        wizard = self._as(self.env[action["res_model"]], post).browse(action["res_id"])
        for line in wizard.line_ids:
            line.amount = amounts[line.claim_id.with_env(next(iter(amounts)).env)]
        wizard.write(
            {
                "amount": sum(amounts.values()) if total is None else total,
                "journal_id": self.bank.id,
                "rest": rest,
            }
        )
        action = wizard.action_pay()
        return self.su_env["account.payment"].browse(action["res_id"])

    def _difference(self, claim, decision, post="claim_submitter", **vals):
        """A decided difference of a claim."""
        difference = self._as(self.env["dealer.claim.difference"], post).create(
            {
                "claim_id": claim.id,
                "decision": decision,
                "note": "Agreed on the phone",
                "owner_id": self.staff["claim_submitter"].id,
                **vals,
            }
        )
        difference.action_decide()
        return difference.sudo()

    def _attachment(self, record, name="proof.png"):
        """A file that hangs on a record, as an upload of its form does."""
        return self.su_env["ir.attachment"].create(
            {
                "name": name,
                "raw": b"proof",
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    # -- books ---------------------------------------------------------------------

    def _code(self, account):
        return account.with_company(self.company).code

    def _entry(self, move):
        """Lines of an entry: {(account code, partner): balance}."""
        result = {}
        for line in move.sudo().line_ids:
            key = (self._code(line.account_id), line.partner_id)
            result[key] = round(result.get(key, 0.0) + line.balance, 2)
        return result

    def _ledger(self, claims=None):
        """Balances by account code of posted entries of the store."""
        domain = [
            ("company_id", "=", self.company.id),
            ("parent_state", "=", "posted"),
        ]
        if claims is not None:
            domain.append(("dealer_claim_id", "in", claims.ids))
        found = self.su_env["account.move.line"]._read_group(
            domain, ["account_id"], ["balance:sum"]
        )
        return {
            self._code(account): round(balance, 2)
            for account, balance in found
            if round(balance, 2)
        }

    def _assert_guard(self, code, method, *args, **kwargs):
        with self.assertRaises(GuardError) as caught:
            method(*args, **kwargs)
        self.assertIn(code, caught.exception.codes)
        return caught.exception
