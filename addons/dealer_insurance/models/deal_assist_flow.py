from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from .deal_assist import LEADERS


class DealerDealAssist(models.Model):
    """Steps of a request for help: who may take which, and when."""

    _inherit = "dealer.deal.assist"

    # ---------------------------------------------------------------- Guards
    def _protected_hint(self, field_name):
        return self.env._("Use “Accept”, “Done”, “Decline” or “Cancel”.")

    def _guard_done(self):
        """G-H1: an outcome, a reason where it is lost, a day where it is later."""
        _ = self.env._
        violations = []
        for record in self:
            missing = []
            if not record.outcome:
                missing.append(_("the outcome"))
            if record.outcome == "lost" and not record.lost_reason_id:
                missing.append(_("the reason of the loss"))
            if record.outcome == "later" and not record.follow_up_on:
                missing.append(_("the day to ask again"))
            if missing:
                violations.append(
                    Violation(
                        "G-H1", record, _("missing: %(what)s", what=", ".join(missing))
                    )
                )
        return violations

    # ----------------------------------------------------------- Transitions
    def _check_leader(self):
        if self.env.su or self.env.user.has_groups(",".join(LEADERS)):
            return
        raise AccessError(
            self.env._(
                "Only the underwriting leader or the insurance manager does this."
            )
        )

    def _check_step(self, allowed):
        wrong = self.filtered(lambda record: record.state not in allowed)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(names)s: not possible in state %(state)s.",
                    names=", ".join(wrong.mapped("name")),
                    state=", ".join(labels[s] for s in set(wrong.mapped("state"))),
                )
            )

    def action_accept(self):
        """A leader takes the request on."""
        self._check_leader()
        self.check_access("write")
        self._check_step(("requested",))
        self._write_protected(
            {
                "state": "accepted",
                "leader_id": self.env.uid,
                "accepted_at": fields.Datetime.now(),
            }
        )
        self._sudo_close_activities()
        return True

    def action_done(self):
        """The talk was held; its outcome counts for the conversion (S56)."""
        self._check_leader()
        self.check_access("write")
        self._check_step(("accepted",))
        self._check_guards("done")
        self._write_protected(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
            }
        )
        certified = self.filtered(lambda record: record.outcome == "certified")
        certified.delivery_id._sudo_mark_certified()
        for record in self.filtered(lambda record: record.outcome == "later"):
            user = record.consultant_id.user_id or record.requested_by_id
            record.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=record.follow_up_on,
                user_id=user.id,
                summary=self.env._("Ask the customer again about the insurance"),
            )
        return True

    def action_decline(self):
        """No leader can come; the reason is required."""
        self._check_leader()
        self.check_access("write")
        self._check_step(("requested", "accepted"))
        if any(not (record.close_reason or "").strip() for record in self):
            raise UserError(
                self.env._("Write in “Declined Because” why nobody can come.")
            )
        self._close("declined")
        return True

    def action_cancel(self):
        """Whoever asked, or a leader, takes the request back."""
        self.check_access("write")
        self._check_step(("requested", "accepted"))
        if not self.env.su and not self.env.user.has_groups(",".join(LEADERS)):
            foreign = self.filtered(
                lambda record: (
                    self.env.user
                    not in (record.requested_by_id | record.consultant_id.user_id)
                )
            )
            if foreign:
                raise AccessError(
                    self.env._(
                        "%(names)s: only who asked, or a leader, takes it back.",
                        names=", ".join(foreign.mapped("name")),
                    )
                )
        self._close("cancelled")
        return True

    def _close(self, state):
        self._write_protected(
            {
                "state": state,
                "done_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
            }
        )
        self._sudo_close_activities()

    def _sudo_close_activities(self):
        """The open tasks of all leaders go; the request is answered."""
        self.sudo().activity_ids.unlink()

    # ---------------------------------------------------------------- Dialog
    @api.model
    def _ask_action(self, **defaults):
        """Short dialog for a new request.

        :param defaults: field values; empty ones are left to the form
        """
        context = {
            f"default_{name}": value for name, value in defaults.items() if value
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for Help"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref(
                        "dealer_insurance.dealer_deal_assist_view_form_ask"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
            "context": context,
        }


class DealerDelivery(models.Model):
    _inherit = "dealer.delivery"

    assist_ids = fields.One2many(
        "dealer.deal.assist", "delivery_id", string="Deal Assists"
    )

    def action_ask_assist(self):
        """Ask a leader for help with the customer of this delivery (S55)."""
        self.ensure_one()
        self.check_access("read")
        return self.env["dealer.deal.assist"]._ask_action(
            delivery_id=self.id, consultant_id=self.consultant_id.id
        )

    def _sudo_mark_certified(self):
        """The customer chose the certified programme in a talk a leader closed."""
        self.sudo().filtered(lambda delivery: not delivery.is_certified).write(
            {"is_certified": True}
        )


class DealerQuote(models.Model):
    _inherit = "dealer.quote"

    assist_ids = fields.One2many(
        "dealer.deal.assist", "quote_id", string="Deal Assists"
    )
    assist_count = fields.Integer(compute="_compute_assist_count", compute_sudo=True)

    @api.depends("assist_ids")
    def _compute_assist_count(self):
        # compute_sudo: how often help was asked is no secret to who reads the quote.
        for record in self:
            record.assist_count = len(record.assist_ids)

    def action_ask_assist(self):
        """Ask a leader for help with the customer of this quote (S55)."""
        self.ensure_one()
        self.check_access("read")
        return self.env["dealer.deal.assist"]._ask_action(
            quote_id=self.id,
            delivery_id=self.delivery_id.id,
            consultant_id=self.consultant_id.id,
        )

    def action_view_assists(self):
        """Open the requests for help with this quote."""
        return self.assist_ids._get_records_action(name=self.env._("Deal Assists"))
