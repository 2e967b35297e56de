from odoo import models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from ..tools.fee import agency_fee
from ..tools.import_facts import amount, day, money
from ..tools.import_words import CUSTOMER_SOURCE, PAYER_RELATION, PAYMENT_METHOD
from ..tools.ledger_checks import (
    FOLLOWING,
    PART_FIELDS,
    line_name,
    split_ledger_number,
)
from .import_kind_ledger_policy import POLICY_COLUMNS

#: Post of a person whom only a ledger column knows.
POST_OF_COLUMN = {
    "consultant": "sales_consultant",
    "principal": "renewal_agent",
    "writer": "policy_clerk",
}
ENTRY_OF_STATUS = {"refund": "cancellation", "endorsement": "endorsement"}
KIND_OF_STATUS = {"refund": "cancel", "endorsement": "change"}


class LedgerImportKind(models.AbstractModel):
    """Records of an imported ledger: history as it was, no new decisions.

    A batch makes masters first, then all ledger rows in one call, then policies,
    covers, concessions and the cashier's signatures in one call each. Endorsement and
    cancellation lines come last, because their policy may stand in the same batch.
    """

    _inherit = "dealer.import.kind.ledger"

    def _load_rows(self, run, rows):
        masters = self._load_masters(run, rows)
        issues = [row for row in rows if row.get("status") not in FOLLOWING]
        records = self._create_underwritings(run, issues, masters)
        self._create_policies(run, issues, records, masters)
        following = [row for row in rows if row.get("status") in FOLLOWING]
        if following:
            records.update(self._create_following(run, following, masters))
        self._create_concessions(run, rows, records)
        self._create_signatures(run, rows, records, masters)
        self._open_custodies(rows, records)
        self._post_open_money(run, records.values())
        return records

    def _post_open_money(self, run, underwritings):
        """Book what is still owed or held, when the store keeps its books here.

        A store without chart of accounts keeps the facts of the paper; the entries
        can be made later, ``_post_historical_money`` repeats nothing.
        """
        company = run.company_id
        try:
            company._dealer_money_setting("dealer_premium_bank_journal_id")
        except RedirectWarning:
            return
        Underwriting = self.env["dealer.underwriting"]
        Underwriting.union(*underwritings)._post_historical_money()

    # -- masters ----------------------------------------------------------------

    def _load_masters(self, run, rows):
        """Everything the rows of a batch refer to, created where it is unknown."""
        index = self.env["res.partner"]._insurer_index()
        Partner = self.env["res.partner"]
        insurers = {
            name: Partner._find_insurer(name, index)
            for name in {row.get("insurer") for row in rows}
        }
        people = self._load_partners(
            run, [person for row in rows for person in self._people(row).values()]
        )
        banks = self._load_organisations(run, {row.get("beneficiary") for row in rows})
        vehicles = self._load_vehicles(
            run,
            [
                self._prepare_vehicle_vals(
                    row.values,
                    self._person(people, row, "owner"),
                    banks.get(row.get("beneficiary")),
                )
                for row in rows
                if row.get("vin")
            ],
        )
        posts = {}
        for column, post in POST_OF_COLUMN.items():
            for row in rows:
                if row.get(column):
                    posts.setdefault(row.get(column), post)
        return {
            "insurers": insurers,
            "people": people,
            "vehicles": vehicles,
            "staff": self._load_staff(run, posts),
            "agreements": self._agreements_by_insurer(run),
            "deliveries": self._deliveries_by_vehicle(run, vehicles),
            "zone": run.company_id._dealer_timezone(),
            "covers": {},
        }

    def _people(self, row):
        """Who is named on a line, by role.

        The one identity document and telephone of a line belong to the insured; the
        other people have them too when they are the same person.
        """
        insured = row.get("insured") or row.get("applicant") or row.get("owner")
        document = {
            "id_type": row.get("id_type"),
            "id_no": row.get("id_no"),
            "mobile": row.get("mobile"),
        }
        blank = dict.fromkeys(document)
        people = {}
        for role in ("insured", "applicant", "owner", "payer"):
            name = row.get(role) or (insured if role != "payer" else None)
            if name:
                own = document if name == insured else blank
                people[role] = {"name": name, **own}
        return people

    def _person(self, people, row, role):
        person = self._people(row).get(role)
        return person and people.get(self._person_key(**person))

    def _deliveries_by_vehicle(self, run, vehicles):
        ids = [vehicle.id for vehicle in vehicles.values()]
        deliveries = self.env["dealer.delivery"].search(
            Domain("company_id", "=", run.company_id.id)
            & Domain("vehicle_id", "in", ids),
            order="delivery_date desc, id desc",
        )
        return {delivery.vehicle_id: delivery for delivery in reversed(deliveries)}

    # -- ledger rows ------------------------------------------------------------

    def _create_underwritings(self, run, rows, masters, origins=None):
        taken = self._taken_sequences(run, rows, masters)
        vals_list = []
        for row in rows:
            vals = self._prepare_underwriting_vals(run, row, masters)
            key = (vals["insurer_id"], vals["ledger_year"], vals["ledger_seq"])
            if key in taken:
                # Two series of numbers in one ledger: the text stays, the place in
                # the gapless series belongs to the line that holds it.
                vals["ledger_seq"] = False
            taken.add(key)
            if origins and origins.get(row):
                vals["origin_id"] = origins[row].id
            vals_list.append(vals)
        Underwriting = self.env["dealer.underwriting"]
        records = Underwriting._create_protected(vals_list)
        return dict(zip(rows, records, strict=True))

    def _taken_sequences(self, run, rows, masters):
        numbers = [
            split_ledger_number(row.get("ledger_no"), day(row.get("issued_at")))
            for row in rows
        ]
        groups = self.env["dealer.underwriting"]._read_group(
            [
                ("company_id", "=", run.company_id.id),
                ("insurer_id", "in", [rec.id for rec in masters["insurers"].values()]),
                ("ledger_year", "in", list({year for year, _seq in numbers if year})),
                ("ledger_seq", "in", list({seq for _year, seq in numbers if seq})),
            ],
            ["insurer_id", "ledger_year", "ledger_seq"],
        )
        return {(insurer.id, year, seq) for insurer, year, seq in groups}

    def _prepare_underwriting_vals(self, run, row, masters):
        """Values of one ledger row as history (facts, no transitions)."""
        zone, status = masters["zone"], row.get("status") or "normal"
        issued_on = day(row.get("issued_at"))
        issued_at = self._utc(row.get("issued_at"), zone)
        year, seq = split_ledger_number(row.get("ledger_no"), issued_on)
        insurer = masters["insurers"][row.get("insurer")]
        agreement = self._agreement_on(
            masters["agreements"], row.get("insurer"), issued_on
        )
        vehicle = masters["vehicles"].get(row.get("vin"))
        business = row.get("business_type") or "first_time"
        entry_type = ENTRY_OF_STATUS.get(status, "issue")
        delivery = (
            masters["deliveries"].get(vehicle)
            if business == "new_car" and entry_type == "issue" and status != "void"
            else None
        )
        people = {
            role: self._person(masters["people"], row, role)
            for role in ("applicant", "insured", "owner", "payer")
        }
        relation = self._free_choice(PAYER_RELATION, row.get("payer_relation"), "other")
        if not row.get("payer_relation") or people["payer"] == people["applicant"]:
            relation = "self"
        links = {
            "insurer_id": insurer,
            "agreement_id": agreement,
            "vehicle_id": vehicle,
            "delivery_id": delivery,
            "applicant_id": people["applicant"],
            "insured_id": people["insured"],
            "owner_id": people["owner"],
            "payer_id": people["payer"] or people["applicant"],
            "consultant_id": masters["staff"].get(row.get("consultant")),
            "principal_id": masters["staff"].get(row.get("principal")),
            "writer_id": masters["staff"].get(row.get("writer")),
        }
        vals = {
            **{name: record.id if record else False for name, record in links.items()},
            "company_id": run.company_id.id,
            "name": line_name(row),
            "is_historical": True,
            "entry_type": entry_type,
            "business_type": business,
            "customer_source": self._free_choice(
                CUSTOMER_SOURCE,
                row.get("customer_source"),
                "other" if row.get("customer_source") else False,
            ),
            "customer_nature": self._customer_nature(row),
            "insured_date": issued_on,
            "contact_phone": row.get("mobile") or False,
            "ledger_no": row.get("ledger_no") or False,
            "ledger_year": year or False,
            "ledger_seq": seq or False,
            "issued_at": issued_at,
            "payment_method": self._free_choice(
                PAYMENT_METHOD,
                row.get("pay_method"),
                "other" if row.get("pay_method") else False,
            ),
            "payer_relation": relation,
            "receiver_name": row.get("receiver") or False,
            "note": row.get("note") or False,
        }
        if row.get("channel"):
            vals["channel"] = row.get("channel")
        if row.get("deliver_date"):
            # The paper knows the day only; nothing is handed over before the issue.
            delivered_at = self._utc(row.get("deliver_date"), zone)
            vals["delivered_at"] = max(delivered_at, issued_at or delivered_at)
        if status == "void":
            vals.update(self._prepare_void_vals(row, issued_at))
        else:
            vals.update(self._prepare_legacy_money_vals(row))
        return vals

    def _customer_nature(self, row):
        if row.get("use_nature") == "government":
            return "authority"
        return "company" if row.get("id_type") in ("uscc", "org_code") else "person"

    def _prepare_void_vals(self, row, issued_at):
        reason = self.env["dealer.reason.code"]._match_text("void", row.get("note"))
        return {
            "voided_at": issued_at,
            "void_note": row.get("note") or False,
            "void_reason_id": reason.id,
        }

    def _prepare_legacy_money_vals(self, row):
        received = money(row.get("amount_received"))
        if received is None:
            due = money(row.get("amount_due"))
            if due is None:
                due = sum(amount(row, field) for field in PART_FIELDS)
            received = due - amount(row, "balance")
        received_on = row.get("cashier_date") or row.get("issued_at")
        return {
            "legacy_received": float(received),
            "legacy_received_on": day(received_on) if received else False,
            "legacy_remitted_on": day(row.get("remit_date")) or False,
        }

    # -- endorsements and cancellations -----------------------------------------

    def _create_following(self, run, rows, masters):
        """Lines that follow an earlier policy; see ``_prepare_endorsement_vals``."""
        policies = self._followed_policies(run, rows, masters)
        origins, own = {}, []
        accepted = self._accepted_lines(run)
        for row in rows:
            followed = [policies.get(key) for key in self._followed_keys(row, masters)]
            if all(followed) and followed:
                origins[row] = followed[0].underwriting_id
            elif (row.sheet.record_id, row.row_no) in accepted:
                own.append(row)
            else:
                raise UserError(
                    self.env._(
                        "%(number)s: the policy that this line changes is not in the "
                        "ledger yet. Import the line of the policy first.",
                        number=line_name(row),
                    )
                )
        records = self._create_underwritings(run, rows, masters, origins)
        if own:
            self._create_policies(run, own, records, masters)
        vals_list = []
        vat = run.company_id.dealer_premium_vat_rate
        for row in origins:
            keys = self._followed_keys(row, masters)
            fees = self._split_fee(row, vat)
            for key in keys:
                policy = policies[key]
                vals = self._prepare_endorsement_vals(row, policy, fees)
                vals_list.append({**vals, "underwriting_id": records[row].id})
                if row.get("status") == "refund":
                    cancelled_at = self._utc(row.get("issued_at"), masters["zone"])
                    policy._write_protected({"cancelled_at": cancelled_at})
        self.env["dealer.endorsement"]._create_protected(vals_list)
        return records

    def _accepted_lines(self, run):
        """(sheet, row) of lines that a manager lets in without their policy."""
        return {
            (decision.sheet_id.id, decision.row_no)
            for decision in run.decision_ids
            if decision.action == "accept" and decision.code == "origin_unknown"
        }

    def _followed_keys(self, row, masters):
        """(insurer, policy number) of the policies whose premium the line changes."""
        insurer = masters["insurers"][row.get("insurer")]
        return [
            (insurer, row.get(number))
            for _product, number, _start, _end, premium in POLICY_COLUMNS
            if row.get(premium) and row.get(number)
        ]

    def _followed_policies(self, run, rows, masters):
        keys = {key for row in rows for key in self._followed_keys(row, masters)}
        policies = self.env["dealer.policy"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("policy_no", "in", list({number for _insurer, number in keys})),
                ("insurer_id", "in", list({insurer.id for insurer, _number in keys})),
            ]
        )
        return {(policy.insurer_id, policy.policy_no): policy for policy in policies}

    def _prepare_endorsement_vals(self, row, policy, fees):
        premium = {columns[0]: columns[4] for columns in POLICY_COLUMNS}
        return {
            "name": row.get("endorsement_no") or line_name(row),
            "policy_id": policy.id,
            "kind": KIND_OF_STATUS[row.get("status")],
            "premium": float(amount(row, premium[policy.product])),
            "expected_fee": float(fees[policy.product])
            if row.get("fee_expected")
            and policy.product in fees
            and not policy.fee_rate_id
            else agency_fee(
                float(amount(row, premium[policy.product])),
                policy.fee_rate,
                policy.fee_vat_rate,
                policy.currency_id,
            ),
            "effective_date": day(row.get("issued_at")),
            "description": row.get("note") or False,
            "state": "effective",
        }

    # -- concessions and signatures ---------------------------------------------

    def _create_concessions(self, run, rows, records):
        Type = self.env["dealer.concession.type"]
        index = Type._keyword_index()
        fallback = Type.search([("is_forbidden", "=", False)], limit=1)
        vals_list = []
        for row in rows:
            text, granted = row.get("concession_text"), amount(row, "concession_amt")
            if text or granted:
                kind, _word = Type._match_text(text, index)
                vals_list.append(
                    {
                        "underwriting_id": records[row].id,
                        "type_id": (kind or fallback).id,
                        "name": text or str(granted),
                        "amount": float(granted),
                    }
                )
        self.env["dealer.concession"].create(vals_list)

    def _create_signatures(self, run, rows, records, masters):
        """The cashier's signatures of the paper ledger, by name."""
        zone, vals_list = masters["zone"], []
        for row in rows:
            if not row.get("cashier") or row.get("status") == "void":
                continue
            issued_at = self._utc(row.get("issued_at"), zone)
            signed_at = self._utc(row.get("cashier_date"), zone) or issued_at
            if day(row.get("cashier_date")) == day(row.get("issued_at")):
                signed_at = issued_at
            vals_list.append(
                {
                    "underwriting_id": records[row].id,
                    "kind": "sign",
                    "signer_name": row.get("cashier"),
                    "signed_at": signed_at,
                    "amount": float(amount(row, "amount_due")),
                }
            )
        self.env["dealer.cashier.signature"]._sudo_append(vals_list)

    def _open_custodies(self, rows, records):
        """Papers that the store keeps because they were not handed over yet."""
        kept = self.env["dealer.underwriting"].union(
            *(
                records[row]
                for row in rows
                if row.get("custody")
                and not row.get("deliver_date")
                and row.get("status") != "void"
            )
        )
        if kept:
            place = self.env._("As in the paper ledger")
            custodies = self.env["dealer.custody"]._sudo_open(kept, place)
            for underwriting, custody in zip(kept, custodies, strict=True):
                underwriting._write_protected({"custody_id": custody.id})
