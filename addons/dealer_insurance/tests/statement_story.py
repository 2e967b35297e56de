"""Two invented insurers with layouts of their own, and the policies they settle."""

from datetime import datetime, timedelta

from odoo import Command

from odoo.addons.dealer_base.tools.identity import vin_check_digit

from .import_common import make_book
from .statement_common import StatementCommon

#: Agreed shares of both insurers.
CTPL, COMMERCIAL, OTHER = 0.04, 0.15, 0.20
HEADER = (
    "保险单号",
    "产品",
    "批改单号",
    "投保人",
    "VIN码",
    "承保日期",
    "结算保费",
    "佣金率",
    "佣金",
    "摘要",
)


def vin_of(serial):
    vin = f"LTSTA0000R{serial:07d}"
    return vin[:8] + vin_check_digit(vin) + vin[9:]


class StatementStory(StatementCommon):
    """June 2025: policies of 1,060.00 (commercial) and 848.00 (CTPL, tax 300.00)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.harbour = cls._new_insurer("Harbour Insurance", "HRB", "海港财险")
        cls.ridge = cls._new_insurer("Ridge Insurance", "RDG", "山脊财险")
        cls.store_manager = cls._user("store_manager")
        cls.clerk_2 = cls.su_env["res.users"].create(
            {
                "name": "Second Clerk",
                "login": "statement_clerk_2",
                "group_ids": [
                    Command.set(cls.env.ref("dealer_base.group_policy_clerk").ids)
                ],
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "tz": "Asia/Shanghai",
            }
        )
        cls.serial = 0

    @classmethod
    def _new_insurer(cls, name, code, alias):
        insurer = cls.su_env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "is_insurer": True,
                "insurer_code": code,
                "insurer_aliases": alias,
            }
        )
        cls._agreement(insurer)
        cls._rates(
            insurer, (CTPL, COMMERCIAL, COMMERCIAL, COMMERCIAL, OTHER), "2020-01-01"
        )
        return insurer

    # -- books ------------------------------------------------------------------

    @classmethod
    def _entry_vals(cls, insurer, day, products=("commercial",), **vals):
        """A ledger row; numbers are HRBA/HRBZ/HRBY + year + running number."""
        cls.serial += 1
        serial = cls.serial
        person = cls.su_env["res.partner"].create({"name": f"Customer {serial}"})
        vehicle = cls.su_env["dealer.vehicle"].create(
            {
                "vin": vin_of(serial),
                "company_id": cls.company.id,
                "energy_type": "fuel",
            }
        )
        kinds = {
            "commercial": ("A", 1060.0, 0.0),
            "ctpl": ("Z", 848.0, 300.0),
            "other": ("Y", 212.0, 0.0),
        }
        issued = datetime.combine(day, datetime.min.time()) + timedelta(hours=4)
        return {
            "company_id": cls.company.id,
            "insurer_id": insurer.id,
            "entry_type": "issue",
            "business_type": "new_car",
            "applicant_id": person.id,
            "insured_id": person.id,
            "vehicle_id": vehicle.id,
            "channel": "direct",
            "issued_at": issued,
            "ledger_no": f"{insurer.insurer_code}{serial:04d}",
            "ledger_year": day.year,
            "ledger_seq": serial,
            "policy_ids": [
                Command.create(
                    {
                        "product": product,
                        "policy_no": f"{insurer.insurer_code}{kinds[product][0]}"
                        f"{day.year}0755{serial * 37:08d}",
                        "premium": kinds[product][1],
                        "vehicle_tax": kinds[product][2],
                        "date_start": issued + timedelta(days=1),
                        "date_end": issued + timedelta(days=366),
                    }
                )
                for product in products
            ],
            **vals,
        }

    @classmethod
    def _policies(cls, insurer, days, products=("commercial",), **vals):
        entries = cls.su_env["dealer.underwriting"]._create_historical(
            [cls._entry_vals(insurer, day, products, **vals) for day in days]
        )
        return entries.policy_ids

    @classmethod
    def _endorsement(cls, policy, premium, day, kind="cancel"):
        """An effective endorsement with its own ledger row."""
        cls.serial += 1
        issued = datetime.combine(day, datetime.min.time()) + timedelta(hours=4)
        origin = policy.underwriting_id
        entry = cls.su_env["dealer.underwriting"]._create_protected(
            [
                {
                    "company_id": cls.company.id,
                    "insurer_id": policy.insurer_id.id,
                    "entry_type": "cancellation" if kind == "cancel" else "endorsement",
                    "origin_id": origin.id,
                    "business_type": origin.business_type,
                    "applicant_id": origin.applicant_id.id,
                    "insured_id": origin.insured_id.id,
                    "vehicle_id": origin.vehicle_id.id,
                    "issued_at": issued,
                    "is_historical": True,
                    "ledger_no": f"E{cls.serial:04d}",
                    "ledger_year": day.year,
                    "ledger_seq": cls.serial,
                }
            ]
        )
        return cls.su_env["dealer.endorsement"]._create_protected(
            [
                {
                    "name": f"HRBE{day.year}0755{cls.serial:08d}",
                    "policy_id": policy.id,
                    "kind": kind,
                    "premium": premium,
                    "effective_date": day,
                    "state": "effective",
                    "underwriting_id": entry.id,
                }
            ]
        )

    # -- files ------------------------------------------------------------------

    def _row(self, policy=None, **vals):
        """A line of Harbour's layout, right unless told otherwise."""
        entry = policy.underwriting_id if policy else None
        net = {"commercial": 1000.0, "ctpl": 800.0, "other": 200.0}
        share = {"commercial": 15, "ctpl": 4, "other": 20}
        words = {"commercial": "机动车商业险", "ctpl": "交强险", "other": "驾意险"}
        product = vals.pop("product", policy.product if policy else "commercial")
        base = vals.pop("base", net[product])
        rate = vals.pop("rate", share[product])
        line = {
            "保险单号": policy.policy_no if policy else "HRBA202507559999999",
            "产品": words[product],
            "投保人": entry.insured_id.name if entry else "Somebody Else",
            "VIN码": entry.vehicle_id.vin if entry else vin_of(990000),
            "承保日期": entry.issued_at.date() if entry else None,
            "结算保费": base,
            "佣金率": rate,
            "佣金": round(base * rate / 100, 2),
            **vals,
        }
        return [line.get(column) for column in HEADER]

    def _harbour_book(
        self, rows, month="202506", number="HB-2025-06", header=HEADER, total=True
    ):
        """Title, number, header in row 4, lines, a total and a signature."""
        width = len(header)
        fee = header.index("佣金") if "佣金" in header else None
        lines = [
            ["海港财险 代理人佣金对账单"],
            [
                f"结算月份：{month}",
                *[None] * 4,
                f"单据号：{number}" if number else None,
            ],
            [None] * width,
            list(header),
            *rows,
        ]
        if total and fee is not None:
            printed = [None] * width
            printed[0], printed[fee] = "合计", sum(row[fee] for row in rows)
            lines += [printed]
        return make_book({"佣金明细": [*lines, ["制表：", None, "复核："]]})

    def _settle(self, rows, user=None, file_name="harbour.xlsx", **vals):
        """Import a file of Harbour and match it; returns the statement."""
        run = self._import_statement(
            self._harbour_book(rows, **vals), file_name, user=user
        )
        self.assertEqual(run.state, "done", run.message)
        statement = run.statement_ids
        statement.action_match()
        return statement

    def _line(self, statement, policy):
        return statement.line_ids.filtered(
            lambda line: line.policy_text == policy.policy_no
        )
