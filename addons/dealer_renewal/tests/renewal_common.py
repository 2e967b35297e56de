from datetime import datetime, time, timedelta

from dateutil import tz

from odoo.addons.dealer_insurance.tests.underwriting_common import UnderwritingCommon


class RenewalCommon(UnderwritingCommon):
    """A store with two renewal specialists, a leader, and policies of chosen days.

    Policies come in the way a paper ledger does (``_create_protected``), so that a
    test names the day of issue and the last day of cover; the store counts days in
    China.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for company in cls.company | cls.company_2:
            company.partner_id.tz = "Asia/Shanghai"
        cls.renewal = cls.users["renewal_agent"]
        cls.leader = cls.users["uw_leader"]
        cls.renewal_2 = cls._user("renewal_agent", login="uw_renewal_two")
        cls.agent = cls._staff(cls.renewal, post="renewal_agent")
        cls.agent_2 = cls._staff(cls.renewal_2, post="renewal_agent")
        cls.today = cls.company._dealer_today()

    @classmethod
    def _moment(cls, day, at=time(0, 0)):
        """Local moment of a day of the store as naive UTC."""
        local = datetime.combine(day, at).replace(tzinfo=cls.company._dealer_timezone())
        return local.astimezone(tz.UTC).replace(tzinfo=None)

    @classmethod
    def _policy(
        cls,
        expiry,
        start=None,
        issued=None,
        vehicle=None,
        business="new_car",
        products=("ctpl", "commercial"),
        premium=(950.0, 4000.0),
        agent=None,
        company=None,
        **vals,
    ):
        """An issued ledger entry whose cover ends with the day ``expiry``.

        :param expiry: last day of cover
        :param start: first day of cover, default 364 days earlier
        :param issued: day of issue, default the day before the start
        :param products: policies of the entry; ``premium`` in the same order
        :return: the ``dealer.underwriting``; its policies are ``policy_ids``
        """
        company = company or cls.company
        start = start or expiry - timedelta(days=364)
        issued = issued or start - timedelta(days=1)
        vehicle = vehicle or cls._vehicle(company)
        policies = []
        for product, amount in zip(products, premium, strict=False):
            cls.serial += 1
            policies.append(
                {
                    "product": product,
                    "premium": amount,
                    "policy_no": f"R{product[:2].upper()}{cls.serial:08d}",
                    "date_start": cls._moment(start),
                    "date_end": cls._moment(expiry, time(23, 59, 59)),
                }
            )
        Entry = cls.su_env["dealer.underwriting"].with_company(company)
        agent = cls.agent if agent is None else agent
        entry = Entry._create_protected(
            [
                {
                    "company_id": company.id,
                    "insurer_id": cls.insurer.id,
                    "applicant_id": vehicle.owner_id.id or cls.applicant.id,
                    "vehicle_id": vehicle.id,
                    "business_type": business,
                    "entry_type": "issue",
                    "is_historical": True,
                    "insured_date": issued,
                    "issued_at": cls._moment(issued, time(10, 0)),
                    "principal_id": agent.id if agent else False,
                    "consultant_id": cls.consultant.id
                    if company == cls.company
                    else False,
                    "writer_id": False,
                    **vals,
                }
            ]
        )
        cls.su_env["dealer.policy"]._create_protected(
            [{**policy, "underwriting_id": entry.id} for policy in policies]
        )
        return entry

    @classmethod
    def _build(cls, month, company=None, as_of=None):
        """The due list of a month, made by the job."""
        Cohort = cls.su_env["dealer.renewal.cohort"]
        return Cohort._build(company or cls.company, month, as_of)

    @classmethod
    def _due(cls, expiry, company=None, **vals):
        """A due car of a frozen list, with its policy."""
        entry = cls._policy(expiry, company=company, **vals)
        cohort = cls._build(expiry, company)
        return cohort.due_ids.filtered(lambda due: due.underwriting_id == entry)

    @classmethod
    def _prospect(cls, expiry, company=None, **vals):
        """A prospect with a car of its own."""
        vehicle = vals.pop("vehicle", None) or cls._vehicle(company)
        return cls.su_env["dealer.renewal.prospect"].create(
            {
                "company_id": (company or cls.company).id,
                "vehicle_id": vehicle.id,
                "vin": vehicle.vin,
                "owner_name": "Prospect",
                "phone": "13800000000",
                "commercial_end": expiry,
                **vals,
            }
        )
