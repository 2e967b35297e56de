from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.coerce import BLANK_TOKENS
from odoo.addons.dealer_base.tools.import_field import values_from_json

from ..tools.delivery_checks import DeliveryRules, LedgerCar, check_deliveries
from ..tools.import_columns import delivery_columns, in_both_languages
from ..tools.import_facts import day, money
from ..tools.import_words import DELIVERY_CHANNEL


class DeliveryImportKind(models.AbstractModel):
    """New-car delivery list of a store (新车交车台账)."""

    _name = "dealer.import.kind.delivery"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of New-car Deliveries"
    _kind_label = "New-car deliveries"
    _kind_sequence = 10
    _kind_groups = (
        "dealer_base.group_policy_clerk",
        "dealer_base.group_insurance_manager",
        "dealer_base.group_dealer_admin",
    )
    # The ledger may come after the deliveries.
    _late_codes = frozenset({"flag_mismatch_ledger", "missing_lost_reason"})

    @api.model
    def _kind_name(self):
        return self.env._("New-car deliveries")

    @api.model
    def _import_fields(self):
        return in_both_languages(delivery_columns, self.env._)

    @api.model
    def _key_fields(self):
        return ["vin", "delivery_no"]

    @api.model
    def _natural_key(self, values):
        """A car is delivered once; its VIN is the identity of the line."""
        return values.get("vin") or values.get("delivery_no") or ""

    @api.model
    def _prepare_rows(self, run, rows):
        """A dash in the reason column is no reason."""
        for row in rows:
            text = row.get("lost_text")
            if text and text.strip().lower() in BLANK_TOKENS:
                row.values["lost_text"] = None

    # -- checks -----------------------------------------------------------------

    @api.model
    def _check_rows(self, run, rows):
        lines = [row for row in rows if row.kind == "data" and not row.dropped]
        ledger, period = self._ledger_cars(run, lines)
        rules = DeliveryRules(
            ledger=ledger,
            period=period,
            missing_share=run.company_id.dealer_ledger_missing_share,
            vehicles=self._known_energies(run, lines),
        )
        self._report_issues(check_deliveries(lines, rules), lines)

    @api.model
    def _ledger_cars(self, run, lines):
        """What is known of the ledger: entries in the system and lines of ledger files
        that were checked but are not taken over yet.

        :return: (list of LedgerCar or None when there is no ledger, period or None)
        """
        vins = list({row.get("vin") for row in lines} - {None})
        Underwriting = self.env["dealer.underwriting"]
        company = Domain("company_id", "=", run.company_id.id)
        new_car = (
            company
            & Domain("business_type", "=", "new_car")
            & Domain("issued_at", "!=", False)
        )
        [(first, last)] = Underwriting._read_group(
            new_car, aggregates=["issued_at:min", "issued_at:max"]
        )
        cars = [
            LedgerCar(vin, True)
            for (vin,) in Underwriting._read_group(
                new_car & Domain("vin", "in", vins) & Domain("voided_at", "=", False),
                ["vin"],
            )
        ]
        days = [day(first), day(last)] if first else []
        for values, broken in self._pending_ledger_lines(run):
            issued = day(values.get("issued_at"))
            if values.get("business_type") != "new_car":
                continue
            if issued:
                days.append(issued)
            if values.get("vin") and values.get("status") != "void":
                cars.append(LedgerCar(values["vin"], True, "vin" in broken))
        if not days and not cars:
            return None, None
        return cars, (min(days), max(days)) if days else None

    @api.model
    def _pending_ledger_lines(self, run):
        """Lines of checked ledger files that are not in the system: not yet, or left
        out of a finished import because of an error of theirs.

        :return: list of (values, keys of fields with an open error)
        """
        ledger = self.env["dealer.import.kind"]._kind_models()["ledger"]
        import_fields = ledger._import_fields()
        rows = self.env["dealer.import.row"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("kind", "=", "ledger"),
                ("run_id.state", "in", ("checked", "importing", "done", "failed")),
                ("state", "in", ("pending", "error", "failed")),
            ],
            ["values"],
        )
        broken = defaultdict(set)
        for row, keys in self.env["dealer.import.problem"]._read_group(
            [
                ("row_id", "in", rows.ids),
                ("severity", "=", "error"),
                ("state", "in", ("open", "corrected")),
            ],
            ["row_id"],
            ["field_key:array_agg"],
        ):
            broken[row.id].update(keys)
        return [
            (values_from_json(row.values or {}, import_fields), broken[row.id])
            for row in rows
        ]

    # -- load -------------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        owners = self._load_partners(run, [self._buyer(row) for row in rows])
        banks = self._load_organisations(run, {row.get("bank") for row in rows})
        teams = self._load_teams(run, {row.get("team") for row in rows})
        consultants = {
            row.get("consultant"): teams.get(row.get("team"))
            for row in rows
            if row.get("consultant")
        }
        staff = self._load_staff(
            run, dict.fromkeys(consultants, "sales_consultant"), consultants
        )
        buyers = {row: owners.get(self._person_key(**self._buyer(row))) for row in rows}
        vehicles = self._load_vehicles(
            run,
            [
                self._prepare_vehicle_vals(
                    row.values, buyers[row], banks.get(row.get("bank"))
                )
                for row in rows
            ],
        )
        vals_list = []
        for row in rows:
            links = {
                "vehicle_id": vehicles.get(row.get("vin")),
                "partner_id": buyers[row],
                "consultant_id": staff.get(row.get("consultant")),
                "team_id": teams.get(row.get("team")),
                "bank_id": banks.get(row.get("bank")),
            }
            vals_list.append(
                {
                    **self._prepare_delivery_vals(run, row),
                    **{name: rec.id if rec else False for name, rec in links.items()},
                }
            )
        deliveries = self.env["dealer.delivery"].create(vals_list)
        self._link_underwritings(run, deliveries)
        self._load_lost_cases(rows, deliveries)
        return dict(zip(rows, deliveries, strict=True))

    def _buyer(self, row):
        return {
            "name": row.get("buyer"),
            "id_type": row.get("id_type"),
            "id_no": row.get("id_no"),
            "mobile": row.get("mobile"),
        }

    def _prepare_delivery_vals(self, run, row):
        price = money(row.get("price"))
        return {
            "company_id": run.company_id.id,
            "name": row.get("delivery_no") or row.get("vin"),
            "delivery_date": day(row.get("delivery_date")) or False,
            "invoice_date": day(row.get("invoice_date")) or False,
            "channel": self._free_choice(DELIVERY_CHANNEL, row.get("channel"), "other")
            if row.get("channel")
            else "showroom",
            "mortgage_text": row.get("bank") or False,
            "price": float(price or 0),
            "colour": row.get("colour") or False,
            "declared_in_store": bool(row.get("in_store")),
        }

    def _load_lost_cases(self, rows, deliveries):
        """A written reason is a registered loss (K03)."""
        reasons = self.env["dealer.delivery"]._match_lost_reasons(
            row.get("lost_text") for row in rows
        )
        self.env["dealer.lost.case"]._create_historical(
            [
                {
                    "delivery_id": delivery.id,
                    "reason_id": reasons[row.get("lost_text")].id,
                    "reason_text": row.get("lost_text"),
                }
                for row, delivery in zip(rows, deliveries, strict=True)
                # A car with a case already was lost before it was delivered.
                if row.get("lost_text") and not delivery.lost_case_id
            ]
        )

    def _link_underwritings(self, run, deliveries):
        """Join the new-car entry of each car, when the ledger was imported first."""
        by_vehicle = {delivery.vehicle_id: delivery for delivery in deliveries}
        underwritings = self.env["dealer.underwriting"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("vehicle_id", "in", deliveries.vehicle_id.ids),
                ("business_type", "=", "new_car"),
                ("entry_type", "=", "issue"),
                ("voided_at", "=", False),
                ("delivery_id", "=", False),
            ]
        )
        for underwriting in underwritings:
            underwriting.delivery_id = by_vehicle[underwriting.vehicle_id]
