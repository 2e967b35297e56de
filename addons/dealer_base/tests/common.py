from contextlib import contextmanager

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import TransactionCase

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
        users = cls._new_users(
            [(f"t_{post}", post, cls.company_a) for post in POSTS]
            + [("t_clerk_b", "policy_clerk", cls.company_b)]
        )
        cls.clerk_b = users[-1]
        cls.posts = dict(zip(POSTS, users[:-1], strict=True))
        cls.clerk = cls.posts["policy_clerk"]
        cls.manager = cls.posts["insurance_manager"]
        cls.insurer = cls.env["res.partner"].create(
            {"name": "试验财险", "is_insurer": True, "insurer_code": "TEST"}
        )
        cls.Agreement = cls.env["dealer.agreement"].with_company(cls.company_a)

    @classmethod
    def _new_users(cls, rows):
        """Logins in one go; ``rows`` hold login, post, store and more groups."""
        vals_list = []
        for login, post, company, *extra in rows:
            groups = ["base.group_user", f"dealer_base.group_{post}", *extra]
            vals_list.append(
                {
                    "name": f"{login} ({post})",
                    "login": login,
                    "password": login,
                    "email": f"{login}@example.com",
                    "group_ids": [Command.set([cls.env.ref(g).id for g in groups])],
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                }
            )
        users = cls.env["res.users"].with_context(no_reset_password=True)
        return users.create(vals_list).with_context(no_reset_password=False)

    @classmethod
    def _new_user(cls, login, post, company, *extra):
        return cls._new_users([(login, post, company, *extra)])

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
