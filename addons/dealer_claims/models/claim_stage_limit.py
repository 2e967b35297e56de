from odoo import api, fields, models

from ..const import CLAIM_STATES

#: Who can hold the ball of a case, in the order of the chain.
HOLDERS = [
    ("receptionist", "Claim Receptionist"),
    ("workshop", "Workshop"),
    ("customer", "Customer"),
    ("cashier", "Cashier"),
    ("submitter", "Claim Submitter"),
    ("insurer", "Insurer"),
    ("finance", "Finance"),
    ("claim_leader", "Claims Leader"),
]
#: Columns of the board: what a manager tells apart at a glance.
PHASES = [
    ("assess", "Assessment"),
    ("repair", "Repair"),
    ("release", "Release"),
    ("papers", "Papers"),
    ("insurer", "At the Insurer"),
    ("money", "Money"),
    ("closing", "Closing"),
]
#: What splits a state of the case: another one holds the ball.
EXTRA_STAGES = [
    ("collect", "Customer's Part Open"),
    ("refund", "Refund Owed"),
    ("closing_returned", "Returned by the Leader"),
]
#: Stages of an open case: the states of SM-10 and their parts.
STAGES = [
    *(item for item in CLAIM_STATES if item[0] not in ("closed", "void")),
    *EXTRA_STAGES,
]


class DealerClaimStageLimit(models.Model):
    """Who holds the ball in a stage of a claim, for how long, and what is next.

    One line per stage for every store; a store's own line comes before the common
    one. Limits are working days of the store.
    """

    _name = "dealer.claim.stage.limit"
    _description = "Stage Limit of Claims"
    _order = "sequence, id"
    _rec_name = "stage"

    stage = fields.Selection(STAGES, required=True)
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, help="Empty: every store."
    )
    sequence = fields.Integer(default=100)
    phase = fields.Selection(
        PHASES,
        string="Board Column",
        required=True,
        help="Column of the board in which the case stands.",
    )
    holder = fields.Selection(
        HOLDERS,
        string="Ball With",
        required=True,
        help="Who has to do the next step of the case.",
    )
    days = fields.Integer(
        string="Limit (working days)",
        required=True,
        help="After so many working days in the stage the case is late.",
    )
    next_action = fields.Char(
        required=True,
        translate=True,
        help="What the holder of the ball has to do.",
    )

    _stage_uniq = models.UniqueIndex(
        "(stage, COALESCE(company_id, 0))",
        "The stage has a limit in this store already.",
    )
    _days_positive = models.Constraint("CHECK (days >= 0)", "A limit is not negative.")

    @api.model
    def _by_stage(self, companies):
        """Limits in force per store and stage, in one query.

        :param companies: stores
        :return: dict (company id, stage) -> dealer.claim.stage.limit
        """
        # sudo: the limits of the house are the same for everybody
        found_sudo = self.sudo().search([("company_id", "in", [*companies.ids, False])])
        result = {}
        for company in companies:
            for own in (False, True):
                for limit in found_sudo:
                    wanted = company if own else company.browse()
                    if limit.company_id == wanted:
                        result[company.id, limit.stage] = limit
        return result

    @api.model_create_multi
    def create(self, vals_list):
        limits = super().create(vals_list)
        limits._sudo_count_again()
        return limits

    def write(self, vals):
        stores = self._sudo_open_claims()
        result = super().write(vals)
        (stores | self._sudo_open_claims())._count_ball_again()
        return result

    def _sudo_count_again(self):
        self._sudo_open_claims()._count_ball_again()

    def _sudo_open_claims(self):
        """Open claims of the stores of the limits: their days are counted anew."""
        claims_sudo = self.env["dealer.claim"].sudo()
        if not self:
            return claims_sudo
        domain = [("is_ball_open", "=", True)]
        companies = self.company_id
        if all(limit.company_id for limit in self):
            domain.append(("company_id", "in", companies.ids))
        return claims_sudo.search(domain)
