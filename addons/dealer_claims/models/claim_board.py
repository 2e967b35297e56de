from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .claim_stage_limit import HOLDERS, PHASES, STAGES

#: Cards shown in a column; the rest is counted and opened as a list.
CARDS = 40
FILTERS = ("insurer", "person", "holder", "stage", "phase")
CARD_FIELDS = (
    "name",
    "plate",
    "vin",
    "partner_id",
    "insurer_id",
    "ball_stage",
    "ball_phase",
    "ball_holder",
    "ball_staff_id",
    "ball_since",
    "ball_due_on",
    "ball_amount",
)


class DealerClaimBoard(models.AbstractModel):
    """The board of open claims: who holds the ball and for how many days.

    Nothing is stored here. Columns are the phases of the case, cards the cases that
    wait longest; sums come from the stored fields of the case, in a number of queries
    that does not depend on how many cases there are.
    """

    _name = "dealer.claim.board"
    _description = "Claims Board"

    # ------------------------------------------------------------------ Remote calls
    @api.model
    @api.readonly
    def get_board(self, filters=None, late=False, store=None):
        """Board of a store as the client shows it, in one call.

        :param filters: dict with any of insurer, person (ids), holder, stage
        :param late: only cases over the limit of their stage
        :param store: id of a company allowed to the user; default the current one
        :return: dict that JSON can carry
        :raises AccessError: no right to read claims, or another store
        """
        company = self._check_store(store)
        today = company._dealer_today()
        domain = self._board_domain(company, filters, late)
        columns = [
            {
                "key": key,
                "label": label,
                "count": 0,
                "late": 0,
                "amount": 0.0,
                "cards": [],
                "stages": [],
            }
            for key, label in self._words(PHASES, "ball_phase")
        ]
        by_phase = {column["key"]: column for column in columns}
        stage_words = dict(self._words(STAGES, "ball_stage"))
        self._fill_sums(by_phase, domain, today, stage_words)
        self._fill_cards(by_phase, domain, company, today, stage_words)
        insurers, people = self._choices(company)
        return {
            "store": company.id,
            "store_name": company.name,
            "today": fields.Date.to_string(today),
            "generated_at": self._local_now(company),
            "currency": company.currency_id.symbol or company.currency_id.name,
            "refresh": company.dealer_board_refresh,
            "columns": columns,
            "total": {
                "count": sum(column["count"] for column in columns),
                "late": sum(column["late"] for column in columns),
                "amount": round(sum(column["amount"] for column in columns), 2),
            },
            "holders": self._holder_sums(domain, today),
            "insurers": insurers,
            "people": people,
        }

    @api.model
    @api.readonly
    def open_cases(self, filters=None, late=False, store=None):
        """Window action with the cases behind a number of the board.

        :param filters: like ``get_board``, and ``phase`` for a column
        """
        company = self._check_store(store)
        action = self.env["dealer.kpi.engine"]._records_action(
            "dealer.claim",
            self._board_domain(company, filters, late),
            self.env._("Open Claims"),
        )
        view = self.env.ref("dealer_claims.claim_view_list_board")
        return {**action, "views": [(view.id, "list"), (False, "form")]}

    # -------------------------------------------------------------------- Parameters
    @api.model
    def _check_store(self, store):
        """The store to show, after the access check."""
        self.env["dealer.claim"].check_access("read")
        company = self.env["res.company"].browse(int(store)) if store else None
        company = company or self.env.company
        self.env["dealer.kpi.engine"]._check_stores(company)
        return company

    @api.model
    def _board_domain(self, company, filters, late):
        """Open cases of a store, narrowed by what was chosen."""
        domain = Domain("company_id", "=", company.id)
        domain &= Domain("is_ball_open", "=", True)
        names = {
            "insurer": "insurer_id",
            "person": "ball_staff_id",
            "holder": "ball_holder",
            "stage": "ball_stage",
            "phase": "ball_phase",
        }
        for key, value in (filters or {}).items():
            if key not in FILTERS:
                raise UserError(self.env._("The board is not filtered like that."))
            if value:
                domain &= Domain(names[key], "=", value)
        if late:
            domain &= Domain("ball_due_on", "<", company._dealer_today())
        return domain

    @api.model
    def _words(self, pairs, field_name):
        """Values of a selection with their words, in the order of the chain."""
        field = self.env["dealer.claim"]._fields[field_name]
        words = dict(field._description_selection(self.env))
        return [(key, words[key]) for key, _label in pairs]

    @api.model
    def _local_now(self, company):
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=company._dealer_timezone_name()), fields.Datetime.now()
        )
        return local.strftime("%H:%M:%S")

    # ------------------------------------------------------------------------- Parts
    @api.model
    def _fill_sums(self, by_phase, domain, today, stage_words):
        """Number, late ones and money of every column and stage: two statements."""
        Claim = self.env["dealer.claim"]
        groups = ["ball_phase", "ball_stage"]
        late = dict(
            ((phase, stage), count)
            for phase, stage, count in Claim._read_group(
                domain & Domain("ball_due_on", "<", today), groups, ["__count"]
            )
        )
        order = {key: place for place, key in enumerate(stage_words)}
        rows = Claim._read_group(domain, groups, ["__count", "ball_amount:sum"])
        for phase, stage, count, amount in sorted(
            rows, key=lambda row: order.get(row[1], len(order))
        ):
            column = by_phase.get(phase)
            if not column:
                continue
            over = late.get((phase, stage), 0)
            column["count"] += count
            column["late"] += over
            column["amount"] = round(column["amount"] + (amount or 0.0), 2)
            column["stages"].append(
                {
                    "key": stage,
                    "label": stage_words.get(stage, stage),
                    "count": count,
                    "late": over,
                }
            )

    @api.model
    def _fill_cards(self, by_phase, domain, company, today, stage_words):
        """The cases of each column that wait longest beyond their limit."""
        Claim = self.env["dealer.claim"]
        limits = self.env["dealer.claim.stage.limit"]._by_stage(company)
        holder_words = dict(self._words(HOLDERS, "ball_holder"))
        claims = Claim.browse()
        for phase, column in by_phase.items():
            if column["count"]:
                claims |= Claim.search_fetch(
                    domain & Domain("ball_phase", "=", phase),
                    CARD_FIELDS,
                    order="ball_due_on, ball_since, id",
                    limit=CARDS,
                )
        # sudo: names of customers, insurers and colleagues on cards that the user
        # may read
        partners_sudo = (claims.partner_id | claims.insurer_id).sudo()
        names = {partner.id: partner.name for partner in partners_sudo}
        staff_sudo = claims.ball_staff_id.sudo()
        people = {person.id: person.name for person in staff_sudo}
        for claim in claims:
            limit = limits.get((company.id, claim.ball_stage))
            due, since = claim.ball_due_on, claim.ball_since
            over = (today - due).days if due else 0
            holder = claim.ball_holder
            person = people.get(claim.ball_staff_id.id, "")
            insurer = names.get(claim.insurer_id.id, "")
            by_phase[claim.ball_phase]["cards"].append(
                {
                    "id": claim.id,
                    "name": claim.name,
                    "plate": claim.plate or claim.vin or "",
                    "customer": names.get(claim.partner_id.id, ""),
                    "insurer": insurer,
                    "stage": stage_words.get(claim.ball_stage, ""),
                    "holder": holder_words.get(holder, ""),
                    "with": insurer if holder == "insurer" else person,
                    "follows": person if holder in ("insurer", "workshop") else "",
                    "days": max((today - since).days, 0) if since else 0,
                    "limit": limit.days if limit else 0,
                    "over": max(over, 0),
                    "standing": self._standing(over, due),
                    "amount": claim.ball_amount,
                    "next": limit.next_action if limit else "",
                }
            )

    @api.model
    def _standing(self, over, due):
        """Colour of a card: late, due today or tomorrow, or in time."""
        if not due or over < -1:
            return "good"
        return "late" if over > 0 else "soon"

    @api.model
    def _holder_sums(self, domain, today):
        """How many cases each holder has, and how many of them late."""
        Claim = self.env["dealer.claim"]
        late = dict(
            Claim._read_group(
                domain & Domain("ball_due_on", "<", today), ["ball_holder"], ["__count"]
            )
        )
        counts = {
            holder: (count, amount)
            for holder, count, amount in Claim._read_group(
                domain, ["ball_holder"], ["__count", "ball_amount:sum"]
            )
        }
        return [
            {
                "key": key,
                "label": label,
                "count": counts[key][0],
                "late": late.get(key, 0),
                "amount": round(counts[key][1] or 0.0, 2),
            }
            for key, label in self._words(HOLDERS, "ball_holder")
            if key in counts
        ]

    @staticmethod
    def _sudo_choice(record):
        # sudo: names of insurers and colleagues of the own store
        return [record.id, record.sudo().display_name]

    @api.model
    def _choices(self, company):
        """Insurers and people of the open cases, for the filters of the board."""
        Claim = self.env["dealer.claim"]
        domain = self._board_domain(company, None, False)
        insurers = Claim._read_group(domain, ["insurer_id"], ["__count"])
        people = Claim._read_group(domain, ["ball_staff_id"], ["__count"])
        return tuple(
            sorted(
                (self._sudo_choice(record) for record, _n in rows if record),
                key=lambda item: item[1],
            )
            for rows in (insurers, people)
        )
