from contextlib import contextmanager

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user

# VINs with a right check digit, made in China.
VINS = ("LSVAA49J132047371", "LGBH72E06RE100938", "LGBP32E07SY100247")

POSTS = (
    "policy_clerk",
    "uw_leader",
    "insurance_manager",
    "sales_consultant",
    "cashier",
    "finance",
    "supervisor",
    "legal_officer",
    "dealer_admin",
)


class DealerBaseCommon(TransactionCase):
    """Two stores, one login per post in the first, a clerk in the second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company_a = cls.env["res.company"].create({"name": "Store A"})
        cls.company_b = cls.env["res.company"].create({"name": "Store B"})
        cls.posts = {
            post: cls._new_user(f"t_{post}", post, cls.company_a) for post in POSTS
        }
        cls.clerk = cls.posts["policy_clerk"]
        cls.manager = cls.posts["insurance_manager"]
        cls.clerk_b = cls._new_user("t_clerk_b", "policy_clerk", cls.company_b)
        cls.insurer = cls.env["res.partner"].create(
            {"name": "试验财险", "is_insurer": True, "insurer_code": "TEST"}
        )
        cls.Agreement = cls.env["dealer.agreement"].with_company(cls.company_a)

    @classmethod
    def _new_user(cls, login, post, company, extra=""):
        groups = f"base.group_user,dealer_base.group_{post}"
        return new_test_user(
            cls.env,
            login=login,
            groups=f"{groups},{extra}" if extra else groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _new_agreement(cls, **vals):
        return cls.Agreement.create(
            {
                "name": "AG-1",
                "insurer_id": cls.insurer.id,
                "company_id": cls.company_a.id,
                "date_from": "2025-01-01",
                "licence_no": "L-1",
                "rate_ids": [
                    Command.create(
                        {"product": "ctpl", "rate": 0.04, "date_from": "2025-01-01"}
                    )
                ],
                **vals,
            }
        )

    def rpc(self, user, model, method, *args, **kwargs):
        """Call a method as the web client does: private names are refused."""
        return call_kw(self.env(user=user)[model], method, list(args), kwargs)

    @contextmanager
    def assertRefused(self, exception, text):
        """The block raises ``exception`` with ``text``, and leaves no trace."""
        with self.assertRaises(exception) as error:
            yield error
        self.assertRegex(str(error.exception), text)

    def run_cron(self, xmlid):
        """Run a scheduled job the way the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()
