from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.dealer_insurance.models.policy import claim_attachments

# Places on the drawing of the car seen from above (percent of width and height).
ZONES = [
    ("front_bumper", "Front Bumper", (50, 6)),
    ("hood", "Hood", (50, 20)),
    ("windscreen", "Windscreen", (50, 33)),
    ("roof", "Roof", (50, 50)),
    ("rear_window", "Rear Window", (50, 70)),
    ("trunk", "Trunk", (50, 84)),
    ("rear_bumper", "Rear Bumper", (50, 95)),
    ("left_front_fender", "Left Front Fender", (18, 18)),
    ("left_front_door", "Left Front Door", (15, 42)),
    ("left_rear_door", "Left Rear Door", (15, 60)),
    ("left_rear_fender", "Left Rear Fender", (18, 80)),
    ("right_front_fender", "Right Front Fender", (82, 18)),
    ("right_front_door", "Right Front Door", (85, 42)),
    ("right_rear_door", "Right Rear Door", (85, 60)),
    ("right_rear_fender", "Right Rear Fender", (82, 80)),
    ("wheels", "Wheels", (15, 28)),
    ("underbody", "Underbody", (50, 60)),
    ("interior", "Interior", (50, 43)),
]
DAMAGE_KINDS = [
    ("scratch", "Scratch"),
    ("dent", "Dent"),
    ("crack", "Crack"),
    ("broken", "Broken"),
    ("missing", "Missing"),
    ("water", "Water"),
    ("burnt", "Burnt"),
]
FUEL_LEVELS = [
    ("0", "Empty Tank"),
    ("1", "1/4"),
    ("2", "1/2"),
    ("3", "3/4"),
    ("4", "Full Tank"),
]


class DealerClaimDamage(models.Model):
    """A mark of the walk-around: where the car is damaged, and since when."""

    _name = "dealer.claim.damage"
    _description = "Damage Mark of a Car"
    _inherit = ["dealer.derived.mixin"]
    _protected_fields = ()
    _order = "claim_id, number, id"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "dealer.claim",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    number = fields.Integer(default=1)
    zone = fields.Selection(
        [(code, name) for code, name, _place in ZONES],
        string="Part of the Car",
        required=True,
    )
    kind = fields.Selection(
        DAMAGE_KINDS, string="Damage", required=True, default="dent"
    )
    is_old = fields.Boolean(
        string="Old Damage", help="Was there before; not part of this accident."
    )
    note = fields.Char()


class DealerClaim(models.Model):
    """The reception sheet (domain.md §3.9, S90)."""

    _inherit = "dealer.claim"

    brought_by = fields.Char()
    brought_by_phone = fields.Char(string="Phone of Who Brought It")
    driver = fields.Char(string="Driver at the Accident")
    odometer = fields.Integer(string="Odometer (km)", aggregator=None)
    fuel_level = fields.Selection(FUEL_LEVELS, string="Fuel or Charge")
    has_registration = fields.Boolean(string="Vehicle Licence Collected")
    has_driving_licence = fields.Boolean(string="Driving Licence Collected")
    has_identity = fields.Boolean(string="Identity Card Collected")
    items_in_car = fields.Text(string="Items in the Car")
    photo_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_photo_rel",
        string="Walk-around Photos",
        copy=False,
    )
    photo_count = fields.Integer(compute="_compute_photo_count")
    damage_ids = fields.One2many("dealer.claim.damage", "claim_id")
    walkaround_html = fields.Html(
        string="Walk-around", compute="_compute_walkaround_html", sanitize=False
    )
    poa_attachment_ids = fields.Many2many(
        "ir.attachment",
        "dealer_claim_poa_rel",
        string="Power of Attorney",
        copy=False,
        help="Signed authority by which the insurer pays the store (直赔委托书).",
    )
    poa_signed_on = fields.Date(
        string="Power of Attorney Signed", copy=False, tracking=True
    )
    is_poa_signed = fields.Boolean(compute="_compute_is_poa_signed", store=True)
    assessor = fields.Char(string="Assessor of the Insurer", tracking=True)
    assessor_phone = fields.Char(string="Phone of the Assessor")
    planned_assessment_at = fields.Datetime(string="Assessor Comes", tracking=True)
    planned_delivery_at = fields.Datetime(string="Delivery Promised", tracking=True)
    parts_eta = fields.Date(string="Parts Expected", tracking=True)
    parts_arrived_on = fields.Date(tracking=True)
    repair_order_no = fields.Char(string="Repair Order", tracking=True, copy=False)
    customer_signature = fields.Binary(
        string="Signature at Reception", copy=False, attachment=True
    )
    estimate_signature = fields.Binary(
        string="Signature on the Estimate", copy=False, attachment=True
    )
    estimate_signed_by = fields.Char(copy=False)
    quality_checked_by_id = fields.Many2one(
        "dealer.staff", check_company=True, copy=False
    )
    quality_checked_on = fields.Date(copy=False, tracking=True)
    quality_note = fields.Char(copy=False)
    iou_text = fields.Text(
        string="Promise to Pay",
        copy=False,
        tracking=True,
        help="What the customer owes, until when he pays and who vouches for it. "
        "Needed before a release without payment is allowed.",
    )

    # -------------------------------------------------------------- Computes
    @api.depends("photo_ids")
    def _compute_photo_count(self):
        for claim in self:
            claim.photo_count = len(claim.photo_ids)

    @api.depends("poa_signed_on", "poa_attachment_ids")
    def _compute_is_poa_signed(self):
        for claim in self:
            # sudo: that the file is there counts, not who may open it
            claim_sudo = claim.sudo()
            claim.is_poa_signed = bool(
                claim.poa_signed_on and claim_sudo.poa_attachment_ids
            )

    @api.depends("damage_ids.zone", "damage_ids.kind", "damage_ids.is_old")
    def _compute_walkaround_html(self):
        for claim in self:
            claim.walkaround_html = claim._walkaround_svg()

    def _walkaround_svg(self):
        """The car from above with a numbered mark for each damage.

        :return: Markup of an SVG drawing; old damage is grey, new damage red
        """
        places = {code: place for code, _name, place in ZONES}
        marks, taken = [], {}
        for number, damage in enumerate(self.damage_ids, 1):
            if damage.zone not in places:
                continue
            column, row = places[damage.zone]
            # several marks of one place stand beside each other
            shift = taken.get(damage.zone, 0)
            taken[damage.zone] = shift + 1
            marks.append(
                Markup(
                    '<circle cx="%s" cy="%s" r="9" fill="%s"/>'
                    '<text x="%s" y="%s" font-size="11" fill="#fff" '
                    'text-anchor="middle">%s</text>'
                )
                % (
                    column * 1.6 + shift * 19,
                    row * 3,
                    "#888888" if damage.is_old else "#c0392b",
                    column * 1.6 + shift * 19,
                    row * 3 + 4,
                    number,
                )
            )
        return CAR_SVG % Markup("").join(marks)

    @api.onchange("call_id")
    def _onchange_call_id(self):
        """What the hotline wrote down is not asked for again."""
        if self.call_id:
            self.update(
                {
                    name: value
                    for name, value in self._vals_from_call(self.call_id).items()
                    if value
                }
            )

    @api.onchange("survey_id")
    def _onchange_survey_id(self):
        """A surveyed car is known, and often its call too."""
        survey = self.survey_id
        if survey:
            self.source = "survey"
            self.vehicle_id = survey.vehicle_id or self.vehicle_id
            self.call_id = survey.call_id or self.call_id

    @api.model
    def _vals_from_call(self, call):
        """Facts of an accident call that the reception takes over.

        :param call: ``dealer.accident.call``
        :return: values of ``dealer.claim``; names that the call does not know are
            left out
        """
        # name on the claim -> names under which a call may keep it
        sources = {
            "vehicle_id": ("vehicle_id",),
            "partner_id": ("partner_id", "customer_id"),
            "insurer_id": ("insurer_id",),
            "policy_id": ("commercial_policy_id",),
            "ctpl_policy_id": ("ctpl_policy_id",),
            "report_no": ("report_no",),
            "accident_at": ("accident_at",),
            "accident_place": ("accident_place", "place"),
            "accident_text": ("accident_text", "description"),
            "driver": ("driver", "driver_name"),
            "brought_by": ("caller", "caller_name"),
            "brought_by_phone": ("caller_phone", "phone"),
        }
        vals = {"source": "call", "call_id": call.id}
        for name, candidates in sources.items():
            source = next((c for c in candidates if c in call._fields), None)
            value = source and call[source]
            if value:
                relational = isinstance(value, models.BaseModel)
                vals[name] = value.id if relational else value
        kinds = dict(self._fields["accident_type"]._description_selection(self.env))
        kind = "accident_type" in call._fields and call.accident_type
        if kind in kinds:
            vals["accident_type"] = kind
        elif kind:
            vals["accident_type"] = "other"
        ratio = "liability" in call._fields and call.liability
        if ratio in dict(self._fields["liability"].selection):
            vals["liability"] = ratio
        return vals

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        prepared = []
        for vals in vals_list:
            call = self.env["dealer.accident.call"].browse(vals.get("call_id") or [])
            # A form sends everything; a call that opens a claim sends itself only.
            if call and not vals.get("vehicle_id"):
                vals = {**self._vals_from_call(call), **vals}
            prepared.append(vals)
        claims = super().create(prepared)
        claims._claim_files()
        return claims

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"photo_ids", "poa_attachment_ids"}:
            self._claim_files()
        return result

    def _claim_files(self):
        for name in ("photo_ids", "poa_attachment_ids"):
            claim_attachments(self, name)

    def _sudo_seen_in_store(self):
        """Tell renewal and hotline that the cars are in the store."""
        for claim in self:
            # sudo: the receptionist may not see what waits for the car
            claim.sudo().vehicle_id._seen_in_store("reception", claim)


# The outline is drawn here so that form, print and portal show the same car.
CAR_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="300" '
    'viewBox="0 0 160 300">'
    '<rect x="32" y="8" width="96" height="284" rx="34" fill="#fff" '
    'stroke="#444" stroke-width="2"/>'
    '<path d="M40 108 Q80 82 120 108 L113 128 Q80 112 47 128 Z" fill="#e8eef4" '
    'stroke="#444" stroke-width="1.5"/>'
    '<path d="M42 214 Q80 232 118 214 L112 196 Q80 206 48 196 Z" fill="#e8eef4" '
    'stroke="#444" stroke-width="1.5"/>'
    '<rect x="47" y="128" width="66" height="68" fill="#f7f7f7" stroke="#444" '
    'stroke-width="1.5"/>'
    '<path d="M33 160 H47 M113 160 H127 M36 40 Q80 26 124 40 M36 268 Q80 280 124 268" '
    'fill="none" stroke="#444" stroke-width="1.5"/>'
    '<rect x="22" y="52" width="10" height="34" rx="4" fill="#666"/>'
    '<rect x="128" y="52" width="10" height="34" rx="4" fill="#666"/>'
    '<rect x="22" y="214" width="10" height="34" rx="4" fill="#666"/>'
    '<rect x="128" y="214" width="10" height="34" rx="4" fill="#666"/>'
    "%s</svg>"
)
