from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_base.models.guard_mixin import Violation

from ..tools.statement_classify import AGREED

#: What a corrected version takes over from a line that is the same.
CARRIED = (
    "explanation",
    "explained_by_id",
    "explained_at",
    "note",
    "owner_id",
    "decision",
    "decided_by_id",
    "dispute_state",
)


class DealerFeeStatement(models.Model):
    """Versions, guards and transitions of a statement."""

    _inherit = "dealer.fee.statement"

    def _check_unconfirmed(self):
        for statement in self:
            if statement.confirmed_at or statement.replaced_at:
                raise UserError(
                    self.env._(
                        "%(statement)s is confirmed or replaced and is not matched "
                        "again.",
                        statement=statement.display_name,
                    )
                )

    def _protected_hint(self, field_name):
        return self.env._("Use the buttons “Match”, “Confirm Agreed Part” and so on.")

    def _guard_transition_label(self, transition):
        return self.env._("Confirm") if transition == "confirm" else ""

    def _guard_shown(self, transition):
        return self.filtered(lambda s: s.state == "matched")

    # -- versions ---------------------------------------------------------------

    def _sudo_after_import(self):
        """A new statement is complete: hold it against the version it corrects."""
        for statement in self.sudo():
            if statement.previous_id:
                statement._carry_over(statement.previous_id)

    def _line_key(self, line):
        """What makes a line the same in two versions of a statement."""
        return (
            line.number or "",
            line.endorsement_number or "",
            line.product or "",
            line.vin_text or "",
            line.currency_id.round(line.statement_fee),
            line.currency_id.round(line.stated_base),
        )

    def _carry_over(self, previous):
        """Keep decisions where the line is the same; say what has changed."""
        self.ensure_one()
        by_key = {}
        for line in previous.line_ids:
            by_key.setdefault(self._line_key(line), []).append(line)
        added, carried = [], 0
        for line in self.line_ids:
            same = by_key.get(self._line_key(line))
            if not same:
                added.append(line)
                continue
            old = same.pop(0)
            vals = {}
            if old.match_state == "manual":
                vals = {
                    "match_state": "manual",
                    "match_pass": old.match_pass,
                    "match_score": old.match_score,
                    "match_reason": old.match_reason,
                    "policy_id": old.policy_id.id,
                    "policy_ids": [fields.Command.set(old.policy_ids.ids)],
                    "endorsement_id": old.endorsement_id.id,
                    "underwriting_id": old.underwriting_id.id,
                }
            if old.explained_by_id or old.note or old.owner_id or vals:
                vals |= {
                    name: old._fields[name].convert_to_write(old[name], old)
                    for name in (*CARRIED, "result", "delta", "cause")
                }
                line._write_protected(vals)
                carried += 1
        gone = [line for lines in by_key.values() for line in lines]
        self._write_protected(
            {"difference_text": self._version_text(previous, added, gone, carried)}
        )

    def _version_text(self, previous, added, gone, carried):
        """What a corrected version has changed, line by line."""
        lines = [
            self.env._(
                "Corrected version of %(name)s: %(added)s lines new or changed, "
                "%(gone)s lines gone or changed, %(carried)s decisions kept.",
                name=previous.name,
                added=len(added),
                gone=len(gone),
                carried=carried,
            )
        ]
        lines += [f"+ {self._version_line(line)}" for line in added]
        lines += [f"− {self._version_line(line)}" for line in gone]
        return "\n".join(lines)

    def _version_line(self, line):
        return self.env._(
            "row %(row)s %(number)s: %(fee)s",
            row=line.row_no,
            number=line.number or line.policy_text or "",
            fee=f"{line.statement_fee:,.2f}",
        )

    # -- printed totals ---------------------------------------------------------

    @api.depends("printed_totals")
    def _compute_totals_state(self):
        for statement in self:
            checks = statement.printed_totals or []
            if not checks:
                statement.totals_state = "none"
            elif any(not check["scope"] for check in checks):
                statement.totals_state = "wrong"
            elif any(
                check["signs"] != "all" or check["other_column"] for check in checks
            ):
                statement.totals_state = "rule"
            else:
                statement.totals_state = "plain"

    @api.depends("printed_totals")
    @api.depends_context("lang")
    def _compute_printed_totals_html(self):
        for statement in self:
            rows = [
                Markup(
                    "<tr class='%s'><td>%s</td><td>%s</td><td>%s</td>"
                    "<td class='text-end'>%s</td><td>%s</td></tr>"
                )
                % (
                    "" if check["scope"] else "table-danger",
                    check["row"],
                    check["label"],
                    check["column"],
                    check["printed"],
                    statement._total_words(check),
                )
                for check in statement.printed_totals or []
            ]
            statement.printed_totals_html = (
                Markup(
                    "<table class='table table-sm'><thead><tr><th>%s</th><th>%s</th>"
                    "<th>%s</th><th class='text-end'>%s</th><th>%s</th></tr></thead>"
                    "<tbody>%s</tbody></table>"
                )
                % (
                    self.env._("Row"),
                    self.env._("Text"),
                    self.env._("Column"),
                    self.env._("Printed Amount"),
                    self.env._("Compared with the Lines"),
                    Markup("").join(rows),
                )
                if rows
                else False
            )

    def _total_words(self, check):
        """Which rule a printed total follows, or by how much it misses all of them."""
        if not check["scope"]:
            return self.env._(
                "fits no rule; the lines above sum up to %(expected)s",
                expected=check["expected"],
            )
        words = (
            self.env._("sum of all lines")
            if check["scope"] == "whole"
            else self.env._("sum since the last total")
        )
        if check["other_column"]:
            words = self.env._(
                "%(words)s of the column “%(column)s”",
                words=words,
                column=check["read_as"],
            )
        if check["signs"] == "positive":
            words = self.env._(
                "%(words)s; the negative lines (%(amount)s) are left out",
                words=words,
                amount=check["left_out"],
            )
        return words

    # -- confirm ----------------------------------------------------------------

    def _guard_confirm(self):
        """G-F2 to G-F6: what must be settled before anybody stands in for it."""
        Line = self.env["dealer.fee.statement.line"]
        problems = Line.search(
            [("statement_id", "in", self.ids), ("decision", "=", "open")]
        ) | Line.search(
            [
                ("statement_id", "in", self.ids),
                ("decision", "=", "agree"),
                ("cap_exceeded", "=", True),
            ]
        )
        by_statement = problems.grouped("statement_id")
        # Who may only read cannot confirm; he is asked to allow it to the importer
        only_reads = not self.browse().has_access("write")
        violations = []
        for statement in self:
            lines = by_statement.get(statement, Line)
            if not statement.matched_at or not statement.basis:
                violations.append(
                    Violation(
                        "G-F6",
                        statement,
                        self.env._("The lines have not been matched since the import."),
                    )
                )
                continue
            violations += statement._line_violations(lines)
            if statement.imported_by_id == self.env.user or only_reads:
                violations.append(
                    Violation(
                        "G-F5",
                        statement,
                        self.env._(
                            "%(name)s has imported this statement and does not "
                            "confirm it too.",
                            name=statement.imported_by_id.name,
                        ),
                    )
                )
        return violations

    def _line_violations(self, lines):
        """Violations of open lines, with the rows of the file that they stand in."""
        opened = lines.filtered(lambda line: line.decision == "open")
        lost = opened.filtered(
            lambda line: (
                line.match_state in ("proposed", "none")
                or line.result == "unknown_policy"
            )
        )
        capped = lines.filtered(lambda line: line.decision == "agree")
        found = []
        for code, group, text in (
            ("G-F2", lost, self.env._("lines whose policy nobody has decided")),
            (
                "G-F3",
                opened - lost,
                self.env._("differences that nobody has explained and decided"),
            ),
            (
                "G-F4",
                capped,
                self.env._("agreed lines of compulsory cover above the legal cap"),
            ),
        ):
            if group:
                found.append(
                    Violation(
                        code,
                        self,
                        self.env._(
                            "%(count)s %(what)s (rows %(rows)s)",
                            count=len(group),
                            what=text,
                            rows=_some_rows(group),
                        ),
                        fact=str(len(group)),
                    )
                )
        return found

    def action_confirm(self):
        """Stand in for the agreed part; it may be invoiced, the rest is withheld."""
        self.check_access("write")
        for statement in self:
            if statement.state not in ("draft", "matched"):
                raise UserError(
                    self.env._(
                        "%(statement)s is confirmed already.",
                        statement=statement.display_name,
                    )
                )
        self._check_guards("confirm")
        self._write_protected(self._prepare_confirm_vals())
        return True

    def _prepare_confirm_vals(self):
        return {
            "confirmed_at": fields.Datetime.now(),
            "confirmed_by_id": self.env.uid,
        }

    def action_unconfirm(self):
        """Take the confirmation back, as long as nothing was invoiced."""
        self.check_access("write")
        for statement in self:
            if not statement.confirmed_at or statement.closed_at:
                raise UserError(
                    self.env._(
                        "%(statement)s is not confirmed, or closed.",
                        statement=statement.display_name,
                    )
                )
            # sudo: the desk reads no invoices; that there is one it may know
            statement_sudo = statement.sudo()
            if statement_sudo.invoice_ids.filtered(lambda m: m.state != "cancel"):
                raise UserError(
                    self.env._(
                        "%(statement)s is invoiced. Finance cancels the invoice first.",
                        statement=statement.display_name,
                    )
                )
        self._write_protected({"confirmed_at": False, "confirmed_by_id": False})
        return True

    # -- close ------------------------------------------------------------------

    def _check_finance(self):
        """Finance ends what finance has booked.

        :raise AccessError: the user is of another post
        """
        if not self.env.user.has_group("dealer_base.group_finance"):
            raise AccessError(
                self.env._("Only finance closes and reopens fee statements.")
            )

    def _guard_close(self):
        """G-F7: the agreed part is paid and no difference is in dispute."""
        violations = []
        for statement in self:
            nothing = statement.currency_id.is_zero(statement.agreed_incl)
            if statement.state != "paid" and not (
                nothing and statement.state == "confirmed"
            ):
                violations.append(
                    Violation(
                        "G-F7",
                        statement,
                        self.env._("The agreed fee is not paid."),
                        fact="unpaid",
                    )
                )
            if statement.is_disputed:
                violations.append(
                    Violation(
                        "G-F7",
                        statement,
                        self.env._(
                            "%(amount)s are withheld and not settled.",
                            amount=statement.currency_id.format(
                                statement.disputed_incl
                            ),
                        ),
                        fact=str(statement.currency_id.round(statement.disputed_incl)),
                    )
                )
        return violations

    def action_close(self):
        """End a statement: everything is paid and every difference settled."""
        self.check_access("write")
        self._check_finance()
        if any(not s.confirmed_at or s.closed_at or s.replaced_at for s in self):
            raise UserError(self.env._("Only a confirmed statement can be closed."))
        self._check_guards("close")
        self._write_protected({"closed_at": fields.Datetime.now()})
        return True

    def action_reopen(self):
        """Open a closed statement again."""
        self.check_access("write")
        self._check_finance()
        if any(not s.closed_at for s in self):
            raise UserError(self.env._("The statement is not closed."))
        self._write_protected({"closed_at": False})
        return True

    def action_discard(self):
        """Take a statement out that should not have been imported."""
        self.check_access("write")
        self._check_unconfirmed()
        for statement in self:
            statement._sudo_replace(
                self.env._("Discarded by %(name)s", name=self.env.user.name)
            )
        return True

    # -- many lines at once -----------------------------------------------------

    def action_accept_rounding(self):
        """Agree to every open line that differs by rounding only."""
        self.check_access("write")
        self._check_unconfirmed()
        lines = self.line_ids.filtered(
            lambda line: (
                line.decision == "open"
                and line.result in AGREED
                and not line.cap_exceeded
            )
        )
        if not lines:
            raise UserError(
                self.env._("No open line differs by rounding only; nothing to accept.")
            )
        lines.action_agree()
        return True

    # -- screens ----------------------------------------------------------------

    def action_open_lines(self):
        """Lines of the statement, narrowed by ``line_result`` of the context."""
        self.ensure_one()
        result = self.env.context.get("line_result")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_insurance.dealer_fee_statement_line_action"
        )
        domain = [("statement_id", "=", self.id)]
        if result == "good":
            domain.append(("result", "in", sorted(AGREED)))
        elif result == "proposed":
            domain.append(("match_state", "=", "proposed"))
        elif result == "open":
            domain.append(("decision", "=", "open"))
        elif result:
            domain.append(("result", "=", result))
        context = {"create": False}
        if not result:
            context["search_default_group_result"] = 1
        return {
            **action,
            "name": self.display_name,
            "domain": domain,
            "context": context,
        }

    def action_open_missing(self):
        """Policies of the period that the statement lacks."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_insurance.dealer_fee_missing_action"
        )
        return {**action, "domain": [("statement_id", "=", self.id)], "context": {}}

    def action_open_import(self):
        """The file that the statement came from."""
        self.ensure_one()
        return self.import_id._get_records_action(name=self.env._("Import"))

    def action_upload(self):
        """Upload a statement file: the form of the import, kind already chosen."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Upload Fee Statement"),
            "res_model": "dealer.import",
            "view_mode": "form",
            "context": {"default_kind": "fee_statement", "default_load_mode": "all"},
        }


def _some_rows(lines):
    """Rows of the file, shortened when there are many."""
    rows = [str(row) for row in lines.mapped("row_no")]
    shown = ", ".join(rows[:12])
    return f"{shown} …" if len(rows) > 12 else shown
