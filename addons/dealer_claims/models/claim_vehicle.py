from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Domain

#: Calls that nobody works on any more.
CALL_ENDED = ("returned", "not_returned", "closed")
#: Years of claims that the rating looks at (§2.2).
HISTORY_YEARS = 3


class DealerVehicle(models.Model):
    """What claims and accident calls say of a car, in one query each."""

    _inherit = "dealer.vehicle"

    claim_ids = fields.One2many("dealer.claim", "vehicle_id", string="Claims")
    claim_count = fields.Integer(
        string="Number of Claims", compute="_compute_claim_count"
    )

    def _compute_claim_count(self):
        # sudo: how many cases a car had is no secret inside the store
        claims_sudo = self.env["dealer.claim"].sudo()
        counts = dict(
            claims_sudo._read_group(
                [("vehicle_id", "in", self.ids), ("voided_at", "=", False)],
                ["vehicle_id"],
                ["__count"],
            )
        )
        numbers = {vehicle.id: number for vehicle, number in counts.items()}
        for vehicle in self:
            vehicle.claim_count = numbers.get(vehicle._origin.id, 0)

    def action_view_claims(self):
        """Open the cases of the car."""
        self.check_access("read")
        return self.claim_ids._get_records_action(name=self.env._("Claims"))

    # ------------------------------------------------------------------ Hooks
    def _known_history(self, day):
        """Claims of three years back, of cars that the store has looked after.

        Only a car with a case or a policy of its own here is known: a car that was
        insured and repaired elsewhere stays unknown, it is not claim-free.
        """
        # EXTENDS dealer_insurance
        result = dict(super()._known_history(day))
        # sudo: the rating needs the number, not the case
        claims_sudo = self.env["dealer.claim"].sudo()
        start = fields.Datetime.to_datetime(day - relativedelta(years=HISTORY_YEARS))
        last_year = fields.Datetime.to_datetime(day - relativedelta(years=1))
        found = claims_sudo.search_fetch(
            [
                ("vehicle_id", "in", self.ids),
                ("accident_at", ">=", start),
                ("accident_at", "<", fields.Datetime.to_datetime(day)),
                ("voided_at", "=", False),
                ("claim_kind", "!=", "self_pay"),
                ("rejected_on", "=", False),
            ],
            ["vehicle_id", "accident_at", "liability"],
        )
        for vehicle, claims in found.grouped("vehicle_id").items():
            recent = claims.filtered(
                lambda claim: claim.accident_at >= last_year and claim.liability != "0"
            )
            known = result.get(self.browse(vehicle.id), {})
            result[self.browse(vehicle.id)] = {
                **known,
                "claims": len(claims),
                "at_fault": len(recent),
            }
        return result

    def _open_troubles(self):
        # EXTENDS dealer_base: open cases and accident calls
        result = {
            vehicle: list(items) for vehicle, items in super()._open_troubles().items()
        }
        # sudo: who talks to the customer hears that a case is open, not more
        claims_sudo = self.env["dealer.claim"].sudo()
        found = claims_sudo.search(
            [("vehicle_id", "in", self.ids), ("is_ball_open", "=", True)], order="id"
        )
        stages = dict(found._fields["ball_stage"]._description_selection(self.env))
        for claim in found:
            text = self.env._(
                "Claim %(name)s: %(stage)s since %(day)s",
                name=claim.name,
                stage=stages.get(claim.ball_stage, ""),
                day=claim.ball_since,
            )
            self._add_trouble(result, claim, text)
        calls_sudo = self.env["dealer.accident.call"].sudo()
        calls = calls_sudo.search(
            Domain("vehicle_id", "in", self.ids)
            & Domain("state", "not in", CALL_ENDED)
            & Domain("claim_ids", "=", False),
            order="id",
        )
        for call in calls:
            text = self.env._("Accident call %(name)s is open", name=call.name)
            self._add_trouble(result, call, text)
        return result

    def _add_trouble(self, result, record, text):
        vehicle = self.browse(record.vehicle_id.id)
        result.setdefault(vehicle, []).append(
            {
                "kind": "claim",
                "name": record.name,
                "text": text,
                "record": record.sudo(False),
            }
        )

    def _store_facts(self, date_from, date_to):
        # EXTENDS dealer_base: cases received and repairs settled in the period
        result = {
            vehicle: dict(facts)
            for vehicle, facts in super()._store_facts(date_from, date_to).items()
        }
        # sudo: sums of the store for who talks to the customer
        claims_sudo = self.env["dealer.claim"].sudo()
        days = Domain("settled_on", ">=", date_from) & Domain(
            "settled_on", "<=", date_to
        )
        moments = Domain("received_at", ">=", date_from) & Domain(
            "received_at", "<=", date_to
        )
        found = claims_sudo.search_fetch(
            Domain("vehicle_id", "in", self.ids)
            & Domain("voided_at", "=", False)
            & (days | moments),
            ["vehicle_id", "settled_on", "settlement_total", "received_at"],
        )
        for vehicle, claims in found.grouped("vehicle_id").items():
            settled = claims.filtered(
                lambda claim: (
                    claim.settled_on and date_from <= claim.settled_on <= date_to
                )
            )
            visits = [
                claim.company_id._dealer_local_day(claim.received_at)
                for claim in claims
                if claim.received_at
            ]
            facts = result.setdefault(self.browse(vehicle.id), {})
            facts["claims"] = facts.get("claims", 0) + len(claims)
            facts["repairs"] = facts.get("repairs", 0) + len(settled)
            facts["repair_value"] = facts.get("repair_value", 0.0) + sum(
                settled.mapped("settlement_total")
            )
            known = facts.get("last_visit")
            last = max(filter(None, [known, *visits]), default=False)
            if last:
                facts["last_visit"] = last
        return result


class ResPartner(models.Model):
    _inherit = "res.partner"

    dealer_claim_count = fields.Integer(
        string="Claims", compute="_compute_dealer_claim_count"
    )

    def _compute_dealer_claim_count(self):
        # sudo: how many cases a customer had is no secret inside the store
        claims_sudo = self.env["dealer.claim"].sudo()
        counts = dict(
            claims_sudo._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "in", self.env.companies.ids),
                    ("voided_at", "=", False),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        numbers = {partner.id: number for partner, number in counts.items()}
        for partner in self:
            partner.dealer_claim_count = numbers.get(partner._origin.id, 0)

    def action_view_dealer_claims(self):
        """Open the cases of the customer."""
        self.check_access("read")
        return (
            self.env["dealer.claim"]
            .search([("partner_id", "in", self.ids)])
            ._get_records_action(name=self.env._("Claims"))
        )
