from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_insurance.tools.import_facts import day, money

from ..tools.tracker_checks import is_rejected
from ..tools.tracker_words import (
    KIND,
    KIND_OF_CHECKLIST,
    LIABILITY,
    RETURNED,
    SETTLEMENT,
)

#: Days of the file that become moments of the claim.
MOMENTS = {
    "accident_date": "accident_at",
    "received_date": "received_at",
    "assessed_date": "assessed_at",
    "repair_date": "repair_started_at",
    "repaired_date": "repaired_at",
    "released_date": "released_at",
    "reconciled_date": "reconciled_at",
    "closed_date": "closed_at",
}
#: A call belongs to a case when the accident was told on a day this close.
SAME_ACCIDENT_DAYS = 3


class ClaimTrackerLoader(models.AbstractModel):
    """Turns lines of a tracker into claims with their history (S99)."""

    _name = "dealer.import.loader.claim_tracker"
    _inherit = "dealer.import.loader"
    _description = "Loader of the Claim Tracker"

    @api.model
    def _load(self, run, rows, due_days):
        """Create claims, hand-overs, submissions, returns and rejections in batch.

        :param run: the ``dealer.import``
        :param rows: valid data rows
        :param due_days: function row -> days in which its insurer pays
        :return: dict row -> ``dealer.claim``
        """
        people = [self._person(row) for row in rows]
        partners = self._load_partners(run, people)
        owners = {
            row: partners.get(self._person_key(**person))
            for row, person in zip(rows, people, strict=True)
        }
        vehicles = self._load_vehicles(
            run, [self._prepare_vehicle_vals(row.values, owners[row]) for row in rows]
        )
        posts = {row.get("submitter"): "claim_submitter" for row in rows}
        posts |= {row.get("receptionist"): "claim_receptionist" for row in rows}
        posts.pop(None, None)
        staff = self._load_staff(run, posts)
        insurers = self.env["res.partner"]._insurer_index()
        insurers = {partner.name: partner for partner in insurers.values()}
        calls = self._find_calls(run, rows, vehicles)
        reasons = self._match_reasons(rows)
        vals_list = [
            {
                **self._prepare_claim_vals(run, row, reasons),
                "vehicle_id": vehicles[row.get("vin")].id,
                "partner_id": owners[row].id if owners[row] else False,
                "insurer_id": insurers[row.get("insurer")].id,
                "receptionist_id": self._id(staff.get(row.get("receptionist"))),
                "submitter_id": self._id(staff.get(row.get("submitter"))),
                "call_id": calls[row].id,
                "source": "call" if calls[row] else "walk_in",
            }
            for row in rows
        ]
        claims = self._sudo_create_history("dealer.claim", vals_list)
        loaded = dict(zip(rows, claims, strict=True))
        self._load_files(run, loaded, due_days, reasons)
        return {row: claim.with_env(self.env) for row, claim in loaded.items()}

    # -- helpers ----------------------------------------------------------------

    @api.model
    def _id(self, record):
        return record.id if record else False

    @api.model
    def _person(self, row):
        return {
            "name": row.get("insured"),
            "id_type": None,
            "id_no": None,
            "mobile": row.get("mobile"),
        }

    @api.model
    def _moment(self, run, value):
        """Noon of a day in the store: the same day wherever it is read."""
        on = day(value)
        if not on:
            return False
        zone = run.company_id._dealer_timezone()
        return self._utc(datetime.combine(on, time(12)), zone)

    def _sudo_create_history(self, model, vals_list):
        # sudo: the engine has checked that the user may import; history passes no
        # button, so no post could create it
        silent = self.env[model].sudo()
        silent = silent.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        )
        return silent._create_protected(vals_list) if vals_list else silent

    @api.model
    def _match_reasons(self, rows):
        """Reason codes of the words of a batch: dict (category, text) -> reason."""
        Reason = self.env["dealer.reason.code"]
        matched = {}
        for category, key in (
            ("returned_case", "return_reason"),
            ("overdue", "overdue_reason"),
        ):
            index = Reason._match_index(category)
            others = index and index[0][1].search(
                [("category", "=", category), ("needs_text", "=", True)], limit=1
            )
            for text in {row.get(key) for row in rows} - {None}:
                reason = Reason._match_text(category, text, index)
                matched[category, text] = reason or others or Reason
        return matched

    @api.model
    def _find_calls(self, run, rows, vehicles):
        """The hotline call of each case: by report number, else car and day.

        One query for the whole batch.

        :return: dict row -> ``dealer.accident.call``, maybe empty
        """
        Call = self.env["dealer.accident.call"]
        numbers = {row.get("report_no") for row in rows} - {None}
        cars = {vehicles[row.get("vin")].id for row in rows}
        # sudo: the submitter links what the hotline has written, he does not edit it
        calls_sudo = Call.sudo().search(
            Domain("company_id", "=", run.company_id.id)
            & (
                Domain("report_no", "in", list(numbers))
                | Domain("vehicle_id", "in", list(cars))
            ),
            order="id",
        )
        by_number = {call.report_no: call for call in calls_sudo if call.report_no}
        by_car = calls_sudo.filtered("vehicle_id").grouped("vehicle_id")
        company = run.company_id
        found = {}
        for row in rows:
            call = by_number.get(row.get("report_no"))
            accident = day(row.get("accident_date"))
            if not call and accident:
                near = [
                    (abs((company._dealer_local_day(item.accident_at) - accident).days))
                    for item in by_car.get(vehicles[row.get("vin")], Call)
                    if item.accident_at
                ]
                candidates = [
                    item
                    for item in by_car.get(vehicles[row.get("vin")], Call)
                    if item.accident_at
                ]
                best = min(
                    zip(near, range(len(near)), candidates, strict=True), default=None
                )
                # Another number of the insurer is another accident.
                if best and best[0] <= SAME_ACCIDENT_DAYS:
                    other = best[2].report_no
                    if not other or not row.get("report_no"):
                        call = best[2]
            found[row] = (call or Call).with_env(self.env)
        return found

    # -- claim ------------------------------------------------------------------

    @api.model
    def _amount(self, row, key):
        return float(money(row.get(key)) or 0)

    @api.model
    def _prepare_claim_vals(self, run, row, reasons):
        kind = self._free_choice(KIND, row.get("cover"), "normal")
        settlement = self._free_choice(SETTLEMENT, row.get("settlement"), "direct")
        if settlement == "self_pay":
            kind = "self_pay"
        expected = self._amount(row, "expected")
        moments = {
            name: self._moment(run, row.get(key)) for key, name in MOMENTS.items()
        }
        if not moments["received_at"]:
            moments["received_at"] = moments["assessed_at"] or moments["accident_at"]
        moments["assessing_at"] = moments["assessed_at"]
        if row.get("expected") is not None:
            # The expected payment is fixed when the costs are locked.
            moments["costs_locked_at"] = (
                moments["released_at"] or moments["repaired_at"]
            )
        overdue = reasons.get(("overdue", row.get("overdue_reason")))
        paid = bool(row.get("paid_on"))
        return {
            "name": row.get("case_no") or "/",
            "company_id": run.company_id.id,
            "is_historical": True,
            "report_no": row.get("report_no") or False,
            "no_report_reason": False
            if row.get("report_no")
            else self.env._("Not in the tracker"),
            "insurer_claim_no": row.get("claim_no") or False,
            "claim_kind": kind,
            "claim_type": KIND_OF_CHECKLIST.get(
                kind, "claim_single" if kind == "normal" else False
            ),
            "liability": self._free_choice(LIABILITY, row.get("liability"), "100"),
            "settlement_mode": settlement,
            **moments,
            "reviewed_on": day(row.get("verified_date")) or False,
            "assessed_amount": self._amount(row, "assessed"),
            "settlement_total": self._amount(row, "repair"),
            "self_paid": self._amount(row, "self_paid"),
            "third_party_payable": self._amount(row, "third_party"),
            "insurer_payable": expected,
            "store_borne": 0.0,
            "expected_insurer_payment": expected,
            "historical_insurer_received": self._amount(row, "received"),
            "historical_paid_on": day(row.get("paid_on")) or False,
            "overdue_reason_id": self._id(overdue),
            "overdue_note": row.get("overdue_reason") if overdue else False,
            "overdue_coded_on": fields.Date.context_today(self) if overdue else False,
            "next_chase_on": False if paid else day(row.get("next_date")) or False,
            "tracker_note": self._note(row),
        }

    @api.model
    def _note(self, row):
        """What the tracker says in words that no field of a claim holds."""
        labels = {
            item.key: str(item.label)
            for item in self.env["dealer.import.kind.claim_tracker"]._import_fields()
        }
        keys = ("cover", "diff_reason", "refund_due", "refunded", "status")
        lines = [
            f"{labels[key]}: {row.get(key)}"
            for key in (*keys, "next_step", "remark")
            if row.get(key)
        ]
        return "\n".join(lines) or False

    # -- file -------------------------------------------------------------------

    @api.model
    def _load_files(self, run, loaded, due_days, reasons):
        """Papers, submission, return and rejection of the cases."""
        handovers, submissions = [], []
        for row, claim in loaded.items():
            base = {"company_id": run.company_id.id, "claim_id": claim.id}
            if row.get("handover_date") or row.get("audit_date"):
                handovers.append({**base, **self._prepare_handover_vals(run, row)})
            if row.get("submit_date"):
                submissions.append(
                    {
                        **base,
                        "name": f"{claim.name}-1",
                        **self._prepare_submission_vals(row, due_days(row)),
                    }
                )
        self._sudo_create_history("dealer.claim.handover", handovers)
        made = self._sudo_create_history("dealer.claim.submission", submissions)
        by_claim = {item.claim_id.id: item for item in made}
        returns, rejections = [], []
        for row, claim in loaded.items():
            links = {
                "company_id": run.company_id.id,
                "claim_id": claim.id,
                "submission_id": self._id(by_claim.get(claim.id)),
                "is_historical": True,
            }
            if row.get("return_count") or row.get("returned_date"):
                returns.append(
                    {**links, **self._prepare_return_vals(run, row, reasons)}
                )
            if is_rejected(row) and row.get("submit_date"):
                rejections.append(
                    {
                        **links,
                        "rejected_on": self._rejected_on(row),
                        "reason": row.get("remark") or row.get("status"),
                    }
                )
        self._sudo_create_history("dealer.claim.return", returns)
        self._sudo_create_history("dealer.claim.rejection", rejections)

    @api.model
    def _prepare_handover_vals(self, run, row):
        handed = self._moment(run, row.get("handover_date") or row.get("audit_date"))
        return {
            "name": self.env._("Tracker"),
            "handed_at": handed,
            "confirmed_at": handed,
            "audited_at": self._moment(run, row.get("audit_date")),
            "is_historical": True,
        }

    @api.model
    def _prepare_submission_vals(self, row, days):
        submitted = day(row.get("submit_date"))
        expected = self._amount(row, "expected")
        received = self._amount(row, "received")
        approved = day(row.get("approved_date")) or False
        return {
            "attempt": 1,
            "amount": expected,
            "submitted_on": submitted,
            "due_on": submitted + timedelta(days=days),
            "insurer_received_on": day(row.get("insurer_received_date")) or False,
            "adjusted_on": day(row.get("adjusted_date")) or False,
            "approved_on": approved,
            "approved_amount": (received or expected) if approved else 0.0,
            "rejected_on": self._rejected_on(row) if is_rejected(row) else False,
            "is_historical": True,
        }

    @api.model
    def _rejected_on(self, row):
        """The last day that the tracker tells of a rejected case."""
        return next(
            day(row.get(key))
            for key in (
                "approved_date",
                "adjusted_date",
                "insurer_received_date",
                "submit_date",
            )
            if row.get(key)
        )

    @api.model
    def _prepare_return_vals(self, run, row, reasons):
        text = row.get("return_reason")
        returned = day(row.get("returned_date")) or day(row.get("submit_date"))
        status = str(row.get("status") or "").lower()
        still = not row.get("paid_on") and any(word in status for word in RETURNED)
        return {
            "returned_on": returned,
            "reason_id": self._id(reasons.get(("returned_case", text))),
            "note": text or False,
            "count": max(int(row.get("return_count") or 1), 1),
            "corrected_at": False if still else self._moment(run, returned),
        }


class DealerClaim(models.Model):
    _inherit = "dealer.claim"

    tracker_note = fields.Text(
        string="Remarks of the Tracker",
        readonly=True,
        copy=False,
        help="What the list of the time before says in words.",
    )
