from odoo import api, fields, models

from ..const import CAR_STATES, CLAIM_STATES, FILE_STATES, NO_REPAIR_KINDS

REPAIR_ITEMS = ("part", "labour_body", "labour_mechanical", "labour_paint")


class DealerClaim(models.Model):
    """Where a claim stands: read from facts, never written (SM-10)."""

    _inherit = "dealer.claim"

    # -- facts of the car; each is set by its button
    assessing_at = fields.Datetime(string="Assessment Started", readonly=True)
    assessed_at = fields.Datetime(string="Assessed On", readonly=True, copy=False)
    repair_started_at = fields.Datetime(
        string="Repair Started", readonly=True, copy=False
    )
    repaired_at = fields.Datetime(string="Repair Finished", readonly=True, copy=False)
    costs_locked_at = fields.Datetime(string="Costs Locked", readonly=True, copy=False)
    costs_locked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released_at = fields.Datetime(string="Released On", readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    voided_at = fields.Datetime(string="Voided", readonly=True, copy=False)
    voided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    void_reason = fields.Text(readonly=True, copy=False, tracking=True)

    state = fields.Selection(
        CLAIM_STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    car_state = fields.Selection(
        CAR_STATES,
        string="Car Status",
        compute="_compute_state",
        store=True,
        index=True,
        help="Where the car stands, whatever happens with the papers.",
    )
    file_state = fields.Selection(
        FILE_STATES,
        string="File Status",
        compute="_compute_state",
        store=True,
        index=True,
        help="Where the papers stand, also while the car is still in the store.",
    )
    needs_repair = fields.Boolean(
        compute="_compute_needs", store=True, help="The car is repaired here."
    )
    needs_gate = fields.Boolean(
        compute="_compute_needs", store=True, help="The car leaves through our gate."
    )
    needs_file = fields.Boolean(
        compute="_compute_needs", store=True, help="Papers go to an insurer."
    )

    @api.depends("claim_kind", "cost_ids.item_type")
    def _compute_needs(self):
        """What a claim of its kind goes through; see the docstring of the model."""
        for claim in self:
            kind = claim.claim_kind
            repair_lines = any(
                line.item_type in REPAIR_ITEMS for line in claim.cost_ids
            )
            claim.needs_repair = kind not in NO_REPAIR_KINDS and (
                kind != "injury" or repair_lines
            )
            claim.needs_gate = kind != "theft"
            claim.needs_file = kind != "self_pay"

    @api.depends(
        "needs_repair",
        "needs_gate",
        "needs_file",
        "is_historical",
        "assessing_at",
        "assessed_at",
        "repair_started_at",
        "repaired_at",
        "costs_locked_at",
        "released_at",
        "voided_at",
        "handed_over_at",
        "audited_at",
        "submitted_on",
        "insurer_received_on",
        "adjusted_on",
        "approved_on",
        "is_returned",
        "rejected_on",
        "insurer_paid_on",
        "reconciled_at",
        "closing_check_at",
        "closed_at",
    )
    def _compute_state(self):
        """Truth table of the whole chain; the first line that holds is the state.

        ``car_state``, the track of the car:

        =============  ==============================================================
        released       ``released_at``; a historical claim also when ``submitted_on``,
                       for lists of the past often leave out when the car left
        settled        ``costs_locked_at``
        repaired       ``repaired_at``
        repairing      ``repair_started_at``
        assessed       ``assessed_at``
        assessing      ``assessing_at``
        received       otherwise
        =============  ==============================================================

        ``file_state``, the track of the papers, which may begin when the car is
        repaired (rows 7 and 8):

        ==================  =========================================================
        none                the kind needs no file (self-pay)
        reconciled          ``reconciled_at``
        paid                ``insurer_paid_on``
        rejected            ``rejected_on``: decided by a person, then reconciled
        returned            ``is_returned``: the last submission came back
        approved            ``approved_on``
        insurer_reviewing   ``insurer_received_on`` or ``adjusted_on``
        submitted           ``submitted_on``
        docs_audited        ``audited_at``
        docs_handed_over    ``handed_over_at``
        collecting          otherwise
        ==================  =========================================================

        ``state``, what everybody looks at:

        ==============  =============================================================
        void            ``voided_at``
        closed          ``closed_at``
        closing_check   ``closing_check_at``
        car track       until the car has left; a theft has no car to leave and is
                        through with it when its costs are locked
        file track      afterwards, from docs_handed_over on
        car track       ``released`` (``settled`` for a theft) until then
        ==============  =============================================================

        Imported claims follow the same table.
        """
        for claim in self:
            claim.car_state = claim._car_state()
            claim.file_state = claim._file_state()
            gone = (
                claim.car_state == "released"
                or not claim.needs_gate
                and claim.car_state == "settled"
            )
            if claim.voided_at:
                state = "void"
            elif claim.closed_at:
                state = "closed"
            elif claim.closing_check_at:
                state = "closing_check"
            elif gone and claim.file_state not in ("none", "collecting"):
                state = claim.file_state
            else:
                state = claim.car_state
            claim.state = state

    def _car_state(self):
        """Value of ``car_state``; see :meth:`_compute_state`."""
        self.ensure_one()
        if self.released_at or (self.is_historical and self.submitted_on):
            return "released"
        facts = (
            ("costs_locked_at", "settled"),
            ("repaired_at", "repaired"),
            ("repair_started_at", "repairing"),
            ("assessed_at", "assessed"),
            ("assessing_at", "assessing"),
        )
        return next((state for fact, state in facts if self[fact]), "received")

    def _file_state(self):
        """Value of ``file_state``; see :meth:`_compute_state`."""
        self.ensure_one()
        if not self.needs_file:
            return "none"
        facts = (
            ("reconciled_at", "reconciled"),
            ("insurer_paid_on", "paid"),
            ("rejected_on", "rejected"),
            ("is_returned", "returned"),
            ("approved_on", "approved"),
            ("insurer_received_on", "insurer_reviewing"),
            ("adjusted_on", "insurer_reviewing"),
            ("submitted_on", "submitted"),
            ("audited_at", "docs_audited"),
            ("handed_over_at", "docs_handed_over"),
        )
        return next((state for fact, state in facts if self[fact]), "collecting")
