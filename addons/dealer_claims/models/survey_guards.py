from odoo import models

from odoo.addons.dealer_base.models.guard_mixin import Violation


class DealerSurvey(models.Model):
    """What must be true before a survey goes on (SM-9, G-V2 to G-V9)."""

    _inherit = "dealer.survey"

    # ---------------------------------------------------------------- Guards
    def _guard_transition_label(self, transition):
        return {
            "accept": self.env._("Accept"),
            "report": self.env._("Finish the Report"),
            "upload": self.env._("Upload"),
            "close": self.env._("Close"),
        }.get(transition, "")

    def _guard_shown(self, transition):
        states = {
            "accept": ("assigned",),
            "report": ("on_site",),
            "upload": ("reported",),
            "close": ("insurer_confirmed",),
        }[transition]
        return self.filtered(lambda survey: survey.state in states)

    def _guard_accept(self):
        """G-V2 mandate for insurer and place, G-V3 registered surveyor."""
        return self._check_mandate() + self._check_surveyor()

    def _guard_assign(self):
        """The same facts, asked before somebody is sent."""
        return self._guard_accept()

    def _check_mandate(self):
        return [
            Violation(
                "G-V2",
                survey,
                self.env._(
                    "no mandate of %(insurer)s covers “%(place)s” on that day",
                    insurer=survey.insurer_id.name or self.env._("(no insurer)"),
                    place=survey._place_text() or self.env._("(no address)"),
                ),
                f"{survey.insurer_id.id}|{survey._place_text()}",
            )
            for survey in self
            if not survey.mandate_id
        ]

    def _check_surveyor(self):
        violations = []
        for survey in self:
            staff, today = survey.surveyor_id, survey.company_id._dealer_today()
            if staff and not staff._is_registered(today):
                violations.append(
                    Violation(
                        "G-V3",
                        survey,
                        self.env._(
                            "%(name)s has no valid registration", name=staff.name
                        ),
                    )
                )
        return violations

    def _guard_report(self):
        """G-V4 limit, G-V5 photos, G-V6 facts and signature, G-V9 differences."""
        violations, missing = [], self._missing_photos()
        for survey in self:
            limit = survey.mandate_id.amount_limit
            currency = survey.currency_id
            if (
                not currency.is_zero(limit)
                and currency.compare_amounts(survey.estimated_loss, limit) > 0
            ):
                violations.append(
                    Violation(
                        "G-V4",
                        survey,
                        self.env._(
                            "the estimated loss %(loss)s is above the limit of the "
                            "mandate, %(limit)s",
                            loss=currency.format(survey.estimated_loss),
                            limit=currency.format(limit),
                        ),
                        f"{survey.estimated_loss:.2f}",
                    )
                )
            if missing[survey]:
                violations.append(
                    Violation(
                        "G-V5",
                        survey,
                        self.env._(
                            "photos are missing: %(angles)s",
                            angles=self.env._(", ").join(
                                f"{angle.name} × {number}"
                                for angle, number in missing[survey]
                            ),
                        ),
                    )
                )
            gaps = survey._report_gaps()
            if gaps:
                violations.append(
                    Violation(
                        "G-V6",
                        survey,
                        self.env._(
                            "the report is not complete: %(fields)s",
                            fields=self.env._(", ").join(gaps),
                        ),
                    )
                )
            differences = survey._unexplained()
            if differences:
                violations.append(
                    Violation(
                        "G-V9",
                        survey,
                        self.env._(
                            "not explained: %(differences)s",
                            differences=self.env._("; ").join(differences),
                        ),
                    )
                )
        return violations

    def _report_gaps(self):
        """Labels of what a report must hold and does not."""
        self.ensure_one()
        names = [
            "report_no",
            "accident_at",
            "address",
            "accident_facts",
            "liability",
            "estimated_loss",
            "sketch",
        ]
        if not (self.difference_note or "").strip():
            # Nobody at the scene could sign: that is an explanation of its own.
            names.append("customer_signature")
        return [
            self._fields[name]._description_string(self.env)
            for name in names
            if not self[name]
        ]

    def _unexplained(self):
        """Unknown place and flagged photos, as long as nothing explains them."""
        self.ensure_one()
        if (self.difference_note or "").strip():
            return []
        found = [] if self.located_at else [self.env._("the place of the arrival")]
        found += [
            f"{photo.angle_id.name}: {photo.flag_text}"
            for photo in self.photo_ids.filtered("is_flagged")
        ]
        return found

    def _guard_upload(self):
        """G-V7 the insurer's receipt number or a picture of it."""
        return [
            Violation(
                "G-V7",
                survey,
                self.env._("there is no proof that the report was uploaded"),
            )
            for survey in self
            if not (survey.upload_ref or "").strip() and not survey.upload_proof_ids
        ]

    def _guard_close(self):
        """G-V8 a car that did not come in has its reason (S106)."""
        violations = []
        for survey in self:
            if survey.returned_to_store == "yes":
                continue
            reason = survey.not_return_reason_id
            if not reason:
                text = self.env._(
                    "the car was not received here and no reason is given"
                )
            elif reason.needs_text and not (survey.not_return_text or "").strip():
                text = self.env._("the reason needs an explanation in words")
            else:
                continue
            violations.append(Violation("G-V8", survey, text))
        return violations
