from collections import Counter

from odoo import api, fields, models

from odoo.addons.dealer_base.tools.coerce import BLANK_TOKENS
from odoo.addons.dealer_base.tools.identity import check_plate
from odoo.addons.dealer_insurance.tools.import_columns import in_both_languages
from odoo.addons.dealer_insurance.tools.import_facts import day

from ..tools.accident_call_columns import (
    DISPATCH_WORDS,
    LIABILITY_WORDS,
    RETURNED_WORDS,
    SOURCE_WORDS,
    TYPE_WORDS,
    accident_call_columns,
)

YES_NO = {True: "yes", False: "no"}


class AccidentCallImportKind(models.AbstractModel):
    """List of accident calls of a store (出险登记表): history of the hotline."""

    _name = "dealer.import.kind.accident_call"
    _inherit = ["dealer.import.kind", "dealer.import.loader"]
    _description = "Import of Accident Calls"
    _kind_label = "Accident calls"
    _kind_sequence = 60
    _kind_groups = (
        "dealer_base.group_hotline_agent",
        "dealer_base.group_claim_leader",
        "dealer_base.group_insurance_manager",
        "dealer_base.group_dealer_admin",
    )

    @api.model
    def _kind_name(self):
        return self.env._("Accident calls")

    @api.model
    def _import_fields(self):
        return in_both_languages(accident_call_columns, self.env._)

    @api.model
    def _key_fields(self):
        return ["report_no", "plate", "vin", "call_time"]

    @api.model
    def _natural_key(self, values):
        """A call is known by its moment and the car, or who called."""
        moment = values.get("call_time")
        who = (
            values.get("report_no")
            or values.get("vin")
            or values.get("plate")
            or values.get("phone")
        )
        return f"{moment:%Y%m%d%H%M}|{who}" if moment and who else ""

    # -- checks -----------------------------------------------------------------

    @api.model
    def _prepare_rows(self, run, rows):
        """The insurer by its name; a dash in the reason column is no reason."""
        Partner = self.env["res.partner"]
        index = Partner._insurer_index()
        lines = [row for row in rows if row.kind == "data"]
        for row in lines:
            text = row.get("nr_text")
            if text and text.strip().lower() in BLANK_TOKENS:
                row.values["nr_text"] = None
        spellings = Counter(row.get("insurer") for row in lines if row.get("insurer"))
        insurer_of = {text: Partner._find_insurer(text, index) for text in spellings}
        usual = {}
        for text, _count in spellings.most_common():
            usual.setdefault(insurer_of[text], text)
        for row in lines:
            text = row.get("insurer")
            if not text:
                continue
            insurer = insurer_of[text]
            if not insurer:
                row.add("unknown_insurer", "insurer", value=text)
                continue
            # The wording a file uses throughout is its name for the insurer.
            if text not in (insurer.name, usual[insurer]):
                finding = row.add("insurer_alias", "insurer", suggestion=insurer.name)
                finding.applied = True
            row.values["insurer"] = insurer.name

    @api.model
    def _check_rows(self, run, rows):
        """Times in their order, and the outcome explained; each at its root."""
        for row in rows:
            if row.kind != "data" or row.dropped:
                continue
            # “New car” in the cell says that there is no plate yet; an empty one does
            # not.
            if not (row.get("plate") or (row.texts.get("plate") or "").strip()):
                row.add("missing_plate", "plate")
            called, accident = row.get("call_time"), row.get("accident_time")
            back = row.get("return_time")
            if accident and called and self._later(accident, called):
                row.add("accident_after_call", "accident_time")
            elif accident and back and self._later(accident, back):
                if not row.doubtful("return_time"):
                    row.add("date_order", "return_time")
            self._check_survey_times(row)
            returned = self._returned(row)
            if returned == "yes" and not back and not row.doubtful("return_time"):
                row.add("returned_without_time", "return_time")
            if returned == "no" and not row.get("nr_text"):
                row.add("not_returned_without_reason", "nr_text")

    @api.model
    def _later(self, moment, other):
        """Whether a moment of the file lies after another; a day without time is its
        whole day."""
        if not (moment.hour or moment.minute) or not (other.hour or other.minute):
            return moment.date() > other.date()
        return moment > other

    @api.model
    def _check_survey_times(self, row):
        called, sent = row.get("call_time"), row.get("dispatch_time")
        arrived = row.get("arrive_time")
        if called and sent and self._later(called, sent):
            row.add("date_order", "dispatch_time")
        elif sent and arrived and self._later(sent, arrived):
            row.add("date_order", "arrive_time")

    @api.model
    def _returned(self, row):
        """yes, no or pending; a list without the column tells by time and reason."""
        text = row.get("returned")
        known = self._free_choice(RETURNED_WORDS, text) if text else False
        if known:
            return known
        if row.get("return_time"):
            return "yes"
        return "no" if row.get("nr_text") else "pending"

    # -- load -------------------------------------------------------------------

    @api.model
    def _load_rows(self, run, rows):
        owners = self._load_partners(run, [self._owner(row) for row in rows])
        agents = self._load_staff(
            run,
            {row.get("agent"): "hotline_agent" for row in rows if row.get("agent")},
        )
        cars = self._load_cars(run, rows, owners)
        insurers = self._insurers(rows)
        reasons = self._reasons(rows)
        zone = run.company_id._dealer_timezone()
        vals_list = []
        for row in rows:
            links = {
                "agent_id": agents.get(row.get("agent")),
                "vehicle_id": cars.get(row),
                "partner_id": owners.get(self._person_key(**self._owner(row))),
                "insurer_id": insurers.get(row.get("insurer")),
                "not_return_reason_id": reasons.get(row.get("nr_text")),
            }
            vals_list.append(
                {
                    **self._prepare_call_vals(run, row, zone),
                    **{name: rec.id if rec else False for name, rec in links.items()},
                }
            )
        silent = self.env["dealer.accident.call"].with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True
        )
        calls = silent._create_protected(vals_list).with_env(self.env)
        self._load_follow_ups(rows, calls, zone)
        return dict(zip(rows, calls, strict=True))

    def _owner(self, row):
        """The caller as a customer, when he says that the car is his."""
        mine = row.get("is_owner")
        return {
            "name": row.get("caller") if mine or mine is None else None,
            "mobile": row.get("phone"),
        }

    @api.model
    def _load_cars(self, run, rows, owners):
        """Cars by VIN, created when unknown; lines without VIN by their plate.

        :return: dict row -> dealer.vehicle
        """
        with_vin = [row for row in rows if row.get("vin")]
        vals_list = []
        for row in with_vin:
            owner = owners.get(self._person_key(**self._owner(row)))
            vals = self._prepare_vehicle_vals(row.values, owner)
            # A plate that was reported as impossible is not the car's.
            if vals.get("plate") and not check_plate(vals["plate"]).ok:
                vals["plate"] = False
            vals_list.append(vals)
        by_vin = self._load_vehicles(run, vals_list)
        plates = {row.get("plate") for row in rows if not row.get("vin")} - {None}
        by_plate = {}
        if plates:
            known = self.env["dealer.vehicle"].search(
                [("company_id", "=", run.company_id.id), ("plate", "in", list(plates))]
            )
            by_plate = {
                plate: cars
                for plate, cars in known.grouped("plate").items()
                if len(cars) == 1
            }
        return {
            row: by_vin.get(row.get("vin")) or by_plate.get(row.get("plate"))
            for row in rows
        }

    @api.model
    def _insurers(self, rows):
        Partner = self.env["res.partner"]
        index = Partner._insurer_index()
        names = {row.get("insurer") for row in rows} - {None}
        return {name: Partner._find_insurer(name, index) for name in names}

    @api.model
    def _reasons(self, rows):
        """Reason code of each free text; what no word tells is “other”."""
        Reason = self.env["dealer.reason.code"]
        index = Reason._match_index("not_returned")
        other = Reason.search(
            [("category", "=", "not_returned"), ("needs_text", "=", True)], limit=1
        )
        texts = {row.get("nr_text") for row in rows} - {None}
        return {
            text: Reason._match_text("not_returned", text, index) or other
            for text in texts
        }

    def _prepare_call_vals(self, run, row, zone):
        def utc(key):
            return self._utc(row.get(key), zone)

        def word(mapping, key, default=False):
            return self._free_choice(mapping, row.get(key), default)

        returned = self._returned(row)
        called = utc("call_time")
        texts = [row.get("story"), row.get("note")]
        drivable, injury = row.get("drivable"), row.get("injury")
        vals = {
            "company_id": run.company_id.id,
            "is_historical": True,
            "call_at": called,
            "source": word(SOURCE_WORDS, "source", "customer"),
            "caller_name": row.get("caller"),
            "caller_is_owner": row.get("is_owner") is not False,
            "phone": row.get("phone"),
            "plate": row.get("plate"),
            "vin": row.get("vin"),
            "model_text": row.get("model"),
            "report_no": row.get("report_no"),
            "is_reported": bool(row.get("report_no") or row.get("reported")),
            "accident_at": utc("accident_time"),
            "place": row.get("place"),
            "description": "\n".join(filter(None, texts)),
            "accident_type": row.get("accident_type")
            and word(TYPE_WORDS, "accident_type", "other"),
            "injury": YES_NO.get(injury, False),
            "drivable": YES_NO.get(drivable, False),
            "needs_tow": bool(row.get("tow")),
            "driver_name": row.get("driver"),
            "liability": word(LIABILITY_WORDS, "liability"),
            "dispatch_to": word(DISPATCH_WORDS, "dispatch_to"),
            "dispatched_at": utc("dispatch_time"),
            "arrived_at": utc("arrive_time"),
            "promised_on": day(row.get("promised")) or False,
            "history_reception": row.get("reception"),
            "not_return_text": row.get("nr_text"),
        }
        if returned == "yes":
            vals["returned_at"] = utc("return_time")
        elif returned == "no":
            vals["not_returned_at"] = utc("last_follow") or called
        if returned != "pending":
            vals["closed_at"] = fields.Datetime.now()
        count = row.get("follow_count") or 0
        # The last follow-up comes as a line of its own.
        vals["history_follow_count"] = max(count - bool(row.get("last_follow")), 0)
        return {name: value or False for name, value in vals.items()}

    @api.model
    def _load_follow_ups(self, rows, calls, zone):
        """The last talk of each line; what is still open is asked at once."""
        vals_list = []
        now = fields.Datetime.now()
        for row, call in zip(rows, calls, strict=True):
            last = self._utc(row.get("last_follow"), zone)
            if last:
                vals_list.append(
                    {
                        "call_id": call.id,
                        "planned_at": last,
                        "done_at": last,
                        "result": "reached",
                    }
                )
            if call.outcome == "open":
                vals_list.append({"call_id": call.id, "planned_at": now})
        self.env["dealer.accident.follow.up"]._sudo_plan(vals_list)
