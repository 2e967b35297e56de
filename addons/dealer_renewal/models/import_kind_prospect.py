from datetime import timedelta
from statistics import median_low

from dateutil.relativedelta import relativedelta

from odoo import api, models

from odoo.addons.dealer_insurance.tools.import_columns import in_both_languages
from odoo.addons.dealer_insurance.tools.import_facts import day, money
from odoo.addons.dealer_insurance.tools.import_words import BUSINESS

from .import_kind_prospect_columns import GRADE, INTENTION, NATURE, prospect_columns
from .renewal_prospect import OTHER_YEAR_DAYS

#: So many dated lines tell of which season a list is.
ENOUGH_DATES = 10
END_KEYS = ("ctpl_end", "comm_end", "end")


class ProspectImportKind(models.AbstractModel):
    """List of renewal prospects (续保潜客): cars serviced here or insured here once."""

    _name = "dealer.import.kind.renewal_prospect"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of Renewal Prospects"
    _kind_label = "Renewal prospects"
    _kind_sequence = 40
    _kind_groups = (
        "dealer_base.group_renewal_agent",
        "dealer_base.group_uw_leader",
        "dealer_base.group_insurance_manager",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Renewal prospects")

    @api.model
    def _import_fields(self):
        return in_both_languages(prospect_columns, self.env._)

    @api.model
    def _key_fields(self):
        return ["vin", "plate"]

    @api.model
    def _natural_key(self, values):
        """A car and the cover that runs out: next year's list is another line."""
        car = values.get("vin") or values.get("plate") or ""
        ends = [day(values.get(key)) for key in END_KEYS]
        latest = max(filter(None, ends), default=None)
        return f"{car} {latest.year if latest else ''}".strip() if car else ""

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        lines = [row for row in rows if row.kind == "data" and not row.dropped]
        self._check_missing_expiry(lines)
        self._check_past(run, lines)
        self._check_ledger(run, lines)

    def _check_missing_expiry(self, lines):
        """No date at all: the compulsory one, which every car has, is missing, and the
        commercial one where the line speaks for such cover (words, or an earlier
        policy of this store). One of them is enough to go on."""
        for row in lines:
            if any(row.get(key) or row.texts.get(key) for key in END_KEYS):
                continue
            columns = row.sheet.columns
            wanted = [key for key in ("ctpl_end", "end") if key in columns][:1]
            commercial = row.get("covers") or row.get("times")
            if "comm_end" in columns and (commercial or not wanted):
                wanted.append("comm_end")
            for key in wanted:
                row.add("missing_expiry", key, value="")

    def _check_past(self, run, lines):
        """Dates of a wrong year.

        A list tells by most of its dates of which season it is, so that an old list
        is not wrong as a whole; a single line is held against today. Cars that lapsed
        a moment ago may stand on a list.
        """
        company = run.company_id
        earliest = company._dealer_today() - timedelta(
            days=company.dealer_renew_days_after
        )
        ends = [
            end
            for row in lines
            if (end := max(filter(None, self._ends(row).values()), default=None))
        ]
        if len(ends) >= ENOUGH_DATES:
            earliest = min(earliest, median_low(ends) - timedelta(days=OTHER_YEAR_DAYS))
        for row in lines:
            dates = self._ends(row)
            for key, end in dates.items():
                if end and end < earliest and not row.doubtful(key):
                    right = end
                    while right < earliest:
                        right += relativedelta(years=1)
                    row.add("expiry_in_past", key, suggestion=right, day=end)

    def _ends(self, row):
        return {key: day(row.get(key)) for key in END_KEYS}

    def _check_ledger(self, run, lines):
        """What our own policies say: another last day, or renewed already."""
        vins = {row.get("vin") for row in lines if not row.doubtful("vin")} - {None}
        vehicles = self.env["dealer.vehicle"]._find_by_vin(vins, run.company_id)
        policies = self._policies_by_vehicle(run, vehicles.values())
        company = run.company_id
        before = timedelta(days=company.dealer_renew_days_before)
        after = timedelta(days=company.dealer_renew_days_after)
        for row in lines:
            known = policies.get(vehicles.get(row.get("vin")))
            ends = self._ends(row)
            told = ends["comm_end"] or ends["ctpl_end"] or ends["end"]
            if not known or not told or row.doubtful("vin", *END_KEYS):
                continue
            # the next policy: starts around the told day, ends a year after it
            if any(
                policy.date_start
                and told - before
                <= company._dealer_local_day(policy.date_start)
                <= told + after
                and policy.renewal_date > told
                for policy in known
            ):
                row.add("already_renewed", "vin")
                continue
            for key, product in (
                ("comm_end", "commercial"),
                ("ctpl_end", "ctpl"),
                ("end", None),
            ):
                expected = max(
                    (
                        policy.renewal_date
                        for policy in known
                        if product in (None, policy.product)
                    ),
                    default=None,
                )
                end = ends[key]
                if (
                    end
                    and expected
                    and 0 < abs((end - expected).days) <= OTHER_YEAR_DAYS
                ):
                    row.add(
                        "expiry_conflict_ledger",
                        key,
                        suggestion=expected,
                        expected=expected,
                    )

    def _policies_by_vehicle(self, run, vehicles):
        found = self.env["dealer.policy"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("vehicle_id", "in", [vehicle.id for vehicle in vehicles]),
                ("state", "=", "issued"),
                ("product", "in", ("ctpl", "commercial")),
                ("renewal_date", "!=", False),
            ]
        )
        return found.grouped("vehicle_id")

    # -- load -------------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        """Prospects by car: new ones are made, known ones completed.

        A car is known by its VIN, else by its plate.
        """
        people = self._load_partners(run, [self._owner(row) for row in rows])
        posts = {
            row.get(key): post
            for key, post in (("advisor", "other"), ("agent", "renewal_agent"))
            for row in rows
            if row.get(key)
        }
        staff = self._load_staff(run, posts)
        vehicles = self._cars(run, rows, people)
        insurers = self._insurers(rows)
        known = self._known_prospects(run, rows, vehicles)
        loaded, new = {}, []
        for row in rows:
            vals = self._prepare_prospect_vals(run, row, people, staff, insurers)
            vals["vehicle_id"] = vehicles[row].id if vehicles[row] else False
            prospect = known.get(vehicles[row]) or known.get(row.get("plate"))
            if prospect:
                origin = f"{run.file_name or run.display_name} {row.row_no}"
                loaded[row] = prospect._merge_facts(vals, origin)
            else:
                new.append((row, vals))
        prospects = self.env["dealer.renewal.prospect"]._create_protected(
            [vals for _row, vals in new]
        )
        loaded.update(zip((row for row, _vals in new), prospects, strict=True))
        return loaded

    def _owner(self, row):
        return {
            "name": row.get("owner"),
            "id_type": None,
            "id_no": None,
            "mobile": row.get("mobile"),
        }

    def _cars(self, run, rows, people):
        """Car of each line: by VIN (made when new), else by plate."""
        with_vin = [row for row in rows if row.get("vin")]
        by_vin = self._load_vehicles(
            run,
            [
                self._prepare_vehicle_vals(
                    row.values, people.get(self._person_key(**self._owner(row)))
                )
                for row in with_vin
            ],
        )
        plates = {row.get("plate") for row in rows if not row.get("vin")} - {None}
        cars = self.env["dealer.vehicle"].search(
            [("company_id", "=", run.company_id.id), ("plate", "in", list(plates))]
        )
        by_plate = {
            plate: found
            for plate, found in cars.grouped("plate").items()
            if len(found) == 1
        }
        none = self.env["dealer.vehicle"]
        return {
            row: by_vin.get(row.get("vin"), none)
            if row.get("vin")
            else by_plate.get(row.get("plate"), none)
            for row in rows
        }

    def _known_prospects(self, run, rows, vehicles):
        """Prospects of these cars, and of plates whose car is not known."""
        ids = [vehicle.id for vehicle in vehicles.values() if vehicle]
        plates = [row.get("plate") for row in rows if row.get("plate")]
        prospects = self.env["dealer.renewal.prospect"].search(
            [
                ("company_id", "=", run.company_id.id),
                "|",
                ("vehicle_id", "in", ids),
                "&",
                ("vehicle_id", "=", False),
                ("plate", "in", plates),
            ]
        )
        known = {}
        for prospect in prospects:
            known[prospect.vehicle_id or prospect.plate] = prospect
        return known

    def _insurers(self, rows):
        Partner = self.env["res.partner"]
        index = Partner._insurer_index()
        names = {row.get("insurer") for row in rows} - {None}
        return {name: Partner._find_insurer(name, index) for name in names}

    def _prepare_prospect_vals(self, run, row, people, staff, insurers):
        partner = people.get(self._person_key(**self._owner(row)))
        insurer = insurers.get(row.get("insurer"))
        kind = self._free_choice(BUSINESS, row.get("kind"))
        ctpl_end = day(row.get("ctpl_end"))
        commercial_end = day(row.get("comm_end"))
        times = row.get("times") or 0
        return {
            "company_id": run.company_id.id,
            "source": "import",
            "vin": row.get("vin") or False,
            "plate": row.get("plate") or False,
            "model_text": row.get("model") or False,
            "registration_date": day(row.get("reg_date")) or False,
            "is_financed": bool(row.get("financed")),
            "partner_id": partner.id if partner else False,
            "owner_name": row.get("owner") or False,
            "insured_name": row.get("insured") or False,
            "contact_name": row.get("contact") or False,
            "phone": row.get("mobile") or False,
            "customer_nature": self._free_choice(NATURE, row.get("nature")),
            "ctpl_end": ctpl_end or False,
            "commercial_end": commercial_end or False,
            "expiry_date": commercial_end or ctpl_end or day(row.get("end")) or False,
            "insurer_id": insurer.id if insurer else False,
            "insurer_text": row.get("insurer") or False,
            "last_premium": float(money(row.get("last_premium")) or 0),
            "cover_text": row.get("covers") or False,
            "declared_segment": row.get("kind") or False,
            "times_insured": times,
            "insured_here_before": bool(times) or kind == "lapsed_back",
            "claims_last_year": row.get("claims") or 0,
            "repairs_last_year": row.get("repairs") or 0,
            "repair_value_last_year": float(money(row.get("repair_value")) or 0),
            "service_active": bool(row.get("repairs")),
            "grade": self._free_choice(GRADE, row.get("grade")),
            "intention": self._free_choice(INTENTION, row.get("intention")),
            "agent_id": staff[row.get("agent")].id if row.get("agent") else False,
            "advisor_id": staff[row.get("advisor")].id if row.get("advisor") else False,
            "last_contact_on": day(row.get("last_contact")) or False,
            "note": row.get("note") or False,
        }
