import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DealerBaseCommon

ID_NUMBER = "360426199101010071"


@tagged("post_install", "-at_install")
class TestPartner(DealerBaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"]

    def test_identity_number_is_checked(self):
        partner = self.Partner.create(
            {
                "name": "叶文睿",
                "id_type": "resident",
                "id_number": " 36042619910101 0071",
            }
        )
        self.assertEqual(partner.id_number, ID_NUMBER)
        with self.assertRaises(ValidationError) as error:
            partner.id_number = "360426199101010072"
        self.assertIn("last place", str(error.exception))
        self.assertIn("3604**********0072", str(error.exception))
        with self.assertRefused(ValidationError, "birth date"):
            partner.id_number = "360426199113010071"
        partner.write({"id_type": "passport", "id_number": "E12345678"})
        partner.write({"id_type": "uscc", "id_number": "91110000600037341L"})

    def test_identity_number_is_masked(self):
        partner = self.Partner.create(
            {"name": "叶文睿", "id_type": "resident", "id_number": ID_NUMBER}
        )
        self.assertEqual(partner.with_user(self.clerk).id_number, ID_NUMBER)
        for post in ("sales_consultant", "finance", "supervisor"):
            masked = partner.with_user(self.posts[post])
            self.assertEqual(masked.id_number_masked, "3604**********0071")
            with self.assertRaises(AccessError):
                masked.read(["id_number"])
            with self.assertRaises(AccessError):
                masked.search([("id_number", "=like", "3604%")])
            self.assertNotIn("id_number", masked.fields_get())

    def test_marks_are_the_managers(self):
        partner = self.Partner.create({"name": "谭雪莹", "is_store_staff": True})
        for vals in ({"is_store_staff": False}, {"is_insurer": True}):
            with self.assertRaises(AccessError):
                self.rpc(self.clerk, "res.partner", "write", partner.ids, vals)
            with self.assertRaises(AccessError):
                self.rpc(
                    self.clerk,
                    "res.partner",
                    "create",
                    [{"name": "x", "is_insurer": 1}],
                )
        marks = {"insurer_code": "X"}, {"is_store_staff": True}, {"ledger_prefix": "X"}
        for vals in marks:
            context = {f"default_{name}": value for name, value in vals.items()}
            with self.assertRefused(AccessError, "marks a contact"):
                self.rpc(
                    self.clerk,
                    "res.partner",
                    "create",
                    [{"name": "x"}],
                    context=context,
                )
        self.assertTrue(self.rpc(self.clerk, "res.partner", "create", [{"name": "x"}]))
        self.rpc(self.clerk, "res.partner", "write", partner.ids, {"phone": "1"})
        self.rpc(
            self.manager, "res.partner", "write", partner.ids, {"is_store_staff": False}
        )
        self.assertFalse(partner.is_store_staff)

    def test_find_insurer(self):
        find = self.Partner._find_insurer
        code = {
            "人保财险": "PICC",
            "PICC": "PICC",
            "picc ": "PICC",
            "中国人民财产保险股份有限公司佛山市分公司": "PICC",
            "平安": "PAIC",
            "平安产险（佛山）": "PAIC",
            "太保": "CPIC",
            "太平洋财险佛山中支": "CPIC",
            "太平": "TPIC",
            "太平财险": "TPIC",
            "国寿财": "GPIC",
            "阳光财险": "YGBX",
        }
        index = self.Partner._insurer_index()
        for text, expected in code.items():
            self.assertEqual(find(text).insurer_code, expected, text)
            self.assertEqual(find(text, index).insurer_code, expected, text)
        for text in ("", False, "某某保险", "财险", "中国"):
            self.assertFalse(find(text), text)

    def test_insurer_code_is_unique(self):
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.Partner.create(
                {"name": "另一家", "is_insurer": True, "insurer_code": "TEST"}
            )


@tagged("post_install", "-at_install")
class TestReasonCode(DealerBaseCommon):
    def test_free_text_finds_its_reason(self):
        match = self.env["dealer.reason.code"]._match_text
        for category, text, code in (
            ("new_car_lost", "外面的保险便宜很多", "NL-01"),
            ("new_car_lost", "他表弟是朋友，做车险的", "NL-02"),
            ("new_car_lost", "按揭银行指定要买它家", "NL-04"),
            ("new_car_lost", "客户指定要平安", "NL-05"),
            ("new_car_lost", "NL-10", "NL-10"),
            ("renewal_lost", "车已过户", "RL-06"),
            ("not_returned", "电话打不通", "NR-11"),
            ("returned_case", "申请书漏签名", "RC-02"),
            ("overdue", "保险公司理算慢", "OD-02"),
            ("ctpl_cancel", "车辆被盗", "CC-03"),
        ):
            self.assertEqual(match(category, text).code, code, text)
        self.assertFalse(match("new_car_lost", "天气不好"))
        self.assertFalse(match("new_car_lost", ""))

    def test_rights(self):
        reason = self.env.ref("dealer_base.reason_nl_01")
        reason.with_user(self.manager).write({"keywords": "贵"})
        with self.assertRaises(AccessError):
            reason.with_user(self.clerk).write({"keywords": "x"})


@tagged("post_install", "-at_install")
class TestHome(DealerBaseCommon):
    def test_home_of_the_post(self):
        vehicles = self.env.ref("dealer_base.action_dealer_vehicle")
        agreements = self.env.ref("dealer_base.action_dealer_agreement")
        group = self.env.ref("dealer_base.group_policy_clerk")
        group.dealer_home_action_id = False
        self.assertEqual(self.clerk._dealer_home_action()["id"], vehicles.id)
        group.dealer_home_action_id = agreements
        self.assertEqual(self.clerk._dealer_home_action()["id"], agreements.id)

    def test_menus_of_the_posts(self):
        def visible(user, name):
            menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            return self.env.ref(f"dealer_base.{name}").id in menus

        self.assertTrue(visible(self.clerk, "menu_dealer_home"))
        self.assertFalse(visible(self.clerk, "menu_dealer_config"))
        self.assertFalse(visible(self.clerk, "menu_dealer_override"))
        self.assertTrue(visible(self.manager, "menu_dealer_override"))
        self.assertTrue(visible(self.manager, "menu_dealer_reason_code"))
