from odoo import api, fields, models
from odoo.fields import Domain

from ..const import ACCIDENT_TYPES


class DealerAccidentGuidance(models.Model):
    """What the agent tells a caller, by type of accident (S86)."""

    _name = "dealer.accident.guidance"
    _description = "Guidance for Accidents"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    accident_type = fields.Selection(
        ACCIDENT_TYPES, help="Empty: told for every type of accident."
    )
    only_injury = fields.Boolean(
        string="Only with Injuries", help="Told when somebody is hurt."
    )
    script = fields.Text(
        string="What to Say",
        translate=True,
        help="Shown beside the steps: telephone numbers, hospitals, police.",
    )
    step_ids = fields.One2many("dealer.accident.guidance.step", "guidance_id")

    def _fits(self, accident_type, injury):
        """Guidance for an accident.

        :param accident_type: value of the call's type, or False
        :param injury: "yes", "no" or False
        """
        hurt = injury == "yes" or accident_type == "injury"
        return self.filtered(
            lambda guide: (
                (not guide.accident_type or guide.accident_type == accident_type)
                and (hurt or not guide.only_injury)
            )
        )


class DealerAccidentGuidanceStep(models.Model):
    _name = "dealer.accident.guidance.step"
    _description = "Step of the Guidance"
    _order = "sequence, id"

    guidance_id = fields.Many2one(
        "dealer.accident.guidance", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Step", required=True, translate=True)
    hint = fields.Char(translate=True)
    is_required = fields.Boolean(string="Required", default=True)
    active = fields.Boolean(default=True)


class DealerAccidentCallStep(models.Model):
    """A step of guidance on one call, ticked when the caller was told."""

    _name = "dealer.accident.call.step"
    _description = "Guidance Step of a Call"
    _order = "sequence, id"

    call_id = fields.Many2one(
        "dealer.accident.call", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="call_id.company_id", store=True, index=True)
    step_id = fields.Many2one(
        "dealer.accident.guidance.step",
        string="Step of the Guidance",
        required=True,
        ondelete="restrict",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(related="step_id.name", string="Step")
    hint = fields.Char(related="step_id.hint")
    is_required = fields.Boolean(related="step_id.is_required", string="Required")
    is_done = fields.Boolean(string="Told")
    done_at = fields.Datetime(string="Told At", compute="_compute_done_at", store=True)

    _call_step_uniq = models.UniqueIndex(
        "(call_id, step_id)", "A step of guidance stands once on a call."
    )

    @api.depends("is_done")
    def _compute_done_at(self):
        for step in self:
            step.done_at = step.is_done and (step.done_at or fields.Datetime.now())

    def write(self, vals):
        if not self.env.su and "is_done" in vals:
            self.call_id._check_content_open()
        return super().write(vals)


class DealerAccidentCall(models.Model):
    """Which steps of guidance belong to a call."""

    _inherit = "dealer.accident.call"

    @api.model
    def _all_guidance(self):
        return self.env["dealer.accident.guidance"].search(Domain.TRUE)

    @api.depends("accident_type", "injury")
    @api.depends_context("lang")
    def _compute_guidance_script(self):
        guides = self._all_guidance()
        for call in self:
            fitting = guides._fits(call.accident_type, call.injury)
            call.guidance_script = "\n".join(
                guide.script for guide in fitting if guide.script
            )

    def _wanted_steps(self, guides):
        self.ensure_one()
        return guides._fits(self.accident_type, self.injury).step_ids

    @api.onchange("accident_type", "injury")
    def _onchange_guidance(self):
        """The check boxes follow the type of accident; ticks stay."""
        wanted = self._wanted_steps(self._all_guidance())
        known = self.step_ids.step_id
        lines = self.step_ids.filtered(
            lambda line: line._origin or line.is_done or line.step_id._origin in wanted
        )
        for number, step in enumerate(wanted):
            if step not in known._origin:
                lines += self.step_ids.new(
                    {
                        "step_id": step.id,
                        "sequence": 10 + number,
                        "name": step.name,
                        "hint": step.hint,
                        "is_required": step.is_required,
                        "is_done": False,
                    }
                )
        self.step_ids = lines

    def _sync_steps(self):
        """Lines of guidance as the type of accident wants them; ticks stay."""
        fresh = self.filtered(lambda call: not (call.is_historical or call.is_missed))
        if not fresh:
            return
        guides = self._all_guidance()
        Step, vals_list = self.env["dealer.accident.call.step"], []
        stale = Step
        for call in fresh:
            wanted = call._wanted_steps(guides)
            known = call.step_ids.step_id
            stale |= call.step_ids.filtered(
                lambda line, wanted=wanted: (
                    line.step_id not in wanted and not line.is_done
                )
            )
            vals_list += [
                {"call_id": call.id, "step_id": step.id, "sequence": 10 + number}
                for number, step in enumerate(wanted)
                if step not in known
            ]
        stale._sudo_drop()
        Step._sudo_add(vals_list)


class DealerAccidentCallStepDoors(models.Model):
    _inherit = "dealer.accident.call.step"

    def _sudo_drop(self):
        # sudo: who may change the type of accident may not delete lines by hand
        self.sudo().unlink()

    @api.model
    def _sudo_add(self, vals_list):
        # sudo: the lines follow the type of accident, whoever changes it
        return self.sudo().create(vals_list)
